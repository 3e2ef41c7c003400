"""What is another between two runs, as lines for a terminal and as Markdown that fits into a comment."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from specwitness.findings import Outcome
from specwitness.report import terminal
from specwitness.report.fitting import LONGEST, Section, fitted, length
from specwitness.report.inline import code, plain
from specwitness.report.run_diff import ContractDiff, Judged, RunDiff
from specwitness.report.text import counted, one_line

_LISTED = 40
_WHOLE = "the JSON form (--format json)"


def summary(diff: RunDiff) -> Text:
    """Return the lines for a terminal; `.plain` is a str."""
    text = Text(f"{one_line(diff.old)} -> {one_line(diff.new)}\n")
    for contract in diff.contracts:
        text.append("\n")
        text.append(_outcome(contract), terminal.COLOURS.get(contract.new or Outcome.INCONCLUSIVE, ""))
        text.append(f" {one_line(contract.contract)}: {_counts(contract)}\n")
        lines = [f"{mark} {one_line(line)}\n" for mark, line in _lines(contract)]
        text.append("".join(lines[:_LISTED]))
        if len(lines) > _LISTED:
            text.append(f"and {counted(len(lines) - _LISTED, 'line')} more, all in {_WHOLE}\n")
        text.append("".join(f"note: {one_line(note)}\n" for note in contract.notes))
    text.rstrip()
    return text


def markdown(diff: RunDiff) -> str:
    """Return a page."""
    head = [f"# {code(diff.old)} -> {code(diff.new)}", ""]
    sections = [
        Section(
            f"## {_outcome(contract)} {code(contract.contract)}: {_counts(contract)}",
            [
                *(f"- {plain(line)}" for _, line in _lines(contract)),
                *(f"- Note: {plain(note)}" for note in contract.notes),
            ]
            or ["Both runs say the same."],
        )
        for contract in diff.contracts
    ]
    return "\n".join([*head, *fitted(sections, LONGEST - length(head), whole=_WHOLE)])


def _outcome(contract: ContractDiff) -> str:
    old, new = ((one.upper() if one else "NOT TESTED") for one in (contract.old, contract.new))
    return new if old == new else f"{old} -> {new}"


def _counts(contract: ContractDiff) -> str:
    counts = (("new", contract.appeared), ("gone", contract.gone), ("changed", contract.changed))
    said = ", ".join(f"{len(members)} {word}" for word, members in counts if members)
    return said or "the same findings"


def _lines(contract: ContractDiff) -> Iterator[tuple[str, str]]:
    """Yield a mark and what it says for each finding that is another, the new ones first."""
    for judged in contract.appeared:
        yield "+", f"new: {_called(judged)}"
    for was, now in contract.changed:
        yield "~", f"changed from {_standing(was)}: {_called(now)}"
    for judged in contract.gone:
        yield "-", f"gone: {_called(judged)}"


def _called(judged: Judged) -> str:
    finding = judged.finding
    where = terminal.named(finding, also=f"; {finding.fingerprint}")
    return f"{_standing(judged)} {where}: {one_line(finding.message, 200)}"


def _standing(judged: Judged) -> str:
    words = [judged.finding.level.value, judged.finding.verdict.value, *(["waived"] if judged.waived else [])]
    return " ".join(words)

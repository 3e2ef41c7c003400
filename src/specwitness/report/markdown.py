"""A report as Markdown for people: of each contract the verdict and what broke first, how much was seen last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specwitness.findings import Finding, Level, Outcome, Verdict
from specwitness.report import words
from specwitness.report.fitting import LONGEST, Section, fitted, length
from specwitness.report.inline import code, fenced, plain
from specwitness.report.markdown_coverage import coverage
from specwitness.report.markdown_history import history
from specwitness.report.model import GRAVEST, ContractReport, RunReport, WaivedFinding
from specwitness.report.text import command, counted, ended

IN_FULL = 25
"""More findings of one section than these are shown with one line each; all of them are in `report.json`."""
WHOLE = "report.json"
"""What a page that leaves something out calls what does not."""
_BODY_LINES = 30
_SELECTED = 50


def render(report: RunReport) -> str:
    """Return the page: what was shown of each contract, the gravest first.

    It fits into one comment. First there is room for the verdicts; the contracts share the rest, and what one of them
    does not need is the next one's.
    """
    contracts = words.gravest_first(report.contracts)
    heads, room = [], LONGEST - _LAST
    for contract in contracts:
        head = [*_head(contract), *_since(contract)]
        if length(head) > room:
            break
        heads.append(head)
        room -= length(head)
    lines: list[str] = []
    for number, (contract, head) in enumerate(zip(contracts, heads, strict=False)):
        share = room // (len(heads) - number)
        body = fitted(_sections(contract, share // 2), share, whole=WHOLE) if share > _LEAST else []
        lines += [*head, *body]
        room -= length(body)
    rest = contracts[len(heads) :]
    return "\n".join([*lines, *([_uncounted(rest), ""] if rest else [])])


_LAST = 200
"""Kept free for what says that contracts are left out."""
_LONGEST_HISTORY = 5_000
_LEAST = 500
"""With less room than this for a contract, its verdict is all that is said of it."""


def _since(report: ContractReport) -> list[str]:
    """Return how the run stands to those before, without what changed where that would need too much room."""
    lines = history(report)
    return lines if length(lines) <= _LONGEST_HISTORY else lines[:2]


def _uncounted(reports: Sequence[ContractReport]) -> str:
    counts = {outcome: sum(report.outcome is outcome for report in reports) for outcome in GRAVEST}
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    return f"And {counted(len(reports), 'contract')} more ({said}), all in {WHOLE}."


def _sections(report: ContractReport, room: int) -> Iterator[Section]:
    """Yield what there is to say of a contract; no more than `room` is spent on findings in full."""
    broke, suspected = (words.breaking(report, proven=proven) for proven in (True, False))
    others = [
        finding
        for finding in words.of_level(report.findings, *Level)
        if finding.level is not Level.BREAKING or finding.verdict is Verdict.SAFE
    ]
    why = "Why it is inconclusive" if report.outcome is Outcome.INCONCLUSIVE else "What could not be judged"
    reasons = Section(f"## {why}", [f"- {plain(reason)}" for reason in words.open_reasons(report)])
    found, number = [], 1
    for title, members in (
        ("What broke", broke),
        ("Suspected, not proven", suspected),
        ("Warnings and remarks", others),
    ):
        parts = []
        for place, finding in enumerate(members):
            part = "\n".join(in_full(number, finding)) if place < IN_FULL else ""
            if not part or len(part) >= room:
                part = f"{number}. `{finding.fingerprint}` {in_short(finding)}"
            else:
                room -= len(part) + 1
            parts.append(part)
            number += 1
        found.append(Section(f"## {title}", parts))
    *breaks, remarks = found
    yield from [reasons, *breaks] if report.outcome is Outcome.INCONCLUSIVE else [*breaks, reasons]
    yield remarks
    yield Section("## Waived", [f"- {accepted(waived)}" for waived in report.waived])
    yield Section("## Notes", [f"- {plain(note)}" for note in report.notes])
    yield from coverage(report.coverage)


def _head(report: ContractReport) -> list[str]:
    facts = [
        f"target {code(report.target)}",
        f"profile {code(report.profile)}",
        f"seed {report.seed}",
        f"started {code(report.started)}",
        f"finished {code(report.finished)}" if report.finished else "**not finished**",
        _selected(report),
        f"specwitness {code(report.tool_version)}",
    ]
    return [
        f"# {words.head(report).capitalize()}: {plain(report.title)} ({code(report.contract)})",
        "",
        f"**{words.verdict(report)}**",
        "",
        f"Tested: {', '.join(facts)}.",
        "",
    ]


def _selected(report: ContractReport) -> str:
    if not report.selection:
        return "all operations"
    rest = len(report.selection) - _SELECTED
    return f"only {', '.join(map(code, report.selection[:_SELECTED]))}" + (f" and {rest} more" if rest > 0 else "")


def in_full(number: int, finding: Finding, *, report: str = "report.json", beside: str = "") -> list[str]:
    """Return the lines of a finding with its witness.

    `report` says where all of it is, and `beside` is where the place of it is in a newer document.
    """
    where = finding.where
    subject = " ".join(code(word) for word in (where.operation, where.part) if word)
    places = [code(words.place(finding)), *([code(where.pointer)] if where.file else [])]
    places += [f"now {code(beside)}"] if beside else []
    lines = [
        f"### {number}. {finding.level.capitalize()}: {plain(finding.rule)} at {subject or code('/')}",
        "",
        plain(finding.message),
        "",
        f"- For: {plain(words.hurt(finding))}",
        f"- Where: {', '.join(places)}",
        f"- Rests on: {plain(finding.source)}",
        f"- Fingerprint: `{finding.fingerprint}`",
        "",
    ]
    witness = finding.witness
    if witness is None:
        return lines
    lines += [f"Witness: {words.parties(witness)}.", ""]
    for exchange in witness.trace:
        lines += fenced(words.sent(exchange, lines=_BODY_LINES), "http")
        lines += [""]
        if answered := words.answered(exchange, lines=_BODY_LINES, about=words.about(finding)):
            lines += [*fenced(answered, "http"), ""]
    lines += [f"> The {words.called(witness.rejected_by)} says: {plain(witness.reason)}", ""]
    curls = [command(exchange.request) for exchange in witness.trace]
    shown = [curl for curl in curls if curl is not None]
    if len(shown) < len(curls):
        return [*lines, f"Replay: too long for this page, see `replay` of `{finding.fingerprint}` in {report}.", ""]
    return [*lines, "Replay:", "", *fenced(shown, "sh"), ""]


def in_short(finding: Finding) -> str:
    """Return a finding as one line."""
    subject = f"{finding.level.capitalize()}: {plain(finding.rule)} at {plain(str(finding.where))}"
    return f"{subject}: {plain(finding.message)}"


def accepted(waived: WaivedFinding) -> str:
    """Return a waived finding as one line."""
    finding = waived.finding
    owner = f", owner {plain(waived.owner)}" if waived.owner else ""
    until = f"`{finding.fingerprint}` until {waived.expires.isoformat()}{owner}"
    return f"{until}, because: {ended(plain(waived.reason))} {in_short(finding)}"

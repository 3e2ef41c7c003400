"""A comparison as Markdown that fits into one comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.findings import Finding, Level, Verdict
from specwitness.report import drift_words, markdown, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.fitting import LONGEST, Section, fitted, length
from specwitness.report.inline import code, plain

IN_FULL = 10
"""More findings than these are shown with one line each."""
_FULL = LONGEST // 2
"""More characters than these are not spent on findings in full, so that there is room for the others."""


def render(report: DriftReport) -> str:
    """Return the page."""
    head = _head(report)
    return "\n".join([*head, *fitted(_sections(report), LONGEST - length(head), whole=drift_words.WHOLE)])


def _head(report: DriftReport) -> list[str]:
    facts = [
        f"{plain(drift_words.called(report.old))} -> {plain(drift_words.called(report.new))}",
        f"contract {code(report.contract)}",
        f"policy {code(report.policy)}",
        f"specwitness {code(report.tool_version)}",
    ]
    return [
        f"# {drift_words.head(report)}: {code(report.old.given)} -> {code(report.new.given)}",
        "",
        f"**{drift_words.showed(report)}**",
        "",
        f"Compared: {', '.join(facts)}.",
        "",
    ]


def _sections(report: DriftReport) -> Iterator[Section]:
    findings = words.of_level(report.findings, *Level)
    broke = [one for one in findings if one.level is Level.BREAKING and one.verdict is not Verdict.UNDECIDED]
    undecided = [one for one in findings if one.verdict is Verdict.UNDECIDED]
    others = [one for one in findings if one not in broke and one not in undecided]
    number, room = 1, _FULL
    for title, members in (("What breaks", broke), ("Undecided", undecided), ("Warnings and remarks", others)):
        parts = []
        for finding in members:
            part = _part(report, number, finding, room)
            room -= len(part) if part.startswith("###") else 0
            parts.append(part)
            number += 1
        yield Section(f"## {title}", parts)
    yield Section("## Waived", [f"- {markdown.accepted(waived)}" for waived in report.waived])
    yield Section("## Removed operations", [f"- {code(label)}" for label in report.removed])
    yield Section("## Notes", [f"- {plain(note)}" for note in report.notes])


def _part(report: DriftReport, number: int, finding: Finding, room: int) -> str:
    """Return a finding in full where it is one of the first and there is room, else as one line."""
    beside = drift_words.beside(report, finding)
    if number <= IN_FULL and finding.level is not Level.INFO:
        lines = markdown.in_full(number, finding, report=drift_words.WHOLE, beside=beside)
        if sum(len(line) + 1 for line in lines) <= room:
            return "\n".join(lines)
    return f"{number}. `{finding.fingerprint}` {markdown.in_short(finding)}" + (
        f" (now {code(beside)})" if beside else ""
    )

"""A comparison as Markdown that fits into one comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specwitness.findings import Finding, Level, Verdict
from specwitness.report import drift_words, markdown, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.inline import code, plain

LONGEST = 60_000
"""GitHub takes comments of up to 65,536 characters; whoever posts this may add a few words."""
IN_FULL = 10
"""More findings than these are shown with one line each."""
_FULL = LONGEST // 2
"""More characters than these are not spent on findings in full, so that there is room for the others."""
_HEADS = 2_000
"""Kept free for headings and for what says that something is left out."""

_Section = tuple[str, list[str]]
"""A title, and what stands under it, each part whole."""


def render(report: DriftReport) -> str:
    """Return the page."""
    head = _head(report)
    return "\n".join([*head, *_fitted(_sections(report), LONGEST - _HEADS - sum(len(line) + 1 for line in head))])


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


def _sections(report: DriftReport) -> Iterator[_Section]:
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
        yield title, parts
    yield "Waived", [f"- {markdown.accepted(waived)}" for waived in report.waived]
    yield "Removed operations", [f"- {code(label)}" for label in report.removed]
    yield "Notes", [f"- {plain(note)}" for note in report.notes]


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


def _fitted(sections: Iterable[_Section], room: int) -> list[str]:
    """Return the lines of the sections as far as there is room, with the number of parts that there is none for."""
    lines: list[str] = []
    for title, parts in sections:
        shown = 0
        for part in parts:
            if len(part) >= room:
                break
            room -= len(part) + 1
            shown += 1
        if not parts:
            continue
        rest = len(parts) - shown
        more = ["", f"And {rest} more, all in {drift_words.WHOLE}."] if rest else []
        lines += [f"## {title}", "", *"\n".join([*parts[:shown], *more]).rstrip("\n").split("\n"), ""]
    return lines

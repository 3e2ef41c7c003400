"""A report as one page of Markdown for people: the verdict and what broke first, how much was seen last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specwitness.findings import Finding, Level, Outcome, Verdict
from specwitness.report import words
from specwitness.report.inline import code, fenced, plain
from specwitness.report.markdown_coverage import coverage
from specwitness.report.model import RunReport, WaivedFinding
from specwitness.report.text import command, counted

IN_FULL = 25
"""More findings of one section than these are listed with one line each; all of them are in `report.json`."""
_BODY_LINES = 30
_LONGEST_LIST = 200


def render(report: RunReport) -> str:
    """Return the page."""
    broke, suspected = (words.breaking(report, proven=proven) for proven in (True, False))
    others = [
        finding
        for finding in words.of_level(report.findings, *Level)
        if finding.level is not Level.BREAKING or finding.verdict is Verdict.SAFE
    ]
    why = "Why it is inconclusive" if report.outcome is Outcome.INCONCLUSIVE else "What could not be judged"
    reasons = _bullets(why, [plain(reason) for reason in words.open_reasons(report)])
    found = _findings("What broke", broke, start=1)
    found += _findings("Suspected, not proven", suspected, start=len(broke) + 1)
    sections = [
        _head(report),
        *([reasons, found] if report.outcome is Outcome.INCONCLUSIVE else [found, reasons]),
        _findings("Warnings and remarks", others, start=len(broke) + len(suspected) + 1),
        _bullets("Waived", [accepted(waived) for waived in report.waived]),
        _bullets("Notes", [plain(note) for note in report.notes]),
        coverage(report.coverage),
    ]
    return "\n".join(line for section in sections for line in section)


def _head(report: RunReport) -> list[str]:
    facts = [
        f"target {code(report.target)}",
        f"profile {code(report.profile)}",
        f"seed {report.seed}",
        f"started {code(report.started)}",
        f"finished {code(report.finished)}" if report.finished else "**not finished**",
        "all operations" if not report.selection else f"only {', '.join(code(name) for name in report.selection)}",
        *([_tests(report)] if report.tests else []),
        f"specwitness {code(report.tool_version)}",
    ]
    partial = " (partial)" if report.partial else ""
    return [
        f"# {report.outcome.capitalize()}{partial}: {plain(report.title)} ({code(report.contract)})",
        "",
        f"**{words.verdict(report)}**",
        "",
        f"Tested: {', '.join(facts)}.",
        "",
    ]


def _tests(report: RunReport) -> str:
    counts = report.tests.to_json() if report.tests else {}
    return "tests: " + " ".join(f"{count} {name}" for name, count in counts.items() if count or name == "passed")


def _findings(title: str, findings: Sequence[Finding], *, start: int) -> list[str]:
    if not findings:
        return []
    lines = [f"## {title}", ""]
    for number, finding in enumerate(findings[:IN_FULL], start):
        lines += in_full(number, finding)
    short = [f"{number}. {in_short(finding)}" for number, finding in enumerate(findings, start)][IN_FULL:]
    return lines + ([*_cut(short), ""] if short else [])


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
    return (
        f"`{finding.fingerprint}` until {waived.expires.isoformat()}{owner}, because: {plain(waived.reason)}. "
        f"{in_short(finding)}"
    )


def _bullets(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {item}" for item in items]
    return [f"## {title}", "", *_cut(lines), ""] if lines else []


def _cut(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - _LONGEST_LIST
    return [*lines[:_LONGEST_LIST], *([f"- {counted(rest, 'line')} more in report.json"] if rest > 0 else [])]

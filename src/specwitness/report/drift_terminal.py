"""A comparison as lines for a terminal: the verdict first, a few findings with their witness, the rest in short."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from specwitness.findings import Finding, Level, Outcome
from specwitness.report import drift_words, terminal, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.model import WaivedFinding
from specwitness.report.text import counted, one_line

IN_FULL = 3
"""More findings than these are shown with one line each."""
IN_SHORT = 40
"""More lines than these are counted, not shown."""
_NOTES = 10


def summary(report: DriftReport, *, path: str = "") -> Text:
    """Return the verdict, the findings, what is waived, and notes; `path` is the file that the report was written to.

    Where nothing that changed matters, it is one line.
    """
    text = Text()
    text.append(drift_words.head(report), terminal.COLOURS[report.outcome])
    text.append(f" {drift_words.verdict(report)}\n")
    findings = words.of_level(report.findings, *Level)
    if findings or report.waived or report.off:
        text.append(f"{drift_words.called(report.old)} -> {drift_words.called(report.new)}, policy {report.policy}\n")
    # What only informs is in the way of what does not.
    shown = [finding for finding in findings if finding.level is not Level.INFO][:IN_FULL]
    for number, finding in enumerate(shown, 1):
        text.append_text(terminal.in_full(number, finding, also=_also(report, finding)))
    rest = findings[len(shown) :]
    if rest:
        text.append("\n")
    for number, finding in enumerate(rest[:IN_SHORT], len(shown) + 1):
        text.append(f"{number}. ").append(finding.level.value, terminal.COLOURS[finding.level])
        text.append(f" {terminal.named(finding, also=_also(report, finding))}: {one_line(finding.message, 200)}\n")
    if len(rest) > IN_SHORT:
        text.append(f"and {counted(len(rest) - IN_SHORT, 'finding')} more, all in {drift_words.WHOLE}\n")
    text.append("".join(_listed("waived", [_accepted(waived) for waived in report.waived], IN_SHORT)))
    text.append("".join(_listed("notes", [one_line(note, 500) for note in report.notes], _NOTES)))
    if report.outcome is Outcome.INCONCLUSIVE and not report.strict:
        text.append("\nWith --strict, what is undecided counts as a break\n")
    if path:
        text.append(f"\nreport: {one_line(path)}")
    text.rstrip()
    return text


def _also(report: DriftReport, finding: Finding) -> str:
    """Return where a place is now, and what a waiver calls the finding."""
    beside = drift_words.beside(report, finding)
    return (f", now {beside}" if beside else "") + f"; {finding.fingerprint}"


def _accepted(waived: WaivedFinding) -> str:
    finding, until = waived.finding, waived.expires.isoformat()
    return f"{terminal.named(finding, also=f'; {finding.fingerprint}')} until {until}: {one_line(waived.reason, 200)}"


def _listed(title: str, lines: Sequence[str], most: int) -> list[str]:
    if not lines:
        return []
    more = [f"- and {len(lines) - most} more, all in {drift_words.WHOLE}\n"] if len(lines) > most else []
    return [f"\n{title}:\n", *(f"- {line}\n" for line in lines[:most]), *more]

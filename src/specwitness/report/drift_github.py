"""A comparison as annotations of a pull request: the lines that GitHub Actions reads from a log.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from specwitness.findings import Finding, Level
from specwitness.report import drift_words, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.text import command, one_line

_COMMANDS = {Level.BREAKING: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(report: DriftReport) -> str:
    """Return a line for each finding, the gravest first, at its place in the new description; then the verdict.

    GitHub shows ten errors, ten warnings and ten notices of a step; the others are in its log.
    """
    lines = [_annotation(report, finding) for finding in words.of_level(report.findings, *Level)]
    return "\n".join([*lines, f"{drift_words.head(report)} {drift_words.verdict(report)}", ""])


def _annotation(report: DriftReport, finding: Finding) -> str:
    where = drift_words.marked(report, finding)
    properties = {
        **({"file": where.file} if where.file else {}),
        **({"line": str(where.line)} if where.file and where.line else {}),
        "title": f"{finding.rule} at {words.subject(finding)}",
    }
    said = ",".join(f"{name}={_in_property(one_line(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {said}::{_in_message(_message(finding))}"


def _message(finding: Finding) -> str:
    lines = [one_line(finding.message), f"For {words.hurt(finding)}"]
    if witness := finding.witness:
        lines += [f"The {words.called(witness.rejected_by)} says: {one_line(witness.reason)}"]
        lines += [curl for exchange in witness.trace if (curl := command(exchange.request)) is not None]
    return "\n".join([*lines, f"Fingerprint {finding.fingerprint}"])


def _in_message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")

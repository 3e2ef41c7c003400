"""A comparison as annotations of a pull request, as those of a run are (`github`)."""

from __future__ import annotations

from specwitness.findings import Level
from specwitness.report import drift_words, github, words
from specwitness.report.drift_model import DriftReport


def render(report: DriftReport) -> str:
    """Return a line for each finding, the gravest first, at its place in the new description; then the verdict."""
    lines = [
        github.annotation(finding, drift_words.marked(report, finding))
        for finding in words.of_level(report.findings, *Level)
    ]
    return "\n".join([*lines, f"{drift_words.head(report)} {drift_words.verdict(report)}", ""])

"""A comparison as SARIF 2.1.0, which code scanning reads: as a run's log, with both places of what moved."""

from __future__ import annotations

from specwitness.findings import Finding, Json, Level
from specwitness.report import drift_words, sarif, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.portable import json_text
from specwitness.report.text import inert, one_line


def render(report: DriftReport) -> str:
    """Return the text of the log."""
    return json_text(log(report))


def log(report: DriftReport) -> Json:
    """Return the log as data: one run with a result for each finding; those that are accepted are suppressed."""
    findings = words.of_level(report.findings, *Level)
    rules = sarif.numbered(report.found)

    def result(finding: Finding) -> Json:
        also = "in the old description" if finding.fingerprint in report.in_new else ""
        at = drift_words.marked(report, finding)
        return sarif.result(finding, rules, at=at, also=also, report=drift_words.WHOLE)

    results = [result(finding) for finding in findings]
    results += [sarif.suppressed(result(waived.finding), waived) for waived in report.waived]
    facts = {
        "outcome": report.outcome.value,
        "verdict": f"{drift_words.head(report)} {drift_words.verdict(report)}",
        "notes": [*map(one_line, report.notes)],
    }
    identity = f"specwitness/drift/{inert(report.contract)}/"
    return sarif.of_runs([sarif.run(identity, report.tool_version, report.found, results, facts)])

"""A comparison as JUnit XML for CI: what fails there is what stops whoever asked, and nothing else does."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from specwitness.findings import Finding, Level, Verdict
from specwitness.report import drift_words, junit, words
from specwitness.report.drift_model import DriftReport


def render(report: DriftReport) -> str:
    """Return the XML: one suite, a case for the comparison, for each finding, and for each that is accepted.

    A break is a failure; what is undecided is an error where it counts as a break; all else passes with its words.
    """
    facts = {
        "outcome": report.outcome.value,
        "old": f"{report.old.given} ({drift_words.called(report.old)})",
        "new": f"{report.new.given} ({drift_words.called(report.new)})",
        "policy": report.policy,
        "strict": str(report.strict).lower(),
        "compared": str(report.compared),
        "specwitness": report.tool_version,
    }
    return junit.document([junit.suite(list(_cases(report)), facts, name=f"drift of {report.contract}")])


def _cases(report: DriftReport) -> Iterator[ET.Element]:
    """Yield the cases; the first is there even where nothing was found, so that the suite is not empty."""
    case = junit.case_of(report.contract, "drift", "the comparison was made")
    case.append(junit.element("system-out", f"{drift_words.head(report)} {drift_words.verdict(report)}"))
    yield case
    for finding in words.of_level(report.findings, *Level):
        yield junit.judged(report.contract, finding, _tag(report, finding), report=drift_words.WHOLE)
    for waived in report.waived:
        yield junit.skipped(report.contract, waived)


def _tag(report: DriftReport, finding: Finding) -> str | None:
    if finding.verdict is Verdict.UNDECIDED:
        return "error" if report.strict else None
    return "failure" if finding.level is Level.BREAKING else None

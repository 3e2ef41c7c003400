"""A comparison as SARIF 2.1.0, which code scanning reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from specwitness.findings import Finding, Json, Level, Location
from specwitness.report import drift_words, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.model import WaivedFinding
from specwitness.report.text import command, inert, one_line
from specwitness.report.write import json_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "specwitness/v1"
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/|$)")
_LEVELS = {Level.BREAKING: "error", Level.WARNING: "warning", Level.INFO: "note"}


def render(report: DriftReport) -> str:
    """Return the text of the log."""
    return json_text(log(report))


def log(report: DriftReport) -> Json:
    """Return the log as data: one run with a result for each finding; those that are accepted are suppressed."""
    findings = words.of_level(report.findings, *Level)
    rules = sorted({inert(finding.rule) for finding in (*findings, *(waived.finding for waived in report.waived))})
    numbers = {rule: number for number, rule in enumerate(rules)}
    results = [_result(report, finding, numbers) for finding in findings]
    results += [
        _result(report, waived.finding, numbers) | {"suppressions": [_suppression(waived)]} for waived in report.waived
    ]
    driver = {
        "name": "specwitness",
        "version": inert(report.tool_version),
        "rules": [{"id": rule, "shortDescription": {"text": _worded(rule)}} for rule in rules],
    }
    facts = {
        "outcome": report.outcome.value,
        "verdict": f"{drift_words.head(report)} {drift_words.verdict(report)}",
        "notes": [*map(one_line, report.notes)],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"specwitness/drift/{inert(report.contract)}/"},
                "results": results,
                "columnKind": "unicodeCodePoints",
                "properties": facts,
            }
        ],
    }


def _result(report: DriftReport, finding: Finding, numbers: dict[str, int]) -> Json:
    others = [finding.where] if finding.fingerprint in report.in_new else []
    return {
        "ruleId": inert(finding.rule),
        "ruleIndex": numbers[inert(finding.rule)],
        "level": _LEVELS[finding.level],
        # `[text](target)` would be a link (SARIF 2.1.0, section 3.11.6).
        "message": {"text": "\n".join(_message(finding)).replace("](", "] (")},
        "locations": [_location(drift_words.marked(report, finding), finding)],
        "relatedLocations": [
            _location(other, finding) | {"id": number, "message": {"text": "in the old description"}}
            for number, other in enumerate(others, 1)
        ],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {"verdict": finding.verdict.value, "operations": [*map(one_line, finding.operations)]},
    }


def _message(finding: Finding) -> Iterable[str]:
    yield one_line(finding.message)
    yield f"For {words.hurt(finding)}"
    yield f"Rests on {one_line(finding.source)}"
    if witness := finding.witness:
        yield f"The {words.called(witness.rejected_by)} says: {one_line(witness.reason)}"
        for exchange in witness.trace:
            yield command(exchange.request) or f"(command too long, see {drift_words.WHOLE})"


def _location(where: Location, finding: Finding) -> Json:
    logical = {"fullyQualifiedName": one_line(f"{words.subject(finding)} {where.pointer}"), "kind": "member"}
    if where.file is None:
        return {"logicalLocations": [logical]}
    physical: Json = {"artifactLocation": {"uri": _uri(where.file)}}
    if where.line is not None and where.line > 0:
        physical["region"] = {"startLine": where.line}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _uri(file: str) -> str:
    """Return the name of a file as a URI reference (RFC 3986 section 4.1); a URL stays one."""
    text = one_line(file)
    if _URL.match(text):
        return quote(text, safe="/:?#@!$&'()*+,;=%~")
    return ("file://" if text.startswith("/") else "") + quote(text, safe="/~!$&'()*+,;=@")


def _suppression(waived: WaivedFinding) -> Json:
    owner = f" ({waived.owner})" if waived.owner else ""
    text = f"until {waived.expires.isoformat()}{owner}: {waived.reason}"
    return {"kind": "external", "status": "accepted", "justification": one_line(text)}


def _worded(rule: str) -> str:
    return one_line(rule.replace("-", " ")).capitalize() or "-"

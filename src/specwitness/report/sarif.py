"""A run as SARIF 2.1.0, which code scanning reads; what a comparison shares with it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from specwitness.findings import Finding, Json, Level, Location
from specwitness.report import words
from specwitness.report.checks import DOCUMENT, check_of
from specwitness.report.model import ContractReport, RunReport, WaivedFinding
from specwitness.report.portable import json_text
from specwitness.report.text import command, inert, one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINTS = ("specwitness/v1", "primaryLocationLineHash")
"""Ours, and the only one that GitHub goes by: without it, it takes a finding on a line that changed for another one.
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/|$)")
_LEVELS = {Level.BREAKING: "error", Level.WARNING: "warning", Level.INFO: "note"}
_SOURCES_NAMED = 3
_LOOKS_AT = {
    "answer": "whether a server answers, and the same each time it is asked",
    "status": "the status code of an answer, which the document has to list for the operation",
    "media-type": "the media type of an answer, which the document has to list for the status",
    "headers": "the headers that the document describes for the status",
    "body": "the body of an answer, by the schema of its status and media type",
    "credentials": "what is answered to requests without, with empty and with wrong credentials",
    "unknown-ids": "what is answered where a resource does not exist",
    "invalid-requests": "what is answered to a request that the document does not allow",
    DOCUMENT: "the contract's own document, whatever the server does",
}
"""What each check of the document looks at; any other check is known by what it rests on."""
_NEXT = (
    "Correct the side that is wrong, a document that is not yours by an overlay; "
    "or accept the finding for a while: specwitness waive FINGERPRINT."
)


def render(report: RunReport) -> str:
    """Return the text of the log."""
    return json_text(log(report), indent=None)


def log(report: RunReport) -> Json:
    """Return the log as data: a run for each contract, which code scanning keeps apart by its `automationDetails`."""
    return of_runs([_run(contract, report.name) for contract in report.contracts])


def of_runs(runs: Sequence[Json]) -> Json:
    """Return the log of some runs."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def run(
    identity: str, version: str, findings: Iterable[Finding], results: Sequence[Json], properties: Mapping[str, Json]
) -> Json:
    """Return one run; `identity` is that of all runs of its kind, then perhaps a slash and its own."""
    return {
        "tool": {"driver": {"name": "specwitness", "version": inert(version), "rules": _rules(findings)}},
        "automationDetails": {"id": inert(identity)},
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": properties,
    }


def result(
    finding: Finding, rules: Mapping[str, int], *, at: Location | None = None, also: str = "", report: str = ""
) -> Json:
    """Return the result of a finding.

    `at` is the place to look at, where that is not the one it is known by; `also` is what to say of the latter then.
    `report` says where a command is that is too long.
    """
    related = [_location(finding.where, finding) | {"id": 1, "message": {"text": also}}] if also else []
    return {
        "ruleId": inert(finding.rule),
        "ruleIndex": rules[inert(finding.rule)],
        "level": _LEVELS[finding.level],
        "message": {"text": _unlinked("\n".join(_message(finding, report)))},
        "locations": [_location(at or finding.where, finding)],
        "relatedLocations": related,
        "partialFingerprints": dict.fromkeys(FINGERPRINTS, finding.fingerprint),
        "properties": {"verdict": finding.verdict.value, "operations": [*map(one_line, finding.operations)]},
    }


def suppressed(made: Json, waived: WaivedFinding) -> Json:
    """Return a result with the reason for which it is accepted."""
    owner = f" ({waived.owner})" if waived.owner else ""
    text = one_line(f"until {waived.expires.isoformat()}{owner}: {waived.reason}")
    return made | {"suppressions": [{"kind": "external", "status": "accepted", "justification": text}]}


def numbered(findings: Iterable[Finding]) -> dict[str, int]:
    """Return the number of each rule in the list of a run's rules."""
    return {rule: number for number, rule in enumerate(sorted({inert(finding.rule) for finding in findings}))}


def _run(report: ContractReport, name: str) -> Json:
    findings = words.of_level(report.findings, *Level)
    rules = numbered(report.found)
    results = [result(finding, rules, report="report.json") for finding in findings]
    results += [suppressed(result(waived.finding, rules, report="report.json"), waived) for waived in report.waived]
    facts = {
        "outcome": report.outcome.value,
        "verdict": words.verdict(report),
        "target": one_line(report.target),
        "profile": one_line(report.profile),
        "seed": report.seed,
        "selection": [*map(one_line, report.selection)],
        **({"shard": report.shard} if report.shard else {}),
    }
    said = [("error", reason) for reason in words.open_reasons(report)] + [("note", note) for note in report.notes]
    invocation = {
        "executionSuccessful": not words.open_reasons(report),
        "startTimeUtc": report.started,
        **({"endTimeUtc": report.finished} if report.finished else {}),
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _unlinked(one_line(text))}} for level, text in said
        ],
    }
    # All after the last slash is of this run alone (SARIF 2.1.0, section 3.17.3).
    identity = f"specwitness/suite/{_named(report.contract)}/{_named(name)}"
    return run(identity, report.tool_version, report.found, results, facts) | {"invocations": [invocation]}


def _rules(findings: Iterable[Finding]) -> list[Json]:
    """Return what is known of the rules of some findings, in the order of their numbers."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(inert(finding.rule), []).append(finding)
    return [_rule(name, by_rule[name]) for name in sorted(by_rule)]


def _rule(name: str, findings: Sequence[Finding]) -> Json:
    check = check_of(findings[0])
    rests = sorted({one_line(finding.source) for finding in findings if finding.source})
    more = f" and {len(rests) - _SOURCES_NAMED} more" if len(rests) > _SOURCES_NAMED else ""
    lines = [
        f"It looks at {_LOOKS_AT[check]}." if check in _LOOKS_AT else "",
        f"It rests on: {'; '.join(rests[:_SOURCES_NAMED])}{more}." if rests else "",
        _NEXT,
    ]
    return {
        "id": name,
        "shortDescription": {"text": one_line(name.replace("-", " ")).capitalize() or "-"},
        "help": {"text": _unlinked("\n".join(filter(None, lines)))},
    }


def _message(finding: Finding, report: str) -> Iterable[str]:
    yield one_line(finding.message)
    yield f"For {words.hurt(finding)}"
    yield f"Rests on {one_line(finding.source)}"
    if witness := finding.witness:
        yield f"The {words.called(witness.rejected_by)} says: {one_line(witness.reason)}"
        for exchange in witness.trace:
            yield command(exchange.request) or f"(command too long, see {report})"


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


def _named(text: str) -> str:
    """Return a name without the slash that would divide an identity."""
    return one_line(text).replace("/", "-")


def _unlinked(text: str) -> str:
    """Return a message in which nothing is a link, as `[text](target)` would be (SARIF 2.1.0, section 3.11.6)."""
    return text.replace("](", "] (")

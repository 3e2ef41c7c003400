"""A report as JUnit XML for CI: what fails there is what breaks clients, what could not be judged is an error."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from specwitness.findings import Finding, Level, Verdict
from specwitness.report import words
from specwitness.report.model import ContractReport, OperationCoverage, RunReport, WaivedFinding
from specwitness.report.text import command, inert, one_line

_BODY_LINES = 15
_TAGS = {(Level.BREAKING, Verdict.BROKEN): "failure", (Level.BREAKING, Verdict.UNDECIDED): "error"}


def render(report: RunReport) -> str:
    """Return the XML: a suite for each contract, a case for each finding, reason, and operation that broke nothing.

    A breaking finding is a failure, or an error while it is only suspected; a waived one is skipped; any other passes
    with its words as output.
    """
    return document([_suite(contract) for contract in report.contracts])


def _suite(report: ContractReport) -> ET.Element:
    facts = {
        "outcome": report.outcome.value,
        "partial": str(report.partial).lower(),
        **({"shard": report.shard} if report.shard else {}),
        "title": report.title,
        "target": report.target,
        "profile": report.profile,
        "seed": str(report.seed),
        "selection": ", ".join(report.selection) or "everything",
        "requests": str(report.requests),
        "specwitness": report.tool_version,
    }
    return suite(list(_cases(report)), facts, name=report.contract, timestamp=report.started, time=_seconds(report))


def suite(cases: Sequence[ET.Element], facts: Mapping[str, str], *, time: float = 0.0, **attributes: str) -> ET.Element:
    """Return one suite: what is known of it, and its cases."""
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": f"{time:.3f}",
    }
    made = element("testsuite", **attributes, **counts)
    properties = ET.SubElement(made, "properties")
    properties.extend(element("property", name=name, value=value) for name, value in facts.items())
    made.extend(cases)
    return made


def document(suites: Sequence[ET.Element]) -> str:
    """Return the XML of some suites."""
    root = ET.Element("testsuites")
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(report: ContractReport) -> Iterator[ET.Element]:
    for finding in words.of_level(report.findings, *Level):
        yield judged(report.contract, finding, _TAGS.get((finding.level, finding.verdict)))
    for waived in report.waived:
        yield skipped(report.contract, waived)
    # To be one of several shards is no error.
    for number, reason in enumerate(words.open_reasons(replace(report, shard=None)), 1):
        case = case_of(report.contract, "run", f"conclusive {number}")
        case.append(element("error", message=one_line(reason), type="inconclusive"))
        yield case
    broken = {
        name
        for finding in report.findings
        if (finding.level, finding.verdict) in _TAGS
        for name in (*finding.operations, finding.where.operation)
    }
    for operation in report.coverage:
        if operation.requests and not broken & {operation.operation, operation.label}:
            yield _passed(report, operation)


def judged(contract: str, finding: Finding, tag: str | None, *, report: str = "report.json") -> ET.Element:
    """Return the case of a finding: a `failure`, an `error`, or without a tag one that passes and says what it is.

    `report` says where all of it is.
    """
    case = _case_of_finding(contract, finding)
    message, details = one_line(finding.message), _details(finding, report)
    if tag is None:
        case.append(element("system-out", f"{finding.level}: {message}\n{details}"))
    else:
        case.append(element(tag, details, message=message, type=finding.rule))
    return case


def skipped(contract: str, waived: WaivedFinding) -> ET.Element:
    """Return the case of a finding that is accepted."""
    case = _case_of_finding(contract, waived.finding)
    owner = f" by {waived.owner}" if waived.owner else ""
    message = f"waived{owner} until {waived.expires.isoformat()}: {waived.reason}"
    case.append(element("skipped", message=one_line(message), type="waived"))
    return case


def _passed(report: ContractReport, operation: OperationCoverage) -> ET.Element:
    case = case_of(report.contract, operation.operation, operation.label)
    answers = ", ".join(f"{status.status} x {status.count}" for status in operation.statuses)
    case.append(element("system-out", f"requests: {operation.requests}; answers: {answers or 'none'}"))
    return case


def _details(finding: Finding, report: str) -> str:
    lines = [
        f"where: {finding.where.operation or '-'} {finding.where.part} {words.place(finding)}",
        f"for: {words.hurt(finding)}",
        f"rests on: {one_line(finding.source)}",
    ]
    if witness := finding.witness:
        lines += ["", f"witness: {words.parties(witness)}"]
        for exchange in witness.trace:
            lines += ["", *words.sent(exchange, lines=_BODY_LINES)]
            if answered := words.answered(exchange, lines=_BODY_LINES, about=words.about(finding)):
                lines += ["", *answered]
        lines += ["", f"the {words.called(witness.rejected_by)} says: {one_line(witness.reason)}", ""]
        lines += [command(exchange.request) or f"(command too long, see {report})" for exchange in witness.trace]
    return "\n".join(lines)


def _case_of_finding(contract: str, finding: Finding) -> ET.Element:
    subject = finding.where.operation or finding.where.part
    return case_of(contract, subject, f"{finding.rule} {finding.fingerprint}")


def case_of(contract: str, subject: str, name: str) -> ET.Element:
    """Return a case that passes."""
    return element("testcase", classname=f"{contract}.{subject}", name=name)


def element(tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Return an element; its text and attributes hold no character that XML 1.0 forbids."""
    element = ET.Element(tag, {name: inert(value) for name, value in attributes.items()})
    element.text = text and inert(text)
    return element


def _seconds(report: ContractReport) -> float:
    if report.finished is None:
        return 0.0
    return (dt.datetime.fromisoformat(report.finished) - dt.datetime.fromisoformat(report.started)).total_seconds()

"""A report as JUnit XML for CI: what fails there is what breaks clients, what could not be judged is an error."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from specwitness.findings import Finding, Level, Verdict
from specwitness.report import words
from specwitness.report.model import OperationCoverage, RunReport, WaivedFinding
from specwitness.report.text import command, inert, one_line

_BODY_LINES = 15
_TAGS = {(Level.BREAKING, Verdict.BROKEN): "failure", (Level.BREAKING, Verdict.UNDECIDED): "error"}


def render(report: RunReport) -> str:
    """Return the XML: one suite, a case for each finding, reason, and operation that was called and broke nothing.

    A breaking finding is a failure, or an error while it is only suspected; a waived one is skipped; any other passes
    with its words as output.
    """
    cases = list(_cases(report))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": f"{_seconds(report):.3f}",
    }
    root = ET.Element("testsuites", counts)
    suite = _element("testsuite", name=report.contract, timestamp=report.started, **counts)
    root.append(suite)
    suite.append(_properties(report))
    suite.extend(cases)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(report: RunReport) -> Iterator[ET.Element]:
    for finding in words.of_level(report.findings, *Level):
        case = _case(report, finding.where.operation or finding.where.part, f"{finding.rule} {finding.fingerprint}")
        if (tag := _TAGS.get((finding.level, finding.verdict))) is not None:
            case.append(_element(tag, _details(finding), message=one_line(finding.message), type=finding.rule))
        else:
            case.append(_element("system-out", f"{finding.level}: {one_line(finding.message)}\n{_details(finding)}"))
        yield case
    for waived in report.waived:
        yield _skipped(report, waived)
    for number, reason in enumerate(words.open_reasons(report), 1):
        case = _case(report, "run", f"conclusive {number}")
        case.append(_element("error", message=one_line(reason), type="inconclusive"))
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


def _skipped(report: RunReport, waived: WaivedFinding) -> ET.Element:
    finding = waived.finding
    case = _case(report, finding.where.operation or finding.where.part, f"{finding.rule} {finding.fingerprint}")
    owner = f" by {waived.owner}" if waived.owner else ""
    message = f"waived{owner} until {waived.expires.isoformat()}: {waived.reason}"
    case.append(_element("skipped", message=one_line(message), type="waived"))
    return case


def _passed(report: RunReport, operation: OperationCoverage) -> ET.Element:
    case = _case(report, operation.operation, operation.label)
    answers = ", ".join(f"{status.status} x {status.count}" for status in operation.statuses)
    case.append(_element("system-out", f"requests: {operation.requests}; answers: {answers or 'none'}"))
    return case


def _details(finding: Finding) -> str:
    lines = [
        f"where: {finding.where.operation or '-'} {finding.where.part} {words.place(finding)}",
        f"for: {words.hurt(finding)}",
        f"rests on: {one_line(finding.source)}",
    ]
    if witness := finding.witness:
        lines += ["", f"witness: {words.parties(witness)}"]
        for exchange in witness.trace:
            lines += ["", *words.sent(exchange, lines=_BODY_LINES), ""]
            lines += words.answered(exchange, lines=_BODY_LINES, about=words.about(finding))
        lines += ["", f"the {witness.rejected_by} says: {one_line(witness.reason)}", ""]
        lines += [command(exchange.request) or "(command too long, see report.json)" for exchange in witness.trace]
    return "\n".join(lines)


def _properties(report: RunReport) -> ET.Element:
    facts = {
        "outcome": report.outcome.value,
        "partial": str(report.partial).lower(),
        "title": report.title,
        "target": report.target,
        "profile": report.profile,
        "seed": str(report.seed),
        "selection": ", ".join(report.selection) or "everything",
        "requests": str(report.requests),
        "specwitness": report.tool_version,
    }
    properties = ET.Element("properties")
    properties.extend(_element("property", name=name, value=value) for name, value in facts.items())
    return properties


def _case(report: RunReport, subject: str, name: str) -> ET.Element:
    return _element("testcase", classname=f"{report.contract}.{subject}", name=name)


def _element(tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Return an element; its text and attributes hold no character that XML 1.0 forbids."""
    element = ET.Element(tag, {name: inert(value) for name, value in attributes.items()})
    element.text = text and inert(text)
    return element


def _seconds(report: RunReport) -> float:
    if report.finished is None:
        return 0.0
    return (dt.datetime.fromisoformat(report.finished) - dt.datetime.fromisoformat(report.started)).total_seconds()

"""The phrases that all renderings of a report share: the verdict, whom a finding hurts, what was sent and answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from specwitness.findings import Exchange, Finding, Headers, Level, Location, Outcome, Party, Verdict, Witness
from specwitness.record import rank
from specwitness.report.model import GRAVEST, ContractReport, OperationCoverage
from specwitness.report.text import counted, excerpt, one_line

PARTIAL = (
    "The run did not finish: what is missing here was not tested. Let it run to its end, or test less with a selection"
)

SHARD = (
    "This is shard {} of a run, which alone says nothing of what the others saw. "
    "Make one report of all of them with `specwitness report merge`"
)

_HURT = {
    Party.CONTRACT: "clients written against the contract",
    Party.CHECK: "clients that rely on what the check states",
    Party.OLD: "clients written against the old version",
    Party.NEW: "clients that still send what the old version allows",
    Party.SDK: "users of the SDK",
    Party.SERVER: "clients that send what the contract allows",
    Party.CLIENT: "the client that reads this",
    Party.SPEC: "clients written against the spec",
    Party.SOURCE: "clients that still send what another source allows",
    Party.EXAMPLE: "readers who copy the example",
}
_SENDERS = {Party.CLIENT: "the client that sends this", Party.SDK: "users of the SDK"}
"""Those whom it hurts that what they send is refused."""
_CALLED = {Party.OLD: "old version", Party.NEW: "new version", Party.SOURCE: "other source"}
_NAMED = 5
"""More operations than these are counted, not named."""
_DULL_IN_REQUESTS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)
_TELLING_IN_RESPONSES = frozenset({"allow", "content-type", "link", "location", "retry-after", "www-authenticate"})


def of_level(findings: Iterable[Finding], *levels: Level) -> list[Finding]:
    """Return the findings of these levels as a person reads them: gravest first, then proven, then widest spread."""
    return sorted((finding for finding in findings if finding.level in levels), key=rank)


def gravest_first(reports: Iterable[ContractReport]) -> list[ContractReport]:
    """Return reports as a person reads them: incompatible ones, then inconclusive ones, each by name."""
    return sorted(reports, key=lambda report: (GRAVEST.index(report.outcome), report.contract))


def least_seen_first(operations: Iterable[OperationCoverage]) -> list[OperationCoverage]:
    """Return operations as a person reads them: those never called, then by how much of them was never seen."""
    return sorted(operations, key=lambda operation: (operation.requests > 0, -operation.gaps, operation.label))


def breaking(report: ContractReport, *, proven: bool) -> list[Finding]:
    """Return the breaking findings that a witness proves, or those that are only suspected."""
    wanted = Verdict.BROKEN if proven else Verdict.UNDECIDED
    return [finding for finding in of_level(report.findings, Level.BREAKING) if finding.verdict is wanted]


def head(report: ContractReport) -> str:
    """Return the outcome, but of a shard which one it is; and whether the run did not finish."""
    said = f"shard {report.shard}" if report.shard else report.outcome.value
    return f"{said} (partial)" if report.partial else said


def verdict(report: ContractReport) -> str:
    """Word the outcome and what it rests on, as one line."""
    tested = [operation for operation in report.coverage if operation.requests]
    extent = f"{counted(report.requests, 'request')} to {len(tested)} of {counted(len(report.coverage), 'operation')}"
    suspected = len(breaking(report, proven=False))
    warnings, remarks = (len(of_level(report.findings, level)) for level in (Level.WARNING, Level.INFO))
    also = [f"{suspected} suspected"] if suspected else []
    also += [counted(warnings, "warning")] if warnings else []
    also += [counted(remarks, "remark")] if remarks else []
    also += [f"{len(report.waived)} waived"] if report.waived else []
    main = {
        Outcome.COMPATIBLE: "no breaking finding",
        Outcome.INCOMPATIBLE: counted(len(breaking(report, proven=True)), "breaking finding"),
        Outcome.INCONCLUSIVE: "no breaking finding in this part"
        if report.shard
        else "too little was seen to say that the contract is kept",
    }
    return f"{', '.join([main[report.outcome], *also])}; {extent}"


def open_reasons(report: ContractReport) -> tuple[str, ...]:
    """Return why the run cannot conclude, that it is one of several parts or did not finish first of all."""
    part = (SHARD.format(report.shard),) if report.shard else ()
    return (*part, *((PARTIAL,) if report.partial else ()), *report.reasons)


def hurt(finding: Finding) -> str:
    """Say whom a finding hurts, and through which operations."""
    witness = finding.witness
    if finding.verdict is Verdict.SAFE:
        who = "those who go by it (no message is refused)"
    elif witness is None:
        who = "not proven (no witness)"
    elif witness.allowed_by in _SENDERS:
        who = _SENDERS[witness.allowed_by]
    else:
        who = _HURT[witness.rejected_by]
    through = finding.operations or ((finding.where.operation,) if finding.where.operation else ())
    named = f", through {', '.join(one_line(name, 100) for name in through[:_NAMED])}" if through else ""
    rest = f" and {len(through) - _NAMED} more" if len(through) > _NAMED else ""
    often = finding.seen > max(1, len(through))
    return f"{who}{named}{rest}" + (f" (seen {finding.seen} times)" if often else "")


def parties(witness: Witness) -> str:
    """Say who allows the witness and who refuses it."""
    return f"the {called(witness.allowed_by)} allows it, the {called(witness.rejected_by)} refuses it"


def called(party: Party) -> str:
    """Return what a party is called in a sentence."""
    return _CALLED.get(party, party.value)


def sent(exchange: Exchange, *, lines: int) -> tuple[str, ...]:
    """Return the request line, the headers that matter, and the body."""
    request = exchange.request
    headers = tuple(
        (name, value)
        for name, value in request.headers
        if name.lower() not in _DULL_IN_REQUESTS and (name.lower(), value) != ("accept", "*/*")
    )
    return (
        one_line(f"{request.method} {request.url}"),
        *_header_lines(headers),
        *_body_lines(request.body or b"", lines),
    )


def answered(exchange: Exchange, *, lines: int, about: str = "") -> tuple[str, ...]:
    """Return the status line, the headers that matter (those named in `about` too), and the body.

    Nothing is returned of a request that nobody sent: one that stands for those that the documents allow.
    """
    response = exchange.response
    if response is None:
        return (f"(no response: {one_line(exchange.fault)})",) if exchange.fault else ()
    headers = tuple(
        (name, value)
        for name, value in response.headers
        if name.lower() in _TELLING_IN_RESPONSES or (len(name) > 1 and name.lower() in about.lower().split())
    )
    return (
        f"{response.status} {phrase(response.status)}".rstrip(),
        *_header_lines(headers),
        *_body_lines(response.body, lines, place=_place_in(about)),
    )


def subject(finding: Finding) -> str:
    """Return the operation and the part of it that a finding is about."""
    return " ".join(one_line(word) for word in (finding.where.operation, finding.where.part) if word)


def place(finding: Finding) -> str:
    """Return `file:line` of the source document, or the JSON pointer where no file is known."""
    return at(finding.where)


def at(where: Location) -> str:
    """Return `file:line` of a place, or its JSON pointer where no file is known."""
    if where.file is None:
        return one_line(where.pointer) or "/"
    return one_line(f"{where.file}:{where.line}" if where.line else where.file)


def about(finding: Finding) -> str:
    """Return the text in which a header, or a place of the body, may be named that is shown for that reason."""
    return f"{finding.where.part} {finding.message}"


def phrase(status: int) -> str:
    """Return what HTTP calls a status, nothing where it has no name for it."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _header_lines(headers: Headers) -> tuple[str, ...]:
    return tuple(one_line(f"{name}: {value}", 300) for name, value in headers)


def _body_lines(body: bytes, lines: int, place: str = "") -> tuple[str, ...]:
    shown = excerpt(body, lines=lines, place=place)
    return ("", *shown) if shown else ()


def _place_in(text: str) -> str:
    """Return the place of a body that the words of a refusal begin with, as in `GET /pets: /0/name: it is empty`."""
    found = _PLACE.search(text)
    return found[1] if found else ""


_PLACE = re.compile(r": (/[^\s:]+): ")

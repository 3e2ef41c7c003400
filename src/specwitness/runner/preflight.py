"""Ask first whether there is anything to test: is the address alive, does it serve the contract, is access granted?"""

from __future__ import annotations

from collections.abc import Sequence

from specwitness.contract.conformance import refusals
from specwitness.contract.model import Operation
from specwitness.findings import Exchange
from specwitness.record import Record
from specwitness.redaction import Redaction
from specwitness.runner import phases
from specwitness.runner.recorder import Recorder
from specwitness.runner.session import ContractSession, SilentError
from specwitness.runner.transport import SAFE_METHODS, RequestRefusedError

_NOT_FOUND = frozenset({404, 405, 410, 501})
_NO_ACCESS = frozenset({401, 403})


def why_not(session: ContractSession, operations: Sequence[Operation]) -> str | None:
    """Return why the target cannot be tested, with the next step, or None where it can.

    Each operation that is safe to call is asked once, validly; the first sensible answer is enough.
    """
    base_url = Redaction().url(session.target.base_url)
    answers: list[Exchange] = []
    fault = None
    for operation in sorted(operations, key=lambda item: (item.method not in SAFE_METHODS, len(item.path_parameters))):
        if operation.method not in SAFE_METHODS and answers:
            break
        try:
            exchange = _asked(session, operation)
        except SilentError as silence:
            if not session.is_alive():
                return f"{base_url}: {silence}. Start the server there, or correct --base-url"
            # An operation that keeps silent, at a server that is there, is for the tests to report.
            fault = fault if session.is_silent(operation) else str(silence)
            continue
        except RequestRefusedError:
            continue
        if exchange is None or exchange.response is None:
            continue
        answers.append(exchange)
        if _is_of_the_contract(session, exchange):
            return None
    if not answers:
        if fault is None and session.is_alive():
            return None
        return f"{base_url}: {fault or 'nothing answers there'}. Start the server there, or correct --base-url"
    if any(answer.response and answer.response.status in _NO_ACCESS for answer in answers):
        variables = ", ".join(sorted(variable.env for variable in session.contract.manifest.credentials.values()))
        return (
            f"{base_url} accepts no credentials of {session.contract.name}. "
            f"Check {variables or 'the credentials'}: every valid request was answered 401 or 403"
        )
    return (
        f"{base_url} serves nothing of the contract {session.contract.name} ({_summary(answers)}). "
        f"Correct --base-url, or name the contract that is served there with --contract"
    )


def found(recorder: Recorder) -> Record:
    """Return what was found in asking; that something was answered tests no operation, and is left out."""
    record = recorder.publish()
    return Record(findings=record.findings, requests=record.requests)


def _asked(session: ContractSession, operation: Operation) -> Exchange | None:
    parameters = next(session.known_ids(operation), None)
    if parameters is None:
        if operation.path_parameters:
            return None
        parameters = {}
    return session.call(operation, parameters, once=True, **next(iter(phases.contents(session, operation))))


def _is_of_the_contract(session: ContractSession, exchange: Exchange) -> bool:
    """Say whether an answer may be that of an operation of the contract, right or wrong.

    A closed door, a web page in place of data, or a missing route is no such answer; a 404 is one where it is just
    what the operation documents.
    """
    response, operation = exchange.response, session.contract.operation(exchange.operation)
    if response is None or operation is None or response.status in _NO_ACCESS:
        return False
    if response.status in _NOT_FOUND:
        documented = operation.response_for(response.status)
        return documented is not None and bool(documented.content) and not any(refusals(session.contract, exchange))
    return not (response.media_type == "text/html" and response.body.lstrip().startswith(b"<"))


def _summary(answers: Sequence[Exchange]) -> str:
    kinds = {
        f"{answer.response.status} {answer.response.media_type or 'without a media type'}"
        for answer in answers
        if answer.response
    }
    return "answers: " + ", ".join(sorted(kinds))

"""Who is let in: every way of asking for a resource without a valid credential, or with one that is nearly valid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from specwitness.contract import requests
from specwitness.contract.conformance import refusals
from specwitness.contract.model import Operation, SecurityScheme
from specwitness.findings import Exchange, Headers, Intent, Level
from specwitness.runner import phases
from specwitness.runner.session import ContractSession
from specwitness.runner.target import in_percents, near_misses

MAX_OPEN_DOORS = 50
"""How many known resources are asked for without a credential."""

_BAD_REQUEST = frozenset({400, 415, 422})
_SECURITY = "the document's security: nothing is answered here without a credential (RFC 9110 section 15.5.2)"
_ODD_METHODS = ("PUT", "PATCH", "POST")

Access = dict[str, Any]


def credentials(session: ContractSession, operation: Operation) -> None:
    """Send the valid request without a credential, with an empty, a wrong, a nearly right and a misplaced one.

    Every known resource, one that nobody has, and HEAD are asked for without a credential too: one door may be open.
    """
    if not operation.needs_credentials:
        return
    with phases.ending_on_silence(session, operation):
        content = next(iter(phases.contents(session, operation)))
        first = True
        for parameters in itertools.islice(phases.known_or_made(session, operation), MAX_OPEN_DOORS):
            session.call(operation, parameters, intent=Intent.NO_CREDENTIALS, access={}, **content)
            if first:
                empty = session.access_with(operation, "")
                session.call(operation, parameters, intent=Intent.EMPTY_CREDENTIALS, access=empty, **content)
                for access in _wrong(session, operation):
                    session.call(operation, parameters, intent=Intent.WRONG_CREDENTIALS, access=access, **content)
                _in_another_form(session, operation, parameters)
                _judged_first(session, operation)
                _without_access(session, operation, parameters)
            first = False


def _wrong(session: ContractSession, operation: Operation) -> Iterator[Access]:
    """Yield the arguments of calls that carry no valid credential."""
    yield session.access_with(operation, f"wrong-{session.seed_of('wrong-credential'):x}")
    for scheme, value in session.credentials_of(operation):
        for near in near_misses(value):
            yield session.access_with(operation, near)
        if scheme.place == "header":
            # In a cookie or a query a credential may rightly be decoded.
            yield session.access_with(operation, in_percents(value))
        yield session.access_with(operation, f"a,{value},b")
        if scheme.kind != "apiKey" or not session.target.is_loopback:
            # A valid key in a URL would stand in the access logs of whatever is between here and there.
            continue
        elsewhere: dict[str, Access] = {
            "query": {"params": {scheme.field: value}},
            "cookie": {"cookies": {scheme.field: value}},
            "authorization": {"headers": {"Authorization": f"Bearer {value}"}},
        }
        yield from (access for place, access in elsewhere.items() if place != scheme.place)


def _without_access(session: ContractSession, operation: Operation, parameters: dict[str, str]) -> None:
    """Ask without a credential in unusual ways: for nothing, by HEAD, by another method, and right after the owner."""
    content = next(iter(phases.contents(session, operation)))
    if operation.path_parameters:
        last = operation.path_parameters[-1].name
        unknown = {**parameters, last: phases.fitting(session, operation, last)}
        session.call(operation, unknown, intent=Intent.NO_CREDENTIALS, access={}, **content)
    if operation.method != "GET":
        return
    session.alone("HEAD", operation, parameters, intent=Intent.NO_CREDENTIALS, access={}, **content)
    if session.target.allow_writes:
        known = {one.method for one in session.contract.operations if one.path == operation.path}
        odd = next((method for method in _ODD_METHODS if method not in known), None)
        if odd is not None:
            exchange = session.alone(odd, operation, parameters, access={}, **content)
            if _is_success(exchange):
                words = f"it answered {_status(exchange)} without a credential to a method that no document has"
                session.suspect("open-to-another-method", exchange, words, source=_SECURITY)
    # What the owner was told must not be told to whoever asks next, on the same connection or through the same cache.
    session.call(operation, parameters, **content)
    session.call(operation, parameters, intent=Intent.NO_CREDENTIALS, access={}, **content)


def _judged_first(session: ContractSession, operation: Operation) -> None:
    """Send an invalid request without a credential: who may not come in is not to be told what is wrong with it."""
    cases = session.generator.coverage(operation, valid=False)
    planned = next((one for one in cases if one.intent is Intent.INVALID), None)
    if planned is None:
        return
    exchange = session.send(planned, operation, claim=_let_in_or_refused, access={})
    if _is_judged(session, operation, exchange):
        words = (
            f"it answered {_status(exchange)} to an invalid request without a credential: "
            "strangers are told what is wrong with their requests"
        )
        # No document says which of the two is judged first.
        session.suspect("judged-before-access", exchange, words, source=_SECURITY, level=Level.INFO)


def _let_in_or_refused(status: int) -> Intent:
    """Claim that the door is shut where it is seen to be open, and right where it is shut; the rest is unclear."""
    unclear = status >= HTTPStatus.BAD_REQUEST and status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return Intent.PROBE if unclear else Intent.NO_CREDENTIALS


def _is_judged(session: ContractSession, operation: Operation, exchange: Exchange) -> bool:
    """Say whether the operation itself has refused a request: in its own words, and rightly."""
    if _status(exchange) not in _BAD_REQUEST or operation.response_for(_status(exchange)) is None:
        return False
    asked = requests.read(session.contract, operation, exchange.request)
    known = replace(exchange, intent=Intent.GENERATED)
    return isinstance(asked, requests.Refusal) and not any(refusals(session.contract, known))


def _in_another_form(session: ContractSession, operation: Operation, parameters: dict[str, str]) -> None:
    """Send the valid credential as no document has it: as one of two, and with a scheme that it does not have.

    Who lets it in lets nobody in who has no key, but what is accepted and not documented is soon relied upon. Many
    servers take the first of two lines, or the last: only who takes any of them is reported.
    """
    if operation.method != "GET":
        return
    for scheme, value in session.credentials_of(operation):
        if scheme.place != "header":
            continue
        wrong = f"wrong-{session.seed_of('wrong-credential'):x}"
        pairs = [
            _sent_as(session, operation, parameters, scheme, (scheme.header(first), scheme.header(second)))
            for first, second in ((value, wrong), (wrong, value))
        ]
        if all(_is_success(exchange) for exchange in pairs):
            words = f"it answered {_status(pairs[1])} to two credentials, whichever of them was wrong"
            session.suspect("credential-in-another-form", pairs[1], words, source=_ONE_LINE)
        if scheme.kind == "apiKey" and scheme.field.lower() != "authorization":
            exchange = _sent_as(session, operation, parameters, scheme, (scheme.header(f"Bearer {value}"),))
            if _is_success(exchange):
                words = f"it answered {_status(exchange)} to a key after the word Bearer"
                session.suspect("credential-in-another-form", exchange, words, source=_AS_DOCUMENTED)


_ONE_LINE = (
    "RFC 9110 section 5.3: a header that is no list is sent once, and recipients differ in which of two they take"
)
_AS_DOCUMENTED = "the document's security scheme: the header holds the key and nothing else"


def _sent_as(
    session: ContractSession, operation: Operation, parameters: dict[str, str], scheme: SecurityScheme, lines: Headers
) -> Exchange:
    """Send the valid request with these lines in place of the one that carries its credential."""
    access = session.access_of(operation)
    kept = {name: value for name, value in access.get("headers", {}).items() if name != scheme.header("")[0]}
    content = next(iter(phases.contents(session, operation)))
    return session.alone("GET", operation, parameters, access={**access, "headers": kept}, lines=lines, **content)


def _status(exchange: Exchange) -> int:
    return exchange.response.status if exchange.response else 0


def _is_success(exchange: Exchange) -> bool:
    return HTTPStatus.OK <= _status(exchange) < HTTPStatus.MULTIPLE_CHOICES

"""Requests that every contract's mock can be asked, with their answers: what a fault would change is tried on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from specwitness import pool
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Operation
from specwitness.contract.requests import Call
from specwitness.findings import Json
from specwitness.mock.desk import UNKNOWN, Desk
from specwitness.mock.faults.fault import Fault, Moment
from specwitness.mock.reply import Reply

_UNREADABLE = b"{"
_NO_SUCH_TYPE = b"application/x-unheard-of"


@dataclass(frozen=True)
class Trial:
    """One request of an operation, and its valid answer from a mock at which nothing has happened."""

    operation: Operation
    call: Call
    reply: Reply


_KNOWN: WeakKeyDictionary[Desk, tuple[Trial, ...]] = WeakKeyDictionary()


def trials(desk: Desk) -> tuple[Trial, ...]:
    """Return the trials of a contract: every documented id, then what is refused."""
    if desk not in _KNOWN:
        _KNOWN[desk] = tuple(_made(desk))
    return _KNOWN[desk]


def bears(desk: Desk, fault: Fault) -> bool:
    """Say whether a fault changes any answer at a mock at which nothing has happened."""
    return any(_changes(desk, fault, trial) for trial in trials(desk) if fault.concerns(trial.operation))


def valid_call(desk: Desk, operation: Operation) -> Call:
    """Return a request that an operation answers with success, at a mock at which nothing has happened."""
    calls = [one.call for one in trials(desk) if one.operation is operation]
    good = (one for one in trials(desk) if one.operation is operation and one.reply.status == operation.good_status)
    return next((one.call for one in good), calls[0])


def with_credentials(desk: Desk, operation: Operation, call: Call) -> Call:
    """Return a request with the valid credentials that an operation asks for, in place of whatever it has."""
    call = without_credentials(desk, operation, call)
    for name in next((names for names in operation.security if names), ()):
        scheme, value = desk.contract.security_schemes.get(name), desk.credentials.get(name)
        if scheme is None or value is None:
            continue
        if scheme.place == "query":
            pair = urlencode({scheme.field: value}).encode()
            call = replace(call, query=call.query + b"&" * bool(call.query) + pair)
        elif scheme.place == "cookie":
            call = replace(call, headers=(*call.headers, (b"cookie", f"{scheme.field}={value}".encode())))
        else:
            field, text = scheme.header(value)
            call = replace(call, headers=(*call.headers, (field.lower().encode(), text.encode())))
    return call


def without_credentials(desk: Desk, operation: Operation, call: Call) -> Call:
    """Return a request without what its operation's schemes would take for a credential."""
    known = {name for names in operation.security for name in names}
    schemes = [scheme for name, scheme in desk.contract.security_schemes.items() if name in known]
    queried = {one.field for one in schemes if one.place == "query"}
    cookies = {one.field for one in schemes if one.place == "cookie"}
    headers = {one.header("")[0].lower().encode() for one in schemes if one.place == "header"}
    query = call.query
    if queried and call.queried is not None:
        kept = [(name, text) for name, texts in call.queried.items() for text in texts if name not in queried]
        query = urlencode(kept).encode()
    left = tuple(pair for pair in call.headers if pair[0] not in headers)
    if cookies:
        others = [f"{name}={text}" for name, texts in call.cookies.items() for text in texts if name not in cookies]
        left = tuple(pair for pair in left if pair[0] != b"cookie")
        left += ((b"cookie", "; ".join(others).encode("latin-1")),) if others else ()
    return replace(call, headers=left, query=query)


def _changes(desk: Desk, fault: Fault, trial: Trial) -> bool:
    with desk.undoing(afresh=True):
        return (
            fault.apply(Moment(desk, trial.operation, trial.call, partial(desk.reply, trial.operation))) != trial.reply
        )


def _made(desk: Desk) -> Iterator[Trial]:
    values = desk.values.parameters
    for operation in desk.contract.operations:
        for call in _calls(desk, operation, values):
            with desk.undoing(afresh=True):
                reply = desk.reply(operation, call)
            yield Trial(operation, call, reply)


def _calls(desk: Desk, operation: Operation, values: Mapping[str, tuple[str, ...]]) -> Iterator[Call]:
    columns = [(one.name, values[one.name]) for one in operation.path_parameters]
    rows: Iterator[tuple[str | None, ...]] = zip_longest(*(column for _, column in columns)) if columns else iter([()])
    good: list[Call] = []
    for row in rows:
        named = {name: text or column[0] for (name, column), text in zip(columns, row, strict=True)}
        good.append(with_credentials(desk, operation, _call(desk, operation, named)))
    yield from good
    first = good[0]
    if operation.method == "GET":
        yield replace(first, method="HEAD")
    if operation.path_parameters:
        yield replace(first, parameters={**first.parameters, operation.path_parameters[-1].name: f"{UNKNOWN}1"})
    if operation.needs_credentials:
        yield without_credentials(desk, operation, first)
    yield from _refused(desk, operation, first)


def _refused(desk: Desk, operation: Operation, good: Call) -> Iterator[Call]:
    """Yield requests that the contract refuses, where it refuses any."""
    for parameter in operation.parameters:
        if parameter.place == "query":
            yield replace(good, query=f"{quote(parameter.name)}=%FF".encode())
        if parameter.place == "path" and parameter.schema and not desk.contract.schemas.accepts(parameter.schema, "-"):
            yield replace(good, parameters={**good.parameters, parameter.name: "-"})
    if operation.body:
        typed = tuple(pair for pair in good.headers if pair[0] != b"content-type")
        yield replace(good, body=_UNREADABLE)
        yield replace(good, body=b"null")
        yield replace(good, body=_UNREADABLE, headers=(*typed, (b"content-type", _NO_SUCH_TYPE)))


def _call(desk: Desk, operation: Operation, parameters: Mapping[str, str]) -> Call:
    path, query, headers = operation.path, {}, [(b"host", b"mock.invalid")]
    cookies: list[str] = []
    for name, text in parameters.items():
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    for parameter in operation.parameters:
        if not parameter.required or parameter.place == "path":
            continue
        value = _some(desk, parameter.schema, "1")
        text = value if isinstance(value, str) else json.dumps(value)
        if parameter.place == "query":
            query[parameter.name] = value if isinstance(value, list) else text
        elif parameter.place == "cookie":
            cookies.append(f"{parameter.name}={text}")
        else:
            headers.append((parameter.name.lower().encode(), text.encode("latin-1", "replace")))
    if cookies:
        headers.append((b"cookie", "; ".join(cookies).encode("latin-1", "replace")))
    body = b""
    if operation.body:
        content = operation.body[0]
        made = _some(desk, content.schema, {})
        body = json.dumps(made).encode() if is_json(content.media_type) else str(made).encode()
        headers.append((b"content-type", content.media_type.replace("*", "plain").encode()))
    encoded = urlencode(query, doseq=True).encode()
    return Call(operation.method, path.encode(), encoded, tuple(headers), body, dict(parameters))


def _some(desk: Desk, schema: str | None, default: Json) -> Json:
    made = pool.bodies(desk.contract, schema, limit=1) if schema else ()
    return made[0] if made else default

"""Faults of HTTP and of what carries a body: statuses, headers, encodings, broken JSON, requests judged wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from specwitness.contract.model import Header, Operation
from specwitness.contract.operations import METHODS
from specwitness.contract.requests import Fault as Wrong
from specwitness.contract.requests import Refusal
from specwitness.mock.bodies import copied, put
from specwitness.mock.desk import UNKNOWN, Desk
from specwitness.mock.faults.fault import (
    Fault,
    Kind,
    Moment,
    after,
    asked_with,
    has_json,
    is_error,
    is_success,
    leaves,
    named,
    refusing,
    slug,
    with_header,
    with_json,
)
from specwitness.mock.faults.trials import bears, valid_call
from specwitness.mock.reply import Reply, decoded, json_reply

_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
_NOT_DOCUMENTED = (HTTPStatus.PARTIAL_CONTENT, 299, HTTPStatus.RESET_CONTENT)
_JUNK = ("?", "not-a-number", "-1.5", "true", "")
_INVALID = frozenset({Wrong.REQUEST, Wrong.BODY, Wrong.MEDIA_TYPE})


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults that a contract's mock can have: those of every operation, then those of each."""
    for name, claim, when, change in _REPLIES:
        yield from _if_it_shows(desk, name, claim, after(_plainly(change), when))
    for name, claim, apply in _REQUESTS:
        yield from _if_it_shows(desk, name, claim, apply)
    if any(
        _methods(desk, operation.path) < {method.upper() for method in METHODS}
        for operation in desk.contract.operations
    ):
        yield from (Fault(f"http.{name}", Kind.HTTP, claim, apply) for name, claim, apply in _METHODS)
    for operation, end in named(desk.contract.operations):
        for name, claim, apply in _OPERATION:
            yield from _if_it_shows(desk, f"{name}.{end}", f"{operation.key}: {claim}", apply, operation)
        yield from _of_headers(desk, operation, end)


def _if_it_shows(
    desk: Desk, name: str, claim: str, apply: Callable[[Moment], Reply], operation: Operation | None = None
) -> Iterator[Fault]:
    """Yield a fault, unless the contract has nothing that it breaks."""
    found = Fault(f"http.{name}", Kind.HTTP, claim, apply, frozenset({operation.key} if operation else ()))
    if bears(desk, found):
        yield found


# What is done to a reply.


def _plainly(change: Callable[[Reply], Reply]) -> Callable[[Moment, Reply], Reply]:
    return lambda _moment, reply: change(reply)


def _with_body(reply: Reply, body: bytes) -> Reply:
    return replace(reply, body=(body,))


def _typed(value: str | None) -> Callable[[Reply], Reply]:
    return lambda reply: with_header(reply, "Content-Type", value)


def _encoded(encoding: str) -> Callable[[Reply], Reply]:
    return lambda reply: _with_body(reply, reply.content.decode().encode(encoding))


def _with_a_latin_letter(reply: Reply) -> Reply:
    """Put a letter of ISO-8859-1 into the first text, or behind a body that has none."""
    start, quote, rest = reply.content.partition(b':"')
    return _with_body(reply, start + quote + b"\xe9" + rest)


def _with_a_comma(reply: Reply) -> Reply:
    text = reply.content
    return _with_body(reply, text[:-1] + b"," + text[-1:] if text[-1:] in b"]}" else text + b",")


def _with_a_member_twice(reply: Reply) -> Reply:
    value = decoded(reply)
    if not isinstance(value, dict) or not value:
        return reply
    first = reply.content[1:].partition(b":")[0]
    return _with_body(reply, b"{" + first + b":null," + reply.content[1:])


def _with_no_number(reply: Reply) -> Reply:
    value = copied(decoded(reply))
    numbers = (at for at, leaf in leaves(value) if isinstance(leaf, int | float) and not isinstance(leaf, bool))
    at = next(numbers, None)
    return reply if at is None else with_json(reply, put(value, at, float("nan")))


def _announcing(more: int) -> Callable[[Reply], Reply]:
    return lambda reply: with_header(reply, "Content-Length", str(max(0, len(reply.content) + more)))


def _with_html(reply: Reply) -> Reply:
    return _with_body(with_header(reply, "Content-Type", "text/html; charset=utf-8"), _HTML)


_Rule = tuple[str, str, Callable[[Reply], bool], Callable[[Reply], Reply]]
_REPLIES: tuple[_Rule, ...] = (
    ("teapot", "Every error is answered 418.", is_error, lambda reply: replace(reply, status=418)),
    ("wrong-content-type", "JSON is sent as text/html.", has_json, _typed("text/html")),
    ("missing-content-type", "JSON is sent without a Content-Type.", has_json, _typed(None)),
    ("wrong-charset", "JSON in UTF-8 is sent as UTF-16.", has_json, _typed("application/json; charset=utf-16")),
    ("utf-16", "JSON is sent in UTF-16.", has_json, _encoded("utf-16")),
    ("bom", "JSON is sent with a byte order mark.", has_json, _encoded("utf-8-sig")),
    ("latin-1", "JSON is sent in ISO-8859-1.", has_json, _with_a_latin_letter),
    ("trailing-comma", "JSON is sent with a comma before its end.", has_json, _with_a_comma),
    (
        "python-body",
        "Bodies are printed as Python prints them.",
        has_json,
        lambda r: _with_body(r, repr(decoded(r)).encode()),
    ),
    ("cut-json", "JSON ends in its middle.", has_json, lambda r: _with_body(r, r.content[: len(r.content) // 2])),
    ("empty-body", "JSON is announced, and nothing is sent.", has_json, lambda r: _with_body(r, b"")),
    (
        "trailing-text",
        "Something stands behind the JSON.",
        has_json,
        lambda r: _with_body(r, r.content + b"\n<!-- ok -->"),
    ),
    ("nan", "A number is sent as NaN, which JSON does not have.", has_json, _with_no_number),
    ("member-twice", "A member of the body is sent twice.", has_json, _with_a_member_twice),
    ("json-in-text", "JSON is sent as a text that holds JSON.", has_json, lambda r: with_json(r, r.content.decode())),
    ("html-error", "Errors are answered with a page of HTML.", is_error, _with_html),
    ("other-error", "Errors have a body of another shape.", is_error, lambda r: with_json(r, {"errors": ["bad"]})),
    ("empty-error", "Errors are answered without a body.", is_error, lambda r: _with_body(_typed(None)(r), b"")),
    (
        "success-200-error",
        "Errors are answered 200, their bodies unchanged.",
        is_error,
        lambda r: replace(r, status=200),
    ),
    ("length-too-long", "Content-Length promises more than is sent.", has_json, _announcing(16)),
    ("length-too-short", "Content-Length promises less than is sent.", has_json, _announcing(-2)),
)


# What is done to a request, or because of it.


def _under_another_status(moment: Moment) -> Reply:
    reply = moment.answer()
    operation = moment.operation
    if operation is None or not is_success(reply):
        return reply
    status = next((status for status in _NOT_DOCUMENTED if operation.response_for(status) is None), reply.status)
    return replace(reply, status=int(status))


def _bad_request(moment: Moment) -> Reply:
    return _refused(moment, HTTPStatus.BAD_REQUEST, "this was not expected")


def _refused(moment: Moment, status: int, reason: str) -> Reply:
    """Answer what would succeed with an error, and let nothing happen."""
    with moment.desk.undoing():
        reply = moment.answer()
    return refusing(moment, status, reason) if is_success(reply) else reply


def _head_with_body(moment: Moment) -> Reply:
    reply = moment.answer()
    return replace(reply, always_body=True) if moment.call.method == "HEAD" else reply


def _head_refused(moment: Moment) -> Reply:
    if moment.call.method == "HEAD" and moment.operation is not None and moment.operation.method == "GET":
        return json_reply(HTTPStatus.METHOD_NOT_ALLOWED, {"detail": "HEAD is not supported"}, (("Allow", "GET"),))
    return moment.answer()


def _unknown_is(status: int) -> Callable[[Moment], Reply]:
    return after(
        lambda moment, _reply: refusing(moment, status, "the lookup failed"),
        lambda reply: reply.refusal is not None and reply.refusal.fault is Wrong.MISSING,
    )


def _unknown_is_null(moment: Moment) -> Reply:
    reply = moment.answer()
    missing = reply.refusal is not None and reply.refusal.fault is Wrong.MISSING
    return replace(json_reply(HTTPStatus.OK, None), refusal=reply.refusal) if missing else reply


_REQUESTS: tuple[tuple[str, str, Callable[[Moment], Reply]], ...] = (
    ("undocumented-success", "Success is answered with a status that is not documented.", _under_another_status),
    ("good-is-400", "Every good request is answered 400.", _bad_request),
    ("head-with-body", "HEAD is answered with a body.", _head_with_body),
    ("head-refused", "HEAD is refused where GET is served.", _head_refused),
    ("unknown-is-400", "An id that nobody has is called a bad request.", _unknown_is(400)),
    ("unknown-is-500", "The server fails at an id that nobody has.", _unknown_is(500)),
    ("unknown-is-null", "An id that nobody has is answered 200, with null.", _unknown_is_null),
)


# Methods.


def _no_allow(reply: Reply) -> Reply:
    return with_header(reply, "Allow", None)


def _is_405(reply: Reply) -> bool:
    return reply.status == HTTPStatus.METHOD_NOT_ALLOWED


def _not_allowed_is(status: int) -> Callable[[Moment], Reply]:
    return after(lambda _moment, reply: replace(json_reply(status, {"ok": True}), refusal=reply.refusal), _is_405)


def _methods(desk: Desk, path: str) -> set[str]:
    return {operation.method for operation in desk.contract.operations if operation.path == path}


_METHODS: tuple[tuple[str, str, Callable[[Moment], Reply]], ...] = (
    ("no-allow", "405 does not say which methods are allowed.", after(_plainly(_no_allow), _is_405)),
    (
        "wrong-allow",
        "405 does not list the documented methods as allowed.",
        after(lambda _moment, reply: with_header(reply, "Allow", "OPTIONS"), _is_405),
    ),
    ("any-method", "A method that is not documented is answered 200.", _not_allowed_is(200)),
    ("method-is-500", "The server fails at a method that is not documented.", _not_allowed_is(500)),
)


# One operation.


def _server_error(moment: Moment) -> Reply:
    reply = moment.answer()
    return refusing(moment, HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error") if is_success(reply) else reply


def _known_is_unknown(moment: Moment) -> Reply:
    if moment.operation is None or not moment.operation.path_parameters or "404" not in moment.operation.responses:
        return moment.answer()
    name = moment.operation.path_parameters[-1].name
    return _refused(moment, HTTPStatus.NOT_FOUND, f"there is no {moment.call.parameters.get(name)}")


def _unknown_is_known(moment: Moment) -> Reply:
    """Answer for an id that nobody has as for one that is known; nothing happens to that one."""
    with moment.desk.undoing():
        reply = moment.answer()
    if moment.operation is None or reply.refusal is None or reply.refusal.fault is not Wrong.MISSING:
        return reply if reply.refusal is not None else moment.answer()
    known = {name: text or "" for name, text in valid_call(moment.desk, moment.operation).parameters.items()}
    last = moment.operation.path_parameters[-1].name
    asked = moment.call.parameters
    unknown = {name: known[name] for name in known if name == last or (asked.get(name) or "").startswith(UNKNOWN)}
    with moment.desk.undoing():
        return replace(asked_with(moment, unknown), refusal=reply.refusal)


def _accepted(concerned: Callable[[Operation, Refusal], bool]) -> Callable[[Moment], Reply]:
    """Return what answers some of the requests that the contract refuses as if they were good ones."""

    def apply(moment: Moment) -> Reply:
        reply = moment.answer()
        if moment.operation is None or reply.refusal is None or not concerned(moment.operation, reply.refusal):
            return reply
        good = valid_call(moment.desk, moment.operation)
        asked = {
            name: text
            for name, text in moment.call.parameters.items()
            if text is not None and _fits(moment, moment.operation, name, text)
        }
        call = replace(good, method=moment.call.method, parameters={**good.parameters, **asked})
        return replace(moment.forward(call), refusal=reply.refusal)

    return apply


def _fits(moment: Moment, operation: Operation, name: str, text: str) -> bool:
    schema = next((one.schema for one in operation.path_parameters if one.name == name), None)
    return schema is None or not [*moment.desk.contract.schemas.text_rejections(schema, text)]


def _of_a_parameter(operation: Operation, refusal: Refusal) -> bool:
    return refusal.fault is Wrong.REQUEST and refusal.pointer in {one.pointer for one in operation.parameters}


def _of_reading(operation: Operation, refusal: Refusal) -> bool:
    return refusal.fault is Wrong.REQUEST and not _of_a_parameter(operation, refusal)


def _invalid_is(status: int) -> Callable[[Moment], Reply]:
    return after(
        lambda moment, reply: replace(refusing(moment, status, "Internal Server Error"), refusal=reply.refusal),
        lambda reply: reply.refusal is not None and reply.refusal.fault in _INVALID,
    )


_OPERATION: tuple[tuple[str, str, Callable[[Moment], Reply]], ...] = (
    ("server-error", "what would succeed is answered 500.", _server_error),
    ("known-is-404", "what exists is answered 404.", _known_is_unknown),
    ("unknown-accepted", "an id that nobody has is answered like one that somebody has.", _unknown_is_known),
    ("parameter-accepted", "parameters that the contract refuses are ignored.", _accepted(_of_a_parameter)),
    ("unreadable-accepted", "a body that is missing or cannot be read is ignored.", _accepted(_of_reading)),
    ("body-accepted", "a body that its schema refuses is accepted.", _accepted(lambda _, one: one.fault is Wrong.BODY)),
    ("type-accepted", "a body of any media type is accepted.", _accepted(lambda _, one: one.fault is Wrong.MEDIA_TYPE)),
    ("invalid-is-500", "the server fails at a request that the contract refuses.", _invalid_is(500)),
)


# Documented headers.


def _of_headers(desk: Desk, operation: Operation, end: str) -> Iterator[Fault]:
    documented = operation.response_for(operation.good_status)
    for header in documented.headers if documented else ():
        name = slug(header.name)
        if header.required:
            change = partial(with_header, name=header.name, value=None)
            claim = f"{operation.key}: the header {header.name} is missing."
            yield from _if_it_shows(
                desk, f"missing-header.{name}.{end}", claim, after(_plainly(change), is_success), operation
            )
        junk = _refused_by(desk, header)
        if junk is not None:
            change = partial(with_header, name=header.name, value=junk)
            claim = f"{operation.key}: the header {header.name} is not what its schema asks for."
            yield from _if_it_shows(
                desk, f"malformed-header.{name}.{end}", claim, after(_plainly(change), is_success), operation
            )


def _refused_by(desk: Desk, header: Header) -> str | None:
    """Return a text that a header must not have, or None where it may have any."""
    accepts = desk.contract.schemas.text_rejections
    return next((text for text in _JUNK if header.schema and any(True for _ in accepts(header.schema, text))), None)

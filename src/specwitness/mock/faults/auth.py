"""Faults of access: who is let in and must not be, who is kept out and may come in, and what strangers are told.

Each asks what a request carries for a documented scheme, and answers some of what is refused as if it were granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import unquote

from specwitness.contract.model import Operation, SecurityScheme
from specwitness.contract.requests import Call
from specwitness.contract.requests import Fault as Wrong
from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import Fault, Kind, Moment, after, is_error, is_success, named, refusing, with_header
from specwitness.mock.faults.trials import with_credentials
from specwitness.mock.reply import Reply

_SHORTEST = 2
_STRIPPED = "HTTP itself takes the spaces around a header's value away (RFC 9110 section 5.5)"
_BAD_REQUEST = frozenset({Wrong.REQUEST, Wrong.BODY, Wrong.MEDIA_TYPE})


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults of a contract in which some operation needs credentials."""
    guarded = [operation for operation in desk.contract.operations if operation.needs_credentials]
    schemes = [scheme for operation in guarded for scheme in _schemes(desk, operation)]
    if not schemes:
        return
    keys = frozenset(operation.key for operation in guarded)
    for name, claim, opens in _KEYS:
        yield Fault(f"auth.{name}", Kind.AUTH, claim, _granted(opens), keys)
    for name, claim, place in _PLACES:
        if any(scheme.kind == "apiKey" and scheme.place != place for scheme in schemes):
            yield Fault(f"auth.{name}", Kind.AUTH, claim, _granted(_found_in(place)), keys)
    unobservable = (
        _STRIPPED if all(scheme.kind == "apiKey" and scheme.place == "header" for scheme in schemes) else None
    )
    claim = "A key with spaces around it is accepted."
    yield Fault("auth.trimmed-key", Kind.AUTH, claim, _granted(_is_trimmed), keys, unobservable=unobservable)
    for name, claim, apply in _ANSWERS:
        yield Fault(f"auth.{name}", Kind.AUTH, claim, apply, keys)
    for operation, end in named(guarded):
        for name, claim, apply in _OPERATION:
            only = frozenset({operation.key})
            yield Fault(f"auth.{name}.{end}", Kind.AUTH, f"{operation.key}: {claim}", apply, only)


# What a request carries.

_Opens = Callable[[str, str], bool]
"""Says whether what was sent for a scheme opens the door; the second text is the valid credential."""


def _schemes(desk: Desk, operation: Operation) -> list[SecurityScheme]:
    known = desk.contract.security_schemes
    return [known[name] for names in operation.security for name in names if name in desk.credentials]


def sent_for(call: Call, scheme: SecurityScheme) -> str | None:
    """Return what was sent for a scheme: the first text, without the name of an HTTP scheme; None where nothing was."""
    if scheme.place == "query":
        texts = (call.queried or {}).get(scheme.field, [])
    elif scheme.place == "cookie":
        texts = call.cookies.get(scheme.field, [])
    else:
        start, _, _ = scheme.header("\0")[1].partition("\0")
        texts = [
            text[len(start) :] if text.lower().startswith(start.lower()) else text.removeprefix(start.strip())
            for text in call.values(scheme.header("")[0])
        ]
    return texts[0] if texts else None


def _is_refused(reply: Reply) -> bool:
    return reply.refusal is not None and reply.refusal.fault is Wrong.CREDENTIALS


def _let_in(moment: Moment) -> Reply:
    assert moment.operation is not None  # noqa: S101 - only a guarded operation refuses credentials
    return moment.forward(with_credentials(moment.desk, moment.operation, moment.call))


def _granted(opens: Callable[[Moment], bool]) -> Callable[[Moment], Reply]:
    """Return what lets those in who carry what opens the door, and all others who may come in."""
    return after(lambda moment, reply: _let_in(moment) if opens(moment) else reply, _is_refused)


def _when_sent(opens: _Opens) -> Callable[[Moment], bool]:
    def answer(moment: Moment) -> bool:
        schemes = _schemes(moment.desk, moment.operation) if moment.operation else []
        pairs = [(sent_for(moment.call, one), moment.desk.credentials[one.name]) for one in schemes]
        return any(sent is not None and opens(sent, valid) for sent, valid in pairs)

    return answer


def _nothing_sent(moment: Moment) -> bool:
    schemes = _schemes(moment.desk, moment.operation) if moment.operation else []
    return all(sent_for(moment.call, scheme) is None for scheme in schemes)


def _found_in(place: str) -> Callable[[Moment], bool]:
    """Return whether an API key that is documented elsewhere was sent in a place, under the documented name."""

    def answer(moment: Moment) -> bool:
        for scheme in _schemes(moment.desk, moment.operation) if moment.operation else []:
            valid = moment.desk.credentials[scheme.name]
            texts = {
                "query": (moment.call.queried or {}).get(scheme.field, []),
                "cookie": moment.call.cookies.get(scheme.field, []),
                "header": moment.call.values(scheme.field),
                "bearer": [text.removeprefix("Bearer ") for text in moment.call.values("authorization")],
            }[place]
            if scheme.kind == "apiKey" and scheme.place != place and valid in texts:
                return True
        return False

    return answer


def _is_trimmed(moment: Moment) -> bool:
    return _when_sent(lambda sent, valid: sent != valid and sent.strip(" \t") == valid)(moment)


_KEYS: tuple[tuple[str, str, Callable[[Moment], bool]], ...] = (
    ("none-needed", "A request without a credential is answered.", _nothing_sent),
    ("any-key", "Whatever is sent as a key is accepted.", _when_sent(lambda sent, _: bool(sent))),
    ("empty-key", "An empty key is accepted.", _when_sent(lambda sent, _: not sent)),
    (
        "case-folded-key",
        "A key is accepted in capital and in small letters.",
        _when_sent(lambda sent, valid: sent.casefold() == valid.casefold()),
    ),
    (
        "start-of-key",
        "The start of a key is accepted.",
        _when_sent(lambda sent, valid: len(sent) >= _SHORTEST and valid.startswith(sent)),
    ),
    (
        "end-of-key",
        "The end of a key is accepted.",
        _when_sent(lambda sent, valid: len(sent) >= _SHORTEST and valid.endswith(sent)),
    ),
    ("longer-key", "What begins with a key is accepted.", _when_sent(lambda sent, valid: sent.startswith(valid))),
    ("key-inside", "What holds a key is accepted.", _when_sent(lambda sent, valid: valid in sent)),
    (
        "key-among-others",
        "A key is accepted that is sent beside another.",
        _when_sent(lambda sent, valid: sent == valid),
    ),
    (
        "encoded-key",
        "A key is decoded before it is compared.",
        _when_sent(lambda sent, valid: sent != valid and unquote(sent) == valid),
    ),
)
_PLACES: tuple[tuple[str, str, str], ...] = (
    ("key-in-query", "A key is accepted in the query, where a log keeps it.", "query"),
    ("key-in-cookie", "A key is accepted in a cookie, which a browser sends unasked.", "cookie"),
    ("key-in-header", "A key is accepted in a header though it is documented elsewhere.", "header"),
    ("key-as-bearer", "An API key is accepted as a bearer token.", "bearer"),
)


# What is answered.


def _with_status(status: int) -> Callable[[Moment], Reply]:
    return after(
        lambda moment, reply: replace(refusing(moment, status, "access denied"), refusal=reply.refusal), _is_refused
    )


def _wrong_is_500(moment: Moment) -> Reply:
    reply = moment.answer()
    failed = _is_refused(reply) and not _nothing_sent(moment)
    return replace(refusing(moment, 500, "Internal Server Error"), refusal=reply.refusal) if failed else reply


def _telling(tells: Callable[[Reply], bool]) -> Callable[[Moment], Reply]:
    """Return what tells strangers what the answer would be, where `tells` is true of it; nothing happens."""

    def change(moment: Moment, reply: Reply) -> Reply:
        with moment.desk.undoing():
            told = _let_in(moment)
        return told if tells(told) else reply

    return after(change, _is_refused)


def _is_bad_request(reply: Reply) -> bool:
    return is_error(reply) and reply.refusal is not None and reply.refusal.fault in _BAD_REQUEST


def _cached(moment: Moment) -> Reply:
    """Answer strangers with what the last one was told who had a key and asked for the same."""
    reply = moment.answer()
    asked = moment.call.method, moment.call.path
    if is_success(reply) and moment.call.method in {"GET", "HEAD"}:
        moment.memory[repr(asked)] = reply
    return moment.memory.get(repr(asked), reply) if _is_refused(reply) else reply


def _head_open(moment: Moment) -> Reply:
    reply = moment.answer()
    return _let_in(moment) if moment.call.method == "HEAD" and _is_refused(reply) else reply


_ANSWERS: tuple[tuple[str, str, Callable[[Moment], Reply]], ...] = (
    ("403-for-401", "A missing or wrong credential is answered 403.", _with_status(HTTPStatus.FORBIDDEN)),
    ("400-for-401", "A missing or wrong credential is answered 400.", _with_status(HTTPStatus.BAD_REQUEST)),
    ("404-for-401", "A missing or wrong credential is answered 404.", _with_status(HTTPStatus.NOT_FOUND)),
    ("wrong-is-500", "The server fails at a wrong credential.", _wrong_is_500),
    (
        "no-challenge",
        "401 is answered without a challenge.",
        after(lambda _moment, reply: with_header(reply, "WWW-Authenticate", None), _is_refused),
    ),
    (
        "existence-told",
        "Strangers are told which ids there are: 404 comes before 401.",
        _telling(lambda reply: reply.status == HTTPStatus.NOT_FOUND),
    ),
    (
        "judged-first",
        "Strangers are told what is wrong with their request: 400 comes before 401.",
        _telling(_is_bad_request),
    ),
    ("cached", "What somebody with a key was told is told to anybody who asks next.", _cached),
    ("head-open", "HEAD is answered without a credential.", _head_open),
)


# One operation.


def _valid_refused(moment: Moment) -> Reply:
    with moment.desk.undoing():
        reply = moment.answer()
    return refusing(moment, HTTPStatus.UNAUTHORIZED, "the key is not known") if is_success(reply) else reply


_OPERATION: tuple[tuple[str, str, Callable[[Moment], Reply]], ...] = (
    ("open", "it is answered whatever is sent as a credential.", _granted(lambda _moment: True)),
    ("valid-refused", "a valid credential is answered 401.", _valid_refused),
)

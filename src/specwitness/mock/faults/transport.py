"""Faults of the wire: answers that come late, in part, broken off, without an end, or not in HTTP at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from http import HTTPStatus

from specwitness.mock.connection import rendered
from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import Fault, Kind, Moment, has_json, named
from specwitness.mock.reply import Reply, Wire, json_reply

_SLOW = 3.0
_DRIP = 0.5
_HUGE = 5 * 1024 * 1024
_DEEP = 100_000
_MANY = 200_000
_TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults: of all operations, and the worst of them of each one."""
    late = Fault("transport.slow", Kind.TRANSPORT, f"Every answer takes {_SLOW:g} seconds.", _on_the_way(_late))
    yield replace(late, unobservable="no document says how soon an answer comes: a slow server keeps the contract")
    for name, claim, change in _WIRES:
        yield Fault(f"transport.{name}", Kind.TRANSPORT, claim, _on_the_way(change))
    for operation, end in named(desk.contract.operations):
        for name, claim, change in _WORST:
            only = frozenset({operation.key})
            yield Fault(
                f"transport.{name}.{end}", Kind.TRANSPORT, f"{operation.key}: {claim}", _on_the_way(change), only
            )


def _on_the_way(change: Callable[[Moment, Reply], Reply]) -> Callable[[Moment], Reply]:
    return lambda moment: change(moment, moment.answer())


def _sent_by(wire: Wire) -> Callable[[Moment, Reply], Reply]:
    return lambda _moment, reply: replace(reply, wire=wire)


def _middle(moment: Moment, reply: Reply) -> int:
    """Return how many bytes are sent when half of the body is, or half of the head where there is no body."""
    whole = len(b"".join(rendered(reply, moment.call.method, modern=True, lasting=True)))
    body = 0 if moment.call.method == "HEAD" else len(reply.content)
    return whole - (body + 1) // 2 if body else whole // 2


def _stalled_inside(moment: Moment, reply: Reply) -> Reply:
    return replace(reply, wire=Wire(cut=_middle(moment, reply), hold=True))


def _reset_inside(moment: Moment, reply: Reply) -> Reply:
    return replace(reply, wire=Wire(cut=_middle(moment, reply), reset=True))


def _cut(moment: Moment, reply: Reply) -> Reply:
    return replace(reply, wire=Wire(cut=_middle(moment, reply)))


def _padded(_moment: Moment, reply: Reply) -> Reply:
    """Put spaces behind the JSON: it is as valid as before, and much longer."""
    return replace(reply, body=(reply.content + b" " * _HUGE,)) if has_json(reply) else reply


def _nested(_moment: Moment, reply: Reply) -> Reply:
    return replace(reply, body=(b"[" * _DEEP + b"]" * _DEEP,)) if has_json(reply) else reply


@cache
def _headers() -> bytes:
    lines = (b"x-filler-%d: %032d\r\n" % (number, number) for number in range(_MANY))
    return b"HTTP/1.1 200 OK\r\n" + b"".join(lines)


def _without_end(_moment: Moment, reply: Reply) -> Reply:
    return replace(reply, wire=Wire(raw=_headers()))


def _elsewhere(moment: Moment, reply: Reply) -> Reply:
    where = "http://example.invalid" + moment.call.path.decode("latin-1")
    return replace(json_reply(HTTPStatus.FOUND, {"detail": "moved"}, (("Location", where),)), refusal=reply.refusal)


_late = _sent_by(Wire(delay=_SLOW))
_STALLED, _RESET = Wire(cut=0, hold=True), Wire(cut=0, reset=True)
_Rule = tuple[str, str, Callable[[Moment, Reply], Reply]]
_WIRES: tuple[_Rule, ...] = (
    ("drip", "Answers come byte by byte, two in a second.", _sent_by(Wire(drip=_DRIP))),
    ("stall", "The connection stays open, and no answer comes.", _sent_by(_STALLED)),
    ("stall-inside", "Half of the body comes, and the connection stays open.", _stalled_inside),
    ("reset", "The connection is reset in place of an answer.", _sent_by(_RESET)),
    ("reset-inside", "The connection is reset in the middle of the body.", _reset_inside),
    ("closed", "The connection is closed without an answer.", _sent_by(Wire(cut=0))),
    ("cut", "The connection is closed in the middle of the body.", _cut),
    ("huge-body", "Bodies are padded with five megabytes of spaces.", _padded),
    ("deep-body", f"Bodies are arrays in arrays, {_DEEP:,} deep.", _nested),
    ("not-http", "The server speaks TLS where HTTP is spoken.", _sent_by(Wire(raw=_TLS_ALERT))),
    ("endless-headers", "The headers do not come to an end.", _without_end),
    ("elsewhere", "Every request is redirected to another host.", _elsewhere),
)
_WORST: tuple[_Rule, ...] = (
    ("stall", "the connection stays open, and no answer comes.", _sent_by(_STALLED)),
    ("reset", "the connection is reset in place of an answer.", _sent_by(_RESET)),
)

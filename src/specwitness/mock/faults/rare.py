"""Faults that few requests meet: a body that the schema refuses, but only in one state, for one id, now and then.

Each rule says of which answers it is true; what is done to those is always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from specwitness.contract.lifecycle import Lifecycle
from specwitness.findings import Json
from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import (
    Fault,
    Kind,
    Moment,
    allows,
    counted,
    has_value,
    is_success,
    refusing,
    slug,
    with_json,
)
from specwitness.mock.faults.laws import state_of
from specwitness.mock.faults.trials import bears, valid_call
from specwitness.mock.reply import Reply, decoded

_SEVENTH, _THIRTIETH, _THIRD = 7, 30, 3
_LONG = 200

When = Callable[[Moment, Reply], bool]


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults, those of a contract's ids and states only where it has such."""
    broken = _rare("always", "", lambda _moment, _reply: True)
    if not bears(desk, broken):
        return
    for name, claim, when in _REQUESTS:
        yield _rare(name, claim, when)
    for name, claim, text, has in _IDS:
        if _answers(desk, text):
            yield _rare(name, claim, partial(_named, has))
    yield Fault("rare.head-only", Kind.RARE, "The server fails at HEAD alone.", _failing_at_head)
    yield Fault(
        "rare.unknown-query", Kind.RARE, "The server fails at a query that nobody documents.", _failing_at_query
    )
    for lifecycle in desk.contract.lifecycles:
        yield from _of_life(desk, lifecycle)


def _rare(name: str, claim: str, when: When, *keys: str) -> Fault:
    def apply(moment: Moment) -> Reply:
        reply = moment.answer()
        return _spoiled(moment, reply) if when(moment, reply) and has_value(moment, reply) else reply

    return Fault(f"rare.{name}", Kind.RARE, f"A body is not what its schema asks for, {claim}.", apply, frozenset(keys))


def _spoiled(moment: Moment, reply: Reply) -> Reply:
    """Leave out what the schema requires; where it requires nothing, send what it does not allow."""
    value = decoded(reply)
    members = list(value) if isinstance(value, dict) else []
    without = [{name: item for name, item in value.items() if name != left_out} for left_out in members]
    bodies: tuple[Json, ...] = (*without, None, [], "", 0)
    refused = next((with_json(reply, body) for body in bodies if not allows(moment, reply, body)), None)
    return refused or reply


# Now and then.


def _is_turn(moment: Moment) -> int:
    """Count the requests since the start."""
    moment.memory["turn"] = int(moment.memory.get("turn", 0)) + 1
    return int(moment.memory["turn"])


def _is_read(moment: Moment, reply: Reply, wanted: Callable[[int], bool]) -> bool:
    return moment.call.method == "GET" and is_success(reply) and wanted(counted(moment))


def _accepts(moment: Moment, wanted: Callable[[list[str]], bool]) -> bool:
    return wanted([one.partition(";")[0].strip() for line in moment.call.values("accept") for one in line.split(",")])


_REQUESTS: tuple[tuple[str, str, When], ...] = (
    ("first-request", "in the first answer after the start", lambda moment, _: _is_turn(moment) == 1),
    ("every-seventh", "in every seventh answer", lambda moment, _: _is_turn(moment) % _SEVENTH == 0),
    ("after-thirty", "from the thirtieth answer on", lambda moment, _: _is_turn(moment) >= _THIRTIETH),
    ("second-read", "in the second read of one thing", lambda moment, reply: _is_read(moment, reply, lambda n: n == 2)),  # noqa: PLR2004 - the second
    (
        "later-reads",
        "from the third read of one thing on",
        lambda moment, reply: _is_read(moment, reply, lambda n: n >= _THIRD),
    ),
    (
        "accepting-json",
        "where the client accepts application/json and nothing else",
        lambda moment, _: _accepts(moment, lambda types: types == ["application/json"]),
    ),
    (
        "accepting-anything",
        "where the client accepts any media type",
        lambda moment, _: _accepts(moment, lambda types: "*/*" in types),
    ),
    (
        "accepting-unsaid",
        "where the client does not say what it accepts",
        lambda moment, _: _accepts(moment, lambda t: not t),
    ),
)


# Unusual ids.

_RESERVED = frozenset("?#%&+;= ")
_IDS: tuple[tuple[str, str, str, Callable[[str], bool]], ...] = (
    ("non-ascii-id", "for ids with other letters than those of ASCII", "é", lambda text: not text.isascii()),
    ("long-id", f"for ids of more than {_LONG} characters", "x" * (_LONG + 1), lambda text: len(text) > _LONG),
    ("slash-in-id", "for ids that hold a slash", "a/b", lambda text: "/" in text),
    ("reserved-in-id", "for ids that hold what a URL reserves", "a?b", lambda text: not _RESERVED.isdisjoint(text)),
)


def _named(has: Callable[[str], bool], moment: Moment, reply: Reply) -> bool:
    del reply
    return any(has(text) for text in moment.call.parameters.values() if text)


def _answers(desk: Desk, text: str) -> bool:
    """Say whether any operation answers for an id with success though it is not a documented one."""
    for operation in desk.contract.operations:
        if operation.path_parameters:
            good = valid_call(desk, operation)
            call = replace(good, parameters={**good.parameters, operation.path_parameters[-1].name: text})
            with desk.undoing():
                if is_success(desk.reply(operation, call)):
                    return True
    return False


# What other than a body is spoiled.


def _failing_at_head(moment: Moment) -> Reply:
    if moment.call.method == "HEAD":
        return refusing(moment, HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    return moment.answer()


def _failing_at_query(moment: Moment) -> Reply:
    known = {one.name for one in moment.operation.parameters if one.place == "query"} if moment.operation else set()
    schemes = {scheme.field for scheme in moment.desk.contract.security_schemes.values()}
    if set(moment.call.queried or {}) - known - schemes:
        return refusing(moment, HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    return moment.answer()


# One state, the second one created, the second page.


def _of_life(desk: Desk, lifecycle: Lifecycle) -> Iterator[Fault]:
    store, name = lifecycle.store, lifecycle.resource
    for state in lifecycle.states:
        when = partial(_in_state, lifecycle, state)
        fault = _rare(f"in-state.{slug(name, state)}", f"where a {name} is {state}", when, *lifecycle.shows)
        if bears(desk, fault):
            yield fault
    if store is None or desk.resources_of(lifecycle) is None:
        return
    if store.create is not None and store.read is not None:
        when, keys = partial(_second_created, lifecycle, store.create), (store.create, store.read)
        yield _rare(f"second-created.{slug(name)}", f"in reads of the {name} that was created second", when, *keys)
    if store.list is not None and store.list.page is not None:
        when = partial(_second_page, store.list.page)
        yield _rare(f"second-page.{slug(name)}", "on every page but the first", when, store.list.operation)


def _in_state(lifecycle: Lifecycle, state: str, moment: Moment, reply: Reply) -> bool:
    return has_value(moment, reply) and state_of(lifecycle, moment, decoded(reply)) == state


def _second_created(lifecycle: Lifecycle, create: str, moment: Moment, reply: Reply) -> bool:
    made = moment.memory.setdefault("made", [])
    resources = moment.desk.resources_of(lifecycle)
    if moment.operation is not None and moment.operation.key == create and is_success(reply) and resources is not None:
        made.append(resources.name_of(next(resources.newest_first())))
        return False
    return bool(made[1:]) and moment.call.parameters.get(str(lifecycle.id)) == made[1]


def _second_page(page: str, moment: Moment, reply: Reply) -> bool:
    del reply
    return (moment.call.queried or {}).get(page, ["1"]) != ["1"]

"""Faults of a single answer: bodies that their schemas allow, and that cannot be true by what `lifecycle.yaml` says.

Three tables: what every answer of an operation obeys, what an answer holds in a state, what lists and counts say. A
body that comes out of here is always one that its schema allows: where that cannot be, there is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Demands, Laws, Lifecycle
from specwitness.contract.pointers import look
from specwitness.findings import Json
from specwitness.mock.bodies import copied, drop, put
from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import (
    Fault,
    Kind,
    Moment,
    after,
    allows,
    has_json,
    is_success,
    named,
    slug,
    with_header,
    with_json,
)
from specwitness.mock.faults.trials import bears, trials
from specwitness.mock.reply import Reply, decoded

Alter = Callable[[Moment, Reply, Json], Json]
"""Returns another body for a success, or NOTHING where it has none; the body it is given is its own."""

NOTHING = object()
_OTHER = ("other", "00000000-0000-4000-8000-000000000000", "2031-01-01T00:00:00Z")
_HOUR = 3600


def faults(desk: Desk, lifecycle: Lifecycle) -> Iterator[Fault]:
    """Yield the faults of a lifecycle's single answers."""
    for fault in (*_of_laws(desk, lifecycle), *_of_states(desk, lifecycle), *_of_overviews(desk, lifecycle)):
        if bears(desk, fault):
            yield fault


def rule(
    desk: Desk, lifecycle: Lifecycle, name: str, claim: str, apply: Callable[[Moment], Reply], *keys: str
) -> Fault:
    """Return a fault of a lifecycle; that of one operation has the operation in its name."""
    ends = {operation.key: end for operation, end in named(desk.contract.operations)}
    parts = ["lifecycle", slug(lifecycle.resource), name, *([ends[keys[0]]] if len(keys) == 1 else [])]
    return Fault(".".join(parts), Kind.LIFECYCLE, claim, apply, frozenset(keys))


def altering(alter: Alter) -> Callable[[Moment], Reply]:
    """Return what sends altered bodies, where the operation allows them."""

    def change(moment: Moment, reply: Reply) -> Reply:
        altered = alter(moment, reply, decoded(reply))
        return reply if altered is NOTHING or not allows(moment, reply, altered) else with_json(reply, altered)

    return after(change, lambda reply: is_success(reply) and has_json(reply))


# What every answer of an operation obeys.


def _of_laws(desk: Desk, lifecycle: Lifecycle) -> Iterator[Fault]:
    for key, laws in lifecycle.answers.items():
        for name, claim, alter in _broken(laws):
            yield rule(desk, lifecycle, name, f"{key}: {claim}", altering(alter), key)
        for name in laws.headers:
            apply = after(partial(_other_header, name), is_success)
            yield rule(
                desk, lifecycle, f"header.{slug(name)}", f"{key}: the header {name} says something else.", apply, key
            )


def _broken(laws: Laws) -> Iterator[tuple[str, str, Alter]]:
    for at in laws.same:
        yield f"same.{_place(at)}", f"{at} is not that of what was asked for.", partial(other, at)
    for at in laws.says:
        yield f"says.{_place(at)}", f"{at} is not what it always is.", partial(other, at)
    for first, second in dict.fromkeys(pair for chain in laws.ordered for pair in pairwise(chain)):
        yield f"order.{_place(second)}", f"{second} is before {first}.", partial(_swapped, first, second)
    for at in laws.seconds:
        yield f"seconds.{_place(at)}", f"{at} is an hour longer than the time it spans.", partial(_longer, at)
    for at, parts in laws.sum_at_most.items():
        yield f"sum.{_place(at)}", f"the parts of {at} are more than the whole.", partial(_exceeding, at, parts)
    for number, implied in enumerate(laws.implied, 1):
        for at in implied.then:
            alter = partial(_contradicting, implied.when, at)
            yield f"implied.{_place(at)}.{number}", f"{at} does not follow from the rest.", alter


def other(at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    """Return a body with another value at a place, the likeliest that the operation allows."""
    now = look(value, at)
    if now is None:
        return NOTHING
    candidates = (put(copied(value), at, new) for new in _beside(moment, reply, at, now) if new != now)
    return next((body for body in candidates if allows(moment, reply, body)), NOTHING)


def put_first(moment: Moment, reply: Reply, value: Json, at: str, options: list[Json]) -> Json:
    """Return a body with the first of some values at a place that is not there already and is allowed."""
    now = look(value, at)
    candidates = (put(copied(value), at, new) for new in options if now is not None and new != now)
    return next((body for body in candidates if allows(moment, reply, body)), NOTHING)


def _beside(moment: Moment, reply: Reply, at: str, now: Json) -> Iterator[Json]:
    content = moment.desk.answers.content(moment.operation, reply.status) if moment.operation else None
    document = moment.desk.contract.schemas.document
    if content is not None and content.schema is not None:
        schema = pointers.get(document, pointers.locate(document, content.schema, pointers.split(at)))
        yield from (schema.get("enum") or ()) if isinstance(schema, dict) else ()
    if isinstance(now, bool):
        yield not now
    elif isinstance(now, int | float):
        yield from (now + 1, now - 1)
    elif isinstance(now, str):
        yield from (f"{now}-other", *_OTHER)
    elif isinstance(now, list):
        yield from ([*now, *now[:1]], now[:-1])


def _other_header(name: str, moment: Moment, reply: Reply) -> Reply:
    del moment
    now = reply.header(name)
    if now is None:
        return reply
    return with_header(reply, name, str(int(now) + 60) if now.isdecimal() else f"{now}-other")


def _swapped(first: str, second: str, moment: Moment, reply: Reply, value: Json) -> Json:
    del moment, reply
    one, two = look(value, first), look(value, second)
    if one is None or two is None or one == two:
        return NOTHING
    return put(put(value, first, two), second, one)


def _longer(at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    del moment, reply
    now = look(value, at)
    return put(value, at, now + _HOUR) if isinstance(now, int | float) else NOTHING


def _exceeding(at: str, parts: tuple[str, ...], moment: Moment, reply: Reply, value: Json) -> Json:
    del moment, reply
    whole = look(value, at)
    part = next((part for part in parts if look(value, part) is not None), None)
    return NOTHING if whole is None or part is None else put(value, part, whole + 1)


def _contradicting(when: Mapping[str, Json], at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    holds = all(look(value, place, NOTHING) == wanted for place, wanted in when.items())
    return other(at, moment, reply, value) if holds else NOTHING


# What an answer holds in a state.


def _of_states(desk: Desk, lifecycle: Lifecycle) -> Iterator[Fault]:
    for state, demands in lifecycle.demands.items():
        for name, claim, alter in _undemanded(desk, lifecycle, state, demands):
            yield rule(desk, lifecycle, f"{name}.{slug(state)}", claim, altering(alter), *lifecycle.shows)


def _undemanded(desk: Desk, lifecycle: Lifecycle, state: str, demands: Demands) -> Iterator[tuple[str, str, Alter]]:
    for at in demands.present:
        yield f"lacks.{_place(at)}", f"What is {state} has no {at}.", _lacking(lifecycle, state, at)
    for at in (*demands.absent, *demands.null):
        alter = _having(lifecycle, state, at, _lent(desk, lifecycle, at))
        yield f"has.{_place(at)}", f"What is {state} has {at} all the same.", alter


def _lent(desk: Desk, lifecycle: Lifecycle, at: str) -> Mapping[str, Json]:
    """Return, by operation, what stands at a place in the answer for some other state."""
    found: dict[str, Json] = {}
    for trial in trials(desk):
        value = look(decoded(trial.reply), at) if is_success(trial.reply) else None
        if value is not None and trial.operation.key in lifecycle.shows:
            found.setdefault(trial.operation.key, value)
    return found


def state_of(lifecycle: Lifecycle, moment: Moment, value: Json) -> Json:
    """Return the state that the body of an answer shows, None where the operation shows none."""
    key = moment.operation.key if moment.operation else ""
    return look(value, lifecycle.shows[key]) if key in lifecycle.shows else None


def _lacking(lifecycle: Lifecycle, state: str, at: str) -> Alter:
    def alter(moment: Moment, reply: Reply, value: Json) -> Json:
        if state_of(lifecycle, moment, value) != state or look(value, at) is None:
            return NOTHING
        without = copied(value)
        drop(without, at)
        return without if allows(moment, reply, without) else put(value, at, None)

    return alter


def _having(lifecycle: Lifecycle, state: str, at: str, lent: Mapping[str, Json]) -> Alter:
    def alter(moment: Moment, _reply: Reply, value: Json) -> Json:
        key = moment.operation.key if moment.operation else ""
        if state_of(lifecycle, moment, value) != state or look(value, at) is not None or key not in lent:
            return NOTHING
        return put(value, at, copied(lent[key]))

    return alter


# What lists and counts say.


def _of_overviews(desk: Desk, lifecycle: Lifecycle) -> Iterator[Fault]:
    store = lifecycle.store
    if store is not None and store.list is not None:
        key = store.list.operation
        for name, claim, alter in _LISTS:
            yield rule(desk, lifecycle, name, claim, altering(partial(alter, store.list.items)), key)
        if store.read is not None and store.read in lifecycle.shows:
            at = f"{store.list.items}/0{lifecycle.shows[store.read]}"
            apply = altering(partial(_otherwise, at, [*reversed([*lifecycle.states])]))
            yield rule(desk, lifecycle, "list-says-otherwise", "A list shows another state than a read.", apply, key)
        if store.list.total is not None:
            apply = altering(partial(_one_more, store.list.total))
            yield rule(desk, lifecycle, "list-total", "A list says that there is one more.", apply, key)
    if store is not None and store.count is not None:
        key = store.count.operation
        for name, place in (("total", store.count.total), ("states", store.count.states)):
            if place is not None:
                apply = altering(partial(_one_more, place))
                yield rule(desk, lifecycle, f"count-{name}", f"A count is one too high at {place}.", apply, key)


def _without_the_newest(at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    del moment, reply
    items = look(value, at)
    return put(value, at, items[1:]) if isinstance(items, list) and items else NOTHING


def _with_one_twice(at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    del moment, reply
    items = look(value, at)
    return put(value, at, [items[0], *items[:-1]]) if isinstance(items, list) and len(items) > 1 else NOTHING


_LISTS = (
    ("list-omits", "A list leaves out the newest.", _without_the_newest),
    ("list-repeats", "A list shows one thing twice, and another not at all.", _with_one_twice),
)


def _otherwise(at: str, states: list[Json], moment: Moment, reply: Reply, value: Json) -> Json:
    return put_first(moment, reply, value, at, states)


def _one_more(at: str, moment: Moment, reply: Reply, value: Json) -> Json:
    """Add one to a number, or to the first of several that have names."""
    del moment, reply
    now = look(value, at)
    if isinstance(now, dict):
        numbers = (name for name, number in now.items() if isinstance(number, int))
        name = next(numbers, None)
        return NOTHING if name is None else put(value, at, {**now, name: now[name] + 1})
    return put(value, at, now + 1) if isinstance(now, int) else NOTHING


def _place(at: str) -> str:
    return slug(*pointers.split(at))

"""Faults of a life: reads that disagree, refusals that are not kept, what comes and goes otherwise than it should.

`laws` has the faults of a single answer; those that are seen only by who remembers an earlier one are here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Laws, Lifecycle, Store
from specwitness.contract.model import Operation
from specwitness.contract.pointers import look
from specwitness.contract.requests import Fault as Wrong
from specwitness.findings import Json
from specwitness.mock.bodies import copied
from specwitness.mock.desk import UNKNOWN, Desk
from specwitness.mock.faults import laws
from specwitness.mock.faults.fault import (
    Fault,
    Kind,
    Moment,
    asked_with,
    counted,
    has_value,
    is_success,
    leaves,
    named,
    slug,
    with_json,
)
from specwitness.mock.faults.laws import NOTHING, altering, other, put_first, state_of
from specwitness.mock.faults.trials import bears, trials, valid_call
from specwitness.mock.reply import Reply, decoded
from specwitness.mock.state import Resource

_NOBODY = f"{UNKNOWN}1"


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults of every lifecycle that a contract has."""
    for lifecycle in desk.contract.lifecycles:
        yield from laws.faults(desk, lifecycle)
        yield from _Life.of(desk, lifecycle).faults()
    yield from _of_paths(desk)


@dataclass(frozen=True)
class _Life:
    """One lifecycle, the operation that shows one resource, and by state the documented resource that is in it."""

    desk: Desk
    lifecycle: Lifecycle
    id: str
    read: Operation | None
    documented: dict[str, str]

    @classmethod
    def of(cls, desk: Desk, lifecycle: Lifecycle) -> _Life:
        read = next(filter(None, (_showing(desk, lifecycle, key) for key in _reading(lifecycle))), None)
        documented: dict[str, str] = {}
        for trial in trials(desk):
            name = trial.call.parameters.get(lifecycle.id or "")
            if read is trial.operation and is_success(trial.reply) and name:
                state = look(decoded(trial.reply), lifecycle.shows.get(read.key, "/\0"))
                if state in lifecycle.states:
                    documented.setdefault(state, name)
        return cls(desk, lifecycle, lifecycle.id or "", read, documented)

    def faults(self) -> Iterator[Fault]:
        if self.read is not None and self.documented:
            yield from self.reads(self.read)
        store = self.lifecycle.store
        if store is not None and self.desk.resources_of(self.lifecycle) is not None:
            yield from self.refusals()
            yield from self.effects(store)
            yield from self.creations(store)
            yield from self.lists(store)

    def rule(self, name: str, claim: str, apply: Callable[[Moment], Reply], *keys: str) -> Fault:
        return laws.rule(self.desk, self.lifecycle, name, claim, apply, *keys)

    def asked(self, moment: Moment) -> str:
        return moment.call.parameters.get(self.id) or ""

    def resource(self, moment: Moment) -> Resource | None:
        resources = moment.desk.resources_of(self.lifecycle)
        return resources.get(moment.call.parameters.get(self.id)) if resources is not None else None

    # Reads that disagree.

    def reads(self, read: Operation) -> Iterator[Fault]:
        name, first = self.lifecycle.resource, self.lifecycle.initial
        final = [state for state in self.documented if self.lifecycle.is_final(state)]
        if len(self.documented) > 1:
            claim = f"{read.key}: another {name} is shown than the one that was asked for."
            yield self.rule("another-one", claim, self.another, read.key)
        if final and first in self.documented and first not in final:
            claim = f"A finished {name} is {first} again when it is read once more."
            yield self.rule("goes-back", claim, partial(self.again, lambda _: first), read.key)
        if len(final) > 1:
            ends = partial(self.again, lambda state: next(one for one in final if one != state))
            claim = f"A finished {name} has ended in another way when it is read once more."
            yield self.rule("ends-twice", claim, ends, read.key)
        if final:
            claim = f"A finished {name} is not what it was when it is read once more."
            yield self.rule("changes-at-its-end", claim, self.changing, read.key)
        if self.laws(read.key).same:
            claim = f"Every second read of a {name} shows another id."
            yield self.rule("id-changes", claim, self.renamed, read.key)

    def laws(self, key: str) -> Laws:
        return self.lifecycle.answers.get(key, Laws())

    def another(self, moment: Moment) -> Reply:
        reply = moment.answer()
        wrong = next(one for one in self.documented.values() if one != self.asked(moment))
        parameters = {**moment.call.parameters, self.id: wrong}
        return moment.forward(replace(moment.call, parameters=parameters)) if is_success(reply) else reply

    def finished(self, moment: Moment, reply: Reply) -> str | None:
        """Return the final state that an answer shows, None where it shows none."""
        state = state_of(self.lifecycle, moment, decoded(reply)) if has_value(moment, reply) else None
        return state if isinstance(state, str) and self.lifecycle.is_final(state) else None

    def again(self, shown: Callable[[str], str], moment: Moment) -> Reply:
        reply = moment.answer()
        state = self.finished(moment, reply)
        return self.as_if(moment, shown(state)) if state is not None and counted(moment) % 2 == 0 else reply

    def changing(self, moment: Moment) -> Reply:
        reply = moment.answer()
        if self.finished(moment, reply) is None or counted(moment) == 1 or moment.operation is None:
            return reply
        value, obeyed = decoded(reply), self.laws(moment.operation.key)
        ruled = {*obeyed.same, *obeyed.says, *obeyed.seconds, *obeyed.sum_at_most, *self.lifecycle.shows.values()}
        ruled |= {at for chain in obeyed.ordered for at in chain}
        for at, leaf in leaves(value):
            if at in ruled or leaf is None or pointers.split(at)[-1] in moment.desk.contract.manifest.volatile:
                continue
            changed = other(at, moment, reply, copied(value))
            if changed is not NOTHING:
                return with_json(reply, changed)
        return reply

    def renamed(self, moment: Moment) -> Reply:
        reply = moment.answer()
        if moment.operation is None or not is_success(reply) or counted(moment) % 2:
            return reply
        at = next(iter(self.laws(moment.operation.key).same))
        return altering(partial(other, at))(replace(moment, forward=lambda _: reply))

    def as_if(self, moment: Moment, state: str) -> Reply:
        """Answer as if the resource were in a state; what happens then is forgotten."""
        if moment.desk.resources_of(self.lifecycle) is None:
            return asked_with(moment, {self.id: self.documented[state]})
        with moment.desk.undoing():
            found = self.resource(moment)
            if found is not None:
                found.state, found.pinned = state, True
            return moment.answer()

    # Refusals that are not kept.

    def refusals(self) -> Iterator[Fault]:
        for key, by_state in self.lifecycle.refused.items():
            allowed = [state for state in self.lifecycle.states if state not in by_state]
            for state in by_state if allowed else ():
                claim = f"{key}: it is done though the {self.lifecycle.resource} is {state}."
                yield self.rule(f"done.{slug(state)}", claim, partial(self.done, state, allowed[0]), key)
            fault = self.rule(
                "refused-anyway",
                f"{key}: it is refused though the state of the {self.lifecycle.resource} allows it.",
                partial(self.refused, [*by_state]),
                key,
            )
            if bears(self.desk, fault):
                yield fault

    def done(self, state: str, allowed: str, moment: Moment) -> Reply:
        found = self.resource(moment)
        if found is None or found.state != state:
            return moment.answer()
        if moment.operation is not None and moment.operation.method == "GET":
            return self.as_if(moment, allowed)
        found.state = allowed
        return moment.answer()

    def refused(self, states: list[str], moment: Moment) -> Reply:
        found = self.resource(moment)
        return moment.answer() if found is None or found.state in states else self.as_if(moment, states[0])

    # What has no effect, or one that it should not have.

    def effects(self, store: Store) -> Iterator[Fault]:
        name = self.lifecycle.resource
        for key in filter(None, (*store.change, store.delete)):
            yield self.rule("no-effect", f"{key}: it succeeds, and nothing happens.", _undone, key)
        if store.delete is not None:
            claim = f"{store.delete}: it succeeds a second time."
            yield self.rule("deleted-twice", claim, self.deleted_twice, store.delete)
            if store.overviews:
                claim = f"A deleted {name} is listed and counted all the same."
                yield self.rule("deleted-listed", claim, partial(self.hidden, store.delete), *self.naming())
        if store.read is not None and self.lifecycle.states[self.lifecycle.initial]:
            claim = f"{store.read}: a {name} stays for ever in the state it is in."
            yield self.rule("stands-still", claim, self.standing, store.read)

    def naming(self) -> tuple[str, ...]:
        """Return the operations whose path names a resource."""
        operations = self.desk.contract.operations
        return tuple(one.key for one in operations if self.id in {parameter.name for parameter in one.path_parameters})

    def deleted_twice(self, moment: Moment) -> Reply:
        reply = moment.answer()
        if is_success(reply):
            moment.memory[self.asked(moment)] = reply
        missing = reply.refusal is not None and reply.refusal.fault is Wrong.MISSING
        return moment.memory.get(self.asked(moment), reply) if missing else reply

    def hidden(self, delete: str, moment: Moment) -> Reply:
        if self.asked(moment) in moment.memory:
            return asked_with(moment, {self.id: _NOBODY})
        if moment.operation is None or moment.operation.key != delete:
            return moment.answer()
        with moment.desk.undoing():
            reply = moment.answer()
        if is_success(reply):
            moment.memory[self.asked(moment)] = True
        return reply

    def standing(self, moment: Moment) -> Reply:
        found = self.resource(moment)
        return moment.answer() if found is None else self.as_if(moment, found.state)

    # What is created.

    def creations(self, store: Store) -> Iterator[Fault]:
        name, key = self.lifecycle.resource, store.create
        if key is None:
            return
        claim = f"A new {name} cannot be found."
        yield self.rule("not-found", claim, partial(self.lost, key), *dict.fromkeys((key, *self.naming())))
        if key in self.lifecycle.shows:
            apply = altering(partial(self.started, self.lifecycle.shows[key]))
            fault = self.rule("starts-elsewhere", f"{key}: a new {name} is not in its first state.", apply, key)
            if bears(self.desk, fault):
                yield fault
        yield self.rule("one-id-for-two", f"{key}: two new ones are given one id.", _first_again, key)
        if store.repeat is not None:
            apply = partial(_without_header, store.repeat.header)
            yield self.rule("repeat-ignored", f"{key}: {store.repeat.header} is ignored.", apply, key)
        for word in store.keeps:
            yield self.rule(f"forgets.{slug(word)}", f"{key}: {word} is forgotten.", partial(_forgetting, word), key)

    def lost(self, create: str, moment: Moment) -> Reply:
        if self.asked(moment) in moment.memory:
            return asked_with(moment, {self.id: _NOBODY})
        reply = moment.answer()
        resources = moment.desk.resources_of(self.lifecycle)
        if moment.operation is not None and moment.operation.key == create and is_success(reply) and resources:
            moment.memory[resources.name_of(next(resources.newest_first()))] = True
        return reply

    def started(self, at: str, moment: Moment, reply: Reply, value: Json) -> Json:
        return put_first(moment, reply, value, at, [*reversed([*self.lifecycle.states])])

    # Lists that do not listen.

    def lists(self, store: Store) -> Iterator[Fault]:
        if store.list is not None:
            key = store.list.operation
            for parameter in filter(None, (*store.list.filters, store.list.page, store.list.size)):
                apply = partial(_without_query, parameter)
                yield self.rule(f"ignores.{slug(parameter)}", f"{key}: {parameter} is ignored.", apply, key)


def _reading(lifecycle: Lifecycle) -> Iterator[str]:
    if lifecycle.store is not None and lifecycle.store.read is not None:
        yield lifecycle.store.read
    yield from lifecycle.shows


def _showing(desk: Desk, lifecycle: Lifecycle, key: str) -> Operation | None:
    operation = desk.contract.operation(key)
    if operation is None or operation.method != "GET" or key not in lifecycle.shows:
        return None
    return operation if lifecycle.id in {parameter.name for parameter in operation.path_parameters} else None


# What only paths say.


def _of_paths(desk: Desk) -> Iterator[Fault]:
    """Yield the faults of what is created, changed and deleted though no lifecycle speaks of it."""
    told = {key for one in desk.contract.lifecycles for key in (*one.shows, *_writing(one.store))}
    for operation, end in named(desk.contract.operations):
        if operation.method != "GET" and operation.key not in told and _has_effect(desk, operation):
            claim = f"{operation.key}: it succeeds, and nothing happens."
            yield Fault(f"lifecycle.no-effect.{end}", Kind.LIFECYCLE, claim, _undone, frozenset({operation.key}))


def _writing(store: Store | None) -> Iterator[str]:
    if store is not None:
        yield from filter(None, (store.create, store.delete, *store.change))


def _has_effect(desk: Desk, operation: Operation) -> bool:
    """Say whether what is read is something else after a request than before it."""
    with desk.undoing(afresh=True):
        desk.reply(operation, valid_call(desk, operation))
        reads = (one for one in trials(desk) if one.call.method == "GET")
        return any(desk.reply(one.operation, one.call) != one.reply for one in reads)


def _undone(moment: Moment) -> Reply:
    with moment.desk.undoing():
        return moment.answer()


def _first_again(moment: Moment) -> Reply:
    if "first" in moment.memory:
        with moment.desk.undoing():
            reply = moment.answer()
        return moment.memory["first"] if is_success(reply) else reply
    reply = moment.answer()
    if is_success(reply):
        moment.memory["first"] = reply
    return reply


def _without_header(name: str, moment: Moment) -> Reply:
    kept = tuple(pair for pair in moment.call.headers if pair[0] != name.lower().encode())
    return moment.forward(replace(moment.call, headers=kept))


def _without_query(name: str, moment: Moment) -> Reply:
    pairs = [(key, text) for key, texts in (moment.call.queried or {}).items() for text in texts if key != name]
    return moment.forward(replace(moment.call, query=urlencode(pairs).encode()))


def _forgetting(word: str, moment: Moment) -> Reply:
    try:
        sent = json.loads(moment.call.body)
    except ValueError:
        return moment.answer()
    if not isinstance(sent, dict) or word not in sent:
        return moment.answer()
    body = json.dumps({name: value for name, value in sent.items() if name != word}).encode()
    return moment.forward(replace(moment.call, body=body))

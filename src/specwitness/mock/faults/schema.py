"""Faults that the document alone defines: one for each keyword of each response schema, at any depth.

`places` walks the schemas, `breaking` breaks a keyword at one of their places. Here the flaws get names, are tried at
the bodies that the mock answers with, and become faults.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, count

from specwitness.contract.media_types import is_json
from specwitness.contract.model import Operation
from specwitness.findings import Json
from specwitness.mock.answers import COUNTS, ITEMS, PAGE, SIZE, TOTAL
from specwitness.mock.bodies import CREATED, EPOCH, Body, Facts
from specwitness.mock.desk import Desk
from specwitness.mock.faults.breaking import Flaw, broken, flaws
from specwitness.mock.faults.fault import Fault, Kind, Moment, slug, with_json
from specwitness.mock.faults.places import found
from specwitness.mock.reply import Reply, decoded

_NO_BODY = "the mock has no body for this answer"
_NOT_SHOWN = "no answer of the mock shows this place"
_NOT_BROKEN = "no small change of an answer breaks this here"


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield a fault for every keyword of every documented JSON answer; the names depend on the document alone."""
    taken: set[str] = set()
    for operation in desk.contract.operations:
        for documented in operation.responses:
            status = _status(operation, documented)
            content = desk.answers.content(operation, status) if status else None
            if status is None or content is None or content.schema is None or not is_json(content.media_type):
                continue
            bodies = _shown(desk, operation, status, content.schema)
            for flaw in flaws(desk.contract.schemas.document, content.schema):
                name = _unique(slug("schema", operation.key, documented, *flaw.words), taken)
                yield Fault(
                    name=name,
                    kind=Kind.SCHEMA,
                    claim=str(flaw),
                    apply=partial(_applied, flaw, documented),
                    operations=frozenset({operation.key}),
                    unobservable=_unobservable(desk, flaw, bodies),
                )


# Names.


def _unique(name: str, taken: set[str]) -> str:
    """Return the name, or where it is taken, with the first number that makes another one of it."""
    numbered = (f"{name}-{number}" for number in count(2))
    free = next(one for one in chain([name], numbered) if one not in taken)
    taken.add(free)
    return free


# Application.


def _applied(flaw: Flaw, documented: str, moment: Moment) -> Reply:
    reply = moment.answer()
    described = moment.operation.response_for(reply.status) if moment.operation else None
    if described is None or described.status != documented or moment.call.method == "HEAD":
        return reply
    try:
        body = decoded(reply)
    except ValueError:
        return reply  # There is no body, or it is no JSON any more: another fault was here before.
    schemas = moment.desk.contract.schemas
    for changed in broken(schemas, flaw, body) if body is not None else ():
        if schemas.both_accept(flaw.place.root, changed) == (False, False):
            return with_json(reply, changed)
    return reply


def _unobservable(desk: Desk, flaw: Flaw, bodies: list[Json]) -> str | None:
    """Return why no answer of the mock can have a flaw, or None where one can.

    The second validator, which is slow, is asked when the fault is applied.
    """
    schemas = desk.contract.schemas
    if not bodies:
        return _NO_BODY
    if any(True for body in bodies for _ in broken(schemas, flaw, body)):
        return None
    return _NOT_BROKEN if any(found(schemas, flaw.place, body) for body in bodies) else _NOT_SHOWN


# What the mock answers with.


def _status(operation: Operation, documented: str) -> int | None:
    """Return a status that is answered as documented, for a range or `default` a likely one; None if there is none."""
    likely: tuple[int, ...] = (operation.good_status, 400, *range(100, 600))
    return next((status for status in likely if _documented(operation, status) == documented), None)


def _documented(operation: Operation, status: int) -> str | None:
    described = operation.response_for(status)
    return described.status if described else None


def _shown(desk: Desk, operation: Operation, status: int, schema: str) -> list[Json]:
    """Return the bodies with which the mock answers a status, each as it may be for some request."""
    facts = _facts(desk, operation)
    made = [json.loads(body.fill(facts)) for body in _bodies(desk, operation, status)]
    return [body for body in made if desk.contract.schemas.accepts(schema, body)]


def _bodies(desk: Desk, operation: Operation, status: int) -> Iterable[Body]:
    answers, key = desk.answers, operation.key
    found: list[Body | None] = []
    examples: dict[str | None, None] = {None: None}
    for one in desk.contract.lifecycles:
        store = one.store
        if store and key in store.overviews and status == operation.good_status:
            found.append(answers.filled(one.resource, key))
        repeated = store and store.repeat and key == store.create and status == store.repeat.status
        if repeated or (key in one.shows and status == operation.good_status):
            found += chain.from_iterable(answers.by_state(one.resource, key, status).values())
        refused = one.refused.get(key, {}).values()
        examples |= {said.example: None for said in refused if said.status == status}
    if status != operation.good_status:
        found += (answers.refusal(key, status, example, "refused") for example in examples)
    return filter(None, found) if any(found) else answers.bodies(key, status)


def _facts(desk: Desk, operation: Operation) -> Facts:
    """Return what a request and what exists may put into the holes of a body."""
    lifecycles = desk.contract.lifecycles
    facts: dict[str, Json] = {CREATED: EPOCH}
    facts |= {word: None for one in lifecycles if one.store for word in one.store.keeps}
    facts |= {one.id: "sample-1" for one in lifecycles if one.id}
    facts |= {one.name: desk.answers.samples(one.name)[0] for one in operation.path_parameters}
    for one in lifecycles:
        if one.store and operation.key in one.store.overviews:
            listed = [body.fill(facts) for state in one.states for body in desk.answers.listed(one.resource, state)]
            counted = json.dumps(dict.fromkeys(one.states, 1)).encode()
            facts |= {ITEMS: b"[%s]" % b",".join(listed), TOTAL: b"1", PAGE: b"1", SIZE: b"1", COUNTS: counted}
    return facts

"""The answers of one contract, prepared from its effective spec, its lifecycles and the pool.

Every body is judged by both validators before it is used. A body that was made for a state, or to obey a law of the
lifecycle, and is refused then, is left out: the spec is stronger than what else we want it to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from http import HTTPStatus

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.lifecycle import Laws, Lifecycle
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Header, Operation
from specwitness.contract.pointers import look
from specwitness.findings import Json
from specwitness.mock.bodies import (
    CREATED,
    EPOCH,
    Body,
    Facts,
    Hole,
    copied,
    drop,
    fact,
    instant,
    put,
    raw,
    said,
    worded,
)
from specwitness.mock.choosing import Feature, features, listed_values
from specwitness.mock.sampling import Samples

_STEP = 15.0
"""Seconds between two instants of a resource's life in virtual time."""
_TEXTS = ("detail", "message", "title", "description", "msg", "reason", "error")
"""The properties of an error that say in words what is wrong, the likeliest first."""
ITEMS, TOTAL, PAGE, SIZE, COUNTS = "\0items", "\0total", "\0page", "\0size", "\0counts"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all answers of one operation and status share; a header may have names in braces."""

    headers: tuple[tuple[str, str], ...]
    has_body: bool
    is_json: bool

    def filled(self, facts: Facts) -> tuple[tuple[str, str], ...]:
        """Return the headers with facts for the names in braces."""
        if not any("{" in text for _, text in self.headers):
            return self.headers
        return tuple((name, worded(text, facts)) for name, text in self.headers)


class Answers:
    """Prepared bodies and headers of one contract."""

    def __init__(self, contract: Contract, *, seed: int, step: float | None = None) -> None:
        """Take a contract; nothing is prepared before it is asked for."""
        self.contract = contract
        self.seed = seed
        self._step = step or _STEP
        self._listed_values = frozenset(listed_values(contract.document))
        self._generated = partial(pool.bodies, contract, seed=seed, omitting="writeOnly", proven=False)
        self._samples = Samples(contract, seed=seed)
        # Per instance: an answer is prepared once and then used for every request.
        self.bodies = cache(self._bodies)
        self.by_state = cache(self._by_state)
        self.refusal = cache(self._refusal)
        self.listed = cache(self._listed)
        self.filled = cache(self._filled)
        self.headers = cache(self._headers)
        self.frame = cache(self._frame)

    def variants(self, lifecycle: Lifecycle, state: str) -> int:
        """Return how many different resources of a state it takes to show all bodies of that state."""
        return max((len(self.in_state(lifecycle.resource, key, state)) for key in lifecycle.shows), default=1) or 1

    def content(self, operation: Operation, status: int) -> Content | None:
        """Return the content that the mock answers a status with: JSON where there is a choice."""
        documented = operation.response_for(status)
        if documented is None or not documented.content:
            return None
        return next((one for one in documented.content if is_json(one.media_type)), documented.content[0])

    def _schema(self, key: str, status: int) -> str | None:
        content = self.content(self._operation(key), status)
        return content.schema if content else None

    def _operation(self, key: str) -> Operation:
        operation = self.contract.operation(key)
        assert operation is not None, key  # noqa: S101 - the lifecycle was read against this contract
        return operation

    # Bodies without a state.

    def _bodies(self, key: str, status: int) -> tuple[Body, ...]:
        """Return the bodies of an operation that depend on nothing but its parameters."""
        pointer = self._schema(key, status)
        if pointer is None:
            return tuple(self._undescribed(key, status))
        laws = self._laws(key)
        made = (
            self._checked(pointer, self._under(laws, value), self._holes(laws, value), self._names(key))
            for value in self._generated(pointer)
        )
        return self._covering(key, status, made, set())

    def _undescribed(self, key: str, status: int) -> Iterator[Body]:
        """Yield the examples of content without a schema; where it has none and has to be JSON, an empty object."""
        content = self.content(self._operation(key), status)
        if content is not None:
            given = tuple(pool.examples(self.contract.document, content.pointer))
            yield from (Body(value, {}) for value in given or (({},) if is_json(content.media_type) else ()))

    def exemplified(self, key: str, status: int) -> bool:
        """Say whether the document gives an example of an answer."""
        content = self.content(self._operation(key), status)
        return content is not None and next(pool.examples(self.contract.document, content.pointer), _NONE) is not _NONE

    def said(self, key: str, status: int, value: Json) -> Body | None:
        """Return the body of a documented example, with what the request decides; None where it is not valid."""
        pointer = self._schema(key, status)
        if pointer is None:
            return Body(value, {})
        # The laws speak of a success.
        laws = self._laws(key) if status == self._operation(key).good_status else Laws()
        body = self._checked(pointer, value, self._holes(laws, value), self._names(key))
        return body if body is not None and self._proven(pointer, body) else None

    def values(self, key: str, status: int) -> Iterator[Json]:
        """Yield those bodies as data, as they are before there is a request."""
        return (json.loads(body.fill(self._supposed)) for body in self.bodies(key, status))

    def _refusal(self, key: str, status: int, example: str | None, template: str) -> Body | None:
        """Return the body of an error: the named example or the first body, with `template` where it has a text."""
        content = self.content(self._operation(key), status)
        if content is None or content.schema is None:
            return None
        made = self._generated(content.schema, limit=8)
        if example is not None:
            wanted = look(self.contract.document, pointers.join(content.pointer, "examples", example, "value"))
            made = (wanted, *made)
        for value in made:
            named = next(_texts(value), None)
            options: list[dict[str, Hole]] = [{}]
            if named is not None:
                words = self._with_holes(key, look(value, named))
                if words is not None or example is not None:
                    options = [{named: said(words)} if words is not None else {}]
                else:
                    options.insert(0, {named: said(template)})
            for holes in options:
                body = self._checked(content.schema, value, holes, self._names(key))
                if body is not None and self._proven(content.schema, body):
                    return body
        return None

    def _with_holes(self, key: str, text: str) -> str | None:
        """Return an example's text with holes for the example of a path parameter, or None where it has none."""
        for parameter in self._operation(key).path_parameters:
            example = look(self.contract.document, pointers.join(parameter.pointer, "example"))
            if isinstance(example, str) and example in text:
                return text.replace(example, f"{{{parameter.name}}}")
        return None

    # Bodies of a resource in a state.

    def in_state(self, resource: str, key: str, state: str, status: int = 0) -> tuple[Body, ...]:
        """Return the bodies with which an operation answers for a resource in a state."""
        return self.by_state(resource, key, status or self._operation(key).good_status).get(state, ())

    def _by_state(self, resource: str, key: str, status: int) -> dict[str, tuple[Body, ...]]:
        lifecycle = self._lifecycle(resource)
        pointer = self._schema(key, status)
        if pointer is None:
            return {}
        place = lifecycle.shows.get(key, "/\0")
        values = self._generated(pointer)
        shown: set[Feature] = set()
        return {
            state: self._covering(
                key, status, self._stateful(lifecycle, key, state, place=place, pointer=pointer, values=values), shown
            )
            for state in lifecycle.states
        }

    def _listed(self, resource: str, state: str) -> tuple[Body, ...]:
        """Return the items with which a list shows a resource in a state."""
        lifecycle = self._lifecycle(resource)
        store = lifecycle.store
        assert store is not None and store.list is not None  # noqa: S101 - only a list asks
        pointer = self._schema(store.list.operation, self._operation(store.list.operation).good_status)
        if pointer is None or store.read is None:
            return ()
        document = self.contract.schemas.document
        array = pointers.locate(document, pointer, pointers.split(store.list.items))
        items = pointers.resolved(document, pointers.join(array, "items"))
        values = self._generated(items)
        place = lifecycle.shows[store.read]
        made = self._stateful(lifecycle, store.read, state, place=place, pointer=items, values=values)
        return tuple(body for body in made if self._proven(items, body))

    def _stateful(
        self, lifecycle: Lifecycle, key: str, state: str, *, place: str, pointer: str, values: tuple[Json, ...]
    ) -> Iterator[Body]:
        laws = self._laws(key)
        root = place.rpartition("/")[0]
        for original in values:
            value = copied(original)
            if look(value, place, _NONE) is not _NONE:
                put(value, place, state)
            if not self._follow(lifecycle, state, pointer, value, values):
                continue
            value = self._under(laws, value)
            holes = self._holes(laws, value)
            if look(value, f"{root}/{lifecycle.id}") is not None:
                holes.setdefault(f"{root}/{lifecycle.id}", fact(str(lifecycle.id)))
            for name, rank in self._timeline(lifecycle).items():
                if look(value, pointers.join(root, name)) is not None:
                    holes[pointers.join(root, name)] = instant(rank * self._step)
            for at, (start, end) in laws.seconds.items():
                if look(value, at, _NONE) is not _NONE:
                    ranks = [self._timeline(lifecycle)[pointers.split(edge)[-1]] for edge in (start, end)]
                    put(value, at, (ranks[1] - ranks[0]) * self._step)
            for word in lifecycle.store.keeps if lifecycle.store else ():
                self._keep(pointer, value, f"{root}/{word}", word, holes)
            body = self._checked(pointer, value, holes, self._names(key) | {lifecycle.id or ""})
            if body is not None:
                yield body

    def _keep(self, pointer: str, value: Json, at: str, word: str, holes: dict[str, Hole]) -> None:
        """Show what a resource was created with; where it may have been created without, only if null is allowed."""
        if look(value, at, _NONE) is _NONE:
            return
        if self.contract.schemas.accepts(pointer, put(copied(value), at, None)):
            holes[at] = fact(word)
        else:
            drop(value, at)

    def _follow(self, lifecycle: Lifecycle, state: str, pointer: str, value: Json, donors: tuple[Json, ...]) -> bool:
        """Change a value to what its state demands; say whether that was possible."""
        demands = lifecycle.demands.get(state)
        if demands is None:
            return True
        for at in demands.absent:
            if look(value, at) is not None:
                drop(value, at)
        for at in demands.null:
            if look(value, at, _NONE) is not _NONE:
                put(value, at, None)
        for at in (*demands.present, *demands.usual):
            if look(value, at) is None:
                lent = next((look(donor, at) for donor in donors if look(donor, at) is not None), None)
                if lent is None:
                    continue  # The schema does not describe the place: it is not asked of this operation.
                put(value, at, copied(lent))
        return self.contract.schemas.accepts(pointer, value)

    def _timeline(self, lifecycle: Lifecycle) -> dict[str, int]:
        """Return, for each name that an order speaks of, how many instants come before it."""
        ranks: dict[str, int] = {}
        chains = [
            [pointers.split(place)[-1] for place in chain]
            for laws in lifecycle.answers.values()
            for chain in laws.ordered
        ]
        for _ in range(1 + sum(map(len, chains))):
            for chain in chains:
                below = -1
                for name in chain:
                    below = ranks[name] = max(ranks.get(name, 0), below + 1)
        return ranks

    # Laws.

    def _laws(self, key: str) -> Laws:
        return next((one.answers[key] for one in self.contract.lifecycles if key in one.answers), Laws())

    def _lifecycle(self, resource: str) -> Lifecycle:
        return next(one for one in self.contract.lifecycles if one.resource == resource)

    def _under(self, laws: Laws, value: Json) -> Json:
        """Return a value changed so that it obeys the laws that need no request to be obeyed."""
        value = copied(value)
        for at, parts in laws.sum_at_most.items():
            most = look(value, at)
            known = [part for part in parts if look(value, part) is not None]
            if most is None or not known:
                continue
            if most < 0:
                put(value, at, most := -most)
            for part in known:
                put(value, part, int(most) // len(known))
        for implied in laws.implied:
            if all(look(value, at, _NONE) == wanted for at, wanted in implied.when.items()):
                for at, wanted in implied.then.items():
                    put(value, at, wanted)
        for at, constant in laws.says.items():
            if not isinstance(constant, str) and look(value, at, _NONE) is not _NONE:
                put(value, at, constant)
        return value

    def _holes(self, laws: Laws, value: Json) -> dict[str, Hole]:
        holes = {at: fact(name) for at, name in laws.same.items() if look(value, at) is not None}
        for at, text in laws.says.items():
            if isinstance(text, str) and look(value, at) is not None:
                holes[at] = said(text)
        return holes

    # Lists and counts.

    def _filled(self, resource: str, key: str) -> Body | None:
        """Return the body of a list or count, with holes for what there is."""
        store = self._lifecycle(resource).store
        pointer = self._schema(key, self._operation(key).good_status)
        if store is None or pointer is None:
            return None
        holes: dict[str, Hole] = {}
        if store.list is not None and store.list.operation == key:
            named = {store.list.items: ITEMS, store.list.total: TOTAL}
            named |= {f"/{word}": name for word, name in ((store.list.page, PAGE), (store.list.size, SIZE)) if word}
            holes = {at: raw(name) for at, name in named.items() if at is not None}
        if store.count is not None and store.count.operation == key:
            holes = {
                at: raw(name)
                for at, name in ((store.count.total, TOTAL), (store.count.states, COUNTS))
                if at is not None
            }
        sample: dict[str, Json] = {ITEMS: b"[]", TOTAL: b"1", PAGE: b"1", SIZE: b"1", COUNTS: b"{}"}
        for value in self._generated(pointer):
            there = {at: hole for at, hole in holes.items() if look(value, at, _NONE) is not _NONE}
            body = Body(value, there)
            if self._accepted(pointer, body.fill(sample)):
                return body
        return None

    # Headers.

    def _frame(self, key: str, status: int) -> Frame:
        """Return what all answers of one status share."""
        content = self.content(self._operation(key), status)
        return Frame(
            headers=((("Content-Type", _concrete(content.media_type)),) if content else ()) + self.headers(key, status),
            has_body=content is not None,
            is_json=content is not None and is_json(_concrete(content.media_type)),
        )

    def _headers(self, key: str, status: int) -> tuple[tuple[str, str], ...]:
        """Return the documented headers of a response, with names in braces where the request decides."""
        documented = self._operation(key).response_for(status)
        said_by_law = {name.lower(): text for name, text in self._laws(key).headers.items()}
        found = []
        for header in documented.headers if documented else ():
            if header.name.lower() in {"content-type", "content-length", "server"}:
                continue
            text = said_by_law.get(header.name.lower()) or self._header_text(header)
            if text is not None:
                found.append((header.name, text))
        if status == HTTPStatus.METHOD_NOT_ALLOWED and not any(name.lower() == "allow" for name, _ in found):
            # RFC 9110 section 15.5.6; some documents have this status where they mean a bad request.
            path = self._operation(key).path
            found.append(("Allow", ", ".join(one.method for one in self.contract.operations if one.path == path)))
        return tuple(found)

    def _header_text(self, header: Header) -> str | None:
        if header.schema is None:
            return "1"
        for value in self._generated(header.schema, limit=12, proven=True):
            # An array is written in the style `simple`, the only one of headers.
            parts = value if isinstance(value, list) else [value]
            text = ",".join(part if isinstance(part, str) else json.dumps(part) for part in parts)
            if text and text.isascii() and text.isprintable() and not isinstance(value, dict):
                return text.replace("{", "").replace("}", "")
        return None

    # What both validators say.

    def _checked(self, pointer: str, value: Json, holes: Mapping[str, Hole], names: frozenset[str]) -> Body | None:
        body = Body(value, holes)
        value = json.loads(body.fill({**dict.fromkeys(names, "sample-1"), **self._supposed}))
        return body if self.contract.schemas.accepts(pointer, value) else None

    def _proven(self, pointer: str, body: Body) -> bool:
        """Ask both validators, the slow one too, about a body that would be used."""
        return self._accepted(pointer, body.fill(self._supposed))

    def _accepted(self, pointer: str, text: bytes) -> bool:
        return self.contract.schemas.both_accept(pointer, json.loads(text)) == (True, True)

    def _names(self, key: str) -> frozenset[str]:
        ids = {one.id for one in self.contract.lifecycles if one.id}
        return frozenset({parameter.name for parameter in self._operation(key).path_parameters} | ids)

    @cached_property
    def _supposed(self) -> Facts:
        """Facts with which a body is judged before there is a request."""
        ids = {one.id: "sample-1" for one in self.contract.lifecycles if one.id}
        kept = {word: None for one in self.contract.lifecycles if one.store for word in one.store.keeps}
        return {CREATED: EPOCH, **ids, **kept, **self._samples.all()}

    def samples(self, name: str) -> tuple[str, ...]:
        """Return good values of a path parameter: its example and what the pool makes; one at least."""
        return self._samples.of(name)

    def ids(self, name: str, count: int) -> tuple[str, ...]:
        """Return so many values of a path parameter that names a resource, as far as there are."""
        return self._samples.ids(name, count)

    def _covering(self, key: str, status: int, made: Iterable[Body | None], shown: set[Feature]) -> tuple[Body, ...]:
        """Return the bodies that show something that those before them did not, one at least; remember it."""
        kept: list[Body] = []
        pointer = self._schema(key, status) or ""
        for body in made:
            if body is None:
                continue
            fresh = set(features(json.loads(body.fill(self._supposed)), "", self._listed_values)) - shown
            if (fresh or not kept) and self._proven(pointer, body):
                kept.append(body)
                shown |= fresh
        return tuple(kept)


def _concrete(media_type: str) -> str:
    """Return a media type that a range includes, or the type itself: what is sent is of one type."""
    kind = media_type.partition("/")[0]
    return _CONCRETE.get(kind, "application/octet-stream") if "*" in media_type else media_type


_CONCRETE = {"*": "application/json", "application": "application/json", "text": "text/plain", "image": "image/png"}


def _texts(value: Json) -> Iterator[str]:
    """Yield the places of an error's words, the outermost first."""
    level = [("", value)]
    while level:
        for at, holder in level:
            if isinstance(holder, dict):
                yield from (pointers.join(at, name) for name in _TEXTS if isinstance(holder.get(name), str))
        level = [
            (pointers.join(at, name), item)
            for at, holder in level
            if isinstance(holder, dict | list)
            for name, item in (holder.items() if isinstance(holder, dict) else enumerate(holder))
        ]


_NONE = object()

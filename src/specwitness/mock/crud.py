"""Create, read, update and delete where only paths say so: what a client made is there, as far as the schemas allow.

Of a collection `/pets` and its items `/pets/{petId}`, the ids that exist from the start are those that `MockValues`
names, and an id that nobody made is answered for as if it existed. What is created, replaced, patched or deleted is
remembered until the reset. What cannot be told consistently, by answers that both validators accept, is left to the
answers that remember nothing.

An item's id is the property called like the path parameter, else `id`, `petId`, `uuid`, `petUuid`, `name` or
`petName`. A client may choose it where the body it sends has that property; otherwise it is made up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote
from zlib import crc32

from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation, Parameter
from specwitness.contract.requests import Asked, Call, Fault, Refusal
from specwitness.findings import Json
from specwitness.mock.answers import Answers
from specwitness.mock.collecting import Collection, Key, collections
from specwitness.mock.merging import Merging, Object, patched
from specwitness.mock.naming import Naming, spelled
from specwitness.mock.pages import Pages
from specwitness.mock.reply import Reply, decoded

_MOST_MADE = 2_000
"""How many created or changed resources are remembered; beyond it, the oldest is forgotten."""
_MOST_GONE = 10_000
_MOST_UNTOUCHED = 500
"""How many resources that nobody changed are kept prepared."""
_MOST_LISTS = 64
_SHORTEST_UNKNOWN = 8
"""A shorter id of a form of its own may be anybody's."""


@dataclass(frozen=True)
class Thing:
    """One resource as its GET shows it."""

    value: Object
    text: bytes

    @classmethod
    def of(cls, value: Object) -> Thing:
        """Return the resource with its text."""
        return cls(value, _text(value))


@dataclass(frozen=True)
class Kind:
    """A collection that can be remembered: the schema with which an item is shown, and the property with its id."""

    collection: Collection
    schema: str
    name: str


class Crud:
    """Remembers what clients of one contract do to its collections."""

    def __init__(
        self,
        contract: Contract,
        answers: Answers,
        operations: tuple[Operation, ...],
        *,
        ids: Callable[[Parameter], tuple[str, ...]],
        usual: Callable[[Operation, Call, Asked], Reply],
        refuse: Callable[[Operation, Call, Refusal], Reply],
    ) -> None:
        """Take the operations without a lifecycle, the ids that exist, and how to answer without memory or refuse."""
        self._contract, self._answers = contract, answers
        self._operations, self._usual, self._refuse = operations, usual, refuse
        # Per instance: found once and then used for every request.
        self._ids, self._kind, self._is_strict = cache(ids), cache(self._kind_of), cache(self._strict)
        self._untouched: dict[Key, Thing | None] = {}
        self._start()

    def _start(self) -> None:
        self._made: dict[Key, Thing] = {}
        self._gone: dict[Key, None] = {}
        self._lists: dict[tuple[bytes, bytes], bytes | None] = {}

    def reset(self) -> None:
        """Forget everything that happened."""
        self._start()
        if "_naming" in vars(self):
            self._naming.reset()

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Forget, in the end, what happens in the block."""
        made, gone, naming = dict(self._made), dict(self._gone), self._naming.state
        try:
            yield
        finally:
            self._start()
            self._made, self._gone, self._naming.state = made, gone, naming

    def reply(self, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        """Answer as what happened before asks for; None where it asks for nothing."""
        for one in self._above_it.get(operation.key, ()):
            key = one.key(operation, call.parameters)
            if (key in self._gone or self._is_unknown(one, key)) and operation.response_for(404) is not None:
                return self._refuse(operation, call, Refusal(Fault.MISSING, f"there is no {key[2]}"))
        known = self._roles.get(operation.key)
        if known is None:
            return None
        one, role = known
        if role == "delete":
            self._delete(one.key(operation, call.parameters))
            return None
        kind = self._kind(one)
        if kind is None:
            return None
        if role == "list":
            return self._list(kind, operation, call, asked)
        if role == "create":
            return self._create(kind, operation, call, asked)
        return (self._read if role == "read" else self._change)(kind, operation, call, asked)

    @cached_property
    def _collections(self) -> tuple[Collection, ...]:
        return tuple(collections(self._operations))

    @cached_property
    def _roles(self) -> dict[str, tuple[Collection, str]]:
        """What each operation does, and to which collection."""
        return {operation.key: (one, role) for one in self._collections for role, operation in one.roles()}

    @cached_property
    def _above_it(self) -> dict[str, tuple[Collection, ...]]:
        """The collections that hold what an operation is about: itself, and what it is a part of."""
        return {
            operation.key: tuple(one for one in self._collections if one.holds(operation))
            for operation in self._operations
            if "{" in operation.path
        }

    def _is_unknown(self, one: Collection, key: Key) -> bool:
        """Whether nobody made what an id names, where it cannot say so by beginning with `missing-`."""
        if key in self._made or len(key[2]) < _SHORTEST_UNKNOWN or not self._is_strict(one):
            return False
        return key[2] not in self._ids(one.id) and not any(made[2] == key[2] for made in self._made)

    def _strict(self, one: Collection) -> bool:
        """Whether the ids of a collection have a form of their own, such as that of a UUID, and are remembered."""
        schema = one.id.schema
        return schema is not None and not self._contract.schemas.accepts(schema, "missing-1") and bool(self._kind(one))

    @cached_property
    def _merging(self) -> Merging:
        return Merging(self._contract)

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self._contract, self._answers, self._merging)

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self._contract.schemas, self._merging, seed=self._answers.seed)

    def _kind_of(self, one: Collection) -> Kind | None:
        """Return how the items of a collection are shown and named, or None where their GET cannot show its id."""
        schema = self._schema(one.read)
        if schema is None:
            return None
        kinds = [Kind(one, schema, name) for name in self._merging.names_of(one, schema)]
        above = tuple(self._answers.samples(each)[0] for each in one.names_above)
        first = self._ids(one.id)[0]
        # A property that shows the ids which exist from the start, else one that shows ids of its own.
        for kind in kinds:
            if self._as_ever(kind, (one.path, above, first)) is not None:
                return kind
        for kind in kinds:
            shown = next((value[kind.name] for value in self._values(one.read) if kind.name in value), None)
            if isinstance(shown, str | int) and self._as_ever(kind, (one.path, above, str(shown))) is not None:
                return kind
        return None

    # What the operations do.

    def _read(self, kind: Kind, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        key = kind.collection.key(operation, call.parameters)
        thing = None if key in self._gone else self._thing(kind, key)
        return None if thing is None else replace(self._usual(operation, call, asked), body=(thing.text,))

    def _list(self, kind: Kind, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        usual, known = self._usual(operation, call, asked), (call.path, call.query)
        if known not in self._lists:
            above = kind.collection.above(operation, call.parameters)
            things = [thing for key in self._keys(kind, above) if (thing := self._thing(kind, key)) is not None]
            values = [thing.value for thing in things]
            value = self._pages.shown(kind.collection, operation, decoded(usual), values, asked.parameters)
            self._lists[known] = None if value is None else _text(value)
            _forget_beyond(_MOST_LISTS, self._lists)
        text = self._lists[known]
        return None if text is None else replace(usual, body=(text,))

    def _create(self, kind: Kind, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        one, usual, schema = kind.collection, self._usual(operation, call, asked), self._schema(operation)
        base, name = decoded(usual), self._name_in(kind, schema)
        if schema is None or name is None or not isinstance(base, dict):
            return None
        above = one.above(operation, call.parameters)
        generated = self._merging.generated(operation, schema, name)
        sent = asked.body if isinstance(asked.body, dict) else {}
        shown = {known: value for known, value in sent.items() if known not in generated}
        unsent = self._merging.unsent(operation, sent, generated) if isinstance(asked.body, dict) else []
        made = self._merging.merged(schema, base, shown, without=unsent, bases=self._values(operation))
        made = self._merging.merged(schema, made, self._above(kind, above, made))
        named = self._naming.named(
            one,
            schema,
            made,
            name=name,
            chosen=shown.get(name),
            taken=lambda text: (one.path, above, text) in self._made or text in self._ids(one.id),
        )
        if named is None:
            return None
        key = (one.path, above, str(named[name]))
        thing = Thing.of(named)
        if not self._merging.same(schema, kind.schema):
            existing = self._as_ever(kind, key)
            if existing is None:
                return None
            values = {**shown, **named, kind.name: existing.value[kind.name]}
            bases = self._values(one.read)
            thing = Thing.of(self._merging.merged(kind.schema, existing.value, values, without=unsent, bases=bases))
            if thing.value[kind.name] != existing.value[kind.name]:
                return None
        self._remember(key, thing)
        return replace(usual, body=(_text(named),), headers=self._located(operation, usual, call, key))

    def _change(self, kind: Kind, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        key = kind.collection.key(operation, call.parameters)
        thing = self._thing(kind, key)
        if thing is None or not isinstance(asked.body, dict):
            return None
        generated = self._merging.generated(operation, kind.schema, kind.name) | {kind.name}
        sent = {known: value for known, value in asked.body.items() if known not in generated}
        fixed = {known: value for known, value in thing.value.items() if known in generated}
        if operation.method == "PATCH":
            values = patched({known: thing.value[known] for known in sent if known in thing.value}, sent)
            dropped = [known for known, value in sent.items() if value is None]
        else:
            values, dropped = sent, self._merging.unsent(operation, sent, generated)
        bases = self._values(kind.collection.read)
        value = self._merging.merged(kind.schema, thing.value, {**values, **fixed}, without=dropped, bases=bases)
        if operation.method == "PATCH":
            # What cannot be removed may still be null.
            value = self._merging.merged(kind.schema, value, {known: None for known in dropped if known in value})
        if value[kind.name] != thing.value[kind.name]:
            return None
        self._remember(key, Thing.of(value))
        usual, schema = self._usual(operation, call, asked), self._schema(operation)
        base = decoded(usual)
        if schema is None or not isinstance(base, dict):
            return usual
        answer = value if self._merging.same(schema, kind.schema) else self._merging.merged(schema, base, value)
        return replace(usual, body=(_text(answer),))

    # What there is.

    def _keys(self, kind: Kind, above: tuple[str, ...]) -> Iterator[Key]:
        """Yield what exists in a collection: what was created last first, then what was there from the start."""
        one = kind.collection
        first = [(one.path, above, name) for name in self._ids(one.id)]
        known = set(first)
        yield from (key for key in reversed(self._made) if key[:2] == (one.path, above) and key not in known)
        yield from (key for key in first if key not in self._gone)

    def _thing(self, kind: Kind, key: Key) -> Thing | None:
        """Return what an id is shown as, or None where that cannot be told."""
        if key in self._made:
            return self._made[key]
        if key not in self._untouched:
            self._untouched[key] = self._as_ever(kind, key)
            _forget_beyond(_MOST_UNTOUCHED, self._untouched)
        return self._untouched.get(key)

    def _as_ever(self, kind: Kind, key: Key) -> Thing | None:
        """Return what is shown for an id that nobody touched: a prepared body, with that id."""
        values = [value for value in self._values(kind.collection.read) if isinstance(value, dict)]
        if not values:
            return None
        first = self._ids(kind.collection.id)
        number = first.index(key[2]) if key[2] in first else crc32(key[2].encode())
        base = values[number % len(values)]
        for value in spelled(key[2]):
            made = self._merging.merged(kind.schema, base, {**self._above(kind, key[1], base), kind.name: value})
            if made.get(kind.name) == value:
                return Thing.of(made)
        return None

    def _remember(self, key: Key, thing: Thing) -> None:
        self._gone.pop(key, None)
        self._made.pop(key, None)
        self._made[key] = thing
        _forget_beyond(_MOST_MADE, self._made)
        self._lists.clear()

    def _delete(self, key: Key) -> None:
        self._made.pop(key, None)
        self._gone[key] = None
        _forget_beyond(_MOST_GONE, self._gone)
        self._lists.clear()

    # What the document says.

    def _above(self, kind: Kind, above: tuple[str, ...], base: Object) -> Object:
        """Return the properties that are called like a parameter of the path above, with what that is."""
        return {
            name: int(text) if isinstance(base[name], int) and text.isdecimal() else text
            for name, text in zip(kind.collection.names_above, above, strict=True)
            if name != kind.name and isinstance(base.get(name), str | int)
        }

    def _schema(self, operation: Operation) -> str | None:
        """Return the schema of an operation's good answer, where that is JSON."""
        content = self._answers.content(operation, operation.good_status)
        return content.schema if content is not None and is_json(content.media_type) else None

    def _values(self, operation: Operation) -> Iterator[Json]:
        return self._answers.values(operation.key, operation.good_status)

    def _name_in(self, kind: Kind, schema: str | None) -> str | None:
        """Return the property that holds the id in what another operation shows, the same one where it has it."""
        names = self._merging.names_of(kind.collection, schema) if schema is not None else []
        return kind.name if kind.name in names else next(iter(names), None)

    def _located(self, operation: Operation, usual: Reply, call: Call, key: Key) -> tuple[tuple[str, str], ...]:
        """Return the headers with the place of what was created, where `Location` is documented and can say it."""
        documented = operation.response_for(usual.status)
        headers = documented.headers if documented else ()
        header = next((one for one in headers if one.name.lower() == "location"), None)
        if header is None:
            return usual.headers
        path = f"{call.path.decode('latin-1').rstrip('/')}/{quote(key[2], safe='')}"
        host = next(iter(call.values("host")), "mock.invalid")
        for text in (path, f"http://{host}{path}"):
            if header.schema is None or self._merging.accepts(header.schema, text):
                others = tuple(pair for pair in usual.headers if pair[0].lower() != "location")
                return (*others, (header.name, text))
        return usual.headers


def _text(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _forget_beyond(most: int, known: dict[Any, Any]) -> None:
    while len(known) > most:
        del known[next(iter(known))]

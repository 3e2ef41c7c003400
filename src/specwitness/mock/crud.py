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
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from random import Random
from typing import Any
from urllib.parse import quote

from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation, Parameter
from specwitness.contract.requests import Asked, Call, Fault, Refusal
from specwitness.findings import Json
from specwitness.mock.answers import Answers
from specwitness.mock.collecting import Collection, Key, collections, plain
from specwitness.mock.merging import Merging, Object, patched
from specwitness.mock.pages import Pages
from specwitness.mock.reply import Reply
from specwitness.pool import patterns
from specwitness.pool.words import nanoid

_MOST_MADE = 2_000
"""How many created or changed resources are remembered; beyond it, the oldest is forgotten."""
_MOST_GONE = 10_000
_MOST_UNTOUCHED = 500
"""How many resources that nobody changed are kept prepared."""
_FIRST_NUMBER = 1001
"""The ids that are numbers are counted from here."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Thing:
    """One resource as its GET shows it."""

    value: Object
    text: bytes


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
        self._operations, self._ids, self._usual, self._refuse = operations, cache(ids), usual, refuse
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self._random = Random(f"{self._answers.seed} crud")  # noqa: S311 - made-up ids, not secrets
        self._count = 0
        self._made: dict[Key, Thing] = {}
        self._gone: dict[Key, None] = {}
        self._untouched: dict[Key, Thing | None] = {}
        self._lists: dict[tuple[bytes, bytes], bytes | None] = {}

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Forget, in the end, what happens in the block."""
        before = dict(self._made), dict(self._gone), self._count, self._random.getstate()
        try:
            yield
        finally:
            self._made, self._gone, self._count, random = before
            self._random.setstate(random)
            self._lists.clear()

    def reply(self, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        """Answer as what happened before asks for; None where it asks for nothing."""
        handler = self._handlers.get(operation.key)
        return handler(operation, call, asked) if handler is not None else None

    @cached_property
    def _handlers(self) -> dict[str, Callable[[Operation, Call, Asked], Reply | None]]:
        found: dict[str, Callable[[Operation, Call, Asked], Reply | None]] = {}
        for one in collections(self._operations):
            if self._merging.name_of(one, self._schema(one.read)) is None:
                continue
            for operation, handler in (
                (one.read, self._read),
                (one.list, self._list),
                (one.create, self._create),
                (one.replace, self._change),
                (one.patch, self._change),
                (one.delete, self._delete),
            ):
                if operation is not None:
                    found[operation.key] = partial(handler, one)
        return found

    @cached_property
    def _merging(self) -> Merging:
        return Merging(self._contract)

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self._contract, self._answers, self._merging)

    # What the operations do.

    def _read(self, one: Collection, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        key = one.key(operation, call.parameters)
        if key in self._gone:
            return self._missing(operation, call, key)
        thing = self._thing(one, key)
        if thing is None:
            return None
        return replace(self._usual(operation, call, asked), body=(thing.text,))

    def _list(self, one: Collection, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        known = (call.path, call.query)
        if known not in self._lists:
            _forget_beyond(64, self._lists)
            base = _decoded(self._usual(operation, call, asked))
            value = None
            if base is not None:
                above = one.above(operation, call.parameters)
                things = (self._thing(one, key) for key in self._keys(one, above))
                value = self._pages.shown(
                    one, operation, base, [thing.value for thing in things if thing is not None], asked.parameters
                )
            self._lists[known] = None if value is None else _text(value)
        text = self._lists[known]
        return None if text is None else replace(self._usual(operation, call, asked), body=(text,))

    def _create(self, one: Collection, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        sent = asked.body if isinstance(asked.body, dict) else {}
        usual = self._usual(operation, call, asked)
        schema, base = self._schema(operation), _decoded(usual)
        above = one.above(operation, call.parameters)
        name = self._merging.name_of(one, schema)
        if schema is None or name is None or not isinstance(base, dict):
            return None
        generated = self._generated(operation, schema, name)
        shown = {known: value for known, value in sent.items() if known not in generated}
        chosen = sent.get(name) if name not in generated else None
        unsent = self._unsent(operation, sent, generated) if isinstance(asked.body, dict) else []
        made = self._merging.merged(
            schema, base, shown, without=unsent, bases=self._answers.values(operation.key, operation.good_status)
        )
        made = self._with_id(one, schema, made, name=name, chosen=chosen, above=above)
        if made is None:
            return None
        key = (one.path, above, str(made[name]))
        if not self._keep(one, key, made, {**shown, **made}, schema=schema, without=unsent):
            return None
        text = _text(made)
        return replace(usual, body=(text,), headers=self._located(operation, usual, call, key))

    def _change(self, one: Collection, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        key = one.key(operation, call.parameters)
        if key in self._gone:
            missing = self._missing(operation, call, key)
            if missing is not None:
                return missing
        thing, read = self._thing(one, key), self._schema(one.read)
        name = self._merging.name_of(one, read)
        if thing is None or read is None or name is None or not isinstance(asked.body, dict):
            return None
        generated = self._generated(operation, read, name) | {name}
        sent = {known: value for known, value in asked.body.items() if known not in generated}
        fixed = {known: value for known, value in thing.value.items() if known in generated}
        if operation.method == "PATCH":
            values = patched({known: thing.value[known] for known in sent if known in thing.value}, sent)
            dropped = [known for known, value in sent.items() if value is None]
        else:
            values, dropped = sent, self._unsent(operation, sent, generated)
        bases = self._answers.values(one.read.key, one.read.good_status)
        value = self._merging.merged(read, thing.value, {**values, **fixed}, without=dropped, bases=bases)
        if operation.method == "PATCH":
            # What cannot be removed may still be null.
            value = self._merging.merged(read, value, {known: None for known in dropped if known in value})
        if value[name] != thing.value[name]:
            return None
        self._remember(key, value)
        usual, schema = self._usual(operation, call, asked), self._schema(operation)
        base = _decoded(usual)
        if schema is None or not isinstance(base, dict):
            return usual
        answer = value if self._merging.same(schema, read) else self._merging.merged(schema, base, value)
        return replace(usual, body=(_text(answer),))

    def _delete(self, one: Collection, operation: Operation, call: Call, asked: Asked) -> Reply | None:
        key = one.key(operation, call.parameters)
        if key in self._gone:
            return self._missing(operation, call, key)
        self._made.pop(key, None)
        self._gone[key] = None
        _forget_beyond(_MOST_GONE, self._gone)
        self._lists.clear()
        return self._usual(operation, call, asked)

    def _missing(self, operation: Operation, call: Call, key: Key) -> Reply | None:
        if operation.response_for(404) is None:
            return None
        return self._refuse(operation, call, Refusal(Fault.MISSING, f"there is no {key[2]}"))

    # What there is.

    def _keys(self, one: Collection, above: tuple[str, ...]) -> Iterator[Key]:
        """Yield what exists in a collection: what was created last first, then what was there from the start."""
        first = [(one.path, above, name) for name in self._ids(one.id)]
        known = set(first)
        yield from (key for key in reversed(self._made) if key[:2] == (one.path, above) and key not in known)
        yield from (key for key in first if key not in self._gone)

    def _thing(self, one: Collection, key: Key) -> Thing | None:
        """Return what an id is shown as, or None where that cannot be told."""
        if key in self._made:
            return self._made[key]
        if key not in self._untouched:
            _forget_beyond(_MOST_UNTOUCHED, self._untouched)
            self._untouched[key] = self._as_ever(one, key)
        return self._untouched[key]

    def _as_ever(self, one: Collection, key: Key) -> Thing | None:
        """Return what is shown for an id that nobody touched: what the answers without memory say, with that id."""
        path, parameters = one.item(*key[1:])
        schema = self._schema(one.read)
        name = self._merging.name_of(one, schema)
        base = _decoded(self._usual(one.read, Call("GET", path, b"", (), b"", parameters), Asked(parameters)))
        if schema is None or name is None or not isinstance(base, dict):
            return None
        for spelled in _spelled(key[2]):
            made = self._merging.merged(schema, base, {**self._above(one, key[1], base), name: spelled})
            if made.get(name) == spelled:
                return Thing(made, _text(made))
        return None

    def _keep(
        self, one: Collection, key: Key, made: Object, values: Object, *, schema: str, without: list[str]
    ) -> bool:
        """Let a resource come to be; say whether it can be shown."""
        read = self._schema(one.read)
        name = self._merging.name_of(one, read)
        if read is None or name is None:
            return False
        if self._merging.same(read, schema):
            self._remember(key, made)
            return True
        thing = self._as_ever(one, key)
        if thing is None:
            return False
        values = {**values, name: thing.value[name]}
        value = self._merging.merged(
            read, thing.value, values, without=without, bases=self._answers.values(one.read.key, one.read.good_status)
        )
        if value.get(name) != thing.value[name]:
            return False
        self._remember(key, value)
        return True

    def _remember(self, key: Key, value: Object) -> None:
        self._gone.pop(key, None)
        self._made.pop(key, None)
        self._made[key] = Thing(value, _text(value))
        _forget_beyond(_MOST_MADE, self._made)
        self._lists.clear()

    # Ids.

    def _with_id(
        self, one: Collection, schema: str, made: Object, *, name: str, chosen: Json, above: tuple[str, ...]
    ) -> Object | None:
        """Return what was made with the id that the client chose, or one of its own; None where none fits."""
        made = self._merging.merged(schema, made, self._above(one, above, made))
        self._count += 1
        for candidate in (chosen,) if chosen is not None else self._candidates(one, schema, name, made.get(name)):
            text = str(candidate)
            taken = chosen is None and ((one.path, above, text) in self._made or text in self._ids(one.id))
            if isinstance(candidate, bool) or not isinstance(candidate, str | int) or not text or "/" in text or taken:
                continue
            if one.id.schema and any(self._contract.schemas.text_rejections(one.id.schema, text)):
                continue
            with_id = {**made, name: candidate}
            if self._merging.accepts(schema, with_id):
                return with_id
        return None

    def _candidates(self, one: Collection, schema: str, name: str, like: Json) -> Iterator[Json]:
        """Yield ids that look like the one that a generated body has."""
        random = self._random
        if isinstance(like, str) and not _UUID.fullmatch(like):
            named = (part["pattern"] for part in self._merging.described(schema).get(name, ()) if "pattern" in part)
            yield from (patterns.sample(str(pattern), random, stretch=8) for pattern in named)
            if like.isdecimal():
                yield str(_FIRST_NUMBER + self._count).zfill(len(like))
            yield f"{plain(one.singular)}-{nanoid(random, 12)}"
            yield nanoid(random)
            yield f"{random.getrandbits(4 * len(like)):0{len(like)}x}"
            yield nanoid(random, len(like))
        if isinstance(like, str):
            yield str(uuid.UUID(int=random.getrandbits(128), version=4))
        if isinstance(like, int):
            yield _FIRST_NUMBER + self._count - 1
            yield from range(self._count, self._count + 50)

    def _above(self, one: Collection, above: tuple[str, ...], base: Object) -> Object:
        """Return the properties that are called like a parameter of the path above, with what that is."""
        names = [part[1:-1] for part in one.path.split("/")[:-1] if part.startswith("{")]
        return {
            name: int(text) if isinstance(base[name], int) and text.isdecimal() else text
            for name, text in zip(names, above, strict=False)
            if isinstance(base.get(name), str | int)
        }

    # What the document says.

    def _schema(self, operation: Operation) -> str | None:
        """Return the schema of an operation's good answer, where that is JSON."""
        content = self._answers.content(operation, operation.good_status)
        return content.schema if content is not None and is_json(content.media_type) else None

    def _sendable(self, operation: Operation) -> Mapping[str, tuple[Object, ...]]:
        """Return the properties of the JSON body of an operation."""
        for content in operation.body:
            if content.schema is not None and is_json(content.media_type):
                return self._merging.described(content.schema)
        return {}

    def _generated(self, operation: Operation, schema: str, name: str) -> frozenset[str]:
        """Return what a client cannot decide: what is read-only, and the id where it cannot send one."""
        sendable = self._sendable(operation)
        found = {known for known in self._merging.described(schema) if self._merging.has(schema, known, "readOnly")}
        found |= {known for known, parts in sendable.items() if any(part.get("readOnly") is True for part in parts)}
        return frozenset(found if name in sendable else {*found, name})

    def _unsent(self, operation: Operation, sent: Mapping[str, Json], generated: frozenset[str]) -> list[str]:
        """Return what a client could have sent, and did not."""
        return [name for name in self._sendable(operation) if name not in sent and name not in generated]

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


def _spelled(text: str) -> Iterator[Json]:
    """Yield what a text of a path may be in a body."""
    yield text
    if re.fullmatch(r"-?(0|[1-9]\d{0,17})", text):
        yield int(text)


def _decoded(reply: Reply) -> Json:
    if not is_json((reply.header("content-type") or "").partition(";")[0]):
        return None
    return json.loads(reply.content)


def _text(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _forget_beyond(most: int, known: dict[Any, Any]) -> None:
    while len(known) > most:
        del known[next(iter(known))]

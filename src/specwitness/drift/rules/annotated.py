"""The places of messages that both sides annotate otherwise. Entry point: `annotated`.

Both descriptions are walked together, from what messages are made of down to the components, each pair of which is
looked at once for each direction. What is equal word for word is passed over, but for the references in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from specwitness.contract import pointers
from specwitness.contract.directions import REQUEST, RESPONSE
from specwitness.contract.model import Content
from specwitness.drift.media_types import counterpart
from specwitness.drift.pairing import Pair
from specwitness.findings import Json
from specwitness.pool.shapes import same

_ANNOTATIONS = ("default", "deprecated", "x-extensible-enum", "discriminator")
_ANYWHERE = ("allOf", "anyOf", "oneOf")
_DATA = frozenset({"default", "enum", "const", "example", "examples"})
_NAME_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})


@dataclass(frozen=True)
class Place:
    """One place of a message, as both sides annotate it; `branches` are the schemas that a discriminator tells apart.

    `not_sent` is the keyword of the properties that do not travel in the direction: `readOnly` in requests. `removed`
    are names and pointers of properties that clients send and of which the new side nowhere speaks.
    """

    old: Json
    new: Json
    old_pointer: str
    new_pointer: str
    not_sent: str
    part: str
    required: bool = False
    removed: tuple[tuple[str, str], ...] = ()
    operations: tuple[str, ...] = ()

    @property
    def in_request(self) -> bool:
        """Whether a client sends it."""
        return self.not_sent == REQUEST

    @property
    def label(self) -> str:
        """What a person calls the place: `Pet.tags[]`, or `.tags[]` of a schema without a name."""
        tokens = pointers.split(self.new_pointer)
        start = max((index for index, token in enumerate(tokens) if token in {"schema", "schemas"}), default=0)
        name = tokens[start + 1] if tokens[start : start + 1] == ("schemas",) else ""
        steps = iter(tokens[start + (2 if name else 1) :])
        words = name
        for step in steps:
            if step == "properties":
                words += f".{next(steps, '')}"
            elif step in {"items", "additionalProperties"}:
                words += "[]"
        return words if name else f"{next(iter(self.operations), '')}, {self.part}{f', {words}' if words else ''}"


# --- The walk ---------------------------------------------------------------------------------------------------------


def annotated(old: Json, new: Json, pairs: Iterable[Pair]) -> tuple[Place, ...]:
    """Return every place of two documents' messages whose annotations differ, with the operations that reach it."""
    return () if old == new else _Walk(old, new, pairs).places()


_Key = tuple[str, str, str]
"""A node: where it stands on both sides, and the keyword of what is not sent."""


@dataclass
class _Node:
    places: list[Place] = field(default_factory=list)
    used_by: set[_Key] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Part:
    """A schema on its side, and whether a reference was followed to it from the node that is being looked at."""

    pointer: str
    schema: Json
    elsewhere: bool = False

    @property
    def refers(self) -> bool:
        """Whether it is, or begins with, a reference."""
        return isinstance(self.schema, dict) and "$ref" in self.schema

    def each(self, keyword: str) -> list[_Part]:
        """Return the schemas that a keyword lists."""
        found = self.schema.get(keyword)
        return [self.below(keyword, index) for index in range(len(found))] if isinstance(found, list) else []

    def below(self, *tokens: str | int) -> _Part:
        schema = self.schema
        for token in tokens:
            schema = pointers.step(schema, token)
        return _Part(pointers.join(self.pointer, *tokens), schema, self.elsewhere)


class _Walk:
    """Walks both documents from their messages to the components that these are made of."""

    def __init__(self, old: Json, new: Json, pairs: Iterable[Pair]) -> None:
        self._documents = old, new
        self._nodes: dict[_Key, _Node] = {}
        self._open: list[tuple[_Key, str]] = []
        for pair in pairs:
            for key, part in self._roots(pair):
                self._reach(key, part).operations.add(pair.new.key)
        while self._open:
            key, part = self._open.pop()
            self._look(key, part)

    def places(self) -> tuple[Place, ...]:
        """Return what was found, each place with all operations whose messages it is part of."""
        return tuple(
            replace(place, operations=tuple(sorted(self._reaching(key))))
            for key, node in self._nodes.items()
            for place in node.places
        )

    def _reaching(self, key: _Key) -> set[str]:
        found: set[str] = set()
        seen, waiting = {key}, [key]
        while waiting:
            node = self._nodes[waiting.pop()]
            found |= node.operations
            waiting += node.used_by - seen
            seen |= node.used_by
        return found

    def _reach(self, key: _Key, part: str) -> _Node:
        if key not in self._nodes:
            self._nodes[key] = _Node()
            self._open.append((key, part))
        return self._nodes[key]

    def _roots(self, pair: Pair) -> Iterator[tuple[_Key, str]]:
        for parameter in pair.old.parameters:
            other = pair.counterpart(parameter)
            if other is not None and parameter.schema and other.schema:
                yield (parameter.schema, other.schema, REQUEST), f"{other.place} parameter {other.name}"
        yield from self._contents(pair.old.body, pair.new.body, REQUEST, "request body")
        for answer in pair.answers:
            if answer.old is None or answer.new is None:
                continue
            part = f"response {answer.new.status}"
            yield from self._contents(answer.old.content, answer.new.content, RESPONSE, part)
            headers = {header.name.lower(): header for header in answer.new.headers}
            for header in answer.old.headers:
                same_header = headers.get(header.name.lower())
                if same_header is not None and header.schema and same_header.schema:
                    yield (header.schema, same_header.schema, RESPONSE), f"{part} header {header.name}"

    def _contents(
        self, old: Iterable[Content], new: tuple[Content, ...], not_sent: str, part: str
    ) -> Iterator[tuple[_Key, str]]:
        for content in old:
            other = counterpart(content.media_type, new)
            if other is not None and content.schema and other.schema:
                yield (content.schema, other.schema, not_sent), part

    def _look(self, key: _Key, part: str) -> None:
        """Look at a node, down to its references, which are nodes of their own."""
        old, new, not_sent = key
        ours, theirs = self._documents
        root = _Part(old, pointers.look(ours, old)), _Part(new, pointers.look(theirs, new))
        stack: list[_Child] = [(*root, False, False)]
        while stack:
            old_part, new_part, required, is_branch = stack.pop()
            if not isinstance(old_part.schema, dict) or not isinstance(new_part.schema, dict):
                continue
            if old_part.schema == new_part.schema:
                self._refer(key, part, ((target, target) for target in _targets(old_part.schema)))
                continue
            sides = _conjuncts(ours, old_part), _conjuncts(theirs, new_part)
            place = _compared(sides, part, not_sent, required=required, is_branch=is_branch)
            if place is not None:
                self._nodes[key].places.append(place)
            for one, other, needed, branch in _children(*sides):
                if one.elsewhere or other.elsewhere or one.refers or other.refers:
                    self._refer(key, part, ((one.pointer, other.pointer),))
                else:
                    stack.append((one, other, needed, branch))

    def _refer(self, key: _Key, part: str, targets: Iterable[tuple[str, str]]) -> None:
        for old, new in targets:
            self._reach((old, new, key[2]), part).used_by.add(key)


def holding(document: Json, pointer: str) -> list[tuple[str, dict[str, Json]]]:
    """Return the schemas that all hold at a place, with where they stand: the schema there, then what it is made of."""
    held = _conjuncts(document, _Part(pointer, pointers.look(document, pointer)))
    return [(part.pointer, part.schema) for part in held]


def _conjuncts(document: Json, part: _Part) -> list[_Part]:
    """Return the schemas that all hold at a place: itself, those of its `allOf`, and what it refers to."""
    found, waiting, seen = [], [part], set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one.schema, dict) or one.pointer in seen:
            continue
        seen.add(one.pointer)
        found.append(one)
        if isinstance(one.schema.get("$ref"), str):
            at = pointers.target(one.schema["$ref"])
            waiting.append(_Part(at, pointers.look(document, at), elsewhere=True))
        waiting += one.each("allOf")
    return found


_Child = tuple[_Part, _Part, bool, bool]
"""A place on both sides, whether it is required, and whether it is one of several alternatives."""

_Sides = tuple[list[_Part], list[_Part]]


def _compared(sides: _Sides, part: str, not_sent: str, *, required: bool, is_branch: bool) -> Place | None:
    """Return the place where annotations differ, None where they do not."""
    old, new = (_annotations(side) for side in sides)
    removed = () if is_branch or not_sent == RESPONSE else tuple(_removed(*sides))
    if not removed and same(old, new):
        return None
    return Place(old, new, sides[0][0].pointer, sides[1][0].pointer, not_sent, part, required, removed)


def _annotations(side: list[_Part]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for part in side:
        found = {**{name: part.schema[name] for name in _ANNOTATIONS if name in part.schema}, **found}
    if "discriminator" in found:
        refers = [branch.schema.get("$ref") for branch in _branches(side) if isinstance(branch.schema, dict)]
        found["branches"] = [pointers.target(reference) for reference in refers if isinstance(reference, str)]
    return found


def _branches(side: list[_Part]) -> list[_Part]:
    return [branch for part in side for word in ("oneOf", "anyOf") for branch in part.each(word)]


def _members(side: list[_Part], keyword: str) -> dict[str, _Part]:
    """Return the schemas under the names of a keyword, over all that holds at a place."""
    found: dict[str, _Part] = {}
    for part in side:
        if isinstance(part.schema.get(keyword), dict):
            for name in part.schema[keyword]:
                found.setdefault(name, part.below(keyword, name))
    return found


def _children(old: list[_Part], new: list[_Part]) -> Iterator[_Child]:
    """Yield what stands at the same place inside both, whether it is required, and whether it is an alternative."""
    required = {name for part in new for name in _names(part.schema.get("required"))}
    for keyword in ("properties", "patternProperties"):
        ours, theirs = _members(old, keyword), _members(new, keyword)
        yield from ((ours[name], theirs[name], name in required, False) for name in ours if name in theirs)
    for keyword in ("items", "additionalProperties"):
        pair = [next((part.below(keyword) for part in side if keyword in part.schema), None) for side in (old, new)]
        if pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1], False, False
    for one, other in _alike(_branches(old), _branches(new)):
        yield one, other, False, True


def _names(value: Json) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _alike(old: list[_Part], new: list[_Part]) -> Iterator[tuple[_Part, _Part]]:
    """Yield the alternatives that are the same: by reference, or by their type and the names of their properties."""
    named: dict[str, list[_Part]] = {}
    for part in new:
        named.setdefault(_signature(part.schema), []).append(part)
    for part in old:
        waiting = named.get(_signature(part.schema))
        if waiting:
            yield part, waiting.pop(0)


def _signature(schema: Json) -> str:
    if not isinstance(schema, dict):
        return str(schema)
    if "$ref" in schema:
        return str(schema["$ref"])
    return json.dumps([schema.get("type"), sorted(schema.get("properties") or ())])


def _targets(schema: Json) -> Iterator[str]:
    """Yield the places that the references inside a schema lead to; a property may be called as a keyword is."""
    stack = [(schema, False)]
    while stack:
        one, names = stack.pop()
        if isinstance(one, dict):
            reference = one.get("$ref")
            if isinstance(reference, str) and reference.startswith("#"):
                yield pointers.target(reference)
            inside = (name for name in one if names or name not in _DATA)
            stack += [(one[name], not names and name in _NAME_MAPS) for name in inside]
        elif isinstance(one, list):
            stack += [(item, False) for item in one]


def _removed(old: list[_Part], new: list[_Part]) -> Iterator[tuple[str, str]]:
    """Yield the properties that clients send, and of which the new side speaks nowhere at the place."""
    ours, theirs = _members(old, "properties"), _members(new, "properties")
    gone = [name for name in ours if name not in theirs]
    if not gone or not _is_open_object(new):
        return
    branches = [branch.schema for branch in _branches(new)]
    spoken = {name for branch in branches for name in _spoken(branch)}
    for name in gone:
        schema = ours[name].schema
        is_sent = not (isinstance(schema, dict) and schema.get(REQUEST) is True)
        if is_sent and name not in spoken and not any(map(_refers, branches)):
            yield name, ours[name].pointer


def _is_open_object(side: list[_Part]) -> bool:
    """Say whether an object is allowed at a place, with properties that are not described."""
    types = [part.schema["type"] for part in side if "type" in part.schema]
    closed = any(part.schema.get(word) is False for part in side for word in _CLOSING)
    return not closed and all("object" in ([one] if isinstance(one, str) else _names(one)) for one in types)


_CLOSING = ("additionalProperties", "unevaluatedProperties")


def _spoken(schema: Json) -> Iterator[str]:
    """Yield the names of the properties that an alternative speaks of."""
    if isinstance(schema, dict):
        yield from schema.get("properties") or ()
        for keyword in _ANYWHERE:
            for branch in schema.get(keyword) or ():
                yield from _spoken(branch)


def _refers(schema: Json) -> bool:
    return next(_targets(schema), None) is not None

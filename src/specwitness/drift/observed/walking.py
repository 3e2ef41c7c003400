"""What a schema does not say of a value that it allows: properties it does not name, and texts for which it has any.

Entry point: `Walker`, which also says what of the described was there.

What is open by intent stays silent, and that is read from the schema: an object of which it names no property, one of
which it says what else may be in it (`additionalProperties`) or what names look like, and whatever has no type. What is
closed stays silent too: of that, conformance speaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from specwitness.contract import pointers
from specwitness.contract.schemas import Schemas
from specwitness.findings import Json
from specwitness.record import Aspect


@dataclass(frozen=True)
class Unnamed:
    """A property that the schema at a pointer, which names others, does not name.

    `place` is where it is in the value, with a star for the number of an item and for a name that is data.
    """

    pointer: str
    name: str
    place: str


@dataclass(frozen=True)
class Text:
    """A text where the schema at a pointer takes any, though it may name some (`known`)."""

    pointer: str
    text: str
    known: frozenset[str] = frozenset()


Shown = tuple[Aspect, str, str]
"""That a property is there, or a value of an `enum`: where, and which."""


class Walker:
    """Walks values along the schemas of one document; each schema is read once."""

    def __init__(self, schemas: Schemas, is_secret: Callable[[str], bool]) -> None:
        """Take the schemas, and what says of which properties no text is looked at."""
        self._schemas = schemas
        self._is_secret = is_secret
        self._nodes: dict[str, _Node] = {}
        self._families: dict[str, tuple[_Node, ...]] = {}
        self._constant: dict[tuple[str, ...], _Voice] = {}

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Walker: {len(self._nodes)} schemas read>"

    def walk(self, pointer: str, value: Json, shown: set[Shown]) -> Iterator[Unnamed | Text]:
        """Yield what the schema at a pointer, and those that it leads to, do not say of a value.

        What of the described is there is added to `shown`, as `contract.sights` calls it.
        """
        stack = [_Spot((pointer,), value)]
        while stack:
            spot = stack.pop()
            voice = self._voice(spot.at, spot.value)
            shown.update(
                (Aspect.VALUE, spot.place or "/", _word(spot.value))
                for node in voice.nodes
                if spot.value in node.listed
            )
            if isinstance(spot.value, dict):
                yield from self._unnamed(spot, voice, spot.value)
                stack += self._members(spot, voice, spot.value, shown)
            elif isinstance(spot.value, list):
                for index, item in enumerate(spot.value):
                    if deeper := voice.of_item(index):
                        stack.append(_Spot(deeper, item, f"{spot.place}/*", is_hidden=spot.is_hidden))
            elif isinstance(spot.value, str) and not spot.is_hidden and voice.takes_any_text:
                yield Text(voice.text_pointer, spot.value, self._known(spot.at))

    def _members(self, spot: _Spot, voice: _Voice, value: dict[str, Json], shown: set[Shown]) -> Iterator[_Spot]:
        for name, item in value.items():
            if deeper := voice.of_property(name):
                is_named = any(name in node.properties for node in voice.nodes)
                place = pointers.join(spot.place, name if is_named else "*")
                if is_named:
                    shown.add((Aspect.PROPERTY, place, ""))
                yield _Spot(deeper, item, place, is_hidden=spot.is_hidden or self._is_secret(name))

    def _unnamed(self, spot: _Spot, voice: _Voice, value: dict[str, Json]) -> Iterator[Unnamed]:
        if not voice.names_properties or any(node.is_open or node.is_closed for node in voice.nodes):
            return
        # What another alternative names is no news, though it may be out of place here.
        family = list(chain.from_iterable(map(self._family, spot.at)))
        for name in value:
            if not any(node.names(name) for node in family):
                yield Unnamed(voice.object_pointer, name, pointers.join(spot.place, name))

    def _known(self, at: tuple[str, ...]) -> frozenset[str]:
        return frozenset(text for pointer in at for node in self._family(pointer) for text in node.known)

    # --- The schemas that speak of one value --------------------------------------------------------------------------

    def _voice(self, at: tuple[str, ...], value: Json) -> _Voice:
        known = self._constant.get(at)
        if known is not None:
            return known
        voice = _joined(self._gathered(pointer, value, frozenset()) for pointer in at)
        if not any(node.depends for node in voice.nodes):
            self._constant[at] = voice
        return voice

    def _gathered(self, pointer: str, value: Json, above: frozenset[str]) -> _Voice:
        """Return what a schema and its parts say of a value; of alternatives, those that take it."""
        if pointer in above:
            return _SILENT
        above |= {pointer}
        node = self._node(pointer)
        voices = [_Voice((node,)), *(self._gathered(part, value, above) for part in node.all_of)]
        for branches in node.branches:
            taking = [branch for branch in branches if self._schemas.accepts(branch, value)] or branches
            voices.append(_Voice((), (tuple(self._gathered(branch, value, above) for branch in taking),)))
        taking = [part for part in node.conditional if self._schemas.accepts(part, value)]
        voices += [self._gathered(part, value, above) for part in taking]
        return _joined(voices)

    def _family(self, pointer: str) -> tuple[_Node, ...]:
        """Return every schema that may speak of the value that a schema speaks of."""
        if pointer not in self._families:
            found: dict[str, _Node] = {}
            stack = [pointer]
            while stack:
                at = stack.pop()
                if at not in found:
                    found[at] = self._node(at)
                    stack += found[at].parts
            self._families[pointer] = tuple(found.values())
        return self._families[pointer]

    def _node(self, pointer: str) -> _Node:
        if pointer not in self._nodes:
            self._nodes[pointer] = _node(pointer, pointers.get(self._schemas.document, pointer))
        return self._nodes[pointer]


@dataclass(frozen=True)
class _Spot:
    """A value within a value, and the schemas that speak of it; `is_hidden` says that its texts are secrets."""

    at: tuple[str, ...]
    value: Json
    place: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class _Voice:
    """The schemas that speak of one value: those that hold, and of each choice between schemas those that take it.

    Where one of those says nothing, anything may be there, whatever the others say.
    """

    sure: tuple[_Node, ...]
    choices: tuple[tuple[_Voice, ...], ...] = ()

    @cached_property
    def nodes(self) -> tuple[_Node, ...]:
        """All of them."""
        chosen = (node for voices in self.choices for voice in voices for node in voice.nodes)
        return (*self.sure, *chosen)

    @cached_property
    def names_properties(self) -> bool:
        """Whether anything is said of which properties there are."""
        chosen = (all(voice.names_properties for voice in voices) for voices in self.choices)
        return any(node.properties for node in self.sure) or any(chosen)

    @cached_property
    def is_bound(self) -> bool:
        """Whether anything is said of what a text is."""
        chosen = (all(voice.is_bound for voice in voices) for voices in self.choices)
        return any(node.is_bound for node in self.sure) or any(chosen)

    def of_property(self, name: str) -> tuple[str, ...]:
        """Return the schemas that speak of a property."""
        return self._of(lambda node: node.of_property(name), lambda voice: voice.of_property(name))

    def of_item(self, index: int) -> tuple[str, ...]:
        """Return the schemas that speak of an item."""
        return self._of(lambda node: node.of_item(index), lambda voice: voice.of_item(index))

    def _of(
        self, node_says: Callable[[_Node], Iterable[str]], voice_says: Callable[[_Voice], tuple[str, ...]]
    ) -> tuple[str, ...]:
        found = dict.fromkeys(at for node in self.sure for at in node_says(node))
        for voices in self.choices:
            said = [voice_says(voice) for voice in voices]
            if all(said):
                found |= dict.fromkeys(chain.from_iterable(said))
        return tuple(found)

    @property
    def object_pointer(self) -> str:
        """The first schema that names properties."""
        return next(node.pointer for node in self.nodes if node.properties)

    @property
    def takes_any_text(self) -> bool:
        return not self.is_bound and any(node.is_text for node in self.nodes)

    @property
    def text_pointer(self) -> str:
        """The first schema that takes any text."""
        return next(node.pointer for node in self.nodes if node.is_text)


_SILENT = _Voice(())


def _joined(voices: Iterable[_Voice]) -> _Voice:
    """Return what schemas say that all hold."""
    listed = list(voices)
    return _Voice(
        tuple(chain.from_iterable(voice.sure for voice in listed)),
        tuple(chain.from_iterable(voice.choices for voice in listed)),
    )


# --- One schema -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Node:
    """What one schema says by itself, in the words that count here. Other schemas are named by their pointers."""

    pointer: str
    properties: Mapping[str, str]
    demanded: frozenset[str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    rest: str | None
    is_open: bool
    is_closed: bool
    prefix: tuple[str, ...]
    items: str | None
    all_of: tuple[str, ...]
    branches: tuple[tuple[str, ...], ...]
    conditional: tuple[str, ...]
    is_text: bool
    is_bound: bool
    known: frozenset[str]
    listed: tuple[Json, ...]

    @property
    def depends(self) -> bool:
        """Whether it depends on the value which of its parts speak."""
        return bool(self.branches or self.conditional)

    @property
    def parts(self) -> tuple[str, ...]:
        return (*self.all_of, *chain.from_iterable(self.branches), *self.conditional)

    def names(self, name: str) -> bool:
        """Say whether it names a property."""
        named = name in self.properties or name in self.demanded
        return named or any(pattern.search(name) for pattern, _ in self.patterns)

    def of_property(self, name: str) -> Iterator[str]:
        said = False
        if name in self.properties:
            said = True
            yield self.properties[name]
        for pattern, at in self.patterns:
            if pattern.search(name):
                said = True
                yield at
        if self.rest is not None and not said:
            yield self.rest

    def of_item(self, index: int) -> Iterator[str]:
        if index < len(self.prefix):
            yield self.prefix[index]
        elif self.items is not None:
            yield self.items


_BINDING = frozenset({"enum", "const", "format", "pattern", "contentEncoding", "contentMediaType"})
_EXTENSIBLE = "x-extensible-enum"


def _node(pointer: str, schema: Json) -> _Node:
    if not isinstance(schema, dict):
        schema = {}

    def at(*tokens: str | int) -> str:
        return pointers.join(pointer, *tokens)

    def listed(keyword: str) -> tuple[str, ...]:
        return tuple(at(keyword, index) for index in range(len(_list(schema.get(keyword)))))

    properties, dependent = _dict(schema.get("properties")), _dict(schema.get("dependentRequired"))
    others = [schema.get("additionalProperties"), schema.get("unevaluatedProperties")]
    reference, types = schema.get("$ref"), schema.get("type")
    holds = (at(keyword) for keyword in ("if", "then", "else") if keyword in schema)
    demanded = {name for names in (schema.get("required"), *dependent.values()) for name in _list(names)}
    return _Node(
        pointer=pointer,
        properties={name: at("properties", name) for name in properties},
        demanded=frozenset(name for name in demanded if isinstance(name, str)),
        patterns=tuple(_patterns(_dict(schema.get("patternProperties")), at)),
        rest=at("additionalProperties") if isinstance(others[0], dict) else None,
        is_open=any(other is not None and other is not False for other in others)
        or not {"propertyNames", "patternProperties"}.isdisjoint(schema)
        or _asks_for_more(schema, len(properties)),
        is_closed=any(other is False for other in others),
        prefix=listed("prefixItems"),
        items=at("items") if isinstance(schema.get("items"), dict) else None,
        all_of=((pointers.target(reference),) if isinstance(reference, str) else ()) + listed("allOf"),
        branches=tuple(branches for keyword in ("anyOf", "oneOf") if (branches := listed(keyword))),
        conditional=(*holds, *(at("dependentSchemas", name) for name in _dict(schema.get("dependentSchemas")))),
        is_text="string" in (types if isinstance(types, list) else [types]),
        is_bound=not _BINDING.isdisjoint(schema),
        known=frozenset(
            text
            for text in (*_list(schema.get("enum")), schema.get("const"), *_list(schema.get(_EXTENSIBLE)))
            if isinstance(text, str)
        ),
        listed=_listed(schema),
    )


def _word(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)


def _listed(schema: dict[str, Json]) -> tuple[Json, ...]:
    """Return the values of an `enum` of two or more; a single one is a tag that every message shows."""
    distinct = {json.dumps(value, sort_keys=True): value for value in _list(schema.get("enum"))}
    return tuple(distinct.values()) if len(distinct) > 1 else ()


def _asks_for_more(schema: dict[str, Json], named: int) -> bool:
    """Say whether an object has to have more properties than are named: some have a name of anybody's choice."""
    least = schema.get("minProperties")
    return isinstance(least, int) and least > named


def _patterns(schemas: dict[str, Json], at: Callable[..., str]) -> Iterator[tuple[re.Pattern[str], str]]:
    for text in schemas:
        try:
            yield re.compile(text), at("patternProperties", text)
        except re.error:
            # In the words of ECMA-262 it may mean anything.
            yield re.compile(""), at("patternProperties", text)


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []

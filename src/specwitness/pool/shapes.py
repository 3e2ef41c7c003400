"""A schema without its alternatives: every way through `$ref`, `allOf`, `anyOf`, `oneOf`, `if` as one flat `Shape`.

A subschema is never rewritten: where several apply to one place, they are kept beside each other as a `Node`, so that
each can be asked for its own opinion by the validators that know its place in the document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice, product

from specwitness.contract import pointers
from specwitness.findings import Json

Node = tuple[Json, ...]
"""Schemas of the document that all apply to one place."""

Bound = tuple[Fraction, bool]
"""A limit, and whether it is itself excluded."""

ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_MOST_SHAPES = 96
_FAMILIES = {
    "object": frozenset(
        {
            *("properties", "required", "patternProperties", "additionalProperties", "propertyNames", "minProperties"),
            *("maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"),
        }
    ),
    "array": frozenset({"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
}
_APART = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
"""The keywords that add no more to a shape than the schemas they hold do."""
_OF_LEAVES = frozenset({"type", "format"})


@dataclass(frozen=True)
class Shape:
    """What the keywords of one way through a schema ask for, all together; None is no limit."""

    types: frozenset[str] = ALL_TYPES
    speaks_of: frozenset[str] = frozenset()
    choices: tuple[Json, ...] | None = None
    examples: tuple[Json, ...] = ()
    low: Bound | None = None
    high: Bound | None = None
    multiple: Fraction | None = None
    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    format: str | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = False
    prefix: tuple[Node, ...] = ()
    items: Node = ()
    contains: tuple[tuple[Node, int], ...] = ()
    properties: dict[str, Node] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    named_like: dict[str, Node] = field(default_factory=dict)
    additional: Node = ()
    names: Node = ()
    min_properties: int = 0
    max_properties: int | None = None
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    references: frozenset[str] = frozenset()

    def node_of(self, name: str) -> Node:
        """Return every schema that applies to a property of this name."""
        if not self.named_like:
            return self.properties.get(name) or self.additional
        found = self.properties.get(name, ()) + tuple(
            schema for pattern, node in self.named_like.items() if _matches(pattern, name) for schema in node
        )
        return found or self.additional

    def item_at(self, index: int) -> Node:
        """Return every schema that applies to the item at an index."""
        return self.prefix[index] if index < len(self.prefix) else self.items

    @property
    def likely_types(self) -> frozenset[str]:
        """The types that the keywords speak of, where `type` says nothing; else those that `type` allows."""
        if self.types == ALL_TYPES and self.speaks_of:
            return self.speaks_of
        return self.types


_ANY = Shape()
"""What nothing is asked of; always this object, so that joining with it costs nothing."""


def shapes(document: Json, node: Node) -> list[Shape]:
    """Return every way to satisfy all schemas of a node, contradictory ones left out, the first branches first.

    Together they hold every value of the node; each may hold more.
    """
    found = [_ANY]
    for schema in node:
        found = _together(found, _expanded(document, schema, frozenset()))
    return found


def _expanded(document: Json, schema: Json, seen: frozenset[str]) -> list[Shape]:
    if not isinstance(schema, dict):
        return [_ANY] if schema is not False else []
    found = [_own(schema)]
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found = _together(found, _referenced(document, reference, seen))
    for part in schema.get("allOf", []):
        found = _together(found, _expanded(document, part, seen))
    for group in ("anyOf", "oneOf"):
        if group in schema:
            found = _together(found, [way for part in schema[group] for way in _expanded(document, part, seen)])
    for ways in _conditions(document, schema, seen):
        found = _together(found, ways)
    if "not" in schema:
        excluded = schema["not"]
        if isinstance(excluded, dict) and excluded.keys() == {"not"}:
            return _together(found, _expanded(document, excluded["not"], seen))
        found = [way for shape in found for way in _without(shape, excluded)]
    return found


def _referenced(document: Json, reference: str, seen: frozenset[str]) -> list[Shape]:
    if not reference.startswith("#") or reference in seen:
        return []
    try:
        target = pointers.get(document, pointers.target(reference))
    except KeyError:
        return []
    return [
        replace(shape, references=shape.references | {reference})
        for shape in _expanded(document, target, seen | {reference})
    ]


def _conditions(document: Json, schema: dict[str, Json], seen: frozenset[str]) -> Iterator[list[Shape]]:
    """Yield, for each keyword that depends on another part of the value, the ways to settle it."""
    if "if" in schema:
        met = _together(_expanded(document, schema["if"], seen), _expanded(document, schema.get("then", True), seen))
        yield met + _expanded(document, schema.get("else", True), seen)
    for name, dependent in schema.get("dependentSchemas", {}).items():
        present = _together([Shape(required=(name,))], _expanded(document, dependent, seen))
        yield [*present, Shape(properties={name: (False,)})]


def _without(shape: Shape, schema: Json) -> list[Shape]:
    """Return the shape without what `not` excludes, as far as that is easily said; the validators say the rest."""
    if not isinstance(schema, dict):
        return [] if schema is True else [shape]
    if set(schema) == {"type"}:
        excluded = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        types = shape.types - set(excluded) - ({"integer"} if "number" in excluded else set())
        return [replace(shape, types=types)] if types else []
    if set(schema) == {"required"}:
        ways = []
        for name in schema["required"]:
            way = _both(shape, Shape(properties={name: (False,)}))
            ways += [way] if way is not None else []
        return ways
    if set(schema) == {"pattern"}:
        # What is no text has the pattern, as it were.
        way = _both(shape, Shape(types=frozenset({"string"}), unlike=(schema["pattern"],)))
        return [way] if way is not None else []
    if set(schema) == {"type", "pattern"} and schema["type"] == "string":
        return [replace(shape, unlike=(*shape.unlike, schema["pattern"]))]
    return [shape]


def _own(schema: dict[str, Json]) -> Shape:
    """Return what the keywords of one schema object say, its applicators of alternatives left out."""
    if schema.keys() <= _APART:
        return _ANY
    if schema.keys() <= _OF_LEAVES:
        named = schema.get("type")
        return _leaf(tuple(named) if isinstance(named, list) else named, schema.get("format"))
    spoken = {kind for kind, keywords in _FAMILIES.items() if not keywords.isdisjoint(schema)}
    choices = schema.get("enum")
    if "const" in schema:
        choices = [schema["const"]]
    given = [*schema.get("examples", ())] if isinstance(schema.get("examples"), list) else []
    given += [schema[key] for key in ("example", "default") if key in schema]
    return Shape(
        types=_types(schema.get("type")),
        speaks_of=frozenset(spoken),
        choices=None if choices is None else tuple(choices),
        examples=tuple(given),
        low=_lowest(schema),
        high=_highest(schema),
        multiple=None if "multipleOf" not in schema else _fraction(schema["multipleOf"]),
        min_length=int(schema.get("minLength", 0)),
        max_length=_whole(schema.get("maxLength")),
        patterns=(schema["pattern"],) if "pattern" in schema else (),
        format=schema.get("format"),
        min_items=int(schema.get("minItems", 0)),
        max_items=_least(_whole(schema.get("maxItems")), _most_contained(schema)),
        unique=bool(schema.get("uniqueItems", False)),
        prefix=tuple((item,) for item in schema.get("prefixItems", ())),
        items=(schema["items"],) if "items" in schema else (),
        contains=(((schema["contains"],), int(schema.get("minContains", 1))),) if "contains" in schema else (),
        properties={name: (part,) for name, part in schema.get("properties", {}).items()},
        required=tuple(schema.get("required", ())),
        named_like={name: (part,) for name, part in schema.get("patternProperties", {}).items()},
        additional=tuple(schema[word] for word in ("additionalProperties", "unevaluatedProperties") if word in schema),
        names=(schema["propertyNames"],) if "propertyNames" in schema else (),
        min_properties=int(schema.get("minProperties", 0)),
        max_properties=_whole(schema.get("maxProperties")),
        needs=tuple((name, tuple(others)) for name, others in schema.get("dependentRequired", {}).items()),
    )


@lru_cache(maxsize=1024)
def _leaf(named: str | tuple[str, ...] | None, format_: str | None) -> Shape:
    """Return what a type and a format say: that is all that most schemas of a document do."""
    spoken = frozenset({"string"}) if format_ is not None else frozenset[str]()
    return Shape(types=_types(named), speaks_of=spoken, format=format_)


def _most_contained(schema: dict[str, Json]) -> int | None:
    """Return how many items there may be because no more may be contained, which all of them are."""
    if "contains" not in schema or "prefixItems" in schema or not same(schema.get("items"), schema["contains"]):
        return None
    return _whole(schema.get("maxContains"))


def _together(left: list[Shape], right: list[Shape]) -> list[Shape]:
    found = _joinable(product(left, right))
    if len(found) <= _MOST_SHAPES:
        return found
    turns = ((one, right[(place + turn) % len(right)]) for turn in range(len(right)) for place, one in enumerate(left))
    # Each of both sides is in some way. What is left out is in the last one, in which all goes that goes in any.
    return [*_joinable(turns)[: _MOST_SHAPES - 1], _both(_all(left), _all(right)) or _ANY]


def _joinable(pairs: Iterable[tuple[Shape, Shape]]) -> list[Shape]:
    """Return what joins the two of each pair that do not contradict each other, and no more than tells of too many."""
    joined = (_both(one, other) for one, other in pairs)
    return list(islice((shape for shape in joined if shape is not None), _MOST_SHAPES + 1))


def _all(ways: list[Shape]) -> Shape:
    """Return a shape that holds whatever one of some shapes holds."""
    if len(ways) == 1:
        return ways[0]
    required = (name for name in ways[0].required if all(name in way.required for way in ways))
    return Shape(types=frozenset().union(*(way.types for way in ways)), required=tuple(required))


def _both(one: Shape, other: Shape) -> Shape | None:
    """Return the shape that asks for everything either asks for; None where they contradict each other."""
    if one is other or one is _ANY or other is _ANY:
        return other if one is _ANY else one
    types = one.types & other.types
    choices = _shared(one.choices, other.choices)
    if not types or choices == ():
        return None
    return Shape(
        types=types,
        speaks_of=one.speaks_of | other.speaks_of,
        choices=choices,
        examples=one.examples + other.examples,
        low=_higher(one.low, other.low),
        high=_lower(one.high, other.high),
        multiple=_common(one.multiple, other.multiple),
        min_length=max(one.min_length, other.min_length),
        max_length=_least(one.max_length, other.max_length),
        patterns=tuple(dict.fromkeys(one.patterns + other.patterns)),
        unlike=tuple(dict.fromkeys(one.unlike + other.unlike)),
        format=one.format or other.format,
        min_items=max(one.min_items, other.min_items),
        max_items=_least(one.max_items, other.max_items),
        unique=one.unique or other.unique,
        prefix=tuple(
            _joined(one.item_at(index), other.item_at(index))
            for index in range(max(len(one.prefix), len(other.prefix)))
        ),
        items=_joined(one.items, other.items),
        contains=one.contains + other.contains,
        properties={
            name: _joined(_known(one, name), _known(other, name)) for name in {**one.properties, **other.properties}
        },
        required=tuple(dict.fromkeys(one.required + other.required)),
        named_like={
            pattern: _joined(one.named_like.get(pattern, ()), other.named_like.get(pattern, ()))
            for pattern in {**one.named_like, **other.named_like}
        },
        additional=_joined(one.additional, other.additional),
        names=_joined(one.names, other.names),
        min_properties=max(one.min_properties, other.min_properties),
        max_properties=_least(one.max_properties, other.max_properties),
        needs=one.needs + other.needs,
        references=one.references | other.references,
    )


def _known(shape: Shape, name: str) -> Node:
    """Return what a shape says of a property it may not list: `additionalProperties` speaks of it then."""
    if name in shape.properties:
        return shape.properties[name]
    # Where a pattern speaks of the name, `named_like` of the joined shape says so again.
    return () if any(_matches(pattern, name) for pattern in shape.named_like) else shape.additional


def _joined(one: Node, other: Node) -> Node:
    return one + tuple(schema for schema in other if not any(schema is known for known in one))


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _types(named: str | Iterable[str] | None) -> frozenset[str]:
    if named is None:
        return ALL_TYPES
    found = frozenset([named] if isinstance(named, str) else named)
    return found | {"integer"} if "number" in found else found


def _lowest(schema: dict[str, Json]) -> Bound | None:
    return _higher(_bound(schema, "minimum", excluded=False), _bound(schema, "exclusiveMinimum", excluded=True))


def _highest(schema: dict[str, Json]) -> Bound | None:
    return _lower(_bound(schema, "maximum", excluded=False), _bound(schema, "exclusiveMaximum", excluded=True))


def _bound(schema: dict[str, Json], keyword: str, *, excluded: bool) -> Bound | None:
    return (_fraction(schema[keyword]), excluded) if keyword in schema else None


def _higher(one: Bound | None, other: Bound | None) -> Bound | None:
    return max((bound for bound in (one, other) if bound is not None), default=None)


def _lower(one: Bound | None, other: Bound | None) -> Bound | None:
    bounds = (bound for bound in (one, other) if bound is not None)
    return min(bounds, key=lambda bound: (bound[0], not bound[1]), default=None)


def _least(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def _whole(limit: Json) -> int | None:
    return None if limit is None else int(limit)


def _fraction(number: Json) -> Fraction:
    """Return the number that a text of JSON means: the validators read `0.1` as a tenth, not as its nearest float."""
    return Fraction(str(number))


def _common(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    """Return the smallest number that is a multiple of both."""
    if one is None or other is None:
        return one or other
    scale = math.lcm(one.denominator, other.denominator)
    return Fraction(math.lcm(int(one * scale), int(other * scale)), scale)


def _shared(one: tuple[Json, ...] | None, other: tuple[Json, ...] | None) -> tuple[Json, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(value for value in one if any(same(value, known) for known in other))


def same(one: Json, other: Json) -> bool:
    """Say whether two values are equal as JSON Schema sees it: 1 is 1.0, and neither is true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)

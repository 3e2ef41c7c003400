"""Small values for a schema of a bundle, alone or around a value that is given.

They are made without asking a validator, so whoever takes one has it judged. `pool` makes the rich ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import chain
from random import Random

from specwitness.contract import pointers
from specwitness.drift import languages
from specwitness.drift.expressions import Undecidable
from specwitness.drift.unevaluated import Unevaluated
from specwitness.findings import Json
from specwitness.pool import patterns, words
from specwitness.pool.making import numbers
from specwitness.pool.shapes import Node, Shape, shapes

NOTHING = object()
"""What stands for no value, since None is one."""

_DEEPEST = 40
_ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
_LONGEST = 100_000
_LONG = 1_000
_FEW = 4


class Builder:
    """Makes small values for the schemas of one document, each node's once."""

    def __init__(self, document: Json, accepts: Callable[[Json, Json], bool] = lambda *_: True) -> None:
        """Take the document that the references of its schemas are about, and what says if a schema accepts a value.

        It is asked only where a small value of one alternative may be one of another too.
        """
        self._document = document
        self._accepts = accepts
        self._delicate: dict[int, bool] = {}
        self._made: dict[tuple[tuple[int | str, ...], str], Json] = {}
        self._shapes: dict[tuple[int | str, ...], list[Shape]] = {}
        self._members: dict[tuple[int, int], dict[str, Json]] = {}
        self._kept: list[object] = []
        # Not a method of this, which would be kept by itself until garbage is looked for.
        self._unevaluated = Unevaluated(partial(_followed, document))

    def ways(self, node: Node) -> list[Shape]:
        """Return every way to satisfy a node, found once."""
        key = _key(node)
        if key not in self._shapes:
            self._kept.append(node)  # an id is one object's for as long as that is kept
            self._shapes[key] = shapes(self._document, tuple(map(self._unevaluated.said_plainly, node)))
        return self._shapes[key]

    def value(self, node: Node, name: str = "", depth: int = 0) -> Json:
        """Return a small value for a node, NOTHING where none could be made."""
        key = (_key(node), name)
        if key not in self._made:
            self._made[key] = NOTHING  # what asks for itself is endless by this way
            found: Json = NOTHING
            for shape in self.ways(node) if depth < _DEEPEST else ():
                made = self.of_shape(shape, name, depth)
                found = made if found is NOTHING else found
                if made is not NOTHING and self._is_right(node, made):
                    found = made
                    break
            if found is NOTHING:
                del self._made[key]
                return NOTHING
            self._made[key] = found
        return self._made[key]

    def _is_right(self, node: Node, value: Json) -> bool:
        return all(not self._is_delicate(one) or self._accepts(one, value) for one in node)

    def _is_delicate(self, schema: Json) -> bool:
        """Say whether a schema has alternatives of which only one may hold."""
        if not isinstance(schema, dict):
            return False
        if id(schema) not in self._delicate:
            self._delicate[id(schema)] = False  # what leads back to itself adds nothing
            parts = [*schema.get("allOf", ()), *schema.get("anyOf", ())]
            parts += [_followed(self._document, schema)] if "$ref" in schema else []
            self._delicate[id(schema)] = len(schema.get("oneOf", ())) > 1 or any(map(self._is_delicate, parts))
        return self._delicate[id(schema)]

    def of_shape(self, shape: Shape, name: str = "", depth: int = 0) -> Json:
        """Return a small value of a shape, NOTHING where none could be made."""
        if shape.choices is not None:
            # Of a nullable enum that does not list null, not everybody reads that null is allowed.
            return min(shape.choices, key=lambda value: (value is None, len(json.dumps(value))), default=NOTHING)
        if not shape.speaks_of and len(shape.types) == len(_ORDER):
            return f"{name or 'text'}"
        likely = shape.likely_types
        for type_ in (
            *(one for one in _ORDER if one in likely),
            *(one for one in _ORDER if one in shape.types - likely),
        ):
            made = next(self.of_type(shape, type_, name, depth), NOTHING)
            if made is not NOTHING:
                return made
        return NOTHING

    def of_type(self, shape: Shape, type_: str, name: str = "", depth: int = 0) -> Iterator[Json]:
        """Yield small values of a shape that have a type."""
        match type_:
            case "object":
                yield from self._if_made(self.object_of(shape, depth=depth))
            case "array":
                yield from self._if_made(self.array_of(shape, name=name, depth=depth))
            case "string":
                yield from strings(shape, name)
            case "integer":
                yield from numbers(shape, seeded(), whole=True, broken=False)
            case "number":
                made = numbers(shape, seeded(), whole=False, broken=True)
                yield from (number for number in made if divides(shape.multiple, number))
            case "boolean":
                yield from (True, False)
            case _:
                yield None

    def object_of(
        self,
        shape: Shape,
        having: Mapping[str, Json] | None = None,
        *,
        without: str | None = None,
        reader: Mapping[str, Json] | None = None,
        size: int = 0,
        depth: int = 0,
    ) -> Json:
        """Return a small object with some properties, and not another, that has at least `size` properties.

        `reader` is a schema that the rest of it should satisfy as well, as far as that can be done. Returns NOTHING
        where a property that is needed cannot be made.
        """
        read = reader or {}
        made = self._needed(shape, having or {}, read, depth)
        if made is None:
            return NOTHING
        if without is not None and without not in shape.required:
            made.pop(without, None)
        for _ in shape.needs:
            for name, others in shape.needs:
                for other in others if name in made else ():
                    if other not in made and not self._put(made, shape, other, depth, read):
                        return NOTHING
        least = max(size, shape.min_properties)
        for name in self._more(shape, least) if len(made) < least <= _LONGEST else ():
            if name not in made and name != without:
                self._put(made, shape, name, depth, read)
            if len(made) >= least:
                break
        return NOTHING if without in made or len(made) < least else made

    def _needed(
        self, shape: Shape, having: Mapping[str, Json], read: Mapping[str, Json], depth: int
    ) -> dict[str, Json] | None:
        """Return some properties with those that a shape asks for, and a reader as far as they can be made.

        Returns None where one that the shape asks for cannot be made.
        """
        if (key := (id(shape), id(read) if read else 0)) not in self._members:
            self._kept.append((shape, read))
            self._members[key] = {}
        known = self._members[key]
        for name in (*shape.required, *read.get("required", ())):
            made = name in known or name in having or self._put(known, shape, name, depth, read)
            if not made and name in shape.required:
                return None
        return {**having, **known, **having}

    def array_of(
        self,
        shape: Shape,
        at: Mapping[int, Json] | None = None,
        *,
        length: int = 0,
        name: str = "",
        depth: int = 0,
    ) -> Json:
        """Return a small array with some items in their places; NOTHING where one that is needed cannot be made."""
        given = dict(at or {})
        contained = sum(least for _, least in shape.contains)
        length = max(length, shape.min_items, max(given, default=-1) + 1, contained)
        if length > _LONGEST:
            return NOTHING
        needed = [node for node, least in shape.contains for _ in range(least)]
        held = self._places_for(shape, needed, [index for index in range(length) if index not in given])
        single, known = name.removesuffix("s"), {_known_as(item) for item in given.values()}
        fresh: dict[tuple[int, ...], Iterator[Json]] = {}
        made: list[Json] = []
        for index in range(length):
            node = shape.item_at(index) + held.get(index, ())
            if index in given:
                item = given[index]
            elif shape.unique:
                # What was passed over is in the array already, wherever the next one stands.
                options = fresh.setdefault(
                    tuple(map(id, node)), chain(self._options(node, single, depth), self._numbered(node, length))
                )
                item = next((one for one in options if _known_as(one) not in known), NOTHING)
                known.add(_known_as(item))
            else:
                item = self.value(node, single, depth + 1)
            if item is NOTHING:
                return NOTHING
            made.append(item)
        return made

    def _places_for(self, shape: Shape, needed: list[Node], free: list[int]) -> dict[int, Node]:
        """Return where the items stand that an array has to contain: as far back as there is a value for them."""
        held: dict[int, Node] = {}
        for node in reversed(needed):
            left = (index for index in reversed(free) if index not in held)
            fits = (index for index in left if self.value((*shape.item_at(index), *node)) is not NOTHING)
            held |= {index: node for index in (next(fits, None),) if index is not None}
        return held

    def _options(self, node: Node, name: str, depth: int) -> Iterator[Json]:
        """Yield values for one place, the small one first."""
        first = self.value(node, name, depth + 1)
        yield from self._if_made(first)
        if first is NOTHING:
            return
        for shape in self.ways(node):
            yield from shape.choices or ()
            for type_ in _ORDER if shape.choices is None else ():
                if type_ in shape.types:
                    yield from self.of_type(shape, type_, name, depth + 1)
                    yield from self.of_type(shape, type_, f"{name}2", depth + 1)

    def _numbered(self, node: Node, count: int) -> Iterator[Json]:
        """Yield values of which there are many, for an array in which no two may be the same."""
        for shape in self.ways(node):
            if "string" in shape.types and not shape.patterns and shape.format is None:
                yield from (words.resized(f"{number}", shape.min_length, shape.max_length) for number in range(count))
            if "integer" in shape.types:
                step = Fraction(1) if shape.multiple is None else Fraction(shape.multiple.numerator)
                first = Fraction(0) if shape.low is None else (shape.low[0] // step + 1) * step
                yield from (int(first + step * number) for number in range(count))

    def _put(self, made: dict[str, Json], shape: Shape, name: str, depth: int, reader: Mapping[str, Json]) -> bool:
        """Add a property, if there is a value for it: one that a reader takes too, where there is one."""
        node, read = shape.node_of(name), reader.get("properties", {}).get(name)
        value = (
            NOTHING if read is None or any(read is one for one in node) else self.value((*node, read), name, depth + 1)
        )
        if value is NOTHING:
            value = self.value(node, name, depth + 1)
        if value is not NOTHING:
            made[name] = value
        return value is not NOTHING

    def _more(self, shape: Shape, count: int) -> Iterator[str]:
        """Yield names of properties that a shape has room for, so many and a few more if there are."""
        yield from shape.properties
        for pattern in shape.named_like:
            known = [name for stretch in range(6) if (name := patterns.sample(pattern, seeded(), stretch=stretch))]
            yield from known
            yield from (f"{name}{number}" for name in known[:1] for number in range(count))
        for node in (shape.names,) if shape.names else ():
            names = chain(self._options(node, "name", 0), self._numbered(node, count))
            yield from (name for name in names if isinstance(name, str))
        yield from (f"key{index}" for index in range(1, count + 40))

    @staticmethod
    def _if_made(value: Json) -> Iterator[Json]:
        if value is not NOTHING:
            yield value


def _key(node: Node) -> tuple[int | str, ...]:
    """Return what a node is known by: wherever they are, two references to one place are the same."""
    return tuple(
        [one["$ref"] if one.__class__ is dict and len(one) == 1 and "$ref" in one else id(one) for one in node]
    )


def _known_as(item: Json) -> str | int | float | None:
    """Return what tells an item from others."""
    return json.dumps(item, sort_keys=True) if isinstance(item, dict | list | str) else item


def _followed(document: Json, schema: Json) -> Json:
    return pointers.get(document, pointers.target(schema["$ref"]))


def divides(step: Fraction | None, number: float) -> bool:
    """Say whether a number is a multiple also to who calculates with floats, as the second validator does."""
    return step is None or (number / float(step)).is_integer()


LOOKS = {
    "date": r"^\d{4}-\d\d-\d\d$",
    "date-time": r"^\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d",
    "uuid": r"^[\dA-Fa-f]{8}(-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}$",
    "email": r"^.+@.+$",
    "ipv4": r"^\d{1,3}(\.\d{1,3}){3}$",
    "ipv6": r"^[\dA-Fa-f:.]{2,45}$",
    "uri": r"^[A-Za-z][\w+.-]*:",
}
"""What every text of a format looks like; not all that looks so has it."""


def patterns_of(shape: Shape) -> tuple[str, ...]:
    """Return patterns that every text of a shape matches."""
    return shape.patterns if shape.format not in LOOKS else (*shape.patterns, LOOKS[shape.format])


def strings(shape: Shape, name: str) -> Iterator[str]:
    """Yield small texts for a shape, a likely one first."""
    if shape.min_length > languages.LONGEST:
        return
    if shape.patterns or shape.unlike or shape.max_length is not None:
        yield from _shortest(shape)
    for pattern in shape.patterns:
        for stretch in (0, shape.min_length, 1, 3):
            text = patterns.sample(pattern, seeded(), stretch=stretch)
            if text is not None:
                yield text
    for text in () if shape.patterns else words.texts(name, shape.format, seeded()):
        yield text if shape.format else words.resized(text, shape.min_length, shape.max_length)


def _shortest(shape: Shape) -> Iterator[str]:
    """Yield the shortest texts of a shape."""
    having, known = patterns_of(shape), shape.unlike
    for _ in range(_FEW if having else 0):
        try:
            text = languages.shortest(having, known, least=shape.min_length, most=shape.max_length)
        except Undecidable:
            return
        if text is None:
            return
        yield text
        if len(text) > _LONG:
            return
        known += (languages.one_of([text]),)


def seeded() -> Random:
    """Return what everything here is drawn with, so that the same schema gives the same value."""
    return Random(0)  # noqa: S311 - made-up data, not a secret

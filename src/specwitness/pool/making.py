"""Values for one shape: rows that together show every value of every part, realistic ones first."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, zip_longest
from random import Random
from weakref import WeakKeyDictionary

from specwitness.contract import pointers
from specwitness.contract.schemas import Schemas
from specwitness.findings import Json
from specwitness.pool import patterns, words
from specwitness.pool.shapes import Node, Shape, same, shapes

_ROWS = 64
"""How many values one part may have; a part with more enum values than that shows the first ones."""
_FEW_ROWS = 8
"""A shape of few rows gets this many, so that its values also meet in other pairs."""
_DEPTH = 8
"""Below this depth only what is required is made."""
_DEEPEST = 24
"""Below this depth nothing is made: such a schema asks for an endless value."""
_STEPS = 20_000
"""How many parts one call may visit; whatever a schema asks for, it ends."""
_LONGEST = 10_000
_GREATEST = 10**300
"""Beyond it a double ends."""
_MOST_ITEMS = 6
_LONGEST_ARRAY = 100
"""An array that may be longer is made no longer than it has to be."""
_ABSENT = object()
_OFFENCES: tuple[Json, ...] = ("text", 42, None, False, [], {})
_ANYTHING: tuple[Json, ...] = ({"key1": "value1", "key2": 42}, "text", 42, [1, "two"], True, 0.5, None)


class Maker:
    """Makes the values of one document's schemas from one seed."""

    def __init__(self, schemas: Schemas, seed: int, *, omitting: str | None = None) -> None:
        """Take the schemas as they are judged, OpenAPI 3.0 already translated."""
        self.schemas = schemas
        self.document = schemas.document
        self.seed = seed
        self.omitting = omitting
        self.steps = 0
        self._known: dict[object, list[Json]] = {}

    def values(self, node: Node, name: str = "", above: frozenset[str] = frozenset(), depth: int = 0) -> list[Json]:
        """Return values that satisfy every schema of a node; nothing where none could be made."""
        key = (tuple(id(schema) for schema in node), name, above, depth if depth > _DEPTH else 0)
        if key not in self._known:
            self.steps += 1
            if depth > _DEEPEST or self.steps > _STEPS:
                return []
            self._known[key] = self._made(node, name, above, depth)
        return self._known[key]

    def _made(self, node: Node, name: str, above: frozenset[str], depth: int) -> list[Json]:
        columns = []
        ways = shapes(self.document, node)
        for shape in ways:
            short = depth > _DEPTH or bool(shape.references & above)
            columns.append(list(self._of_shape(shape, name, above | shape.references, depth, short=short)))
        # One of each branch before the second of any: a limit must not hide a branch.
        turns = chain.from_iterable(zip_longest(*columns, fillvalue=_ABSENT))
        made = [value for value in turns if value is not _ABSENT]
        found = _distinct((value for value in made if self._accepts(node, value)), _ROWS)
        return found or _distinct(self._told_apart(node, ways, made), _FEW_ROWS)

    def _told_apart(self, node: Node, ways: list[Shape], made: list[Json]) -> Iterator[Json]:
        """Yield objects that only one branch of a `oneOf` takes: a property that is none of its own offends the others.

        What satisfies two branches, no `oneOf` accepts, though the author meant them to differ by their names alone.
        """
        names = list(dict.fromkeys(name for way in ways for name in way.properties))
        for value in [value for value in made if isinstance(value, dict)][:_FEW_ROWS]:
            for offence in _OFFENCES:
                offending = {**dict.fromkeys((name for name in names if name not in value), offence), **value}
                options = [offending, *({**value, name: offence} for name in names if name not in value)]
                yield from (option for option in options if self._accepts(node, option))

    def _of_shape(self, shape: Shape, name: str, above: frozenset[str], depth: int, *, short: bool) -> Iterator[Json]:
        if shape.choices is not None:
            yield from shape.choices
            return
        yield from shape.examples
        types = shape.likely_types
        if not shape.speaks_of and len(types) > 5:  # noqa: PLR2004 - nearly anything goes
            yield from _ANYTHING
            return
        random = Random(f"{self.seed} {name} {depth}")  # noqa: S311 - made-up data, not a secret
        if "object" in types:
            yield from self._objects(shape, above, depth, short=short)
        if "array" in types:
            yield from self._arrays(shape, name, above, depth, short=short)
        if "string" in types:
            yield from _strings(shape, name, random)
        if types & {"integer", "number"}:
            yield from numbers(shape, random, whole="number" not in types, broken="integer" not in types)
        if "boolean" in types:
            yield from (True, False)
        if "null" in types:
            yield None

    # Objects.

    def _objects(self, shape: Shape, above: frozenset[str], depth: int, *, short: bool) -> Iterator[dict[str, Json]]:
        columns: dict[str, list[Json]] = {}
        for name in [*shape.required, *(name for name in shape.properties if name not in shape.required)]:
            required = name in shape.required
            if not required and (short or self._is_omitted(shape.node_of(name))):
                continue
            found = self.values(shape.node_of(name), name, above, depth + 1)
            possible = found and (not shape.names or self._accepts(shape.names, name))
            if required and not possible:
                return
            if possible:
                columns[name] = found if required else [*found, _ABSENT]
        listed = [name for name in shape.properties if name in columns]
        ordered = {name: columns[name] for name in (*listed, *(name for name in columns if name not in listed))}
        longest = max((len(column) for column in ordered.values()), default=1)
        for index in range(min(max(longest, min(2 * longest, _FEW_ROWS)), _ROWS)):
            picked = {name: _turn(number, column, index) for number, (name, column) in enumerate(ordered.items())}
            yield from self._settled(shape, picked, ordered, above, depth)
        yield from self._settled(shape, {name: ordered[name][0] for name in shape.required}, ordered, above, depth)
        if not short:
            yield from self._with_more(shape, ordered, above, depth)

    def _settled(
        self, shape: Shape, picked: dict[str, Json], columns: dict[str, list[Json]], above: frozenset[str], depth: int
    ) -> Iterator[dict[str, Json]]:
        """Yield the object after the rules that tie its properties to each other, if it can follow them."""
        made = {name: value for name, value in picked.items() if value is not _ABSENT}
        for _ in shape.needs:
            for name, others in shape.needs:
                for other in others if name in made else ():
                    found = columns.get(other) or self.values(shape.node_of(other), other, above, depth + 1)
                    if found and other not in made:
                        made[other] = found[0]
        optional = [name for name in reversed(made) if name not in shape.required]
        while shape.max_properties is not None and len(made) > shape.max_properties and optional:
            del made[optional.pop(0)]
        if len(made) < shape.min_properties:
            for name, column in columns.items():
                if len(made) < shape.min_properties and name not in made and column[0] is not _ABSENT:
                    made[name] = column[0]
            for name, value in self._others(shape, above, depth, shape.min_properties - len(made)):
                made[name] = value
        yield made

    def _with_more(
        self, shape: Shape, columns: dict[str, list[Json]], above: frozenset[str], depth: int
    ) -> Iterator[dict[str, Json]]:
        """Yield objects with properties that have no name of their own, where the schema describes such."""
        described = shape.named_like or any(isinstance(schema, dict) for schema in shape.additional)
        room = None if shape.max_properties is None else shape.max_properties - len(shape.required)
        if not described or room == 0:
            return
        base = {name: columns[name][0] for name in shape.required}
        # Each value of such a property once, a few to an object.
        for names in (1, 3):
            others = dict(self._others(shape, above, depth, names if room is None else min(names, room)))
            if others:
                yield {**base, **others}

    def _others(self, shape: Shape, above: frozenset[str], depth: int, count: int) -> Iterator[tuple[str, Json]]:
        found = 0
        for index, name in enumerate(self._names(shape)):
            if found >= count or index > count + 40:
                return
            if name in shape.properties or name in shape.required:
                continue
            if shape.names and not self._accepts(shape.names, name):
                continue
            values = self.values(shape.node_of(name), name if shape.named_like else "value", above, depth + 1)
            if values:
                yield name, values[found % len(values)]
                found += 1

    def _names(self, shape: Shape) -> Iterator[str]:
        random = Random(f"{self.seed} names")  # noqa: S311 - made-up data, not a secret
        for pattern in shape.named_like:
            for stretch in (0, 1, 2, 4):
                name = patterns.sample(pattern, random, stretch=stretch)
                if name is not None:
                    yield name
        if shape.names:
            yield from (name for name in self.values(shape.names, "name") if isinstance(name, str))
        for index in range(1, 200):
            yield f"key{index}"

    # Arrays.

    def _arrays(
        self, shape: Shape, name: str, above: frozenset[str], depth: int, *, short: bool
    ) -> Iterator[list[Json]]:
        single = name.removesuffix("s")
        heads = [self.values(node, single, above, depth + 1) for node in shape.prefix]
        possible = next((index for index, head in enumerate(heads) if not head), len(heads))
        enough = max(shape.min_items + 4, _MOST_ITEMS)
        most = enough if shape.max_items is None else shape.max_items
        most = most if most <= _LONGEST_ARRAY else min(most, enough)
        if max(shape.min_items, *(least for _, least in shape.contains), 0) > _LONGEST:
            return
        kept: list[Json] = []
        for node, least in shape.contains:
            kept += self.values(node + shape.items, single, above, depth + 1)[: max(least, 0)] or [_ABSENT] * least
        if _ABSENT in kept or len(kept) > most:
            return
        lengths = [shape.min_items] if short else [max(1, shape.min_items), most, shape.min_items]
        # A short array needs no item; what one would hold may be the endless part.
        tail = self.values(shape.items, single, above, depth + 1) if max(lengths) > len(heads) else []
        rows = 1 if short else max(1, math.ceil(len(tail) / max(1, min(most, _MOST_ITEMS))))
        for length in dict.fromkeys(min(length, most) for length in lengths):
            for row in range(rows if length == min(most, max(lengths)) else 1):
                yield from self._array(
                    shape, heads=heads[:possible], tail=tail, kept=kept, length=max(length, len(kept)), row=row
                )

    def _array(
        self, shape: Shape, *, heads: list[list[Json]], tail: list[Json], kept: list[Json], length: int, row: int
    ) -> Iterator[list[Json]]:
        made: list[Json] = []
        for index in range(length):
            needed = kept[index - length] if index >= length - len(kept) else _ABSENT
            options = heads[index] if index < len(heads) else tail if index >= len(shape.prefix) else []
            start = row * _MOST_ITEMS + index - len(heads) if index >= len(heads) else row
            turned = options[start % len(options) :] + options[: start % len(options)] if options else []
            if needed is not _ABSENT:
                turned = [needed, *turned]
            fresh = (item for item in turned if not shape.unique or not any(same(item, known) for known in made))
            item = next(fresh, _ABSENT)
            if item is _ABSENT:
                break
            made.append(item)
        if len(made) >= shape.min_items:
            yield made

    def _is_omitted(self, node: Node) -> bool:
        """Say whether a property carries the keyword by which it is left out, itself or where it refers to."""
        if self.omitting is None:
            return False
        for schema in node:
            if isinstance(schema, dict):
                meant = pointers.get(self.document, pointers.resolved(self.document, self._place_of(schema)))
                if any(isinstance(one, dict) and one.get(self.omitting) is True for one in (schema, meant)):
                    return True
        return False

    # What the validators say.

    def _accepts(self, node: Node, value: Json) -> bool:
        for schema in node:
            if schema is False:
                return False
            if isinstance(schema, dict) and not self.schemas.accepts(self._place_of(schema), value):
                return False
        return True

    def _place_of(self, schema: dict[str, Json]) -> str:
        if self.schemas not in _PLACES:
            _PLACES[self.schemas] = dict(_places(self.schemas.document))
        return _PLACES[self.schemas][id(schema)]


def _strings(shape: Shape, name: str, random: Random) -> Iterator[str]:
    low, high = shape.min_length, shape.max_length
    if low > _LONGEST:
        return
    for pattern in shape.patterns:
        for stretch in (0, 2, 8, max(low, 0)):
            text = patterns.sample(pattern, random, stretch=stretch)
            if text is not None:
                yield text
                if len(text) < low and not pattern.endswith("$"):
                    yield words.resized(text, low, high)
    likely = words.texts(name, shape.format, random)
    if shape.format in words.FORMATS:
        yield from likely
        if shape.format in {"uri", "url", "iri", "uri-reference"}:
            yield words.resized("https://example.com/", low, None)
        return
    yield from (words.resized(text, low, high) for text in likely)
    if low or high is not None:
        yield words.resized(likely[0], low, low)
        if high is not None and high <= _LONGEST:
            yield words.resized(likely[0], high, high)


def numbers(shape: Shape, random: Random, *, whole: bool, broken: bool) -> Iterator[int | float]:
    """Yield numbers within bounds, a likely one first, then those at the bounds; only fractions where `broken`."""
    low, high = shape.low, shape.high
    step = shape.multiple or (Fraction(1) if whole else Fraction(1, 2))
    if whole:
        # The whole multiples of n/d, in lowest terms, are those of n.
        step = Fraction(step.numerator)
    likely = [Fraction(random.randint(1, 9)), Fraction(0), Fraction(1)]
    if not whole:
        likely.insert(1, Fraction(5, 2))
    if low is not None:
        first = math.ceil(low[0] / step) * step
        likely += [first, first + step, low[0]]
    if high is not None:
        last = math.floor(high[0] / step) * step
        likely += [last, last - step, high[0]]
    if low is not None and high is not None:
        middle = (low[0] + high[0]) / 2
        likely += [math.floor(middle / step) * step, middle]
    if shape.multiple is not None:
        likely = [step, *(math.floor(number / step) * step for number in likely)]
    for number in dict.fromkeys(likely):
        if (whole and number.denominator != 1) or (broken and number.denominator == 1):
            continue
        if low is not None and (number < low[0] or (low[1] and number == low[0])):
            continue
        if high is not None and (number > high[0] or (high[1] and number == high[0])):
            continue
        if abs(number) < _GREATEST:
            yield int(number) if number.denominator == 1 else float(number)


def _turn(number: int, column: list[Json], index: int) -> Json:
    """Return the value of a row: all values in order, then turned in each round by a digit of the column's number.

    Two columns of one length differ in some digit, so that no two of their values stay a pair.
    """
    size = len(column)
    done, place = divmod(index, size)
    turned = number // size ** (done - 1) if done else 0
    return column[(place + turned) % size]


def _distinct(values: Iterable[Json], most: int) -> list[Json]:
    found: dict[str, Json] = {}
    for value in values:
        found.setdefault(json.dumps(value, sort_keys=True), value)
        if len(found) >= most:
            break
    return list(found.values())


_PLACES: WeakKeyDictionary[Schemas, dict[int, str]] = WeakKeyDictionary()
"""Where each object of a document stands: found once, however many values are made."""


def _places(document: Json) -> Iterator[tuple[int, str]]:
    stack: list[tuple[str, Json]] = [("", document)]
    while stack:
        at, value = stack.pop()
        if isinstance(value, dict):
            yield id(value), at
            stack += [(pointers.join(at, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            stack += [(pointers.join(at, index), item) for index, item in enumerate(value)]

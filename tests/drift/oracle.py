"""An independent opinion on pairs of schemas: one side allows, the other refuses, and the truth is found by trying.

`Oracle` judges values of a pair with two validators that are set up here and not by the product, and knows a universe
of values in which nearly every break shows: fixed ones, and ones made from what either side says (its bounds and one
more, its lengths, names and patterns), inside each other.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import jsonschema
import jsonschema_rs

from specwitness.findings import Json

AT = "/components/schemas/Subject"
NAMES = ("a", "b", "c")
SCALARS: tuple[Json, ...] = (None, True, False, 0, 1, 2, 3, -1, 0.5, 1.5, "", "a", "b", "ab", "abc", "\u00e9")
TYPES = ("string", "integer", "number", "boolean", "null", "object", "array")
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "^a": ("a", "ab", "ba"),
    "b$": ("b", "ab", "ba"),
    "^[ab]+$": ("ab", "aaab", "abc"),
    "^.$": ("x", "xy"),
    "^[a-z0-9]+$": ("a1", "A", "a-"),
    "^[0-9]{2,3}$": ("12", "123", "1", "1234", "ab"),
    "[A-Z]": ("A", "aZ", "az"),
    "^(get|put)$": ("get", "put", "post"),
    "^\\d+-\\w*$": ("1-", "12-ab", "-"),
}
FORMATS: Mapping[str, tuple[str, ...]] = {
    "date": ("2024-02-29", "2023-02-29"),
    "date-time": ("2024-01-01T00:00:00Z", "2024-01-01"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000", "123e4567"),
    "email": ("a@b.org", "a@"),
    "ipv4": ("127.0.0.1", "127.0.0"),
    "uri": ("https://a.org/b", "a b"),
}
"""The formats that are asserted, each with a text that has it and one that has not."""
REMARKS = ("int32", "int64", "password", "hostname")
"""Formats that are remarks here, as JSON Schema has it by default."""


@dataclass(frozen=True)
class Pair:
    """Two documents with a schema each, at `AT`: may the one allow what the other refuses?"""

    allowing: Json
    refusing: Json

    @property
    def swapped(self) -> Pair:
        """The same question in the other direction."""
        return Pair(self.refusing, self.allowing)

    def __str__(self) -> str:
        """Both sides, for the person who looks at a failure."""
        sides = (side["components"]["schemas"] for side in (self.allowing, self.refusing))
        return "\n   against ".join(map(json.dumps, sides))


def pair(allowing: Json, refusing: Json, components: Json = None, *, versions: Iterable[str] = ("3.1.0",)) -> Pair:
    """Return the pair of two schemas that refer to the same components; of one version, or one for each side."""
    first, last = (list(versions) * 2)[:2]
    return Pair(_document(first, allowing, components or {}), _document(last, refusing, components or {}))


def _document(version: str, schema: Json, components: Json) -> Json:
    return {"openapi": version, "components": {"schemas": {**components, "Subject": schema}}}


# --- What is true ----------------------------------------------------------------------------------------------------


class Oracle:
    """What two validators say of the values of a pair."""

    def __init__(self, pair: Pair) -> None:
        """Take the pair, in whatever version of OpenAPI each of its sides is written."""
        self.pair = pair
        self._allowing, self._refusing = _Side(pair.allowing), _Side(pair.refusing)

    def holds(self, value: Json) -> bool:
        """Say whether both validators accept a value for the one side and refuse it for the other."""
        return self._seems_to_hold(value) and self._allowing.slow(value) and not self._refusing.slow(value)

    def breaking(self) -> Json:
        """Return the first value of the universe that the one side allows and the other refuses, in a list; or none."""
        found = (value for value in self.universe if self._seems_to_hold(value))
        return list(itertools.islice((value for value in found if self.holds(value)), 1))

    def _seems_to_hold(self, value: Json) -> bool:
        return self._allowing.fast(value) and not self._refusing.fast(value)

    @cached_property
    def universe(self) -> list[Json]:
        """The values that are tried."""
        sides = [(side, side.root) for side in (self._allowing, self._refusing)]
        return [*FIXED, *_Near(Random(0)).values(sides, depth=3)]  # noqa: S311 - made-up data


class _Side:
    """One side in JSON Schema 2020-12, as this module reads OpenAPI, with its validators."""

    def __init__(self, document: Json) -> None:
        self.components: dict[str, Json] = in_2020_12(document)["components"]["schemas"]
        self.root: Json = {"$ref": f"#{AT}"}
        whole = {**self.root, "components": {"schemas": self.components}}
        remarks = {name: lambda _: True for name in _KNOWN_TO_RUST - FORMATS.keys()}
        # What it knows and is a remark here, it is told to pass over.
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=remarks)
        self.fast: Callable[[Json], bool] = validator.is_valid
        checker = jsonschema.FormatChecker(formats=FORMATS)
        self.slow: Callable[[Json], bool] = jsonschema.Draft202012Validator(whole, format_checker=checker).is_valid

    def followed(self, reference: str) -> Json:
        return self.components[reference.rpartition("/")[2]]


_KNOWN_TO_RUST = frozenset({"date", "date-time", "uuid", "email", "ipv4", "uri", "hostname"})


def in_2020_12(document: Json) -> Json:
    """Return a document as one of OpenAPI 3.1, whose schemas are JSON Schema 2020-12."""
    if not document["openapi"].startswith("3.0"):
        return document
    schemas = {name: _of_3_0(schema) for name, schema in document["components"]["schemas"].items()}
    return {"openapi": "3.1.0", "components": {"schemas": schemas}}


def _of_3_0(schema: Json) -> Json:
    """Return a schema of OpenAPI 3.0 as JSON Schema: `nullable` is a type, and an excluded bound another keyword."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # "any sibling elements of a $ref are ignored"
    made: dict[str, Any] = {}
    for keyword, said in schema.items():
        match keyword, said:
            case ("properties", _):
                made[keyword] = {name: _of_3_0(one) for name, one in said.items()}
            case ("allOf" | "anyOf" | "oneOf", _):
                made[keyword] = [_of_3_0(one) for one in said]
            case ("items" | "additionalProperties" | "not", _):
                made[keyword] = _of_3_0(said)
            case ("nullable" | "exclusiveMinimum" | "exclusiveMaximum", _):
                pass
            case ("type", str()) if schema.get("nullable"):
                made[keyword] = [said, "null"]
            case ("minimum", _) if schema.get("exclusiveMinimum"):
                made["exclusiveMinimum"] = said
            case ("maximum", _) if schema.get("exclusiveMaximum"):
                made["exclusiveMaximum"] = said
            case _:
                made[keyword] = said
    return made


# --- The universe ----------------------------------------------------------------------------------------------------


def _fixed() -> Iterator[Json]:
    small: list[Json] = [None, True, 0, 1, 2, "", "a", "b", "ab"]
    yield from SCALARS
    yield []
    yield from ([one] for one in small)
    yield from ([one, other] for one in small for other in small)
    yield from ([1, 1, 1], ["a", "a", "a"], [1, 2, 3], ["a", 1, None], [{}], [[]], [{"a": 1}], [{"a": "a"}], [[1]])
    yield {}
    inner: list[Json] = [*small, [], [1], ["a"], {}, {"a": 1}, {"b": 1}, {"a": "a"}, {"a": {"a": 1}}]
    yield from ({name: value} for name in (*NAMES, "z") for value in inner)
    yield from ({"a": one, "b": other} for one in small for other in small)
    yield from ({"a": 1, "b": 1, "c": 1}, {"a": "a", "c": 1}, {"b": "a", "c": "a"}, {"a": {"a": {"a": 1}}})


FIXED = tuple(_fixed())
_IN_PLACE = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("not", "if", "then", "else")
_COUNTS = ("minItems", "maxItems", "minContains", "maxContains")
_Place = tuple[_Side, Json]


@dataclass
class _Said:
    """What all schemas of one place say, whichever side and branch says it."""

    values: list[Json] = field(default_factory=lambda: [None, True, 0, "a", [], {}])
    names: dict[str, list[_Place]] = field(default_factory=dict)
    others: list[_Place] = field(default_factory=list)
    items: list[list[_Place]] = field(default_factory=list)
    rest: list[_Place] = field(default_factory=list)
    counts: set[int] = field(default_factory=lambda: {0, 1, 2})
    required: dict[str, None] = field(default_factory=dict)


class _Near:
    """Makes the values near what schemas say."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def values(self, places: list[_Place], depth: int) -> list[Json]:
        """Return values for one place of a message of which all these schemas speak, of either side."""
        said = _Said()
        for side, schema in places:
            self._read(said, side, schema, frozenset())
        made = list(said.values)
        if depth > 0:
            made += self._arrays(said, depth)
            made += self._objects(said, depth)
        return _distinct(made)

    def _read(self, said: _Said, side: _Side, schema: Json, above: frozenset[str]) -> None:
        if not isinstance(schema, dict):
            return
        if "$ref" in schema and schema["$ref"] not in above:
            self._read(said, side, side.followed(schema["$ref"]), above | {schema["$ref"]})
        parts = [part for keyword in _IN_PLACE for part in schema.get(keyword, ())]
        parts += [schema[keyword] for keyword in _CONDITIONS if keyword in schema]
        parts += schema.get("dependentSchemas", {}).values()
        for part in parts:
            self._read(said, side, part, above)
        said.values += _scalars(schema)
        said.counts |= {schema[keyword] + more for keyword in _COUNTS if keyword in schema for more in (0, 1)}
        for name, one in schema.get("properties", {}).items():
            said.names.setdefault(name, []).append((side, one))
        for pattern, one in schema.get("patternProperties", {}).items():
            for name in PATTERNS.get(pattern, ()):
                said.names.setdefault(name, []).append((side, one))
        needed = [
            *schema.get("required", ()),
            *schema.get("dependentRequired", ()),
            *schema.get("dependentSchemas", ()),
        ]
        needed += [name for names in schema.get("dependentRequired", {}).values() for name in names]
        said.required |= dict.fromkeys(schema.get("required", ()))
        if "propertyNames" in schema:
            needed += [name for name in self.values([(side, schema["propertyNames"])], 0) if isinstance(name, str)][:6]
        for name in needed:
            said.names.setdefault(name, [])
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            said.others += [(side, schema[keyword])] if keyword in schema else []
        for index, one in enumerate(schema.get("prefixItems", ())):
            said.items += [[] for _ in range(index + 1 - len(said.items))]
            said.items[index].append((side, one))
        for keyword in ("items", "contains", "unevaluatedItems"):
            said.rest += [(side, schema[keyword])] if keyword in schema else []

    def _arrays(self, said: _Said, depth: int) -> Iterator[Json]:
        # Where a tuple ends on one side, what follows is spoken of by the other.
        columns = [self._few([*places, *said.rest], depth) for places in (*said.items, [])]
        for length in sorted(count for count in said.counts if count <= _MOST_ITEMS):
            here = [columns[min(index, len(columns) - 1)] for index in range(length)]
            yield from ([column[0] for column in here], [self._random.choice(column) for column in here])
            for index, column in enumerate(here[:4]):
                for value in column:
                    same = [value] * length
                    yield same
                    yield [
                        *(self._random.choice(one) for one in here[:index]),
                        value,
                        *(one[0] for one in here[index + 1 :]),
                    ]

    def _objects(self, said: _Said, depth: int) -> Iterator[Json]:
        names = dict(said.names)
        if said.others or names:
            names.setdefault("z", [])
        known = frozenset(said.names)
        columns = {
            name: self._few([*places, *(said.others if name not in known or not places else [])], depth)
            for name, places in names.items()
        }
        least = {name: columns[name][0] for name in said.required}
        likely = {name: column[0] for name, column in columns.items() if name != "z"}
        yield from ({}, least, likely)
        for name, column in columns.items():
            for value in column:
                yield from ({name: value}, {**least, name: value}, {**likely, name: value})
            for base in (likely, least):
                yield {one: value for one, value in base.items() if one != name}
        for one, other in itertools.combinations(columns, 2):
            yield from ({**least, one: x, other: y} for x in columns[one][:4] for y in columns[other][:4])
        for _ in range(_RANDOM):
            chosen = [name for name in columns if name in said.required or self._random.random() < _USUAL]
            yield {name: self._random.choice(columns[name]) for name in chosen}

    def _few(self, places: list[_Place], depth: int) -> list[Json]:
        """Return some values of a part, those first that the schemas of the part accept."""
        values = self.values(places, depth - 1)
        judges = [judge for side, schema in places if (judge := _judge(side, schema)) is not None]
        votes = {id(value): sum(judge(value) for judge in judges) for value in values}
        ranked = sorted(values, key=lambda value: -votes[id(value)])
        best, rest = ranked[: _MOST_VALUES // 2], ranked[_MOST_VALUES // 2 :]
        return best + self._random.sample(rest, min(len(rest), _MOST_VALUES // 2))


_MOST_ITEMS = 5
_MOST_VALUES = 24
_RANDOM = 60
_USUAL = 0.7


def _judge(side: _Side, schema: Json) -> Callable[[Json], bool] | None:
    if not isinstance(schema, dict):
        return None
    whole = {"allOf": [schema], "components": {"schemas": side.components}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid


def _scalars(schema: dict[str, Json]) -> Iterator[Json]:
    yield from schema.get("enum", ())
    yield from [schema["const"]] if "const" in schema else []
    bounds = [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema]
    for bound in bounds:
        yield from (bound, bound - 1, bound + 1, bound - 0.5, bound + 0.5)
    if "multipleOf" in schema:
        steps = (0, 1, -1, 2, 3, 5, *(bound // schema["multipleOf"] + 1 for bound in bounds))
        yield from (schema["multipleOf"] * step for step in steps)
    for keyword in ("minLength", "maxLength"):
        if keyword in schema:
            yield from ("aaaaaaaaa"[: max(0, schema[keyword] + more)] for more in (-1, 0, 1))
    yield from PATTERNS.get(schema.get("pattern", ""), ())
    yield from FORMATS.get(schema.get("format", ""), ())
    if {"type", "pattern", "minLength", "format"} & schema.keys():
        yield from ("", "a", "b", "ab", "abc", "12", "\u00e9", 1, -1, 2.5, False)


def _distinct(values: Iterable[Json]) -> list[Json]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())

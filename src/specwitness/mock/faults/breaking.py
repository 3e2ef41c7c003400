"""How a server breaks one keyword of a schema, with as little as possible changed. Entry points: `flaws`, `broken`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import UnionType

from specwitness.contract import pointers
from specwitness.contract.schemas import FORMATS, Schemas
from specwitness.findings import Json
from specwitness.mock.bodies import copied, put
from specwitness.mock.faults.places import BRANCHES, Place, found, places, property_of
from specwitness.pool.shapes import same

_MAY_ALLOW_ALL = frozenset(
    {"items", "unevaluatedItems", "additionalProperties", "unevaluatedProperties", "propertyNames"}
)
_MOSTS = frozenset({"maxLength", "maxItems", "maxContains", "maxProperties"})
_LARGEST = 10_000
"""A limit beyond it is not exceeded: no client should have to read that."""
_NUMBER = int | float
_STRANGE: dict[str, Json] = {
    "integer": 42,
    "string": "unexpected",
    "array": [],
    "object": {},
    "boolean": True,
    "null": None,
    "number": 0.5,
}
"""A value of each type."""
_UNKNOWN = "unexpected"
"""The name of a property that nobody has."""


@dataclass(frozen=True)
class Flaw:
    """One keyword that a server breaks at one place of a body.

    `demand` is what the keyword asks for, and `name` the property that is missing where that is the flaw.
    """

    place: Place
    keyword: str
    demand: Json = None
    name: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What it is called in the name of a fault."""
        return (*(self.place.words + ((self.name,) if self.name else ()) or ("body",)), self.keyword)

    def __str__(self) -> str:
        """Word it as a sentence: `The property status of jobRun has a value outside its enum.`"""
        said = property_of(self.name, self.place.name) if self.name else str(self.place)
        return f"{said[0].upper()}{said[1:]} {BREAKS[self.keyword].words}."


def flaws(document: Json, root: str) -> Iterator[Flaw]:
    """Yield one flaw for every keyword, at every place of the bodies that the schema at `root` describes."""
    for place in places(document, root):
        if place.steps and place.steps[-1].keyword in BRANCHES:
            yield Flaw(place, place.steps[-1].keyword)
        for keyword, demand in pointers.get(document, place.schema).items():
            if keyword == "required":
                yield from (Flaw(place, keyword, demand, name) for name in demand)
            elif keyword == "dependentRequired":
                yield from (Flaw(place, keyword, owner, name) for owner, names in demand.items() for name in names)
            elif keyword in BREAKS and keyword not in BRANCHES and not _says_nothing(place, keyword, demand):
                yield Flaw(place, keyword, demand)


def broken(schemas: Schemas, flaw: Flaw, body: Json) -> Iterator[Json]:
    """Yield the valid body with the flaw at one value after the other; only what the schema refuses."""
    means = BREAKS[flaw.keyword]
    if flaw.keyword in _MOSTS and flaw.demand > _LARGEST:
        return
    for at, value in found(schemas, flaw.place, body):
        if isinstance(value, means.of) and not (isinstance(value, bool) and means.of == _NUMBER):
            for wrong in means.values(value, flaw):
                changed = put(copied(body), at, wrong)
                if not schemas.accepts(flaw.place.root, changed):
                    yield changed


def _says_nothing(place: Place, keyword: str, demand: Json) -> bool:
    """Say whether a keyword refuses nothing, or no more than another one does."""
    if keyword == "type":
        return place.is_branch  # Of the wrong type is what fits none of the branches.
    if keyword == "format":
        return demand not in FORMATS
    if keyword in {"minLength", "minItems", "minProperties", "uniqueItems"}:
        return not demand
    return keyword in _MAY_ALLOW_ALL and (demand is True or demand == {})


@dataclass(frozen=True)
class _Means:
    """How a keyword is broken: in words, the values it speaks of, and what to put in the place of one, best first."""

    words: str
    of: type | UnionType
    values: Callable[[Json, Flaw], Iterable[Json]]


def _of_another_type(value: Json, flaw: Flaw) -> Iterator[Json]:
    allowed = {flaw.demand} if isinstance(flaw.demand, str) else set(flaw.demand)
    if "string" not in allowed and isinstance(value, int | float):
        yield str(value).lower()
    if "number" in allowed:
        allowed.add("integer")
    yield from (strange for kind, strange in _STRANGE.items() if kind not in allowed)


def _outside(_: Json, flaw: Flaw) -> Iterator[Json]:
    choices = flaw.demand if flaw.keyword == "enum" else [flaw.demand]
    for near in (*map(_beside, choices), *_STRANGE.values()):
        if not any(same(near, choice) for choice in choices):
            yield near


def _beside(choice: Json) -> Json:
    """Return a value of the same type."""
    if isinstance(choice, bool):
        return not choice
    return choice + 1 if isinstance(choice, int | float) else _STRANGE["string"]


def _unlike(value: str, _: Flaw) -> Iterator[str]:
    yield from (char * len(value) for char in "~ !0" if value)
    yield from ("unexpected text!", "")


def _forbidden(value: Json, flaw: Flaw) -> Iterator[Json]:
    schema = flaw.demand if isinstance(flaw.demand, dict) else {}
    yield from (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ()))
    if isinstance(value, dict):
        yield {**value, **dict.fromkeys(schema.get("required", ()), "unexpected")}
    yield from _STRANGE.values()


def _more_items(value: list[Json], flaw: Flaw) -> Iterator[Json]:
    last = value[-1] if value else _STRANGE["string"]
    yield [*value, *[last] * (int(flaw.demand) + 1 - len(value))]


def _without(value: dict[str, Json], flaw: Flaw) -> Iterator[Json]:
    if flaw.name in value and (flaw.keyword == "required" or flaw.demand in value):
        yield {name: part for name, part in value.items() if name != flaw.name}


def _with_more(value: dict[str, Json], flaw: Flaw) -> Iterator[Json]:
    missing = int(flaw.demand) + 1 - len(value)
    for strange in _STRANGE.values():
        yield {**value, **{f"{_UNKNOWN}{number}": strange for number in range(1, missing + 1)}}


def _with_one_more(value: dict[str, Json], _: Flaw) -> Iterator[Json]:
    yield from ({**value, _UNKNOWN: strange} for strange in _STRANGE.values())


def _with_names(value: dict[str, Json], flaw: Flaw) -> Iterator[Json]:
    yield from ({**value, name: "unexpected"} for name in (_UNKNOWN, *_unlike(_UNKNOWN, flaw), _UNKNOWN * 20))


_ADDED = _Means("has a property that is not allowed", dict, _with_one_more)
_APPENDED = _Means(
    "has an item that does not fit", list, lambda value, _: ([*value, strange] for strange in _STRANGE.values())
)
_REPLACED = _Means("fits none of the alternatives", object, lambda _, __: _STRANGE.values())

BREAKS: dict[str, _Means] = {
    "type": _Means("has the wrong type", object, _of_another_type),
    "enum": _Means("has a value outside its enum", object, _outside),
    "const": _Means("is not the constant it has to be", object, _outside),
    "anyOf": _REPLACED,
    "oneOf": _REPLACED,
    "not": _Means("is what it must not be", object, _forbidden),
    # Numbers.
    "minimum": _Means("is below its minimum", _NUMBER, lambda _, flaw: [math.floor(flaw.demand) - 1]),
    "maximum": _Means("is above its maximum", _NUMBER, lambda _, flaw: [math.ceil(flaw.demand) + 1]),
    "exclusiveMinimum": _Means("is at its excluded minimum", _NUMBER, lambda _, flaw: [flaw.demand]),
    "exclusiveMaximum": _Means("is at its excluded maximum", _NUMBER, lambda _, flaw: [flaw.demand]),
    "multipleOf": _Means(
        "is not a multiple of its step", _NUMBER, lambda value, flaw: [value + 1, value + flaw.demand / 2]
    ),
    # Texts.
    "minLength": _Means("is too short", str, lambda value, flaw: [value[: int(flaw.demand) - 1]]),
    "maxLength": _Means("is too long", str, lambda value, flaw: [value.ljust(int(flaw.demand) + 1, value[-1:] or "x")]),
    "pattern": _Means("does not match its pattern", str, _unlike),
    "format": _Means("is not of its format", str, lambda _, flaw: [f"not a {flaw.demand}"]),
    # Arrays.
    "minItems": _Means("has too few items", list, lambda value, flaw: [value[: int(flaw.demand) - 1]]),
    "maxItems": _Means("has too many items", list, _more_items),
    "uniqueItems": _Means("has an item twice", list, lambda value, _: [[*value, value[0]]] if value else []),
    "contains": _Means(
        "has no item of the kind it has to contain",
        list,
        lambda value, _: ([], *([strange] * len(value) for strange in _STRANGE.values())),
    ),
    "maxContains": _Means(
        "has too many items of a kind",
        list,
        lambda value, flaw: ([*value, *[item] * (int(flaw.demand) + 1)] for item in value),
    ),
    "items": _APPENDED,
    "unevaluatedItems": _APPENDED,
    # Objects.
    "required": _Means("is missing", dict, _without),
    "dependentRequired": _Means("is missing, though another one needs it", dict, _without),
    "minProperties": _Means(
        "has too few properties", dict, lambda value, flaw: [dict(list(value.items())[: int(flaw.demand) - 1])]
    ),
    "maxProperties": _Means("has too many properties", dict, _with_more),
    "propertyNames": _Means("has a property whose name is not allowed", dict, _with_names),
    "additionalProperties": _ADDED,
    "unevaluatedProperties": _ADDED,
}

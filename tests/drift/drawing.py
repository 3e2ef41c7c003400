"""Pairs of small schemas, drawn: two that are strangers, or one and what became of it. Entry point: `drawn`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.drift.oracle import FORMATS, NAMES, PATTERNS, REMARKS, SCALARS, TYPES, Pair, in_2020_12

from specwitness.findings import Json

MODES = ("strangers", "changed", "changed 3.0", "across versions")
COMPONENTS = ("Tree", "List", "Plain")
_OLD = "3.0.3"
_NEW = "3.1.0"


def drawn(seed: int, mode: str) -> Pair:
    """Return the pair of a seed, in one of the modes."""
    random = Random(f"{mode} {seed}")  # noqa: S311 - made-up data
    draw = Draw(random, new=mode in {"strangers", "changed"})
    version = _NEW if draw.new else _OLD
    one = {**draw.components(), "Subject": draw.schema(3, COMPONENTS)}
    if mode == "strangers":
        two = {**draw.components(), "Subject": draw.schema(3, COMPONENTS)}
        return Pair(_document(version, one), _document(version, two))
    other = {**one, "Subject": draw.changed(one["Subject"], COMPONENTS)} if draw.maybe(0.8) else dict(one)
    for name in draw.some(COMPONENTS, 0.25):
        other[name] = draw.changed(one[name], ())
    changed = _document(version, other)
    pair = Pair(_document(version, one), in_2020_12(changed) if mode == "across versions" else changed)
    return pair if draw.maybe(0.5) else pair.swapped


def _document(version: str, schemas: dict[str, Json]) -> Json:
    return {"openapi": version, "components": {"schemas": schemas}}


class Draw:
    """Draws small schemas of OpenAPI 3.1, or of 3.0."""

    def __init__(self, random: Random, *, new: bool) -> None:
        """Take the source of chance, and whether the version is the new one."""
        self.random = random
        self.new = new

    def components(self) -> dict[str, Json]:
        """Return a recursive object, a recursive list, and a component that may refer to them."""
        tree = _said(
            type="object",
            properties={"a": reference("Tree"), "b": self.schema(1)},
            required=self.some("b", 0.4) + self.some("a", 0.03),
            additionalProperties=self.random.choice([None, None, False, reference("Plain")]),
        )
        many = {"anyOf": [{"type": "array", "items": reference("List")}, self.schema(0)]}
        return {"Tree": tree, "List": many, "Plain": self.schema(1, ("Tree", "List"))}

    def schema(self, depth: int, references: tuple[str, ...] = ()) -> Json:
        """Return a schema of at most a depth."""
        possible = [
            kind
            for kind in KINDS
            if (self.new or not kind.newer)
            and (depth > 0 or not kind.nests)
            and (references or kind.make is not _reference)
        ]
        (kind,) = self.random.choices(possible, [kind.weight for kind in possible])
        made = kind.make(self, depth - 1, references)
        if not self.new and isinstance(made, dict) and "type" in made and "enum" not in made and self.maybe(0.15):
            made["nullable"] = True
        return made

    def several(self, least: int, most: int, depth: int, references: tuple[str, ...]) -> list[Json]:
        """Return several schemas."""
        return [self.schema(depth, references) for _ in range(self.random.randint(least, most))]

    def maybe(self, chance: float) -> bool:
        """Say yes as often as is asked for."""
        return self.random.random() < chance

    def some(self, of: Any, chance: float) -> list[Any]:
        """Return each with a chance."""
        return [one for one in of if self.maybe(chance)]

    def at(self, chance: float, low: int, high: int) -> int | None:
        """Return, with a chance, a number between two."""
        return self.random.randint(low, high) if self.maybe(chance) else None

    def one_of(self, chance: float, of: Any) -> Any:
        """Return, with a chance, one of some."""
        return self.random.choice([*of]) if self.maybe(chance) else None

    def changed(self, schema: Json, references: tuple[str, ...]) -> Json:
        """Return a schema after one or two small changes somewhere in it."""
        for _ in range(self.random.choice([1, 1, 2])):
            path = self.random.choice([*places(schema)])
            schema = with_change(schema, path, lambda one: self._change(one, references))
        for path in places(schema):
            schema = with_change(schema, path, _clear)
        return schema

    def _change(self, schema: Json, references: tuple[str, ...]) -> Json:
        if not isinstance(schema, dict) or not schema or ("$ref" in schema and not self.new):
            return self.schema(1, references)
        (change,) = self.random.choices(list(CHANGES), list(CHANGES.values()))
        return change(self, schema, references)


def _clear(schema: Json) -> Json:
    """Return a schema without `nullable` beside `enum`, of which readers of OpenAPI 3.0 do not think the same."""
    if not isinstance(schema, dict) or "enum" not in schema:
        return schema
    return {keyword: said for keyword, said in schema.items() if keyword != "nullable"}


def _said(**keywords: Json) -> dict[str, Json]:
    """Return a schema of the keywords that something is said for."""
    return {
        name.removesuffix("_"): said for name, said in keywords.items() if said is not None and said not in ([], {})
    }


# --- Kinds of schemas ------------------------------------------------------------------------------------------------

Maker = Callable[[Draw, int, tuple[str, ...]], Json]


@dataclass(frozen=True)
class Kind:
    """One kind of schema, how often it is drawn, and whether it holds other schemas or needs OpenAPI 3.1."""

    weight: int
    make: Maker
    nests: bool = False
    newer: bool = False


def _anything(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    return draw.random.choice([True, {}, {}, False]) if draw.new else {}


def _type(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    single = draw.random.choice([one for one in TYPES if draw.new or one != "null"])
    if draw.new and draw.maybe(0.4):
        return {"type": draw.random.sample(TYPES, draw.random.randint(1, 3))}
    return {"type": single}


def _enum(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    return {"enum": draw.random.sample(SCALARS, draw.random.randint(1, 4))}


def _const(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    return {"const": draw.random.choice([*SCALARS, ["a"], {"a": 1}])}


def _number(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    type_ = draw.random.choice(["integer", "number"])
    bounds: dict[str, Json] = {}
    for plain, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        bound = draw.at(0.45, -1, 4)
        if draw.new:
            bounds |= _said(**{draw.random.choice([plain, exclusive]): bound})
        else:
            bounds |= _said(**{plain: bound, exclusive: draw.one_of(0.4, [True, False])})
    return {
        "type": type_,
        **bounds,
        **_said(multipleOf=draw.one_of(0.15, [1, 2, 3, 0.5, 0.1]), format=draw.one_of(0.1, REMARKS[:2])),
    }


def _string(draw: Draw, _: int, __: tuple[str, ...]) -> Json:
    return {
        "type": "string",
        **_said(
            minLength=draw.at(0.3, 0, 3),
            maxLength=draw.at(0.3, 0, 4),
            pattern=draw.one_of(0.3, PATTERNS),
            format=draw.one_of(0.2, [*FORMATS, *REMARKS]),
        ),
    }


def _untyped(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    """Return keywords of several types beside each other, without any type."""
    parts = (_number, _string, _object, _array) if depth > 0 else (_number, _string)
    made: dict[str, Json] = {}
    for part in draw.random.sample(parts, 2):
        made |= part(draw, depth, references)
    made.pop("type", None)
    made.pop("format", None)
    return made


def _reference(draw: Draw, _: int, references: tuple[str, ...]) -> Json:
    found = reference(draw.random.choice(references))
    beside = draw.schema(0) if draw.new and draw.maybe(0.15) else None
    return {**beside, **found} if isinstance(beside, dict) else found


def reference(name: str) -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    def another() -> Json:
        return draw.schema(depth, references)

    made = {
        **_said(type=draw.one_of(0.9, ["object"])),
        **_said(
            properties={name: another() for name in draw.some(NAMES, 0.6)},
            required=draw.some(NAMES, 0.35),
            minProperties=draw.at(0.1, 0, 2),
            maxProperties=draw.at(0.1, 0, 3),
        ),
    }
    if draw.maybe(0.3):
        made["additionalProperties"] = draw.random.choice([False, False, True, another()])
    if draw.new:
        made |= _said(
            patternProperties={draw.random.choice([*PATTERNS]): another()} if draw.maybe(0.08) else None,
            propertyNames=draw.one_of(0.08, [{"enum": ["a", "b"]}, {"maxLength": 1}, {"pattern": "^[ab]+$"}]),
            dependentRequired={draw.random.choice(NAMES): draw.some(NAMES, 0.5)} if draw.maybe(0.1) else None,
            dependentSchemas={draw.random.choice(NAMES): another()} if draw.maybe(0.08) else None,
        )
        if draw.maybe(0.06):
            made["unevaluatedProperties"] = draw.random.choice([False, False, another()])
    return made


def _array(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    def another() -> Json:
        return draw.schema(depth, references)

    made = {
        **_said(type=draw.one_of(0.9, ["array"])),
        **_said(
            items=another() if draw.maybe(0.75) or not draw.new else None,
            minItems=draw.at(0.2, 0, 3),
            maxItems=draw.at(0.2, 0, 4),
            uniqueItems=draw.one_of(0.12, [True]),
        ),
    }
    if draw.new:
        made |= _said(prefixItems=draw.several(1, 2, depth, references) if draw.maybe(0.2) else None)
        if draw.maybe(0.15):
            made |= _said(contains=another(), minContains=draw.at(0.3, 0, 2), maxContains=draw.at(0.3, 0, 3))
        if draw.maybe(0.04):
            made["unevaluatedItems"] = draw.random.choice([False, another()])
    return made


def _any_of(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    return {"anyOf": draw.several(1, 3, depth, references)}


def _one_of(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    return {"oneOf": draw.several(1, 3, depth, references)}


def _told_apart(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    """Return alternatives that a property tells apart, by a value each."""
    branches = []
    for tag in draw.random.sample(["a", "b", "ab"], draw.random.randint(2, 3)):
        named = {"const": tag} if draw.new else {"type": "string", "enum": [tag]}
        rest = {name: draw.schema(depth - 1, references) for name in draw.some("bc", 0.5)}
        branches.append(
            {"type": "object", "properties": {"a": named, **rest}, "required": ["a", *draw.some(rest, 0.4)]}
        )
    return {draw.random.choice(["oneOf", "oneOf", "anyOf"]): branches}


def _all_of(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    return {"allOf": draw.several(1, 2, depth, references)}


def _extended(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    """Return an object that is made of parts, closed or not."""
    made: dict[str, Json] = {
        "allOf": [_object(draw, depth, references), *draw.several(0, 1, depth, references), _object(draw, depth, ())]
    }
    if draw.new and draw.maybe(0.4):
        made["unevaluatedProperties"] = False
    return made


def _not(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    return {**draw.random.choice([{}, {"type": "object"}, {"type": "string"}]), "not": draw.schema(depth, references)}


def _if(draw: Draw, depth: int, references: tuple[str, ...]) -> Json:
    tag = {"properties": {"a": _const(draw, 0, ())}, "required": ["a"]}
    made = {"if": tag if draw.maybe(0.5) else draw.schema(depth, references)}
    for keyword in draw.some(("then", "else"), 0.7):
        made[keyword] = draw.random.choice([{"required": ["b"]}, draw.schema(depth, references)])
    return made


KINDS = (
    Kind(3, _anything),
    Kind(8, _type),
    Kind(7, _enum),
    Kind(5, _const, newer=True),
    Kind(10, _number),
    Kind(11, _string),
    Kind(7, _reference),
    Kind(3, _untyped, newer=True),
    Kind(20, _object, nests=True),
    Kind(11, _array, nests=True),
    Kind(6, _any_of, nests=True),
    Kind(4, _one_of, nests=True),
    Kind(3, _told_apart, nests=True),
    Kind(3, _all_of, nests=True),
    Kind(3, _extended, nests=True),
    Kind(2, _not, nests=True),
    Kind(2, _if, nests=True, newer=True),
)


# --- Changes ---------------------------------------------------------------------------------------------------------

Path = tuple[str | int, ...]
_ONE = frozenset(
    {
        *("items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
        *("not", "if", "then", "else"),
    }
)
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})


def places(schema: Json, at: Path = ()) -> Iterator[Path]:
    """Yield where each schema within a schema stands, itself first."""
    yield at
    for keyword, said in schema.items() if isinstance(schema, dict) else ():
        if keyword in _ONE:
            yield from places(said, (*at, keyword))
        elif keyword in _MANY:
            for index, one in enumerate(said):
                yield from places(one, (*at, keyword, index))
        elif keyword in _NAMED:
            for name, one in said.items():
                yield from places(one, (*at, keyword, name))


def with_change(value: Json, path: Path, change: Callable[[Json], Json]) -> Json:
    """Return a copy of a value in which what stands at a path was changed."""
    if not path:
        return change(value)
    made = value.copy()
    made[path[0]] = with_change(value[path[0]], path[1:], change)
    return made


def _replaced(draw: Draw, _: dict[str, Json], references: tuple[str, ...]) -> Json:
    return draw.schema(1, references)


def _with_less(draw: Draw, schema: dict[str, Json], _: tuple[str, ...]) -> Json:
    gone = draw.random.choice(list(schema))
    return {keyword: said for keyword, said in schema.items() if keyword != gone}


def _with_more(draw: Draw, schema: dict[str, Json], references: tuple[str, ...]) -> Json:
    more = draw.schema(1, references)
    if not isinstance(more, dict):
        return schema
    if "$ref" in more and not draw.new:
        return {"allOf": [schema, more]}
    return {**more, **schema} if draw.maybe(0.6) else {**schema, **more}


def _tweaked(draw: Draw, schema: dict[str, Json], references: tuple[str, ...]) -> Json:
    """Return a schema in which one keyword says a little more or less."""
    keyword = draw.random.choice(list(schema))
    said = schema[keyword]
    pick = draw.random.choice
    match keyword, said:
        case ("enum", _):
            new: Json = _toggled(said, pick(SCALARS)) or [1]
        case ("required", _):
            new = _toggled(said, pick(NAMES))
        case ("type", list()):
            new = _toggled(said, pick(TYPES)) or ["null"]
        case ("type", _):
            new = [said, pick(TYPES)] if draw.new and draw.maybe(0.6) else pick([*TYPES[:4], *TYPES[5:]])
            new = new if new != [said, said] else said
        case ("allOf" | "anyOf" | "oneOf" | "prefixItems", _):
            less = [one for index, one in enumerate(said) if index != pick(range(len(said)))]
            new = less if less and draw.maybe(0.5) else [*said, draw.schema(1, references)]
            draw.random.shuffle(new)
        case ("properties", _):
            name = pick(NAMES)
            new = {key: one for key, one in said.items() if key != name}
            new = new if name in said and draw.maybe(0.6) else {**said, name: draw.schema(1, references)}
        case (_, bool()):
            new = not said
        case ("multipleOf", _):
            new = pick([1, 2, 4, 0.5])
        case (_, int()) if keyword != "const":
            low = -9 if keyword in {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} else 0
            new = max(low, said + pick([-1, 1]))
        case _:
            new = said
    return {**schema, keyword: new}


def _toggled(values: list[Json], value: Json) -> list[Json]:
    kept = [one for one in values if (type(one), one) != (type(value), value)]
    return kept if len(kept) < len(values) else [*values, value]


def _widened(draw: Draw, schema: dict[str, Json], references: tuple[str, ...]) -> Json:
    return {draw.random.choice(["anyOf", "anyOf", "oneOf"]): [schema, draw.schema(1, references)]}


def _narrowed(draw: Draw, schema: dict[str, Json], references: tuple[str, ...]) -> Json:
    return {"allOf": [schema, draw.schema(1, references)]}


def _wrapped(draw: Draw, schema: dict[str, Json], _: tuple[str, ...]) -> Json:
    """Return the same in other words."""
    return draw.random.choice(
        [{"oneOf": [schema]}, {"anyOf": [schema, schema]}, {"allOf": [schema, schema]}, {"not": {"not": schema}}]
    )


CHANGES: dict[Callable[[Draw, dict[str, Json], tuple[str, ...]], Json], int] = {
    _tweaked: 8,
    _with_less: 4,
    _with_more: 4,
    _replaced: 2,
    _widened: 1,
    _narrowed: 1,
    _wrapped: 1,
}
"""What a schema may become, and how often it does."""

"""The keywords that hold no schema: whether what is allowed is contained in what one asks for, and values that are not.

`settled` is a proof, by counting or by the algebra. `values` are only worth trying: the validators say what they show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import jsonschema_rs

from specwitness.drift import algebra, languages
from specwitness.drift.expressions import Undecidable
from specwitness.drift.smallest import NOTHING, Builder, divides, patterns_of, seeded, strings
from specwitness.exceptions import DocumentError
from specwitness.findings import Json
from specwitness.pool.making import numbers
from specwitness.pool.shapes import Shape

USUAL: tuple[Json, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 0.5, -0.5, 0.125, 1e6, "", "a", "b", "aa", "ab", "abc", "1", " ", "A", "é"),
    *([], {}, [1], ["a"], [None], [1, 1], [1, 2], ["a", "a"], [1, "a"], [{}], {"a": 1}, {"a": "a"}, {"b": 1}),
    *({"a": None}, {"a": 1, "b": 1}, {"a": {}}, {"a": []}),
)
"""Values of every kind, for where nothing better is known."""


def neighbours(value: Json, names: Sequence[str], depth: int = 2) -> Iterator[Json]:
    """Yield values that differ from one in a part: another value of it, a part more, or one less."""
    if isinstance(value, dict):
        for name in {**value, **dict.fromkeys(names), **dict.fromkeys("ab")}:
            rest = {key: one for key, one in value.items() if key != name}
            yield rest
            others = neighbours(value[name], names, depth - 1) if depth > 1 and name in value else ()
            yield from ({**rest, name: one} for one in (*USUAL, *others))
    elif isinstance(value, list):
        for index, item in enumerate([*value[:3], None]):
            before, after = value[:index], value[index + 1 :]
            yield [*before, *after]
            others = neighbours(item, names, depth - 1) if depth > 1 and index < len(value) else ()
            yield from ([*before, one, *after] for one in (*USUAL, *others))


_OF_STRINGS = frozenset({"minLength", "maxLength", "pattern", "format"})
_OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_OF_ARRAYS = frozenset({"minItems", "maxItems", "uniqueItems"})
_OF_OBJECTS = frozenset({"required", "minProperties", "maxProperties", "dependentRequired"})
_OF_ALL = frozenset({"enum", "const"})
KEYWORDS = _OF_STRINGS | _OF_NUMBERS | _OF_ARRAYS | _OF_OBJECTS | _OF_ALL

_TYPES = {
    **dict.fromkeys(_OF_STRINGS, frozenset({"string"})),
    **dict.fromkeys(_OF_NUMBERS, frozenset({"integer", "number"})),
    **dict.fromkeys(_OF_ARRAYS, frozenset({"array"})),
    **dict.fromkeys(_OF_OBJECTS, frozenset({"object"})),
}


def refused_types(shape: Shape, schema: dict[str, Json]) -> frozenset[str]:
    """Return the types that a shape has and the schema's `type` does not; every integer is a number."""
    said = schema.get("type")
    if said is None:
        return frozenset()
    allowed = {said} if isinstance(said, str) else set(said)
    return shape.types - (allowed | ({"integer"} if "number" in allowed else set()))


def concerns(shape: Shape, keyword: str) -> bool:
    """Say whether a keyword speaks of a type that a shape has."""
    return keyword in _OF_ALL or not _TYPES[keyword].isdisjoint(shape.types)


def possible_types(shape: Shape) -> frozenset[str]:
    """Return the types that a shape has values of, as far as its own keywords tell."""
    return frozenset(type_ for type_ in shape.types if type_ not in _EMPTY or not _EMPTY[type_](shape))


def _no_text(shape: Shape) -> bool:
    return languages.is_empty(patterns_of(shape), shape.unlike, least=shape.min_length, most=shape.max_length)


def _no_integer(shape: Shape) -> bool:
    # The whole multiples of n/d, in lowest terms, are those of n.
    return _no_multiple(shape, Fraction((shape.multiple or Fraction(1)).numerator))


def _no_fraction(shape: Shape) -> bool:
    """Say whether a shape has no number that is not an integer."""
    if shape.multiple is not None:
        return shape.multiple.denominator == 1 or _no_multiple(shape, shape.multiple)
    if shape.low is None or shape.high is None:
        return False
    (low, above), (high, below) = shape.low, shape.high
    return low > high or (low == high and (above or below or low.denominator == 1))


def _no_multiple(shape: Shape, step: Fraction) -> bool:
    if shape.low is None or shape.high is None:
        return False
    first, last = math.ceil(shape.low[0] / step), math.floor(shape.high[0] / step)
    first += shape.low[1] and first * step == shape.low[0]
    last -= shape.high[1] and last * step == shape.high[0]
    return first > last


def _no_array(shape: Shape) -> bool:
    least = max(shape.min_items, *(least for _, least in shape.contains), 0)
    end = next((index for index, node in enumerate(shape.prefix) if False in node), None)
    end = len(shape.prefix) if end is None and False in shape.items else end
    return any(most is not None and most < least for most in (shape.max_items, end))


def _no_object(shape: Shape) -> bool:
    needed = _needed(shape.required, shape)
    least = max(shape.min_properties, len(needed))
    return _most_properties(shape) < least or any(False in shape.node_of(name) for name in needed)


def named(shape: Shape) -> tuple[str, ...]:
    """Return the names of properties that a shape speaks of one by one."""
    return tuple(dict.fromkeys((*shape.properties, *sorted(_needed(shape.required, shape)))))


def _needed(names: Iterable[str], shape: Shape) -> set[str]:
    """Return the names that an object has to have which has some, those included that others need."""
    needed = {*names}
    while more := {other for name, others in shape.needs if name in needed for other in others} - needed:
        needed |= more
    return needed


_EMPTY: dict[str, Callable[[Shape], bool]] = {
    "string": _no_text,
    "integer": _no_integer,
    "number": _no_fraction,
    "array": _no_array,
    "object": _no_object,
}


def settled(shape: Shape, keyword: str, said: Json) -> bool:
    """Say whether it is proven that whatever a shape allows, the keyword does too."""
    match keyword:
        case "required":
            return set(said) <= set(shape.required)
        case "minProperties":
            return bool(max(shape.min_properties, len(set(shape.required))) >= said)
        case "maxProperties":
            return bool(_most_properties(shape) <= said)
        case "dependentRequired":
            needs = {name: set(others) for name, others in shape.needs}
            return all(
                False in shape.node_of(name) or set(others) <= {*needs.get(name, ()), *shape.required, name}
                for name, others in said.items()
            )
        case "minItems":
            return bool(max(shape.min_items, *(least for _, least in shape.contains), 0) >= said)
        case "maxItems":
            return shape.max_items is not None and shape.max_items <= said
        case "uniqueItems":
            return not said or shape.unique or (shape.max_items is not None and shape.max_items <= 1)
        case "enum" | "const":
            return (
                shape.types <= {"null", "boolean", "string"}
                and all(not refused(keyword, said, value) for value in _few(shape))
                and ("string" not in shape.types or _no_text_offends(shape, keyword, said))
            )
        case _:
            proven = keyword in _OF_STRINGS and _no_text_offends(shape, keyword, said)
            return (
                proven
                or _all_are_multiples(shape, keyword, said)
                or algebra.contained(_written(shape, keyword), {keyword: said})
            )


def unfolded(keyword: str, said: Json) -> Json:
    """Return a schema that says of each part of a value what `const` or `enum` says of the whole, or None."""
    allowed = said if keyword == "enum" else [said]
    if keyword not in _OF_ALL or len(allowed) > _FEW or not any(isinstance(value, dict | list) for value in allowed):
        return None
    return {"anyOf": [*map(_unfolded, allowed)]}


_FEW = 8


def _unfolded(value: Json) -> Json:
    if isinstance(value, dict):
        properties = {name: _unfolded(one) for name, one in value.items()}
        return {"type": "object", "properties": properties, "required": [*value], "additionalProperties": False}
    if isinstance(value, list):
        items = {"prefixItems": [*map(_unfolded, value)]} if value else {}
        return {"type": "array", "minItems": len(value), "maxItems": len(value), **items}
    return {"const": value}


def values(builder: Builder, shape: Shape, schema: dict[str, Json], keyword: str) -> Iterator[tuple[str, Json]]:
    """Yield what offends a keyword, by name where it can be offended in several ways, and a value that may."""
    said = schema[keyword]
    for offence, value in _VALUES[keyword](builder, shape, schema):
        if value is not NOTHING and refused(keyword, said, value):
            yield offence, value


def refused(keyword: str, said: Json, value: Json) -> bool:
    """Say whether one keyword, alone, refuses a value."""
    schema = {keyword: said}
    try:
        return not jsonschema_rs.is_valid(schema, value, draft=jsonschema_rs.Draft202012, validate_formats=True)
    except jsonschema_rs.ValidationError as error:
        raise DocumentError(f"{keyword} {said!r}", f"it cannot be read ({error.message})", "Correct it") from error


def matches(pattern: str, name: str) -> bool:
    """Say whether a name has a match of a pattern."""
    return not refused("pattern", pattern, name)


def _no_text_offends(shape: Shape, keyword: str, said: Json) -> bool:
    asked = _offending(shape, keyword, said)
    return asked is not None and languages.is_empty(asked[0], asked[1], least=asked[2], most=asked[3])


def _all_are_multiples(shape: Shape, keyword: str, said: Json) -> bool:
    if keyword != "multipleOf" or "number" in shape.types or shape.multiple is None:
        return False
    # The whole multiples of n/d, in lowest terms, are those of n.
    return (shape.multiple.numerator / Fraction(str(said))).denominator == 1


def _offending(shape: Shape, keyword: str, said: Json) -> _Asked | None:
    """Return what to ask for a text that a keyword refuses: patterns to match and not to, and lengths."""
    having, lacking, least, most = patterns_of(shape), shape.unlike, shape.min_length, shape.max_length
    match keyword:
        case "pattern":
            return having, (*lacking, said), least, most
        case "format" if said in _SURE:
            return having, (*lacking, _SURE[said]), least, most
        case "minLength":
            return having, lacking, least, int(said) - 1 if most is None else min(most, int(said) - 1)
        case "maxLength":
            return having, lacking, max(least, int(said) + 1), most
        case "enum" | "const":
            allowed = said if keyword == "enum" else [said]
            return having, (*lacking, languages.one_of(text for text in allowed if isinstance(text, str))), least, most
    return None


def patterns_that_suffice(schema: Json) -> tuple[str, ...] | None:
    """Return patterns such that a schema takes every text that matches all of them; None where there are none."""
    if not isinstance(schema, dict) or not schema.keys() <= _SAID_BY_PATTERNS:
        return None
    said = schema.get("type", "string")
    if "string" not in ([said] if isinstance(said, str) else said):
        return None
    found: list[str] = []
    for keyword in sorted(schema.keys() - {"type"}):
        asked = _offending(Shape(), keyword, schema[keyword])
        if asked is None:
            return None
        _, lacking, least, most = asked
        # What is refused is said as a length, what is taken as the opposite of it.
        found += lacking or [f"^{languages.ANY}{{{f'0,{least - 1}' if most is None else f'{most + 1},'}}}$"]
    return tuple(found)


_SAID_BY_PATTERNS = _OF_STRINGS | _OF_ALL | {"type"}


_Asked = tuple[tuple[str, ...], tuple[str, ...], int, int | None]
_SURE = {
    "uuid": r"^[\dA-Fa-f]{8}(-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}$",  # RFC 9562, section 4
    "ipv4": r"^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$",  # RFC 2673, section 3.2
}
"""Every text that matches has the format."""


def _few(shape: Shape) -> Iterator[Json]:
    yield from (None,) if "null" in shape.types else ()
    yield from (True, False) if "boolean" in shape.types else ()


def _most_properties(shape: Shape) -> float:
    if shape.max_properties is not None:
        return shape.max_properties
    closed = False in shape.additional and not shape.named_like
    possible = [name for name in shape.properties if False not in shape.node_of(name)]
    return len(possible) if closed else float("inf")


def _written(shape: Shape, keyword: str) -> dict[str, Json]:
    """Return the plain keywords of a shape as a schema, those for the type that a keyword speaks of."""
    if keyword in _OF_NUMBERS:
        written: dict[str, Any] = {"type": "number" if "number" in shape.types else "integer"}
        for bound, name, excluded in (
            (shape.low, "minimum", "exclusiveMinimum"),
            (shape.high, "maximum", "exclusiveMaximum"),
        ):
            if bound is not None:
                written[excluded if bound[1] else name] = _number(bound[0])
        return written | ({"multipleOf": _number(shape.multiple)} if shape.multiple else {})
    written = {"type": "string", "minLength": shape.min_length}
    if shape.max_length is not None:
        written["maxLength"] = shape.max_length
    if shape.format is not None:
        written["format"] = shape.format
    if shape.patterns or shape.unlike:
        unlike = [{"not": {"pattern": pattern}} for pattern in shape.unlike]
        written["allOf"] = [*({"pattern": pattern} for pattern in shape.patterns), *unlike]
    return written


def _number(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


_Values = Iterator[tuple[str, Json]]


def _texts(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    del builder
    low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
    for keyword in sorted(_OF_STRINGS & schema.keys()):
        yield from (("", text) for text in _refused_texts(shape, keyword, schema))
    lengths = [shape.min_length, low - 1, *([int(high) + 1] if high is not None else []), shape.max_length or 0]
    made = list(strings(shape, ""))
    for text in made:
        yield "", text
    for length in lengths:
        if 0 <= length <= languages.LONGEST:
            # A pattern without anchors is met by more than itself.
            for text in (*made[:3], "a", "1", "é"):
                yield "", (text * (length // max(1, len(text)) + 1))[:length]
                yield "", text + "a" * (length - len(text))
    rest = algebra.left(_written(shape, "pattern"), {key: schema[key] for key in schema if key in _OF_STRINGS})
    for part in algebra.parts(rest) if rest is not None else ():
        for way in Builder({}).ways((part,)):
            yield from (("", text) for text in strings(way, ""))
    yield from (("", text) for text in USUAL if isinstance(text, str))


def _refused_texts(shape: Shape, keyword: str, schema: dict[str, Json]) -> Iterator[str]:
    """Yield the shortest text of a shape that a keyword refuses, and the empty one only where there is no other."""
    asked = _offending(shape, keyword, schema[keyword])
    if asked is None:
        return
    having, lacking, least, most = asked
    for fewest in (max(least, 1), least):
        try:
            found = languages.shortest(having, lacking, least=fewest, most=most)
        except Undecidable:
            return
        if found is not None:
            # To the second validator a `$` is also before a line feed that ends the text; before two it is to nobody.
            yield from (f"{found}\n", found) if found.endswith("\n") else (found,)
            return


def _numbers(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    del builder
    yield from (("", number) for number in _near(shape, schema) if divides(shape.multiple, number))


def _near(shape: Shape, schema: dict[str, Json]) -> Iterator[float]:
    """Yield numbers of a shape, and such as a schema may refuse: those around its bounds and between its multiples."""
    bounds = [schema[keyword] for keyword in _OF_NUMBERS if keyword in schema]
    whole = [number for bound in bounds for number in (bound - 1, bound + 1, bound)]
    broken = [] if "number" not in shape.types else [number + 0.5 for number in whole] + [b + 1e-3 for b in bounds]
    yield from (*numbers(shape, seeded(), whole="number" not in shape.types, broken=False), *whole, *broken)
    if "multipleOf" in schema:
        asked, low = Fraction(str(schema["multipleOf"])), Fraction(0) if shape.low is None else shape.low[0]
        yield from (_number(low + asked * Fraction(part, 8)) for part in (1, 3, 8, 12, 17))
    if shape.multiple is not None:
        step = _number(shape.multiple)
        yield from (step * factor for factor in (*range(-8, 9), *(bound // step + 1 for bound in bounds)))


def _arrays(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    yield "", builder.array_of(shape)
    if "maxItems" in schema:
        yield "", builder.array_of(shape, length=int(schema["maxItems"]) + 1)
    item = builder.value(shape.item_at(0))
    yield "", builder.array_of(shape, {0: item, 1: item}) if item is not NOTHING else NOTHING
    last = len(shape.prefix)
    item = builder.value(shape.items)
    yield "", builder.array_of(shape, {last: item, last + 1: item}) if item is not NOTHING else NOTHING
    yield "", builder.array_of(shape, length=2)


def _required(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    names = schema["required"]
    for name in names:
        if name not in shape.required:
            yield name, builder.object_of(shape, without=name, reader=schema)
            yield name, builder.object_of(shape, without=name)


def _dependent_required(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    for name, others in schema["dependentRequired"].items():
        value = builder.value(shape.node_of(name), name)
        for other in others if value is not NOTHING else ():
            if other == name:
                continue
            rest = {**schema, "required": [*schema.get("required", ()), *(one for one in others if one != other)]}
            yield f"{name} {other}", builder.object_of(shape, {name: value}, without=other, reader=rest)
            yield f"{name} {other}", builder.object_of(shape, {name: value}, without=other)


def _sizes(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    yield "", builder.object_of(shape)
    if "maxProperties" in schema:
        yield "", builder.object_of(shape, size=int(schema["maxProperties"]) + 1)


def _other_values(builder: Builder, shape: Shape, schema: dict[str, Json]) -> _Values:
    for keyword in sorted(_OF_ALL & schema.keys()) if "string" in shape.types else ():
        yield from (("", text) for text in _refused_texts(shape, keyword, schema))
    for type_ in sorted(shape.types):
        yield from (("", value) for value in builder.of_type(shape, type_))
        yield from (("", value) for value in builder.of_type(shape, type_, "other"))
    yield from (("", value) for value in USUAL)


_VALUES: dict[str, Callable[[Builder, Shape, dict[str, Json]], _Values]] = {
    **dict.fromkeys(_OF_STRINGS, _texts),
    **dict.fromkeys(_OF_NUMBERS, _numbers),
    **dict.fromkeys(_OF_ARRAYS, _arrays),
    "required": _required,
    "dependentRequired": _dependent_required,
    "minProperties": _sizes,
    "maxProperties": _sizes,
    "enum": _other_values,
    "const": _other_values,
}

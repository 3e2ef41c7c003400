"""What is sent as text, as who reads it takes it: the text `1` is a number to one and a string to another.

A parameter, a header, a member of a form and a plain text say nothing of the type of a value. So what one side sends
is said in the types of the side that reads it, where every text of the one is a value of the other. Who reads keeps
the schema that was written, and a refusal its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import jsonschema_rs

from specwitness.drift import languages
from specwitness.drift.bundle import Bundle
from specwitness.findings import Json

_COMPOSED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas"})
_NUMBERS = frozenset({"integer", "number"})
_SPELLED = _NUMBERS | {"boolean"}
_ALL = _SPELLED | {"null", "string", "array", "object"}
_MOST_LISTED = 64
"""How many integers of a range are named one by one."""
_WHOLE = r"(?:0|[1-9][0-9]*)"
_FRACTION = r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_LONGEST_INTEGER = 20
"""As many characters as an integer of 64 bits has; a larger one is not interoperable (RFC 8259 section 6)."""
_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


def spoken_of(bundle: Bundle, sent: Json, read: Json) -> Json:
    """Return what is sent as text in the types of the schema by which it is read, as far as those are plain.

    It is the same object where there is nothing to say otherwise, and may accept some texts more than are sent: of
    bounds only the length is kept. Both are schemas of the bundle.
    """
    ours, theirs = _flat(bundle, sent), _flat(bundle, read)
    if ours is None or theirs is None or ours is theirs:
        return sent
    changed: dict[str, Json] = {}
    if "items" in ours and "items" in theirs:
        items = spoken_of(bundle, ours["items"], theirs["items"])
        changed |= {"items": items} if items is not ours["items"] else {}
    if "properties" in ours and "properties" in theirs:
        both = {name: (one, theirs["properties"].get(name, one)) for name, one in ours["properties"].items()}
        members = {name: spoken_of(bundle, *pair) for name, pair in both.items()}
        said_otherwise = any(members[name] is not one for name, (one, _) in both.items())
        changed |= {"properties": members} if said_otherwise else {}
    return ours | changed if changed else _scalar(ours, theirs) or sent


def sendable(bundle: Bundle, schema: Json, *, in_path: bool) -> Json:
    """Return the values of a schema that a parameter can carry: no null, no empty list or object, none of them empty.

    OpenAPI 3.1, Parameter Object, and RFC 6570 section 3.2.1: what is undefined or an empty list has no expansion. A
    path without the text of a parameter is another path.
    """
    flat = _flat(bundle, schema)
    types = _types(flat) if flat is not None else _ALL
    asked: dict[str, Any] = {"minLength": 1} if in_path and "string" in types else {}
    if types & {"null", "array", "object"}:
        asked |= {"type": sorted(_ALL - {"null"}), "minItems": 1, "minProperties": 1}
    return {"allOf": [schema, asked]} if asked else schema


def raw(bundle: Bundle, schema: Json) -> Json:
    """Return the values of a schema that a body of bytes or characters can be: they are strings to JSON Schema."""
    flat = _flat(bundle, schema) if schema is not True else {}
    if flat is None or _types(flat) == {"string"} or "string" not in _types(flat):
        return schema
    return {"type": "string"} if schema is True else {"allOf": [schema, {"type": "string"}]}


@dataclass(frozen=True)
class Spelling:
    """A value in a message that was said in other types than it is sent in, and the schema by which it is sent."""

    path: tuple[str, ...]
    schema: Json

    def is_sent(self, bundle: Bundle, message: Json) -> bool:
        """Say whether the text of the value in a message, if it is there, is that of a value that is sent."""
        value = message
        for token in self.path:
            if not isinstance(value, dict) or token not in value:
                return True
            value = value[token]
        return any(bundle.accepts(self.schema, one) for one in _readings(value))


def spellings(bundle: Bundle, path: tuple[str, ...], sent: Json, said: Json) -> Iterator[Spelling]:
    """Yield what differs between a schema by which a value is sent and what `spoken_of` made of it."""
    if sent is said:
        return
    flat = _flat(bundle, sent)
    if flat is None or "properties" not in flat:
        yield Spelling(path, sent)
        return
    for name, one in flat["properties"].items():
        yield from spellings(bundle, (*path, name), one, said["properties"][name])


def _readings(value: Json) -> Iterator[Json]:
    """Yield what the text of a value may mean."""
    yield value
    for change in (_written, _spelled):
        yield _throughout(value, change)


def _throughout(value: Json, change: Any) -> Json:
    match value:
        case dict():
            return {name: _throughout(item, change) for name, item in value.items()}
        case list():
            return [_throughout(item, change) for item in value]
        case _:
            return change(value)


def _written(value: Json) -> Json:
    return value if isinstance(value, str) else json.dumps(value)


def _spelled(value: Json) -> Json:
    """Return the number or boolean that a text spells, else the text."""
    if not isinstance(value, str):
        return value
    try:
        spelled = json.loads(value)
    except ValueError:
        return value
    return spelled if isinstance(spelled, int | float) else value


def _flat(bundle: Bundle, schema: Json) -> dict[str, Json] | None:
    """Return a schema that is made of no others, references and unions of one followed; None for any other."""
    for _ in range(_MOST_LISTED):
        if not isinstance(schema, dict):
            return None
        if schema.keys() == {"$ref"}:
            schema = bundle.followed(schema)
        elif schema.keys() == {"allOf"} and len(schema["allOf"]) == 1:
            schema = schema["allOf"][0]
        else:
            return schema if _COMPOSED.isdisjoint(schema) else None
    return None


def _types(schema: dict[str, Json]) -> frozenset[str]:
    if "type" in schema:
        said = schema["type"]
        return frozenset([said] if isinstance(said, str) else said)
    values = _listed(schema)
    return _ALL if values is None else frozenset(map(_type_of, values))


def _type_of(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _listed(schema: dict[str, Json]) -> list[Json] | None:
    """Return the few values that a schema has, None where there are more."""
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return [value for value in schema["enum"] if jsonschema_rs.is_valid({**schema, "enum": [value]}, value)]
    return None


def _scalar(ours: dict[str, Json], theirs: dict[str, Json]) -> Json:
    """Return what is sent in the types of what is read; None where it is none of these, or says so already."""
    sent, read = _types(ours) - {"null"}, _types(theirs) - {"null"}
    if read == {"string"} and sent == _ALL - {"null"}:
        return {**ours, "type": "string"}
    if read == {"string"} and sent and sent <= _SPELLED:
        return _as_strings(ours, sent)
    if read and read <= _SPELLED and sent == {"string"}:
        return _as_spelled(ours, read)
    return None


def _as_strings(ours: dict[str, Json], sent: frozenset[str]) -> Json:
    """Return the texts of numbers and booleans."""
    values = _listed(ours) or ([True, False] if sent == {"boolean"} else _range(ours) if sent == {"integer"} else None)
    if values is not None:
        return {"enum": [_written(value) for value in values if value is not None]}
    if "boolean" in sent:
        return None
    sign = "" if _lowest(ours) >= 0 else "-?"
    if sent == {"integer"}:
        return {"type": "string", "pattern": f"^{sign}{_WHOLE}$", "maxLength": _longest(ours)}
    return {"type": "string", "pattern": f"^{sign}{_WHOLE}{_FRACTION}$"}


def _range(ours: dict[str, Json]) -> list[int] | None:
    """Return the integers of a short range."""
    low, high = ours.get("minimum"), ours.get("maximum")
    if low is None or high is None or not 0 <= high - low <= _MOST_LISTED:
        return None
    numbers = range(int(low), int(high) + 1)
    return [number for number in numbers if jsonschema_rs.is_valid(ours, number, draft=jsonschema_rs.Draft202012)]


def _lowest(ours: dict[str, Json]) -> Fraction:
    bounds = [Fraction(str(ours[keyword])) for keyword in ("minimum", "exclusiveMinimum") if keyword in ours]
    return max(bounds, default=Fraction(-1))


def _longest(ours: dict[str, Json]) -> int:
    """Return how many characters an integer has at most."""
    if not {"maximum", "exclusiveMaximum"} & ours.keys() or not {"minimum", "exclusiveMinimum"} & ours.keys():
        return _LONGEST_INTEGER
    return max(len(str(int(ours[keyword]))) for keyword in _LIMITS if keyword in ours)


def _as_spelled(ours: dict[str, Json], read: frozenset[str]) -> Json:
    """Return the numbers and booleans that texts spell, where it is known which texts there are."""
    values = _listed(ours)
    if values is not None:
        return {"enum": [_spelled(value) if _type_of(_spelled(value)) in _wider(read) else value for value in values]}
    if "pattern" not in ours or not read & _NUMBERS:
        return None
    longest = ours.get("maxLength")
    numbers = f"^-?{_WHOLE}{'' if read == {'integer'} else _FRACTION}$"
    if not languages.is_empty((ours["pattern"],), (numbers,), least=int(ours.get("minLength", 0)), most=longest):
        return None
    return {"type": "integer" if read == {"integer"} else "number"}


def _wider(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types

"""What is sent as text, as who reads it takes it: the text `1` is a number to one and a string to another.

A parameter, a header, a member of a form and a plain text say nothing of the type of a value. So what one side sends
is said in the types of the side that reads it, where every text of the one is a value of the other. Who reads keeps
the schema that was written, and a refusal its place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import jsonschema_rs

from specwitness.contract.alternatives import type_of
from specwitness.drift import languages
from specwitness.drift.bundle import Bundle
from specwitness.findings import Json

_COMPOSED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas"})
_NUMBERS = frozenset({"integer", "number"})
_SPELLED = _NUMBERS | {"boolean"}
_ALL = _SPELLED | {"null", "string", "array", "object"}
_MOST_LISTED = 64
"""How many integers of a range are named one by one."""
_MOST_FOLLOWED = 64
_WHOLE = r"(?:0|[1-9][0-9]*)"
_WHOLE_OR_LESS = r"(?:0|-?[1-9][0-9]*)"
_FRACTION = r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_LONGEST_INTEGER = 20
"""As many characters as an integer of 64 bits has; a larger one is not interoperable (RFC 8259 section 6)."""
_SPELLS = rf"true|false|-?{_WHOLE}{_FRACTION}"
_EXACT = 1 << 53
_PLAIN = frozenset(
    {
        *("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern"),
    }
)
_STRUCTURED = frozenset(
    {
        *("properties", "required", "patternProperties", "additionalProperties", "propertyNames", "minProperties"),
        *("maxProperties", "dependentRequired", "unevaluatedProperties", "items", "prefixItems", "contains"),
        *("minItems", "maxItems", "uniqueItems", "unevaluatedItems"),
    }
)
_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})

PARAMETER = (frozenset({"items", "properties"}),)
FORM = (frozenset({"properties"}), frozenset({"items"}))
TEXT: tuple[frozenset[str], ...] = ()
"""Where texts stand in a value: what is deeper travels as JSON (OpenAPI 3.1, Encoding Object), or is not defined."""


def spoken_of(
    bundle: Bundle, sent: Json, read: Json, inside: tuple[frozenset[str], ...], apart: frozenset[str] = frozenset()
) -> Json:
    """Return what is sent as text in the types of the schema by which it is read, as far as those are plain.

    It is the same object where there is nothing to say otherwise, and may accept some texts more than are sent: of
    bounds only the length is kept. Both are schemas of the bundle; properties that are `apart` are no texts.
    """
    ours, theirs = _flat(bundle, sent), _flat(bundle, read)
    if ours is None or theirs is None or ours is theirs:
        return sent
    changed: dict[str, Json] = {}
    if inside and "items" in inside[0] and "items" in ours and "items" in theirs:
        items = spoken_of(bundle, ours["items"], theirs["items"], inside[1:])
        changed |= {"items": items} if items is not ours["items"] else {}
    if inside and "properties" in inside[0] and "properties" in ours and "properties" in theirs:
        both = {
            name: (one, theirs["properties"].get(name, one) if name not in apart else one)
            for name, one in ours["properties"].items()
        }
        spoken = {name: spoken_of(bundle, *pair, inside[1:]) for name, pair in both.items()}
        said_otherwise = any(spoken[name] is not one for name, (one, _) in both.items())
        changed |= {"properties": spoken} if said_otherwise else {}
    if changed:
        return ours | changed
    return sent if _STRUCTURED & ours.keys() else _scalar(ours, theirs) or sent


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
    if flat is None or _types(flat) == {"string"} or "string" not in _types(flat) or _STRUCTURED & flat.keys():
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
        return any(bundle.accepts(self.schema, one) for one in _readings(value, self.path))


def spellings(bundle: Bundle, path: tuple[str, ...], sent: Json, said: Json) -> Iterator[Spelling]:
    """Yield what differs between a schema by which a value is sent and what `spoken_of` made of it."""
    if sent is said:
        return
    flat = _flat(bundle, sent)
    if flat is None or "properties" not in flat or not isinstance(said, dict) or "properties" not in said:
        yield Spelling(path, sent)
        return
    for name, one in flat["properties"].items():
        yield from spellings(bundle, (*path, name), one, said["properties"][name])


Texts = tuple[tuple[tuple[str, ...], Json], ...]
"""The places of texts in a message, each with the schema by which it is read."""


def as_read(bundle: Bundle, texts: Texts, message: Json) -> Json:
    """Return a message with its texts as who reads them takes them: as the first reading that a schema accepts."""
    for path, schema in texts:
        message = _replaced(message, path, partial(_read, bundle, schema, path))
    return message


def _replaced(value: Json, path: tuple[str, ...], change: Callable[[Json], Json]) -> Json:
    if not path:
        return change(value)
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _replaced(value[path[0]], path[1:], change)}


def _read(bundle: Bundle, schema: Json, path: tuple[str, ...], value: Json) -> Json:
    return next((one for one in _readings(value, path) if bundle.accepts(schema, one)), value)


def members(bundle: Bundle, schema: Json) -> dict[str, Json]:
    """Return the schemas of the properties that a schema declares itself, by name."""
    flat = _flat(bundle, schema)
    return dict(flat.get("properties", {})) if flat is not None else {}


def _readings(value: Json, path: tuple[str, ...]) -> Iterator[Json]:
    """Yield what the text of a value at a place may mean: `["1"]` is one of strings, and one of integers."""
    yield value
    of_body = path[0] == "body"
    if (isinstance(value, dict) and of_body) or (isinstance(value, list) and of_body and len(path) == 1):
        return  # an object in a form is JSON, and so is all that is no scalar in a text
    for change in (_written, _spelled):
        match value:
            case dict():
                yield {name: item if isinstance(item, dict | list) else change(item) for name, item in value.items()}
            case list():
                yield [item if isinstance(item, dict | list) else change(item) for item in value]
            case _:
                yield change(value)


def _written(value: Json) -> Json:
    """Return the text of a number or boolean: `7` of 7, and of 7.0."""
    if isinstance(value, str) or value is None:
        return value
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if whole else json.dumps(value)


def _spelled(value: Json) -> Json:
    """Return the number or boolean that a text spells, else the text."""
    if not isinstance(value, str) or not re.fullmatch(_SPELLS, value):
        return value
    spelled = json.loads(value)
    return spelled if math.isfinite(spelled) else value


def _flat(bundle: Bundle, schema: Json) -> dict[str, Json] | None:
    """Return a schema that is made of no others, references and unions of one followed; None for any other."""
    for _ in range(_MOST_FOLLOWED):
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
    return _ALL if values is None else frozenset(map(type_of, values))


def _listed(schema: dict[str, Json]) -> list[Json] | None:
    """Return the few values that a schema has, None where there are more, or some that are no scalars."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values is None or any(isinstance(value, dict | list) for value in values):
        return None
    plain = {keyword: said for keyword, said in schema.items() if keyword in _PLAIN}
    return [value for value in values if jsonschema_rs.is_valid(plain, value, draft=jsonschema_rs.Draft202012)]


def _scalar(ours: dict[str, Json], theirs: dict[str, Json]) -> Json:
    """Return what is sent in the types of what is read, each type by itself; None where that says nothing new."""
    sent, read = _types(ours) - {"null"}, _wider(_types(theirs) - {"null"})
    if sent == _ALL - {"null"}:
        return {**ours, "type": "string"} if read == {"string"} else None
    if not sent or not sent <= _SPELLED | {"string"}:
        return None
    parts = {type_: _of_type({**ours, "type": type_}, type_, read) for type_ in sorted(sent)}
    if all(part is None for part in parts.values()):
        return None
    said = [part or {**ours, "type": type_} for type_, part in parts.items()]
    said += [{"type": "null"}] if "null" in _types(ours) else []
    return said[0] if len(said) == 1 else {"anyOf": said}


def _of_type(ours: dict[str, Json], sent: str, read: frozenset[str]) -> Json:
    if sent in read:
        return None
    if sent == "string":
        return _as_spelled(ours, read) if read <= _SPELLED else None
    return _as_strings(ours, sent) if "string" in read else None


def _as_strings(ours: dict[str, Json], sent: str) -> Json:
    """Return the texts of numbers or booleans."""
    values = _listed(ours)
    if values is None and sent == "boolean":
        values = [True, False]
    if values is None and sent == "integer":
        values = _range(ours)
    if values is not None:
        return {"enum": [_written(value) for value in values]}
    signed = _lowest(ours) < 0
    if sent == "integer":
        pattern = f"^{_WHOLE_OR_LESS if signed else _WHOLE}$"
        return {"type": "string", "pattern": pattern, "maxLength": _longest(ours)}
    return {"type": "string", "pattern": f"^{'-?' if signed else ''}{_WHOLE}{_FRACTION}$"}


def _range(ours: dict[str, Json]) -> list[int] | None:
    """Return the integers of a short range."""
    low, high = ours.get("minimum"), ours.get("maximum")
    if low is None or high is None or not 0 <= high - low <= _MOST_LISTED:
        return None
    numbers = range(int(low), int(high) + 1)
    return [number for number in numbers if jsonschema_rs.is_valid(ours, number, draft=jsonschema_rs.Draft202012)]


def _lowest(ours: dict[str, Json]) -> Fraction:
    """Return what a number is not less than, by its bounds; an integer above a limit is one more than that."""
    more = 1 if ours.get("type") == "integer" else 0
    bounds = [Fraction(str(ours["minimum"]))] if "minimum" in ours else []
    bounds += [Fraction(str(ours["exclusiveMinimum"])) + more] if "exclusiveMinimum" in ours else []
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
        return {"enum": [_spelled(value) if type_of(_spelled(value)) in read else value for value in values]}
    if "pattern" not in ours or not read & _NUMBERS:
        return None
    numbers = f"^-?{_WHOLE}{_FRACTION if 'number' in read else ''}$"
    least, most = int(ours.get("minLength", 0)), ours.get("maxLength")
    if not languages.is_empty((ours["pattern"],), (numbers,), least=least, most=most):
        return None
    return {"type": "number" if "number" in read else "integer"}


def _wider(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types

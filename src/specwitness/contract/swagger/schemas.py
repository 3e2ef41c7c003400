"""Schemas of Swagger 2.0, and what parameters and headers say in place of one, as Schema Objects of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.swagger.laying import Said
from specwitness.findings import Json

SAYINGS = frozenset(
    {
        *("type", "format", "items", "default", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum"),
        *("exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "x-nullable"),
    }
)
"""What a parameter, a header or an item says of its values by itself (Swagger 2.0, Parameter Object)."""

_NAMED = frozenset({"properties", "patternProperties", "definitions"})
_ONE = frozenset({"items", "additionalProperties", "not"})
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf"})
_SHAPING = frozenset({"$ref", "enum", "not", *_SEVERAL})
"""What may refuse null in a schema that names no type."""
_WORDS = frozenset({"title", "description", "readOnly", "default", "example", "xml", "externalDocs", "discriminator"})

_NULL = {"type": "object", "nullable": True, "enum": [None]}


def schema(value: Json, at: str) -> Any:
    """Return the schema at a pointer, all within it included; what is not of the form of one is left as it is."""
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$ref"), str):
        # JSON Reference, section 3: what stands beside is ignored. Words for people, and null, are all the same meant.
        value = {key: item for key, item in value.items() if key == "$ref" or key in _WORDS or key.startswith("x-")}
    made: dict[str, Any] = {}
    for key, item in value.items():
        place = pointers.join(at, key)
        if key in _NAMED and isinstance(item, dict):
            made[key] = {name: schema(one, pointers.join(place, name)) for name, one in item.items()}
        elif key == "items" and isinstance(item, list):
            # 3.0 does not tell items apart by their place.
            made[key] = {"anyOf": _each(item, place)} if item else {}
        elif key in _ONE:
            made[key] = schema(item, place)
        elif key in _SEVERAL and isinstance(item, list):
            made[key] = _each(item, place)
        else:
            made[key] = item
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return _typed(made, at)


def _each(schemas: list[Json], at: str) -> list[Any]:
    return [schema(one, pointers.join(at, index)) for index, one in enumerate(schemas)]


def _typed(made: dict[str, Any], at: str) -> Any:
    """Return a schema whose type is one name, as 3.0 has it, with `nullable` for null."""
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    nullable = made.get("x-nullable")
    if isinstance(nullable, bool):
        del made["x-nullable"]
        made["nullable"] = nullable
    if made.get("type") == "null":
        made["type"] = ["null"]
    if isinstance(made.get("type"), list):
        made = _of_types(made)
    if made.get("type") == "array":
        # 3.0 asks for `items` beside it; without any they may be anything.
        made.setdefault("items", {})
    if made.get("nullable") is not True:
        return made
    if "type" not in made:
        return _or_null(made, at)
    if isinstance(made.get("enum"), list) and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    return made


def _of_types(made: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of several types, as JSON Schema has them and 3.0 has not."""
    types = [name for name in made["type"] if name != "null"]
    nullable = len(types) < len(made["type"]) or made.get("nullable") is True
    around = {key: item for key, item in made.items() if key not in {"type", "nullable"}}
    null = {"nullable": True} if nullable else {}
    if not types:
        return {**around, **_NULL}
    if len(types) == 1:
        return {**around, "type": types[0], **null}
    choice = {"anyOf": [{"type": name, **null} for name in types]}
    return {**around, "allOf": [*around.get("allOf", ()), choice]} if "anyOf" in around else {**around, **choice}


def _or_null(made: dict[str, Any], at: str) -> Any:
    """Return a schema without a type that allows null too: `nullable` would have no effect on it (OpenAPI 3.0.3)."""
    if _SHAPING.isdisjoint(made):
        return made
    del made["nullable"]
    around = {key: item for key, item in made.items() if key in _WORDS or key.startswith("x-")}
    within = {key: item for key, item in made.items() if key not in around}
    return {**around, "anyOf": [Said(at, within), dict(_NULL)]}


# --- What says in place of a schema which values it has --------------------------------------------------------------


def schema_of(value: Mapping[str, Json], at: str) -> Any:
    """Return the schema of what a parameter, a header or an item says of its values."""
    said = {key: item for key, item in value.items() if key in SAYINGS}
    if said.get("type") != "array":
        return schema(said, at)
    items = said.pop("items", {})
    made = schema(said, at)
    if isinstance(items, dict) and items.get("type") == "array":
        made["items"] = Said(pointers.join(at, "items"), as_text(items))
    else:
        made["items"] = Said(pointers.join(at, "items"), _item(items, pointers.join(at, "items")))
    return made


def _item(items: Json, at: str) -> Any:
    """Return the schema of an item that is no array itself."""
    if not isinstance(items, dict):
        return items
    return schema({key: item for key, item in items.items() if key != "collectionFormat"}, at)


def as_text(value: Mapping[str, Json]) -> dict[str, Any]:
    """Return the schema of an array that 3.0 cannot write: tabs between items, or an array within another.

    As an array it would be written and read with other separators, and the server would take all of it for one item.
    That it is a text is true, and says less; what was said of it is kept in `x-array`.
    """
    said = {key: item for key, item in value.items() if key in SAYINGS or key == "collectionFormat"}
    return {"type": "string", "x-array": said}

"""What an example tells about a schema, said with the reserve that an example deserves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specwitness.contract.alternatives import type_of
from specwitness.findings import Json

INFERRED: dict[str, Json] = {"x-specwitness-inferred": "examples"}
"""Marks a schema that no source states: it was concluded from examples."""

# Page generators print a type in angle brackets where the document has no example; an SDK's also print `<id>`.
_PLACEHOLDER = re.compile(r"<[a-z][a-z -]{0,30}>")
_PLACEHOLDERS_FOR_ANYTHING = frozenset({"<any>", "<unknown>"})


def schema_of(example: Json) -> dict[str, Json]:
    """Return what one example shows: of an object its fields, of an array its items.

    Inside, a placeholder stands for a type, and a value without any stays whole: an object may be a map there.
    """
    if isinstance(example, dict):
        return {"type": "object", "properties": {name: _member(value) for name, value in example.items()}}
    if isinstance(example, list) and example:
        return {"type": "array", "items": schema_of(example[0])}
    return _member(example)


def _member(value: Json) -> dict[str, Json]:
    if is_placeholder(value):
        return {} if value in _PLACEHOLDERS_FOR_ANYTHING else {"type": "string"}
    return schema_of(value) if _has_placeholder(value) else {"type": type_of(value), "example": value}


def common_schema(examples: Sequence[Json]) -> dict[str, Json]:
    """Return what complete examples of one thing share: a property is required that each of them has."""
    types = list(dict.fromkeys(type_of(example) for example in examples))
    schema: dict[str, Json] = {"type": types[0] if len(types) == 1 else types}
    objects = [example for example in examples if isinstance(example, dict)]
    if objects:
        names = list(dict.fromkeys(name for each in objects for name in each))
        schema["properties"] = {name: common_schema([each[name] for each in objects if name in each]) for name in names}
        required = [name for name in names if all(name in each for each in objects)]
        schema |= {"required": required} if required else {}
    items = [item for example in examples if isinstance(example, list) for item in example]
    if items:
        schema["items"] = common_schema(items)
    return schema


def is_placeholder(value: Json) -> bool:
    """Say whether a value of an example is no value, but the name of a type."""
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value) is not None


def _has_placeholder(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_has_placeholder(member) for member in value.values())
    if isinstance(value, list):
        # The first item is the one that is described.
        return bool(value) and _has_placeholder(value[0])
    return is_placeholder(value)

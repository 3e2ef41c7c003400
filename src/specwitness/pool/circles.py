"""Find schemas that apply themselves to the same value: no validator comes to an end with them."""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.contract import pointers
from specwitness.findings import Json

_SAME_VALUE_MANY = ("allOf", "anyOf", "oneOf", "dependentSchemas")
_SAME_VALUE_ONE = ("not", "if", "then", "else")
_PART_MANY = ("prefixItems", "properties", "patternProperties")
_PART_ONE = ("items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties")


def is_circular(document: Json, pointer: str) -> bool:
    """Say whether a schema, or one it applies to a part of the value, leads back to itself without going deeper."""
    fresh, known = [pointer], {pointer}
    while fresh:
        at = fresh.pop()
        if _returns(document, at, frozenset()):
            return True
        for inner in (*_beside(document, at), *_below(document, at)):
            if inner not in known:
                known.add(inner)
                fresh.append(inner)
    return False


def _returns(document: Json, at: str, above: frozenset[str]) -> bool:
    if at in above:
        return True
    return any(_returns(document, inner, above | {at}) for inner in _beside(document, at))


def _beside(document: Json, at: str) -> Iterator[str]:
    """Yield the schemas that apply to the same value."""
    schema = _schema(document, at)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        yield pointers.target(reference)
    yield from _children(schema, at, _SAME_VALUE_MANY, _SAME_VALUE_ONE)


def _below(document: Json, at: str) -> Iterator[str]:
    """Yield the schemas that apply to a part of the value."""
    yield from _children(_schema(document, at), at, _PART_MANY, _PART_ONE)


def _children(schema: dict[str, Json], at: str, many: tuple[str, ...], one: tuple[str, ...]) -> Iterator[str]:
    for keyword in many:
        parts = schema.get(keyword, ())
        keys = parts if isinstance(parts, dict) else range(len(parts))
        yield from (pointers.join(at, keyword, key) for key in keys)
    yield from (pointers.join(at, keyword) for keyword in one if isinstance(schema.get(keyword), dict))


def _schema(document: Json, at: str) -> dict[str, Json]:
    try:
        schema = pointers.get(document, at)
    except KeyError:
        return {}
    return schema if isinstance(schema, dict) else {}

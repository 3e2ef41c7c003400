"""Which value of a discriminator means which definition. Entry point: `tags`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from specwitness.contract import pointers
from specwitness.findings import Json

_BY_ANOTHER_NAME = ("x-discriminator-value", "x-ms-discriminator-value")


def tags(definitions: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """Return for each definition with a discriminator the definitions that inherit it, by their value of it.

    Swagger 2.0, Schema Object: "the value MUST be the name of this schema or any schema that inherits it". A common
    extension gives it another name.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in definitions.items():
        named = [value[key] for key in _BY_ANOTHER_NAME if isinstance(value, dict) and isinstance(value.get(key), str)]
        for base in _lineage(definitions, name):
            if "discriminator" in definitions[base]:
                found.setdefault(base, {})[named[0] if named else name] = name
    return found


def _lineage(definitions: Mapping[str, Json], name: str) -> list[str]:
    """Return a definition and all that it inherits from."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found and isinstance(definitions.get(one), dict):
            found.append(one)
            waiting += _parents(definitions[one])
    return found


def _parents(definition: Mapping[str, Json]) -> Iterator[str]:
    branches = definition.get("allOf")
    for branch in branches if isinstance(branches, list) else ():
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        way = pointers.split(pointers.target(reference)) if isinstance(reference, str) else ()
        match way:
            case ("definitions", parent):
                yield parent

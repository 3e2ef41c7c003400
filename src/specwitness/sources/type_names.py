"""The type names that documentation pages write, as schemas."""

from __future__ import annotations

import re

from specwitness.findings import Json

MAX_LENGTH = 100

_SIMPLE = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_WITHOUT_LIMITS = frozenset({"any", "unknown"})
_WITH_ARGUMENT = re.compile(r"(\w+)<([\w.:-]+)>")


def schema_of(name: str) -> dict[str, Json] | None:
    """Return the schema of a type name, or None for a word that is no type name.

    `string`, `any`, `string<uuid>` (a format), `enum<string>` (its options stand elsewhere), `array<string>`,
    `object[]`, and several of them joined by `|`.
    """
    name = name.strip()
    if len(name) > MAX_LENGTH:
        return None
    if "|" in name:
        return _union([schema_of(part) for part in name.split("|")])
    if name.endswith("[]"):
        items = schema_of(name.removesuffix("[]"))
        return None if items is None else {"type": "array", "items": items}
    if name in _SIMPLE:
        return {"type": name}
    if name in _WITHOUT_LIMITS:
        return {}
    match = _WITH_ARGUMENT.fullmatch(name)
    return None if match is None else _with_argument(*match.groups())


def _with_argument(outer: str, argument: str) -> dict[str, Json] | None:
    if outer == "enum":
        return schema_of(argument)
    if outer == "array":
        items = schema_of(argument)
        return None if items is None else {"type": "array", "items": items}
    return {"type": outer, "format": argument} if outer in _SIMPLE else None


def _union(parts: list[dict[str, Json] | None]) -> dict[str, Json] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if all(set(part) == {"type"} for part in known):
        return {"type": [part["type"] for part in known]}
    return {"anyOf": known}

"""What the schema algebra of `jsonschema_rs` says of two schemas: whether one holds all of the other, and what is left.

It is experimental: a YES proves containment, and nothing else it says is believed without a validator.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema_rs
from jsonschema_rs import CanonicalSchema, canonical

from specwitness.findings import Json

_MOST_NODES = 300
"""A schema that is larger with all its references written out is not asked about as a whole."""
_MOST_WAYS = 10_000
_MOST_PAIRS = 40_000
"""The algebra writes every way through the alternatives of a schema, and compares those of two pair by pair."""


def contained(inner: Json, outer: Json) -> bool:
    """Say whether it is proven that `outer` accepts whatever `inner` accepts; both without references."""
    sides = _both(inner, outer)
    try:
        return sides is not None and sides[1].covers(sides[0]) == canonical.Containment.YES
    except ValueError:
        return False


def left(inner: Json, outer: Json) -> Json:
    """Return a schema of what `inner` accepts and `outer` does not, None where the algebra cannot say it."""
    sides = _both(inner, outer)
    try:
        return None if sides is None else sides[0].subtract(sides[1]).to_json_schema()
    except ValueError:
        return None


def empty(schema: Json) -> bool:
    """Say whether it is proven that a schema without references accepts nothing."""
    form = _canonical(schema)
    return form is not None and form.satisfiability() == canonical.Satisfiability.NO


def written_out(definitions: dict[str, Json], schema: Json, *, endless: bool) -> Json:
    """Return a schema with what its references lead to in their place, and `endless` where one leads back to itself.

    With True there the result accepts no less than the schema, with False no more. Returns None where it is too large,
    or where neither can be said.
    """
    try:
        return _Writer(definitions, endless=endless).written(schema, (), monotone=True)
    except _TooMuch:
        return None


class _TooMuch(Exception):  # noqa: N818 - a signal inside this module, not an error of ours
    pass


class _Writer:
    def __init__(self, definitions: dict[str, Json], *, endless: bool) -> None:
        self._definitions = definitions
        self._endless = endless
        self._left = _MOST_NODES

    def written(self, value: Json, above: tuple[str, ...], *, monotone: bool) -> Json:
        if isinstance(value, list):
            return [self.written(item, above, monotone=monotone) for item in value]
        if not isinstance(value, dict):
            return value
        self._left -= 1
        if self._left < 0:
            raise _TooMuch
        made = {
            name: self.written(item, above, monotone=monotone and name not in _NOT_MONOTONE)
            for name, item in value.items()
            if name != "$ref" or not isinstance(item, str)
        }
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return made
        if reference in above and not monotone:
            raise _TooMuch
        if reference in above:
            target = self._endless
        else:
            target = self.written(self._definitions[reference], (*above, reference), monotone=monotone)
        # Beside the others, since `unevaluatedProperties` has to see what the target speaks of.
        return {**made, "allOf": [*made.get("allOf", ()), target]} if made else target


_NOT_MONOTONE = frozenset({"not", "if", "oneOf", "contains", "unevaluatedProperties", "unevaluatedItems"})
"""Accepting more within one of these may accept less in the whole."""


def _both(inner: Json, outer: Json) -> tuple[CanonicalSchema, CanonicalSchema] | None:
    """Return two schemas as the algebra has them, None where it has one of them not, or too many pairs of ways."""
    sides = _canonical(inner), _canonical(outer)
    if sides[0] is None or sides[1] is None:
        return None
    ways = [_ways(side.to_json_schema()) for side in sides if side is not None]
    return (sides[0], sides[1]) if math.prod(ways) <= _MOST_PAIRS else None


def _canonical(schema: Json) -> CanonicalSchema | None:
    return _read(json.dumps(schema)) if _ways(schema) <= _MOST_WAYS else None


@lru_cache(maxsize=8)
def _read(schema: str) -> CanonicalSchema | None:
    options: dict[str, Any] = {"draft": jsonschema_rs.Draft202012, "validate_formats": True, "offline": True}
    try:
        return jsonschema_rs.canonicalize(json.loads(schema), **options)
    except ValueError:
        return None


def _ways(schema: Json) -> int:
    """Return how many ways there are through the alternatives of a schema, or of a part of it that has more."""
    if isinstance(schema, list):
        return max(map(_ways, schema), default=1)
    if not isinstance(schema, dict):
        return 1
    alternatives = [
        sum(map(_ways, schema[group])) for group in ("anyOf", "oneOf") if isinstance(schema.get(group), list)
    ]
    together = [_ways(part) for part in schema["allOf"]] if isinstance(schema.get("allOf"), list) else []
    within = max((_ways(part) for key, part in schema.items() if key not in _IN_PLACE), default=1)
    return max(math.prod(alternatives) * math.prod(together), within)


_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf"})


def parts(schema: Json) -> Iterator[Json]:
    """Yield the alternatives of what the algebra wrote, or the schema itself where it has none."""
    if isinstance(schema, dict) and isinstance(schema.get("anyOf"), list) and len(schema) <= 2:  # noqa: PLR2004 - $schema
        yield from schema["anyOf"]
    else:
        yield schema

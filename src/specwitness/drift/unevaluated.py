"""What `unevaluatedProperties` asks, as `additionalProperties` would ask it. Entry point: `Unevaluated`.

Which properties are unevaluated depends on which alternatives a value satisfies. Without a value at hand a property
counts as evaluated here if any alternative speaks of it: that accepts no less, and where there is no choice as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from specwitness.findings import Json

_KEYWORD = "unevaluatedProperties"
_BRANCHES = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else")

Follow = Callable[[Json], Json]
"""Returns what the reference of a schema leads to."""


@dataclass
class Spoken:
    """The properties that some schemas speak of: by name, by pattern, or whatever there are."""

    names: dict[str, None] = field(default_factory=dict)
    patterns: dict[str, None] = field(default_factory=dict)
    all: bool = False

    def hear(self, schema: dict[str, Json]) -> None:
        """Add what the keywords of a schema itself speak of."""
        self.names |= dict.fromkeys(schema.get("properties", ()))
        self.patterns |= dict.fromkeys(schema.get("patternProperties", ()))
        self.all = self.all or "additionalProperties" in schema or _KEYWORD in schema


class Unevaluated:
    """Says the schemas of one document without `unevaluatedProperties`."""

    def __init__(self, follow: Follow) -> None:
        """Take what leads from a schema's reference to its target."""
        self._follow = follow
        self._known: dict[int, bool] = {}
        self._open: set[int] = set()

    def said_plainly(self, schema: Json) -> Json:
        """Return a schema that accepts no less; the same object where it does not mention the keyword.

        What applies to the properties and items of a value is the same object in any case.
        """
        if not self._mentioned(schema):
            return schema
        if id(schema) in self._open:
            return True  # what leads back to itself adds nothing
        self._open.add(id(schema))
        made = self._made(schema)
        self._open.discard(id(schema))
        return made

    def _made(self, schema: dict[str, Json]) -> dict[str, Json]:
        made: dict[str, Any] = {key: said for key, said in schema.items() if key not in {"$ref", _KEYWORD}}
        for keyword in _BRANCHES:
            if keyword in schema:
                made[keyword] = [self.said_plainly(one) for one in schema[keyword]]
        for keyword in _CONDITIONS:
            if keyword in schema:
                made[keyword] = self.said_plainly(schema[keyword])
        if "dependentSchemas" in schema:
            dependent = schema["dependentSchemas"].items()
            made["dependentSchemas"] = {name: self.said_plainly(one) for name, one in dependent}
        if "$ref" in schema:
            made["allOf"] = [*made.get("allOf", ()), self.said_plainly(self._follow(schema))]
        if _KEYWORD in schema:
            made |= self._others(schema)
        return made

    def _others(self, schema: dict[str, Json]) -> dict[str, Json]:
        """Return what a schema's own `unevaluatedProperties` asks of the properties that nothing speaks of."""
        spoken = Spoken(all="additionalProperties" in schema)
        self._hear(spoken, schema, {id(schema)})
        if spoken.all:
            return {}
        return {
            "properties": dict.fromkeys(spoken.names, True) | schema.get("properties", {}),
            "patternProperties": dict.fromkeys(spoken.patterns, True) | schema.get("patternProperties", {}),
            "additionalProperties": schema[_KEYWORD],
        }

    def _hear(self, spoken: Spoken, schema: dict[str, Json], heard: set[int]) -> None:
        """Add what all schemas speak of that a schema applies to the same value, each once."""
        for part in self._in_place(schema):
            if isinstance(part, dict) and id(part) not in heard:
                heard.add(id(part))
                spoken.hear(part)
                self._hear(spoken, part, heard)

    def _mentioned(self, schema: Json) -> bool:
        """Say whether a schema, or one that applies to the same value, has the keyword."""
        if not isinstance(schema, dict):
            return False
        if id(schema) not in self._known:
            self._known[id(schema)] = False  # what leads back to itself adds nothing
            self._known[id(schema)] = _KEYWORD in schema or any(map(self._mentioned, self._in_place(schema)))
        return self._known[id(schema)]

    def _in_place(self, schema: dict[str, Json]) -> Iterator[Json]:
        """Yield every schema that a schema applies to the same value, in any case or in some."""
        for keyword in _BRANCHES:
            yield from schema.get(keyword, ())
        yield from (schema[keyword] for keyword in _CONDITIONS if keyword in schema)
        yield from schema.get("dependentSchemas", {}).values()
        if "$ref" in schema:
            yield self._follow(schema)

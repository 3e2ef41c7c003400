"""Whether two schemas of a bundle say the same, word for word but for the order of what has none."""

from __future__ import annotations

from specwitness.drift.bundle import Bundle
from specwitness.findings import Json
from specwitness.pool.shapes import same

_SETS = frozenset({"type", "required"})


class Likeness:
    """Compares schemas pair by pair, each pair once; of a pair within itself it is assumed."""

    def __init__(self, bundle: Bundle) -> None:
        """Take the bundle whose references are followed."""
        self._bundle = bundle
        self._known: dict[tuple[int, int], bool] = {}
        self._assumed: list[tuple[int, int]] = []

    def __call__(self, one: Json, other: Json) -> bool:
        """Say whether two schemas are alike; False does not say that they differ in meaning."""
        self._assumed.clear()
        found = self._alike(one, other)
        if not found:
            # What was assumed on the way to a difference may be wrong.
            for pair in self._assumed:
                if self._known[pair]:
                    del self._known[pair]
        return found

    def _alike(self, one: Json, other: Json) -> bool:
        one, other = self._followed(one), self._followed(other)
        if not isinstance(one, dict) or not isinstance(other, dict):
            return one is other
        pair = (id(one), id(other))
        if pair not in self._known:
            self._known[pair] = True
            self._assumed.append(pair)
            self._known[pair] = one.keys() == other.keys() and all(
                self._says_the_same(keyword, one[keyword], other[keyword]) for keyword in one
            )
        return self._known[pair]

    def _followed(self, schema: Json) -> Json:
        """Return what a schema that is nothing but a reference leads to."""
        seen = set()
        while isinstance(schema, dict) and len(schema) == 1 and "$ref" in schema and id(schema) not in seen:
            seen.add(id(schema))
            schema = self._bundle.followed(schema)
        return schema

    def _says_the_same(self, keyword: str, one: Json, other: Json) -> bool:
        if keyword == "$ref":
            return self._alike({"$ref": one}, {"$ref": other})
        if keyword in _SETS and isinstance(one, list) and isinstance(other, list):
            return set(one) == set(other)
        if keyword == "enum":
            return len(one) == len(other) and all(any(same(value, known) for known in other) for value in one)
        if keyword in {"properties", "patternProperties", "dependentSchemas"}:
            return one.keys() == other.keys() and all(self._alike(one[name], other[name]) for name in one)
        if isinstance(one, list) and isinstance(other, list) and keyword != "const":
            return len(one) == len(other) and all(map(self._alike, one, other))
        if isinstance(one, dict) and isinstance(other, dict) and keyword != "const":
            return self._alike(one, other) if keyword != "dependentRequired" else one == other
        return same(one, other)

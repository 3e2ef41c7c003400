"""Whether two schemas of a bundle say the same, nearly word for word.

The order of what has none does not matter, nor do references and unions of one, and a `const` is an `enum` of one.
"""

from __future__ import annotations

from specwitness.drift.bundle import Bundle
from specwitness.findings import Json
from specwitness.pool.shapes import same

_SETS = frozenset({"type", "required"})
_WORDS = frozenset({"type", "format", "pattern"})
_UNIONS = frozenset({"allOf", "anyOf", "oneOf"})


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
        return self._tried(one, other)

    def _tried(self, one: Json, other: Json) -> bool:
        """Compare two schemas; what was assumed on the way to a difference is forgotten, since it may be wrong."""
        start = len(self._assumed)
        found = self._alike(one, other)
        if not found:
            for pair in self._assumed[start:]:
                if self._known[pair]:
                    del self._known[pair]
            del self._assumed[start:]
        return found

    def _alike(self, one: Json, other: Json) -> bool:
        one, other = self._followed(one), self._followed(other)
        if not isinstance(one, dict) or not isinstance(other, dict):
            return one is other
        if one == other and one.keys() <= _WORDS:
            return True  # to Python `true` is 1, but neither is said by these
        pair = (id(one), id(other))
        if pair not in self._known:
            self._known[pair] = True
            self._assumed.append(pair)
            ours, theirs = _plainly(one), _plainly(other)
            self._known[pair] = ours.keys() == theirs.keys() and all(
                self._says_the_same(keyword, ours[keyword], theirs[keyword]) for keyword in ours
            )
        return self._known[pair]

    def _followed(self, schema: Json) -> Json:
        """Return what a schema that is nothing but a reference, or the only one of a union, leads to."""
        if not isinstance(schema, dict) or len(schema) != 1:
            return schema
        seen = set()
        while isinstance(schema, dict) and len(schema) == 1 and id(schema) not in seen:
            seen.add(id(schema))
            ((keyword, said),) = schema.items()
            if keyword == "$ref":
                schema = self._bundle.followed(schema)
            elif keyword in _UNIONS and len(said) == 1:
                schema = said[0]
        return schema

    def _says_the_same(self, keyword: str, one: Json, other: Json) -> bool:
        if keyword == "$ref":
            return self._alike({"$ref": one}, {"$ref": other})
        if keyword in _SETS:
            return _as_set(one) == _as_set(other)
        if keyword in _UNIONS:
            return self._are_pairs(one, other)
        if keyword == "enum":
            return len(one) == len(other) and all(any(same(value, known) for known in other) for value in one)
        if keyword in {"properties", "patternProperties", "dependentSchemas"}:
            return one.keys() == other.keys() and all(self._alike(one[name], other[name]) for name in one)
        if isinstance(one, list) and isinstance(other, list) and keyword != "const":
            return len(one) == len(other) and all(map(self._alike, one, other))
        if isinstance(one, dict) and isinstance(other, dict) and keyword != "const":
            return self._alike(one, other) if keyword != "dependentRequired" else one == other
        return same(one, other)

    def _are_pairs(self, ones: list[Json], others: list[Json]) -> bool:
        """Say whether each schema of a list has a counterpart of its own in another list, that at its place first."""
        left = [*range(len(others))]
        for place, one in enumerate(ones) if len(ones) == len(others) else ():
            near = sorted(left, key=lambda index: index != place)
            found = next((index for index in near if self._tried(one, others[index])), None)
            if found is None:
                return False
            left.remove(found)
        return len(ones) == len(others)


def _plainly(schema: dict[str, Json]) -> dict[str, Json]:
    """Return what a schema says without what says nothing, and a `const` as an `enum`."""
    if "const" in schema and "enum" not in schema:
        schema = {key: said for key, said in schema.items() if key != "const"} | {"enum": [schema["const"]]}
    return schema if schema.get("required", True) else {key: said for key, said in schema.items() if key != "required"}


def _as_set(said: Json) -> set[str]:
    return {said} if isinstance(said, str) else set(said)

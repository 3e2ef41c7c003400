"""What one source says of an API, and where its silence means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.findings import Json


@dataclass(frozen=True, repr=False)
class Description:
    """A possibly partial OpenAPI document, and the places it does not claim to list completely.

    `silent` holds JSON pointers of objects and arrays in `document`. A member missing from one of them means nothing:
    the source may know it and not show it. A member missing anywhere else is denied.
    """

    document: dict[str, Json]
    silent: frozenset[str] = frozenset()

    def speaks_of(self, pointer: str) -> bool:
        """Say whether the source commits itself at a place, be it to there being nothing."""
        value, at = self.document, ""
        for token in pointers.split(pointer):
            try:
                value = pointers.step(value, token)
            except KeyError:
                return at not in self.silent
            at = pointers.join(at, token)
        return True

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        paths = len(self.document.get("paths", {}))
        schemas = len(self.document.get("components", {}).get("schemas", {}))
        return f"<Description: {paths} paths, {schemas} schemas, silent at {len(self.silent)} places>"


def everything_below(document: Json, places: Iterable[str]) -> frozenset[str]:
    """Return the pointers of the places and of all objects and arrays inside them: silence all the way down."""
    found: set[str] = set()
    waiting = [(place, pointers.get(document, place)) for place in places]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, dict):
            found.add(at)
            waiting += [(pointers.join(at, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            found.add(at)
            waiting += [(pointers.join(at, index), item) for index, item in enumerate(value)]
    return frozenset(found)

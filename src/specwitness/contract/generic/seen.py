"""What was last seen of each resource, until something was done that may have changed it."""

from __future__ import annotations

from typing import Generic, TypeVar

from specwitness.contract.generic.reading import named_by
from specwitness.findings import Exchange

T = TypeVar("T")

Resource = tuple[str, ...]
"""What a resource is known by: what kind it is, then the values of the parameters that identify it."""


class Seen(Generic[T]):
    """What was last seen of each thing, until something was done that may have changed it."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._last: dict[Resource, T] = {}
        self._by_id: dict[str, set[Resource]] = {}
        self._by_any: dict[str, set[Resource]] = {}

    def keep(self, thing: Resource, values: Resource, seen: T) -> None:
        """Remember what was seen of a thing; `values` are the ids in its path, its own last."""
        self._last[thing] = seen
        self._by_id.setdefault(values[-1], set()).add(thing)
        for value in values:
            self._by_any.setdefault(value, set()).add(thing)

    def of(self, thing: Resource) -> T | None:
        """Return what was last seen of a thing, None where it is not known."""
        return self._last.get(thing)

    def forget(self, exchange: Exchange) -> None:
        """Forget every thing that a request names, or that is part of what it deletes."""
        things: set[Resource] = set()
        for name in named_by(exchange):
            things |= self._by_id.pop(name, set())
        if exchange.request.method == "DELETE":
            within = [*exchange.parameters.values()][-1:]
            things |= self._by_any.pop(within[0], set()) if within else set(self._last)
        for thing in things:
            self._last.pop(thing, None)

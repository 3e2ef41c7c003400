"""Choose among what is possible: the status that fits, and the bodies that are worth an id of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specwitness.contract.model import Operation
from specwitness.findings import Json

Feature = tuple[str, str]
"""A place in a body, array indices folded, and what stands there."""


def fitting(operation: Operation, statuses: Iterable[int]) -> int | None:
    """Return the documented status that fits best: the first that is documented, else 400, 422, any 4xx, or None."""
    for status in (*statuses, 400, 422):
        if operation.response_for(status):
            return status
    others = sorted(status for status in operation.responses if status.startswith("4"))
    return (int(others[0]) if others[0].isdigit() else 400) if others else None


def features(value: Json, at: str, listed: frozenset[str]) -> Iterator[Feature]:
    """Yield what a client may tell apart in a body: which places there are, their types, and values with a meaning."""
    if isinstance(value, dict):
        yield at, "object" if value else "empty"
        for name, item in value.items():
            yield from features(item, f"{at}/{name}", listed)
    elif isinstance(value, list):
        yield at, "array" if value else "empty"
        for item in value:
            yield from features(item, f"{at}/*", listed)
    elif value is None or isinstance(value, bool) or (isinstance(value, str) and value in listed):
        yield at, str(value)
    else:
        yield at, type(value).__name__


def listed_values(document: Json) -> Iterator[str]:
    """Yield every text that some `enum` of a document lists."""
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            listed = value.get("enum")
            yield from (item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, str))
            stack += value.values()
        elif isinstance(value, list):
            stack += value

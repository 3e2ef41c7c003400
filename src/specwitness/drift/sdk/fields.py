"""Which properties a schema names, and what it says of a place. Entry points: `fields`, `unknown`, `said`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.drift.sdk.models import Path
from specwitness.findings import Json
from specwitness.pool.shapes import Node, shapes


def fields(document: Json, pointer: str) -> frozenset[str]:
    """Return the properties that a schema names at any depth, as `jobs[].name`; those of a map as `jobs.*.name`."""
    return frozenset(_fields(document, (pointers.get(document, pointer),), "", frozenset()))


def _fields(document: Json, node: Node, at: str, above: frozenset[tuple[int, ...]]) -> Iterator[str]:
    key = tuple(map(id, node))
    if key in above:
        return
    for shape in shapes(document, node):
        for name, part in shape.properties.items():
            if False not in part:
                yield f"{at}.{name}".removeprefix(".")
                yield from _fields(document, part, f"{at}.{name}", above | {key})
        for item in (*shape.prefix, shape.items):
            yield from _fields(document, item, f"{at}[]", above | {key}) if item else ()
        for others in (*shape.named_like.values(), shape.additional):
            yield from _fields(document, others, f"{at}.*", above | {key}) if others else ()


def unknown(fields: frozenset[str], to: frozenset[str]) -> tuple[str, ...]:
    """Return the fields that are not known to one who names others beside them.

    Of what stands within such a field nothing is said, nor of what stands where no names are given.
    """
    within = {field.rpartition(".")[0] for field in to}
    return tuple(sorted(field for field in fields - to if field.rpartition(".")[0] in within))


@dataclass(frozen=True)
class Said:
    """Where a schema speaks of a place of a message, and whether it names every property on the way there."""

    pointer: str
    named: bool


def said(document: Json, pointer: str, path: Path) -> Said:
    """Return what a schema says of a place, in at least one of its alternatives; of all keys of a map it is one."""
    nodes: list[Node] = [(pointers.get(document, pointer),)]
    named, of_map = True, False
    for token in path:
        ways = [shape for node in nodes for shape in shapes(document, node)]
        if isinstance(token, int):
            nodes = [shape.item_at(token) for shape in ways]
            continue
        own = [shape for shape in ways if token in shape.properties]
        nodes = [node for shape in own or ways if (node := shape.node_of(token))]
        named, of_map = named and bool(nodes), of_map or (bool(nodes) and not own)
    place = pointers.locate if of_map else pointers.place_of
    return Said(place(document, pointer, path), named)

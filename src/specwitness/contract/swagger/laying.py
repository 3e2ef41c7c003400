"""A new document made of parts that know where the old one says them. Entry points: `Said`, `laid`, `origin`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from specwitness.contract import pointers
from specwitness.findings import Json


@dataclass(frozen=True)
class Said:
    """A part of the new document, and the pointer of what says it in the old one; parts of it may be said elsewhere."""

    at: str
    value: Any


@dataclass(frozen=True)
class Laid:
    """A document, and for the places where it is not built as the old one is, the pointers into that one."""

    document: Json
    origins: Mapping[str, str]


def laid(tree: Any) -> Laid:
    """Return the document that a tree of parts is, each local reference in it leading to where its target is now.

    Of several places that one place of the old document became, the first is the target.
    """
    origins: dict[str, str] = {}
    document = _unwrapped(tree, "", origins)
    places: dict[str, list[str]] = {}
    for new, old in origins.items():
        places.setdefault(old, []).append(new)
    for at, reference in [*pointers.references(document)]:
        if reference.startswith("#"):
            now = _now(document, places, pointers.target(reference))
            pointers.get(document, at)["$ref"] = f"#{quote(now, safe='/~')}"
    return Laid(document, origins)


def origin(origins: Mapping[str, str], pointer: str) -> str:
    """Return the pointer into the old document of what says what stands at a pointer into the new one."""
    if not origins:
        return pointer
    above = pointer
    while above not in origins:
        if not above:
            return pointer
        above = above.rpartition("/")[0]
    return origins[above] + pointer[len(above) :]


def _unwrapped(tree: Any, pointer: str, origins: dict[str, str]) -> Json:
    """Return a copy of a tree without what says where its parts come from, which is noted instead."""
    if isinstance(tree, Said):
        origins[pointer] = tree.at
        return _unwrapped(tree.value, pointer, origins)
    if isinstance(tree, dict):
        return {key: _unwrapped(item, pointers.join(pointer, key), origins) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_unwrapped(item, pointers.join(pointer, index), origins) for index, item in enumerate(tree)]
    return tree


def _now(document: Json, places: Mapping[str, list[str]], old: str) -> str:
    """Return where a place of the old document is in the new one; where it is not in it, its old pointer."""
    above = old
    while True:
        for new in places.get(above, [""] if not above else []):
            found = new + old[len(above) :]
            if pointers.look(document, found, _NOTHING) is not _NOTHING:
                return found
        if not above:
            return old
        above = above.rpartition("/")[0]


_NOTHING = object()

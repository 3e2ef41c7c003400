"""Which operations two documents describe in the same words, so that nothing has to be asked about them."""

from __future__ import annotations

import marshal
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from specwitness.contract import pointers
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Json

_PLAIN = 2
"""The version of the format of `marshal` in which an object that stands twice is written twice."""


class Unchanged:
    """Compares the parts of two documents as they are written, what they refer to included."""

    def __init__(self, old: Contract, new: Contract) -> None:
        """Take both contracts."""
        self._old, self._new = old.document, new.document
        self._references = sorted((at, pointers.target(to)) for at, to in old.references)
        self._known: dict[tuple[object, ...], bool] = {}

    def __call__(self, old: Operation, new: Operation) -> bool:
        """Say whether an operation, with its path's own parameters, is described in the same words."""
        if self._old is self._new and old is new:
            return True
        # Several paths may have one item between them, with something else beside the reference of each.
        key = old.path, old.path_items, old.pointer, new.path, new.path_items, new.pointer
        if key not in self._known:
            at_one_path = old.path == new.path and self._same(old.pointer, new.pointer)
            self._known[key] = at_one_path and self._same_around(old, new)
        return self._known[key]

    def _same_around(self, old: Operation, new: Operation) -> bool:
        return len(old.path_items) == len(new.path_items) and all(
            self._same(f"{one}/{name}", f"{other}/{name}")
            for one, other in zip(old.path_items, new.path_items, strict=True)
            for name in ("parameters", "servers")
        )

    def _same(self, old: str, new: str) -> bool:
        if self._old.get("openapi") != self._new.get("openapi"):
            return False
        one, other = pointers.look(self._old, old), pointers.look(self._new, new)
        return _is_written_alike(one, other) and all(
            _is_component(place) and place not in self._changed for place in self._named_in(old)
        )

    @cached_property
    def _changed(self) -> frozenset[str]:
        """The pointer of every component that is not the same on both sides, or refers to one that is not."""
        return frozenset(() if self._old is self._new else self._changing())

    def _changing(self) -> Iterator[str]:
        users: dict[str, list[str]] = {}
        open_ = []
        ours, theirs = (pointers.look(document, "/components") for document in (self._old, self._new))
        for kind in {*_names(ours), *_names(theirs)}:
            for name in {*_names(pointers.look(ours, f"/{kind}")), *_names(pointers.look(theirs, f"/{kind}"))}:
                at = pointers.join("/components", kind, name)
                # The same in another order is found out later.
                if not _is_written_alike(pointers.look(self._old, at), pointers.look(self._new, at)):
                    open_.append(at)
                else:
                    for place in self._named_in(at):
                        users.setdefault(place, []).append(at)
                        if not _is_component(place):
                            open_.append(place)  # within something else: that may have changed
        seen: set[str] = set()
        while open_:
            at = open_.pop()
            if at not in seen:
                seen.add(at)
                yield at
                open_ += users.get(at, ())

    def _named_in(self, at: str) -> set[str]:
        """Return the places that are referred to at a place of the old document, or in it."""
        # Right behind the place come those in it: `0` follows `/`.
        ends = (bisect_left(self._references, (end, "")) for end in (at, f"{at}\0", f"{at}/", f"{at}0"))
        here, others, inner, behind = ends
        return {place for _, place in self._references[here:others] + self._references[inner:behind]}


def _is_written_alike(one: Json, other: Json) -> bool:
    """Say whether two values are the same in the same order; to Python, `true` is 1, and 1 is 1.0."""
    return one is other or marshal.dumps(one, _PLAIN) == marshal.dumps(other, _PLAIN)


def _names(part: Json) -> Iterator[str]:
    yield from part if isinstance(part, dict) else ()


_DEPTH = 3


def _is_component(pointer: str) -> bool:
    return pointer.count("/") == _DEPTH and pointer.startswith("/components/")

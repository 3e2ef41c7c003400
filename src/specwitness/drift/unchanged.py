"""Which operations two documents describe in the same words, so that nothing has to be asked about them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from specwitness.contract import pointers
from specwitness.contract.model import Operation
from specwitness.findings import Json

_REFERENCE = re.compile(r'"\$ref": "#((?:[^"\\]|\\.)*)"')


class Unchanged:
    """Compares the parts of two documents as they are written, what they refer to included."""

    def __init__(self, old: Json, new: Json) -> None:
        """Take both documents."""
        self._old, self._new = old, new
        same_version = old.get("openapi") == new.get("openapi")
        self._changed = None if not same_version else frozenset(() if old is new else _changed(old, new))
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self, old: Operation, new: Operation) -> bool:
        """Say whether an operation, with its path's own parameters, is described in the same words."""
        if self._old is self._new and old is new:
            return True
        key = old.pointer, new.pointer
        if key not in self._known:
            self._known[key] = old.path == new.path and self._same(*key) and self._same_around(old, new)
        return self._known[key]

    def _same_around(self, old: Operation, new: Operation) -> bool:
        return len(old.path_items) == len(new.path_items) and all(
            self._same(f"{one}/{name}", f"{other}/{name}")
            for one, other in zip(old.path_items, new.path_items, strict=True)
            for name in ("parameters", "servers")
        )

    def _same(self, old: str, new: str) -> bool:
        if self._changed is None:
            return False
        one, other = pointers.look(self._old, old), pointers.look(self._new, new)
        text = json.dumps(one)
        references = _references(text) if text == json.dumps(other) else None
        return references is not None and all(map(_is_component, references)) and self._changed.isdisjoint(references)


def _changed(old: Json, new: Json) -> Iterator[str]:
    """Yield the pointer of every component that is not the same on both sides, or refers to one that is not."""
    users: dict[str, list[str]] = {}
    open_ = []
    ours, theirs = (pointers.look(document, "/components") for document in (old, new))
    for kind in {*_names(ours), *_names(theirs)}:
        for name in {*_names(pointers.look(ours, f"/{kind}")), *_names(pointers.look(theirs, f"/{kind}"))}:
            at = pointers.join("/components", kind, name)
            one, other = pointers.look(old, at), pointers.look(new, at)
            text = json.dumps(one)
            # As text, since Python takes `true` for 1; the same in another order is found out later.
            if text != json.dumps(other):
                open_.append(at)
            else:
                for target in _references(text):
                    users.setdefault(target, []).append(at)
                    if not _is_component(target):
                        open_.append(target)  # a place within something else: that may have changed
    seen: set[str] = set()
    while open_:
        at = open_.pop()
        if at not in seen:
            seen.add(at)
            yield at
            open_ += users.get(at, ())


def _names(part: Json) -> Iterator[str]:
    yield from part if isinstance(part, dict) else ()


_DEPTH = 3


def _is_component(pointer: str) -> bool:
    return pointer.count("/") == _DEPTH and pointer.startswith("/components/")


def _references(text: str) -> set[str]:
    return {pointers.target(found) for found in _REFERENCE.findall(text)}

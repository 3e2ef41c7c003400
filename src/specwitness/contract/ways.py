"""How operations lead to the places of a document. Entry point: `Ways`.

A way is what a place is known by: it begins at an operation and follows every `$ref`, so that it has no name of a
component, of a file or of a path parameter in it, and no number of an item. It stays the same where a document is
renamed, reordered, formatted or bundled anew. One component may be reached in many ways; the shortest names it, and
the others still lead to it alone.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from specwitness.contract import pointers
from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json

Tokens = tuple[str, ...]
_Steps = tuple[str, ...]
"""The resolved pointers of the values on a way, the place itself last."""

_ANY = "*"
_OPERATION = 3
"""How many tokens of a way name its operation: `paths`, the path, the method."""
_WORDS = frozenset({"title", "description", "summary"})
_MOST = 50
"""More operations than these seldom come between two versions."""
_DEEPEST = 3
"""How many references are followed to tell two values apart."""


class Ways:
    """The ways of one document, each found once."""

    def __init__(self, document: Json, references: Iterable[tuple[str, str]]) -> None:
        """Take an OpenAPI document and its references (`pointers.references`), which all lead to a place in it."""
        self._document = document
        self._uses: dict[str, list[str]] = {}
        for at, reference in references:
            if reference.startswith("#"):
                self._uses.setdefault(pointers.target(reference), []).append(at)
        self._around: dict[str, list[tuple[str, Tokens]]] = {}
        self._shortest: dict[str, str] = {}
        self._digests: dict[str, str] = {}

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Ways: {len(self._uses)} places are referred to>"

    def shortest(self, pointer: str) -> str:
        """Return the shortest way to a place; where no operation leads there, the place is known by its pointer."""
        if pointer not in self._shortest:
            self._shortest[pointer] = self._told_apart(min(self._found(pointer), key=_length), pointer)
        return self._shortest[pointer]

    def all(self, pointer: str) -> tuple[str, ...]:
        """Return the shortest way of each operation to a place: what it may be known by in another version."""
        by_operation: dict[Tokens, Tokens] = {}
        for way in self._found(pointer):
            known = by_operation.setdefault(way[:_OPERATION], way)
            by_operation[way[:_OPERATION]] = min(known, way, key=_length)
        ways = heapq.nsmallest(_MOST, by_operation.values(), key=_length)
        return tuple(self._told_apart(way, pointer) for way in ways)

    def _found(self, pointer: str) -> Iterator[Tokens]:
        """Yield ways to a place, found back along the references; its own pointer where there is none."""
        done: set[str] = set()
        leads_somewhere = not _is_component(pointer)
        if leads_somewhere:
            yield self._folded(pointer)
        heap = list(self._entries(pointer, ()))
        heapq.heapify(heap)
        while heap:
            _, rest, target = heapq.heappop(heap)
            if target in done:
                continue
            done.add(target)
            for use in self._uses[target]:
                if not _is_component(use):
                    leads_somewhere = True
                    yield self._folded(use) + rest
                for entry in self._entries(use, rest):
                    heapq.heappush(heap, entry)
        if not leads_somewhere:
            yield self._folded(pointer)

    def _entries(self, pointer: str, rest: Tokens) -> Iterator[tuple[int, Tokens, str]]:
        """Yield every value around a place that is referred to, with the way on from there and its length."""
        if pointer not in self._around:
            tokens, folded = pointers.split(pointer), self._folded(pointer)
            above = ((pointers.join("", *tokens[:end]), folded[end:]) for end in range(len(tokens) + 1))
            self._around[pointer] = [(target, within) for target, within in above if target in self._uses]
        for target, within in self._around[pointer]:
            yield len(within) + len(rest), within + rest, target

    def _folded(self, pointer: str) -> Tokens:
        """Return the tokens of a pointer without what its author may number or name."""
        folded: list[str] = []
        value: Json = self._document
        tokens = pointers.split(pointer)
        for above, token in zip(("", *tokens), tokens, strict=False):
            folded.append(self._label(above, value, token))
            value = pointers.look(value, pointers.join("", token))
        return tuple(folded)

    def _label(self, above: str, value: Json, token: str) -> str:
        if above == "paths":
            return re.sub(r"\{[^{}]*\}", "{}", token)
        # The place of a `prefixItems` says which item is meant.
        if not isinstance(value, list) or above == "prefixItems":
            return token
        item = pointers.look(value, pointers.join("", token))
        return self._parameter(item) or _ANY

    def _parameter(self, item: Json) -> str | None:
        """Return what a parameter is known by, None where an item is none."""
        item = self._followed(item)
        if isinstance(item, dict) and {"name", "in"} <= item.keys():
            return f"{item['in']}:{item['name']}"
        return None

    def _followed(self, value: Json) -> Json:
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            return pointers.look(self._document, self._resolved(pointers.target(value["$ref"])))
        return value

    def _resolved(self, pointer: str) -> str:
        try:
            return pointers.resolved(self._document, pointer)
        except BrokenReferenceError:
            return pointer  # Data, such as an example, may look like a reference.

    # --- Places that fold to one way --------------------------------------------------------------------------------

    def _told_apart(self, way: Tokens, pointer: str) -> str:
        """Return a way as text; where it leads to several places, with what tells this one from the others.

        That is the smallest part of the document around it that the others do not have alike, so that two branches
        stay two when they change their order.
        """
        text = pointers.join("", *way)
        walked = self._walked(way)
        around = [at for at in walked if _is_within(pointer, at)]
        if not around or len(walked) == 1:
            return text
        own = walked[max(around, key=len)]
        alike, said = list(walked.values()), ""
        for level in range(1, len(own) - _OPERATION + 1):
            here = self._digest(own[-level])
            said = _digest(said + here)
            alike = [steps for steps in alike if self._digest(steps[-level]) == here]
            if len(alike) == 1:
                return f"{text}@{said}"
        return f"{text}@{said}{alike.index(own)}"

    def _walked(self, way: Tokens) -> dict[str, _Steps]:
        """Return the places that a way leads to, as far as the document goes, each with the values on the way."""
        walked: dict[str, _Steps] = {"": ("",)}
        for above, token in zip(("", *way), way, strict=False):
            further: dict[str, _Steps] = {}
            for at, steps in walked.items():
                for deeper in self._step(at, above, token):
                    further.setdefault(deeper, (*steps, deeper))
            if not further:
                break
            walked = further
        return walked

    def _step(self, at: str, above: str, token: str) -> Iterator[str]:
        value = pointers.get(self._document, at)
        names: Iterable[str] = ()
        if isinstance(value, list):
            names = (str(index) for index in range(len(value)) if self._label(above, value, str(index)) == token)
        elif isinstance(value, dict):
            names = self._paths.get(token, ()) if above == "paths" else [token] if token in value else ()
        yield from (self._resolved(pointers.join(at, name)) for name in names)

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        """The paths of the document by what they are called without the names of their parameters."""
        paths: dict[str, list[str]] = {}
        for path in self._document.get("paths", ()):
            paths.setdefault(self._label("paths", None, path), []).append(path)
        return paths

    def _digest(self, pointer: str) -> str:
        if pointer not in self._digests:
            self._digests[pointer] = _digest(self._content(pointers.get(self._document, pointer), _DEEPEST))
        return self._digests[pointer]

    def _content(self, value: Json, depth: int) -> str:
        """Return what a value says, as text that is the same in any order, wording, and naming of components."""
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            return self._content(self._followed(value), depth - 1) if depth else ""
        if isinstance(value, dict):
            members = ((key, item) for key, item in value.items() if key not in _WORDS or not isinstance(item, str))
            return f"{{{','.join(sorted(f'{json.dumps(key)}:{self._content(item, depth)}' for key, item in members))}}}"
        if isinstance(value, list):
            return f"[{','.join(sorted(self._content(item, depth) for item in value))}]"
        return json.dumps(value)


def _is_component(pointer: str) -> bool:
    """Say whether a place is only reached by references: a component, or what was taken in from another file."""
    return pointer.startswith(("/components/", "/x-"))


def _is_within(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(f"{place}/")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _length(way: Tokens) -> tuple[int, Tokens]:
    return len(way), way

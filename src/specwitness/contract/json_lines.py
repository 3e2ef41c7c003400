"""Where in a JSON text the value of a pointer stands, found without reading more than the way there.

`json` tells no positions; but its decoder, which is fast, says where a value ends, and so it can step over the others.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate

from specwitness.contract import pointers

_SPACE = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 16
_WALKED = 2
"""How deep values are gone through that something is asked about around them: as deep as paths and schemas stand."""
_decode = json.JSONDecoder().raw_decode


class JsonLines:
    """The lines of one JSON text; the members of each object that was gone through are remembered."""

    def __init__(self, text: str) -> None:
        """Take a text that is known to be JSON."""
        self._text = text
        starts = range(0, len(text), _CHUNK)
        self._breaks = [0, *accumulate(text.count("\n", start, start + _CHUNK) for start in starts)]
        """How many lines end before each chunk of the text: to list all their ends takes longer than to read it."""
        self._members: dict[int, dict[str, tuple[int, int]]] = {}
        self._ends: dict[int, int] = {}

    def line_of(self, pointer: str) -> int | None:
        """Return the 1-based line of a pointer's value, or that of its nearest ancestor; None for the whole."""
        at, line = self._after_space(0), None
        for token in pointers.split(pointer):
            found = self._within(at).get(token)
            if found is None:
                break
            line, at = self._line_at(found[0]), found[1]
        return line

    def _line_at(self, at: int) -> int:
        chunk = at // _CHUNK
        return self._breaks[chunk] + self._text.count("\n", chunk * _CHUNK, at) + 1

    def _within(self, at: int, depth: int = _WALKED) -> dict[str, tuple[int, int]]:
        """Return the members of the object, or items of the array, at a place: where each is named, and begins."""
        if at not in self._members:
            opening = self._text[at : at + 1]
            walk = self._object if opening == "{" else self._array if opening == "[" else None
            self._members[at] = {}
            if walk is not None:
                self._ends[at] = walk(at, self._members[at], depth)
        return self._members[at]

    def _object(self, at: int, members: dict[str, tuple[int, int]], depth: int) -> int:
        """Take up the members of an object, and return where it ends."""
        at = self._after_space(at + 1)
        while self._text[at] != "}":
            name, end = _decode(self._text, at)
            value = self._after_space(self._after_space(end) + 1)
            members[name] = at, value
            at = self._after_value(value, depth)
        return at + 1

    def _array(self, at: int, members: dict[str, tuple[int, int]], depth: int) -> int:
        at = self._after_space(at + 1)
        while self._text[at] != "]":
            members[str(len(members))] = at, at
            at = self._after_value(at, depth)
        return at + 1

    def _after_value(self, at: int, depth: int) -> int:
        """Return where the next member begins, or the closing bracket stands."""
        if depth and self._text[at] == "{":
            # It will be gone through anyway, and need not be decoded for that first.
            self._within(at, depth - 1)
            end = self._ends[at]
        else:
            end = _decode(self._text, at)[1]
        at = self._after_space(end)
        return self._after_space(at + 1) if self._text[at] == "," else at

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

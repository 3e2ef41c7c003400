"""Where in a JSON text the value of a pointer stands, found without reading more than the way there.

`json` tells no positions; but its decoder, which is fast, says where a value ends, and so it can step over the others.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from specwitness.contract import pointers

_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class JsonLines:
    """The lines of one JSON text; the members of each object that was gone through are remembered."""

    def __init__(self, text: str) -> None:
        """Take a text that is known to be JSON."""
        self._text = text
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def line_of(self, pointer: str) -> int | None:
        """Return the 1-based line of a pointer's value, or that of its nearest ancestor; None for the whole."""
        at, line = self._after_space(0), None
        for token in pointers.split(pointer):
            found = self._within(at).get(token)
            if found is None:
                break
            line, at = bisect_right(self._breaks, found[0]) + 1, found[1]
        return line

    def _within(self, at: int) -> dict[str, tuple[int, int]]:
        """Return the members of the object, or items of the array, at a place: where each is named, and begins."""
        if at not in self._members:
            opening = self._text[at : at + 1]
            walked = self._object(at) if opening == "{" else self._array(at) if opening == "[" else iter(())
            self._members[at] = dict(walked)
        return self._members[at]

    def _object(self, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
        at = self._after_space(at + 1)
        while self._text[at] != "}":
            name, end = _decode(self._text, at)
            value = self._after_space(self._after_space(end) + 1)
            yield name, (at, value)
            at = self._after_value(value)

    def _array(self, at: int) -> Iterator[tuple[str, tuple[int, int]]]:
        at, index = self._after_space(at + 1), 0
        while self._text[at] != "]":
            yield str(index), (at, at)
            at, index = self._after_value(at), index + 1

    def _after_value(self, at: int) -> int:
        """Return where the next member begins, or the closing bracket stands."""
        at = self._after_space(_decode(self._text, at)[1])
        return self._after_space(at + 1) if self._text[at] == "," else at

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

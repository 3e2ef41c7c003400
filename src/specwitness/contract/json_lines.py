"""Where in a JSON text the value of a pointer stands, and what the text says.

`json` tells no positions; but its decoder, which is fast, says where a value ends. So the outer objects are gone
through here as they are read, and what is deeper in them when somebody asks for a line of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import accumulate

from specwitness.contract import pointers
from specwitness.findings import Json

Decode = Callable[[str, int], tuple[Json, int]]
"""Returns the value that begins at a place of a text, and where it ends; raises ValueError where none does."""
Pairs = Callable[[list[tuple[str, Json]]], dict[str, Json]]
"""Makes an object of its members."""

_SPACE = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 16
_WALKED = 3
"""How deep values are gone through as they are read: as deep as paths and schemas stand."""
_decode = json.JSONDecoder().raw_decode


class JsonLines:
    """The lines of one JSON text; the members of each object that was gone through are remembered."""

    def __init__(self, text: str) -> None:
        """Take a text."""
        self._text = text
        starts = range(0, len(text), _CHUNK)
        self._breaks = [0, *accumulate(text.count("\n", start, start + _CHUNK) for start in starts)]
        """How many lines end before each chunk of the text: to list all their ends takes longer than to read it."""
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def read(self, decode: Decode = _decode, pairs: Pairs = dict) -> Json:
        """Return what the text says, of which the lines of what is not deep in it are known then.

        Raises ValueError for a text that is no JSON, and whatever `decode` and `pairs` raise.
        """
        try:
            value, end = self._value(self._after_space(0), _WALKED, decode, pairs)
        except IndexError:
            raise ValueError from None  # it ends too early
        if self._after_space(end) != len(self._text):
            raise ValueError
        return value

    def line_of(self, pointer: str) -> int | None:
        """Return the 1-based line of a pointer's value, or that of its nearest ancestor; None for the whole.

        The text has to be JSON.
        """
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

    def _within(self, at: int) -> dict[str, tuple[int, int]]:
        """Return the members of the object, or items of the array, at a place: where each is named, and begins."""
        if at not in self._members:
            self._members[at] = {}
            if self._text[at : at + 1] == "[":
                self._array(at)
            else:
                self._value(at, 1, _decode, dict)
        return self._members[at]

    def _value(self, at: int, depth: int, decode: Decode, pairs: Pairs) -> tuple[Json, int]:
        """Return a value and where it ends; objects down to a depth are gone through."""
        if not depth or self._text[at] != "{":
            return decode(self._text, at)
        made: list[tuple[str, Json]] = []
        members = self._members[at] = {}
        at = self._after_space(at + 1)
        while made or self._text[at] != "}":
            if self._text[at] != '"':
                raise ValueError
            name, end = _decode(self._text, at)
            start = self._after(end, ":")
            value, end = self._value(start, depth - 1, decode, pairs)
            members[name] = at, start
            made.append((name, value))
            at = self._after_space(end)
            if self._text[at] == "}":
                break
            at = self._after(at, ",")
        return pairs(made), at + 1

    def _array(self, at: int) -> None:
        members = self._members[at]
        at = self._after_space(at + 1)
        while self._text[at] != "]":
            members[str(len(members))] = at, at
            at = self._after_space(_decode(self._text, at)[1])
            at = self._after(at, ",") if self._text[at] == "," else at

    def _after(self, at: int, sign: str) -> int:
        """Return what comes after a sign, that has to be the next."""
        at = self._after_space(at)
        if self._text[at] != sign:
            raise ValueError
        return self._after_space(at + 1)

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

"""Lay JSON out in lines, and find those that show one place of it. Entry points: `laid_out`, `around`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

Path = tuple[str, ...]
"""The member names and item numbers that lead to a value."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_MOST = 50_000
"""More lines than these are not searched for a place."""


def laid_out(text: str) -> Iterator[tuple[Path, str]]:
    """Yield the lines of a JSON text, each with the place of the value that it begins or ends.

    It is laid out by its tokens, so that all but white space is as it was sent: numbers, escapes, repeated keys.
    """
    inside: list[str | int] = []
    at, line, before = Path(), "", ""
    for found in _TOKEN.finditer(text):
        piece = found[0]
        closes = piece in ("}", "]")
        if closes:
            inside.pop()
        # An empty object or list stays on its line.
        begins = before == "," or (before in ("{", "[")) != closes
        if begins:
            yield at, line
            line = "  " * len(inside)
        if not closes and before in ("{", ",") and isinstance(inside[-1], str):
            inside[-1] = json.loads(piece)
        if begins:
            at = tuple(map(str, inside))
        if piece == "," and isinstance(inside[-1], int):
            inside[-1] += 1
        if piece in ("{", "["):
            inside.append("" if piece == "{" else 0)
        line += ": " if piece == ":" else piece
        before = piece
    yield at, line


def around(text: str, pointer: str, *, lines: int) -> list[str]:
    """Return the lines of a JSON text that lead to a place and show it, or none where the first lines do so anyway."""
    wanted = tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
    laid = list(islice(laid_out(text), _MOST))
    first = next((number for number, (at, _) in enumerate(laid) if at == wanted), 0)
    if first < lines:
        return []
    shown = [(number, line) for number, (at, line) in enumerate(laid) if at[: len(wanted)] == wanted[: len(at)]]
    above = sum(number < first for number, _ in shown)
    start = max(0, above - lines // 2)
    return [line for _, line in shown[start : start + lines]]

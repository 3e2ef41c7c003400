"""Make text that others wrote harmless and short: what a server sends must not run, hide, or fill the page.

The exact bytes are in `report.json`; what is made here is for eyes.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from itertools import islice

from specwitness.findings import Request

WIDTH = 200
"""Longer lines are cut."""
LONGEST_COMMAND = 4000
"""Longer commands are not shown: nobody pastes them, and cut they would not run."""
_SHORT_ENOUGH_AS_SENT = 100
_SPACE = re.compile(r"[ \t\n]+")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def inert(text: str) -> str:
    """Return text in which everything that a terminal, a page or XML may act on is written out, as `repr` would.

    Line breaks and tabs stay. All that remains is allowed in XML 1.0.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
    )


def one_line(text: str, width: int = 1000) -> str:
    """Return inert text on one line, cut where it is longer than `width`."""
    flat = _SPACE.sub(" ", inert(text[: 10 * width])).strip()
    return flat if len(flat) <= width else flat[: width - 3] + "..."


def excerpt(body: bytes, *, lines: int) -> tuple[str, ...]:
    """Return the first lines of a body, laid out if it is JSON; where something is cut, a last line says so."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return (f"({len(body)} bytes that are not UTF-8)",)
    if not text:
        return ()
    head = [inert(line[: WIDTH + 1]) for line in islice(_lines(text), lines + 1)]
    shown = [line if len(line) <= WIDTH else line[: WIDTH - 3] + "..." for line in head[:lines]]
    if shown != head:
        shown.append(f"(cut; {len(body)} bytes in all)")
    return tuple(shown)


def command(request: Request) -> str | None:
    """Return the curl command of a request on one line that any output may show, or None where it is too long.

    Arguments with control characters are written in `$'...'`, which bash, zsh and POSIX.1-2024 read back exactly.
    """
    curl = request.as_curl()
    if len(curl) > LONGEST_COMMAND:
        return None
    return curl if curl.isprintable() else " ".join(_quoted(word) for word in shlex.split(curl))


def counted(number: int, noun: str) -> str:
    """Return `1 request`, `2 requests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lines(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return (line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))
    if len(text) <= _SHORT_ENOUGH_AS_SENT and "\n" not in text:
        return iter([text])
    return _json_lines(text)


def _json_lines(text: str) -> Iterator[str]:
    """Lay JSON out by its tokens, so that all but white space is as it was sent: numbers, escapes, repeated keys."""
    depth, line, before = 0, "", ""
    for found in _JSON_TOKEN.finditer(text):
        piece = found[0]
        closes = piece in ("}", "]")
        depth -= closes
        opened = before in ("{", "[")
        # An empty object or list stays on its line.
        if before == "," or opened != closes:
            yield line
            line = "  " * depth
        line += ": " if piece == ":" else piece
        depth += piece in ("{", "[")
        before = piece
    yield line


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escaped(char) for char in word) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))

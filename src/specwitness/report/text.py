"""Make text that others wrote harmless and short: what a server sends must not run, hide, or fill the page.

The exact bytes are in `report.json`; what is made here is for eyes.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import islice

from specwitness.findings import Request
from specwitness.report.outline import around, laid_out

WIDTH = 200
"""Longer lines are cut."""
LONGEST_COMMAND = 4000
"""Longer commands are not shown: nobody pastes them, and cut they would not run."""
_SHORT_ENOUGH_AS_SENT = 100
_SPACE = re.compile(r"[ \t\n]+")
_ORDER = re.compile(r"^[ \t]*:(?=:)|#(?=#[A-Za-z]*\[)", re.MULTILINE)
"""Where a CI service would read an order in a log: a line that begins with `::`, and `##[` or `##vso[` anywhere."""


def inert(text: str) -> str:
    """Return text in which everything that a terminal, a page, a log or XML may act on is written out, as `repr` would.

    Line breaks and tabs stay. All that remains is allowed in XML 1.0.
    """
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = "".join(
            char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
        )
    if "::" not in text and "##" not in text:
        return text
    return _ORDER.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):x}", text)


def one_line(text: str, width: int = 1000) -> str:
    """Return inert text on one line, cut where it is longer than `width`."""
    flat = _SPACE.sub(" ", inert(text[: 10 * width])).strip()
    return flat if len(flat) <= width else flat[: width - 3] + "..."


def excerpt(body: bytes, *, lines: int, place: str = "") -> tuple[str, ...]:
    """Return the first lines of a body, laid out if it is JSON; where something is cut, a last line says so.

    A place in it (a JSON pointer) that these do not show is shown instead, with what leads to it.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return (f"({len(body)} bytes that are not UTF-8)",)
    if not text:
        return ()
    if place and _is_json(text) and (found := around(text, place, lines=lines)):
        return (*_cut(found), f"(only what is at {one_line(place)}; {len(body)} bytes in all)")
    head = [inert(line[: WIDTH + 1]) for line in islice(_lines(text), lines + 1)]
    shown = _cut(head[:lines])
    if shown != head:
        shown.append(f"(cut; {len(body)} bytes in all)")
    return tuple(shown)


def _cut(lines: Iterable[str]) -> list[str]:
    safe = (inert(line[: WIDTH + 1]) for line in lines)
    return [line if len(line) <= WIDTH else line[: WIDTH - 3] + "..." for line in safe]


def command(request: Request) -> str | None:
    """Return the curl command of a request on one line that any output may show, or None where it is too long.

    Arguments that are not harmless are written in `$'...'`, which bash, zsh and POSIX.1-2024 read back exactly.
    """
    curl = request.as_curl()
    if len(curl) > LONGEST_COMMAND:
        return None
    return curl if inert(curl) == curl and curl.isprintable() else " ".join(map(_quoted, shlex.split(curl)))


def counted(number: int, noun: str) -> str:
    """Return `1 request`, `2 requests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ended(text: str) -> str:
    """Return text with a full stop, where it does not end a sentence by itself."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _lines(text: str) -> Iterator[str]:
    if not _is_json(text):
        return (line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))
    if len(text) <= _SHORT_ENOUGH_AS_SENT and "\n" not in text:
        return iter([text])
    return (line for _, line in laid_out(text))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _quoted(word: str) -> str:
    if inert(word) == word and word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escaped(char) for char in word) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if char.isprintable() and char != "#":
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))

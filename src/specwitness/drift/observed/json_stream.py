"""Read a large JSON object piece by piece, holding no more of it than its largest piece. Entry point: `members`.

A recording of a day may have gigabytes; one of its entries seldom has a megabyte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import TextIO

from specwitness.exceptions import DocumentError
from specwitness.findings import Json

MOST = 1024 * 1024 * 1024
"""More characters than these are not read."""
LARGEST = 64 * 1024 * 1024
"""A piece may have as many characters; one that is larger is not held."""
_CHUNK = 1024 * 1024
_TAIL = 16
"""A fault so near to the end of what was read may be that the rest is still to come: no literal is longer."""

Path = tuple[str, ...]
BEGINS = object()
"""Stands before the items of a list, of which there may be none."""
_REST = re.compile(r"[-+.eE0-9]*")
_SPACE = re.compile(r"[ \t\n\r]*")


def members(file: TextIO, *, name: str, lists: Collection[Path]) -> Iterator[tuple[Path, Json]]:
    """Yield the members of an object, each with its path; of the lists of these paths, every item, after `BEGINS`.

    `name` is what an error calls the file. Raises DocumentError where it is no JSON object, is cut short, or has a
    piece that is too large or too deep.
    """
    source = _Source(file, name)
    yield from _of_object(source, (), lists)
    if source.next():
        raise source.wrong("something follows its end")


def _of_object(source: _Source, path: Path, lists: Collection[Path]) -> Iterator[tuple[Path, Json]]:
    source.take("{")
    if source.takes("}"):
        return
    while True:
        here = (*path, source.key())
        source.take(":")
        opening = source.next()
        if opening == "[" and here in lists:
            yield here, BEGINS
            for item in _items(source):
                yield here, item
        elif opening == "{" and any(wanted[:-1] == here for wanted in lists):
            yield from _of_object(source, here, lists)
        else:
            yield here, source.value()
        if source.takes("}"):
            return
        source.take(",")


def _items(source: _Source) -> Iterator[Json]:
    source.take("[")
    if source.takes("]"):
        return
    while True:
        yield source.value()
        if source.takes("]"):
            return
        source.take(",")


class _Source:
    """The text that was read and not yet used, and how to get more of it."""

    def __init__(self, file: TextIO, name: str) -> None:
        self._file = file
        self._name = name
        self._text = ""
        self._at = 0
        self._line = 1
        self._read = 0
        self._ended = False

    def next(self) -> str:
        """Return the next character that is no space; nothing at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def takes(self, char: str) -> bool:
        """Say whether a character comes next, and go on behind it if it does."""
        if self.next() != char:
            return False
        self._at += 1
        return True

    def take(self, char: str) -> None:
        """Go on behind a character that has to come next."""
        if not self.takes(char):
            raise self.wrong(f"{char!r} is missing") if self.next() else self._cut()

    def key(self) -> str:
        """Return the name of a member."""
        if self.next() not in {'"', ""}:
            raise self.wrong("the name of a member is missing")
        return str(self.value())

    def value(self) -> Json:
        """Return the next value whole."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise self.wrong("it is nested too deeply") from None
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _TAIL
                if not is_open:
                    raise self.wrong(error.msg, error.pos) from None
                if not self._more():
                    raise self._cut() from None
                continue
            # A number that ends where what was read ends may go on.
            if not _REST.fullmatch(self._text, end) or not self._more():
                self._at = end
                return value

    def _more(self) -> bool:
        """Read as much again as is held, at least a chunk; say whether there was anything."""
        held = len(self._text) - self._at
        if held > LARGEST:
            raise self._fault(f"a part of it has more than {LARGEST >> 20} MiB", "Record it without its largest bodies")
        if self._ended:
            return False
        try:
            chunk = self._file.read(max(_CHUNK, held))
        except (OSError, UnicodeDecodeError) as error:
            raise self._fault(f"it cannot be read ({_reason(error)})", "Give a text file in UTF-8") from error
        self._line += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + chunk
        self._at = 0
        self._ended = not chunk
        self._read += len(chunk)
        if self._read > MOST:
            raise self._fault(f"it has more than {MOST >> 30} GiB", "Record less, or divide it")
        return bool(chunk)

    def wrong(self, reason: str, at: int | None = None) -> DocumentError:
        """Return the error of a text that is no JSON; it quotes nothing, for there may be secrets."""
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        return DocumentError(f"{self._name}, line {line}", f"it is not JSON as it has to be: {reason}", HINT)

    def _cut(self) -> DocumentError:
        if not self._read:
            return self._fault("it is empty", HINT)
        return self._fault("it is cut short: it ends within a value", "Record it again, or copy it whole")

    def _fault(self, fault: str, hint: str) -> DocumentError:
        return DocumentError(self._name, fault, hint)


HINT = "Give a HAR file, as browsers, proxies, Playwright and schemathesis write them"


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or "an error of the disk"


def _integer(text: str) -> int | float:
    # Of more digits than these Python makes no integer (`sys.set_int_max_str_digits`).
    return int(text) if len(text) <= _DIGITS else float(text)


_DIGITS = 4000
_DECODER = json.JSONDecoder(parse_int=_integer)

"""What the template of a path is that no description has: which segments are names, and which are values.

Entry point: `Guesses`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from specwitness.drift.wire import HOLE

HOLE_OF_A_GUESS = "{}"
_MOST = 4_000
"""Of more paths no more are told apart."""
_SAME_END = 4
_LAST = 10
"""So many values of one segment, with all the others alike, are no names; of the last one it takes more to say so."""

_LONGEST_NAME = 40

_Key = TypeVar("_Key")
_ID = re.compile(
    r"[0-9]+"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-.*"
    r"|(?=.*[0-9])[0-9a-fA-F]{8,}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}.*"
    r"|(?=(?:.*[0-9]){2})(?=.*[A-Za-z])[A-Za-z0-9_~=.-]{10,}"
    r"|(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9_=-]{6,}"
    r"|.*[@%:;,=|].*",
    re.DOTALL,
)


def is_id(text: str) -> bool:
    """Say whether a text is a value rather than a name that a programmer gave: a number, a UUID, a token, a date."""
    return len(text) > _LONGEST_NAME or _ID.fullmatch(text) is not None


class Guesses:
    """The templates of paths that are not described, by what stands at the same places of those that are."""

    def __init__(self, described: Iterable[str]) -> None:
        """Take the templates that are described."""
        self._described = [tuple(path.split("/")) for path in described]
        self._known: dict[tuple[str, ...], None] = {}

    def first(self, path: str) -> tuple[str, ...] | None:
        """Return the segments of a path, with what is a value by itself as a hole; None where there are too many."""
        segments = tuple(path.split("/"))
        guided = self._guided(segments)
        named = (HOLE_OF_A_GUESS if is_id(segment) else segment for segment in segments[len(guided) :])
        guess = (*guided, *named)
        if guess not in self._known and len(self._known) >= _MOST:
            return None
        return self._known.setdefault(guess) or guess

    def _guided(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        """Return the beginning of a path as the described template names it that it shares the most names with."""
        return max((_shared(segments, template) for template in self._described), key=_likeness, default=())


def _shared(segments: tuple[str, ...], template: tuple[str, ...]) -> tuple[str, ...]:
    """Return the beginning of a template that a path shares; nothing where that has no name, for any path has holes."""
    shared: list[str] = []
    for segment, described in zip(segments, template, strict=False):
        if segment != described and not HOLE.fullmatch(described):
            break
        shared.append(described)
    return tuple(shared) if _names(shared) else ()


def _likeness(segments: tuple[str, ...]) -> tuple[int, int]:
    return _names(segments), len(segments)


def _names(segments: Iterable[str]) -> int:
    return sum(bool(segment) and not HOLE.search(segment) for segment in segments)


def grouped(guesses: Iterable[tuple[_Key, tuple[str, ...]]]) -> Iterator[tuple[_Key, tuple[str, ...], str]]:
    """Yield guesses with the template of all that differ in a value alone; only those of one key are compared.

    Names and values look alike (`/tags/red`, `/admin/users`): many of them, with all else the same, are values.
    """
    listed = list(guesses)
    found = {(key, guess): guess for key, guess in listed}
    longest = max((len(guess) for _, guess in listed), default=0)
    # What stands first tells one kind of resource from another, however many there are.
    for place in range(2, longest):
        alike: dict[tuple[_Key, tuple[str, ...], tuple[str, ...]], set[str]] = {}
        for (key, _), guess in found.items():
            if place < len(guess):
                alike.setdefault((key, guess[:place], guess[place + 1 :]), set()).add(guess[place])
        for (key, given), guess in found.items():
            if place >= len(guess):
                continue
            before, after = guess[:place], guess[place + 1 :]
            names = {name for name in alike[key, before, after] if not HOLE.search(name)}
            if guess[place] in names and len(names) >= (_SAME_END if after else _LAST):
                found[key, given] = (*before, HOLE_OF_A_GUESS, *after)
    for key, guess in listed:
        yield key, guess, "/".join(found[key, guess])

"""Ids that look like known ones, for servers that give an id its state: stand-ins, sandboxes, seeded test systems."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator, Sequence

_PART = re.compile(r"[A-Za-z]+|\d+")
_MOST_REPEATED = 100
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def alike(known: Sequence[str], shown: Sequence[str], wanted: Sequence[str], *, seed: int) -> Iterator[str]:
    """Yield ids of the shape of the known ones, each once, for as long as there are others.

    First those in which the word for a value that was `shown` is one that is `wanted`; then other numbers; then other
    letters and digits in the same places.
    """
    given, repeated = set(known), 0
    for name in _endless(known, shown, wanted, random.Random(seed)):  # noqa: S311 - no secret
        repeated = repeated + 1 if name in given else 0
        if repeated == _MOST_REPEATED:
            return
        if not repeated:
            given.add(name)
            yield name


def _endless(known: Sequence[str], shown: Sequence[str], wanted: Sequence[str], chance: random.Random) -> Iterator[str]:
    for word in wanted:
        yield from (name for one in known for name in _reworded(one, shown, word))
    for number in range(1, 10):
        yield from (_numbered(one, number) for one in known[:2])
    while known:
        yield "".join(_another(letter, chance) for letter in chance.choice(known))


def _reworded(name: str, shown: Sequence[str], word: str) -> Iterator[str]:
    """Yield a name with the word for a value in place of that for another, written as that one is."""
    # The longest first: of `not-paused` and `paused`, the former is the word that stands there.
    for value in sorted(shown, key=len, reverse=True):
        pattern = "[-_ .]?".join(map(re.escape, _PART.findall(value)))
        match = re.search(rf"(?<![A-Za-z]){pattern}(?![A-Za-z])", name, re.IGNORECASE) if pattern else None
        if match:
            inside = re.search(r"[-_ .]", match[0] or name)
            written = (inside[0] if inside else "-").join(_PART.findall(word))
            written = written.upper() if match[0].isupper() else written.lower() if match[0].islower() else written
            yield name[: match.start()] + written + name[match.end() :]
            return


def _numbered(name: str, number: int) -> str:
    """Return a name with another number at its end, counted on from its own."""
    match = re.search(r"\d{1,9}$", name)
    if match is None:
        return f"{name}-{number + 1}"
    return name[: match.start()] + str(int(match[0]) + number).zfill(len(match[0]))


def _another(letter: str, chance: random.Random) -> str:
    return next((chance.choice(kind) for kind in _KINDS if letter in kind), letter)

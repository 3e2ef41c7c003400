"""Regular expressions as trees: the regular part of ECMA-262 that schemas use. Entry point: `read`.

They are read as both validators do: `\\d` and `\\w` are ASCII, `.` is all but a line feed. What is not regular
(look-around, back references, word boundaries) or not the same in every dialect raises Undecidable.
"""

from __future__ import annotations

from dataclasses import dataclass

Ranges = tuple[tuple[int, int], ...]
"""A set of characters: the first and last code point of each run, in order."""


class Undecidable(Exception):  # noqa: N818 - an answer, not an error
    """An expression says more than is read here."""


@dataclass(frozen=True)
class Characters:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True)
class Edge:
    """The beginning of the text, or its end."""

    first: bool


@dataclass(frozen=True)
class Sequence:
    """One after the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Choice:
    """One or the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Repeat:
    """Several times; `most` None is any number."""

    part: Expression
    least: int
    most: int | None


Expression = Characters | Edge | Sequence | Choice | Repeat


def read(pattern: str) -> Expression:
    """Return what a regular expression says; raises Undecidable."""
    reader = _Reader(pattern)
    try:
        found = reader.choice()
    except (IndexError, ValueError) as error:
        raise Undecidable from error
    if reader.peek():
        raise Undecidable
    return found


def normal(ranges: list[tuple[int, int]]) -> Ranges:
    """Return runs in order, none of which touches another."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return tuple(made)


def _without(ranges: Ranges) -> Ranges:
    """Return all other characters."""
    made, at = [], 0
    for first, last in ranges:
        made.append((at, first - 1))
        at = last + 1
    return tuple((first, last) for first, last in [*made, (at, _LAST)] if first <= last)


def _one(character: str) -> Ranges:
    return ((ord(character), ord(character)),)


_LAST = 0x10FFFF
_DIGITS: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = (
    *((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F)),
    *((0x205F, 0x205F), (0x3000, 0x3000)),
)
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def peek(self, length: int = 1) -> str:
        return self._pattern[self._at : self._at + length]

    def choice(self) -> Expression:
        parts = [self._sequence()]
        while self._met("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _take(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _met(self, text: str) -> bool:
        met = self.peek(len(text)) == text
        self._at += len(text) if met else 0
        return met

    def _sequence(self) -> Expression:
        parts = []
        while self.peek() not in {"", "|", ")"}:
            atom = self._atom()
            parts.append(self._repeated(atom))
        return Sequence(tuple(parts))

    def _repeated(self, atom: Expression) -> Expression:
        if self._met("*"):
            made = Repeat(atom, 0, None)
        elif self._met("+"):
            made = Repeat(atom, 1, None)
        elif self._met("?"):
            made = Repeat(atom, 0, 1)
        elif self._met("{"):
            said = self._until("}")
            low, comma, high = said.partition(",")
            made = Repeat(atom, _number(low), (_number(high) if high else None) if comma else _number(low))
        else:
            return atom
        self._met("?")  # a lazy repetition matches the same texts
        if isinstance(atom, Edge) or self.peek() in {"*", "+", "?", "{"}:
            raise Undecidable
        return made

    def _until(self, end: str) -> str:
        said, found, _ = self._pattern[self._at :].partition(end)
        if not found:
            raise Undecidable
        self._at += len(said) + len(end)
        return said

    def _atom(self) -> Expression:
        match self._take():
            case "^":
                return Edge(first=True)
            case "$":
                return Edge(first=False)
            case "(":
                return self._group()
            case "[":
                return Characters(self._set())
            case ".":
                return Characters(_without(_one("\n")))
            case "\\":
                return Characters(self._escape())
            case "*" | "+" | "?" | "{" | "}" | "]":
                raise Undecidable
            case character:
                return Characters(_one(character))

    def _group(self) -> Expression:
        if self._met("?"):
            if self._met("P<") or (self.peek() == "<" and self.peek(2) not in {"<=", "<!"}):
                self._until(">")
            elif not self._met(":"):
                raise Undecidable
        found = self.choice()
        if not self._met(")"):
            raise Undecidable
        return found

    def _escape(self) -> Ranges:
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character.lower() in _CLASSES:
            return _without(_CLASSES[character.lower()])
        if character in _CONTROLS:
            return _one(_CONTROLS[character])
        if character in "xu":
            code = self._until("}")[1:] if self.peek() == "{" else self._several(2 if character == "x" else 4)
            return _one(chr(int(code, 16)))
        if character.isalnum():
            raise Undecidable
        return _one(character)

    def _several(self, count: int) -> str:
        return "".join(self._take() for _ in range(count))

    def _set(self) -> Ranges:
        others = self._met("^")
        found: list[tuple[int, int]] = []
        while not self._met("]"):
            first = self._member()
            if self.peek() == "-" and self.peek(2) != "-]":
                self._take()
                last = self._member()
                if not _is_one(first) or not _is_one(last) or last[0][0] < first[0][0]:
                    raise Undecidable
                first = ((first[0][0], last[0][0]),)
            found += first
        if not found:
            raise Undecidable
        return _without(normal(found)) if others else normal(found)

    def _member(self) -> Ranges:
        if self.peek() == "[" or self.peek(2) in {"&&", "--", "~~"}:
            raise Undecidable  # sets within sets are not ECMA-262, but a dialect of it
        character = self._take()
        return self._escape() if character == "\\" else _one(character)


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _number(digits: str) -> int:
    if not digits.isdecimal():
        raise Undecidable
    return int(digits)

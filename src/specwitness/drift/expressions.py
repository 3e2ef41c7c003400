"""Regular expressions as trees: the regular part of ECMA-262 that schemas use. Entry point: `read`.

`\\d` and `\\w` are ASCII, as ECMA-262 has them. It has `.` leave out four line ends and `\\b` stand at ASCII letters;
both validators leave out the line feed alone, and know the letters of all scripts. So every character is here twice: as
the validators read `.` and ECMA-262 `\\b`, and, at `TWIN` beyond it, the other way round. Texts of either dialect are
texts of these characters, so what is proven of all of them is proven of both.

A back reference is read where its group has few texts. What is not regular raises Undecidable, as does most of what is
looked for behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

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
class Ahead:
    """A place that something follows, or does not follow; it takes no character."""

    part: Expression
    wanted: bool


@dataclass(frozen=True)
class Behind:
    """A place before which a character of a set stands, or none does; it takes no character."""

    ranges: Ranges
    wanted: bool


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


@dataclass(frozen=True)
class Group:
    """What may be referred to by its number; not in what `read` returns."""

    number: int
    part: Expression


@dataclass(frozen=True)
class Back:
    """The text that a group has matched; not in what `read` returns."""

    number: int


Expression = Group | Back | Characters | Edge | Ahead | Behind | Sequence | Choice | Repeat


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def read(pattern: str) -> Expression:
    """Return what a regular expression says; raises Undecidable."""
    if _SURROGATE.search(pattern):
        raise Undecidable  # two of them are one character only to who reads an expression with the `u` flag
    reader = _Reader(pattern)
    try:
        found = reader.choice()
    except (IndexError, ValueError) as error:
        raise Undecidable from error
    if reader.peek():
        raise Undecidable
    return _without_groups(found)


def _without_groups(expression: Expression) -> Expression:
    """Return an expression in which each text of a group that is referred to is an alternative."""
    match expression:
        case Group(_, part):
            return _without_groups(part)
        case Back():
            raise Undecidable
        case Sequence(parts):
            for index, part in enumerate(parts):
                if isinstance(part, Group) and _refer(parts[index + 1 :], part.number):
                    ways = [(*parts[:index], text, *parts[index + 1 :]) for text in _texts(part.part)]
                    return Choice(
                        tuple(_without_groups(_filled(Sequence(way), part.number, way[index])) for way in ways)
                    )
            return Sequence(tuple(map(_without_groups, parts)))
        case _:
            return _changed(expression, _without_groups)


def _changed(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with its parts changed."""
    if isinstance(expression, Sequence | Choice):
        return replace(expression, parts=tuple(map(change, expression.parts)))
    if isinstance(expression, Group | Ahead | Repeat):
        return replace(expression, part=change(expression.part))
    return expression


def _filled(expression: Expression, number: int, text: Expression) -> Expression:
    """Return an expression with a text wherever it refers back to a group."""
    if expression == Back(number):
        return text
    return _changed(expression, lambda part: _filled(part, number, text))


def _refer(parts: tuple[Expression, ...], number: int) -> bool:
    return any(_filled(part, number, Sequence(())) != part for part in parts)


def _texts(expression: Expression) -> list[Expression]:
    """Return the texts that an expression matches, where they are few."""
    found: list[Expression]
    match expression:
        case Characters(ranges):
            codes = [
                code for first, last in ranges if first < TWIN for code in range(first, min(last, first + _FEW) + 1)
            ]
            found = [Characters(_in_both(((code, code),))) for code in codes]
        case Group(_, part):
            found = _texts(part)
        case Sequence(parts):
            found = [Sequence(())]
            for part in parts:
                found = [_after(one, other) for one in found for other in _texts(part)][: _FEW + 1]
        case Choice(parts):
            found = [text for part in parts for text in _texts(part)]
        case _:
            raise Undecidable
    if len(found) > _FEW:
        raise Undecidable
    return found


_FEW = 8


def _after(one: Expression, other: Expression) -> Expression:
    return Sequence((one, other))


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


def _in_both(ranges: Ranges) -> Ranges:
    """Return the characters of a set as each dialect reads them."""
    return (*ranges, *((first + TWIN, last + TWIN) for first, last in ranges))


TWIN = 0x110000
_LAST = 0x10FFFF
_DIGITS: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = (
    *((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F)),
    *((0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_LINE_FEED: Ranges = ((10, 10),)
_LINE_ENDS: Ranges = ((10, 10), (13, 13), (0x2028, 0x2029))
_DOT: Ranges = (*_without(_LINE_FEED), *((first + TWIN, last + TWIN) for first, last in _without(_LINE_ENDS)))
_LETTERS: Ranges = (*_in_both(_WORD), (0x80 + TWIN, 0x2027 + TWIN), (0x202A + TWIN, _LAST + TWIN))
"""What `\\b` stands at: to the validators perhaps all that is not ASCII, but no line end."""
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._groups = 0

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
        if isinstance(atom, Edge | Ahead | Behind) or self.peek() in {"*", "+", "?", "{"}:
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
                return Characters(_in_both(self._set()))
            case ".":
                return Characters(_DOT)
            case "\\":
                if self.peek() in {"b", "B"}:
                    return _boundary(there=self._take() == "b")
                if self.peek() in {*"123456789"} and not self.peek(2)[1:].isdigit():
                    return Back(int(self._take()))
                return Characters(_in_both(self._escape()))
            case "*" | "+" | "?" | "{" | "}" | "]":
                raise Undecidable
            case character:
                return Characters(_in_both(_one(character)))

    def _group(self) -> Expression:
        looked = next((look for look in _LOOKS if self._met(look)), None)
        number = 0
        if looked is None and not self._met("?:"):
            self._groups = number = self._groups + 1
            if self._met("?P<") or self._met("?<"):
                self._until(">")
            elif self.peek() == "?":
                raise Undecidable
        found = self.choice()
        if not self._met(")"):
            raise Undecidable
        if looked is None:
            return Group(number, found) if number else found
        wanted = looked.endswith("=")
        return Behind(_of_one(found), wanted) if "<" in looked else Ahead(found, wanted)

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


_LOOKS = ("?=", "?!", "?<=", "?<!")


def _of_one(expression: Expression) -> Ranges:
    """Return the characters by which an expression is met, where it takes just one."""
    match expression:
        case Characters(ranges):
            return ranges
        case Sequence((part,)) | Group(_, part):
            return _of_one(part)
        case Choice(parts):
            return normal([run for part in parts for run in _of_one(part)])
    raise Undecidable


def _boundary(*, there: bool) -> Expression:
    """Return the places at which a word begins or ends, or the others (ECMA-262, section 22.2.2.4)."""
    ways = [(one, other) for one in (True, False) for other in (True, False) if (one != other) == there]
    letter = Characters(_LETTERS)
    return Choice(tuple(Sequence((Behind(_LETTERS, one), Ahead(letter, other))) for one, other in ways))


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _number(digits: str) -> int:
    if not digits.isdecimal():
        raise Undecidable
    return int(digits)

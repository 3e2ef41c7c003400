"""A text that a regular expression matches, for the plain part of the ECMA-262 syntax that schemas use.

What is not plain (look-around, back references, Unicode properties) is not constructed: `sample` returns None.
"""

from __future__ import annotations

import string
from random import Random

_DIGITS = string.digits
_WORD = string.ascii_lowercase + string.ascii_uppercase + string.digits + "_"
_SPACE = " "
_ANY = _WORD + "-. "
_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_LONGEST = 200


class _Unsupported(Exception):  # noqa: N818 - a signal inside this module, not an error of ours
    pass


def sample(pattern: str, random: Random, *, stretch: int = 0) -> str | None:
    """Return a text that contains a match of `pattern`, each repetition up to `stretch` longer than it must be."""
    try:
        text = _Reader(pattern, random, stretch).alternatives()
    except (_Unsupported, IndexError, ValueError):
        return None
    return text


class _Reader:
    """Reads a pattern from left to right and writes a text as it goes."""

    def __init__(self, pattern: str, random: Random, stretch: int) -> None:
        self.pattern = pattern
        self.random = random
        self.stretch = stretch
        self.at = 0

    def alternatives(self) -> str:
        texts = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            texts.append(self.sequence())
        if self.at != len(self.pattern) and self.peek() != ")":
            raise _Unsupported
        return self.random.choice(texts)

    def sequence(self) -> str:
        text = ""
        while self.peek() not in {"", "|", ")"}:
            start = self.at
            piece = self.atom()
            end = self.at
            low, high = self.repetition()
            after = self.at
            for index in range(self.random.randint(low, min(high, low + self.stretch))):
                if index == 0:
                    text += piece
                    continue
                # Read the atom again, so that `[a-z]{3}` is three letters and not one letter three times.
                self.at = start
                text += self.atom()
                assert self.at == end  # noqa: S101 - the same text is read
            self.at = after
        return text

    def repetition(self) -> tuple[int, int]:
        mark = self.peek()
        low, high = 1, 1
        if mark and mark in "*+?":
            self.at += 1
            low, high = {"*": (0, _LONGEST), "+": (1, _LONGEST), "?": (0, 1)}[mark]
        elif mark == "{":
            inside, closed, _ = self.pattern[self.at + 1 :].partition("}")
            first, comma, last = inside.partition(",")
            if not closed or not first.isdigit():
                raise _Unsupported
            self.at += len(inside) + 2
            low = int(first)
            high = (int(last) if last else max(low, _LONGEST)) if comma else low
        else:
            return low, high
        if self.peek() == "?":
            self.at += 1
        if low > _LONGEST:
            raise _Unsupported
        return low, high

    def atom(self) -> str:
        char = self.take()
        if char in "^$":
            return ""
        if char == "(":
            return self.group()
        if char == "[":
            return self.random.choice(self.members())
        if char == ".":
            return self.random.choice(_ANY)
        if char == "\\":
            return self.random.choice(self.escape())
        if char in "*+?{":
            raise _Unsupported
        return char

    def group(self) -> str:
        if self.peek() == "?":
            self.at += 1
            kind = self.take()
            if kind == "P":
                kind = self.take()
            if kind == "<" and self.peek() not in {"=", "!"}:
                self.at = self.pattern.index(">", self.at) + 1
            elif kind != ":":
                raise _Unsupported
        text = self.alternatives()
        if self.take() != ")":
            raise _Unsupported
        return text

    def escape(self) -> str:
        char = self.take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES:
            return "".join(sorted(set(_PRINTABLE) - set(_CLASSES[char.lower()])))
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "xu":
            width = 2 if char == "x" else 4
            code = self.pattern[self.at : self.at + width]
            self.at += width
            return chr(int(code, 16))
        if char.isalnum():
            raise _Unsupported
        return char

    def members(self) -> str:
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        found: list[str] = []
        while self.peek() != "]":
            first = self.member()
            if self.peek() == "-" and self.pattern[self.at + 1] != "]" and len(first) == 1:
                self.at += 1
                last = self.member()
                found += [chr(code) for code in range(ord(first), min(ord(last), ord(first) + 512) + 1)]
            else:
                found += first
        self.at += 1
        if negated:
            found = sorted(set(_PRINTABLE) - set(found))
        if not found:
            raise _Unsupported
        return "".join(found)

    def member(self) -> str:
        char = self.take()
        return self.escape() if char == "\\" else char

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        return char

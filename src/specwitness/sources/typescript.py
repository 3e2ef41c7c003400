"""The object literals of TypeScript examples, read as JSON values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specwitness.findings import Json

MAX_DEPTH = 50

# Each alternative starts with another character and repeats one class only, so that no text makes it backtrack.
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>[{}\[\]():,;])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None, "undefined": None}


class NotALiteralError(ValueError):
    """The text is no object literal of plain values."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def literal(text: str) -> Json:
    """Return the value a text starts with: objects, arrays, strings, numbers, constants, `new Date("...")`.

    Raises NotALiteralError for anything else.
    """
    return _Reader(_tokens(text)).value(MAX_DEPTH)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            yield _Token("other", text[at])
        elif match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group())
        at = match.end() if match else at + 1


class _Reader:
    """Reads tokens one after the other, with one token of foresight."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self._tokens = tokens
        self._next = next(tokens, None)

    def value(self, depth: int) -> Json:
        """Read one value, nested at most so deep."""
        if depth == 0:
            raise NotALiteralError(f"nested deeper than {MAX_DEPTH} levels")
        token = self._take()
        match token:
            case _Token("string"):
                return _unquoted(token.text)
            case _Token("number"):
                return float(token.text) if set(token.text) & set(".eE") else int(token.text)
            case _Token("name", "new"):
                return self._constructed()
            case _Token("name") if token.text in _CONSTANTS:
                return _CONSTANTS[token.text]
            case _Token("mark", "["):
                return [self.value(depth - 1) for _ in self._items("]")]
            case _Token("mark", "{"):
                return {self._key(): self.value(depth - 1) for _ in self._items("}")}
        raise NotALiteralError(f"unexpected {token.text!r}")

    def _take(self) -> _Token:
        token, self._next = self._next, next(self._tokens, None)
        if token is None:
            raise NotALiteralError("it ends too early")
        return token

    def _expect(self, text: str) -> None:
        token = self._take()
        if token != _Token("mark", text):
            raise NotALiteralError(f"{text!r} was expected, not {token.text!r}")

    def _items(self, end: str) -> Iterator[None]:
        """Yield once for each item up to `end`, and take the commas between them."""
        while self._next != _Token("mark", end):
            yield
            if self._next == _Token("mark", ","):
                self._take()
            elif self._next != _Token("mark", end):
                raise NotALiteralError(f"',' or {end!r} was expected")
        self._take()

    def _key(self) -> str:
        token = self._take()
        if token.kind not in {"string", "name", "number"}:
            raise NotALiteralError(f"a key was expected, not {token.text!r}")
        self._expect(":")
        return _unquoted(token.text) if token.kind == "string" else token.text

    def _constructed(self) -> Json:
        """Read `new Name("...")` as the text it is made from: on the wire it is that text."""
        if self._take().kind != "name":
            raise NotALiteralError("a name was expected after `new`")
        self._expect("(")
        token = self._take()
        if token.kind != "string":
            raise NotALiteralError(f"a string was expected, not {token.text!r}")
        self._expect(")")
        return _unquoted(token.text)


def _unquoted(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)

    # Two escapes may be the halves of one character; half a character alone is none.
    return _ESCAPE.sub(character, text[1:-1]).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

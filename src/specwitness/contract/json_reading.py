"""Read JSON text, and say at which line a fault in it stands. Entry point: `read`.

`json` is fast because it tells no positions; where something is wrong, the text is gone through once more for them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from specwitness.contract.json_lines import JsonLines
from specwitness.contract.yaml_reading import DUPLICATE_HINT, MAX_DEPTH, MAX_NODES, NOT_FINITE, TOO_DEEP, TOO_MANY
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

_TOKEN = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*+)"(?P<colon>\s*:)?|[{}\[\]]', re.DOTALL)
_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*+"|(?P<number>-?(?:Infinity|[0-9][-+.eE0-9]*)|NaN)', re.DOTALL)


def read(text: str, *, name: str) -> tuple[Json, JsonLines]:
    """Return the data of a JSON text, and the lines on which it stands; `name` is what an error calls it.

    Raises DocumentError for a duplicate key, a number that is not finite, too many values, or nesting that is too deep,
    and ValueError for a text that is no JSON.
    """
    # One more than these is the most that a text can have; only one that is made of nothing else comes near.
    if sum(map(text.count, "{[,")) >= MAX_NODES:
        raise DocumentError(name, *TOO_MANY)
    try:
        lines = JsonLines(text)
        data = lines.read(_decode, _without_duplicates)
        too_deep = _is_too_deep(data)
    except _DuplicateKey:
        line, key = next(_duplicates(text))
        raise DocumentError(f"{name}, line {line}", f"duplicate key {key!r}", DUPLICATE_HINT) from None
    except _NotFiniteError:
        line, number = next(_not_finite(text))
        raise DocumentError(f"{name}, line {line}", f"the number {number:.40} is not finite", NOT_FINITE) from None
    except RecursionError:
        too_deep = True
    if too_deep:
        raise DocumentError(f"{name}, line {next(_depths(text))}", *TOO_DEEP)
    return data, lines


class _DuplicateKey(Exception):  # noqa: N818 - a signal between two functions of this module, not an error of ours
    pass


class _NotFiniteError(Exception):
    pass


def _finite(text: str) -> float:
    """Return a number; `NaN` and `Infinity`, which Python reads too, are none (RFC 8259, section 6)."""
    number = float(text)
    if not math.isfinite(number):
        raise _NotFiniteError
    return number


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _DuplicateKey
    return mapping


_decode = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=_finite, parse_constant=_finite
).raw_decode


def _is_too_deep(data: Json) -> bool:
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for value in level
            for item in (value.values() if value.__class__ is dict else value)
            if item.__class__ is dict or item.__class__ is list
        ]
        if not level:
            return False
    return True


def _duplicates(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and name of every key that its object has before."""
    names: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            names.append(set())
        elif token[0] == "}":
            names.pop()
        elif token["colon"]:
            key = json.loads(f'"{token["text"]}"')
            if key in names[-1]:
                yield _line(text, token), key
            names[-1].add(key)


def _not_finite(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every number that is not finite."""
    for token in _NUMBER.finditer(text):
        number = token["number"]
        if number and not number.lstrip("-").isdecimal() and not math.isfinite(float(number)):
            yield _line(text, token), number


def _depths(text: str) -> Iterator[int]:
    """Yield the line of everything that begins too deep."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                yield _line(text, token)
        elif token[0] in "}]":
            depth -= 1


def _line(text: str, token: re.Match[str]) -> int:
    return text.count("\n", 0, token.start()) + 1

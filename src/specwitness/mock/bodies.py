"""Answers prepared once: JSON text with holes for what only a request or a resource decides."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii

from specwitness.contract import pointers
from specwitness.contract.pointers import look
from specwitness.findings import Json

Facts = Mapping[str, Json]
"""What is known when a body is filled: parameters and properties by name, and `CREATED`."""

Hole = Callable[[Facts], bytes]

CREATED = "\0created"
"""The fact that holds the instant at which a resource came to be."""
EPOCH = dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC)
"""The mock's clock starts here; it is moved by what happens, never by the time of day."""

_MARK = re.compile(rb'"\\u0000(\d+)\\u0000"')
_NAME = re.compile(r"\{([^{}]+)\}")


class Body:
    """A JSON body with holes at some of its places."""

    def __init__(self, value: Json, holes: Mapping[str, Hole]) -> None:
        """Take a value and, by pointer, what fills the places that are holes."""
        marked = copied(value)
        fillers = list(holes.items())
        for index, (pointer, _) in enumerate(fillers):
            marked = put(marked, pointer, f"\0{index}\0")
        parts = _MARK.split(json.dumps(marked, separators=(",", ":")).encode())
        # `split` with a group returns text and the numbers of holes in turn.
        self._template = b"%b".join(part.replace(b"%", b"%%") for part in parts[::2])
        self._holes = [fillers[int(number)][1] for number in parts[1::2]]
        self.facts = frozenset(hole.name for hole in self._holes if isinstance(hole, _Fact))
        """The facts that the body shows as they are."""

    def fill(self, facts: Facts) -> bytes:
        """Return the text of the body."""
        return self._template % tuple([hole(facts) for hole in self._holes])


def fact(name: str) -> Hole:
    """Return the hole that holds a fact as it is."""
    return _Fact(name)


@dataclass(frozen=True)
class _Fact:
    name: str

    def __call__(self, facts: Facts) -> bytes:
        return _text(facts[self.name])


def said(template: str) -> Hole:
    """Return the hole that holds a text with facts for the names in braces."""
    return lambda facts: _text(worded(template, facts))


def instant(seconds: float) -> Hole:
    """Return the hole that holds the time so long after the creation, as RFC 3339 has it."""
    return lambda facts: _instant(facts.get(CREATED, EPOCH), seconds)


def raw(name: str) -> Hole:
    """Return the hole that holds a fact which is JSON text already."""
    return lambda facts: bytes(facts[name])


def worded(template: str, facts: Facts) -> str:
    """Return a text with facts for the names in braces; a name that nobody knows stays as it is."""
    return _NAME.sub(lambda found: str(facts.get(found[1], found[0])), template)


def copied(value: Json) -> Json:
    """Return a copy of JSON data, which `copy.deepcopy` is slow to make."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def put(value: Json, pointer: str, new: Json) -> Json:
    """Set what stands at a place whose parent exists, in place; return the whole."""
    if not pointer:
        return new
    parent, _, last = pointer.rpartition("/")
    holder = look(value, parent)
    name = pointers.split(f"/{last}")[0]
    if isinstance(holder, dict):
        holder[name] = new
    elif isinstance(holder, list):
        holder[int(name)] = new
    return value


def drop(value: Json, pointer: str) -> None:
    """Remove a property, in place, where it is there."""
    parent, _, last = pointer.rpartition("/")
    holder = look(value, parent)
    if isinstance(holder, dict):
        holder.pop(pointers.split(f"/{last}")[0], None)


@lru_cache(maxsize=4096)
def _instant(start: dt.datetime, seconds: float) -> bytes:
    at = start + dt.timedelta(seconds=seconds)
    return _text(at.replace(tzinfo=None).isoformat(timespec="milliseconds" if at.microsecond else "seconds") + "Z")


def _text(value: Json) -> bytes:
    # What most holes hold is text, and the encoder that `json.dumps` makes for it costs ten times the encoding.
    return (encode_basestring_ascii(value) if isinstance(value, str) else json.dumps(value)).encode()

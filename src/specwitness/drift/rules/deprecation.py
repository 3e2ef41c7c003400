"""What is announced to go: `deprecated`, and when, by the extension `x-sunset` (as oasdiff reads it; RFC 8594)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from specwitness.drift.rules.rule import Change, Comparison, change_of
from specwitness.findings import Json, Party

_SUNSET = "x-sunset"


def sunset(data: Json) -> dt.date | None:
    """Return the day on which something is announced to go: a date or time of RFC 3339, or that of an HTTP header."""
    said = data.get(_SUNSET) if isinstance(data, dict) else None
    if not isinstance(said, str):
        return None
    try:
        return dt.date.fromisoformat(said[:10])
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(said).date()
    except ValueError:
        return None


def is_deprecated(data: Json) -> bool:
    """Say whether something is marked as deprecated."""
    return isinstance(data, dict) and data.get("deprecated") is True


def retired(data: Json, today: dt.date) -> bool:
    """Say whether something was announced to be gone by a day."""
    day = sunset(data)
    return is_deprecated(data) and day is not None and day <= today


def sunset_words(data: Json, today: dt.date) -> str:
    """Say what was announced of something that is gone, and why that does not excuse it; empty where nothing was."""
    if not is_deprecated(data):
        return ""
    day = sunset(data)
    if _SUNSET not in data:
        return "it was deprecated, but nothing said until when it could be used"
    if day is None:
        return f"it was deprecated, but its sunset {data[_SUNSET]!r} is no date"
    return f"it was deprecated, but to be there until {day}" if day > today else ""


@dataclass(frozen=True)
class _Element:
    """What can be deprecated, as both sides describe it."""

    old: Json
    new: Json
    pointer: str
    part: str
    label: str
    operations: tuple[str, ...]

    def change(self, words: str) -> Change:
        return Change(Party.NEW, self.pointer, self.part, f"{self.label} {words}", self.operations)

    @property
    def newly(self) -> bool:
        return is_deprecated(self.new) and not is_deprecated(self.old)


def _elements(comparison: Comparison) -> Iterator[_Element]:
    """Yield the operations and parameters of both sides of which either is deprecated."""
    for pair in comparison.changed:
        label, keys = pair.new.label, (pair.new.key,)
        old, new = comparison.data(Party.OLD, pair.old.pointer), comparison.data(Party.NEW, pair.new.pointer)
        if is_deprecated(old) or is_deprecated(new):
            yield _Element(old, new, pair.new.pointer, "operation", label, keys)
        for parameter in pair.old.parameters:
            other = pair.counterpart(parameter)
            if other is None:
                continue
            old, new = comparison.data(Party.OLD, parameter.pointer), comparison.data(Party.NEW, other.pointer)
            if is_deprecated(old) or is_deprecated(new):
                part = f"{other.place} parameter {other.name}"
                yield _Element(old, new, other.pointer, part, f"{label}: the {part}", keys)


def deprecated(comparison: Comparison) -> Iterator[Change]:
    """Yield what is deprecated now, with time enough to leave it, and properties and headers whenever they go."""
    for element in comparison.once(_elements):
        day = sunset(element.new)
        if element.newly and day is not None and day >= comparison.today + comparison.grace:
            yield element.change(f"is deprecated, and will be gone on {day}")
    for place in comparison.places:
        if is_deprecated(place.new) and not is_deprecated(place.old):
            yield change_of(place, Party.NEW, f"{place.label} is deprecated")


def deprecated_without_sunset(comparison: Comparison) -> Iterator[Change]:
    """Yield operations and parameters that are deprecated now, and nothing says for how long they can be used."""
    for element in comparison.once(_elements):
        if element.newly and sunset(element.new) is None:
            said = element.new.get(_SUNSET)
            words = f"its sunset {said!r} is no date" if said is not None else "nothing says when it will be gone"
            yield element.change(f"is deprecated, and {words}")


def sunset_too_soon(comparison: Comparison) -> Iterator[Change]:
    """Yield what is announced for the first time, and for too early a day."""
    for element in comparison.once(_elements):
        day = sunset(element.new)
        announced = is_deprecated(element.new) and sunset(element.old) is None and day is not None
        if announced and day is not None and day < comparison.today + comparison.grace:
            left = f"{(day - comparison.today).days} days" if day > comparison.today else "no time"
            yield element.change(f"is announced to be gone on {day}: that leaves its clients {left}")


def sunset_brought_forward(comparison: Comparison) -> Iterator[Change]:
    """Yield what will be gone earlier than was announced."""
    for element in comparison.once(_elements):
        old, new = sunset(element.old), sunset(element.new)
        if is_deprecated(element.new) and old is not None and new is not None and new < old:
            yield element.change(f"will be gone on {new}, and was announced for {old}")


def sunset_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield what is still deprecated, and has lost the day until which it can be used."""
    for element in comparison.once(_elements):
        if is_deprecated(element.new) and sunset(element.old) is not None and sunset(element.new) is None:
            yield element.change(f"is still deprecated, but not any more until {sunset(element.old)}")


def reactivated(comparison: Comparison) -> Iterator[Change]:
    """Yield what was deprecated and is not any more."""
    for element in comparison.once(_elements):
        if is_deprecated(element.old) and not is_deprecated(element.new):
            yield element.change("is not deprecated any more")

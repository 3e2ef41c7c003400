"""Which texts that may be anything are of a few names in practice. Entry point: `Texts`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from specwitness.contract.conformance import Violation
from specwitness.drift.observed.undescribed import OpenText, remark

_LEAST = 2
"""What only ever was one text is no choice."""
_MOST = 8
"""Texts with more values than these have no few names."""
_OFTEN = 5
"""So often each of them has to have been seen, on the average."""
_NAME = re.compile(r"[A-Za-z]+[0-9]{0,2}(?:[-_.][A-Za-z0-9]{1,16}){0,4}")
_LONGEST = 40
_DIGITS = 3
_DIGIT = re.compile(r"[0-9]")


def is_name(text: str) -> bool:
    """Say whether a text looks like a name that a programmer gave: `pending`, `IN_PROGRESS`, `us-west-2`."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _DIGITS


@dataclass
class _Seen:
    part: str
    counts: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    is_anything: bool = False


class Texts:
    """Counts what texts were seen at each place of the document that takes any."""

    def __init__(self) -> None:
        """Begin without any."""
        self._seen: dict[str, _Seen] = {}

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Texts: {len(self._seen)} places>"

    def saw(self, operation: str, open_text: OpenText) -> Violation | None:
        """Take note of a text; return it as not described where others are named at its place, and it looks alike."""
        part, found = open_text.part, open_text.text
        if found.known:
            if found.text in found.known or not is_name(found.text):
                return None
            said = f"{found.text!r} is none of the values that are named"
            return remark("undescribed-value", part, found.pointer, said, found.text)
        seen = self._seen.setdefault(found.pointer, _Seen(part))
        if seen.is_anything:
            return None
        seen.counts[found.text] += 1
        seen.operations.add(operation)
        if len(seen.counts) > _MOST or not is_name(found.text):
            seen.is_anything = True
            seen.counts.clear()
        return None

    def remarks(self) -> Iterator[tuple[Violation, int, set[str]]]:
        """Yield which places look like an enum, how many texts were seen there, and through which operations."""
        for pointer, seen in self._seen.items():
            total = seen.counts.total()
            # Those that differ in a number alone are numbered.
            names = {_DIGIT.sub("", text) for text in seen.counts}
            if seen.is_anything or len(names) < _LEAST or total < _OFTEN * len(seen.counts):
                continue
            listed = ", ".join(f"{text!r} ({count})" for text, count in seen.counts.most_common())
            said = f"any text is allowed, and all {total} were one of these: {listed}"
            yield remark("text-looks-like-enum", seen.part, pointer, said), total, seen.operations

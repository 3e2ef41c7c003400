"""What was found between two schemas, and what was asked. Entry points: `Answer`, `Question`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from specwitness.drift.smallest import NOTHING
from specwitness.findings import Json
from specwitness.pool.shapes import Node, Shape

_MOST_OF_A_CAUSE = 3
UNNAMED = "unnamed-property"
"""The keyword of a cause that is none: a property that one side declares, and the other says nothing of."""


@dataclass(frozen=True)
class Gap:
    """A value that is allowed and refused, and what it is there to show: a keyword of a schema, and what offends it.

    A cause that was proven before is handed up without a value (NOTHING).
    """

    value: Json
    cause: tuple[int, str, str]


@dataclass(frozen=True)
class Answer:
    """What was found between two schemas; with neither gaps nor doubts, the one is contained in the other.

    `searched` says of its doubts that a wide choice of values was looked through for them.
    """

    gaps: tuple[Gap, ...] = ()
    doubts: tuple[str, ...] = ()
    searched: bool = False

    @property
    def safe(self) -> bool:
        """Whether containment was shown."""
        return not self.gaps and not self.doubts


SAFE = Answer()


def offence(value: Json) -> str:
    """Return a value as the text by which a cause names what offends a keyword."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def joined(answers: Iterable[Answer]) -> Answer:
    """Return everything that was found, a few values of each cause."""
    causes: dict[tuple[int, str, str], list[Gap]] = {}
    doubts: dict[str, None] = {}
    searched = True
    for answer in answers:
        doubts.update(dict.fromkeys(answer.doubts))
        searched &= answer.searched or not answer.doubts
        for gap in answer.gaps:
            known = causes.setdefault(gap.cause, [])
            if gap.value is not NOTHING or not known:
                known.append(gap)
    return Answer(tuple(gap for gaps in causes.values() for gap in _smallest(gaps)), tuple(doubts), searched)


def _smallest(gaps: list[Gap]) -> list[Gap]:
    if len(gaps) == 1:
        return gaps
    return sorted(gaps, key=lambda gap: 0 if gap.value is NOTHING else len(json.dumps(gap.value)))[:_MOST_OF_A_CAUSE]


@dataclass(frozen=True)
class Question:
    """What is allowed at a place (`node`, of which `shape` is one way), and one keyword of the schema that refuses."""

    node: Node
    shape: Shape
    schema: dict[str, Json]
    keyword: str
    said: Any

    @property
    def cause(self) -> tuple[int, str, str]:
        """What a gap that the keyword itself makes is known by."""
        return (id(self.schema), self.keyword, "")

"""An expression as a finite automaton that reads a text one character at a time. Entry point: `Automaton`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from specwitness.drift.expressions import (
    Ahead,
    Behind,
    Characters,
    Choice,
    Edge,
    Expression,
    Ranges,
    Repeat,
    Sequence,
    Undecidable,
)

_MOST_WORK = 200_000
"""How many places of automata one question may look at: that takes less than a second."""


class Work:
    """What one question may still look at."""

    def __init__(self) -> None:
        """Begin a question."""
        self._left = _MOST_WORK

    def spend(self, places: int) -> None:
        """Raise Undecidable where it is too much."""
        self._left -= places
        if self._left < 0:
            raise Undecidable


class State(NamedTuple):
    """The ways in which an automaton may have read a text, and whether one of them is a match if it ends here.

    Each is a place, and what was promised of the characters that follow.
    """

    ways: frozenset[_Way]
    ends: bool


_Promise = tuple["Automaton", bool, State]
"""What has to match from a place on, or must not, and how much of that was read."""
_Way = tuple[int, frozenset[_Promise]]
_NONE: frozenset[_Promise] = frozenset()
MATCHED = State(frozenset({(0, _NONE)}), ends=True)


class Automaton:
    """Finds an expression in a text, one character at a time; what follows a match does not matter.

    Place 0 is the end of the expression.
    """

    def __init__(self, expression: Expression, work: Work, *, anywhere: bool = True) -> None:
        """Take the expression, what it may cost, and whether a match may begin anywhere in what is read."""
        self.sets: list[Ranges] = []
        self._work = work
        self._taking: list[tuple[Ranges, int] | None] = [None]
        self._free: list[list[tuple[Edge | Behind | tuple[Automaton, bool] | None, int]]] = [[]]
        self._known: dict[tuple[State, int], State] = {}
        self._starts: dict[int | None, State] = {}
        self._first = self._built(expression, 0)
        self._waiting = [*map(self._waits, range(len(self._free)))]
        self._again = anywhere and self._may_begin_later()

    def start(self, before: int | None) -> State:
        """Return the state in which nothing was read, after a character or at the beginning."""
        if before not in self._starts:
            self._starts[before] = self._settled([(self._first, _NONE)], before)
        return self._starts[before]

    def after(self, state: State, code: int) -> State:
        """Return the state after one character more."""
        if state == MATCHED:
            return state
        key = (state, code)
        if key not in self._known:
            ways: list[_Way] = [(self._first, _NONE)] if self._again else []
            for place, promises in state.ways:
                to = 0 if place == 0 else self._taken(place, code)
                kept = None if to is None else _kept(promises, code)
                if to is not None and kept is not None:
                    ways.append((to, kept))
            self._known[key] = self._settled(ways, code)
        return self._known[key]

    def is_lost(self, state: State) -> bool:
        """Say whether no text that goes on from a state has a match."""
        return not state.ways and not self._again

    def _taken(self, place: int, code: int) -> int | None:
        taking = self._taking[place]
        return taking[1] if taking and any(first <= code <= last for first, last in taking[0]) else None

    def _settled(self, ways: Iterable[_Way], before: int | None) -> State:
        reached = self._closed(ways, before, last=False)
        if (0, _NONE) in reached:
            return MATCHED
        waiting = frozenset(way for way in reached if self._waiting[way[0]])
        ended = self._closed(waiting, before, last=True) if waiting else ()
        return State(waiting, any(place == 0 and all(map(_is_kept, promises)) for place, promises in ended))

    def _closed(self, ways: Iterable[_Way], before: int | None, *, last: bool) -> set[_Way]:
        """Return the ways that are reached without a character, after one or at the beginning; `last` at the end."""
        found: set[_Way] = set()
        open_ = [*ways]
        while open_:
            way = open_.pop()
            if way in found:
                continue
            self._work.spend(1)
            found.add(way)
            for condition, target in self._free[way[0]]:
                promises = _met(condition, way[1], before, last=last)
                if promises is not None:
                    open_.append((target, promises))
        return found

    def _waits(self, place: int) -> bool:
        """Say whether a place waits for a character, or for the end of the text."""
        if place == 0 or self._taking[place] is not None:
            return True
        return any(isinstance(condition, Edge) and not condition.first for condition, _ in self._free[place])

    def _may_begin_later(self) -> bool:
        """Say whether a match may begin after the beginning of the text."""
        seen, open_ = set(), [self._first]
        while open_:
            place = open_.pop()
            if self._waiting[place]:
                return True
            fresh = [to for condition, to in self._free[place] if condition != _BEGINNING and to not in seen]
            seen.update(fresh)
            open_ += fresh
        return False

    def _place(self) -> int:
        self._work.spend(1)
        self._taking.append(None)
        self._free.append([])
        return len(self._free) - 1

    def _built(self, expression: Expression, to: int) -> int:
        """Return the place at which an expression begins that goes on at another when it has matched."""
        match expression:
            case Characters(ranges):
                place = self._place()
                self._taking[place] = ranges, to
                self.sets.append(ranges)
                return place
            case Edge():
                place = self._place()
                self._free[place].append((expression, to))
                return place
            case Behind(ranges):
                place = self._place()
                self._free[place].append((expression, to))
                self.sets.append(ranges)
                return place
            case Ahead(part, wanted):
                place = self._place()
                inner = Automaton(part, self._work, anywhere=False)
                self._free[place].append(((inner, wanted), to))
                self.sets += inner.sets
                return place
            case Sequence(parts):
                for part in reversed(parts):
                    to = self._built(part, to)
                return to
            case Choice(parts):
                place = self._place()
                self._free[place] += [(None, self._built(part, to)) for part in parts]
                return place
            case Repeat(part, least, most):
                return self._repeated(part, least, most, to)
            case _:
                raise Undecidable

    def _repeated(self, part: Expression, least: int, most: int | None, to: int) -> int:
        if most is None:
            again = self._place()
            self._free[again] += [(None, to), (None, self._built(part, again))]
            at = again
        else:
            at = to
            for _ in range(least, most):
                skipped = self._place()
                self._free[skipped] += [(None, to), (None, self._built(part, at))]
                at = skipped
        for _ in range(least):
            at = self._built(part, at)
        return at


_BEGINNING = Edge(first=True)


def _met(
    condition: Edge | Behind | tuple[Automaton, bool] | None,
    promises: frozenset[_Promise],
    before: int | None,
    *,
    last: bool,
) -> frozenset[_Promise] | None:
    """Return what is promised when a condition has been passed, None where it is not met."""
    match condition:
        case None:
            return promises
        case Edge(first):
            return promises if (before is None if first else last) else None
        case Behind(ranges, wanted):
            stands = before is not None and any(low <= before <= high for low, high in ranges)
            return promises if stands == wanted else None
        case (automaton, wanted):
            state = automaton.start(before)
            if last or automaton.is_lost(state) or state == MATCHED:
                return promises if state.ends == wanted else None
            return promises | {(automaton, wanted, state)}


def _kept(promises: frozenset[_Promise], code: int) -> frozenset[_Promise] | None:
    """Return what is still promised after one character more; None where something was not kept."""
    left = []
    for automaton, wanted, before in promises:
        state = automaton.after(before, code)
        if automaton.is_lost(state) or state == MATCHED:
            if state.ends != wanted:
                return None
        else:
            left.append((automaton, wanted, state))
    return frozenset(left)


def _is_kept(promise: _Promise) -> bool:
    """Say whether a promise was kept if the text ends here."""
    _, wanted, state = promise
    return state.ends == wanted

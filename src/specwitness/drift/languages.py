"""Texts that match some regular expressions and not others. Entry points: `shortest`, `is_empty`.

The schema algebra takes a pattern for a name, so it cannot say that `^a+$` is within `^[ab]+$`. Here the expressions
are followed together, each as a finite automaton, over one character of each kind that they tell apart.
"""

from __future__ import annotations

import string
from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from specwitness.drift.expressions import Characters, Choice, Edge, Expression, Ranges, Repeat, Undecidable, read
from specwitness.drift.expressions import Sequence as InSequence

_MOST_STATES = 4_000
_MOST_STEPS = 20_000


def is_empty(having: Sequence[str], lacking: Sequence[str] = (), *, least: int = 0, most: int | None = None) -> bool:
    """Say whether it is proven that no text of a length matches all of `having` and none of `lacking`."""
    try:
        return shortest(tuple(having), tuple(lacking), least=least, most=most) is None
    except Undecidable:
        return False


@lru_cache(maxsize=4096)
def shortest(
    having: tuple[str, ...], lacking: tuple[str, ...] = (), *, least: int = 0, most: int | None = None
) -> str | None:
    """Return the shortest text that matches all of `having` and none of `lacking`; None where there is none.

    A match may be anywhere in the text. Raises Undecidable.
    """
    if most is not None and most < least:
        return None
    if least > _MOST_STEPS:
        raise Undecidable
    automata = [_Automaton(read(pattern)) for pattern in (*having, *lacking)]
    wanted = [True] * len(having) + [False] * len(lacking)
    characters = _characters(automata)
    start = _At(0, tuple(automaton.start for automaton in automata))
    came: dict[_At, tuple[_At, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        if at.length >= least and [one.ends(state) for one, state in _each(automata, at)] == wanted:
            text = _text(came, at)
            return text if most is None or len(text) <= most else None
        for character in characters:
            states = tuple(automaton.after(state, character) for automaton, state in _each(automata, at))
            # A text is lost where one that it must match cannot, or one that it must not match has.
            lost = any(state == (_NOWHERE if want else _MATCHED) for state, want in zip(states, wanted, strict=True))
            step = _At(min(at.length + 1, least), states)
            if not lost and step not in came:
                came[step] = at, character
                waiting.append(step)
        if len(came) > _MOST_STEPS:
            raise Undecidable
    return None


_State = frozenset[int]
_NOWHERE: _State = frozenset()
_MATCHED: _State = frozenset({0})


class _At(NamedTuple):
    length: int
    states: tuple[_State, ...]


def _each(automata: list[_Automaton], at: _At) -> Iterable[tuple[_Automaton, _State]]:
    return zip(automata, at.states, strict=True)


def _text(came: dict[_At, tuple[_At, str] | None], at: _At) -> str:
    found = []
    while (step := came[at]) is not None:
        at, character = step
        found.append(character)
    return "".join(reversed(found))


class _Automaton:
    """Finds an expression anywhere in a text, one character at a time; what follows a match does not matter.

    A state is the set of places that the expression may be at; place 0 is its end.
    """

    def __init__(self, expression: Expression) -> None:
        self.sets: list[Ranges] = []
        self._taking: list[tuple[Ranges, int] | None] = [None]
        self._free: list[list[tuple[Edge | None, int]]] = [[]]
        self._first = self._built(expression, 0)
        self._known: dict[tuple[_State, str], _State] = {}
        self.start = _settled(self._closed([self._first], first=True))
        self._restart = self._closed([self._first], first=False)

    def after(self, state: _State, character: str) -> _State:
        """Return the state after one character more."""
        if state == _MATCHED:
            return state
        key = (state, character)
        if key not in self._known:
            code = ord(character)
            taken = [
                taking[1]
                for place in state
                if (taking := self._taking[place]) and any(first <= code <= last for first, last in taking[0])
            ]
            self._known[key] = _settled(self._closed(taken, first=False) | self._restart)
        return self._known[key]

    def ends(self, state: _State) -> bool:
        """Say whether a text that ends in a state has a match."""
        return state == _MATCHED or 0 in self._closed(state, first=state is self.start, last=True)

    def _closed(self, places: Iterable[int], *, first: bool, last: bool = False) -> _State:
        """Return the places that are reached without a character, and wait for one or for the end of the text."""
        found, open_ = set(), [*places]
        while open_:
            place = open_.pop()
            if place in found:
                continue
            found.add(place)
            for edge, target in self._free[place]:
                if edge is None or (first if edge.first else last):
                    open_.append(target)
        return frozenset(place for place in found if place == 0 or self._waits(place))

    def _waits(self, place: int) -> bool:
        return self._taking[place] is not None or any(edge is not None for edge, _ in self._free[place])

    def _place(self) -> int:
        if len(self._free) > _MOST_STATES:
            raise Undecidable
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
            case InSequence(parts):
                for part in reversed(parts):
                    to = self._built(part, to)
                return to
            case Choice(parts):
                place = self._place()
                self._free[place] += [(None, self._built(part, to)) for part in parts]
                return place
            case Repeat(part, least, most):
                return self._repeated(part, least, most, to)

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


def _settled(state: _State) -> _State:
    return _MATCHED if 0 in state else state


_LIKELY = string.ascii_lowercase + string.digits + string.ascii_uppercase + string.punctuation + " "
_SURROGATES = range(0xD800, 0xE000)


def _characters(automata: list[_Automaton]) -> list[str]:
    """Return one character of each kind that the expressions tell apart, a likely one where there is one."""
    sets = {ranges for automaton in automata for ranges in automaton.sets}
    edges = {0x21, *(edge for ranges in sets for first, last in ranges for edge in (first, last + 1))}
    found: dict[tuple[bool, ...], str] = {}
    for character in (*_LIKELY, *(chr(edge) for edge in sorted(edges) if edge not in _SURROGATES and edge <= _LAST)):
        code = ord(character)
        kind = tuple(any(first <= code <= last for first, last in ranges) for ranges in sets)
        found.setdefault(kind, character)
    return list(found.values())


_LAST = 0x10FFFF

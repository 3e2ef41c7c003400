"""Texts that match some regular expressions and not others. Entry points: `shortest`, `is_empty`.

The schema algebra takes a pattern for a name, so it cannot say that `^a+$` is within `^[ab]+$`. Here the expressions
are followed together, each as a finite automaton, over one character of each kind that they tell apart.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from specwitness.drift.automata import MATCHED, Automaton, State, Work
from specwitness.drift.expressions import TWIN, Characters, Edge, Expression, Ranges, Repeat, Undecidable, read
from specwitness.drift.expressions import Sequence as InSequence

_MOST_STEPS = 20_000
_COUNTED = 200
"""Where a text has to be longer, one is tried in which a single character is repeated."""
_MANY = 100
"""A repetition of one character that may go further is taken for a length."""
_MOST_PARTS = 30
LONGEST = 10_000_000
"""No text is written that is longer."""
ANY = r"[\s\S]"
"""The pattern of one character, whichever it is."""


def is_empty(having: Sequence[str], lacking: Sequence[str] = (), *, least: int = 0, most: int | None = None) -> bool:
    """Say whether it is proven that no text of a length matches all of `having` and none of `lacking`."""
    try:
        return shortest(tuple(having), tuple(lacking), least=least, most=most) is None
    except Undecidable:
        return False


def shortest(
    having: tuple[str, ...], lacking: tuple[str, ...] = (), *, least: int = 0, most: int | None = None
) -> str | None:
    """Return the shortest text that matches all of `having` and none of `lacking`; None where there is none.

    A match may be anywhere in the text. Raises Undecidable.
    """
    if most is not None and most < least:
        return None
    # What is long is not kept.
    found = (_asked if least <= _COUNTED else _asked.__wrapped__)(having, lacking, least, most)
    if found is _UNDECIDED:
        raise Undecidable
    return found


def one_of(texts: Iterable[str]) -> str:
    """Return a pattern that some texts match, and no others."""
    escaped = [*map(re.escape, texts)]
    return f"^(?:{'|'.join(escaped)})$" if escaped else "(?!)"


_UNDECIDED: Any = object()


@lru_cache(maxsize=4096)
def _asked(having: tuple[str, ...], lacking: tuple[str, ...], least: int, most: int | None) -> str | None:
    """Return what is found of a question, that it cannot be decided included: to find that out takes longest."""
    found: list[str] = []
    whole = True
    try:
        for part in _without_lengths(_Asked(tuple(map(read, having)), tuple(map(read, lacking)), least, most)):
            try:
                text = _found(part)
                found += [] if text is None else [text]
            except Undecidable:
                whole = False
    except Undecidable:
        whole = False
    return min(found, key=len) if found else None if whole else _UNDECIDED


@dataclass(frozen=True)
class _Asked:
    """What a text has to match and not to match, and its length."""

    having: tuple[Expression, ...]
    lacking: tuple[Expression, ...]
    least: int
    most: int | None

    def within(self, least: int, most: int | None) -> _Asked:
        """Return the question about lengths that are within others too."""
        limits = [limit for limit in (self.most, most) if limit is not None]
        return replace(self, least=max(self.least, least), most=min(limits, default=None))


def _without_lengths(asked: _Asked) -> Iterator[_Asked]:
    """Yield questions that ask the same together, in which lengths stand for long repetitions of one character."""
    parts = [replace(asked, having=tuple(map(_endless, asked.having)), lacking=())]
    for long in [run for run in map(_run, asked.having) if run is not None]:
        parts = [part.within(long.least, long.most) for part in parts]
    for expression in asked.lacking:
        made = [replace(part, lacking=(*part.lacking, _endless(expression))) for part in parts]
        run = _run(expression)
        if run is not None and run.least:
            made += [part.within(0, run.least - 1) for part in parts]
        if run is not None and run.most is not None:
            made += [part.within(run.most + 1, None) for part in parts]
        parts = made
        if len(parts) > _MOST_PARTS:
            raise Undecidable
    yield from (part for part in parts if part.most is None or part.least <= part.most)


def _run(expression: Expression) -> Repeat | None:
    """Return what an expression repeats, where it asks for a text of many characters of one set and nothing else."""
    match expression:
        case InSequence((Edge(first=True), repeated, Edge(first=False))):
            while isinstance(repeated, InSequence) and len(repeated.parts) == 1:
                repeated = repeated.parts[0]
            if isinstance(repeated, Repeat) and isinstance(repeated.part, Characters):
                return repeated if max(repeated.least, repeated.most or 0) > _MANY else None
    return None


def _endless(expression: Expression) -> Expression:
    """Return an expression without the lengths that it asks for, if it is a run."""
    run = _run(expression)
    return expression if run is None else InSequence((Edge(first=True), Repeat(run.part, 0, None), Edge(first=False)))


def _found(asked: _Asked) -> str | None:
    """Return the shortest text as the validators read the expressions; None where there is none in any dialect."""
    together = _Together(asked)
    plain = [code for code in together.codes if code < TWIN]
    found = together.text(plain)
    if found is None and len(plain) < len(together.codes) and together.text(together.codes) is not None:
        raise Undecidable
    return found


class _Together:
    """The automata of one question, which read the same text."""

    def __init__(self, asked: _Asked) -> None:
        self._least, self._most = asked.least, asked.most
        self._work = Work()
        self._automata = [Automaton(one, self._work) for one in (*asked.having, *asked.lacking)]
        self._wanted = [True] * len(asked.having) + [False] * len(asked.lacking)
        self._start = tuple(automaton.start(None) for automaton in self._automata)
        self.codes = _codes({ranges for automaton in self._automata for ranges in automaton.sets})

    def text(self, codes: list[int]) -> str | None:
        """Return the shortest text of some characters."""
        found = None
        if self._least > _COUNTED:
            reached = self._reached(codes)
            if not reached.goes:
                return None
            found = self._stretched(reached)
        if found is None:
            found = self._counted(codes)
        return found if found is None or self._most is None or len(found) <= self._most else None

    def _counted(self, codes: list[int]) -> str | None:
        """Return the shortest text, the one of the first characters among those."""
        start = _At(0, self._start)
        came: dict[_At, tuple[_At, int] | None] = {start: None}
        waiting = deque([start])
        while waiting:
            at = waiting.popleft()
            if at.length >= self._least and self._accept(at.states):
                return _text(_way(came, at))
            for code, states in self._steps(at.states, codes):
                step = _At(min(at.length + 1, self._least), states)
                if step not in came:
                    came[step] = at, code
                    waiting.append(step)
            if len(came) > _MOST_STEPS:
                raise Undecidable
        return None

    def _reached(self, codes: list[int]) -> _Reached:
        """Return where texts of any length lead."""
        came: dict[_States, tuple[_States, int] | None] = {self._start: None}
        back: dict[_States, list[tuple[_States, int]]] = {}
        waiting = [self._start]
        for at in waiting:
            for code, states in self._steps(at, codes):
                back.setdefault(states, []).append((at, code))
                if states not in came:
                    came[states] = at, code
                    waiting.append(states)
            if len(came) > _MOST_STEPS:
                raise Undecidable
        goes: dict[_States, tuple[_States, int] | None] = {at: None for at in came if self._accept(at)}
        waiting = [*goes]
        for at in waiting:
            for before, code in back.get(at, ()):
                if before not in goes:
                    goes[before] = at, code
                    waiting.append(before)
        return _Reached(came, back, goes)

    def _stretched(self, reached: _Reached) -> str | None:
        """Return a text of the least length that has one character again and again; None where this finds none."""
        found = [
            (_way(reached.came, at), code, _way(reached.goes, at)[::-1])
            for at in reached.goes
            for before, code in reached.back.get(at, ())
            if before == at
        ]
        if not found:
            return None
        if self._least > LONGEST:
            raise Undecidable
        first, again, last = min(found, key=lambda one: len(one[0]) + len(one[2]))
        missing = self._least - len(first) - len(last)
        return _text(first) + _text([again]) * missing + _text(last) if missing >= 0 else None

    def _steps(self, at: _States, codes: list[int]) -> Iterator[tuple[int, _States]]:
        """Yield where each character leads, if the rest of the text may still make it one of those looked for."""
        for code in codes:
            self._work.spend(len(at))
            states = tuple(automaton.after(state, code) for automaton, state in zip(self._automata, at, strict=True))
            each = zip(self._automata, states, self._wanted, strict=True)
            if not any(automaton.is_lost(state) if want else state == MATCHED for automaton, state, want in each):
                yield code, states

    def _accept(self, at: _States) -> bool:
        return [state.ends for state in at] == self._wanted


_States = tuple[State, ...]
_Place = TypeVar("_Place")


class _At(NamedTuple):
    length: int
    states: _States


class _Reached(NamedTuple):
    """The states that are reached: from which and by what character, first and always, and how a match is reached."""

    came: dict[_States, tuple[_States, int] | None]
    back: dict[_States, list[tuple[_States, int]]]
    goes: dict[_States, tuple[_States, int] | None]


def _way(came: dict[_Place, tuple[_Place, int] | None], at: _Place) -> list[int]:
    """Return the characters by which a place was reached."""
    found = []
    while (step := came[at]) is not None:
        at, code = step
        found.append(code)
    return found[::-1]


def _text(codes: Iterable[int]) -> str:
    return "".join(chr(code % TWIN) for code in codes)


_LIKELY = string.ascii_lowercase + string.digits + string.ascii_uppercase + string.punctuation + " "
_SURROGATES = range(0xD800, 0xE000)


def _codes(sets: set[Ranges]) -> list[int]:
    """Return one character of each kind that the expressions tell apart, a likely one where there is one."""
    edges = sorted({edge for ranges in sets for first, last in ranges for edge in (first, last + 1)})
    known = [edge for edge in edges if edge % TWIN not in _SURROGATES and edge < 2 * TWIN]
    likely: dict[int, int] = {}
    # The first character stands for those before the first edge.
    for code in (*map(ord, _LIKELY), *(edge for edge in known if edge < TWIN), 0, *known):
        likely.setdefault(bisect_right(edges, code), code)  # between two edges, all are of one kind
    found: dict[tuple[bool, ...], int] = {}
    for code in likely.values():
        kind = tuple(any(first <= code <= last for first, last in ranges) for ranges in sets)
        found.setdefault(kind, code)
    return [*found.values()]

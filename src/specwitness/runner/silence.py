"""How long operations have kept a run waiting, and when it waits for one no more."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from specwitness.findings import Finding

MAX_FAULTS = 2
"""After so many requests in a row without an answer, each repeated once, a test gives its operation up."""
MAX_OPERATIONS = 3
"""Where so many operations were given up and not one has ever answered, the others are not waited for."""
SLOW_SECONDS = 1.0
"""An answer that takes longer is a slow one."""
MAX_SLOW_SECONDS = 120.0
"""How long a run waits for the slow answers of one operation together: hundreds of requests would take hours."""
_SHORTEST_REPEAT = 2.0
_REPEAT_PART = 4


def second_patience(patience: float) -> float:
    """Return how long a repeated request is waited for: a server that is only slow has begun to work on the first."""
    return min(patience, max(_SHORTEST_REPEAT, patience / _REPEAT_PART))


@dataclass(frozen=True)
class Given:
    """Why an operation was given up: in words, and as the finding that every test of it shares."""

    words: str
    finding: Finding | None = None


class Silences:
    """A working object, one per session: told of each answer and each silence.

    A test gives up after a few silent requests in a row, and the next test tries again: that costs little where a
    connection breaks at once. Waiting costs much. So an operation that has used up its share is given up for the whole
    run: once the patience for one answer if it never gave any, else twice that; and once its slow answers, each of
    them in time, have taken two minutes together.
    """

    def __init__(self, patience: float) -> None:
        """Have heard and waited for nothing yet."""
        self._patience = patience
        self._in_a_row = Counter[str]()
        self._waited: defaultdict[str, float] = defaultdict(float)
        self._slow: defaultdict[str, float] = defaultdict(float)
        self._heard: set[str] = set()
        self._last: dict[str, Given] = {}

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Silences: {dict(self._in_a_row)} in a row, {sum(self._waited.values()):.1f} s>"

    def answered(self, operation: str, seconds: float = 0.0) -> None:
        """Take note of an answer, and of how long it took."""
        self._slow[operation] += seconds if seconds > SLOW_SECONDS else 0.0
        self._in_a_row.pop(operation, None)
        self._heard.add(operation)

    def kept_waiting(self, operation: str, seconds: float, why: Given, *, in_vain: bool) -> None:
        """Take note of a silence, ended by the repeated request or, `in_vain`, not even by that."""
        self._last[operation] = why
        self._waited[operation] += seconds
        if in_vain:
            self._in_a_row[operation] += 1
        else:
            self._heard.add(operation)

    def given_up(self, operation: str) -> Given | None:
        """Return why an operation is not to be asked again in this run; None where it may be."""
        if self._has_had_its_share(operation):
            return self._last[operation]
        if self._slow[operation] > MAX_SLOW_SECONDS:
            return Given(
                f"answers of more than {SLOW_SECONDS:g} s have taken {self._slow[operation]:.0f} s of this run"
            )
        if not self._heard and sum(map(self._has_had_its_share, self._last)) >= MAX_OPERATIONS:
            return Given("no operation that was asked before gave an answer")
        return None

    def _has_had_its_share(self, operation: str) -> bool:
        return self._waited[operation] >= self._patience * (2 if operation in self._heard else 1)

    def is_silent(self, operation: str) -> bool:
        """Say whether a test is to end here."""
        return self._in_a_row[operation] >= MAX_FAULTS or self.given_up(operation) is not None

    def clear(self) -> None:
        """Forget everything: the target was gone, and has come back."""
        for kept in (self._in_a_row, self._waited, self._slow, self._heard, self._last):
            kept.clear()

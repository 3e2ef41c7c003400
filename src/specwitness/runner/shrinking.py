"""Make a trace as short as it can be and still show what it shows. Entry point: `shortest`."""

from __future__ import annotations

from collections.abc import Callable

from specwitness.contract.generic.reading import may_change
from specwitness.findings import Trace

_PATIENCE = 400
"""How many shorter traces are tried: each is judged anew, and a long one takes its time."""


def shortest(trace: Trace, shows: Callable[[Trace], bool]) -> Trace:
    """Return a trace without all that `shows` can do without: large pieces are tried first, then single exchanges.

    A trace has to remain one that the server has really answered so. Either end may go, and between them what changes
    nothing: without a deletion in the middle, the best of servers would seem to contradict itself.
    """
    tries, step = 0, len(trace) // 2
    while step:
        before = trace
        for start in reversed(range(0, len(trace), step)):
            within = start > 0 and start + step < len(trace)
            without = trace[:start] + trace[start + step :]
            if not without or (within and any(may_change(exchange) for exchange in trace[start : start + step])):
                continue
            tries += 1
            if shows(without):
                trace = without
            if tries == _PATIENCE:
                return trace
        # Without one exchange another may have become needless.
        if step > 1 or trace == before:
            step //= 2
    return trace

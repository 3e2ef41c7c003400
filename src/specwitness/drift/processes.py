"""Parts of a comparison at once, each in a process that has what this one has read: `fork`, so only on Linux."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from specwitness.findings import Finding

Part = Callable[[], list[Finding]]

_parts: Sequence[Part] = ()
"""What the processes are forked to do: functions cannot be handed to a process, but it has all that was here before."""


def found_by(parts: Sequence[Part], jobs: int) -> Iterator[Finding]:
    """Yield what all parts find, in their order, with so many processes at most; with one, without any."""
    global _parts  # noqa: PLW0603 - see there
    if jobs == 1 or sys.platform != "linux":
        for part in parts:
            yield from part()
        return
    _parts = parts
    try:
        with multiprocessing.get_context("fork").Pool(min(jobs, len(parts)), _leave_interrupts) as pool:
            for found in pool.imap(_run, range(len(parts))):
                yield from found
    finally:
        _parts = ()


def _leave_interrupts() -> None:
    """Let Ctrl-C be the business of the process that has these, which then ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(number: int) -> list[Finding]:
    return _parts[number]()

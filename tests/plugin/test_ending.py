"""SIGTERM while the suite runs; a whole run that it ends is in test_suite.py."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from specwitness.pytest_plugin.ending import sigterm_like_ctrl_c


@pytest.fixture(autouse=True)
def default() -> Iterator[None]:
    """SIGTERM as a process finds it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_first_interrupts_another_is_ignored_and_then_it_is_as_before() -> None:
    with sigterm_like_ctrl_c():
        with pytest.raises(KeyboardInterrupt):
            terminated()
        terminated()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_who_handles_it_already_still_does() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGTERM, ours := lambda number, _: seen.append(number))
    with sigterm_like_ctrl_c():
        terminated()
    assert (seen, signal.getsignal(signal.SIGTERM)) == ([signal.SIGTERM], ours)

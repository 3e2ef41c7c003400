"""Faults: lifecycle."""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import Fault


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults."""
    del desk
    yield from ()

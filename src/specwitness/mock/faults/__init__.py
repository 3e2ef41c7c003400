"""The catalogue: every way in which the mock can break a contract, each with a stable name. Entry point: `catalogue`.

A fault is a wrapper around the valid answer (`fault`). `schema` derives them from the document, at any depth (`places`
walks the schemas, `breaking` has one way to break each keyword); `http`, `auth`, `lifecycle` (`laws` for single
answers), `rare`, `transport` and `leaks` have those that every contract can break, as far as `trials` show that they
change an answer; `written` are those of a contract's `faults.py`.
"""

from __future__ import annotations

from itertools import chain

from specwitness.mock.desk import Desk
from specwitness.mock.faults import auth, http, leaks, lifecycle, rare, schema, transport, written
from specwitness.mock.faults.fault import Fault, Kind, Moment

__all__ = ["Fault", "Kind", "Moment", "catalogue"]

_ROOMS = (schema, http, auth, written, lifecycle, rare, transport, leaks)


def catalogue(desk: Desk) -> dict[str, Fault]:
    """Return every fault that the mock of a contract can have, by name."""
    found: dict[str, Fault] = {}
    for fault in chain.from_iterable(room.faults(desk) for room in _ROOMS):
        assert fault.name not in found, fault.name  # noqa: S101 - a name is given once
        found[fault.name] = fault
    return found

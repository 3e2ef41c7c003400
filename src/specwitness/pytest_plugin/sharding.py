"""`--shard K/N`: deal the tests of the suite out to machines, each test to one of them.

Which one depends on the name of the test and the names of all the others alone: not on their order, on where the suite
is installed, or on how many processes run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import pytest

from specwitness.conclusion.shards import Shard

CASES = frozenset({"contract_case", "operation_case", "workflow_case"})
"""The fixtures that make a test one of the suite."""


def dealt(items: Sequence[pytest.Item], shard: Shard) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests that a shard runs and those that others run, each in the order given.

    The suite's are dealt out one by one, kind by kind, so that each shard gets as many of each. Within a kind the order
    is one of chance: in that of operations, a shard would often get all tests of a few, and one operation takes longer
    than another. Tests that are not of the suite are run by every shard.
    """
    ours = sorted((item for item in items if is_of_the_suite(item)), key=_turn)
    others = {item for number, item in enumerate(ours) if number % shard.of != shard.number - 1}
    return [item for item in items if item not in others], [item for item in items if item in others]


def digest(items: Iterable[pytest.Item]) -> str:
    """Return what is the same for two runs exactly where the tests of the suite are; nothing where there are none."""
    names = sorted(_name(item) for item in items if is_of_the_suite(item))
    return hashlib.sha256("\n".join(names).encode()).hexdigest() if names else ""


def is_of_the_suite(item: pytest.Item) -> bool:
    """Say whether a test is one of the contract suite."""
    return not CASES.isdisjoint(getattr(item, "fixturenames", ()))


def _turn(item: pytest.Item) -> tuple[str, str, str]:
    name = _name(item)
    return name.partition("[")[0], hashlib.sha256(name.encode()).hexdigest(), item.nodeid


def _name(item: pytest.Item) -> str:
    """Return the name of a test without its file, which is somewhere else on each machine."""
    return item.nodeid.partition("::")[2]

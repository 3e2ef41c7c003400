"""The order of tests: those of one contract together, so that few contracts have to be open at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from specwitness.pytest_plugin.sharding import CASES


def together(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return tests with all those of a contract at the place of its first one, otherwise in the order given."""
    first: dict[str, int] = {}
    places = [
        first.setdefault(name, number) if (name := _contract(item)) else number for number, item in enumerate(items)
    ]
    return [item for _, item in sorted(zip(places, items, strict=True), key=lambda placed: placed[0])]


def _contract(item: pytest.Item) -> str | None:
    """Return the name of the contract that a test of the suite is about."""
    callspec = getattr(item, "callspec", None)
    values = [callspec.params[name] for name in CASES & callspec.params.keys()] if callspec else []
    # Where a contract has none of what a test is about, pytest has a parameter of its own.
    case = values[0] if values and isinstance(values[0], tuple) else None
    return None if case is None else case[0] if isinstance(case[0], str) else case[0].name

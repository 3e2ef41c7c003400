"""A value is as small as it can be and still show what it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.drift import shrinking
from specwitness.drift.shrinking import shrunk
from specwitness.findings import Json

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def parts(value: Json) -> list[Json]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(part for one in inner for part in parts(one))]


@given(VALUES)
def test_only_what_shows_it_is_left(value: Json) -> None:
    def shows(one: Json) -> bool:
        return any(part == 3 for part in parts(one))

    if shows(value):
        smallest = shrunk(value, shows)
        assert shows(smallest)
        # A chain of single members and items that leads to the one that counts.
        assert all(len(part) == 1 for part in parts(smallest) if isinstance(part, dict | list))


def test_a_value_that_can_do_without_nothing_stays() -> None:
    value = {"a": [1, {"b": 2}], "c": None}

    assert shrunk(value, lambda one: one == value) == value


def test_what_is_given_stays_as_it_was() -> None:
    value = {"a": [1, {"b": 2}], "c": None}

    assert shrunk(value, lambda _: True) == {}
    assert value == {"a": [1, {"b": 2}], "c": None}


def test_it_ends_where_there_is_too_much_to_leave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking, "_PATIENCE", 10)

    assert len(shrunk([*range(30)], lambda _: True)) == 20

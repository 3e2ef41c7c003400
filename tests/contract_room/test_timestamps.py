"""Times are read as leniently as their standards are, and compared as far as both are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from specwitness import is_before, timestamp

NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04T12:00:00Z",
        "2025-03-04t12:00:00z",
        "2025-03-04T13:00:00+01:00",
        "2025-03-04 12:00:00",
        "20250304T120000Z",
        "2025-03-04T12:00:00.000000+00:00",
    ],
)
def test_every_way_to_write_a_time_is_read(text: str) -> None:
    assert timestamp(text) == NOON


def test_a_leap_second_is_the_second_before_it() -> None:
    assert timestamp("2025-06-30T23:59:60Z") == datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "soon", "1741064767", "2025-13-01T00:00:00Z", None, 12, [], {}])
def test_what_names_no_time_is_none(value: object) -> None:
    assert timestamp(value) is None


def test_a_time_in_whole_seconds_is_not_before_a_fraction_of_the_same_second() -> None:
    later = NOON + timedelta(milliseconds=300)

    assert not is_before(NOON, later)
    assert not is_before(later, NOON)
    assert is_before(later, later + timedelta(milliseconds=1))
    assert is_before(NOON, later + timedelta(seconds=1))

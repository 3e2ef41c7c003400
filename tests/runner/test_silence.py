"""Who keeps silent is asked no more once it has used up its share of a run's time."""

from __future__ import annotations

import pytest

from specwitness.findings import Finding, Level, Location, Verdict
from specwitness.runner.silence import Given, Silences, second_patience

FINDING = Finding("no-response", Level.BREAKING, Verdict.UNDECIDED, Location("toy", None, "", ""), "m", "s")
WHY = Given("no answer came in time", FINDING)


@pytest.mark.parametrize(("patience", "second"), [(10.0, 2.5), (60.0, 15.0), (5.0, 2.0), (1.0, 1.0)])
def test_a_repeated_request_is_waited_for_less_but_not_for_no_time(patience: float, second: float) -> None:
    assert second_patience(patience) == second


def test_one_that_never_answered_is_given_up_when_the_patience_for_one_answer_is_spent() -> None:
    silences = Silences(10)
    assert (silences.given_up("read"), silences.is_silent("read")) == (None, False)
    silences.kept_waiting("read", 12.5, WHY, in_vain=True)
    assert (silences.given_up("read"), silences.is_silent("read"), silences.given_up("list")) == (WHY, True, None)


def test_one_that_has_answered_before_has_twice_that() -> None:
    silences = Silences(10)
    silences.answered("read")
    silences.kept_waiting("read", 12.5, WHY, in_vain=True)
    assert (silences.given_up("read"), silences.is_silent("read")) == (None, False)
    silences.answered("read")
    silences.kept_waiting("read", 12.5, WHY, in_vain=False)
    assert silences.given_up("read") == WHY


def test_connections_that_break_at_once_end_a_test_and_cost_nothing() -> None:
    silences = Silences(10)
    silences.kept_waiting("read", 0.01, WHY, in_vain=True)
    assert not silences.is_silent("read")
    silences.kept_waiting("read", 0.01, WHY, in_vain=True)
    assert (silences.is_silent("read"), silences.given_up("read")) == (True, None)
    silences.answered("read")
    assert not silences.is_silent("read")


def test_where_nothing_answers_the_rest_is_not_waited_for() -> None:
    silences = Silences(10)
    for key in ("a", "b"):
        silences.kept_waiting(key, 12.5, WHY, in_vain=True)
    assert silences.given_up("d") is None
    silences.kept_waiting("c", 12.5, WHY, in_vain=True)
    assert silences.given_up("d") == Given("no operation that was asked before gave an answer")
    silences.answered("d")
    assert (silences.given_up("d"), silences.given_up("a")) == (None, WHY)


def test_slow_answers_are_waited_for_until_they_have_taken_two_minutes() -> None:
    silences = Silences(10)
    for _ in range(40):
        silences.answered("read", 3.0)
        silences.answered("list", 0.9)
    assert (silences.given_up("read"), silences.given_up("list")) == (None, None)
    silences.answered("read", 3.0)
    assert silences.given_up("read") == Given("answers of more than 1 s have taken 123 s of this run")
    assert silences.is_silent("read")


def test_all_is_forgotten_when_the_target_came_back() -> None:
    silences = Silences(1)
    silences.kept_waiting("read", 5, WHY, in_vain=True)
    silences.clear()
    assert (silences.given_up("read"), silences.is_silent("read")) == (None, False)
    assert repr(silences) == "<Silences: {} in a row, 0.0 s>"

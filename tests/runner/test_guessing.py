"""Ids like the known ones: another word in the same place, another number, other letters."""

from __future__ import annotations

from itertools import islice

import pytest

from specwitness.runner.guessing import alike


def first(known: list[str], shown: list[str], wanted: list[str], count: int) -> list[str]:
    return list(islice(alike(known, shown, wanted, seed=0), count))


@pytest.mark.parametrize(
    ("known", "wanted", "guessed"),
    [
        ("job-run-success", "FAILURE", "job-run-failure"),
        ("job-run-success-2", "FAILURE", "job-run-failure-2"),
        ("JOB_SUCCESS", "FAILURE", "JOB_FAILURE"),
        ("success.7", "timed_out", "timed-out.7"),
        ("Success", "failure", "failure"),
    ],
)
def test_the_word_for_what_was_seen_is_replaced_by_that_for_what_was_not(known: str, wanted: str, guessed: str) -> None:
    assert first([known], ["SUCCESS"], [wanted], 1) == [guessed]


def test_a_word_of_several_parts_is_written_as_the_other_one_is() -> None:
    assert first(["run_not_started"], ["started", "not-started"], ["timed out"], 1) == ["run_timed_out"]


def test_a_word_inside_another_is_no_word() -> None:
    assert first(["unsuccessful"], ["success"], ["failure"], 1) == ["unsuccessful-2"]


def test_numbers_are_counted_on_and_keep_their_zeros() -> None:
    assert first(["job-009", "x"], [], [], 4) == ["job-010", "x-2", "job-011", "x-3"]


def test_then_other_letters_and_digits_stand_in_the_same_places_each_id_once() -> None:
    found = first(["Ab-9"], [], [], 200)
    shaped = [one for one in found[9:] if len(one) == 4]

    assert len(set(found)) == 200
    assert len(shaped) == 191
    assert all(one[0].isupper() and one[1].islower() and one[2] == "-" and one[3].isdigit() for one in shaped)
    assert first(["Ab-9"], [], [], 200) == found


def test_it_ends_where_there_are_no_others_and_where_nothing_is_known() -> None:
    assert list(alike([], [], ["failure"], seed=0)) == []
    assert sorted(one for one in alike(["7"], [], [], seed=0) if len(one) == 1) == list("012345689")

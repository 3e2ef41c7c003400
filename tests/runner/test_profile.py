"""How much is sent, and from which seed: `gate` is the same every time, `nightly` says what repeats it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.runner.profile import GATE_SEED, PROFILES, derived, seed_for


def test_the_profiles_are_known_by_their_names_and_nightly_sends_more() -> None:
    assert {name: profile.name for name, profile in PROFILES.items()} == {"gate": "gate", "nightly": "nightly"}
    sizes = [(profile.cases, profile.walks, profile.steps) for profile in PROFILES.values()]
    assert all(more > less for less, more in zip(*sizes, strict=True))
    assert PROFILES["nightly"].fruitless >= PROFILES["nightly"].cases  # its whole budget is spent


@pytest.mark.parametrize("profile", list(PROFILES))
@pytest.mark.parametrize("given_seed", [0, 7])
def test_a_given_seed_is_taken(profile: str, given_seed: int) -> None:
    assert seed_for(profile, given_seed) == given_seed


def test_the_gate_has_one_seed_and_nightly_a_new_one_each_night() -> None:
    assert {seed_for("gate", None) for _ in range(5)} == {GATE_SEED}
    nights = {seed_for("nightly", None) for _ in range(5)}
    assert len(nights) > 1
    assert all(0 <= night < 2**32 for night in nights)


def test_a_derived_seed_never_changes() -> None:
    assert derived(0, "pets", "fuzzing", "readPet", "True") == 12991957399001454243


@given(st.integers(0, 2**32), st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=3))
def test_a_derived_seed_depends_on_the_run_and_on_every_name(seed: int, names: list[str]) -> None:
    assert derived(seed, *names) == derived(seed, *names)
    assert 0 <= derived(seed, *names) < 2**64
    others = {derived(seed + 1, *names), derived(seed, *names, "more"), derived(seed, "more", *names, "")}
    assert derived(seed, *names) not in others


def test_names_are_not_run_together() -> None:
    assert derived(1, "ab", "c") != derived(1, "a", "bc")
    assert derived(1, "2") != derived(12)

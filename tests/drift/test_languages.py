"""Texts that match some expressions and not others: the shortest one, or the proof that there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from random import Random

import jsonschema_rs
import pytest

from specwitness.drift.expressions import Undecidable
from specwitness.drift.languages import is_empty, shortest

TEXTS = ["".join(letters) for length in range(5) for letters in product("ab1-", repeat=length)]
ATOMS = ("a", "b", "1", "-", "[ab]", "\\d", "\\w", ".", "[^a]", "\\W", "a|b")
REPEATED = ("*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,1}", "+?")


def drawn(random: Random, depth: int = 3) -> str:
    kind = random.random()
    if depth == 0 or kind < 0.35:
        return random.choice(ATOMS)
    if kind < 0.6:
        return drawn(random, depth - 1) + drawn(random, depth - 1)
    if kind < 0.7:
        return f"(?:{drawn(random, depth - 1)}|{drawn(random, depth - 1)})"
    if kind < 0.9:
        return f"({drawn(random, depth - 1)}){random.choice(REPEATED)}"
    return f"^{drawn(random, depth - 1)}" if kind < 0.95 else f"{drawn(random, depth - 1)}$"


@pytest.mark.parametrize("seed", range(600))
def test_what_is_found_is_right_and_no_text_is_overlooked(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - made-up data
    having, lacking = (tuple(drawn(random) for _ in range(random.randint(0, 2))) for _ in range(2))
    least, most = random.randint(0, 2), random.choice([None, 1, 2, 4])

    def fits(text: str) -> bool:
        return least <= len(text) <= (len(text) if most is None else most)

    found = shortest(having, lacking, least=least, most=most)
    expected = next((text for text in TEXTS if fits(text) and _holds(text, having, lacking, _search)), None)
    if found is None:
        assert expected is None
        assert is_empty(having, lacking, least=least, most=most)
    elif "\n" not in found:  # to Python a `$` is also before a line feed that ends the text
        assert fits(found)
        assert _holds(found, having, lacking, _search)
        assert _holds(found, having, lacking, _is_valid)
        assert expected is None or len(found) <= len(expected)


def _holds(text: str, having: tuple[str, ...], lacking: tuple[str, ...], matches: Callable[[str, str], bool]) -> bool:
    return all(matches(one, text) for one in having) and not any(matches(one, text) for one in lacking)


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _is_valid(pattern: str, text: str) -> bool:
    return jsonschema_rs.is_valid({"pattern": pattern}, text)


@pytest.mark.parametrize(
    ("having", "lacking", "found"),
    [
        (["^a+$"], ["^[ab]+$"], None),
        (["^[ab]+$"], ["^a+$"], "b"),
        (["^[a-z0-9]+$"], ["^[a-z0-9_-]+$"], None),
        (["^[a-z0-9_-]+$"], ["^[a-z0-9]+$"], "-"),
        (["^(get|put)$"], ["^(get|put|post)$"], None),
        (["^(get|put|post)$"], ["^(get|put)$"], "post"),
        (["^a"], ["a"], None),
        (["a"], ["^a"], "ba"),
        (["^\\d{4}-\\d{2}-\\d{2}$"], ["^[0-9-]{10}$"], None),
        (["^[^\\s]+$"], ["\\S"], None),
        (["^\\u0061\\x62\\.$"], [], "ab."),
        (["^(?<year>[0-9]{4})$"], [], "0000"),
        (["^[\\w.-]+@[\\w.-]+$"], ["@"], None),
        (["^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$"], ["^[a-z.0-9-]+$"], None),
    ],
)
def test_expressions_that_people_write(having: list[str], lacking: list[str], found: str | None) -> None:
    assert shortest(tuple(having), tuple(lacking)) == found


def test_lengths_count() -> None:
    assert shortest(("^a*$",), (), least=3) == "aaa"
    assert is_empty(("^[a-z]{1,40}$",), least=41)
    assert not is_empty(("^[a-z]{1,40}$",), least=40)
    assert is_empty(("^.$",), most=0)
    assert is_empty((), least=3, most=2)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(?=a)b",
            "(?!a)b",
            "(?<=a)b",
            "(?i)a",
            "(a)\\1",
            "\\bword",
            "\\p{L}",
            "a++",
            "(",
            "a)",
            "[",
            "[]",
            "a{",
            "*",
        ),
        *("[z-a]", "[a&&b]", "^*", "[\\d-z]", "(a{400}){400}", "\\"),
    ],
)
def test_what_is_not_read_is_not_decided(pattern: str) -> None:
    assert not is_empty((pattern,), ("",))
    with pytest.raises(Undecidable):
        shortest((pattern,))

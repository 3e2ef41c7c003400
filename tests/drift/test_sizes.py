"""What is long, or of many parts, is judged as what is short, and in bounds of time and memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.drift.oracle import pair
from tests.drift.test_gaps import INTEGER, STRING, answer, arr, obj, ref

from specwitness.drift import algebra
from specwitness.findings import Json
from specwitness.report.outline import laid_out


def texts(**more: Json) -> Json:
    return {**STRING, **more}


ITEM = obj({"a": STRING}, ("a",))
WIDE_AND_NARROW: dict[str, tuple[Json, Json, int]] = {
    "a text": (texts(maxLength=1_048_576), texts(maxLength=524_288), 524_289),
    "a longer text": (STRING, texts(maxLength=8_000_000), 8_000_001),
    "a text of a pattern": (texts(pattern="^[\\w-]{1,2048}$"), texts(pattern="^[\\w-]{1,1024}$"), 1025),
    "a text of a longer pattern": (
        texts(pattern="^[a-z]([-a-z0-9]{0,2046}[a-z0-9])?$"),
        texts(pattern="^[a-z]([-a-z0-9]{0,1022}[a-z0-9])?$"),
        1025,
    ),
    "a text that is short": (texts(minLength=100_000), texts(minLength=200_000), 100_000),
    "items": (arr(items=ITEM, maxItems=100_000), arr(items=ITEM, maxItems=99_999), 100_000),
    "items that differ": (
        arr(items=STRING, uniqueItems=True, maxItems=2_000),
        arr(items=STRING, uniqueItems=True, maxItems=1_999),
        2_000,
    ),
    "items that are contained": (
        arr(contains=INTEGER, minContains=2_000),
        arr(contains=INTEGER, minContains=2_001),
        2_000,
    ),
    "properties": ({"type": "object", "maxProperties": 5_000}, {"type": "object", "maxProperties": 4_999}, 5_000),
    "properties of a kind": (
        {"type": "object", "patternProperties": {"^x-": STRING}, "additionalProperties": False},
        {"type": "object", "patternProperties": {"^x-": STRING}, "additionalProperties": False, "maxProperties": 99},
        100,
    ),
    "properties that have to be": (
        {"type": "object", "minProperties": 500},
        {"type": "object", "minProperties": 501},
        500,
    ),
}


@pytest.mark.parametrize("case", WIDE_AND_NARROW.values(), ids=list(WIDE_AND_NARROW))
def test_a_value_just_beyond_the_limit_is_the_witness(case: tuple[Json, Json, int]) -> None:
    wide, narrow, size = case
    found = answer(pair(wide, narrow))
    assert {len(gap.value) for gap in found.gaps} == {size}, found.doubts
    assert answer(pair(narrow, wide)).safe


def alternatives(count: int, *names: str) -> Json:
    """Return a schema of objects that have one of several properties, and again, many times."""
    return {
        "type": "object",
        "allOf": [{"anyOf": [{"required": [f"{name}{index}"]} for name in names]} for index in range(count)],
    }


@pytest.mark.parametrize("at", [0, 3, 5])
@pytest.mark.parametrize("count", [6, 9, 20])
def test_one_of_many_alternatives_more_is_a_break_and_one_less_is_safe(count: int, at: int) -> None:
    wide = alternatives(count, "a", "b", "c")
    fewer = {"anyOf": wide["allOf"][at]["anyOf"][:2]}
    narrow = {**wide, "allOf": [fewer if index == at else one for index, one in enumerate(wide["allOf"])]}
    assert answer(pair(narrow, wide)).safe
    assert answer(pair(wide, narrow)).gaps
    assert not answer(pair(wide, {**wide, "required": ["a0"]})).safe
    assert not answer(pair({**wide, "type": ["object", "array"]}, wide)).safe


def test_the_algebra_is_not_asked_about_more_pairs_than_it_can_compare() -> None:
    few, many = alternatives(3, "a", "b"), alternatives(9, "a", "b", "c")
    assert algebra.contained(few, few)
    assert (algebra.contained(many, many), algebra.left(many, many)) == (False, None)


LENGTH = 10**9
BOUNDLESS: dict[str, tuple[Json, Json]] = {
    "items": (arr(minItems=LENGTH), arr(minItems=LENGTH + 1)),
    "items of items": (
        arr(items=arr(items=arr(items=STRING, maxItems=LENGTH), maxItems=LENGTH), maxItems=LENGTH),
        {"not": arr(items=arr(items=arr(items=STRING, maxItems=9)))},
    ),
    "items that are contained": (
        arr(contains=STRING, minContains=LENGTH),
        arr(contains=STRING, minContains=2 * LENGTH),
    ),
    "items that have to be contained": (arr(minItems=LENGTH, items=STRING), arr(contains=INTEGER, minContains=LENGTH)),
    "items that may be contained": (arr(items=STRING), arr(contains=STRING, maxContains=LENGTH)),
    "properties": ({"type": "object", "minProperties": LENGTH}, {"type": "object", "minProperties": LENGTH + 1}),
    "texts": (texts(minLength=LENGTH), texts(minLength=LENGTH + 1)),
    "texts of a pattern": (texts(pattern="^a*$", minLength=LENGTH), texts(maxLength=LENGTH)),
    "alternatives": (alternatives(9, "a", "b", "c"), {"type": "object", "required": ["a0"]}),
    "more alternatives": (alternatives(30, "a", "b"), {"type": "object", "required": ["a0"]}),
}


@pytest.mark.parametrize("case", BOUNDLESS.values(), ids=list(BOUNDLESS))
def test_what_no_message_holds_is_not_called_safe(case: tuple[Json, Json]) -> None:
    one, other = case
    assert not answer(pair(one, other)).safe


def test_a_schema_that_applies_itself_to_the_same_value_comes_to_an_end() -> None:
    circle = {"dependentSchemas": {"c": ref("It")}, "unevaluatedProperties": INTEGER}
    assert answer(pair(ref("It"), {"additionalProperties": STRING}, {"It": circle})).gaps


def test_the_lines_of_a_long_text_are_laid_out_as_it_was_sent() -> None:
    sent = json.dumps({"a": 'b"\\ ' * 100_000})
    assert [line for _, line in laid_out(sent)] == ["{", f"  {sent[1:-1]}", "}"]


def _all_at_once() -> None:
    for wide, narrow, _ in WIDE_AND_NARROW.values():
        answer(pair(wide, narrow))
    for one, other in BOUNDLESS.values():
        answer(pair(one, other))
    text = json.dumps("a" * 9_000_000)
    assert [*laid_out(text)] == [((), text)]


_BOUNDED = """
import resource
from tests.drift import test_sizes
before = resource.getrusage(resource.RUSAGE_SELF)
test_sizes._all_at_once()
after = resource.getrusage(resource.RUSAGE_SELF)
print((after.ru_maxrss - before.ru_maxrss) / 1024, after.ru_utime - before.ru_utime)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted in other units, or not at all")
def test_memory_and_time_are_bounded() -> None:
    printed = subprocess.run([sys.executable, "-c", _BOUNDED], capture_output=True, check=True, text=True).stdout
    megabytes, seconds = map(float, printed.split())
    assert megabytes < 300
    assert seconds < 30

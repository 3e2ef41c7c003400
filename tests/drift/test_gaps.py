"""What one schema allows and another refuses: keyword by keyword, and against an oracle that tries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from tests.drift.drawing import MODES, drawn
from tests.drift.oracle import AT, Oracle, Pair, pair

from specwitness.drift.answers import Answer
from specwitness.drift.bundle import Bundle
from specwitness.drift.gaps import Walk
from specwitness.findings import Json, Party

PAIRS = 80
"""How many pairs are drawn of each mode; each is asked about in both directions."""


def answer(pair: Pair) -> Answer:
    """Return what the walk says of a pair."""
    bundle = Bundle({Party.OLD: pair.allowing, Party.NEW: pair.refusing}, Party.OLD, "readOnly")
    allowed, asked = bundle.reference(Party.OLD, AT), bundle.reference(Party.NEW, AT)
    bundle.add("allowed", allowed)
    bundle.add("asked", asked)
    return Walk(bundle).between((allowed,), asked)


def smallest(answer: Answer) -> list[Json]:
    """Return the smallest value that was found, in a list; nothing where containment was shown."""
    assert answer.safe or answer.gaps, answer.doubts
    return sorted((gap.value for gap in answer.gaps), key=lambda value: len(json.dumps(value)))[:1]


# --- Keyword by keyword ----------------------------------------------------------------------------------------------

STRING, INTEGER, NUMBER, NULL = ({"type": name} for name in ("string", "integer", "number", "null"))


def obj(properties: Json = None, required: tuple[str, ...] = (), **more: Json) -> dict[str, Json]:
    return {"type": "object", "properties": properties or {}, "required": [*required], **more}


def arr(**more: Json) -> dict[str, Json]:
    return {"type": "array", **more}


def ref(name: str) -> dict[str, Json]:
    return {"$ref": f"#/components/schemas/{name}"}


def tagged(tag: str, **properties: Json) -> dict[str, Json]:
    return obj({"kind": {"const": tag}, **properties}, ("kind", *properties))


ONE_OR_TWO = arr(items={"enum": [1, 2]})
COMPONENTS = {
    "Id": {**STRING, "minLength": 3},
    "Tree": obj({"value": INTEGER, "left": ref("Tree"), "right": ref("Tree")}, ("value",)),
    "Loose": obj({"value": NUMBER, "left": ref("Loose"), "right": ref("Loose")}, ("value",)),
    "Nest": {"anyOf": [INTEGER, arr(items=ref("Nest"))]},
    "Endless": obj({"next": ref("Endless")}, ("next",)),
}


@dataclass(frozen=True)
class Wider:
    """`wide` allows all that `narrow` does, and more: `witness` is the smallest value of that."""

    name: str
    narrow: Json
    wide: Json
    witness: Json

    def __str__(self) -> str:
        return self.name


WIDER = [
    Wider("type", INTEGER, NUMBER, 2.5),
    Wider("list of types", STRING, {"type": ["string", "null"]}, None),
    Wider("enum", {"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}, "c"),
    Wider("const", {"const": "a"}, {"enum": ["a", "b"]}, "b"),
    Wider(
        "const of parts", {"const": {"a": [1]}}, obj({"a": {"enum": [[1], [2]]}}, ("a",), maxProperties=1), {"a": [2]}
    ),
    Wider(
        "some items are contained",
        arr(items=INTEGER, contains={"const": 7}, minContains=0, maxContains=1),
        arr(items=INTEGER),
        [7, 7],
    ),
    Wider("minimum", {**INTEGER, "minimum": 2}, {**INTEGER, "minimum": 1}, 1),
    Wider("exclusiveMinimum", {**NUMBER, "exclusiveMinimum": 0}, {**NUMBER, "minimum": 0}, 0),
    Wider("maximum", {**INTEGER, "maximum": 9}, {**INTEGER, "maximum": 10}, 10),
    Wider("exclusiveMaximum", {**NUMBER, "exclusiveMaximum": 5}, {**NUMBER, "maximum": 5}, 5),
    Wider("multipleOf", {**INTEGER, "multipleOf": 4}, {**INTEGER, "multipleOf": 2}, 2),
    Wider("multipleOf a fraction", {**NUMBER, "multipleOf": 0.1}, {**NUMBER, "multipleOf": 0.01}, 0.01),
    Wider("minLength", {**STRING, "minLength": 2}, {**STRING, "minLength": 1}, "a"),
    Wider("maxLength", {**STRING, "maxLength": 3}, {**STRING, "maxLength": 4}, "aaaa"),
    Wider("pattern", {**STRING, "pattern": "^a+$"}, {**STRING, "pattern": "^[ab]+$"}, "b"),
    Wider("pattern and lengths", {**STRING, "pattern": "^[a-z]{3}$"}, {**STRING, "minLength": 2, "maxLength": 3}, "aa"),
    Wider("format and pattern", {**STRING, "format": "uuid"}, {**STRING, "pattern": "^[0-9A-Fa-f-]{36}$"}, "a" * 36),
    Wider("format and length", {**STRING, "format": "date"}, {**STRING, "maxLength": 10}, "text-1"),
    Wider("required", obj({"a": INTEGER}, ("a",)), obj({"a": INTEGER}), {}),
    Wider("properties", obj({"a": INTEGER}), obj({"a": NUMBER}), {"a": 2.5}),
    Wider("properties of an open object", obj({"a": INTEGER, "b": INTEGER}), obj({"a": INTEGER}), {"b": []}),
    Wider(
        "properties of a closed object",
        obj({"a": INTEGER}, additionalProperties=False),
        obj({"a": INTEGER, "b": INTEGER}, additionalProperties=False),
        {"b": 7},
    ),
    Wider("additionalProperties", obj(additionalProperties=INTEGER), obj(additionalProperties=NUMBER), {"other": 2.5}),
    Wider(
        "patternProperties",
        obj(patternProperties={"^x-": INTEGER}),
        obj(patternProperties={"^x-a": INTEGER}),
        {"x-": []},
    ),
    Wider(
        "patternProperties of a closed object",
        obj(patternProperties={"^[a-z0-9]+$": {}}, additionalProperties=False),
        obj(),
        {"Other": "text"},
    ),
    Wider(
        "patternProperties that overlap",
        obj(patternProperties={"^a": INTEGER}),
        obj(patternProperties={"^a$": INTEGER}),
        {"aa": []},
    ),
    Wider("propertyNames", obj(propertyNames={"maxLength": 2}), obj(propertyNames={"maxLength": 3}), {"aaa": "aaa"}),
    Wider(
        "propertyNames and patterns",
        obj(patternProperties={"^a$": {}}, additionalProperties=False),
        obj(propertyNames={"maxLength": 1}),
        {"b": "text"},
    ),
    Wider("minProperties", obj(minProperties=2), obj(minProperties=1), {"key1": "key1"}),
    Wider("maxProperties", obj(maxProperties=1), obj(maxProperties=2), {"key1": "key1", "key2": "key2"}),
    Wider(
        "dependentRequired",
        obj({"a": INTEGER, "b": INTEGER}, dependentRequired={"a": ["b"]}),
        obj({"a": INTEGER, "b": INTEGER}),
        {"a": 7},
    ),
    Wider(
        "dependentSchemas",
        obj({"a": INTEGER, "b": INTEGER}, dependentSchemas={"a": {"required": ["b"]}}),
        obj({"a": INTEGER, "b": INTEGER}),
        {"a": 7},
    ),
    Wider(
        "unevaluatedProperties",
        {"allOf": [obj({"a": INTEGER}), obj({"b": INTEGER})], "unevaluatedProperties": False},
        {"allOf": [obj({"a": INTEGER}), obj({"b": INTEGER})]},
        {"other": "text"},
    ),
    Wider("items", arr(items=INTEGER), arr(items=NUMBER), [2.5]),
    Wider("items of a tuple", arr(prefixItems=[STRING, INTEGER]), arr(prefixItems=[STRING, NUMBER]), ["text-1", 2.5]),
    Wider(
        "length of a tuple",
        arr(prefixItems=[STRING], items=False),
        arr(prefixItems=[STRING, INTEGER], items=False),
        ["text-1", 7],
    ),
    Wider("minItems", arr(minItems=2), arr(minItems=1), ["text"]),
    Wider("maxItems", arr(items=INTEGER, maxItems=1), arr(items=INTEGER, maxItems=2), [7, 7]),
    Wider("uniqueItems", arr(items=INTEGER, uniqueItems=True), arr(items=INTEGER), [7, 7]),
    Wider("contains", {**ONE_OR_TWO, "contains": {"const": 1}}, ONE_OR_TWO, []),
    Wider(
        "minContains",
        {**ONE_OR_TWO, "contains": {"const": 1}, "minContains": 2},
        {**ONE_OR_TWO, "contains": {"const": 1}},
        [1],
    ),
    Wider(
        "maxContains",
        {**ONE_OR_TWO, "contains": {"const": 1}, "maxContains": 2},
        {**ONE_OR_TWO, "contains": {"const": 1}, "maxContains": 3},
        [1, 1, 1],
    ),
    Wider("allOf", {"allOf": [{**INTEGER, "minimum": 0}, {"maximum": 5}]}, {**INTEGER, "minimum": 0}, 7),
    Wider("anyOf", {"anyOf": [STRING, INTEGER]}, {"anyOf": [INTEGER, STRING, NULL]}, None),
    Wider("oneOf of what overlaps", {"oneOf": [INTEGER, NUMBER]}, {"anyOf": [INTEGER, NUMBER]}, 7),
    Wider("oneOf of the same twice", {"oneOf": [STRING, STRING]}, {"oneOf": [STRING]}, "text-1"),
    Wider(
        "an alternative more",
        {"oneOf": [tagged("a", x=INTEGER), tagged("b", y=INTEGER)]},
        {"oneOf": [tagged("a", x=INTEGER), tagged("b", y=INTEGER), tagged("c")]},
        {"kind": "c"},
    ),
    Wider(
        "within an alternative",
        {"oneOf": [tagged("a", x=INTEGER), tagged("b", y=INTEGER)]},
        {"oneOf": [tagged("b", y=NUMBER), tagged("a", x=INTEGER)]},
        {"y": 2.5, "kind": "b"},
    ),
    Wider("not", {**STRING, "not": {"enum": ["a", "b"]}}, {**STRING, "not": {"const": "a"}}, "b"),
    Wider(
        "if and then",
        obj({"a": INTEGER, "b": INTEGER}) | {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
        obj({"a": INTEGER, "b": INTEGER}),
        {"a": 7},
    ),
    Wider(
        "if and else",
        {**INTEGER, "if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 2}},
        {**INTEGER, "multipleOf": 2},
        12,
    ),
    Wider("if, wider", {"if": NUMBER, "then": {"minimum": 3}}, {"if": INTEGER, "then": {"minimum": 3}}, 2.5),
    Wider("beside a reference", {**ref("Id"), "maxLength": 5}, ref("Id"), "aaaaaa"),
    Wider("recursion", ref("Tree"), ref("Loose"), {"value": 2.5}),
    Wider(
        "recursion of which one level is written out",
        ref("Tree"),
        obj({"value": INTEGER, "left": ref("Loose"), "right": ref("Tree")}, ("value",)),
        {"left": {"value": 2.5}, "value": 7},
    ),
    Wider("what nothing satisfies", {**STRING, "minLength": 2, "pattern": "^.$"}, INTEGER, 7),
    Wider("false", False, {"const": 1}, 1),
]


@pytest.mark.parametrize("case", WIDER, ids=str)
def test_what_is_wider_is_shown_by_its_smallest_value(case: Wider) -> None:
    there = pair(case.narrow, case.wide, COMPONENTS)
    assert (smallest(answer(there)), smallest(answer(there.swapped))) == ([], [case.witness])
    assert Oracle(there.swapped).holds(case.witness)
    assert Oracle(there).breaking() == []


SAME = {
    "const and enum": ({"const": "a"}, {"enum": ["a"]}),
    "1 and 1.0": ({"const": 1}, {"const": 1.0}),
    "bounds of integers": ({**INTEGER, "exclusiveMinimum": 0}, {**INTEGER, "minimum": 1}),
    "a format that is a remark": ({**STRING, "format": "hostname"}, STRING),
    "multiples of integers": ({**INTEGER, "multipleOf": 1.5}, {**INTEGER, "multipleOf": 3}),
    "a constant of parts": (
        {"const": {"a": 1, "b": [1, "x"], "c": [], "d": {}}},
        obj(
            {"a": {"const": 1}, "b": {"const": [1, "x"]}, "c": arr(maxItems=0), "d": {"enum": [{}]}},
            ("a", "b", "c", "d"),
            additionalProperties=False,
        ),
    ),
    "one of two constants of parts": (
        {"enum": [{"a": "x"}, [True]]},
        {
            "anyOf": [
                obj({"a": {"const": "x"}}, ("a",), additionalProperties=False),
                arr(items={"const": True}, minItems=1, maxItems=1),
            ]
        },
    ),
    "all items are contained": (
        arr(items=STRING, contains=STRING, minContains=0, maxContains=3),
        arr(items=STRING, maxItems=3),
    ),
    "order of enum": ({"enum": [1, "a", None]}, {"enum": [None, 1, "a"]}),
    "pattern and length": ({**STRING, "pattern": "^.$"}, {**STRING, "pattern": "^.$", "maxLength": 3}),
    "patterns in other words": ({**STRING, "pattern": "^(a|b)+$"}, {**STRING, "pattern": "^[ab][ab]*$"}),
    "all of a closed object": (
        obj({"a": INTEGER, "b": INTEGER}, additionalProperties=False),
        obj({"a": INTEGER, "b": INTEGER}, additionalProperties=False, maxProperties=2),
    ),
    "dependentRequired and dependentSchemas": (
        obj(dependentRequired={"a": ["b"]}),
        obj(dependentSchemas={"a": {"required": ["b"]}}),
    ),
    "unevaluatedProperties": (
        {"allOf": [obj({"a": INTEGER}), obj({"b": INTEGER})], "unevaluatedProperties": False},
        obj({"a": INTEGER, "b": INTEGER}, additionalProperties=False),
    ),
    "unevaluatedProperties beside a reference": (
        {**ref("Tree"), "unevaluatedProperties": False},
        obj({"value": INTEGER, "left": ref("Tree"), "right": ref("Tree")}, ("value",), additionalProperties=False),
    ),
    "unevaluatedItems": (
        {"allOf": [arr(prefixItems=[STRING])], "unevaluatedItems": False},
        arr(prefixItems=[STRING], items=False),
    ),
    "unevaluatedItems that are contained": (
        arr(contains={"const": "a"}, unevaluatedItems=False),
        arr(items={"const": "a"}, minItems=1),
    ),
    "tuples of one schema": (arr(prefixItems=[INTEGER, INTEGER], items=INTEGER), arr(items=INTEGER)),
    "contains none at least": (arr(contains=STRING, minContains=0), arr()),
    "one item is unique": (arr(items=STRING, maxItems=1), arr(items=STRING, maxItems=1, uniqueItems=True)),
    "allOf flattened": (
        {"allOf": [obj({"a": INTEGER}, ("a",)), obj({"b": STRING})]},
        obj({"a": INTEGER, "b": STRING}, ("a",)),
    ),
    "anyOf types": ({"type": ["string", "null"]}, {"anyOf": [NULL, STRING]}),
    "oneOf of what is disjoint": ({"oneOf": [STRING, INTEGER]}, {"anyOf": [INTEGER, STRING]}),
    "oneOf told apart by a tag": (
        {"oneOf": [tagged("a", x=INTEGER), tagged("b", y=INTEGER)]},
        {"anyOf": [tagged("b", y=INTEGER), tagged("a", x=INTEGER)]},
    ),
    "oneOf one": ({"oneOf": [ref("Tree")]}, ref("Tree")),
    "not not": ({"not": {"not": ref("Tree")}}, ref("Tree")),
    "if and alternatives": (
        {"if": STRING, "then": {"minLength": 1}, "else": INTEGER},
        {"anyOf": [{**STRING, "minLength": 1}, INTEGER]},
    ),
    "a reference written out": (ref("Id"), {**STRING, "minLength": 3}),
    "recursion, one level written out": (ref("Nest"), {"anyOf": [INTEGER, arr(items=ref("Nest"))]}),
    "recursion in two steps": (
        ref("Nest"),
        {"anyOf": [arr(items={"anyOf": [arr(items=ref("Nest")), INTEGER]}), INTEGER]},
    ),
    "recursion without an end": (obj({"a": ref("Endless")}), obj({"a": False})),
    "bounds that leave nothing": ({**INTEGER, "minimum": 3, "maximum": 1}, False),
    "true": (True, {}),
}


@pytest.mark.parametrize("case", SAME.values(), ids=list(SAME))
def test_what_is_said_in_other_words_is_safe_in_both_directions(case: tuple[Json, Json]) -> None:
    there = pair(*case, COMPONENTS)
    assert (smallest(answer(there)), smallest(answer(there.swapped))) == ([], [])


OLD_AND_NEW = {
    "nullable": ({**STRING, "nullable": True}, {"type": ["string", "null"]}),
    "an excluded bound": ({**NUMBER, "minimum": 0, "exclusiveMinimum": True}, {**NUMBER, "exclusiveMinimum": 0}),
    "a bound that is not excluded": ({**NUMBER, "maximum": 9, "exclusiveMaximum": False}, {**NUMBER, "maximum": 9}),
    "an enum of one": ({**STRING, "enum": ["a"]}, {**STRING, "const": "a"}),
    "deep below": (
        obj({"a": arr(items={**INTEGER, "nullable": True})}),
        obj({"a": arr(items={"type": ["null", "integer"]})}),
    ),
}


@pytest.mark.parametrize("case", OLD_AND_NEW.values(), ids=list(OLD_AND_NEW))
def test_the_dialects_of_3_0_and_3_1_mean_the_same(case: tuple[Json, Json]) -> None:
    there = pair(*case, versions=("3.0.3", "3.1.0"))
    assert (smallest(answer(there)), smallest(answer(there.swapped))) == ([], [])


# --- Against the oracle ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_no_break_is_called_safe_and_whatever_is_shown_holds(mode: str) -> None:
    pairs = [turn for seed in range(PAIRS) for one in [drawn(seed, mode)] for turn in (one, one.swapped)]
    seen, wrong = Counter[tuple[str, bool]](), []
    for one in pairs:
        oracle, found = Oracle(one), answer(one)
        breaking = oracle.breaking()
        verdict = "safe" if found.safe else "broken" if found.gaps else "undecided"
        seen[verdict, bool(breaking)] += 1
        if (found.safe and breaking) or not all(oracle.holds(gap.value) for gap in found.gaps):
            wrong.append(f"{one}\n    {found} {breaking}")
    assert wrong == []
    assert sum(seen["undecided", break_] for break_ in (True, False)) < 0.03 * len(pairs), seen
    assert seen["broken", True] >= 0.99 * sum(count for (_, breaks), count in seen.items() if breaks), seen


def test_the_oracle_and_the_walk_both_see_many_breaks_and_much_that_is_safe() -> None:
    truths = Counter(bool(Oracle(drawn(seed, mode)).breaking()) for seed in range(25) for mode in MODES)
    assert min(truths.values()) >= 25, truths


_PRINTED = """
from tests.drift.drawing import MODES, drawn
from tests.drift.test_gaps import answer
for seed in range(40):
    found = answer(drawn(seed, MODES[seed % len(MODES)]))
    print([(gap.value, gap.cause[1:]) for gap in found.gaps], found.doubts)
"""


def test_the_same_is_found_whatever_the_order_of_sets() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", _PRINTED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def _choices(count: int, keyword: str) -> Json:
    return {"allOf": [{keyword: [obj({f"p{index}": one}) for one in (STRING, INTEGER)]} for index in range(count)]}


def _deep(depth: int, at_the_end: Json) -> Json:
    made = at_the_end
    for _ in range(depth):
        made = obj({"a": made})
    return made


MANY = {"anyOf": [{"const": number} for number in range(120)]}
LARGE: dict[str, tuple[Any, Any, bool]] = {
    "a million alternatives": (_choices(20, "anyOf"), _choices(20, "anyOf"), True),
    "a million alternatives, one changed": (_choices(20, "oneOf"), _choices(19, "oneOf"), True),
    "of many alternatives the last few": (
        {"allOf": [MANY, {"minimum": 110}]},
        {"enum": [*range(110, 119)]},
        False,
    ),
    "values without number": ({"enum": [*range(20_000)]}, {"enum": [*range(20_001)]}, True),
    "a value less": ({"enum": [*range(2_001)]}, {"enum": [*range(2_000)]}, False),
    "a long text": ({**STRING, "minLength": 50_000}, {**STRING, "minLength": 50_001}, False),
    "a text that is too long": ({**STRING, "minLength": 10**12}, {**STRING, "minLength": 10**12 + 1}, False),
    "deep within each other": (_deep(60, INTEGER), _deep(60, STRING), False),
}


@pytest.mark.parametrize("case", LARGE.values(), ids=list(LARGE))
def test_what_is_large_ends_and_is_not_called_safe_by_mistake(case: tuple[Json, Json, bool]) -> None:
    one, other, safe = case
    assert not answer(pair(one, other)).safe or safe

"""Claims about the values the pool makes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwitness import pool
from specwitness.contract import load, pointers
from specwitness.contract.schemas import Schemas
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = [load.load(folder) for folder in load.find(SPECS)]
RESPONSES = [
    pytest.param(contract, content.schema, id=f"{operation.key}-{status}")
    for contract in CONTRACTS
    for operation in contract.operations
    for status, response in operation.responses.items()
    for content in response.content
    if content.schema
]
AT = "/components/schemas/It"


def made(schema: Json, *, seed: int = 0, limit: int = 100, **others: Json) -> tuple[Json, ...]:
    document = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"It": schema, **others}}}
    return pool.bodies(Schemas(document), AT, seed=seed, limit=limit)


@pytest.mark.parametrize(("contract", "pointer"), RESPONSES)
def test_every_documented_body_can_be_made_and_both_validators_accept_it(contract: Any, pointer: str) -> None:
    bodies = pool.bodies(contract, pointer)
    assert bodies
    assert [contract.schemas.both_accept(pointer, body) for body in bodies] == [(True, True)] * len(bodies)


@pytest.mark.parametrize(("contract", "pointer"), RESPONSES)
def test_every_enum_value_of_a_documented_body_is_made(contract: Any, pointer: str) -> None:
    wanted = set(_enums(contract.schemas.document, pointer))
    assert wanted - {value for body in pool.bodies(contract, pointer) for value in _leaves(body)} == set()


def test_the_same_seed_makes_the_same_values_and_another_seed_others() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}
    assert made(schema, seed=1) == made(schema, seed=1)
    assert made(schema, seed=1) != made(schema, seed=2)


def test_valid_examples_come_first_and_invalid_ones_not_at_all() -> None:
    assert made({"type": "integer", "minimum": 5, "examples": [7, 3]})[0] == 7
    assert 3 not in made({"type": "integer", "minimum": 5, "examples": [7, 3]})


def test_the_examples_of_a_media_type_come_first() -> None:
    content = {"schema": {"type": "string"}, "examples": {"a": {"value": "first"}, "b": {"value": 2}}}
    document = {"openapi": "3.1.0", "paths": {}, "components": {"content": content}}
    bodies = pool.bodies(Schemas(document), "/components/content/schema")
    assert bodies[0] == "first"
    assert 2 not in bodies


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"enum": ["a", 2, None]}, {"a", 2, None}, id="enum"),
        pytest.param({"const": "only"}, {"only"}, id="const"),
        pytest.param({"type": ["boolean", "null"]}, {True, False, None}, id="types"),
        pytest.param({"type": "integer", "minimum": 3, "maximum": 4}, {3, 4}, id="bounds"),
        pytest.param({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}, {4}, id="exclusive"),
        pytest.param({"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 20}, {14}, id="multiple"),
        pytest.param({"anyOf": [{"const": 1}, {"const": "x"}]}, {1, "x"}, id="any-of"),
        pytest.param({"oneOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, {1, 3}, id="one-of"),
        pytest.param({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, {2}, id="all-of"),
        pytest.param({"enum": [1, "x"], "not": {"type": "string"}}, {1}, id="not"),
        pytest.param(False, set(), id="nothing"),
        pytest.param({"type": "string", "minLength": 3, "maxLength": 2}, set(), id="contradiction"),
    ],
)
def test_a_small_schema_is_covered(schema: Json, expected: set[Json]) -> None:
    assert set(made(schema)) == expected


def test_optional_properties_are_there_and_not_there() -> None:
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "note": {"type": ["string", "null"]}, "flag": {"type": "boolean"}},
        "required": ["id"],
    }
    shown = {tuple(sorted(body)) for body in made(schema)}
    assert {("flag", "id", "note"), ("id",)} <= shown
    assert {body.get("flag", "absent") for body in made(schema)} == {True, False, "absent"}
    assert any("note" in body and body["note"] is None for body in made(schema))


def test_a_recursive_schema_ends() -> None:
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": f"#{AT}"}}},
        "required": ["name", "children"],
    }
    assert made(tree)
    assert all(len(json.dumps(body)) < 5_000 for body in made(tree))


def test_a_schema_that_asks_for_an_endless_value_makes_none() -> None:
    assert made({"type": "object", "properties": {"next": {"$ref": f"#{AT}"}}, "required": ["next"]}) == ()


def test_a_reference_in_a_circle_makes_nothing() -> None:
    assert made({"$ref": "#/components/schemas/Other"}, Other={"$ref": f"#{AT}"}) == ()


def test_a_required_property_may_be_described_by_a_pattern() -> None:
    schema = {"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "required": ["x-count"]}
    assert all(isinstance(body["x-count"], int) for body in made(schema))
    assert made(schema)


def test_a_required_property_whose_name_is_refused_leaves_nothing_to_make() -> None:
    schema = {"type": "object", "properties": {"long": {}}, "required": ["long"], "propertyNames": {"maxLength": 1}}
    assert made(schema) == ()


def test_a_free_map_gets_names() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 2}
    assert all(len(body) >= 2 for body in made(schema))
    assert made(schema)


def test_openapi_3_0_schemas_are_understood() -> None:
    document = {
        "openapi": "3.0.3",
        "paths": {},
        "components": {"schemas": {"It": {"type": "string", "nullable": True}}},
    }
    assert None in pool.bodies(Schemas(document), AT)


def test_one_body_is_one_of_the_bodies() -> None:
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"It": {"type": "integer"}}}})
    assert pool.body(schemas, AT, seed=3) in pool.bodies(schemas, AT, seed=3)
    with pytest.raises(LookupError, match="no value"):
        pool.body(Schemas({"openapi": "3.1.0", "components": {"schemas": {"It": False}}}), AT)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]{3}-[0-9]{2,4}$",
        r"^ru_[A-Za-z0-9_-]{21}$",
        r"^(?:GET|POST)\s\/[^\/]+$",
        r"^\d{4}-(0[1-9]|1[0-2])$",
        "colou?r",
        r"^[^\d\s]+@[\w.-]+\.[a-z]{2,}$",
        r"^\u0041\x42$",
    ],
)
def test_a_pattern_is_matched(pattern: str) -> None:
    texts = made({"type": "string", "pattern": pattern})
    assert texts
    assert all(re.search(pattern, text) for text in texts)


def test_a_pattern_beyond_the_plain_part_makes_nothing_wrong() -> None:
    assert all(re.search("^(?!a)b+$", text) for text in made({"type": "string", "pattern": "^(?!a)b+$"}))


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "a", "B2", "x-y"]))
NAMES = st.sampled_from(["a", "b", "c", "x-d"])
SMALL = st.integers(0, 4)
PATTERNS = st.sampled_from(["^[a-c]+$", "x", r"^\d{2}$", "^a?b*$"])


def keywords(**possible: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=possible)


def deeper(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    some = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        keywords(
            type=st.just("object"),
            properties=named,
            required=st.lists(NAMES, max_size=2, unique=True),
            additionalProperties=inner,
            patternProperties=st.dictionaries(st.sampled_from(["^x-", "a"]), inner, max_size=1),
            propertyNames=st.sampled_from([True, {"minLength": 1}, {"pattern": "^[a-z]"}]),
            minProperties=SMALL,
            maxProperties=SMALL,
            dependentRequired=st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
            dependentSchemas=st.dictionaries(NAMES, inner, max_size=1),
            unevaluatedProperties=st.just(False),
        ),
        keywords(
            type=st.just("array"),
            items=inner,
            prefixItems=some,
            contains=inner,
            minContains=SMALL,
            maxContains=SMALL,
            minItems=SMALL,
            maxItems=SMALL,
            uniqueItems=st.booleans(),
        ),
        keywords(allOf=some),
        keywords(anyOf=some),
        keywords(oneOf=some),
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner}),
        st.fixed_dictionaries({"$ref": st.sampled_from([f"#{AT}", "#/components/schemas/Other"])}),
    )


LEAVES = st.one_of(
    st.booleans(),
    keywords(enum=st.lists(SCALARS, min_size=1, max_size=4)),
    keywords(const=SCALARS),
    keywords(
        type=st.sampled_from(["integer", "number", ["integer", "null"]]),
        minimum=st.integers(-3, 3),
        maximum=st.integers(-3, 9),
        exclusiveMinimum=st.integers(-3, 3),
        exclusiveMaximum=st.sampled_from([0.5, 2, 7]),
        multipleOf=st.sampled_from([1, 2, 3, 0.5, 0.1, 2.5]),
    ),
    keywords(
        type=st.just("string"),
        minLength=SMALL,
        maxLength=SMALL,
        pattern=PATTERNS,
        format=st.sampled_from(["uuid", "date-time", "date", "uri", "email", "ipv4", "ipv6", "nanoid", "time"]),
        examples=st.lists(SCALARS, max_size=2),
    ),
    keywords(type=st.sampled_from(["boolean", "null", "string", "object", "array", ["string", "null"]])),
)
SCHEMAS = st.recursive(LEAVES, deeper, max_leaves=8)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=SCHEMAS, other=SCHEMAS, seed=st.integers(0, 3))
def test_whatever_is_made_is_accepted_by_both_validators(schema: Json, other: Json, seed: int) -> None:
    document = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"It": schema, "Other": other}}}
    judge = Schemas(document)
    for value in pool.bodies(judge, AT, seed=seed):
        assert judge.both_accept(AT, value) == (True, True)
        assert json.loads(json.dumps(value)) == value


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    required=st.lists(NAMES, max_size=3, unique=True),
    properties=st.dictionaries(NAMES, keywords(type=st.sampled_from(["string", "integer", "boolean"])), max_size=4),
)
def test_a_plain_object_is_always_made(required: list[str], properties: dict[str, Json]) -> None:
    assert made({"type": "object", "properties": properties, "required": required})


def _enums(document: Json, pointer: str, above: frozenset[str] = frozenset()) -> list[Json]:
    at = pointers.resolved(document, pointer)
    schema = pointers.get(document, at)
    if not isinstance(schema, dict) or at in above:
        return []
    found = list(schema.get("enum", []))
    inner = [pointers.join(at, "properties", name) for name in schema.get("properties", {})]
    inner += [pointers.join(at, "items")] if isinstance(schema.get("items"), dict) else []
    inner += [
        pointers.join(at, word, index)
        for word in ("anyOf", "oneOf", "allOf")
        for index in range(len(schema.get(word, [])))
    ]
    for place in inner:
        found += _enums(document, place, above | {at})
    return found


def _leaves(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def test_branches_that_differ_by_their_names_alone_are_told_apart() -> None:
    cat = {"type": "object", "properties": {"hunts": {"type": "boolean"}, "age": {"type": "integer"}}}
    dog = {"type": "object", "properties": {"bark": {"type": "boolean"}}}
    values = made({"oneOf": [cat, dog]})
    assert values
    assert any("bark" in value for value in values)


def test_branches_that_say_the_same_have_no_value() -> None:
    assert made({"oneOf": [{"type": "object"}, {"type": "object"}]}) == ()


def test_optional_properties_that_carry_a_keyword_are_left_out() -> None:
    hidden = {"type": "string", "writeOnly": True}
    inner = {"type": "object", "properties": {"a": hidden, "b": {"$ref": "#/components/schemas/Hidden"}, "c": {}}}
    schema = {"type": "object", "required": ["kept"], "properties": {"kept": hidden, "inner": inner, "secret": hidden}}
    document: Json = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"It": schema, "Hidden": hidden}}}
    values = pool.bodies(Schemas(document), AT, omitting="writeOnly")
    assert {name for value in values for name in value} == {"kept", "inner"}
    assert {name for value in values for name in value.get("inner", {})} == {"c"}


def test_without_proof_more_may_come_out_and_never_less() -> None:
    document: Json = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"It": {"type": "integer"}}}}
    assert set(pool.bodies(Schemas(document), AT)) <= set(pool.bodies(Schemas(document), AT, proven=False))


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "strin"}, "type"),
        ({"pattern": "["}, "pattern"),
        ({"type": "integer", "exclusiveMinimum": True}, "exclusiveMinimum"),
    ],
)
def test_what_is_no_schema_is_named(schema: Json, keyword: str) -> None:
    with pytest.raises(DocumentError, match=f"#{AT}/{keyword}: "):
        made(schema)


MANY = 2**31 - 1
STRINGS = {"type": "array", "items": {"type": "string"}, "maxItems": MANY}


@pytest.mark.parametrize(
    ("schema", "longest"),
    [
        (STRINGS, 6),
        ({**STRINGS, "minItems": 30}, 34),
        ({**STRINGS, "maxItems": 100}, 100),
        ({**STRINGS, "items": {**STRINGS, "items": STRINGS}}, 6),
        ({**STRINGS, "uniqueItems": True}, 2),
        ({"type": "array", "contains": {"type": "string"}, "minContains": MANY}, None),
        ({**STRINGS, "minItems": MANY}, None),
        ({"type": "object", "minProperties": MANY}, None),
        ({"type": "string", "minLength": MANY}, None),
    ],
)
def test_what_may_be_very_large_is_made_small_or_not_at_all(schema: Json, longest: int | None) -> None:
    assert max((len(value) for value in made(schema)), default=None) == longest


def test_of_too_many_alternatives_each_is_in_some_value() -> None:
    parts = [{"anyOf": [{"required": [f"{name}{index}"]} for name in "abc"]} for index in range(8)]
    values = made({"type": "object", "allOf": parts})
    assert {name for value in values for name in value} == {f"{name}{index}" for name in "abc" for index in range(8)}


@pytest.mark.parametrize("name", ["created_at", "createdAt"])
def test_a_name_in_any_case_says_what_a_text_is(name: str) -> None:
    values = made({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    assert values[0] == {name: "2026-01-15T09:30:00Z"}

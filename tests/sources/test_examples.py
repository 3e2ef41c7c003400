"""What examples tell about a schema."""

import pytest

from specwitness.findings import Json
from specwitness.sources.examples import common_schema, schema_of


@pytest.mark.parametrize(
    ("example", "schema"),
    [
        ("<string>", {"type": "string"}),
        ("<unknown>", {}),
        (None, {"type": "null", "example": None}),
        ([], {"type": "array", "example": []}),
        ([1.5], {"type": "array", "items": {"type": "number", "example": 1.5}}),
        (
            {"tags": ["<value>"], "map": {"a": True}},
            {
                "type": "object",
                "properties": {
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "map": {"type": "object", "example": {"a": True}},
                },
            },
        ),
    ],
)
def test_a_placeholder_is_a_type_and_a_value_is_an_example(example: Json, schema: Json) -> None:
    assert schema_of(example) == schema


@pytest.mark.parametrize(
    ("examples", "schema"),
    [
        (["a", "b"], {"type": "string"}),
        (["a", None], {"type": ["string", "null"]}),
        ([[1], [2.5]], {"type": "array", "items": {"type": ["integer", "number"]}}),
        ([{"a": 1}, {"b": 2}], {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}),
        (
            [{"a": {"x": True}}, {"a": {"x": False}, "b": []}],
            {
                "type": "object",
                "properties": {
                    "a": {"type": "object", "properties": {"x": {"type": "boolean"}}, "required": ["x"]},
                    "b": {"type": "array"},
                },
                "required": ["a"],
            },
        ),
    ],
)
def test_what_every_example_has_is_required(examples: list[Json], schema: Json) -> None:
    assert common_schema(examples) == schema

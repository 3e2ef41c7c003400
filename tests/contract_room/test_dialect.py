"""Schemas become JSON Schema 2020-12 in place; everything else stays."""

import pytest

from specwitness.contract.dialect import as_2020_12, schema_as_2020_12
from specwitness.findings import Json


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"], "nullable": True}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "nullable": True, "enum": ["a", None]},
        ),
        ({"nullable": True}, {"nullable": True}),
        ({"type": "string", "nullable": False}, {"type": "string", "nullable": False}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        (
            {"items": {"type": "string", "nullable": True}},
            {"items": {"type": ["string", "null"], "nullable": True}},
        ),
        (
            {"properties": {"example": {"type": "string", "nullable": True}}},
            {"properties": {"example": {"type": ["string", "null"], "nullable": True}}},
        ),
        (
            {"properties": {"minimum": {"type": "integer"}, "nullable": {"type": "boolean"}}},
            {"properties": {"minimum": {"type": "integer"}, "nullable": {"type": "boolean"}}},
        ),
        (
            {"example": {"type": "string", "nullable": True}, "enum": [{"exclusiveMinimum": True}]},
            {"example": {"type": "string", "nullable": True}, "enum": [{"exclusiveMinimum": True}]},
        ),
        ({"$ref": "#/x", "nullable": True, "minLength": 3, "description": "d"}, {"$ref": "#/x"}),
        ({"properties": {"$ref": {"minLength": 3}, "a": {}}}, {"properties": {"$ref": {"minLength": 3}, "a": {}}}),
        ({"$id": "a", "$schema": "b", "type": "string"}, {"type": "string"}),
        (
            {"examples": {"a": {"value": {"type": "string", "nullable": True}}}},
            {"examples": {"a": {"value": {"type": "string", "nullable": True}}}},
        ),
    ],
)
def test_only_what_the_dialects_say_differently_is_changed(old: Json, new: Json) -> None:
    responses = {"default": {"content": {"application/json": {"schema": old}}}}
    converted = as_2020_12({"openapi": "3.0.3", "components": {"responses": responses, "schemas": {"A": old}}})
    assert converted["components"]["schemas"]["A"] == new
    assert converted["components"]["responses"]["default"]["content"]["application/json"]["schema"] == new


def test_beside_the_reference_of_a_path_everything_counts() -> None:
    item = {"$ref": "#/x", "parameters": [{"$ref": "#/y", "name": "a"}]}
    callback = {"$ref": "#/x", "post": {"responses": {}}}
    document: Json = {
        "openapi": "3.0.3",
        "paths": {"/a": item, "/b": {"get": {"callbacks": {"c": {"{$url}": callback}}}}},
    }
    paths = as_2020_12(document)["paths"]
    assert paths["/a"] == {"$ref": "#/x", "parameters": [{"$ref": "#/y"}]}
    assert paths["/b"] == document["paths"]["/b"]


def test_one_schema_of_3_0_is_said_anew_and_those_within_it_are_left() -> None:
    schema: Json = {"type": "string", "nullable": True, "items": {"type": "string", "nullable": True}}
    assert schema_as_2020_12(schema) == {**schema, "type": ["string", "null"]}
    assert schema_as_2020_12({"$ref": "#/x", "minLength": 1}) == {"$ref": "#/x"}
    assert schema_as_2020_12(schema["items"] | {"nullable": False}) == {"type": "string", "nullable": False}


def test_a_document_of_version_3_1_is_returned_as_it_is() -> None:
    schemas: Json = {"A": {"type": "string", "nullable": True}, "B": {"$ref": "#/x", "minLength": 3}}
    document = {"openapi": "3.1.0", "components": {"schemas": schemas}}
    assert as_2020_12(document) is document


def test_of_a_schema_of_version_3_1_only_its_name_and_dialect_are_taken_away() -> None:
    schema: Json = {"$id": "a", "$schema": "b", "$ref": "#/x", "minLength": 3, "nullable": True}
    named = {"properties": {"$id": {"$id": "c", "const": {"$id": "d"}}}, "required": ["$id"]}
    document = {"openapi": "3.1.0", "components": {"schemas": {"A": schema, "B": named}}}
    assert as_2020_12(document)["components"]["schemas"] == {
        "A": {"$ref": "#/x", "minLength": 3, "nullable": True},
        "B": {"properties": {"$id": {"const": {"$id": "d"}}}, "required": ["$id"]},
    }
    bundle = {"$defs": {"A": schema}}
    assert as_2020_12(bundle) is bundle

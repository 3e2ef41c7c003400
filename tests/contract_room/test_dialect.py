"""OpenAPI 3.0 schemas become JSON Schema 2020-12 in place; everything else, and every 3.1 document, stays."""

import pytest

from specwitness.contract.dialect import as_2020_12
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


def test_a_document_of_version_3_1_is_returned_as_it_is() -> None:
    document = {"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "string", "nullable": True}}}}
    assert as_2020_12(document) is document

"""The type names of documentation pages are read as schemas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.findings import Json
from specwitness.sources.type_names import schema_of


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("string", {"type": "string"}),
        ("any", {}),
        ("string<uuid>", {"type": "string", "format": "uuid"}),
        ("string<date-time>", {"type": "string", "format": "date-time"}),
        ("enum<string>", {"type": "string"}),
        ("object[]", {"type": "array", "items": {"type": "object"}}),
        ("array<integer>", {"type": "array", "items": {"type": "integer"}}),
        ("string | null", {"type": ["string", "null"]}),
        ("string[] | null", {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}),
        ("required", None),
        ("word<string>", None),
        ("string | word", None),
        ("", None),
        ("string" + "[]" * 60, None),
    ],
)
def test_a_type_name_is_a_schema_and_another_word_is_none(name: str, schema: Json) -> None:
    assert schema_of(name) == schema


@given(st.text(alphabet="string<>[]| uidanyobject", max_size=200))
def test_every_text_is_a_type_name_or_not(text: str) -> None:
    schema_of(text)

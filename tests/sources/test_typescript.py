"""Object literals of TypeScript are read as the values they stand for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.findings import Json
from specwitness.sources.typescript import NotALiteralError, literal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read_as_itself(value: Json) -> None:
    assert literal(json.dumps(value)) == value


def test_what_typescript_adds_to_json_is_read() -> None:
    text = """{
      name: 'it\\'s', // a comment
      "quoted": `plain`,
      at: new Date("2024-01-01T00:00:00Z"),
      gone: undefined,
      list: [1, -2.5,],
    };
    run();"""
    assert literal(text) == {
        "name": "it's",
        "quoted": "plain",
        "at": "2024-01-01T00:00:00Z",
        "gone": None,
        "list": [1, -2.5],
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{a}",
        "{a: }",
        "[1 2]",
        "{a: f()}",
        "`a${b}`",
        "{1: new Date(}",
        "new Date(1)",
        "new (",
        "{[a]: 1}",
        "@",
        "[" * 60 + "]" * 60,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotALiteralError):
        literal(text)

"""The YAML we write is read back as what it was, by the rules of YAML 1.1 and of YAML 1.2."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from specwitness.contract import document
from specwitness.findings import Json
from specwitness.sources.yaml_text import dump

TEXTS = st.text(st.characters(codec="utf-8")) | st.text(alphabet="0123456789.:-+_eExXonyNY~= #\n'\"|>&*!")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(bool), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
@example({"\n  a": " b\n", "c": "d \ne"})
@example("---")
def test_what_is_written_is_what_is_read(value: Json) -> None:
    text = dump(value)
    assert document.parse(text, name="written") == value
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize(
    "text", ["200", "123", "1e3", "0o17", "yes", "n", "2024-01-01", "12:30", "null", "~", "true", ""]
)
def test_a_string_that_could_be_read_as_something_else_is_quoted(text: str) -> None:
    assert dump([text]) == f"- '{text}'\n"


def test_keys_keep_their_order_lines_stay_lines_and_nothing_is_aliased() -> None:
    shared = {"z": 1, "a": [1]}
    assert dump({"b": shared, "a": shared, "c": "one\ntwo\n"}) == (
        "b:\n  z: 1\n  a:\n    - 1\na:\n  z: 1\n  a:\n    - 1\nc: |\n  one\n  two\n"
    )

"""Of a value that fits no branch, it is said which one was meant, and what of the value is wrong."""

from __future__ import annotations

import pytest

from specwitness.contract.schemas import Schemas
from specwitness.findings import Json

Told = list[tuple[str, Json]]

CAT = {
    "type": "object",
    "required": ["name", "lives"],
    "properties": {"name": {"type": "string"}, "lives": {"type": "integer"}, "mood": {"enum": ["calm", "wild"]}},
}
DOG = {"allOf": [{"$ref": "#/components/schemas/Named"}, {"required": ["breed"], "properties": {"breed": {}}}]}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
PETS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


def told(schema: Json, value: Json) -> Told:
    """Return where a schema refuses a value, without the place of the schema itself, and what is wrong with it."""
    components = {"Cat": CAT, "Dog": DOG, "Named": NAMED, "Subject": schema}
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": components}})
    found = schemas.rejections("/components/schemas/Subject", value)
    return [(one.pointer.removeprefix("/components/schemas/"), one.value) for one in found]


# --- Which branch was meant -----------------------------------------------------------------------------------------

TAGGED = [
    {"properties": {"kind": {"const": kind}, name: {"type": "string"}}, "required": [name]}
    for kind, name in (("a", "x"), ("b", "y"))
]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"kind": "b", "x": "1"}, [("Subject/oneOf/1/required", "y")], id="its tag, whatever else it has"),
        pytest.param({"kind": "c"}, [("Subject/oneOf", "c")], id="a tag that no branch has"),
    ],
)
def test_a_tag_names_the_branch(value: Json, expected: Told) -> None:
    assert told({"oneOf": TAGGED}, value) == expected


@pytest.mark.parametrize("mapping", [{"x": "#/components/schemas/Dog"}, {"x": "Dog"}, {}])
def test_a_discriminator_names_the_branch(mapping: dict[str, str]) -> None:
    schema = {"oneOf": PETS, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    kind = "x" if mapping else "Dog"

    assert told(schema, {"kind": kind, "name": "Tom", "lives": "9"}) == [("Dog/allOf/1/required", "breed")]


def test_a_discriminator_that_names_no_branch_says_nothing() -> None:
    schema = {"oneOf": PETS, "discriminator": {"propertyName": "kind"}}

    assert told(schema, {"kind": "cow", "name": "Tom", "lives": "9"}) == [("Cat/properties/lives/type", "string")]
    assert told(schema, {"kind": 1, "name": "Tom", "lives": "9"}) == [("Cat/properties/lives/type", "string")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # An enum that only one branch has is no tag: the value is what is wrong with it.
        ({"name": "Tom", "lives": 9, "mood": "cross"}, [("Cat/properties/mood/enum", "cross")]),
        ({"name": 1}, [("Subject/oneOf", None)]),
        ({"breed": "hound"}, [("Named/required", "name")]),
    ],
)
def test_the_branch_that_declares_most_of_the_members_was_meant(value: Json, expected: Told) -> None:
    assert told({"oneOf": PETS}, value) == expected


# --- What of the value is wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branches", "value", "expected"),
    [
        ([{"const": "a"}, {"const": "b"}], "c", "c"),
        ([{"enum": ["a"]}, {"type": "null"}], "c", "c"),
        ([{"type": "integer"}, {"type": "null"}], "c", "string"),
        ([{"type": "string", "pattern": "^a"}, {"type": "null"}], "c", None),
        ([{"minimum": 5}, {"maximum": 1}], 3, None),
    ],
)
def test_an_enum_or_types_in_other_words_are_told_by_what_was_sent(
    branches: list[Json], value: Json, expected: Json
) -> None:
    found = told({"anyOf": branches}, value)

    assert [wrong for _, wrong in found] == [expected]

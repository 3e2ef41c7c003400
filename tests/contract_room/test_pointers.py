"""JSON pointers: written and read without loss, references followed, and refused where they lead nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract import pointers
from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json

DOCUMENT = {
    "paths": {"/a": {"$ref": "#/items/a~1b"}},
    "items": {"a/b": {"schema": {"$ref": "#/schemas/x%20y"}}},
    "schemas": {
        "x y": {
            "properties": {
                "name": {"type": "string"},
                "tags": {"items": {"properties": {"id": {}}}},
                "sink": {"anyOf": [{"properties": {"url": {}}}, {"properties": {"bucket": {}}}, {"type": "null"}]},
                "both": {"allOf": [{"properties": {"a": {"minimum": 1}}}, {"properties": {"a": {"maximum": 2}}}]},
                "either": {"oneOf": [{"properties": {"a": {}}}, {"properties": {"a": {}}}]},
                "$ref": {"type": "string"},
                "7": {"title": "a name of digits"},
            },
            "example": {"$ref": "#/nowhere"},
        },
        "circle": {"$ref": "#/schemas/circle"},
        "dangling": {"$ref": "#/schemas/absent"},
        "foreign": {"$ref": "other.yaml#/a"},
    },
}


@given(st.lists(st.text()))
def test_tokens_survive_a_pointer(tokens: list[str]) -> None:
    assert pointers.split(pointers.join("", *tokens)) == tuple(tokens)


@given(st.recursive(st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_every_place_of_a_value_has_a_pointer_that_leads_to_it(value: Json) -> None:
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        at, item = stack.pop()
        assert pointers.get(value, at) == item
        inner = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        stack += [(pointers.join(at, key), inside) for key, inside in inner]


@pytest.mark.parametrize("pointer", ["/a", "/paths/x", "/items/a~1b/schema/x", "/schemas/x y/properties/name/type/0"])
def test_a_pointer_that_leads_nowhere_is_a_key_error(pointer: str) -> None:
    with pytest.raises(KeyError):
        pointers.get(DOCUMENT, pointer)


def test_references_are_followed_on_the_way_and_at_the_end() -> None:
    assert pointers.resolved(DOCUMENT, "/paths/~1a/schema/properties/name") == "/schemas/x y/properties/name"
    assert pointers.resolved(DOCUMENT, "/paths/~1a/schema") == "/schemas/x y"


@pytest.mark.parametrize(
    ("pointer", "fault"),
    [
        ("/schemas/circle", "it leads in a circle"),
        ("/schemas/dangling", "nothing is there"),
        ("/schemas/foreign", "it leaves the document"),
        ("/schemas/absent", "nothing is at 'absent' there"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_named(pointer: str, fault: str) -> None:
    with pytest.raises(BrokenReferenceError) as raised:
        pointers.resolved(DOCUMENT, pointer)
    assert raised.value.fault == fault


def test_references_are_listed_but_not_those_in_data_and_not_properties_of_that_name() -> None:
    assert sorted(at for at, _ in pointers.references(DOCUMENT)) == [
        "/items/a~1b/schema",
        "/paths/~1a",
        "/schemas/circle",
        "/schemas/dangling",
        "/schemas/foreign",
    ]


@pytest.mark.parametrize(
    ("instance", "place"),
    [
        ((), ""),
        (("name",), "/properties/name"),
        (("tags", 3, "id"), "/properties/tags/items/properties/id"),
        (("tags", "3"), "/properties/tags/items"),
        (("sink", "bucket"), "/properties/sink/anyOf/1/properties/bucket"),
        (("both", "a"), "/properties/both/allOf/0/properties/a"),
        (("either", "a"), "/properties/either"),
        (("name", "deeper"), "/properties/name"),
        (("7",), "/properties/7"),
        (("unknown", "x"), ""),
    ],
)
def test_the_schema_of_a_place_is_found_as_deep_as_one_alone_speaks_of_it(
    instance: tuple[str | int, ...], place: str
) -> None:
    assert pointers.locate(DOCUMENT, "/paths/~1a/schema", instance) == f"/schemas/x y{place}"


def test_the_source_of_a_schema_path_is_where_the_keyword_stands() -> None:
    path = ("properties", "name", "type")
    assert pointers.source_of(DOCUMENT, "/paths/~1a/schema", path) == "/schemas/x y/properties/name/type"
    assert pointers.source_of(DOCUMENT, "/paths/~1a", ("schema", "$ref", "example")) == "/schemas/x y/example"


def test_the_source_of_what_a_schema_says_beside_its_reference_is_that_schema() -> None:
    document = {
        "a": {"$ref": "#/b", "anyOf": [{"type": "null"}]},
        "b": {"$ref": "#/c", "maxLength": 3},
        "c": {"anyOf": [{}, {"type": "string"}]},
    }
    paths = [("anyOf", 0, "type"), ("maxLength",), ("$ref", "maxLength"), ("anyOf", 1, "type")]
    found = [pointers.source_of(document, "/a", path) for path in paths]
    assert found == ["/a/anyOf/0/type", "/b/maxLength", "/b/maxLength", "/c/anyOf/1/type"]

"""A place is known by the way to it: the same however the document is renamed and reordered, and never that of two."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specwitness.contract import pointers
from specwitness.contract.ways import Ways
from specwitness.findings import Json

Change = Callable[[Json], object]


def ways_of(document: Json) -> Ways:
    return Ways(document, pointers.references(document))


def answering(schema: Json) -> dict[str, Any]:
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{name}"}


def shop() -> dict[str, Any]:
    """An order is reached by three operations, in a list, in an `allOf` and in one branch of a `oneOf`."""
    paging = [{"name": "size", "in": "query", "schema": {"type": "integer"}}, ref("parameters/Page")]
    return {
        "paths": {
            "/orders": {"get": {**answering({"items": ref("schemas/Order")}), "parameters": paging}},
            "/orders/{orderId}": {"get": answering(ref("schemas/Order"))},
            "/reports": {"get": answering({"allOf": [ref("schemas/Order"), {"properties": {"pages": {}}}]})},
            "/events": {"get": answering({"oneOf": [ref("schemas/Placed"), ref("schemas/Closed")]})},
        },
        "components": {
            "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
            "schemas": {
                "Order": {"properties": {"id": {"type": "string"}, "status": {"enum": ["new", "paid"]}}},
                "Placed": {"properties": {"kind": {"enum": ["placed"]}, "order": ref("schemas/Order")}},
                "Closed": {"properties": {"kind": {"enum": ["closed"]}, "next": ref("schemas/Closed")}},
                "Unused": {"properties": {"id": {"type": "string"}}},
            },
        },
    }


SCHEMAS = "/components/schemas"
STATUS = f"{SCHEMAS}/Order/properties/status/enum"
PLACED, CLOSED = f"{SCHEMAS}/Placed/properties/kind/enum", f"{SCHEMAS}/Closed/properties/kind/enum"
LIST = "/paths/~1orders/get"
BODY = "get/responses/200/content/application~1json/schema"


def renamed(document: Json) -> None:
    """As a bundler may number components anew, and an author may call a parameter otherwise."""
    text = json.dumps(document).replace("Order", "schema_7").replace("orderId", "id")
    document.clear()
    document.update(json.loads(text.replace("Placed", "A").replace("Closed", "B").replace("Page", "C")))


def reordered(document: Json) -> None:
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            value.reverse()
        elif isinstance(value, dict):
            turned = dict(reversed(value.items()))
            value.clear()
            value.update(turned)
        stack += [item for item in (value.values() if isinstance(value, dict) else value) if not isinstance(item, str)]


def with_another_operation(document: Json) -> None:
    document["paths"] = {"/about": {"get": answering({"type": "string"})}, **document["paths"]}


def with_another_property(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        schema["properties"]["since"] = {"type": "string"}


def places(document: Json) -> dict[str, str]:
    """Return the ways to the places that we ask about, wherever they have gone."""
    ways = ways_of(document)
    found: dict[str, str] = {}
    for name, schema in document["components"]["schemas"].items():
        values = {json.dumps(sorted(part["enum"])): key for key, part in schema["properties"].items() if "enum" in part}
        found |= {value: ways.shortest(f"{SCHEMAS}/{name}/properties/{key}/enum") for value, key in values.items()}
    for index, parameter in enumerate(document["paths"]["/orders"]["get"]["parameters"]):
        at = pointers.resolved(document, f"{LIST}/parameters/{index}")
        found[json.dumps(parameter.get("name", "page"))] = ways.shortest(f"{at}/schema/type")
    return found


@pytest.mark.parametrize("change", [renamed, reordered, with_another_operation, with_another_property])
def test_a_place_is_known_by_the_same_way_when_the_document_changes_around_it(change: Change) -> None:
    document = shop()
    change(document)

    assert places(document) == places(shop())


def test_a_way_has_no_name_of_a_component_and_no_number() -> None:
    ways = ways_of(shop())

    assert ways.shortest(STATUS) == f"/paths/~1orders~1{{}}/{BODY}/properties/status/enum"
    assert ways.shortest(f"{LIST}/parameters/0/schema") == f"{LIST}/parameters/query:size/schema"
    assert ways.shortest("/components/parameters/Page/schema") == f"{LIST}/parameters/query:page/schema"


def test_every_operation_leads_to_a_component_in_a_way_of_its_own() -> None:
    assert ways_of(shop()).all(STATUS) == (
        f"/paths/~1orders~1{{}}/{BODY}/properties/status/enum",
        f"/paths/~1orders/{BODY}/items/properties/status/enum",
        f"/paths/~1reports/{BODY}/allOf/*/properties/status/enum",
        f"/paths/~1events/{BODY}/oneOf/*/properties/order/properties/status/enum",
    )


def test_what_no_operation_leads_to_is_known_by_its_pointer() -> None:
    ways = ways_of(shop())

    assert ways.shortest(f"{SCHEMAS}/Unused/properties/id") == f"{SCHEMAS}/Unused/properties/id"
    assert (ways.shortest(""), ways.shortest("/info/title")) == ("", "/info/title")


def test_a_place_that_the_document_does_not_have_is_known_all_the_same() -> None:
    ways = ways_of(shop())
    absent = [f"{LIST}/responses/404", f"{LIST}/responses/404/header Allow", f"{SCHEMAS}/Order/properties/absent"]

    assert len({ways.shortest(pointer) for pointer in absent}) == len(absent)


def test_two_branches_are_told_apart_by_what_they_say_and_not_by_their_order() -> None:
    ways = ways_of(shop())
    way = f"/paths/~1events/{BODY}/oneOf/*/properties/kind/enum"

    assert {ways.shortest(at).partition("@")[0] for at in (PLACED, CLOSED)} == {way}
    assert ways.shortest(PLACED) != ways.shortest(CLOSED)


def test_branches_that_say_the_same_are_two_all_the_same() -> None:
    same = {"properties": {"kind": {"enum": ["placed"]}}}
    document = {"paths": {"/events": {"get": answering({"oneOf": [same, {**same, "title": "again"}]})}}}
    ways = ways_of(document)
    one, other = (f"/paths/~1events/{BODY}/oneOf/{index}/properties/kind" for index in (0, 1))

    assert ways.shortest(one) != ways.shortest(other)


def test_the_place_of_an_item_that_stands_for_its_place_is_kept() -> None:
    document = {"paths": {"/pair": {"get": answering({"prefixItems": [{"type": "string"}, {"type": "string"}]})}}}

    assert ways_of(document).shortest(f"/paths/~1pair/{BODY}/prefixItems/1") == f"/paths/~1pair/{BODY}/prefixItems/1"


def test_a_component_within_itself_has_a_way() -> None:
    at = f"{SCHEMAS}/Closed/properties/next"

    assert ways_of(shop()).shortest(at) == f"/paths/~1events/{BODY}/oneOf/*/properties/next"


def test_its_repr_counts() -> None:
    assert repr(ways_of(shop())) == "<Ways: 4 places are referred to>"


# --- Any document ---------------------------------------------------------------------------------------------------

names = st.sampled_from("ABC")
schemas: st.SearchStrategy[Json] = st.recursive(
    st.one_of(names.map(lambda name: ref(f"schemas/{name}")), st.sampled_from([{"type": "string"}, {"enum": ["a"]}])),
    # Only a schema may lead back to itself, not a reference.
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("xy"), inner, min_size=1).map(lambda found: {"properties": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"anyOf": found}),
        inner.map(lambda found: {"items": found}),
    ),
    max_leaves=5,
)


def _is_no_reference(schema: Json) -> bool:
    return "$ref" not in schema


@settings(max_examples=50)
@given(
    st.fixed_dictionaries(dict.fromkeys("ABC", schemas.filter(_is_no_reference))),
    st.lists(schemas, min_size=1, max_size=3),
)
def test_no_two_places_of_a_document_are_known_by_one_way(components: Json, answers: list[Json]) -> None:
    paths = {f"/{index}": {"get": answering(schema)} for index, schema in enumerate(answers)}
    document = {"paths": paths, "components": {"schemas": components}}
    ways = ways_of(document)
    known = [way for at in _everywhere(document) for way in ways.all(at)]

    assert len(set(known)) == len(known)


def _everywhere(document: Json) -> list[str]:
    """Return the places of all values that are no references."""
    found, stack = [], [("", document)]
    while stack:
        at, value = stack.pop()
        if isinstance(value, dict) and "$ref" in value:
            continue
        found.append(at)
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        stack += [(pointers.join(at, key), item) for key, item in items]
    return found

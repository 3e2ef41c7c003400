"""An overlay corrects a copy of the document, remembers where, and is refused where it no longer fits."""

from copy import deepcopy

import pytest

from specwitness.contract.overlay import applied
from specwitness.exceptions import OverlayError
from specwitness.findings import Json

DOCUMENT = {"paths": {"/a": {"get": {"tags": ["one"], "responses": {"200": {"description": "d"}}}}}, "tags": [1, 2, 3]}


def overlay(*actions: Json) -> Json:
    return {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list(actions)}


def test_objects_are_merged_arrays_in_them_extended_and_the_rest_replaced() -> None:
    update = {"tags": ["two"], "responses": {"200": {"description": "e"}, "404": {"description": "n"}}, "summary": "s"}
    result = applied(DOCUMENT, overlay({"target": "$.paths['/a'].get", "update": update}), name="o")
    assert result.document["paths"]["/a"]["get"] == {
        "tags": ["one", "two"],
        "responses": {"200": {"description": "e"}, "404": {"description": "n"}},
        "summary": "s",
    }
    assert result.written == (
        ("/paths/~1a/get/tags/1", 0),
        ("/paths/~1a/get/responses/200/description", 0),
        ("/paths/~1a/get/responses/404", 0),
        ("/paths/~1a/get/summary", 0),
    )


def test_an_update_of_an_array_is_appended() -> None:
    result = applied(DOCUMENT, overlay({"target": "$.tags", "update": {"name": "x"}}), name="o")
    assert (result.document["tags"][3], result.written) == ({"name": "x"}, (("/tags/3", 0),))


def test_every_selected_place_is_removed() -> None:
    result = applied(DOCUMENT, overlay({"target": "$.tags[0,2]", "remove": True}), name="o")
    assert (result.document["tags"], result.written) == ([2], ())


def test_actions_are_applied_in_order_and_the_last_one_that_wrote_a_place_is_known() -> None:
    first = {"target": "$.paths['/a'].get", "update": {"summary": {"x": 1}}}
    second = {"target": "$.paths['/a'].get.summary", "update": {"y": 2}}
    result = applied(DOCUMENT, overlay(first, second), name="o")
    places = ["/paths/~1a/get/summary/x", "/paths/~1a/get/summary/y", "/paths/~1a/get/summary", "/paths/~1a/get", ""]
    assert [result.action_for(place) for place in places] == [0, 1, 0, None, None]


def test_the_document_and_the_overlay_stay_as_they_were() -> None:
    before, update = deepcopy(DOCUMENT), {"summary": {"x": [1]}}
    actions = overlay({"target": "$.paths['/a'].get", "update": update})
    applied(DOCUMENT, actions, name="o").document["paths"]["/a"]["get"]["summary"]["x"].append(2)
    assert (DOCUMENT, update) == (before, {"summary": {"x": [1]}})


def test_what_an_alias_stands_for_is_corrected_at_one_place_alone() -> None:
    shared = {"type": "string", "enum": ["a"]}
    document = {"a": shared, "b": shared}
    changed = applied(document, overlay({"target": "$.a", "update": {"enum": ["b"]}}), name="o").document
    assert changed == {"a": {"type": "string", "enum": ["a", "b"]}, "b": {"type": "string", "enum": ["a"]}}


@pytest.mark.parametrize(
    ("data", "thing", "fault"),
    [
        ([], "o", "it is not an OpenAPI Overlay 1.x"),
        ({"overlay": "2.0"}, "o", "it is not an OpenAPI Overlay 1.x"),
        ({"overlay": "1.0.0"}, "o", "it has no list of actions"),
        (overlay({"update": {}}), "o, action 1", "it has no target"),
        (overlay("x"), "o, action 1", "it has no target"),
        (overlay({"target": "$.absent", "update": {}}), "o, action 1", "the target $.absent matches nothing"),
        (overlay({"target": "paths", "update": {}}), "o, action 1", "the target is not JSONPath"),
        (overlay({"target": "$.tags"}), "o, action 1", "it neither updates nor removes"),
        (overlay({"target": "$", "remove": True}), "o, action 1", "the target is the whole document"),
        (overlay({"target": "$.tags[0]", "update": {}}), "o, action 1", "the value at #/tags/0 cannot be merged"),
        (overlay({"target": "$.paths", "update": 1}), "o, action 1", "the value at #/paths cannot be merged"),
    ],
)
def test_an_overlay_that_cannot_be_applied_is_named(data: Json, thing: str, fault: str) -> None:
    with pytest.raises(OverlayError) as raised:
        applied(DOCUMENT, data, name="o")
    assert raised.value.thing == thing
    assert raised.value.fault.startswith(fault)

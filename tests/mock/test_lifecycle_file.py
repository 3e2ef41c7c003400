"""Claims about `lifecycle.yaml`: what it says is read, and what it says wrongly is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specwitness.contract import load
from specwitness.contract.lifecycle import Demands, Implication, Laws, Lifecycle, Listing, Refused, Repeat, Store
from specwitness.exceptions import DocumentError

STATUS = {"type": "object", "properties": {"status": {"enum": ["a", "b"]}, "at": {}}}
CONTENT = {"application/json": {"schema": STATUS, "examples": {"gone": {"value": {}}}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "read",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {"description": "x", "content": CONTENT},
                    "400": {"description": "x", "content": CONTENT},
                },
            }
        },
        "/things": {"post": {"operationId": "make", "responses": {"201": {"description": "x"}}}},
    },
}
SMALL: dict[str, Any] = {"shows": {"read": "/status"}, "initial": "a", "states": {"a": ["b"], "b": []}}


def loaded(folder: Path, resource: Any) -> Lifecycle:
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (folder / "lifecycle.yaml").write_text(json.dumps({"resources": {"thing": resource}}), encoding="utf-8")
    (found,) = load.load(folder).lifecycles
    return found


def test_a_table_of_states_is_enough(tmp_path: Path) -> None:
    found = loaded(tmp_path, SMALL)
    states = {"a": ("b",), "b": ()}
    assert found == Lifecycle("thing", {"read": "/status"}, "a", states, demands={"a": Demands(), "b": Demands()})
    assert (found.is_final("a"), found.is_final("b"), found.is_final("c")) == (False, True, False)
    assert (found.may_follow("a", "b"), found.may_follow("b", "a")) == (True, False)


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        {
            **SMALL,
            "id": "id",
            "states": {"a": {"next": ["b"], "absent": ["/x"], "null": ["/at"]}, "b": {"present": ["/at"]}},
            "answers": {
                "read": {
                    "same": {"/id": "id"},
                    "says": {"/url": "/things/{id}"},
                    "headers": {"Location": "/things/{id}"},
                    "ordered": [["/at", "/to"]],
                    "seconds": {"/took": ["/at", "/to"]},
                    "sum_at_most": {"/all": ["/x", "/y"]},
                    "implied": [{"when": {"/x": 1}, "then": {"/y": 2}}],
                }
            },
            "refused": {"read": {"a": 400, "b": {"status": 400, "example": "gone"}}},
            "store": {
                "create": "make",
                "keeps": ["label"],
                "repeat": {"header": "Key", "status": 409},
                "read": "read",
                "list": {"operation": "read", "items": "/items"},
                "change": {"make": "b"},
                "delete": "make",
            },
        },
    )
    assert found.demands == {"a": Demands(absent=("/x",), null=("/at",)), "b": Demands(present=("/at",))}
    assert found.answers["read"] == Laws(
        same={"/id": "id"},
        says={"/url": "/things/{id}"},
        headers={"Location": "/things/{id}"},
        ordered=(("/at", "/to"),),
        seconds={"/took": ("/at", "/to")},
        sum_at_most={"/all": ("/x", "/y")},
        implied=(Implication({"/x": 1}, {"/y": 2}),),
    )
    assert found.refused == {"read": {"a": Refused(400), "b": Refused(400, "gone")}}
    assert found.store == Store(
        create="make",
        keeps=("label",),
        repeat=Repeat("Key", 409),
        read="read",
        list=Listing("read", "/items"),
        change={"make": "b"},
        delete="make",
    )


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"states": {"a": ["c"], "b": []}}, "names the state 'c'"),
        ({"initial": "c"}, "names the state 'c'"),
        ({"states": {"a": ["b"], "b": [], "z": []}}, "defines the state 'z', which the spec does not have"),
        ({"shows": {"write": "/status"}}, "names the operation 'write', which the spec does not have"),
        ({"shows": {"read": "status"}}, "is no JSON pointer"),
        ({"shows": ["read"]}, "is not a mapping"),
        ({"id": "name"}, "no path parameter"),
        ({"states": {"a": {"next": "b"}, "b": []}}, "is not a list of names"),
        ({"states": {"a": {"nxt": []}, "b": []}}, "unknown key 'nxt'"),
        ({"answers": {"write": {}}}, "names the operation 'write'"),
        ({"answers": {"read": {"sme": {}}}}, "unknown key 'sme'"),
        ({"answers": {"read": {"seconds": {"/took": ["/at"]}}}}, "wants two places"),
        ({"refused": {"read": {"c": 400}}}, "names the state 'c'"),
        ({"refused": {"read": {"a": 409}}}, "409, which the operation does not document"),
        ({"refused": {"read": {"a": {"status": 400, "example": "no"}}}}, "documents no example 'no'"),
        ({"store": {"create": "write"}}, "names the operation 'write'"),
        ({"store": {"change": {"make": "c"}}}, "names the state 'c'"),
        ({"store": {"list": {"operation": "write", "items": "/x"}}}, "names the operation 'write'"),
        ({"other": 1}, "unknown key 'other'"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(DocumentError, match=fault) as caught:
        loaded(tmp_path, {**SMALL, **changed})
    assert caught.value.thing.endswith("lifecycle.yaml")


def test_states_may_be_anything_where_the_spec_lists_none(tmp_path: Path) -> None:
    assert loaded(tmp_path, {**SMALL, "shows": {"make": "/status"}, "states": {"x": []}, "initial": "x"}).states

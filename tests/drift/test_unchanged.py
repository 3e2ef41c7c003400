"""What is said in the same words is not asked about; what changed somewhere behind it is."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.drift.pairing import paired
from specwitness.drift.unchanged import Unchanged
from specwitness.findings import Json, Level

TODAY = dt.date(2026, 11, 22)
A = {"$ref": "#/components/schemas/A"}
ANSWERS = {"200": {"description": "d"}}


def read(tmp_path: Path, name: str, said: Json) -> Contract:
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **said}))
    return load.load(path)


def broken(tmp_path: Path, old: Json, new: Json) -> list[str]:
    found = compare(read(tmp_path, "old", old), read(tmp_path, "new", new), TODAY)
    return [one.rule for one in found if one.level is Level.BREAKING]


def of_a(said: Json, type_: str) -> Json:
    """Return a document in which a component has a property of a type."""
    return {**said, "components": {"schemas": {"A": {"type": "object", "properties": {"x": {"type": type_}}}}}}


def body(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def test_paths_that_share_an_item_are_told_apart_by_what_stands_beside_it(tmp_path: Path) -> None:
    def shared(type_: str) -> Json:
        parameter = {"name": "q", "in": "query", "required": True, "schema": {"type": type_}}
        item = {"$ref": "#/components/pathItems/X"}
        return {
            "paths": {"/a": item, "/b": {**item, "parameters": [parameter]}},
            "components": {"pathItems": {"X": {"get": {"responses": ANSWERS}}}},
        }

    assert broken(tmp_path, shared("string"), shared("integer")) == ["request-type"]


@pytest.mark.parametrize("name", ["called", "default", "value", "example"])
def test_a_webhook_changes_with_what_it_refers_to_whatever_its_name(name: str, tmp_path: Path) -> None:
    hook = {"paths": {}, "webhooks": {name: {"post": {"requestBody": body(A), "responses": ANSWERS}}}}
    # Consumers of the old contract get what the new one sends.
    assert broken(tmp_path, of_a(hook, "string"), of_a(hook, "integer")) == ["request-type"]


@pytest.mark.parametrize("address", ["{$request.body#/url}", "value", "default"])
def test_a_callback_changes_with_what_it_refers_to_whatever_its_address(address: str, tmp_path: Path) -> None:
    called = {"done": {address: {"post": {"requestBody": body(A), "responses": ANSWERS}}}}
    paths = {"paths": {"/jobs": {"post": {"responses": ANSWERS, "callbacks": called}}}}
    assert broken(tmp_path, of_a(paths, "string"), of_a(paths, "integer")) == ["request-type"]


def test_names_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    def document(type_: str) -> Json:
        leads = {"a": {"type": "string"}, "a-b": {"type": "array", "items": A}, "a/c": {"type": "array", "items": A}}
        paths = {
            f"/{number}": {"get": {"responses": {"200": {"description": "d", **body({"$ref": reference})}}}}
            for number, reference in enumerate(("a", "a-b", "a~1c"))
            for reference in [f"#/components/schemas/{reference}"]
        }
        whole = of_a({"paths": paths}, type_)
        return {**whole, "components": {"schemas": {**whole["components"]["schemas"], **leads}}}

    old, new = (read(tmp_path, side, document(type_)) for side, type_ in (("old", "string"), ("new", "integer")))
    unchanged = Unchanged(old, new)
    assert [unchanged(pair.old, pair.new) for pair in paired(old, new).both] == [True, False, False]

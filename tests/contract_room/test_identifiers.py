"""References to anchors and `$id`s are pointers once a document is read; what names nothing is said to name nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specwitness.contract import load, pointers
from specwitness.contract.identifiers import as_pointers
from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json

SCHEMAS: dict[str, Json] = {
    "Pet": {"$anchor": "pet", "type": "object"},
    "Owner": {
        "$id": "https://example.org/owner",
        "properties": {"self": {"$ref": "#"}, "name": {"$ref": "#/$defs/Name"}, "dog": {"$ref": "dog"}},
        "$defs": {"Name": {"$anchor": "name"}, "Dog": {"$id": "dog", "$defs": {"~ %": {}}}},
    },
}


def read(reference: Json, **schemas: Json) -> dict[str, Json]:
    """Return the schemas of a document, references to places read as pointers, and what became of one more."""
    known = json.loads(json.dumps(SCHEMAS | schemas))
    document = {"openapi": "3.1.0", "components": {"schemas": known | {"It": reference}}}
    found = as_pointers(document, pointers.references(document), dynamic=True)
    return {"It": found["components"]["schemas"]["It"], "Owner": found["components"]["schemas"]["Owner"]["properties"]}


AT = "#/components/schemas"


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("#pet", f"{AT}/Pet"),
        ("https://example.org/owner", f"{AT}/Owner"),
        ("https://example.org/owner#", f"{AT}/Owner"),
        ("https://example.org/owner#name", f"{AT}/Owner/$defs/Name"),
        ("https://example.org/owner#/$defs/Name", f"{AT}/Owner/$defs/Name"),
        ("https://example.org/dog#/$defs/~0%20%25", f"{AT}/Owner/$defs/Dog/$defs/~0%20%25"),
        (f"{AT}/Pet", f"{AT}/Pet"),
        # An anchor is one of the schema with an `$id` around it, and is not known beyond that.
        ("#name", "#name"),
        ("#absent", "#absent"),
        ("#", "#"),
        ("https://example.org/owner#/$defs/Absent", "https://example.org/owner#/$defs/Absent"),
        ("owner", "owner"),
        ("other.yaml#/x", "other.yaml#/x"),
    ],
)
def test_a_reference_becomes_a_pointer_where_it_names_a_place(text: str, to: str) -> None:
    assert read({"$ref": text})["It"] == {"$ref": to}


def test_below_an_id_references_are_read_from_there() -> None:
    assert read({})["Owner"] == {
        "self": {"$ref": f"{AT}/Owner"},
        "name": {"$ref": f"{AT}/Owner/$defs/Name"},
        "dog": {"$ref": f"{AT}/Owner/$defs/Dog"},
    }


def test_a_dynamic_reference_to_the_only_anchor_of_a_name_is_a_plain_one() -> None:
    tree: Json = {"$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}}
    assert read(tree)["It"] == {"$dynamicAnchor": "node", "items": {"$ref": f"{AT}/It"}}
    assert read(tree, Other={"$dynamicAnchor": "node"})["It"] == tree
    assert read({"$dynamicRef": "#node", "$ref": "#pet"}, Other={"$dynamicAnchor": "node"})["It"] == {
        "$dynamicRef": "#node",
        "$ref": f"{AT}/Pet",
    }


def test_a_document_of_pointers_alone_is_the_same_one() -> None:
    document = {"x": {"$ref": "#/y"}, "y": {"$id": "a", "$anchor": "b"}, "z": {"example": {"$ref": "#b"}}}
    assert as_pointers(document, pointers.references(document)) is document
    document = {"x": {"$ref": "other.yaml"}}
    assert as_pointers(document, pointers.references(document)) is document


HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n"
ANCHORED = HEAD + "    A: {$ref: '#b'}\n    B: {$anchor: b, minLength: 2}\n"
IDENTIFIED = (
    HEAD + "    A:\n      $id: https://example.org/a\n      $ref: '#/$defs/B'\n      $defs: {B: {minLength: 2}}\n"
)
DYNAMIC = HEAD + "    A: {$dynamicRef: '#b'}\n    B: {$dynamicAnchor: b, minLength: 2}\n"
ELSEWHERE = HEAD + "    A: {$ref: 'other.yaml#b'}\n"


@pytest.mark.parametrize("text", [ANCHORED, IDENTIFIED, DYNAMIC, ELSEWHERE])
def test_both_validators_follow_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "openapi.yaml").write_text(text)
    (tmp_path / "other.yaml").write_text("x: {$anchor: b, $ref: '#c'}\ny: {$anchor: c, minLength: 2}")
    schemas = load.load(tmp_path / "openapi.yaml").schemas
    said = [schemas.both_accept("/components/schemas/A", value) for value in ("a", "ab")]
    assert said == [(False, False), (True, True)]


NEITHER = "it names neither a place, which begins with #/, nor an anchor"


@pytest.mark.parametrize(
    ("reference", "fault"),
    [("#b", NEITHER), ("#", NEITHER), ("other.yaml#b", NEITHER), ("#/$defs/B", "nothing is there")],
)
def test_what_names_nothing_is_named_with_its_line(tmp_path: Path, reference: str, fault: str) -> None:
    (tmp_path / "openapi.yaml").write_text(HEAD + f"    A:\n      $ref: '{reference}'\n")
    (tmp_path / "other.yaml").write_text("x: {$anchor: c}")
    with pytest.raises(BrokenReferenceError) as raised:
        load.load(tmp_path / "openapi.yaml")
    assert raised.value.thing == f"{tmp_path / 'openapi.yaml'}, line 7, $ref {reference!r}"
    assert raised.value.fault == fault

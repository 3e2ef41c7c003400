"""A required property that travels one way is asked for that way alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.directions import REQUEST, RESPONSE, carries, seen_from
from specwitness.contract.model import Contract
from specwitness.findings import Json

OPENAPI = """
openapi: 3.0.3
info: {title: People, version: '1'}
paths:
  /people:
    post:
      operationId: make
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}
      responses: {'201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}}
components:
  schemas:
    Id: {type: string, readOnly: true}
    Person:
      type: object
      required: [id, name, password]
      properties:
        id: {$ref: '#/components/schemas/Id'}
        name: {type: string}
        password: {type: string, writeOnly: true}
"""
PERSON = "/components/schemas/Person"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    (tmp_path / "openapi.yaml").write_text(OPENAPI)
    return load.load(tmp_path / "openapi.yaml")


@pytest.mark.parametrize(
    ("value", "as_request", "as_response"),
    [
        ({"name": "x", "password": "y"}, True, False),
        ({"name": "x", "id": "1"}, False, True),
        ({"name": "x", "id": "1", "password": "y"}, True, True),
        ({"id": "1", "password": "y"}, False, False),
    ],
)
def test_each_direction_asks_for_its_own(
    contract: Contract, value: Json, *, as_request: bool, as_response: bool
) -> None:
    assert contract.request_schemas.both_accept(PERSON, value) == (as_request, as_request)
    assert contract.schemas.both_accept(PERSON, value) == (as_response, as_response)


ID: Json = {"readOnly": True}
PLAIN: Json = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "in_3_0", "in_3_1"),
    [
        ({"readOnly": True}, True, True),
        ({"readOnly": False}, False, False),
        (True, False, False),
        ({"$ref": "#/Id"}, True, True),
        ({"$ref": "#/ToId"}, True, True),
        ({"$ref": "#/Absent"}, False, False),
        ({"$ref": "other.yaml"}, False, False),
        ({"allOf": [{"readOnly": True}]}, True, True),
        ({"allOf": [{"type": "string"}, {"allOf": [{"$ref": "#/ToId"}]}]}, True, True),
        ({"anyOf": [{"readOnly": True}]}, False, False),
        ({"$ref": "#/Circle"}, False, False),
        ({"allOf": [{"$ref": "#/Circle"}, {"$ref": "#/Id"}]}, True, True),
        # OpenAPI 3.0.3, Reference Object: what stands beside it is ignored.
        ({"$ref": "#/Plain", "readOnly": True}, False, True),
        ({"$ref": "#/Plain", "allOf": [{"readOnly": True}]}, False, True),
    ],
)
def test_a_property_says_so_itself_or_in_what_it_is_made_of(schema: Json, *, in_3_0: bool, in_3_1: bool) -> None:
    named: Json = {"Id": ID, "Plain": PLAIN, "ToId": {"$ref": "#/Id"}, "Circle": {"allOf": [{"$ref": "#/Circle"}]}}
    said = [carries({"openapi": version, **named}, schema, REQUEST) for version in ("3.0.3", "3.1.0")]
    assert said == [in_3_0, in_3_1]


def test_what_is_required_and_named_oddly_stays() -> None:
    document: Json = {"openapi": "3.1.0", "properties": {"a": ID}, "required": ["a", "b", {}, 1]}
    assert seen_from(document, REQUEST)["required"] == ["b", {}, 1]


def test_a_document_without_such_words_is_seen_as_it_is() -> None:
    document = {"properties": {"a": {"readOnly": False}}, "required": ["a"]}

    assert seen_from(document, REQUEST) is document
    assert seen_from(document, RESPONSE) is document

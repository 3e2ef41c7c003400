"""A required property that travels one way is asked for that way alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.directions import REQUEST, RESPONSE, seen_from
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


def test_a_document_without_such_words_is_seen_as_it_is() -> None:
    document = {"properties": {"a": {"readOnly": False}}, "required": ["a"]}

    assert seen_from(document, REQUEST) is document
    assert seen_from(document, RESPONSE) is document

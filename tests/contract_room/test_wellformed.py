"""What stands in the place of a schema and is none is named with its place, its fault and the next step."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.wellformed import faults, require
from specwitness.exceptions import DocumentError
from specwitness.findings import Json


def words(schema: Json, version: str = "3.1.0") -> list[tuple[str, str]]:
    """Return what is wrong with a schema, and where in it."""
    document = {"openapi": version, "s": schema, "other": {"type": "string"}}
    return [(fault.pointer.removeprefix("/s"), fault.words) for fault in faults(document, ["/s"], set())]


@pytest.mark.parametrize(
    ("schema", "where", "fault"),
    [
        (None, "", "`s` is null, and has to be a schema"),
        ("x", "", '`s` is "x", and has to be a schema'),
        ({"exclusiveMinimum": True}, "/exclusiveMinimum", "`exclusiveMinimum` is true, and has to be a number"),
        ({"minimum": "1"}, "/minimum", '`minimum` is "1", and has to be a number'),
        ({"multipleOf": 0}, "/multipleOf", "`multipleOf` is 0, and has to be a number above 0"),
        ({"minLength": -1}, "/minLength", "`minLength` is -1, and has to be a whole number, 0 or more"),
        ({"maxItems": 1.5}, "/maxItems", "`maxItems` is 1.5, and has to be a whole number, 0 or more"),
        ({"uniqueItems": "yes"}, "/uniqueItems", '`uniqueItems` is "yes", and has to be true or false'),
        ({"readOnly": 1}, "/readOnly", "`readOnly` is 1, and has to be true or false"),
        ({"pattern": 5}, "/pattern", "`pattern` is 5, and has to be a text"),
        ({"$ref": 5}, "/$ref", "`$ref` is 5, and has to be a text"),
        ({"required": True}, "/required", "`required` is true, and has to be a list of names"),
        ({"required": ["a", 1]}, "/required", "`required` is a list, and has to be a list of names"),
        ({"enum": {"a": 1}}, "/enum", "`enum` is an object, and has to be a list of values"),
        ({"dependentRequired": {"a": "b"}}, "/dependentRequired", "`dependentRequired` is an object, and has to be an object, of lists of names"),  # noqa: E501 - as it is said
        ({"items": [{}]}, "/items", "`items` is a list, and has to be a schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}]}, "/items", "`items` is a list, and has to be a schema"),  # noqa: E501 - as it is said
        ({"not": None}, "/not", "`not` is null, and has to be a schema"),
        ({"properties": None}, "/properties", "`properties` is null, and has to be an object, of schemas by their names"),  # noqa: E501 - as it is said
        ({"properties": {"a": "string"}}, "/properties/a", '`a` is "string", and has to be a schema'),
        ({"allOf": {}}, "/allOf", "`allOf` is an object, and has to be a list of schemas"),
        ({"anyOf": [True, {"oneOf": [5]}]}, "/anyOf/1/oneOf/0", "`0` is 5, and has to be a schema"),
        ({"items": {"additionalProperties": {"if": 5}}}, "/items/additionalProperties/if", "`if` is 5, and has to be a schema"),  # noqa: E501 - as it is said
    ],
)  # fmt: skip
def test_a_keyword_of_another_type_is_named(schema: Json, where: str, fault: str) -> None:
    assert words(schema) == [(where, fault)]


def test_a_type_is_one_that_there_is() -> None:
    known = "one of array, boolean, integer, null, number, object, string, or a list of them"
    for said in ("any", "file", 5, None, ["string", "any"], ["string", 1]):
        ((where, fault),) = words({"type": said})
        assert where == "/type"
        assert fault.endswith(f"and has to be {known}")
    assert words({"type": ["string", "null"]}) == words({"type": "integer"}) == []


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"minLength": 1.0, "enum": [None, {"type": 5}], "const": {"type": 5}, "default": None, "example": {"items": 1}},
        {"properties": {"type": {"type": "string"}, "items": True, "required": {}}, "required": ["type"]},
        {"nullable": "in 3.1 it is nothing", "x-type": {"type": 5}, "description": 5}
        | {"$defs": {}, "definitions": {"a": {}}, "patternProperties": {"^x": False}},
    ],
)
def test_what_is_a_schema_is_let_be(schema: Json) -> None:
    assert words(schema) == []


def test_openapi_3_0_has_bounds_that_are_said_twice_and_nothing_beside_a_reference() -> None:
    assert words({"minimum": 1, "exclusiveMinimum": True, "exclusiveMaximum": False}, "3.0.3") == []
    assert words({"exclusiveMinimum": 5}, "3.0.3") == []
    assert words({"nullable": 1}, "3.0.3") == [("/nullable", "`nullable` is 1, and has to be true or false")]
    assert words({"$ref": "#/other", "minimum": "1"}, "3.0.3") == []
    assert words({"$ref": "#/other", "minimum": "1"}) == [("/minimum", '`minimum` is "1", and has to be a number')]


def test_what_a_schema_refers_to_is_looked_at_once() -> None:
    schemas: dict[str, Json] = {
        "A": {"properties": {"a": {"$ref": "#/s/A"}, "b": {"$ref": "#/s/B"}, "c": {"$ref": "#/s/B"}}},
        "B": {"minimum": "x"},
        "C": {"allOf": [{"$ref": "#/s/D"}]},
        "D": {},
        "E": {"$ref": "other.yaml"},
    }
    document, sound = {"openapi": "3.1.0", "s": schemas}, set[int]()
    assert [fault.pointer for fault in faults(document, ["/s/A", "/s/C"], sound)] == ["/s/B/minimum"]
    assert sound == set()
    assert faults(document, ["/s/C", "/s/E"], sound) == []
    assert sound == {id(schemas["C"]), id(schemas["C"]["allOf"][0]), id(schemas["D"]), id(schemas["E"])}
    schemas["D"]["minimum"] = "x"
    assert faults(document, ["/s/C"], sound) == []  # it is known


OPENAPI = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    post:
      operationId: a
      parameters:
      - {name: q, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/Q'}}}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}
      responses:
        '200':
          description: d
          headers: {h: {schema: {$ref: '#/components/schemas/H'}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/R'}}}
  /b: {get: {operationId: b, responses: {}}}
components:
  schemas:
    B: {}
    H: {}
    Q: {}
    R: {}
    Unused: {type: 5}
"""


@pytest.mark.parametrize("name", ["B", "H", "Q", "R"])
def test_whatever_an_operation_is_made_of_is_asked_about_and_nothing_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(OPENAPI.replace(f"{name}: {{}}", f"{name}:\n      properties:"))
    contract = load.load(path)
    require(contract, [contract.operations[1]])
    line = path.read_text().splitlines().index("      properties:") + 1
    with pytest.raises(DocumentError) as raised:
        require(contract, contract.operations)
    assert raised.value == DocumentError(
        f"{path}, line {line}",
        "`properties` is null, and has to be an object, of schemas by their names",
        "Leave it out, or write what it has to be",
    )


def test_a_document_without_such_faults_passes(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(OPENAPI)
    contract = load.load(tmp_path / "openapi.yaml")
    require(contract, contract.operations)


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, "write `exclusiveMinimum: 1` for both"),
        ({"maximum": 1, "exclusiveMaximum": True}, "write `exclusiveMaximum: 1` for both"),
        ({"required": True}, "in the `required` of the object around it"),
        ({"items": [{}]}, "OpenAPI 3.1 has `prefixItems`"),
        ({"type": "any"}, "here or in overlay.yaml"),
    ],
)
def test_the_next_step_is_that_for_the_usual_mistake(schema: Json, hint: str) -> None:
    (fault,) = faults({"openapi": "3.1.0", "s": schema}, ["/s"], set())
    assert hint in fault.hint


def test_any_json_in_the_place_of_a_schema_is_taken_or_named() -> None:
    keywords = ["type", "items", "properties", "allOf", "$ref", "required", "enum", "minimum", "maxLength", "not", "x"]
    values: list[Json] = [None, True, 1, -1.5, "string", "#/s", [], ["a", 1], {}, [{}], {"a": None}]
    rng = random.Random(0)  # noqa: S311 - not for secrets
    for _ in range(2000):
        schema: Json = {keyword: rng.choice(values) for keyword in rng.sample(keywords, 3)}
        document = {"openapi": rng.choice(["3.0.3", "3.1.0"]), "s": {"items": schema, "allOf": [schema]}}
        for fault in faults(document, ["/s"], set()):
            assert fault.words
            assert json.dumps(fault.pointer)

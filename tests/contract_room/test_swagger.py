"""What each part of a Swagger 2.0 document is in OpenAPI 3.0."""

from __future__ import annotations

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from specwitness.contract import document
from specwitness.contract.swagger.converting import converted
from specwitness.findings import Json

HEAD = "swagger: '2.0'\ninfo: {title: t, version: '1'}\n"


def made(text: str) -> Json:
    """Return the OpenAPI 3.0 document of a 2.0 document without its head, once it is known to be valid."""
    old = document.parse(HEAD + text if "paths:" in text else f"{HEAD}paths: {{}}\n{text}", name="t")
    new = converted(old, spot=str).document
    assert [error.message for error in OpenAPIV30SpecValidator(new).iter_errors()] == []
    return new


def operation(text: str, *, around: str = "", method: str = "post") -> Json:
    """Return the operation that is made of one in flow style, in a document with something around it."""
    new = made(f"{around}\npaths: {{/a: {{{method}: {{responses: {{'204': {{description: d}}}}, {text}}}}}}}")
    return new["paths"]["/a"][method]


def parameter(text: str, place: str = "query") -> Json:
    (found,) = operation(f"parameters: [{{name: p, in: {place}, {text}}}]", method="get")["parameters"]
    return {key: value for key, value in found.items() if key not in {"name", "in"}}


def body(parameters: str, consumes: str = "", around: str = "") -> Json:
    text = f"{consumes}, " if consumes else ""
    return operation(f"{text}parameters: [{parameters}]", around=around)["requestBody"]


def answer(text: str, produces: str = "[application/json]", around: str = "") -> Json:
    made_of = f"produces: {produces}, responses: {{'200': {{description: d, {text}}}}}"
    return made(f"{around}\npaths: {{/a: {{get: {{{made_of}}}}}}}")["paths"]["/a"]["get"]["responses"]["200"]


def schema(text: str) -> Json:
    return made(f"definitions: {{A: {{{text}}}, B: {{type: object}}}}")["components"]["schemas"]["A"]


# --- Schemas ---------------------------------------------------------------------------------------------------------

NULL = {"type": "object", "nullable": True, "enum": [None]}
B = {"$ref": "#/components/schemas/B"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type: string, readOnly: true, x-a: 1", {"type": "string", "readOnly": True, "x-a": 1}),
        ("type: string, x-nullable: true", {"type": "string", "nullable": True}),
        ("type: string, x-nullable: false", {"type": "string", "nullable": False}),
        ("type: string, enum: [a], x-nullable: true", {"type": "string", "enum": ["a", None], "nullable": True}),
        ("x-nullable: true, minLength: 1", {"nullable": True, "minLength": 1}),
        ("$ref: '#/definitions/B', x-nullable: true", {"anyOf": [B, NULL]}),
        ("$ref: '#/definitions/B', type: string, description: d", {**B, "description": "d"}),
        ("description: d, allOf: [{$ref: '#/definitions/B'}], x-nullable: true",
         {"description": "d", "anyOf": [{"allOf": [B]}, NULL]}),
        ("type: [string, 'null'], pattern: a", {"type": "string", "pattern": "a", "nullable": True}),
        ("type: [string, integer], minimum: 1", {"minimum": 1, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ("type: [string, integer, 'null']",
         {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer", "nullable": True}]}),
        ("type: [string, integer], anyOf: [{minLength: 1}]",
         {"anyOf": [{"minLength": 1}], "allOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}]}),
        ("type: 'null'", NULL),
        ("type: array", {"type": "array", "items": {}}),
        ("type: array, items: [{type: string}, {$ref: '#/definitions/B'}]",
         {"type": "array", "items": {"anyOf": [{"type": "string"}, B]}}),
        ("type: array, items: []", {"type": "array", "items": {}}),
        ("minimum: 1, exclusiveMinimum: true", {"minimum": 1, "exclusiveMinimum": True}),
        ("properties: {properties: {x-nullable: true, type: string}}, additionalProperties: {$ref: '#/definitions/B'}",
         {"properties": {"properties": {"type": "string", "nullable": True}}, "additionalProperties": B}),
        ("example: {x-nullable: true}, enum: [{x-nullable: true}]",
         {"example": {"x-nullable": True}, "enum": [{"x-nullable": True}]}),
        ("type: file", {"type": "string", "format": "binary"}),
    ],
)  # fmt: skip
def test_a_schema(old: str, new: Json) -> None:
    assert schema(old) == new


def test_a_discriminator_says_which_definition_is_not_called_by_its_name() -> None:
    text = (
        "definitions:\n"
        "  Pet: {discriminator: kind, type: object, required: [kind], properties: {kind: {type: string}}}\n"
        "  My Cat: {allOf: [{$ref: '#/definitions/Pet'}]}\n"
        "  Kitten: {allOf: [{$ref: '#/definitions/My%20Cat'}], x-ms-discriminator-value: tiny}\n"
        "  Dog: {allOf: [{$ref: '#/definitions/Pet'}, {type: object}]}\n"
    )
    schemas = made(text)["components"]["schemas"]
    assert schemas["Pet"]["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"My Cat": "#/components/schemas/My_Cat", "tiny": "#/components/schemas/Kitten"},
    }
    assert schemas["Kitten"]["allOf"] == [{"$ref": "#/components/schemas/My_Cat"}]


# --- Parameters ------------------------------------------------------------------------------------------------------

TEXTS = {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize(
    ("old", "place", "new"),
    [
        ("type: integer, minimum: 1, default: 2, description: d, x-a: 1", "query",
         {"description": "d", "x-a": 1, "schema": {"type": "integer", "minimum": 1, "default": 2}}),
        ("type: string, required: true, enum: [a], x-nullable: true", "header",
         {"required": True, "schema": {"type": "string", "enum": ["a", None], "nullable": True}}),
        ("type: string, allowEmptyValue: true", "query", {"allowEmptyValue": True, "schema": {"type": "string"}}),
        ("type: string, x-example: a", "query", {"example": "a", "schema": {"type": "string"}}),
        ("type: string, collectionFormat: csv", "query", {"schema": {"type": "string"}}),
        ("type: array, items: {type: string}", "query", {"style": "form", "explode": False, "schema": TEXTS}),
        ("type: array, items: {type: string}", "header", {"style": "simple", "explode": False, "schema": TEXTS}),
        ("type: array, items: {type: string}, collectionFormat: ssv", "query",
         {"style": "spaceDelimited", "explode": False, "schema": TEXTS}),
        ("type: array, items: {type: string}, collectionFormat: pipes", "query",
         {"style": "pipeDelimited", "explode": False, "schema": TEXTS}),
        ("type: array, items: {type: string}, collectionFormat: multi", "query",
         {"style": "form", "explode": True, "schema": TEXTS}),
        ("type: array, maxItems: 3, items: {type: integer, x-nullable: true, collectionFormat: csv}", "query",
         {"style": "form", "explode": False,
          "schema": {"type": "array", "maxItems": 3, "items": {"type": "integer", "nullable": True}}}),
    ],
)  # fmt: skip
def test_a_parameter(old: str, place: str, new: Json) -> None:
    assert parameter(old, place) == new


@pytest.mark.parametrize(("form", "place"), [("tsv", "query"), ("ssv", "header"), ("pipes", "header")])
def test_an_array_that_openapi_3_cannot_write_is_a_text(form: str, place: str) -> None:
    said = {"type": "array", "items": {"type": "string"}, "collectionFormat": form}
    old = f"type: array, items: {{type: string}}, collectionFormat: {form}"
    assert parameter(old, place) == {"schema": {"type": "string", "x-array": said}}


def test_an_array_within_an_array_is_a_text() -> None:
    found = parameter("type: array, items: {type: array, collectionFormat: pipes, items: {type: string}}")
    inner = {"type": "array", "collectionFormat": "pipes", "items": {"type": "string"}}
    assert found["schema"] == {"type": "array", "items": {"type": "string", "x-array": inner}}


def test_parameters_of_a_path_and_shared_ones_stay_what_they_are() -> None:
    new = made(
        "parameters: {a b: {name: q, in: query, type: string}}\n"
        "paths: {'/{id}': {parameters: [{name: id, in: path, required: true, type: string},\n"
        "  {$ref: '#/parameters/a b'}]}}"
    )
    assert new["components"] == {"parameters": {"a_b": {"name": "q", "in": "query", "schema": {"type": "string"}}}}
    assert new["paths"]["/{id}"]["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"$ref": "#/components/parameters/a_b"},
    ]


# --- Bodies ----------------------------------------------------------------------------------------------------------

BODY = "{name: b, in: body, schema: {type: string}}"
FIELD, FILE = "{name: f, in: formData, type: string}", "{name: g, in: formData, type: file, required: true}"
IDS = "{name: i, in: formData, type: array, items: {type: integer}"
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"


def test_a_body_has_the_media_types_that_its_operation_consumes() -> None:
    content = {"schema": {"type": "string"}}
    assert body(BODY) == {"content": {JSON: content}}
    assert body(BODY, around="consumes: [a/b]") == {"content": {"a/b": content}}
    assert body(BODY, "consumes: [c/d, e/f]", "consumes: [a/b]") == {"content": {"c/d": content, "e/f": content}}
    assert body(BODY, "consumes: []", "consumes: [a/b]") == {"content": {JSON: content}}


def test_a_body_keeps_what_is_said_of_it() -> None:
    found = body("{name: b, in: body, required: true, description: d, x-a: 1, x-example: 2, schema: {}}")
    content = {JSON: {"schema": {}, "example": 2}}
    assert found == {"required": True, "description": "d", "x-a": 1, "content": content}
    found = body("{name: b, in: body, x-examples: {a/b: 1}, schema: {}}", "consumes: [a/b, c/d]")
    assert found == {"content": {"a/b": {"schema": {}, "example": 1}, "c/d": {"schema": {}}}}
    assert body("{name: b, in: body, x-examples: {one: 1}}") == {"x-examples": {"one": 1}, "content": {JSON: {}}}


@pytest.mark.parametrize(
    ("fields", "consumes", "types"),
    [
        (FIELD, "[]", [FORM]),
        (FIELD, f"[{PARTS}]", [PARTS]),
        (FIELD, f"[{FORM}, {PARTS}]", [FORM, PARTS]),
        (FIELD, "[application/json]", [FORM]),
        (f"{FIELD}, {FILE}", f"[{FORM}, {PARTS}]", [PARTS]),
        (FILE, "[]", [PARTS]),
    ],
)
def test_a_form_is_of_one_of_two_media_types(fields: str, consumes: str, types: list[str]) -> None:
    assert list(body(fields, f"consumes: {consumes}")["content"]) == types


def test_the_fields_of_a_form_are_the_properties_of_its_body() -> None:
    field = "{name: f, in: formData, type: string, description: d, maxLength: 3, allowEmptyValue: true, x-example: a}"
    properties = {
        "f": {"type": "string", "maxLength": 3, "description": "d", "x-allowEmptyValue": True, "example": "a"},
        "g": {"type": "string", "format": "binary"},
    }
    said = {"type": "object", "properties": properties, "required": ["g"]}
    assert body(f"{field}, {FILE}") == {"required": True, "content": {PARTS: {"schema": said}}}


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        ("", {"i": {"style": "form", "explode": False}}),
        (", collectionFormat: ssv", {"i": {"style": "spaceDelimited", "explode": False}}),
        (", collectionFormat: multi", None),
        (", collectionFormat: tsv", None),
    ],
)
def test_an_array_in_a_form_is_written_as_it_was(form: str, encoding: Json) -> None:
    content = body(f"{IDS}{form}}}")["content"][FORM]
    assert content.get("encoding") == encoding
    assert content["schema"]["properties"]["i"]["type"] == ("string" if "tsv" in form else "array")


def test_an_array_in_parts_is_one_only_where_each_item_has_its_own() -> None:
    # OpenAPI 3.0.3 has `style` only for forms that are URL-encoded.
    several = "{name: s, in: formData, type: array, items: {type: file}}"
    found = body(f"{IDS}}}, {several}", f"consumes: [{PARTS}]")["content"][PARTS]["schema"]["properties"]
    assert found["i"]["type"] == "string"
    assert found["s"] == {"type": "array", "items": {"type": "string", "format": "binary"}}
    content = body(f"{IDS}, collectionFormat: multi}}", f"consumes: [{PARTS}]")["content"][PARTS]
    assert content == {
        "schema": {"type": "object", "properties": {"i": {"type": "array", "items": {"type": "integer"}}}}
    }


SHARED = (
    "consumes: [a/b]\n"
    "parameters: {B: {name: b, in: body, schema: {type: string}}, F: {name: f, in: formData, type: string}}"
)


def test_a_shared_body_is_written_out_where_its_media_types_are_others() -> None:
    reference = "{$ref: '#/parameters/B'}"
    assert body(reference, around=SHARED) == {"$ref": "#/components/requestBodies/B"}
    assert body(reference, "consumes: [c/d]", SHARED) == {"content": {"c/d": {"schema": {"type": "string"}}}}
    components = made(SHARED)["components"]
    assert components["requestBodies"] == {"B": {"content": {"a/b": {"schema": {"type": "string"}}}}}
    assert components["x-form-parameters"] == {"F": {"name": "f", "in": "formData", "type": "string"}}


def test_shared_fields_and_those_of_the_path_are_fields_of_the_form() -> None:
    new = made(
        f"{SHARED}\npaths: {{/a: {{parameters: [{{name: g, in: formData, type: string}}, {{$ref: '#/parameters/F'}}],\n"
        "  put: {parameters: [{name: f, in: formData, type: integer}], responses: {'204': {description: d}}}}}"
    )
    properties = {"g": {"type": "string"}, "f": {"type": "integer"}}
    assert new["paths"]["/a"] == {
        "put": {
            "requestBody": {"content": {FORM: {"schema": {"type": "object", "properties": properties}}}},
            "responses": {"204": {"description": "d"}},
        }
    }


# --- Responses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "produces", "new"),
    [
        ("x-a: 1", "[a/b]", {"x-a": 1}),
        ("schema: {type: string}", "[a/b, c/d]",
         {"content": {"a/b": {"schema": {"type": "string"}}, "c/d": {"schema": {"type": "string"}}}}),
        ("schema: {type: string}", "[]", {"content": {"*/*": {"schema": {"type": "string"}}}}),
        ("schema: {}, examples: {a/b: 1}", "[a/b, c/d]",
         {"content": {"a/b": {"schema": {}, "example": 1}, "c/d": {"schema": {}}}}),
        ("schema: {}, examples: {a/b: 1}", "[c/d]",
         {"content": {"c/d": {"schema": {}}, "a/b": {"schema": {}, "example": 1}}}),
        ("examples: {a/b: {$ref: data}}", "[c/d]", {"content": {"a/b": {"example": {"$ref": "data"}}}}),
        ("examples: {one: 1, a/b: 2}", "[]", {"x-examples": {"one": 1}, "content": {"a/b": {"example": 2}}}),
        ("schema: {type: file}", "[image/png]",
         {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}),
        ("schema: {type: file}", "[application/json]", {"content": {JSON: {"schema": {"format": "binary"}}}}),
        ("headers: {X-A: {type: integer, description: d, x-a: 1}}", "[]",
         {"headers": {"X-A": {"description": "d", "x-a": 1, "schema": {"type": "integer"}}}}),
        ("headers: {X-A: {type: array, items: {type: string}}}", "[]",
         {"headers": {"X-A": {"style": "simple", "explode": False, "schema": TEXTS}}}),
    ],
)  # fmt: skip
def test_a_response(old: str, produces: str, new: Json) -> None:
    assert answer(old, produces) == {"description": "d", **new}


def test_a_shared_response_is_written_out_where_its_media_types_are_others() -> None:
    around = "produces: [a/b]\nresponses: {R: {description: r, schema: {type: string}}, N: {description: n}}"
    responses = "responses: {'200': {$ref: '#/responses/R'}, '204': {$ref: '#/responses/N'}, x-a: 1}"
    paths = made(f"{around}\npaths: {{/a: {{get: {{{responses}}}}}, /b: {{get: {{produces: [c/d], {responses}}}}}}}")[
        "paths"
    ]
    same, empty = {"$ref": "#/components/responses/R"}, {"$ref": "#/components/responses/N"}
    assert paths["/a"]["get"]["responses"] == {"200": same, "204": empty, "x-a": 1}
    other = {"description": "r", "content": {"c/d": {"schema": {"type": "string"}}}}
    assert paths["/b"]["get"]["responses"] == {"200": other, "204": empty, "x-a": 1}


# --- Servers and security --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("", None),
        ("schemes: [https]", None),
        ("basePath: /", [{"url": "/"}]),
        ("basePath: /v1/", [{"url": "/v1"}]),
        ("host: a.org", [{"url": "//a.org"}]),
        ("host: a.org:8080\nbasePath: /v1\nschemes: [https, http]",
         [{"url": "https://a.org:8080/v1"}, {"url": "http://a.org:8080/v1"}]),
    ],
)  # fmt: skip
def test_servers(text: str, servers: Json) -> None:
    assert made(text).get("servers") == servers


def test_an_operation_with_schemes_of_its_own_has_servers_of_its_own() -> None:
    around = "host: a.org\nschemes: [https]"
    assert operation("schemes: [wss]", around=around)["servers"] == [{"url": "wss://a.org"}]
    assert "servers" not in operation("schemes: [https]", around=around)
    assert "servers" not in operation("schemes: [wss]")


def test_security_schemes_and_what_needs_them() -> None:
    new = made(
        "security: [{my key: []}]\n"
        "securityDefinitions:\n"
        "  my key: {type: apiKey, in: header, name: X-Key}\n"
        "  my_key: {type: basic, description: d, x-a: 1}\n"
        "  i: {type: oauth2, flow: implicit, authorizationUrl: 'https://a.org/', scopes: {s: d}}\n"
        "  p: {type: oauth2, flow: password, tokenUrl: 'https://a.org/t'}\n"
        "  a: {type: oauth2, flow: application, tokenUrl: 'https://a.org/t', scopes: {}}\n"
        "  c: {type: oauth2, flow: accessCode, authorizationUrl: 'https://a.org/', tokenUrl: 'https://a.org/t',\n"
        "    x-b: 2}\n"
        "paths: {/a: {get: {security: [{}, {i: [s], my key: []}], responses: {'204': {description: d}}}}}"
    )
    here, token = {"authorizationUrl": "https://a.org/"}, {"tokenUrl": "https://a.org/t"}
    assert new["components"]["securitySchemes"] == {
        "my_key_2": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "my_key": {"type": "http", "scheme": "basic", "description": "d", "x-a": 1},
        "i": {"type": "oauth2", "flows": {"implicit": {**here, "scopes": {"s": "d"}}}},
        "p": {"type": "oauth2", "flows": {"password": {**token, "scopes": {}}}},
        "a": {"type": "oauth2", "flows": {"clientCredentials": {**token, "scopes": {}}}},
        "c": {"type": "oauth2", "x-b": 2, "flows": {"authorizationCode": {**here, **token, "scopes": {}}}},
    }
    assert new["security"] == [{"my_key_2": []}]
    assert new["paths"]["/a"]["get"]["security"] == [{}, {"i": ["s"], "my_key_2": []}]


def test_what_is_of_another_form_is_left_for_who_reads_it() -> None:
    text = "definitions: {A: 1}\nsecurityDefinitions: {a: 1}\n"
    text += "paths: {/a: {get: {parameters: [{name: q, in: query, type: array, items: 1}]}}}"
    found = converted(document.parse(HEAD + text, name="t"), spot=str).document
    assert found["components"] == {"schemas": {"A": 1}, "securitySchemes": {"a": 1}}
    assert found["paths"]["/a"]["get"]["parameters"][0]["schema"] == {"type": "array", "items": 1}

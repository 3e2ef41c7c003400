"""The operations of a document, with what they share by reference or inherit from their path."""

import pytest

from specwitness.contract import pointers
from specwitness.contract.model import Content, Header, Operation, Parameter, ResponseSpec
from specwitness.contract.operations import operations_of, path_item
from specwitness.findings import Json

DOCUMENT = {
    "security": [{"key": []}],
    "paths": {
        "/a/{id}": {
            "parameters": [
                {"$ref": "#/components/parameters/Id"},
                {"name": "q", "in": "query", "schema": {"type": "string"}},
            ],
            "summary": "no method",
            "get": {
                "operationId": "read",
                "tags": ["t"],
                "parameters": [{"name": "q", "in": "query", "required": True, "content": {"application/json": {}}}],
                "responses": {"200": {"$ref": "#/components/responses/Ok"}, "4XX": {"description": "d"}},
            },
            "post": {
                "requestBody": {"$ref": "#/components/requestBodies/New"},
                "security": [],
                "responses": {"default": {"description": "d"}},
            },
        },
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
        "requestBodies": {"New": {"required": True, "content": {"application/json": {"schema": {}}}}},
        "headers": {"Count": {"required": True, "schema": {"type": "integer"}}},
        "responses": {
            "Ok": {
                "description": "d",
                "headers": {"X-Count": {"$ref": "#/components/headers/Count"}, "X-Note": {}},
                "content": {"application/json": {"schema": {}}, "text/*": {}, "*/*": {}},
            }
        },
    },
}
ID = Parameter("id", "path", True, "/components/parameters/Id", "/components/parameters/Id/schema")
OK = "/components/responses/Ok"


@pytest.fixture(scope="module")
def operations() -> list[Operation]:
    return list(operations_of(DOCUMENT, spot=str))


def test_parameters_are_those_of_the_path_unless_the_operation_has_its_own(operations: list[Operation]) -> None:
    get, post = operations
    own = Parameter("q", "query", True, "/paths/~1a~1{id}/get/parameters/0", None)
    inherited = Parameter("q", "query", False, "/paths/~1a~1{id}/parameters/1", "/paths/~1a~1{id}/parameters/1/schema")
    assert (get.parameters, post.parameters) == ((ID, own), (ID, inherited))
    assert get.path_parameters == (ID,)


def test_a_key_that_is_an_extension_is_no_path_and_no_response() -> None:
    answers = {"200": {"description": "d"}, "x-note": "text"}
    document = {"paths": {"x-meta": ["y"], "/a": {"get": {"responses": answers}}}}
    (operation,) = operations_of(document, spot=str)
    assert (operation.path, [*operation.responses]) == ("/a", ["200"])


def test_a_schema_that_is_left_empty_is_none() -> None:
    contents = {"application/json": {"schema": None}, "text/plain": None}
    answers = {"200": {"content": contents, "headers": {"h": {"schema": None}}}}
    shared = [{"name": "q", "in": "query", "schema": None}]
    document = {"paths": {"/a": {"get": {"parameters": shared, "responses": answers}}}}
    (operation,) = operations_of(document, spot=str)
    response = operation.responses["200"]
    assert [one.schema for one in operation.parameters] == [None]
    assert [one.schema for one in response.content] == [None, None]
    assert [one.schema for one in response.headers] == [None]


def named(item: Json, **shared: Json) -> dict[str, tuple[str, list[str], tuple[str, ...]]]:
    """Return the operations of a path by method: where they are, what their parameters are called, what is around."""
    document = {"paths": {"/a": item}, **shared}
    return {
        one.method: (one.pointer, [parameter.name for parameter in one.parameters], one.path_items)
        for one in operations_of(document, spot=str)
    }


def query(name: str) -> Json:
    """Return a parameter."""
    return {"name": name, "in": "query"}


HERE, THERE = "/paths/~1a", "/there"
ELSEWHERE = {"$ref": "#/there"}


@pytest.mark.parametrize(
    ("item", "there", "operations"),
    [
        ({"get": {}}, {}, {"GET": (f"{HERE}/get", [], (HERE,))}),
        (ELSEWHERE, {"get": {}}, {"GET": (f"{THERE}/get", [], (HERE, THERE))}),
        (
            {**ELSEWHERE, "post": {}},
            {"get": {}, "parameters": [query("q")]},
            {"GET": (f"{THERE}/get", ["q"], (HERE, THERE)), "POST": (f"{HERE}/post", ["q"], (HERE, THERE))},
        ),
        (
            {**ELSEWHERE, "parameters": [query("q")]},
            {"get": {"parameters": [query("r")]}},
            {"GET": (f"{THERE}/get", ["q", "r"], (HERE, THERE))},
        ),
        # Of what stands in both places, OpenAPI says nothing: the nearer one is taken.
        (
            {**ELSEWHERE, "get": {"parameters": [query("near")]}, "parameters": [query("q")]},
            {"get": {"parameters": [query("far")]}, "parameters": [query("r")]},
            {"GET": (f"{HERE}/get", ["q", "near"], (HERE, THERE))},
        ),
        (
            {"$ref": "#/between"},
            {"get": {}},
            {"GET": (f"{THERE}/get", [], (HERE, "/between", THERE)), "PUT": ("/between/put", [], (HERE, "/between", THERE))},  # noqa: E501 - one line each
        ),
    ],
)  # fmt: skip
def test_a_path_is_what_stands_beside_its_reference_and_what_that_leads_to(
    item: Json, there: Json, operations: dict[str, tuple[str, list[str], tuple[str, ...]]]
) -> None:
    between = {**ELSEWHERE, "put": {}}
    assert named(item, there=there, between=between) == operations


def test_a_path_can_be_had_as_one_object() -> None:
    item = {"$ref": "#/there", "parameters": [query("q")], "post": {}}
    there = {"get": {}, "post": {"tags": ["far"]}, "servers": []}
    document = {"paths": {"/a": item}, "there": there}
    assert path_item(document, HERE) == {"get": {}, "servers": [], "parameters": [query("q")], "post": {}}
    assert document == {"paths": {"/a": item}, "there": there}


def test_what_is_beside_a_reference_on_the_way_is_found() -> None:
    document = {
        "paths": {"/a": {"$ref": "#/there", "post": {"x": 1}}},
        "there": {"get": {"y": {"$ref": "#/z"}}},
        "z": 2,
    }
    assert pointers.resolved(document, f"{HERE}/post/x") == f"{HERE}/post/x"
    assert pointers.resolved(document, f"{HERE}/get/y") == "/z"


def test_references_to_bodies_headers_and_responses_are_followed(operations: list[Operation]) -> None:
    get, post = operations
    assert post.body == (
        Content(
            "application/json",
            "/components/requestBodies/New/content/application~1json",
            "/components/requestBodies/New/content/application~1json/schema",
        ),
    )
    assert (get.body_required, post.body_required) == (False, True)
    assert get.responses["200"] == ResponseSpec(
        "200",
        OK,
        (
            Content("application/json", f"{OK}/content/application~1json", f"{OK}/content/application~1json/schema"),
            Content("text/*", f"{OK}/content/text~1*", None),
            Content("*/*", f"{OK}/content/*~1*", None),
        ),
        (
            Header("X-Count", True, "/components/headers/Count", "/components/headers/Count/schema"),
            Header("X-Note", False, f"{OK}/headers/X-Note", None),
        ),
    )


def test_an_operation_is_known_by_its_id_or_its_label(operations: list[Operation]) -> None:
    assert [(item.key, item.label, item.tags) for item in operations] == [
        ("read", "GET /a/{id}", ("t",)),
        ("POST /a/{id}", "POST /a/{id}", ()),
    ]


def test_security_is_that_of_the_document_unless_the_operation_has_its_own(operations: list[Operation]) -> None:
    assert [item.needs_credentials for item in operations] == [True, False]
    assert [item.security for item in operations] == [(("key",),), ()]


def test_a_status_is_documented_by_itself_its_range_or_the_default(operations: list[Operation]) -> None:
    get, post = operations
    documented = [get.response_for(status) for status in (200, 201, 404, 500)]
    assert documented == [get.responses["200"], None, get.responses["4XX"], None]
    assert post.response_for(500) == post.responses["default"]
    assert (get.success, post.success) == (("200",), ())


def test_the_most_specific_content_describes_a_media_type(operations: list[Operation]) -> None:
    response = operations[0].responses["200"]
    found = [response.content_for(name) for name in ("application/json", "text/plain", "image/png")]
    assert [content and content.media_type for content in found] == ["application/json", "text/*", "*/*"]
    assert ResponseSpec("200", "", (), ()).content_for("text/plain") is None

"""The document against itself: each contradiction is found once, with a message as witness where one can be made."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from specwitness.contract.conformance import refusals
from specwitness.contract.lint import lint
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.contract.waivers import applied, general
from specwitness.findings import Finding, Json, Party, Verdict

SPECS = Path(__file__).parents[2] / "specs"
JOB = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "n": {"type": "integer"}, "tags": {"items": {"type": "string"}}},
}


def contract(tmp_path: Path, paths: Json, components: Json = None, version: str = "3.1.0") -> Contract:
    folder = tmp_path / "api"
    folder.mkdir()
    info = {"title": "t", "version": "1"}
    servers = [{"url": "https://{region}.example.org/v1/", "variables": {"region": {"default": "eu"}}}]
    document = {"openapi": version, "info": info, "servers": servers, "paths": paths, "components": components or {}}
    (folder / "openapi.json").write_text(json.dumps(document))
    return load(folder)


def answering(content: Json, status: str = "200", **operation: Json) -> Json:
    """Return paths with one operation whose response has one media type."""
    response = {"description": "d", "content": {"application/json": content}}
    return {"/a": {"get": {"operationId": "read", "responses": {status: response}, **operation}}}


def found(subject: Contract) -> list[tuple[str, str, Json]]:
    return [(finding.rule, finding.verdict.value, finding.value) for finding in lint(subject)]


def only(subject: Contract) -> Finding:
    (finding,) = lint(subject)
    return finding


RESPONSE = "/paths/~1a/get/responses/200/content/application~1json"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("examples", "place"),
    [
        ({"example": {"id": 1}}, "/example/id"),
        ({"examples": {"one": {"value": {"id": 1}}}}, "/examples/one/value/id"),
    ],
)
def test_a_response_example_is_a_witness(tmp_path: Path, version: str, examples: Json, place: str) -> None:
    subject = contract(tmp_path, answering({"schema": JOB, **examples}), version=version)
    finding = only(subject)
    assert (finding.rule, finding.verdict, finding.where.pointer) == (
        "example-matches-schema",
        Verdict.BROKEN,
        RESPONSE + place,
    )
    assert finding.witness is not None
    assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.EXAMPLE, Party.CONTRACT)
    assert finding.witness.reason == "1 is not of type 'string'"
    (exchange,) = finding.witness.trace
    assert exchange.request.url == "https://eu.example.org/v1/a"
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.json()) == (200, {"id": 1})
    assert [violation.rule for violation in refusals(subject, exchange)] == ["response-type"]


def test_a_witness_asks_for_what_the_examples_of_the_parameters_name(tmp_path: Path) -> None:
    paths = answering({"schema": JOB, "example": {}})
    paths = {"/a/{id}/{no}": paths["/a"]}
    paths["/a/{id}/{no}"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "a b"},
        {"name": "no", "in": "path", "required": True, "schema": {"type": "integer", "examples": [7]}},
        {"name": "q", "in": "query", "required": True, "schema": {}, "examples": {"x": {"value": "y&z"}}},
        {"name": "X-H", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "c", "in": "cookie", "required": True, "schema": {}, "example": 1},
        {"name": "more", "in": "query", "schema": {}},
    ]
    witness = only(contract(tmp_path, paths)).witness
    assert witness is not None
    request = witness.trace[0].request
    assert request.url == "https://eu.example.org/v1/a/a%20b/7?q=y%26z"
    assert request.headers == (("X-H", "X-H"), ("Cookie", "c=1"))
    assert witness.trace[0].parameters == {"id": "a b", "no": "7"}


@pytest.mark.parametrize(
    ("schema", "content", "body", "verdict"),
    [
        ({**JOB, "example": {"id": 1}}, {}, {"id": 1}, "BROKEN"),
        ({**JOB, "examples": [{"id": "1"}, {"id": 1}]}, {}, {"id": 1}, "BROKEN"),
        ({"properties": {"n": {"type": "integer", "example": "x"}}}, {"example": {"n": 1}}, {"n": "x"}, "BROKEN"),
        (
            {"properties": {"n": {"items": {"type": "integer", "examples": ["x"]}}}},
            {"example": {"n": [1, 2]}},
            {"n": ["x", 2]},
            "BROKEN",
        ),
        ({"properties": {"n": {"type": "integer", "example": "x"}}}, {}, None, "UNDECIDED"),
        ({"additionalProperties": {"type": "integer", "example": "x"}}, {"example": {"n": 1}}, None, "UNDECIDED"),
        ({"anyOf": [{"type": "integer", "example": "x"}, {"type": "string"}]}, {}, None, "UNDECIDED"),
        ({"allOf": [{"type": "integer", "example": "x"}]}, {}, "x", "BROKEN"),
        ({"prefixItems": [{}, {"type": "integer", "example": "x"}]}, {"example": [1]}, None, "UNDECIDED"),
        ({"prefixItems": [{}, {"type": "integer", "example": "x"}]}, {"example": [1, 2]}, [1, "x"], "BROKEN"),
        ({"dependentSchemas": {"a": {"type": "object", "example": 1}}}, {}, None, "UNDECIDED"),
        (
            {"properties": {"a": {"properties": {"b": {"type": "integer", "example": "x"}}}}},
            {"example": {"c": 1}},
            None,
            "UNDECIDED",
        ),
    ],
)
def test_an_example_inside_a_schema_is_put_into_a_message_where_it_has_a_place(
    tmp_path: Path, schema: Json, content: Json, body: Json, verdict: str
) -> None:
    finding = only(contract(tmp_path, answering({"schema": schema, **content})))
    sent = None
    if finding.witness is not None:
        assert finding.witness.trace[0].response is not None
        sent = finding.witness.trace[0].response.json()
    assert (finding.rule, finding.verdict.value, sent) == ("example-matches-schema", verdict, body)


@pytest.mark.parametrize(("status", "sent"), [("200", 200), ("4XX", 400), ("default", 200)])
def test_a_range_and_the_default_stand_for_their_first_status(tmp_path: Path, status: str, sent: int) -> None:
    witness = only(contract(tmp_path, answering({"schema": JOB, "example": 1}, status))).witness
    assert witness is not None
    assert witness.trace[0].response is not None
    assert witness.trace[0].response.status == sent


REQUESTS: Mapping[str, tuple[Json, str, str, bytes | None]] = {
    "path": (
        {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}, "example": "x"}]},
        "/v1/b/x",
        "",
        None,
    ),
    "query": (
        {"parameters": [{"name": "q", "in": "query", "schema": {"type": "integer", "example": "x"}}]},
        "/v1/b/id?q=x",
        "",
        None,
    ),
    "header": (
        {"parameters": [{"name": "X-H", "in": "header", "schema": {"maxLength": 1}, "example": "xx"}]},
        "/v1/b/id",
        "X-H: xx",
        None,
    ),
    "body": (
        {"requestBody": {"content": {"application/json": {"schema": JOB, "example": {"n": 1}}}}},
        "/v1/b/id",
        "Content-Type: application/json",
        b'{"n": 1}',
    ),
}


@pytest.mark.parametrize(("given", "url", "header", "body"), REQUESTS.values(), ids=REQUESTS)
def test_an_example_of_a_request_is_a_request(
    tmp_path: Path, given: Json, url: str, header: str, body: bytes | None
) -> None:
    whole = [{"name": "id", "in": "path", "required": True, "schema": {"type": ["string", "integer"]}}]
    operation = {"operationId": "send", "parameters": whole, "responses": {"200": {"description": "d"}}, **given}
    if "parameters" in given and given["parameters"][0]["in"] != "path":
        operation["parameters"] = [*given["parameters"], *whole]
    finding = only(contract(tmp_path, {"/b/{id}": {"post": operation}}))
    assert finding.witness is not None
    (exchange,) = finding.witness.trace
    assert exchange.response is None
    assert (exchange.request.url, exchange.request.body) == (f"https://eu.example.org{url}", body)
    assert ", ".join(": ".join(pair) for pair in exchange.request.headers) == header


def test_an_example_of_a_header_is_an_answer_with_it(tmp_path: Path) -> None:
    response = {"description": "d", "headers": {"X-N": {"schema": {"type": "integer"}, "example": "x"}}}
    operation = {"operationId": "read", "responses": {"200": response}}
    finding = only(contract(tmp_path, {"/a": {"get": operation}}))
    assert finding.witness is not None
    assert finding.witness.trace[0].response is not None
    assert finding.witness.trace[0].response.headers == (("X-N", "x"),)


def test_the_text_of_another_notation_is_not_taken_for_the_value(tmp_path: Path) -> None:
    xml = {"application/xml": {"schema": JOB, "example": "<job/>"}}
    text = {"text/plain": {"schema": {"type": "string", "maxLength": 1}, "example": "xx"}}
    stream = {"text/event-stream": {"schema": {"type": "object"}, "example": 1}}
    responses = {
        status: {"description": "d", "content": content}
        for status, content in (("200", xml), ("201", text), ("202", stream))
    }
    subject = contract(tmp_path, {"/a": {"get": {"operationId": "read", "responses": responses}}})
    assert [(finding.where.part, finding.verdict.value) for finding in lint(subject)] == [
        ("response 201 example", "BROKEN"),
        ("response 202 example", "UNDECIDED"),
    ]


def test_what_is_shared_is_found_once_and_what_nobody_uses_is_found_too(tmp_path: Path) -> None:
    shared = {"$ref": "#/components/schemas/Shared"}
    components = {
        "schemas": {
            "Shared": {"enum": ["a", "a"], "example": 1},
            "Unused": {"enum": ["b", "b"], "example": 2},
            "Circle": {"properties": {"again": {"$ref": "#/components/schemas/Circle"}}},
        }
    }
    paths = {**answering({"schema": shared}), "/b": answering({"schema": shared}, operationId="second")["/a"]}
    assert sorted(found(contract(tmp_path, paths, components)), key=str) == [
        ("enum-without-duplicates", "UNDECIDED", "a"),
        ("enum-without-duplicates", "UNDECIDED", "b"),
        ("example-matches-schema", "BROKEN", 1),
        ("example-matches-schema", "UNDECIDED", 2),
    ]


def test_examples_in_components_are_followed_and_those_elsewhere_left_alone(tmp_path: Path) -> None:
    content = {
        "schema": JOB,
        "examples": {"shared": {"$ref": "#/components/examples/Bad"}, "far": {"externalValue": "https://a.org/x"}},
    }
    components = {"examples": {"Bad": {"value": {"id": 1}}}}
    finding = only(contract(tmp_path, answering(content), components))
    assert finding.where.pointer == "/components/examples/Bad/value/id"


@pytest.mark.parametrize(
    ("values", "duplicates"),
    [
        (["a", "b", "a", "a"], ["a"]),
        ([1, True, "1", None], []),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}]),
    ],
)
def test_a_value_that_stands_twice_in_an_enum_is_named(tmp_path: Path, values: Json, duplicates: Json) -> None:
    findings = lint(contract(tmp_path, answering({"schema": {"properties": {"x": {"enum": values}}}})))
    assert [finding.value for finding in findings] == duplicates
    assert {finding.where.pointer for finding in findings} <= {f"{RESPONSE}/schema/properties/x/enum"}


def test_path_parameters_are_declared_present_and_required(tmp_path: Path) -> None:
    parameters = [
        {"name": "extra", "in": "path", "required": True, "schema": {}},
        {"name": "c", "in": "path", "required": True, "schema": {}},
    ]
    operation = {"operationId": "read", "parameters": parameters, "responses": {"200": {"description": "d"}}}
    assert found(contract(tmp_path, {"/a/{b}/{c}": {"get": operation}})) == [
        ("path-parameter-declared", "UNDECIDED", "b"),
        ("path-parameter-declared", "UNDECIDED", "extra"),
    ]


def test_a_path_parameter_that_is_not_required_is_no_openapi_either(tmp_path: Path) -> None:
    parameters = [{"name": "b", "in": "path", "schema": {}}]
    operation = {"operationId": "read", "parameters": parameters, "responses": {"200": {"description": "d"}}}
    rules = {rule for rule, _, _ in found(contract(tmp_path, {"/a/{b}": {"get": operation}}))}
    assert rules == {"document-is-openapi", "path-parameter-declared"}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_document_of_another_shape_is_named_with_its_place(tmp_path: Path, version: str) -> None:
    paths = answering({"schema": {"type": "string"}}, summary=1)
    finding = only(contract(tmp_path, paths, version=version))
    assert (finding.rule, finding.where.pointer) == ("document-is-openapi", "/paths/~1a/get/summary")
    assert finding.where.line == 1


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_an_extension_among_paths_and_responses_is_valid(tmp_path: Path, version: str) -> None:
    paths = answering({"schema": {"type": "string"}})
    paths["/a"]["get"]["responses"]["x-note"] = "text"
    assert lint(contract(tmp_path, paths | {"x-meta": ["y"]}, version=version)) == []


def test_what_is_wrong_is_said_in_the_words_of_json(tmp_path: Path) -> None:
    finding = only(contract(tmp_path, answering({"schema": {"type": "string", "default": True}})))
    assert finding.message == "the document is not valid OpenAPI: true is not of type 'string'"


def test_a_default_that_does_not_fit_is_named(tmp_path: Path) -> None:
    finding = only(contract(tmp_path, answering({"schema": {"type": "string", "default": 1}})))
    assert (finding.rule, finding.value) == ("document-is-openapi", "1 is not of type 'string'")


def test_the_intuned_document_has_its_two_known_faults_and_both_are_waived() -> None:
    intuned = load(SPECS / "intuned")
    assert [(finding.rule, finding.level.value, finding.value, finding.where.line) for finding in lint(intuned)] == [
        ("example-matches-schema", "breaking", "category", _line("code: all-attempts-failed") - 1),
        ("enum-without-duplicates", "warning", "script-process-crashed", _line("- script-process-crashed", 2)),
    ]


def _line(text: str, nth: int = 1) -> int:
    lines = (SPECS / "intuned" / "openapi.yaml").read_text().splitlines()
    return [number for number, line in enumerate(lines, 1) if line.strip() == text][nth - 1]


@pytest.mark.parametrize("folder", sorted(path.name for path in SPECS.iterdir() if path.is_dir()))
def test_what_a_shipped_document_contradicts_is_waived_and_nothing_else_is(folder: str) -> None:
    shipped = load(SPECS / folder)
    today = min((waiver.expires for waiver in shipped.waivers), default=dt.date.max)
    result = applied(lint(shipped), general(shipped), today)
    assert (result.kept, result.unmatched) == ((), ())

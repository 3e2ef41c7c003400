"""What the four Intuned documents say, and where they say nothing."""

import pytest

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import Description

RESULT = "/{workspaceId}/projects/{projectName}/run/{runId}/result"
JOB_RUN = "/{workspaceId}/projects/{projectName}/jobs/{jobId}/runs/{jobRunId}"
OPERATION = pointers.join("", "paths", RESULT, "get")
BODY = pointers.join(OPERATION, "responses", "200", "content", "application/json", "schema")
MODEL = "/components/schemas/RunApiResultResponseBody"

Said = dict[str, Description]


def at(description: Description, pointer: str) -> Json:
    return pointers.get(description.document, pointer)


def test_the_two_fragments_differ_in_paths_only(said: Said) -> None:
    first, second = (dict(said[page].document) for page in ("000", "002"))
    assert (list(first.pop("paths")), list(second.pop("paths"))) == ([RESULT], [JOB_RUN])
    assert first == second


def test_a_fragment_knows_the_statuses_of_its_operation_and_nothing_of_others(said: Said) -> None:
    assert list(at(said["000"], OPERATION)["responses"]) == ["200"]
    assert said["000"].speaks_of(f"{OPERATION}/responses/404")
    assert not said["000"].speaks_of(pointers.join("", "paths", JOB_RUN))
    assert list(said["002"].document["paths"][JOB_RUN]["get"]["responses"]) == ["200", "400", "401", "404"]


def test_the_faults_of_a_fragment_are_kept(said: Said) -> None:
    error = at(said["000"], BODY)["properties"]["error"]
    examples = at(said["000"], BODY.removesuffix("/schema"))["examples"]
    run_id = at(said["000"], OPERATION)["parameters"][2]
    assert error["properties"]["code"]["enum"].count("script-process-crashed") == 2
    assert "category" in error["required"] and "category" not in examples["failed"]["value"]["error"]
    assert (run_id["schema"]["format"], len(run_id["example"])) == ("nanoid", 15)
    assert at(said["000"], BODY)["properties"]["runId"]["description"].endswith("(ru_...)")


def test_one_error_shape_serves_the_three_statuses_of_get_job_run(said: Said) -> None:
    responses = said["002"].document["paths"][JOB_RUN]["get"]["responses"]
    shapes = [responses[status]["content"]["application/json"]["schema"] for status in ("400", "401", "404")]
    assert [list(shape["properties"]) for shape in shapes] == [
        ["code", "category", "message", "retirable", "details", "correlationId"]
    ] * 3
    assert [shape["properties"]["code"]["enum"] for shape in shapes] == [
        ["bad-request"],
        ["unauthorized"],
        ["not-found"],
    ]


def test_the_rendered_page_gives_method_path_name_and_key(said: Said) -> None:
    document = said["001"].document
    assert list(document["paths"]) == [RESULT]
    assert list(document["paths"][RESULT]) == ["get"]
    assert at(said["001"], OPERATION)["operationId"] == "runApiResult"
    assert at(said["001"], OPERATION)["security"] == [{"x-api-key": []}]
    assert document["components"]["securitySchemes"] == {
        "x-api-key": {
            "type": "apiKey",
            "description": "API Key used to authenticate your requests. How to create one.",
            "in": "header",
            "name": "x-api-key",
        }
    }


def test_the_rendered_page_gives_parameters(said: Said) -> None:
    assert at(said["001"], OPERATION)["parameters"] == [
        {
            "name": "workspaceId",
            "in": "path",
            "required": True,
            "description": "Your workspace ID. How to find it?",
            "schema": {"type": "string", "format": "uuid"},
        },
        {
            "name": "projectName",
            "in": "path",
            "required": True,
            "description": "Your project name. It is the name you provide when creating a project.",
            "schema": {"type": "string"},
        },
        {
            "name": "runId",
            "in": "path",
            "required": True,
            "description": "Run ID",
            "schema": {"type": "string", "format": "nanoid"},
        },
    ]


def test_the_rendered_page_gives_the_fields_of_the_response(said: Said) -> None:
    body = at(said["001"], BODY)
    assert at(said["001"], OPERATION)["responses"]["200"]["description"] == "Run result with status and output data."
    assert body["required"] == ["runId", "status"]
    assert list(body["properties"]) == ["runId", "status", "result", "extendedPayloads", "error", "message", "reason"]
    assert body["properties"]["runId"] == {
        "type": "string",
        "description": "Unique identifier for the run, nanoId of 21 characters",
    }
    assert body["properties"]["status"] == {
        "type": "string",
        "enum": ["pending", "started", "completed", "canceled", "failed"],
        "example": "completed",
        "description": "Status of the run execution",
    }
    assert body["properties"]["result"] == {"description": "Output result of the run execution"}


def test_the_rendered_example_fills_the_folded_objects_and_its_placeholders_are_types(said: Said) -> None:
    properties = at(said["001"], BODY)["properties"]
    assert properties["error"] == {
        "type": "object",
        "x-specwitness-inferred": "examples",
        "properties": {
            "message": {"type": "string", "example": "An error occurred while executing the run"},
            "category": {"type": "string", "example": "infrastructure"},
            "code": {"type": "string", "example": "script-process-crashed"},
            "retirable": {"type": "boolean", "example": False},
            "doc_url": {
                "type": "string",
                "example": "https://docs.intunedhq.com/docs/support/errors#run-execution-error",
            },
            "correlation_id": {"type": "string", "example": "123e4567-e89b-12d3-a456-426614174000"},
            "details": {},
        },
    }
    assert properties["extendedPayloads"]["items"]["properties"] == {
        "api": {"type": "string"},
        "runId": {"type": "string"},
        "parameters": {"type": "object", "example": {"param1": "value1", "param2": 42, "param3": True}},
    }


@pytest.mark.parametrize(
    ("place", "speaks"),
    [
        (f"{OPERATION}/responses/200", True),
        (f"{OPERATION}/responses/404", False),
        (f"{OPERATION}/parameters/3", True),
        (f"{OPERATION}/parameters/0/example", False),
        (f"{BODY}/properties/invented", True),
        (f"{BODY}/properties/error/properties/invented", False),
        (f"{BODY}/additionalProperties", False),
        ("/servers", False),
        ("/paths/~1other", False),
    ],
)
def test_the_rendered_page_lists_parameters_and_top_level_fields_and_is_silent_elsewhere(
    said: Said, place: str, speaks: bool
) -> None:
    assert said["001"].speaks_of(place) is speaks


def test_the_sdk_page_gives_the_model_in_the_sdks_own_names(said: Said) -> None:
    assert at(said["003"], MODEL) == {
        "type": "object",
        "description": "Run result with status and output data.",
        "x-specwitness-naming": "sdk",
        "x-specwitness-response-of": "RunApiResult",
        "properties": {
            "runId": {"type": "string", "description": "Unique identifier for the run, nanoId of 21 characters"},
            "status": {
                "$ref": "#/components/schemas/RunApiResultStatus",
                "description": "Status of the run execution",
                "example": "completed",
            },
            "result": {"description": "Output result of the run execution"},
            "extendedPayloads": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/ExtendedPayloads"},
                "description": "Extended payloads from the run execution",
            },
            "error": {"$ref": "#/components/schemas/ErrorT"},
            "message": {"type": "string", "description": "Error or reason message"},
            "reason": {"$ref": "#/components/schemas/Reason"},
        },
        "required": ["runId", "status"],
    }


def test_the_sdk_page_shows_linked_models_by_example_only(said: Said) -> None:
    schemas = said["003"].document["components"]["schemas"]
    assert schemas["ErrorT"] == {
        "type": "object",
        "properties": {
            "message": {"type": "string", "example": "An error occurred while executing the run"},
            "code": {"type": "string", "example": "script-process-crashed"},
            "category": {"type": "string", "example": "billing"},
            "docUrl": {
                "type": "string",
                "example": "https://docs.intunedhq.com/docs/support/errors#run-execution-error",
            },
            "correlationId": {"type": "string", "example": "123e4567-e89b-12d3-a456-426614174000"},
        },
        "x-specwitness-inferred": "examples",
        "x-specwitness-naming": "sdk",
    }
    assert schemas["RunApiResultStatus"] == {
        "type": "string",
        "example": "completed",
        "x-specwitness-inferred": "examples",
        "x-specwitness-naming": "sdk",
    }


@pytest.mark.parametrize(
    ("place", "speaks"),
    [
        (f"{MODEL}/properties/invented", True),
        (f"{MODEL}/required/2", True),
        (f"{MODEL}/properties/runId/format", False),
        ("/components/schemas/ErrorT/properties/retirable", False),
        ("/components/schemas/ErrorT/required", False),
        ("/components/schemas/RunApiResultStatus/enum", False),
        (pointers.join("", "paths", RESULT), False),
        ("/security", False),
    ],
)
def test_the_sdk_page_lists_the_models_fields_and_is_silent_elsewhere(said: Said, place: str, speaks: bool) -> None:
    assert said["003"].speaks_of(place) is speaks


def test_the_sources_disagree_about_the_documentation_host(said: Said) -> None:
    hosts = {
        "000": at(said["000"], f"{BODY}/properties/error/properties/doc_url/example"),
        "001": at(said["001"], f"{BODY}/properties/error/properties/doc_url/example"),
        "003": at(said["003"], "/components/schemas/ErrorT/properties/docUrl/example"),
    }
    assert {page: url.split("/")[2] for page, url in hosts.items()} == {
        "000": "intunedhq.com",
        "001": "docs.intunedhq.com",
        "003": "docs.intunedhq.com",
    }

"""What the two PraisonAI documents say, and where they say nothing."""

import pytest

from specwitness.contract import pointers
from specwitness.sources import Description

RESULT = "/api/v1/runs/{job_id}/result"
OPERATION = pointers.join("", "paths", RESULT, "get")
BODY = f"{OPERATION}/responses/200/content/application~1json/schema"
ERROR = f"{OPERATION}/responses/400/content/application~1json/schema"

Said = dict[str, Description]


def test_the_page_gives_method_server_and_path_from_its_examples(said: Said) -> None:
    document = said["004"].document
    assert document["servers"] == [{"url": "http://127.0.0.1:8005"}]
    assert {path: list(item) for path, item in document["paths"].items()} == {RESULT: ["get"]}
    operation = document["paths"][RESULT]["get"]
    assert (operation["summary"], operation["operationId"]) == ("Get Run Result API", "getRunResult")


def test_the_page_gives_its_parameter_with_the_example_in_its_prose(said: Said) -> None:
    assert said["004"].document["paths"][RESULT]["get"]["parameters"] == [
        {
            "name": "job_id",
            "in": "path",
            "required": True,
            "description": "The unique job identifier (e.g., `run_abc123`).",
            "schema": {"type": "string"},
            "example": "run_abc123",
        }
    ]


def test_the_page_gives_the_fields_of_the_result(said: Said) -> None:
    assert pointers.get(said["004"].document, BODY) == {
        "type": "object",
        "properties": {
            "job_id": {"type": "string", "description": "Unique job identifier."},
            "status": {
                "type": "string",
                "description": "Job status (should be `succeeded` for results to be available).",
            },
            "result": {"type": "string", "description": "The output/result from the agent execution."},
            "duration_seconds": {"type": "number", "description": "Total execution time in seconds."},
            "created_at": {
                "type": "string",
                "description": "ISO 8601 timestamp of job creation.",
            },
            "completed_at": {
                "type": "string",
                "description": "ISO 8601 timestamp of job completion.",
            },
        },
        "required": ["job_id", "status", "result", "duration_seconds", "created_at", "completed_at"],
    }


def test_the_page_gives_four_statuses_the_last_without_a_body(said: Said) -> None:
    responses = said["004"].document["paths"][RESULT]["get"]["responses"]
    assert {status: response["description"] for status, response in responses.items()} == {
        "200": "OK",
        "400": "Job not complete or failed",
        "404": "Job not found",
        "500": "Internal server error",
    }
    assert responses["500"] == {"description": "Internal server error"}


def test_error_bodies_are_concluded_from_the_examples_and_marked_so(said: Said) -> None:
    responses = said["004"].document["paths"][RESULT]["get"]["responses"]
    assert responses["400"]["content"]["application/json"] == {
        "schema": {
            "type": "object",
            "properties": {"detail": {"type": "string"}, "error": {"type": "string"}},
            "required": ["detail"],
            "x-specwitness-inferred": "examples",
        },
        "examples": {
            "job-not-complete": {"value": {"detail": "Job is still running. Current status: running"}},
            "job-failed": {"value": {"detail": "Job failed. No result available.", "error": "Agent execution timeout"}},
        },
    }
    assert responses["404"]["content"]["application/json"] == {
        "schema": {
            "type": "object",
            "properties": {"detail": {"type": "string"}},
            "required": ["detail"],
            "x-specwitness-inferred": "examples",
        },
        "examples": {"not-found": {"value": {"detail": "Job not found: run_abc123"}}},
    }


@pytest.mark.parametrize(
    ("place", "speaks"),
    [
        (f"{OPERATION}/responses/409", True),
        (f"{OPERATION}/parameters/1", True),
        (f"{BODY}/properties/metrics", True),
        (f"{BODY}/properties/status/enum", False),
        (f"{ERROR}/properties/code", False),
        (f"{OPERATION}/responses/200/headers", False),
        (f"{OPERATION}/responses/500/content", False),
        (f"{OPERATION}/security", False),
        ("/paths/~1api~1v1~1runs", False),
    ],
)
def test_the_page_lists_statuses_and_fields_and_is_silent_elsewhere(said: Said, place: str, speaks: bool) -> None:
    assert said["004"].speaks_of(place) is speaks


def test_the_served_document_is_silent_about_nothing_and_disagrees_with_the_page(said: Said) -> None:
    served = said["praisonai"]
    assert served.silent == frozenset()
    assert list(served.document["paths"][RESULT]["get"]["responses"]) == ["200", "422"]
    assert served.document["components"]["schemas"]["JobStatus"]["enum"] == [
        "queued",
        "running",
        "succeeded",
        "failed",
        "cancelled",
    ]
    assert served.speaks_of(f"{OPERATION}/responses/400")

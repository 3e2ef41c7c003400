"""The same resources are read in every way within one test."""

from __future__ import annotations

from typing import Any

from specwitness.runner import views

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs:
    get: {operationId: listJobs, responses: &answers {'200': {description: d, content: &json {
      application/json: {schema: {type: object, properties: {state: {type: string}, jobs: {type: array}}}}}}}}
  /jobs/{jobId}:
    parameters: &id [{name: jobId, in: path, required: true, schema: {type: string}}]
    get: {operationId: readJob, responses: *answers}
    delete: {operationId: dropJob, responses: *answers}
  /jobs/{jobId}/result:
    parameters: *id
    get: {operationId: readResult, responses: *answers}
  /jobs/{jobId}/events:
    parameters: *id
    get: {operationId: readEvents, responses: {'200': {description: d, content: {text/event-stream: {}}}}}
  /jobs/{jobId}/parts/{partId}:
    parameters:
    - {name: jobId, in: path, required: true, schema: {type: string}}
    - {name: partId, in: path, required: true, schema: {type: string}}
    get: {operationId: readPart, responses: *answers}
"""
SHOWS = """
resources:
  job: {id: jobId, shows: {readJob: /state}, initial: new, states: {new: []}STORE}
"""
STORE = ", store: {read: readJob, list: {operation: listJobs, items: /jobs}}"


def lines(bench: Any, store: str, **parameters: tuple[str, ...]) -> list[str]:
    lifecycle = SHOWS.replace("STORE", store)
    with bench(OPENAPI, lambda _: (200, {"state": "new"}), lifecycle=lifecycle, **parameters) as one:
        one.run(views.compare)
        found: list[str] = one.server.lines
        return found


def test_each_known_resource_is_read_in_every_way_but_as_a_stream_and_then_listed(bench: Any) -> None:
    assert lines(bench, STORE, jobId=("a", "b"), partId=("p",)) == [
        *("GET /jobs/a", "GET /jobs/a/result", "GET /jobs/a/parts/p"),
        *("GET /jobs/b", "GET /jobs/b/result", "GET /jobs/b/parts/p"),
        "GET /jobs",
    ]


def test_without_a_list_there_are_only_the_reads(bench: Any) -> None:
    assert lines(bench, "", jobId=("a",), partId=("p",)) == ["GET /jobs/a", "GET /jobs/a/result", "GET /jobs/a/parts/p"]


def test_without_ids_there_is_only_the_list(bench: Any) -> None:
    assert lines(bench, STORE) == ["GET /jobs"]

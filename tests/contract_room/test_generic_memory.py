"""What a server says now, held to what it said before: of refusals, of what was read, deleted, or given as existing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness.contract.generic import generic_checks
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Headers, Intent, Json, Request, Response

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs:
    post: {operationId: submit, responses: {'202': {description: d}}}
    delete: {operationId: clear, responses: {'204': {description: d}}}
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}, example: shown}]
    get:
      operationId: read
      responses:
        '200': {description: d, content: {application/json: {schema: {properties: {status: {enum: [on, off, no]}}}}}}
        '404': {description: d}
    delete: {operationId: remove, responses: {'204': {description: d}, '409': {description: d}}}
  /jobs/{id}/stop:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {operationId: stop, responses: {'200': {description: d}, '409': {description: d}}}
  /jobs/{id}/name:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    put:
      operationId: rename
      requestBody: {content: {application/json: {}}}
      responses: {'200': {description: d}, '404': {description: d}}
  /jobs/{id}/result:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: result
      responses:
        '200': {description: d, content: {application/json: {schema: {properties: {status: {enum: [off]}}}}}}
        '404': {description: d}
  /jobs/{id}/tags:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: tags, responses: {'200': {description: d}, '404': {description: d}}}
    delete: {operationId: untag, responses: {'204': {description: d}}}
  /owners/{owner}/jobs/{id}:
    parameters:
      - {name: owner, in: path, required: true, schema: {type: string}}
      - {name: id, in: path, required: true, schema: {type: string}}
    get: {operationId: owned, responses: {'200': {description: d}}}
  /owners/{owner}:
    parameters: [{name: owner, in: path, required: true, schema: {type: string}}]
    delete: {operationId: dismiss, responses: {'204': {description: d}}}
"""
LIFECYCLE = """
resources:
  job:
    id: id
    shows: {read: /status, result: /status}
    initial: on
    states: {on: [off, no], off: [], no: []}
    refused:
      stop: {off: 409, no: 409}
      result: {on: 404, no: 404}
      remove: {on: 409}
"""
CHECKS = """
from specwitness import Refusal, trace_check

@trace_check("stop", source="s")
def nothing_is_stopped(trace):
    "Nothing is stopped."
    for exchange in trace:
        yield Refusal("/", "it is", part="status", trace=(exchange,))
"""
PATHS = {
    "submit": ("POST", "/jobs"),
    "clear": ("DELETE", "/jobs"),
    "read": ("GET", "/jobs/{id}"),
    "remove": ("DELETE", "/jobs/{id}"),
    "stop": ("POST", "/jobs/{id}/stop"),
    "rename": ("PUT", "/jobs/{id}/name"),
    "result": ("GET", "/jobs/{id}/result"),
    "tags": ("GET", "/jobs/{id}/tags"),
    "untag": ("DELETE", "/jobs/{id}/tags"),
    "owned": ("GET", "/owners/{owner}/jobs/{id}"),
    "dismiss": ("DELETE", "/owners/{owner}"),
}
REFUSES, ALLOWS = "what-a-state-refuses-is-refused", "what-a-state-allows-is-not-refused"
FOUND, DELETED, KNOWN = "what-was-read-is-found-again", "what-was-deleted-is-not-shown", "known-id-is-found"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return loaded(tmp_path_factory.mktemp("specs") / "jobs", "")


def loaded(folder: Path, checks: str) -> Contract:
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "lifecycle.yaml").write_text(LIFECYCLE)
    (folder / "checks.py").write_text(checks)
    (folder / "contract.yaml").write_text("volatile: [asOf]\n")
    return load(folder)


def did(
    operation: str,
    status: int = 200,
    body: Json = None,
    *,
    sent: Json = None,
    intent: Intent = Intent.VALID,
    headers: Headers = (),
    **ids: str,
) -> Exchange:
    method, path = PATHS[operation]
    known = {"id": "j1", "owner": "o1"} | ids
    parameters = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    content = None if sent is None else json.dumps(sent).encode()
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    typed = (("Content-Type", "application/json"), *headers)
    request = Request(method, f"http://127.0.0.1{path.format(**parameters)}", body=content)
    return Exchange(request, Response(status, typed, text), operation, parameters, intent)


def read(status: str, **more: Json) -> Exchange:
    return did("read", 200, {"status": status, **more})


def refusals(contract: Contract, *trace: Exchange) -> list[str]:
    """Return what is refused of a trace; what shows it is enough to refuse it again."""
    found = []
    for check in generic_checks(contract):
        if check.over_trace:
            refused = list(check(trace))
            found += [check.rule for _ in refused]
            assert all(len(list(check(one.trace))) == 1 for one in refused)
    return found


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ((read("off"), did("stop")), [REFUSES]),
        ((did("submit", 202, {"id": "j1"}), read("no"), did("stop", 202)), [REFUSES]),
        ((read("off"), did("stop"), did("stop")), [REFUSES]),
        ((read("no"), did("result", 200, b"text")), [REFUSES]),
        # The schema refuses the state of such a result already.
        ((read("no"), did("result", 200, {"status": "no"})), []),
        ((read("off"), did("stop", 409)), []),
        # It may have ended in between, or begun again.
        ((read("on"), did("result", 200, {"status": "off"})), []),
        ((read("on"), did("stop")), []),
        ((read("on"), did("remove", 204)), []),
        ((read("off"), did("tags"), did("remove", 204), did("stop")), []),
        ((read("off"), did("stop", id="j2")), []),
        ((did("stop"), did("stop")), []),
        ((read("off"), did("stop", 500)), []),
        ((read("off"), did("result", 404)), [ALLOWS]),
        ((read("off"), did("remove", 409)), [ALLOWS]),
        ((read("on"), did("remove", 409)), []),
        ((read("on"), did("stop", 409)), []),
        ((read("off"), did("remove", 400)), []),
        ((read("off"), did("remove", 409, intent=Intent.WRONG_CREDENTIALS)), []),
        ((did("remove", 409), did("result", 404)), []),
    ],
)
def test_what_a_state_refuses_is_refused_and_nothing_else(
    contract: Contract, trace: tuple[Exchange, ...], wrong: list[str]
) -> None:
    assert refusals(contract, *trace) == wrong


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ((read("on"), did("read", 404)), [FOUND]),
        ((read("on"), did("read", 410), did("read", 410)), [FOUND, FOUND]),
        ((did("owned"), did("owned", 404)), [FOUND]),
        ((read("on"), did("submit", 202, {"id": "j2"}), did("read", 404)), [FOUND]),
        ((read("on"), did("remove", 404, intent=Intent.GENERATED), did("read", 404)), [FOUND]),
        ((read("on"), did("remove", 204), did("read", 404)), []),
        ((read("on"), did("remove", 202), did("read", 404)), []),
        # Whether it has happened, nobody knows.
        ((read("on"), did("remove", 500), did("read", 404)), []),
        ((read("on"), did("clear", 204), did("read", 404)), []),
        ((did("owned"), did("dismiss", 204), did("owned", 404)), []),
        ((did("owned"), did("dismiss", 204, owner="o2"), did("owned", 404)), [FOUND]),
        ((read("on"), did("stop"), did("read", 404)), []),
        ((read("on"), did("submit", 202, {"id": "j2"}, sent={"replaces": ["j1"]}), did("read", 404)), []),
        ((read("on"), did("read", 404, intent=Intent.NO_CREDENTIALS)), []),
        ((read("on"), did("read", 404, intent=Intent.PROBE)), []),
        ((read("on"), did("read", 500), did("read", 403)), []),
        ((did("tags"), did("tags", 404, id="j2", intent=Intent.GENERATED)), []),
        # For a state, lifecycle.yaml says, it may be refused so.
        ((did("result", 200, {"status": "off"}), did("result", 404)), [ALLOWS]),
        ((did("result", 200, b"text"), did("result", 404)), []),
    ],
)
def test_what_was_read_is_found_again_unless_something_was_done_to_it(
    contract: Contract, trace: tuple[Exchange, ...], wrong: list[str]
) -> None:
    assert refusals(contract, *trace) == wrong


GONE = did("remove", 204)


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ((read("on"), GONE, read("on")), [DELETED]),
        ((read("on", asOf=1), did("remove", 200, {}), did("remove", 404), read("on", asOf=2)), [DELETED]),
        ((did("tags", 200, ["a"]), GONE, did("tags", 200, ["a"])), [DELETED]),
        ((did("tags", 200, b"text"), GONE, did("tags", 200, b"text")), [DELETED]),
        ((read("on"), did("remove", 202), read("on")), []),
        ((read("on"), did("remove", 404, intent=Intent.GENERATED), read("on")), []),
        # It may be told to be deleted, be made again, or come from a cache.
        ((read("on"), GONE, read("on", deleted=True)), []),
        ((GONE, read("on")), []),
        ((read("on"), GONE, did("submit", 202, {"id": "j1"}), read("on")), []),
        ((read("on"), GONE, did("submit", 202, sent={"id": "j1"}), read("on")), []),
        ((read("on"), GONE, did("submit", 202, {"id": "j2"}), read("on")), [DELETED]),
        ((read("on"), GONE, did("read", 200, {"status": "on"}, headers=(("Age", "3"),))), []),
        ((read("on"), did("remove", 204, id="j2"), read("on")), []),
        # What is emptied may look as it did before, and what has no 404 may look like anything.
        ((did("tags", 200, []), did("untag", 204), did("tags", 200, [])), []),
        ((read("on"), did("untag", 204), read("on")), []),
        ((did("owned", 200, 1), did("dismiss", 204), did("owned", 200, 1)), []),
    ],
)
def test_what_was_deleted_is_not_shown_as_before(
    contract: Contract, trace: tuple[Exchange, ...], wrong: list[str]
) -> None:
    assert refusals(contract, *trace) == wrong


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ((did("read", 404),), [KNOWN]),
        ((did("submit", 202, {"id": "j1"}), did("read", 404), did("read", 404)), [KNOWN]),
        ((did("read", 404), did("read", 404, id="j2")), [KNOWN, KNOWN]),
        ((did("read", 404), did("read", 200)), []),
        ((did("read", 404, intent=Intent.GENERATED), did("read", 404, intent=Intent.UNKNOWN_ID)), []),
        ((did("read", 404, id="shown"),), []),
        ((did("read", 400), did("read", 403)), []),
        ((did("result", 404),), []),
        ((did("remove", 204), did("read", 404)), []),
        ((did("stop"), did("read", 404)), []),
        ((did("stop", 404),), [KNOWN]),
        ((did("remove", 404),), [KNOWN]),
        ((did("remove", 204), did("remove", 404)), []),
        ((did("rename", 404),), []),
        # Not every owner has every job.
        ((did("owned", 404),), [KNOWN]),
        ((did("owned", 404, owner="o2"), did("owned", id="j2")), []),
        ((did("owned"), did("owned", 404, id="j2")), [KNOWN]),
    ],
)
def test_what_was_given_as_existing_is_found(contract: Contract, trace: tuple[Exchange, ...], wrong: list[str]) -> None:
    assert refusals(contract, *trace) == wrong


def test_a_url_that_is_none_and_an_operation_that_is_not_known_are_left_alone(contract: Contract) -> None:
    strange = replace(GONE, request=Request("DELETE", "http://[/jobs/j1"))
    elsewhere = replace(did("read", 404), operation="unheard-of")
    assert refusals(contract, read("on"), strange, read("on"), elsewhere) == []


def test_what_a_hand_written_check_says_of_a_trace_is_not_said_twice(tmp_path: Path) -> None:
    contract = loaded(tmp_path / "jobs", CHECKS)
    assert refusals(contract, read("off"), did("stop"), did("remove", 409)) == []
    assert refusals(contract, read("off"), did("remove", 409)) == [ALLOWS]

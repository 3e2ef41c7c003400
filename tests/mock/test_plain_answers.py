"""Claims about single answers to plain documents: what is said of them is true of every one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from specwitness import mock
from specwitness.mock.app import App

JSON = ((b"content-type", b"application/json"),)


def operation(schema: Any, media_type: str = "application/json", **others: Any) -> dict[str, Any]:
    content = {media_type: {"schema": schema, **others}}
    return {"get": {"responses": {"200": {"description": "d", "content": content}}}}


def serving(folder: Path, paths: dict[str, Any], name: str = "plain") -> App:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}))
    return mock.app([path])


def test_where_no_body_can_be_made_the_mock_says_so_and_sends_no_empty_success(tmp_path: Path) -> None:
    impossible = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    answer = serving(tmp_path, {"/a": operation(impossible)}).answer("GET", b"/a", (), b"")

    assert answer.status == 500
    assert "no body could be made for 200 of GET /a" in json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    "others", [{"example": {"a": "documented"}}, {"examples": {"one": {"value": {"a": "documented"}}}}]
)
@pytest.mark.parametrize("target", [b"/a", b"/a?x=1", b"/a?x=2"])
def test_the_documented_example_is_the_answer(tmp_path: Path, others: dict[str, Any], target: bytes) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    answer = serving(tmp_path, {"/a": operation(schema, **others)}).answer("GET", target, (), b"")

    assert json.loads(answer.content) == {"a": "documented"}


@pytest.mark.parametrize(
    ("documented", "sent"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/plain"),
        ("image/*", "image/png"),
        ("font/*", "application/octet-stream"),
    ],
)
def test_of_a_range_of_media_types_one_is_sent(tmp_path: Path, documented: str, sent: str) -> None:
    answer = serving(tmp_path, {"/a": operation({"type": "string"}, documented)}).answer("GET", b"/a", (), b"")

    assert answer.header("content-type") == sent


def test_a_documented_header_that_is_an_array_is_sent(tmp_path: Path) -> None:
    paths = {"/a": operation({"type": "string"})}
    array = {"type": "array", "items": {"type": "integer"}, "minItems": 2}
    paths["/a"]["get"]["responses"]["200"]["headers"] = {"X-Numbers": {"required": True, "schema": array}}
    numbers = serving(tmp_path, paths).answer("GET", b"/a", (), b"").header("X-Numbers")

    assert numbers is not None
    assert len([int(number) for number in numbers.split(",")]) >= 2


def test_an_error_without_a_schema_says_what_is_wrong(tmp_path: Path) -> None:
    paths = {"/a": operation({"type": "string"})}
    paths["/a"]["get"]["parameters"] = [{"name": "n", "in": "query", "schema": {"type": "integer"}}]
    paths["/a"]["get"]["responses"]["400"] = {"description": "d", "content": {"application/json": {}}}
    answer = serving(tmp_path, paths).answer("GET", b"/a?n=x", (), b"")

    assert (answer.status, json.loads(answer.content)) == (
        400,
        {"detail": "the query parameter n: 'x' is not of type 'integer'"},
    )


def test_a_path_that_nobody_has_is_a_finding_of_the_contract_it_is_most_like(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        serving(tmp_path, {f"/{name}/list": operation({"type": "string"})}, name)
    app = App(mock.loaded([tmp_path / "cats.json", tmp_path / "dogs.json"]), log=True)
    app.answer("GET", b"/dogs/lits", (), b"")
    assert app.journal is not None
    (entry,) = app.journal.entries

    assert entry.finding is not None
    assert (entry.finding.rule, entry.finding.where.contract) == ("request-path", "dogs")


def test_what_a_job_was_submitted_with_is_listed_with_it() -> None:
    app = mock.app([Path(__file__).parents[2] / "specs" / "praisonai"])
    for number in range(6):
        app.answer("POST", b"/api/v1/runs", JSON, json.dumps({"prompt": "x", "session_id": f"s{number}"}).encode())
    listed = json.loads(app.answer("GET", b"/api/v1/runs", (), b"").content)["jobs"]

    assert [job.get("session_id") for job in listed[:6]] == [f"s{number}" for number in reversed(range(6))]


async def asked(app: App, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def test_the_asgi_application_may_be_mounted_and_asked_with_the_least(tmp_path: Path) -> None:
    app = serving(tmp_path, {"/a": operation({"const": "x"})})
    least = {"type": "http", "method": "GET", "path": "/a", "headers": []}
    mounted = {**least, "path": "/below/a", "root_path": "/below", "query_string": b""}

    for scope in (least, mounted):
        start, body = asyncio.run(asked(app, scope))
        assert (start["status"], body["body"]) == (200, b'"x"')


def test_a_fault_of_the_connection_is_none_that_an_asgi_application_hides(tmp_path: Path) -> None:
    app = serving(tmp_path, {"/a": operation({"const": "x"})})
    scope = {"type": "http", "method": "GET", "path": "/a", "headers": [(b"prefer", b"fault=transport.reset")]}

    with pytest.raises(ConnectionResetError):
        asyncio.run(asked(app, scope))

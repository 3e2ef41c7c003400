"""Claims about any OpenAPI document, with no lifecycle beside it: requests are judged, answers come from the pool."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.conformance import refusals
from specwitness.findings import Exchange, Request, Response
from specwitness.mock.app import App
from specwitness.mock.reply import Reply


def answer(schema: Any = None, **others: Any) -> dict[str, Any]:
    return {"description": "x", "content": {"application/json": {"schema": schema or {"type": "object"}}}, **others}


def parameter(name: str, place: str, schema: Any, **others: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, "required": place == "path", **others}


SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "by-header": [{"key": []}],
    "by-query": [{"query": []}],
    "by-cookie": [{"cookie": []}],
    "by-bearer": [{"bearer": []}],
    "by-basic": [{"basic": []}],
    "by-both": [{"key": [], "bearer": []}],
    "by-either": [{"key": []}, {"bearer": []}],
    "by-nothing": [{}, {"key": []}],
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {
        "/items": {
            "get": {
                "operationId": "listItems",
                "parameters": [
                    parameter("limit", "query", {"type": "integer", "minimum": 1}),
                    parameter("all", "query", {"type": "boolean"}),
                    parameter("ids", "query", {"type": "array", "items": {"type": "integer"}}),
                    parameter("tags", "query", {"type": "array", "items": {"type": "string"}}, explode=False),
                    parameter("piped", "query", {"type": "array", "items": {"type": "integer"}}, style="pipeDelimited"),
                    parameter("X-Kind", "header", {"enum": ["a", "b"]}),
                    parameter("sid", "cookie", {"type": "string", "minLength": 3}),
                    {"name": "where", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
                ],
                "responses": {
                    "200": answer(
                        {"type": "array", "items": {"type": "string"}},
                        headers={
                            "X-Total": {"required": True, "schema": {"type": "integer", "minimum": 5}},
                            "X-Flag": {"schema": {"type": "boolean"}},
                            "X-Note": {"schema": {"type": "string"}},
                        },
                    ),
                    "422": answer(),
                },
            },
            "post": {
                "operationId": "makeItem",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"type": "object", "required": ["name"]}},
                        "text/*": {"schema": {"type": "string"}},
                    },
                },
                "responses": {"201": answer({"const": "made"}), "400": answer(), "415": answer(), "422": answer()},
            },
        },
        "/items/{id}": {
            "get": {
                "operationId": "getItem",
                "parameters": [parameter("id", "path", {"type": "string"})],
                "responses": {"200": answer({"enum": ["one", "two"]}), "404": answer()},
            },
            "delete": {
                "operationId": "dropItem",
                "parameters": [parameter("id", "path", {"type": "string"})],
                "responses": {"204": {"description": "gone"}, "default": answer()},
            },
        },
        "/items/latest": {"get": {"operationId": "latest", "responses": {"2XX": answer({"const": "latest"})}}},
        "/files/{name}.{kind}": {
            "get": {
                "operationId": "file",
                "parameters": [
                    parameter("name", "path", {"type": "string"}),
                    parameter("kind", "path", {"type": "string"}),
                ],
                "responses": {
                    "200": {"description": "x", "content": {"text/plain": {"schema": {"const": "plain text"}}}}
                },
            }
        },
        **{
            f"/{name}": {
                "get": {"operationId": name, "security": security, "responses": {"200": answer(), "401": answer()}}
            }
            for name, security in SECURITY.items()
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "key"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
        }
    },
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("specs") / "toy"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return mock.app([load.load(folder)])


def ask(
    app: App, method: str, target: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = (), body: bytes = b""
) -> Reply:
    path, _, query = target.partition("?")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    wire = tuple((name.lower().encode(), value.encode()) for name, value in pairs)
    return app.answer(method, f"{path}?{query}".encode(), wire, body)


def said(reply: Reply) -> Any:
    return json.loads(b"".join(reply.body))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("limit=1", 200),
        ("limit=0", 422),
        ("limit=x", 422),
        ("limit=", 422),
        ("limit=01", 422),
        ("limit=1&limit=2", 422),
        ("all=true", 200),
        ("all=yes", 422),
        ("ids=1&ids=2", 200),
        ("ids=1&ids=x", 422),
        ("tags=a,b", 200),
        ("piped=1%7C2", 200),
        ("piped=1%7Cx", 422),
        ("where=%7B%7D", 200),
        ("where=%7B", 422),
        ("where=1", 422),
        ("unknown=1", 200),
        ("limit=%FF", 422),
    ],
)
def test_a_query_is_judged_by_what_its_text_means(app: App, query: str, status: int) -> None:
    assert ask(app, "GET", f"/items?{query}").status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"X-Kind": "a"}, 200), ({"X-Kind": "c"}, 422), ({"Cookie": "a=b; sid=abc"}, 200), ({"Cookie": "sid=a"}, 422)],
)
def test_headers_and_cookies_are_judged_too(app: App, headers: dict[str, str], status: int) -> None:
    assert ask(app, "GET", "/items", headers).status == status


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", b'{"name": "x"}', 201),
        ("application/json; charset=utf-8", b'{"name": "x"}', 201),
        ("application/json", b"{}", 422),
        ("application/json", b"{", 400),
        ("application/json", b"NaN", 400),
        ("application/json", b"\xff", 400),
        ("application/json", b"", 400),
        ("text/plain", b"anything", 201),
        ("application/xml", b"<a/>", 415),
        (None, b"{}", 415),
    ],
)
def test_a_body_is_judged(app: App, media_type: str | None, body: bytes, status: int) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    assert ask(app, "POST", "/items", headers, body).status == status


BASIC = base64.b64encode(b"mock:mock-basic").decode()
KEY, BEARER = ("X-Key", "mock-key"), ("Authorization", "Bearer mock-bearer")


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/by-header", [KEY], 200),
        ("/by-header", [], 401),
        ("/by-header", [("X-Key", "")], 401),
        ("/by-header", [("X-Key", "mock-key ")], 401),
        ("/by-header", [KEY, KEY], 401),
        ("/by-header", [KEY, ("X-Key", "other")], 401),
        ("/by-query?key=mock-query", [], 200),
        ("/by-query?key=mock-query&key=mock-query", [], 401),
        ("/by-query", [], 401),
        ("/by-cookie", [("Cookie", "key=mock-cookie")], 200),
        ("/by-cookie", [("Cookie", "key=other")], 401),
        ("/by-bearer", [BEARER], 200),
        ("/by-bearer", [("Authorization", "Basic mock-bearer")], 401),
        ("/by-basic", [("Authorization", f"Basic {BASIC}")], 200),
        ("/by-both", [KEY, BEARER], 200),
        ("/by-both", [KEY], 401),
        ("/by-either", [BEARER], 200),
        ("/by-either", [], 401),
        ("/by-nothing", [], 200),
    ],
)
def test_credentials_have_to_match_exactly(app: App, target: str, headers: list[tuple[str, str]], status: int) -> None:
    reply = ask(app, "GET", target, headers)
    assert reply.status == status
    assert ("WWW-Authenticate" in dict(reply.headers)) == (status == 401)


def test_the_values_say_what_is_accepted(app: App) -> None:
    assert app.values("toy").credentials["basic"] == BASIC
    assert set(app.values("toy").parameters) == {"id", "name", "kind"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/items/latest", "latest"),
        ("/items/lat%65st", "latest"),
        ("/files/a.b.txt", "plain text"),
        ("/files/%C3%A9.md", "plain text"),
    ],
)
def test_the_most_literal_template_wins(app: App, target: str, expected: str) -> None:
    reply = ask(app, "GET", target)
    assert expected in b"".join(reply.body).decode()


@pytest.mark.parametrize("target", ["/", "/item", "/items/", "/items/a/b", "/files/a", "/Items"])
def test_a_path_that_no_contract_has_is_404(app: App, target: str) -> None:
    reply = ask(app, "GET", target)
    # The path parameter of `/items/` is empty, which no client can mean.
    assert (reply.status, said(reply)) == (404, {"detail": "no contract has this path"})


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("PUT", "/items", 405, "GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/items/1", 405, "DELETE, GET, HEAD, OPTIONS"),
        ("DELETE", "/items/latest", 405, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/items/1", 204, "DELETE, GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_documented_is_told_which_are(
    app: App, method: str, target: str, status: int, allow: str
) -> None:
    reply = ask(app, method, target)
    assert (reply.status, dict(reply.headers)["Allow"]) == (status, allow)


def test_a_missing_id_is_404_only_where_that_is_documented(app: App) -> None:
    assert ask(app, "GET", "/items/missing-1").status == 404
    assert ask(app, "GET", "/files/missing-1.txt").status == 200


def test_a_path_that_is_not_utf_8_is_refused_with_the_nearest_documented_status(app: App) -> None:
    assert ask(app, "GET", "/items/%FF").status == 404
    assert ask(app, "DELETE", "/items/%FF").status == 400
    # Nothing is documented that says so: the honest status, with a body of ours.
    assert ask(app, "GET", "/files/%FF.txt").status == 400


def test_one_id_is_always_answered_alike_and_some_ids_differ(app: App) -> None:
    answers = {name: {said(ask(app, "GET", f"/items/{name}")) for _ in range(3)} for name in "abcdefghij"}
    assert {len(one) for one in answers.values()} == {1}
    assert set.union(*answers.values()) == {"one", "two"}


def test_the_ids_together_show_every_body(app: App) -> None:
    ids = app.values("toy").parameters["id"]
    assert {said(ask(app, "GET", f"/items/{name}")) for name in ids} == {"one", "two"}


def test_documented_headers_are_sent(app: App) -> None:
    headers = dict(ask(app, "GET", "/items").headers)
    assert int(headers["X-Total"]) >= 5
    assert headers["X-Flag"] in {"true", "false"}
    assert headers["X-Note"]


@pytest.mark.parametrize("target", ["/items", "/items/1", "/items/latest", "/by-nothing", "/files/a.b"])
def test_every_answer_is_what_the_document_asks_for(app: App, target: str) -> None:
    contract = app.desks["toy"].contract
    reply = ask(app, "GET", target)
    match = app._router.match(target.encode())
    assert match is not None
    response = Response(reply.status, reply.headers, b"".join(reply.body))
    exchange = Exchange(Request("GET", target), response, match.route.operations["GET"].key)
    assert list(refusals(contract, exchange)) == []


def test_of_two_contracts_with_one_path_the_first_answers(tmp_path: Path) -> None:
    loaded = []
    for name, value in (("first", 1), ("second", 2)):
        folder = tmp_path / name
        folder.mkdir()
        paths = {"/same": {"get": {"responses": {"200": answer({"const": value})}}}, f"/{name}": {}}
        (folder / "openapi.json").write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
        loaded.append(load.load(folder))
    assert said(ask(mock.app(loaded), "GET", "/same")) == 1
    assert said(ask(mock.app(loaded[::-1]), "GET", "/same")) == 2

"""The least messages of an operation, and how values are written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness.contract import load, requests
from specwitness.contract.conformance import refusals
from specwitness.contract.model import Content, Contract
from specwitness.drift.serialisation import serialised
from specwitness.drift.wire import CONSUMER, Server, least_request, least_response, servers
from specwitness.exceptions import DocumentError
from specwitness.findings import Exchange, Json, Response

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / ".cache/oas-examples/node_modules/@readme/oas-examples"
CORPUS = [path for version in ("3.0", "3.1") for path in sorted(EXAMPLES.glob(f"{version}/json/*.json"))]
SPECS = [ROOT / "specs" / name for name in ("intuned", "praisonai")]

ARRAY, OBJECT = ["a", "b c"], {"R": 100, "G": True}

# OpenAPI 3.1, Style Values and Style Examples.
WRITTEN = [
    ("path", "simple", False, "x/y", "x%2Fy"),
    ("path", "simple", False, ARRAY, "a,b%20c"),
    ("path", "simple", False, OBJECT, "R,100,G,true"),
    ("path", "simple", True, OBJECT, "R=100,G=true"),
    ("path", "label", False, "a", ".a"),
    ("path", "label", True, ARRAY, ".a.b%20c"),
    ("path", "label", True, OBJECT, ".R=100.G=true"),
    ("path", "matrix", False, "a", ";n=a"),
    ("path", "matrix", False, ARRAY, ";n=a,b%20c"),
    ("path", "matrix", True, ARRAY, ";n=a;n=b%20c"),
    ("path", "matrix", True, OBJECT, ";R=100;G=true"),
    ("query", None, None, ARRAY, "n=a&n=b%20c"),
    ("query", None, None, OBJECT, "R=100&G=true"),
    ("query", "form", False, ARRAY, "n=a,b%20c"),
    ("query", "form", False, OBJECT, "n=R,100,G,true"),
    ("query", "spaceDelimited", False, ARRAY, "n=a%20b%20c"),
    ("query", "pipeDelimited", False, ARRAY, "n=a|b%20c"),
    ("query", "deepObject", True, OBJECT, "n[R]=100&n[G]=true"),
    ("query", "deepObject", True, None, "n=null"),
    ("header", None, None, ARRAY, "a,b c"),
    ("cookie", None, None, ARRAY, "n=a; n=b%20c"),
]


@pytest.mark.parametrize(("place", "style", "explode", "value", "expected"), WRITTEN)
def test_a_value_is_written_by_its_style(
    place: str, style: str | None, explode: bool | None, value: Json, expected: str
) -> None:
    said = {"style": style, "explode": explode}

    assert serialised({"name": "n", "in": place, **{k: v for k, v in said.items() if v is not None}}, value) == expected


def test_a_value_of_a_media_type_is_written_as_that() -> None:
    of_json = {"name": "n", "in": "query", "content": {"application/json": {}}}

    assert serialised(of_json, {"a": 1}) == "n=%7B%22a%22%3A%201%7D"
    assert serialised(of_json, "a") == "n=%22a%22"
    assert serialised({**of_json, "content": {"text/plain": {}}}, "a") == "n=a"
    assert serialised({**of_json, "in": "header"}, [1]) == "[1]"


def test_reserved_characters_stay_where_they_may() -> None:
    assert serialised({"name": "n", "in": "query", "allowReserved": True}, "a/b?c&d") == "n=a/b?c%26d"


# --- Whole messages ---------------------------------------------------------------------------------------------------


def described(folder: Path, operation: Json, **more: Json) -> Contract:
    data = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a/{id}": {"put": operation}}}
    (folder / "openapi.json").write_text(json.dumps({**data, **more}))
    return load.load(folder / "openapi.json")


def parameter(name: str, place: str, **more: Json) -> Json:
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}, **more}


def test_all_that_is_required_is_sent_and_nothing_else(tmp_path: Path) -> None:
    one = described(
        tmp_path,
        {
            "parameters": [
                parameter("id", "path", schema={"type": "string", "pattern": "^[a-f]{4}$"}, example="cafe"),
                parameter("page", "query", schema={"type": "integer"}),
                parameter("more", "query", required=False),
                parameter("X-Trace", "header", schema={"enum": ["on", "off"]}),
                parameter("mode", "cookie", schema={"type": "boolean"}),
            ],
            "requestBody": {
                "required": True,
                "content": {"text/csv": {}, "application/json": {"schema": {"const": 1}}},
            },
            "responses": {},
            "security": [{"key": [], "basic": []}],
        },
        components={
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "query", "name": "k"},
                "basic": {"type": "http", "scheme": "basic"},
            }
        },
    )
    sent = least_request(one, one.operations[0])

    assert sent.url == "https://api.example/a/cafe?page=1&k=%3Capi+key%3E"
    assert sent.headers == (
        ("X-Trace", "on"),
        ("Authorization", "Basic <credentials>"),
        ("Content-Type", "application/json"),
        ("Cookie", "mode=true"),
    )
    assert sent.body == b"1"


def test_more_is_sent_where_it_is_asked_for(tmp_path: Path) -> None:
    schemes = {"cookie": {"type": "apiKey", "in": "cookie", "name": "c"}, "tls": {"type": "mutualTLS"}}
    one = described(
        tmp_path,
        {"parameters": [parameter("id", "path"), parameter("q", "query", required=False)], "responses": {}},
        components={"securitySchemes": schemes},
    )
    sent = least_request(
        one,
        one.operations[0],
        body=Content("image/*", "", None),
        credentials=("cookie", "tls", "unknown"),
        given={("path", "id"): "1;2", ("query", "q"): None},
        headers=(("Accept", "text/csv"),),
        server=Server("", "", "https://{x}.example/v1"),
    )

    assert sent.url == "https://{x}.example/v1/a/1;2?q=q"
    assert sent.headers == (("Content-Type", "image/png"), ("Cookie", "c=<api key>"), ("Accept", "text/csv"))
    assert sent.body == b"<data>"


def test_a_credential_is_sent_once_and_a_callback_goes_to_who_asked_for_it(tmp_path: Path) -> None:
    one = described(
        tmp_path,
        {
            "parameters": [
                parameter("id", "path"),
                parameter("Authorization", "header"),
                parameter("x", "query", schema={}),
            ],
            "responses": {},
            "security": [{"token": []}],
        },
        components={"securitySchemes": {"token": {"type": "openIdConnect", "openIdConnectUrl": "/"}}},
    )
    operation = replace(one.operations[0], path="{$request.body#/url}/done")

    assert least_request(one, operation, server=CONSUMER).url.startswith("https://consumer.example/done?x=")
    assert least_request(one, operation).headers == (("Authorization", "Bearer <token>"),)


FORMS = {
    "application/x-www-form-urlencoded": b"a=x+y&n=1",
    "multipart/form-data": (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx y\r\n'
        b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--b--\r\n'
    ),
}


@pytest.mark.parametrize("media_type", FORMS)
def test_a_form_is_written_as_one(media_type: str, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["a", "n"], "properties": {"a": {"const": "x y"}, "n": {"const": 1}}}
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    one = described(tmp_path, {"parameters": [parameter("id", "path")], "requestBody": body, "responses": {}})

    assert least_request(one, one.operations[0]).body == FORMS[media_type]


@pytest.mark.parametrize(
    "part",
    [
        {"parameters": [parameter("id", "path", schema=False)]},
        {"requestBody": {"required": True, "content": {"application/json": {"schema": False}}}},
    ],
)
def test_what_nothing_satisfies_cannot_be_sent(part: Json, tmp_path: Path) -> None:
    one = described(tmp_path, {"parameters": [parameter("id", "path")], "responses": {}, **part})

    with pytest.raises(LookupError, match="no value could be made for"):
        least_request(one, one.operations[0])


def test_what_nothing_satisfies_cannot_be_answered(tmp_path: Path) -> None:
    headers = {"X": {"required": True, "schema": False}, "Y": {"required": True}}
    one = described(tmp_path, {"responses": {"200": {"headers": headers}, "201": {"headers": {"Y": headers["Y"]}}}})
    answers = one.operations[0].responses

    with pytest.raises(LookupError, match="no value could be made for the header"):
        least_response(one, answers["200"], status=200)
    assert least_response(one, answers["201"], status=201) == Response(201, (("Y", "x"),))


def test_the_servers_of_an_operation_go_before_those_of_its_path_and_of_the_document(tmp_path: Path) -> None:
    variables = {"v": {"default": "1", "enum": ["1", "2"]}, "host": {"default": "pets"}}
    listed = [{"url": "https://{host}.example/v{v}/", "variables": variables}, {"url": "/{unknown}"}]
    own = {"responses": {}, "servers": listed}
    one = described(tmp_path, own, servers=[{"url": "https://x.example"}])
    place = "/paths/~1a~1{id}/put/servers"

    assert servers(one, one.operations[0]) == (
        Server("https://{host}.example/v1", place, "https://pets.example/v1"),
        Server("https://{host}.example/v2", place, "https://pets.example/v2"),
        Server("/{unknown}", place, "/{unknown}"),
    )
    assert servers(one, one.operations[0])[0].base_path == "/v1"


def messages_of(path: Path) -> tuple[int, list[str]]:
    """Return how many messages of a document could be made, and what its own contract has against them."""
    try:
        one = load.load(path)
    except DocumentError:
        return 0, []
    faults, count = [], 0
    for operation in one.operations:
        try:
            sent = least_request(one, operation)
            if isinstance(read := requests.read(one, operation, sent), requests.Refusal):
                faults.append(f"{operation.label}: {read}")
            count += 1
            for name, documented in operation.responses.items():
                status = int(name.lower().replace("xx", "99").replace("default", "599"))
                answer = Exchange(sent, least_response(one, documented, status=status), operation.key)
                faults += [f"{answer}: {one}" for one in refusals(one, answer) if one.rule not in ABOUT_THE_SERVER]
                count += 1
        except LookupError:
            continue
    return count, faults


ABOUT_THE_SERVER = {"server-error", "rejected-valid"}


@pytest.mark.parametrize("path", [*SPECS, *CORPUS], ids=lambda path: path.stem)
def test_the_least_messages_are_what_the_contract_allows(path: Path) -> None:
    count, faults = messages_of(path)

    assert faults == []
    assert count or path not in SPECS

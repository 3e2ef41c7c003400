"""What a schema says of text, of raw bytes and of one media type among several: judged as it is sent, not as JSON."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.findings import Finding, Json, Level, Verdict

TODAY = dt.date(2026, 11, 22)


def contract(folder: Path, name: str, operation: Json, *, path: str = "/t", version: str = "3.1.0") -> Contract:
    described = {"responses": {"200": {"description": "d"}}, **operation}
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {path: {"post": described}}}
    file = folder / f"{name}.json"
    file.write_text(json.dumps(document))
    return load.load(file)


def broken(folder: Path, old: Json, new: Json, **more: Any) -> list[Finding]:
    both = contract(folder, "old", old, **more), contract(folder, "new", new, **more)
    found = (finding for finding in compare(*both, TODAY) if finding.level is not Level.INFO)
    return [finding for finding in found if finding.verdict is not Verdict.SAFE]


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def parameter(schema: str, place: str = "query", **more: Json) -> Json:
    said = {"name": "q", "in": place, "required": place == "path", "schema": yaml.safe_load(schema), **more}
    return {"parameters": [said]}


def body(**contents: str) -> Json:
    said = {name: {"schema": yaml.safe_load(schema)} for name, schema in contents.items()}
    return {"requestBody": {"required": True, "content": said}}


def answer(**contents: str) -> Json:
    return {"responses": {"200": {"description": "d", **body(**contents)["requestBody"]}}}


def answered_header(schema: str) -> Json:
    header = {"X-A": {"schema": yaml.safe_load(schema)}}
    return {"responses": {"200": {"description": "d", "headers": header}}}


# --- Text has no types ------------------------------------------------------------------------------------------------

SAME_TEXT = [
    ("type: integer", "{type: string, minLength: 1}"),
    ("{type: integer, minimum: 0, maximum: 99}", "{type: string, maxLength: 2}"),
    ("type: integer", "{type: string, maxLength: 20}"),
    ("type: integer", "allOf: [{type: string}]"),
    ("type: number", "type: string"),
    ("{}", "type: string"),
    ("type: boolean", "enum: ['true', 'false']"),
    ("enum: ['true', 'false']", "type: boolean"),
    ("enum: [1, 2]", "enum: ['1', '2']"),
    ("enum: ['1', '2']", "enum: [1, 2]"),
    ("{type: string, pattern: '^[1-9][0-9]{0,3}$'}", "type: integer"),
    ("{type: array, items: {type: integer}}", "{type: array, items: {type: string}}"),
    ("{type: array, items: {enum: ['1', '2']}}", "{type: array, items: {type: integer}}"),
    ("type: [string, integer]", "type: string"),
    ("type: [integer, boolean]", "type: string"),
    ("type: number", "type: [integer, string]"),
    ("type: integer", "type: [string, boolean]"),
    ("{type: integer, exclusiveMinimum: -1}", "{type: string, pattern: '^[0-9]+$'}"),
    ("{type: number, enum: [1000.0]}", "enum: ['1000']"),
]


@pytest.mark.parametrize("place", ["query", "header", "path", "cookie"])
@pytest.mark.parametrize(("old", "new"), SAME_TEXT)
def test_a_parameter_of_another_type_may_be_the_same_text(old: str, new: str, place: str, tmp_path: Path) -> None:
    path = "/t/{q}" if place == "path" else "/t"
    assert broken(tmp_path, parameter(old, place), parameter(new, place), path=path) == []


OTHER_TEXT = [
    ("type: integer", "{type: string, maxLength: 3}", "request-max-length"),
    ("{type: integer, minimum: 0, maximum: 200}", "{type: string, maxLength: 2}", "request-max-length"),
    ("type: integer", "{type: string, pattern: '^[0-9]+$'}", "request-pattern"),
    ("type: string", "type: integer", "request-type"),
    ("enum: ['1', a]", "enum: [1, 2]", "request-enum"),
    ("type: boolean", "enum: ['true', 'no']", "request-enum"),
    ("{type: string, pattern: '^[0-9a]+$'}", "type: integer", "request-type"),
    ("enum: ['NaN', '1']", "{type: number, minimum: 0}", "request-type"),
    ("enum: ['Infinity']", "type: number", "request-type"),
    ("enum: [' 1']", "type: integer", "request-type"),
    ("{type: array, items: {type: string, enum: ['1', a]}}", "{type: array, items: {type: integer}}", "request-type"),
    (
        "{type: array, items: {type: integer}}",
        "{type: array, items: {type: string, maxLength: 2}}",
        "request-max-length",
    ),
]


@pytest.mark.parametrize(("old", "new", "rule"), OTHER_TEXT)
def test_a_text_that_is_refused_is_found(old: str, new: str, rule: str, tmp_path: Path) -> None:
    (finding,) = broken(tmp_path, parameter(old), parameter(new))
    assert finding.rule == rule
    assert finding.witness is not None
    # It is at the schema that refuses, as it is written.
    assert finding.where.pointer.startswith("/paths/~1t/post/parameters/0/schema")


def test_a_text_that_bounds_forbid_is_no_witness(tmp_path: Path) -> None:
    """Of bounds only the length is kept: 99 would be refused, and is not sent."""
    old = parameter("{type: integer, minimum: 0, maximum: 80}")
    (finding,) = broken(tmp_path, old, parameter("{type: string, pattern: '^[0-8]?[0-9]$'}"))
    assert finding.verdict is Verdict.UNDECIDED


def test_json_in_a_parameter_has_types(tmp_path: Path) -> None:
    old, new = ({"content": {"application/json": {"schema": {"type": kind}}}} for kind in ("integer", "string"))
    both = ({"parameters": [{"name": "q", "in": "query", **said}]} for said in (old, new))
    assert rules(broken(tmp_path, *both)) == ["request-type"]


NOT_BROKEN = [
    ("anyOf: [{type: integer}, {type: string}]", "type: string"),
    ("allOf: [{type: integer}, {minimum: 1}]", "type: string"),
    ("{type: integer, not: {const: 3}}", "type: string"),
]


@pytest.mark.parametrize(("old", "new"), NOT_BROKEN)
def test_what_is_read_as_another_type_is_not_called_broken(old: str, new: str, tmp_path: Path) -> None:
    found = broken(tmp_path, parameter(old), parameter(new))
    assert [finding for finding in found if finding.verdict is Verdict.BROKEN] == []


@pytest.mark.parametrize("media_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_schema_of_a_form_may_lead_back_to_itself(media_type: str, tmp_path: Path) -> None:
    kids = {"type": "array", "items": {"$ref": "#/components/schemas/N"}}
    node = {"type": "object", "properties": {"v": {"type": "string"}, "kids": kids}}
    said = {"requestBody": {"content": {media_type: {"schema": {"$ref": "#/components/schemas/N"}}}}}
    both = []
    for name, summary in (("old", "a"), ("new", "b")):
        operation = {**said, "summary": summary, "responses": {"200": {"description": "d"}}}
        document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/t": {"post": operation}}}
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(document | {"components": {"schemas": {"N": node}}}))
        both.append(load.load(file))
    assert compare(both[0], both[1], TODAY) == []


NEVER_SENT = [
    ("{type: array, items: {type: string}}", "{type: array, items: {type: string}, minItems: 1}", "query"),
    ("type: [string, 'null']", "type: string", "query"),
    ("type: [string, 'null']", "type: string", "path"),
    ("{type: object, properties: {a: {type: string}}}", "{type: object, minProperties: 1}", "query"),
]


@pytest.mark.parametrize(("old", "new", "place"), NEVER_SENT)
def test_a_parameter_is_never_null_and_never_empty(old: str, new: str, place: str, tmp_path: Path) -> None:
    """RFC 6570 section 3.2.1: what is undefined, or a list without members, is not there at all."""
    path = "/t/{q}" if place == "path" else "/t"
    assert broken(tmp_path, parameter(old, place), parameter(new, place), path=path) == []


def test_a_list_that_becomes_a_text_is_another_type(tmp_path: Path) -> None:
    (finding,) = broken(tmp_path, parameter("{type: array, items: {type: string}}"), parameter("type: string"))
    assert (finding.rule, finding.where.pointer) == ("request-type", "/paths/~1t/post/parameters/0/schema/type")


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_members_of_a_form_are_texts(media_type: str, tmp_path: Path) -> None:
    old = "{type: object, properties: {a: {type: integer}, b: {enum: ['1', '2']}, c: {type: string, format: binary}}}"
    new = "{type: object, properties: {a: {type: string}, b: {enum: [1, 2]}, c: {}}}"
    assert broken(tmp_path, body(**{media_type: old}), body(**{media_type: new})) == []
    tighter = new.replace("type: string", "type: string, maxLength: 3")
    (finding,) = broken(tmp_path, body(**{media_type: old}), body(**{media_type: tighter}))
    assert finding.rule == "request-max-length"


STILL_JSON = [
    ("{type: object, properties: {o: {type: object, properties: {n: {type: integer}}}}}", "multipart/form-data"),
    (
        "{type: object, properties: {o: {type: array, items: {type: object, properties: {n: {type: integer}}}}}}",
        "multipart/form-data",
    ),
    ("{type: object, properties: {o: {type: object, properties: {n: {type: integer}}}}}", "text/plain"),
    ("{type: object, properties: {n: {type: integer}}}", "application/*+json"),
    ("{properties: {n: {type: integer}}}", "application/x-ndjson"),
    ("{properties: {n: {type: integer}}}", "application/cbor"),
]


@pytest.mark.parametrize(("old", "media_type"), STILL_JSON)
def test_what_is_within_objects_has_its_types(old: str, media_type: str, tmp_path: Path) -> None:
    new = old.replace("integer", "string")
    assert rules(broken(tmp_path, body(**{media_type: old}), body(**{media_type: new}))) == ["request-type"]
    assert rules(broken(tmp_path, answer(**{media_type: old}), answer(**{media_type: new}))) == ["response-type"]


def test_a_member_of_a_form_that_is_json_has_its_type(tmp_path: Path) -> None:
    said = []
    for kind in ("integer", "string"):
        one = body(**{"multipart/form-data": f"{{type: object, properties: {{p: {{type: {kind}}}}}}}"})
        content = one["requestBody"]["content"]["multipart/form-data"]
        content["encoding"] = {"p": {"contentType": "application/json"}}
        said.append(one)
    assert rules(broken(tmp_path, *said)) == ["request-type"]


def test_a_null_that_is_sent_is_not_left_out(tmp_path: Path) -> None:
    form = "{{type: object, properties: {{p: {}}}}}"
    old, new = form.format("{type: [integer, 'null'], enum: [1, null]}"), form.format("{type: string, enum: ['1']}")
    media_type = "application/x-www-form-urlencoded"
    assert broken(tmp_path, body(**{media_type: old}), body(**{media_type: new})) != []
    assert broken(tmp_path, body(**{"text/plain": "type: [integer, 'null']"}), body(**{"text/plain": "type: string"}))


def test_the_members_of_json_are_not(tmp_path: Path) -> None:
    old, new = (f"{{type: object, properties: {{a: {{type: {kind}}}}}}}" for kind in ("integer", "string"))
    named = "application/json"
    assert rules(broken(tmp_path, body(**{named: old}), body(**{named: new}))) == ["request-type"]


def test_plain_text_and_headers_are_texts(tmp_path: Path) -> None:
    old, new = answer(**{"text/plain": "type: string"}), answer(**{"text/plain": "type: integer"})
    assert broken(tmp_path, old, new) == []
    assert broken(tmp_path, answered_header("{type: string, minLength: 1}"), answered_header("type: integer")) == []
    (finding,) = broken(tmp_path, answered_header("type: integer"), answered_header("type: string"))
    assert finding.rule == "response-type"


# --- Bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["application/octet-stream", "image/png", "application/pdf"])
def test_a_body_of_bytes_is_a_string_whatever_is_said_of_it(media_type: str, tmp_path: Path) -> None:
    """OpenAPI 3.1 leaves out the schema that 3.0 writes as a binary string (Considerations for File Uploads)."""
    as_string, as_nothing = "{type: string, format: binary}", "{}"
    for say in (body, answer):
        both = say(**{media_type: as_nothing}), say(**{media_type: as_string})
        assert broken(tmp_path, *both) == []
        assert broken(tmp_path, *reversed(both)) == []


# --- Media types ------------------------------------------------------------------------------------------------------


def test_of_two_media_types_of_one_name_each_is_compared_with_itself(tmp_path: Path) -> None:
    contents = {"application/json": "type: string", "application/json;odata=verbose": "type: integer"}
    turned = dict(reversed([*contents.items()]))
    more = {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}
    for say in (body, answer):
        assert broken(tmp_path, say(**contents), say(**turned) | more) == []
        narrower = {**contents, "application/json;odata=verbose": "{type: integer, maximum: 3}"}
        old, new = (narrower, contents) if say is answer else (contents, narrower)
        (finding,) = broken(tmp_path, say(**old), say(**new))
        assert finding.rule.endswith("-maximum")


def test_a_media_type_that_a_range_described_is_compared_with_the_range(tmp_path: Path) -> None:
    wide, narrow = "type: string", "{type: string, maxLength: 3}"
    of_range = {"application/*": wide}
    of_both = {"application/*": wide, "application/json": narrow}
    (finding,) = broken(tmp_path, body(**of_range), body(**of_both))
    assert finding.rule == "request-max-length"
    assert finding.witness is not None
    assert ("Content-Type", "application/json") in finding.witness.trace[-1].request.headers
    assert broken(tmp_path, body(**of_both), body(**of_range)) == []
    assert rules(broken(tmp_path, answer(**of_both), answer(**of_range))) == ["response-max-length"]


def test_a_range_is_more_than_the_media_types_that_are_known(tmp_path: Path) -> None:
    listed = dict.fromkeys(("image/png", "image/jpeg", "image/gif"), "type: string")
    assert rules(broken(tmp_path, body(**{"image/*": "type: string"}), body(**listed))) == [
        "request-media-type-removed"
    ]
    assert broken(tmp_path, body(**{"application/vnd.a+json": "{}"}), body(**{"application/*+json": "{}"})) == []
    assert rules(broken(tmp_path, body(**{"text/*": "type: integer"}), body(**{"text/*": "type: string"}))) == [
        "request-type"
    ]


def test_of_two_ranges_the_one_with_a_suffix_describes_its_own(tmp_path: Path) -> None:
    old = {"application/*": "{}", "application/*+json": "type: integer"}
    new = old | {"application/*+json": "{type: integer, maximum: 3}"}
    assert rules(broken(tmp_path, body(**old), body(**new))) == ["request-maximum"]


def test_the_witness_of_a_range_is_of_a_media_type_that_it_alone_describes(tmp_path: Path) -> None:
    old = {"application/*": "type: string", "application/json": "type: string"}
    new = old | {"application/*": "{type: string, maxLength: 3}"}
    (finding,) = broken(tmp_path, body(**old), body(**new))
    assert finding.witness is not None
    sent = dict(finding.witness.trace[-1].request.headers)["Content-Type"]
    assert sent.startswith("application/")
    assert sent != "application/json"


# --- Where it is said, and where it is sent ---------------------------------------------------------------------------


def test_a_path_parameter_that_nobody_described_was_sent_all_the_same(tmp_path: Path) -> None:
    described = parameter("type: string", "path")
    assert broken(tmp_path, {}, described, path="/t/{q}") == []
    assert broken(tmp_path, described, {}, path="/t/{q}") == []


def test_a_shared_body_that_becomes_required_is_one_finding(tmp_path: Path) -> None:
    def said(name: str, *, required: bool) -> Contract:
        shared = {"required": required, "content": {"application/json": {}}}
        one = {"requestBody": {"$ref": "#/components/requestBodies/B"}, "responses": {"200": {"description": "d"}}}
        paths = {"/a": {"post": one}, "/b": {"post": one}}
        document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
        (tmp_path / f"{name}.json").write_text(json.dumps(document | {"components": {"requestBodies": {"B": shared}}}))
        return load.load(tmp_path / f"{name}.json")

    (finding,) = compare(said("old", required=False), said("new", required=True), TODAY)
    assert (finding.rule, finding.where.pointer) == ("request-required", "/components/requestBodies/B")
    assert set(finding.operations) == {"POST /a", "POST /b"}


def test_a_webhook_is_sent_to_its_consumer_and_without_the_credentials_of_the_server(tmp_path: Path) -> None:
    def said(name: str, kind: str) -> Contract:
        hook = {"post": {**body(**{"application/json": f"type: {kind}"}), "responses": {"200": {"description": "d"}}}}
        schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
        document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": {"born": hook}, "paths": {}}
        secured = document | {"components": schemes, "security": [{"key": []}]}
        (tmp_path / f"{name}.json").write_text(json.dumps(secured))
        return load.load(tmp_path / f"{name}.json")

    (finding,) = compare(said("old", "integer"), said("new", "string"), TODAY)
    assert finding.witness is not None
    request = finding.witness.trace[-1].request
    assert request.url.startswith("https://consumer.example")
    assert "X-Key" not in dict(request.headers)


def test_the_parts_of_a_form_are_told_apart_by_the_boundary_that_is_named(tmp_path: Path) -> None:
    old, new = "{type: object, properties: {a: {type: string}}}", "{type: object, required: [a], properties: {a: {}}}"
    (finding,) = broken(tmp_path, body(**{"multipart/form-data": old}), body(**{"multipart/form-data": new}))
    assert finding.witness is not None
    assert dict(finding.witness.trace[-1].request.headers)["Content-Type"] == "multipart/form-data; boundary=b"

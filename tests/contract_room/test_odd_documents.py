"""Documents as they are met: each is compared and tested by what it says, or refused with file, line and next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from specwitness.cli import main
from specwitness.contract import load
from specwitness.findings import Json
from specwitness.runner.generation import Generator

OK: Json = {"200": {"description": "d"}}


def posting(schema: Json, version: str = "3.1.0", **more: Json) -> Json:
    """Return a document with one operation whose request has a body."""
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"operationId": "a", "requestBody": body, "responses": OK}
    return whole({"/a": {"post": operation}}, version, **more)


def whole(paths: Json, version: str = "3.1.0", **more: Json) -> Json:
    """Return a document with some paths; None leaves them out."""
    head = {"openapi": version, "info": {"title": "t", "version": "1"}}
    return head | ({} if paths is None else {"paths": paths}) | more


def drift(folder: Path, old: Json, new: Json) -> tuple[int, str]:
    """Return the exit code of a comparison, and what it says: the rules of what breaks, or the error."""
    for name, document in (("old", old), ("new", new)):
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        (folder / f"{name}.yaml").write_text(text)
    result = CliRunner().invoke(
        main, ["drift", *(str(folder / f"{name}.yaml") for name in ("old", "new")), "--format=json"]
    )  # noqa: E501 - as it is called
    if result.exit_code in {0, 1} and not result.exception or isinstance(result.exception, SystemExit):
        if result.exit_code == 2:
            return 2, result.stderr.replace(f"{folder}/", "").strip()
        findings = json.loads(result.stdout)["findings"]
        return result.exit_code, " ".join(one["rule"] for one in findings if one["level"] == "breaking")
    raise AssertionError(result.output) from result.exception


TEXT: Json = {"type": "string"}
SHORT: Json = {"type": "string", "maxLength": 3}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"exclusiveMinimum": True, "minimum": 1}, "line 14: `exclusiveMinimum` is true, and has to be a number. Of"),
        ({"items": [TEXT]}, "line 14: `items` is a list, and has to be a schema. For"),
        (
            {"properties": None},
            "line 14: `properties` is null, and has to be an object, of schemas by their names. Leave",
        ),
        ({"type": "any"}, 'line 14: `type` is "any", and has to be one of array, boolean'),
        ({"properties": {"a": {"required": True}}}, "line 16: `required` is true, and has to be a list of names. Name"),
        ({"type": "string", "pattern": "["}, 'line 15: it is, or refers to, no schema ("[" is not a "regex"). Correct'),
    ],
)
def test_what_is_no_schema_is_refused_with_its_line(tmp_path: Path, schema: Json, words: str) -> None:
    for old, new, name in ((schema, SHORT, "old"), (SHORT, schema, "new")):
        code, said = drift(tmp_path, posting(old), posting(new))
        assert (code, said[: len(words) + 23]) == (2, f"specwitness: {name}.yaml, {words}")


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        # A fault that no changed operation leads to harms nobody.
        (posting(TEXT, components={"schemas": {"A": {"type": 5}}}), posting(SHORT), "request-max-length"),
        # YAML 1.2 core schema: numbers; YAML 1.1: what is merged.
        (
            json.dumps(posting({"maximum": 16})),
            json.dumps(posting({"maximum": 7})).replace("7", "0x10"),
            "",
        ),
        (
            json.dumps(posting({"maximum": 16})),
            json.dumps(posting({"maximum": 7})).replace("7", "0o17"),
            "request-maximum",
        ),
        (
            json.dumps(posting({"properties": {"a": "X", "b": "Y"}})).replace('"X"', '{"maxLength": 9}').replace('"Y"', "{}"),
            json.dumps(posting({"properties": {"a": "X", "b": "Y"}}))
            .replace('"X"', '&x {"maxLength": 9}')
            .replace('"Y"', "{<<: *x}"),
            "request-max-length",
        ),
        # OpenAPI 3.0.3, Reference Object: what stands beside it is ignored; in 3.1 it counts.
        *(
            (
                posting({"$ref": "#/x/T"}, version, x={"T": TEXT}),
                posting({"$ref": "#/x/T", "maxLength": 3}, version, x={"T": TEXT}),
                rules,
            )
            for version, rules in (("3.0.3", ""), ("3.1.0", "request-max-length"))
        ),
        (
            posting({"properties": {"a": TEXT}}, "3.0.3"),
            posting({"$ref": "#/x/T", "required": ["a"]}, "3.0.3", x={"T": {"properties": {"a": TEXT}}}),
            "",
        ),
        # What is read-only in an `allOf` is not asked of a client; what is beside a reference of 3.0 is.
        (
            posting({"properties": {"id": {"allOf": [{"readOnly": True}]}}}),
            posting({"properties": {"id": {"allOf": [{"readOnly": True}]}}, "required": ["id"]}),
            "",
        ),
        *(
            (
                posting({"properties": {"id": {"$ref": "#/x/T", "readOnly": True}}}, version, x={"T": TEXT}),
                posting({"properties": {"id": {"$ref": "#/x/T", "readOnly": True}}, "required": ["id"]}, version, x={"T": TEXT}),
                rules,
            )
            for version, rules in (("3.0.3", "request-required"), ("3.1.0", ""))
        ),
        (
            posting({"$ref": "#t"}, x={"T": {**TEXT, "$anchor": "t"}}),
            posting({"$ref": "#t"}, x={"T": {**SHORT, "$anchor": "t"}}),
            "request-max-length",
        ),
        (whole(None, components={"schemas": {"A": TEXT}}), whole(None, components={"schemas": {"A": SHORT}}), ""),
        (
            whole(None, webhooks={"w": {"post": {"responses": OK, "requestBody": {"content": {"application/json": {"schema": SHORT}}}}}}),
            whole(None, webhooks={"w": {"post": {"responses": OK, "requestBody": {"content": {"application/json": {"schema": TEXT}}}}}}),
            "request-max-length",
        ),
        (posting(TEXT), posting(TEXT) | {"paths": posting(TEXT)["paths"] | {"x-meta": ["y"]}}, ""),
    ],
)  # fmt: skip
def test_what_is_legal_is_compared(tmp_path: Path, old: Json, new: Json, rules: str) -> None:
    assert drift(tmp_path, old, new) == (1 if rules else 0, rules)


GET: Json = {"get": {"operationId": "g", "responses": OK}}
POST: Json = {"post": {"operationId": "p", "responses": OK}}
THERE: Json = {"$ref": "#/x-items/there"}
ASKED: Json = {"parameters": [{"name": "q", "in": "query", "required": True, "schema": TEXT}]}


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ({**GET, **POST}, {**THERE, **POST}, ""),
        ({**THERE, **POST}, THERE, "operation-removed"),
        (THERE, {**THERE, **ASKED}, "request-required"),
        ({**THERE, **ASKED}, {**GET, **ASKED}, ""),
        ({**THERE, "servers": [{"url": "/v1"}]}, {**THERE, "servers": [{"url": "/v2"}]}, "base-path-changed"),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_stands_beside_the_reference_of_a_path_counts(
    tmp_path: Path, version: str, old: Json, new: Json, rules: str
) -> None:
    items: Json = {"x-items": {"there": GET}}
    found = drift(tmp_path, whole({"/a": old}, version, **items), whole({"/a": new}, version, **items))
    assert found == (1 if rules else 0, rules)


def test_documents_without_operations_are_said_to_be_compared_in_nothing(tmp_path: Path) -> None:
    for name, schema in (("old", TEXT), ("new", SHORT)):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(whole(None, components={"schemas": {"A": schema}})))
    result = CliRunner().invoke(main, ["drift", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")])
    assert "- neither side describes an operation or a webhook: nothing was compared" in result.stdout


def test_requests_are_made_for_what_stands_beside_the_reference_of_a_path(tmp_path: Path) -> None:
    item = {**THERE, **POST, **ASKED}
    document = whole({"/a": item, "x-meta": ["y"]}, **{"x-items": {"there": GET}})
    (tmp_path / "openapi.yaml").write_text(json.dumps(document))
    contract = load.load(tmp_path / "openapi.yaml")
    generator = Generator(contract, base_url="http://a", probe_methods=False)
    for operation in contract.operations:
        assert [*generator.coverage(operation, valid=True)]
    assert {operation.label for operation in contract.operations} == {"GET /a", "POST /a"}
    assert not generator.has_links()

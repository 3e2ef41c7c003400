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
TEXT: Json = {"type": "string"}
SHORT: Json = {"type": "string", "maxLength": 3}


def whole(paths: Json, version: str = "3.1.0", **more: Json) -> Json:
    """Return a document with some paths; None leaves them out."""
    head = {"openapi": version, "info": {"title": "t", "version": "1"}}
    return head | ({} if paths is None else {"paths": paths}) | more


def taking(schema: Json) -> Json:
    """Return an operation whose request has a body."""
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}


def posting(schema: Json, version: str = "3.1.0", **shared: Json) -> Json:
    """Return a document with one such operation, and what it may refer to as `#/x/...`."""
    return whole({"/a": {"post": taking(schema)}}, version, x=shared)


def drift(folder: Path, old: Json, new: Json) -> tuple[int, str]:
    """Return the exit code of a comparison, and the rules of what breaks, or the error."""
    for name, document in (("old", old), ("new", new)):
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        (folder / f"{name}.yaml").write_text(text)
    result = CliRunner().invoke(main, ["drift", f"{folder}/old.yaml", f"{folder}/new.yaml", "--format=json"])
    assert isinstance(result.exception, SystemExit | None), result.exception
    if result.exit_code == 2:
        return 2, result.stderr.replace(f"{folder}/", "").strip()
    findings = json.loads(result.stdout)["findings"]
    return result.exit_code, " ".join(one["rule"] for one in findings if one["level"] == "breaking")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"exclusiveMinimum": True}, "line 14: `exclusiveMinimum` is true, and has to be a number. Of OpenAPI 3.0 are"),
        ({"items": [TEXT]}, "line 14: `items` is a list, and has to be a schema. For items that are told apart"),
        ({"properties": None}, "line 14: `properties` is null, and has to be an object, of schemas by their names. L"),
        ({"type": "any"}, 'line 14: `type` is "any", and has to be one of array, boolean'),
        ({"properties": {"a": {"required": True}}}, "line 16: `required` is true, and has to be a list of names. Name"),
    ],
    ids=str,
)
def test_what_is_no_schema_is_refused_with_its_line(tmp_path: Path, schema: Json, words: str) -> None:
    for old, new, name in ((schema, SHORT, "old"), (SHORT, schema, "new")):
        code, said = drift(tmp_path, posting(old), posting(new))
        assert code == 2
        assert said.startswith(f"specwitness: {name}.yaml, {words}")


def test_a_pattern_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    odd: Json = {"pattern": "["}
    said = 'specwitness: old.yaml, line 14: it is, or refers to, no schema ("[" is not a "regex").'
    assert drift(tmp_path, posting(odd), posting(SHORT)) == (2, f"{said} Correct it, here or in overlay.yaml")
    said = """specwitness: pattern '[': it cannot be read ("[" is not a "regex"). Correct it"""
    assert drift(tmp_path, posting(SHORT), posting(odd)) == (2, said)


def test_a_fault_that_no_changed_operation_leads_to_harms_nobody(tmp_path: Path) -> None:
    old = whole({"/a": {"post": taking(TEXT)}, "/b": {"post": taking({"type": 5})}})
    new = whole({"/a": {"post": taking(SHORT)}, "/b": {"post": taking({"type": 5})}})
    assert drift(tmp_path, old, new) == (1, "request-max-length")


def in_yaml(schema: str) -> str:
    """Return the text of a document with one operation whose request has a body."""
    return json.dumps(posting("SCHEMA")).replace('"SCHEMA"', schema)


REFERENCE: Json = {"$ref": "#/x/T"}
READ_ONLY: Json = {"readOnly": True}


def owning(item: Json, *required: str) -> Json:
    """Return the schema of what has an id."""
    return {"properties": {"id": item}, "required": [*required]}


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        pytest.param(in_yaml("{maximum: 16}"), in_yaml("{maximum: 0x10}"), "", id="hexadecimal"),
        pytest.param(in_yaml("{maximum: 16}"), in_yaml("{maximum: 0o17}"), "request-maximum", id="octal"),
        pytest.param(
            in_yaml("{properties: {a: &x {maxLength: 9}, b: {}}}"),
            in_yaml("{properties: {a: &x {maxLength: 9}, b: {<<: *x}}}"),
            "request-max-length",
            id="a merge key",
        ),
        pytest.param(
            posting({**REFERENCE}, "3.0.3", T=TEXT),
            posting({**REFERENCE, "maxLength": 3}, "3.0.3", T=TEXT),
            "",
            id="beside a reference of 3.0",
        ),
        pytest.param(
            posting({**REFERENCE}, T=TEXT),
            posting({**REFERENCE, "maxLength": 3}, T=TEXT),
            "request-max-length",
            id="beside a reference of 3.1",
        ),
        pytest.param(
            posting(owning({**REFERENCE, **READ_ONLY}), "3.0.3", T=TEXT),
            posting(owning({**REFERENCE, **READ_ONLY}, "id"), "3.0.3", T=TEXT),
            "request-required",
            id="readOnly beside a reference of 3.0",
        ),
        pytest.param(
            posting({**REFERENCE, **owning(READ_ONLY)}, "3.0.3", T=owning(TEXT)),
            posting({**REFERENCE, **owning(READ_ONLY)}, "3.0.3", T=owning(TEXT, "id")),
            "request-required",
            id="a readOnly property beside a reference of 3.0",
        ),
        pytest.param(
            posting(owning({**REFERENCE, **READ_ONLY}), T=TEXT),
            posting(owning({**REFERENCE, **READ_ONLY}, "id"), T=TEXT),
            "",
            id="readOnly beside a reference of 3.1",
        ),
        pytest.param(
            posting(owning({"allOf": [READ_ONLY]})),
            posting(owning({"allOf": [READ_ONLY]}, "id")),
            "",
            id="readOnly in an allOf",
        ),
        pytest.param(
            posting({"$ref": "#t"}, T={**TEXT, "$anchor": "t"}),
            posting({"$ref": "#t"}, T={**SHORT, "$anchor": "t"}),
            "request-max-length",
            id="an anchor",
        ),
        pytest.param(
            whole(None, webhooks={"w": {"post": taking(SHORT)}}),
            whole(None, webhooks={"w": {"post": taking(TEXT)}}),
            "request-max-length",
            id="webhooks alone",
        ),
        pytest.param(posting(TEXT), posting(TEXT) | {"components": {}}, "", id="an operation as it was"),
    ],
)
def test_what_is_legal_is_compared(tmp_path: Path, old: Json, new: Json, rules: str) -> None:
    assert drift(tmp_path, old, new) == (1 if rules else 0, rules)


GET: Json = {"get": {"operationId": "g", "responses": OK}}
POST: Json = {"post": {"operationId": "p", "responses": OK}}
THERE: Json = {"$ref": "#/x-items/there"}
ASKED: Json = {"parameters": [{"name": "q", "in": "query", "required": True, "schema": TEXT}]}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ({**GET, **POST}, {**THERE, **POST}, ""),
        ({**THERE, **POST}, THERE, "operation-removed"),
        (THERE, {**THERE, **ASKED}, "request-required"),
        ({**THERE, **ASKED}, {**GET, **ASKED}, ""),
        ({**THERE, "servers": [{"url": "/v1"}]}, {**THERE, "servers": [{"url": "/v2"}]}, "base-path-changed"),
        ({**GET, "x-note": 1}, GET, ""),
    ],
)
def test_what_stands_beside_the_reference_of_a_path_counts(
    tmp_path: Path, version: str, old: Json, new: Json, rules: str
) -> None:
    items: Json = {"x-items": {"there": GET}}
    found = drift(tmp_path, whole({"/a": old}, version, **items), whole({"/a": new, "x-meta": ["y"]}, version, **items))
    assert found == (1 if rules else 0, rules)


def test_of_documents_without_operations_it_is_said_that_nothing_was_compared(tmp_path: Path) -> None:
    for name, schema in (("old", TEXT), ("new", SHORT)):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(whole(None, components={"schemas": {"A": schema}})))
    result = CliRunner().invoke(main, ["drift", f"{tmp_path}/old.yaml", f"{tmp_path}/new.yaml"])
    assert result.exit_code == 0
    assert "- neither side describes an operation or a webhook: nothing was compared" in result.stdout


def test_requests_are_made_for_what_stands_beside_the_reference_of_a_path(tmp_path: Path) -> None:
    items: Json = {"x-items": {"there": GET}}
    document = whole({"/a": {**THERE, **POST, **ASKED}, "x-meta": ["y"]}, "3.1.0", **items)
    (tmp_path / "openapi.yaml").write_text(json.dumps(document))
    contract = load.load(tmp_path / "openapi.yaml")
    generator = Generator(contract, base_url="http://a", probe_methods=False)
    made = {operation.label: [*generator.coverage(operation, valid=True)] for operation in contract.operations}
    assert made.keys() == {"GET /a", "POST /a"}
    assert all(planned.case.query.keys() == {"q"} for cases in made.values() for planned in cases)
    assert not generator.has_links()


CIRCLE: Json = {"type": "object", "dependentSchemas": {"b": {"$ref": "#/components/schemas/Y"}}}


def test_a_circle_over_one_value_is_undecided_and_the_other_operations_are_judged(tmp_path: Path) -> None:
    """`Y` is asked of the same value again and again: neither validator gives a verdict."""
    paths = {"/a": {"post": taking({"$ref": "#/components/schemas/Y"})}, "/b": {"post": taking(TEXT)}}
    old = whole(paths, components={"schemas": {"Y": {"allOf": [{"$ref": "#/components/schemas/Y"}, TEXT]}}})
    new = whole(paths | {"/b": {"post": taking(SHORT)}}, components={"schemas": {"Y": CIRCLE}})
    assert drift(tmp_path, old, new) == (1, "request-max-length")


def test_a_dynamic_reference_that_depends_on_the_way_is_refused(tmp_path: Path) -> None:
    node: Json = {"$dynamicAnchor": "node", "type": "object"}
    schemas: Json = {"A": node, "B": node, "C": {"type": "array", "items": {"$dynamicRef": "#node"}}}
    paths = {"/a": {"post": taking({"$ref": "#/components/schemas/C"})}}
    for name, most in (("old", 3), ("new", 2)):
        said = schemas | {"C": {**schemas["C"], "maxItems": most}}
        document = whole(paths, components={"schemas": said})
        (tmp_path / f"{name}.yaml").write_text(json.dumps(document))
    result = CliRunner().invoke(main, ["drift", f"{tmp_path}/old.yaml", f"{tmp_path}/new.yaml"])
    assert result.exit_code == 2
    assert "$dynamicRef '#node': its anchor stands at no place, or at several" in result.stderr

"""One cause is one finding, whatever it is seen through and however its document is written; two causes are two."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from specwitness.contract import waivers
from specwitness.contract.load import load
from specwitness.contract.model import Contract, Waiver
from specwitness.findings import Exchange, Finding, Intent, Json, Request, Response
from specwitness.redaction import Redaction
from specwitness.runner.judge import Judge
from specwitness.runner.recorder import Recorder

Load = Callable[..., Contract]
DAY = dt.date(2026, 6, 1)
JSON = (("Content-Type", "application/json"),)
ORDER: dict[str, Json] = {"id": "1", "status": "new"}
ARCHIVED, ZOMBIE = {**ORDER, "status": "archived"}, {**ORDER, "status": "zombie"}


def answering(schema: Json) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "d", "content": content}}}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def reading(operation: str, parameter: str, schema: Json) -> dict[str, Any]:
    given = [{"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}}]
    return {"get": {"operationId": operation, "parameters": given, **answering(schema)}}


def shop() -> dict[str, Any]:
    """Orders alone, in a list, in an `allOf`, and in one branch of a `oneOf`."""
    report = {"allOf": [ref("Order"), {"type": "object", "properties": {"pages": {"type": "integer"}}}]}
    status = {"type": "string", "enum": ["new", "paid"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {"get": {"operationId": "listOrders", **answering({"type": "array", "items": ref("Order")})}},
            "/orders/{orderId}": reading("getOrder", "orderId", ref("Order")),
            "/reports/{reportId}": reading("getReport", "reportId", report),
            "/events/{eventId}": reading("getEvent", "eventId", {"oneOf": [ref("Placed"), ref("Moved")]}),
        },
        "components": {
            "schemas": {
                "Order": {
                    "type": "object",
                    "required": ["id", "status"],
                    "properties": {"id": {"type": "string"}, "status": status, "before": status},
                    "additionalProperties": True,
                },
                "Placed": {
                    "type": "object",
                    "required": ["kind", "order"],
                    "properties": {"kind": {"const": "placed"}, "order": ref("Order"), "by": {"enum": ["web"]}},
                },
                "Moved": {
                    "type": "object",
                    "required": ["kind", "order"],
                    "properties": {"kind": {"const": "moved"}, "order": ref("Order"), "by": {"enum": ["van"]}},
                },
            }
        },
    }


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Write a document, and load the contract that it is."""
    numbers = count()

    def make(document: Json, *, checks: str = "", file: str = "openapi.yaml", version: str = "3.1.0") -> Contract:
        folder = tmp_path / str(next(numbers)) / "shop"
        folder.mkdir(parents=True)
        # Through JSON, so that YAML has no aliases.
        written = json.loads(json.dumps({**document, "openapi": version}))
        (folder / file).write_text(
            json.dumps(written) if file.endswith(".json") else yaml.safe_dump(written, sort_keys=False)
        )
        (folder / "contract.yaml").write_text(f"title: Shop\ndocument: {file}\n")
        if checks:
            (folder / "checks.py").write_text(checks)
        return load(folder)

    return make


def answered(operation: str, body: Json, **request: Json) -> Exchange:
    asked = Request("GET", f"http://127.0.0.1/{operation}", **request)
    return Exchange(asked, Response(200, JSON, json.dumps(body).encode()), operation=operation, intent=Intent.VALID)


def found(contract: Contract, *exchanges: Exchange) -> tuple[Finding, ...]:
    """Return what one test of the suite reports of exchanges."""
    recorder = Recorder(Judge(contract), Redaction())
    for exchange in exchanges:
        recorder.saw(exchange)
    return recorder.publish().findings


def line_of(contract: Contract, *texts: str) -> int:
    """Return the line of the document that texts lead to, each below the one before it."""
    line = 0
    lines = contract.document_path.read_text().splitlines()
    for text in texts:
        line = next(number for number, one in enumerate(lines, 1) if number > line and one.strip() == text)
    return line


LOCAL = "#/components/schemas/"


# --- One cause, one finding -----------------------------------------------------------------------------------------

EVERYWHERE = (
    answered("getOrder", ARCHIVED),
    answered("listOrders", [ORDER, ARCHIVED]),
    answered("getReport", {**ARCHIVED, "pages": 1}),
    answered("getEvent", {"kind": "placed", "order": ARCHIVED}),
)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_defect_of_a_component_is_one_finding_at_the_component(loaded: Load, version: str) -> None:
    contract = loaded(shop(), version=version)

    (finding,) = found(contract, *EVERYWHERE)

    assert (finding.rule, finding.value, finding.seen) == ("response-enum", "archived", 4)
    assert finding.operations == ("getEvent", "getOrder", "getReport", "listOrders")
    assert finding.where.pointer == "/components/schemas/Order/properties/status/enum"
    assert finding.where.line == line_of(contract, "schemas:", "Order:", "status:", "enum:")


def test_a_component_in_a_second_file_is_pointed_at_there_and_known_as_in_one(loaded: Load, tmp_path: Path) -> None:
    folder = tmp_path / "parted" / "shop"
    folder.mkdir(parents=True)
    document = shop()
    (folder / "parts.json").write_text(json.dumps(document.pop("components")["schemas"], indent=1).replace(LOCAL, "#/"))
    (folder / "openapi.json").write_text(json.dumps(document).replace(LOCAL, "parts.json#/"))

    (finding,) = found(load(folder), *EVERYWHERE)

    lines = (folder / "parts.json").read_text().splitlines()
    assert (finding.where.file, finding.where.line) == ("specs/shop/parts.json", lines.index('    "enum": [') + 1)
    assert {finding.fingerprint} == fingerprints(loaded(shop()), *EVERYWHERE)


def test_its_witness_is_the_smallest_of_the_exchanges_that_show_it(loaded: Load) -> None:
    large = answered("getOrder", {**ARCHIVED, **{f"extra{number}": "x" for number in range(30)}})
    told = answered("getOrder", ARCHIVED, headers=(("X-Long", "y" * 200),))
    small = answered("getOrder", ARCHIVED)

    (finding,) = found(loaded(shop()), large, told, small, *EVERYWHERE[1:], large)

    assert finding.witness is not None
    assert finding.witness.trace == (small,)


# --- Two causes, two findings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(ARCHIVED, ZOMBIE, id="two values of one enum"),
        pytest.param(ARCHIVED, {**ORDER, "before": "archived"}, id="one value of two properties"),
        pytest.param({"id": "1"}, {"status": "new"}, id="two properties that are missing"),
        pytest.param({**ORDER, "id": None}, {**ORDER, "id": 1}, id="two types"),
    ],
)
def test_two_defects_of_one_component_are_two_findings(loaded: Load, one: Json, other: Json) -> None:
    contract = loaded(shop())

    assert len(found(contract, answered("getOrder", one), answered("listOrders", [other]))) == 2


def test_two_branches_have_two_findings(loaded: Load) -> None:
    contract = loaded(shop())
    events = [answered("getEvent", {"kind": kind, "by": "foot", "order": ORDER}) for kind in ("placed", "moved")]

    assert len(found(contract, *events)) == 2


@pytest.mark.parametrize(
    ("schema", "one", "other"),
    [
        pytest.param(
            {"additionalProperties": False}, {"debug": 1}, {"trace": 1}, id="properties that may not be added"
        ),
        pytest.param({"unevaluatedProperties": False}, {"debug": 1}, {"trace": 1}, id="unevaluated properties"),
        pytest.param({"oneOf": [{"const": "new"}, {"const": "paid"}]}, "archived", "zombie", id="an enum of constants"),
        pytest.param({"anyOf": [{"enum": ["new"]}, {"type": "null"}]}, "archived", "zombie", id="an enum or nothing"),
        pytest.param({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "1", [1], id="types in branches"),
        pytest.param({"propertyNames": {"enum": ["a"]}}, {"b": 1}, {"c": 1}, id="names of properties"),
        pytest.param({"dependentRequired": {"a": ["b"], "c": ["b"]}}, {"a": 1}, {"c": 1}, id="what needs another"),
    ],
)
def test_two_values_that_a_schema_refuses_for_what_they_are_are_two(
    loaded: Load, schema: Json, one: Json, other: Json
) -> None:
    document = shop()
    document["components"]["schemas"]["Order"] = schema

    assert len(found(loaded(document), answered("getOrder", one), answered("getOrder", other))) == 2


def test_undeclared_properties_of_one_answer_are_a_finding_each(loaded: Load) -> None:
    document = shop()
    document["components"]["schemas"]["Order"]["additionalProperties"] = False

    findings = found(loaded(document), answered("getOrder", {**ORDER, "debug": 1, "trace": 2}))

    assert sorted((finding.rule, finding.value) for finding in findings) == [
        ("response-additional-properties", "debug"),
        ("response-additional-properties", "trace"),
    ]


def test_a_check_of_two_places_has_two_findings_where_no_schema_tells_them_apart(loaded: Load) -> None:
    checks = '''
from specwitness import Refusal, check


@check("getOrder", source="the page")
def nothing_is_negative(exchange):
    """Nothing is negative."""
    for name, value in exchange.response.json().items():
        if isinstance(value, int) and value < 0:
            yield Refusal(f"/{name}", "it is negative")
'''
    findings = found(loaded(shop(), checks=checks), answered("getOrder", {**ORDER, "price": -1, "tax": -1}))

    assert len(findings) == 2


# --- The same finding in another document ---------------------------------------------------------------------------


def renamed(document: Json) -> Json:
    """As a bundler may name its components, and an author a parameter."""
    text = json.dumps(document)
    for old, new in (("Order", "schema_7"), ("Placed", "A"), ("orderId", "id"), ("reportId", "number")):
        text = text.replace(f'"{old}"', f'"{new}"').replace(f"/{old}", f"/{new}").replace(f"{{{old}}}", f"{{{new}}}")
    return json.loads(text)


def reordered(document: Json) -> Json:
    for path in document["paths"].values():
        schema = path["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        for keyword in ("allOf", "oneOf"):
            schema.get(keyword, []).reverse()
    document["components"]["schemas"]["Order"]["properties"]["status"]["enum"].reverse()
    document["components"]["schemas"] = dict(reversed(document["components"]["schemas"].items()))
    document["paths"] = dict(reversed(document["paths"].items()))
    return dict(reversed(document.items()))


def with_an_operation(document: Json) -> Json:
    return {**document, "paths": {"/about": {"get": answering({"type": "string"})}, **document["paths"]}}


DEFECTS = (
    answered("getOrder", ARCHIVED),
    answered("getOrder", ZOMBIE),
    answered("getEvent", {"kind": "placed", "by": "foot", "order": ORDER}),
    answered("getEvent", {"kind": "moved", "by": "foot", "order": ORDER}),
    answered("getEvent", {"kind": "closed"}),
    answered("listOrders", {}),
    answered("getReport", {**ORDER, "pages": "many"}),
)


def fingerprints(contract: Contract, *exchanges: Exchange) -> set[str]:
    return {finding.fingerprint for finding in found(contract, *exchanges)}


@pytest.mark.parametrize("change", [renamed, reordered, with_an_operation])
def test_fingerprints_survive_a_document_that_is(loaded: Load, change: Callable[[Json], Json]) -> None:
    before = fingerprints(loaded(shop()), *DEFECTS)

    assert len(before) == len(DEFECTS)
    assert fingerprints(loaded(change(shop())), *DEFECTS) == before


@pytest.mark.parametrize("file", ["openapi.json", "shop-v2.yaml"])
def test_fingerprints_survive_another_format_and_another_name(loaded: Load, file: str) -> None:
    assert fingerprints(loaded(shop(), file=file), *DEFECTS) == fingerprints(loaded(shop()), *DEFECTS)


# --- Waivers --------------------------------------------------------------------------------------------------------


def kept(contract: Contract, waiver: Waiver, *exchanges: Exchange) -> list[Json]:
    """Return the offending values that a waiver does not accept."""
    divided = waivers.applied(found(contract, *exchanges), [waiver], DAY, ways=contract.ways)
    return [finding.value for finding in divided.kept]


def test_a_waiver_accepts_one_value_everywhere_and_no_other(loaded: Load) -> None:
    contract = loaded(shop())
    (archived,) = found(contract, answered("getReport", ARCHIVED))
    waiver = Waiver(archived.fingerprint, "known", DAY)

    assert kept(contract, waiver, *EVERYWHERE, answered("getOrder", ZOMBIE)) == ["zombie"]


def test_a_waiver_holds_when_a_new_operation_reaches_the_component_sooner(loaded: Load) -> None:
    (archived,) = found(loaded(shop()), answered("getReport", ARCHIVED))
    document = shop()
    document["paths"]["/a"] = {"get": {"operationId": "first", **answering(ref("Order"))}}
    contract = loaded(document)

    (again,) = found(contract, answered("getReport", ARCHIVED))
    assert again.fingerprint != archived.fingerprint
    waiver = Waiver(archived.fingerprint, "known", DAY)
    assert kept(contract, waiver, answered("first", ARCHIVED), answered("first", ZOMBIE)) == ["zombie"]


# --- The shortest trace ---------------------------------------------------------------------------------------------

SHRINKING = '''
from specwitness import Refusal, trace_check


@trace_check("getOrder", "changeOrder", source="the page")
def orders_only_grow(trace):
    """An order only grows, until it is changed."""
    sizes = {}
    for exchange in trace:
        body = exchange.response.json()
        if exchange.operation == "changeOrder":
            sizes.clear()
        elif body["size"] < sizes.get(body["id"], 0):
            yield Refusal("/size", "it shrank"TRACE)
        sizes[body["id"]] = max(sizes.get(body["id"], 0), body["size"])
'''


def sized(name: str, size: int, operation: str = "getOrder") -> Exchange:
    exchange = answered(operation, {"id": name, "status": "new", "size": size})
    return exchange if operation == "getOrder" else replace(exchange, request=replace(exchange.request, method="PATCH"))


@pytest.mark.parametrize("named", ["", ", trace=trace"], ids=["none", "all of them"])
def test_a_trace_is_left_with_the_exchanges_that_it_needs(loaded: Load, named: str) -> None:
    document = shop()
    document["paths"]["/orders/{orderId}"]["patch"] = {
        **document["paths"]["/orders/{orderId}"]["get"],
        "operationId": "changeOrder",
    }
    contract = loaded(document, checks=SHRINKING.replace("TRACE", named))
    around = [sized(name, 7) for _ in range(20) for name in "xyz"]
    # What was changed in between shows nothing, and no trace may be made to show it by leaving the change out.
    changed = [sized("b", 9), sized("b", 3, "changeOrder"), sized("b", 4)]

    (finding,) = found(contract, *changed, *around, sized("a", 2), *around, sized("a", 1), *around)

    assert finding.witness is not None
    assert finding.witness.trace == (sized("a", 2), sized("a", 1))

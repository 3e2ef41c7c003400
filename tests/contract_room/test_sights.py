"""What an operation documents and what one answer shows of it are said in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract.load import load
from specwitness.contract.model import Contract, Operation
from specwitness.contract.sights import documented, seen
from specwitness.findings import Exchange, Json, Request, Response
from specwitness.record import Aspect, Sight

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs:
    get:
      operationId: readJob
      responses:
        '200':
          description: d
          content:
            application/json: {schema: {$ref: '#/components/schemas/Job'}}
            text/plain: {schema: {type: string, enum: [x, y]}}
        4XX: {description: d, content: {application/problem+json: {schema: {properties: {why: {}}}}}}
        default: {description: d}
  /kind:
    get:
      operationId: readKind
      responses: {'200': {description: d, content: {application/json: {schema: {enum: [a, b, 1, null, a]}}}}}
  /tree:
    get:
      operationId: readTree
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}
components:
  schemas:
    Job:
      type: object
      properties:
        state: {enum: [new, done]}
        type: {enum: [job]}
        steps:
          type: array
          items: {type: object, properties: {name: {type: string}, ok: {enum: [true, false]}}}
        result:
          oneOf:
          - {type: object, required: [value], properties: {value: {}}}
          - {type: object, required: [error], properties: {error: {enum: [e1, e2]}}}
        a/b~c: {}
      allOf:
      - {properties: {more: {}}}
    Tree:
      properties:
        leaf: {enum: [l, m]}
        next: {$ref: '#/components/schemas/Tree'}
"""
STATUS, PROPERTY, VALUE = Aspect.STATUS, Aspect.PROPERTY, Aspect.VALUE


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    return load(folder)


def operation(contract: Contract, key: str) -> Operation:
    found = contract.operation(key)
    assert found is not None
    return found


def answered(
    body: Json, status: int = 200, *, key: str | None = "readJob", media_type: str = "application/json"
) -> Exchange:
    headers = (("Content-Type", media_type),)
    return Exchange(Request("GET", "http://a/"), Response(status, headers, json.dumps(body).encode()), key)


def shown(contract: Contract, exchange: Exchange) -> list[tuple[Aspect, str, str]]:
    return [(sight.aspect, sight.place, sight.value) for sight in seen(contract, exchange)]


JOB = [
    (STATUS, "200", ""),
    (PROPERTY, "200 /state", ""),
    (VALUE, "200 /state", "new"),
    (VALUE, "200 /state", "done"),
    (PROPERTY, "200 /type", ""),
    (PROPERTY, "200 /steps", ""),
    (PROPERTY, "200 /steps/*/name", ""),
    (PROPERTY, "200 /steps/*/ok", ""),
    (VALUE, "200 /steps/*/ok", "True"),
    (VALUE, "200 /steps/*/ok", "False"),
    (PROPERTY, "200 /result", ""),
    (PROPERTY, "200 /result/value", ""),
    (PROPERTY, "200 /result/error", ""),
    (VALUE, "200 /result/error", "e1"),
    (VALUE, "200 /result/error", "e2"),
    (PROPERTY, "200 /a~1b~0c", ""),
    (PROPERTY, "200 /more", ""),
    (STATUS, "4XX", ""),
    (PROPERTY, "4XX /why", ""),
    (STATUS, "default", ""),
]


def test_everything_that_json_answers_may_show_is_documented_in_order(contract: Contract) -> None:
    sights = documented(contract, operation(contract, "readJob"))

    assert sights == tuple(Sight("readJob", *spot) for spot in JOB)


def test_what_is_no_schema_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(OPENAPI.replace("Tree:\n      properties:", "Tree:\n      allOf:\n      x:"))
    misshapen = load(tmp_path)
    tree = (Sight("readTree", STATUS, "200"),)
    assert documented(misshapen, operation(misshapen, "readTree")) == tree
    assert (*seen(misshapen, answered({"leaf": "l"}, key="readTree")),) == tree
    assert len(documented(misshapen, operation(misshapen, "readJob"))) == len(JOB)


def test_the_values_of_a_whole_body_stand_at_its_root(contract: Contract) -> None:
    assert documented(contract, operation(contract, "readKind")) == (
        Sight("readKind", STATUS, "200"),
        Sight("readKind", VALUE, "200 /", "a"),
        Sight("readKind", VALUE, "200 /", "b"),
        Sight("readKind", VALUE, "200 /", "1"),
        Sight("readKind", VALUE, "200 /", "None"),
    )
    assert shown(contract, answered(None, key="readKind")) == [(STATUS, "200", ""), (VALUE, "200 /", "None")]


def test_a_schema_within_itself_is_documented_once_and_seen_as_deep_as_it_goes(contract: Contract) -> None:
    assert documented(contract, operation(contract, "readTree")) == (
        Sight("readTree", STATUS, "200"),
        Sight("readTree", PROPERTY, "200 /leaf"),
        Sight("readTree", VALUE, "200 /leaf", "l"),
        Sight("readTree", VALUE, "200 /leaf", "m"),
        Sight("readTree", PROPERTY, "200 /next"),
    )
    assert shown(contract, answered({"next": {"leaf": "l"}}, key="readTree")) == [
        (STATUS, "200", ""),
        (PROPERTY, "200 /next", ""),
        (PROPERTY, "200 /next/leaf", ""),
        (VALUE, "200 /next/leaf", "l"),
    ]


@pytest.mark.parametrize(
    ("exchange", "spots"),
    [
        (answered({}), [(STATUS, "200", "")]),
        (answered([]), [(STATUS, "200", "")]),
        (
            answered({"state": "new", "unknown": 1}),
            [(STATUS, "200", ""), (PROPERTY, "200 /state", ""), (VALUE, "200 /state", "new")],
        ),
        (answered({"state": "lost"}), [(STATUS, "200", ""), (PROPERTY, "200 /state", "")]),
        (answered({"type": "job"}), [(STATUS, "200", ""), (PROPERTY, "200 /type", "")]),
        (
            answered({"steps": [{"name": "n"}, {"ok": True}]}),
            [
                (STATUS, "200", ""),
                (PROPERTY, "200 /steps", ""),
                (PROPERTY, "200 /steps/*/name", ""),
                (PROPERTY, "200 /steps/*/ok", ""),
                (VALUE, "200 /steps/*/ok", "True"),
            ],
        ),
        (
            answered({"result": {"error": "e2"}}),
            [
                (STATUS, "200", ""),
                (PROPERTY, "200 /result", ""),
                (PROPERTY, "200 /result/error", ""),
                (VALUE, "200 /result/error", "e2"),
            ],
        ),
        (answered({"result": {}}), [(STATUS, "200", ""), (PROPERTY, "200 /result", "")]),
        (
            answered({"a/b~c": None, "more": 1}),
            [(STATUS, "200", ""), (PROPERTY, "200 /a~1b~0c", ""), (PROPERTY, "200 /more", "")],
        ),
        (
            answered({"why": 1}, 404, media_type="application/problem+json"),
            [(STATUS, "4XX", ""), (PROPERTY, "4XX /why", "")],
        ),
        (answered({"why": 1}, 404), [(STATUS, "4XX", "")]),
        (answered({}, 503), [(STATUS, "default", "")]),
        (answered("x", media_type="text/plain"), [(STATUS, "200", "")]),
        (answered({"state": "new"}, media_type="text/html"), [(STATUS, "200", "")]),
        (answered({}, 500, key="readKind"), []),
        (answered({}, key="unknown"), []),
        (answered({}, key=None), []),
        (Exchange(Request("GET", "http://a/"), None, "readJob"), []),
        (Exchange(Request("GET", "http://a/"), Response(200), "readJob"), [(STATUS, "200", "")]),
    ],
)
def test_an_answer_shows_what_is_in_it_and_documented(
    contract: Contract, exchange: Exchange, spots: list[tuple[Aspect, str, str]]
) -> None:
    assert shown(contract, exchange) == spots


JOBS = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["new", "done", "lost", None]),
        "steps": st.lists(st.fixed_dictionaries({}, optional={"ok": st.booleans(), "name": st.none()}), max_size=2),
        "result": st.sampled_from([{}, {"value": 1}, {"error": "e1"}, {"error": "e3"}, {"value": 1, "error": "e1"}]),
        "more": st.none(),
    },
)


@given(JOBS, st.sampled_from([200, 404, 503]))
def test_only_what_is_documented_is_ever_seen(contract: Contract, body: Json, status: int) -> None:
    assert set(seen(contract, answered(body, status))) <= set(documented(contract, operation(contract, "readJob")))

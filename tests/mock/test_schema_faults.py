"""Claims about the faults that the document alone defines: each breaks one keyword at one place, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness import pool
from specwitness.contract import load
from specwitness.contract.conformance import refusals
from specwitness.contract.model import Contract, Operation
from specwitness.contract.requests import Call
from specwitness.contract.schemas import Schemas
from specwitness.findings import Exchange, Intent, Json, Request, Response
from specwitness.mock.app import App
from specwitness.mock.bodies import copied, put
from specwitness.mock.desk import Desk
from specwitness.mock.faults import Moment, schema
from specwitness.mock.faults.breaking import BREAKS, broken, flaws
from specwitness.mock.faults.places import found, places
from specwitness.mock.reply import Reply

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = [load.load(folder) for folder in load.find(SPECS)]
EACH = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
ROOT = "/components/schemas/Root"


def judge(root: Json, **others: Json) -> Schemas:
    return Schemas({"openapi": "3.1.0", "components": {"schemas": {"Root": root, **others}}})


def ways(root: Json, body: Json, **others: Json) -> dict[str, Json]:
    """Return what each flaw makes of a body, by what it is called; those that it cannot have are left out."""
    schemas = judge(root, **others)
    tried = {".".join(flaw.words): next(broken(schemas, flaw, body), ...) for flaw in flaws(schemas.document, ROOT)}
    return {name: changed for name, changed in tried.items() if changed is not ...}


# One keyword.

NAMED = {"a": {"type": "string"}, "b": {"type": "string"}}
KEYWORDS: list[tuple[str, Json, Json, Json]] = [
    ("type", {"type": "string"}, "x", 42),
    ("type", {"type": "integer"}, 7, "7"),
    ("type", {"type": "number"}, 0.25, "0.25"),
    ("type", {"type": "boolean"}, True, "true"),
    ("type", {"type": "object"}, {"a": 1}, 42),
    ("type", {"type": ["object", "null"]}, None, 42),
    ("type", {"type": ["string", "integer", "array"]}, "x", {}),
    ("enum", {"enum": ["a", "b"]}, "b", "unexpected"),
    ("enum", {"enum": [False]}, False, True),
    ("enum", {"enum": [1, 2]}, 1, 3),
    ("enum", {"enum": ["a", None]}, None, "unexpected"),
    ("const", {"const": {"a": 1}}, {"a": 1}, "unexpected"),
    ("const", {"const": True}, True, False),
    ("not", {"not": {"const": "x"}}, "y", "x"),
    ("not", {"not": {"required": ["b"]}}, {"a": 1}, {"a": 1, "b": "unexpected"}),
    ("minimum", {"minimum": 0}, 3, -1),
    ("maximum", {"maximum": 2.5}, 1, 4),
    ("exclusiveMinimum", {"exclusiveMinimum": 0}, 3, 0),
    ("exclusiveMaximum", {"exclusiveMaximum": 9}, 3, 9),
    ("multipleOf", {"multipleOf": 5}, 10, 11),
    ("multipleOf", {"multipleOf": 0.5}, 1, 1.25),
    ("minLength", {"minLength": 2}, "abc", "a"),
    ("maxLength", {"maxLength": 3}, "ab", "abbb"),
    ("pattern", {"pattern": "^[a-z]+$"}, "ab", "~~"),
    ("format", {"format": "uuid"}, "123e4567-e89b-12d3-a456-426614174000", "not a uuid"),
    ("minItems", {"minItems": 2}, [1, 2, 3], [1]),
    ("maxItems", {"maxItems": 2}, [1], [1, 1, 1]),
    ("uniqueItems", {"uniqueItems": True}, [1, 2], [1, 2, 1]),
    ("contains", {"contains": {"const": 1}}, [1, 2], []),
    ("maxContains", {"contains": {"const": 1}, "maxContains": 1}, [1], [1, 1, 1]),
    ("items", {"items": {"type": "string"}}, ["a"], ["a", 42]),
    ("items", {"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 42]),
    ("unevaluatedItems", {"prefixItems": [{}], "unevaluatedItems": False}, [1], [1, 42]),
    ("dependentRequired", {"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}, {"a": 1}),
    ("minProperties", {"minProperties": 2}, {"a": 1, "b": 2}, {"a": 1}),
    ("maxProperties", {"maxProperties": 2}, {"a": 1}, {"a": 1, "unexpected1": 42, "unexpected2": 42}),
    ("propertyNames", {"propertyNames": {"maxLength": 3}}, {"a": 1}, {"a": 1, "unexpected": "unexpected"}),
    ("required", {"required": ["a"]}, {"a": 1, "b": 2}, {"b": 2}),
    (
        "additionalProperties",
        {"properties": NAMED, "additionalProperties": False},
        {"a": ""},
        {"a": "", "unexpected": 42},
    ),
    ("additionalProperties", {"additionalProperties": {"type": "integer"}}, {}, {"unexpected": "unexpected"}),
    (
        "unevaluatedProperties",
        {"allOf": [{"properties": NAMED}], "unevaluatedProperties": False},
        {},
        {"unexpected": 42},
    ),
    ("anyOf", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "x", []),
    ("oneOf", {"oneOf": [{"const": "a"}, {"const": "b"}]}, "b", 42),
]


@pytest.mark.parametrize(("keyword", "root", "valid", "changed"), KEYWORDS)
def test_a_keyword_is_broken_with_as_little_as_possible_changed(
    keyword: str, root: Json, valid: Json, changed: Json
) -> None:
    assert judge(root).both_accept(ROOT, valid) == (True, True)
    broken_so = {name: body for name, body in ways(root, valid).items() if name.endswith(f".{keyword}")}
    assert set(map(json.dumps, broken_so.values())) == {json.dumps(changed)}


def test_every_keyword_is_shown_here() -> None:
    assert {keyword for keyword, *_ in KEYWORDS} == set(BREAKS)


@pytest.mark.parametrize(
    "root",
    [
        True,
        {},
        {"items": {}, "additionalProperties": True, "propertyNames": {}},
        {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False},
        {"format": "nanoid"},
        {"then": {"minimum": 1}},
    ],
)
def test_what_refuses_nothing_has_no_flaw(root: Json) -> None:
    assert list(flaws(judge(root).document, ROOT)) == []


# One place.

PET = {"required": ["kind"], "properties": {"kind": {"const": "cat"}, "age": {"type": "integer"}}}
TREE = {"required": ["name"], "properties": {"below": {"items": {"$ref": "#/components/schemas/Tree"}}}}
PLACES: list[tuple[Json, Json, dict[str, Json]]] = [
    (
        {"properties": {"a": {"items": {"properties": {"b": {"maximum": 1}}}}}},
        {"a": [{"c": 1}, {"b": 0}, {"b": 1}]},
        {"a.items.b.maximum": {"a": [{"c": 1}, {"b": 2}, {"b": 1}]}},
    ),
    (
        {"prefixItems": [{}, {"minimum": 1}], "items": {"maximum": 1}},
        [0, 2, 1],
        {"body.items": [0, 2, 1, 42], "1.minimum": [0, 0, 1], "items.maximum": [0, 2, 2]},
    ),
    (
        {"patternProperties": {"^x": {"minimum": 1}}, "additionalProperties": {"maximum": 1}},
        {"a": 1, "x": 1},
        {
            "body.additionalProperties": {"a": 1, "x": 1, "unexpected": 42},
            "matching.minimum": {"a": 1, "x": 0},
            "additional.maximum": {"a": 2, "x": 1},
        },
    ),
    (
        {"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"maximum": 1}},
        "x",
        {"then.maxLength": "xx"},
    ),
    ({"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"maximum": 1}}, 1, {"else.maximum": 2}),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"b": 1}, {}),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1, "b": 1}, {"with-a.b.required": {"a": 1}}),
    (
        {"allOf": [{"$ref": "#/components/schemas/Pet"}]},
        {"kind": "cat", "age": 1},
        {
            "kind.required": {"age": 1},
            "kind.const": {"kind": "unexpected", "age": 1},
            "age.type": {"kind": "cat", "age": "1"},
        },
    ),
    (
        {"$ref": "#/components/schemas/Tree"},
        {"name": "x", "below": [{"name": "y", "below": []}]},
        {
            "name.required": {"below": [{"name": "y", "below": []}]},
            "below.items": {"name": "x", "below": [{"name": "y", "below": []}, {}]},
        },
    ),
]


@pytest.mark.parametrize(("root", "body", "expected"), PLACES)
def test_a_place_is_found_wherever_it_is(root: Json, body: Json, expected: dict[str, Json]) -> None:
    assert judge(root, Pet=PET, Tree=TREE).both_accept(ROOT, body) == (True, True)
    assert ways(root, body, Pet=PET, Tree=TREE) == expected


BRANCHES = {
    "anyOf": [
        {"$ref": "#/components/schemas/Pet"},
        {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["dog"]}}},
        {"title": "Some Thing", "type": "array", "minItems": 1},
        {"type": "null"},
        {"type": "string", "maxLength": 1},
        {"type": "string", "format": "date"},
    ]
}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "cat"}, {"Pet.anyOf": 42, "Pet.kind.required": {}, "Pet.kind.const": {"kind": "unexpected"}}),
        ({"kind": "dog"}, {"dog.anyOf": 42, "dog.kind.required": {}, "dog.kind.enum": {"kind": "unexpected"}}),
        ([0], {"Some Thing.anyOf": 42, "Some Thing.minItems": []}),
        (None, {"null.anyOf": 42}),
        ("x", {"string-4.anyOf": 42, "string-4.maxLength": "xx"}),
        ("2026-01-15", {"string-5.anyOf": 42, "string-5.format": "not a date"}),
    ],
)
def test_a_flaw_of_a_branch_is_only_where_the_value_is_in_that_branch(body: Json, expected: dict[str, Json]) -> None:
    root = BRANCHES
    assert ways(root, body, Pet={"type": "object", **PET}) == expected


def test_what_another_branch_accepts_is_no_flaw() -> None:
    root = {"anyOf": [{"type": "string", "maxLength": 1}, {"type": ["string", "integer"], "maxLength": 2}]}
    assert ways(root, "x") == {"string.anyOf": "unexpected", "1.anyOf": "unexpected", "1.maxLength": "xxx"}


def test_a_flaw_is_worded_for_people() -> None:
    root = {
        "required": ["a"],
        "properties": {"a": {"items": {"anyOf": [{"title": "One", "properties": {"b": {"enum": [1]}}}]}}},
        "additionalProperties": {"required": ["c"]},
    }
    assert {str(flaw) for flaw in flaws(judge(root).document, ROOT)} == {
        "The property a is missing.",
        "The body has a property that is not allowed.",
        "The property a has an item that does not fit.",
        "The property c of an additional property of the body is missing.",
        "An item of a (One) fits none of the alternatives.",
        "The property b of an item of a (One) has a value outside its enum.",
    }


def test_references_without_an_end_are_given_up() -> None:
    names = [f"S{number}" for number in range(12)]
    everything = {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}, "minProperties": 1}
    assert len(list(flaws(judge(everything, **dict.fromkeys(names, everything)).document, ROOT))) < 2_000


def test_a_name_that_no_pattern_can_be_asked_about_is_additional() -> None:
    schemas = judge({"patternProperties": {r"^\p{L}+$": {"minimum": 1}}, "additionalProperties": {"maximum": 1}})
    stands = {".".join(one.words): found(schemas, one, {"a": 1}) for one in places(schemas.document, ROOT)}
    assert stands == {"": [("", {"a": 1})], "matching": [], "additional": [("/a", 1)]}


def test_what_would_be_too_long_to_read_is_not_sent() -> None:
    root = {"type": "string", "maxLength": 2**31 - 1}
    assert ways(root, "x") == {"body.type": 42}


LEAVES = st.sampled_from([row[1] for row in KEYWORDS if isinstance(row[1], dict)])
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(lambda a, b: {"type": "object", "properties": {"a": a, "b": b}, "required": ["a"]}, parts, parts),
        st.builds(lambda item: {"type": "array", "items": item, "minItems": 1}, parts),
        st.builds(lambda *branches: {"anyOf": list(branches)}, parts, parts),
        st.builds(lambda *both: {"allOf": list(both)}, parts, parts),
    ),
    max_leaves=5,
)


@given(root=TREES)
def test_what_is_broken_is_refused_by_both_and_broken_at_one_place(root: Json) -> None:
    schemas = judge(root)
    for body in pool.bodies(schemas, ROOT, limit=4):
        for flaw in flaws(schemas.document, ROOT):
            there = found(schemas, flaw.place, body)
            for changed in broken(schemas, flaw, body):
                assert schemas.both_accept(ROOT, changed) == (False, False)
                assert any(put(copied(changed), at, value) == body for at, value in there)


# A toy contract.


def response(root: Json, media_type: str = "application/json") -> dict[str, Json]:
    return {"description": "x", "content": {media_type: {"schema": root}}}


KIND = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}}}
TOY: dict[str, Json] = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "paths": {
        "/things/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": response({"properties": {"$a b": {"enum": ["x"]}, "-a-b": {"enum": ["x"]}}}),
                    "default": response({"$ref": "#/components/schemas/Kind"}),
                },
            }
        },
        "/none": {
            "get": {
                "operationId": "none",
                "responses": {
                    "2XX": response(
                        {"items": {"type": "string", "maxLength": 100_000}, "maxItems": 0, "type": "array"}
                    ),
                    "404": response({"type": "string"}, "text/plain"),
                    "4XX": response({"type": "string", "pattern": "(?=a)a", "minLength": 2}),
                    "500": {"description": "x"},
                    **{f"{first}XX": response({"const": {"a": 1}}) for first in "135"},
                    "default": response({"const": {"a": 1}}),
                },
            }
        },
    },
    "components": {"schemas": {"Kind": KIND}},
}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "toy"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(TOY), encoding="utf-8")
    return load.load(folder)


def get(app: App, target: str, method: str = "GET", **headers: str) -> Reply:
    return app.answer(method, target.encode(), tuple((n.encode(), v.encode()) for n, v in headers.items()), b"")


def test_every_fault_of_a_contract_has_a_name_for_the_shell_or_a_reason_not_to_be_seen(toy: Contract) -> None:
    assert {fault.name: fault.unobservable for fault in schema.faults(Desk(toy))} == {
        "schema.GET-things-id.200.a-b.enum": None,
        "schema.GET-things-id.200.a-b.enum-2": None,
        "schema.GET-things-id.default.body.type": None,
        "schema.GET-things-id.default.kind.required": None,
        "schema.GET-things-id.default.kind.const": None,
        "schema.none.2XX.body.type": None,
        "schema.none.2XX.body.items": None,
        "schema.none.2XX.body.maxItems": None,
        "schema.none.2XX.items.type": "no answer of the mock shows this place",
        "schema.none.2XX.items.maxLength": "no answer of the mock shows this place",
        "schema.none.4XX.body.type": "the mock has no body for this answer",
        "schema.none.4XX.body.pattern": "the mock has no body for this answer",
        "schema.none.4XX.body.minLength": "the mock has no body for this answer",
        "schema.none.1XX.body.const": None,
        "schema.none.3XX.body.const": None,
        "schema.none.5XX.body.const": None,
    }


def test_a_faulty_mock_answers_with_the_fault(toy: Contract) -> None:
    app = App([toy], faulty=["schema.GET-things-id.default.kind.const"])
    assert json.loads(get(app, "/things/a", prefer="code=404").content) == {"kind": "unexpected"}
    assert json.loads(get(app, "/things/a").content).get("kind") is None


@pytest.mark.parametrize(
    ("faulty", "method", "target"),
    [
        ("schema.GET-things-id.default.kind.const", "GET", "/things/a"),
        ("schema.GET-things-id.default.kind.const", "GET", "/none"),
        ("schema.GET-things-id.default.kind.const", "HEAD", "/things/missing-1"),
        ("schema.none.4XX.body.type", "GET", "/none"),
    ],
)
def test_an_answer_of_another_kind_is_left_as_it_is(toy: Contract, faulty: str, method: str, target: str) -> None:
    assert get(App([toy], faulty=[faulty]), target, method) == get(App([toy]), target, method)


@pytest.mark.parametrize("content", [b"", b"{", b"null"])
def test_a_body_that_another_fault_has_spoiled_is_left_as_it_is(toy: Contract, content: bytes) -> None:
    app = App([toy])
    fault = app.catalogues["toy"]["schema.GET-things-id.200.a-b.enum"]
    spoiled = Reply(200, (("Content-Type", "application/json"),), (content,))
    call = Call("GET", b"/things/a", b"", (), b"", {"id": "a"})
    moment = Moment(app.desks["toy"], toy.operations[0], call, lambda _: spoiled)
    assert fault.apply(moment) == spoiled


# The real contracts.


Asked = tuple[Operation, Request, dict[str, str]]


def requests(contract: Contract, app: App) -> Iterator[Asked]:
    """Yield requests that together show every answer: each documented id and status, and each kind of refusal."""
    values = app.values(contract.name)
    keys = dict(contract.security_schemes[name].header(value) for name, value in values.credentials.items())
    for operation in contract.operations:
        body = b'{"prompt": "Say hello"}' if operation.body else None
        headers = {**keys, "Content-Type": "application/json"} if body else keys
        names = [one.name for one in operation.path_parameters]
        columns = [values.parameters[name] for name in names]
        rows = [dict(zip(names, row, strict=True)) for row in zip_longest(*columns)] or [{}]
        first = {name: column[0] for name, column in zip(names, columns, strict=True)}
        sent: list[tuple[dict[str, str], dict[str, str]]] = [({**first, **known(row)}, headers) for row in rows]
        sent += [(first, {}), *[(first, {**headers, "Idempotency-Key": "once"})] * 2]
        sent += [({**first, names[-1]: "missing-1"}, headers)] if names else []
        sent += [(first, {**headers, "Prefer": f"code={status}"}) for status in operation.responses]
        for parameters, with_headers in sent:
            path = operation.path
            for name, value in parameters.items():
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            url = f"http://mock{path}" + ("?page_size=100" if operation.key == "listRuns" else "")
            yield operation, Request(operation.method, url, tuple(with_headers.items()), body), parameters


def known(row: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value is not None}


def answers(app: App, asked: list[Asked]) -> list[Reply]:
    app.reset()
    return [
        app.answer(
            request.method,
            request.url.removeprefix("http://mock").encode(),
            tuple((name.lower().encode(), value.encode()) for name, value in request.headers),
            request.body or b"",
        )
        for _, request, _ in asked
    ]


def objections(contract: Contract, asked: Asked, valid: Reply, changed: Reply) -> list[str]:
    """Return what is wrong with the way in which an answer has been changed."""
    operation, request, parameters = asked
    documented = operation.response_for(changed.status)
    content = documented.content_for("application/json") if documented else None
    if (changed.status, changed.headers) != (valid.status, valid.headers) or content is None or content.schema is None:
        return ["more than the body has changed"]
    if contract.schemas.both_accept(content.schema, json.loads(changed.content)) != (False, False):
        return ["it is not refused by both"]
    response = Response(changed.status, changed.headers, changed.content)
    exchange = Exchange(request, response, operation.key, parameters, Intent.GENERATED)
    rules = {violation.rule for violation in refusals(contract, exchange)}
    expected = {violation.rule for violation in refusals(contract, valid_exchange(exchange, valid))}
    return [] if all(rule.startswith("response-") for rule in rules - expected) and rules - expected else [f"{rules}"]


def valid_exchange(exchange: Exchange, valid: Reply) -> Exchange:
    response = Response(valid.status, valid.headers, valid.content)
    return Exchange(exchange.request, response, exchange.operation, exchange.parameters, exchange.intent)


@EACH
def test_a_fault_changes_some_answer_and_what_it_changes_is_refused(contract: Contract) -> None:
    app = App([contract])
    asked = list(requests(contract, app))
    valid = answers(app, asked)
    assert answers(app, asked) == valid
    wrong = []
    for fault in schema.faults(app.desks[contract.name]):
        # As `faulty=[fault.name]` does, without preparing every answer again.
        app._faulty = [{contract.name: fault}]
        rows = zip(asked, valid, answers(app, asked), strict=True)
        changed = [(one, before, after) for one, before, after in rows if after != before]
        wrong += [fault.name] if bool(changed) == bool(fault.unobservable) else []
        wrong += [f"{fault.name}: {said}" for row in changed for said in objections(contract, *row)]
        wrong += [f"{fault.name}: {one[0].key}" for one, _, _ in changed if one[0].key not in fault.operations]
    assert wrong == []


@EACH
def test_names_are_unique_for_the_shell_and_do_not_depend_on_the_seed(contract: Contract) -> None:
    names = [fault.name for fault in schema.faults(Desk(contract))]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"schema(\.[A-Za-z0-9_-]+)+", name)] == []
    assert [fault.name for fault in schema.faults(Desk(contract, seed=7))] == names


def test_the_faults_of_a_rare_branch_need_that_branch() -> None:
    contract = next(one for one in CONTRACTS if one.name == "intuned")
    app = App([contract])
    asked = list(requests(contract, app))
    valid = answers(app, asked)
    sinks: dict[str, set[str]] = {}
    for fault in schema.faults(app.desks["intuned"]):
        branch = re.search(r"\.sink\.(\w+)\.", fault.name)
        if branch:
            app._faulty = [{"intuned": fault}]
            pairs = zip(valid, answers(app, asked), strict=True)
            sinks.setdefault(branch[1], set()).update(sink_of(before) for before, after in pairs if before != after)
    assert sinks == {"webhook": {"webhook"}, "s3": {"s3"}, "null": {"null"}}


def sink_of(reply: Reply) -> str:
    sink = json.loads(reply.content)["jobRun"]["job_configuration_snapshot"]["sink"]
    return "null" if sink is None else str(sink["type"])

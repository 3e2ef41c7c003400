"""Claims about the catalogue of faults: what is in it, that each is seen by somebody, and by nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from specwitness.contract import load
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import UnknownFaultError
from specwitness.mock.app import App
from specwitness.mock.connection import rendered
from specwitness.mock.faults import Fault, Kind
from specwitness.mock.reply import Reply

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = {folder.name: load.load(folder) for folder in load.find(SPECS)}
APPS = {name: App([contract]) for name, contract in CONTRACTS.items()}
CATALOGUES = {name: app.catalogues[name] for name, app in APPS.items()}
OURS = frozenset({Kind.HTTP, Kind.AUTH, Kind.LIFECYCLE, Kind.RARE, Kind.TRANSPORT, Kind.LEAK})
ALL = [(name, fault) for name, catalogue in CATALOGUES.items() for fault in catalogue.values() if fault.kind in OURS]

BOTH = pytest.mark.parametrize("name", sorted(CONTRACTS))
RUNS = "/api/v1/runs"

Heard = tuple[str, str, str]
"""The operation asked, its method, and a digest of what came over the wire."""


@dataclass
class Client:
    """Asks an application without a socket, and keeps what came."""

    app: App
    contract: Contract
    heard: list[Heard] = field(default_factory=list)
    replies: list[tuple[Operation | None, Reply]] = field(default_factory=list)

    @property
    def key(self) -> dict[str, str]:
        """The headers that let one in."""
        values = self.app.values(self.contract.name).credentials
        return dict(self.contract.security_schemes[name].header(value) for name, value in values.items())

    def __call__(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        operation: Operation | None = None,
    ) -> Reply:
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        wire = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in pairs)
        reply = self.app.answer(method, target.encode(), wire, body)
        text = b"".join(rendered(reply, method, modern=True, lasting=True))
        self.heard.append((operation.key if operation else "", method, sha256(text).hexdigest()))
        self.replies.append((operation, reply))
        return reply


def spoiled(name: str, *faults: Fault) -> App:
    """Return the contract's one mock with some faults, as new; to make one takes long."""
    app = APPS[name]
    app._faulty = [{name: fault} for fault in faults]
    app.reset()
    return app


def rows(app: App, operation: Operation) -> Iterator[dict[str, str]]:
    """Yield path parameters that together hold every documented value of each."""
    values = app.values(next(iter(app.desks))).parameters
    columns = [(one.name, values[one.name]) for one in operation.path_parameters]
    for row in zip_longest(*(column for _, column in columns)) if columns else [()]:
        yield {name: value or column[0] for (name, column), value in zip(columns, row, strict=True)}


def filled(operation: Operation, parameters: Mapping[str, str]) -> str:
    path = operation.path
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def body_of(operation: Operation) -> bytes:
    return b'{"prompt": "Say hello", "session_id": "s"}' if operation.body else b""


def walked(app: App, contract: Contract) -> Client:
    """Make every sort of request that a suite may make, always the same ones."""
    client = Client(app, contract)
    if contract.name == "praisonai":
        life(client)
    # What is deleted cannot be asked for any more.
    for operation in sorted(contract.operations, key=lambda one: one.method == "DELETE"):
        known(client, operation)
        odd(client, operation)
    operation = contract.operations[0]
    target = filled(operation, next(rows(app, operation)))
    for _ in range(40):
        client("GET", target, headers=client.key, operation=operation)
    return client


def known(client: Client, operation: Operation) -> None:
    """Ask for everything that is documented, what is read three times, and in the ways that clients differ by."""
    method, body = operation.method, body_of(operation)
    sent = {**client.key, **({"Content-Type": "application/json"} if body else {})}
    targets = [filled(operation, row) for row in rows(client.app, operation)]
    for target in targets:
        for _ in range(3 if method == "GET" else 1):
            client(method, target, body, headers=sent, operation=operation)
    for accept in ("application/json", "text/html, */*;q=0.8"):
        client(method, targets[0], body, headers={**sent, "Accept": accept}, operation=operation)
    client(method, f"{targets[0]}?unknown=1", body, headers=sent, operation=operation)
    client("TRACE", targets[0], headers=sent)
    for headers in (sent, {}) if method == "GET" else ():
        client("HEAD", targets[0], headers=headers, operation=operation)


def odd(client: Client, operation: Operation) -> None:
    """Ask for what nobody has, in ways that the contract refuses, and without a valid credential."""
    method, body = operation.method, body_of(operation)
    sent = {**client.key, **({"Content-Type": "application/json"} if body else {})}
    first = next(rows(client.app, operation))
    target = filled(operation, first)
    for bad in (b"", b"{", b"{}", b'{"prompt": 1}') if body else ():
        client(method, target, bad, headers=sent, operation=operation)
    if body:
        client(method, target, b"<a/>", headers={"Content-Type": "a/b"}, operation=operation)
    for parameter in operation.parameters:
        if parameter.place == "query":
            client(method, f"{target}?{parameter.name}=%FF", headers=sent, operation=operation)
    for parameter in operation.path_parameters:
        for text in ("missing-1", "é", "x" * 300, "a/b", "a?b#c", "-"):
            for headers in (sent, {}):
                client(
                    method,
                    filled(operation, {**first, parameter.name: text}),
                    body,
                    headers=headers,
                    operation=operation,
                )
    for headers_, query in strangers(client.key):
        client(method, target + query, body, headers=headers_, operation=operation)


def strangers(key: Mapping[str, str]) -> Iterator[tuple[list[tuple[str, str]], str]]:
    """Yield the headers and the query of requests that must not be let in, where a key is asked for."""
    yield [], ""
    for name, value in key.items():
        near = ("", "wrong", value.upper(), value[:-1], value[1:], value + "x", "x" + value, f" {value} ")
        yield from (([(name, one)], "") for one in (*near, "%" + value.encode().hex("%")))
        yield [(name, value), (name, "wrong")], ""
        yield [], f"?{name}={value}"
        yield [("Cookie", f"{name}={value}")], ""
        yield [("Authorization", f"Bearer {value}")], ""


def life(client: Client) -> None:
    """Submit, poll, fetch, cancel, delete and list, and come back to each."""
    operations = {operation.label: operation for operation in client.contract.operations}

    def ask(method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Reply:
        wire = {"Content-Type": "application/json", **headers} if body is not None else headers
        label = f"{method} {re.sub(r'/run-[^/]*', '/{job_id}', path)}"
        text = json.dumps(body).encode() if body is not None else b""
        return client(method, path + query, text, headers=wire, operation=operations.get(label))

    jobs = []
    for number in range(4):
        reply = ask("POST", RUNS, {"prompt": "x", "session_id": f"s{number}"}, **{"Idempotency-Key": f"k{number}"})
        named = re.search(rb"run-[A-Za-z0-9_-]{12}", reply.content)
        jobs.append(named[0].decode() if named else "run-queued")
        ask("POST", RUNS, {"prompt": "x"}, **{"Idempotency-Key": f"k{number}"})
    for query in ("", "?page_size=2", "?page=2&page_size=2", "?status=failed", "?session_id=s1"):
        ask("GET", RUNS, query=query)
    for job in jobs[:3]:
        for _ in range(4):
            ask("GET", f"{RUNS}/{job}/result")
            ask("GET", f"{RUNS}/{job}")
    ask("DELETE", f"{RUNS}/run-running")
    deleted, cancelled = jobs[0], jobs[3]
    for method, path in (("POST", f"{RUNS}/{cancelled}/cancel"), ("DELETE", f"{RUNS}/{deleted}")):
        ask(method, path)
        ask(method, path)
    for path in (f"{RUNS}/{cancelled}", f"{RUNS}/{deleted}", RUNS, "/stats"):
        ask("GET", path)


BASELINES = {name: walked(spoiled(name), contract) for name, contract in CONTRACTS.items()}


# What the catalogue says.


def test_names_are_for_shells_and_urls_and_claims_are_sentences() -> None:
    bad = [fault.name for _, fault in ALL if not re.fullmatch(r"[a-z]+(\.[A-Za-z0-9_-]+)+", fault.name)]
    unclear = [fault.claim for _, fault in ALL if not re.fullmatch(r"\w.*[^.]\.", fault.claim)]
    assert (bad, unclear) == ([], [])


def test_a_name_says_of_what_sort_a_fault_is() -> None:
    prefixes = {fault.kind: fault.name.split(".")[0] for _, fault in ALL}
    assert prefixes == {kind: str(kind) for kind in OURS}
    assert [fault.name for _, fault in ALL if not fault.name.startswith(f"{fault.kind}.")] == []


@BOTH
def test_a_catalogue_is_the_same_every_time(name: str) -> None:
    served = App([CONTRACTS[name]])
    walked(served, CONTRACTS[name])
    # Built after traffic: what has happened since the start changes nothing.
    assert [one.to_json() for one in served.catalogues[name].values()] == [
        one.to_json() for one in CATALOGUES[name].values()
    ]


@BOTH
def test_to_build_a_catalogue_leaves_no_trace(name: str) -> None:
    served = App([CONTRACTS[name]])
    assert served.catalogues[name]
    assert walked(served, CONTRACTS[name]).heard == BASELINES[name].heard


@BOTH
def test_only_what_a_contract_has_can_be_broken(name: str) -> None:
    kinds = {fault.kind for fault in CATALOGUES[name].values()} & OURS
    assert kinds == (OURS if name == "intuned" else OURS - {Kind.AUTH})


def test_a_fault_that_no_contract_has_is_refused() -> None:
    with pytest.raises(UnknownFaultError, match=r"auth\.any-key"):
        App([CONTRACTS["praisonai"]], faulty=["auth.any-key"])


def test_what_nobody_can_see_is_marked_with_the_reason() -> None:
    marked = {fault.name: fault.unobservable for _, fault in ALL if fault.unobservable is not None}
    assert marked.keys() == {"auth.trimmed-key", "transport.slow"}
    assert "RFC" in marked["auth.trimmed-key"]
    assert "no document says how soon" in marked["transport.slow"]


# Who sees what.


@BOTH
def test_every_fault_changes_some_answer(name: str) -> None:
    faults = [fault for fault in CATALOGUES[name].values() if fault.kind in OURS - {Kind.TRANSPORT}]
    contract, expected = CONTRACTS[name], BASELINES[name].heard
    assert [fault.name for fault in faults if walked(spoiled(name, fault), contract).heard == expected] == []


@BOTH
def test_a_mock_without_faults_answers_byte_for_byte_alike(name: str) -> None:
    assert walked(spoiled(name), CONTRACTS[name]).heard == BASELINES[name].heard


@BOTH
def test_a_fault_of_some_operations_leaves_the_others_alone(name: str) -> None:
    contract = CONTRACTS[name]

    def first_answers(*faults: Fault) -> dict[str, Heard]:
        found = {}
        for operation in contract.operations:
            client = Client(spoiled(name, *faults), contract)
            target = filled(operation, next(rows(client.app, operation)))
            headers = {**client.key, "Content-Type": "application/json"}
            client(operation.method, target, body_of(operation), headers=headers, operation=operation)
            found[operation.key] = client.heard[0]
        return found

    expected = first_answers()
    touched = []
    for fault in CATALOGUES[name].values():
        if fault.kind in OURS and fault.operations:
            answers = first_answers(fault)
            assert fault.operations <= expected.keys()
            others = expected.keys() - fault.operations
            touched += [(fault.name, key) for key in others if answers[key] != expected[key]]
    assert touched == []


@BOTH
def test_a_fault_of_meaning_sends_what_the_schema_allows(name: str) -> None:
    contract, desk = CONTRACTS[name], APPS[name].desks[name]
    disguised = []
    for fault in CATALOGUES[name].values():
        if fault.kind is not Kind.LIFECYCLE:
            continue
        client = walked(spoiled(name, fault), contract)
        pairs = zip(client.heard, BASELINES[name].heard, client.replies, strict=True)
        for after, before, (operation, reply) in pairs:
            content = desk.answers.content(operation, reply.status) if operation and after != before else None
            if content is None or content.schema is None or content.media_type != "application/json":
                continue
            if not contract.schemas.accepts(content.schema, json.loads(reply.content)):
                disguised.append(fault.name)
                break
    assert disguised == []


@BOTH
def test_any_two_faults_can_be_had_together(name: str) -> None:
    contract, broken = CONTRACTS[name], CATALOGUES[name]["http.trailing-comma"]
    for fault in CATALOGUES[name].values():
        client = Client(spoiled(name, broken, fault), contract)
        for operation in contract.operations if fault.kind in OURS else ():
            client(operation.method, filled(operation, next(rows(client.app, operation))), headers=client.key)


# Documents that say less, and more.


def answer(schema: Any = None, **others: Any) -> dict[str, Any]:
    return {"description": "x", "content": {"application/json": {"schema": schema or {"type": "object"}}}, **others}


def loaded(folder: Path, paths: Any, schemes: Any = None) -> App:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Toy", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": schemes or {}},
    }
    (folder / "toy").mkdir()
    (folder / "toy" / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return App([load.load(folder / "toy")])


PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
PETS: dict[str, Any] = {
    "/pets": {
        "post": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": PET}}},
            "responses": {"201": answer(PET), "415": answer(), "422": answer()},
        }
    },
    "/pets/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"responses": {"200": answer(PET), "404": answer()}},
    },
    "/pets/id": {"get": {"responses": {"200": answer(PET)}}},
}


def test_a_document_alone_has_faults_too(tmp_path: Path) -> None:
    found = loaded(tmp_path, PETS).catalogues["toy"]
    assert {fault.kind for fault in found.values()} & OURS == {Kind.HTTP, Kind.RARE, Kind.TRANSPORT, Kind.LEAK}
    ends = {"POST-pets": "POST /pets", "GET-pets-id": "GET /pets/{id}", "GET-pets-id-2": "GET /pets/id"}
    errors = {fault.name: sorted(fault.operations) for fault in found.values() if ".server-error." in fault.name}
    assert errors == {f"http.server-error.{end}": [key] for end, key in ends.items()}
    assert {"http.type-accepted.POST-pets", "rare.non-ascii-id", "http.unknown-accepted.GET-pets-id"} <= set(found)
    assert {"http.unknown-accepted.POST-pets", "leak.credential-in-body"}.isdisjoint(found)


def test_what_a_client_makes_may_have_no_effect_though_no_lifecycle_speaks_of_it(tmp_path: Path) -> None:
    item = {**PETS["/pets/{id}"], "delete": {"operationId": "drop", "responses": {"204": {"description": "gone"}}}}
    app = loaded(tmp_path, {"/pets/{id}": item})
    (target,) = (f"/pets/{name}" for name in app.values("toy").parameters["id"][:1])
    names = {name for name, fault in app.catalogues["toy"].items() if fault.kind is Kind.LIFECYCLE}
    assert names == {"lifecycle.no-effect.drop"}
    app._faulty = [app.faults_named("lifecycle.no-effect.drop")]
    assert [said(app, method, target).status for method in ("GET", "DELETE", "GET")] == [200, 204, 200]
    app._faulty = []
    assert [said(app, method, target).status for method in ("GET", "DELETE", "GET")] == [200, 204, 404]


def test_a_document_without_operations_has_no_faults_but_those_of_the_wire(tmp_path: Path) -> None:
    found = loaded(tmp_path, {"/nothing": {}}).catalogues["toy"]
    assert {fault.kind for fault in found.values()} == {Kind.TRANSPORT}


SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
GUARDED = {
    f"/{name}": {
        "get": {"operationId": name, "security": [{name: []}], "responses": {"200": answer(), "401": answer()}}
    }
    for name in SCHEMES
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> App:
    return loaded(tmp_path_factory.mktemp("guarded"), GUARDED, SCHEMES)


@pytest.mark.parametrize(
    ("fault", "target", "headers", "status"),
    [
        ("none-needed", "/header", [], 200),
        ("none-needed", "/header", [("X-Key", "wrong")], 401),
        ("any-key", "/header", [], 401),
        ("any-key", "/header", [("X-Key", "wrong")], 200),
        ("any-key", "/bearer", [("Authorization", "Bearer wrong")], 200),
        ("empty-key", "/header", [("X-Key", "")], 200),
        ("empty-key", "/bearer", [("Authorization", "Bearer")], 200),
        ("empty-key", "/cookie", [("Cookie", "key=")], 200),
        ("empty-key", "/query?key=", [], 200),
        ("case-folded-key", "/header", [("X-Key", "MOCK-HEADER")], 200),
        ("case-folded-key", "/header", [("X-Key", "MOCK-HEADE")], 401),
        ("start-of-key", "/header", [("X-Key", "mock-head")], 200),
        ("start-of-key", "/header", [("X-Key", "m")], 401),
        ("end-of-key", "/query?key=query", [], 200),
        ("longer-key", "/cookie", [("Cookie", "key=mock-cookiex")], 200),
        ("key-inside", "/header", [("X-Key", "xmock-headerx")], 200),
        ("key-among-others", "/header", [("X-Key", "mock-header"), ("X-Key", "wrong")], 200),
        ("encoded-key", "/header", [("X-Key", "mock%2Dheader")], 200),
        ("key-in-query", "/header?X-Key=mock-header", [], 200),
        ("key-in-cookie", "/header", [("Cookie", "X-Key=mock-header")], 200),
        ("key-in-header", "/query", [("key", "mock-query")], 200),
        ("key-as-bearer", "/header", [("Authorization", "Bearer mock-header")], 200),
        ("trimmed-key", "/query?key=+mock-query", [], 200),
        ("trimmed-key", "/bearer", [("Authorization", "Bearer  mock-bearer")], 200),
        ("403-for-401", "/header", [], 403),
        ("wrong-is-500", "/header", [("X-Key", "wrong")], 500),
        ("wrong-is-500", "/header", [], 401),
        ("open.header", "/header", [], 200),
        ("open.header", "/query", [], 401),
        ("valid-refused.header", "/header", [("X-Key", "mock-header")], 401),
    ],
)
def test_a_door_is_open_just_so_far(
    guarded: App, fault: str, target: str, headers: Sequence[tuple[str, str]], status: int
) -> None:
    guarded._faulty = [guarded.faults_named(f"auth.{fault}")]
    wire = tuple((name.lower().encode(), value.encode()) for name, value in headers)
    assert guarded.answer("GET", target.encode(), wire, b"").status == status


def test_where_spaces_are_part_of_a_key_they_can_be_seen(guarded: App) -> None:
    assert guarded.catalogues["toy"]["auth.trimmed-key"].unobservable is None


# A few of them, from near.


def said(app: App, method: str, target: str, **body: Any) -> Reply:
    headers = ((b"content-type", b"application/json"),) if body else ()
    return app.answer(method, target.encode(), headers, json.dumps(body).encode() if body else b"")


def faulty(name: str) -> App:
    return App([CONTRACTS["praisonai"]], faulty=[name])


def submitted(app: App) -> str:
    return str(json.loads(said(app, "POST", RUNS, prompt="x").content)["poll_url"])


def test_a_cancellation_without_effect_is_answered_as_one_with() -> None:
    app = faulty("lifecycle.run.no-effect.cancelRun")
    run = submitted(app)
    assert json.loads(said(app, "POST", f"{run}/cancel").content)["status"] == "cancelled"
    assert json.loads(said(app, "GET", run).content)["status"] == "running"


def test_what_is_deleted_without_effect_is_still_there() -> None:
    app = faulty("lifecycle.run.no-effect.deleteRun")
    run = submitted(app)
    assert [said(app, "DELETE", run).status, said(app, "GET", run).status] == [204, 200]


def test_a_second_deletion_succeeds_only_after_a_first() -> None:
    app = faulty("lifecycle.run.deleted-twice.deleteRun")
    run = submitted(app)
    statuses = [said(app, "DELETE", target).status for target in (run, run, f"{RUNS}/missing-1")]
    assert statuses == [204, 204, 404]


def test_a_finished_run_that_goes_back_keeps_its_name() -> None:
    app = faulty("lifecycle.run.goes-back.getRun")
    reads = [json.loads(said(app, "GET", f"{RUNS}/run-failed").content) for _ in range(3)]
    assert [(one["job_id"], one["status"]) for one in reads] == [
        ("run-failed", "failed"),
        ("run-failed", "queued"),
        ("run-failed", "failed"),
    ]


def test_a_result_that_comes_too_early_is_a_result() -> None:
    app = faulty("lifecycle.run.done.running.getRunResult")
    reply = said(app, "GET", f"{RUNS}/run-running/result")
    assert (reply.status, json.loads(reply.content)["job_id"]) == (200, "run-running")
    assert json.loads(said(app, "GET", f"{RUNS}/run-running").content)["status"] == "running"


def test_an_unknown_id_that_is_accepted_is_shown_as_it_was_asked_for() -> None:
    app = faulty("http.unknown-accepted.getRun")
    reply = said(app, "GET", f"{RUNS}/missing-1")
    assert (reply.status, json.loads(reply.content)["job_id"]) == (200, "missing-1")


def test_to_accept_the_deletion_of_what_nobody_has_deletes_nothing_else() -> None:
    app = faulty("http.unknown-accepted.deleteRun")
    before = json.loads(said(app, "GET", "/stats").content)
    assert said(app, "DELETE", f"{RUNS}/missing-1").status == 204
    assert json.loads(said(app, "GET", "/stats").content) == before


def test_a_refused_good_request_has_no_effect() -> None:
    app = faulty("http.good-is-400")
    assert said(app, "POST", RUNS, prompt="x").status == 400
    app._faulty = []
    assert json.loads(said(app, "GET", RUNS).content)["total"] == len(app.values("praisonai").parameters["job_id"])


def test_what_was_refused_is_still_a_fault_of_the_client() -> None:
    app = faulty("http.body-accepted.submitRun")
    reply = said(app, "POST", RUNS, prompt=1)
    assert (reply.status, app.refused) == (202, 1)

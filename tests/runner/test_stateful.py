"""Sequences of calls: workflows written by hand, and walks along the links of the document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from specwitness import mock
from specwitness.contract.checking import Api, workflow
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Finding, Intent
from specwitness.runner import stateful
from specwitness.runner.profile import Profile
from specwitness.runner.session import ContractSession, SilentError, WorkflowApi
from specwitness.runner.target import Target
from specwitness.runner.transport import RequestRefusedError

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{key: []}]
paths:
  /jobs:
    post:
      operationId: makeJob
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}
      responses:
        '201':
          description: d
          content:
            application/json: {schema: {type: object, required: [jobId], properties: {jobId: {const: j1}}}}
          LINKS: {read: {operationId: readJob, parameters: {jobId: '$response.body#/jobId'}}}
        '400': {description: d}
        '401': {description: d}
  /jobs/{jobId}:
    parameters: [{name: jobId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readJob
      responses: {'200': {description: d}, '400': {description: d}, '401': {description: d}, '404': {description: d}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
"""
SMALL = Profile("small", cases=1, walks=5, steps=4, fruitless=8, guesses=20)


@dataclass
class Notes:
    """Stands in for the recorder of a test, and notes all that it is told."""

    exchanges: list[Exchange] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def saw(self, exchange: Exchange, _: tuple[str, ...] = ()) -> tuple[Finding, ...]:
        self.exchanges.append(exchange)
        return ()

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)

    def cannot_conclude(self, reason: str) -> None:
        self.reasons.append(reason)

    @property
    def sent(self) -> list[str]:
        return [f"{exchange.request.method} /{exchange.request.url.split('/', 3)[3]}" for exchange in self.exchanges]


def contract_from(tmp_path_factory: pytest.TempPathFactory, text: str) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(text)
    return load(folder)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contract_from(tmp_path_factory, OPENAPI.replace("LINKS", "links"))


@pytest.fixture(scope="module")
def server(contract: Contract) -> Iterator[mock.MockServer]:
    with mock.serve([contract]) as server:
        yield server


@pytest.fixture
def target(server: mock.MockServer) -> Target:
    server.reset()
    return Target(server.url, credentials=server.values("jobs").credentials, embedded=True)


@contextmanager
def noting(contract: Contract, target: Target) -> Iterator[tuple[ContractSession, Notes]]:
    session, notes = ContractSession(contract, target, SMALL, 0), Notes()
    session.recorder = notes  # type: ignore[assignment]  # it is told the same
    try:
        with session.guard.around_every_session():
            yield session, notes
    finally:
        session.close()


# --- Links ----------------------------------------------------------------------------------------------------------


def test_a_link_is_followed_with_the_id_that_the_first_call_returned(contract: Contract, target: Target) -> None:
    with noting(contract, target) as (session, notes):
        stateful.walk_links(session)

    assert ("POST /jobs" in notes.sent, "GET /jobs/j1" in notes.sent, notes.reasons) == (True, True, [])
    assert {exchange.intent for exchange in notes.exchanges} == {Intent.GENERATED}
    assert {exchange.request.header("X-Key") for exchange in notes.exchanges} == set(target.credentials.values())


def test_a_walk_is_the_same_for_the_same_seed(contract: Contract, server: mock.MockServer, target: Target) -> None:
    walks = []
    for _ in range(2):
        server.reset()
        with noting(contract, target) as (session, notes):
            stateful.walk_links(session)
        walks.append(
            [(exchange.request.method, exchange.request.url, exchange.request.body) for exchange in notes.exchanges]
        )

    assert walks[0] == walks[1]


def test_a_walk_that_never_got_past_its_first_call_is_a_reason(contract: Contract, target: Target) -> None:
    with noting(contract, replace(target, credentials={"key": "a-wrong-one"})) as (session, notes):
        stateful.walk_links(session)

    assert "POST /jobs" in notes.sent
    assert notes.reasons == [
        "the walk along the document's links never got past its first call. "
        "Look at why the first calls fail, or correct the links in the overlay"
    ]


def test_a_document_without_links_is_not_walked(tmp_path_factory: pytest.TempPathFactory, target: Target) -> None:
    plain = contract_from(tmp_path_factory, OPENAPI.replace("LINKS", "x-links"))
    with noting(plain, target) as (session, notes):
        stateful.walk_links(session)

    assert notes == Notes()


@pytest.mark.parametrize(
    ("error", "reasons"),
    [
        (
            SilentError("the connection was reset"),
            ["the walk along the links ended early: the connection was reset. Repeat the run"],
        ),
        (
            RequestRefusedError("POST without --allow-writes"),
            [
                "the walk along the links was not run: POST without --allow-writes. "
                "Give --allow-writes to let it change the target"
            ],
        ),
    ],
)
def test_a_walk_that_could_not_go_on_says_why(
    contract: Contract, target: Target, monkeypatch: pytest.MonkeyPatch, error: Exception, reasons: list[str]
) -> None:
    def fails(*_: object) -> object:
        raise error

    with noting(contract, target) as (session, notes):
        monkeypatch.setattr(session, "respond", fails)
        stateful.walk_links(session)

    assert notes.reasons == reasons


# --- Workflows ------------------------------------------------------------------------------------------------------


@workflow
def make_and_read(api: Api) -> None:
    """Make a job, and read it until it is there."""
    made = api.call("makeJob", body={"n": 1}, headers={"X-Note": "n"}, query={"q": "1"})
    assert made.response is not None
    api.poll("readJob", until=lambda exchange: exchange.response is not None, jobId=made.response.json()["jobId"])


@workflow
def call_what_is_not_there(api: Api) -> None:
    """Call an operation that the contract does not have."""
    api.call("sellJob")


def test_the_calls_of_a_workflow_are_recorded_as_valid_requests(contract: Contract, target: Target) -> None:
    with noting(contract, target) as (session, notes):
        stateful.run_workflow(session, make_and_read)

    assert (notes.sent, notes.reasons) == (["POST /jobs?q=1", "GET /jobs/j1"], [])
    first, second = notes.exchanges
    assert (first.intent, first.request.json(), first.request.header("X-Note")) == (Intent.VALID, {"n": 1}, "n")
    assert (second.intent, second.operation, second.parameters) == (Intent.VALID, "readJob", {"jobId": "j1"})


def test_a_poll_ends_when_its_condition_holds(contract: Contract, target: Target) -> None:
    with noting(contract, target) as (session, notes):
        last = WorkflowApi(session).poll("readJob", until=lambda _: len(notes.exchanges) == 3, jobId="j1")

    assert notes.exchanges[2:] == [last]


def test_a_poll_ends_when_patience_does(contract: Contract, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.runner.session.POLL_SECONDS", -1.0)
    with noting(contract, target) as (session, notes):
        WorkflowApi(session).poll("readJob", until=lambda _: False, jobId="j1")

    assert len(notes.exchanges) == 1


def test_a_workflow_that_calls_what_the_contract_does_not_have_is_a_mistake_of_its_author(
    contract: Contract, target: Target
) -> None:
    with noting(contract, target) as (session, _), pytest.raises(LookupError, match="a workflow calls 'sellJob'"):
        stateful.run_workflow(session, call_what_is_not_there)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            SilentError("the connection was reset"),
            "workflow make-and-read ended early: the connection was reset. Repeat the run",
        ),
        (
            RequestRefusedError("POST without --allow-writes"),
            "workflow make-and-read was not run: POST without --allow-writes. "
            "Give --allow-writes to let it change the target",
        ),
    ],
)
def test_a_workflow_that_could_not_go_on_says_why(
    contract: Contract, target: Target, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fails(*_: object, **__: object) -> object:
        raise error

    with noting(contract, target) as (session, notes):
        monkeypatch.setattr(session, "call", fails)
        stateful.run_workflow(session, make_and_read)

    assert (notes.sent, notes.reasons) == ([], [reason])

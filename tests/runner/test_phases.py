"""What each phase sends, to which resources, and how it ends where the server is silent or a write may not leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from specwitness import mock
from specwitness.contract.load import load
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Exchange, Finding, Intent
from specwitness.record import Sight
from specwitness.runner import phases
from specwitness.runner.profile import Profile
from specwitness.runner.session import ContractSession, SilentError
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
      parameters:
      - {name: dry, in: query, required: true, schema: {const: true}}
      - {name: tag, in: query, required: true, schema: {type: array, minItems: 1, maxItems: 1, items: {const: false}}}
      - {name: X-Tries, in: header, required: true, schema: {type: integer, minimum: 3, maximum: 3}}
      - {name: page, in: query, schema: {type: integer}}
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [n], properties: {n: {const: 1}}}}}
      responses:
        '201':
          description: d
          content:
            application/json:
              schema: {type: object, required: [jobId], properties: {jobId: {type: string, pattern: '^j[0-9]{3}$'}}}
          links:
            read: {operationId: readJob, parameters: {jobId: '$response.body#/jobId'}}
            drop: {operationId: dropJob, parameters: {jobId: '$response.body#/jobId'}}
        '401': {description: d}
  /jobs/{jobId}:
    parameters: [{name: jobId, in: path, required: true, schema: {type: string, pattern: '^j[0-9]{3}$'}}]
    get: {operationId: readJob, responses: &answers {
      '200': {description: d}, '401': {description: d}, '404': {description: d}}}
    delete: {operationId: dropJob, responses: *answers}
  /shops/{shopId}/pets/{petId}:
    parameters:
    - {name: shopId, in: path, required: true, schema: {type: string}}
    - {name: petId, in: path, required: true, schema: {type: string}, example: rex}
    get: {operationId: readPet, responses: *answers}
  /health:
    get: {operationId: health, security: [], responses: {'200': {description: d}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
"""
SMALL = Profile("small", cases=5, walks=2, steps=3, fruitless=8, guesses=20)


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

    def has_seen(self, _: Sight) -> bool:
        return True

    @property
    def variety(self) -> int:
        """Each path is something new."""
        return len({line.partition("?")[0] for line in self.sent})

    @property
    def sent(self) -> list[str]:
        """The method and path of every request, a `?` for what follows it."""
        return [
            f"{exchange.request.method} {re.sub('^http://[^/]*', '', exchange.request.url)}"
            for exchange in self.exchanges
        ]


@dataclass
class Toy:
    """A session with a mock of the contract, and what was noted."""

    session: ContractSession
    notes: Notes

    def operation(self, key: str) -> Operation:
        found = self.session.contract.operation(key)
        assert found is not None
        return found

    def run(self, phase: Callable[[ContractSession, Operation], None], key: str) -> list[str]:
        """Run a phase for one operation, and return what was sent."""
        self.notes.exchanges.clear()
        phase(self.session, self.operation(key))
        return self.notes.sent


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    return load(folder)


@pytest.fixture(scope="module")
def server(contract: Contract) -> Iterator[mock.MockServer]:
    with mock.serve([contract]) as server:
        yield server


@contextmanager
def toy_for(contract: Contract, target: Target) -> Iterator[Toy]:
    session, notes = ContractSession(contract, target, SMALL, 0), Notes()
    session.recorder = notes  # type: ignore[assignment]  # it is told the same
    try:
        with session.guard.around_every_session():
            yield Toy(session, notes)
    finally:
        session.close()


def target_of(server: mock.MockServer, **parameters: tuple[str, ...]) -> Target:
    return Target(server.url, credentials=server.values("jobs").credentials, parameters=parameters)


@pytest.fixture
def toy(contract: Contract, server: mock.MockServer) -> Iterator[Toy]:
    """A session that was given no ids."""
    server.reset()
    with toy_for(contract, target_of(server)) as toy:
        yield toy


# --- Which resources ------------------------------------------------------------------------------------------------


def test_every_given_id_is_used_each_combination_once(contract: Contract, server: mock.MockServer) -> None:
    with toy_for(contract, target_of(server, shopId=("s1", "s2"), petId=("p1", "p2"))) as toy:
        found = list(phases.known_or_made(toy.session, toy.operation("readPet")))

    assert found == [{"shopId": shop, "petId": pet} for shop in ("s1", "s2") for pet in ("p1", "p2")]
    assert toy.notes.sent == []


def test_an_example_of_the_document_is_an_id_where_none_is_given(contract: Contract, server: mock.MockServer) -> None:
    with toy_for(contract, target_of(server, shopId=("s1",))) as toy:
        assert list(phases.known_or_made(toy.session, toy.operation("readPet"))) == [{"shopId": "s1", "petId": "rex"}]


def test_without_ids_a_documented_link_makes_a_resource(toy: Toy) -> None:
    found = list(phases.known_or_made(toy.session, toy.operation("readJob")))
    made = [exchange.response.json() for exchange in toy.notes.exchanges if exchange.response]

    assert [sent.partition("?")[0] for sent in toy.notes.sent] == ["POST /jobs"]
    assert made == found
    assert [exchange.request.json() for exchange in toy.notes.exchanges] == [{"n": 1}]


def test_without_ids_and_without_a_link_there_is_no_resource(toy: Toy) -> None:
    assert list(phases.known_or_made(toy.session, toy.operation("readPet"))) == []
    for phase in (phases.states, phases.unknown_ids):
        assert toy.run(phase, "readPet") == []


def test_no_resource_is_made_where_nothing_may_be_written(contract: Contract) -> None:
    target = Target("http://api.example.invalid", credentials={"key": "k"}, allow_writes=False)
    with toy_for(contract, target) as toy:
        assert list(phases.known_or_made(toy.session, toy.operation("readJob"))) == []
    assert (toy.notes.sent, toy.notes.reasons) == ([], [])


def test_what_the_ids_of_a_user_stand_for_is_not_deleted_where_a_link_makes_another(
    contract: Contract, server: mock.MockServer
) -> None:
    server.reset()
    with toy_for(contract, target_of(server, jobId=("j777",))) as toy:
        (found,) = phases.known_or_made(toy.session, toy.operation("dropJob"))
        assert found["jobId"] != "j777"
        assert list(phases.known_or_made(toy.session, toy.operation("readJob"))) == [{"jobId": "j777"}]


# --- What to send ---------------------------------------------------------------------------------------------------


def test_a_request_made_by_hand_has_what_the_contract_requires(toy: Toy) -> None:
    assert list(phases.contents(toy.session, toy.operation("health"))) == [{"query": {}, "headers": {}}]
    assert list(phases.contents(toy.session, toy.operation("makeJob"))) == [
        {
            "query": {"dry": "true", "tag": ["false"]},
            "headers": {"X-Tries": "3"},
            "body": {"n": 1},
            "media_type": "application/json",
        }
    ]


# --- States ---------------------------------------------------------------------------------------------------------


def test_each_known_resource_is_read_three_times_and_the_first_in_other_ways_too(
    contract: Contract, server: mock.MockServer
) -> None:
    with toy_for(contract, target_of(server, jobId=("j001", "j002"))) as toy:
        sent = toy.run(phases.states, "readJob")

    first = ["GET /jobs/j001"] * 3 + ["GET /jobs/j001?specwitness=1", "HEAD /jobs/j001"]
    assert sent == first + ["GET /jobs/j002"] * 3
    intents = [exchange.intent for exchange in toy.notes.exchanges]
    assert intents == [*[Intent.VALID] * 3, Intent.GENERATED, Intent.PROBE, *[Intent.VALID] * 3]
    accepted = [exchange.request.header("Accept") for exchange in toy.notes.exchanges]
    assert accepted == ["*/*", "*/*", None, "*/*", "*/*", "*/*", "*/*", None]
    assert {exchange.request.header("X-Key") for exchange in toy.notes.exchanges} == set(
        server.values("jobs").credentials.values()
    )


def test_a_write_is_sent_once(toy: Toy) -> None:
    assert [sent.partition("?")[0] for sent in toy.run(phases.states, "makeJob")] == ["POST /jobs"]
    assert [exchange.response.status for exchange in toy.notes.exchanges if exchange.response] == [201]


# --- Unknown ids ----------------------------------------------------------------------------------------------------


def test_an_unknown_id_takes_the_last_place_and_is_another_each_time(
    contract: Contract, server: mock.MockServer
) -> None:
    with toy_for(contract, target_of(server, shopId=("s1", "s2"), petId=("p1",))) as toy:
        first, second = toy.run(phases.unknown_ids, "readPet")

    assert re.fullmatch("GET /shops/s1/pets/missing-[a-z0-9]{8}", first)
    assert re.fullmatch("GET /shops/s1/pets/missing-[a-z0-9]{8}", second)
    assert first != second
    assert {exchange.intent for exchange in toy.notes.exchanges} == {Intent.UNKNOWN_ID}


def test_an_unknown_id_is_one_that_the_schema_of_its_parameter_allows(
    contract: Contract, server: mock.MockServer
) -> None:
    with toy_for(contract, target_of(server, jobId=("j001",))) as toy:
        sent = toy.run(phases.unknown_ids, "readJob")

    assert len(sent) == 2
    assert all(re.fullmatch("GET /jobs/j[0-9]{3}", one) for one in sent)
    assert "GET /jobs/j001" not in sent


def test_the_same_unknown_ids_are_asked_for_in_each_run(contract: Contract, server: mock.MockServer) -> None:
    runs = []
    for _ in range(2):
        with toy_for(contract, target_of(server, shopId=("s1",))) as toy:
            runs.append(toy.run(phases.unknown_ids, "readPet"))

    assert runs[0] == runs[1]


def test_an_operation_without_a_resource_has_no_unknown_id(toy: Toy) -> None:
    assert toy.run(phases.unknown_ids, "health") == []


# --- Boundary and random cases --------------------------------------------------------------------------------------


def test_boundary_cases_are_sent_to_a_resource_that_exists(contract: Contract, server: mock.MockServer) -> None:
    with toy_for(contract, target_of(server, shopId=("s1",), petId=("p1",))) as toy:
        sent = toy.run(phases.coverage, "readPet")
    intents = {exchange.intent for exchange in toy.notes.exchanges}

    assert "GET /shops/s1/pets/p1" in sent
    assert (Intent.VALID in intents, Intent.PROBE in intents, Intent.GENERATED in intents) == (True, True, False)


@pytest.mark.parametrize("valid", [True, False])
def test_random_cases_are_as_many_as_the_profile_has(toy: Toy, valid: bool) -> None:
    sent = toy.run(lambda session, operation: phases.fuzzing(session, operation, valid=valid), "makeJob")

    assert 0 < len(sent) <= SMALL.cases
    assert {exchange.intent for exchange in toy.notes.exchanges} == {Intent.GENERATED if valid else Intent.INVALID}


def test_random_cases_end_where_they_show_nothing_new(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.session, "profile", Profile("patient", cases=50, walks=0, steps=0, fruitless=3, guesses=0))
    sent = toy.run(lambda session, operation: phases.fuzzing(session, operation, valid=True), "makeJob")

    assert len(sent) == 1 + 3


# --- Silence and refusals -------------------------------------------------------------------------------------------


def test_a_phase_ends_quietly_where_the_operation_falls_silent(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> object:
        raise SilentError("no answer came in time")

    monkeypatch.setattr(toy.session, "call", silent)
    assert toy.run(phases.states, "makeJob") == []
    assert toy.notes.reasons == [
        "POST /jobs was given up: no answer came in time. Make it answer, or leave it out with --operation"
    ]


def test_a_phase_says_what_the_guard_held_back(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> object:
        raise RequestRefusedError("POST without --allow-writes")

    monkeypatch.setattr(toy.session, "call", refused)
    assert toy.run(phases.states, "makeJob") == []
    assert toy.notes.reasons == ["POST /jobs was not sent: POST without --allow-writes"]


def test_random_cases_end_where_the_operation_was_given_up(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []

    def silent(planned: object, _: object) -> object:
        tries.append(planned)
        raise SilentError("no answer came in time")

    monkeypatch.setattr(toy.session, "send", silent)
    monkeypatch.setattr(toy.session, "is_silent", lambda _: len(tries) == 2)
    toy.run(lambda session, operation: phases.fuzzing(session, operation, valid=True), "makeJob")

    assert len(tries) == 2

"""Claims about the life of what is kept: it is lived to the end, judged all the way, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.record import Record
from specwitness.runner import stories
from specwitness.runner.profile import PROFILES
from specwitness.runner.session import ContractSession
from specwitness.runner.target import Target

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return {folder.name: load.load(folder) for folder in load.find(SPECS)}


@pytest.fixture(scope="module")
def server(contracts: dict[str, Contract]) -> Iterator[mock.MockServer]:
    with mock.serve(contracts.values(), log=True) as server:
        yield server


def lived(server: mock.MockServer, contract: Contract, *faults: str) -> Record:
    values = server.values(contract.name)
    target = Target(server.url, values.credentials, values.parameters, embedded=True)
    session = ContractSession(contract, target, PROFILES["gate"], 0)
    server.reset()
    server.app.be_wrong(faults)
    try:
        with session.guard.around_every_session():
            stories.live(session)
        return session.finish_test()
    finally:
        server.app.be_wrong([])
        session.close()


def test_nothing_is_wrong_with_a_life_that_goes_as_it_should(
    server: mock.MockServer, contracts: dict[str, Contract]
) -> None:
    record = lived(server, contracts["praisonai"])
    methods = [entry.exchange.request.method for entry in server.log]

    assert (record.findings, record.reasons) == ((), ())
    assert {key for key, _, _ in record.answers} >= {"submitRun", "getRun", "getRunResult", "cancelRun", "listRuns"}
    assert methods.count("POST") > 2
    assert methods.count("DELETE") == 2


def test_what_was_made_is_gone_in_the_end(server: mock.MockServer, contracts: dict[str, Contract]) -> None:
    known = set(server.values("praisonai").parameters["job_id"])
    lived(server, contracts["praisonai"])
    last = [one.exchange for one in server.log if one.exchange.operation == "listRuns" and one.exchange.response][-1]
    assert last.response is not None

    assert {job["job_id"] for job in last.response.json()["jobs"]} <= known


def test_a_contract_in_which_nothing_is_made_has_no_such_life(
    server: mock.MockServer, contracts: dict[str, Contract]
) -> None:
    assert lived(server, contracts["intuned"]).requests == 0


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("lifecycle.run.deleted-listed", "list-agrees-with-the-reads"),
        ("lifecycle.run.ignores.session_id.listRuns", "listed-are-those-asked-for"),
        ("lifecycle.run.done.failed.cancelRun", "states-only-move-forward"),
        ("deleted-job-can-be-cancelled", "unknown-id-accepted"),
        ("list-lags-behind", "list-agrees-with-the-reads"),
    ],
)
def test_a_life_that_goes_wrong_is_noticed(
    server: mock.MockServer, contracts: dict[str, Contract], fault: str, rule: str
) -> None:
    assert rule in {finding.rule for finding in lived(server, contracts["praisonai"], fault).findings}

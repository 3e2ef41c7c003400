"""What records say of a contract, while a run goes on and when it has ended."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specwitness.conclusion.reporting import RunFacts, exit_code, report_of
from specwitness.contract.load import load
from specwitness.contract.model import Contract, Waiver
from specwitness.findings import Intent, Outcome
from specwitness.record import Record
from specwitness.report.model import ContractReport

TODAY = dt.date(2026, 3, 1)
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {"/pets": {"get": {"operationId": "listPets", "responses": {"200": {"description": "d"}}}}},
}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    folder = tmp_path / "pets"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(OPENAPI))
    return load(folder)


def facts(*, partial: bool) -> RunFacts:
    return RunFacts(
        target="http://api.test", profile="gate", seed=0, selection=(), started="2026-03-01T02:00:00Z", partial=partial
    )


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record(), "not one request was sent to pets"),
        (
            Record(answers={("listPets", 404, Intent.VALID): 1}, requests=1),
            "never answered with its documented success",
        ),
    ],
    ids=["nothing sent", "no success"],
)
def test_only_a_run_that_has_ended_says_what_was_never_seen(contract: Contract, record: Record, reason: str) -> None:
    ended = report_of("pets", contract, record, facts(partial=False), today=TODAY)
    going_on = report_of("pets", contract, record, facts(partial=True), today=TODAY)

    assert (ended.outcome, going_on.outcome) == (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE)
    assert [reason in one for one in ended.reasons] == [True]
    assert going_on.reasons == ()


def test_checks_that_were_never_asked_are_known(contract: Contract) -> None:
    record = Record(
        answers={("listPets", 200, Intent.VALID): 2, ("listPets", 401, Intent.NO_CREDENTIALS): 1},
        times={("listPets", 1200): 3},
        requests=3,
    )
    (operation,) = report_of("pets", contract, record, facts(partial=False), today=TODAY).coverage
    asked = {one.check: one.asked for one in operation.checks}

    assert (asked["status"], asked["credentials"], asked["unknown-ids"]) == (3, 1, 0)
    assert (operation.succeeded, operation.requests) == (2, 3)
    assert operation.latency is not None
    assert operation.latency.median == 1.2


def test_an_expired_waiver_is_the_first_note_and_an_idle_one_the_last(contract: Contract) -> None:
    old, idle = (Waiver(digit * 12, "known", TODAY + dt.timedelta(days)) for digit, days in (("a", -1), ("b", 1)))
    waiving = replace(contract, waivers=(idle, old))
    report = report_of("pets", waiving, Record(notes=("a check raised",)), facts(partial=False), today=TODAY)

    assert report.notes == (
        "the waiver of aaaaaaaaaaaa expired on 2026-02-28: known",
        "a check raised",
        "the waiver of bbbbbbbbbbbb matches nothing in this run: known",
    )


def judged(outcome: Outcome, **facts: Any) -> ContractReport:
    return ContractReport(
        tool_version="0",
        contract="pets",
        title="Pets",
        outcome=outcome,
        target="http://api.test",
        profile="gate",
        seed=0,
        started="2026-03-01T02:00:00Z",
        **facts,
    )


GOOD, BAD, OPEN = (judged(outcome) for outcome in (Outcome.COMPATIBLE, Outcome.INCOMPATIBLE, Outcome.INCONCLUSIVE))
SHARD = judged(Outcome.INCONCLUSIVE, shard="1/2")


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ([], 0),
        ([GOOD], 0),
        ([GOOD, OPEN], 6),
        ([OPEN, BAD, GOOD], 1),
        ([SHARD], 0),
        ([replace(SHARD, reasons=("the target slept",))], 6),
        ([replace(SHARD, partial=True)], 6),
        ([SHARD, judged(Outcome.INCOMPATIBLE, shard="1/2")], 1),
    ],
)
def test_the_exit_code_is_the_gravest_verdict_and_that_of_a_shard_what_already_holds(
    reports: list[ContractReport], code: int
) -> None:
    assert exit_code(reports) == code

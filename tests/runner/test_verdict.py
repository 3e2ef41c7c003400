"""The three-valued verdict: each reason not to conclude, and which answer wins."""

from __future__ import annotations

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import (
    Exchange,
    Finding,
    Intent,
    Level,
    Location,
    Outcome,
    Party,
    Request,
    Response,
    Verdict,
    Witness,
)
from specwitness.record import Record
from specwitness.runner.verdict import Conclusion, conclude, untested

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /shops/{shopId}/pets/{petId}:
    parameters:
    - {name: shopId, in: path, required: true, schema: {type: string}}
    - {name: petId, in: path, required: true, schema: {type: string}}
    get: {operationId: readPet, responses: {'200': {description: d}, '404': {description: d}}}
  /pets:
    get: {operationId: listPets, responses: {2XX: {description: d}}}
    post: {operationId: makePet, responses: {'201': {description: d}, '202': {description: d}}}
  /gone:
    get: {operationId: gone, responses: {'410': {description: d}}}
"""
MANIFEST = "parameters: {shopId: {env: THE_SHOP}, petId: {env: THE_PET}}"


def answers(**statuses: int) -> dict[tuple[str, int, Intent], int]:
    return {(operation, status, Intent.VALID): 1 for operation, status in statuses.items()}


SEEN = answers(readPet=200, listPets=299, makePet=202)
PLACE = Location("pets", "readPet", "response 200", "/paths/x")
WITNESS = Witness((Exchange(Request("GET", "http://a/"), Response(200)),), Party.SERVER, Party.CONTRACT, "no")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "pets"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "contract.yaml").write_text(MANIFEST)
    return load(folder)


def finding(level: Level, verdict: Verdict, rule: str = "rule") -> Finding:
    witness = WITNESS if verdict is Verdict.BROKEN else None
    return Finding(rule, level, verdict, PLACE, "message", "source", witness=witness)


PROVEN = finding(Level.BREAKING, Verdict.BROKEN)
UNDECIDED = finding(Level.BREAKING, Verdict.UNDECIDED, "maybe")
HARMLESS = [
    finding(level, verdict) for level in (Level.WARNING, Level.INFO) for verdict in (Verdict.BROKEN, Verdict.UNDECIDED)
]


def concluded(contract: Contract, record: Record, *unwaived: Finding) -> Conclusion:
    return conclude(contract, contract.operations, record, unwaived)


def test_every_documented_success_seen_and_nothing_breaking_is_compatible(contract: Contract) -> None:
    record = Record(answers=SEEN, requests=3)

    assert concluded(contract, record) == Conclusion(Outcome.COMPATIBLE, ())
    assert concluded(contract, record, *HARMLESS) == Conclusion(Outcome.COMPATIBLE, ())


def test_a_proven_breaking_finding_is_incompatible(contract: Contract) -> None:
    record = Record(answers=SEEN, requests=3)

    assert concluded(contract, record, *HARMLESS, PROVEN) == Conclusion(Outcome.INCOMPATIBLE, ())


def test_an_undecided_breaking_finding_is_inconclusive_and_says_how_to_go_on(contract: Contract) -> None:
    assert concluded(contract, Record(answers=SEEN, requests=3), UNDECIDED) == Conclusion(
        Outcome.INCONCLUSIVE,
        (f"maybe at readPet response 200 is undecided. Run again, or waive {UNDECIDED.fingerprint} with a reason",),
    )


@pytest.mark.parametrize(
    "record",
    [
        Record(answers=SEEN, requests=3, reasons=("the target slept",)),
        Record(answers=SEEN, requests=3, problems=("the target slept",)),
    ],
    ids=["reason", "problem"],
)
def test_what_could_not_be_judged_is_inconclusive(contract: Contract, record: Record) -> None:
    assert concluded(contract, record) == Conclusion(Outcome.INCONCLUSIVE, ("the target slept",))


def test_what_is_proven_wins_over_what_is_not_known_and_loses_no_reason(contract: Contract) -> None:
    record = Record(requests=3, reasons=("the target slept",), problems=("a check raised",))
    conclusion = concluded(contract, record, PROVEN, UNDECIDED)

    assert conclusion.outcome is Outcome.INCOMPATIBLE
    assert [reason.partition(" ")[0] for reason in conclusion.reasons] == ["the", "a", "GET", "GET", "POST", "maybe"]


def test_a_success_that_was_never_seen_is_a_reason_with_the_next_step(contract: Contract) -> None:
    record = Record(answers=answers(readPet=404, makePet=599) | answers(readPet=204), requests=11)

    assert untested(contract, contract.operations, record) == [
        (
            "GET /shops/{shopId}/pets/{petId} never answered with its documented success (200; came: 204, 404). "
            "Give ids that exist there in THE_SHOP and THE_PET"
        ),
        (
            "GET /pets never answered with its documented success (2XX; came: no answer). "
            "Leave it out with --operation if it is not served there"
        ),
        (
            "POST /pets never answered with its documented success (201, 202; came: 599). "
            "Give --allow-writes if it may be called there"
        ),
    ]


def test_an_operation_without_a_documented_success_need_not_succeed(contract: Contract) -> None:
    only_gone = [operation for operation in contract.operations if operation.key == "gone"]

    assert untested(contract, only_gone, Record(requests=1)) == []


def test_only_the_selected_operations_count(contract: Contract) -> None:
    listed = [operation for operation in contract.operations if operation.key == "listPets"]
    record = Record(answers=answers(listPets=200), requests=1)

    assert conclude(contract, listed, record, ()) == Conclusion(Outcome.COMPATIBLE, ())


@pytest.mark.parametrize("selected", [slice(None), slice(0)], ids=["all", "none"])
def test_a_run_without_a_request_says_nothing(contract: Contract, selected: slice) -> None:
    conclusion = conclude(contract, contract.operations[selected], Record(), ())

    assert conclusion == Conclusion(
        Outcome.INCONCLUSIVE,
        ("not one request was sent to pets. Select at least one operation that may be called",),
    )

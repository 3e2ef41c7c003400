"""Test every contract under `specs/` against a server: `--base-url URL`, or the embedded mock without it.

Each test reports everything it finds at once. Names in brackets are `contract-operation`, and select with `-k` or as a
full node id.
"""

from __future__ import annotations

import pytest

from specwitness.contract.checking import Workflow
from specwitness.contract.lint import lint
from specwitness.contract.model import Operation
from specwitness.record import Record
from specwitness.runner import access, ids, phases, stateful, stories, views
from specwitness.suite.trial import Trial


def test_document(contract_case: Trial[None]) -> None:
    """The contract's document is valid OpenAPI and does not contradict itself."""
    contract_case.judge(Record(findings=tuple(lint(contract_case.contract))))


def test_drift(contract_case: Trial[None]) -> None:
    """The sources of the contract, its upstream, and what the server says of itself do not contradict it."""
    contract_case.compare_descriptions()


def test_target(contract_case: Trial[None]) -> None:
    """There is something to test: the target answers, serves the contract, and accepts the credentials."""
    contract_case.require_target()


def test_states(operation_case: Trial[Operation]) -> None:
    """Every resource that is known to exist is shown as documented, and the same when read again."""
    with operation_case.session() as session:
        phases.states(session, operation_case.subject)


def test_unknown_ids(operation_case: Trial[Operation]) -> None:
    """A resource that does not exist is reported as documented."""
    with operation_case.session() as session:
        phases.unknown_ids(session, operation_case.subject)


def test_unusual_ids(operation_case: Trial[Operation]) -> None:
    """An id that few clients send makes no server fail, and is answered as documented where it is answered."""
    with operation_case.session() as session:
        ids.unusual(session, operation_case.subject)


def test_credentials(operation_case: Trial[Operation]) -> None:
    """Nobody gets in without a valid credential."""
    with operation_case.session() as session:
        access.credentials(session, operation_case.subject)


def test_coverage(operation_case: Trial[Operation]) -> None:
    """Boundary values, valid and invalid, and methods that do not exist are answered as documented."""
    with operation_case.session() as session:
        phases.coverage(session, operation_case.subject)


@pytest.mark.parametrize("valid", [True, False], ids=["valid", "invalid"])
def test_fuzzing(operation_case: Trial[Operation], valid: bool) -> None:
    """Random requests are answered as documented."""
    with operation_case.session() as session:
        phases.fuzzing(session, operation_case.subject, valid=valid)


def test_agreement(contract_case: Trial[None]) -> None:
    """What several operations tell of one resource agrees."""
    contract_case.require_every_operation()
    with contract_case.session() as session:
        views.compare(session)


def test_workflow(workflow_case: Trial[Workflow]) -> None:
    """A sequence of calls that the contract describes tells one consistent story."""
    with workflow_case.session() as session:
        stateful.run_workflow(session, workflow_case.subject)


def test_life(contract_case: Trial[None]) -> None:
    """What the server keeps comes, is listed, ends and goes as the lifecycle says."""
    contract_case.require_every_operation()
    with contract_case.session() as session:
        stories.live(session)


def test_links(contract_case: Trial[None]) -> None:
    """Random walks along the links of the document tell a consistent story."""
    contract_case.require_every_operation()
    with contract_case.session() as session:
        stateful.walk_links(session)

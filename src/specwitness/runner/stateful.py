"""Sequences of calls: a contract's own workflows, and schemathesis' walk along the links of the document."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import hypothesis
from hypothesis import HealthCheck
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, Response
from schemathesis.errors import NoLinksFound

from specwitness.contract.checking import Workflow
from specwitness.findings import Intent
from specwitness.runner.generation import Planned
from specwitness.runner.session import ContractSession, SilentError, WorkflowApi
from specwitness.runner.transport import RequestRefusedError

_STARTS = 4
"""How often the walk along the links is started where the server's memory makes Hypothesis give up."""


def run_workflow(session: ContractSession, workflow: Workflow) -> None:
    """Run one hand-written workflow; what its calls show is judged like any exchange, and then as a trace."""
    try:
        workflow(WorkflowApi(session))
    except SilentError as silence:
        session.recorder.cannot_conclude(f"workflow {workflow.name} ended early: {silence}. Repeat the run")
    except RequestRefusedError as refused:
        session.recorder.cannot_conclude(
            f"workflow {workflow.name} was not run: {refused}. Give --allow-writes to let it change the target"
        )


def walk_links(session: ContractSession) -> None:
    """Walk along the links of the document at random, by schemathesis' state machine."""
    if not session.generator.has_links():
        return
    by_label = {operation.label: operation for operation in session.contract.operations}
    followed = 0

    machine: Any = session.generator.state_machine()

    class Walk(machine):  # type: ignore[misc]  # schemathesis makes the class from the document
        def call(self, case: Case[Any], **_: object) -> Any:
            operation = by_label[case.operation.label]
            return session.respond(Planned(case, Intent.GENERATED), operation)

        def validate_response(self, response: Response, case: Case[Any], **_: object) -> None:
            """Judged when it was sent."""

        def step(self, input: object) -> object:
            nonlocal followed
            output = super().step(input)
            if getattr(input, "transition", None) is not None and getattr(input, "is_applied", False):
                followed += 1
            return output

    settings = hypothesis.settings(
        max_examples=session.profile.walks,
        stateful_step_count=session.profile.steps,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        for number in range(_STARTS):
            # The server keeps what earlier walks made, so that the same choices may meet other answers. Hypothesis
            # takes that for an error of the test and stops; what it sent counts, and the next start is another seed.
            with suppress(FlakyStrategyDefinition):
                hypothesis.seed(session.seed_of("links", str(number)))(Walk).run(settings=settings)
                break
    except NoLinksFound:
        return
    except SilentError as silence:
        session.recorder.cannot_conclude(f"the walk along the links ended early: {silence}. Repeat the run")
        return
    except RequestRefusedError as refused:
        session.recorder.cannot_conclude(
            f"the walk along the links was not run: {refused}. Give --allow-writes to let it change the target"
        )
        return
    if not followed:
        session.recorder.cannot_conclude(
            "the walk along the document's links never got past its first call. "
            "Look at why the first calls fail, or correct the links in the overlay"
        )

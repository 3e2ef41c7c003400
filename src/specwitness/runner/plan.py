"""All that a whole run of the suite does with one contract, in an order that finds soon what there is to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from specwitness.contract.model import Contract
from specwitness.runner import access, ids, phases, stateful, stories, views
from specwitness.runner.session import ContractSession


@dataclass(frozen=True)
class Step:
    """One test of the suite: its name, as pytest shows it, and what it does with a session."""

    name: str
    run: Callable[[ContractSession], None]


def plan(contract: Contract) -> Iterator[Step]:
    """Yield the steps of a contract: for all operations what is known first, then what is random."""
    known: tuple[tuple[str, Callable[..., None]], ...] = (
        ("test_states", phases.states),
        ("test_unknown_ids", phases.unknown_ids),
        ("test_unusual_ids", ids.unusual),
        ("test_credentials", access.credentials),
    )
    for name, phase in known:
        for operation in contract.operations:
            yield Step(f"{name}[{contract.name}-{operation.key}]", partial(_with, phase, operation))
    yield Step(f"test_agreement[{contract.name}]", views.compare)
    for workflow in contract.workflows:
        yield Step(f"test_workflow[{contract.name}-{workflow.name}]", partial(_with, stateful.run_workflow, workflow))
    yield Step(f"test_life[{contract.name}]", stories.live)
    for operation in contract.operations:
        yield Step(f"test_coverage[{contract.name}-{operation.key}]", partial(_with, phases.coverage, operation))
    yield Step(f"test_links[{contract.name}]", stateful.walk_links)
    for valid, word in ((True, "valid"), (False, "invalid")):
        for operation in contract.operations:
            fuzzing = partial(_with, partial(phases.fuzzing, valid=valid), operation)
            yield Step(f"test_fuzzing[{contract.name}-{operation.key}-{word}]", fuzzing)


def _with(phase: Callable[..., None], subject: object, session: ContractSession) -> None:
    phase(session, subject)

"""How a contract's `faults.py` is written: `@fault` for one way in which a server can break what no schema says.

    @fault("getJobRun", breaks="ends-after-it-starts")
    def ends_before_it_starts(answer):
        "The job run has ended before it started."
        run = answer.body["jobRun"]
        if run["start_time"] and run["end_time"]:
            run["start_time"], run["end_time"] = run["end_time"], run["start_time"]

The mock calls it with each valid answer of those operations, and sends what the function made of it.

What a schema says too would be refused by the schema, and nobody could tell whether the check is needed. Such a fault
names what a later version of the document no longer says, and the suite is put to the proof with that version:

    @fault("getPet", breaks="colour-is-documented", unsaid="$.components.schemas.Pet.properties.colour.enum")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from specwitness.findings import Json


@dataclass
class Answer:
    """A valid answer on its way out; a fault changes `status`, `headers` and `body` in place.

    `body` is the parsed JSON; None where the body is not JSON, and then it is not changed. `memory` is what the fault
    remembers of earlier answers, until the mock forgets everything that happened.
    """

    operation: str
    method: str
    parameters: Mapping[str, str]
    sent: Json
    status: int
    headers: dict[str, str]
    body: Any
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WrittenFault:
    """One hand-written fault: a function over an answer, and the rules of the checks that it breaks.

    `overlay` are the actions of an OpenAPI Overlay that make the later version of the document, with which the suite
    has to find the fault; without any that is the document as it is.
    """

    name: str
    claim: str
    function: Callable[[Answer], None]
    operations: frozenset[str]
    statuses: frozenset[int]
    breaks: tuple[str, ...]
    overlay: tuple[Json, ...] = ()


def fault(
    *operations: str,
    breaks: str | tuple[str, ...],
    status: int | tuple[int, ...] = (),
    unsaid: str | tuple[str, ...] = (),
    said: Mapping[str, Json] | None = None,
) -> Callable[[Callable[[Answer], None]], WrittenFault]:
    """Make a fault of a function over an answer; its name becomes the fault's, its docstring the claim.

    `breaks` names the rules of the hand-written checks that it is there to break; without `status` it is given every
    success. `unsaid` are the places (JSONPath) that a later version of the document lacks, and `said` is what that
    version has instead, by the place that it is merged into.
    """
    removed = ({"target": place, "remove": True} for place in ((unsaid,) if isinstance(unsaid, str) else unsaid))
    added = ({"target": place, "update": update} for place, update in (said or {}).items())
    overlay = (*removed, *added)

    def made(function: Callable[[Answer], None]) -> WrittenFault:
        return WrittenFault(
            name=function.__name__.replace("_", "-"),
            claim=(function.__doc__ or "").strip().splitlines()[0] if function.__doc__ else "",
            function=function,
            operations=frozenset(operations),
            statuses=frozenset([status] if isinstance(status, int) else status),
            breaks=(breaks,) if isinstance(breaks, str) else breaks,
            overlay=overlay,
        )

    return made

"""How a contract's `checks.py` is written: `@check` for a rule, `@workflow` for a sequence of calls worth checking.

    @check("runApiResult", status=200, source="openapi.yaml, RunResult: required runId")
    def run_id_is_the_one_asked_for(exchange):
        "The result is that of the run that was asked for."
        body = exchange.response.json()
        if body["runId"] != exchange.parameters["runId"]:
            yield Refusal("/runId", f"asked for {exchange.parameters['runId']}")

A check may rely on what the schema promises: where the schema has refused the body already, an exception in the check
counts for nothing. Any other exception is reported as a fault of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from specwitness.findings import Exchange, Json, Level, Trace


class Standing(StrEnum):
    """What a hand-written check rests on, and so how much a violation weighs."""

    DOCUMENTED = "documented"
    IMPLIED = "implied"
    NOTED = "noted"

    @property
    def level(self) -> Level:
        """The level of a violation: what is documented breaks clients, what is implied warns, what is noted informs."""
        return _LEVELS[self]


_LEVELS = {Standing.DOCUMENTED: Level.BREAKING, Standing.IMPLIED: Level.WARNING, Standing.NOTED: Level.INFO}


@dataclass(frozen=True)
class Refusal:
    """What a check says of an exchange it refuses.

    `pointer` is the JSON pointer of the place in the response body (or `part` names another part, such as
    `header Allow`); `value` is set where the value itself is what is wrong. A check over a trace names in `trace` the
    exchanges that show it, the refused one last.
    """

    pointer: str
    message: str
    value: Json = None
    part: str = "body"
    trace: Trace = ()


@dataclass(frozen=True)
class Check:
    """One hand-written rule: a short function over an exchange, or over a trace of them, that yields refusals.

    `operations` and `statuses` narrow what it is asked about; empty means any. `source` is the document and sentence
    it rests on. `over_trace` says which of the two the function takes.
    """

    rule: str
    function: Callable[..., Iterable[Refusal]]
    operations: frozenset[str]
    statuses: frozenset[int]
    source: str
    standing: Standing
    over_trace: bool

    def __call__(self, subject: Exchange | Trace) -> Iterable[Refusal]:
        """Ask the function itself: a check stays callable, so that a test can call it."""
        return self.function(subject)

    def applies_to(self, exchange: Exchange) -> bool:
        """Say whether the check has an opinion on such an exchange."""
        if exchange.response is None:
            return False
        return (not self.operations or exchange.operation in self.operations) and (
            not self.statuses or exchange.response.status in self.statuses
        )


ExchangeFunction = Callable[[Exchange], Iterable[Refusal]]
TraceFunction = Callable[[Trace], Iterable[Refusal]]


def check(
    *operations: str,
    status: int | tuple[int, ...] = (),
    source: str,
    standing: str = "documented",
) -> Callable[[ExchangeFunction], Check]:
    """Make a check of a function over one exchange; its name becomes the rule, its docstring the claim."""
    return lambda function: _check(function, operations, status, source, standing, over_trace=False)


def trace_check(*operations: str, source: str, standing: str = "documented") -> Callable[[TraceFunction], Check]:
    """Make a check of a function over the exchanges of one test in their order, those of `operations` alone."""
    return lambda function: _check(function, operations, (), source, standing, over_trace=True)


def _check(
    function: Callable[..., Iterable[Refusal]],
    operations: tuple[str, ...],
    status: int | tuple[int, ...],
    source: str,
    standing: str,
    *,
    over_trace: bool,
) -> Check:
    return Check(
        rule=function.__name__.replace("_", "-"),
        function=function,
        operations=frozenset(operations),
        statuses=frozenset([status] if isinstance(status, int) else status),
        source=source,
        standing=Standing(standing),
        over_trace=over_trace,
    )


class Api(Protocol):
    """What a workflow is handed: the means to call operations of the contract, every call checked and recorded."""

    def call(
        self,
        operation: str,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Json] | None = None,
        **parameters: str,
    ) -> Exchange:
        """Send one valid request of an operation and return the exchange; keyword arguments are path parameters."""
        ...

    def poll(self, operation: str, *, until: Callable[[Exchange], bool], **parameters: str) -> Exchange:
        """Repeat a call until a condition holds or the run's patience ends, at the pace `Retry-After` asks for."""
        ...


@dataclass(frozen=True)
class Workflow:
    """A sequence of calls, written as a function; its name becomes the test's."""

    name: str
    function: Callable[[Api], None]

    def __call__(self, api: Api) -> None:
        """Run the calls."""
        self.function(api)


def workflow(function: Callable[[Api], None]) -> Workflow:
    """Make a workflow of a function over an `Api`."""
    return Workflow(function.__name__.replace("_", "-"), function)

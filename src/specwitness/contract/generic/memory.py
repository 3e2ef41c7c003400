"""What a server says of a state, held to what it said before in the exchanges of one test."""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.contract.checking import Check, Refusal, trace_check
from specwitness.contract.generic.reading import (
    ASKED_WELL,
    body_of,
    difference,
    has_undocumented_state,
    is_done,
    may_change,
    query_of,
    refusals_of,
    state_of,
    status_of,
    succeeded,
)
from specwitness.contract.generic.seen import Resource, Seen
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Trace


def checks(contract: Contract) -> tuple[Check, ...]:
    """Return the rules that need to know in which state a resource was before."""
    return *_of_states(contract), *_of_refusals(contract)


def _of_states(contract: Contract) -> tuple[Check, ...]:
    names = {lifecycle.resource: _identifying(contract, lifecycle) for lifecycle in contract.lifecycles}

    @trace_check(source="lifecycle.yaml: which state may follow which")
    def states_only_move_forward(trace: Trace) -> Iterator[Refusal]:
        """A resource goes from state to state as its lifecycle allows, and stays in a final one."""
        last: dict[Resource, tuple[str, Exchange]] = {}
        for exchange in trace:
            if exchange.request.method == "DELETE" and succeeded(exchange):
                for resource, known_by in names.items():
                    last.pop((resource, *_identity(exchange, known_by)), None)
            lifecycle = contract.lifecycle_of(exchange.operation)
            state = state_of(exchange, lifecycle)
            if lifecycle is None or state is None:
                continue
            identity = _identity(exchange, names[lifecycle.resource])
            if not identity:
                continue
            key = (lifecycle.resource, *identity)
            earlier, shown = last.get(key, (state, exchange))
            if not lifecycle.may_follow(earlier, state):
                message = f"the state is {state}, after it was {earlier}"
                yield Refusal(lifecycle.shows[exchange.operation or ""], message, state, trace=(shown, exchange))
            else:
                last[key] = state, exchange

    @trace_check(source="lifecycle.yaml: a final state; contract.yaml: the fields that are volatile")
    def finished_resource_stays_as_it_is(trace: Trace) -> Iterator[Refusal]:
        """Two reads of a finished resource give the same answer, but for the fields that are called volatile."""
        reads: dict[Resource, dict[tuple[str | None, str], Exchange]] = {}
        for exchange in trace:
            asked = tuple(sorted(exchange.parameters.values()))
            if exchange.request.method not in {"GET", "HEAD"} and succeeded(exchange):
                reads.pop(asked, None)
            lifecycle = contract.lifecycle_of(exchange.operation)
            state = state_of(exchange, lifecycle)
            if exchange.request.method != "GET" or lifecycle is None or not lifecycle.is_final(state):
                continue
            same = reads.setdefault(asked, {})
            key = (exchange.operation, repr(query_of(exchange)))
            before = same.get(key, exchange)
            place = difference(body_of(before), body_of(exchange), ignored=contract.manifest.volatile)
            if place is not None and state_of(before, lifecycle) == state:
                yield Refusal(
                    place, f"the resource is {state}, but two reads of it differ here", trace=(before, exchange)
                )
            same[key] = exchange

    return states_only_move_forward, finished_resource_stays_as_it_is


def _of_refusals(contract: Contract) -> tuple[Check, ...]:
    @trace_check(source="lifecycle.yaml, `refused`: which operation is refused in which state")
    def what_a_state_refuses_is_refused(trace: Trace) -> Iterator[Refusal]:
        """An operation is refused where the state does, and no state that may have come since allows it."""
        for exchange, lifecycle, state, shown in _told_before(contract, trace):
            by_state = lifecycle.refused.get(exchange.operation or "", {})
            if not by_state or not is_done(exchange) or not by_state.keys() >= set(_reachable(lifecycle, state)):
                continue
            # An answer that tells of another state than there can be is refused for that.
            told = state_of(exchange, lifecycle) or state
            if lifecycle.may_follow(state, told) and not has_undocumented_state(contract, exchange):
                message = f"answered {status_of(exchange)}, though the {lifecycle.resource} is {state}"
                yield Refusal("", message, part="status", trace=(shown, exchange))

    @trace_check(source="lifecycle.yaml, `refused`: the states that refuse an operation", standing="implied")
    def what_a_state_allows_is_not_refused(trace: Trace) -> Iterator[Refusal]:
        """An operation is not refused for its state where no state that may have come since refuses it."""
        for exchange, lifecycle, state, shown in _told_before(contract, trace):
            by_state = lifecycle.refused.get(exchange.operation or "", {})
            status = status_of(exchange)
            if exchange.intent not in ASKED_WELL or status not in refusals_of(contract, exchange):
                continue
            if by_state.keys().isdisjoint(_reachable(lifecycle, state)):
                message = f"answered {status}, which is for other states: the {lifecycle.resource} is {state}"
                yield Refusal("", message, part="status", trace=(shown, exchange))

    return what_a_state_refuses_is_refused, what_a_state_allows_is_not_refused


def _told_before(contract: Contract, trace: Trace) -> Iterator[tuple[Exchange, Lifecycle, str, Exchange]]:
    """Yield each exchange about a resource with the state that it was last seen in, and where that was seen."""
    names = {lifecycle.resource: _identifying(contract, lifecycle) for lifecycle in contract.lifecycles}
    seen: Seen[tuple[str, Exchange]] = Seen()
    for exchange in trace:
        identities = [(one, _identity(exchange, names[one.resource])) for one in contract.lifecycles]
        for lifecycle, identity in identities:
            before = seen.of((lifecycle.resource, *identity))
            if before is not None:
                yield exchange, lifecycle, before[0], before[1]
        if may_change(exchange):
            seen.forget(exchange)
        for lifecycle, identity in identities:
            state = state_of(exchange, lifecycle)
            if identity and state is not None:
                seen.keep((lifecycle.resource, *identity), identity, (state, exchange))


def _identifying(contract: Contract, lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the path parameters that every operation that shows the state is asked with; its own id comes last."""
    sets = [
        {parameter.name for parameter in operation.path_parameters}
        for key in lifecycle.shows
        if (operation := contract.operation(key)) is not None and operation.path_parameters
    ]
    return tuple(sorted(set.intersection(*sets), key=lambda name: (name == lifecycle.id, name))) if sets else ()


def _identity(exchange: Exchange, names: tuple[str, ...]) -> Resource:
    """Return the values that identify a resource, as asked with or else as answered; empty where one is not known."""
    body = body_of(exchange)
    answered = body if isinstance(body, dict) else {}
    values = (exchange.parameters.get(name, answered.get(name)) for name in names)
    known = tuple(value for value in values if isinstance(value, str))
    return known if len(known) == len(names) else ()


def _reachable(lifecycle: Lifecycle, state: str) -> Iterator[str]:
    """Yield the states in which a resource may be that was last seen in one."""
    yield from (later for later in lifecycle.states if lifecycle.may_follow(state, later))

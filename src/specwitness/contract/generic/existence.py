"""What a server has, held to what it had before in the exchanges of one test: it comes and goes by requests alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from specwitness.contract.checking import Check, Refusal, trace_check
from specwitness.contract.generic.reading import (
    ASKED_WELL,
    body_of,
    difference,
    is_done,
    may_change,
    named_by,
    path_of,
    refusals_of,
    status_of,
)
from specwitness.contract.generic.seen import Resource, Seen
from specwitness.contract.given import has_example_id
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Intent, Trace

_GONE = frozenset({404, 410})
_DELETED = frozenset({200, 204})
"""Answers that say that a deletion has happened; 202 says that it will (RFC 9110 section 9.3.5)."""


def checks(contract: Contract) -> tuple[Check, ...]:
    """Return the rules that need to know what there was before."""
    return _of_reads(contract), _of_deletions(contract), _of_known_ids(contract)


def _of_reads(contract: Contract) -> Check:
    @trace_check(source="RFC 9110 section 9.2.1: what is only read does not go away")
    def what_was_read_is_found_again(trace: Trace) -> Iterator[Refusal]:
        """What was read is found again in the same test, unless something was done to it in between."""
        seen: Seen[Exchange] = Seen()
        for exchange in trace:
            if may_change(exchange):
                seen.forget(exchange)
            values, key = _good_read(contract, exchange), (exchange.operation or "", exchange.request.url)
            if not values:
                continue
            before, status = seen.of(key), status_of(exchange)
            if is_done(exchange):
                seen.keep(key, values, exchange)
            elif before is not None and status in _GONE - refusals_of(contract, exchange):
                message = f"answered {status}, though it was there before and nothing was done to it"
                yield Refusal("", message, part="status", trace=(before, exchange))

    return what_was_read_is_found_again


def _of_deletions(contract: Contract) -> Check:
    @trace_check(source="RFC 9110 sections 9.3.5 and 15.3.5: a DELETE that is answered 200 or 204 has happened")
    def what_was_deleted_is_not_shown(trace: Trace) -> Iterator[Refusal]:
        """What was deleted is not shown as it was before, unless it was made again."""
        read: dict[str, Exchange] = {}
        deleted: dict[str, dict[str, Exchange]] = {}
        for exchange in trace:
            url = exchange.request.url
            if _deletes(contract, exchange):
                *_, (name, at) = _ways(path_of(exchange))
                deleted.setdefault(name, {})[at] = exchange
            elif may_change(exchange):
                for name in named_by(exchange):
                    deleted.pop(name, None)
            if not is_done(exchange) or not _good_read(contract, exchange):
                continue
            ways = _ways(path_of(exchange))
            gone = next((deleted[name][at] for name, at in ways if at in deleted.get(name, {})), None)
            before = read.get(url)
            if gone is None:
                read[url] = exchange
            elif before is not None and _is_said_again(contract, before, exchange):
                message = f"answered {status_of(exchange)} as before, though it was deleted"
                yield Refusal("", message, part="status", trace=(before, gone, exchange))

    return what_was_deleted_is_not_shown


def _of_known_ids(contract: Contract) -> Check:
    @trace_check(source="the ids that were given as those of resources that exist", standing="implied")
    def known_id_is_found(trace: Trace) -> Iterator[Refusal]:
        """A resource that was given as existing, or that the server has just made, is found."""
        found: set[Resource] = set()
        missed: dict[Resource, Exchange] = {}
        changed: set[str] = set()
        around = _around(contract, trace)
        for exchange in trace:
            if may_change(exchange):
                changed |= named_by(exchange, answered=False)
            values = _good_request(contract, exchange)
            # Of ids of several parameters, not all that can be combined belong together.
            operation = exchange.operation or ""
            key = (operation, *(values[-1:] if len(around.get(operation, ())) == 1 else ()))
            if is_done(exchange):
                found.add(key)
            elif status_of(exchange) not in _GONE - refusals_of(contract, exchange) or not values:
                continue
            elif exchange.intent is Intent.VALID and values[-1] not in changed:
                missed.setdefault(key, exchange)
        for key, exchange in missed.items():
            if key not in found and not has_example_id(contract, exchange):
                asked = [*exchange.parameters.values()][-1]
                message = f"answered {status_of(exchange)} for {asked!r:.80}, which was given as existing"
                yield Refusal("", message, part="status", trace=(exchange,))

    return known_id_is_found


def _around(contract: Contract, trace: Trace) -> dict[str, set[Resource]]:
    """Return, by operation, the ids under which the last one of a path was asked for."""
    found: dict[str, set[Resource]] = {}
    for exchange in trace:
        values = _good_request(contract, exchange)
        if values and exchange.intent is Intent.VALID:
            found.setdefault(exchange.operation or "", set()).add(values[:-1])
    return found


def _good_read(contract: Contract, exchange: Exchange) -> Resource:
    """Return the ids in the path of a GET that should succeed; empty for any other request."""
    return _good_request(contract, exchange) if exchange.request.method == "GET" else ()


def _good_request(contract: Contract, exchange: Exchange) -> Resource:
    """Return the ids in the path of a request that should succeed, in their order; empty for any other request.

    A body may name something else that there is not.
    """
    operation = contract.operation(exchange.operation)
    if operation is None or exchange.request.method != operation.method or operation.body:
        return ()
    if exchange.intent not in ASKED_WELL:
        return ()
    values = tuple(exchange.parameters.get(parameter.name, "") for parameter in operation.path_parameters)
    return values if all(values) else ()


def _deletes(contract: Contract, exchange: Exchange) -> bool:
    """Say whether something with an id of its own has been deleted: what else is emptied may look as before."""
    operation = contract.operation(exchange.operation)
    if operation is None or {exchange.request.method, operation.method} != {"DELETE"}:
        return False
    return operation.path.endswith("}") and status_of(exchange) in _DELETED


def _is_said_again(contract: Contract, before: Exchange, exchange: Exchange) -> bool:
    """Say whether an answer that could be 404 is an earlier one again, and does not come from a cache."""
    operation = contract.operation(exchange.operation)
    if operation is None or not {"404", "410"} & operation.responses.keys():
        return False
    if before.response is None or exchange.response is None or exchange.response.header("Age") is not None:
        return False
    if body_of(exchange) is None:
        return before.response.body == exchange.response.body
    return difference(body_of(before), body_of(exchange), ignored=contract.manifest.volatile) is None


def _ways(path: str) -> Iterator[tuple[str, str]]:
    """Yield what leads to a path, itself last: each with the name it ends in, decoded."""
    at = ""
    for part in path.strip("/").split("/"):
        at = f"{at}/{part}"
        yield unquote(part), at

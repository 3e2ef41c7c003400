"""What the generic rules read out of an exchange: its texts, its state, what it is about, and what it may change."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Intent, Json

NOTHING: Any = object()
"""What stands where nothing stands: null is something."""

ASKED_WELL = frozenset({Intent.VALID, Intent.GENERATED})
"""Why a request was sent that the contract allows, with the credentials that it asks for."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def body_of(exchange: Exchange) -> Json:
    """Return the JSON of the response, None where there is none."""
    return exchange.response.json() if exchange.response else None


def status_of(exchange: Exchange) -> int:
    """Return the status of the response, 0 where none came."""
    return exchange.response.status if exchange.response else 0


def succeeded(exchange: Exchange) -> bool:
    """Say whether a request was answered as it wants to be, or sent elsewhere."""
    return 0 < status_of(exchange) < HTTPStatus.BAD_REQUEST


def is_done(exchange: Exchange) -> bool:
    """Say whether a request was answered 2xx."""
    return HTTPStatus.OK <= status_of(exchange) < HTTPStatus.MULTIPLE_CHOICES


def may_change(exchange: Exchange) -> bool:
    """Say whether an exchange may have changed something: a 4xx says that it did not."""
    refused = HTTPStatus.BAD_REQUEST <= status_of(exchange) < HTTPStatus.INTERNAL_SERVER_ERROR
    return exchange.request.method not in _SAFE and not refused


def look(value: Json, place: str) -> Json:
    """Return what stands at a place of a body, NOTHING where nothing does."""
    return pointers.look(value, place, NOTHING)


def query_of(exchange: Exchange) -> list[tuple[str, str]]:
    """Return the names and values of the query, in order."""
    query = exchange.request.url.partition("#")[0].partition("?")[2]
    return sorted(parse_qsl(query, keep_blank_values=True))


def path_of(exchange: Exchange) -> str:
    """Return the path that was asked for, as it was encoded."""
    try:
        return urlsplit(exchange.request.url).path
    except ValueError:
        return ""


def state_of(exchange: Exchange, lifecycle: Lifecycle | None) -> str | None:
    """Return the state that a success shows, where it is one that the lifecycle knows."""
    if lifecycle is None or not succeeded(exchange):
        return None
    state = look(body_of(exchange), lifecycle.shows.get(exchange.operation or "", "/\0"))
    return state if isinstance(state, str) and state in lifecycle.states else None


def refusals_of(contract: Contract, exchange: Exchange) -> set[int]:
    """Return the statuses by which an operation is refused for the state of what it is about."""
    by_state = (lifecycle.refused.get(exchange.operation or "", {}) for lifecycle in contract.lifecycles)
    return {refused.status for states in by_state for refused in states.values()}


def schema_of(contract: Contract, exchange: Exchange, place: str = "") -> str | None:
    """Return the pointer of the schema that describes a place of the response, None where none does."""
    operation, response = contract.operation(exchange.operation), exchange.response
    documented = operation.response_for(response.status) if operation and response else None
    content = documented.content_for(response.media_type or "") if documented and response else None
    if content is None or content.schema is None:
        return None
    document = contract.schemas.document
    at = pointers.locate(document, content.schema, ())
    for token in pointers.split(place):
        deeper = pointers.locate(document, at, [token])
        if deeper == at:
            return None
        at = deeper
    return at


def has_undocumented_state(contract: Contract, exchange: Exchange) -> bool:
    """Say whether a success shows a state that its schema does not allow, which is said already."""
    lifecycle = contract.lifecycle_of(exchange.operation)
    state = state_of(exchange, lifecycle)
    if lifecycle is None or state is None:
        return False
    schema = schema_of(contract, exchange, lifecycle.shows[exchange.operation or ""])
    return schema is not None and not contract.schemas.accepts(schema, state)


def difference(first: Json, second: Json, *, ignored: frozenset[str]) -> str | None:
    """Return the pointer of a place at which two JSON values differ, or None; members of ignored names are alike."""
    stack: list[tuple[str, Json, Json]] = [("", first, second)]
    while stack:
        at, one, other = stack.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            for name in sorted((one.keys() | other.keys()) - ignored, reverse=True):
                if name not in one or name not in other:
                    return pointers.join(at, name)
                stack.append((pointers.join(at, name), one[name], other[name]))
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            stack += [(pointers.join(at, index), *pair) for index, pair in enumerate(zip(one, other, strict=True))]
        elif type(one) is not type(other) or one != other:
            return at
    return None


def texts(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield every text of a response with its part and pointer: header values, then the strings and names of a body."""
    response = exchange.response
    if response is None:
        return
    for name, value in response.headers:
        yield f"header {name}", "", value
    body = response.json()
    if isinstance(body, dict | list | str):
        yield from (("body", pointer, text) for pointer, text in strings(body))
    elif response.body:
        yield "body", "", response.body.decode("utf-8", "replace")


def strings(value: Json) -> Iterator[tuple[str, str]]:
    """Yield every string and member name of a JSON value, with its pointer."""
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, str):
            yield at, item
        elif isinstance(item, dict):
            yield from ((at, name) for name in item)
            stack += [(pointers.join(at, name), inner) for name, inner in item.items()]
        elif isinstance(item, list):
            stack += [(pointers.join(at, index), inner) for index, inner in enumerate(item)]


def was_sent(exchange: Exchange, text: str) -> bool:
    """Say whether the request itself held a text: what a client sent, the server may repeat."""
    request = exchange.request
    if text in unquote_plus(request.url) or any(text in value for _, value in request.headers):
        return True
    if not request.body:
        return False
    sent = request.json()
    if isinstance(sent, dict | list | str):
        return any(text in string for _, string in strings(sent))
    return text in unquote_plus(request.body.decode("utf-8", "replace"))


def named_by(exchange: Exchange, *, answered: bool = True) -> set[str]:
    """Return every text by which an exchange may name a resource: in its path, query and body, and in the answer."""
    found = {*exchange.parameters.values(), *(value for _, value in query_of(exchange))}
    for body in (exchange.request.json(), body_of(exchange) if answered else None):
        found.update(text for _, text in strings(body))
    return found

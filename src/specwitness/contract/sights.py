"""What an operation documents that a run may see: statuses, properties, enum values.

Entry points: `documented`, `seen`.

An enum value or a property that no response ever showed has not been tested, whatever was green.
"""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation
from specwitness.findings import Exchange, Json
from specwitness.record import Aspect, Sight

_BRANCHES = ("anyOf", "oneOf")


def documented(contract: Contract, operation: Operation) -> tuple[Sight, ...]:
    """Return everything the documented responses of an operation could show, in the document's order."""
    sights: dict[Sight, None] = {}
    for status, response in operation.responses.items():
        sights[Sight(operation.key, Aspect.STATUS, status)] = None
        for content in response.content:
            if content.schema is not None and _can_be_read(contract, content):
                for aspect, place, value in _possible(contract.schemas.document, content.schema, "", frozenset()):
                    sights[Sight(operation.key, aspect, f"{status} {place}", value)] = None
    return tuple(sights)


def seen(contract: Contract, exchange: Exchange) -> Iterator[Sight]:
    """Yield what one exchange showed of its operation's documentation."""
    operation, response = contract.operation(exchange.operation), exchange.response
    if operation is None or response is None:
        return
    documented_as = operation.response_for(response.status)
    if documented_as is None:
        return
    yield Sight(operation.key, Aspect.STATUS, documented_as.status)
    content = documented_as.content_for(response.media_type or "")
    if content is None or content.schema is None or not _can_be_read(contract, content):
        return
    for aspect, place, value in _actual(contract, content.schema, response.json(), ""):
        yield Sight(operation.key, aspect, f"{documented_as.status} {place}", value)


def _can_be_read(contract: Contract, content: Content) -> bool:
    """Say whether content is JSON by a schema that is one: who judges it says so where it is none."""
    return is_json(content.media_type) and not contract.schemas.faults(content.schema or "")


Spot = tuple[Aspect, str, str]


def _possible(document: Json, pointer: str, place: str, above: frozenset[str]) -> Iterator[Spot]:
    at = pointers.resolved(document, pointer)
    schema = pointers.get(document, at)
    if at in above or not isinstance(schema, dict):
        return
    above |= {at}
    for value in _enumerated(schema):
        yield Aspect.VALUE, place or "/", _word(value)
    for name in schema.get("properties", {}):
        deeper = pointers.join(place, name)
        yield Aspect.PROPERTY, deeper, ""
        yield from _possible(document, pointers.join(at, "properties", name), deeper, above)
    if isinstance(schema.get("items"), dict):
        yield from _possible(document, pointers.join(at, "items"), f"{place}/*", above)
    for keyword in ("allOf", *_BRANCHES):
        for index, _ in enumerate(schema.get(keyword, [])):
            yield from _possible(document, pointers.join(at, keyword, index), place, above)


def _actual(contract: Contract, pointer: str, value: Json, place: str) -> Iterator[Spot]:
    document = contract.schemas.document
    at = pointers.resolved(document, pointer)
    schema = pointers.get(document, at)
    if not isinstance(schema, dict):
        return
    if any(value == known for known in _enumerated(schema)):
        yield Aspect.VALUE, place or "/", _word(value)
    if isinstance(value, dict):
        for name in schema.get("properties", {}):
            if name in value:
                deeper = pointers.join(place, name)
                yield Aspect.PROPERTY, deeper, ""
                yield from _actual(contract, pointers.join(at, "properties", name), value[name], deeper)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            yield from _actual(contract, pointers.join(at, "items"), item, f"{place}/*")
    for index, _ in enumerate(schema.get("allOf", [])):
        yield from _actual(contract, pointers.join(at, "allOf", index), value, place)
    for keyword in _BRANCHES:
        for index, _ in enumerate(schema.get(keyword, [])):
            branch = pointers.join(at, keyword, index)
            if contract.schemas.accepts(branch, value):
                yield from _actual(contract, branch, value, place)


def _enumerated(schema: dict[str, Json]) -> list[Json]:
    """Return the distinct values of an `enum` of two or more; a single one is a tag that every message shows."""
    values = schema.get("enum")
    if not isinstance(values, list):
        return []
    distinct = [value for index, value in enumerate(values) if value not in values[:index]]
    return distinct if len(distinct) > 1 else []


def _word(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)

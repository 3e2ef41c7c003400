"""What may be sent in an operation, as one schema for the whole message, so that there is one question to ask.

A request is an object of `path`, `query`, `header`, `cookie` and `body`; a response of `header` and `body`. The side
that sends is taken at its word: it sends the parameters and headers that it names, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.model import Content, Contract, Header, Operation, Parameter, ResponseSpec
from specwitness.drift.bundle import Bundle
from specwitness.findings import Json, Party

GROUPS = ("path", "query", "header", "cookie")
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.1, Parameter Object: a header of one of these names "SHALL be ignored"."""


class Direction(StrEnum):
    """Who sends: a client its request, or a server its response."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True)
class Side:
    """One of the two contracts, and what it is called here."""

    party: Party
    contract: Contract


@dataclass(frozen=True)
class Half:
    """One side of a question: its operation, the pointer of its message's schema in the bundle, and what it is about.

    `places` are the pointers, in the side's own document, of what a message may lack, by group and name.
    """

    side: Side
    operation: Operation
    schema: str
    places: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Question:
    """One kind of message: may `allower` send what `refuser` refuses?

    `status` is that of a response.
    """

    direction: Direction
    allower: Half
    refuser: Half
    media_type: str | None
    status: int | None = None

    @property
    def part(self) -> str:
        """What of an operation it is about, as a finding's location calls it."""
        return "request" if self.status is None else f"response {self.status}"


def questions(
    bundle: Bundle, direction: Direction, allower: Side, refuser: Side, pair: tuple[Operation, Operation]
) -> Iterator[Question]:
    """Yield the questions about one operation of both sides, that of the side that sends first."""
    if direction is Direction.REQUEST:
        yield from _requests(bundle, allower, refuser, *pair)
    else:
        yield from _responses(bundle, allower, refuser, *pair)


# Requests.


def _requests(bundle: Bundle, allower: Side, refuser: Side, sent: Operation, read: Operation) -> Iterator[Question]:
    renamed = {
        theirs.name: ours.name
        for ours, theirs in zip(_in_order(sent), _in_order(read), strict=False)
        if ours.name != theirs.name
    }
    for content in sent.body or (None,):
        known = content_for(read.body, content.media_type) if content else None
        yield Question(
            direction=Direction.REQUEST,
            allower=_asking(bundle, allower, sent, content, sends=True),
            refuser=_asking(bundle, refuser, read, known, sends=False, renamed=renamed),
            media_type=content.media_type if content else None,
        )


def _in_order(operation: Operation) -> list[Parameter]:
    """Return the path parameters in the order of the path, which is what they are known by."""
    return sorted(operation.path_parameters, key=lambda parameter: operation.path.find(f"{{{parameter.name}}}"))


def _asking(
    bundle: Bundle,
    side: Side,
    operation: Operation,
    content: Content | None,
    *,
    sends: bool,
    renamed: Mapping[str, str] | None = None,
) -> Half:
    properties: dict[str, Json] = {}
    places: dict[tuple[str, str], str] = {("", "body"): pointers.join(operation.pointer, "requestBody")}
    for group in GROUPS:
        named: dict[str, tuple[Json, bool]] = {}
        for parameter in operation.parameters:
            if parameter.place != group or (group == "header" and parameter.name.lower() in _NOT_PARAMETERS):
                continue
            name = (renamed or {}).get(parameter.name, parameter.name) if group == "path" else parameter.name
            name = name.lower() if group == "header" else name
            places[group, name] = parameter.pointer
            text = _of_text(bundle, side, _schema_of(side, parameter), sends=sends)
            # A path without the text of a parameter is another path.
            text = {"allOf": [text, {"minLength": 1}]} if sends and group == "path" else text
            named[name] = text, parameter.required
        properties[group] = _group(named, sends=sends)
    required = [*GROUPS]
    if content is not None:
        properties["body"] = bundle.reference(side.party, content.schema) if content.schema else True
        required += ["body"] if operation.body_required else []
    elif sends:
        properties["body"] = False
    elif operation.body_required:
        required += ["body"]
    part = " ".join(("request", content.media_type if content else "", "sent" if sends else "read"))
    schema = bundle.add(f"{side.party} {operation.label} {part}", _message(properties, required))
    return Half(side, operation, schema, places)


def _schema_of(side: Side, parameter: Parameter | Header) -> str | None:
    """Return the pointer of the schema of a parameter or header, also of one that is described by `content`."""
    if parameter.schema is not None:
        return parameter.schema
    described = pointers.look(side.contract.document, parameter.pointer, {})
    for media_type, content in (described.get("content") or {}).items():
        if isinstance(content, dict) and "schema" in content:
            return pointers.join(parameter.pointer, "content", media_type, "schema")
    return None


def _of_text(bundle: Bundle, side: Side, schema: str | None, *, sends: bool) -> Json:
    """Return the schema of a value that travels as text: who reads a string reads the text of a number as well."""
    if schema is None:
        return True
    reference = bundle.reference(side.party, schema)
    plain = bundle.followed(reference)
    if sends or not isinstance(plain, dict) or plain.keys() != {"type"} or "string" not in plain["type"]:
        return reference
    return {"anyOf": [reference, {"type": ["boolean", "number"]}]}


def _group(named: Mapping[str, tuple[Json, bool]], *, sends: bool) -> Json:
    group: dict[str, Any] = {
        "type": "object",
        "properties": {name: schema for name, (schema, _) in named.items()},
        "required": [name for name, (_, required) in named.items() if required],
    }
    return group | ({"additionalProperties": False} if sends else {})


# Responses.


def _responses(bundle: Bundle, allower: Side, refuser: Side, sent: Operation, read: Operation) -> Iterator[Question]:
    told: set[tuple[str, str]] = set()
    for status in _statuses(sent, read):
        ours, theirs = sent.response_for(status), read.response_for(status)
        if ours is None or theirs is None or (ours.status, theirs.status) in told:
            continue
        told.add((ours.status, theirs.status))
        for content in ours.content or (None,):
            known = content_for(theirs.content, content.media_type) if content else None
            if content is not None and known is None and theirs.content:
                continue  # Another media type is not a question of schemas.
            yield Question(
                direction=Direction.RESPONSE,
                allower=_answering(bundle, allower, sent, ours, content, sends=True),
                refuser=_answering(bundle, refuser, read, theirs, known, sends=False),
                media_type=content.media_type if content else None,
                status=status,
            )


def _statuses(*operations: Operation) -> Iterator[int]:
    """Yield every status that some operation names, and one for each range and for `default`."""
    keys = {key.upper() for operation in operations for key in operation.responses}
    named = {int(key) for key in keys if key.isdigit()}
    yield from sorted(named)
    for key in sorted(keys):
        if key.endswith("XX") and key[0].isdigit():
            yield next(status for status in range(int(key[0]) * 100, int(key[0]) * 100 + 100) if status not in named)
    if "DEFAULT" in keys:
        ranges = {int(key[0]) for key in keys if key.endswith("XX") and key[0].isdigit()}
        free = (s for s in (*range(500, 600), *range(400, 500)) if s not in named and s // 100 not in ranges)
        yield from (next(free),)


def _answering(
    bundle: Bundle, side: Side, operation: Operation, response: ResponseSpec, content: Content | None, *, sends: bool
) -> Half:
    places = {("", "body"): pointers.join(response.pointer, "content")}
    named: dict[str, tuple[Json, bool]] = {}
    for header in response.headers:
        name = header.name.lower()
        if name != "content-type":
            places["header", name] = header.pointer
            named[name] = _of_text(bundle, side, _schema_of(side, header), sends=sends), header.required
    properties: dict[str, Json] = {"header": _group(named, sends=sends)}
    required = ["header"]
    if content is not None:
        properties["body"] = bundle.reference(side.party, content.schema) if content.schema else True
        required += ["body"]
    elif sends:
        properties["body"] = False
    elif response.content:
        required += ["body"]
    part = f"response {response.status} {content.media_type if content else ''}"
    schema = bundle.add(f"{side.party} {operation.label} {part}", _message(properties, required))
    return Half(side, operation, schema, places)


def _message(properties: dict[str, Json], required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required}


def content_for(contents: Iterable[Content], media_type: str) -> Content | None:
    """Return the content that describes a media type; the most specific wins (OpenAPI 3.1, Request Body Object)."""
    return ResponseSpec("", "", tuple(contents), ()).content_for(media_type.partition(";")[0].strip().lower())

"""What may be sent in an operation, as one schema for the whole message, so that there is one question to ask.

A request is an object of `path`, `query`, `header`, `cookie` and `body`; a response of `header` and `body`. The side
that sends is taken at its word: it sends the parameters and headers that it names, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Header, Operation, Parameter, ResponseSpec
from specwitness.drift.bundle import Bundle
from specwitness.drift.media_types import covering, is_form, is_raw, is_text, possible
from specwitness.drift.texts import (
    FORM,
    PARAMETER,
    TEXT,
    Spelling,
    Texts,
    members,
    raw,
    sendable,
    spellings,
    spoken_of,
)
from specwitness.drift.wire import HOLE
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

    `places` are the pointers, in the side's own document, of what a message may lack, by group and name. `spelled` is
    what is said in other types than it is sent in, `texts` are the places of texts.
    """

    side: Side
    operation: Operation
    schema: str
    places: Mapping[tuple[str, str], str]
    spelled: tuple[Spelling, ...] = ()
    texts: Texts = ()


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


# --- Parts that may be text -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A parameter or header as one side describes it: its schema, its place, and whether it is sent as text."""

    schema: Json
    required: bool
    place: str
    is_text: bool


_Parts = dict[tuple[str, str], _Part]
"""By group and name."""


def _part(bundle: Bundle, side: Side, described: Parameter | Header) -> _Part:
    if described.schema is not None:
        return _Part(bundle.reference(side.party, described.schema), described.required, described.pointer, True)
    data = pointers.look(side.contract.document, described.pointer, {})
    for media_type, content in (data.get("content") or {}).items():
        if isinstance(content, dict) and "schema" in content:
            schema = bundle.reference(side.party, pointers.join(described.pointer, "content", media_type, "schema"))
            return _Part(schema, described.required, described.pointer, not is_json(media_type))
    return _Part(True, described.required, described.pointer, True)


def _as_sent(bundle: Bundle, sent: _Parts, read: _Parts) -> tuple[_Parts, tuple[Spelling, ...]]:
    """Return the parts that are sent, in the types of who reads them."""
    parts: _Parts = {}
    spelled: list[Spelling] = []
    for key, part in sent.items():
        schema = part.schema
        if part.is_text and key in read and read[key].is_text:
            schema = spoken_of(bundle, part.schema, read[key].schema, PARAMETER)
            spelled += spellings(bundle, key, part.schema, schema)
        if part.is_text:
            schema = sendable(bundle, schema, in_path=key[0] == "path")
        parts[key] = replace(part, schema=schema)
    return parts, tuple(spelled)


def _body(bundle: Bundle, side: Side, content: Content | None) -> Json:
    return bundle.reference(side.party, content.schema) if content is not None and content.schema else True


def _body_as_sent(
    bundle: Bundle, side: Side, content: Content | None, read: Json, media_type: str | None, *, apart: frozenset[str]
) -> tuple[Json, tuple[Spelling, ...]]:
    """Return what is sent in a body, in the types of who reads it; False where none is.

    `apart` are the members of a form that are JSON.
    """
    if media_type is None:
        return False, ()
    said = sent = _body(bundle, side, content)
    if is_form(media_type):
        said = spoken_of(bundle, sent, read, FORM, apart)
    elif is_text(media_type):
        said = spoken_of(bundle, sent, read, TEXT)
    return raw(bundle, said) if is_raw(media_type) else said, tuple(spellings(bundle, ("body",), sent, said))


def _described(
    sent: Sequence[Content], read: Sequence[Content]
) -> Iterator[tuple[str | None, Content | None, Content | None]]:
    """Yield every media type that is sent, with what describes it on both sides; nothing at all where no body is.

    What one side describes by a range, the other may describe one by one.
    """
    if not sent:
        yield None, None, None
    told: set[tuple[str, str | None, bool, bool]] = set()
    for wanted in (*sent, *read):
        for media_type in possible(wanted.media_type):
            ours, theirs = covering(media_type, sent), covering(media_type, read)
            if ours is None or (wanted is not ours and wanted is not theirs):
                continue
            # A range may have media types of several kinds, whose bodies are asked about in different words.
            key = (ours.pointer, theirs.pointer if theirs else None, is_text(media_type), is_raw(media_type))
            if key not in told:
                told.add(key)
                yield media_type, ours, theirs


@dataclass(frozen=True)
class _Message:
    """What one side says of a message: its parts, its body (False is none), and whether there has to be one."""

    parts: _Parts
    body: Json
    needs_body: bool
    sends: bool

    def half(
        self,
        bundle: Bundle,
        side: Side,
        operation: Operation,
        name: str,
        body_place: str,
        *,
        spelled: tuple[Spelling, ...] = (),
        texts: Texts = (),
    ) -> Half:
        """Return the side's half of a question; `name` says which message of the operation it is."""
        groups = GROUPS if name.startswith(Direction.REQUEST) else ("header",)
        properties = {group: self._group(group) for group in groups}
        properties |= {"body": self.body} if self.sends or self.body is not True else {}
        required = [*groups, *(("body",) if self.needs_body and self.body is not False else ())]
        schema = {"type": "object", "properties": properties, "required": required}
        at = bundle.add(f"{side.party} {operation.label} {name} {'sent' if self.sends else 'read'}", schema)
        places = {key: part.place for key, part in self.parts.items()} | {("", "body"): body_place}
        return Half(side, operation, at, places, spelled, texts)

    def _group(self, group: str) -> Json:
        named = {name: part for (place, name), part in self.parts.items() if place == group}
        described: dict[str, Any] = {
            "type": "object",
            "properties": {name: part.schema for name, part in named.items()},
            "required": [name for name, part in named.items() if part.required],
        }
        return described | ({"additionalProperties": False} if self.sends else {})


def _texts(bundle: Bundle, message: _Message, media_type: str | None, apart: frozenset[str]) -> Texts:
    """Return the places of the texts in a message that is read, each with its schema."""
    texts: list[tuple[tuple[str, ...], Json]] = [
        (key, part.schema) for key, part in message.parts.items() if part.is_text
    ]
    if media_type is not None and is_text(media_type):
        texts.append((("body",), message.body))
    if media_type is not None and is_form(media_type):
        named = members(bundle, message.body).items()
        texts += [(("body", name), schema) for name, schema in named if name not in apart]
    return tuple(texts)


def _json_members(side: Side, content: Content | None) -> frozenset[str]:
    """Return the members of a form that are JSON by their encoding (OpenAPI 3.1, Encoding Object)."""
    said = pointers.look(side.contract.document, content.pointer, {}) if content is not None else {}
    encoding = said.get("encoding") if isinstance(said, dict) else None
    if not isinstance(encoding, dict):
        return frozenset()
    types = {name: str(one.get("contentType", "")) for name, one in encoding.items() if isinstance(one, dict)}
    return frozenset(name for name, type_ in types.items() if is_json(type_.partition(",")[0]))


# --- Requests ---------------------------------------------------------------------------------------------------------


def _requests(bundle: Bundle, allower: Side, refuser: Side, sent: Operation, read: Operation) -> Iterator[Question]:
    # Parameters of a path are known by their places in it; what two templates do not share stands at the beginning.
    ours, theirs = (HOLE.findall(operation.path)[::-1] for operation in (sent, read))
    expected = _parameters(bundle, refuser, read, True, dict(zip(theirs, ours, strict=False)))
    given, spelled = _as_sent(bundle, _parameters(bundle, allower, sent, bundle.a_string, {}), expected)
    for media_type, content, known in _described(sent.body, read.body):
        asked = _Message(expected, _body(bundle, refuser, known), read.body_required, sends=False)
        apart = _json_members(allower, content) | _json_members(refuser, known)
        body, more = _body_as_sent(bundle, allower, content, asked.body, media_type, apart=apart)
        name = f"{Direction.REQUEST} {media_type or ''}"
        said = _Message(given, body, sent.body_required, sends=True)
        texts = _texts(bundle, asked, media_type, apart)
        yield Question(
            direction=Direction.REQUEST,
            allower=said.half(bundle, allower, sent, name, _body_place(allower, sent), spelled=(*spelled, *more)),
            refuser=asked.half(bundle, refuser, read, name, _body_place(refuser, read), texts=texts),
            media_type=media_type,
        )


def _parameters(bundle: Bundle, side: Side, operation: Operation, unknown: Json, renamed: Mapping[str, str]) -> _Parts:
    """Return the parameters of an operation, those of its path by what the other side calls them.

    Those that a path has are always sent; one that nobody describes has the schema `unknown`.
    """
    in_path = [name for name in HOLE.findall(operation.path) if not name.startswith("$")]
    parts = {("path", renamed.get(name, name)): _Part(unknown, True, operation.pointer, True) for name in in_path}
    for parameter in operation.parameters:
        name = parameter.name.lower() if parameter.place == "header" else parameter.name
        if parameter.place != "header" or name not in _NOT_PARAMETERS:
            name = renamed.get(name, name) if parameter.place == "path" else name
            parts[parameter.place, name] = _part(bundle, side, parameter)
    return parts


def _body_place(side: Side, operation: Operation) -> str:
    """Return where the body of a request is described, be it for several operations."""
    place = pointers.join(operation.pointer, "requestBody")
    document = side.contract.document
    return pointers.resolved(document, place) if pointers.look(document, place) else place


# --- Responses --------------------------------------------------------------------------------------------------------


def _responses(bundle: Bundle, allower: Side, refuser: Side, sent: Operation, read: Operation) -> Iterator[Question]:
    told: set[tuple[str, str]] = set()
    for status in _statuses(sent, read):
        ours, theirs = sent.response_for(status), read.response_for(status)
        if ours is None or theirs is None or (ours.status, theirs.status) in told:
            continue
        told.add((ours.status, theirs.status))
        expected = _headers(bundle, refuser, theirs)
        given, spelled = _as_sent(bundle, _headers(bundle, allower, ours), expected)
        for media_type, content, known in _described(ours.content, theirs.content):
            if content is not None and known is None and theirs.content:
                continue  # Another media type is not a question of schemas.
            asked = _Message(expected, _body(bundle, refuser, known), bool(theirs.content), sends=False)
            apart = _json_members(allower, content) | _json_members(refuser, known)
            body, more = _body_as_sent(bundle, allower, content, asked.body, media_type, apart=apart)
            name = f"{Direction.RESPONSE} {status} {media_type or ''}"
            said = _Message(given, body, needs_body=True, sends=True)
            texts = _texts(bundle, asked, media_type, apart)
            places = [pointers.join(response.pointer, "content") for response in (ours, theirs)]
            yield Question(
                direction=Direction.RESPONSE,
                allower=said.half(bundle, allower, sent, name, places[0], spelled=(*spelled, *more)),
                refuser=asked.half(bundle, refuser, read, name, places[1], texts=texts),
                media_type=media_type,
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


def _headers(bundle: Bundle, side: Side, response: ResponseSpec) -> _Parts:
    named = ((header.name.lower(), header) for header in response.headers)
    return {("header", name): _part(bundle, side, header) for name, header in named if name != "content-type"}

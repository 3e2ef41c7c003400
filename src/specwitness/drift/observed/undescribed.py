"""What an exchange shows that its operation does not describe, though it allows it. Entry point: `Describer`.

*warning*: a client goes by something that nobody promised, and that may end without a word. *info*: the server says
more than it has to, which breaks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from specwitness.contract import pointers
from specwitness.contract.conformance import Violation
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, Parameter, ResponseSpec
from specwitness.drift.observed.guessing import is_id
from specwitness.drift.observed.headers import is_of_the_api
from specwitness.drift.observed.rules import RULES
from specwitness.drift.observed.walking import Shown, Text, Unnamed, Walker
from specwitness.findings import Json, Level, Party, Request, Response
from specwitness.record import Sight

BODY_PROPERTIES = frozenset({"undescribed-request-property", "undescribed-response-property"})


def remark(rule: str, part: str, pointer: str, message: str, value: Json = None) -> Violation:
    """Return what is not described, as what is refused is told."""
    level = RULES[rule][0]
    return Violation(
        rule, part, pointer, message, value, level, Party.CLIENT if level is Level.WARNING else Party.SERVER
    )


@dataclass(frozen=True)
class OpenText:
    """A text of a body, and the part of the message that it was in."""

    part: str
    text: Text


Said = Violation | OpenText | Sight
"""What is said of an exchange: what is not described, a text that may be anything, or something described."""


class Describer:
    """Says what exchanges of one contract show that it does not describe."""

    def __init__(self, contract: Contract, is_secret: Callable[[str], bool]) -> None:
        """Take the contract, and what says by its name that a property holds a secret."""
        self._contract = contract
        self._sent = Walker(contract.request_schemas, is_secret)
        self._answered = Walker(contract.schemas, is_secret)
        self._queries: dict[str, _Query] = {}
        self._bodies: dict[int, tuple[Violation, ...]] = {}
        self._shown: dict[tuple[str, str], set[Shown]] = {}
        self._credentials = {scheme.field.lower() for scheme in contract.security_schemes.values()}

    def __repr__(self) -> str:
        """Name the contract, for the person in the debugger."""
        return f"<Describer of {self._contract.name}>"

    def of(self, operation: Operation, request: Request, response: Response) -> Iterator[Said]:
        """Yield what is not described of an exchange, and what is; a request that was refused teaches nothing."""
        if response.status < HTTPStatus.BAD_REQUEST:
            yield from self._parameters(operation, request)
            yield from self._sent_headers(operation, request)
            yield from self._sent_body(operation, request)
        documented = operation.response_for(response.status)
        if documented is None:
            return
        yield from self._answered_headers(documented, response)
        if request.method != "HEAD":
            yield from self._answered_body(operation, documented, response)

    # --- The request --------------------------------------------------------------------------------------------------

    def _parameters(self, operation: Operation, request: Request) -> Iterator[Violation]:
        query = self._query(operation)
        place = pointers.join(operation.pointer, "parameters")
        for name in dict.fromkeys(queried(request)):
            if not query.describes(name) and name.lower() not in self._credentials and not _is_of_the_web(name):
                part = f"request query parameter {name}"
                yield remark("undescribed-parameter", part, place, f"the parameter {name} is not described", name)

    def _query(self, operation: Operation) -> _Query:
        if operation.key not in self._queries:
            found = (one for one in operation.parameters if one.place == "query")
            self._queries[operation.key] = _Query(self._contract.schemas.document, tuple(found))
        return self._queries[operation.key]

    def _sent_headers(self, operation: Operation, request: Request) -> Iterator[Violation]:
        described = {one.name.lower() for one in operation.parameters if one.place == "header"} | self._credentials
        for name in dict.fromkeys(name.lower() for name, _ in request.headers):
            if name not in described and is_of_the_api(name):
                yield remark("undescribed-request-header", f"request header {name}", _EVERYWHERE, _header(name), name)

    def _sent_body(self, operation: Operation, request: Request) -> Iterator[Said]:
        if not request.body:
            return
        media_type = (request.header("content-type") or "").split(";")[0].strip().lower()
        if not operation.body:
            said = f"a body was sent ({media_type or 'of no media type'}), and none is described"
            yield remark("undescribed-request-body", "request", operation.pointer, said)
            return
        content = _content_for(operation.body, media_type)
        if content is None or content.schema is None:
            return
        body = _form(request.body) if media_type == _FORM else request.json() if is_json(media_type) else None
        for found in self._sent.walk(content.schema, body, set()):
            yield _told("undescribed-request-property", "request", found)

    # --- The response -------------------------------------------------------------------------------------------------

    def _answered_headers(self, documented: ResponseSpec, response: Response) -> Iterator[Violation]:
        described = {header.name.lower() for header in documented.headers}
        for name in dict.fromkeys(name.lower() for name, _ in response.headers):
            if name not in described and is_of_the_api(name):
                part = f"response header {name}"
                yield remark("undescribed-response-header", part, _EVERYWHERE, _header(name), name)

    def _answered_body(self, operation: Operation, documented: ResponseSpec, response: Response) -> Iterator[Said]:
        part, media_type = f"response {response.status}", response.media_type or ""
        if not response.body or not is_json(media_type):
            return
        content = documented.content_for(media_type)
        if not documented.content:
            said = f"the response has a body ({media_type}), and none is described"
            yield remark("undescribed-response-body", part, documented.pointer, said)
        elif content is not None and content.schema is not None:
            yield from self._walked(operation, documented, content.schema, response)

    def _walked(
        self, operation: Operation, documented: ResponseSpec, schema: str, response: Response
    ) -> Iterator[Said]:
        """Yield what is said of a body; of one that came before, only what is wrong, so that its texts count once."""
        key = hash((operation.key, schema, response.body))
        if key in self._bodies:
            yield from self._bodies[key]
            return
        shown: set[Shown] = set()
        part, known = f"response {response.status}", self._shown.setdefault((operation.key, documented.status), set())
        walked = self._answered.walk(schema, response.json(), shown)
        # Of one body the same may be said at several places.
        found = tuple(dict.fromkeys(_told("undescribed-response-property", part, one) for one in walked))
        yield from found
        for aspect, place, value in shown - known:
            yield Sight(operation.key, aspect, f"{documented.status} {place}", value)
        known |= shown
        if len(self._bodies) < _MOST_BODIES:
            self._bodies[key] = tuple(one for one in found if isinstance(one, Violation))


_MOST_BODIES = 100_000
"""Of more bodies it is not remembered what was said."""
_EVERYWHERE = "/paths"
"""Where a header belongs that any operation may have: it is one thing that is not described, not one of each."""


def _told(rule: str, part: str, found: Unnamed | Text) -> Violation | OpenText:
    if isinstance(found, Text):
        return OpenText(part, found)
    if is_id(found.name):
        return of_data(rule, part, found.pointer)
    place = pointers.join(found.pointer, "properties", found.name)
    return remark(rule, part, place, f"the property {found.place} is not described", found.name)


def of_data(rule: str, part: str, pointer: str) -> Violation:
    """Return what is said of properties whose names are data, such as ids: all of them are one thing."""
    place = pointers.join(pointer, "additionalProperties")
    return remark(rule, part, place, "properties are not described whose names are data, such as ids")


def _header(name: str) -> str:
    return f"the header {name} is not described"


def _content_for(contents: tuple[Content, ...], media_type: str) -> Content | None:
    by_type = {content.media_type.split(";")[0].strip().lower(): content for content in contents}
    kind = media_type.partition("/")[0]
    return by_type.get(media_type) or by_type.get(f"{kind}/*") or by_type.get("*/*")


# --- Query parameters -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Query:
    """The query parameters of an operation, as they look in a URL."""

    document: Json
    parameters: tuple[Parameter, ...]

    def describes(self, name: str) -> bool:
        """Say whether a parameter of a URL is described: itself, or as a part of an object."""
        return name in self._names or name.partition("[")[0] in self._objects or self._takes_any

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.parameters) | {
            name for _, schema in self._spread for name in schema.get("properties", {})
        }

    @cached_property
    def _objects(self) -> frozenset[str]:
        """The objects that are written as `name[property]=value`."""
        styles = ((one, pointers.get(self.document, one.pointer).get("style")) for one in self.parameters)
        return frozenset(one.name for one, style in styles if style == "deepObject")

    @cached_property
    def _takes_any(self) -> bool:
        """Whether an object is written as its properties, and they may have any name."""
        return any(
            not schema.get("properties") or schema.get("additionalProperties") not in {None, False}
            for _, schema in self._spread
        )

    @cached_property
    def _spread(self) -> tuple[tuple[Parameter, dict[str, Json]], ...]:
        """The objects whose properties are parameters by themselves (style `form`, exploded)."""
        found = []
        for one in self.parameters:
            data = pointers.get(self.document, one.pointer)
            if one.schema is None or data.get("style", "form") != "form" or data.get("explode", True) is not True:
                continue
            schema = pointers.get(self.document, pointers.resolved(self.document, one.schema))
            if isinstance(schema, dict) and (schema.get("type") == "object" or "properties" in schema):
                found.append((one, schema))
        return tuple(found)


def queried(request: Request) -> list[str]:
    """Return the names of the query parameters of a request."""
    return [name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True, errors="replace")]


def _is_of_the_web(name: str) -> bool:
    """Say whether a parameter is there to get around a cache or to follow a person, whatever the API is."""
    return name in {"", "_", "gclid", "fbclid", "msclkid"} or name.startswith("utm_")


_FORM = "application/x-www-form-urlencoded"


def _form(body: bytes) -> Json:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))

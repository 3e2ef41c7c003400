"""Messages as they go over the wire, as small as an operation allows. Entry points: `least_request`, `least_response`.

What is made here is what a client reads in a witness: real-looking values, and placeholders such as `<token>` for
credentials, which no document knows.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.directions import REQUEST, RESPONSE
from specwitness.contract.given import examples
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, Parameter, ResponseSpec, SecurityScheme
from specwitness.contract.schemas import Schemas
from specwitness.drift.bundle import Bundle
from specwitness.drift.media_types import concrete
from specwitness.drift.serialisation import header_value, serialised, text_of
from specwitness.drift.smallest import NOTHING, Builder
from specwitness.exceptions import ContractError
from specwitness.findings import Headers, Json, Party, Request, Response

HOLE = re.compile(r"\{([^{}]+)\}")
"""A parameter of a path template, or a variable of a server's URL."""

_SOMEWHERE = "https://api.example"
_CONSUMER = "https://consumer.example"
_MOST_SERVERS = 64
_TRIED = 16


# --- Where an operation is reached -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """One base URL of an operation; `pointer` is the list it stands in.

    A variable without an `enum` is left in braces in `url`; `example` is what it can look like.
    """

    url: str
    pointer: str
    example: str

    @property
    def origin(self) -> str:
        """Scheme and host; empty where the URL is relative to wherever the document is."""
        return self.url[: len(self.url) - len(self.base_path)]

    @property
    def base_path(self) -> str:
        """What stands before each path."""
        return _ORIGIN.sub("", self.url, count=1)

    def covers(self, other: Server, *, path_alone: bool = False) -> bool:
        """Say whether the URL of another server is one of this one's, as far as both say where they are."""
        mine, its = self.url, other.url
        if path_alone or not self.origin or not other.origin:
            mine, its = self.base_path, other.base_path
        else:
            mine, its = self.origin.lower() + self.base_path, other.origin.lower() + other.base_path
        return re.fullmatch(_pattern(mine), its) is not None


NO_SERVER = Server("", "", "")
"""What stands for the servers of a document that names none."""
CONSUMER = Server(_CONSUMER, "", _CONSUMER)
"""Where webhooks and callbacks go."""

_ORIGIN = re.compile(r"^(?:[A-Za-z{][^/:]*:)?//[^/]*")


def _pattern(url: str) -> str:
    return "[^/]+".join(map(re.escape, re.split(r"\{[^{}]*\}", url)))


def servers(contract: Contract, operation: Operation) -> tuple[Server, ...]:
    """Return the servers of an operation: its own, else those of its path, else those of the document.

    OpenAPI 3.1, Server Object; without any, "the default value would be a Server Object with a url value of /".
    """
    for owner in (operation.pointer, *operation.path_items, ""):
        listed = pointers.look(contract.document, pointers.join(owner, "servers"))
        described = [server for server in listed if isinstance(server, dict)] if isinstance(listed, list) else []
        if described:
            place = pointers.join(owner, "servers")
            every = dict(itertools.chain.from_iterable(map(_urls, described)))
            return tuple(Server(url, place, example) for url, example in every.items())
    return (NO_SERVER,)


def _urls(server: Json) -> Iterator[tuple[str, str]]:
    """Yield the URLs of a Server Object with examples, one for each choice among what its variables enumerate."""
    url = str(server.get("url", "/")).rstrip("/")
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}
    used = {name: known[name] for name in HOLE.findall(url) if isinstance(known.get(name), dict)}
    listed = {name: variable["enum"] for name, variable in used.items() if isinstance(variable.get("enum"), list)}
    usual = {name: variable.get("default", name) for name, variable in used.items()}
    for values in itertools.islice(itertools.product(*listed.values()), _MOST_SERVERS):
        chosen = dict(zip(listed, values, strict=True))
        yield HOLE.sub(partial(_chosen, chosen), url), HOLE.sub(partial(_chosen, {**usual, **chosen}), url)


def _chosen(values: Mapping[str, Json], hole: re.Match[str]) -> str:
    return str(values[hole[1]]) if hole[1] in values else hole[0]


# --- Requests ---------------------------------------------------------------------------------------------------------


def least_request(
    contract: Contract,
    operation: Operation,
    *,
    server: Server | None = None,
    body: Content | None = None,
    credentials: Sequence[str] | None = None,
    given: Mapping[tuple[str, str], str | None] | None = None,
    headers: Headers = (),
) -> Request:
    """Return the least that a client has to send: required parameters and body, and the first way to be let in.

    `body` asks for a body of that media type, `credentials` for those schemes; `given` are parameters, by place and
    name, that are sent though they need not be: as they look on the wire, or None for any value. `headers` are sent as
    well. Raises LookupError where a valid value of a required part cannot be made.
    """
    sent = _Sent({}, [], [], [])
    given = given or {}
    for parameter in operation.parameters:
        key = (parameter.place, parameter.name)
        if parameter.required or parameter.place == "path" or key in given:
            sent.add(parameter, given.get(key) or _written(contract, parameter))
    for name in _first_way_in(operation) if credentials is None else credentials:
        sent.credential(name, _scheme(contract, name))
    content = body or (_usual(operation.body) if operation.body_required else None)
    if content is not None:
        sent.headers.append(("Content-Type", content_type(concrete(content.media_type))))
    base = (server or servers(contract, operation)[0]).example
    return Request(
        method=operation.method,
        url=(base if _ORIGIN.match(base) else _SOMEWHERE + base) + sent.path(operation.path) + sent.query(),
        headers=(*sent.headers, *sent.cookie(), *headers),
        body=None if content is None else body_of(contract, content, omitting=REQUEST),
    )


def _first_way_in(operation: Operation) -> Sequence[str]:
    return () if () in operation.security else next(iter(operation.security), ())


def request_of(
    contract: Contract,
    operation: Operation,
    message: Json,
    media_type: str | None = None,
    *,
    server: Server | None = None,
    credentials: Sequence[str] | None = None,
) -> Request:
    """Return the request that says a message: an object of `path`, `query`, `header` and `cookie`, and maybe `body`.

    Each holds values by the names of parameters, those of headers in lower case. `server` and `credentials` are as for
    `least_request`.
    """
    sent = _Sent({}, [], [], [])
    for parameter in operation.parameters:
        values = message.get(parameter.place, {})
        name = parameter.name.lower() if parameter.place == "header" else parameter.name
        if name in values:
            sent.add(parameter, serialised(pointers.get(contract.document, parameter.pointer), values[name]))
    for scheme in _first_way_in(operation) if credentials is None else credentials:
        sent.credential(scheme, _scheme(contract, scheme))
    body = None
    if "body" in message:
        media_type = concrete(media_type or "application/json")
        sent.headers.append(("Content-Type", content_type(media_type)))
        body = encoded(message["body"], media_type)
    base = (server or servers(contract, operation)[0]).example
    return Request(
        method=operation.method,
        url=(base if _ORIGIN.match(base) else _SOMEWHERE + base) + sent.path(operation.path) + sent.query(),
        headers=(*sent.headers, *sent.cookie()),
        body=body,
    )


def response_of(status: int, message: Json, media_type: str | None = None) -> Response:
    """Return the response that says a message: an object of `header` and maybe `body`."""
    headers = tuple((name, header_value(value)) for name, value in message.get("header", {}).items())
    if "body" not in message:
        return Response(status, headers)
    media_type = concrete(media_type or "application/json")
    return Response(
        status, (("Content-Type", content_type(media_type)), *headers), encoded(message["body"], media_type)
    )


@dataclass(frozen=True)
class _Sent:
    """The parts of a request as they are collected, each as it looks on the wire."""

    segments: dict[str, str]
    queries: list[str]
    headers: list[tuple[str, str]]
    cookies: list[str]

    def add(self, parameter: Parameter, text: str) -> None:
        match parameter.place:
            case "path":
                self.segments[parameter.name] = text
            case "query":
                self.queries.append(text)
            case "header":
                self.headers.append((parameter.name, text))
            case "cookie":
                self.cookies.append(text)

    def credential(self, name: str, scheme: SecurityScheme | None) -> None:
        if scheme is None:
            return
        placeholder = _PLACEHOLDERS.get(scheme.field if scheme.kind == "http" else scheme.kind, f"<{name}>")
        if scheme.place == "query":
            self.queries.append(urlencode({scheme.field: placeholder}))
        elif scheme.place == "cookie":
            self.cookies.append(f"{scheme.field}={placeholder}")
        else:
            field, value = scheme.header(placeholder)
            self.headers[:] = [one for one in self.headers if one[0].lower() != field.lower()]
            self.headers.append((field, value))

    def path(self, template: str) -> str:
        """Return the path that a template makes; of a callback's, what follows the expression of its address."""
        filled = HOLE.sub(lambda hole: "" if hole[1][0] == "$" else self.segments.get(hole[1], hole[1]), template)
        return filled if filled.startswith("/") else f"/{filled}"

    def query(self) -> str:
        return f"?{'&'.join(self.queries)}" if self.queries else ""

    def cookie(self) -> Headers:
        return (("Cookie", "; ".join(self.cookies)),) if self.cookies else ()


_PLACEHOLDERS = {"apiKey": "<api key>", "bearer": "<token>", "basic": "<credentials>"}


def _scheme(contract: Contract, name: str) -> SecurityScheme | None:
    """Return a scheme whose credential stands in the request; a client's certificate does not."""
    said = pointers.look(contract.document, pointers.join("/components/securitySchemes", name), {})
    return None if said.get("type") == "mutualTLS" else contract.security_schemes.get(name)


def _written(contract: Contract, parameter: Parameter) -> str:
    data = pointers.get(contract.document, parameter.pointer)
    return serialised(data, _value(contract, parameter, data))


def _value(contract: Contract, parameter: Parameter, data: Json) -> Json:
    """Return a value for a parameter: its example, else a plain one, else one from the pool that can be sent there."""
    schema = pointer_of(parameter, data)
    if schema is None:
        return next(iter(examples(contract, parameter)), parameter.name)
    resolved = pointers.get(contract.document, pointers.resolved(contract.document, schema))
    plain = _plain(contract, parameter, resolved) if isinstance(resolved, dict) else None
    if plain is not None:
        return plain
    likely = [meant for text in examples(contract, parameter) for meant in _meant(text)]
    values = _valid(contract, schema, REQUEST, likely)
    found = next((value for value in values if _travels(serialised(data, value))), None)
    if found is None:
        raise LookupError(f"no value could be made for the {parameter.place} parameter {parameter.name}")
    return found


def _meant(text: str) -> Iterator[Json]:
    """Yield what an example of a parameter may mean: itself, or the number or boolean that it spells."""
    yield text
    with suppress(ValueError):
        yield json.loads(text)


def pointer_of(parameter: Parameter, data: Json) -> str | None:
    """Return the pointer of a parameter's schema, be it that of its `content`; None where it has none."""
    if parameter.schema is not None:
        return parameter.schema
    media_type = next(iter(data.get("content") or ()), None)
    if media_type is None or "schema" not in data["content"][media_type]:
        return None
    return pointers.join(parameter.pointer, "content", media_type, "schema")


def _plain(contract: Contract, parameter: Parameter, schema: dict[str, Json]) -> Json:
    """Return a value that needs no validator to be seen valid, None where the schema says more than a type.

    To compile the schemas of a large document takes a second, which most parameters can be spared.
    """
    if not schema.keys() <= _PLAIN:
        return None
    if schema.get("enum"):
        return schema["enum"][0]
    shown = next((text for text in examples(contract, parameter) if text and _travels(text)), None)
    match schema.get("type"):
        case "string":
            return shown or parameter.name
        case "integer" if schema.get("minimum", 0) in {0, 1}:
            return int(shown) if shown and re.fullmatch(r"[1-9]\d{0,8}", shown) else 1
        case "boolean":
            return True
    return None


_PLAIN = frozenset(
    {"type", "enum", "title", "description", "example", "examples", "default", "nullable", "deprecated", "minimum"}
)


def _travels(text: str) -> bool:
    """Say whether a text stays what it is in a URL and in a header: no empty segment, no dots, nothing unprintable."""
    return text.strip(".") != "" and text.isascii() and text.isprintable() and text == text.strip()


# --- Bodies and responses ---------------------------------------------------------------------------------------------


def least_response(
    contract: Contract, documented: ResponseSpec, *, status: int, content: Content | None = None
) -> Response:
    """Return the least that a server has to answer: required headers, and a body where one is documented.

    Raises LookupError where a valid value of a required part cannot be made.
    """
    content = content or _usual(documented.content)
    headers = [(header.name, _header(contract, header.schema)) for header in documented.headers if header.required]
    if content is None:
        return Response(status, tuple(headers))
    body = body_of(contract, content, omitting=RESPONSE)
    return Response(status, (("Content-Type", content_type(concrete(content.media_type))), *headers), body)


def _header(contract: Contract, schema: str | None) -> str:
    if schema is None:
        return "x"
    texts = (header_value(value) for value in _valid(contract, schema, RESPONSE))
    found = next((text for text in texts if _travels(text)), None)
    if found is None:
        raise LookupError(f"no value could be made for the header of the schema at #{schema}")
    return found


def _usual(contents: Sequence[Content]) -> Content | None:
    """Return the content that a reader knows best: the first JSON, else the first."""
    return next((content for content in contents if is_json(content.media_type)), next(iter(contents), None))


def body_of(contract: Contract, content: Content, *, omitting: str) -> bytes:
    """Return the smallest body of a media type that could be made; raises LookupError where none could."""
    media_type = concrete(content.media_type).split(";")[0].strip().lower()
    if media_type not in _FORMS and not is_json(media_type):
        return b"<data>"
    schema = content.schema
    value = next(_valid(contract, schema, omitting), NOTHING) if schema else {}
    if value is NOTHING:
        raise LookupError(f"no value could be made for the schema at #{schema}")
    return encoded(value, media_type)


def encoded(value: Json, media_type: str) -> bytes:
    """Return a value as the body of a media type: a form, a text as it is, else JSON."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _FORMS and isinstance(value, dict):
        return _FORMS[essence]({name: text_of(item) for name, item in value.items()}).encode()
    if not is_json(media_type) and isinstance(value, str):
        return value.encode()
    return json.dumps(value, ensure_ascii=False).encode()


def content_type(media_type: str) -> str:
    """Return a media type as the header of a body that is made here: of several parts, with what stands between."""
    several = media_type.lower().startswith("multipart/") and "boundary=" not in media_type
    return f"{media_type}; boundary=b" if several else media_type


def _multipart(members: Mapping[str, str]) -> str:
    head = '--b\r\nContent-Disposition: form-data; name="'
    return "".join(f'{head}{name}"\r\n\r\n{text}\r\n' for name, text in members.items()) + "--b--\r\n"


_FORMS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "application/x-www-form-urlencoded": urlencode,
    "multipart/form-data": _multipart,
}


def made(schemas: Schemas, pointer: str, *, omitting: str) -> list[Json]:
    """Return some values of a schema, the shortest first; nothing where it is none, or too much for the pool."""
    try:
        values = pool.bodies(schemas, pointer, limit=_TRIED, omitting=omitting, proven=False)
    except (ContractError, LookupError):
        return []
    return sorted(values, key=lambda value: len(json.dumps(value)))


def _valid(contract: Contract, pointer: str, omitting: str, likely: Sequence[Json] = ()) -> Iterator[Json]:
    """Yield valid values of a schema, those that are likely and a small one first.

    The pool, which a large document keeps busy, is asked last.
    """
    yield from _small(contract, pointer, omitting, likely)
    schemas = contract.request_schemas if omitting == REQUEST else contract.schemas
    for value in made(schemas, pointer, omitting=omitting):
        if all(schemas.both_accept(pointer, value)):
            yield value


def _small(contract: Contract, pointer: str, omitting: str, likely: Sequence[Json]) -> Iterator[Json]:
    """Yield those of some values, and of a small one, that both validators accept."""
    bundle = Bundle({Party.NEW: contract.document}, Party.NEW, omitting)
    # What is no schema is made nothing of.
    with suppress(ContractError, LookupError, RecursionError, TypeError, ValueError):
        schema = bundle.reference(Party.NEW, pointer)
        at = bundle.add("wanted", schema)
        for value in (*likely, Builder(bundle.document).value((schema,))):
            if value is not NOTHING and all(bundle.schemas.both_accept(at, value)):
                yield value

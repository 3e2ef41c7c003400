"""Judge a request by its wire form, as a server that knows only the contract would. Entry points: `Reader`, `read`.

What counts is what was sent, after encoding, dropped empties and path normalisation, not what a client had in mind.
Credentials are not judged here: whether a key is good is not in the contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, Parameter
from specwitness.contract.schemas import Schemas
from specwitness.findings import Json, Request

_HOLE = re.compile(r"\{([^{}]+)\}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d+)?(?:[eE][-+]?\d{1,2})?")


class Fault(Enum):
    """What is wrong with a request: the rule of the finding it is, and the statuses that say so, the best first.

    Without a rule the contract allows the request: what it asks about is not there.
    """

    PATH = ("request-path", (404,))
    METHOD = ("request-method", (405,))
    CREDENTIALS = ("request-credentials", (401, 403))
    MEDIA_TYPE = ("request-media-type", (415, 400, 422))
    REQUEST = ("request-parameter", (400, 422))
    BODY = ("request-body", (422, 400))
    MISSING = (None, (404,))

    def __init__(self, rule: str | None, statuses: tuple[int, ...]) -> None:
        """Name the two parts of the value."""
        self.rule = rule
        self.statuses = statuses


@dataclass(frozen=True)
class Refusal:
    """A request that is not answered as it wants to be, and why."""

    fault: Fault
    reason: str
    pointer: str = ""
    """The place in the document of what refuses it: a parameter, or the request body."""


@dataclass(frozen=True)
class Call:
    """One request as it came in: header names in lower case, the query not decoded, the path's parameters decoded."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    parameters: Mapping[str, str | None] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        """Return the values of every header line of a name."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]

    @cached_property
    def queried(self) -> dict[str, list[str]] | None:
        """The query, decoded; None where it is not UTF-8."""
        found: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(self.query.decode("ascii"), keep_blank_values=True, errors="strict")
        except ValueError:
            return None
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    @property
    def cookies(self) -> dict[str, list[str]]:
        """The cookies, in all their lines."""
        found: dict[str, list[str]] = {}
        for line in self.values("cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                found.setdefault(name, []).append(value)
        return found


@dataclass(frozen=True)
class Asked:
    """A request that the contract allows: its parameters and body as values."""

    parameters: Mapping[str, Json]
    body: Json = None


_Judge = Callable[[Json], bool]


class Reader:
    """Judges the requests of one operation; everything that does not depend on the request is prepared."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        """Prepare to judge the requests of an operation."""
        self.operation = operation
        self._contract = contract
        self._parameters = [_Wire.of(contract, parameter) for parameter in operation.parameters]
        self._bodies = {content.media_type.split(";")[0].strip().lower(): content for content in operation.body}

    def read(self, call: Call) -> Asked | Refusal:
        """Return what was asked, or why the contract refuses it: parameters first, then the body."""
        values: dict[str, Json] = {}
        for wire in self._parameters:
            value = wire.value(call)
            if value is _NOTHING:
                if wire.required:
                    return Refusal(Fault.REQUEST, f"the {wire.place} parameter {wire.name} is missing", wire.pointer)
                if wire.default is not None:
                    values[wire.name] = wire.default
            elif value is _NOT_TEXT:
                return Refusal(Fault.REQUEST, wire.objection(call), wire.pointer)
            else:
                values[wire.name] = value
        return self._with_body(call, values)

    def _with_body(self, call: Call, values: dict[str, Json]) -> Asked | Refusal:
        if not self._bodies:
            return Asked(values)
        if not call.body:
            if self.operation.body_required:
                return Refusal(Fault.REQUEST, "the body is missing", self._body_pointer)
            return Asked(values)
        types = [value.split(";")[0].strip().lower() for value in call.values("content-type")]
        content = self._content(types[0]) if len(types) == 1 else None
        if content is None:
            return Refusal(Fault.MEDIA_TYPE, f"the body has to be {' or '.join(self._bodies)}", self._body_pointer)
        if types[0] == _FORM and content.schema is not None:
            body = self._form(content, content.schema, call.body)
            if body is None:
                return Asked(values)
        elif not is_json(content.media_type):
            return Asked(values)
        else:
            try:
                body = json.loads(call.body.decode("utf-8"), parse_constant=_refuse)
            except (ValueError, RecursionError):
                return Refusal(Fault.REQUEST, "the body is not JSON", content.pointer)
        if content.schema is not None and not self._contract.request_schemas.accepts(content.schema, body):
            return self._refused(content.schema, body)
        return Asked(values, body)

    def _form(self, content: Content, schema: str, text: bytes) -> Json:
        """Return the object that a form spells, or None where its schema does not say plainly how it is written."""
        document = self._contract.schemas.document
        if "encoding" in pointers.get(document, content.pointer):
            return None
        described = pointers.get(document, pointers.resolved(document, schema))
        kinds = {name: _kind(document, part) for name, part in described.get("properties", {}).items()}
        if not kinds or None in kinds.values():
            return None
        try:
            pairs = parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict")
        except ValueError:
            return None
        found: dict[str, Json] = {}
        for name, value in pairs:
            kind = kinds.get(name, "string")
            if kind == "array":
                found.setdefault(name, []).append(_scalar(value))
            else:
                found[name] = value if kind == "string" else _scalar(value)
        return found

    def _refused(self, schema: str, body: Json) -> Refusal:
        """Say what the schema refuses first, at its place in the body and in the document."""
        rejection = next(self._contract.request_schemas.rejections(schema, body))
        place = pointers.join("", *rejection.path)
        return Refusal(Fault.BODY, f"{place or 'the body'}: {rejection.message}", rejection.pointer)

    @property
    def _body_pointer(self) -> str:
        return pointers.join(self.operation.pointer, "requestBody")

    def _content(self, media_type: str) -> Content | None:
        kind = media_type.partition("/")[0]
        return self._bodies.get(media_type) or self._bodies.get(f"{kind}/*") or self._bodies.get("*/*")


def read(contract: Contract, operation: Operation, request: Request) -> Asked | Refusal | None:
    """Return what a request asks of an operation, or why the contract refuses it; None where it is not its request."""
    url = urlsplit(request.url)
    matched = re.search(_path_pattern(operation.path), url.path)
    if matched is None:
        return None
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers)
    parameters = {name: _text(matched[index]) for index, name in enumerate(_HOLE.findall(operation.path), 1)}
    call = Call(request.method, url.path.encode(), url.query.encode(), headers, request.body or b"", parameters)
    return Reader(contract, operation).read(call)


def _path_pattern(template: str) -> str:
    """Return a pattern for the end of a path; what stands before it is the server's base path."""
    return (
        "".join(r"([^/]*)" if index % 2 else re.escape(part) for index, part in enumerate(_HOLE.split(template))) + "$"
    )


def _text(encoded: str) -> str | None:
    try:
        return unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return None


_FORM = "application/x-www-form-urlencoded"


def _kind(document: Json, schema: Json) -> str | None:
    """Return the type of a property that a form can spell in one way alone: a text, an array of no texts, a scalar."""
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        schema = pointers.get(document, pointers.resolved(document, pointers.target(schema["$ref"])))
    named = _only_type(schema)
    if named == "array":
        return "array" if _only_type(schema.get("items")) in {"integer", "number", "boolean"} else None
    return named if named in {"string", "integer", "number", "boolean"} else None


def _only_type(schema: Json) -> str | None:
    named = schema.get("type") if isinstance(schema, dict) else None
    return named if isinstance(named, str) else None


_NOTHING = object()


@dataclass(frozen=True)
class _Wire:
    """How one parameter travels, and what its schema says of it."""

    name: str
    place: str
    pointer: str
    required: bool
    accepts: _Judge
    text: bool
    default: Json
    array: bool
    structured: bool
    separator: str | None
    as_json: bool
    parts: Callable[[str], str | None] | None
    """Of an object whose properties travel by themselves: the property that a query parameter stands for."""
    schema: str | None
    schemas: Schemas

    @classmethod
    def of(cls, contract: Contract, parameter: Parameter) -> _Wire:
        document = contract.schemas.document
        data = pointers.get(document, parameter.pointer)
        pointer, as_json = parameter.schema, False
        if pointer is None and data.get("content"):
            media_type = next(iter(data["content"]))
            as_json = is_json(media_type)
            described = pointers.join(parameter.pointer, "content", media_type, "schema")
            pointer = described if pointers.look(document, described) is not None else None
        # What is no schema is refused when a value is judged by it.
        can_be_read = pointer is not None and not contract.schemas.faults(pointer)
        schema = pointers.get(document, pointers.resolved(document, pointer)) if pointer and can_be_read else {}
        named = schema.get("type", ()) if isinstance(schema, dict) else ()
        types = {named} if isinstance(named, str) else set(named)
        style = data.get("style", "form" if parameter.place in {"query", "cookie"} else "simple")
        explode = data.get("explode", style in {"form", "deepObject"})
        separators = {"spaceDelimited": " ", "pipeDelimited": "|"}
        return cls(
            name=parameter.name,
            place=parameter.place,
            pointer=parameter.pointer,
            required=parameter.required,
            accepts=_judge(contract, pointer, schema),
            text=not types or "string" in types,
            default=schema.get("default") if isinstance(schema, dict) else None,
            array="array" in types,
            structured="object" in types,
            separator=None if explode and style == "form" else separators.get(style, ","),
            as_json=as_json,
            parts=_parts(parameter.name, style, schema) if "object" in types and explode and not as_json else None,
            schema=pointer,
            schemas=contract.schemas,
        )

    def value(self, call: Call) -> Json:
        """Return what was sent, as the schema takes it; `_NOTHING` and `_NOT_TEXT` say that nothing was, or no such."""
        if self.place == "path" and self.text:
            text = call.parameters.get(self.name)
            if text is not None and self.accepts(text):
                return text  # The usual case, without a detour.
        found = self._sent(call)
        if found is None:
            return _NOT_TEXT
        if not found:
            return _NOTHING
        for reading in self._readings(found):
            if self.accepts(reading):
                return reading
        return _NOT_TEXT

    def objection(self, call: Call) -> str:
        """Say what is wrong with a value that is refused."""
        found = self._sent(call)
        named = f"the {self.place} parameter {self.name}"
        if not found:
            return f"{named} is not UTF-8"
        if len(found) > 1 and not self.array and not self.structured:
            return f"{named} was sent {len(found)} times"
        reading = self._readings(found)[0]
        if self.schema is None or reading is _NOT_TEXT:
            return f"{named} is not what it has to be"
        reason = next((rejection.message for rejection in self.schemas.rejections(self.schema, reading)), "refused")
        return f"{named}: {reason}"

    def _readings(self, found: list[str]) -> tuple[Json, ...]:
        """Return what the wire text may mean."""
        if self.as_json:
            return (_parsed(found[0]),)
        if self.array:
            items = found if self.separator is None else found[0].split(self.separator)
            return [_scalar(item) for item in items], items
        if self.structured:
            return (_object(found),)
        if len(found) > 1:
            # Which of several values counts differs between servers: a client must not send them.
            return (_NOT_TEXT,)
        scalar = _scalar(found[0])
        return (found[0],) if scalar is found[0] else (found[0], scalar) if self.text else (scalar,)

    def _sent(self, call: Call) -> list[str] | None:
        """Return the texts that were sent; of an object in parts, names and values in turn."""
        if self.parts is not None and self.place == "query":
            queried = call.queried
            if queried is None:
                return None
            found = ((self.parts(name), values) for name, values in queried.items())
            return [text for name, values in found if name is not None for text in (name, values[0])]
        if self.place == "path":
            text = call.parameters.get(self.name)
            return None if text is None else [text]
        if self.place == "header":
            return call.values(self.name)
        if self.place == "cookie":
            return call.cookies.get(self.name, [])
        return None if call.queried is None else call.queried.get(self.name, [])


_NOT_TEXT = object()


def _judge(contract: Contract, pointer: str | None, schema: Json) -> _Judge:
    if pointer is None:
        return lambda value: value is not _NOT_TEXT
    if schema == {"type": "string"}:
        return lambda value: isinstance(value, str)
    accepts = contract.schemas.accepts
    return lambda value: value is not _NOT_TEXT and accepts(pointer, value)


def _scalar(text: str) -> Json:
    """Return the JSON number, boolean or null that a text spells, else the text."""
    if text in {"true", "false", "null"} or _NUMBER.fullmatch(text):
        return json.loads(text)
    return text


def _object(found: list[str]) -> Json:
    """Read an object from names and values in turn, or from one text of them: `name,value` or `name=value`."""
    if len(found) > 1:
        return {name: _scalar(value) for name, value in zip(found[::2], found[1::2], strict=True)}
    parts = found[0].replace("=", ",").split(",")
    return {name: _scalar(value) for name, value in zip(parts[::2], parts[1::2], strict=False)}


def _parts(name: str, style: str, schema: Json) -> Callable[[str], str | None]:
    """Return what says which property a query parameter stands for: `name[property]`, or the property's own name."""
    if style == "deepObject":
        inside = re.compile(rf"{re.escape(name)}\[([^\]]*)\]")
        return lambda sent: found[1] if (found := inside.fullmatch(sent)) else None
    properties = frozenset(schema.get("properties", ()))
    return lambda sent: sent if sent in properties else None


def _parsed(text: str) -> Json:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _NOT_TEXT


def _refuse(name: str) -> Json:
    raise ValueError(name)

"""The document against itself: what it shows is not what it says. Entry point: `lint`.

A document whose own example breaks its own schema has already misled somebody. Where the example can be sent as a
message, that message is the witness: the example allows it, the contract refuses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import UnresolvableParameterError

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Header, Operation, Parameter, ResponseSpec
from specwitness.contract.operations import is_extension
from specwitness.contract.places import location, written_at
from specwitness.contract.schemas import Rejection, worded
from specwitness.findings import Exchange, Finding, Intent, Json, Level, Party, Request, Response, Verdict, Witness

Path = tuple[str | int, ...]


def lint(contract: Contract, *, partial: bool = False) -> list[Finding]:
    """Return everything in which the effective spec contradicts OpenAPI or itself, each finding once.

    A partial one need not be valid OpenAPI, and is asked only whether its parts contradict each other.
    """
    whole = () if partial else (*_openapi_faults(contract), *_path_parameter_faults(contract))
    found: dict[str, Finding] = {}
    for finding in (*whole, *_example_faults(contract), *_enum_faults(contract)):
        found.setdefault(finding.fingerprint, finding)
    return list(found.values())


# --- The document is OpenAPI ----------------------------------------------------------------------------------------


def _openapi_faults(contract: Contract) -> Iterator[Finding]:
    document = contract.document
    version = str(document["openapi"])
    validator = OpenAPIV30SpecValidator if version.startswith("3.0") else OpenAPIV31SpecValidator
    misshapen = list(validator.schema_validator.iter_errors(document))
    # Of a document of another shape, the validator's further questions would be answered by a crash.
    for error in misshapen or validator(_without_extensions(document)).iter_errors():
        if isinstance(error, UnresolvableParameterError):
            continue  # `path-parameter-declared` says the same, and where.
        yield _openapi_fault(contract, error, placed=bool(misshapen))


def _without_extensions(document: Json) -> Json:
    """Return a document without extensions among its paths, each of which the validator takes for a Path Item."""
    paths = {path: item for path, item in document["paths"].items() if not is_extension(path)}
    return {**document, "paths": paths}


def _openapi_fault(contract: Contract, error: ValidationError, *, placed: bool) -> Finding:
    return Finding(
        rule="document-is-openapi",
        level=Level.WARNING,
        verdict=Verdict.UNDECIDED,
        where=location(
            contract,
            operation=None,
            part="document",
            pointer=pointers.join("", *error.absolute_path) if placed else "",
        ),
        message=f"the document is not valid OpenAPI: {worded(error):.300}",
        source=f"OpenAPI Specification {contract.document['openapi']}",
        # Where the validator names no place, its words are what tells two faults apart.
        value=None if placed else error.message,
    )


# --- Path parameters ------------------------------------------------------------------------------------------------


def _path_parameter_faults(contract: Contract) -> Iterator[Finding]:
    for operation in contract.operations:
        template = set(re.findall(r"\{([^{}]+)\}", operation.path))
        declared = {parameter.name: parameter for parameter in operation.path_parameters}
        for name in sorted(template - declared.keys()):
            yield _path_parameter_fault(contract, operation, name, "the path has it, but no parameter declares it")
        for name in sorted(declared.keys() - template):
            yield _path_parameter_fault(contract, operation, name, "it is declared, but the path does not have it")
        for name in sorted(template & declared.keys()):
            if not declared[name].required:
                yield _path_parameter_fault(contract, operation, name, "it is not `required: true`")


def _path_parameter_fault(contract: Contract, operation: Operation, name: str, fault: str) -> Finding:
    return Finding(
        rule="path-parameter-declared",
        level=Level.WARNING,
        verdict=Verdict.UNDECIDED,
        where=location(contract, operation=operation.key, part=f"path parameter {name}", pointer=operation.pointer),
        message=f"{operation.label}: path parameter {name}: {fault}",
        source="OpenAPI Specification, Path Templating and Parameter Object (in: path)",
        value=name,
        operations=(operation.key,),
    )


# --- Examples -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Holder:
    """What holds a schema and examples of it: a media type, a parameter, a header; or a schema on its own.

    `of` is what it belongs to, so that a message can be made that carries a value at this place.
    """

    schema: str
    part: str
    pointer: str | None = None
    operation: Operation | None = None
    of: Parameter | Content | tuple[ResponseSpec, Content] | tuple[ResponseSpec, Header] | None = None

    @property
    def media_type(self) -> str | None:
        content = self.of[1] if isinstance(self.of, tuple) else self.of
        return content.media_type if isinstance(content, Content) else None


@dataclass(frozen=True)
class _Schema:
    """One schema somewhere in that of a holder; `path` leads to its values, None where no one path does."""

    pointer: str
    holder: _Holder
    path: Path | None


@dataclass(frozen=True)
class _Example:
    """An example, by the pointer of its value, and the schema it is one of."""

    pointer: str
    schema: _Schema


def _example_faults(contract: Contract) -> Iterator[Finding]:
    document = contract.schemas.document
    for example in _examples(contract):
        value = pointers.get(document, example.pointer)
        if _is_serialized(document, example, value):
            continue
        rejections = list(contract.schemas.rejections(example.schema.pointer, value))
        if rejections:
            exchange = _message(contract, example, value)
            yield from (_example_fault(contract, example, rejection, exchange) for rejection in rejections)


def _example_fault(contract: Contract, example: _Example, rejection: Rejection, exchange: Exchange | None) -> Finding:
    holder = example.schema.holder
    proven = exchange is not None and rejection.agreed
    where = location(
        contract,
        operation=holder.operation.key if holder.operation else None,
        part=f"{holder.part} example",
        pointer=pointers.join(example.pointer, *rejection.path),
    )
    label = f"{holder.operation.label}, {holder.part}" if holder.operation else holder.part
    return Finding(
        rule="example-matches-schema",
        level=Level.BREAKING if proven else Level.WARNING,
        verdict=Verdict.BROKEN if proven else Verdict.UNDECIDED,
        where=where,
        message=f"{label}: the example {_name(example.pointer)} is not what its own schema allows: "
        f"{pointers.join('', *rejection.path) or 'the value'}: {rejection.message}",
        source=written_at(contract, rejection.pointer),
        value=rejection.value,
        witness=Witness((exchange,), Party.EXAMPLE, Party.CONTRACT, rejection.message) if exchange and proven else None,
        operations=(holder.operation.key,) if holder.operation else (),
    )


def _name(pointer: str) -> str:
    """Return what a person calls an example: its name in a map of them, else the property or schema it stands in."""
    *above, last = pointers.split(pointer)
    return f"`{above[-1]}`" if above else f"`{last}`"


def _is_serialized(document: Json, example: _Example, value: Json) -> bool:
    """Say whether an example is the text of a value in another notation, such as XML, and not the value itself."""
    media_type = example.schema.holder.media_type
    if example.schema.path != () or not isinstance(value, str) or media_type is None:
        return False
    schema = pointers.get(document, pointers.resolved(document, example.schema.pointer))
    is_text = isinstance(schema, dict) and schema.get("type") == "string"
    return not is_json(media_type) and not is_text


def _examples(contract: Contract) -> Iterator[_Example]:
    document = contract.schemas.document
    seen: set[str] = set()
    for schema in _schemas(contract):
        beside = _beside(document, schema.holder) if schema.path == () else ()
        for at in (*beside, *_inside(document, schema.pointer)):
            if at not in seen:
                seen.add(at)
                yield _Example(at, schema)


def _beside(document: Json, holder: _Holder) -> Iterator[str]:
    """Yield the pointers of the examples that stand beside a schema."""
    if holder.pointer is None:
        return
    data = pointers.get(document, holder.pointer)
    if "example" in data:
        yield pointers.join(holder.pointer, "example")
    for name in data.get("examples") or {}:
        at = pointers.resolved(document, pointers.join(holder.pointer, "examples", name))
        if "value" in pointers.get(document, at):
            yield pointers.join(at, "value")


def _inside(document: Json, pointer: str) -> Iterator[str]:
    """Yield the pointers of the examples that stand in a schema itself."""
    schema = pointers.get(document, pointer)
    if "example" in schema:
        yield pointers.join(pointer, "example")
    examples = schema.get("examples")
    for index in range(len(examples) if isinstance(examples, list) else 0):
        yield pointers.join(pointer, "examples", index)


# --- Every schema of the document -----------------------------------------------------------------------------------

_ONE_INSIDE = {"items": (0,), "then": (), "else": (), "if": None, "contains": None, "propertyNames": None}
_ONE_INSIDE |= {"additionalProperties": None, "unevaluatedProperties": None, "unevaluatedItems": None}
_LIST_INSIDE = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAP_INSIDE = ("properties", "patternProperties", "dependentSchemas", "$defs")


def _schemas(contract: Contract) -> Iterator[_Schema]:
    """Yield every schema of the document once, those that operations use first, with every reference followed."""
    document = contract.schemas.document
    seen: set[str] = set()
    for holder in _holders(contract):
        stack: list[tuple[str, Path | None]] = [(holder.schema, ())]
        while stack:
            at, path = stack.pop()
            at = pointers.resolved(document, at)
            schema = pointers.get(document, at)
            # The schema of another holder is met again, with the examples beside that one.
            if not isinstance(schema, dict) or (at in seen and path != ()):
                continue
            yield _Schema(at, holder, path)
            if at not in seen:
                stack += reversed(list(_inner(schema, at, path)))
            seen.add(at)


def _inner(schema: dict[str, Json], at: str, path: Path | None) -> Iterator[tuple[str, Path | None]]:
    for keyword, step in _ONE_INSIDE.items():
        if isinstance(schema.get(keyword), dict):
            yield pointers.join(at, keyword), None if path is None or step is None else path + step
    for keyword in _LIST_INSIDE:
        for index in range(len(schema.get(keyword) or ())):
            step = (index,) if keyword == "prefixItems" else ()
            yield pointers.join(at, keyword, index), None if path is None else path + step
    for keyword in _MAP_INSIDE:
        for name in schema.get(keyword) or {}:
            inner: Path | None = None
            if path is not None and keyword == "properties":
                inner = (*path, name)
            elif keyword == "dependentSchemas":
                inner = path
            yield pointers.join(at, keyword, name), inner


def _holders(contract: Contract) -> Iterator[_Holder]:
    for operation in contract.operations:
        for parameter in operation.parameters:
            if parameter.schema is not None:
                part = f"{parameter.place} parameter {parameter.name}"
                yield _Holder(parameter.schema, part, parameter.pointer, operation, parameter)
        for content in operation.body:
            if content.schema is not None:
                yield _Holder(content.schema, "request body", content.pointer, operation, content)
        for response in operation.responses.values():
            part = f"response {response.status}"
            for content in response.content:
                if content.schema is not None:
                    yield _Holder(content.schema, part, content.pointer, operation, (response, content))
            for header in response.headers:
                if header.schema is not None:
                    within = (response, header)
                    yield _Holder(header.schema, f"{part} header {header.name}", header.pointer, operation, within)
    for name in contract.schemas.document.get("components", {}).get("schemas", {}):
        yield _Holder(pointers.join("/components/schemas", name), f"schema {name}")


# --- Messages -------------------------------------------------------------------------------------------------------


def _message(contract: Contract, example: _Example, value: Json) -> Exchange | None:
    """Return a message that carries an example and that the contract refuses, or None where none can be made."""
    holder, path = example.schema.holder, example.schema.path
    if holder.operation is None or path is None:
        return None
    for whole in (_placed(base, path, value) for base in _bases(contract, holder, path)):
        if whole is not None and not any(contract.schemas.both_accept(holder.schema, whole[0])):
            return _carrying(contract, holder.operation, holder, whole[0])
    return None


def _bases(contract: Contract, holder: _Holder, path: Path) -> Iterator[Json]:
    """Yield valid examples of the whole, one of which may hold the place that a part's example is put at."""
    if not path:
        yield None
        return
    document = contract.schemas.document
    schema = pointers.resolved(document, holder.schema)
    for at in (*_beside(document, holder), *_inside(document, schema)):
        value = pointers.get(document, at)
        if all(contract.schemas.both_accept(schema, value)):
            yield value


def _placed(base: Json, path: Path, value: Json) -> tuple[Json] | None:
    """Return the base with a value at a path, in a tuple of one; None where the base has no such place."""
    if not path:
        return (value,)
    whole = deepcopy(base)
    *above, last = path
    try:
        parent = pointers.get(whole, pointers.join("", *above))
    except KeyError:
        return None
    if isinstance(parent, dict):
        parent[str(last)] = value
    elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        parent[last] = value
    else:
        return None
    return (whole,)


def _carrying(contract: Contract, operation: Operation, holder: _Holder, value: Json) -> Exchange | None:
    """Return the exchange in which a value stands where its holder says."""
    match holder.of:
        case Parameter() as parameter:
            return Exchange(
                *(_request(contract, operation, {(parameter.place, parameter.name): value}), None),
                operation=operation.key,
                parameters=_path_values(contract, operation, {(parameter.place, parameter.name): value}),
                intent=Intent.VALID,
            )
        case Content(media_type=media_type):
            body = _body(media_type, value)
            if body is None:
                return None
            request = _request(contract, operation, {})
            request = replace(request, headers=(*request.headers, ("Content-Type", media_type)), body=body)
            return _exchange(contract, operation, request, None)
        case (ResponseSpec() as documented, Content(media_type=media_type)):
            body, shown = _body(media_type, value), "application/json" if "*" in media_type else media_type
            status = _status(operation, documented)
            if body is None or status is None:
                return None
            response = Response(status, (("Content-Type", shown),), body)
            return _exchange(contract, operation, _request(contract, operation, {}), response)
        case (ResponseSpec() as documented, Header(name=name)):
            status = _status(operation, documented)
            if status is None:
                return None
            response = Response(status, ((name, _text(value)),))
            return _exchange(contract, operation, _request(contract, operation, {}), response)
        case _:
            return None


def _exchange(contract: Contract, operation: Operation, request: Request, response: Response | None) -> Exchange:
    values = _path_values(contract, operation, {})
    return Exchange(request, response, operation=operation.key, parameters=values, intent=Intent.VALID)


def _status(operation: Operation, documented: ResponseSpec) -> int | None:
    """Return the first status that a response is documented for, be it a range or the default."""
    return next((status for status in range(200, 600) if operation.response_for(status) is documented), None)


def _body(media_type: str, value: Json) -> bytes | None:
    if is_json(media_type) or "*" in media_type:
        return json.dumps(value, ensure_ascii=False).encode()
    return value.encode() if isinstance(value, str) else None


Given = dict[tuple[str, str], Json]
"""Values of parameters by place and name, in place of their examples."""


def _request(contract: Contract, operation: Operation, given: Given) -> Request:
    """Return a request to an operation, its path and required parameters filled in from their examples."""
    path = operation.path
    for name, value in _path_values(contract, operation, given).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    needed = [
        parameter
        for parameter in operation.parameters
        if parameter.required or (parameter.place, parameter.name) in given
    ]
    sent: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "cookie": []}
    for parameter in needed:
        sent.setdefault(parameter.place, []).append((parameter.name, _text(_value(contract, parameter, given))))
    query = f"?{urlencode(sent['query'])}" if sent["query"] else ""
    cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in sent["cookie"]))] if sent["cookie"] else []
    return Request(operation.method, _server(contract.document) + path + query, (*sent["header"], *cookies))


def _path_values(contract: Contract, operation: Operation, given: Given) -> dict[str, str]:
    return {parameter.name: _text(_value(contract, parameter, given)) for parameter in operation.path_parameters}


def _value(contract: Contract, parameter: Parameter, given: Given) -> Json:
    if (parameter.place, parameter.name) in given:
        return given[parameter.place, parameter.name]
    document = contract.schemas.document
    inside: Iterator[str] = iter(())
    beside = _beside(document, _Holder(parameter.schema or "", "", parameter.pointer))
    if parameter.schema is not None:
        inside = _inside(document, pointers.resolved(document, parameter.schema))
    at = next((*beside, *inside).__iter__(), None)
    return parameter.name if at is None else pointers.get(document, at)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _server(document: Json) -> str:
    servers = document.get("servers") or [{}]
    url = str(servers[0].get("url", "http://localhost"))
    for name, variable in (servers[0].get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return url.rstrip("/")


# --- Enums ----------------------------------------------------------------------------------------------------------


def _enum_faults(contract: Contract) -> Iterator[Finding]:
    document = contract.schemas.document
    for schema in _schemas(contract):
        values = pointers.get(document, schema.pointer).get("enum")
        if not isinstance(values, list):
            continue
        at, seen = pointers.join(schema.pointer, "enum"), set[str]()
        for index, value in enumerate(values):
            text = json.dumps(value, sort_keys=True)
            if text in seen:
                yield _enum_fault(contract, schema.holder, at, index, value)
            seen.add(text)


def _enum_fault(contract: Contract, holder: _Holder, at: str, index: int, value: Json) -> Finding:
    operation = holder.operation.key if holder.operation else None
    where = location(contract, operation=operation, part=holder.part, pointer=at)
    second = location(contract, operation=operation, part=holder.part, pointer=pointers.join(at, index))
    return Finding(
        rule="enum-without-duplicates",
        level=Level.WARNING,
        verdict=Verdict.UNDECIDED,
        # The place is the list, whatever its order; the line is that of the second one.
        where=replace(where, file=second.file, line=second.line),
        message=f"{json.dumps(value)} stands more than once in the enum of {_name(at)}",
        source="JSON Schema Validation 2020-12 section 6.1.2: the values of an enum should be unique",
        value=value,
        operations=(operation,) if operation else (),
    )

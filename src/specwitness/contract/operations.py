"""The operations of an OpenAPI document, with every reference to a parameter, body, header or response followed."""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.contract import pointers
from specwitness.contract.model import Content, Header, Operation, Parameter, ResponseSpec
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def operations_of(document: Json, *, name: str) -> Iterator[Operation]:
    """Yield every operation of a document, in its order; `name` is what an error calls the document."""
    seen: dict[str, str] = {}
    for path in document["paths"]:
        item_pointer = pointers.resolved(document, pointers.join("/paths", path))
        item = pointers.get(document, item_pointer)
        if not isinstance(item, dict):
            raise DocumentError(name, f"the path {path} is not an object", "Describe its methods below it")
        for method in METHODS:
            if not isinstance(item.get(method), dict):
                continue
            operation = _operation(document, path, method, item_pointer)
            if operation.key in seen:
                raise DocumentError(
                    name,
                    f"operationId {operation.key!r} stands at both {seen[operation.key]} and {operation.label}",
                    "Give each operation its own",
                )
            seen[operation.key] = operation.label
            yield operation


def _operation(document: Json, path: str, method: str, item_pointer: str) -> Operation:
    pointer = pointers.join(item_pointer, method)
    data = pointers.get(document, pointer)
    parameters: dict[tuple[str, str], Parameter] = {}
    for owner in (item_pointer, pointer):
        for parameter in _parameters(document, owner):
            parameters[parameter.name, parameter.place] = parameter
    body: tuple[Content, ...] = ()
    body_required = False
    if "requestBody" in data:
        body_pointer = pointers.resolved(document, pointers.join(pointer, "requestBody"))
        body = _contents(document, body_pointer)
        body_required = bool(pointers.get(document, body_pointer).get("required", False))
    security = data.get("security", document.get("security", []))
    return Operation(
        key=str(data.get("operationId") or f"{method.upper()} {path}"),
        method=method.upper(),
        path=path,
        pointer=pointer,
        parameters=tuple(parameters.values()),
        body=body,
        body_required=body_required,
        responses={str(status): _response(document, pointer, str(status)) for status in data.get("responses") or {}},
        security=tuple(tuple(alternative) for alternative in security),
        tags=tuple(data.get("tags", ())),
    )


def _parameters(document: Json, owner: str) -> Iterator[Parameter]:
    for index, _ in enumerate(pointers.get(document, owner).get("parameters", [])):
        at = pointers.resolved(document, pointers.join(owner, "parameters", index))
        data = pointers.get(document, at)
        yield Parameter(
            name=str(data.get("name")),
            place=str(data.get("in")),
            required=bool(data.get("required", False)),
            pointer=at,
            schema=pointers.join(at, "schema") if "schema" in data else None,
        )


def _contents(document: Json, owner: str) -> tuple[Content, ...]:
    contents = pointers.get(document, owner).get("content") or {}
    return tuple(
        Content(
            media_type=media_type,
            pointer=pointers.join(owner, "content", media_type),
            schema=pointers.join(owner, "content", media_type, "schema") if "schema" in (data or {}) else None,
        )
        for media_type, data in contents.items()
    )


def _response(document: Json, operation: str, status: str) -> ResponseSpec:
    at = pointers.resolved(document, pointers.join(operation, "responses", status))
    headers = []
    for name in pointers.get(document, at).get("headers") or {}:
        place = pointers.resolved(document, pointers.join(at, "headers", name))
        header = pointers.get(document, place)
        headers.append(
            Header(
                name=name,
                required=bool(header.get("required", False)),
                pointer=place,
                schema=pointers.join(place, "schema") if "schema" in header else None,
            )
        )
    return ResponseSpec(status=status, pointer=at, content=_contents(document, at), headers=tuple(headers))

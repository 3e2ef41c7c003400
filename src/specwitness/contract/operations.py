"""The operations of an OpenAPI document, with every reference to a parameter, body, header or response followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from specwitness.contract import pointers
from specwitness.contract.model import Content, Header, Operation, Parameter, ResponseSpec
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def operations_of(document: Json, *, spot: Callable[[str], str]) -> Iterator[Operation]:
    """Yield every operation of a document, in its order; `spot` is how an error calls the place of a pointer.

    Raises DocumentError for an operation that is not of the form that OpenAPI says, and for two of one operationId.
    """
    seen: dict[str, str] = {}
    for path in document["paths"]:
        if is_extension(path):
            continue
        for operation in operations_at(document, path, pointers.join("/paths", path), spot=spot):
            if operation.key in seen:
                raise DocumentError(
                    spot(pointers.join(operation.pointer, "operationId")),
                    f"operationId {operation.key!r} stands at both {seen[operation.key]} and {operation.label}",
                    "Give each operation its own",
                )
            seen[operation.key] = operation.label
            yield operation


def operations_at(document: Json, path: str, pointer: str, *, spot: Callable[[str], str]) -> Iterator[Operation]:
    """Yield the operations of the Path Item Object at a pointer; `path` is what it is called. Raises DocumentError."""
    items = _path_items(document, pointer)
    for at, item in items.items():
        if not isinstance(item, dict):
            raise DocumentError(spot(at), f"the path {path} is not an object", "Describe its methods below it")
    for method in METHODS:
        for at in islice((at for at, item in items.items() if isinstance(item.get(method), dict)), 1):
            try:
                yield _operation(document, path, method, at, items)
            except (AttributeError, TypeError, ValueError) as error:
                raise misshapen(spot(pointers.join(at, method)), error) from error


def path_item(document: Json, pointer: str) -> dict[str, Json]:
    """Return the Path Item Object at a pointer with what its `$ref` leads to, as one object."""
    whole: dict[str, Json] = {}
    for item in reversed(_path_items(document, pointer).values()):
        whole |= item
    whole.pop("$ref", None)
    return whole


def is_extension(key: str) -> bool:
    """Say whether a key of an object of OpenAPI, which are not names, is a specification extension, and no part of it.

    Among the keys of paths and responses there may be such (OpenAPI 3.1, Paths Object and Responses Object).
    """
    return key.startswith("x-")


def _path_items(document: Json, at: str) -> dict[str, Json]:
    """Return what describes a path, by its place: its own object, and that which its `$ref` leads to, if it has one.

    What stands beside that `$ref` counts too: only for a field that stands in both, "the behavior is undefined"
    (OpenAPI 3.0.3 and 3.1, Path Item Object). Here the nearer one goes before.
    """
    item = pointers.get(document, at)
    pointers.followed(document, at, item)  # it ends
    items = {at: item}
    while isinstance(item, dict) and isinstance(item.get("$ref"), str):
        at = pointers.target(item["$ref"])
        items[at] = item = pointers.get(document, at)
    return items


def misshapen(spot: str, error: Exception) -> DocumentError:
    """Return the error of a place where something has another type than OpenAPI says."""
    fault = f"a part of it is not of the type that OpenAPI says ({error})"
    return DocumentError(spot, fault, "Correct it; an OpenAPI linter names the place")


def _operation(document: Json, path: str, method: str, at: str, items: dict[str, Json]) -> Operation:
    """Return the operation of a method at one of the places where a path is described."""
    pointer, data = pointers.join(at, method), items[at][method]
    parameters: dict[tuple[str, str], Parameter] = {}
    shared = islice(((place, item) for place, item in items.items() if "parameters" in item), 1)
    for place, owner in (*shared, (pointer, data)):
        for parameter in _parameters(document, place, owner):
            parameters[parameter.name, parameter.place] = parameter
    body: tuple[Content, ...] = ()
    body_required = False
    if "requestBody" in data:
        body_pointer, described = _member(document, pointer, data, "requestBody")
        body = _contents(body_pointer, described)
        body_required = bool(described.get("required", False))
    security = data.get("security", document.get("security", []))
    return Operation(
        key=str(data.get("operationId") or f"{method.upper()} {path}"),
        method=method.upper(),
        path=path,
        pointer=pointer,
        path_items=tuple(items),
        parameters=tuple(parameters.values()),
        body=body,
        body_required=body_required,
        responses=dict(_responses(document, pointers.join(pointer, "responses"), data.get("responses") or {})),
        security=tuple(tuple(alternative) for alternative in security),
        tags=tuple(data.get("tags", ())),
    )


def _member(document: Json, at: str, holder: Json, key: str | int) -> tuple[str, Json]:
    """Return the place and value of a member, its reference followed."""
    return pointers.followed(document, pointers.join(at, key), holder[key])


def _parameters(document: Json, at: str, owner: dict[str, Json]) -> Iterator[Parameter]:
    described = owner.get("parameters", [])
    for index in range(len(described)):
        place, data = _member(document, pointers.join(at, "parameters"), described, index)
        yield Parameter(
            name=str(data.get("name")),
            place=str(data.get("in")),
            required=bool(data.get("required", False)),
            pointer=place,
            schema=pointers.join(place, "schema") if data.get("schema") is not None else None,
        )


def _contents(at: str, owner: dict[str, Json]) -> tuple[Content, ...]:
    contents = owner.get("content") or {}
    return tuple(
        Content(
            media_type=media_type,
            pointer=pointers.join(at, "content", media_type),
            schema=pointers.join(at, "content", media_type, "schema")
            if (data or {}).get("schema") is not None
            else None,
        )
        for media_type, data in contents.items()
    )


def _responses(document: Json, at: str, responses: dict[str, Json]) -> Iterator[tuple[str, ResponseSpec]]:
    for status in responses:
        if is_extension(status):
            continue
        place, response = _member(document, at, responses, status)
        yield (
            status,
            ResponseSpec(
                status=status,
                pointer=place,
                content=_contents(place, response),
                headers=tuple(_headers(document, pointers.join(place, "headers"), response.get("headers") or {})),
            ),
        )


def _headers(document: Json, at: str, headers: dict[str, Json]) -> Iterator[Header]:
    for name in headers:
        place, header = _member(document, at, headers, name)
        yield Header(
            name=name,
            required=bool(header.get("required", False)),
            pointer=place,
            schema=pointers.join(place, "schema") if header.get("schema") is not None else None,
        )

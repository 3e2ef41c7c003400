"""Parameters in `body` and `formData` as Request Bodies of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.swagger.laying import Said
from specwitness.contract.swagger.parameters import written
from specwitness.contract.swagger.schemas import SAYINGS, schema
from specwitness.findings import Json

Parameter = tuple[str, dict[str, Json]]
"""The pointer of a parameter, and what stands there."""

_JSON = "application/json"
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def body(parameter: Parameter, consumes: Sequence[str]) -> Said:
    """Return the request body of a parameter in `body`.

    A request has to be of some media type: where the document names none, it is JSON, as for all tools that read 2.0.
    """
    at, value = parameter
    place = pointers.join(at, "schema")
    described = {"schema": Said(place, schema(value["schema"], place))} if "schema" in value else {}
    given, named = _examples(value, at)
    told = {"name", "in", "schema", "x-example", *(["x-examples"] if named else [])}
    made: dict[str, Any] = {key: item for key, item in value.items() if key not in told}
    contents = {name: Said(at, described | _example(named.get(name, given))) for name in consumes or (_JSON,)}
    return Said(at, {**made, "content": Said(at, contents)})


def _examples(value: Mapping[str, Json], at: str) -> tuple[Said | None, dict[str, Said]]:
    """Return the example of a body, and those by media type: extensions of 2.0 that many tools know."""
    given = Said(pointers.join(at, "x-example"), value["x-example"]) if "x-example" in value else None
    several = value.get("x-examples")
    if not isinstance(several, dict) or not all("/" in name for name in several):
        return given, {}
    return given, {name: Said(pointers.join(at, "x-examples", name), one) for name, one in several.items()}


def _example(said: Said | None) -> dict[str, Said]:
    return {} if said is None else {"example": said}


def form(fields: Sequence[Parameter], consumes: Sequence[str], at: str) -> Said:
    """Return the request body of all parameters in `formData`; `at` is where they are listed.

    Swagger 2.0, Parameter Object: its type is one of two, and with a file it is `multipart/form-data`.
    """
    types = [name for name in consumes if name.partition(";")[0].strip().lower() in {_URLENCODED, _MULTIPART}]
    if any(value.get("type") == "file" for _, value in fields):
        types = [name for name in types if name.lower().startswith(_MULTIPART)] or [_MULTIPART]
    contents = {name: Said(at, _fields(fields, name, at)) for name in types or (_URLENCODED,)}
    required = {"required": True} if any(value.get("required") is True for _, value in fields) else {}
    return Said(at, {**required, "content": Said(at, contents)})


def _fields(fields: Sequence[Parameter], media_type: str, at: str) -> dict[str, Any]:
    """Return what one media type says of the fields of a form."""
    properties: dict[str, Said] = {}
    encodings: dict[str, Said] = {}
    for place, value in fields:
        how = written(value, place, where=media_type.partition(";")[0].strip().lower())
        properties[value["name"]] = Said(place, how.pop("schema").value | _described(value, place))
        if how.get("explode") is False:
            encodings[value["name"]] = Said(place, how)
    required = [value["name"] for _, value in fields if value.get("required") is True]
    said = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    return {"schema": Said(at, said), **({"encoding": Said(at, encodings)} if encodings else {})}


def _described(value: Mapping[str, Json], at: str) -> dict[str, Any]:
    """Return what the parameter of a field says beside its values."""
    told = {"name", "in", "required", "collectionFormat", "x-example"} | SAYINGS
    made: dict[str, Any] = {key: item for key, item in value.items() if key not in told}
    if "allowEmptyValue" in made:
        made["x-allowEmptyValue"] = made.pop("allowEmptyValue")
    return made | (
        {"example": Said(pointers.join(at, "x-example"), value["x-example"])} if "x-example" in value else {}
    )

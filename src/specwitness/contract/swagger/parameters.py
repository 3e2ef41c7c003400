"""Parameters and headers of Swagger 2.0 as Parameter and Header Objects of OpenAPI 3.0, and how arrays are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.swagger.laying import Said
from specwitness.contract.swagger.schemas import SAYINGS, as_text, schema_of
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

PAYLOAD = frozenset({"body", "formData"})
"""Where parameters are that make up the body of a request."""

_PLACES = ("query", "header", "path", "formData", "body")
_QUERY = {
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_SIMPLE = {"csv": {"style": "simple", "explode": False}}
STYLES: Mapping[str, Mapping[str, dict[str, Json]]] = {
    "query": _QUERY,
    "application/x-www-form-urlencoded": _QUERY,
    "path": _SIMPLE,
    "header": _SIMPLE,
    # A part for each item, which is the only way that 3.0.3 has (Media Type Object, Encoding Object).
    "multipart/form-data": {"multi": {}},
}
"""How 3.0 calls a `collectionFormat`, by where the array is; nowhere has it a name for `tsv`."""

Spot = Callable[[str], str]
"""How an error calls the place of a pointer."""


def required(value: Json, at: str, *, spot: Spot) -> dict[str, Json]:
    """Return a Parameter Object that says what 2.0 asks of one; raises DocumentError."""
    if not isinstance(value, dict):
        raise DocumentError(spot(at), "a parameter is not an object", "Give its name, in and type")
    name, place = value.get("name"), value.get("in")
    if not isinstance(name, str):
        raise DocumentError(spot(at), "a parameter has no name", "Give it a `name`")
    if place not in _PLACES:
        fault = f"the parameter {name!r} is in {place!r}, which Swagger 2.0 does not know"
        raise DocumentError(spot(pointers.join(at, "in")), fault, f"Write one of {', '.join(_PLACES)}")
    if place != "body" and "type" not in value:
        hint = "Give it one of string, number, integer, boolean, array and file"
        if "schema" in value:
            hint += "; a `schema` is for parameters in body"
        raise DocumentError(spot(at), f"the {place} parameter {name!r} has no type", hint)
    if value.get("type") == "file" and place != "formData":
        fault = f"the {place} parameter {name!r} is a file"
        raise DocumentError(spot(pointers.join(at, "type")), fault, "Let it be in formData")
    return value


def parameter(value: Mapping[str, Json], at: str) -> Said:
    """Return a parameter in the query, the path or a header."""
    made: dict[str, Any] = {key: item for key, item in value.items() if key not in SAYINGS | {"collectionFormat"}}
    if "x-example" in made:
        made.setdefault("example", Said(pointers.join(at, "x-example"), made.pop("x-example")))
    return Said(at, made | written(value, at, where=str(value["in"])))


def header(value: Mapping[str, Json], at: str) -> Said:
    """Return a header of a response, whose arrays are written as those of a header of a request are."""
    made = {key: item for key, item in value.items() if key not in SAYINGS | {"collectionFormat"}}
    return Said(at, made | written(value, at, where="header"))


def written(value: Mapping[str, Json], at: str, *, where: str) -> dict[str, Any]:
    """Return the schema of a value that is a text on the wire, and of an array the style in which it is written."""
    items = value.get("items")
    # Several files have no separator; 2.0 does not allow them, but many documents have them.
    if value.get("type") != "array" or (isinstance(items, dict) and items.get("type") == "file"):
        return {"schema": Said(at, schema_of(value, at))}
    style = STYLES[where].get(str(value.get("collectionFormat", "csv")))
    if style is None:
        return {"schema": Said(at, as_text(value))}
    return {**style, "schema": Said(at, schema_of(value, at))}

"""Responses of Swagger 2.0 as Response Objects of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.swagger.laying import Said
from specwitness.contract.swagger.parameters import header
from specwitness.contract.swagger.schemas import schema
from specwitness.findings import Json

_ANY = "*/*"


def has_content(value: Json) -> bool:
    """Say whether a response has a body, whose media types are those that its operation produces."""
    return isinstance(value, dict) and "schema" in value


def response(value: Json, at: str, produces: Sequence[str]) -> Said:
    """Return a response; "if this field [`schema`] does not exist, it means no content is returned".

    Where the document names no media type, the response may be of any: nothing is claimed that it does not say.
    """
    made: dict[str, Any] = {key: item for key, item in value.items() if key not in {"schema", "headers", "examples"}}
    if "headers" in value:
        headers = pointers.join(at, "headers")
        made["headers"] = Said(
            headers, {name: header(one, pointers.join(headers, name)) for name, one in value["headers"].items()}
        )
    examples = {name: one for name, one in (value.get("examples") or {}).items() if "/" in name}
    if examples != (value.get("examples") or {}):
        # A name that is no media type says of no content that it is an example of it.
        made["x-examples"] = {name: one for name, one in value["examples"].items() if name not in examples}
    types = dict.fromkeys([*(produces or (_ANY,)), *examples] if "schema" in value else examples)
    if types:
        made["content"] = Said(at, {name: Said(at, _content(value, at, name, examples)) for name in types})
    return Said(at, made)


def _content(value: Json, at: str, media_type: str, examples: Mapping[str, Json]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "schema" in value:
        place = pointers.join(at, "schema")
        made["schema"] = Said(place, _schema(value["schema"], place, media_type))
    if media_type in examples:
        made["example"] = Said(pointers.join(at, "examples", media_type), examples[media_type])
    return made


def _schema(value: Json, at: str, media_type: str) -> Any:
    if isinstance(value, dict) and value.get("type") == "file" and (is_json(media_type) or "*" in media_type):
        # A file may be JSON of any kind; 3.0's word for a file, a string, would be a JSON string there.
        return {**{key: item for key, item in value.items() if key != "type"}, "format": "binary"}
    return schema(value, at)

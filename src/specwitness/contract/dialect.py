"""Schemas of OpenAPI 3.0 as schemas of OpenAPI 3.1, which are JSON Schema 2020-12.

Only what the two say differently is changed, in place of the keyword, so that every pointer into the document stays
valid (https://spec.openapis.org/oas/v3.0.3#schema-object, https://spec.openapis.org/oas/v3.1.0#schema-object).
"""

from __future__ import annotations

from specwitness.findings import Json


def as_2020_12(document: Json) -> Json:
    """Return the document with every schema in the JSON Schema 2020-12 dialect; a 3.1 document is returned as it is."""
    if not str(document.get("openapi", "")).startswith("3.0"):
        return document
    return _converted(document)


def _converted(value: Json, *, names: bool = False) -> Json:
    """Return a part of the document in the new dialect; `names` says that its keys are names and not keywords."""
    if isinstance(value, list):
        return [_converted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {name: _converted(item) for name, item in value.items()}
    result = {key: item if key in _DATA else _converted(item, names=key in _NAME_MAPS) for key, item in value.items()}
    _translate(result)
    return result


def schema_as_2020_12(schema: dict[str, Json]) -> dict[str, Json]:
    """Return one schema of OpenAPI 3.0 in the new dialect; the schemas within it are left as they are."""
    if not _OLDER.isdisjoint(schema):
        schema = dict(schema)
        _translate(schema)
    return schema


_OLDER = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum"})


def _translate(schema: dict[str, Json]) -> None:
    """Say in the words of the new dialect what a schema's own keywords say."""
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        # OpenAPI 3.0.3: "nullable" takes effect only beside a type of the same schema object.
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)


_DATA = frozenset({"example", "examples", "default", "enum", "const"})
# A response may be called `default`, and a property or a header like any keyword.
_NAME_MAPS = frozenset({"properties", "schemas", "responses", "headers", "requestBodies", "parameters", "callbacks"})

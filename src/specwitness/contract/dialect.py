"""Schemas of OpenAPI as schemas of JSON Schema 2020-12, by which all of them are judged.

Only what the two say differently is changed, in place of the keyword, so that every pointer into the document stays
valid (https://spec.openapis.org/oas/v3.0.3#schema-object, https://spec.openapis.org/oas/v3.1.0#schema-object).
"""

from __future__ import annotations

from collections.abc import Callable

from specwitness.findings import Json


def is_3_0(document: Json) -> bool:
    """Say whether a document is of OpenAPI 3.0, whose schemas are of a dialect of its own."""
    return str(document.get("openapi", "")).startswith("3.0")


def as_2020_12(document: Json) -> Json:
    """Return the document with every schema in the JSON Schema 2020-12 dialect; the same one where it has no other.

    What is no OpenAPI document is of that dialect.
    """
    if is_3_0(document):
        return _converted(document, _translate)
    return _converted(document, _make_plain) if "openapi" in document and _names_schemas(document) else document


def schema_as_2020_12(schema: dict[str, Json]) -> dict[str, Json]:
    """Return one schema of OpenAPI 3.0 in the new dialect; the schemas within it are left as they are."""
    if not _OLDER.isdisjoint(schema):
        schema = dict(schema)
        _translate(schema)
    return schema


def _converted(value: Json, translate: Callable[[dict[str, Json]], None], *, names: bool = False) -> Json:
    """Return a part of the document in the new dialect; `names` says that its keys are names and not keywords."""
    if isinstance(value, list):
        return [_converted(item, translate) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {name: _converted(item, translate) for name, item in value.items()}
    result = {
        key: item if key in _DATA else _converted(item, translate, names=key in _NAME_MAPS)
        for key, item in value.items()
    }
    translate(result)
    return result


_OLDER = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum", "$ref"})


def _translate(schema: dict[str, Json]) -> None:
    """Say in the words of the new dialect what a schema's own keywords say."""
    if isinstance(schema.get("$ref"), str):
        # OpenAPI 3.0.3, Reference Object: "any properties added SHALL be ignored". Only those of a path are not.
        if _OF_PATHS.isdisjoint(schema):
            for key in schema.keys() - {"$ref"}:
                del schema[key]
        return
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        # OpenAPI 3.0.3: "nullable" takes effect only beside a type of the same schema object.
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    _make_plain(schema)


def _make_plain(schema: dict[str, Json]) -> None:
    """Take away by what a schema of 3.1 is known elsewhere, and the dialect that it names.

    References are pointers from the root of the document, also below an `$id`, where the validators would follow them
    from there; and one of them would take up another dialect on the way, while the other does not.
    """
    for key in _IDENTITY:
        schema.pop(key, None)


def _names_schemas(document: Json) -> bool:
    stack = [document]
    while stack:
        value = stack.pop()
        if value.__class__ is dict:
            if not _IDENTITY.isdisjoint(value):
                return True
            stack += value.values()
        elif value.__class__ is list:
            stack += value
    return False


_IDENTITY = frozenset({"$id", "$schema"})
_OF_PATHS = frozenset(
    {*("get", "put", "post", "delete", "options", "head", "patch", "trace"), *("parameters", "servers")}
)
"""What only a Path Item Object has beside its `$ref`, where it counts."""
_DATA = frozenset({"example", "examples", "default", "enum", "const"})
# A response may be called `default`, and a property or a header like any keyword.
_NAME_MAPS = frozenset({"properties", "schemas", "responses", "headers", "requestBodies", "parameters", "callbacks"})

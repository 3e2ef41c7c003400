"""What a document asks of a request and of a response where they differ: properties that are `readOnly` or `writeOnly`.

OpenAPI 3.0.3, Schema Object: where such a property is required, that "takes effect" on the response, or the request,
alone. OpenAPI 3.1 leaves both words to annotations; documents of either version mean the same by them.
"""

from __future__ import annotations

from specwitness.contract import pointers
from specwitness.contract.dialect import is_3_0
from specwitness.findings import Json

REQUEST, RESPONSE = "readOnly", "writeOnly"
"""By direction, the keyword of the properties that are not asked for there."""


def seen_from(document: Json, keyword: str) -> Json:
    """Return a document in which no schema requires a property with a keyword; the same one where none does."""
    if not _mentions(document, keyword):
        return document
    return _without(document, document, keyword)


def _mentions(value: Json, keyword: str) -> bool:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if one.get(keyword) is True:
                return True
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return False


def _without(document: Json, value: Json, keyword: str) -> Json:
    if isinstance(value, list):
        return [_without(document, item, keyword) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: _without(document, item, keyword) for name, item in value.items()}
    properties, required = value.get("properties"), value.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        made["required"] = [name for name in required if not carries(document, properties.get(str(name)), keyword)]
    return made


def carries(document: Json, schema: Json, keyword: str) -> bool:
    """Say whether a property's schema has a keyword, itself or in what it is made of: its reference, or its `allOf`."""
    seen: set[int] = set()
    stack = [schema]
    while stack:
        one = stack.pop()
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        reference = one.get("$ref")
        if isinstance(reference, str):
            stack.append(_named(document, reference))
            if is_3_0(document):
                continue  # OpenAPI 3.0.3, Reference Object: what stands beside it is ignored
        if one.get(keyword) is True:
            return True
        parts = one.get("allOf")
        stack += parts if isinstance(parts, list) else ()
    return False


def _named(document: Json, reference: str) -> Json:
    return pointers.look(document, pointers.target(reference)) if reference.startswith("#") else None

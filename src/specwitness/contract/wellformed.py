"""Whether what stands in the place of a schema is one of its dialect. Entry points: `require`, `faults`.

Whoever reads schemas counts on the types of their keywords. The meta-schema asks for more, takes long, and does not say
what to write; and of what the two validators take for a schema, each has its own idea.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specwitness.contract import pointers
from specwitness.contract.dialect import is_3_0
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

if TYPE_CHECKING:
    from specwitness.contract.model import Contract, Header, Operation, Parameter


@dataclass(frozen=True)
class Fault:
    """A keyword, or what stands in the place of a schema, that is of another type than it has to be."""

    pointer: str
    words: str
    hint: str


def require(contract: Contract, operations: Iterable[Operation]) -> None:
    """Raise DocumentError, with the place, where a schema that operations lead to is none."""
    starts = [start for operation in operations for start in _schemas_of(contract.document, operation)]
    raise_first(faults(contract.document, starts, set()), contract.spot)


def raise_first(found: list[Fault], spot: Callable[[str], str]) -> None:
    """Raise DocumentError for the first of some faults; `spot` is how an error calls the place of a pointer."""
    if found:
        others = f" (and so on, at {len(found)} places)" if len(found) > 1 else ""
        raise DocumentError(spot(found[0].pointer), found[0].words + others, found[0].hint)


def faults(document: Json, starts: Iterable[str], sound: set[int]) -> list[Fault]:
    """Return what is wrong with the schemas at some places of a document, and with all that they lead to.

    `sound` are the schemas of it, by their `id()`, that are known to lead to no fault; those that are found are added.
    """
    old, found, seen = is_3_0(document), list[Fault](), set[int]()
    stack = [(pointers.way(start), pointers.look(document, start)) for start in starts][::-1]
    while stack:
        way, schema = stack.pop()
        if schema.__class__ is not dict:
            found += _of_no_schema(way, schema)
        elif id(schema) not in seen and id(schema) not in sound:
            seen.add(id(schema))
            if schema.get("$ref").__class__ is str:
                stack += _named(document, schema["$ref"])
                if old:
                    continue  # OpenAPI 3.0.3, Reference Object: what stands beside it is ignored
            for keyword, said in schema.items():
                if keyword in _ASKED and not _ASKED[keyword][0](said) and not _is_let_be(keyword, said, old=old):
                    found.append(_fault((way, keyword), keyword, said, _ASKED[keyword][1]))
            stack += [*parts(way, schema)][::-1]
    if not found:
        sound |= seen
    return found


Placed = tuple["pointers.Way | None", Json]
"""A value, and the way to it."""


def _named(document: Json, reference: str) -> Iterator[Placed]:
    if reference.startswith("#"):
        place = pointers.target(reference)
        yield pointers.way(place), pointers.look(document, place, default=True)


def parts(way: pointers.Way | None, schema: dict[str, Json]) -> Iterator[Placed]:
    """Yield what stands in the places of schemas in a schema, and the way there."""
    for keyword, said in schema.items():
        if keyword in HOLDING_ONE:
            yield (way, keyword), said
        elif keyword in HOLDING_BY_NAME and said.__class__ is dict:
            for name, one in said.items():
                yield ((way, keyword), name), one
        elif keyword in HOLDING_SEVERAL and said.__class__ is list:
            for index, one in enumerate(said):
                yield ((way, keyword), index), one


def _of_no_schema(way: pointers.Way | None, value: Json) -> Iterator[Fault]:
    """Yield what is wrong with what stands in the place of a schema, and is no object."""
    if value.__class__ is not bool:
        yield _fault(way, str(way[1]) if way else "", value, "a schema")


def _fault(way: pointers.Way | None, name: str, value: Json, asked: str) -> Fault:
    hint = _HINTS.get((name, value.__class__), _LEAVE_OUT if value is None else _CORRECT)
    return Fault(pointers.along(way), f"`{name}` is {_shown(value)}, and has to be {asked}", hint)


def _shown(value: Json) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return json.dumps(value, ensure_ascii=False)[:_LONGEST]


def _schemas_of(document: Json, operation: Operation) -> Iterator[str]:
    """Yield the places of the schemas of everything that an operation sends and answers."""
    responses = operation.responses.values()
    contents = [*operation.body, *(content for response in responses for content in response.content)]
    yield from (content.schema for content in contents if content.schema is not None)
    named: list[Parameter | Header] = [
        *operation.parameters,
        *(header for response in responses for header in response.headers),
    ]
    yield from (one.schema for one in named if one.schema is not None)
    for one in named:
        described = pointers.look(document, pointers.join(one.pointer, "content"))
        for media_type, content in described.items() if isinstance(described, dict) else ():
            if isinstance(content, dict) and content.get("schema") is not None:
                yield pointers.join(one.pointer, "content", media_type, "schema")


# --- What each keyword has to be --------------------------------------------------------------------------------------
# JSON Schema 2020-12, Core (sections 8 and 10) and Validation (section 6); OpenAPI 3.0.3, Schema Object.


def _is_number(said: Json) -> bool:
    return said.__class__ is int or said.__class__ is float


def _is_count(said: Json) -> bool:
    return _is_number(said) and said >= 0 and said == int(said)


def _are_names(said: Json) -> bool:
    return said.__class__ is list and all(name.__class__ is str for name in said)


def _is_type(said: Json) -> bool:
    return said in _TYPES if said.__class__ is str else _are_names(said) and _TYPES.issuperset(said)


def _is_let_be(keyword: str, said: Json, *, old: bool) -> bool:
    """Say whether a keyword is what only one of the versions says: a bound of 3.0, or what is nothing in 3.1."""
    return keyword in _EXCLUSIVE and said.__class__ is bool if old else keyword == "nullable"


_Asked = tuple[Callable[[Json], bool], str]
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_EXCLUSIVE = ("exclusiveMinimum", "exclusiveMaximum")
_NUMBER: _Asked = (_is_number, "a number")
_COUNT: _Asked = (_is_count, "a whole number, 0 or more")
_BOOLEAN: _Asked = (lambda said: said.__class__ is bool, "true or false")
_TEXT: _Asked = (lambda said: said.__class__ is str, "a text")
_NAMED: _Asked = (lambda said: said.__class__ is dict, "an object, of schemas by their names")
_LISTED: _Asked = (lambda said: said.__class__ is list, "a list of schemas")
HOLDING_ONE = frozenset(
    {
        *("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"),
        *("unevaluatedProperties", "unevaluatedItems"),
    }
)
HOLDING_SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
HOLDING_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
"""The keywords that hold a schema, a list of schemas, and schemas by their names."""
_ASKED: dict[str, _Asked] = {
    **dict.fromkeys(HOLDING_BY_NAME, _NAMED),
    **dict.fromkeys(HOLDING_SEVERAL, _LISTED),
    **dict.fromkeys(("minimum", "maximum", *_EXCLUSIVE), _NUMBER),
    "multipleOf": (lambda said: _is_number(said) and said > 0, "a number above 0"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("minContains", "maxContains"), _COUNT),
    **dict.fromkeys(("uniqueItems", "nullable", "readOnly", "writeOnly"), _BOOLEAN),
    **dict.fromkeys(("$ref", "pattern", "format"), _TEXT),
    "type": (_is_type, f"one of {', '.join(sorted(_TYPES))}, or a list of them"),
    "enum": (lambda said: said.__class__ is list, "a list of values"),
    "required": (_are_names, "a list of names"),
    "dependentRequired": (
        lambda said: said.__class__ is dict and all(map(_are_names, said.values())),
        "an object, of lists of names",
    ),
}
_CORRECT = "Correct it, here or in overlay.yaml"
_LEAVE_OUT = "Leave it out, or write what it has to be"
_OLD_BOUND = "Of OpenAPI 3.0 are `minimum: 1` and `exclusiveMinimum: true`: write `exclusiveMinimum: 1` for both"
_HINTS: dict[tuple[str, type], str] = {
    ("exclusiveMinimum", bool): _OLD_BOUND,
    ("exclusiveMaximum", bool): _OLD_BOUND.replace("inimum", "aximum"),
    ("required", bool): "Name the property in the `required` of the object around it",
    ("items", list): "For items that are told apart by their places, OpenAPI 3.1 has `prefixItems`",
}
_LONGEST = 40

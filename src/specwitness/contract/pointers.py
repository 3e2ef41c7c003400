"""JSON pointers (RFC 6901) into a document: read, walk, follow references, find the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast
from urllib.parse import unquote

from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json

Tokens = tuple[str | int, ...]
CORRECT = "Correct the reference, or add what it names"
NO_PLACE = ("it names neither a place, which begins with #/, nor an anchor", CORRECT)


def join(pointer: str, *tokens: str | int) -> str:
    """Return `pointer` extended by tokens, escaped."""
    for token in tokens:
        text = str(token)
        if "~" in text or "/" in text:  # most have nothing to escape
            text = text.replace("~", "~0").replace("/", "~1")
        pointer += "/" + text
    return pointer


def split(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of a pointer; the empty pointer is the whole document."""
    if not pointer:
        return ()
    if "~" not in pointer:
        return tuple(pointer[1:].split("/"))
    return tuple(
        [token.replace("~1", "/").replace("~0", "~") if "~" in token else token for token in pointer[1:].split("/")]
    )


def get(document: Json, pointer: str) -> Json:
    """Return the value a pointer leads to; raises KeyError where it leads nowhere. References are not followed."""
    value = document
    for token in split(pointer):
        value = step(value, token)
    return value


def look(document: Json, pointer: str, default: Json = None) -> Json:
    """Return the value a pointer leads to, or the default where it leads nowhere."""
    try:
        return get(document, pointer)
    except KeyError:
        return default


def step(value: Json, token: str | int) -> Json:
    """Return one member of an object or item of an array; raises KeyError where there is none."""
    if isinstance(value, dict):
        return value[str(token)]
    if isinstance(value, list):
        try:
            return value[int(token)]
        except (ValueError, IndexError):
            pass
    raise KeyError(token)


def target(reference: str) -> str:
    """Return the pointer a local reference (`#/components/...`, RFC 3986 fragment) names."""
    return unquote(reference.removeprefix("#"))


def resolved(document: Json, pointer: str) -> str:
    """Return the pointer of the value itself, with every `$ref` on the way and at the end followed.

    What stands beside a `$ref` on the way is found there. Raises BrokenReferenceError for a reference that leads
    nowhere, out of the document, or in a circle.
    """
    at, value = "", document
    for token in split(pointer):
        if not isinstance(value, dict) or token not in value:
            at, value = followed(document, at, value)
        try:
            value = step(value, token)
        except KeyError:
            raise BrokenReferenceError(
                f"#{pointer}", f"nothing is at {token!r} there", "Correct the reference, or add what it names"
            ) from None
        at = join(at, token)
    return followed(document, at, value)[0]


def followed(document: Json, at: str, value: Json) -> tuple[str, Json]:
    """Return a place and its value, or those that its `$ref` leads to, for which nothing on the way is looked at again.

    Raises BrokenReferenceError for a reference that leads nowhere, out of the document, or in a circle.
    """
    if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
        return at, value
    seen = {at}
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        if not reference.startswith("#"):
            raise BrokenReferenceError(
                f"$ref {reference!r} at #{at}",
                "it leaves the document",
                "Bundle the document into one file first (for example with `redocly bundle`)",
            )
        at = target(reference)
        if at in seen:
            raise BrokenReferenceError(f"$ref {reference!r}", "it leads in a circle", "Let one of them be a schema")
        seen.add(at)
        if at[:1] != "/":
            raise BrokenReferenceError(f"$ref {reference!r}", *NO_PLACE)
        try:
            value = get(document, at)
        except KeyError:
            raise BrokenReferenceError(f"$ref {reference!r}", "nothing is there", CORRECT) from None
    return at, value


def references(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the pointer and text of every `$ref` of a document, data such as examples left out."""
    return texts(document, "$ref")


def texts(document: Json, keyword: str) -> Iterator[tuple[str, str]]:
    """Yield where a keyword says a text in a document, and that, data such as examples left out."""
    stack: list[tuple[Way | None, Json, int]] = [(None, document, 0)]
    while stack:
        way, value, names = stack.pop()
        if value.__class__ is list:
            stack += [((way, index), item, 0) for index, item in enumerate(value) if item.__class__ in _HOLDERS]
        elif value.__class__ is dict:
            if value.get(keyword).__class__ is str:
                yield along(way), value[keyword]
            for key, item in value.items():
                if item.__class__ in _HOLDERS and (names or key not in _DATA or _is_named_examples(key, item)):
                    stack.append(((way, key), item, names - 1 if names else _NAME_MAPS.get(key, 0)))


Way = tuple[Any, str | int]
"""How a value is reached: the way to what holds it, and the token there. Few are asked for as a pointer."""


def way(pointer: str) -> Way | None:
    """Return a pointer as a way; that to the whole document is None."""
    found: Way | None = None
    for token in split(pointer):
        found = found, token
    return found


def along(way: Way | None) -> str:
    """Return a way as a pointer."""
    tokens: list[str | int] = []
    while way is not None:
        way, token = way
        tokens.append(token)
    return join("", *reversed(tokens))


_HOLDERS = frozenset({dict, list})
_DATA = frozenset({"example", "examples", "default", "enum", "const", "value"})
_NAME_MAPS = dict.fromkeys(
    (
        *("properties", "patternProperties", "$defs", "definitions", "schemas", "dependentSchemas", "responses"),
        *("examples", "headers", "parameters", "requestBodies", "links", "pathItems", "securitySchemes"),
        *("paths", "webhooks", "content", "encoding"),
    ),
    1,
) | {"callbacks": 2}
"""The keys below which keys are names of the author's choice, not keywords, and how deep: a callback has addresses."""


def _is_named_examples(key: str, value: Json) -> bool:
    """Say whether this holds Example Objects, by their names; those of a schema are a list, and data."""
    return key == "examples" and isinstance(value, dict)


def source_of(document: Json, start: str, schema_path: Sequence[str | int]) -> str:
    """Return the pointer into the document of the place that a validator's schema path leads to.

    The path does not say where references are followed, and a schema may say more beside its own.
    """
    places = [start]
    for step_taken in schema_path:
        if step_taken != "$ref":
            ways = [way for place in places for way in _targets(document, place)]
            found = [
                way for way in (join(way, step_taken) for way in ways) if look(document, way, _NOTHING) is not _NOTHING
            ]
            places = found or [join(resolved(document, places[0]), step_taken)]
    return places[0]


def _targets(document: Json, at: str) -> list[str]:
    """Return the place of a schema, that which its reference leads to, and so on."""
    if look(document, at, _NOTHING) is _NOTHING:
        return [resolved(document, at)]
    found: list[str] = []
    while at not in found:
        found.append(at)
        value = look(document, at)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            at = target(value["$ref"])
    return found


_NOTHING = object()


def locate(document: Json, schema: str, instance: Sequence[str | int]) -> str:
    """Return the pointer of the subschema that speaks of an instance's place, as deep as one alone does.

    Where alternatives (`anyOf`, `oneOf`) or open content hide which it is, the deepest schema on the way is returned.
    """
    return _located(document, schema, instance)[0]


def place_of(document: Json, schema: str, instance: Sequence[str | int]) -> str:
    """Return the pointer of the subschema of an instance's place, as if it were declared where none alone speaks of it.

    So two places in an instance stay two.
    """
    at, rest = _located(document, schema, instance)
    for token in rest:
        at = join(at, "items") if str(token).isdigit() else join(at, "properties", token)
    return at


def _located(document: Json, schema: str, instance: Sequence[str | int]) -> tuple[str, Sequence[str | int]]:
    """Return the deepest subschema that speaks of an instance's place, and the rest of the way from there."""
    at = resolved(document, schema)
    for depth, token in enumerate(instance):
        deeper = next(_descend(document, at, token), None)
        if deeper is None:
            return at, instance[depth:]
        at = deeper
    return at, ()


def _descend(document: Json, at: str, token: str | int) -> Iterator[str]:
    schema = get(document, at)
    if not isinstance(schema, dict):
        return
    keyword: Tokens
    if isinstance(token, int) or (str(token).isdigit() and "items" in schema):
        keyword = ("items",)
    else:
        keyword = ("properties", token)
    child = join(at, *keyword)
    try:
        get(document, child)
        yield resolved(document, child)
    except KeyError:
        pass
    for name in ("allOf", "anyOf", "oneOf"):
        branches = cast("list[Json]", schema.get(name, []))
        found = [
            place
            for index in range(len(branches))
            for place in _descend(document, resolved(document, join(at, name, index)), token)
        ]
        if len(found) == 1 or (found and name == "allOf"):
            yield found[0]

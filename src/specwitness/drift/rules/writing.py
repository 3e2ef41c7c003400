"""How a side writes a value: the style or the media type of a parameter, a header, or a field of a form.

All three are described as a Parameter Object is: a Header Object "follows the structure of the Parameter Object", and
the style of a field "follows the same values as query parameters" (OpenAPI 3.1, Header Object and Encoding Object).
"""

from __future__ import annotations

from collections.abc import Iterable

from specwitness.contract import pointers
from specwitness.contract.schemas import Schemas
from specwitness.drift.serialisation import serialised
from specwitness.drift.wire import made
from specwitness.findings import Json


def is_written_alike(old: Json, new: Json) -> bool:
    """Say whether two descriptions have every value written in the same way."""
    return _style(old) == _style(new)


def _style(described: Json) -> tuple[object, ...]:
    """Return what decides how values are written, with the defaults of the Parameter Object."""
    style = described.get("style", "form" if str(described.get("in")) in {"query", "cookie"} else "simple")
    name = described.get("name") if style == "matrix" else None
    explode = bool(described.get("explode", style == "form"))
    return style, explode, next(iter(described.get("content") or ()), None), name


def rewritten(old: Json, new: Json, values: Iterable[Json]) -> tuple[Json, str, str] | None:
    """Return the first value that is not written as it was, with both ways of writing; None where all are."""
    written = ((value, serialised(old, value), serialised(new, value)) for value in values)
    return next(((value, was, now) for value, was, now in written if was != now), None)


def telling_values(schemas: Schemas, pointer: str, described: Json, *, omitting: str) -> list[Json]:
    """Return values of a parameter or header at a pointer that are written at all; its name where it may be anything.

    They are arrays of two items, then others, the shortest first; none where none could be made.
    """
    schema = _schema(pointer, described)
    return [str(described.get("name"))] if schema is None else values_of(schemas, schema, omitting=omitting)


def values_of(schemas: Schemas, schema: str, *, omitting: str) -> list[Json]:
    """Return such values of a schema."""
    values = [value for value in made(schemas, schema, omitting=omitting) if value not in ([], {}, "")]
    pairs = ([*value, *value][:2] for value in values if isinstance(value, list))
    return [*(pair for pair in pairs if schemas.accepts(schema, pair)), *values]


def _schema(pointer: str, described: Json) -> str | None:
    """Return the pointer of what a value has to be: of the `schema`, or of that of the `content`."""
    if "schema" in described:
        return pointers.join(pointer, "schema")
    media_type = next(iter(described.get("content") or ()), None)
    if media_type is None or "schema" not in (described["content"][media_type] or ()):
        return None
    return pointers.join(pointer, "content", media_type, "schema")

"""JSON that every parser reads, and that no CI service acts upon where it is printed to its log."""

from __future__ import annotations

import json
import math
import re

from specwitness.findings import Json

_ESCAPED = re.compile(r"[\ud800-\udfff]|#(?=#[A-Za-z]*\[)")
"""What stands inside strings alone and is better written as JSON's escape: a lone surrogate, which UTF-8 cannot hold,
and what a CI service would take for an order where the text is printed to its log (`##[`, `##vso[`)."""


def json_text(data: Json, *, indent: int | None = 2) -> str:
    """Return JSON data as text; without an indent four times as fast, for what only machines read."""
    try:
        text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    except ValueError:
        # There are few such numbers, and it takes long to look for them.
        text = json.dumps(_portable(data), ensure_ascii=False, indent=indent, allow_nan=False)
    return escaped(text) + "\n"


def escaped(text: str) -> str:
    """Return a JSON text that means the same, with escapes for what a log or UTF-8 would not bear."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _portable(value: Json) -> Json:
    """Return JSON data without NaN and the infinities, which Python's parser lets in and others refuse."""
    match value:
        case dict():
            return {key: _portable(item) for key, item in value.items()}
        case list() | tuple():
            return [_portable(item) for item in value]
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value

"""What a media type says of a body."""

from __future__ import annotations


def is_json(media_type: str) -> bool:
    """Say whether a media type is JSON (RFC 6839: `application/json`, or a `+json` suffix)."""
    subtype = media_type.split(";", maxsplit=1)[0].strip().lower().partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")

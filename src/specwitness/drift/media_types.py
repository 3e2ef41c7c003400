"""Which media types are which: names, ranges and parameters (RFC 9110 sections 8.3.1 and 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from specwitness.contract.model import Content


def covers(wider: str, narrower: str) -> bool:
    """Say whether everything of one media type is of another; parameters count where both have some."""
    wide, narrow = _essence(wider), _essence(narrower)
    kind, _, subtype = wide.partition("/")
    same_suffix = subtype == "*" or (subtype.startswith("*+") and narrow.endswith(subtype[1:]))
    if wide not in {"*/*", narrow} and not (same_suffix and narrow.startswith(f"{kind}/")):
        return False
    parameters = _parameters(wider), _parameters(narrower)
    return not all(parameters) or parameters[0] == parameters[1]


def covering(media_type: str, contents: Iterable[Content]) -> Content | None:
    """Return the content that describes a media type; the most specific does (OpenAPI 3.1, Response Object)."""

    def distance(content: Content) -> tuple[int, bool, bool]:
        essence, parameters = _essence(content.media_type), _parameters(content.media_type)
        return essence.count("*"), "*+" not in essence, parameters != _parameters(media_type)

    return min((one for one in contents if covers(one.media_type, media_type)), key=distance, default=None)


def counterpart(media_type: str, contents: Sequence[Content]) -> Content | None:
    """Return the content of the same media type on the other side, be it a part of it, or it a part of that."""
    found = covering(media_type, contents)
    return found or next((content for content in contents if covers(media_type, content.media_type)), None)


def uncovered(media_type: str, contents: Sequence[Content]) -> str | None:
    """Return a media type, or one of a range, that none of the contents describes; None where all are described."""
    if covering(media_type, contents) is not None:
        return None
    return next((one for one in possible(media_type) if covering(one, contents) is None), None)


def possible(media_type: str) -> tuple[str, ...]:
    """Return a media type; of a range some, the last of which seldom anybody describes."""
    kind, _, subtype = media_type.partition("/")
    if not subtype.startswith("*"):
        return (media_type,)
    if subtype.startswith("*+"):
        return (f"{kind}/example{subtype[1:]}",)
    return (*members(kind), f"{'application' if kind == '*' else kind}/example")


def concrete(media_type: str) -> str:
    """Return a media type of a range: what a message says instead of `image/*`."""
    return possible(media_type)[0]


def members(kind: str) -> tuple[str, ...]:
    """Return some media types of a kind, the usual first; of `*`, of several kinds."""
    return _MEMBERS.get(kind, (f"{kind}/example",))


_MEMBERS = {
    "*": ("application/json", "text/plain", "image/png", "application/octet-stream"),
    "application": ("application/json", "application/xml", "application/octet-stream"),
    "image": ("image/png", "image/jpeg", "image/gif"),
    "text": ("text/plain", "text/csv", "text/html"),
}


FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def is_form(media_type: str) -> bool:
    """Say whether a body is a form, whose members are texts where they are no objects."""
    return _essence(media_type) in FORMS


def is_text(media_type: str) -> bool:
    """Say whether a body is one text, in which a value has no type of its own."""
    return _essence(media_type) == "text/plain"


def is_raw(media_type: str) -> bool:
    """Say whether a body is bytes or characters, which are no more to JSON Schema than a string."""
    return re.fullmatch(_RAW, _essence(media_type)) is not None


_RAW = r"text/(plain|csv|html)|(image|audio|video)/[^+]+|application/(octet-stream|pdf|zip|gzip)"


def _essence(media_type: str) -> str:
    return media_type.split(";", maxsplit=1)[0].strip().lower()


def _parameters(media_type: str) -> frozenset[str]:
    """Return the parameters of a media type but for those that do not make it another."""
    found = (part.strip().lower().replace('"', "") for part in media_type.split(";")[1:])
    return frozenset(part for part in found if part and part.partition("=")[0] not in {"charset", "boundary", "q"})

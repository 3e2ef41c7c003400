"""Which media types are which: names, ranges and parameters (RFC 9110 sections 8.3.1 and 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from specwitness.contract.model import Content
from specwitness.drift.wire import members


def covers(wider: str, narrower: str) -> bool:
    """Say whether everything of one media type is of another; parameters count where both have some."""
    wide, narrow = _essence(wider), _essence(narrower)
    kind, _, subtype = wide.partition("/")
    if wide not in {"*/*", narrow} and not (subtype == "*" and narrow.startswith(f"{kind}/")):
        return False
    parameters = _parameters(wider), _parameters(narrower)
    return not all(parameters) or parameters[0] == parameters[1]


def covering(media_type: str, contents: Iterable[Content]) -> Content | None:
    """Return the content that describes a media type; the most specific does (OpenAPI 3.1, Response Object)."""
    found = [content for content in contents if covers(content.media_type, media_type)]
    return min(found, key=lambda content: _essence(content.media_type).count("*"), default=None)


def counterpart(media_type: str, contents: Sequence[Content]) -> Content | None:
    """Return the content of the same media type on the other side, be it a part of it, or it a part of that."""
    found = covering(media_type, contents)
    return found or next((content for content in contents if covers(media_type, content.media_type)), None)


def uncovered(media_type: str, contents: Sequence[Content]) -> str | None:
    """Return a media type, or one of a range, that none of the contents describes; None where all are described."""
    if covering(media_type, contents) is not None:
        return None
    if not _essence(media_type).endswith("*"):
        return media_type
    return next((one for one in members(media_type.partition("/")[0]) if covering(one, contents) is None), None)


def _essence(media_type: str) -> str:
    return media_type.split(";", maxsplit=1)[0].strip().lower()


def _parameters(media_type: str) -> frozenset[str]:
    """Return the parameters of a media type but for those that do not make it another."""
    found = (part.strip().lower().replace('"', "") for part in media_type.split(";")[1:])
    return frozenset(part for part in found if part and part.partition("=")[0] not in {"charset", "boundary", "q"})

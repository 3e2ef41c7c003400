"""One document of several descriptions of one API that describe different operations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy

from specwitness.contract import pointers
from specwitness.exceptions import SourceError
from specwitness.findings import Json
from specwitness.sources.description import Description


def merge(descriptions: Iterable[Description]) -> dict[str, Json]:
    """Return one document with everything the descriptions say, in the order in which they say it.

    Paths, and the operations of a path, may be in one of them only, and so may anything the others are silent about.
    Raises SourceError, which names the pointer, where one contradicts another.
    """
    return deepcopy(merged(descriptions).document)


def merged(descriptions: Iterable[Description]) -> Description:
    """Return what the descriptions say together, and where all of them are silent; raises SourceError as `merge`."""
    whole: Description | None = None
    for description in descriptions:
        whole = description if whole is None else _merged(whole, description)
    if whole is None:
        raise SourceError("the sources", "there is none to merge", "Mark at least one source `vendored: true`")
    return whole


def _merged(one: Description, other: Description) -> Description:
    document = _union("", one, other, one.document, other.document)
    return Description(document, one.silent & other.silent)


def _union(at: str, one: Description, other: Description, left: Json, right: Json) -> Json:
    if isinstance(left, dict) and isinstance(right, dict):
        both: dict[str, Json] = {}
        for key in [*left, *(key for key in right if key not in left)]:
            place = pointers.join(at, key)
            if key in left and key in right:
                both[key] = _union(place, one, other, left[key], right[key])
                continue
            denier = other if key in left else one
            if denier.speaks_of(place) and not _is_list_of_operations(at):
                raise _contradiction(place, left.get(key), right.get(key))
            both[key] = left[key] if key in left else right[key]
        return both
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        return [_union(pointers.join(at, index), one, other, *pair) for index, pair in pairs]
    # `type` tells True from 1, which Python holds to be equal.
    if type(left) is not type(right) or left != right:
        raise _contradiction(at, left, right)
    return left


def _is_list_of_operations(at: str) -> bool:
    """Whether a place is `paths` or a path in it: to differ there is what descriptions are merged for."""
    tokens = pointers.split(at)
    return tokens[:1] == ("paths",) and len(tokens) <= len(("paths", "path"))


def _contradiction(place: str, left: Json, right: Json) -> SourceError:
    return SourceError(
        f"the sources, at #{place}",
        f"one says {_shown(left)}, another {_shown(right)}",
        "Vendor only one of the two, and correct it in overlay.yaml",
    )


def _shown(value: Json) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004 - what fits on a line

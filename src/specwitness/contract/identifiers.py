"""References that are no pointers: to an `$anchor`, an `$id`, or from an `$id` on. Entry point: `as_pointers`.

JSON Schema 2020-12 (Core, sections 8.2.1 and 8.2.2), and with it OpenAPI 3.1, allows them. They become pointers from
the root of their file where that is read, so that nothing behind it has to know of them. So does a `$dynamicRef`
to an anchor that is there but once: then it is a `$ref` (Core, section 8.2.3.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from urllib.parse import quote, unquote, urljoin

from specwitness.contract import pointers
from specwitness.findings import Json


def as_pointers(whole: Json, references: Iterable[tuple[str, str]], *, dynamic: bool = False) -> Json:
    """Return a document in which every reference that names a place of it is a pointer; the same one where all are.

    `references` are its own (`pointers.references`); `dynamic` says that some may be `$dynamicRef`. What names no place
    of it stays as it is.
    """
    references = tuple(references)
    odd = {text for _, text in references if not _is_pointer(whole, text)}
    names = _Names(whole) if odd or dynamic else None
    if not names:
        return whole
    result = deepcopy(whole)
    for at, text in references:
        to = names.place(at, text) if text in odd else None
        if to is not None:
            pointers.get(result, at)["$ref"] = f"#{quote(to, safe='/~$')}"
    for at, text in pointers.texts(whole, "$dynamicRef") if dynamic else ():
        to = names.only_place(at, text)
        if to is not None and "$ref" not in (schema := pointers.get(result, at)):
            del schema["$dynamicRef"]
            schema["$ref"] = f"#{quote(to, safe='/~$')}"
    return result


def anchored(whole: Json, name: str) -> str | None:
    """Return the place of a document that has an anchor of a name."""
    return _Names(whole).place("", f"#{name}")


def _is_pointer(whole: Json, text: str) -> bool:
    return text.startswith("#/") and pointers.look(whole, pointers.target(text), _NOTHING) is not _NOTHING


class _Names:
    """What the schemas of a document are called by their `$id`, and the places in them by their anchors."""

    def __init__(self, whole: Json) -> None:
        self._whole = whole
        self._bases = {"": ""}
        # What is around a schema comes before it, and says from where its `$id` is read.
        for at, text in sorted(pointers.texts(whole, "$id")):
            self._bases[at] = urljoin(self._bases[self._resource(at)], text.removesuffix("#"))
        self._anchors = [
            (name, at) for keyword in ("$anchor", "$dynamicAnchor") for at, name in pointers.texts(whole, keyword)
        ]

    def __bool__(self) -> bool:
        return len(self._bases) > 1 or bool(self._anchors)

    def place(self, at: str, text: str) -> str | None:
        """Return the place that a reference names, itself at a pointer; None where it is no place of the document."""
        named, _, fragment = text.partition("#")
        holder: str | None = self._resource(at)
        if named:
            uri = urljoin(self._bases[self._resource(at)], named)
            holder = next((place for place, base in self._bases.items() if place and base == uri), None)
        if holder is None:
            return None
        fragment = unquote(fragment)
        if not fragment:
            return holder or None
        if fragment.startswith("/"):
            found = holder + fragment
            return found if pointers.look(self._whole, found, _NOTHING) is not _NOTHING else None
        named_so = (place for name, place in self._anchors if name == fragment)
        return next((place for place in named_so if self._resource(place) == holder), None)

    def only_place(self, at: str, text: str) -> str | None:
        """Return the place that a `$dynamicRef` names, if it is the same one from wherever it is reached."""
        named_so = sum(name == unquote(text.partition("#")[2]) for name, _ in self._anchors)
        return self.place(at, text) if named_so == 1 else None

    def _resource(self, at: str) -> str:
        """Return the place of the schema with an `$id` that a place is in, which may be itself; else the root."""
        while at not in self._bases:
            at = at.rpartition("/")[0]
        return at


_NOTHING = object()

"""A document of several files as one: what references name in other files is taken in, and the references made local.

What they name stands below `/x-files`, by the name of its file and at its own pointer there, so that a place is called
the same whoever refers to it, and can be found again: `#/x-files/schemas~1pet.yaml/Pet` is `Pet` in `schemas/pet.yaml`.
Nothing else of a file is taken in. An overlay names such a place by its name here.

A reference that leads out of the folder of the document, or to another host, is refused: a document is not to make us
read, or ask for, what is no part of it. Entry points: `bundled`, `origin`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urljoin, urlsplit

from specwitness.contract import document, identifiers, pointers
from specwitness.contract.fetching import host_of, is_url
from specwitness.contract.folder import Folder
from specwitness.exceptions import BrokenReferenceError, DocumentError
from specwitness.findings import Json

KEY = "x-files"

_BRING = "Copy what it names into that folder; for `specwitness drift`, --allow-remote allows it"


def is_external(references: Iterable[tuple[str, str]]) -> bool:
    """Say whether any of a document's references names another file."""
    return any(not reference.startswith("#") for _, reference in references)


def bundled(whole: Json, folder: Folder, *, name: str) -> Json:
    """Return a document, whose file in the folder has this name, as one that refers to itself alone.

    Raises BrokenReferenceError for a reference that leads nowhere, in a circle, or out, and DocumentError for a file
    that cannot be read.
    """
    found = _Bundle(whole, folder, name)
    found.follow_all()
    return found.document()


def origin(pointer: str) -> tuple[str, str] | None:
    """Return the file, and the pointer in it, of a place that was taken in; None for a place of the document itself."""
    _, mark, rest = pointer.partition(f"/{KEY}/")
    if not mark or not pointer.startswith(mark):
        return None
    token, slash, within = rest.partition("/")
    return pointers.split(f"/{token}")[0], slash + within


@dataclass(frozen=True)
class _Place:
    """A place in a file."""

    file: str
    pointer: str


@dataclass(frozen=True)
class _Link:
    """A text that refers to a place: where it is, as what, and whereto."""

    at: _Place
    key: str
    text: str
    to: _Place


class _Bundle:
    """What has been reached of a document and of the files that it refers to."""

    def __init__(self, whole: Json, folder: Folder, name: str) -> None:
        self._folder = folder
        self._main = name
        self._files: dict[str, Json] = {name: whole}
        self._reached: dict[_Place, None] = {}
        self._links: dict[tuple[_Place, str], _Link] = {}
        self._bytes = 0

    def follow_all(self) -> None:
        waiting = [_Place(self._main, "")]
        while waiting:
            place = waiting.pop()
            if place in self._reached:
                continue
            self._reached[place] = None
            for link in self._links_in(place):
                self._links[link.at, link.key] = link
                if link.to.file != self._main:
                    waiting.append(self._whole(link.to))
        for link in self._links.values():
            self._require_an_end(link)

    def document(self) -> Json:
        """Return the document with what was reached of the other files, every reference in it made local."""
        taken: dict[str, Json] = {}
        for place in sorted(self._reached, key=lambda place: len(place.pointer)):
            if place.file == self._main or any(_Place(place.file, above) in self._reached for above in _above(place)):
                continue
            _set(taken, pointers.join("", place.file) + place.pointer, deepcopy(self._value(place)))
        for place in self._reached:
            if place.file != self._main and not place.pointer and isinstance(taken[place.file], dict):
                # Its name is what it is known by here; as a base it would lead the local references away.
                taken[place.file].pop("$id", None)
        result = deepcopy(self._files[self._main])
        if KEY in result:
            raise DocumentError(self._folder.shown(self._main), f"it has a key {KEY!r} of its own", "Rename that key")
        if taken:
            result[KEY] = {file: taken[file] for file in sorted(taken)}
        for link in self._links.values():
            if link.at.file != self._main or not link.text.startswith("#"):
                pointers.get(result, self._here(link.at))[link.key] = f"#{quote(self._here(link.to), safe='/~')}"
        return result

    def _here(self, place: _Place) -> str:
        return place.pointer if place.file == self._main else pointers.join("", KEY, place.file) + place.pointer

    def _value(self, place: _Place) -> Json:
        return pointers.get(self._files[place.file], place.pointer)

    def _links_in(self, place: _Place) -> Iterator[_Link]:
        value = self._value(place)
        for at, text in pointers.references(value):
            yield self._link(_Place(place.file, place.pointer + at), "$ref", text)
        for at, key, text in _mappings(value):
            if place.file != self._main or not text.startswith("#"):
                yield self._link(_Place(place.file, place.pointer + at), key, text)

    def _link(self, at: _Place, key: str, text: str) -> _Link:
        """Return the link of a text, if what it names is there and may be read."""
        file, _, fragment = text.partition("#")
        link = _Link(at, key, text, _Place(_named(file, within=at.file), unquote(fragment)))
        self._require_file(link)
        if link.to.pointer and not link.to.pointer.startswith("/"):
            place = identifiers.anchored(self._files[link.to.file], link.to.pointer)
            if place is None:
                raise self._error(link, *pointers.NO_PLACE)
            link = replace(link, to=replace(link.to, pointer=place))
        try:
            self._value(link.to)
        except KeyError:
            raise self._error(link, "nothing is there", pointers.CORRECT) from None
        return link

    def _require_file(self, link: _Link) -> None:
        """Read the file that a link leads to, unless it has been read."""
        name = link.to.file
        if name in self._files:
            return
        if not is_url(name) and urlsplit(name).scheme:
            raise self._error(link, "it names neither a file nor a web page", pointers.CORRECT)
        if not self._folder.open_to_all:
            if is_url(name):
                raise self._error(link, f"it leaves the folder of the document, for {host_of(name)}", _BRING)
            if name.startswith(("/", "../")) or name == ".." or self._folder.leads_out(name):
                raise self._error(link, "it leaves the folder of the document", _BRING)
        text = self._folder.text(name)
        if text is None:
            raise self._error(link, "there is no such file", pointers.CORRECT)
        self._bytes += len(text)
        if self._bytes > document.MAX_BYTES:
            raise DocumentError(
                self._folder.shown(self._main),
                f"the files that it refers to are larger than {document.MAX_BYTES >> 20} MiB together",
                "Leave parts out",
            )
        data = document.parse(text, name=self._folder.shown(name))
        self._files[name] = identifiers.as_pointers(data, pointers.references(data))

    def _require_an_end(self, link: _Link) -> None:
        """Refuse references that lead from one to the next and back, with no value among them."""
        seen = {link.to}
        while (following := self._links.get((link.to, "$ref"))) is not None:
            link = following
            if link.to in seen:
                raise self._error(link, "it leads in a circle", "Let one of them be a schema")
            seen.add(link.to)

    def _whole(self, place: _Place) -> _Place:
        """Return the place, or the list that it is in: of a list, nothing can be left out."""
        value = self._files[place.file]
        tokens = pointers.split(place.pointer)
        for depth, token in enumerate(tokens):
            if isinstance(value, list):
                return _Place(place.file, pointers.join("", *tokens[:depth]))
            value = pointers.step(value, token)
        return place

    def _error(self, link: _Link, fault: str, hint: str) -> BrokenReferenceError:
        source = self._folder.text(link.at.file) or ""
        line = document.line_in(source, pointers.join(link.at.pointer, link.key))
        return BrokenReferenceError(f"{self._folder.shown(link.at.file)}, line {line}, $ref {link.text!r}", fault, hint)


def _named(file: str, *, within: str) -> str:
    """Return the name from the folder of a file that is named in another one."""
    if not file:
        return within
    if is_url(within):
        return urljoin(within, file)
    if urlsplit(file).scheme or file.startswith("//"):
        return file
    return posixpath.normpath(posixpath.join(posixpath.dirname(within), unquote(file)))


def _above(place: _Place) -> Iterator[str]:
    pointer = place.pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _set(whole: dict[str, Json], pointer: str, value: Json) -> None:
    *above, last = pointers.split(pointer)
    for token in above:
        whole = whole.setdefault(token, {})
    whole[last] = value


def _mappings(value: Json) -> Iterator[tuple[str, str, str]]:
    """Yield what a discriminator names by reference: where, by which tag, and the reference.

    It may also be the name of a schema (https://spec.openapis.org/oas/v3.1.0#discriminator-object).
    """
    stack = [("", value)]
    while stack:
        at, one = stack.pop()
        if isinstance(one, dict):
            stack += [(pointers.join(at, key), item) for key, item in one.items()]
            discriminator = one.get("discriminator")
            mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
            for tag, named in mapping.items() if isinstance(mapping, dict) else ():
                if isinstance(named, str) and ("#" in named or named.endswith((".yaml", ".yml", ".json"))):
                    yield pointers.join(at, "discriminator", "mapping"), tag, named
        elif isinstance(one, list):
            stack += [(pointers.join(at, index), item) for index, item in enumerate(one)]

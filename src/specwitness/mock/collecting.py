"""What the paths of a document say of its collections: `/pets` has what `/pets/{petId}` is one of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from specwitness.contract.model import Operation, Parameter

_HOLE = re.compile(r"\{([^{}]+)\}")
_LAST = re.compile(r"/\{[^{}/]+\}$")

Key = tuple[str, tuple[str, ...], str]
"""An item: the template of its path, the values of the parameters above it, and its id."""


@dataclass(frozen=True, eq=False)
class Collection:
    """One collection and the operations on it and on its items, as far as the document has them.

    Each is itself alone, so that what is found of it can be kept by it.
    """

    path: str
    """The template of an item."""
    read: Operation
    list: Operation | None
    create: Operation | None
    replace: Operation | None
    patch: Operation | None
    delete: Operation | None

    def roles(self) -> Iterator[tuple[str, Operation]]:
        """Yield the operations, each with what it does."""
        for role in ("read", "list", "create", "replace", "patch", "delete"):
            operation = getattr(self, role)
            if operation is not None:
                yield role, operation

    @property
    def id(self) -> Parameter:
        """The path parameter that names an item."""
        name = _holes(self.path)[-1]
        return next(one for one in self.read.path_parameters if one.name == name)

    @property
    def singular(self) -> str:
        """What one item is called, by the last word of the path before it."""
        words = [part for part in self.path.split("/")[:-1] if part and not _HOLE.search(part)]
        return _singular(words[-1]) if words else "item"

    @property
    def is_numbered(self) -> bool:
        """Whether the parameter is called like an id, which is no name for people."""
        return plain(self.id.name).endswith(("id", "uuid", "number", "no"))

    @property
    def names(self) -> tuple[str, ...]:
        """What the property that holds an item's id may be called, the likeliest first, as `plain` has it."""
        one = plain(self.singular)
        ids = (plain(self.id.name), "id", f"{one}id", "uuid", f"{one}uuid")
        return tuple(dict.fromkeys(ids if self.is_numbered else (*ids, "name", f"{one}name")))

    @property
    def names_above(self) -> tuple[str, ...]:
        """The parameters that say which collection it is, of several with one template."""
        return _holes(self.path)[:-1]

    def item(self, above: tuple[str, ...], name: str) -> tuple[bytes, dict[str, str]]:
        """Return the path of an item and its parameters."""
        parameters = dict(zip(_holes(self.path), (*above, name), strict=True))
        path = _HOLE.sub(lambda hole: quote(parameters[hole[1]], safe=""), self.path)
        return path.encode(), parameters

    def above(self, operation: Operation, parameters: Mapping[str, str | None]) -> tuple[str, ...]:
        """Return the values of those parameters, by whatever names an operation has them."""
        names = _holes(operation.path)[: len(_holes(self.path)) - 1]
        return tuple(str(parameters.get(name)) for name in names)

    def key(self, operation: Operation, parameters: Mapping[str, str | None]) -> Key:
        """Return what the item that a request is about, or is below of, is known by."""
        name = _holes(operation.path)[len(_holes(self.path)) - 1]
        return self.path, self.above(operation, parameters), str(parameters.get(name))

    def holds(self, operation: Operation) -> bool:
        """Say whether an operation is about an item, or about something of it."""
        return f"{_HOLE.sub('{}', operation.path)}/".startswith(f"{_HOLE.sub('{}', self.path)}/")


def collections(operations: Iterable[Operation]) -> Iterator[Collection]:
    """Yield every collection whose items can be read, and that can be listed or changed."""
    known: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        known.setdefault(_HOLE.sub("{}", operation.path), {})[operation.method] = operation
    for template, of_item in known.items():
        read = of_item.get("GET")
        if read is None or not _LAST.search(read.path) or not _is_whole(read):
            continue
        of_all = known.get(template.rpartition("/")[0], {})
        found = Collection(
            read.path,
            read,
            list=of_all.get("GET"),
            create=of_all.get("POST"),
            replace=of_item.get("PUT"),
            patch=of_item.get("PATCH"),
            delete=of_item.get("DELETE"),
        )
        if any((found.list, found.create, found.replace, found.patch, found.delete)):
            yield found


def plain(name: str) -> str:
    """Return a name in lower case without what stands between its words."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=4096)
def _holes(path: str) -> tuple[str, ...]:
    return tuple(_HOLE.findall(path))


def _is_whole(operation: Operation) -> bool:
    """Whether every hole of the path has its parameter, and a name of its own."""
    holes = _holes(operation.path)
    return len(set(holes)) == len(holes) and set(holes) <= {one.name for one in operation.path_parameters}


def _singular(word: str) -> str:
    for end, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")):
        if word.lower().endswith(end):
            return word[: -len(end)] + instead
    return word

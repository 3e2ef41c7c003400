"""Which requests are made to the API of a contract, and which of its operations they call. Entry point: `Addresses`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from specwitness.contract.model import Contract, Operation
from specwitness.drift.wire import HOLE, servers

_USUAL_PORTS = re.compile(r":(?:80|443)$")
_PLAIN = "!$&'()*+,;=:@{}"
"""What may stand in a segment as it is, and braces, which clients send so."""


_UNRESERVED = re.compile(r"[A-Za-z0-9._~/-]*")


@dataclass(frozen=True)
class Address:
    """Where a request went: below which server, and what the contract has there.

    `path` is the path below the server. `template` is described, `operation` is as well for the method of the request;
    `parameters` are what the path says for the template's, None for text that is not UTF-8.
    """

    host: str
    path: str
    template: str | None = None
    operation: Operation | None = None
    parameters: Mapping[str, str | None] = field(default_factory=dict)


class Addresses:
    """The addresses of a contract's operations."""

    def __init__(self, contract: Contract, base_urls: Sequence[str] = ()) -> None:
        """Take the operations below these URLs; where there are none, below the servers that the contract names."""
        below: dict[str, list[Operation]] = {}
        for operation in contract.operations:
            for url in base_urls or [server.url for server in servers(contract, operation)]:
                below.setdefault(_normal(url), []).append(operation)
        # The longest first: of two that a URL is below, that one says more of it.
        self._bases = [_Base.of(url, below[url]) for url in sorted(below, key=len, reverse=True)]

    @property
    def shown(self) -> tuple[str, ...]:
        """The URLs that requests have to be below, without their schemes."""
        return tuple(base.shown for base in self._bases)

    @property
    def names_hosts(self) -> bool:
        """Whether it is said for every operation on which host it is."""
        return all(base.names_host for base in self._bases)

    def of(self, method: str, url: str) -> Address | None:
        """Return where a request went, None where that is no place of this API."""
        parts = urlsplit(url)
        host = _host(parts.netloc)
        unknown = None
        for base in self._bases:
            path = base.below(host, parts.path)
            if path is None:
                continue
            found = base.match(method, host, path)
            if found.template is not None:
                return found
            unknown = unknown or found
        return unknown


def origin(url: str) -> str:
    """Return scheme and host of a URL, for a person."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@dataclass(frozen=True)
class _Route:
    """One path template, and its operations by method."""

    template: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    operations: dict[str, Operation]


@dataclass(frozen=True)
class _Base:
    """One base URL, and the templates below it by their number of slashes, the most literal first."""

    shown: str
    host: re.Pattern[str] | None
    path: re.Pattern[str]
    routes: Mapping[int, Sequence[_Route]]

    @classmethod
    def of(cls, url: str, operations: Iterable[Operation]) -> _Base:
        host, path = _divided(url)
        routes: dict[str, _Route] = {}
        for operation in operations:
            same = HOLE.sub("{}", operation.path)
            route = routes.setdefault(same, _route(operation.path))
            route.operations.setdefault(operation.method, operation)
        by_depth: dict[int, list[_Route]] = {}
        for route in sorted(routes.values(), key=_literalness):
            by_depth.setdefault(route.template.count("/"), []).append(route)
        return cls(
            shown=url,
            host=re.compile(_pattern(_host(host))) if host else None,
            path=re.compile(_pattern(path)),
            routes=by_depth,
        )

    @property
    def names_host(self) -> bool:
        return self.host is not None

    def below(self, host: str, path: str) -> str | None:
        """Return the rest of a path below this base; None where it is not below it."""
        if self.host is not None and not self.host.fullmatch(host):
            return None
        found = self.path.match(path)
        if found is None or path[found.end() : found.end() + 1] not in {"", "/"}:
            return None
        return path[found.end() :] or "/"

    def match(self, method: str, host: str, path: str) -> Address:
        # A literal may be encoded too (RFC 3986 section 6.2.2.2); an encoded slash does not divide.
        plain = _plain(path)
        for route in self.routes.get(plain.count("/"), ()):
            found = route.pattern.fullmatch(plain)
            if found is not None:
                operation = route.operations.get(method)
                if operation is None and method == "HEAD":
                    operation = route.operations.get("GET")
                parameters = dict(zip(route.names, map(_decoded, found.groups()), strict=True))
                return Address(host, path, route.template, operation, parameters)
        return Address(host, path)


def _route(template: str) -> _Route:
    # `split` with a group returns literals and names in turn.
    parts = HOLE.split(template)
    pattern = "".join("([^/]+)" if index % 2 else re.escape(_plain(part)) for index, part in enumerate(parts))
    return _Route(template, re.compile(pattern), tuple(HOLE.findall(template)), {})


def _literalness(route: _Route) -> list[tuple[bool, int]]:
    """Return a key that comes first for what says most: of two segments with holes, that with more around them."""
    parts = route.template.split("/")
    return [(HOLE.search(segment) is not None, -len(HOLE.sub("", segment))) for segment in parts]


def _pattern(url: str) -> str:
    """Return a pattern of a part of a URL, in which a variable that may have any value stands in braces."""
    return "[^/]+".join(map(re.escape, re.split(r"\{[^{}]*\}", url)))


def _plain(path: str) -> str:
    """Return a path in which only those characters are encoded that have to be."""
    if _UNRESERVED.fullmatch(path):
        return path
    return "/".join(quote_from_bytes(unquote_to_bytes(part), _PLAIN) for part in path.split("/"))


def _normal(url: str) -> str:
    return url.partition("?")[0].rstrip("/")


_HOSTED = re.compile(r"(?:[^/]*:)?//(?P<host>[^/]*)(?P<path>.*)")


def _divided(url: str) -> tuple[str, str]:
    """Return the host of a server's URL, where it names one, and the path."""
    found = _HOSTED.fullmatch(url)
    return (found["host"], found["path"]) if found else ("", f"/{url.lstrip('./')}".rstrip("/"))


def _host(netloc: str) -> str:
    """Return host and port, without the port that goes without saying: a proxy may have seen the other scheme."""
    return _USUAL_PORTS.sub("", netloc.rpartition("@")[2].lower())


def _decoded(text: str) -> str | None:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return None

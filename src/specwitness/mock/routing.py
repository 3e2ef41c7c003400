"""Find the operations of a path among several contracts; the most literal template wins (OpenAPI 3.1, Paths Object)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, unquote_to_bytes

from specwitness.contract.model import Contract, Operation

_HOLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Route:
    """One path template of one contract and its operations by method."""

    contract: str
    template: str
    operations: dict[str, Operation] = field(default_factory=dict)

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the template between slashes."""
        return tuple(self.template.removeprefix("/").split("/"))

    @property
    def allow(self) -> str:
        """The value of the header `Allow`: HEAD goes with GET, and OPTIONS is answered everywhere."""
        methods = {*self.operations, "OPTIONS", *(["HEAD"] if "GET" in self.operations else [])}
        return ", ".join(sorted(methods))

    def operation(self, method: str) -> Operation | None:
        """Return the operation of a method; GET answers HEAD too."""
        return self.operations.get(method) or (self.operations.get("GET") if method == "HEAD" else None)


@dataclass(frozen=True)
class Match:
    """A route, and what the path says for each parameter of its template; None for text that is not UTF-8."""

    route: Route
    parameters: Mapping[str, str | None]


class Router:
    """All routes, most literal first."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        """Take the operations of every contract; of two contracts with one template, the first has it."""
        routes: dict[tuple[str, ...], Route] = {}
        for contract in contracts:
            for operation in contract.operations:
                route = Route(contract.name, operation.path)
                known = routes.setdefault(tuple(_HOLE.sub("{}", segment) for segment in route.segments), route)
                if known.contract == contract.name:
                    known.operations.setdefault(operation.method, operation)
        # By the number of slashes: what is left to be tried is little, however many routes there are.
        self._by_depth: dict[int, list[tuple[re.Pattern[bytes], tuple[str, ...], Route]]] = {}
        for route in sorted(routes.values(), key=_literalness):
            entry = re.compile(_pattern(route), re.DOTALL), tuple(_HOLE.findall(route.template)), route
            self._by_depth.setdefault(len(route.segments), []).append(entry)

    def match(self, path: bytes) -> Match | None:
        """Return the route of a path as it came over the wire, or None; an encoded slash does not divide it."""
        if b"%" in path:
            # A literal may be encoded too (RFC 3986 section 6.2.2.2).
            plain = (quote_from_bytes(unquote_to_bytes(part), _PLAIN).encode() for part in path.split(b"/"))
            path = b"/".join(plain)
        for pattern, names, route in self._by_depth.get(path.count(b"/"), ()):
            found = pattern.fullmatch(path)
            if found is not None:
                return Match(route, dict(zip(names, map(_decoded, found.groups()), strict=True)))
        return None


_PLAIN = "!$&'()*+,;=:@{}"
"""What may stand in a segment as it is, and braces, which clients send so."""


def _literalness(route: Route) -> tuple[bool, ...]:
    return tuple(_HOLE.search(segment) is not None for segment in route.segments)


def _pattern(route: Route) -> bytes:
    # `split` with a group returns literals and names in turn.
    parts = _HOLE.split("/" + "/".join(route.segments))
    return "".join("([^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)).encode()


def _decoded(text: bytes) -> str | None:
    try:
        return (unquote_to_bytes(text) if b"%" in text else text).decode("utf-8")
    except UnicodeDecodeError:
        return None

"""Find the operations of a path among several contracts; the most literal template wins (OpenAPI 3.1, Paths Object)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

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
        return tuple(self.template.strip("/").split("/"))

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
        self._by_length: dict[int, list[tuple[Route, tuple[_Step, ...]]]] = {}
        for route in sorted(routes.values(), key=_literalness):
            steps = tuple(map(_step, route.segments))
            self._by_length.setdefault(len(steps), []).append((route, steps))

    def match(self, raw_path: bytes) -> Match | None:
        """Return the route of a path as it came over the wire, or None; an encoded slash does not divide it."""
        segments = raw_path.split(b"?")[0].removeprefix(b"/").split(b"/")
        for route, steps in self._by_length.get(len(segments), ()):
            parameters: dict[str, str | None] = {}
            if all(_fits(step, segment, parameters) for step, segment in zip(steps, segments, strict=True)):
                return Match(route, parameters)
        return None


@dataclass(frozen=True)
class _Step:
    """One segment of a template: literal, or with parameters in it."""

    literal: bytes
    names: tuple[str, ...] = ()
    pattern: re.Pattern[bytes] | None = None


def _literalness(route: Route) -> tuple[bool, ...]:
    return tuple(_HOLE.search(segment) is not None for segment in route.segments)


def _step(segment: str) -> _Step:
    names = tuple(_HOLE.findall(segment))
    if not names:
        return _Step(segment.encode())
    # `split` with a group returns literals and names in turn.
    written = ["(.+)" if index % 2 else re.escape(part) for index, part in enumerate(_HOLE.split(segment))]
    return _Step(b"", names, re.compile("".join(written).encode(), re.DOTALL))


def _fits(step: _Step, segment: bytes, parameters: dict[str, str | None]) -> bool:
    if step.pattern is None:
        return segment == step.literal or (b"%" in segment and unquote_to_bytes(segment) == step.literal)
    found = step.pattern.fullmatch(segment)
    if found is None:
        return False
    parameters.update(zip(step.names, map(_decoded, found.groups()), strict=True))
    return True


def _decoded(text: bytes) -> str | None:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return None

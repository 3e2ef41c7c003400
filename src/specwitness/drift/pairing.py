"""Which operations of two descriptions are the same. Entry point: `paired`.

An operation is what a client calls: a method and a URL. What the parameters of a path are called no request tells, and
whether a part of the path stands in the server's URL or in the template neither.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from specwitness.contract.model import Contract, Operation, Parameter, ResponseSpec
from specwitness.drift.wire import HOLE, servers


@dataclass(frozen=True)
class Pair:
    """One operation as both sides describe it."""

    old: Operation
    new: Operation

    @cached_property
    def renamed(self) -> dict[str, str]:
        """What the new description calls the path parameters that it calls otherwise, by position in the path.

        Counted from the end: what the templates do not share stands at their beginning, in the base path.
        """
        names = (HOLE.findall(side.path)[::-1] for side in (self.old, self.new))
        return {old: new for old, new in reversed([*zip(*names, strict=False)]) if old != new}

    def counterpart(self, parameter: Parameter) -> Parameter | None:
        """Return what the new operation calls a parameter of the old one, in the same place; None where it has none."""
        name = self.renamed.get(parameter.name, parameter.name) if parameter.place == "path" else parameter.name
        return self._new_parameters.get((parameter.place, _folded(name, parameter.place)))

    @cached_property
    def _new_parameters(self) -> dict[tuple[str, str], Parameter]:
        return {(one.place, _folded(one.name, one.place)): one for one in self.new.parameters}

    @cached_property
    def moved(self) -> tuple[tuple[Parameter, Parameter], ...]:
        """The parameters that travel in another place than they did, under the same name."""
        old_places = {(one.place, _folded(one.name, one.place)) for one in self.old.parameters}
        arrived = [
            one
            for one in self.new.parameters
            if (one.place, _folded(one.name, one.place)) not in old_places and one.place != "path"
        ]
        left = [one for one in self.old.parameters if one.place != "path" and self.counterpart(one) is None]
        found = ((one, next((other for other in arrived if _moves(one, other)), None)) for one in left)
        return tuple((one, other) for one, other in found if other is not None)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What each side documents for the statuses that either does, each combination once."""
        found: dict[tuple[str | None, str | None], Answer] = {}
        for status in _statuses(self):
            old, new = self.old.response_for(status), self.new.response_for(status)
            if old is not None or new is not None:
                key = (old.status if old else None, new.status if new else None)
                found.setdefault(key, Answer(status, old, new))
        return tuple(found.values())


@dataclass(frozen=True)
class Answer:
    """What both sides document for a status; of a range, or of `default`, one status stands for the others."""

    status: int
    old: ResponseSpec | None
    new: ResponseSpec | None


@dataclass(frozen=True)
class Pairing:
    """The operations of two descriptions: those of both, those of the old alone, and those of the new alone."""

    both: tuple[Pair, ...]
    removed: tuple[Operation, ...]
    added: tuple[Operation, ...]

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Pairing: {len(self.both)} in both, {len(self.removed)} removed, {len(self.added)} added>"


def paired(old: Contract, new: Contract) -> Pairing:
    """Return which operations of two contracts are the same, the likest first.

    Those at one template under one base path come first, then those at one URL, last those at one template: their
    base path changed.
    """
    old_left = {operation.label: _Place.of(old, operation) for operation in old.operations}
    new_left = {operation.label: _Place.of(new, operation) for operation in new.operations}
    found: dict[str, Pair] = {}
    for names in (_Place.as_written, _Place.at_one_template, _Place.at_one_url, _Place.whatever_the_base):
        for one, other in _matches(old_left.values(), new_left.values(), names):
            found[one.label] = Pair(one, other)
            del old_left[one.label], new_left[other.label]
    return Pairing(
        both=tuple(found[operation.label] for operation in old.operations if operation.label in found),
        removed=tuple(place.operation for place in old_left.values()),
        added=tuple(place.operation for place in new_left.values()),
    )


def template(path: str) -> str:
    """Return a path without the names of its parameters, which no request tells (OpenAPI 3.1, Paths Object)."""
    return HOLE.sub("{}", path)


@dataclass(frozen=True)
class _Place:
    """Where an operation is reached: its path under every base path it is served at."""

    operation: Operation
    bases: tuple[str, ...]

    @classmethod
    def of(cls, contract: Contract, operation: Operation) -> _Place:
        bases = (template(server.base_path) for server in servers(contract, operation))
        return cls(operation, tuple(dict.fromkeys(bases)))

    def as_written(self) -> list[_Name]:
        return [(self.operation.method, base, self.operation.path) for base in self.bases]

    def at_one_template(self) -> list[_Name]:
        return [(self.operation.method, base, template(self.operation.path)) for base in self.bases]

    def at_one_url(self) -> list[_Name]:
        return [(self.operation.method, base + template(self.operation.path), "") for base in self.bases]

    def whatever_the_base(self) -> list[_Name]:
        return [(self.operation.method, "", template(self.operation.path))]


_Name = tuple[str, str, str]


def _matches(
    olds: Iterable[_Place], news: Iterable[_Place], names: Callable[[_Place], list[_Name]]
) -> list[tuple[Operation, Operation]]:
    """Return the operations of both sides that share a name, each of them once, the first ones first."""
    named: dict[_Name, deque[_Place]] = {}
    for place in news:
        for name in names(place):
            named.setdefault(name, deque()).append(place)
    taken: set[str] = set()
    found = []
    for place in olds:
        for name in names(place):
            waiting = named.get(name, deque())
            while waiting and waiting[0].operation.label in taken:
                waiting.popleft()
            if waiting:
                other = waiting.popleft().operation
                taken.add(other.label)
                found.append((place.operation, other))
                break
    return found


def _statuses(pair: Pair) -> Iterator[int]:
    """Yield the statuses that either side names, then of each class one that neither does."""
    named = [int(status) for side in (pair.old, pair.new) for status in side.responses if status.isdigit()]
    yield from dict.fromkeys(named)
    for kind in (5, 4, 2, 3, 1):
        yield next((status for status in range(kind * 100, kind * 100 + 100) if status not in named), kind * 100)


def _folded(name: str, place: str) -> str:
    """Return what tells a parameter from others: a header is the same in any case (RFC 9110 section 5.1)."""
    return name.lower() if place == "header" else name


def _moves(one: Parameter, other: Parameter) -> bool:
    """Say whether a parameter has gone from one place to another; as a header, in whatever case."""
    if "header" in {one.place, other.place}:
        return one.place != other.place and one.name.lower() == other.name.lower()
    return one.place != other.place and one.name == other.name

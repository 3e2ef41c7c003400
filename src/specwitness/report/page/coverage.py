"""What was seen of each operation, and what never was: statuses by the kind of request, enum values, properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from specwitness.findings import Intent
from specwitness.record import Aspect
from specwitness.report import words
from specwitness.report.model import ContractReport, Latency, OperationCoverage, Seen, StatusCount

_KINDS = {
    "allowed": (Intent.VALID, Intent.GENERATED),
    "refused": (Intent.INVALID,),
    "without access": (Intent.NO_CREDENTIALS, Intent.EMPTY_CREDENTIALS, Intent.WRONG_CREDENTIALS),
    "unknown id": (Intent.UNKNOWN_ID,),
    "not described": (Intent.PROBE,),
}
"""The kinds of requests: what the contract says of them."""
_ALL = 5_000
"""More sights than these on one page are counted, not named."""


@dataclass(frozen=True)
class Share:
    """How much of what is documented was seen."""

    seen: int
    documented: int


@dataclass(frozen=True)
class Status:
    """A status: how often it came to each kind of request; `documented` or not, and perhaps never seen."""

    status: str
    documented: bool
    total: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Named:
    """What belongs together: the enum values of one place, or the properties of one status."""

    place: str
    seen: tuple[tuple[str, int], ...]
    never: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """What was seen of one operation, and how many `gaps` there are; without room for the names it is not `named`."""

    label: str
    requests: int
    succeeded: int
    allowed: Share
    success: Share
    errors: Share
    values: Share
    properties: Share
    latency: Latency | None
    statuses: tuple[Status, ...]
    of_values: tuple[Named, ...]
    of_properties: tuple[Named, ...]
    named: bool
    gaps: int


@dataclass(frozen=True)
class Coverage:
    """What was seen of all operations, those that show least first; `kinds` are those of `Status.counts`.

    `others` says of the requests of the run that are not among `requests` what they were.
    """

    operations: tuple[Operation, ...]
    kinds: tuple[str, ...]
    requests: int
    succeeded: int
    others: str


class Room:
    """How much may still be named on a page."""

    def __init__(self) -> None:
        """Begin with an empty page."""
        self._left = _ALL

    def takes(self, sights: int) -> bool:
        """Return whether there is room for so many sights, and take it."""
        self._left -= sights
        return self._left >= 0


def of(report: ContractReport, room: Room) -> Coverage | None:
    """Return the coverage of a contract, None where it has no operation."""
    if not report.coverage:
        return None
    ordered = words.least_seen_first(report.coverage)
    operations = tuple(_operation(one, named=room.takes(len(one.sights))) for one in ordered)
    requests = sum(one.requests for one in operations)
    succeeded = sum(one.succeeded for one in operations)
    others = _others(report.requests - requests, selected=bool(report.selection))
    return Coverage(operations, tuple(_KINDS), requests, succeeded, others)


def _others(number: int, *, selected: bool) -> str:
    """Say what the requests were that no operation shown here answered."""
    if number <= 0:
        return ""
    probed, silent = ("was a probe", "was") if number == 1 else ("were probes", "were")
    elsewhere = ", went to operations that were not selected," if selected else ","
    return f"{number} more {probed} of what is not documented{elsewhere} or {silent} not answered."


def _operation(coverage: OperationCoverage, *, named: bool) -> Operation:
    by = {aspect: [sight for sight in coverage.sights if sight.aspect is aspect] for aspect in Aspect}
    allowed = [_of_kind(status, "allowed") for status in coverage.statuses]
    good = [_of_kind(status, "allowed") for status in coverage.statuses if status.is_success]
    return Operation(
        label=coverage.label,
        requests=coverage.requests,
        succeeded=coverage.succeeded,
        allowed=Share(sum(good), sum(allowed)),
        success=_share(sight for sight in by[Aspect.STATUS] if _is_success(sight.place)),
        errors=_share(sight for sight in by[Aspect.STATUS] if not _is_success(sight.place)),
        values=_share(by[Aspect.VALUE]),
        properties=_share(by[Aspect.PROPERTY]),
        latency=coverage.latency,
        statuses=tuple(_statuses(coverage)),
        of_values=_named(by[Aspect.VALUE], lambda sight: (sight.place, sight.value)) if named else (),
        of_properties=_named(by[Aspect.PROPERTY], lambda sight: _divided(sight.place)) if named else (),
        named=named,
        gaps=coverage.gaps,
    )


def _statuses(coverage: OperationCoverage) -> list[Status]:
    """Return the statuses that came, then those that are documented and did not."""
    came = [
        Status(str(one.status), one.documented, one.count, tuple(_of_kind(one, kind) for kind in _KINDS))
        for one in coverage.statuses
    ]
    never = [one for one in coverage.sights if one.aspect is Aspect.STATUS and not one.count]
    return came + [Status(one.place, True, 0, (0,) * len(_KINDS)) for one in never]


def _of_kind(status: StatusCount, kind: str) -> int:
    return sum(status.intents.get(intent, 0) for intent in _KINDS[kind])


def _is_success(status: str) -> bool:
    return status.startswith("2")


def _share(sights: Iterable[Seen]) -> Share:
    counts = [sight.count for sight in sights]
    return Share(sum(count > 0 for count in counts), len(counts))


def _named(sights: Iterable[Seen], divided: Callable[[Seen], tuple[str, str]]) -> tuple[Named, ...]:
    """Return sights by what they have in common, which `divided` tells from the name of each."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for sight in sights:
        place, name = divided(sight)
        groups.setdefault(place, []).append((name, sight.count))
    return tuple(
        Named(
            place,
            tuple((name, count) for name, count in members if count),
            tuple(name for name, count in members if not count),
        )
        for place, members in groups.items()
    )


def _divided(place: str) -> tuple[str, str]:
    """Divide the place of a property into its status and its path."""
    status, _, path = place.partition(" ")
    return status, path

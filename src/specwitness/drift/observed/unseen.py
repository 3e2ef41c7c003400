"""What a contract describes and no exchange showed: one remark for each operation. Entry point: `Unseen`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from specwitness.contract.conformance import Violation
from specwitness.contract.model import Contract, Operation
from specwitness.contract.sights import documented
from specwitness.drift.observed.recording import Recorded
from specwitness.drift.observed.undescribed import queried, remark
from specwitness.record import Aspect, Sight

_MOST = 8
"""More names of a kind than these are counted."""


class Unseen:
    """What is left of the described, exchange by exchange."""

    def __init__(self, contract: Contract) -> None:
        """Begin with everything that the contract describes."""
        self._contract = contract
        self.calls: Counter[str] = Counter()
        self._sights: set[Sight] = set()
        self._readable: set[tuple[str, str]] = set()
        self._queried: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Unseen: {len(self.calls)} operations called>"

    def saw(self, operation: Operation, recorded: Recorded) -> None:
        """Take note of what an exchange showed."""
        exchange, response = recorded.exchange, recorded.exchange.response
        self.calls[operation.key] += 1
        described = {one.name for one in operation.parameters if one.place == "query"}
        sent = {name.partition("[")[0] for name in queried(exchange.request)} | set(queried(exchange.request))
        self._queried |= {(operation.key, name) for name in described & sent}
        documented_as = operation.response_for(response.status) if response else None
        if documented_as is None:
            return
        self._sights.add(Sight(operation.key, Aspect.STATUS, documented_as.status))
        if recorded.has_answered_body:
            self._readable.add((operation.key, documented_as.status))

    def showed(self, sight: Sight) -> None:
        """Take note of something that is described and was there."""
        self._sights.add(sight)

    def remarks(self) -> Iterator[tuple[Violation, str]]:
        """Yield what was not seen of each operation, and the operation."""
        for operation in self._contract.operations:
            said = "never called" if not self.calls[operation.key] else self._said(operation)
            if said:
                yield remark("never-seen", "", operation.pointer, said), operation.key

    def _said(self, operation: Operation) -> str:
        missing = [sight for sight in documented(self._contract, operation) if sight not in self._sights]
        told = [sight for sight in missing if sight.aspect is not Aspect.STATUS]
        # What is below something that was not seen was not seen either; of what was not recorded, nobody knows.
        gone = {sight.place for sight in told if sight.aspect is Aspect.PROPERTY}
        told = [sight for sight in told if self._is_readable(sight) and not _is_below(sight, gone)]
        parts = {
            "status": (sight.place for sight in missing if sight.aspect is Aspect.STATUS and sight.place != "default"),
            "property": (sight.place for sight in told if sight.aspect is Aspect.PROPERTY),
            "value of": _values(sight for sight in told if sight.aspect is Aspect.VALUE),
            "query parameter": (
                one.name
                for one in operation.parameters
                if one.place == "query" and (operation.key, one.name) not in self._queried
            ),
        }
        found = "; ".join(text for noun, names in parts.items() if (text := _counted(noun, names)))
        return f"never seen: {found}" if found else ""

    def _is_readable(self, sight: Sight) -> bool:
        return (sight.operation, sight.place.partition(" ")[0]) in self._readable


def _is_below(sight: Sight, gone: set[str]) -> bool:
    """Say whether a place is below one that was not seen; a value that was not seen is also below its own."""
    status, _, path = sight.place.partition(" ")
    tokens = path.split("/")
    ends = range(2, len(tokens) + (1 if sight.aspect is Aspect.VALUE else 0))
    return any(f"{status} {'/'.join(tokens[:end])}" in gone for end in ends)


def _values(sights: Iterable[Sight]) -> Iterator[str]:
    by_place: dict[str, list[str]] = {}
    for sight in sights:
        by_place.setdefault(sight.place, []).append(sight.value)
    for place, values in by_place.items():
        yield f"{place} ({', '.join(values[:_MOST])}{_more(values)})"


def _counted(noun: str, names: Iterable[str]) -> str:
    listed = list(names)
    if not listed:
        return ""
    plural = noun if len(listed) == 1 else _PLURALS[noun]
    return f"{plural} {', '.join(listed[:_MOST])}{_more(listed)}"


def _more(listed: list[str]) -> str:
    return f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""


_PLURALS = {
    "status": "statuses",
    "property": "properties",
    "value of": "values of",
    "query parameter": "query parameters",
}

"""Webhooks and callbacks, which the server calls and its consumers answer. Entry point: `callback_pairs`.

The roles are swapped: such a request breaks when NEW sends what a consumer written against OLD refuses, and its answer
when that consumer sends what NEW refuses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial

from specwitness.contract import operations, places, pointers
from specwitness.contract.model import Contract, Operation
from specwitness.drift.pairing import Pair, Pairing
from specwitness.findings import Json

WEBHOOKS = ("webhooks", "x-webhooks")
"""Where webhooks stand: in OpenAPI 3.1, and in 3.0 by a usual extension."""


@dataclass(frozen=True)
class Called:
    """A request that the server sends: a webhook, or a callback of one of its operations.

    `name` is the webhook's or the callback's, `address` the expression that says where a callback goes. `by_server` is
    not so for a callback of a callback: who is told where to send it is who was called, and that is the consumer.
    """

    name: str
    operation: Operation
    owner: str | None = None
    address: str = ""
    by_server: bool = True

    @property
    def is_webhook(self) -> bool:
        """Whether it belongs to no operation."""
        return self.owner is None

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.operation.label


@dataclass(frozen=True)
class _CalledOperation(Operation):
    """An operation that has no path by which a person could call it."""

    called: str = ""

    @property
    def label(self) -> str:
        return self.called


@dataclass(frozen=True)
class CalledPair:
    """One webhook or callback as both sides describe it."""

    old: Called
    new: Called

    @property
    def swapped(self) -> bool:
        """Whether the server is the one who asks."""
        return self.new.by_server

    @property
    def pair(self) -> Pair:
        """Both operations, as those of paths are paired."""
        return Pair(self.old.operation, self.new.operation)


@dataclass(frozen=True)
class CalledPairing:
    """The webhooks and callbacks of both sides, of the old alone, and of the new alone."""

    both: tuple[CalledPair, ...]
    removed: tuple[Called, ...]
    added: tuple[Called, ...]


def callback_pairs(old: Contract, new: Contract, pairing: Pairing) -> Iterator[CalledPair]:
    """Yield every webhook and callback of both sides."""
    yield from called_pairing(old, new, pairing).both


def called_pairing(old: Contract, new: Contract, pairing: Pairing) -> CalledPairing:
    """Return which webhooks and callbacks are the same: by name and method, callbacks of the same operation.

    Of a callback with several addresses, each is one of its own; with one on each side, the address may have changed.
    """
    both: list[CalledPair] = []
    removed: list[Called] = []
    added: list[Called] = []
    seen: set[tuple[str, str]] = set()
    owned = ((_callbacks(old, pair.old), _callbacks(new, pair.new)) for pair in pairing.both)
    waiting = deque([(_webhooks(old), _webhooks(new)), *owned])
    while waiting:
        sides = waiting.popleft()
        ours, theirs = ({_key(called, *sides): called for called in side} for side in sides)
        removed += [called for key, called in ours.items() if key not in theirs]
        added += [called for key, called in theirs.items() if key not in ours]
        for pair in (CalledPair(called, theirs[key]) for key, called in ours.items() if key in theirs):
            both.append(pair)
            places = pair.old.operation.pointer, pair.new.operation.pointer
            if places not in seen:  # a callback may be one of its own callbacks
                seen.add(places)
                asked = not pair.swapped
                waiting.append(
                    (
                        _callbacks(old, pair.old.operation, by_server=asked),
                        _callbacks(new, pair.new.operation, by_server=asked),
                    )
                )
    return CalledPairing(tuple(both), tuple(removed), tuple(added))


def _key(called: Called, *sides: list[Called]) -> tuple[str, str, str]:
    one_each = all(len(_addresses(called.name, side)) == 1 for side in sides)
    return called.name, "" if one_each else called.address, called.operation.method


def _addresses(name: str, side: list[Called]) -> set[str]:
    return {one.address for one in side if one.name == name}


def _webhooks(contract: Contract) -> list[Called]:
    found: dict[tuple[str, str], Called] = {}
    for word in WEBHOOKS:
        for name in _names(contract.document.get(word)):
            for operation in _operations(contract, name, pointers.join("", word, name), f"the webhook {name}"):
                found.setdefault((name, operation.method), Called(name, operation))
    return [*found.values()]


def _callbacks(contract: Contract, owner: Operation, *, by_server: bool = True) -> list[Called]:
    document, found = contract.document, []
    whose = owner.label.removesuffix(f" ({owner.method})")
    for name in _names(pointers.get(document, owner.pointer).get("callbacks")):
        at = pointers.resolved(document, pointers.join(owner.pointer, "callbacks", name))
        addresses = _names(pointers.get(document, at))
        for address in addresses:
            label = f"the callback {name} of {whose}" + (f" to {address}" if len(addresses) > 1 else "")
            items = _operations(contract, address, pointers.join(at, address), label)
            found += [Called(name, operation, owner.label, address, by_server) for operation in items]
    return found


def _names(value: Json) -> list[str]:
    return [name for name in value if not name.startswith("x-")] if isinstance(value, dict) else []


def _operations(contract: Contract, path: str, pointer: str, label: str) -> Iterator[Operation]:
    """Yield the operations of a path item, wherever it stands; raises DocumentError where it is of another form."""
    for one in operations.operations_at(contract.document, path, pointer, spot=partial(places.spot, contract)):
        said = {field.name: getattr(one, field.name) for field in fields(one)}
        yield _CalledOperation(**said, called=f"{label} ({one.method})")

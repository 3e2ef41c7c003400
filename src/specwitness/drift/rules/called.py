"""Webhooks and callbacks, which the server calls and its consumers answer. Entry point: `callback_pairs`.

The roles are swapped: such a request breaks when NEW sends what a consumer written against OLD refuses, and its answer
when that consumer sends what NEW refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specwitness.contract import operations, pointers
from specwitness.contract.model import Contract, Operation
from specwitness.drift.pairing import Pair, Pairing
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

WEBHOOKS = ("webhooks", "x-webhooks")
"""Where webhooks stand: in OpenAPI 3.1, and in 3.0 by a usual extension."""


@dataclass(frozen=True)
class Called:
    """A request that the server sends: a webhook, or a callback of one of its operations.

    `name` is the webhook's or the callback's, `address` the expression that says where a callback goes.
    """

    name: str
    operation: Operation
    owner: str | None = None
    address: str = ""

    @property
    def is_webhook(self) -> bool:
        """Whether it belongs to no operation."""
        return self.owner is None

    @property
    def label(self) -> str:
        """What a person calls it."""
        kind, owner = ("webhook", "") if self.is_webhook else ("callback", f" of {self.owner}")
        return f"the {kind} {self.name}{owner} ({self.operation.method})"


@dataclass(frozen=True)
class CalledPair:
    """One webhook or callback as both sides describe it; `swapped` says that the server is the one who asks."""

    old: Called
    new: Called
    swapped: bool = True

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
    ours, theirs = _webhooks(old), _webhooks(new)
    for pair in pairing.both:
        sides = _callbacks(old, pair.old), _callbacks(new, pair.new)
        for found, side in zip((ours, theirs), sides, strict=True):
            found.update({(pair.new.label, *_key(called, *sides)): called for called in side})
    return CalledPairing(
        both=tuple(CalledPair(called, theirs[key]) for key, called in ours.items() if key in theirs),
        removed=tuple(called for key, called in ours.items() if key not in theirs),
        added=tuple(called for key, called in theirs.items() if key not in ours),
    )


_Key = tuple[str, ...]


def _key(called: Called, *sides: list[Called]) -> _Key:
    addresses = [{one.address for one in side if one.name == called.name} for side in sides]
    one_each = all(len(side) == 1 for side in addresses)
    return called.name, "" if one_each else called.address, called.operation.method


def _webhooks(contract: Contract) -> dict[_Key, Called]:
    found: dict[_Key, Called] = {}
    for word in WEBHOOKS:
        for name in _names(contract.document.get(word)):
            for operation in _operations(contract, name, pointers.join("", word, name)):
                found.setdefault(("", name, "", operation.method), Called(name, operation))
    return found


def _callbacks(contract: Contract, owner: Operation) -> list[Called]:
    document, found = contract.document, []
    for name in _names(pointers.get(document, owner.pointer).get("callbacks")):
        at = pointers.resolved(document, pointers.join(owner.pointer, "callbacks", name))
        for address in _names(pointers.get(document, at)):
            items = _operations(contract, address, pointers.join(at, address))
            found += [Called(name, operation, owner.label, address) for operation in items]
    return found


def _names(value: Json) -> list[str]:
    return [name for name in value if not name.startswith("x-")] if isinstance(value, dict) else []


def _operations(contract: Contract, path: str, pointer: str) -> list[Operation]:
    """Return the operations of a path item, wherever it stands; raises DocumentError where it is of another form."""
    document = contract.document
    item = pointers.resolved(document, pointer)
    described = pointers.get(document, item)
    methods = [method for method in operations.METHODS if isinstance(pointers.look(described, f"/{method}"), dict)]
    try:
        return [operations.operation_at(document, path, method, item) for method in methods]
    except (AttributeError, TypeError, ValueError) as error:
        fault = f"a part of it is not of the type that OpenAPI says ({error})"
        raise DocumentError(f"{contract.document_path}#{item}", fault, "Correct it") from error

"""Where a place of one version of a contract is in another, for who looks at the other. Entry point: `standing`."""

from __future__ import annotations

from specwitness.contract import pointers
from specwitness.contract.model import Contract
from specwitness.contract.places import location_to_show
from specwitness.findings import Location

_HOLDS_MANY = 2
"""Pointers of so few tokens lead to what has everything of a kind in it, such as `/components/schemas`."""


def standing(contract: Contract, where: Location) -> Location:
    """Return where a place of another version is in this contract, or the innermost thing around it that is.

    Of what is around it, its operation says more than a collection of components or paths does.
    """
    tokens = pointers.split(where.pointer)
    around = (pointers.join("", *tokens[:end]) for end in range(len(tokens), -1, -1))
    pointer = next(at for at in around if pointers.look(contract.document, at, _NOTHING) is not _NOTHING)
    operation = contract.operation(where.operation)
    if _holds_many(pointer) and operation is not None:
        pointer = operation.pointer
    return location_to_show(contract, operation=where.operation, part=where.part, pointer=pointer)


def is_in(contract: Contract, where: Location) -> bool:
    """Say whether a place is in a file of this contract."""
    return where.file in {text.shown for text in contract.texts.values()}


def _holds_many(pointer: str) -> bool:
    tokens = pointers.split(pointer)
    return len(tokens) < _HOLDS_MANY or (len(tokens) == _HOLDS_MANY and tokens[0] == "components")


_NOTHING = object()

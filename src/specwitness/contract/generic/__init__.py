"""Rules that hold for every contract, written as its own checks are. Entry point: `generic_checks`.

`protocol` is what HTTP asks for and `discretion` what no answer tells. `states` holds an answer to `lifecycle.yaml`;
`memory`, `existence` and `kept` to earlier ones. Each is linear in the size of what it is asked about.
"""

from __future__ import annotations

from specwitness.contract.checking import Check
from specwitness.contract.generic import discretion, existence, kept, memory, protocol, states
from specwitness.contract.generic.once import unless_said
from specwitness.contract.model import Contract


def generic_checks(contract: Contract, secrets: frozenset[str] = frozenset()) -> tuple[Check, ...]:
    """Return the rules for every contract, for this one; `secrets` are the values no answer may repeat.

    What a hand-written check of the contract says of the same place is left to it.
    """
    derived = (
        *states.checks(contract),
        *memory.checks(contract),
        *existence.checks(contract),
        *kept.checks(contract),
    )
    return (
        *protocol.checks(contract),
        *discretion.checks(secrets),
        *(unless_said(check, contract.checks) for check in derived),
    )


__all__ = ["generic_checks"]

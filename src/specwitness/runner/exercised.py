"""How many answers each check was asked about, so that the silence of a check that never spoke is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from specwitness.contract.checking import Check
from specwitness.contract.model import Operation
from specwitness.findings import Intent
from specwitness.record import Record

BUILT_IN: dict[str, Callable[[Intent], bool]] = {
    "answer": lambda _: True,
    "status": lambda _: True,
    "media-type": lambda _: True,
    "headers": lambda _: True,
    "body": lambda _: True,
    "credentials": lambda intent: intent.without_access,
    "unknown-ids": lambda intent: intent is Intent.UNKNOWN_ID,
    "invalid-requests": lambda intent: intent is Intent.INVALID,
}
"""What the document alone says of an answer, by what it looks at, and of which requests the answers are asked it."""


def exercised(checks: Iterable[Check], operation: Operation, record: Record) -> dict[str, int]:
    """Return, by the name of each check that may speak of an operation, how many of its answers it was asked about.

    `checks` are those of its contract, generic ones too.
    """
    answers = [
        (status, intent, count) for (key, status, intent), count in record.answers.items() if key == operation.key
    ]
    counts = {name: sum(count for _, intent, count in answers if asks(intent)) for name, asks in BUILT_IN.items()}
    for check in checks:
        if not check.operations or operation.key in check.operations:
            asked = (count for status, _, count in answers if not check.statuses or status in check.statuses)
            counts[check.rule] = sum(asked)
    return counts

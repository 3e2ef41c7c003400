"""Compare one use of one model with a contract. Entry point: `compare`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specwitness.contract.model import Contract
from specwitness.drift.levels import SDK_UNDECIDED
from specwitness.drift.sdk import models
from specwitness.drift.sdk.fields import fields, unknown
from specwitness.drift.sdk.models import SCHEMA, Model
from specwitness.drift.sdk.part import Part
from specwitness.drift.sdk.reading import unreadable
from specwitness.drift.sdk.sending import unaccepted
from specwitness.drift.sdk.use import Use
from specwitness.findings import Finding, Level, Verdict


@dataclass(frozen=True)
class Compared:
    """What was found of one use of a model.

    `unknown` are the fields of the SDK that the contract does not name, `unread` those of the contract that the SDK
    does not.
    """

    use: Use
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    unread: tuple[str, ...]


def compare(contract: Contract, use: Use) -> Compared:
    """Return what a model and a contract refuse of each other, each thing once, the gravest first.

    Runs the code of the SDK. Raises SourceError where it has no such model, or where the contract describes no JSON
    there, and UnknownOperationError where the contract has no such operation.
    """
    part = Part.of(contract, use)
    model = models.loaded(use.module, use.model)
    found = sorted(_findings(part, model), key=lambda one: ([*Level].index(one.level), str(one.where), one.message))
    known = fields(model.document("validation" if use.status else "serialization"), SCHEMA)
    named = fields(contract.document, part.schema)
    return Compared(use, tuple(found), unknown(known, to=named), unknown(named, to=known))


def _findings(part: Part, model: Model) -> Iterator[Finding]:
    """Yield what either side refuses, and a doubt where nothing that breaks was found."""
    found, doubts = unaccepted(part, model) if part.status is None else unreadable(part, model)
    yield from found
    if doubts and not any(one.level is Level.BREAKING for one in found):
        yield Finding(
            rule=SDK_UNDECIDED,
            level=Level.WARNING,
            verdict=Verdict.UNDECIDED,
            where=part.located(part.schema),
            message=f"{part.operation.label}: neither containment nor a message that breaks it was found: "
            f"{'; '.join(doubts)}",
            source=model.name,
            operations=(part.operation.key,),
        )

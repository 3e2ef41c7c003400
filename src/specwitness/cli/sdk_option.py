"""`drift --sdk`: a contract against the models of an SDK, whose code is run because the user names it."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from specwitness.contract.model import Contract
    from specwitness.drift.sdk import Compared
    from specwitness.report.drift_model import Described, DriftReport

sdk_option = click.option(
    "--sdk",
    "uses",
    multiple=True,
    metavar="MODULE:MODEL=OPERATION[:STATUS]",
    help="Compare OLD alone with a pydantic model of an SDK: with that which reads a response of an operation, or, "
    "without STATUS, makes its request. Runs the code of the SDK. Repeatable.",
)


def against(
    contract: Contract, uses: Sequence[str], *, given: str, policy: str | None, strict: bool, today: dt.date
) -> DriftReport:
    """Return the report of what a contract and the models of an SDK refuse of each other.

    Raises SourceError where there is no such model, UnknownOperationError where there is no such operation.
    """
    from specwitness.cli.drifting import compared
    from specwitness.drift.sdk import Use, compare

    named = [Use.of(text) for text in uses]
    # What the SDK prints is not part of the report.
    with contextlib.redirect_stdout(sys.stderr):
        found = [compare(contract, use) for use in named]
    report = compared(
        contract,
        contract,
        given=(given, " ".join(uses)),
        policy=policy,
        strict=strict,
        today=today,
        find=lambda *_: [finding for one in found for finding in one.findings],
    )
    return replace(
        report,
        new=_described(report.new, named[0].module),
        compared=len({use.operation for use in named}),
        notes=(*report.notes, *_notes(found)),
        sampled=True,
    )


def _described(sdk: Described, module: str) -> Described:
    """Return what the distribution that has a module calls itself."""
    from importlib import metadata

    names = [*dict.fromkeys(metadata.packages_distributions().get(module.partition(".")[0], ()))]
    return replace(sdk, title=" ".join(names), version=metadata.version(names[0]) if names else "")


def _notes(found: list[Compared]) -> Iterator[str]:
    for one in found:
        if one.unknown:
            yield f"{one.use}: the SDK knows, and the contract does not name, {', '.join(one.unknown)}"
        if one.unread:
            yield f"{one.use}: the contract names, and the SDK does not know, {', '.join(one.unread)}"

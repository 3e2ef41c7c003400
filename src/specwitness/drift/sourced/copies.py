"""A source against a new copy of it: what changed from one to the other. Entry point: `changes`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from specwitness.contract import pointers
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.drift.sourced.said import INFERRED, Said, as_contract, said_by
from specwitness.findings import Finding, Json
from specwitness.sources.vendor import Source


@dataclass(frozen=True)
class Changes:
    """Both copies as contracts, and what changed from the old to the new one, at the places of their pages."""

    old: Contract
    new: Contract
    findings: tuple[Finding, ...]


def changes(old: Source, new: Source, contract: Contract, today: dt.date, *, shown: tuple[str, str]) -> Changes:
    """Return what changed from a source of a contract to a new copy of it; `shown` is how a person calls each.

    A page is silent about the same things in both copies, so that what it stops to say has changed. What was concluded
    from its examples alone it never said. Raises SourceError for a copy that describes no API.
    """
    said = said_by(old, contract, shown=shown[0]), said_by(new, contract, shown=shown[1])
    before, after = (
        as_contract(_stated(one.document), contract, shown=name) for one, name in zip(said, shown, strict=True)
    )
    return Changes(before, after, tuple(_placed(said, shown, compare(before, after, today))))


def _stated(value: Json) -> Json:
    """Return a document without what was concluded from examples."""
    if isinstance(value, list):
        return [_stated(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {} if value.get(INFERRED) else {key: _stated(item) for key, item in value.items()}


def _placed(said: tuple[Said, Said], shown: tuple[str, str], findings: list[Finding]) -> Iterator[Finding]:
    """Yield findings with the lines of the pages."""
    for finding in findings:
        where = finding.where
        side = shown.index(where.file) if where.file in shown else 0
        file, line = said[side].place(said[side].item(where.pointer, finding.value))
        other = said[1 - side]
        its = f"({shown[1 - side]}:" in finding.source
        yield replace(
            finding,
            where=replace(where, file=file, line=line),
            source=other.spot(_innermost(other.document, where.pointer)) if its else finding.source,
        )


def _innermost(document: Json, pointer: str) -> str:
    """Return a place, or the innermost one around it that is there."""
    while pointers.look(document, pointer, _NOTHING) is _NOTHING:
        pointer = pointer.rpartition("/")[0]
    return pointer


_NOTHING = object()

"""Which findings have been accepted, and which acceptances no longer hold: the one answer that every door uses."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from specwitness.contract.model import Contract, Waiver
from specwitness.contract.ways import Ways
from specwitness.findings import Finding, Json, Level, Location, Verdict
from specwitness.record import Record, rank

Key = str | tuple[str, str, str]
"""What names a finding: its fingerprint; or its rule, its place, and its value as JSON."""


@dataclass(frozen=True)
class Waived:
    """Findings, divided by whether a waiver accepts them; and the waivers that accept nothing.

    An expired waiver accepts nothing any more, whether its finding is still there or not; an unmatched one is in
    force, but nothing it names was found.
    """

    kept: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]
    expired: tuple[Waiver, ...]
    unmatched: tuple[Waiver, ...]


def applied(
    findings: Iterable[Finding], waivers: Iterable[Waiver], today: dt.date, *, ways: Ways | None = None
) -> Waived:
    """Divide findings by the waivers that are in force today.

    With the ways of the contract's document, a waiver also accepts its finding where another operation has since become
    the one that the place is named after.
    """
    accepted = tuple(waivers)
    in_force = {_key(waiver): waiver for waiver in accepted if today <= waiver.expires}
    named = [(finding, _names(finding)) for finding in findings] if in_force else [(one, ()) for one in findings]
    idle = in_force.keys() - {name for _, names in named for name in names}
    if ways and idle:
        named = [(finding, (*names, *_renamed(finding, idle, ways))) for finding, names in named]
    found = [(finding, next((in_force[name] for name in names if name in in_force), None)) for finding, names in named]
    matched = {name for _, names in named for name in names}
    return Waived(
        kept=tuple(finding for finding, waiver in found if waiver is None),
        waived=tuple((finding, waiver) for finding, waiver in found if waiver is not None),
        expired=tuple(waiver for waiver in accepted if today > waiver.expires),
        unmatched=tuple(waiver for waiver in accepted if today <= waiver.expires and _key(waiver) not in matched),
    )


def general(contract: Contract) -> tuple[Waiver, ...]:
    """Return the waivers that are not only of what sources say otherwise than each other."""
    return tuple(waiver for waiver in contract.waivers if not waiver.in_sources)


def of_run(record: Record, contract: Contract, today: dt.date) -> Waived:
    """Divide what a run found by the waivers of its contract.

    A waiver of what sources say is none of a server that does so, and is idle only where sources were compared. That a
    source says what the run has found by itself is not said again.
    """
    seen = applied(record.findings, general(contract), today, ways=contract.ways)
    if record.drift is None:
        return seen
    said = applied(record.drift, contract.waivers, today, ways=contract.ways)
    known = {finding.fingerprint for finding in record.findings}
    more = [finding for finding in said.kept if finding.fingerprint not in known]
    return Waived(
        kept=tuple(sorted((*seen.kept, *more), key=rank)),
        waived=(*seen.waived, *(one for one in said.waived if one[0].fingerprint not in known)),
        expired=said.expired,
        unmatched=tuple(waiver for waiver in said.unmatched if waiver.in_sources or waiver in seen.unmatched),
    )


def fingerprints(waiver: Waiver, contract: Contract) -> frozenset[str]:
    """Return the fingerprints that the finding of a waiver may have."""
    if waiver.fingerprint:
        return frozenset({waiver.fingerprint})
    place = Location(contract.name, None, "", waiver.at)
    by_pointer = replace(place, way=contract.ways.shortest(waiver.at))
    return frozenset(
        Finding(waiver.rule, Level.INFO, Verdict.UNDECIDED, where, "", "", waiver.value).fingerprint
        for where in (place, by_pointer)
    )


def _key(waiver: Waiver) -> Key:
    return waiver.fingerprint or (waiver.rule, waiver.at, _text(waiver.value))


def _names(finding: Finding) -> tuple[Key, ...]:
    """Return all that may name a finding in a waiver."""
    where, value = finding.where, _text(finding.value)
    return finding.fingerprint, (finding.rule, where.pointer, value), (finding.rule, where.way or where.pointer, value)


def _text(value: Json) -> str:
    """Return a value as the fingerprint knows it: 1 is not true."""
    return json.dumps(value, sort_keys=True)


def _renamed(finding: Finding, idle: Collection[Key], ways: Ways) -> tuple[Key, ...]:
    """Return those of some names that a finding has by other ways to its place. No other place has them."""
    by_way = (replace(finding, where=replace(finding.where, way=way)) for way in ways.all(finding.where.pointer))
    return tuple(name for other in by_way for name in _names(other) if name in idle)

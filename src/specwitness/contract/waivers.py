"""Which findings have been accepted, and which acceptances no longer hold: the one answer that every door uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from specwitness.contract.model import Waiver
from specwitness.contract.ways import Ways
from specwitness.findings import Finding


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
    everything, accepted = tuple(findings), tuple(waivers)
    in_force = {waiver.fingerprint: waiver for waiver in accepted if today <= waiver.expires}
    idle = in_force.keys() - {finding.fingerprint for finding in everything}
    names = {finding.fingerprint: _renamed(finding, idle, ways) for finding in everything} if ways and idle else {}
    found = [
        (finding, in_force.get(finding.fingerprint) or in_force.get(names.get(finding.fingerprint, "")))
        for finding in everything
    ]
    used = {waiver.fingerprint for _, waiver in found if waiver is not None}
    return Waived(
        kept=tuple(finding for finding, waiver in found if waiver is None),
        waived=tuple((finding, waiver) for finding, waiver in found if waiver is not None),
        expired=tuple(waiver for waiver in accepted if today > waiver.expires),
        unmatched=tuple(waiver for waiver in accepted if today <= waiver.expires and waiver.fingerprint not in used),
    )


def _renamed(finding: Finding, idle: Collection[str], ways: Ways) -> str:
    """Return the one of some fingerprints that a finding has by another way to its place, or none.

    No other place has it.
    """
    by_way = (replace(finding, where=replace(finding.where, way=way)) for way in ways.all(finding.where.pointer))
    return next((other.fingerprint for other in by_way if other.fingerprint in idle), "")

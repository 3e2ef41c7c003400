"""Which findings have been accepted, and which acceptances no longer hold: the one answer that every door uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from specwitness.contract.model import Waiver
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


def applied(findings: Iterable[Finding], waivers: Iterable[Waiver], today: dt.date) -> Waived:
    """Divide findings by the waivers that are in force today."""
    everything, accepted = tuple(findings), tuple(waivers)
    in_force = {waiver.fingerprint: waiver for waiver in accepted if today <= waiver.expires}
    found = {finding.fingerprint for finding in everything}
    return Waived(
        kept=tuple(finding for finding in everything if finding.fingerprint not in in_force),
        waived=tuple(
            (finding, in_force[finding.fingerprint]) for finding in everything if finding.fingerprint in in_force
        ),
        expired=tuple(waiver for waiver in accepted if today > waiver.expires),
        unmatched=tuple(waiver for waiver in accepted if today <= waiver.expires and waiver.fingerprint not in found),
    )

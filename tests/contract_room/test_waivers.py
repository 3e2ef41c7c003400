"""Findings are divided by the waivers in force, and a waiver that accepts nothing is named."""

import datetime as dt

from specwitness.contract.model import Waiver
from specwitness.contract.waivers import Waived, applied
from specwitness.findings import Finding, Level, Location, Verdict

DAY = dt.date(2026, 6, 1)


def finding(rule: str) -> Finding:
    return Finding(rule, Level.WARNING, Verdict.UNDECIDED, Location("c", None, "p", "/x"), "m", "s")


A, B, C = finding("a"), finding("b"), finding("c")
ACCEPTED = Waiver(A.fingerprint, "known", DAY)
EXPIRED = Waiver(B.fingerprint, "was known", DAY - dt.timedelta(days=1))
UNMATCHED = Waiver("0" * 12, "gone", DAY)
BOTH = Waiver("1" * 12, "gone long ago", DAY - dt.timedelta(days=1))


def test_findings_are_kept_or_waived_and_idle_waivers_are_named() -> None:
    assert applied([A, B, C, A], [ACCEPTED, EXPIRED, UNMATCHED, BOTH], DAY) == Waived(
        kept=(B, C),
        waived=((A, ACCEPTED), (A, ACCEPTED)),
        expired=(EXPIRED, BOTH),
        unmatched=(UNMATCHED,),
    )


def test_without_waivers_everything_is_kept() -> None:
    assert applied([A], [], DAY) == Waived(kept=(A,), waived=(), expired=(), unmatched=())


def test_a_renewed_waiver_stands_beside_the_expired_one() -> None:
    renewed = Waiver(B.fingerprint, "still known", DAY)
    assert applied([B], [EXPIRED, renewed], DAY) == Waived(
        kept=(), waived=((B, renewed),), expired=(EXPIRED,), unmatched=()
    )

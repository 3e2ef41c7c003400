"""The phrases that all renderings of a comparison share: the verdict, what was compared, and where a finding is."""

from __future__ import annotations

from dataclasses import replace

from specwitness.findings import Finding, Location, Outcome, Verdict
from specwitness.report import words
from specwitness.report.drift_model import Described, DriftReport
from specwitness.report.text import counted, one_line

WHOLE = "the JSON report (--format json)"
"""What a rendering that leaves something out calls the one that does not."""
_CONTAINED = "every request that was allowed still is, every response that may come was allowed before"


def head(report: DriftReport) -> str:
    """Return the verdict as one word; SAFE is said only where it was shown that no message is refused."""
    if report.outcome is Outcome.INCOMPATIBLE:
        return Verdict.BROKEN.value
    if report.outcome is Outcome.INCONCLUSIVE:
        return Verdict.UNDECIDED.value
    return Verdict.SAFE.value if report.contained else Outcome.COMPATIBLE.upper()


def verdict(report: DriftReport) -> str:
    """Word the verdict and what it rests on, as one line without its head."""
    return f"{one_line(report.old.given)} -> {one_line(report.new.given)}: {showed(report)}"


def showed(report: DriftReport) -> str:
    """Word what was found, and in how much."""
    counts, found = report.counts, []
    if report.outcome is Outcome.COMPATIBLE:
        found = [_CONTAINED if report.contained else "no breaking change"]
    for number, noun in (
        (counts.breaking, f"{counts.breaking} breaking"),
        (counts.warning, counted(counts.warning, "warning")),
        (counts.undecided, f"{counts.undecided} undecided"),
        (counts.info, counted(counts.info, "remark")),
        (counts.waived, f"{counts.waived} waived"),
        (report.off, f"{report.off} turned off"),
    ):
        found += [noun] if number else []
    return f"{', '.join(found)}; {extent(report)}"


def extent(report: DriftReport) -> str:
    """Say how much was compared."""
    compared = counted(report.compared, "operation")
    parts = [f"shown for {compared}" if report.contained else f"{compared} compared"]
    parts += [f"{len(report.removed)} removed"] if report.removed else []
    parts += [f"{len(report.added)} added"] if report.added else []
    return ", ".join(parts)


def called(described: Described) -> str:
    """Return what a document calls itself."""
    return one_line(" ".join(filter(None, (described.title, described.version)))) or "(no title)"


def marked(report: DriftReport, finding: Finding) -> Location:
    """Return the place of a finding that a reviewer of the new description looks at.

    Of a file in a git revision, that is the file of that name.
    """
    where = report.in_new.get(finding.fingerprint, finding.where)
    if where.file is None or "://" in where.file:
        return where
    return replace(where, file=where.file.rpartition(":")[2].removeprefix("./"))


def beside(report: DriftReport, finding: Finding) -> str:
    """Return where the place of a finding in the old description now is, nothing where it is there no more."""
    where = report.in_new.get(finding.fingerprint)
    return words.at(where) if where and where.pointer == finding.where.pointer else ""

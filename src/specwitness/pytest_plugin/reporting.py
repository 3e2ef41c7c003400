"""Gather the records of all tests, wherever they ran, and say of each contract what they show."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import specwitness.report.write as report_files
from specwitness import version
from specwitness.contract import sights, waivers
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Outcome
from specwitness.pytest_plugin.run import EMBEDDED, SuiteRun
from specwitness.record import Record, merged
from specwitness.redaction import Redaction
from specwitness.report.model import OperationCoverage, RunReport, Seen, StatusCount, WaivedFinding
from specwitness.runner.verdict import conclude

REWRITE_SECONDS = 2.0
"""How often an unfinished run rewrites its partial report, which is what a killed run leaves behind."""


class Collector:
    """The working object of the process that reports: it is told of every record, and writes one report a contract."""

    def __init__(self, run: SuiteRun) -> None:
        """Report on `run`; nothing is written before the first record."""
        self._run = run
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._folders: dict[str, Path] = {}
        self._started = _now()
        self._written: dict[str, float] = {}
        self.pages: dict[str, Path] = {}

    def __bool__(self) -> bool:
        """Say whether any test of the suite ran."""
        return bool(self._records)

    def add(self, contract: str, record: Record) -> None:
        """Take in what one test saw, and now and then leave a partial report."""
        self._records[contract] = [merged([*self._records[contract], record])]
        if time.monotonic() - self._written.get(contract, 0.0) > REWRITE_SECONDS:
            self._write(self.report(contract, partial=True))

    def finish(self, *, partial: bool) -> list[RunReport]:
        """Return the last report of each contract that was tested, written to its folder. Raises ReportError."""
        reports = self.reports(partial=partial)
        for report in reports:
            self._write(report)
        return reports

    def reports(self, *, partial: bool) -> list[RunReport]:
        """Return the report of each contract that was tested, unwritten."""
        return [self.report(name, partial=partial) for name in sorted(self._records)]

    def report(self, name: str, *, partial: bool) -> RunReport:
        """Return what the records so far say of a contract."""
        record = merged(self._records[name])
        contract = self._run.contracts[name]
        options = self._run.options
        unjudged = RunReport(
            tool_version=version.VERSION,
            contract=name,
            title=name,
            outcome=Outcome.INCONCLUSIVE,
            target=Redaction().url(options.base_url) if options.base_url else EMBEDDED,
            profile=options.profile.name,
            seed=options.seed,
            selection=options.operations,
            started=self._started,
            finished=None if partial else _now(),
            partial=partial,
            requests=record.requests,
        )
        if not isinstance(contract, Contract):
            return replace(unjudged, reasons=(str(contract),))
        operations = self._run.operations(contract)
        today = dt.datetime.now(dt.UTC).date()
        waived = waivers.applied(record.findings, contract.waivers, today, ways=contract.ways)
        conclusion = conclude(contract, operations, record, waived.kept)
        outcome = conclusion.outcome
        if partial and outcome is Outcome.COMPATIBLE:
            outcome = Outcome.INCONCLUSIVE
        return replace(
            unjudged,
            title=contract.manifest.title,
            outcome=outcome,
            reasons=conclusion.reasons,
            findings=tuple(waived.kept),
            waived=tuple(
                WaivedFinding(finding, waiver.reason, waiver.owner, waiver.expires) for finding, waiver in waived.waived
            ),
            notes=tuple(_notes(waived, selected=bool(options.operations))),
            coverage=tuple(_coverage(contract, operations, record)),
        )

    def _write(self, report: RunReport) -> None:
        if report.contract not in self._folders:
            self._folders[report.contract] = report_files.folder_for(
                self._run.options.report_dir, self._started, report.contract
            )
        self.pages[report.contract] = report_files.write(report, self._folders[report.contract])
        self._written[report.contract] = time.monotonic()


def _notes(waived: waivers.Waived, *, selected: bool) -> list[str]:
    notes = [
        f"the waiver of {waiver.fingerprint} expired on {waiver.expires}: {waiver.reason}" for waiver in waived.expired
    ]
    if not selected:
        # A narrowed run does not see everything a waiver may be for.
        notes += [f"the waiver of {waiver.fingerprint} matches nothing: {waiver.reason}" for waiver in waived.unmatched]
    return notes


def _coverage(contract: Contract, operations: Sequence[Operation], record: Record) -> list[OperationCoverage]:
    coverage = []
    for operation in operations:
        counts = {status: count for (key, status), count in record.statuses.items() if key == operation.key}
        coverage.append(
            OperationCoverage(
                operation=operation.key,
                label=operation.label,
                requests=sum(counts.values()),
                statuses=tuple(
                    StatusCount(status, count, documented=operation.response_for(status) is not None)
                    for status, count in sorted(counts.items())
                ),
                sights=tuple(
                    Seen(sight.aspect, sight.place, sight.value, record.sights.get(sight, 0))
                    for sight in sights.documented(contract, operation)
                ),
            )
        )
    return coverage


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Gather the records of all tests, wherever they ran, and say of each contract what they show."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import specwitness.report.write as report_files
from specwitness import version
from specwitness.conclusion.contracts import digest
from specwitness.conclusion.reporting import RunFacts, report_of
from specwitness.conclusion.shards import RECORDS, ShardRecords, dumps
from specwitness.exceptions import HistoryError
from specwitness.pytest_plugin.run import SuiteRun
from specwitness.record import Record, merged
from specwitness.redaction import Redaction
from specwitness.report import history
from specwitness.report.model import MOCK, ContractReport, RunReport

REWRITE_SECONDS = 2.0
"""How often an unfinished run rewrites its partial report, which is what a killed run leaves behind."""
_REWRITE_SHARE = 20
"""With very many contracts it takes its time: at least so many times as long passes until the next."""


class Collector:
    """The working object of the process that reports: it is told of every record, and writes one report of all."""

    def __init__(self, run: SuiteRun) -> None:
        """Report on `run`; nothing is written before the first record."""
        self._run = run
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._folder: Path | None = None
        self._started = _now()
        self._next_write = 0.0
        self._judged: dict[str, tuple[Record, ContractReport]] = {}
        self.page: Path | None = None
        self.without_history: HistoryError | None = None

    def __bool__(self) -> bool:
        """Say whether any test of the suite ran."""
        return bool(self._records)

    def add(self, contract: str, record: Record) -> None:
        """Take in what one test saw, and now and then leave a partial report."""
        self._records[contract] = [merged([*self._records[contract], record])]
        if time.monotonic() > self._next_write:
            self._write_unfinished()

    def _write_unfinished(self) -> None:
        started = time.monotonic()
        # Where a report cannot be written, the next test does not try again at once.
        self._next_write = started + REWRITE_SECONDS
        reports = tuple(self._judged_so_far(name) for name in sorted(self._records))
        folder = self._claimed()
        self.page = report_files.write_unfinished(RunReport(folder.name, reports), folder)
        ended = time.monotonic()
        self._next_write = ended + max(REWRITE_SECONDS, _REWRITE_SHARE * (ended - started))

    def _judged_so_far(self, name: str) -> ContractReport:
        """Return the unfinished report of a contract, judged anew only where more of it was seen."""
        (record,) = self._records[name]
        if name not in self._judged or self._judged[name][0] is not record:
            self._judged[name] = record, self.report(name, partial=True)
        return self._judged[name][1]

    def finish(self, *, partial: bool) -> list[ContractReport]:
        """Return the last report of each contract that was tested, written to the run's folder. Raises ReportError."""
        reports = self._with_history(self.reports(partial=partial))
        self._write(reports, beside=self._for_the_merge(partial=partial))
        return reports

    def _with_history(self, reports: Sequence[ContractReport]) -> list[ContractReport]:
        """Compare a run that has ended with earlier ones, and remember it."""
        path = self._run.options.history
        run = RunReport(self._claimed().name, tuple(reports))
        if path is not None:
            run, self.without_history = history.remembered_or_not(path, run)
        return list(run.contracts)

    def reports(self, *, partial: bool) -> list[ContractReport]:
        """Return the report of each contract that was tested, unwritten."""
        return [self.report(name, partial=partial) for name in sorted(self._records)]

    def report(self, name: str, *, partial: bool) -> ContractReport:
        """Return what the records so far say of a contract."""
        return report_of(
            name,
            self._run.contracts[name],
            merged(self._records[name]),
            self._facts(partial=partial),
            today=dt.datetime.now(dt.UTC).date(),
        )

    def _facts(self, *, partial: bool) -> RunFacts:
        options = self._run.options
        return RunFacts(
            target=Redaction().url(options.base_url) if options.base_url else MOCK,
            profile=options.profile.name,
            seed=options.seed,
            selection=options.operations,
            started=self._started,
            finished=None if partial else _now(),
            partial=partial,
            shard=str(options.shard) if options.shard else None,
        )

    def _for_the_merge(self, *, partial: bool) -> dict[str, str]:
        """Return what the merge of shards needs beside the report: a file and its text."""
        options = self._run.options
        if options.shard is None:
            return {}
        facts = self._facts(partial=partial)
        records = ShardRecords(
            shard=options.shard,
            tool_version=version.VERSION,
            target=facts.target,
            profile=facts.profile,
            seed=facts.seed,
            selection=facts.selection,
            suite=self._run.suite or "",
            contracts={name: digest(options.specs / name) for name in self._run.contracts},
            started=facts.started,
            finished=facts.finished,
            partial=partial,
            records={name: merged(records) for name, records in self._records.items()},
        )
        return {RECORDS: dumps(records)}

    def _write(self, reports: Sequence[ContractReport], *, beside: Mapping[str, str] = MappingProxyType({})) -> None:
        folder = self._claimed()
        self.page = report_files.write(RunReport(folder.name, tuple(reports)), folder, beside=beside)

    def _claimed(self) -> Path:
        if self._folder is None:
            self._folder = report_files.folder_for(self._run.options.report_dir, self._started)
        return self._folder


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The report of a contract, of the record of all tests that were run of it. Entry points: `report_of`, `exit_code`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from specwitness import version
from specwitness.conclusion.contracts import selected
from specwitness.contract import sights, waivers
from specwitness.contract.generic import generic_checks
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import SpecwitnessError
from specwitness.findings import Outcome
from specwitness.record import Record
from specwitness.report.model import (
    CheckCount,
    ContractReport,
    Latency,
    OperationCoverage,
    Seen,
    StatusCount,
    WaivedFinding,
)
from specwitness.runner.exercised import exercised
from specwitness.runner.verdict import conclude

EXIT_INCONCLUSIVE = 6
"""The exit code of a run that found nothing breaking and cannot say compatible; pytest itself uses 0 to 5."""


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What holds for every contract of a run: what was tested, how, and when, in the words of `ContractReport`."""

    target: str
    profile: str
    seed: int
    selection: tuple[str, ...]
    started: str
    finished: str | None = None
    partial: bool = False
    shard: str | None = None


def report_of(
    name: str, contract: Contract | SpecwitnessError, record: Record, facts: RunFacts, *, today: dt.date
) -> ContractReport:
    """Return what a record says of a contract, or of why it cannot be loaded.

    A part of a run says only what the other parts cannot change: that something breaks, or could not be judged.
    """
    whole = facts.shard is None
    unjudged = ContractReport(
        tool_version=version.VERSION,
        contract=name,
        title=name,
        outcome=Outcome.INCONCLUSIVE,
        requests=record.requests,
        **asdict(facts),
    )
    if not isinstance(contract, Contract):
        # Where it was tested, a folder may be called otherwise than here.
        return replace(unjudged, reasons=record.reasons or (str(contract),))
    operations = selected(contract, facts.selection)
    waived = waivers.of_run(record, contract, today)
    # What an unfinished run has not seen, it might have.
    conclusion = conclude(contract, operations, record, waived.kept, whole=whole and not facts.partial)
    outcome = conclusion.outcome
    if outcome is Outcome.COMPATIBLE and (facts.partial or not whole):
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
        notes=tuple(_notes(waived, record.notes, narrowed=bool(facts.selection) or not whole)),
        coverage=tuple(_coverage(contract, operations, record)),
    )


def exit_code(reports: Iterable[ContractReport]) -> int:
    """Return the verdict as an exit code: 1 incompatible, 6 inconclusive, 0 compatible.

    That of a shard says what already holds of the whole run, whatever the other shards saw: 1 that something breaks, 6
    that something could not be judged, 0 neither.
    """
    given = tuple(reports)
    if any(report.outcome is Outcome.INCOMPATIBLE for report in given):
        return 1
    unclear = (report for report in given if report.outcome is Outcome.INCONCLUSIVE)
    left_open = any(report.reasons or report.partial or not report.shard for report in unclear)
    return EXIT_INCONCLUSIVE if left_open else 0


def _notes(waived: waivers.Waived, of_record: Iterable[str], *, narrowed: bool) -> list[str]:
    """Return the notes, those first that ask for a decision of a person: what is read on a first screen."""
    notes = [f"the waiver of {waiver.called} expired on {waiver.expires}: {waiver.reason}" for waiver in waived.expired]
    notes += of_record
    if not narrowed:
        # A narrowed run does not see everything a waiver may be for.
        notes += [
            f"the waiver of {waiver.called} matches nothing in this run: {waiver.reason}" for waiver in waived.unmatched
        ]
    return notes


def _coverage(contract: Contract, operations: Sequence[Operation], record: Record) -> list[OperationCoverage]:
    own = {check.rule for check in contract.checks}
    checks = (*generic_checks(contract), *contract.checks)
    coverage = []
    for operation in operations:
        statuses = record.statuses(operation.key)
        times = {time: count for (key, time), count in record.times.items() if key == operation.key}
        coverage.append(
            OperationCoverage(
                operation=operation.key,
                label=operation.label,
                requests=statuses.total(),
                statuses=tuple(_counted(operation, status, record) for status in sorted(statuses)),
                sights=tuple(
                    Seen(sight.aspect, sight.place, sight.value, record.sights.get(sight, 0))
                    for sight in sights.documented(contract, operation)
                ),
                checks=tuple(
                    CheckCount(check, asked, check in own)
                    for check, asked in exercised(checks, operation, record).items()
                ),
                latency=Latency.of(times),
            )
        )
    return coverage


def _counted(operation: Operation, status: int, record: Record) -> StatusCount:
    intents = {
        intent: count
        for (key, answered, intent), count in record.answers.items()
        if (key, answered) == (operation.key, status)
    }
    return StatusCount(status, sum(intents.values()), operation.response_for(status) is not None, intents)

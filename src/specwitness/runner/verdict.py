"""Conclude: what the records of a run say about a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from specwitness.contract.model import Contract, Operation
from specwitness.findings import Finding, Level, Outcome, Verdict
from specwitness.record import Record


@dataclass(frozen=True)
class Conclusion:
    """The verdict of a run, and why it is inconclusive where it is (or what was left untested, where it is not)."""

    outcome: Outcome
    reasons: tuple[str, ...]


def conclude(
    contract: Contract,
    operations: Sequence[Operation],
    record: Record,
    unwaived: Sequence[Finding],
    *,
    whole: bool = True,
) -> Conclusion:
    """Return the verdict on the selected operations.

    Incompatible: a proven breaking finding that no waiver accepts. Inconclusive: no such finding, but something
    documented was never exercised, so that its silence proves nothing. Compatible: neither. What a part of a run did
    not see, others may have: unless the record is the `whole`, that is no reason.
    """
    reasons = [*record.reasons, *record.problems, *(untested(contract, operations, record) if whole else ())]
    breaking = [finding for finding in unwaived if finding.level is Level.BREAKING]
    reasons += [
        f"{finding.rule} at {finding.where} is undecided. Run again, or waive {finding.fingerprint} with a reason"
        for finding in breaking
        if finding.verdict is not Verdict.BROKEN
    ]
    if any(finding.verdict is Verdict.BROKEN for finding in breaking):
        return Conclusion(Outcome.INCOMPATIBLE, tuple(reasons))
    return Conclusion(Outcome.INCONCLUSIVE if reasons else Outcome.COMPATIBLE, tuple(reasons))


def untested(contract: Contract, operations: Sequence[Operation], record: Record) -> list[str]:
    """Return one reason for each operation whose documented success was never observed."""
    if not record.requests:
        return (
            []
            if record.reasons
            else [f"not one request was sent to {contract.name}. Select at least one operation that may be called"]
        )
    reasons = []
    for operation in operations:
        seen = record.statuses(operation.key)
        if operation.success and not any(_matches(operation, status) for status in seen):
            came = ", ".join(map(str, sorted(seen))) or "no answer"
            reasons.append(
                f"{operation.label} never answered with its documented success ({', '.join(operation.success)}; "
                f"came: {came}). {_advice(contract, operation)}"
            )
    return reasons


def _matches(operation: Operation, status: int) -> bool:
    return operation.response_for(status) is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _advice(contract: Contract, operation: Operation) -> str:
    variables = [
        contract.manifest.parameters[parameter.name].env
        for parameter in operation.path_parameters
        if parameter.name in contract.manifest.parameters
    ]
    if variables:
        return f"Give ids that exist there in {' and '.join(variables)}"
    if operation.method not in {"GET", "HEAD"}:
        return "Give --allow-writes if it may be called there"
    return "Leave it out with --operation if it is not served there"

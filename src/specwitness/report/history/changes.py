"""How the findings of a run stand to those of earlier runs, decided by pure functions over plain data.

Runs are compared along a line: those of one contract against one target. That a bug is not on staging says nothing of
production, so another target is another line. On this machine the port does not count: servers that tests start get
another one each time.

- new: no run of the line saw it before.
- persisting: it was seen before, and no run since has looked for it in vain. Accepted findings are compared as well.
- reopened: a run had called it fixed.
- flaky: it was called fixed more than once in the last 10 runs that looked for such findings; or its rule itself says
  so (`flaky-*`).
- fixed: it was seen before, and this run has looked for it in vain.

A run looks for a finding where it is whole (it was not stopped, and nothing was selected), of a profile as large as the
smallest that saw the finding since it came, and has had of every operation what the run had that saw it last: an
answer; a success, if a success is what is wrong; an answer to a request of that kind, if it is about unknown ids,
credentials or invalid requests. What is about an operation that the contract has no more cannot hurt anybody, and is
fixed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from specwitness.findings import Finding, Level
from specwitness.report.checks import check_of
from specwitness.report.model import Change, ContractReport, OperationCoverage

LAST_RUNS = 10
"""In how many of the last runs a finding must come and go to be flaky."""
_OFTEN = 2
SMALLEST_FIRST = ("gate", "nightly")
"""The profiles by how much they find. One that is not named here is compared with itself alone."""

_ANSWER, _SUCCESS = "answer", "success"
_BY_KIND_OF_REQUEST = frozenset({"credentials", "unknown-ids", "invalid-requests"})


@dataclass(frozen=True)
class Known:
    """What earlier runs of a line tell of a finding; the dates are the starts of runs (ISO 8601).

    `needs` says what the run that saw it last had of each operation it is about. `found_by` is the smallest profile
    that saw it since it came, `fixed_in` are the runs that called it fixed, the last of all if not `is_open`.
    """

    fingerprint: str
    rule: str
    level: Level
    message: str
    first_seen: str
    last_seen: str
    is_open: bool
    found_by: str
    needs: Mapping[str, str] = field(default_factory=dict)
    fixed_in: Collection[int] = ()


@dataclass(frozen=True)
class Past:
    """The earlier runs of a line: those that were whole as number and profile, the last one first, and all findings."""

    runs: tuple[tuple[int, str], ...] = ()
    findings: Mapping[str, Known] = field(default_factory=dict)


def line(target: str) -> str:
    """Return the name of the line that runs against a target belong to."""
    try:
        url = urlsplit(target)
        if url.hostname is None or not _is_loopback(url.hostname):
            return target.rstrip("/")
        return f"{url.scheme}://this machine{url.path}".rstrip("/")
    except ValueError:
        return target


def seen(report: ContractReport) -> dict[str, Finding]:
    """Return all findings of a run by fingerprint, accepted ones too."""
    return {finding.fingerprint: finding for finding in report.found}


def changes(report: ContractReport, past: Past) -> dict[str, Change]:
    """Return how each finding of a run stands to the runs before it."""
    return {
        fingerprint: _change(finding, past.findings.get(fingerprint), past)
        for fingerprint, finding in seen(report).items()
    }


def fixed(report: ContractReport, past: Past) -> list[Known]:
    """Return the findings that a run has looked for in vain, and that no run before it has."""
    if report.partial or report.shard or report.selection or not report.coverage:
        return []
    found, coverage = seen(report), by_operation(report)
    return [
        known
        for fingerprint, known in past.findings.items()
        if known.is_open and fingerprint not in found and _looked_for(report, coverage, known)
    ]


def by_operation(report: ContractReport) -> dict[str, OperationCoverage]:
    """Return how much was seen of each operation, by its key."""
    return {one.operation: one for one in report.coverage}


def needs(coverage: Mapping[str, OperationCoverage], finding: Finding) -> dict[str, str]:
    """Return what a run that saw a finding had of each operation that it is about, if it called that at all."""
    about = (coverage.get(operation) for operation in finding.operations or (finding.where.operation or "",))
    return {one.operation: next(_offers(one, finding)) for one in about if one is not None and one.requests}


def _looked_for(report: ContractReport, coverage: Mapping[str, OperationCoverage], known: Known) -> bool:
    if not is_as_large(report.profile, known.found_by):
        return False
    if not known.needs:
        return report.requests > 0
    return all(_had(coverage[operation], need) for operation, need in known.needs.items() if operation in coverage)


def is_as_large(profile: str, other: str) -> bool:
    """Say whether what one profile finds is found by another one, too."""
    if profile == other:
        return True
    sizes = {name: size for size, name in enumerate(SMALLEST_FIRST)}
    return profile in sizes and other in sizes and sizes[profile] > sizes[other]


def smaller(profile: str, other: str) -> str:
    """Return the smaller of two profiles; the first, if they cannot be compared."""
    return other if is_as_large(profile, other) else profile


def _change(finding: Finding, known: Known | None, past: Past) -> Change:
    if finding.rule.startswith("flaky-"):
        return Change.FLAKY
    if known is None:
        return Change.NEW
    if len(known.fixed_in) >= _OFTEN:
        comparable = [run for run, profile in past.runs if is_as_large(profile, known.found_by)]
        if len(set(comparable[:LAST_RUNS]).intersection(known.fixed_in)) >= _OFTEN:
            return Change.FLAKY
    return Change.PERSISTING if known.is_open else Change.REOPENED


def _offers(coverage: OperationCoverage, finding: Finding) -> Iterator[str]:
    check = check_of(finding)
    if check in _BY_KIND_OF_REQUEST and _had(coverage, check):
        yield check
    if finding.where.part.startswith("response 2") and coverage.succeeded:
        yield _SUCCESS
    yield _ANSWER


def _had(coverage: OperationCoverage, need: str) -> bool:
    if need == _ANSWER:
        return coverage.requests > 0
    if need == _SUCCESS:
        return coverage.succeeded > 0
    return any(count.check == need and count.asked for count in coverage.checks)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

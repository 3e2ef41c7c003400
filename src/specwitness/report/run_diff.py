"""What is another between two runs: which findings are new, gone, or judged otherwise. Entry point: `compared`.

History says how a run stands to all those before it; this says what two reports say of each other, wherever they are
from: another branch, another machine, another server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specwitness.findings import Finding, Json, Level, Outcome, Verdict
from specwitness.record import rank
from specwitness.report.model import ContractReport, RunReport

VERSION = 1
"""Raised when a reader of the JSON form would misread a newer one."""


@dataclass(frozen=True)
class Judged:
    """A finding as a run judged it."""

    finding: Finding
    waived: bool

    @property
    def standing(self) -> tuple[Level, Verdict, bool]:
        """What may differ of one finding between two runs: its level, its verdict, and whether it is waived."""
        return self.finding.level, self.finding.verdict, self.waived

    def to_json(self) -> Json:
        """Return JSON-compatible data, without the witness, which the reports have."""
        finding = self.finding
        return {
            "fingerprint": finding.fingerprint,
            "rule": finding.rule,
            "level": finding.level.value,
            "verdict": finding.verdict.value,
            "waived": self.waived,
            "where": finding.where.to_json(),
            "message": finding.message,
        }


@dataclass(frozen=True)
class ContractDiff:
    """What is another in the second of two runs of one contract; an outcome is None where a run did not test it.

    `notes` say how the runs differ beside what they found, which may be why they found something else.
    """

    contract: str
    old: Outcome | None
    new: Outcome | None
    appeared: tuple[Judged, ...] = ()
    gone: tuple[Judged, ...] = ()
    changed: tuple[tuple[Judged, Judged], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both runs say the same of the contract."""
        return self.old is self.new and not (self.appeared or self.gone or self.changed)

    def to_json(self) -> Json:
        """Return JSON-compatible data."""
        return {
            "contract": self.contract,
            "old": self.old.value if self.old else None,
            "new": self.new.value if self.new else None,
            "appeared": [one.to_json() for one in self.appeared],
            "gone": [one.to_json() for one in self.gone],
            "changed": [{"old": old.to_json(), "new": new.to_json()} for old, new in self.changed],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class RunDiff:
    """What is another in the second of two runs, contract by contract; the runs have the names of their folders."""

    old: str
    new: str
    contracts: tuple[ContractDiff, ...]

    def to_json(self) -> Json:
        """Return JSON-compatible data."""
        contracts = [contract.to_json() for contract in self.contracts]
        return {"diff_version": VERSION, "old": self.old, "new": self.new, "contracts": contracts}


def compared(old: RunReport, new: RunReport) -> RunDiff:
    """Return what is another in `new`."""
    before, after = ({one.contract: one for one in run.contracts} for run in (old, new))
    names = sorted(before.keys() | after.keys())
    return RunDiff(old.name, new.name, tuple(_contract(name, before.get(name), after.get(name)) for name in names))


def _contract(name: str, old: ContractReport | None, new: ContractReport | None) -> ContractDiff:
    before, after = (_judged(one) if one else {} for one in (old, new))
    if old is None or new is None:
        which = "second" if old is None else "first"
        return ContractDiff(
            name,
            old.outcome if old else None,
            new.outcome if new else None,
            _ranked(after),
            _ranked(before),
            notes=(f"only the {which} run tested it",),
        )
    both = [(before[one.finding.fingerprint], one) for one in _ranked(after) if one.finding.fingerprint in before]
    return ContractDiff(
        name,
        old.outcome,
        new.outcome,
        appeared=tuple(one for one in _ranked(after) if one.finding.fingerprint not in before),
        gone=tuple(one for one in _ranked(before) if one.finding.fingerprint not in after),
        changed=tuple((was, now) for was, now in both if was.standing != now.standing),
        notes=tuple(_notes(old, new)),
    )


def _judged(report: ContractReport) -> dict[str, Judged]:
    kept = {finding.fingerprint: Judged(finding, waived=False) for finding in report.findings}
    return kept | {one.finding.fingerprint: Judged(one.finding, waived=True) for one in report.waived}


def _ranked(judged: Mapping[str, Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(judged.values(), key=lambda one: rank(one.finding)))


def _notes(old: ContractReport, new: ContractReport) -> Iterator[str]:
    for called, one, two in (
        ("target", old.target, new.target),
        ("profile", old.profile, new.profile),
        ("selection", ", ".join(old.selection) or "everything", ", ".join(new.selection) or "everything"),
        ("version of specwitness", old.tool_version, new.tool_version),
    ):
        if one != two:
            yield f"another {called}: {one}, then {two}"
    for which, report in (("first", old), ("second", new)):
        if report.partial or report.shard:
            what = f"is shard {report.shard} of a run" if report.shard else "did not finish"
            yield f"the {which} run {what}: that something is not in it says little"
        elif report.outcome is Outcome.INCONCLUSIVE:
            yield f"the {which} run is inconclusive: what is not in it may not have been looked for"

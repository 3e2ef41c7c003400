"""One run of the suite against the embedded mock with one fault, or none."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from specwitness import mock
from specwitness.contract import load, waivers
from specwitness.contract.model import Contract
from specwitness.findings import Finding, Json, Level, Outcome
from specwitness.record import Record, merged
from specwitness.runner import preflight
from specwitness.runner.plan import plan
from specwitness.runner.profile import PROFILES
from specwitness.runner.session import ContractSession
from specwitness.runner.target import Target
from specwitness.runner.verdict import conclude

PATIENCE = 2.0
"""Seconds for an answer of the mock, which usually takes a thousandth of that."""


class Fate(StrEnum):
    """What became of a fault: a breaking finding, a warning at most, a run that could not say, or nothing."""

    CAUGHT = "caught"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Result:
    """What the suite made of one fault. `first` is in seconds from the first request to the first finding."""

    fault: str
    fate: Fate
    rules: tuple[str, ...] = ()
    step: str | None = None
    requests: int = 0
    seconds: float = 0.0
    first: float | None = None

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {**vars(self), "fate": str(self.fate), "rules": list(self.rules)}

    @classmethod
    def from_json(cls, data: Json) -> Result:
        """Rebuild what `to_json` made."""
        return cls(**{**data, "fate": Fate(data["fate"]), "rules": tuple(data["rules"])})


class Stage:
    """A mock of one contract and what it takes to test it, used for one run after the other."""

    def __init__(self, contract: Contract, server: mock.MockServer) -> None:
        """Take the contract, and a mock that serves it alone."""
        self.contract = contract
        self._server = server
        self._values = server.values(contract.name)
        self._today = dt.datetime.now(dt.UTC).date()

    def run(self, fault: str | None, *, thorough: bool = False) -> Result:
        """Run the suite against the mock with a fault, to its end where `thorough`, else to the first finding.

        The suite goes by the version of the document with which the fault is to be found, the mock always by ours.
        """
        contract = self._later(fault)
        self._server.app.be_wrong([fault] if fault else [])
        session = ContractSession(contract, self._target(), PROFILES["gate"], 0)
        started = time.perf_counter()
        first, step_of_first = None, None
        records: list[Record] = []
        try:
            for name, record in self._records(session):
                records.append(record)
                if first is None and self._unwaived(record):
                    first, step_of_first = time.perf_counter() - started, name
                    if not thorough:
                        break
        finally:
            session.close()
            self._server.app.be_wrong([])
        whole = merged(records)
        found = self._unwaived(whole)
        return Result(
            fault=fault or "",
            fate=_fate(contract, whole, found),
            rules=tuple(sorted({finding.rule for finding in found})),
            step=step_of_first,
            requests=whole.requests,
            seconds=time.perf_counter() - started,
            first=first,
        )

    def _later(self, fault: str | None) -> Contract:
        written = next((one for one in self.contract.faults if one.name == fault), None)
        return load.later(self.contract, written) if written else self.contract

    def _records(self, session: ContractSession) -> Iterator[tuple[str, Record]]:
        self._server.reset()
        reason = preflight.why_not(session, session.contract.operations)
        if reason is not None:
            yield "test_target", Record(reasons=(reason,))
            return
        yield "test_target", preflight.found(session.recorder)
        for step in plan(session.contract):
            self._server.reset()
            session.start_test()
            with session.guard.around_every_session():
                step.run(session)
            yield step.name, session.finish_test()

    def _target(self) -> Target:
        return Target(
            base_url=self._server.url,
            credentials=self._values.credentials,
            parameters=self._values.parameters,
            embedded=True,
            patience=PATIENCE,
        )

    def _unwaived(self, record: Record) -> list[Finding]:
        kept = waivers.of_run(record, self.contract, self._today).kept
        return [finding for finding in kept if finding.level is not Level.INFO]


def _fate(contract: Contract, record: Record, found: list[Finding]) -> Fate:
    if any(finding.level is Level.BREAKING for finding in found):
        return Fate.CAUGHT
    if found:
        return Fate.WARNED
    conclusion = conclude(contract, contract.operations, record, found)
    return Fate.SURVIVED if conclusion.outcome is Outcome.COMPATIBLE else Fate.INCONCLUSIVE


@contextmanager
def staged(contract: Contract) -> Iterator[Stage]:
    """Serve a contract and yield the stage; the mock ends with the block."""
    with mock.serve([contract]) as server:
        yield Stage(contract, server)

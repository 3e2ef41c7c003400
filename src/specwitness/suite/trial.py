"""One test of the suite: what it is about, the session it sends through, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import pytest

from specwitness.contract import waivers
from specwitness.contract.model import Contract
from specwitness.exceptions import SpecwitnessError
from specwitness.findings import Finding, Level
from specwitness.record import Record
from specwitness.runner.session import ContractSession

SAW = pytest.StashKey[tuple[str, Record]]()
"""What a test saw: the name of its contract, and the record."""

Subject = TypeVar("Subject")


class Run(Protocol):
    """What a trial asks of the run it belongs to."""

    def why_not(self, contract: Contract) -> str | None:
        """Return why a contract cannot be tested, with the next step, or None where it can."""
        ...

    def heard_first(self, contract: Contract) -> Record:
        """Return what the first questions to the target of a contract have found."""
        ...

    def start_test(self, contract: Contract) -> ContractSession:
        """Return the session of a contract at the start of a test."""
        ...

    @property
    def is_narrowed(self) -> bool:
        """Whether only some operations are tested, so that sequences of calls are not."""
        ...

    @property
    def is_nightly(self) -> bool:
        """Whether there is time for more than a gate needs."""
        ...

    @property
    def base_url(self) -> str | None:
        """The URL of the server under test; None is the embedded mock."""
        ...


@dataclass(frozen=True)
class Trial(Generic[Subject]):
    """What a test of the suite is handed: a contract, and an operation, a workflow or nothing more of it."""

    run: Run
    item: pytest.Item
    name: str
    loaded: Contract | SpecwitnessError
    subject: Subject

    @property
    def contract(self) -> Contract:
        """The contract; ends the test with its fault where it cannot be loaded."""
        if isinstance(self.loaded, SpecwitnessError):
            self._cannot_conclude(str(self.loaded))
            pytest.fail(str(self.loaded), pytrace=False)
        return self.loaded

    def require_every_operation(self) -> None:
        """Skip where only some operations are tested: a sequence of calls would go beyond them."""
        if self.run.is_narrowed:
            pytest.skip("--operation selects operations, not sequences of them")

    def require_target(self) -> None:
        """Fail, with the next step, where the target cannot be tested, and with what was found in finding that out."""
        if reason := self.run.why_not(self.contract):
            self._cannot_conclude(reason)
            pytest.fail(reason, pytrace=False)
        self._cannot_conclude(self._unpublished)
        self.judge(self.run.heard_first(self.contract))

    def compare_descriptions(self) -> None:
        """Fail for what descriptions of the API contradict each other in; skip where there is nothing to compare.

        An error that says that one of them cannot be read leaves the run inconclusive.
        """
        if not self.run.is_nightly:
            pytest.skip("descriptions of an API are compared with --profile nightly")
        if self.run.is_narrowed:
            pytest.skip("--operation selects operations, and descriptions are compared as a whole")
        from specwitness.suite.descriptions import compared  # noqa: PLC0415 - all of drift, which the gate does not need

        contract, server = self.contract, self.run.base_url
        self._cannot_conclude(self._unpublished)
        # Nothing is asked of a server that cannot be tested, of which another test tells.
        asked = server if server is not None and self.run.why_not(contract) is None else None
        try:
            record = compared(contract, dt.datetime.now(dt.UTC).date(), server=asked)
        except SpecwitnessError as error:
            self._cannot_conclude(str(error))
            pytest.fail(str(error), pytrace=False)
        self.judge(record)
        if record.drift is None and not contract.manifest.upstream:
            pytest.skip("its contract.yaml names neither sources nor an upstream, and no server hands out a document")

    @contextmanager
    def session(self) -> Iterator[ContractSession]:
        """Lend the session for the length of a test, and end the test with what was found.

        Where the target cannot be tested the test is skipped with the reason, which the report also has.
        """
        if reason := self.run.why_not(self.contract):
            self._cannot_conclude(reason)
            pytest.skip(reason)
        session = self.run.start_test(self.contract)
        try:
            with session.guard.around_every_session():
                yield session
        except Exception as error:
            # A test that did not come to its end must not let the run conclude that all is well.
            words = f"{self.item.name} ended with {type(error).__name__}: {error}"
            session.recorder.cannot_conclude(f"{words}. Correct what its traceback names, and run again")
            raise
        finally:
            # First, so that a test whose findings cannot be published does not count as one without any.
            self._cannot_conclude(self._unpublished)
            record = session.finish_test()
            self.item.stash[SAW] = (self.name, record)
        self.judge(record)

    def judge(self, record: Record) -> None:
        """Fail for every breaking finding that no waiver accepts, all of them in one message."""
        self.item.stash[SAW] = (self.name, record)
        contract, today = self.contract, dt.datetime.now(dt.UTC).date()
        kept = waivers.of_run(record, contract, today).kept
        breaking = [finding for finding in kept if finding.level is Level.BREAKING]
        if breaking:
            pytest.fail("\n\n".join(_in_words(finding) for finding in breaking), pytrace=False)

    @property
    def _unpublished(self) -> str:
        return f"what {self.item.name} saw could not be published. Run it alone, and report its error"

    def _cannot_conclude(self, reason: str) -> None:
        self.item.stash[SAW] = (self.name, Record(reasons=(reason,)))


def _in_words(finding: Finding) -> str:
    lines = [f"{finding.rule} ({finding.fingerprint}): {finding.message}", f"  at {finding.where}"]
    if finding.witness is not None:
        lines += [f"  $ {line}" for line in finding.witness.replay.splitlines()]
    return "\n".join(lines)

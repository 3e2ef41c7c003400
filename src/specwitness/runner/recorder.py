"""Gather what one test sees, and publish it as one frozen, redacted record."""

from __future__ import annotations

from collections import Counter

from specwitness.contract.sights import seen
from specwitness.findings import Exchange, Finding, Intent, Trace
from specwitness.record import Record, Sight, merged, rounded
from specwitness.redaction import Redaction
from specwitness.runner.judge import Judge

_MAX_TRACE = 2000
"""How many exchanges of one test the trace checks look at; a longer test is fuzzing, which has no story to check."""


class Recorder:
    """A working object, one per test: it is told of every exchange, and publishes a `Record` at the end."""

    def __init__(self, judge: Judge, redaction: Redaction, earlier: Trace = ()) -> None:
        """Judge with `judge`, and show nothing that `redaction` hides; `earlier` came before the test."""
        self._judge = judge
        self._redaction = redaction
        self._findings: dict[str, Finding] = {}
        self._answers: Counter[tuple[str, int, Intent]] = Counter()
        self._times: Counter[tuple[str, int]] = Counter()
        self._sights: Counter[Sight] = Counter()
        self._sights_of: dict[tuple[str | None, int, bytes], tuple[Sight, ...]] = {}
        self._trace: list[Exchange] = list(earlier)
        self._requests = 0
        self._reasons: dict[str, None] = {}

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Recorder: {self._requests} requests, {len(self._findings)} findings>"

    def saw(self, exchange: Exchange, second_opinions: tuple[str, ...] = ()) -> tuple[Finding, ...]:
        """Take note of an exchange: count it, judge it, keep what it showed; return what was found."""
        self._requests += 1
        findings = tuple(self._judge.findings(exchange, second_opinions))
        for finding in findings:
            self.found(finding)
        if exchange.response is None:
            return findings
        self._trace.append(exchange)
        if exchange.operation is not None and exchange.intent is not Intent.PROBE:
            self._answers[exchange.operation, exchange.response.status, exchange.intent] += 1
            self._times[exchange.operation, rounded(exchange.response.elapsed)] += 1
            self._sights.update(self._shown(exchange))
        return findings

    def found(self, finding: Finding) -> None:
        """Take note of a finding, one more sighting of it if it is known."""
        known = self._findings.get(finding.fingerprint)
        self._findings[finding.fingerprint] = known.joined_with(finding) if known else finding

    def cannot_conclude(self, reason: str) -> None:
        """Take note of why the run can say nothing about a part of the contract."""
        self._reasons[reason] = None

    def has_seen(self, sight: Sight) -> bool:
        """Say whether an exchange has shown something documented."""
        return sight in self._sights

    @property
    def variety(self) -> int:
        """How many different things were seen or found so far: answers, what is documented, findings."""
        return len(self._answers) + len(self._sights) + len(self._findings)

    @property
    def trace(self) -> Trace:
        """The exchanges so far, in their order."""
        return tuple(self._trace)

    def publish(self) -> Record:
        """Judge the exchanges together, confirm every witness, and return what may be shown."""
        for finding in self._judge.trace_findings(tuple(self._trace[:_MAX_TRACE])):
            self.found(finding)
        confirmed = (self._judge.confirmed(finding) for finding in self._findings.values())
        return merged(
            [
                Record(
                    findings=tuple(self._redaction.finding(finding) for finding in confirmed),
                    answers=dict(self._answers),
                    times=dict(self._times),
                    sights=dict(self._sights),
                    requests=self._requests,
                    reasons=tuple(self._redaction.text(reason) for reason in self._reasons),
                    problems=tuple(self._judge.problems),
                )
            ]
        )

    def _shown(self, exchange: Exchange) -> tuple[Sight, ...]:
        # Many cases get the same answer, and walking a body along its schema is the dearest step of all.
        assert exchange.response is not None  # noqa: S101 - narrows the type; the caller has asked
        key = (exchange.operation, exchange.response.status, exchange.response.body)
        if key not in self._sights_of:
            self._sights_of[key] = tuple(seen(self._judge.contract, exchange))
        return self._sights_of[key]

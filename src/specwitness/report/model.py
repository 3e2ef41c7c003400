"""What one run against one contract showed, as frozen data that is readable without the contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

from specwitness.findings import Finding, Json, Level, Outcome, Verdict
from specwitness.record import Aspect

SCHEMA_VERSION = 1
"""Raised when a reader of an older `report.json` would misread a newer one."""


@dataclass(frozen=True)
class WaivedFinding:
    """A finding that is accepted for now: why, by whom, and the day after which it counts again."""

    finding: Finding
    reason: str
    owner: str
    expires: dt.date

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "finding": self.finding.to_json(),
            "reason": self.reason,
            "owner": self.owner,
            "expires": self.expires.isoformat(),
        }

    @classmethod
    def from_json(cls, data: Json) -> WaivedFinding:
        """Rebuild what `to_json` made."""
        expires = dt.date.fromisoformat(data["expires"])
        return cls(Finding.from_json(data["finding"]), data["reason"], data["owner"], expires)


@dataclass(frozen=True)
class StatusCount:
    """How often an operation answered with a status, and whether it documents that status."""

    status: int
    count: int
    documented: bool

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {"status": self.status, "count": self.count, "documented": self.documented}

    @classmethod
    def from_json(cls, data: Json) -> StatusCount:
        """Rebuild what `to_json` made."""
        return cls(data["status"], data["count"], data["documented"])


@dataclass(frozen=True)
class Seen:
    """One documented status, property or enum value, and how often it came; 0 says documented, but never seen.

    `place` and `value` are those of `record.Sight`.
    """

    aspect: Aspect
    place: str
    value: str
    count: int

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {"aspect": self.aspect.value, "place": self.place, "value": self.value, "count": self.count}

    @classmethod
    def from_json(cls, data: Json) -> Seen:
        """Rebuild what `to_json` made."""
        return cls(Aspect(data["aspect"]), data["place"], data["value"], data["count"])


@dataclass(frozen=True)
class OperationCoverage:
    """How much of one operation was seen; `label` is `METHOD /path`, `operation` its key in the contract."""

    operation: str
    label: str
    requests: int
    statuses: tuple[StatusCount, ...] = ()
    sights: tuple[Seen, ...] = ()

    @property
    def gaps(self) -> int:
        """How many documented things were never seen."""
        return sum(sight.count == 0 for sight in self.sights)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "operation": self.operation,
            "label": self.label,
            "requests": self.requests,
            "statuses": [status.to_json() for status in self.statuses],
            "sights": [sight.to_json() for sight in self.sights],
        }

    @classmethod
    def from_json(cls, data: Json) -> OperationCoverage:
        """Rebuild what `to_json` made."""
        return cls(
            data["operation"],
            data["label"],
            data["requests"],
            tuple(StatusCount.from_json(item) for item in data["statuses"]),
            tuple(Seen.from_json(item) for item in data["sights"]),
        )


@dataclass(frozen=True)
class TestCounts:
    """How the tests of the suite ended, as pytest counts them."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    errors: int = 0

    __test__ = False  # pytest would collect a class of this name.

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {"passed": self.passed, "failed": self.failed, "skipped": self.skipped, "errors": self.errors}

    @classmethod
    def from_json(cls, data: Json) -> TestCounts:
        """Rebuild what `to_json` made."""
        return cls(data["passed"], data["failed"], data["skipped"], data["errors"])


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What one run against one contract showed.

    `reasons` say why the run cannot conclude, each with its next step; `notes` are all else that a reader should know
    (expired and unmatched waivers, a check that raised, what was assumed). `target` is a redacted URL or
    `embedded mock`; an empty `selection` is every operation. `started` and `finished` are ISO 8601 in UTC; an
    unfinished run is `partial` and has no `finished`. Everything here has been redacted before.
    """

    tool_version: str
    contract: str
    title: str
    outcome: Outcome
    target: str
    profile: str
    seed: int
    started: str
    finished: str | None = None
    partial: bool = False
    selection: tuple[str, ...] = ()
    requests: int = 0
    tests: TestCounts | None = None
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    waived: tuple[WaivedFinding, ...] = ()
    notes: tuple[str, ...] = ()
    coverage: tuple[OperationCoverage, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        """Hold the rule that `compatible` is said only of a whole run that found no break and leaves nothing open."""
        if self.outcome is not Outcome.COMPATIBLE:
            return
        if self.partial or self.reasons:
            raise ValueError(f"{self.contract}: a run that cannot conclude is not compatible")
        if any(finding.level is Level.BREAKING and finding.verdict is not Verdict.SAFE for finding in self.findings):
            raise ValueError(f"{self.contract}: a run with a breaking finding, proven or suspected, is not compatible")

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`, as `schema.json` describes it."""
        return {
            "schema_version": self.schema_version,
            "tool_version": self.tool_version,
            "contract": self.contract,
            "title": self.title,
            "outcome": self.outcome.value,
            "partial": self.partial,
            "target": self.target,
            "profile": self.profile,
            "seed": self.seed,
            "selection": list(self.selection),
            "started": self.started,
            "finished": self.finished,
            "requests": self.requests,
            "tests": self.tests.to_json() if self.tests else None,
            "reasons": list(self.reasons),
            "findings": [finding.to_json() for finding in self.findings],
            "waived": [waived.to_json() for waived in self.waived],
            "notes": list(self.notes),
            "coverage": [operation.to_json() for operation in self.coverage],
        }

    @classmethod
    def from_json(cls, data: Json) -> RunReport:
        """Rebuild what `to_json` made; raises ValueError for a version it does not know."""
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {data['schema_version']!r} is not {SCHEMA_VERSION}")
        return cls(
            **{field.name: data[field.name] for field in fields(cls)}
            | {
                "outcome": Outcome(data["outcome"]),
                "selection": tuple(data["selection"]),
                "tests": TestCounts.from_json(data["tests"]) if data["tests"] else None,
                "reasons": tuple(data["reasons"]),
                "findings": tuple(Finding.from_json(item) for item in data["findings"]),
                "waived": tuple(WaivedFinding.from_json(item) for item in data["waived"]),
                "notes": tuple(data["notes"]),
                "coverage": tuple(OperationCoverage.from_json(item) for item in data["coverage"]),
            }
        )

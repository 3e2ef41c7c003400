"""What one run showed of each contract, as frozen data that is readable without the contracts."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from specwitness.findings import Finding, Intent, Json, Level, Outcome, Verdict
from specwitness.record import Aspect

SCHEMA_VERSION = 2
"""Raised when a reader of an older `report.json` would misread a newer one."""

_SUCCESS = 2

MOCK = "embedded mock"
"""The target of a run that had no server."""
GRAVEST = (Outcome.INCOMPATIBLE, Outcome.INCONCLUSIVE, Outcome.COMPATIBLE)
"""The outcomes, the gravest first."""


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
    """How often an operation answered with a status, whether it documents that, and to what kinds of requests."""

    status: int
    count: int
    documented: bool
    intents: Mapping[Intent, int] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether it is one of success (2xx)."""
        return self.status // 100 == _SUCCESS

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        intents = {intent.value: count for intent, count in self.intents.items()}
        return {"status": self.status, "count": self.count, "documented": self.documented, "intents": intents}

    @classmethod
    def from_json(cls, data: Json) -> StatusCount:
        """Rebuild what `to_json` made."""
        intents = {Intent(intent): count for intent, count in data["intents"].items()}
        return cls(data["status"], data["count"], data["documented"], intents)


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
class CheckCount:
    """How many answers of an operation a check was asked about; 0 says that nothing is known of it.

    `own` says whether it is one of the contract's hand-written checks.
    """

    check: str
    asked: int
    own: bool = False

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {"check": self.check, "asked": self.asked, "own": self.own}

    @classmethod
    def from_json(cls, data: Json) -> CheckCount:
        """Rebuild what `to_json` made."""
        return cls(**data)


@dataclass(frozen=True)
class Latency:
    """How long the answers of an operation took, in milliseconds of two significant digits."""

    median: float
    p90: float
    p99: float
    slowest: float

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Json) -> Latency:
        """Rebuild what `to_json` made."""
        return cls(**data)

    @classmethod
    def of(cls, times: Mapping[int, int]) -> Latency | None:
        """Return the percentiles (nearest rank) of counted times in microseconds; None of no time."""
        ordered = sorted(times.items())
        total = sum(times.values())
        if not total:
            return None

        def rank(share: float) -> float:
            reached = itertools.accumulate(count for _, count in ordered)
            wanted = max(1, math.ceil(share * total))
            return next(time for (time, _), sofar in zip(ordered, reached, strict=True) if sofar >= wanted) / 1000

        return cls(rank(0.5), rank(0.9), rank(0.99), rank(1.0))


@dataclass(frozen=True)
class OperationCoverage:
    """How much of one operation was seen; `label` is `METHOD /path`, `operation` its key in the contract."""

    operation: str
    label: str
    requests: int
    statuses: tuple[StatusCount, ...] = ()
    sights: tuple[Seen, ...] = ()
    checks: tuple[CheckCount, ...] = ()
    latency: Latency | None = None

    @property
    def succeeded(self) -> int:
        """How many requests were answered with success."""
        return sum(one.count for one in self.statuses if one.is_success)

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
            "checks": [check.to_json() for check in self.checks],
            "latency": self.latency.to_json() if self.latency else None,
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
            tuple(CheckCount.from_json(item) for item in data["checks"]),
            Latency.from_json(data["latency"]) if data["latency"] else None,
        )


class Change(StrEnum):
    """How a finding of this run stands to the runs before."""

    NEW = "new"
    PERSISTING = "persisting"
    REOPENED = "reopened"
    """It was fixed once."""
    FLAKY = "flaky"
    """It came and went more than once in the last runs."""


@dataclass(frozen=True)
class FixedFinding:
    """A finding of an earlier run that this one looked for, and did not see. The dates are those of runs (ISO 8601)."""

    fingerprint: str
    rule: str
    level: Level
    message: str
    first_seen: str
    last_seen: str

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Json) -> FixedFinding:
        """Rebuild what `to_json` made."""
        return cls(**{**data, "level": Level(data["level"])})


@dataclass(frozen=True)
class EarlierRun:
    """One run of a trend: its outcome, how many findings were new, persisting and fixed then, and its latencies.

    `latency` is by the key of the operation; `run` is the name of the run's folder.
    """

    run: str
    started: str
    outcome: Outcome
    new: int
    persisting: int
    fixed: int
    latency: Mapping[str, Latency] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        latency = {operation: one.to_json() for operation, one in self.latency.items()}
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"latency": latency}

    @classmethod
    def from_json(cls, data: Json) -> EarlierRun:
        """Rebuild what `to_json` made."""
        latency = {operation: Latency.from_json(one) for operation, one in data["latency"].items()}
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "latency": latency})


@dataclass(frozen=True)
class History:
    """How a run of a contract stands to the runs before.

    `changes` and `first_seen` (ISO 8601) are by fingerprint, of accepted findings too. `trend` has the last runs, this
    one at the end. Of a first run everything is new.
    """

    changes: Mapping[str, Change] = field(default_factory=dict)
    first_seen: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[FixedFinding, ...] = ()
    trend: tuple[EarlierRun, ...] = ()

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "changes": {fingerprint: change.value for fingerprint, change in self.changes.items()},
            "first_seen": dict(self.first_seen),
            "fixed": [one.to_json() for one in self.fixed],
            "trend": [one.to_json() for one in self.trend],
        }

    @classmethod
    def from_json(cls, data: Json) -> History:
        """Rebuild what `to_json` made."""
        return cls(
            {fingerprint: Change(change) for fingerprint, change in data["changes"].items()},
            data["first_seen"],
            tuple(FixedFinding.from_json(one) for one in data["fixed"]),
            tuple(EarlierRun.from_json(one) for one in data["trend"]),
        )


@dataclass(frozen=True, kw_only=True)
class ContractReport:
    """What one run against one contract showed.

    `reasons` say why the run cannot conclude, each with its next step; `notes` are all else that a reader should know
    (expired and unmatched waivers, a check that raised, what was assumed). `target` is a redacted URL or
    `embedded mock`; an empty `selection` is every operation. `started` and `finished` are ISO 8601 in UTC; an
    unfinished run is `partial` and has no `finished`; what one of several parts of a run saw has that part as `shard`
    (`2/3`), and what it says of the whole is only what the other parts cannot change. Without `history` nothing is
    known of earlier runs. Everything here has been redacted before.
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
    shard: str | None = None
    selection: tuple[str, ...] = ()
    requests: int = 0
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    waived: tuple[WaivedFinding, ...] = ()
    notes: tuple[str, ...] = ()
    coverage: tuple[OperationCoverage, ...] = ()
    history: History | None = None

    def __post_init__(self) -> None:
        """Hold the rule that `compatible` is said only of a whole run that found no break and leaves nothing open."""
        if self.outcome is not Outcome.COMPATIBLE:
            return
        if self.partial or self.shard or self.reasons:
            raise ValueError(f"{self.contract}: a run that cannot conclude is not compatible")
        if any(finding.level is Level.BREAKING and finding.verdict is not Verdict.SAFE for finding in self.findings):
            raise ValueError(f"{self.contract}: a run with a breaking finding, proven or suspected, is not compatible")

    @property
    def found(self) -> tuple[Finding, ...]:
        """All findings, accepted ones too."""
        return (*self.findings, *(waived.finding for waived in self.waived))

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "tool_version": self.tool_version,
            "contract": self.contract,
            "title": self.title,
            "outcome": self.outcome.value,
            "partial": self.partial,
            "shard": self.shard,
            "target": self.target,
            "profile": self.profile,
            "seed": self.seed,
            "selection": list(self.selection),
            "started": self.started,
            "finished": self.finished,
            "requests": self.requests,
            "reasons": list(self.reasons),
            "findings": [finding.to_json() for finding in self.findings],
            "waived": [waived.to_json() for waived in self.waived],
            "notes": list(self.notes),
            "coverage": [operation.to_json() for operation in self.coverage],
            "history": self.history.to_json() if self.history else None,
        }

    @classmethod
    def from_json(cls, data: Json) -> ContractReport:
        """Rebuild what `to_json` made."""
        return cls(
            **{field.name: data[field.name] for field in fields(cls)}
            | {
                "outcome": Outcome(data["outcome"]),
                "selection": tuple(data["selection"]),
                "reasons": tuple(data["reasons"]),
                "findings": tuple(Finding.from_json(item) for item in data["findings"]),
                "waived": tuple(WaivedFinding.from_json(item) for item in data["waived"]),
                "notes": tuple(data["notes"]),
                "coverage": tuple(OperationCoverage.from_json(item) for item in data["coverage"]),
                "history": History.from_json(data["history"]) if data["history"] else None,
            }
        )


@dataclass(frozen=True)
class RunReport:
    """What one run showed of every contract that it tested, by their names; `name` is that of the run's folder."""

    name: str
    contracts: tuple[ContractReport, ...]

    @property
    def outcome(self) -> Outcome:
        """The gravest of the outcomes: incompatible, then inconclusive."""
        found = {report.outcome for report in self.contracts} or {Outcome.INCONCLUSIVE}
        return next(one for one in GRAVEST if one in found)

    @property
    def partial(self) -> bool:
        """Whether some contract was not tested to the end."""
        return any(report.partial for report in self.contracts)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`, as `schema.json` describes it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "outcome": self.outcome.value,
            "partial": self.partial,
            "contracts": [report.to_json() for report in self.contracts],
        }

    @classmethod
    def from_json(cls, data: Json) -> RunReport:
        """Rebuild what `to_json` made; raises ValueError for a version it does not know."""
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {data['schema_version']!r} is not {SCHEMA_VERSION}")
        return cls(data["name"], tuple(ContractReport.from_json(item) for item in data["contracts"]))

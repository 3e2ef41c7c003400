"""What a run saw, as plain data: how much of the contract was exercised, what was found, what could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from specwitness.findings import Finding, Intent, Json


class Aspect(StrEnum):
    """What can be seen of an operation's documented responses."""

    STATUS = "status"
    PROPERTY = "property"
    VALUE = "value"


@dataclass(frozen=True, order=True)
class Sight:
    """One thing that an operation documents and a run may see.

    `place` is the status (`200`), then the path of the property (`200 /jobRun/status`); `value` is the enum value.
    """

    operation: str
    aspect: Aspect
    place: str
    value: str = ""

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return [self.operation, self.aspect.value, self.place, self.value]

    @classmethod
    def from_json(cls, data: Json) -> Sight:
        """Rebuild what `to_json` made."""
        operation, aspect, place, value = data
        return cls(operation, Aspect(aspect), place, value)


@dataclass(frozen=True)
class Record:
    """What one test of the suite saw, or several of them together.

    `answers` counts the responses per operation, status, and why the request was sent; `times` those per operation and
    time, in microseconds `rounded`. `sights` counts documented things seen. `reasons` say why the run cannot conclude
    (each ends with the next step); `problems` are faults of our side or of a check. `drift` is what sources of
    the contract say otherwise than each other, None where they were not compared; `notes` are all else to be known.
    """

    findings: tuple[Finding, ...] = ()
    answers: Mapping[tuple[str, int, Intent], int] = field(default_factory=dict)
    times: Mapping[tuple[str, int], int] = field(default_factory=dict)
    sights: Mapping[Sight, int] = field(default_factory=dict)
    requests: int = 0
    reasons: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    drift: tuple[Finding, ...] | None = None
    notes: tuple[str, ...] = ()

    def statuses(self, operation: str) -> Counter[int]:
        """Return how often an operation answered with each status."""
        counts = Counter[int]()
        for (key, status, _), count in self.answers.items():
            if key == operation:
                counts[status] += count
        return counts

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "answers": [[*key, count] for key, count in self.answers.items()],
            "times": [[*key, count] for key, count in self.times.items()],
            "sights": [[*sight.to_json(), count] for sight, count in self.sights.items()],
            "requests": self.requests,
            "reasons": list(self.reasons),
            "problems": list(self.problems),
            "drift": None if self.drift is None else [finding.to_json() for finding in self.drift],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Json) -> Record:
        """Rebuild what `to_json` made."""
        return cls(
            findings=tuple(Finding.from_json(item) for item in data["findings"]),
            answers={
                (operation, status, Intent(intent)): count for operation, status, intent, count in data["answers"]
            },
            times={(operation, time): count for operation, time, count in data["times"]},
            sights={Sight.from_json(sight): count for *sight, count in data["sights"]},
            requests=data["requests"],
            reasons=tuple(data["reasons"]),
            problems=tuple(data["problems"]),
            drift=None if data["drift"] is None else tuple(Finding.from_json(item) for item in data["drift"]),
            notes=tuple(data["notes"]),
        )


def rounded(seconds: float) -> int:
    """Return a time as microseconds of two significant digits: so few different ones that they are counted."""
    return int(float(f"{seconds * 1e6:.2g}"))


def merged(records: Iterable[Record]) -> Record:
    """Return one record of many; the order in which they arrive does not matter."""
    findings: list[Finding] = []
    drift: list[Finding] | None = None
    answers: Counter[tuple[str, int, Intent]] = Counter()
    times: Counter[tuple[str, int]] = Counter()
    sights: Counter[Sight] = Counter()
    requests = 0
    reasons: set[str] = set()
    problems: set[str] = set()
    notes: set[str] = set()
    for record in records:
        findings += record.findings
        if record.drift is not None:
            drift = [*(drift or ()), *record.drift]
        answers.update(record.answers)
        times.update(record.times)
        sights.update(record.sights)
        requests += record.requests
        reasons.update(record.reasons)
        problems.update(record.problems)
        notes.update(record.notes)
    return Record(
        findings=_joined(findings),
        answers=dict(sorted(answers.items())),
        times=dict(sorted(times.items())),
        sights=dict(sorted(sights.items())),
        requests=requests,
        reasons=tuple(sorted(reasons)),
        problems=tuple(sorted(problems)),
        drift=None if drift is None else _joined(drift),
        notes=tuple(sorted(notes)),
    )


def _joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, with all sightings of it, in order."""
    found: dict[str, Finding] = {}
    for finding in findings:
        known = found.get(finding.fingerprint)
        found[finding.fingerprint] = known.joined_with(finding) if known else finding
    return tuple(sorted(found.values(), key=rank))


_LEVELS = ["breaking", "warning", "info"]


def rank(finding: Finding) -> tuple[int, bool, int, int, str, str]:
    """Order findings as a person reads them: by level, proven first, widest spread, most seen, then a stable order."""
    return (
        _LEVELS.index(finding.level.value),
        finding.witness is None,
        -len(finding.operations),
        -finding.seen,
        finding.rule,
        finding.fingerprint,
    )

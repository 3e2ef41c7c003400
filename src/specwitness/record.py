"""What a run saw, as plain data: how much of the contract was exercised, what was found, what could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from specwitness.findings import Finding, Json


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

    `statuses` counts the responses per operation and status; `sights` counts documented things seen. `reasons` say
    why the run cannot conclude (each ends with the next step); `problems` are faults of our side or of a check.
    """

    findings: tuple[Finding, ...] = ()
    statuses: Mapping[tuple[str, int], int] = field(default_factory=dict)
    sights: Mapping[Sight, int] = field(default_factory=dict)
    requests: int = 0
    reasons: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "statuses": [[operation, status, count] for (operation, status), count in self.statuses.items()],
            "sights": [[*sight.to_json(), count] for sight, count in self.sights.items()],
            "requests": self.requests,
            "reasons": list(self.reasons),
            "problems": list(self.problems),
        }

    @classmethod
    def from_json(cls, data: Json) -> Record:
        """Rebuild what `to_json` made."""
        return cls(
            findings=tuple(Finding.from_json(item) for item in data["findings"]),
            statuses={(operation, status): count for operation, status, count in data["statuses"]},
            sights={Sight.from_json(sight): count for *sight, count in data["sights"]},
            requests=data["requests"],
            reasons=tuple(data["reasons"]),
            problems=tuple(data["problems"]),
        )


def merged(records: Iterable[Record]) -> Record:
    """Return one record of many; the order in which they arrive does not matter."""
    findings: dict[str, Finding] = {}
    statuses: Counter[tuple[str, int]] = Counter()
    sights: Counter[Sight] = Counter()
    requests = 0
    reasons: set[str] = set()
    problems: set[str] = set()
    for record in records:
        for finding in record.findings:
            known = findings.get(finding.fingerprint)
            findings[finding.fingerprint] = known.joined_with(finding) if known else finding
        statuses.update(record.statuses)
        sights.update(record.sights)
        requests += record.requests
        reasons.update(record.reasons)
        problems.update(record.problems)
    return Record(
        findings=tuple(sorted(findings.values(), key=rank)),
        statuses=dict(sorted(statuses.items())),
        sights=dict(sorted(sights.items())),
        requests=requests,
        reasons=tuple(sorted(reasons)),
        problems=tuple(sorted(problems)),
    )


_LEVELS = ["breaking", "warning", "info"]


def rank(finding: Finding) -> tuple[int, bool, int, str, str]:
    """Order findings as a person reads them: by level, proven first, widest spread, then a stable order."""
    return (
        _LEVELS.index(finding.level.value),
        finding.witness is None,
        -len(finding.operations),
        finding.rule,
        finding.fingerprint,
    )

"""What a comparison of two descriptions of an API showed, as frozen data that is readable without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from specwitness.findings import Finding, Json, Level, Location, Outcome, Verdict
from specwitness.report.model import WaivedFinding

SCHEMA_VERSION = 1
"""Raised when a reader of an older report would misread a newer one."""


@dataclass(frozen=True)
class Described:
    """One of the two descriptions: what the user called it, and what its document calls itself."""

    given: str
    title: str
    version: str

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {"given": self.given, "title": self.title, "version": self.version}

    @classmethod
    def from_json(cls, data: Json) -> Described:
        """Rebuild what `to_json` made."""
        return cls(**data)


@dataclass(frozen=True)
class Counts:
    """How many findings there are of each kind; what is undecided counts as that, whatever its level."""

    breaking: int
    undecided: int
    warning: int
    info: int
    waived: int

    def to_json(self) -> Json:
        """Return JSON-compatible data."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """What changed from one description of an API to another, and matters.

    `contract` is what the findings are known by, and `policy` the one by which they have their levels. `compared`
    counts the operations of both; `removed` and `added` are those of one alone, as `METHOD /path`. `off` counts the
    findings that the contract turns off. `in_new` says where the place of a finding is in the new description, by
    fingerprint; of those that are about the new description it says nothing. `strict` is whether what is undecided
    counts as a break, and `sampled` whether one side is a program, of which messages show what they can. Everything
    here has been redacted before.
    """

    tool_version: str
    contract: str
    old: Described
    new: Described
    policy: str
    strict: bool = False
    compared: int
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    waived: tuple[WaivedFinding, ...] = ()
    off: int = 0
    in_new: Mapping[str, Location] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sampled: bool = False
    schema_version: int = SCHEMA_VERSION

    @property
    def found(self) -> tuple[Finding, ...]:
        """All findings, accepted ones too."""
        return (*self.findings, *(waived.finding for waived in self.waived))

    @cached_property
    def counts(self) -> Counts:
        """How many findings there are of each kind."""
        decided = [finding.level for finding in self.findings if finding.verdict is not Verdict.UNDECIDED]
        return Counts(
            breaking=decided.count(Level.BREAKING),
            undecided=len(self.findings) - len(decided),
            warning=decided.count(Level.WARNING),
            info=decided.count(Level.INFO),
            waived=len(self.waived),
        )

    @property
    def outcome(self) -> Outcome:
        """Incompatible where something breaks, inconclusive where all that might is undecided, else compatible."""
        if self.counts.breaking:
            return Outcome.INCOMPATIBLE
        return Outcome.INCONCLUSIVE if self.counts.undecided else Outcome.COMPATIBLE

    @property
    def contained(self) -> bool:
        """Whether it was shown of all operations of both that no message of theirs is refused, accepted or not."""
        judged = self.compared > 0 and not self.off and not self.sampled
        return judged and all(one.verdict is Verdict.SAFE for one in self.found)

    @property
    def failed(self) -> bool:
        """Whether what was found has to stop whoever asked."""
        return self.counts.breaking > 0 or (self.strict and self.counts.undecided > 0)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`, as `drift-schema.json` describes it."""
        return {
            "schema_version": self.schema_version,
            "tool_version": self.tool_version,
            "contract": self.contract,
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "policy": self.policy,
            "strict": self.strict,
            "outcome": self.outcome.value,
            "failed": self.failed,
            "compared": self.compared,
            "removed": list(self.removed),
            "added": list(self.added),
            "counts": self.counts.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "waived": [waived.to_json() for waived in self.waived],
            "off": self.off,
            "in_new": {fingerprint: where.to_json() for fingerprint, where in self.in_new.items()},
            "notes": list(self.notes),
            "sampled": self.sampled,
        }

    @classmethod
    def from_json(cls, data: Json) -> DriftReport:
        """Rebuild what `to_json` made; raises ValueError for a version it does not know."""
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {data['schema_version']!r} is not {SCHEMA_VERSION}")
        return cls(
            **{field.name: data[field.name] for field in fields(cls)}
            | {
                "old": Described.from_json(data["old"]),
                "new": Described.from_json(data["new"]),
                "removed": tuple(data["removed"]),
                "added": tuple(data["added"]),
                "findings": tuple(Finding.from_json(item) for item in data["findings"]),
                "waived": tuple(WaivedFinding.from_json(item) for item in data["waived"]),
                "in_new": {name: Location.from_json(item) for name, item in data["in_new"].items()},
                "notes": tuple(data["notes"]),
            }
        )

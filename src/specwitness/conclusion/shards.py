"""Parts of one run, tested on several machines: what each leaves behind, and what all of them say together.

A shard is one of N parts of the suite's tests. `dumps` keeps the record of what it saw, `read` reads it, and `joined`
judges the records of all shards as if one process had run every test. What has to be alike is compared first: parts of
two runs that are judged as one would hide what each of them did not test.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specwitness.conclusion.contracts import digest, found
from specwitness.conclusion.reporting import RunFacts, report_of
from specwitness.exceptions import ReportError
from specwitness.findings import Json
from specwitness.record import Record, merged
from specwitness.report.faults import not_json, not_ours
from specwitness.report.model import ContractReport

RECORDS = "records.json"
"""The file of a run's folder that a shard leaves for the others."""
_VERSION = 1
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)
_AGAIN = "Give the shards of one run, all of them: the same revision, options and target"


@dataclass(frozen=True, order=True)
class Shard:
    """One of several parts of a run, counted from 1."""

    number: int
    of: int

    def __post_init__(self) -> None:
        """Hold the rule that there is such a part."""
        if not 1 <= self.number <= self.of:
            raise ValueError(f"there is no shard {self}")

    def __str__(self) -> str:
        """Return it as it is given: `2/3`."""
        return f"{self.number}/{self.of}"

    @classmethod
    def parsed(cls, text: str) -> Shard:
        """Return the shard that `K/N` names; raises ValueError for anything else."""
        given = _SHARD.fullmatch(text)
        if given is None:
            raise ValueError(f"{text!r} is not K/N")
        return cls(int(given[1]), int(given[2]))


@dataclass(frozen=True, kw_only=True)
class ShardRecords:
    """What one shard saw, and what has to be alike in all shards of a run.

    `suite` is a digest of the names of all tests that were dealt out, and `contracts` has one of each contract's files;
    `selection` are the operations that `--operation` named.
    """

    shard: Shard
    tool_version: str
    target: str
    profile: str
    seed: int
    selection: tuple[str, ...]
    suite: str
    contracts: Mapping[str, str]
    started: str
    finished: str | None
    partial: bool
    records: Mapping[str, Record]

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "records_version": _VERSION,
            "shard": str(self.shard),
            "tool_version": self.tool_version,
            "target": self.target,
            "profile": self.profile,
            "seed": self.seed,
            "selection": list(self.selection),
            "suite": self.suite,
            "contracts": dict(self.contracts),
            "started": self.started,
            "finished": self.finished,
            "partial": self.partial,
            "records": {name: record.to_json() for name, record in self.records.items()},
        }

    @classmethod
    def from_json(cls, data: Json) -> ShardRecords:
        """Rebuild what `to_json` made; raises ValueError for a version it does not know."""
        if data["records_version"] != _VERSION:
            raise ValueError(f"version {data['records_version']!r} is not {_VERSION}")
        return cls(
            shard=Shard.parsed(data["shard"]),
            tool_version=data["tool_version"],
            target=data["target"],
            profile=data["profile"],
            seed=data["seed"],
            selection=tuple(data["selection"]),
            suite=data["suite"],
            contracts=data["contracts"],
            started=data["started"],
            finished=data["finished"],
            partial=data["partial"],
            records={name: Record.from_json(record) for name, record in data["records"].items()},
        )


_ALIKE = {
    "tool_version": "version of specwitness",
    "target": "target",
    "profile": "profile",
    "seed": "seed",
    "selection": "selection of operations",
    "contracts": "contracts",
    "suite": "tests",
}
"""What the shards of one run have in common, and what a person calls it; versions first, which explain the others."""


def dumps(records: ShardRecords) -> str:
    """Return the text of `records.json`; unlike a report it keeps numbers that JSON does not have, as Python reads."""
    return json.dumps(records.to_json())


def read(path: Path) -> ShardRecords:
    """Return what a shard left in its folder, or in a file. Raises ReportError."""
    file = path / RECORDS if path.is_dir() else path
    what, again = "what a shard left", "Run the shards again with this version of specwitness"
    try:
        data = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        hint = "Give the folders of runs with --shard that came to their end"
        raise ReportError(str(path), f"it holds no {RECORDS} of a shard", hint) from error
    except OSError as error:
        fault = f"it cannot be read: {error.strerror or error}"
        raise ReportError(str(file), fault, "Give the folder of a run with --shard") from error
    except (ValueError, RecursionError) as error:
        raise not_json(file, what, error, again) from error
    try:
        return ShardRecords.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise not_ours(file, what, data, ("records_version", _VERSION), again) from error


def joined(parts: Sequence[tuple[str, ShardRecords]], specs: Path, *, today: dt.date) -> list[ContractReport]:
    """Return the reports of the run of which these are all shards, each with what the user calls it.

    Raises ReportError where a shard is missing or given twice, where they are of different runs, and where the
    contracts in `specs` are not those that were tested.
    """
    _require_all(parts)
    _require_alike(parts)
    shards = [part for _, part in parts]
    first = shards[0]
    _require_contracts(first, specs)
    partial = any(part.partial for part in shards)
    facts = RunFacts(
        target=first.target,
        profile=first.profile,
        seed=first.seed,
        selection=first.selection,
        started=min(part.started for part in shards),
        finished=None if partial else max(part.finished or "" for part in shards),
        partial=partial,
    )
    contracts = found(specs, tuple(first.contracts))
    if not contracts.keys() >= first.contracts.keys():
        raise _other_contract(specs)
    tested = sorted({name for part in shards for name in part.records})
    if not tested:
        raise ReportError("the shards", "no test in them said anything of a contract", _AGAIN)
    reports = [
        report_of(
            name,
            contracts[name],
            merged(part.records[name] for part in shards if name in part.records),
            facts,
            today=today,
        )
        for name in tested
    ]
    return [replace(report, notes=(*report.notes, *_far_apart(shards))) for report in reports]


def _far_apart(shards: Sequence[ShardRecords]) -> Iterator[str]:
    """Yield what to say of shards that may be alike in all and yet of different runs."""
    first, last = (choose(dt.datetime.fromisoformat(part.started) for part in shards) for choose in (min, max))
    if last - first > _ONE_RUN:
        began = f"between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M} UTC"
        yield f"the shards began {began}: see that they are of one run"


_ONE_RUN = dt.timedelta(hours=1)
"""Within what time the machines of one run begin, as a rule."""


def _require_all(parts: Sequence[tuple[str, ShardRecords]]) -> None:
    counts = {part.shard.of for _, part in parts}
    if len(counts) != 1:
        said = ", ".join(f"{name} is {part.shard}" for name, part in parts)
        raise ReportError("the shards", f"they are parts of different runs: {said}", _AGAIN)
    named: dict[Shard, str] = {}
    for name, part in parts:
        if earlier := named.get(part.shard):
            raise ReportError(f"shard {part.shard}", f"it is given twice: {earlier} and {name}", "Give each shard once")
        named[part.shard] = name
    missing = [number for number in range(1, max(counts) + 1) if Shard(number, max(counts)) not in named]
    if missing:
        said = ", ".join(f"{number}/{max(counts)}" for number in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise ReportError("the shards", f"not all of the run are here: {said}{more} missing", _AGAIN)


_NAMED = 10


def _require_alike(parts: Sequence[tuple[str, ShardRecords]]) -> None:
    (first_name, first), *others = parts
    for field, called in _ALIKE.items():
        for name, other in others:
            one, two = getattr(first, field), getattr(other, field)
            if one != two:
                fault = f"they are not of one run: {first_name} and {name} differ in their {called}{_told(one, two)}"
                raise ReportError("the shards", fault, _AGAIN)


def _told(one: object, two: object) -> str:
    """Say what two values are that a person can tell apart: of contracts their names, of digests nothing."""
    if isinstance(one, dict) and isinstance(two, dict):
        return f" ({', '.join(sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name)))})"
    if isinstance(one, str) and re.fullmatch("[0-9a-f]{64}", one):
        return ""
    return f" ({_worded(one)} and {_worded(two)})"


def _worded(value: object) -> str:
    return ", ".join(map(str, value)) or "all" if isinstance(value, tuple) else str(value)


def _require_contracts(shard: ShardRecords, specs: Path) -> None:
    for name, expected in shard.contracts.items():
        if digest(specs / name) != expected:
            raise _other_contract(specs / name)


def _other_contract(path: Path) -> ReportError:
    return ReportError(
        str(path),
        "it is not the contract that the shards were tested against",
        "Give --specs, or check out the revision that they ran at",
    )

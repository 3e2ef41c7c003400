"""Look up what is remembered: the last runs, and the life of one finding."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from specwitness.exceptions import HistoryError
from specwitness.findings import Level, Outcome
from specwitness.report.history import store
from specwitness.report.history.runs import FIXED, TREND

_NAMED = 5
_MORE = "Give more digits"


@dataclass(frozen=True)
class KeptRun:
    """A run of one contract, as it is remembered; the counts are those of `EarlierRun`."""

    name: str
    contract: str
    target: str
    started: str
    outcome: Outcome
    profile: str
    selection: tuple[str, ...]
    new: int
    persisting: int
    fixed: int


@dataclass(frozen=True)
class Mark:
    """What a run said of a finding: a `Change`, `fixed`, or nothing; and whether it was accepted then."""

    run: str
    started: str
    said: str
    waived: bool


@dataclass(frozen=True)
class Life:
    """All that is remembered of a finding in the runs against one target; `last` are the last of these, in order."""

    fingerprint: str
    contract: str
    target: str
    rule: str
    level: Level
    message: str
    first_seen: str
    last_seen: str
    is_open: bool
    seen: int
    runs: int
    last: tuple[Mark, ...]


def runs(path: Path, contract: str | None = None) -> list[KeptRun]:
    """Return the last runs, of one contract or of all, the last one first. Raises HistoryError."""
    with store.reading(path) as history:
        known = _contracts(history)
        if contract is not None and contract not in known:
            hint = f"Remembered are: {', '.join(known) or 'none'}"
            raise HistoryError(str(path), f"no run of a contract {contract!r} is remembered", hint)
        rows = history.execute(
            "SELECT name, contract, target, started, outcome, profile, selection, new, persisting, fixed"
            " FROM runs JOIN lines ON line = lines.id WHERE ? IS NULL OR contract = ?"
            " ORDER BY started DESC, runs.id DESC LIMIT ?",
            (contract, contract, TREND),
        )
        return [
            KeptRun(name, of, target, started, Outcome(outcome), profile, tuple(json.loads(selection)), *counts)
            for name, of, target, started, outcome, profile, selection, *counts in rows
        ]


def contracts(path: Path) -> list[str]:
    """Return the names of all contracts of which a run is remembered. Raises HistoryError."""
    with store.reading(path) as history:
        return _contracts(history)


def _contracts(history: sqlite3.Connection) -> list[str]:
    return [name for (name,) in history.execute("SELECT DISTINCT contract FROM lines ORDER BY contract")]


def lives(path: Path, fingerprint: str) -> list[Life]:
    """Return the life of the one finding whose fingerprint begins so, at each target it was seen at.

    Raises HistoryError, too where several begin so.
    """
    with store.reading(path) as history:
        rows = history.execute(
            "SELECT findings.id, line, fingerprint, contract, target, rule, level, message, first_seen, last_seen,"
            " is_open FROM findings JOIN lines ON line = lines.id WHERE substr(fingerprint, 1, ?) = ?"
            " ORDER BY last_seen DESC, target",
            (len(fingerprint), fingerprint),
        ).fetchall()
        if not rows:
            hint = "Take the fingerprint of a finding from a report"
            raise HistoryError(str(path), f"no run that is remembered had a finding {fingerprint}", hint)
        found = sorted({str(row[2]) for row in rows})
        if len(found) > 1:
            listed = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
            raise HistoryError(str(path), f"{len(found)} findings begin with {fingerprint} ({listed})", _MORE)
        return [_life(facts, _marks(history, finding, line)) for finding, line, *facts in rows]


def _life(facts: list[str], marks: list[Mark]) -> Life:
    fingerprint, contract, target, rule, level, message, first_seen, last_seen, is_open = facts
    return Life(
        fingerprint=fingerprint,
        contract=contract,
        target=target,
        rule=rule,
        level=Level(level),
        message=message,
        first_seen=first_seen,
        last_seen=last_seen,
        is_open=bool(is_open),
        seen=sum(mark.said not in {"", FIXED} for mark in marks),
        runs=len(marks),
        last=tuple(marks[-TREND:]),
    )


def _marks(history: sqlite3.Connection, finding: int, line: int) -> list[Mark]:
    rows = history.execute(
        "SELECT name, started, mark, waived FROM runs LEFT JOIN marks ON run = id AND finding = ?"
        " WHERE line = ? ORDER BY id",
        (finding, line),
    )
    return [Mark(name, started, said or "", bool(waived)) for name, started, said, waived in rows]

"""Keep runs, and say how each stands to those before it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from specwitness.exceptions import HistoryError
from specwitness.findings import Finding, Level, Outcome
from specwitness.report.history import changes, store
from specwitness.report.history.changes import Known, Past
from specwitness.report.model import Change, ContractReport, EarlierRun, FixedFinding, History, Latency, RunReport
from specwitness.report.text import one_line

TREND = 30
"""How many runs a trend has, the one that it is of included."""
FIXED = "fixed"
"""The mark of a run at a finding that it looked for in vain; the others are those of `Change`."""
WHOLE = "[]"
"""The selection of a run that was of everything."""
_LONGEST_MESSAGE = 300


def remembered(path: Path, run: RunReport) -> RunReport:
    """Return the report of a run with its history, and keep the run, unless it is known.

    A run that was stopped, or a part of one, is compared with the others, but not kept, as one that was killed is not:
    the next one finds the same again, and calls it new. Raises HistoryError; nothing of the run is kept then.
    """
    with store.writing(path) as history:
        return replace(run, contracts=tuple(_with_history(history, run.name, contract) for contract in run.contracts))


def remembered_or_not(path: Path, run: RunReport) -> tuple[RunReport, HistoryError | None]:
    """Return what `remembered` does; where it cannot, the report with a note of that, and why: it costs no verdict."""
    try:
        return remembered(path, run), None
    except HistoryError as why:
        note = f"how this run stands to earlier ones is not known. {why}"
        noted = (replace(contract, history=None, notes=(note, *contract.notes)) for contract in run.contracts)
        return replace(run, contracts=tuple(noted)), why


def _with_history(history: sqlite3.Connection, name: str, report: ContractReport) -> ContractReport:
    history.execute("SAVEPOINT one_contract")
    line = _line(history, report)
    # Shards that are merged once more get another folder, and are the same run.
    key = (line, report.started, report.finished)
    known = history.execute("SELECT id FROM runs WHERE line = ? AND started = ? AND finished = ?", key).fetchone()
    run = known[0] if known else _kept(history, line, name, report)
    compared = replace(report, history=_history(history, line, run))
    if report.partial or report.shard:
        history.execute("ROLLBACK TO one_contract")
    history.execute("RELEASE one_contract")
    return compared


def _line(history: sqlite3.Connection, report: ContractReport) -> int:
    key = (_text(report.contract), _text(changes.line(report.target)))
    history.execute("INSERT OR IGNORE INTO lines (contract, target) VALUES (?, ?)", key)
    (line,) = history.execute("SELECT id FROM lines WHERE contract = ? AND target = ?", key).fetchone()
    return int(line)


def _kept(history: sqlite3.Connection, line: int, name: str, report: ContractReport) -> int:
    """Compare a run with those before it, add it to them, and return its number."""
    past, coverage = _past(history, line), changes.by_operation(report)
    changed, fixed, seen = changes.changes(report, past), changes.fixed(report, past), changes.seen(report)
    waived = {one.finding.fingerprint for one in report.waived}
    counts = Counter(change for fingerprint, change in changed.items() if fingerprint not in waived)
    new = counts[Change.NEW] + counts[Change.REOPENED]
    run = history.execute(
        "INSERT INTO runs (line, name, started, finished, outcome, profile, seed, selection, requests, new, persisting,"
        " fixed, latency) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            line,
            _text(name),
            report.started,
            report.finished,
            report.outcome.value,
            _text(report.profile),
            str(report.seed),
            json.dumps(report.selection),
            report.requests,
            new,
            counts.total() - new,
            len(fixed),
            _latencies(report),
        ),
    ).lastrowid
    history.executemany(
        "INSERT INTO findings (line, fingerprint, rule, level, message, needs, found_by, is_open, first_seen,"
        " last_seen) VALUES (:line, :fingerprint, :rule, :level, :message, :needs, :found_by, 1, :started, :started)"
        " ON CONFLICT (line, fingerprint) DO UPDATE SET rule = :rule, level = :level, message = :message,"
        " needs = :needs, found_by = :found_by, is_open = 1,"
        # A run that is merged late began before what was remembered since.
        " first_seen = min(first_seen, :started), last_seen = max(last_seen, :started)",
        [
            _row(report, finding, past.findings.get(fingerprint), changes.needs(coverage, finding)) | {"line": line}
            for fingerprint, finding in seen.items()
        ],
    )
    mark = "INSERT INTO marks SELECT ?, id, ?, ? FROM findings WHERE line = ? AND fingerprint = ?"
    marks = [(run, change.value, one in waived, line, one) for one, change in changed.items()]
    gone = [(line, known.fingerprint) for known in fixed]
    history.executemany(mark, [*marks, *((run, FIXED, False, *key) for key in gone)])
    history.executemany("UPDATE findings SET is_open = 0 WHERE line = ? AND fingerprint = ?", gone)
    return int(run or 0)


def _row(
    report: ContractReport, finding: Finding, known: Known | None, needs: Mapping[str, str]
) -> dict[str, str | int]:
    found_by = changes.smaller(report.profile, known.found_by) if known and known.is_open else report.profile
    return {
        "fingerprint": finding.fingerprint,
        "rule": _text(finding.rule),
        "level": finding.level.value,
        "message": one_line(finding.message, _LONGEST_MESSAGE),
        "needs": json.dumps(needs),
        "found_by": _text(found_by),
        "started": report.started,
    }


def _past(history: sqlite3.Connection, line: int) -> Past:
    runs = history.execute(
        "SELECT id, profile FROM runs WHERE line = ? AND selection = ? ORDER BY id DESC", (line, WHOLE)
    )
    fixed_in: dict[int, list[int]] = {}
    for finding, run in history.execute(
        "SELECT finding, run FROM marks JOIN findings ON finding = id WHERE line = ? AND mark = 'fixed'", (line,)
    ):
        fixed_in.setdefault(finding, []).append(run)
    findings = history.execute(
        "SELECT id, fingerprint, rule, level, message, first_seen, last_seen, is_open, found_by, needs"
        " FROM findings WHERE line = ? ORDER BY id",
        (line,),
    )
    return Past(
        tuple(runs.fetchall()),
        {
            fingerprint: Known(
                fingerprint,
                rule,
                Level(level),
                message,
                first_seen,
                last_seen,
                bool(is_open),
                found_by,
                json.loads(needs),
                fixed_in.get(finding, ()),
            )
            for finding, fingerprint, rule, level, message, first_seen, last_seen, is_open, found_by, needs in findings
        },
    )


def _history(history: sqlite3.Connection, line: int, run: int) -> History:
    """Return what was found out when a run was kept."""
    marked = history.execute(
        "SELECT mark, fingerprint, rule, level, message, first_seen, last_seen"
        " FROM marks JOIN findings ON finding = id WHERE run = ? ORDER BY finding",
        (run,),
    ).fetchall()
    seen = [(mark, fingerprint, first_seen) for mark, fingerprint, *_, first_seen, _ in marked if mark != FIXED]
    return History(
        {fingerprint: Change(mark) for mark, fingerprint, _ in seen},
        {fingerprint: first_seen for _, fingerprint, first_seen in seen},
        tuple(
            FixedFinding(fingerprint, rule, Level(level), message, first_seen, last_seen)
            for mark, fingerprint, rule, level, message, first_seen, last_seen in marked
            if mark == FIXED
        ),
        _trend(history, line, run),
    )


def _trend(history: sqlite3.Connection, line: int, run: int) -> tuple[EarlierRun, ...]:
    """Return the last runs up to one; of the others only those of everything, since a selection compares with none."""
    rows: Iterable[tuple[str, str, str, int, int, int, str]] = history.execute(
        "SELECT name, started, outcome, new, persisting, fixed, latency FROM runs"
        " WHERE line = ? AND (id = ? OR id < ? AND selection = ?) ORDER BY id DESC LIMIT ?",
        (line, run, run, WHOLE, TREND),
    ).fetchall()
    return tuple(
        EarlierRun(
            name,
            started,
            Outcome(outcome),
            new,
            persisting,
            fixed,
            {operation: Latency(*times) for operation, times in json.loads(latency).items()},
        )
        for name, started, outcome, new, persisting, fixed, latency in rows
    )[::-1]


def _latencies(report: ContractReport) -> str:
    times = {one.operation: tuple(one.latency.to_json().values()) for one in report.coverage if one.latency}
    return json.dumps(times, separators=(",", ":"))


def _text(text: str) -> str:
    """Return text that SQLite can hold: without half of a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode()

"""The file of the history: SQLite, one writer at a time, a run whole or not at all.

What is not a history, is damaged, or was written by a newer version is left as it is. Write-ahead logging lets readers
read while a run is written; where the file system has no shared memory, SQLite goes on with its rollback journal, which
is as safe (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from specwitness.exceptions import HistoryError
from specwitness.report.faults import remedy

FILE_NAME = "history.db"
PATIENCE = 30.0
"""How many seconds to wait for other runs that write."""

_APPLICATION = 0x53574954
"""Marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id): `SWIT`."""

_VERSION_1 = """
CREATE TABLE lines (
    id INTEGER PRIMARY KEY,
    contract TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (contract, target)
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    line INTEGER NOT NULL REFERENCES lines,
    name TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    outcome TEXT NOT NULL,
    profile TEXT NOT NULL,
    seed TEXT NOT NULL,
    selection TEXT NOT NULL,
    requests INTEGER NOT NULL,
    new INTEGER NOT NULL,
    persisting INTEGER NOT NULL,
    fixed INTEGER NOT NULL,
    latency TEXT NOT NULL,
    UNIQUE (line, started, finished)
);
CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    line INTEGER NOT NULL REFERENCES lines,
    fingerprint TEXT NOT NULL,
    rule TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    needs TEXT NOT NULL,
    found_by TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    UNIQUE (line, fingerprint)
);
CREATE TABLE marks (
    run INTEGER NOT NULL REFERENCES runs,
    finding INTEGER NOT NULL REFERENCES findings,
    mark TEXT NOT NULL,
    waived INTEGER NOT NULL,
    PRIMARY KEY (run, finding)
) WITHOUT ROWID;
CREATE INDEX fixed_in ON marks (finding, run) WHERE mark = 'fixed';
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1,)
"""What makes version N + 1 of a file of version N; a step that was released is never changed."""

_WHAT_IT_IS = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
FROM pragma_application_id, pragma_user_version
"""
"""One statement, so that no other run that begins the history comes between the answers."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_ERRNO = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
}


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend the history for one transaction, which lasts as a whole once the block ends; the file is made if needed.

    Raises HistoryError.
    """
    with _worded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connected(path, "mode=rwc")) as history:
            _version(history, path)
            with _transaction(history):
                _require_sound(history, path)
                _bring_up_to_date(history, _version(history, path))
            # Of several runs that begin a history at once one succeeds; they are safe without it, too.
            with suppress(sqlite3.OperationalError):
                history.execute("PRAGMA journal_mode = WAL")
            with _transaction(history):
                yield history


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend the history as it is now; nothing is written, not even to a file of an older version.

    Raises HistoryError, too where there is none.
    """
    if not path.is_file():
        hint = "A run writes it; name one with --history"
        raise HistoryError(str(path), "there is no history of runs", hint)
    with _worded(path), closing(_readable(path)) as history:
        version = _version(history, path)
        _require_sound(history, path)
        if version == len(MIGRATIONS):
            yield history
            return
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            history.backup(copy)
            _bring_up_to_date(copy, version)
            yield copy


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    history = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", timeout=PATIENCE, isolation_level=None, uri=True)
    # What a history that was handed to us defines beside its tables must not act here.
    history.execute("PRAGMA trusted_schema = OFF")
    return history


def _readable(path: Path) -> sqlite3.Connection:
    """Open a file to read, also one in a folder where nothing can be written, not even the index of its log."""
    history = _connected(path, "mode=rw")
    try:
        history.execute("PRAGMA user_version")
    except sqlite3.OperationalError:
        history.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        return _connected(path, "immutable=1")
    return history


@contextmanager
def _transaction(history: sqlite3.Connection) -> Iterator[None]:
    history.execute("BEGIN IMMEDIATE")
    try:
        yield
        history.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some faults.
        if history.in_transaction:
            history.execute("ROLLBACK")
        raise


def _version(history: sqlite3.Connection, path: Path) -> int:
    """Return the version of a history, 0 of an empty file. Raises HistoryError for what is none that we know."""
    application, version, tables = history.execute(_WHAT_IT_IS).fetchone()
    if application != _APPLICATION and (tables or version):
        raise HistoryError(
            str(path),
            "it is a database, but no history of runs",
            "It is left as it is; name another file with --history",
        )
    if version > len(MIGRATIONS):
        fault = f"it is of version {version}, and this specwitness knows none above {len(MIGRATIONS)}"
        raise HistoryError(
            str(path), fault, "It is left as it is; update specwitness, or name another file with --history"
        )
    return int(version)


def _require_sound(history: sqlite3.Connection, path: Path) -> None:
    """Raise HistoryError for a file that is damaged somewhere, before anything is written to it."""
    (answer,) = history.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise _damaged(path, str(answer))


def _bring_up_to_date(history: sqlite3.Connection, version: int) -> None:
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        for statement in step.split(";\n"):
            history.execute(statement)
        history.execute(f"PRAGMA user_version = {number}")
        history.execute(f"PRAGMA application_id = {_APPLICATION}")


@contextmanager
def _worded(path: Path) -> Iterator[None]:
    """Raise HistoryError for what SQLite, the disk, or values that no run wrote say."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _DAMAGED:
            raise _damaged(path, str(error)) from error
        if code in _BUSY:
            fault = f"another run has been writing to it for {PATIENCE:.0f} s"
            raise HistoryError(str(path), fault, "Run again when it has ended, or end it") from error
        raise _unusable(path, str(error), _ERRNO.get(code)) from error
    except OSError as error:
        raise _unusable(path, error.strerror or str(error), error.errno) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path, "it holds what no run writes") from error


def _damaged(path: Path, words: str) -> HistoryError:
    hint = "It is left as it is; restore it from an earlier run, or move it away to begin a new one"
    return HistoryError(str(path), f"it is damaged, or no history of runs ({words})", hint)


def _unusable(path: Path, words: str, number: int | None) -> HistoryError:
    hint = f"What it had is as it was; {remedy(number, 'name another file with --history')}"
    return HistoryError(str(path), f"the history of runs cannot be used: {words}", hint)

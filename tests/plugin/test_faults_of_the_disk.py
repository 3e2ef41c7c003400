"""What a disk can do to a run: the verdict is printed, the exit code is right, and what was there is still there."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from specwitness.report.history import lives
from specwitness.report.write import read

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
Before = dict[str, bytes]

SUITE = [sys.executable, "-m", "pytest", "--pyargs", "specwitness.suite", "-p", "no:cacheprovider"]
WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
OWN_MOUNTS = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


@pytest.fixture
def before(run: Run, project: pytest.Pytester) -> Before:
    """What a run that went well has left behind."""
    assert run()[0].ret == 0
    return contents(project.path / "reports")


def contents(folder: Path) -> Before:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "latest")
    }


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    printed, _ = process.communicate(timeout=120)
    return process.returncode, printed


def started(project: pytest.Pytester, *arguments: str, before: tuple[str, ...] = (), **options: Any) -> Any:
    return subprocess.Popen(
        [*before, *SUITE, *arguments],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def assert_compatible(code: int, printed: str, *said: str) -> None:
    """The verdict is printed and the exit code is right, though something is said besides."""
    assert "COMPATIBLE pets: no breaking finding" in printed, printed
    assert "Traceback" not in printed
    assert "INTERNALERROR" not in printed
    for words in said:
        assert printed.count(words) == 1, printed
    assert code == 0, printed


def assert_intact(folder: Path, before: Before) -> None:
    """Nothing that was there has changed, and no half of a file was left beside it."""
    after = contents(folder)
    assert {name: after.get(name) for name in before} == before
    assert [name for name in after if name.endswith(".tmp")] == []


# --- Full -------------------------------------------------------------------------------------------------------------

FILLED = """
mount -t tmpfs -o size=512k tmpfs reports && cp -a kept/. reports && cat /dev/zero > reports/filler 2> /dev/null
"$@"
code=$?
rm reports/filler && cp -a reports/. after && exit $code
"""


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = [*OWN_MOUNTS, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="this machine lets nobody mount a small disk")
def test_a_full_disk_costs_neither_the_verdict_nor_what_is_on_it(project: pytest.Pytester, before: Before) -> None:
    (project.path / "reports").rename(project.path / "kept")
    project.mkdir("reports")
    project.mkdir("after")
    process = started(project, before=(*OWN_MOUNTS, "sh", "-c", FILLED, "sh"))

    assert_compatible(*finished(process), "the report cannot be written: No space left on device. Earlier reports are")
    assert_intact(project.path / "after", before)
    assert read(project.path / "after" / "latest").outcome == "compatible"


def limited(size: int) -> Callable[[], None]:
    """Let a process write no file that is larger, as a disk does that is full at that point."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_report_that_does_not_fit_costs_nothing_else(project: pytest.Pytester, before: Before) -> None:
    process = started(project, preexec_fn=limited(1000))

    assert_compatible(*finished(process), "the report cannot be written: File too large")
    assert_intact(project.path / "reports", before)
    assert len(lives.runs(project.path / "reports" / "history.db")) == 1


def test_a_history_that_does_not_fit_costs_nothing_else(project: pytest.Pytester, before: Before) -> None:
    folder = project.path / "reports"
    padded(folder / "history.db")
    before["history.db"] = (folder / "history.db").read_bytes()
    process = started(project, preexec_fn=limited(len(before["history.db"]) // 2))

    assert_compatible(*finished(process), "history.db: the history of runs cannot be used: ")
    assert_intact(folder, before)
    (report,) = read(folder / "latest").contracts
    assert report.history is None
    assert "how this run stands to earlier ones is not known" in report.notes[-1]


def padded(path: Path) -> None:
    """Let a history be as large as that of a year: its log is, too, when a run of many findings is written."""
    with closing(sqlite3.connect(path)) as history, history:
        history.execute("UPDATE runs SET latency = ?", (json.dumps({"x" * 4_000_000: [1, 1, 1, 1]}),))


# --- Read-only --------------------------------------------------------------------------------------------------------


@pytest.fixture
def read_only(project: pytest.Pytester, before: Before) -> Iterator[Path]:
    """The folder of the earlier run, in which nothing can be written."""
    assert before
    folder = project.path / "reports"
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


@pytest.mark.skipif(bool(WITHOUT_PRIVILEGES) and shutil.which("setpriv") is None, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_costs_no_verdict(
    project: pytest.Pytester, before: Before, read_only: Path
) -> None:
    process = started(project, before=tuple(WITHOUT_PRIVILEGES))

    assert_compatible(*finished(process), "reports: the report cannot be written: Permission denied")
    assert_intact(read_only, before)


@pytest.mark.skipif(bool(WITHOUT_PRIVILEGES) and shutil.which("setpriv") is None, reason="root may write everywhere")
def test_a_history_that_cannot_be_written_costs_no_verdict(
    project: pytest.Pytester, before: Before, read_only: Path
) -> None:
    process = started(
        project, "--report-dir", "others", "--history", "reports/history.db", before=tuple(WITHOUT_PRIVILEGES)
    )

    assert_compatible(*finished(process), "reports/history.db: the history of runs cannot be used: ")
    assert_intact(read_only, before)
    assert read(project.path / "others" / "latest").contracts[0].history is None


# --- Damaged, or newer ------------------------------------------------------------------------------------------------


def corrupt(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * 4096 + content[8192:])


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as history:
        history.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("fault", "said"),
    [(corrupt, "history.db: it is damaged, or no history of runs ("), (newer, "history.db: it is of version 99")],
)
def test_a_history_that_cannot_be_used_is_named_and_left_as_it_is(
    run: Run, project: pytest.Pytester, before: Before, fault: Callable[[Path], None], said: str
) -> None:
    path = project.path / "reports" / "history.db"
    fault(path)
    before["history.db"] = path.read_bytes()
    result, report = run()

    assert_compatible(int(result.ret), result.stdout.str(), said)
    assert_intact(project.path / "reports", before)
    assert report["history"] is None
    assert said in report["notes"][-1]


# --- At once, and killed ----------------------------------------------------------------------------------------------


def test_two_runs_at_once_keep_a_report_each_and_remember_both(project: pytest.Pytester) -> None:
    runs = [started(project) for _ in range(2)]
    for process in runs:
        assert_compatible(*finished(process))
    reports = project.path / "reports"
    folders = sorted(path for path in reports.iterdir() if path.is_dir() and not path.is_symlink())

    assert [(path.name, read(path).partial) for path in folders] == [(path.name, False) for path in folders]
    assert len(folders) == 2
    assert {run.name for run in lives.runs(reports / "history.db")} == {path.name for path in folders}
    assert (reports / "latest").resolve() in folders


def test_a_run_that_is_killed_at_any_moment_harms_no_other(project: pytest.Pytester, before: Before) -> None:
    reports = project.path / "reports"
    history = before.pop("history.db")
    assert history
    chance = random.SystemRandom()
    for _ in range(5):
        # After so many lines of output: at its start, in a test, or while it reports.
        process = started(project, "-v", env={**os.environ, "PYTHONUNBUFFERED": "1"})
        lines = chance.randrange(30)
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        finished(process)
        after = contents(reports)
        assert {name: after.get(name) for name in before} == before, lines
        assert len(read(reports / "latest").contracts) == 1, lines
        known = lives.runs(reports / "history.db")
        assert {run.outcome for run in known} == {"compatible"}, lines
    assert_compatible(*finished(started(project)))
    (report,) = read(reports / "latest").contracts
    assert report.history is not None
    assert len(report.history.trend) == len(known) + 1

"""Put a report in place, whole or not at all, and read it back.

A run claims its folder once (`folder_for`) and may write to it as often as it likes: early with `partial=True`, so that
a run that is killed leaves a report that says so, and once more at its end. Nothing is replaced before everything new
is on the disk.
"""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from specwitness.exceptions import ReportError
from specwitness.report import junit, markdown, sarif
from specwitness.report.faults import not_json, not_ours, remedy
from specwitness.report.model import SCHEMA_VERSION, RunReport
from specwitness.report.portable import json_text

LATEST = "latest"
_MOST_LAID_OUT = 5_000


def folder_for(directory: Path, started: str) -> Path:
    """Create and return the folder of one run, which no other run gets: its UTC time, numbered if taken.

    `started` is ISO 8601 with its offset. Raises ReportError where the folder cannot be created.
    """
    name = dt.datetime.fromisoformat(started).astimezone(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        return next(directory / name for name in names if _claimed(directory / name))
    except OSError as error:
        raise _unwritable(directory, error) from error


def write(report: RunReport, folder: Path, *, beside: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Write a run's report to its folder in every form, and return the page for people, `index.html`.

    `beside` are more files and their texts. `latest` beside the folder then leads to it. Raises ReportError, with the
    earlier files of the folder as they were, where something cannot be written.
    """
    return _write(report, folder, FORMS, beside) / "index.html"


def write_unfinished(report: RunReport, folder: Path) -> Path:
    """Write what is left of a run that is killed: its data, and the page `report.md`, which is returned."""
    return _write(report, folder, {name: FORMS[name] for name in _SOON_MADE}, {}) / "report.md"


def _write(
    report: RunReport, folder: Path, forms: Mapping[str, Callable[[RunReport], str]], beside: Mapping[str, str]
) -> Path:
    with _nothing_collected():
        contents = {name: render(report) for name, render in forms.items()} | dict(beside)
    fresh = {folder / name: folder / f".{name}.{os.getpid()}.tmp" for name in contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for (path, temporary), content in zip(fresh.items(), contents.values(), strict=True):
            _store(temporary, content)
            # A folder in the way would be found only when half of the files are new.
            if path.is_dir():
                raise IsADirectoryError(0, "a folder of that name is in the way", str(path))
        for path, temporary in fresh.items():
            temporary.replace(path)
        _lead(folder.parent / LATEST, folder.name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for temporary in fresh.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return folder


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage meanwhile: among very many findings that takes a third of the time, and there is none."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def place(path: Path, content: str) -> None:
    """Write one file, whole or not at all; what is no file, such as a pipe, is written to as it is.

    Raises ReportError.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content.encode())
        else:
            _store(temporary, content)
            temporary.replace(target)
    except OSError as error:
        hint = remedy(error.errno, "name another file").capitalize()
        raise ReportError(str(path), f"it cannot be written: {error.strerror or error}", hint) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read(path: Path) -> RunReport:
    """Return the report of a `report.json`, or of the folder it is in. Raises ReportError."""
    path = path / "report.json" if path.is_dir() else path
    what, hint = "a report of specwitness", "Name a report.json or its folder"
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReportError(str(path), f"it cannot be read: {error.strerror or error}", hint) from error
    except (ValueError, RecursionError) as error:
        raise not_json(path, what, error, hint) from error
    try:
        return RunReport.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise not_ours(path, what, data, ("schema_version", SCHEMA_VERSION), hint) from error


def located(directory: Path, run: str) -> Path:
    """Return where a run is: a path, or a name in a directory, `latest` too. Raises ReportError."""
    note = directory / f"{LATEST}.txt"
    if Path(run).exists() and run != LATEST:
        return Path(run)
    if (directory / run).exists():
        return directory / run
    try:
        if run == LATEST and note.is_file():
            return directory / note.read_text("utf-8").strip()
        runs = sorted(path.parent.name for path in directory.glob("*/report.json") if not path.parent.is_symlink())
    except (OSError, ValueError) as error:
        raise ReportError(str(directory), f"it cannot be read: {error}", "Name the folder of a run") from error
    hint = f"The last runs in {directory} are {', '.join(runs[-_LAST:])}" if runs else f"There is no run in {directory}"
    raise ReportError(f"run {run}", "there is none of that name", hint)


_LAST = 5


def dumps(report: RunReport) -> str:
    """Return the text of `report.json`; that of very many findings is not laid out, which would take twice as long."""
    findings = sum(len(contract.findings) for contract in report.contracts)
    return json_text(report.to_json(), indent=2 if findings <= _MOST_LAID_OUT else None)


def _page(report: RunReport) -> str:
    from specwitness.report import page  # noqa: PLC0415 - templates and pictures, which a run needs at its end alone

    return page.render(report)


def _har(report: RunReport) -> str:
    from specwitness.report import har  # noqa: PLC0415 - likewise

    return har.render(report)


FORMS: Mapping[str, Callable[[RunReport], str]] = {
    "report.json": dumps,
    "junit.xml": junit.render,
    "report.md": markdown.render,
    "index.html": _page,
    "report.sarif": sarif.render,
    "exchanges.har": _har,
}
"""The files of a report, and what makes the text of each."""
_SOON_MADE = ("report.json", "junit.xml", "report.md")


def _claimed(folder: Path) -> bool:
    """Create a folder, unless another run has: of two that start in the same second, one is too late and counts on."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _store(path: Path, content: str) -> None:
    with path.open("wb") as file:
        file.write(content.encode())
        file.flush()
        # Some file systems find out only here that the disk is full.
        os.fsync(file.fileno())


def _lead(path: Path, target: str) -> None:
    """Let a path lead to a folder beside it: by a relative link, or where links fail by a text file with its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    note = path.with_name(f"{path.name}.txt")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(target, target_is_directory=True)
        temporary.replace(path)
    except (OSError, NotImplementedError):
        temporary.unlink(missing_ok=True)
        _store(temporary, target + "\n")
        temporary.replace(note)
    else:
        note.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ReportError:
    hint = f"Earlier reports are as they were; {remedy(error.errno, 'choose another folder with --report-dir')}"
    return ReportError(str(path), f"the report cannot be written: {error.strerror or error}", hint)

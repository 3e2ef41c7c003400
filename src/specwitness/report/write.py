"""Put a report in place, whole or not at all, and read it back.

A run claims its folder once (`folder_for`) and may write to it as often as it likes: early with `partial=True`, so that
a run that is killed leaves a report that says so, and once more at its end. Nothing is replaced before everything new
is on the disk.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import os
import re
from contextlib import suppress
from pathlib import Path

from specwitness.exceptions import ReportError
from specwitness.findings import Json
from specwitness.report import junit, markdown
from specwitness.report.model import RunReport

LATEST = "latest"
_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_ESCAPED = re.compile(r"[\ud800-\udfff]|#(?=#[A-Za-z]*\[)")
"""What stands inside strings alone and is better written as JSON's escape: a lone surrogate, which UTF-8 cannot hold,
and what a CI service would take for an order where the text is printed to its log (`##[`, `##vso[`)."""
_HINT = "Earlier reports are as they were; make room, or choose another folder with --report-dir"


def folder_for(directory: Path, started: str, contract: str) -> Path:
    """Create and return the folder of one run, which no other run gets: `<UTC time>-<contract>`, numbered if taken.

    `started` is ISO 8601 with its offset. Raises ReportError where the folder cannot be created.
    """
    time = dt.datetime.fromisoformat(started).astimezone(dt.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    name = f"{time}-{_fit(contract)}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        return next(directory / name for name in names if _claimed(directory / name))
    except OSError as error:
        raise _unwritable(directory, error) from error


def write(report: RunReport, folder: Path) -> Path:
    """Write report.json, report.md and junit.xml to a run's folder and return the page for people, `report.md`.

    `latest` and `latest-<contract>` beside the folder then lead to it. Raises ReportError, with the earlier files of
    the folder as they were, where something cannot be written.
    """
    contents = {
        "report.json": dumps(report),
        "junit.xml": junit.render(report),
        "report.md": markdown.render(report),
    }
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
        for name in (LATEST, f"{LATEST}-{_fit(report.contract)}"):
            _lead(folder.parent / name, folder.name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for temporary in fresh.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return folder / "report.md"


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
        hint = "Make room, or name another file"
        raise ReportError(str(path), f"it cannot be written: {error.strerror or error}", hint) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read(path: Path) -> RunReport:
    """Return the report of a `report.json`, or of the folder it is in. Raises ReportError."""
    path = path / "report.json" if path.is_dir() else path
    try:
        return RunReport.from_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        fault = f"it cannot be read: {error.strerror or error}"
        raise ReportError(str(path), fault, "Name a report.json or its folder") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        fault = f"it is not a report: {type(error).__name__}: {error}"
        raise ReportError(str(path), fault, "Write it again with this version of specwitness") from error


def dumps(report: RunReport) -> str:
    """Return the text of `report.json`."""
    return json_text(report.to_json())


def json_text(data: Json) -> str:
    """Return JSON data as text that every parser reads."""
    text = json.dumps(_portable(data), ensure_ascii=False, indent=2, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _claimed(folder: Path) -> bool:
    """Create a folder, unless another run has: of two that start in the same second, one is too late and counts on."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _portable(value: Json) -> Json:
    """Return JSON data without NaN and the infinities, which Python's parser lets in and others refuse."""
    match value:
        case dict():
            return {key: _portable(item) for key, item in value.items()}
        case list() | tuple():
            return [_portable(item) for item in value]
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value


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


def _fit(contract: str) -> str:
    return _UNFIT_FOR_A_NAME.sub("-", contract) or "-"


def _unwritable(path: Path, error: OSError) -> ReportError:
    return ReportError(str(path), f"the report cannot be written: {error.strerror or error}", _HINT)

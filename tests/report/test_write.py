"""Reports on the disk: whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness import Level
from specwitness.exceptions import ReportError
from specwitness.report.model import ContractReport, RunReport
from specwitness.report.write import FORMS, dumps, folder_for, place, read, write

STARTED = "2026-03-01T03:00:00.5+01:00"
FOLDER = "2026-03-01T02-00-00Z"


def run(report: ContractReport) -> RunReport:
    return RunReport(FOLDER, (report,))


def test_a_run_writes_its_folder_and_latest_leads_to_it(tmp_path: Path, incompatible: ContractReport) -> None:
    folder = folder_for(tmp_path / "new" / "reports", STARTED)
    page = write(run(incompatible), folder)
    assert page == tmp_path / "new" / "reports" / FOLDER / "index.html"
    assert {path.name for path in folder.iterdir()} == FORMS.keys()
    assert {path.name: path.readlink() for path in folder.parent.iterdir() if path.is_symlink()} == {
        "latest": Path(FOLDER)
    }
    assert read(folder.parent / "latest") == run(incompatible)


def test_a_run_that_is_killed_leaves_a_report_that_says_so_and_one_that_ends_replaces_it(
    tmp_path: Path, inconclusive: ContractReport, compatible: ContractReport
) -> None:
    folder = folder_for(tmp_path, STARTED)
    write(run(inconclusive), folder)
    page = folder / "report.md"
    assert page.read_text("utf-8").startswith("# Inconclusive (partial): ")
    write(run(compatible), folder)
    assert (page.read_text("utf-8").splitlines()[0], read(folder)) == (
        "# Compatible: Job API (`jobs`)",
        run(compatible),
    )
    assert len(list(tmp_path.iterdir())) == 2


def test_runs_that_start_in_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: folder_for(tmp_path, STARTED).name, range(8)))
    assert sorted(folders) == sorted([FOLDER, *(f"{FOLDER}-{number}" for number in range(2, 9))])


@pytest.mark.parametrize("successes", [0, 1, 2])
def test_a_disk_that_fills_up_leaves_the_earlier_report_as_it_was(
    successes: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inconclusive: ContractReport,
    compatible: ContractReport,
) -> None:
    folder = folder_for(tmp_path, STARTED)
    write(run(inconclusive), folder)
    before = _contents(tmp_path)
    calls = iter(range(100))

    def fills_up(_: int) -> None:
        if next(calls) >= successes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fills_up)
    with pytest.raises(ReportError) as raised:
        write(run(compatible), folder)
    assert raised.value == ReportError(
        str(folder),
        "the report cannot be written: No space left on device",
        "Earlier reports are as they were; make room, or choose another folder with --report-dir",
    )
    assert _contents(tmp_path) == before


def test_a_renderer_that_fails_leaves_the_earlier_report_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inconclusive: ContractReport, compatible: ContractReport
) -> None:
    folder = folder_for(tmp_path, STARTED)
    write(run(inconclusive), folder)
    before = _contents(tmp_path)

    def fails(_: RunReport) -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(FORMS, "report.md", fails)
    with pytest.raises(ZeroDivisionError):
        write(run(compatible), folder)
    assert _contents(tmp_path) == before


def test_a_directory_that_cannot_be_created_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=re.escape("file: the report cannot be written: ")):
        folder_for(tmp_path / "file", STARTED)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_an_error_of_ours(tmp_path: Path, compatible: ContractReport) -> None:
    folder = folder_for(tmp_path, STARTED)
    folder.chmod(0o500)
    with pytest.raises(ReportError, match="Permission denied"):
        write(run(compatible), folder)
    folder.chmod(0o700)
    assert list(folder.iterdir()) == []


def test_permission_denied_is_worded_even_where_root_runs_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compatible: ContractReport
) -> None:
    folder = folder_for(tmp_path, STARTED)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(ReportError, match="cannot be written: Permission denied"):
        write(run(compatible), folder)


def test_a_folder_in_the_way_of_a_file_leaves_the_other_files_as_they_were(
    tmp_path: Path, inconclusive: ContractReport, compatible: ContractReport
) -> None:
    folder = folder_for(tmp_path, STARTED)
    write(run(inconclusive), folder)
    (folder / "report.md").unlink()
    (folder / "report.md").mkdir()
    before = _contents(tmp_path)
    with pytest.raises(ReportError, match="a folder of that name is in the way"):
        write(run(compatible), folder)
    assert _contents(tmp_path) == before


def test_without_links_a_text_file_names_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compatible: ContractReport
) -> None:
    folder = folder_for(tmp_path, STARTED)

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refused)
        write(run(compatible), folder)
    assert _contents(tmp_path).keys() == {FOLDER, "latest.txt"}
    assert (tmp_path / "latest.txt").read_text() == FOLDER + "\n"
    write(run(compatible), folder)
    assert _contents(tmp_path).keys() == {FOLDER, "latest"}


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EDQUOT, "make room, or choose another folder with --report-dir"),
        (errno.EROFS, "give write access, or choose another folder with --report-dir"),
        (errno.ENAMETOOLONG, "choose another folder with --report-dir"),
    ],
)
def test_the_next_step_fits_what_keeps_a_report_from_being_written(
    number: int, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compatible: ContractReport
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", fails)
    with pytest.raises(ReportError) as raised:
        write(run(compatible), tmp_path / FOLDER)
    assert raised.value.hint == f"Earlier reports are as they were; {hint}"
    with pytest.raises(ReportError) as raised:
        place(tmp_path / "file", "")
    assert raised.value.hint.lower() == hint.replace("choose another folder with --report-dir", "name another file")


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("", ": it is not JSON (line 1, column 1)"),
        ('{\n"name": }', ": it is not JSON (line 2, column 9)"),
        ("\xff", ": it is not JSON"),
        ("[" * 100_000, ": it is not JSON"),
        ("{}", ""),
        ("[]", ""),
        ('{"schema_version": 2}', ""),
        ('{"schema_version": 1, "old": {}, "new": {}}', ""),
        ('{"schema_version": "3", "contracts": []}', ""),
    ],
)
def test_what_is_not_a_report_is_an_error_of_ours(text: str, also: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(text, encoding="latin-1")
    with pytest.raises(ReportError) as raised:
        read(tmp_path)
    assert (raised.value.fault, raised.value.hint) == (
        f"it is not a report of specwitness{also}",
        "Name a report.json or its folder",
    )


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ('{"schema_version": 1, "contract": "pets", "tool_version": "0.1.0\\n"}', "form 1 (0.1.0)"),
        ('{"schema_version": 3, "contracts": [{"tool_version": "0.9.0"}]}', "form 3 (0.9.0)"),
        ('{"schema_version": 3, "contracts": [1, {"tool_version": 2}]}', "form 3"),
    ],
)
def test_a_report_of_another_version_is_said_to_be_one(text: str, by: str, tmp_path: Path) -> None:
    form, _, tool = by.removeprefix("form ").partition(" ")
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(ReportError) as raised:
        read(tmp_path)
    assert raised.value == ReportError(
        str(tmp_path / "report.json"),
        f"it was written by another version of specwitness{' ' if tool else ''}{tool}: its form is {form}, "
        "and this version reads 2",
        "Read its report.md or index.html, or use the version that wrote it",
    )


def test_a_report_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"report\.json: it cannot be read: No such file"):
        read(tmp_path / "report.json")


def test_numbers_that_json_does_not_have_are_written_as_text(incompatible: ContractReport) -> None:
    odd = tuple(
        replace(finding, value=[float("nan"), float("-inf")])
        for finding in incompatible.findings
        if finding.level is Level.BREAKING
    )
    written = json.loads(dumps(run(replace(incompatible, findings=odd))), parse_constant=pytest.fail)
    assert written["contracts"][0]["findings"][0]["value"] == ["nan", "-inf"]


def _contents(directory: Path) -> dict[str, object]:
    """Return a directory as data: what links lead to, what files hold."""
    return {
        path.name: path.readlink() if path.is_symlink() else _contents(path) if path.is_dir() else path.read_bytes()
        for path in directory.iterdir()
    }

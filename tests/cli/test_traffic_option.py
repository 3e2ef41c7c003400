"""`specwitness drift CONTRACT --traffic ...`: exit codes, what is printed and written, and that no secret gets out."""

from __future__ import annotations

import json
import threading
import urllib.request
from pathlib import Path

import harfile
import pytest
from click.testing import CliRunner, Result

from specwitness import mock
from specwitness.cli import main
from specwitness.cli.drifting import FORMATS
from specwitness.contract import load
from specwitness.findings import Outcome
from specwitness.report.drift_model import DriftReport

RECORDINGS = Path(__file__).parents[1] / "drift" / "recordings"
CHROME = str(RECORDINGS / "chrome.har")
JOBS = str(RECORDINGS / "jobs.yaml")


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drift", *arguments])


def reported(*arguments: str) -> DriftReport:
    result = drift(*arguments, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return DriftReport.from_json(json.loads(result.stdout))


def har(folder: Path, *entries: tuple[str, int, str]) -> str:
    """Write a recording of GET requests, each with its URL, status and JSON text."""
    path = folder / "x.har"
    with harfile.open(path) as file:
        for url, status, text in entries:
            file.add_entry(
                startedDateTime="2026-11-20T09:15:02Z",
                time=1,
                request=harfile.Request(method="GET", url=url, httpVersion="HTTP/1.1", headers=[]),
                response=harfile.Response(
                    status=status,
                    statusText="",
                    httpVersion="HTTP/1.1",
                    headers=[harfile.Record(name="Content-Type", value="application/json")],
                    content=harfile.Content(mimeType="application/json", text=text, size=len(text)),
                ),
                timings=harfile.Timings(send=0, wait=0, receive=1),
            )
    return str(path)


# --- What is said ---------------------------------------------------------------------------------------------------


def test_the_first_lines_say_what_was_compared() -> None:
    result = drift(JOBS, "--traffic", CHROME)
    lines = result.stdout.splitlines()

    assert result.exit_code == 1
    assert lines[0] == f"BROKEN {JOBS} -> {CHROME}: 1 breaking, 5 warnings, 10 remarks; 5 operations compared"
    assert lines[1] == "Jobs 1 -> 13 recorded exchanges, policy strict"


def test_what_is_not_described_breaks_nobody_and_is_not_said_to_be_safe(tmp_path: Path) -> None:
    recording = har(tmp_path, ("https://api.jobs.example/v1/jobs", 200, '{"jobs": [], "more": 1}'))
    report = reported(JOBS, "--traffic", recording)

    assert drift(JOBS, "--traffic", recording).exit_code == 0
    assert (report.outcome, report.contained, report.compared) == (Outcome.COMPATIBLE, False, 1)
    assert drift(JOBS, "--traffic", recording).stdout.startswith("COMPATIBLE ")


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)])
def test_where_nothing_was_recorded_of_the_api_nothing_is_decided(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    recording = har(tmp_path, ("https://other.example/jobs", 200, "{}"))
    result = drift(JOBS, "--traffic", recording, *arguments)

    assert result.exit_code == code
    assert result.stdout.startswith(f"UNDECIDED {JOBS} -> {recording}: 1 undecided; 0 operations compared\n")
    assert "it is with https://other.example: name the right one with --base-url" in result.stdout


def test_the_base_url_decides_which_requests_are_of_the_api(tmp_path: Path) -> None:
    recording = har(tmp_path, ("http://localhost:8000/jobs", 200, '{"jobs": []}'))

    assert reported(JOBS, "--traffic", recording, "--base-url", "http://localhost:8000").compared == 1


def test_several_recordings_are_one(tmp_path: Path) -> None:
    recording = har(tmp_path, ("https://api.jobs.example/v1/jobs/export", 200, "{}"))

    assert reported(JOBS, "--traffic", CHROME, "--traffic", recording).new.title == "14 recorded exchanges"


def test_waivers_levels_and_policy_of_the_contract_count(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(Path(JOBS).read_text())
    (finding,) = [one for one in reported(str(folder), "--traffic", CHROME).findings if one.value == 409]
    waiver = f"{{fingerprint: {finding.fingerprint}, reason: known, owner: us, expires: '2999-01-01'}}"
    (folder / "waivers.yaml").write_text(f"waivers:\n- {waiver}\n")
    report = reported(str(folder), "--traffic", CHROME)

    assert (report.failed, [one.finding.value for one in report.waived]) == (False, [409])


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret_of_the_recording(form: str, tmp_path: Path) -> None:
    output = tmp_path / "report"
    results = [drift(JOBS, "--traffic", CHROME, "--format", form, *more) for more in ((), ("--output", str(output)))]

    assert "planted" in Path(CHROME).read_text()
    for shown in (*(result.output for result in results), output.read_text()):
        assert shown
        assert "planted" not in shown.lower()


def test_what_a_client_asked_our_mock_is_a_recording(tmp_path: Path) -> None:
    contract = load.load(Path("specs/intuned"))
    path = "/123e4567-e89b-12d3-a456-426614174000/projects/my-project/run/run-completed/result?verbose=1"
    with mock.serve([contract], port=0, log=True) as server:
        asked = urllib.request.Request(server.url + path, headers={"x-api-key": "mock-api_key"})  # noqa: S310
        urllib.request.urlopen(asked, timeout=10).read()  # noqa: S310
        log = urllib.request.urlopen(f"{server.url}/__specwitness__/log", timeout=10).read()  # noqa: S310
        url = server.url
    (tmp_path / "log.json").write_bytes(log)
    report = reported("intuned", "--traffic", str(tmp_path / "log.json"), "--base-url", url)

    assert threading.active_count() < 10
    assert [(one.rule, one.value) for one in report.findings if one.rule != "never-seen"] == [
        ("undescribed-parameter", "verbose")
    ]


# --- What cannot be used --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("not JSON", "it is not JSON as it has to be: '{' is missing"),
        ('{"log": {"entries": [{"request": {', "it is cut short: it ends within a value"),
        ('{"openapi": "3.1.0"}', "it is JSON, but no HAR"),
        ('{"schema_version": 2, "outcome": "compatible", "contracts": []}', "it is the report of a run"),
    ],
)
def test_what_is_no_recording_ends_with_one_line_and_exit_code_2(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "x.har").write_text(content)
    result = drift(JOBS, "--traffic", str(tmp_path / "x.har"))

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert words in result.stderr


def test_entries_that_are_malformed_are_counted(tmp_path: Path) -> None:
    recording = Path(har(tmp_path, ("https://api.jobs.example/v1/jobs", 200, '{"jobs": []}')))
    data = json.loads(recording.read_text())
    data["log"]["entries"] += [7, {"request": {}}, {"request": {"method": "GET", "url": "https://x.example"}}]
    recording.write_text(json.dumps(data))

    assert reported(JOBS, "--traffic", str(recording)).notes == (
        "of 4 entries, these were left out: 2 malformed, 1 without a response",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((JOBS, JOBS, "--traffic", CHROME), "Give OLD and NEW, or OLD and one of"),
        (
            (JOBS, "--traffic", CHROME, "--sdk", "a:B=c"),
            "Give OLD and NEW, or OLD and one of",
        ),
        ((JOBS, JOBS, "--base-url", "http://x.example"), "--base-url says which of what was recorded"),
        ((JOBS, "--traffic", CHROME, "--base-url", "localhost:80"), "it has to begin with http:// or https://"),
        ((JOBS, "--traffic", CHROME, "--base-url", "http://[::1"), "it has to begin with http:// or https://"),
        ((JOBS, "--traffic", CHROME, "--output", CHROME), "it is one of the two that are compared"),
        ((JOBS, "--traffic", "none.har"), "there is no such file"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...], words: str) -> None:
    before = Path(CHROME).read_bytes()
    result = drift(*arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert Path(CHROME).read_bytes() == before

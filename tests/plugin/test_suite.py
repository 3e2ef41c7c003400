"""The suite as a user runs it: in a folder of their own, against servers that keep the contract or do not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
Answer = Callable[[Any], tuple[int, dict[str, str], bytes]]
Serve = Callable[[Answer], AbstractContextManager[str]]


def breaking(report: dict[str, Any]) -> set[tuple[str, Any]]:
    return {(item["rule"], item["value"]) for item in report["findings"] if item["level"] == "breaking"}


def test_a_contract_of_one_file_is_compatible_with_its_embedded_mock(run: Run) -> None:
    result, report = run()

    assert result.ret == 0
    assert (report["outcome"], report["findings"], report["target"]) == ("compatible", [], "embedded mock")


def test_a_server_that_keeps_the_contract_is_compatible(run: Run, serve: Serve, good: Answer) -> None:
    with serve(good) as url:
        result, report = run("--base-url", url)

    assert (result.ret, report["outcome"], report["findings"]) == (0, "compatible", [])


def test_every_distinct_failure_is_reported_in_one_run(run: Run, serve: Serve, good: Answer) -> None:
    def broken(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        if status == 401 and handler.headers.get("x-key") == "":
            return 200, {"Content-Type": "application/json"}, b'{"name": "Rex", "kind": "cat"}'
        if status == 404:
            return 410, headers, body
        if status == 405:
            return 405, {}, body
        if status == 200:
            return 200, headers, b'{"kind": "bird", "name": 1}'
        return status, headers, body

    with serve(broken) as url:
        result, report = run("--base-url", url)

    assert result.ret == 1
    assert breaking(report) == {
        ("credentials-not-required", None),
        ("response-enum", "bird"),
        ("response-type", "number"),
        ("undocumented-status", 410),
        ("refused-method-names-the-allowed", None),
    }
    result.stdout.fnmatch_lines(["INCOMPATIBLE pets*"])
    for finding in report["findings"]:
        assert finding["witness"]["replay"].startswith("curl ")


def everything_written(project: pytest.Pytester) -> str:
    """Return all that a run left, the history too."""
    paths = (path for path in (project.path / "reports").rglob("*") if path.is_file())
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in paths)


def test_no_secret_reaches_terminal_or_report(run: Run, serve: Serve, good: Answer, project: pytest.Pytester) -> None:
    def leaking(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        if status != 200:
            return status, headers, body
        return 200, {**headers, "X-Echo": handler.headers["x-key"]}, body.replace(b"dog", b"bird a-good-key")

    with serve(leaking) as url:
        result, report = run("--base-url", url)

    written = everything_written(project)
    assert report["outcome"] == "incompatible"
    for secret in ("a-good-key", "do-not-show-this"):
        assert secret not in result.stdout.str() + result.stderr.str() + written


def test_a_password_in_the_url_is_not_shown(run: Run, project: pytest.Pytester) -> None:
    result, _ = run("--base-url", "http://ann:hunter2222@127.0.0.1:9")

    written = everything_written(project)
    assert result.ret == 6
    assert "hunter2222" not in result.stdout.str() + written


def test_one_test_alone_is_no_verdict(run: Run) -> None:
    result, report = run("-k", "test_target")

    assert (result.ret, report["outcome"]) == (6, "inconclusive")


def test_findings_that_cannot_be_published_are_no_compatible_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("specwitness.runner.recorder.Recorder.publish", failing)
    result, report = run()

    assert (result.ret, report["outcome"]) == (6, "inconclusive")
    assert any("could not be published" in reason for reason in report["reasons"])


def test_the_gate_sends_and_reports_the_same_every_time(run: Run, serve: Serve, good: Answer) -> None:
    runs: list[list[str]] = []

    def noting(handler: Any) -> tuple[int, dict[str, str], bytes]:
        runs[-1].append(f"{handler.command} {handler.path} {sorted(handler.headers.items())}")
        status, headers, body = good(handler)
        return status, headers, body.replace(b"dog", b"bird")

    reports = []
    with serve(noting) as url:
        for _ in range(2):
            runs.append([])
            reports.append(run("--base-url", url)[1])

    assert runs[0] == runs[1]
    first, second = ({item["fingerprint"]: item["seen"] for item in report["findings"]} for report in reports)
    assert first == second
    seen = [[{**operation, "latency": None} for operation in report["coverage"]] for report in reports]
    assert seen[0] == seen[1]


def test_workers_find_what_one_process_finds(run: Run, serve: Serve, good: Answer) -> None:
    def broken(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        return status, headers, body.replace(b"dog", b"bird")

    reports = []
    with serve(broken) as url:
        for workers in ((), ("-n", "2")):
            reports.append(run("--base-url", url, *workers)[1])

    serial, parallel = ({item["fingerprint"]: item["seen"] for item in report["findings"]} for report in reports)
    assert serial == parallel
    assert reports[0]["requests"] == reports[1]["requests"]


def test_nightly_prints_a_seed_that_repeats_it(run: Run, serve: Serve, good: Answer) -> None:
    paths: list[list[str]] = []

    def noting(handler: Any) -> tuple[int, dict[str, str], bytes]:
        paths[-1].append(handler.path)
        return good(handler)

    with serve(noting) as url:
        paths.append([])
        _, report = run("--base-url", url, "--profile", "nightly", "-k", "fuzzing")
        paths.append([])
        run("--base-url", url, "--profile", "nightly", "-k", "fuzzing", "--seed", str(report["seed"]))

    assert paths[0] == paths[1]


def test_node_ids_are_unique_and_select_one_test(project: pytest.Pytester) -> None:
    listed = project.runpytest_inprocess("--pyargs", "specwitness.suite", "--collect-only", "-q")
    ids = [line for line in listed.outlines if "::" in line]

    assert len(ids) == len(set(ids))
    assert any(line.endswith("test_states[pets-getPet]") for line in ids)


def test_a_narrowed_run_speaks_of_what_was_selected(run: Run, project: pytest.Pytester) -> None:
    document = json.loads((project.path / "specs" / "pets" / "openapi.json").read_text())
    document["paths"]["/pets"] = {"get": {"operationId": "listPets", "responses": {"200": {"description": "Pets"}}}}
    (project.path / "specs" / "pets" / "openapi.json").write_text(json.dumps(document))

    result, report = run("--operation", "listPets")

    assert result.ret == 0
    assert report["selection"] == ["listPets"]
    assert [item["operation"] for item in report["coverage"]] == ["listPets"]


def test_a_run_that_never_saw_a_success_is_inconclusive(run: Run, serve: Serve, good: Answer) -> None:
    def only_missing(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        return (404, {}, b"") if status == 200 else (status, headers, body)

    with serve(only_missing) as url:
        result, report = run("--base-url", url)

    assert (result.ret, report["outcome"]) == (6, "inconclusive")


def test_an_existing_report_folder_elsewhere_is_not_taken_for_a_test_path(
    project: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    project.makepyprojecttoml("[tool.pytest.ini_options]\ntestpaths = ['contract']")
    project.makepyfile(**{"contract/test_door": "from specwitness.suite.test_contract import *", "test_other": "1 / 0"})

    result = project.runpytest_subprocess("--report-dir", str(elsewhere), "--collect-only", "-q")

    assert result.ret == 0
    assert "test_other" not in result.stdout.str()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_leaves_a_report_that_says_it_is_partial(
    project: pytest.Pytester, serve: Serve, good: Answer, signal_number: signal.Signals
) -> None:
    process: list[subprocess.Popen[bytes]] = []

    def stopping(handler: Any) -> tuple[int, dict[str, str], bytes]:
        report = project.path / "reports" / "latest" / "report.json"
        if report.is_file():
            process[0].send_signal(signal_number)
        return good(handler)

    with serve(stopping) as url:
        process.append(
            subprocess.Popen(
                [sys.executable, "-m", "pytest", "--pyargs", "specwitness.suite", "--base-url", url],
                cwd=project.path,
                env=dict(os.environ),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        printed, _ = process[0].communicate(timeout=60)

    report = json.loads(Path(project.path / "reports" / "latest" / "report.json").read_text())
    assert process[0].returncode != 0
    assert report["partial"] is True
    assert report["outcome"] == "inconclusive"
    assert b"INTERNALERROR" not in printed
    if signal_number != signal.SIGKILL:
        assert process[0].returncode == pytest.ExitCode.INTERRUPTED
        assert b"INCONCLUSIVE (partial) pets: " in printed
        assert (project.path / "reports" / "latest" / "index.html").is_file()

"""Runs that remember each other: what the second says of what the first found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from specwitness.report.history import lives

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
Answer = Callable[[Any], tuple[int, dict[str, str], bytes]]
Serve = Callable[[Answer], AbstractContextManager[str]]


def with_a_bird(good: Answer) -> Answer:
    def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        return status, headers, body.replace(b"dog", b"bird")

    return answer


@pytest.fixture
def against(run: Run, serve: Serve) -> Callable[..., tuple[pytest.RunResult, dict[str, Any]]]:
    """Run the suite against an answer, each time on another port, as servers that tests start are."""

    def runner(answer: Answer, *arguments: str) -> tuple[pytest.RunResult, dict[str, Any]]:
        with serve(answer) as url:
            return run("--base-url", url, *arguments)

    return runner


def changed(report: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """Return how the findings of a run stand to earlier ones, the rules of what is fixed, how many runs it knows."""
    history = report["history"]
    return sorted(history["changes"].values()), [one["rule"] for one in history["fixed"]], len(history["trend"])


def remembered(project: pytest.Pytester) -> list[tuple[str, int, int]]:
    """Return the runs that are remembered, the last one first."""
    return [(one.outcome.value, one.new, one.fixed) for one in lives.runs(project.path / "reports" / "history.db")]


def test_a_finding_comes_stays_goes_and_comes_back(against: Run, good: Answer, project: pytest.Pytester) -> None:
    bird = with_a_bird(good)
    results = [against(answer) for answer in (good, bird, bird, good, bird)]

    assert [changed(report) for _, report in results] == [
        ([], [], 1),
        (["new"], [], 2),
        (["persisting"], [], 3),
        ([], ["response-enum"], 4),
        (["reopened"], [], 5),
    ]
    results[1][0].stdout.fnmatch_lines(["since the run before: 1 new", "1. new breaking response-enum*"])
    results[3][0].stdout.fnmatch_lines(["since the run before: 1 fixed", "- * breaking response-enum (seen from *"])
    assert [result.ret for result, _ in results] == [0, 1, 1, 0, 1]
    assert remembered(project)[0] == ("incompatible", 1, 0)


def test_a_run_of_one_operation_is_remembered_and_calls_nothing_fixed(against: Run, good: Answer) -> None:
    against(with_a_bird(good))
    _, narrowed = against(good, "--operation", "getPet")
    _, whole = against(good)

    assert changed(narrowed) == ([], [], 2)
    assert changed(whole) == ([], ["response-enum"], 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-k", "not test_links"),
        ("-m", "not slow"),
        ("--deselect", "x"),
        ("--shard", "1/2"),
    ],
)
def test_a_run_of_some_tests_is_neither_compared_nor_remembered(
    against: Run, good: Answer, project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    _, report = against(good, *arguments)

    assert report["history"] is None
    assert not (project.path / "reports" / "history.db").exists()


def test_workers_leave_the_history_to_the_process_that_reports(
    against: Run, good: Answer, project: pytest.Pytester
) -> None:
    against(with_a_bird(good))
    _, report = against(with_a_bird(good), "-n", "2")

    assert changed(report) == (["persisting"], [], 2)
    assert remembered(project) == [("incompatible", 0, 0), ("incompatible", 1, 0)]


def test_another_file_of_earlier_runs_may_be_given(against: Run, good: Answer, project: pytest.Pytester) -> None:
    project.mkdir("kept")
    against(with_a_bird(good), "--history", "kept/by-ci.db")
    _, report = against(with_a_bird(good), "--history", "kept/by-ci.db", "--report-dir", "others")
    _, without = against(with_a_bird(good))

    assert report["history"]["changes"] != {}
    assert changed(without) == (["new"], [], 1)
    assert len(lives.runs(project.path / "kept" / "by-ci.db")) == 2
    assert "No earlier run against this target is known." in _page(project.path)


def test_a_given_history_in_a_folder_that_is_not_there_is_a_wrong_option(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--pyargs", "specwitness.suite", "--history", "no/such/h.db")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not (project.path / "no").exists()
    assert not (project.path / "reports").exists()
    result.stderr.fnmatch_lines([f"ERROR: --history no/such/h.db: there is no folder {project.path / 'no/such'}. *"])


def test_a_contract_that_cannot_be_read_is_a_run_that_fixes_nothing(
    against: Run, good: Answer, project: pytest.Pytester
) -> None:
    document = project.path / "specs" / "pets" / "openapi.json"
    text = document.read_text()
    against(with_a_bird(good))
    document.write_text("{")
    against(good)
    document.write_text(text)
    _, report = against(good)

    assert changed(report) == ([], ["response-enum"], 3)
    assert remembered(project) == [("compatible", 0, 1), ("inconclusive", 0, 0), ("incompatible", 1, 0)]


def test_a_run_that_is_stopped_is_compared_and_not_remembered(
    against: Run, good: Answer, project: pytest.Pytester
) -> None:
    against(good)
    _, report = against(with_a_bird(good), "-x")

    assert (report["partial"], changed(report)) == (True, (["new"], [], 2))
    assert remembered(project) == [("compatible", 0, 0)]


def _page(folder: Path) -> str:
    return (folder / "reports" / "latest" / "report.md").read_text()

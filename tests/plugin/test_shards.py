"""One run in several parts: on machines of their own, and put together again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from specwitness.cli import main
from specwitness.conclusion.shards import Shard
from specwitness.pytest_plugin import sharding

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
Answer = Callable[[Any], tuple[int, dict[str, str], bytes]]
Serve = Callable[[Answer], AbstractContextManager[str]]
MaybeRun = Callable[..., tuple[pytest.RunResult, dict[str, Any] | None]]

OF_ITS_OWN = frozenset({"started", "finished", "name", "latency", "elapsed", "history"})
"""What two runs of the same never agree in: when they were, how long an answer took, and which came before."""


def alike(data: Any) -> Any:
    """Return a report without what no two runs have in common."""
    match data:
        case dict():
            return {key: alike(value) for key, value in data.items() if key not in OF_ITS_OWN}
        case ["Date", _]:
            return "a header"
        case list():
            return [alike(item) for item in data]
        case _:
            return data


def report_in(folder: Path) -> Any:
    return json.loads((folder / "latest" / "report.json").read_text())


def merge(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", "merge", *arguments])


def shard(project: pytest.Pytester, which: str, *arguments: str) -> pytest.RunResult:
    return project.runpytest_inprocess(
        "--pyargs", "specwitness.suite", "-p", "no:cacheprovider", "--shard", which, *arguments
    )


def wrong(answer: Answer) -> Answer:
    """Return a server that is wrong in ways that different tests see."""

    def broken(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = answer(handler)
        if status == 404:
            return 410, headers, body
        if status == 405:
            return 405, {}, body
        return status, headers, body.replace(b"dog", b"bird")

    return broken


def a_second_contract(project: pytest.Pytester) -> None:
    """Add a contract with a waiver that matches nothing, which only a whole run may say."""
    folder = project.path / "specs" / "moods"
    folder.mkdir()
    operation = {"operationId": "getMood", "responses": {"200": {"description": "A mood"}}}
    document = {"openapi": "3.0.3", "info": {"title": "Moods", "version": "1"}, "paths": {"/mood": {"get": operation}}}
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "waivers.yaml").write_text(
        "waivers: [{fingerprint: '000000000000', reason: nobody knows, owner: nobody, expires: 2999-01-01}]"
    )


def test_shards_that_are_merged_say_what_one_run_says(
    run: Run, serve: Serve, good: Answer, project: pytest.Pytester
) -> None:
    """One of them by several processes, and whatever the order in which they are given."""
    a_second_contract(project)
    with serve(wrong(good)) as url:
        whole, _ = run("--base-url", url, "--report-dir", "whole")
        codes = [
            shard(project, f"{number}/3", "--base-url", url, "--report-dir", f"r{number}", *more).ret
            for number, more in ((1, ()), (2, ("-n", "2")), (3, ()))
        ]
    merged = merge("r2/latest", "r3/latest", "r1/latest")

    assert (merged.exit_code, merged.stderr) == (whole.ret, "")
    assert merged.exit_code == 1
    assert set(codes) <= {0, 1, 6}
    assert alike(report_in(project.path / "reports")) == alike(report_in(project.path / "whole"))
    assert {one["contract"]: one["outcome"] for one in report_in(project.path / "whole")["contracts"]} == {
        "moods": "inconclusive",
        "pets": "incompatible",
    }


def test_a_shard_says_that_it_is_one_and_claims_no_verdict(run: Run, project: pytest.Pytester) -> None:
    result, report = run("--shard", "1/2")

    assert result.ret == 0
    facts = {"shard": "1/2", "outcome": "inconclusive", "partial": False, "reasons": []}
    assert {key: report[key] for key in facts} == facts
    result.stdout.fnmatch_lines(["SHARD 1/2 pets: no breaking finding in this part; * requests to 1 of 1 operation"])
    assert "COMPATIBLE" not in result.stdout.str()
    page = (project.path / "reports" / "latest" / "report.md").read_text()
    assert page.startswith("# Shard 1/2: pets (`pets`)\n")
    assert 'errors="0"' in (project.path / "reports" / "latest" / "junit.xml").read_text()


def test_the_exit_code_of_a_shard_is_what_already_holds_of_the_whole(
    project: pytest.Pytester, serve: Serve, good: Answer, free_url: str
) -> None:
    """1: something breaks. 6: something could not be judged, which no other shard can change. 0: neither."""

    def echoing(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        return (410, headers, body) if status == 404 else (status, headers, body)

    with serve(echoing) as url:
        broken = [shard(project, f"{number}/6", "--base-url", url).ret for number in range(1, 7)]
    silent = [shard(project, f"{number}/2", "--base-url", free_url).ret for number in (1, 2)]

    assert (set(broken), silent) == ({0, 1}, [6, 6])


def test_of_more_shards_than_tests_some_have_nothing_to_do(project: pytest.Pytester) -> None:
    """They leave that behind, so that the merge does not miss them."""
    results = [shard(project, f"{number}/2", "-k", "test_document", "--report-dir", f"r{number}") for number in (1, 2)]
    idle = next(result for result in results if "no test of the contract suite was run in it" in result.stdout.str())
    merged = merge("r1/latest", "r2/latest")

    assert [result.ret for result in results] == [0, 0]
    assert "14 deselected" in idle.stdout.str()
    assert (merged.exit_code, merged.stdout.partition(":")[0]) == (6, "INCONCLUSIVE pets")


def test_a_shard_without_anything_to_deal_out_is_no_run(project: pytest.Pytester) -> None:
    assert shard(project, "1/2", "-k", "no_test_has_this_name").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert not (project.path / "reports").exists()


def test_a_shard_that_was_stopped_makes_the_whole_partial(serve: Serve, good: Answer, project: pytest.Pytester) -> None:
    with serve(wrong(good)) as url:
        for number, more in ((1, ["-x"]), (2, [])):
            shard(project, f"{number}/2", "--base-url", url, "--report-dir", f"r{number}", *more)
    merged = merge("r1/latest", "r2/latest")

    assert merged.exit_code == 1
    assert merged.stdout.startswith("INCOMPATIBLE (partial) pets: ")
    assert report_in(project.path / "reports")["partial"] is True


def test_shards_of_other_tests_are_of_another_run(project: pytest.Pytester) -> None:
    shard(project, "1/2", "--report-dir", "r1")
    shard(project, "2/2", "--report-dir", "r2", "-k", "not test_fuzzing")
    merged = merge("r1/latest", "r2/latest")

    assert merged.exit_code == 2
    assert merged.stderr.startswith(
        "specwitness: the shards: they are not of one run: r1/latest and r2/latest differ in their tests. "
    )


def test_a_contract_is_judged_as_it_was_tested_or_not_at_all(project: pytest.Pytester) -> None:
    shard(project, "1/1", "--report-dir", "r")
    (project.path / "specs" / "pets" / "waivers.yaml").write_text("waivers: []")
    merged = merge("r/latest")

    assert (merged.exit_code, merged.stdout) == (2, "")
    assert merged.stderr.startswith(
        "specwitness: specs/pets: it is not the contract that the shards were tested against."
    )


def test_only_the_whole_run_is_remembered(project: pytest.Pytester) -> None:
    """A shard would call all that the others found fixed."""
    for number in (1, 2):
        shard(project, f"{number}/2", "--report-dir", f"r{number}")
        assert report_in(project.path / f"r{number}")["contracts"][0]["history"] is None
        assert not (project.path / f"r{number}" / "history.db").exists()
    assert merge("r1/latest", "r2/latest").exit_code == 0
    trend = report_in(project.path / "reports")["contracts"][0]["history"]["trend"]
    assert [run["run"] for run in trend] == [report_in(project.path / "reports")["name"]]


def test_a_report_that_cannot_be_written_does_not_cost_the_verdict(project: pytest.Pytester) -> None:
    shard(project, "1/1", "--report-dir", "r")
    (project.path / "file").write_text("")
    merged = merge("r/latest", "--report-dir", "file/below")

    assert (merged.exit_code, merged.stdout.partition(":")[0]) == (0, "COMPATIBLE pets")
    assert "the report cannot be written" in merged.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shard", "0/3"], "--shard 0/3: there is no shard 0/3. Give for example --shard 1/3"),
        (["--shard", "two"], "--shard two: 'two' is not K/N. Give for example --shard 1/3"),
        (
            ["--shard", "1/3", "--profile", "nightly"],
            "--shard with --profile nightly: give every shard of a run the same --seed",
        ),
    ],
)
def test_a_shard_that_cannot_be_is_refused_before_anything_is_sent(
    run: MaybeRun, arguments: list[str], said: str
) -> None:
    result, report = run(*arguments)

    assert (result.ret, report) == (pytest.ExitCode.USAGE_ERROR, None)
    assert said in result.stderr.str()


def test_tests_that_are_not_of_the_suite_are_run_by_every_shard(project: pytest.Pytester) -> None:
    project.makepyfile(
        **{"contract/test_door": "from specwitness.suite.test_contract import *", "test_own": "def test_own(): pass"}
    )
    for number in (1, 2):
        listed = project.runpytest_inprocess(
            "contract", "test_own.py", "--collect-only", "-q", "--shard", f"{number}/2"
        )
        assert "test_own.py::test_own" in listed.outlines


# --- Who runs what --------------------------------------------------------------------------------------------------

names = st.lists(
    st.builds("{}[{}]".format, st.sampled_from(["test_a", "test_b", "test_fuzzing"]), st.text("xyz-/", max_size=4)),
    unique=True,
    max_size=40,
)


@dataclass(frozen=True, eq=False)
class Item:
    """As much of a test as it takes to deal it out."""

    nodeid: str
    fixturenames: tuple[str, ...] = ("operation_case",)


def items(tests: list[str], file: str = "suite/test_contract.py") -> list[Any]:
    return [Item(f"{file}::{test}") for test in tests]


def dealt(tests: list[Any], number: int, of: int) -> list[str]:
    return [item.nodeid.partition("::")[2] for item in sharding.dealt(tests, Shard(number, of))[0]]


@given(names, st.integers(1, 7), st.randoms(use_true_random=False))
def test_every_test_is_in_one_shard_whatever_their_order_and_place(
    tests: list[str], of: int, chance: random.Random
) -> None:
    shuffled = chance.sample(tests, len(tests))
    elsewhere = items(shuffled, "../lib/python3/site-packages/specwitness/suite/test_contract.py")
    shards = [dealt(items(tests), number, of) for number in range(1, of + 1)]

    assert sorted(name for shard in shards for name in shard) == sorted(tests)
    for number, shard in enumerate(shards, 1):
        assert sorted(dealt(elsewhere, number, of)) == sorted(shard)
        assert [name for name in tests if name in shard] == shard
    assert sharding.digest(elsewhere) == sharding.digest(items(tests))


@given(names, st.integers(1, 7))
def test_shards_get_as_many_tests_of_each_kind_as_each_other(tests: list[str], of: int) -> None:
    shards = [dealt(items(tests), number, of) for number in range(1, of + 1)]

    for kind in ("test_", "test_a[", "test_b[", "test_fuzzing["):
        counts = [sum(name.startswith(kind) for name in shard) for shard in shards]
        assert max(counts) - min(counts) <= 1


def test_no_shard_gets_all_tests_of_an_operation() -> None:
    """Of as many operations as shards, or twice as many, which dealt out in their order would be so."""
    tests = [f"{kind}[pets-{operation}]" for kind in "abcdefghij" for operation in range(4)]
    operations = [{name.partition("[")[2] for name in dealt(items(tests), number, 4)} for number in (1, 2, 3, 4)]

    assert [len(one) > 1 for one in operations] == [True] * 4

"""Several contracts in one run: each with a mock of its own, and its tests together."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from specwitness.pytest_plugin.run import MOST_OPEN

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any] | None]]


def thing(kind: str) -> dict[str, Any]:
    """Describe one operation that answers with a name; its path is the same for every kind."""
    schema = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}
    answer = {"description": "d", "content": {"application/json": {"schema": schema}}}
    operation = {"operationId": f"get{kind.capitalize()}", "responses": {"200": answer}}
    return {"openapi": "3.1.0", "info": {"title": kind, "version": "1"}, "paths": {"/thing": {"get": operation}}}


@pytest.fixture
def kinds(project: pytest.Pytester) -> list[str]:
    """Add more contracts than are open at a time, which all have the same path."""
    names = [f"kind-{number}" for number in range(MOST_OPEN + 2)]
    for name in names:
        folder = project.path / "specs" / name
        folder.mkdir()
        (folder / "openapi.json").write_text(json.dumps(thing(name.replace("-", ""))))
    return names


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_contracts_that_share_a_path_are_each_answered_by_their_own_mock(
    run: Run, kinds: list[str], project: pytest.Pytester, parallel: tuple[str, ...]
) -> None:
    result, _ = run(*parallel)
    report = json.loads((project.path / "reports" / "latest" / "report.json").read_text())

    assert {one["contract"]: one["outcome"] for one in report["contracts"]} == dict.fromkeys(
        [*kinds, "pets"], "compatible"
    )
    assert result.ret == 0


def test_the_tests_of_a_contract_come_together_in_the_order_in_which_they_stand(
    project: pytest.Pytester, kinds: list[str]
) -> None:
    result = project.runpytest_inprocess("--pyargs", "specwitness.suite", "--collect-only", "-q")
    names = [line.rpartition("::")[2] for line in result.outlines if "[" in line and "NOTSET" not in line]
    of_contract = [next(one for one in ("pets", *kinds) if f"[{one}" in name) for name in names]

    assert [name for name, _ in groupby(of_contract)] == [*kinds, "pets"]
    kinds_of_tests = [name.partition("[")[0] for name in names if "[pets" in name]
    assert kinds_of_tests[:3] == ["test_document", "test_drift", "test_target"]


KEPT = """
import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    kept = [report for reports in terminal.stats.values() for report in reports if hasattr(report, "specwitness")]
    left = [item for item in session.items if any("Record" in repr(one) for one in item.stash._storage.values())]
    with open("kept.txt", "a") as file:
        file.write(f"{len(terminal.stats['passed']) > 0} {len(kept)} {len(left)}\\n")
"""


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_what_a_test_saw_is_kept_in_no_process_once_it_was_taken_in(
    run: Run, kinds: list[str], project: pytest.Pytester, parallel: tuple[str, ...]
) -> None:
    """pytest keeps the reports and items of all tests: of very many contracts that would be all they saw."""
    project.makeconftest(KEPT)
    result, _ = run(*parallel)

    assert result.ret == 0
    assert kinds
    kept = (project.path / "kept.txt").read_text().splitlines()
    assert kept == ["True 0 0"] * (3 if parallel else 1)

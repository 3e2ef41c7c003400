"""What several processes find is what one finds."""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness.contract.load import plain
from specwitness.drift import comparing
from specwitness.drift.comparing import compare
from specwitness.drift.processes import found_by
from specwitness.findings import Finding, Level, Location, Verdict

TODAY = dt.date(2026, 1, 1)
FOUND = Finding("rule", Level.INFO, Verdict.SAFE, Location("api", None, "", "/x"), "message", "source")
ONLY_ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


def document(operations: int, *, limit: int) -> str:
    """Return a document of so many operations, with the limit in what they take and give."""
    lines = ["openapi: 3.1.0", "info: {title: t, version: '1'}", "paths:"]
    for number in range(operations):
        schema = (
            f"{{type: object, required: [size], properties: {{size: {{type: integer, maximum: {limit + number}}}}}}}"
        )
        content = f"content: {{application/json: {{schema: {schema}}}}}"
        lines += [
            f"  /things-{number}:",
            f"    post: {{operationId: make{number}, requestBody: {{required: true, {content}}}, "
            f"responses: {{'200': {{description: d, {content}}}}}}}",
        ]
    return "\n".join(lines)


@ONLY_ON_LINUX
@pytest.mark.parametrize("limits", [(5, 9), (9, 5)], ids=["wider", "narrower"])
def test_two_processes_find_what_one_finds(tmp_path: Path, limits: tuple[int, int]) -> None:
    paths = [tmp_path / f"{side}.yaml" for side in ("old", "new")]
    for path, limit in zip(paths, limits, strict=True):
        path.write_text(document(comparing._MUCH + 1, limit=limit))
    old, new = (plain(path) for path in paths)
    alone, together = (compare(old, new, TODAY, jobs=jobs) for jobs in (1, 2))

    assert alone == together
    assert len(alone) == comparing._MUCH + 1


@ONLY_ON_LINUX
def test_each_part_has_a_process_of_its_own_and_the_order_is_that_of_the_parts() -> None:
    def part(name: str) -> list[Finding]:
        return [replace(FOUND, rule=f"{name}-{os.getpid()}")]

    found = [one.rule for one in found_by([lambda: part("a"), lambda: part("b"), list], 2)]

    assert [rule.partition("-")[0] for rule in found] == ["a", "b"]
    assert str(os.getpid()) not in {rule.partition("-")[2] for rule in found}


@ONLY_ON_LINUX
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_part_raises_is_raised(jobs: int) -> None:
    def fails() -> list[Finding]:
        raise LookupError("this part")

    with pytest.raises(LookupError, match="this part"):
        list(found_by([lambda: [FOUND], fails], jobs))

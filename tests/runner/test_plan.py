"""The plan of a whole run has the tests of the suite, each once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.runner.plan import plan

SPECS = Path(__file__).parents[2] / "specs"


@pytest.mark.parametrize("name", ["intuned", "praisonai"])
def test_the_plan_has_every_test_of_the_suite_that_sends_something(name: str, tmp_path: Path) -> None:
    command = ["-m", "pytest", "--collect-only", "-q", "--pyargs", "specwitness.suite", "--specs", str(SPECS)]
    collected = subprocess.run(
        [sys.executable, *command, "--contract", name, "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    tests = {line.partition("::")[2] for line in collected.splitlines() if "::" in line and "NOTSET" not in line}
    planned = [step.name for step in plan(load.load(SPECS / name))]

    assert len(planned) == len(set(planned))
    assert set(planned) == tests - {f"test_{what}[{name}]" for what in ("document", "drift", "target")}

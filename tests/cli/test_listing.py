"""`contracts`: which there are, and which variables each is told by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from specwitness.cli import main

OPENAPI = """
openapi: 3.1.0
info: {title: Jobs, version: '1'}
security: [{key: []}]
paths:
  /jobs/{jobId}:
    parameters: [{name: jobId, in: path, required: true, schema: {type: string}}]
    get: {operationId: readJob, responses: {'200': {description: d}}}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
"""


@pytest.fixture(autouse=True)
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two contracts, one of which names its variables and has code."""
    monkeypatch.chdir(tmp_path)
    for name in ("jobs", "petStore"):
        (tmp_path / "specs" / name).mkdir(parents=True)
        (tmp_path / "specs" / name / "openapi.yaml").write_text(OPENAPI)
    (tmp_path / "specs/jobs/contract.yaml").write_text("credentials: {key: {env: THE_KEY}}\n")
    (tmp_path / "specs/jobs/checks.py").write_text("raise SystemExit('code of a contract')\n")
    return tmp_path / "specs"


def test_each_contract_is_a_line_with_its_variables_and_none_of_its_code_is_run() -> None:
    result = CliRunner().invoke(main, ["contracts"])

    assert (result.exit_code, result.output.splitlines()) == (
        0,
        [
            "jobs\tJOBS_BASE_URL\tJOBS_ALLOW_WRITES\tTHE_KEY\tJOBS_JOB_ID\tJOBS_UNKNOWN_ID",
            "petStore\tPET_STORE_BASE_URL\tPET_STORE_ALLOW_WRITES\tPET_STORE_KEY\tPET_STORE_JOB_ID"
            "\tPET_STORE_UNKNOWN_ID",
        ],
    )


def test_the_same_is_one_line_of_json(specs: Path) -> None:
    (specs / "petStore/openapi.yaml").write_text("]")
    result = CliRunner().invoke(main, ["contracts", "petStore", "--json"])

    assert result.output.count("\n") == 1
    # What is wrong with it, its run says.
    assert json.loads(result.output) == [
        {
            "contract": "petStore",
            "base_url": "PET_STORE_BASE_URL",
            "allow_writes": "PET_STORE_ALLOW_WRITES",
            "variables": [],
        }
    ]


def test_a_name_that_no_contract_has_is_an_error() -> None:
    result = CliRunner().invoke(main, ["contracts", "nobody"])

    assert result.exit_code == 2
    assert "Known contracts: jobs, petStore" in result.stderr

"""`drift CONTRACT --upstream`: the vendored document with the copy that others keep, wherever that is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specwitness.cli import main
from specwitness.report.drift_model import DriftReport

VENDORED = """\
openapi: 3.1.0
info: {title: The Jobs, version: '1'}
paths:
  /jobs:
    get:
      operationId: listJobs
      responses:
        '200':
          description: d
          content: {application/json: {schema: {type: object, properties: {status: {enum: [pending, done]}}}}}
"""
UPSTREAM = VENDORED.replace("[pending, done]", "[pending, done, archived]")
OVERLAY = """\
overlay: 1.0.0
actions:
- target: $.paths['/jobs'].get.responses['200'].content['application/json'].schema
  update: {required: [status]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a contract that is corrected, and an upstream copy of its document, where we are."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "specs" / "jobs"
    folder.mkdir(parents=True)
    for name, text in (("openapi.yaml", VENDORED), ("overlay.yaml", OVERLAY), ("../../upstream.yaml", UPSTREAM)):
        (folder / name).write_text(text)
    return tmp_path


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drift", *arguments])


def reported(*arguments: str) -> DriftReport:
    result = drift(*arguments, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return DriftReport.from_json(json.loads(result.stdout))


def test_what_the_upstream_changed_is_found_and_not_what_our_overlay_did() -> None:
    report = reported("jobs", "--upstream", "upstream.yaml")

    assert (report.old.given, report.new.given, report.failed) == ("jobs", "upstream.yaml", True)
    assert [(one.rule, one.value, one.where.file) for one in report.findings] == [
        ("response-enum", "archived", "specs/jobs/openapi.yaml")
    ]


def test_an_upstream_that_has_not_moved_is_no_drift(here: Path) -> None:
    (here / "upstream.yaml").write_text(VENDORED)

    assert drift("jobs", "--upstream", "upstream.yaml").stdout.startswith("SAFE jobs -> upstream.yaml: ")


@pytest.mark.parametrize("named", ["upstream.yaml", "../../upstream.yaml"])
def test_without_a_value_it_is_what_the_manifest_names_from_the_folder_or_from_here(here: Path, named: str) -> None:
    (here / "specs/jobs/contract.yaml").write_text(f"upstream: {named}\n")
    report = reported("jobs", "--upstream")

    assert (Path(report.new.given).resolve(), [one.value for one in report.findings]) == (
        here / "upstream.yaml",
        ["archived"],
    )


def test_a_git_revision_is_an_upstream(here: Path) -> None:
    for command in (
        ["git", "init", "-q", "."],
        ["git", "add", "upstream.yaml"],
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "m"],
    ):
        subprocess.run(command, check=True, cwd=here)
    (here / "upstream.yaml").unlink()

    assert reported("jobs", "--upstream", "HEAD:upstream.yaml").new.given == "HEAD:upstream.yaml"


def test_a_contract_that_names_none_says_what_to_do() -> None:
    result = drift("jobs", "--upstream")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "specwitness: contract 'jobs': its contract.yaml names no `upstream`. Add it there, or give --upstream FILE, "
        "URL or REVISION:PATH\n"
    )


@pytest.mark.parametrize("more", [("upstream.yaml",), ("--served", "http://host")])
def test_it_is_one_of_the_things_that_a_contract_is_compared_with(more: tuple[str, ...]) -> None:
    result = drift("jobs", *more, "--upstream", "upstream.yaml")

    assert result.exit_code == 2
    assert "OLD and one of --served, --upstream, --sdk and --traffic" in result.stderr


def test_the_report_does_not_take_its_place(here: Path) -> None:
    (here / "specs/jobs/contract.yaml").write_text("upstream: ../../upstream.yaml\n")
    result = drift("jobs", "--upstream", "--output", "upstream.yaml")

    assert (result.exit_code, (here / "upstream.yaml").read_text()) == (2, UPSTREAM)

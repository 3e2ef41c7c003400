"""`specwitness drift CONTRACT --sdk ...`: what is printed, whose waivers and levels count, what mistakes are called."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specwitness.cli import main
from specwitness.cli.drifting import FORMATS
from specwitness.findings import Level
from specwitness.report.drift_model import DriftReport

OPENAPI = """\
openapi: 3.1.0
info: {title: The Jobs, version: '1'}
paths:
  /jobs:
    get:
      operationId: readJob
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [status]
                properties:
                  status: {enum: [pending, done, lost]}
                  note: {type: string}
    post:
      operationId: createJob
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {name: {type: string, maxLength: 3}}}
      responses: {'201': {description: d}}
"""
SDK = """\
from typing import Literal
from pydantic import BaseModel

print("hello from the SDK")


class Job(BaseModel):
    status: Literal["pending", "done"]
    trace: str = ""


class LaterJob(BaseModel):
    status: Literal["pending", "done", "lost"]
    note: str = ""


class NewJob(BaseModel):
    name: str
"""
JOB = "toy_jobs_sdk:Job=readJob:200"
FINDING = "readJob response 200 (jobs.yaml:16"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a document and an SDK, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "jobs.yaml").write_text(OPENAPI)
    (tmp_path / "toy_jobs_sdk.py").write_text(SDK)
    yield tmp_path
    sys.modules.pop("toy_jobs_sdk", None)


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drift", *arguments])


def reported(*arguments: str) -> DriftReport:
    return DriftReport.from_json(json.loads(drift(*arguments, "--format", "json").stdout))


def test_what_the_sdk_cannot_read_is_shown_with_its_witness() -> None:
    result = drift("jobs.yaml", "--sdk", JOB)
    breaking, remark = reported("jobs.yaml", "--sdk", JOB).findings

    assert (result.exit_code, result.stderr) == (1, "hello from the SDK\n")
    assert result.stdout == (
        f"BROKEN jobs.yaml -> {JOB}: 1 breaking, 1 remark; 1 operation compared\n"
        "The Jobs 1 -> (no title), policy strict\n"
        "\n"
        f"1. breaking sdk-response at {FINDING}; {breaking.fingerprint})\n"
        '   GET /jobs: the SDK cannot read a response that has `"lost"` as `status`\n'
        "   for users of the SDK, through readJob\n"
        "   sent      GET https://api.example/jobs\n"
        "   answered  200 OK\n"
        "             Content-Type: application/json\n"
        '             {"status": "lost"}\n'
        "   sdk       status: Input should be 'pending' or 'done'\n"
        "   replay    curl -i https://api.example/jobs\n"
        "\n"
        f"2. info sdk-unnamed-property at readJob response 200 (jobs.yaml:15; {remark.fingerprint}): "
        "GET /jobs: the SDK cannot read a response that has `[]` as `trace`\n"
        "\n"
        "notes:\n"
        f"- {JOB}: the SDK knows, and the contract does not name, trace\n"
        f"- {JOB}: the contract names, and the SDK does not know, note\n"
    )


def test_what_the_sdk_sends_hurts_its_users_too() -> None:
    result = drift("jobs.yaml", "--sdk", "toy_jobs_sdk:NewJob=createJob")

    assert result.exit_code == 1
    assert "for users of the SDK, through createJob" in result.stdout
    assert "   spec      'aaaa' is too long\n" in result.stdout


def test_where_nothing_was_found_nothing_is_called_safe() -> None:
    """A validator that no message met would be none the less there."""
    result = drift("jobs.yaml", "--sdk", "toy_jobs_sdk:LaterJob=readJob:200", "--strict")

    assert result.exit_code == 0
    assert result.stdout.startswith("COMPATIBLE jobs.yaml -> ")
    assert "no breaking change; 1 operation compared" in result.stdout


def test_several_models_make_one_report() -> None:
    report = reported("jobs.yaml", "--sdk", JOB, "--sdk", "toy_jobs_sdk:NewJob=createJob")

    assert [one.rule for one in report.findings if one.level is Level.BREAKING] == ["sdk-request", "sdk-response"]
    assert report.compared == 2


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_it(form: str) -> None:
    result = drift("jobs.yaml", "--sdk", JOB, "--format", form)

    assert result.exit_code == 1
    assert "sdk-response" in result.stdout


def test_the_contract_decides_about_levels_and_waivers(here: Path) -> None:
    fingerprint = reported("jobs.yaml", "--sdk", JOB).findings[0].fingerprint
    folder = here / "specs" / "jobs"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "contract.yaml").write_text("levels: {sdk-unnamed-property: off}")
    (folder / "waivers.yaml").write_text(
        "waivers:\n"
        f"- {{fingerprint: {fingerprint}, reason: agreed, owner: us, expires: '2999-01-01'}}\n"
        "- {fingerprint: '000000000000', reason: of the suite, owner: us, expires: '2999-01-01'}\n"
    )
    report = reported("jobs", "--sdk", JOB)

    assert (report.findings, report.off) == ((), 1)
    assert [waived.finding.fingerprint for waived in report.waived] == [fingerprint]
    assert not any("000000000000" in note for note in report.notes)


def test_the_distribution_of_an_sdk_is_named() -> None:
    report = reported(
        str(Path(__file__).parents[2] / "specs" / "intuned"),
        *("--sdk", "intuned_client.models:RunResultResponse=runApiResult:200"),
    )

    assert (report.new.title, report.new.version) == ("intuned-client", "1.1.1")
    assert report.findings == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("jobs.yaml", "jobs.yaml", "--sdk", JOB), "Give OLD and NEW, or OLD and one of"),
        (("jobs.yaml", "--sdk", "Job"), "specwitness: 'Job': it names no use of a model"),
        (("jobs.yaml", "--sdk", "no_such_sdk:Job=readJob:200"), "specwitness: no_such_sdk: it cannot be imported"),
        (
            ("jobs.yaml", "--sdk", "toy_jobs_sdk:Job=readJobs:200"),
            "specwitness: 'readJobs': jobs has no such operation",
        ),
        (("jobs.yaml", "--sdk", JOB, "--output", "jobs.yaml"), "it is one of the two that are compared"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(arguments: tuple[str, ...], words: str) -> None:
    result = drift(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr

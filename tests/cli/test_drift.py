"""`specwitness drift`: exit codes, what is printed and written, whose waivers count, and how it ends when cut short."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specwitness import Level, Verdict
from specwitness.cli import main
from specwitness.drift import comparing
from specwitness.findings import Finding, Location
from specwitness.report.drift_model import DriftReport

OLD = """\
openapi: 3.1.0
info: {title: The Jobs, version: '1'}
paths:
  /jobs:
    get:
      operationId: listJobs
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [status]
                properties:
                  status: {enum: [pending, done]}
    post:
      operationId: createJob
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {name: {type: string}}}
      responses: {'201': {description: d}}
"""
ARCHIVED = OLD.replace("[pending, done]", "[pending, done, archived]").replace("version: '1'", "version: '2'")
NAMELESS = OLD.replace("{type: object, properties: {name: {type: string}}}", "{type: object, required: [name]}")
FIRST_LINE = "BROKEN old.yaml -> new.yaml: 1 breaking; 2 operations compared\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two versions of a document, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(ARCHIVED)
    return tmp_path


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["drift", *arguments])


def reported(*arguments: str) -> DriftReport:
    result = drift(*arguments, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return DriftReport.from_json(json.loads(result.stdout))


def a_contract(folder: Path, document: str, **files: str) -> None:
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(document)
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)


def waived(fingerprint: str, expires: str = "2999-01-01") -> str:
    return f"waivers:\n- {{fingerprint: {fingerprint}, reason: agreed, owner: us, expires: '{expires}'}}\n"


# --- What is found --------------------------------------------------------------------------------------------------


def test_a_break_is_shown_with_its_witness() -> None:
    result = drift("old.yaml", "new.yaml")
    fingerprint = reported("old.yaml", "new.yaml").findings[0].fingerprint

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        FIRST_LINE + "The Jobs 1 -> The Jobs 2, policy strict\n"
        "\n"
        f"1. breaking response-enum at listJobs response 200 (old.yaml:16, now new.yaml:16; {fingerprint})\n"
        '   GET /jobs: clients that switch on `status` will meet `"archived"`\n'
        "   for clients written against the old version, through listJobs\n"
        "   sent      GET https://api.example/jobs\n"
        "   answered  200 OK\n"
        "             Content-Type: application/json\n"
        '             {"status": "archived"}\n'
        "   old       'archived' is not one of ['pending', 'done']\n"
        "   replay    curl -i https://api.example/jobs\n"
    )


def test_where_nothing_changed_it_is_one_line() -> None:
    result = drift("old.yaml", "old.yaml")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "SAFE old.yaml -> old.yaml: every request that was allowed still is, every response that may come was allowed "
        "before; shown for 2 operations\n"
    )


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)])
def test_what_is_undecided_counts_only_if_it_is_asked_to(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int
) -> None:
    where = Location("new", "listJobs", "response 200", "/paths/~1jobs/get", "new.yaml", 5)
    doubt = Finding("response-undecided", Level.WARNING, Verdict.UNDECIDED, where, "who knows", "a source")
    monkeypatch.setattr(comparing, "compare", lambda *_, **__: [doubt])
    result = drift("old.yaml", "new.yaml", *arguments)

    assert result.exit_code == code
    assert result.stdout.startswith("UNDECIDED old.yaml -> new.yaml: 1 undecided; 2 operations compared\n")


def test_the_operations_of_one_side_alone_are_named(here: Path) -> None:
    (here / "new.yaml").write_text(OLD.replace("    post:", "    put:"))
    report = reported("old.yaml", "new.yaml")

    assert (report.compared, report.removed, report.added) == (1, ("POST /jobs",), ("PUT /jobs",))


# --- How it is told -------------------------------------------------------------------------------------------------


def test_each_format_says_it_in_its_way() -> None:
    shown = {form: drift("old.yaml", "new.yaml", "--format", form) for form in ("json", "markdown", "junit", "sarif")}

    assert {result.exit_code for result in shown.values()} == {1}
    assert json.loads(shown["json"].stdout)["outcome"] == "incompatible"
    assert shown["markdown"].stdout.startswith("# BROKEN: `old.yaml` -> `new.yaml`\n")
    assert ET.fromstring(shown["junit"].stdout).get("failures") == "1"  # noqa: S314, it is our own output
    assert json.loads(shown["sarif"].stdout)["runs"][0]["results"][0]["level"] == "error"


def test_an_annotation_is_at_the_line_of_the_new_file_that_changed() -> None:
    line = drift("old.yaml", "new.yaml", "--format", "github").stdout.splitlines()[0]

    assert line.startswith("::error file=new.yaml,line=16,title=response-enum at listJobs response 200::GET /jobs: ")


@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "junit", "sarif", "github"])
def test_a_file_gets_what_would_be_printed_and_the_terminal_its_summary(here: Path, form: str) -> None:
    printed = drift("old.yaml", "new.yaml", "--format", form)
    result = drift("old.yaml", "new.yaml", "--format", form, "--output", "drift.out")

    assert (result.exit_code, result.stderr) == (1, "")
    assert (here / "drift.out").read_text(encoding="utf-8") == printed.stdout
    assert result.stdout.startswith(FIRST_LINE)
    assert result.stdout.endswith("\nreport: drift.out\n")
    assert sorted(path.name for path in here.iterdir()) == ["drift.out", "new.yaml", "old.yaml"]


def test_a_file_that_cannot_be_written_is_a_fault_of_the_input(here: Path) -> None:
    (here / "closed").mkdir()
    result = drift("old.yaml", "new.yaml", "--format", "json", "--output", "gone/drift.json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "specwitness: gone/drift.json: it cannot be written: No such file or directory. Name another file\n"
    )


def test_what_fails_half_way_leaves_the_file_as_it_was(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "drift.json").write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = drift("old.yaml", "new.yaml", "--format", "json", "--output", "drift.json")

    assert (result.exit_code, (here / "drift.json").read_text()) == (2, "before")
    assert sorted(path.name for path in here.iterdir()) == ["drift.json", "new.yaml", "old.yaml"]


def test_what_is_no_file_is_written_to_and_not_replaced() -> None:
    result = drift("old.yaml", "new.yaml", "--format", "json", "--output", os.devnull)

    assert result.exit_code == 1
    assert Path(os.devnull).is_char_device()


def test_what_is_compared_is_not_overwritten(here: Path) -> None:
    result = drift("old.yaml", "./new.yaml", "--output", "new.yaml")

    assert (result.exit_code, (here / "new.yaml").read_text()) == (2, ARCHIVED)
    assert "it is one of the two that are compared" in result.stderr


def test_secrets_of_the_documents_are_not_shown(here: Path) -> None:
    """By the names that redaction knows, and by those that the contract adds."""
    with_secrets = OLD.replace(
        "status: {enum: [pending, done]}",
        "status: {enum: [pending, done]}\n"
        "                  api_key: {enum: [public-one]}\n"
        "                  seed: {enum: [public-two]}",
    )
    (here / "old.yaml").write_text(with_secrets)
    changed = with_secrets.replace("public-one]", "public-one, hunter2-one]").replace(
        "public-two]", "public-two, hunter2-two]"
    )
    a_contract(here / "specs" / "jobs", changed, contract="secrets: [seed]\n")
    shown = [drift("old.yaml", "jobs", "--format", form).stdout for form in ("terminal", "json", "markdown", "sarif")]

    assert [text for text in shown if "hunter2" in text] == []
    assert [text for text in shown if "[redacted]" not in text.replace("\\", "")] == []


# --- Whose waivers, policy and levels count -------------------------------------------------------------------------


def test_the_waivers_of_the_new_contract_count(here: Path) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract="title: Jobs\n")
    fingerprint = reported("old.yaml", "jobs").findings[0].fingerprint
    (here / "specs" / "jobs" / "waivers.yaml").write_text(waived(fingerprint))
    result, report = drift("old.yaml", "jobs"), reported("old.yaml", "jobs")

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "COMPATIBLE old.yaml -> jobs: no breaking change, 1 waived; 2 operations compared\n"
    )
    assert [(one.finding.fingerprint, one.reason, one.owner, one.expires) for one in report.waived] == [
        (fingerprint, "agreed", "us", dt.date(2999, 1, 1))
    ]
    assert (report.contract, report.findings, report.notes) == ("jobs", (), ())


def test_those_of_the_old_contract_count_where_the_new_is_a_file(here: Path) -> None:
    a_contract(here / "specs" / "jobs", OLD, contract="policy: tolerant\n")
    report = reported("jobs", "new.yaml")

    assert (report.contract, report.policy, [one.level for one in report.findings]) == (
        "jobs",
        "tolerant",
        [Level.WARNING],
    )


def test_a_finding_is_known_by_the_contract_whatever_its_other_side_is_called(here: Path) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract="title: Jobs\n")
    a_contract(here / "elsewhere" / "jobs-as-they-were", OLD)
    (here / "v1.yaml").write_text(OLD)
    prints = {
        reported(old, "jobs").findings[0].fingerprint for old in ("old.yaml", "v1.yaml", "elsewhere/jobs-as-they-were")
    }

    assert len(prints) == 1


def test_expired_and_unmatched_waivers_are_reported(here: Path) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract="title: Jobs\n")
    fingerprint = reported("old.yaml", "jobs").findings[0].fingerprint
    (here / "specs" / "jobs" / "waivers.yaml").write_text(
        waived(fingerprint, "2020-01-01") + waived("aaaaaaaaaaaa").removeprefix("waivers:\n")
    )
    result = drift("old.yaml", "jobs")

    assert result.exit_code == 1
    assert result.stdout.endswith(
        "\nnotes:\n"
        f"- the waiver of {fingerprint} expired on 2020-01-01: agreed\n"
        "- nothing that changed matches the waivers of aaaaaaaaaaaa: they are the suite's, or of no use any more\n"
    )


def test_a_waiver_accepts_its_finding_where_another_operation_has_come_to_name_the_place(here: Path) -> None:
    """The place is one component; that it is reached through a shorter path now does not make it another."""
    document = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs: {get: &op {responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}}}
components: {schemas: {S: {enum: [a]}}}
"""  # noqa: E501, one operation is one line
    wider = document.replace("components: ", "  /a: {get: *op}\ncomponents: ")
    for folder, content in (("before", document), ("after", wider)):
        (here / f"{folder}.yaml").write_text(content)
        a_contract(here / folder / "jobs", content.replace("[a]", "[a, b]"), contract="title: t\n")
    before, after = (reported(f"{one}.yaml", f"{one}/jobs").findings[0] for one in ("before", "after"))
    (here / "after" / "jobs" / "waivers.yaml").write_text(waived(before.fingerprint))
    report = reported("after.yaml", "after/jobs")

    assert before.fingerprint != after.fingerprint
    assert (len(report.waived), report.findings, report.notes) == (1, (), ())


def test_a_policy_given_is_stronger_than_that_of_the_contract(here: Path) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract="policy: tolerant\n")

    assert drift("old.yaml", "jobs").exit_code == 0
    assert drift("old.yaml", "jobs", "--policy", "strict").exit_code == 1
    assert drift("old.yaml", "new.yaml", "--policy", "tolerant").exit_code == 0


def test_the_levels_of_the_contract_count(here: Path) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract="levels: {response-enum: off}\n")
    result = drift("old.yaml", "jobs")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "COMPATIBLE old.yaml -> jobs: no breaking change, 1 turned off; 2 operations compared",
    )


# --- Faults of the input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("policy: kind\n", "unknown policy 'kind'. Known policies: strict, tolerant\n"),
        ("levels: {response-enum: loud}\n", "unknown level 'loud' of 'response-enum'. Known levels: breaking, "),
        ("levels: {response-emun: info}\n", "`levels` names the rule 'response-emun', which there is not. Alike are "),
    ],
)
def test_a_manifest_that_asks_for_what_there_is_not_is_refused(here: Path, content: str, words: str) -> None:
    a_contract(here / "specs" / "jobs", ARCHIVED, contract=content)
    result = drift("old.yaml", "jobs")

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"specwitness: specs/jobs/contract.yaml: {words}")


@pytest.mark.parametrize("arguments", [("gone.yaml", "new.yaml"), ("old.yaml", "gone"), ("old.yaml", "wrong.yaml")])
def test_what_cannot_be_read_is_one_line(here: Path, arguments: tuple[str, ...]) -> None:
    (here / "wrong.yaml").write_text("title: no api\n")
    result = drift(*arguments)

    assert (result.exit_code, result.stdout, type(result.exception)) == (2, "", SystemExit)
    assert result.stderr.startswith("specwitness: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("a", "b", "--format", "pdf"), ("a", "b", "--policy", "kind")])
def test_a_misused_command_line_is_explained(arguments: tuple[str, ...]) -> None:
    result = drift(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: main drift [OPTIONS] OLD [NEW]" in result.stderr


# --- For real, in a process of its own ------------------------------------------------------------------------------


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "specwitness.cli", "drift", *arguments]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, encoding="utf-8", **{**piped, **options})


def test_the_process_ends_as_the_verdict_says() -> None:
    ended = []
    for arguments in (("old.yaml", "old.yaml"), ("old.yaml", "new.yaml"), ("old.yaml", "gone.yaml")):
        process = start(*arguments)
        said, errors = process.communicate(timeout=60)
        ended.append((process.returncode, said[:5], bool(errors)))

    assert ended == [(0, "SAFE ", False), (1, "BROKE", False), (2, "", True)]


def test_nobody_reading_does_not_change_the_verdict() -> None:
    """As in `specwitness drift old.yaml new.yaml | head -1`."""
    for arguments, code in ((("old.yaml", "old.yaml"), 0), (("old.yaml", "new.yaml", "--format", "json"), 1)):
        process = start(*arguments)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with process.stderr:
            errors = process.stderr.read()

        assert (process.wait(timeout=60), errors) == (code, "")


def test_an_interruption_ends_it_at_once(here: Path) -> None:
    """It comes while a server that never answers is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/openapi.yaml"
        process = start(url, "new.yaml", "--output", "drift.txt")
        with listener.accept()[0]:
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=60)

    assert (process.returncode, said, errors) == (130, "", "\nspecwitness: interrupted\n")
    assert not (here / "drift.txt").exists()


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_only_a_terminal_that_wants_colours_gets_them(environment: dict[str, str], coloured: bool) -> None:
    outer, inner = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    process = start("old.yaml", "new.yaml", stdout=inner, env={**clean, "TERM": "xterm-256color", **environment})
    process.wait(timeout=60)
    os.close(inner)
    said = b""
    try:
        while piece := os.read(outer, 4096):
            said += piece
    except OSError:
        pass  # Linux says so where the other end is closed.
    os.close(outer)

    assert said.startswith(b"\x1b[1;31mBROKEN\x1b[0m old.yaml" if coloured else b"BROKEN old.yaml"), said
    assert (b"\x1b" in said) is coloured


def test_a_stream_that_knows_only_ascii_is_written_to_all_the_same(here: Path) -> None:
    (here / "new.yaml").write_text(ARCHIVED.replace("archived", "archivé"), encoding="utf-8")
    process = start("old.yaml", "new.yaml", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    said, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (1, "")
    assert '"archiv\\xe9"' in said

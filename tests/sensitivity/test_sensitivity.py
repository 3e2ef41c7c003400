"""Claims about the measurement: it counts what the suite finds, goes on where it was, and fails on the unknown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Invoked

from specwitness.cli import main
from specwitness.contract import load
from specwitness.exceptions import DocumentError, UnknownFaultError
from specwitness.sensitivity import Fate, Measurement, known_survivors, measured, score
from specwitness.sensitivity.rehearsal import Result, staged

OPENAPI = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets/{petId}:
    get:
      operationId: readPet
      parameters: [{name: petId, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: string}, kind: {enum: [cat, dog]}}}
        '400': {description: d}
"""
CHECKS = '''
from specwitness import Refusal, check

@check("readPet", status=200, source="the zoo")
def name_is_said_aloud(exchange):
    """A name is not whispered."""
    body = exchange.response.json()
    if body["name"].startswith("whisper"):
        yield Refusal("/name", "it is whispered")

@check("readPet", status=200, source="the zoo")
def kind_is_documented(exchange):
    """There are cats and dogs."""
    kind = exchange.response.json().get("kind", "cat")
    if kind not in ("cat", "dog"):
        yield Refusal("/kind", "it is neither", kind)
'''
FAULTS = '''
from specwitness import fault

@fault("readPet", breaks="name-is-said-aloud")
def name_is_whispered(answer):
    """The name is whispered."""
    answer.body["name"] = "whisper " + answer.body["name"]

@fault("readPet", breaks="name-is-said-aloud")
def name_is_another(answer):
    """The name is somebody else's, which nobody can tell."""
    answer.body["name"] = "Rex"

@fault("readPet", breaks="kind-is-documented")
def kind_is_another(answer):
    """There are birds, too."""
    answer.body["kind"] = "bird"

@fault("readPet", breaks="kind-is-documented", unsaid="$..kind.enum")
def kind_is_any(answer):
    """There are birds, too, and the document does not say what there is."""
    answer.body["kind"] = "bird"
'''
SAID, UNSAID = "kind-is-another", "kind-is-any"
FOUND, UNSEEN, SCHEMA = "name-is-whispered", "name-is-another", "schema.readPet.200.name.required"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "specs" / "pets"
    folder.mkdir(parents=True)
    for name, text in {"openapi.yaml": OPENAPI, "checks.py": CHECKS, "faults.py": FAULTS}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def measure(folder: Path, told: list[str]) -> Callable[..., Measurement]:
    def progress(done: int, total: int, result: Result) -> None:
        del done, total
        told.append(result.fault)

    def measure(*names: str) -> Measurement:
        kept = folder.parents[1] / "kept.jsonl"
        return measured(folder, names=names, jobs=1, kept=kept, progress=progress)

    return measure


def fates(measurement: Measurement) -> dict[str, Fate]:
    return {one.fault: one.fate for one in measurement.results}


def test_a_run_without_a_fault_is_silent_and_one_with_a_fault_says_which_rule_found_it(folder: Path) -> None:
    with staged(load.load(folder)) as stage:
        clean, found, unseen = stage.run(None, thorough=True), stage.run(FOUND, thorough=True), stage.run(UNSEEN)

    assert (clean.fate, clean.rules, clean.first) == (Fate.SURVIVED, (), None)
    assert (found.fate, found.rules) == (Fate.CAUGHT, ("name-is-said-aloud",))
    assert (unseen.fate, unseen.requests) == (Fate.SURVIVED, clean.requests)


def test_a_fault_is_found_with_the_version_of_the_document_that_it_names(folder: Path) -> None:
    with staged(load.load(folder)) as stage:
        said, unsaid, clean = (stage.run(fault, thorough=True) for fault in (SAID, UNSAID, None))

    assert (said.fate, said.rules) == (Fate.CAUGHT, ("response-enum",))
    assert (unsaid.fate, unsaid.rules) == (Fate.CAUGHT, ("kind-is-documented",))
    assert (clean.fate, clean.rules) == (Fate.SURVIVED, ())


def test_a_check_is_needed_where_the_document_does_not_say_the_same(folder: Path) -> None:
    contract = replace(load.load(folder), checks=())
    with staged(contract) as stage:
        said, unsaid = (stage.run(fault, thorough=True) for fault in (SAID, UNSAID))

    assert (said.fate, unsaid.fate) == (Fate.CAUGHT, Fate.SURVIVED)


def test_a_run_ends_with_its_first_finding_unless_it_is_to_be_thorough(folder: Path) -> None:
    with staged(load.load(folder)) as stage:
        quick, whole = stage.run(SCHEMA), stage.run(SCHEMA, thorough=True)

    assert quick.fate is whole.fate is Fate.CAUGHT
    assert quick.requests < whole.requests
    assert quick.step == "test_target"


def test_every_run_sends_the_same(folder: Path) -> None:
    with staged(load.load(folder)) as stage:
        runs = [stage.run(None, thorough=True) for _ in range(3)]

    assert len({run.requests for run in runs}) == 1


def test_what_is_done_is_not_done_again(measure: Callable[..., Measurement], told: list[str]) -> None:
    first = measure(FOUND, UNSEEN)
    assert sorted(told) == sorted(["", FOUND, UNSEEN])
    told.clear()

    assert measure(FOUND, UNSEEN).results == first.results
    assert told == []
    assert fates(measure(FOUND, UNSEEN, SCHEMA)) == {SCHEMA: Fate.CAUGHT, FOUND: Fate.CAUGHT, UNSEEN: Fate.SURVIVED}
    assert told == [SCHEMA]


def test_a_line_that_was_half_written_is_done_again(
    folder: Path, measure: Callable[..., Measurement], told: list[str]
) -> None:
    measure(FOUND)
    kept = folder.parents[1] / "kept.jsonl"
    kept.write_text(kept.read_text()[:-20])
    told.clear()
    measure(FOUND)

    assert len(told) == 1


def test_a_contract_that_changed_is_measured_anew(
    folder: Path, measure: Callable[..., Measurement], told: list[str]
) -> None:
    measure(FOUND)
    told.clear()
    (folder / "openapi.yaml").write_text(OPENAPI.replace("Pets", "Zoo"))
    measure(FOUND)

    assert sorted(told) == ["", FOUND]


def test_a_fault_that_there_is_not_is_refused(measure: Callable[..., Measurement]) -> None:
    with pytest.raises(UnknownFaultError, match="no-such"):
        measure("no-such")


def test_survivors_are_read_with_their_reasons(folder: Path) -> None:
    assert known_survivors(folder) == {}
    (folder / "survivors.yaml").write_text("survivors:\n- {fault: a, reason: because}\n")
    assert known_survivors(folder) == {"a": "because"}
    (folder / "survivors.yaml").write_text("survivors:\n- {fault: a}\n")
    with pytest.raises(DocumentError, match="item 1: it lacks fault or reason"):
        known_survivors(folder)


@pytest.mark.parametrize(
    ("known", "unexpected", "outlived"),
    [
        ({}, [UNSEEN], []),
        ({UNSEEN: "no"}, [], []),
        ({UNSEEN: "no", FOUND: "no", "not tried": "no"}, [], [FOUND]),
    ],
)
def test_what_is_known_and_what_is_not_are_told_apart(
    measure: Callable[..., Measurement], known: dict[str, str], unexpected: list[str], outlived: list[str]
) -> None:
    measurement = measure(FOUND, UNSEEN)

    assert score.unexpected(measurement, known) == unexpected
    assert score.outlived(measurement, known) == outlived


def test_of_a_whole_catalogue_a_survivor_that_is_no_fault_is_told(measure: Callable[..., Measurement]) -> None:
    whole = replace(measure(UNSEEN), partial=False)

    assert score.outlived(whole, {UNSEEN: "no", "gone": "no"}) == ["gone"]


def test_a_fault_says_with_which_version_of_the_document_it_is_to_be_found(
    measure: Callable[..., Measurement],
) -> None:
    told = score.to_json(measure(SAID, UNSAID), {})

    assert {one["name"]: (one["fate"], one["overlay"]) for one in told["faults"]} == {
        SAID: ("caught", []),
        UNSAID: ("caught", [{"target": "$..kind.enum", "remove": True}]),
    }


def run(*arguments: str) -> Invoked:
    return CliRunner().invoke(main, ["sensitivity", "--jobs", "1", *arguments])


def test_the_command_prints_the_table_and_fails_on_an_unknown_survivor(folder: Path, tmp_path: Path) -> None:
    first = run("pets", "--fault", FOUND, "--fault", UNSEEN, "--json", "out.json", "--rules")
    (folder / "survivors.yaml").write_text(f"survivors:\n- {{fault: {UNSEEN}, reason: nobody can tell}}\n")
    second = run("pets", "--fault", FOUND, "--fault", UNSEEN)

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "pets: 1 of 2 faults found (50.0 %)" in first.stdout
    assert "| semantics | 2 | 1 | 0 | 1 | 50 % | 0 |" in first.stdout
    assert "| name-is-said-aloud | 1 |" in first.stdout
    assert f"Survived, and not known to:\n- {UNSEEN} (survived)\n" in first.stdout
    assert "Survived" not in second.stdout
    (written,) = json.loads((tmp_path / "out.json").read_text())
    assert [(one["name"], one["fate"]) for one in written["faults"]] == [(FOUND, "caught"), (UNSEEN, "survived")]


def test_an_interrupted_measurement_ends_at_once_and_goes_on(folder: Path) -> None:
    command = [sys.executable, "-m", "specwitness.cli", "sensitivity", "pets", "--jobs", "1"]
    kept = folder.parents[1] / "reports" / "sensitivity" / "pets.jsonl"
    process = subprocess.Popen(command, cwd=folder.parents[1], stderr=subprocess.PIPE, text=True, env={**os.environ})
    while not kept.exists() or kept.read_text().count("\n") < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    done = kept.read_text().count("\n")

    assert process.returncode == 130
    assert "Traceback" not in errors
    assert done >= 3

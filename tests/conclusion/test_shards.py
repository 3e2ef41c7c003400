"""What shards of a run leave for each other, and what is refused to be one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness import Finding, Level, Location, Verdict
from specwitness.conclusion import shards
from specwitness.conclusion.contracts import digest
from specwitness.conclusion.shards import Shard, ShardRecords
from specwitness.exceptions import ReportError
from specwitness.findings import Intent
from specwitness.record import Aspect, Record, Sight

ODD = Finding(
    rule="response-type",
    level=Level.WARNING,
    verdict=Verdict.UNDECIDED,
    where=Location("pets", "getPet", "response 200", "/x"),
    message="a number that JSON does not have, and half of a pair: \ud800",
    source="openapi.yaml",
    value=float("nan"),
)
RECORD = Record(
    findings=(ODD,),
    answers={("getPet", 200, Intent.VALID): 3},
    times={("getPet", 1200): 3},
    sights={Sight("getPet", Aspect.STATUS, "200"): 3},
    requests=3,
    notes=("a note",),
)


def part(number: int, of: int, **facts: object) -> ShardRecords:
    shard = ShardRecords(
        shard=Shard(number, of),
        tool_version="0.1.0",
        target="http://api.test",
        profile="gate",
        seed=0,
        selection=(),
        suite="a" * 64,
        contracts={"pets": "b" * 64},
        started=f"2026-03-01T02:00:0{number}Z",
        finished=f"2026-03-01T02:01:0{number}Z",
        partial=False,
        records={"pets": RECORD},
    )
    return replace(shard, **facts)  # type: ignore[arg-type]  # each test names the field that it changes


def refused(*parts: ShardRecords) -> str:
    with pytest.raises(ReportError) as raised:
        shards.joined([(f"r{number}", one) for number, one in enumerate(parts, 1)], Path("specs"), today=None)  # type: ignore[arg-type]  # it is not asked
    return str(raised.value)


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "-1/3", "1/0", "1 /3", "a/b", "1/3/5", "1.0/3", "\u0661/3"])
def test_what_is_no_part_of_a_run_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match=r"K/N|there is no shard"):
        Shard.parsed(text)


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_a_shard_is_read_as_it_is_written(number: int, more: int) -> None:
    assert Shard.parsed(str(Shard(number, number + more))) == Shard(number, number + more)


def test_what_a_shard_saw_survives_its_file(tmp_path: Path) -> None:
    """The fingerprint too, where a value is one that JSON has no number for."""
    (tmp_path / shards.RECORDS).write_text(shards.dumps(part(2, 3)))
    for path in (tmp_path, tmp_path / shards.RECORDS):
        found = shards.read(path)
        assert repr(found) == repr(part(2, 3))
        assert found.records["pets"].findings[0].fingerprint == ODD.fingerprint


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"records_version": 2}', "[" * 100_000])
def test_what_no_shard_left_is_an_error_of_ours(text: str, tmp_path: Path) -> None:
    (tmp_path / shards.RECORDS).write_text(text)
    with pytest.raises(ReportError) as raised:
        shards.read(tmp_path)
    assert raised.value.fault.startswith("it is not what a shard left")
    assert "Error" not in str(raised.value)


def test_what_a_shard_of_another_version_left_is_said_to_be_that(tmp_path: Path) -> None:
    (tmp_path / shards.RECORDS).write_text('{"records_version": 7, "tool_version": "9.0", "contracts": {}}')
    with pytest.raises(
        ReportError, match=r"another version of specwitness \(9\.0\): its form is 7, and this .* reads 1"
    ):
        shards.read(tmp_path)


def test_a_run_that_is_no_shard_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"it holds no records\.json of a shard"):
        shards.read(tmp_path)


AGAIN = "Give the shards of one run, all of them: the same revision, options and target"


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ([part(1, 3), part(3, 3)], f"the shards: not all of the run are here: 2/3 missing. {AGAIN}"),
        ([part(2, 2), part(2, 2), part(1, 2)], "shard 2/2: it is given twice: r1 and r2. Give each shard once"),
        (
            [part(1, 2), part(2, 3)],
            f"the shards: they are parts of different runs: r1 is 1/2, r2 is 2/3. {AGAIN}",
        ),
        (
            [part(1, 40)],
            "the shards: not all of the run are here: 2/40, 3/40, 4/40, 5/40, 6/40, 7/40, 8/40, 9/40, 10/40, 11/40 "
            f"and 29 more missing. {AGAIN}",
        ),
    ],
)
def test_all_shards_have_to_be_there_each_once(parts: list[ShardRecords], fault: str) -> None:
    assert refused(*parts) == fault


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"tool_version": "0.2.0"}, "differ in their version of specwitness (0.1.0 and 0.2.0)"),
        ({"target": "http://b.test"}, "differ in their target (http://api.test and http://b.test)"),
        ({"profile": "nightly"}, "differ in their profile (gate and nightly)"),
        ({"seed": 7}, "differ in their seed (0 and 7)"),
        ({"selection": ("getPet",)}, "differ in their selection of operations (all and getPet)"),
        ({"contracts": {"pets": "c" * 64, "dogs": "d" * 64}}, "differ in their contracts (dogs, pets)"),
        ({"suite": "e" * 64}, "differ in their tests"),
    ],
)
def test_parts_of_different_runs_are_not_judged_as_one(facts: dict[str, object], said: str) -> None:
    assert refused(part(1, 2), part(2, 2, **facts)) == f"the shards: they are not of one run: r1 and r2 {said}. {AGAIN}"


def test_every_fact_that_two_shards_share_is_compared() -> None:
    """What a shard has for itself is which one it is, when it ran, and what it saw."""
    own = {"shard", "started", "finished", "partial", "records"}

    assert set(ShardRecords.__dataclass_fields__) - own == set(shards._ALIKE)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "openapi.yaml").write_text("other"),
        lambda folder: (folder / "new.yaml").write_text(""),
        lambda folder: (folder / "openapi.yaml").rename(folder / "moved.yaml"),
        lambda folder: (folder / "openapi.yaml").unlink(),
    ],
)
def test_a_contract_is_another_when_one_of_its_files_is(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "openapi.yaml").write_text("one")
    (tmp_path / "__pycache__").mkdir()
    before = digest(tmp_path)
    (tmp_path / "__pycache__" / "checks.pyc").write_text("compiled here")
    assert digest(tmp_path) == before
    change(tmp_path)
    assert digest(tmp_path) != before


def test_a_contract_that_changed_since_is_not_what_the_shards_tested(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    with pytest.raises(ReportError, match="pets: it is not the contract that the shards were tested against"):
        shards.joined([("r", part(1, 1))], tmp_path, today=None)  # type: ignore[arg-type]  # it is not asked


def test_contracts_that_were_nowhere_are_not_those_of_another_folder(tmp_path: Path) -> None:
    """Where nothing was found, that stands under the name of the folder; the merge may look in another."""
    nowhere = digest(tmp_path / "specs")
    one = part(1, 1, contracts={"specs": nowhere}, records={"specs": RECORD})
    with pytest.raises(ReportError, match="elsewhere: it is not the contract that the shards were tested against"):
        shards.joined([("r", one)], tmp_path / "elsewhere", today=None)  # type: ignore[arg-type]  # it is not asked


def test_records_are_json_for_others_too() -> None:
    assert json.loads(shards.dumps(part(1, 2)))["shard"] == "1/2"


def test_shards_that_began_far_apart_are_asked_about() -> None:
    near = [part(1, 2), part(2, 2, started="2026-03-01T02:59:59Z")]
    far = [part(1, 2), part(2, 2, started="2026-03-02T02:00:00Z")]

    assert [*shards._far_apart(near)] == []
    assert [*shards._far_apart(far)] == [
        "the shards began between 2026-03-01 02:00 and 2026-03-02 02:00 UTC: see that they are of one run"
    ]

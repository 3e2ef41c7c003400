"""The report as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from specwitness import Finding, Level, Outcome, Verdict
from specwitness.findings import Intent, Json, Party
from specwitness.record import Aspect
from specwitness.report.model import Change, ContractReport, Latency, RunReport

SCHEMA = json.loads(files("specwitness.report").joinpath("schema.json").read_text("utf-8"))


def test_compatible_is_not_said_of_a_run_that_leaves_something_open(
    compatible: ContractReport, incompatible: ContractReport
) -> None:
    """Findings that are waived, warnings, and breaks that were shown not to exist do not stand in its way."""
    proven = next(finding for finding in incompatible.findings if finding.level is Level.BREAKING)
    suspected = replace(proven, verdict=Verdict.UNDECIDED, witness=None)
    open_ends = ({"partial": True}, {"shard": "1/2"}, {"reasons": ("x",)})
    for change in (*open_ends, {"findings": (proven,)}, {"findings": (suspected,)}):
        with pytest.raises(ValueError, match="not compatible"):
            replace(compatible, **change)
    warning: Finding = replace(proven, level=Level.WARNING)
    shown_safe = replace(proven, verdict=Verdict.SAFE, witness=None)
    replace(compatible, findings=(warning, shown_safe), waived=incompatible.waived)


def test_a_report_of_another_version_is_not_misread(compatible: ContractReport) -> None:
    with pytest.raises(ValueError, match="schema version 1 is not 2"):
        RunReport.from_json(RunReport("a run", (compatible,)).to_json() | {"schema_version": 1})


def test_the_schema_is_a_schema_and_describes_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    undescribed = [
        f"{path}/{name}"
        for path, node in _objects("#", SCHEMA)
        for name, field in node["properties"].items()
        if "description" not in field
    ]
    open_objects = [path for path, node in _objects("#", SCHEMA) if node.get("additionalProperties") is not False]
    assert (undescribed, open_objects) == ([], [])


def test_the_schema_refuses_what_the_model_does_not_write(incompatible: ContractReport) -> None:
    validator = jsonschema.Draft202012Validator({**SCHEMA["$defs"]["contract"], "$defs": SCHEMA["$defs"]})
    data = incompatible.to_json()
    assert validator.is_valid(data)
    for fault in (
        {"more": 1},
        {"outcome": "compatible", "partial": True},
        {"started": "2026-03-01T02:00:00+01:00"},
        {"findings": [data["findings"][0] | {"verdict": "BROKEN"}]},
        {"tests": {"passed": 1}},
    ):
        assert not validator.is_valid(data | fault), fault
    assert not validator.is_valid({name: value for name, value in data.items() if name != "seed"})


@pytest.mark.parametrize(
    ("members", "place"),
    [
        (Outcome, ["properties", "outcome"]),
        (Party, ["$defs", "party"]),
        (Level, ["$defs", "finding", "properties", "level"]),
        (Verdict, ["$defs", "finding", "properties", "verdict"]),
        (Intent, ["$defs", "exchange", "properties", "intent"]),
        (Aspect, ["$defs", "sight", "properties", "aspect"]),
        (Intent, ["$defs", "status", "properties", "intents", "propertyNames"]),
        (Change, ["$defs", "history", "properties", "changes", "additionalProperties"]),
    ],
)
def test_the_schema_knows_every_member_of_an_enum(members: type[Outcome], place: list[str]) -> None:
    node = SCHEMA
    for step in place:
        node = node[step]
    assert sorted(node["enum"]) == sorted(member.value for member in members)


@pytest.mark.parametrize(
    ("times", "latency"),
    [
        ({}, None),
        ({1500: 1}, Latency(1.5, 1.5, 1.5, 1.5)),
        ({1000: 50, 2000: 40, 3000: 9, 9000: 1}, Latency(1.0, 2.0, 3.0, 9.0)),
        ({1000: 1, 2000: 1}, Latency(1.0, 2.0, 2.0, 2.0)),
    ],
)
def test_percentiles_are_of_nearest_rank(times: dict[int, int], latency: Latency | None) -> None:
    assert Latency.of(times) == latency


def _objects(path: str, node: Json) -> Iterator[tuple[str, Json]]:
    """Yield every schema of an object with fields; conditions only narrow what stands elsewhere."""
    if isinstance(node, dict):
        if "properties" in node:
            yield path, node
        for name, item in node.items():
            if name not in ("if", "then", "else"):
                yield from _objects(f"{path}/{name}", item)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _objects(f"{path}/{index}", item)

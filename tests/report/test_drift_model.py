"""What a comparison showed, as data."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from specwitness import Finding, Level, Outcome, Verdict
from specwitness.contract.model import Policy
from specwitness.findings import Json
from specwitness.report.drift_model import Counts, DriftReport

SCHEMA = json.loads(files("specwitness.report").joinpath("drift-schema.json").read_text("utf-8"))
OF_RUNS = json.loads(files("specwitness.report").joinpath("schema.json").read_text("utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource(OF_RUNS["$id"], Resource.from_contents(OF_RUNS))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, registry=REGISTRY, format_checker=jsonschema.FormatChecker())


def of(report: DriftReport, *rules: str) -> DriftReport:
    """Return the report with the findings of these rules alone, none of them accepted."""
    return replace(report, findings=tuple(one for one in report.findings if one.rule in rules), waived=())


def test_each_finding_is_counted_once(drifted: DriftReport) -> None:
    assert drifted.counts == Counts(breaking=2, undecided=1, warning=1, info=1, waived=1)


@pytest.mark.parametrize(
    ("rules", "outcome", "failed", "failed_if_strict"),
    [
        (("response-enum", "request-undecided"), Outcome.INCOMPATIBLE, True, True),
        (("request-undecided", "operation-added"), Outcome.INCONCLUSIVE, False, True),
        (("response-header-removed", "operation-added"), Outcome.COMPATIBLE, False, False),
        ((), Outcome.COMPATIBLE, False, False),
    ],
)
def test_the_outcome_is_that_of_the_gravest_finding(
    drifted: DriftReport, rules: tuple[str, ...], outcome: Outcome, *, failed: bool, failed_if_strict: bool
) -> None:
    report = of(drifted, *rules)

    assert (report.outcome, report.failed) == (outcome, failed)
    assert replace(report, strict=True).failed is failed_if_strict


def test_a_break_that_no_message_shows_is_a_break(drifted: DriftReport) -> None:
    """As where a webhook is gone: consumers wait in vain, and refuse nothing."""
    silent = replace(drifted.findings[1], level=Level.BREAKING)

    assert replace(drifted, findings=(silent,)).failed


def test_a_doubt_is_undecided_whatever_its_level(drifted: DriftReport) -> None:
    doubtful = replace(drifted.findings[2], level=Level.BREAKING)
    report = replace(drifted, findings=(doubtful,))

    assert (report.outcome, report.failed, report.counts.breaking) == (Outcome.INCONCLUSIVE, False, 0)


def test_containment_is_claimed_only_where_all_of_it_was_shown(drifted: DriftReport, unchanged: DriftReport) -> None:
    """Also of what is accepted, turned off, or thought to be of little weight, a message may be refused."""
    broken: Finding = next(one for one in drifted.findings if one.verdict is Verdict.BROKEN)
    lowered = replace(broken, level=Level.INFO)
    waived = tuple(replace(one, finding=broken) for one in drifted.waived)

    assert unchanged.contained
    assert of(drifted, "response-header-removed", "operation-added").contained
    for change in ({"findings": (lowered,)}, {"waived": waived}, {"off": 1}, {"compared": 0}):
        report = replace(unchanged, **change)
        assert (report.outcome, report.contained) == (Outcome.COMPATIBLE, False), change


def test_a_report_survives_its_json(drifted: DriftReport, unchanged: DriftReport) -> None:
    for report in (drifted, unchanged, replace(drifted, strict=True, policy="tolerant", off=3)):
        assert DriftReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_report_of_another_version_is_not_misread(drifted: DriftReport) -> None:
    with pytest.raises(ValueError, match="schema version 2 is not 1"):
        DriftReport.from_json(drifted.to_json() | {"schema_version": 2})


def test_a_report_is_what_the_schema_says(drifted: DriftReport, unchanged: DriftReport) -> None:
    for report in (drifted, unchanged):
        VALIDATOR.validate(report.to_json())


def test_the_schema_is_a_schema_and_describes_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = [SCHEMA, *SCHEMA["$defs"].values()]

    assert [one for one in objects if one["additionalProperties"] is not False] == []
    assert [name for one in objects for name, field in one["properties"].items() if "description" not in field] == []
    assert [one for one in objects if one["required"] != list(one["properties"])] == []


def test_the_schema_knows_every_member_of_an_enum() -> None:
    assert SCHEMA["properties"]["outcome"]["enum"] == [*Outcome]
    assert SCHEMA["properties"]["policy"]["enum"] == [*Policy]


def test_the_schema_refuses_what_the_model_does_not_write(drifted: DriftReport) -> None:
    data = drifted.to_json()
    faults: tuple[dict[str, Json], ...] = (
        {"more": 1},
        {"policy": "kind"},
        {"failed": False},
        {"findings": [data["findings"][0] | {"verdict": "BROKEN"}]},
        {"waived": [{}]},
        {"in_new": {"abc": data["findings"][0]["where"]}},
        {"counts": {"breaking": 1}},
    )
    for fault in faults:
        assert not VALIDATOR.is_valid(data | fault), fault
    for name in data:
        assert not VALIDATOR.is_valid({key: value for key, value in data.items() if key != name}), name

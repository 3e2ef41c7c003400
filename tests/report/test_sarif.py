"""A run as a log of code scanning."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from specwitness.findings import Level, Location, Outcome
from specwitness.report import sarif
from specwitness.report.model import ContractReport, RunReport

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))
NAME = "2026-03-01T02-00-00Z"


def run_of(report: ContractReport) -> Any:
    return sarif.log(RunReport(NAME, (report,)))["runs"][0]


def test_a_result_is_what_code_scanning_shows_of_a_finding(incompatible: ContractReport) -> None:
    first, *others = run_of(incompatible)["results"]

    assert first == {
        "ruleId": "response-schema",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "/status is 'EXPLODED'\n"
            "For clients written against the contract, through getJob, listJobs (seen 7 times)\n"
            "Rests on openapi.yaml\n"
            "The contract says: 'EXPLODED' is not one of ['PENDING', 'DONE']\n"
            "curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "specs/jobs/openapi.yaml"},
                    "region": {"startLine": 41},
                },
                "logicalLocations": [
                    {
                        "fullyQualifiedName": "getJob response 200 /components/schemas/Status",
                        "kind": "member",
                    }
                ],
            }
        ],
        "relatedLocations": [],
        "partialFingerprints": {"specwitness/v1": "1a00c165c6ca", "primaryLocationLineHash": "1a00c165c6ca"},
        "properties": {"verdict": "BROKEN", "operations": ["getJob", "listJobs"]},
    }
    assert [(one["level"], "suppressions" in one) for one in others] == [("warning", False), ("warning", True)]


def test_what_is_waived_is_suppressed_with_its_reason(incompatible: ContractReport) -> None:
    assert run_of(incompatible)["results"][-1]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "until 2026-12-01 (jobs team): known, ticket 7"}
    ]


def test_a_rule_says_what_it_looks_at_what_it_rests_on_and_what_to_do(incompatible: ContractReport) -> None:
    rules = {rule["id"]: rule for rule in run_of(incompatible)["tool"]["driver"]["rules"]}

    assert rules["response-schema"] == {
        "id": "response-schema",
        "shortDescription": {"text": "Response schema"},
        "help": {
            "text": "It looks at the body of an answer, by the schema of its status and media type.\n"
            "It rests on: openapi.yaml.\n"
            "Correct the side that is wrong, a document that is not yours by an overlay; "
            "or accept the finding for a while: specwitness waive FINGERPRINT."
        },
    }
    assert rules["slow"]["help"]["text"].startswith("It rests on: RFC 9110.\nCorrect ")


def test_every_result_leads_to_its_rule(incompatible: ContractReport) -> None:
    run = run_of(incompatible)
    rules = run["tool"]["driver"]["rules"]

    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_code_scanning_keeps_contracts_apart_and_runs_of_one_together(
    incompatible: ContractReport, compatible: ContractReport
) -> None:
    other = replace(compatible, contract="a/b")
    identities = [
        [run["automationDetails"]["id"] for run in sarif.log(RunReport(name, (incompatible, other)))["runs"]]
        for name in (NAME, "later")
    ]

    assert identities[0] == [f"specwitness/suite/jobs/{NAME}", f"specwitness/suite/a-b/{NAME}"]
    categories = [[identity.rpartition("/")[0] for identity in given] for given in identities]
    assert categories[0] == categories[1]


@pytest.mark.parametrize("outcome", ["incompatible", "compatible", "inconclusive"])
def test_the_log_of_each_outcome_is_sarif(outcome: str, request: pytest.FixtureRequest) -> None:
    log = json.loads(sarif.render(RunReport(NAME, (request.getfixturevalue(outcome),))))

    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)


def test_a_run_that_cannot_conclude_says_so_and_why(inconclusive: ContractReport, compatible: ContractReport) -> None:
    """What it did not look for is not fixed, though code scanning would take it so."""
    said = run_of(replace(inconclusive, shard="2/3", notes=("a [note](x)",)))
    (invocation,) = said["invocations"]

    assert (invocation["executionSuccessful"], said["properties"]["shard"]) == (False, "2/3")
    assert [(one["level"], one["message"]["text"][:20]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "This is shard 2/3 of"),
        ("error", "The run did not fini"),
        ("error", "createJob: 201 was n"),
        ("note", "a [note] (x)"),
    ]
    assert run_of(compatible)["invocations"] == [
        {
            "executionSuccessful": True,
            "startTimeUtc": "2026-03-01T02:00:00Z",
            "endTimeUtc": "2026-03-01T02:00:09Z",
            "toolExecutionNotifications": [],
        }
    ]


def test_findings_on_one_line_are_told_apart(incompatible: ContractReport) -> None:
    """By the only fingerprint that GitHub goes by, which it would else make of the text of the line."""
    proven = next(finding for finding in incompatible.findings if finding.level is Level.BREAKING)
    two = replace(proven, value="LOST")
    moved = replace(proven, where=Location("jobs", None, "x", proven.where.pointer, proven.where.file, 99))
    prints = [
        {one["partialFingerprints"]["primaryLocationLineHash"] for one in run_of(report)["results"]}
        for report in (
            replace(incompatible, findings=(proven, two), waived=()),
            replace(incompatible, findings=(moved, two), waived=()),
        )
    ]

    assert (len(prints[0]), prints[0]) == (2, prints[1])


def test_the_log_of_no_contract_is_sarif() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(sarif.render(RunReport(NAME, ()))))
    assert RunReport(NAME, ()).outcome is Outcome.INCONCLUSIVE

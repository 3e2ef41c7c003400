"""A run as annotations, and as the summary of a step."""

from __future__ import annotations

from dataclasses import replace

from specwitness.findings import Level
from specwitness.report import github, markdown
from specwitness.report.model import ContractReport, RunReport

STEP_SUMMARY = 1024 * 1024
"""https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits"""


def test_each_finding_is_annotated_at_its_place_the_gravest_first(incompatible: ContractReport) -> None:
    assert github.render(RunReport("a run", (incompatible,))).splitlines() == [
        "::error file=specs/jobs/openapi.yaml,line=41,title=response-schema at getJob response 200"
        "::/status is 'EXPLODED'%0AFor clients written against the contract, through getJob, listJobs (seen 7 times)"
        "%0AThe contract says: 'EXPLODED' is not one of ['PENDING', 'DONE']"
        "%0Acurl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1%0AFingerprint 1a00c165c6ca",
        "::warning title=slow at listJobs response 200"
        "::it took 9 s%0AFor not proven (no witness), through listJobs%0AFingerprint 02668f415d94",
        "::warning title=jobs could not be judged::createJob: 201 was never seen. Allow writes with --param",
        "INCOMPATIBLE jobs: 1 breaking finding, 1 warning, 1 waived; 12 requests to 1 of 2 operations",
    ]


def test_of_several_contracts_the_gravest_findings_come_first(incompatible: ContractReport) -> None:
    """GitHub shows ten of a kind: those of the second contract must not wait for the warnings of the first."""
    other = replace(incompatible, contract="other")
    lines = github.render(RunReport("a run", (incompatible, other))).splitlines()

    assert [line.split()[0] for line in lines] == [
        *("::error", "::error", "::warning", "::warning", "::warning", "::warning"),
        *("INCOMPATIBLE", "INCOMPATIBLE"),
    ]


def test_a_compatible_run_is_one_line(compatible: ContractReport) -> None:
    assert github.render(RunReport("a run", (compatible,))) == (
        "COMPATIBLE jobs: no breaking finding; 12 requests to 1 of 1 operation\n"
    )


def test_a_shard_is_called_one(inconclusive: ContractReport) -> None:
    lines = github.render(RunReport("a run", (replace(inconclusive, shard="2/3", partial=False),))).splitlines()

    assert lines[0].startswith("::warning title=jobs could not be judged::This is shard 2/3 of a run, ")
    assert lines[-1].startswith("SHARD 2/3 jobs: no breaking finding in this part; ")


def test_the_summary_of_a_step_is_shorter_than_it_may_be(incompatible: ContractReport) -> None:
    """In bytes, of the characters that take most of them."""
    proven = next(finding for finding in incompatible.findings if finding.level is Level.BREAKING)
    many = tuple(replace(proven, value=number, message="\U0001f9ea" * 900) for number in range(500))

    assert len(markdown.render(RunReport("a run", (replace(incompatible, findings=many),))).encode()) < STEP_SUMMARY

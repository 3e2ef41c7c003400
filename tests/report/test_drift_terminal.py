"""What a person sees of a comparison, whole."""

from __future__ import annotations

from dataclasses import replace

from specwitness import Level
from specwitness.report.drift_model import DriftReport
from specwitness.report.drift_terminal import IN_FULL, IN_SHORT, summary

DRIFTED = """\
BROKEN main:jobs.yaml -> jobs.yaml: 2 breaking, 1 warning, 1 undecided, 1 remark, 1 waived; 2 operations compared, 1 removed, 1 added
Job API 1.0 -> Job API 2.0, policy strict

1. breaking response-enum at getJob response 200 (old.yaml:41, now new.yaml:40; f1c1993a36ed)
   GET /jobs/{id}: clients that switch on `status` will meet `"archived"`
   for clients written against the old version, through getJob, listJobs
   sent      GET https://api.example/jobs/1
   answered  200 OK
             content-type: application/json
             {"status": "archived"}
   old       'archived' is not one of ['pending', 'done']
   replay    curl -i https://api.example/jobs/1

2. breaking request-required at createJob request (new.yaml:12; 91f95a86f35b)
   POST /jobs: clients that do not send `name` are refused
   for clients that still send what the old version allows, through createJob
   sent      POST https://api.example/jobs
             content-type: application/json
             {}
   new       'name' is a required property
   replay    curl -i -X POST -H 'content-type: application/json' --data-binary '{}' https://api.example/jobs

3. warning request-undecided at createJob request (new.yaml:10; 4ef8186e977c)
   POST /jobs: neither containment nor a message that breaks it was found: a pattern is hard
   for not proven (no witness), through createJob

4. warning response-header-removed at getJob response 200 (old.yaml:30; 1ddfe2172a36): GET /jobs/{id}: the header X is not sent any more
5. info operation-added at deleteJob operation (new.yaml:50; 3aabff50497c): DELETE /jobs/{id} is new

waived:
- slow at listJobs response 200 (/paths/~1jobs/get; 02668f415d94) until 2026-12-01: known, ticket 7

notes:
- the waiver of abc expired on 2026-01-01: it was known

report: drift.json"""  # noqa: E501, a terminal has long lines


def test_the_summary_of_a_break(drifted: DriftReport) -> None:
    assert summary(drifted, path="drift.json").plain == DRIFTED


def test_where_nothing_matters_it_is_one_line_that_claims_what_was_shown(unchanged: DriftReport) -> None:
    assert summary(unchanged).plain == (
        "SAFE old.yaml -> new.yaml: every request that was allowed still is, every response that may come was allowed "
        "before; shown for 2 operations"
    )


def test_what_is_accepted_or_turned_off_is_not_called_safe(drifted: DriftReport) -> None:
    broken = next(one for one in drifted.findings if one.level is Level.BREAKING)
    waived = tuple(replace(one, finding=broken) for one in drifted.waived)
    accepted = replace(drifted, findings=(), waived=waived, notes=(), removed=(), added=())
    off = replace(accepted, waived=(), off=2)
    heads = [summary(report).plain.splitlines()[0] for report in (accepted, off)]

    assert heads == [
        "COMPATIBLE main:jobs.yaml -> jobs.yaml: no breaking change, 1 waived; 2 operations compared",
        "COMPATIBLE main:jobs.yaml -> jobs.yaml: no breaking change, 2 turned off; 2 operations compared",
    ]


def test_a_doubt_is_undecided_and_says_how_it_can_count(drifted: DriftReport) -> None:
    doubtful = tuple(one for one in drifted.findings if one.rule == "request-undecided")
    report = replace(drifted, findings=doubtful, waived=(), notes=())
    lenient, strict = summary(report).plain, summary(replace(report, strict=True)).plain

    assert lenient.startswith("UNDECIDED main:jobs.yaml -> jobs.yaml: 1 undecided; ")
    assert lenient.endswith("\n\nWith --strict, what is undecided counts as a break")
    assert strict == lenient.removesuffix("\n\nWith --strict, what is undecided counts as a break")


def test_many_findings_are_a_few_in_full_some_in_short_and_a_number(drifted: DriftReport) -> None:
    broken = next(one for one in drifted.findings if one.rule == "request-required")
    many = tuple(replace(broken, value=number) for number in range(IN_FULL + IN_SHORT + 7))
    lines = summary(replace(drifted, findings=many)).plain.splitlines()

    assert sum(line.startswith("   replay") for line in lines) == IN_FULL
    assert sum(". breaking request-required at " in line for line in lines) == IN_FULL + IN_SHORT
    assert "and 7 findings more, all in the JSON report (--format json)" in lines


def test_many_notes_are_counted(drifted: DriftReport) -> None:
    lines = summary(replace(drifted, notes=("x",) * 13)).plain.splitlines()

    assert lines[-1] == "- and 3 more, all in the JSON report (--format json)"

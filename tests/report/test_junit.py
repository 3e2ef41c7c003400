"""The XML for CI, whole."""

from __future__ import annotations

from dataclasses import replace

from specwitness import Level, Verdict
from specwitness.report.junit import render as rendered
from specwitness.report.model import ContractReport, RunReport

INCOMPATIBLE = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="4" failures="1" errors="1" skipped="1" time="9.000">
  <testsuite name="jobs" timestamp="2026-03-01T02:00:00Z" tests="4" failures="1" errors="1" skipped="1" time="9.000">
    <properties>
      <property name="outcome" value="incompatible" />
      <property name="partial" value="false" />
      <property name="title" value="Job API" />
      <property name="target" value="http://api.test" />
      <property name="profile" value="quick" />
      <property name="seed" value="1" />
      <property name="selection" value="everything" />
      <property name="requests" value="12" />
      <property name="specwitness" value="0.1.0" />
    </properties>
    <testcase classname="jobs.getJob" name="response-schema 1a00c165c6ca">
      <failure message="/status is 'EXPLODED'" type="response-schema">where: getJob response 200 specs/jobs/openapi.yaml:41
for: clients written against the contract, through getJob, listJobs (seen 7 times)
rests on: openapi.yaml

witness: the server allows it, the contract refuses it

GET http://api.test/jobs/1
X-API-Key: [redacted]

200 OK
Content-Type: application/json

{"id": "1", "status": "EXPLODED"}

the contract says: 'EXPLODED' is not one of ['PENDING', 'DONE']

curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1</failure>
    </testcase>
    <testcase classname="jobs.listJobs" name="slow 02668f415d94">
      <system-out>warning: it took 9 s
where: listJobs response 200 /paths/~1jobs/get
for: not proven (no witness), through listJobs
rests on: RFC 9110</system-out>
    </testcase>
    <testcase classname="jobs.listJobs" name="slow 02668f415d94">
      <skipped message="waived by jobs team until 2026-12-01: known, ticket 7" type="waived" />
    </testcase>
    <testcase classname="jobs.run" name="conclusive 1">
      <error message="createJob: 201 was never seen. Allow writes with --param" type="inconclusive" />
    </testcase>
  </testsuite>
</testsuites>
"""  # noqa: E501, XML has long lines


def render(report: ContractReport) -> str:
    return rendered(RunReport("a run", (report,)))


def test_the_suite_of_an_incompatible_report(incompatible: ContractReport) -> None:
    assert render(incompatible) == INCOMPATIBLE


def test_an_operation_that_broke_nothing_passes(compatible: ContractReport) -> None:
    assert """\
    <testcase classname="jobs.getJob" name="GET /jobs/{id}">
      <system-out>requests: 12; answers: 200 x 10, 418 x 2</system-out>
    </testcase>
  </testsuite>
""" in render(compatible)


def test_what_could_not_be_judged_is_an_error(inconclusive: ContractReport) -> None:
    shown = render(inconclusive)
    assert 'tests="2" failures="0" errors="2" skipped="0" time="0.000"' in shown
    assert '<error message="The run did not finish: ' in shown
    assert '<error message="createJob: 201 was never seen. Allow writes with --param" type="inconclusive" />' in shown


def test_a_suspected_break_is_an_error_and_its_operation_does_not_pass(incompatible: ContractReport) -> None:
    proven = next(finding for finding in incompatible.findings if finding.level is Level.BREAKING)
    suspected = replace(proven, verdict=Verdict.UNDECIDED, witness=None)
    shown = render(replace(incompatible, findings=(suspected,), waived=(), reasons=()))
    assert 'tests="1" failures="0" errors="1" skipped="0"' in shown

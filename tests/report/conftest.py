"""A toy contract with two operations, and one report of each outcome."""

from __future__ import annotations

import datetime as dt

import pytest

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.record import Aspect
from specwitness.report.model import OperationCoverage, RunReport, Seen, StatusCount, TestCounts, WaivedFinding

READ_JOB = Exchange(
    Request("GET", "http://api.test/jobs/1", (("X-API-Key", "[redacted]"), ("User-Agent", "dull"))),
    Response(
        200, (("Content-Type", "application/json"), ("Date", "dull")), b'{"id": "1", "status": "EXPLODED"}', elapsed=0.1
    ),
    operation="getJob",
    parameters={"id": "1"},
)
UNDECLARED = Finding(
    rule="response-schema",
    level=Level.BREAKING,
    verdict=Verdict.BROKEN,
    where=Location("jobs", "getJob", "response 200", "/components/schemas/Status", "specs/jobs/openapi.yaml", 41),
    message="/status is 'EXPLODED'",
    source="openapi.yaml",
    value="EXPLODED",
    witness=Witness((READ_JOB,), Party.SERVER, Party.CONTRACT, "'EXPLODED' is not one of ['PENDING', 'DONE']"),
    operations=("getJob", "listJobs"),
    seen=7,
)
SLOW = Finding(
    rule="slow",
    level=Level.WARNING,
    verdict=Verdict.UNDECIDED,
    where=Location("jobs", "listJobs", "response 200", "/paths/~1jobs/get"),
    message="it took 9 s",
    source="RFC 9110",
)
GET_JOB = OperationCoverage(
    "getJob",
    "GET /jobs/{id}",
    12,
    (StatusCount(200, 10, documented=True), StatusCount(418, 2, documented=False)),
    (
        Seen(Aspect.STATUS, "200", "", 10),
        Seen(Aspect.STATUS, "404", "", 0),
        Seen(Aspect.PROPERTY, "200 /id", "", 10),
        Seen(Aspect.VALUE, "200 /status", "DONE", 0),
        Seen(Aspect.VALUE, "200 /status", "PENDING", 3),
    ),
)
CREATE_JOB = OperationCoverage("createJob", "POST /jobs", 0, (), (Seen(Aspect.STATUS, "201", "", 0),))


@pytest.fixture
def incompatible() -> RunReport:
    return RunReport(
        tool_version="0.1.0",
        contract="jobs",
        title="Job API",
        outcome=Outcome.INCOMPATIBLE,
        target="http://api.test",
        profile="quick",
        seed=1,
        started="2026-03-01T02:00:00Z",
        finished="2026-03-01T02:00:09Z",
        requests=12,
        tests=TestCounts(passed=5, failed=1),
        findings=(SLOW, UNDECLARED),
        waived=(WaivedFinding(SLOW, "known, ticket 7", "jobs team", dt.date(2026, 12, 1)),),
        reasons=("createJob: 201 was never seen. Allow writes with --param",),
        notes=("the waiver abc expired on 2026-01-01",),
        coverage=(GET_JOB, CREATE_JOB),
    )


@pytest.fixture
def compatible() -> RunReport:
    return RunReport(
        tool_version="0.1.0",
        contract="jobs",
        title="Job API",
        outcome=Outcome.COMPATIBLE,
        target="embedded mock",
        profile="quick",
        seed=1,
        started="2026-03-01T02:00:00Z",
        finished="2026-03-01T02:00:09Z",
        requests=12,
        selection=("getJob",),
        coverage=(GET_JOB,),
    )


@pytest.fixture
def inconclusive() -> RunReport:
    return RunReport(
        tool_version="0.1.0",
        contract="jobs",
        title="Job API",
        outcome=Outcome.INCONCLUSIVE,
        target="http://api.test",
        profile="quick",
        seed=1,
        started="2026-03-01T02:00:00Z",
        partial=True,
        reasons=("createJob: 201 was never seen. Allow writes with --param",),
        coverage=(CREATE_JOB,),
    )

"""A toy contract with two operations, one report of each outcome, and one of what changed in it."""

from __future__ import annotations

import datetime as dt

import pytest

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.record import Aspect
from specwitness.report.drift_model import Described, DriftReport
from specwitness.report.model import ContractReport, OperationCoverage, Seen, StatusCount, WaivedFinding

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
def incompatible() -> ContractReport:
    return ContractReport(
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
        findings=(SLOW, UNDECLARED),
        waived=(WaivedFinding(SLOW, "known, ticket 7", "jobs team", dt.date(2026, 12, 1)),),
        reasons=("createJob: 201 was never seen. Allow writes with --param",),
        notes=("the waiver abc expired on 2026-01-01",),
        coverage=(GET_JOB, CREATE_JOB),
    )


@pytest.fixture
def compatible() -> ContractReport:
    return ContractReport(
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
def inconclusive() -> ContractReport:
    return ContractReport(
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


# --- What changed ---------------------------------------------------------------------------------------------------

ARCHIVED = Finding(
    rule="response-enum",
    level=Level.BREAKING,
    verdict=Verdict.BROKEN,
    where=Location("jobs", "getJob", "response 200", "/components/schemas/Status/enum", "old.yaml", 41, "/w/enum"),
    message='GET /jobs/{id}: clients that switch on `status` will meet `"archived"`',
    source="getJob response 200 (new.yaml:40)",
    value="archived",
    witness=Witness(
        (
            Exchange(
                Request("GET", "https://api.example/jobs/1"),
                Response(200, (("content-type", "application/json"),), b'{"status": "archived"}'),
                "getJob",
            ),
        ),
        Party.NEW,
        Party.OLD,
        "'archived' is not one of ['pending', 'done']",
    ),
    operations=("getJob", "listJobs"),
    seen=2,
)
NAMELESS = Finding(
    rule="request-required",
    level=Level.BREAKING,
    verdict=Verdict.BROKEN,
    where=Location("jobs", "createJob", "request", "/paths/~1jobs/post/requestBody", "new.yaml", 12),
    message="POST /jobs: clients that do not send `name` are refused",
    source="createJob request (old.yaml:12)",
    value="name",
    witness=Witness(
        (
            Exchange(
                Request("POST", "https://api.example/jobs", (("content-type", "application/json"),), b"{}"),
                None,
                "createJob",
            ),
        ),
        Party.OLD,
        Party.NEW,
        "'name' is a required property",
    ),
    operations=("createJob",),
)
PATTERN = Finding(
    rule="request-undecided",
    level=Level.WARNING,
    verdict=Verdict.UNDECIDED,
    where=Location("jobs", "createJob", "request", "/paths/~1jobs/post", "new.yaml", 10),
    message="POST /jobs: neither containment nor a message that breaks it was found: a pattern is hard",
    source="createJob (old.yaml:10)",
    operations=("createJob",),
)
HEADER = Finding(
    rule="response-header-removed",
    level=Level.WARNING,
    verdict=Verdict.SAFE,
    where=Location("jobs", "getJob", "response 200", "/paths/~1jobs~1{id}/get/responses/200/headers/X", "old.yaml", 30),
    message="GET /jobs/{id}: the header X is not sent any more",
    source="OpenAPI Specification, Response Object",
    operations=("getJob",),
)
ADDED = Finding(
    rule="operation-added",
    level=Level.INFO,
    verdict=Verdict.SAFE,
    where=Location("jobs", "deleteJob", "operation", "/paths/~1jobs~1{id}/delete", "new.yaml", 50),
    message="DELETE /jobs/{id} is new",
    source="OpenAPI Specification, Paths Object",
    operations=("deleteJob",),
)


@pytest.fixture
def drifted() -> DriftReport:
    """Everything that a comparison may show, each once."""
    return DriftReport(
        tool_version="0.1.0",
        contract="jobs",
        old=Described("main:jobs.yaml", "Job API", "1.0"),
        new=Described("jobs.yaml", "Job API", "2.0"),
        policy="strict",
        compared=2,
        removed=("GET /old",),
        added=("DELETE /jobs/{id}",),
        findings=(ADDED, HEADER, PATTERN, NAMELESS, ARCHIVED),
        waived=(WaivedFinding(SLOW, "known, ticket 7", "jobs team", dt.date(2026, 12, 1)),),
        in_new={
            ARCHIVED.fingerprint: Location(
                "jobs", "getJob", "response 200", "/components/schemas/Status/enum", "new.yaml", 40
            ),
            HEADER.fingerprint: Location(
                "jobs", "getJob", "response 200", "/paths/~1jobs~1{id}/get/responses/200", "new.yaml", 28
            ),
        },
        notes=("the waiver of abc expired on 2026-01-01: it was known",),
    )


@pytest.fixture
def unchanged() -> DriftReport:
    return DriftReport(
        tool_version="0.1.0",
        contract="jobs",
        old=Described("old.yaml", "Job API", "1.0"),
        new=Described("new.yaml", "Job API", "2.0"),
        policy="strict",
        compared=2,
    )

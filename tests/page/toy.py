"""A toy run that shows everything a page can show, each state of a check once, and one with many findings."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.findings import Intent
from specwitness.record import Aspect
from specwitness.report.drift_model import Described, DriftReport
from specwitness.report.model import (
    Change,
    CheckCount,
    ContractReport,
    EarlierRun,
    FixedFinding,
    History,
    Latency,
    OperationCoverage,
    RunReport,
    Seen,
    StatusCount,
    WaivedFinding,
)

STARTED = "2026-03-01T02:00:00Z"
EXPIRED = "the waiver of abc expired on 2026-01-01: it was known"


def finding(number: int, *, rule: str = "response-schema", operation: str = "getJob", items: int = 3) -> Finding:
    """Return a proven break; each number is another place of the document."""
    body = {"id": str(number), "status": "EXPLODED", "items": [{"name": f"item {item}"} for item in range(items)]}
    exchange = Exchange(
        Request("GET", f"http://api.test/jobs/{number}", (("X-API-Key", "[redacted]"),)),
        Response(200, (("Content-Type", "application/json"),), json.dumps(body).encode()),
        operation,
    )
    return Finding(
        rule=rule,
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=Location("jobs", operation, "response 200", f"/components/schemas/S{number}", "jobs.yaml", number),
        message=f"GET /jobs/{{id}}: /status: number {number} is not one of ['PENDING', 'DONE']",
        source="jobs.yaml#/components/schemas/Status",
        witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, "'EXPLODED' is not one of ['PENDING', 'DONE']"),
        operations=(operation,),
    )


BROKEN = finding(1)
COMES_AND_GOES = finding(2, rule="undocumented-status", operation="listJobs")
REOPENED = finding(3, operation="listJobs")
SUSPECTED = replace(finding(4, rule="server-error"), verdict=Verdict.UNDECIDED, witness=None)
WARNED = replace(finding(5, rule="missing-header"), level=Level.WARNING)
ACCEPTED = replace(finding(6, rule="missing-content-type"), level=Level.WARNING)
REMARK = replace(finding(7, rule="second-opinion", operation="listJobs"), level=Level.INFO)

_CHECKS = ("answer", "status", "media-type", "headers", "body", "credentials", "no-stack-trace", "ends-after-start")


def _operation(key: str, label: str, never: tuple[str, ...]) -> OperationCoverage:
    return OperationCoverage(
        key,
        label,
        20,
        (
            StatusCount(200, 15, True, {Intent.VALID: 10, Intent.GENERATED: 5}),
            StatusCount(404, 3, True, {Intent.UNKNOWN_ID: 3}),
            StatusCount(418, 2, False, {Intent.INVALID: 1, Intent.NO_CREDENTIALS: 1}),
        ),
        (
            Seen(Aspect.STATUS, "200", "", 15),
            Seen(Aspect.STATUS, "404", "", 3),
            Seen(Aspect.STATUS, "500", "", 0),
            Seen(Aspect.VALUE, "200 /status", "DONE", 9),
            Seen(Aspect.VALUE, "200 /status", "CANCELLED", 0),
            Seen(Aspect.PROPERTY, "200 /id", "", 15),
            Seen(Aspect.PROPERTY, "200 /error/code", "", 0),
        ),
        tuple(CheckCount(name, 0 if name in never else 20, own=name == "ends-after-start") for name in _CHECKS),
        Latency(1.5, 3.0, 9.0, 12.0),
    )


def _earlier(day: int, outcome: Outcome, new: int, persisting: int, fixed: int) -> EarlierRun:
    at = f"2026-02-{day:02d}T02:00:00Z"
    latency = Latency(1.0 + day / 10, 3.0, 8.0, 10.0)
    return EarlierRun(at.replace(":", "-"), at, outcome, new, persisting, fixed, {"getJob": latency})


HISTORY = History(
    {
        BROKEN.fingerprint: Change.NEW,
        COMES_AND_GOES.fingerprint: Change.FLAKY,
        REOPENED.fingerprint: Change.REOPENED,
        **{one.fingerprint: Change.PERSISTING for one in (SUSPECTED, WARNED, ACCEPTED, REMARK)},
    },
    {BROKEN.fingerprint: STARTED, REOPENED.fingerprint: "2026-02-20T02:00:00Z"},
    (FixedFinding("0" * 12, "slow", Level.WARNING, "it took 9 s", "2026-02-01T02:00:00Z", "2026-02-27T02:00:00Z"),),
    (
        _earlier(25, Outcome.COMPATIBLE, 0, 1, 2),
        _earlier(26, Outcome.INCONCLUSIVE, 1, 1, 0),
        EarlierRun("now", STARTED, Outcome.INCOMPATIBLE, 2, 5, 1, {"getJob": Latency(1.5, 3.0, 9.0, 12.0)}),
    ),
)

INCOMPATIBLE = ContractReport(
    tool_version="0.1.0",
    contract="jobs",
    title="Job API",
    outcome=Outcome.INCOMPATIBLE,
    target="http://api.test",
    profile="gate",
    seed=1,
    started=STARTED,
    finished="2026-03-01T02:00:09Z",
    requests=40,
    findings=(BROKEN, COMES_AND_GOES, REOPENED, SUSPECTED, WARNED, REMARK),
    waived=(WaivedFinding(ACCEPTED, "known, ticket 7", "jobs team", dt.date(2026, 12, 1)),),
    reasons=("createJob: 201 was never seen. Let writes leave with --allow-writes",),
    notes=(EXPIRED,),
    coverage=(
        _operation("getJob", "GET /jobs/{id}", never=()),
        _operation("listJobs", "GET /jobs", never=("credentials",)),
    ),
    history=HISTORY,
)
COMPATIBLE = replace(
    INCOMPATIBLE, contract="pets", title="Pets", outcome=Outcome.COMPATIBLE, findings=(), reasons=(), history=None
)
INCONCLUSIVE = replace(
    INCOMPATIBLE,
    contract="shops",
    title="Shops",
    outcome=Outcome.INCONCLUSIVE,
    findings=(),
    waived=(),
    requests=0,
    finished=None,
    partial=True,
    coverage=(OperationCoverage("getShop", "GET /shops/{id}", 0, (), (Seen(Aspect.STATUS, "200", "", 0),)),),
    history=None,
)
EVERYTHING = RunReport("2026-03-01T02-00-00Z", (COMPATIBLE, INCOMPATIBLE, INCONCLUSIVE))


def many(count: int, *, items: int = 30) -> RunReport:
    """Return a run with so many findings, divided among twenty operations."""
    found = tuple(finding(number, operation=f"op{number % 20}", items=items) for number in range(count))
    coverage = tuple(_operation(f"op{number}", f"GET /things/{number}", never=()) for number in range(20))
    return RunReport("many", (replace(INCOMPATIBLE, findings=found, coverage=coverage, history=None),))


DRIFT = DriftReport(
    tool_version="0.1.0",
    contract="jobs",
    old=Described("main:jobs.yaml", "Job API", "1.0"),
    new=Described("jobs.yaml", "Job API", "2.0"),
    policy="strict",
    compared=2,
    removed=("GET /old",),
    added=("DELETE /jobs/{id}",),
    findings=(replace(BROKEN, rule="response-enum"), replace(WARNED, rule="response-header-removed"), SUSPECTED),
    waived=INCOMPATIBLE.waived,
    in_new={replace(BROKEN, rule="response-enum").fingerprint: replace(BROKEN.where, file="new.yaml", line=40)},
    notes=(EXPIRED,),
)

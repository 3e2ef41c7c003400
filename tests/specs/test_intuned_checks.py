"""Every hand-written check of the Intuned contract lets one answer pass and refuses another."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness import Exchange, Intent, Request, Response
from specwitness.contract.load import load
from specwitness.findings import Json

CONTRACT = load(Path(__file__).parents[2] / "specs" / "intuned")
CHECKS = {check.rule: check for check in CONTRACT.checks}

WORKSPACE = "123e4567-e89b-12d3-a456-426614174000"
PARAMETERS = {
    "workspaceId": WORKSPACE,
    "projectName": "my-project",
    "runId": "aabbccddeeffggh",
    "jobId": "my-sample-job",
    "jobRunId": "jr_abc123def456ghi789xyz",
}
COMPLETED = {
    "runId": "aabbccddeeffggh",
    "status": "completed",
    "result": {"docUrl": "the user's own"},
    "extendedPayloads": [{"api": "my-awesome-api", "parameters": {"a": 1}}],
}
FAILED = {
    "runId": "aabbccddeeffggh",
    "status": "failed",
    "error": {"code": "all-attempts-failed", "message": "All attempts failed.", "category": "execution"},
}
CANCELED = {
    "runId": "aabbccddeeffggh",
    "status": "canceled",
    "reason": {"type": "terminated", "message": "Stopped."},
}
PENDING = {"runId": "aabbccddeeffggh", "status": "pending"}
JOB_RUN = {
    "jobRun": {
        "id": "jr_abc123def456ghi789xyz",
        "start_time": "2024-01-01T00:00:01Z",
        "end_time": "2024-01-01T00:30:00Z",
        "workspace_id": WORKSPACE.upper(),
        "project_id": WORKSPACE,
        "job_id": "my-sample-job",
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:30:00Z",
        "type": "SCHEDULED",
        "status": "FAILURE",
        "payloads": 100,
        "successful_runs": 95,
        "failed_runs": 5,
        "error": {"message": "No credits left.", "code": "insufficient-resource-credits", "category": "billing"},
        "reason": {"type": "terminated", "message": "Stopped."},
        "job_configuration_snapshot": {
            "configuration": {"retry": {"maximumAttempts": 1}, "maxConcurrentRequests": 25},
            "sink": {"type": "webhook", "url": "https://example.com/webhook"},
        },
    }
}
S3 = {"type": "s3", "bucket": "b", "accessKeyId": "AKIA-SECRET", "secretAccessKey": "s3cr3t-value", "region": "r"}
UNAUTHORIZED = {
    "code": "unauthorized",
    "category": "user",
    "message": "No key.",
    "retirable": False,
    "correlationId": "c-1",
}
SNAPSHOT = "/jobRun/job_configuration_snapshot"

GONE = object()


def put(body: Json, **changes: Json) -> Json:
    """Return a copy of a body with members set, or removed where `GONE`; a name's `__` is a step down."""
    result = deepcopy(body)
    for path, value in changes.items():
        *above, last = path.split("__")
        place = result
        for name in above:
            place = place[name]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return result


def answered(
    body: Json, status: int = 200, *, operation: str = "", intent: Intent = Intent.VALID, **parameters: str
) -> Exchange:
    if not operation:
        operation = "getJobRun" if "jobRun" in body else "runApiResult"
    return Exchange(
        Request("GET", "http://127.0.0.1/", (("x-api-key", "k-secret"),)),
        Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode()),
        operation=operation,
        parameters={**PARAMETERS, **parameters},
        intent=intent,
    )


SINK = "jobRun__job_configuration_snapshot__sink"

# rule, an answer that passes, an answer that is refused, and where.
CASES = [
    ("run-status-is-documented", COMPLETED, put(COMPLETED, status="cancelled"), "/status"),
    ("run-is-the-one-asked-for", COMPLETED, put(COMPLETED, runId="another"), "/runId"),
    ("run-is-the-one-asked-for", COMPLETED, put(COMPLETED, runId=GONE), "/runId"),
    ("failed-run-has-an-error", FAILED, put(FAILED, error=GONE), "/error"),
    ("run-error-has-message-and-category", FAILED, put(FAILED, error__category=GONE), "/error/category"),
    ("run-error-has-message-and-category", FAILED, put(FAILED, error__message=None), "/error/message"),
    ("run-error-code-is-documented", put(FAILED, error__code=GONE), put(FAILED, error__code="oops"), "/error/code"),
    ("run-error-category-is-documented", FAILED, put(FAILED, error__category="mine"), "/error/category"),
    ("run-reason-type-is-documented", CANCELED, put(CANCELED, reason__type="bored"), "/reason/type"),
    ("canceled-run-has-a-reason", CANCELED, put(CANCELED, reason=GONE), "/reason"),
    ("unfinished-run-has-no-outcome", PENDING, put(PENDING, result=1), "/result"),
    ("unfinished-run-has-no-outcome", PENDING, put(PENDING, status="started", error={}), "/error"),
    ("completed-run-has-no-error", COMPLETED, put(COMPLETED, error={"message": "m", "category": "user"}), "/error"),
    ("extended-payload-names-its-api", COMPLETED, put(COMPLETED, extendedPayloads=[{}]), "/extendedPayloads/0/api"),
    ("job-run-status-is-documented", JOB_RUN, put(JOB_RUN, jobRun__status="RUNNING"), "/jobRun/status"),
    ("job-run-type-is-documented", JOB_RUN, put(JOB_RUN, jobRun__type="manual"), "/jobRun/type"),
    ("job-run-is-the-one-asked-for", JOB_RUN, put(JOB_RUN, jobRun__id="jr_other"), "/jobRun/id"),
    ("job-run-is-the-one-asked-for", JOB_RUN, put(JOB_RUN, jobRun__job_id="other"), "/jobRun/job_id"),
    ("job-run-is-the-one-asked-for", JOB_RUN, put(JOB_RUN, jobRun__workspace_id="other"), "/jobRun/workspace_id"),
    (
        "job-run-has-an-end-exactly-when-it-has-ended",
        put(JOB_RUN, jobRun__status="PAUSED", jobRun__end_time=None),
        put(JOB_RUN, jobRun__status="PAUSED"),
        "/jobRun/end_time",
    ),
    (
        "job-run-has-an-end-exactly-when-it-has-ended",
        JOB_RUN,
        put(JOB_RUN, jobRun__end_time=None),
        "/jobRun/end_time",
    ),
    ("job-run-timestamps-are-iso-8601", JOB_RUN, put(JOB_RUN, jobRun__created_at="yesterday"), "/jobRun/created_at"),
    (
        "job-run-ends-after-it-starts",
        put(JOB_RUN, jobRun__end_time="2024-01-01T01:00:01+01:00"),
        put(JOB_RUN, jobRun__end_time="2024-01-01T01:00:00+01:00"),
        "/jobRun/end_time",
    ),
    ("job-run-counts-add-up", JOB_RUN, put(JOB_RUN, jobRun__failed_runs=6), "/jobRun/payloads"),
    (
        "job-run-counts-add-up",
        put(JOB_RUN, jobRun__payloads=None),
        put(JOB_RUN, jobRun__failed_runs=-1),
        "/jobRun/failed_runs",
    ),
    (
        "job-run-error-is-complete",
        put(JOB_RUN, jobRun__error=None),
        put(JOB_RUN, jobRun__error__code=GONE),
        "/jobRun/error/code",
    ),
    (
        "job-run-error-code-is-documented",
        JOB_RUN,
        put(JOB_RUN, jobRun__error__code="unexpected"),
        "/jobRun/error/code",
    ),
    (
        "job-run-error-category-is-documented",
        JOB_RUN,
        put(JOB_RUN, jobRun__error__category="user"),
        "/jobRun/error/category",
    ),
    (
        "job-run-reason-type-is-documented",
        JOB_RUN,
        put(JOB_RUN, jobRun__reason__type="api-access-disabled"),
        "/jobRun/reason/type",
    ),
    (
        "job-run-is-attempted-at-least-once",
        JOB_RUN,
        put(JOB_RUN, jobRun__job_configuration_snapshot__configuration__retry__maximumAttempts=0),
        f"{SNAPSHOT}/configuration/retry/maximumAttempts",
    ),
    (
        "job-run-concurrency-is-within-bounds",
        JOB_RUN,
        put(JOB_RUN, jobRun__job_configuration_snapshot__configuration__maxConcurrentRequests=26),
        f"{SNAPSHOT}/configuration/maxConcurrentRequests",
    ),
    ("job-run-sink-is-complete", put(JOB_RUN, **{SINK: S3}), put(JOB_RUN, **{SINK: {}}), f"{SNAPSHOT}/sink/type"),
    (
        "job-run-sink-is-complete",
        put(JOB_RUN, **{SINK: None}),
        put(JOB_RUN, **{SINK: put(S3, region=GONE)}),
        f"{SNAPSHOT}/sink/region",
    ),
    ("job-run-sink-is-complete", JOB_RUN, put(JOB_RUN, **{f"{SINK}__url": GONE}), f"{SNAPSHOT}/sink/url"),
    ("names-are-spelled-as-documented", COMPLETED, put(FAILED, error__docUrl="https://a"), "/error/docUrl"),
    ("names-are-spelled-as-documented", FAILED, put(FAILED, error__correlationId="c"), "/error/correlationId"),
    (
        "names-are-spelled-as-documented",
        put(JOB_RUN, jobRun__error__correlationId="c"),
        put(JOB_RUN, jobRun__error__correlation_id="c"),
        "/jobRun/error/correlation_id",
    ),
    ("names-are-spelled-as-documented", JOB_RUN, put(JOB_RUN, jobRun__startTime="now"), "/jobRun/startTime"),
]

# The same for errors, which are refused for both operations alike.
ERROR_CASES = [
    ("error-code-matches-the-status", put(UNAUTHORIZED, code="not-found"), "/code"),
    ("error-code-matches-the-status", put(UNAUTHORIZED, code=GONE), "/code"),
    ("error-category-is-user", put(UNAUTHORIZED, category="infrastructure"), "/category"),
    ("error-is-not-retirable", put(UNAUTHORIZED, retirable=True), "/retirable"),
    ("error-can-be-told-and-traced", put(UNAUTHORIZED, message=" "), "/message"),
    ("error-can-be-told-and-traced", put(UNAUTHORIZED, correlationId=GONE), "/correlationId"),
    ("names-are-spelled-as-documented", put(UNAUTHORIZED, correlation_id="c"), "/correlation_id"),
]

WORKSPACE_RULES = {
    "getJobRun": "workspace-that-is-no-uuid-is-refused",
    "runApiResult": "workspace-of-a-run-that-is-no-uuid-is-refused",
}


def pointers(rule: str, exchange: Exchange) -> list[str]:
    """Return where the check of a rule refuses an exchange that is its business."""
    assert CHECKS[rule].applies_to(exchange)
    return [refusal.pointer for refusal in CHECKS[rule](exchange)]


@pytest.mark.parametrize(("rule", "passes", "refused", "pointer"), CASES)
def test_a_check_of_a_success(rule: str, passes: Json, refused: Json, pointer: str) -> None:
    assert (pointers(rule, answered(passes)), pointers(rule, answered(refused))) == ([], [pointer])


@pytest.mark.parametrize("operation", ["runApiResult", "getJobRun"])
@pytest.mark.parametrize(("rule", "refused", "pointer"), ERROR_CASES)
def test_a_check_of_an_error(operation: str, rule: str, refused: Json, pointer: str) -> None:
    assert pointers(rule, answered(UNAUTHORIZED, 401, operation=operation)) == []
    assert pointers(rule, answered(refused, 401, operation=operation)) == [pointer]


@pytest.mark.parametrize(("status", "code"), [(400, "bad-request"), (401, "unauthorized"), (404, "not-found")])
def test_each_error_status_has_its_own_code(status: int, code: str) -> None:
    assert pointers("error-code-matches-the-status", answered(put(UNAUTHORIZED, code=code), status)) == []


def test_what_a_probe_meets_is_not_judged_as_an_error_of_the_api() -> None:
    assert pointers("error-code-matches-the-status", answered({"detail": "?"}, 404, intent=Intent.PROBE)) == []


@pytest.mark.parametrize("operation", sorted(WORKSPACE_RULES))
@pytest.mark.parametrize("status", [200, 404, 422])
def test_a_workspace_that_is_no_uuid_is_a_bad_request(operation: str, status: int) -> None:
    exchange = answered({}, status, operation=operation, workspaceId="my-workspace")
    assert [(refusal.part, refusal.value) for refusal in CHECKS[WORKSPACE_RULES[operation]](exchange)] == [
        ("status", status)
    ]


@pytest.mark.parametrize("operation", sorted(WORKSPACE_RULES))
@pytest.mark.parametrize(
    ("status", "intent", "workspace"),
    [
        (400, Intent.INVALID, "my-workspace"),
        (401, Intent.INVALID, "my-workspace"),
        (429, Intent.INVALID, "my-workspace"),
        (503, Intent.INVALID, "my-workspace"),
        (401, Intent.NO_CREDENTIALS, "my-workspace"),
        (404, Intent.WRONG_CREDENTIALS, "my-workspace"),
        (405, Intent.PROBE, "my-workspace"),
        (404, Intent.GENERATED, WORKSPACE),
        (404, Intent.GENERATED, "a/b"),
        (404, Intent.GENERATED, ""),
    ],
)
def test_a_workspace_is_not_judged_where_something_else_decides(
    operation: str, status: int, intent: Intent, workspace: str
) -> None:
    exchange = answered({}, status, operation=operation, intent=intent, workspaceId=workspace)
    assert pointers(WORKSPACE_RULES[operation], exchange) == []


def test_every_check_is_exercised_above() -> None:
    exercised = {case[0] for case in CASES} | {case[0] for case in ERROR_CASES} | set(WORKSPACE_RULES.values())
    assert exercised == set(CHECKS)


def test_every_check_claims_something_and_names_a_source_that_is_there() -> None:
    files = {source.file for source in CONTRACT.manifest.sources}
    for check in CONTRACT.checks:
        assert check.function.__doc__
        assert check.source.startswith(tuple(files)), check.rule


@pytest.mark.parametrize("body", [COMPLETED, FAILED, CANCELED, PENDING, JOB_RUN, put(JOB_RUN, **{SINK: S3})])
def test_a_right_answer_is_refused_by_no_check(body: Json) -> None:
    exchange = answered(body)
    assert [refusal for check in CONTRACT.checks if check.applies_to(exchange) for refusal in check(exchange)] == []


def test_no_message_shows_a_secret() -> None:
    body = put(
        JOB_RUN, **{SINK: {**S3, "type": "ftp"}, "results": {"signed_url": "s3cr3t-url", "Signed_Url": "s3cr3t"}}
    )
    exchange = answered(body)
    said = repr([list(check(exchange)) for check in CONTRACT.checks if check.applies_to(exchange)])
    assert "neither a webhook" in said
    assert not any(secret in said for secret in ("s3cr3t", "AKIA", "k-secret"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def misshapen(body: Json) -> st.SearchStrategy[Json]:
    """A right body in which anything may stand at any place."""
    if isinstance(body, dict):
        return json_values | st.fixed_dictionaries({}, optional={name: misshapen(item) for name, item in body.items()})
    if isinstance(body, list):
        return json_values | st.tuples(*(misshapen(item) for item in body)).map(list)
    return json_values | st.just(body)


@given(
    body=st.one_of([misshapen(body) for body in (FAILED, CANCELED, COMPLETED, JOB_RUN, UNAUTHORIZED)]),
    operation=st.sampled_from(["runApiResult", "getJobRun"]),
    status=st.sampled_from([200, 400, 401, 404]),
)
def test_no_body_crashes_a_check(body: Json, operation: str, status: int) -> None:
    exchange = answered(body, status, operation=operation)
    for check in CONTRACT.checks:
        if check.applies_to(exchange):
            list(check(exchange))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2024-01-01", ""])
def test_times_at_the_edge_of_the_calendar_can_be_compared(moment: str) -> None:
    exchange = answered(put(JOB_RUN, jobRun__start_time=moment, jobRun__created_at=moment))
    for check in CONTRACT.checks:
        if check.applies_to(exchange):
            list(check(exchange))

"""Every hand-written check of the PraisonAI contract lets one answer, or one trace, pass and refuses another."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness import Exchange, Intent, Request, Response, Trace
from specwitness.contract.load import load
from specwitness.findings import Headers, Json

CONTRACT = load(Path(__file__).parents[2] / "specs" / "praisonai")
CHECKS = {check.rule: check for check in CONTRACT.checks}
WORKFLOWS = {workflow.name: workflow for workflow in CONTRACT.workflows}

JOB = "run_abc123"
URL = "http://127.0.0.1:8005/api/v1/runs"
DOCUMENTED = {"submitRun": 202, "deleteRun": 204}
RESULT = {
    "job_id": JOB,
    "status": "succeeded",
    "result": "4",
    "duration_seconds": 45.23,
    "created_at": "2025-01-01T00:00:00Z",
    "completed_at": "2025-01-01T00:00:45",
}
STATUS = {
    "job_id": JOB,
    "status": "running",
    "progress": {"percentage": 50},
    "created_at": "2025-01-01T00:00:00Z",
    "started_at": "2025-01-01T00:00:01Z",
    "retry_after": 2,
}
FINISHED = {**STATUS, "status": "succeeded", "completed_at": "2025-01-01T00:00:45Z", "retry_after": None}
SUBMITTED = {
    "job_id": JOB,
    "status": "queued",
    "created_at": "2025-01-01T00:00:00Z",
    "poll_url": f"{URL}/{JOB}",
    "stream_url": f"/api/v1/runs/{JOB}/stream",
}
CANCELLED = {"job_id": JOB, "status": "cancelled", "cancelled_at": "2025-01-01T00:00:02Z"}
LIST = {"jobs": [STATUS], "total": 1, "page": 1, "page_size": 20}
EMPTY_LIST = {**LIST, "jobs": [], "total": 0}
NOT_COMPLETE = {"detail": "Job is still running. Current status: running"}
HAS_FAILED = {"detail": "Job failed. No result available.", "error": "Agent execution timeout"}
UNKNOWN = {"detail": f"Job not found: {JOB}"}


def answered(
    operation: str,
    body: Json = None,
    status: int = 0,
    *,
    job: str | None = JOB,
    query: str = "",
    sent: Headers = (),
    headers: Headers = (),
) -> Exchange:
    takes_job = operation not in {"submitRun", "listRuns", "getStats", "getHealth"}
    method = {"submitRun": "POST", "cancelRun": "POST", "deleteRun": "DELETE"}.get(operation, "GET")
    return Exchange(
        Request(method, URL + query, sent, b'{"prompt": "?"}' if operation == "submitRun" else None),
        Response(
            status or DOCUMENTED.get(operation, 200),
            (("Content-Type", "application/json"), *headers),
            b"" if body is None else json.dumps(body).encode(),
        ),
        operation=operation,
        parameters={"job_id": job} if takes_job and job is not None else {},
        intent=Intent.VALID,
    )


def submission(header: str, value: str) -> Exchange:
    return answered("submitRun", SUBMITTED, headers=((header, value),))


# rule, an answer that passes, an answer that is refused, and where.
CASES = [
    (
        "failed-job-has-no-result",
        answered("getRunResult", RESULT),
        answered("getRunResult", {**RESULT, "status": "failed"}),
        "/status",
    ),
    (
        "result-is-that-of-a-job-that-succeeded",
        answered("getRunResult", RESULT),
        answered("getRunResult", {**RESULT, "status": "running"}),
        "/status",
    ),
    (
        "job-that-succeeded-gives-its-result",
        answered("getRunResult", RESULT),
        answered("getRunResult", {**RESULT, "result": None}),
        "/result",
    ),
    (
        "refused-result-has-a-detail",
        answered("getRunResult", NOT_COMPLETE, 400),
        answered("getRunResult", {"error": "?"}, 400),
        "/detail",
    ),
    (
        "refused-result-of-a-failed-job-names-the-error",
        answered("getRunResult", HAS_FAILED, 400),
        answered("getRunResult", {**HAS_FAILED, "error": ""}, 400),
        "/error",
    ),
    (
        "result-timestamps-are-iso-8601",
        answered("getRunResult", RESULT),
        answered("getRunResult", {**RESULT, "completed_at": "1735689645"}),
        "/completed_at",
    ),
    (
        "result-is-complete-after-it-is-created",
        answered("getRunResult", {**RESULT, "completed_at": RESULT["created_at"], "duration_seconds": 0.5}),
        answered("getRunResult", {**RESULT, "completed_at": "2024-12-31T23:59:59"}),
        "/completed_at",
    ),
    (
        "duration-is-not-negative",
        answered("getRunResult", {**RESULT, "duration_seconds": 0}),
        answered("getRunResult", {**RESULT, "duration_seconds": -0.1}),
        "/duration_seconds",
    ),
    (
        "duration-agrees-with-the-times",
        answered("getRunResult", RESULT),
        answered("getRunResult", {**RESULT, "duration_seconds": 46.5}),
        "/duration_seconds",
    ),
    (
        "duration-agrees-with-the-times",
        answered("getRunResult", {**RESULT, "started_at": "2025-01-01T00:00:40Z", "duration_seconds": 5}),
        answered("getRunResult", {**RESULT, "started_at": "2025-01-01T00:00:40Z", "duration_seconds": 1}),
        "/duration_seconds",
    ),
    (
        "job-is-the-one-asked-for",
        answered("getRun", STATUS),
        answered("getRun", {**STATUS, "job_id": "run_other"}),
        "/job_id",
    ),
    (
        "unknown-job-is-named",
        answered("getRunResult", UNKNOWN, 404),
        answered("getRunResult", {"detail": "Not Found"}, 404),
        "/detail",
    ),
    (
        "unknown-job-is-named",
        answered("getRunResult", {"detail": "Not Found"}, 404, job="a/b"),
        answered("getRun", {"detail": None}, 404),
        "/detail",
    ),
    (
        "submitted-status-is-documented",
        answered("submitRun", SUBMITTED),
        answered("submitRun", {**SUBMITTED, "status": "pending"}),
        "/status",
    ),
    (
        "status-is-documented",
        answered("getRun", STATUS),
        answered("getRun", {**STATUS, "status": "pending"}),
        "/status",
    ),
    (
        "status-timestamps-are-iso-8601",
        answered("getRun", STATUS),
        answered("getRun", {**STATUS, "started_at": "soon"}),
        "/started_at",
    ),
    (
        "status-timestamps-are-in-order",
        answered("getRun", FINISHED),
        answered("getRun", {**STATUS, "started_at": "2024-12-31T00:00:00"}),
        "/started_at",
    ),
    (
        "job-has-a-completion-exactly-when-it-is-finished",
        answered("getRun", FINISHED),
        answered("getRun", {**FINISHED, "completed_at": None}),
        "/completed_at",
    ),
    (
        "job-has-a-completion-exactly-when-it-is-finished",
        answered("getRun", STATUS),
        answered("getRun", {**FINISHED, "status": "running"}),
        "/completed_at",
    ),
    (
        "job-has-an-error-exactly-when-it-failed",
        answered("getRun", {**FINISHED, "status": "failed", "error": "Timeout"}),
        answered("getRun", {**FINISHED, "status": "failed"}),
        "/error",
    ),
    (
        "job-has-an-error-exactly-when-it-failed",
        answered("getRun", FINISHED),
        answered("getRun", {**FINISHED, "error": "Timeout"}),
        "/error",
    ),
    (
        "percentage-is-between-0-and-100",
        answered("getRun", {**STATUS, "progress": {"percentage": 100}}),
        answered("getRun", {**STATUS, "progress": {"percentage": 100.5}}),
        "/progress/percentage",
    ),
    (
        "retry-after-is-positive",
        answered("getRun", STATUS),
        answered("getRun", {**STATUS, "retry_after": 0}),
        "/retry_after",
    ),
    (
        "cancelled-job-says-when",
        answered("cancelRun", CANCELLED),
        answered("cancelRun", STATUS),
        "/cancelled_at",
    ),
    (
        "cancelled-job-is-cancelled",
        answered("cancelRun", CANCELLED),
        answered("cancelRun", STATUS),
        "/status",
    ),
    (
        "urls-lead-to-the-job",
        answered("submitRun", SUBMITTED),
        answered("submitRun", {**SUBMITTED, "poll_url": f"{URL}/run_other"}),
        "/poll_url",
    ),
    (
        "urls-lead-to-the-job",
        answered("submitRun", {**SUBMITTED, "job_id": "a b", "poll_url": f"{URL}/a%20b", "stream_url": None}),
        answered("submitRun", {**SUBMITTED, "stream_url": "http://[/"}),
        "/stream_url",
    ),
    (
        "location-leads-to-the-job",
        submission("Location", f"/api/v1/runs/{JOB}"),
        submission("Location", "/api/v1/runs"),
        "",
    ),
    ("submission-says-how-long-to-wait", submission("Retry-After", "2"), submission("Retry-After", "-2"), ""),
    ("submission-says-how-long-to-wait", answered("submitRun", SUBMITTED), submission("retry-after", "soon"), ""),
    (
        "listed-statuses-are-documented",
        answered("listRuns", LIST),
        answered("listRuns", {**LIST, "jobs": [STATUS, {**STATUS, "status": "done"}]}),
        "/jobs/1/status",
    ),
    (
        "listed-jobs-have-the-status-asked-for",
        answered("listRuns", LIST, query="?status=running"),
        answered("listRuns", LIST, query="?page=1&status=failed"),
        "/jobs/0/status",
    ),
    (
        "list-fits-its-page",
        answered("listRuns", LIST),
        answered("listRuns", {**LIST, "total": 0}),
        "/total",
    ),
]


def keyed(job: str, key: str = "k-1", status: int = 202) -> Exchange:
    return answered("submitRun", {**SUBMITTED, "job_id": job}, status, sent=(("Idempotency-Key", key),))


FAILED_STATUS = answered("getRun", {**FINISHED, "status": "failed", "error": "Timeout"})

# rule, a trace that passes, a trace that is refused, and where in its last exchange.
TRACES: list[tuple[str, Trace, Trace, str]] = [
    (
        "result-agrees-with-the-status",
        (answered("getRun", FINISHED), answered("getRunResult", RESULT)),
        (answered("getRun", FINISHED), answered("getRunResult", NOT_COMPLETE, 400)),
        "",
    ),
    (
        "result-agrees-with-the-status",
        (answered("getRun", STATUS), answered("getRunResult", RESULT)),
        (FAILED_STATUS, answered("getRunResult", RESULT)),
        "/status",
    ),
    (
        "result-agrees-with-the-status",
        (FAILED_STATUS, answered("getRunResult", HAS_FAILED, 400)),
        (FAILED_STATUS, answered("getRunResult", {"detail": "No."}, 400)),
        "/error",
    ),
    (
        "cancellation-has-an-effect",
        (answered("cancelRun", CANCELLED), answered("getRun", {**FINISHED, "status": "cancelled"})),
        (answered("cancelRun", CANCELLED), answered("getRun", STATUS)),
        "/status",
    ),
    (
        "cancellation-has-an-effect",
        (answered("cancelRun", NOT_COMPLETE, 400), answered("getRun", STATUS)),
        (answered("getRun", STATUS), answered("cancelRun", CANCELLED), answered("getRun", FINISHED)),
        "/status",
    ),
    (
        "deleted-job-is-gone",
        (answered("deleteRun"), answered("getRun", UNKNOWN, 404), answered("getRun", {}, job="another")),
        (answered("deleteRun"), answered("getRun", FINISHED)),
        "",
    ),
    (
        "one-key-makes-one-job",
        (
            keyed(JOB),
            keyed(JOB),
            keyed("run_2", key="k-2"),
            keyed(JOB, status=409),
            answered("deleteRun"),
            keyed("run_3"),
        ),
        (keyed(JOB), keyed("run_2")),
        "/job_id",
    ),
    (
        "creation-time-never-changes",
        (answered("submitRun", SUBMITTED), answered("getRun", {**STATUS, "created_at": "2025-01-01T00:00:00"})),
        (answered("submitRun", SUBMITTED), answered("getRun", {**STATUS, "created_at": "2025-01-01T00:00:09Z"})),
        "/created_at",
    ),
    (
        "list-agrees-with-the-single-read",
        (answered("getRun", STATUS), answered("listRuns", {**LIST, "jobs": [FINISHED]})),
        (answered("getRun", FINISHED), answered("listRuns", LIST)),
        "/jobs/0/status",
    ),
    (
        "submitted-job-is-listed",
        (answered("submitRun", SUBMITTED), answered("listRuns", LIST), answered("deleteRun"), answered("listRuns", {})),
        (answered("submitRun", SUBMITTED), answered("listRuns", EMPTY_LIST)),
        "/jobs",
    ),
    (
        "submitted-job-is-listed",
        # The job has no session, so it is not in the session without a name.
        (answered("submitRun", SUBMITTED), answered("listRuns", EMPTY_LIST, query="?session_id=")),
        (answered("submitRun", SUBMITTED), answered("listRuns", EMPTY_LIST, query="?")),
        "/jobs",
    ),
]


@pytest.mark.parametrize(("rule", "passes", "refused", "pointer"), CASES)
def test_a_check_of_an_exchange(rule: str, passes: Exchange, refused: Exchange, pointer: str) -> None:
    check = CHECKS[rule]
    assert check.applies_to(passes)
    assert check.applies_to(refused)
    assert ([*check(passes)], [refusal.pointer for refusal in check(refused)]) == ([], [pointer])


@pytest.mark.parametrize("status", [202, 204, 409, 425])
def test_an_unfinished_job_is_answered_400_and_nothing_else(status: int) -> None:
    check = CHECKS["unfinished-job-is-answered-400"]
    refused = answered("getRunResult", NOT_COMPLETE, status)
    assert not check.applies_to(answered("getRunResult", NOT_COMPLETE, 400))
    assert check.applies_to(refused)
    assert [(refusal.part, refusal.value) for refusal in check(refused)] == [("status", status)]


@pytest.mark.parametrize(("rule", "passes", "refused", "pointer"), TRACES)
def test_a_check_of_a_trace(rule: str, passes: Trace, refused: Trace, pointer: str) -> None:
    check = CHECKS[rule]
    found = list(check(refused))
    assert all(check.applies_to(exchange) for exchange in (*passes, *refused))
    assert ([*check(passes)], [refusal.pointer for refusal in found]) == ([], [pointer])
    # Two exchanges show it, the refused one last, and they show it by themselves.
    assert (len(found[0].trace), found[0].trace[-1]) == (2, refused[-1])
    assert [refusal.message for refusal in check(found[0].trace)] == [found[0].message]


def test_every_check_is_exercised_above() -> None:
    tabled = {case[0] for case in CASES} | {case[0] for case in TRACES}
    assert tabled | {"unfinished-job-is-answered-400"} == set(CHECKS)


def test_every_check_claims_something() -> None:
    assert [check.rule for check in CONTRACT.checks if not check.function.__doc__] == []


def test_no_message_shows_a_key() -> None:
    found = list(CHECKS["one-key-makes-one-job"]((keyed(JOB, key="k-secret"), keyed("run_2", key="k-secret"))))
    assert "k-secret" not in found[0].message


@pytest.mark.parametrize("passes", [case[1] for case in CASES])
def test_a_right_answer_is_refused_by_no_check(passes: Exchange) -> None:
    asked = [check for check in CONTRACT.checks if check.applies_to(passes) and not check.over_trace]
    assert [refusal for check in asked for refusal in check(passes)] == []


class Served:
    """A server as a table of answers; what it was asked is kept. A list of answers is used up, the last one stays."""

    def __init__(self, answers: Mapping[str, list[Exchange]]) -> None:
        self.answers = {operation: list(each) for operation, each in answers.items()}
        self.asked: list[str] = []

    def call(
        self,
        operation: str,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Json] | None = None,
        **parameters: str,
    ) -> Exchange:
        del body, headers, query, parameters
        self.asked.append(operation)
        left = self.answers.get(operation, [])
        return (left.pop(0) if len(left) > 1 else left[0]) if left else answered(operation, None, 500)

    def poll(self, operation: str, *, until: Callable[[Exchange], bool], **parameters: str) -> Exchange:
        del parameters
        while not until(exchange := self.call(operation)):
            pass
        return exchange


SERVED = {
    "submitRun": [answered("submitRun", SUBMITTED)],
    "getRun": [answered("getRun", STATUS), answered("getRun", FINISHED)],
    "getRunResult": [answered("getRunResult", RESULT)],
    "deleteRun": [answered("deleteRun")],
    "cancelRun": [answered("cancelRun", CANCELLED)],
    "listRuns": [answered("listRuns", LIST)],
}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (
            "submit-poll-result-delete",
            "submitRun getRun getRun getRunResult cancelRun deleteRun getRun getRunResult cancelRun",
        ),
        ("submit-cancel-status", "submitRun getRunResult cancelRun getRun getRunResult"),
        ("submit-cancel-running", "submitRun getRun cancelRun getRun getRun"),
        ("submit-twice-with-one-key", "submitRun submitRun"),
        ("submit-delete-early", "submitRun getRun deleteRun getRun"),
        ("submit-list-read", "submitRun listRuns getRun getRunResult listRuns listRuns"),
    ],
)
def test_a_workflow_makes_its_calls(name: str, asked: str) -> None:
    api = Served(SERVED)
    WORKFLOWS[name](api)
    assert " ".join(api.asked) == asked


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
@pytest.mark.parametrize("body", [None, [], {}, {"job_id": 1}])
def test_a_workflow_stops_where_nothing_was_submitted(name: str, body: Json) -> None:
    api = Served({"submitRun": [answered("submitRun", body)]})
    WORKFLOWS[name](api)
    assert api.asked == ["submitRun"]


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


exchanges = st.builds(
    answered,
    st.sampled_from([operation.key for operation in CONTRACT.operations]),
    st.one_of([misshapen(body) for body in (RESULT, FINISHED, SUBMITTED, CANCELLED, LIST, HAS_FAILED)]),
    st.sampled_from([200, 202, 204, 400, 404, 409]),
    job=st.none() | st.just(JOB),
    query=st.sampled_from(["", "?status=failed", "?status"]),
    sent=st.just((("Idempotency-Key", "k-1"),)),
    headers=st.sampled_from([(), (("Location", "//["), ("Retry-After", "²"))]),
)


@given(st.lists(exchanges, max_size=4).map(tuple))
def test_no_body_crashes_a_check(trace: Trace) -> None:
    for check in CONTRACT.checks:
        part = tuple(exchange for exchange in trace if check.applies_to(exchange))
        for subject in [part] if check.over_trace else part:
            list(check(subject))

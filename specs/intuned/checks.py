"""What the Intuned documents say of the two answers, one rule per function: runs first, then job runs, then errors.

A rule speaks where a body is an object and leaves the rest to the schema. No message shows a header, a key or a URL
that opens something.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from specwitness import Exchange, Intent, Refusal, check, is_before, timestamp

RUN_PAGE = "sources/000_4518787fcfaae87d.txt"
JOB_RUN_PAGE = "sources/002_7c5323a6cbb2b031.txt"
SDK_PAGE = "sources/003_531450860adb8e94.txt"

RUN_STATUSES = ("pending", "started", "completed", "canceled", "failed")
RUN_ERROR_CODES = (
    "internal-server-error",
    "script-process-crashed",
    "unexpected",
    "script-execution-exception",
    "script-no-valid-output-received",
    "result-too-big-error",
    "script-timeout",
    "script-unexpected-error",
    "auth-check-failed",
    "all-attempts-failed",
    "check-attempts-failed",
    "create-attempts-failed",
    "post-create-check-attempts-failed",
    "api-attempts-failed",
    "onepassword-integration-error",
    "job-run-terminated",
)
RUN_ERROR_CATEGORIES = ("infrastructure", "execution", "auth", "user", "billing")
RUN_REASON_TYPES = (
    "auth-session-validate-dependency-failed",
    "terminated",
    "job-run-paused",
    "job-run-terminated",
    "failed-to-initialize-job-run",
    "api-access-disabled",
    "cancelled-user-action",
)

ENDED = ("CANCELED", "SUCCESS", "FAILURE", "TERMINATED", "COMPLETED")
NOT_ENDED = ("PENDING", "PAUSED", "PAUSING", "RESUMING")
JOB_RUN_TYPES = ("MANUAL", "SCHEDULED")
JOB_RUN_ERROR_CODES = ("internal-server-error", "insufficient-resource-credits")
JOB_RUN_ERROR_CATEGORIES = ("billing", "infrastructure")
JOB_RUN_REASON_TYPES = (
    "terminated",
    "user-request",
    "auth-session-not-found",
    "auth-session-invalid-mid-job",
    "auth-session-validate-dependency-failed",
    "auth-session-locked",
    "another-job-run-active",
    "insufficient-resource-credits",
    "s3-sink-error",
)
MOST_CONCURRENT = 25
SINK_FIELDS = {"webhook": ("url",), "s3": ("bucket", "accessKeyId", "secretAccessKey", "region")}

ERROR_CODES = {400: "bad-request", 401: "unauthorized", 404: "not-found"}

_NAMES_OF_SNAPSHOT = {
    "/jobRun/job_configuration_snapshot": "configuration sink auth_session proxy notifications",
    "/jobRun/job_configuration_snapshot/configuration": "retry maxConcurrentRequests requestTimeout proxy",
    "/jobRun/job_configuration_snapshot/configuration/retry": "maximumAttempts",
    "/jobRun/job_configuration_snapshot/sink": (
        "type url headers skipOnFail apisToSend bucket accessKeyId secretAccessKey region prefix endpoint "
        "forcePathStyle"
    ),
    "/jobRun/job_configuration_snapshot/auth_session": "id checkAttempts createAttempts",
    "/jobRun/job_configuration_snapshot/proxy": "version url",
}
NAMES: Mapping[str, Mapping[str, str]] = {
    "runApiResult": {
        "": "runId status result extendedPayloads error message reason",
        "/error": "message code category retirable doc_url correlation_id details",
        "/reason": "type message doc_url details",
    },
    "getJobRun": {
        "": "jobRun results",
        "/jobRun": (
            "id start_time end_time workspace_id project_id job_id created_at updated_at type status payloads "
            "successful_runs failed_runs error reason job_configuration_snapshot"
        ),
        "/jobRun/error": "message code details category correlationId retirable doc_url",
        "/jobRun/reason": "type message details doc_url",
        "/results": "signed_url signed_url_expiration size key format",
        **_NAMES_OF_SNAPSHOT,
    },
}
ERROR_NAMES = {"": "code category message retirable details correlationId"}

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def member(exchange: Exchange, *path: str) -> Any:
    """Return what stands at a path of the JSON body, or None where there is no such place."""
    value = exchange.response.json() if exchange.response else None
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def one_of(exchange: Exchange, pointer: str, allowed: tuple[str, ...]) -> Iterator[Refusal]:
    """Refuse a value that is there and not one of those allowed."""
    value = member(exchange, *pointer.split("/")[1:])
    if value is not None and value not in allowed:
        yield Refusal(pointer, f"{value!r:.80} is not one of the documented values", value)


def in_order(exchange: Exchange, earlier: str, later: str) -> Iterator[Refusal]:
    """Refuse a later time of the job run that is before an earlier one."""
    first, second = (timestamp(member(exchange, "jobRun", name)) for name in (earlier, later))
    if first and second and is_before(second, first):
        yield Refusal(f"/jobRun/{later}", f"{later} {second.isoformat()} is before {earlier} {first.isoformat()}")


# --- The result of a run --------------------------------------------------------------------------------------------


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: the enum of status")
def run_status_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The status of a run is one of five."""
    yield from one_of(exchange, "/status", RUN_STATUSES)


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: runId is required, and identifies the run")
def run_is_the_one_asked_for(exchange: Exchange) -> Iterator[Refusal]:
    """The answer names the run that was asked for."""
    asked, answered = exchange.parameters.get("runId"), member(exchange, "runId")
    if not isinstance(member(exchange), dict) or asked is None or answered == asked:
        return
    yield Refusal("/runId", f"asked for run {asked!r}, answered {answered!r:.80}")


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: the example `failed`, and what error is for")
def failed_run_has_an_error(exchange: Exchange) -> Iterator[Refusal]:
    """A failed run says what went wrong."""
    if member(exchange, "status") == "failed" and member(exchange, "error") is None:
        yield Refusal("/error", "the run has failed, but there is no error")


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: error requires message and category")
def run_error_has_message_and_category(exchange: Exchange) -> Iterator[Refusal]:
    """The error of a run has a message and a category."""
    error = member(exchange, "error")
    for name in ("message", "category"):
        if isinstance(error, dict) and not isinstance(error.get(name), str):
            yield Refusal(f"/error/{name}", f"the error of the run has no {name}")


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: the enum of error.code")
def run_error_code_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The code of a run's error, which is optional, is one of sixteen."""
    yield from one_of(exchange, "/error/code", RUN_ERROR_CODES)


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: the enum of error.category")
def run_error_category_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The category of a run's error is one of five."""
    yield from one_of(exchange, "/error/category", RUN_ERROR_CATEGORIES)


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: the enum of reason.type")
def run_reason_type_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The type of a run's reason is one of seven."""
    yield from one_of(exchange, "/reason/type", RUN_REASON_TYPES)


@check(
    "runApiResult",
    status=200,
    source=f"{RUN_PAGE}, response 200: the types of reason are causes of a cancellation",
    standing="implied",
)
def canceled_run_has_a_reason(exchange: Exchange) -> Iterator[Refusal]:
    """A canceled run says why."""
    if member(exchange, "status") == "canceled" and member(exchange, "reason") is None:
        yield Refusal("/reason", "the run is canceled, but there is no reason")


@check(
    "runApiResult",
    status=200,
    source=f"{RUN_PAGE}, response 200: the example `pending`, and result as output of the execution",
    standing="implied",
)
def unfinished_run_has_no_outcome(exchange: Exchange) -> Iterator[Refusal]:
    """A run that is pending or started has neither a result nor an error."""
    status = member(exchange, "status")
    for name in ("result", "error"):
        if status in ("pending", "started") and member(exchange, name) is not None:
            yield Refusal(f"/{name}", f"the run is {status}, but has {name}")


@check(
    "runApiResult",
    status=200,
    source=f"{RUN_PAGE}, response 200: the example `completed`, and error as description of a failure",
    standing="implied",
)
def completed_run_has_no_error(exchange: Exchange) -> Iterator[Refusal]:
    """A completed run has no error."""
    if member(exchange, "status") == "completed" and member(exchange, "error") is not None:
        yield Refusal("/error", "the run is completed, but has an error")


@check("runApiResult", status=200, source=f"{RUN_PAGE}, response 200: an item of extendedPayloads requires api")
def extended_payload_names_its_api(exchange: Exchange) -> Iterator[Refusal]:
    """Every extended payload says which API it is for."""
    payloads = member(exchange, "extendedPayloads")
    for index, payload in enumerate(payloads if isinstance(payloads, list) else ()):
        if isinstance(payload, dict) and not isinstance(payload.get("api"), str):
            yield Refusal(f"/extendedPayloads/{index}/api", "the payload names no api")


# --- A job run ------------------------------------------------------------------------------------------------------


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the enum of jobRun.status")
def job_run_status_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The status of a job run is one of nine."""
    yield from one_of(exchange, "/jobRun/status", ENDED + NOT_ENDED)


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the enum of jobRun.type")
def job_run_type_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """A job run is manual or scheduled."""
    yield from one_of(exchange, "/jobRun/type", JOB_RUN_TYPES)


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: what id, job_id and workspace_id identify")
def job_run_is_the_one_asked_for(exchange: Exchange) -> Iterator[Refusal]:
    """The answer names the job run, the job and the workspace that were asked for."""
    if not isinstance(member(exchange, "jobRun"), dict):
        return
    for name, parameter in (("id", "jobRunId"), ("job_id", "jobId"), ("workspace_id", "workspaceId")):
        asked, answered = exchange.parameters.get(parameter), member(exchange, "jobRun", name)
        # RFC 9562 section 4: a UUID is the same in either case.
        same = str(answered).lower() == str(asked).lower() if name == "workspace_id" else answered == asked
        if asked is not None and not same:
            yield Refusal(f"/jobRun/{name}", f"asked for {asked!r:.80}, answered {answered!r:.80}")


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: end_time is null while the run goes on")
def job_run_has_an_end_exactly_when_it_has_ended(exchange: Exchange) -> Iterator[Refusal]:
    """The end of a job run is null while it goes on, and a time once it has ended."""
    status, end = member(exchange, "jobRun", "status"), member(exchange, "jobRun", "end_time")
    if status in NOT_ENDED and end is not None:
        yield Refusal("/jobRun/end_time", f"the job run is {status}, but has an end")
    if status in ENDED and end is None:
        yield Refusal("/jobRun/end_time", f"the job run is {status}, but has no end")


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: four timestamps, with examples in ISO 8601")
def job_run_timestamps_are_iso_8601(exchange: Exchange) -> Iterator[Refusal]:
    """The times of a job run are written in ISO 8601."""
    for name in ("created_at", "start_time", "end_time", "updated_at"):
        value = member(exchange, "jobRun", name)
        if isinstance(value, str) and timestamp(value) is None:
            yield Refusal(f"/jobRun/{name}", f"{value!r:.80} is no timestamp")


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: when the run started, and when it ended")
def job_run_ends_after_it_starts(exchange: Exchange) -> Iterator[Refusal]:
    """A job run does not end before it starts."""
    yield from in_order(exchange, "start_time", "end_time")


# Two clocks, that of the database and that of the application, may write these: a warning is enough.
@check(
    "getJobRun",
    status=200,
    source=f"{JOB_RUN_PAGE}, response 200: payloads is the total of which successful_runs and failed_runs tell",
    standing="implied",
)
def job_run_counts_add_up(exchange: Exchange) -> Iterator[Refusal]:
    """Successful and failed runs are no more than the payloads, and none of the three is negative."""
    counts = {name: member(exchange, "jobRun", name) for name in ("payloads", "successful_runs", "failed_runs")}
    numbers = {name: count for name, count in counts.items() if type(count) is int}
    for name, count in numbers.items():
        if count < 0:
            yield Refusal(f"/jobRun/{name}", f"{name} is negative: {count}")
    done = numbers.get("successful_runs", 0) + numbers.get("failed_runs", 0)
    if done > numbers.get("payloads", done):
        yield Refusal("/jobRun/payloads", f"{done} runs succeeded or failed, of {numbers['payloads']} payloads")


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: jobRun.error requires message, code, category")
def job_run_error_is_complete(exchange: Exchange) -> Iterator[Refusal]:
    """The error of a job run has a message, a code and a category."""
    error = member(exchange, "jobRun", "error")
    for name in ("message", "code", "category"):
        if isinstance(error, dict) and not isinstance(error.get(name), str):
            yield Refusal(f"/jobRun/error/{name}", f"the error of the job run has no {name}")


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the enum of jobRun.error.code")
def job_run_error_code_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The code of a job run's error is one of two."""
    yield from one_of(exchange, "/jobRun/error/code", JOB_RUN_ERROR_CODES)


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the enum of jobRun.error.category")
def job_run_error_category_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The category of a job run's error is one of two."""
    yield from one_of(exchange, "/jobRun/error/category", JOB_RUN_ERROR_CATEGORIES)


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the enum of jobRun.reason.type")
def job_run_reason_type_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The type of a job run's reason is one of nine."""
    yield from one_of(exchange, "/jobRun/reason/type", JOB_RUN_REASON_TYPES)


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the minimum of configuration.retry")
def job_run_is_attempted_at_least_once(exchange: Exchange) -> Iterator[Refusal]:
    """The snapshot allows one attempt or more."""
    attempts = member(exchange, "jobRun", "job_configuration_snapshot", "configuration", "retry", "maximumAttempts")
    if isinstance(attempts, int | float) and attempts < 1:
        yield Refusal(
            "/jobRun/job_configuration_snapshot/configuration/retry/maximumAttempts", f"{attempts} is less than 1"
        )


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: the bounds of maxConcurrentRequests")
def job_run_concurrency_is_within_bounds(exchange: Exchange) -> Iterator[Refusal]:
    """The snapshot allows between 1 and 25 concurrent requests."""
    number = member(exchange, "jobRun", "job_configuration_snapshot", "configuration", "maxConcurrentRequests")
    if isinstance(number, int | float) and not 1 <= number <= MOST_CONCURRENT:
        yield Refusal(
            "/jobRun/job_configuration_snapshot/configuration/maxConcurrentRequests",
            f"{number} is not between 1 and {MOST_CONCURRENT}",
        )


@check("getJobRun", status=200, source=f"{JOB_RUN_PAGE}, response 200: a sink is a webhook, an S3 bucket, or null")
def job_run_sink_is_complete(exchange: Exchange) -> Iterator[Refusal]:
    """The sink is a webhook with its URL, or an S3 bucket with its name, region and keys."""
    sink, place = member(exchange, "jobRun", "job_configuration_snapshot", "sink"), "/jobRun/job_configuration_snapshot"
    if not isinstance(sink, dict):
        return
    kind = sink.get("type")
    if kind not in ("webhook", "s3"):
        yield Refusal(f"{place}/sink/type", "the sink is neither a webhook nor an S3 bucket")
        return
    for name in SINK_FIELDS[kind]:
        if not isinstance(sink.get(name), str):
            yield Refusal(f"{place}/sink/{name}", f"the {kind} sink has no {name}")


# --- Names and errors -----------------------------------------------------------------------------------------------


@check(
    "runApiResult",
    "getJobRun",
    status=(200, 400, 401, 404),
    source=f"{RUN_PAGE} and {JOB_RUN_PAGE}, responses: the names of fields; {SDK_PAGE} spells two of them otherwise",
)
def names_are_spelled_as_documented(exchange: Exchange) -> Iterator[Refusal]:
    """No field has the documented name in another case style, such as docUrl for doc_url."""
    succeeded = exchange.response is not None and exchange.response.status == HTTPStatus.OK
    for place, names in (NAMES[exchange.operation or ""] if succeeded else ERROR_NAMES).items():
        documented = {_folded(name): name for name in names.split()}
        value = member(exchange, *place.split("/")[1:])
        for name in value if isinstance(value, dict) else ():
            right = documented.get(_folded(name), name)
            if right != name:
                yield Refusal(f"{place}/{name}", f"the name is {name}; documented is {right}", name)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@check(
    "runApiResult",
    "getJobRun",
    status=(400, 401, 404),
    source=f"{JOB_RUN_PAGE}, responses 400, 401 and 404: each allows one code",
)
def error_code_matches_the_status(exchange: Exchange) -> Iterator[Refusal]:
    """The code of an error is the one of its HTTP status."""
    if exchange.response is None or not _is_error_body(exchange):
        return
    code, right = member(exchange, "code"), ERROR_CODES[exchange.response.status]
    if code != right:
        yield Refusal("/code", f"the code of a {exchange.response.status} is {right}, not {code!r:.80}", code)


@check(
    "runApiResult",
    "getJobRun",
    status=(400, 401, 404),
    source=f"{JOB_RUN_PAGE}, responses 400, 401 and 404: the only category is user",
)
def error_category_is_user(exchange: Exchange) -> Iterator[Refusal]:
    """An error of the request is put down to the user."""
    category = member(exchange, "category")
    if _is_error_body(exchange) and category != "user":
        yield Refusal("/category", f"the category is user, not {category!r:.80}", category)


@check(
    "runApiResult",
    "getJobRun",
    status=(400, 401, 404),
    source=f"{JOB_RUN_PAGE}, responses 400, 401 and 404: retirable allows false alone",
)
def error_is_not_retirable(exchange: Exchange) -> Iterator[Refusal]:
    """Sending a wrong request again does not help, and the error says so."""
    if _is_error_body(exchange) and member(exchange, "retirable") is not False:
        yield Refusal("/retirable", "retirable is not false", member(exchange, "retirable"))


@check(
    "runApiResult",
    "getJobRun",
    status=(400, 401, 404),
    source=f"{JOB_RUN_PAGE}, responses 400, 401 and 404: message and correlationId are required texts",
)
def error_can_be_told_and_traced(exchange: Exchange) -> Iterator[Refusal]:
    """An error has a message to show and a correlation id to ask support with."""
    for name in ("message", "correlationId"):
        value = member(exchange, name)
        if _is_error_body(exchange) and not (isinstance(value, str) and value.strip()):
            yield Refusal(f"/{name}", f"the error has no {name}")


def _is_error_body(exchange: Exchange) -> bool:
    """Say whether there is an error of this API to judge: what a probe meets may be the framework's own."""
    return exchange.intent is not Intent.PROBE and isinstance(member(exchange), dict)


@check("getJobRun", source=f"{JOB_RUN_PAGE}: workspaceId is a UUID, and 400 is for a malformed request")
def workspace_that_is_no_uuid_is_refused(exchange: Exchange) -> Iterator[Refusal]:
    """Asking for the job run of a workspace whose id is no UUID is a bad request."""
    yield from _workspace_refused(exchange)


@check(
    "runApiResult",
    source=f"{RUN_PAGE}: workspaceId is a UUID; the 400 is that of {JOB_RUN_PAGE}",
    standing="implied",
)
def workspace_of_a_run_that_is_no_uuid_is_refused(exchange: Exchange) -> Iterator[Refusal]:
    """Asking for a run of a workspace whose id is no UUID is a bad request."""
    yield from _workspace_refused(exchange)


def _workspace_refused(exchange: Exchange) -> Iterator[Refusal]:
    workspace = exchange.parameters.get("workspaceId")
    if exchange.response is None or exchange.intent is Intent.PROBE or exchange.intent.without_access:
        return
    # An empty id, or one with a slash, is another path.
    if workspace is None or workspace in ("", ".", "..") or "/" in workspace or _UUID.fullmatch(workspace):
        return
    status = exchange.response.status
    # A server may ask who it is before it asks what is wanted, or how often; a failing one is reported as such.
    excused = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
    if status not in excused and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        yield Refusal("", f"answered {status} for a workspace that is no UUID, not 400", status, part="status")

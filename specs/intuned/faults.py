"""What a server can get wrong of the two answers though the schema allows it: runs first, then job runs, then errors.

The order is that of `checks.py`. A fault shows in one state, kind or status wherever its rule speaks of several. Where
the document says the same as a check, `unsaid` is what a later version of it leaves to the check.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from specwitness import Answer, fault, timestamp

ANOTHER_WORKSPACE = "00000000-0000-4000-8000-000000000001"
ERROR: dict[str, str] = {"message": "The script stopped.", "category": "execution"}

# Places of the document.
RUN = "$.paths.*[?@.operationId == 'runApiResult'].responses['200'].content.*.schema"
JOB_RUN = "$.paths.*[?@.operationId == 'getJobRun'].responses['200'].content.*.schema.properties.jobRun"


def _respell(holder: Any, name: str, otherwise: str) -> None:
    """Give a member of an object, where it has one, another name."""
    if isinstance(holder, dict) and name in holder:
        holder[otherwise] = holder.pop(name)


def _earlier(time: Any, **by: int) -> Any:
    """Return the time that much earlier; what is no time stays as it is."""
    moment = timestamp(time)
    return time if moment is None else (moment - timedelta(**by)).isoformat()


def _snapshot(answer: Answer) -> dict[str, Any]:
    """Return the configuration of a job run as it was when the run started."""
    found: dict[str, Any] = answer.body["jobRun"]["job_configuration_snapshot"]
    return found


# --- The result of a run --------------------------------------------------------------------------------------------


@fault("runApiResult", breaks="run-status-is-documented", status=200, unsaid=f"{RUN}..status.enum")
def canceled_run_is_spelled_otherwise(answer: Answer) -> None:
    """A canceled run is cancelled, with a second l."""
    if answer.body["status"] == "canceled":
        answer.body["status"] = "cancelled"


@fault("runApiResult", breaks="run-is-the-one-asked-for", status=200)
def another_run_is_answered(answer: Answer) -> None:
    """The result is that of the run before the one that was asked for."""
    answer.body["runId"] += "-before"


@fault("runApiResult", breaks="run-is-the-one-asked-for", status=200)
def run_is_named_in_capitals(answer: Answer) -> None:
    """The id of the run, in which case matters, is answered in capitals."""
    answer.body["runId"] = answer.body["runId"].upper()


@fault("runApiResult", breaks="run-is-the-one-asked-for", status=200)
def completed_run_is_another(answer: Answer) -> None:
    """A completed run goes by the id of its last attempt."""
    if answer.body["status"] == "completed":
        answer.body["runId"] += "-attempt-2"


@fault("runApiResult", breaks="run-is-the-one-asked-for", status=200, unsaid=f"{RUN}.required[?@ == 'runId']")
def run_is_not_named(answer: Answer) -> None:
    """A result does not say of which run it is."""
    del answer.body["runId"]


@fault("runApiResult", breaks="failed-run-has-an-error", status=200)
def failed_run_hides_its_error(answer: Answer) -> None:
    """A failed run does not say what went wrong."""
    if answer.body["status"] == "failed":
        answer.body.pop("error", None)


@fault("runApiResult", breaks="failed-run-has-an-error", status=200, unsaid=f"{RUN}.properties.error")
def failed_run_has_a_message_alone(answer: Answer) -> None:
    """A failed run says what went wrong in a message beside the place of the error."""
    if answer.body["status"] == "failed":
        answer.body["message"] = answer.body.pop("error", ERROR)["message"]


@fault("runApiResult", breaks="failed-run-has-an-error", status=200)
def failure_of_billing_has_no_error(answer: Answer) -> None:
    """A run that failed for lack of money, and no other, does not say what went wrong."""
    if answer.body["status"] == "failed" and answer.body.get("error", ERROR)["category"] == "billing":
        answer.body.pop("error", None)


@fault(
    "runApiResult",
    breaks="run-error-has-message-and-category",
    status=200,
    unsaid=f"{RUN}..error.required[?@ == 'category']",
)
def error_of_a_run_has_no_category(answer: Answer) -> None:
    """The error of a failed run has no category, as in the example of the page."""
    if answer.body["status"] == "failed":
        answer.body.get("error", {}).pop("category", None)


@fault("runApiResult", breaks="run-error-code-is-documented", status=200, unsaid=f"{RUN}..code.enum")
def run_that_timed_out_has_another_code(answer: Answer) -> None:
    """A run whose script timed out, and no other, has a code that no page lists."""
    if answer.body.get("error", {}).get("code") == "script-timeout":
        answer.body["error"]["code"] = "script-timed-out"


@fault("runApiResult", breaks="run-error-category-is-documented", status=200, unsaid=f"{RUN}..category.enum")
def failure_of_billing_is_put_down_to_the_plan(answer: Answer) -> None:
    """A run that failed for lack of money, and no other, is put down to the plan of the workspace."""
    if answer.body.get("error", ERROR)["category"] == "billing":
        answer.body["error"]["category"] = "plan"


@fault("runApiResult", breaks="run-reason-type-is-documented", status=200, unsaid=f"{RUN}..reason..type.enum")
def run_canceled_by_its_user_has_another_reason(answer: Answer) -> None:
    """A run that its user canceled, and no other, has the reason of a job run that was."""
    if answer.body.get("reason", {}).get("type") == "cancelled-user-action":
        answer.body["reason"]["type"] = "user-request"


@fault("runApiResult", breaks="canceled-run-has-a-reason", status=200)
def canceled_run_has_no_reason(answer: Answer) -> None:
    """A canceled run does not say why."""
    if answer.body["status"] == "canceled":
        answer.body.pop("reason", None)


@fault("runApiResult", breaks="canceled-run-has-a-reason", status=200, unsaid=f"{RUN}.properties.reason")
def run_canceled_by_its_job_run_has_no_reason(answer: Answer) -> None:
    """A run that was canceled because its job run was terminated, and no other, does not say why."""
    if answer.body["status"] == "canceled" and answer.body.get("reason", {}).get("type") == "job-run-terminated":
        del answer.body["reason"]


@fault("runApiResult", breaks="unfinished-run-has-no-outcome", status=200)
def pending_run_has_a_result(answer: Answer) -> None:
    """A run that is pending has an empty result."""
    if answer.body["status"] == "pending":
        answer.body["result"] = {}


@fault("runApiResult", breaks="unfinished-run-has-no-outcome", status=200)
def pending_run_has_an_error(answer: Answer) -> None:
    """A run that is pending has the error of the attempt before."""
    if answer.body["status"] == "pending":
        answer.body["error"] = dict(ERROR)


@fault("runApiResult", breaks="unfinished-run-has-no-outcome", status=200)
def started_run_has_a_result(answer: Answer) -> None:
    """A run that has started has a result so far."""
    if answer.body["status"] == "started":
        answer.body["result"] = []


@fault("runApiResult", breaks="unfinished-run-has-no-outcome", status=200)
def started_run_has_an_error(answer: Answer) -> None:
    """A run that has started has the error of the attempt before."""
    if answer.body["status"] == "started":
        answer.body["error"] = dict(ERROR)


@fault("runApiResult", breaks="completed-run-has-no-error", status=200)
def completed_run_has_an_error(answer: Answer) -> None:
    """A completed run has the error of an attempt that failed before it."""
    if answer.body["status"] == "completed":
        answer.body["error"] = dict(ERROR)


@fault("runApiResult", breaks="completed-run-has-no-error", status=200)
def completed_run_without_payloads_has_an_error(answer: Answer) -> None:
    """A completed run that extended nothing, and no other, says so in an error."""
    if answer.body["status"] == "completed" and not answer.body.get("extendedPayloads"):
        answer.body["error"] = {"message": "No payloads.", "category": "user", "retirable": False}


@fault("runApiResult", breaks="completed-run-has-no-error", status=200, unsaid=f"{RUN}.properties.error.type")
def completed_run_has_an_empty_error(answer: Answer) -> None:
    """A completed run has an error without a word, where others have none."""
    if answer.body["status"] == "completed":
        answer.body["error"] = ""


@fault("runApiResult", breaks="extended-payload-names-its-api", status=200, unsaid=f"{RUN}..items.required")
def last_payload_names_no_api(answer: Answer) -> None:
    """The last of the payloads that a completed run extended does not say which API it is for."""
    if answer.body["status"] == "completed" and answer.body.get("extendedPayloads"):
        del answer.body["extendedPayloads"][-1]["api"]


# --- A job run ------------------------------------------------------------------------------------------------------


@fault("getJobRun", breaks="job-run-status-is-documented", status=200, unsaid=f"{JOB_RUN}..status.enum")
def resuming_job_run_is_running(answer: Answer) -> None:
    """A job run that goes on after a pause is said to run, which is no documented status."""
    if answer.body["jobRun"]["status"] == "RESUMING":
        answer.body["jobRun"]["status"] = "RUNNING"


@fault("getJobRun", breaks="job-run-type-is-documented", status=200, unsaid=f"{JOB_RUN}.properties.type.enum")
def manual_job_run_is_one_of_the_api(answer: Answer) -> None:
    """A manual job run is of the type API, as whoever started it."""
    if answer.body["jobRun"]["type"] == "MANUAL":
        answer.body["jobRun"]["type"] = "API"


@fault("getJobRun", breaks="job-run-is-the-one-asked-for", status=200)
def another_job_run_is_answered(answer: Answer) -> None:
    """The job run is the one before the one that was asked for."""
    answer.body["jobRun"]["id"] += "-before"


@fault("getJobRun", breaks="job-run-is-the-one-asked-for", status=200)
def job_run_is_of_another_job(answer: Answer) -> None:
    """The job run is told to be one of another job."""
    answer.body["jobRun"]["job_id"] += "-2"


@fault("getJobRun", breaks="job-run-is-the-one-asked-for", status=200)
def job_run_is_of_another_workspace(answer: Answer) -> None:
    """The job run is told to be one of another workspace."""
    answer.body["jobRun"]["workspace_id"] = ANOTHER_WORKSPACE


@fault("getJobRun", breaks="job-run-is-the-one-asked-for", status=200)
def scheduled_job_run_is_another(answer: Answer) -> None:
    """A scheduled job run, and no manual one, goes by the id of its schedule."""
    if answer.body["jobRun"]["type"] == "SCHEDULED":
        answer.body["jobRun"]["id"] = "schedule-" + answer.body["jobRun"]["id"]


@fault("getJobRun", breaks="job-run-is-the-one-asked-for", status=200, unsaid=f"{JOB_RUN}.required[?@ == 'id']")
def job_run_is_not_named(answer: Answer) -> None:
    """A job run does not say its id."""
    del answer.body["jobRun"]["id"]


def _ends(answer: Answer, status: str) -> None:
    """Give a job run in a state an end, at its start."""
    run = answer.body["jobRun"]
    if run["status"] == status:
        run["end_time"] = run["start_time"]


def _has_no_end(answer: Answer, status: str) -> None:
    """Take the end from a job run in a state."""
    if answer.body["jobRun"]["status"] == status:
        answer.body["jobRun"]["end_time"] = None


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def pending_job_run_has_ended(answer: Answer) -> None:
    """A job run that is pending has an end."""
    _ends(answer, "PENDING")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def pausing_job_run_has_ended(answer: Answer) -> None:
    """A job run that is being paused has an end."""
    _ends(answer, "PAUSING")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def paused_job_run_has_ended(answer: Answer) -> None:
    """A job run that is paused has an end."""
    _ends(answer, "PAUSED")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def resuming_job_run_has_ended(answer: Answer) -> None:
    """A job run that goes on after a pause keeps the end it had in it."""
    _ends(answer, "RESUMING")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def canceled_job_run_never_ends(answer: Answer) -> None:
    """A canceled job run has no end."""
    _has_no_end(answer, "CANCELED")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def successful_job_run_never_ends(answer: Answer) -> None:
    """A job run that succeeded has no end."""
    _has_no_end(answer, "SUCCESS")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def failed_job_run_never_ends(answer: Answer) -> None:
    """A job run that failed has no end."""
    _has_no_end(answer, "FAILURE")


@fault("getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200)
def terminated_job_run_never_ends(answer: Answer) -> None:
    """A job run that was terminated has no end."""
    _has_no_end(answer, "TERMINATED")


@fault(
    "getJobRun", breaks="job-run-has-an-end-exactly-when-it-has-ended", status=200, unsaid=f"{JOB_RUN}..end_time.type"
)
def completed_job_run_never_ends(answer: Answer) -> None:
    """A completed job run has no end."""
    _has_no_end(answer, "COMPLETED")


@fault("getJobRun", breaks="job-run-timestamps-are-iso-8601", status=200)
def creation_is_an_http_date(answer: Answer) -> None:
    """The creation of a job run is written as a header has it."""
    answer.body["jobRun"]["created_at"] = "Mon, 01 Jan 2024 00:00:00 GMT"


@fault("getJobRun", breaks="job-run-timestamps-are-iso-8601", status=200)
def start_is_a_number_of_seconds(answer: Answer) -> None:
    """The start of a job run is a number of seconds since 1970."""
    answer.body["jobRun"]["start_time"] = "1704067200.5"


@fault("getJobRun", breaks="job-run-timestamps-are-iso-8601", status=200)
def end_has_slashes(answer: Answer) -> None:
    """The end of a job run is written with slashes."""
    if answer.body["jobRun"]["end_time"] is not None:
        answer.body["jobRun"]["end_time"] = "2024/01/01 00:30:00"


@fault("getJobRun", breaks="job-run-timestamps-are-iso-8601", status=200)
def update_of_a_paused_job_run_is_in_words(answer: Answer) -> None:
    """The update of a job run that is paused, and of no other, is told in words."""
    if answer.body["jobRun"]["status"] == "PAUSED":
        answer.body["jobRun"]["updated_at"] = "just now"


@fault("getJobRun", breaks="job-run-ends-after-it-starts", status=200)
def job_run_ends_before_it_starts(answer: Answer) -> None:
    """A job run ends before it starts."""
    run = answer.body["jobRun"]
    if run["end_time"] is not None:
        run["end_time"] = _earlier(run["start_time"], hours=1)


@fault("getJobRun", breaks="job-run-ends-after-it-starts", status=200)
def failed_job_run_ends_before_it_starts(answer: Answer) -> None:
    """A job run that failed, and no other, ends before it starts."""
    run = answer.body["jobRun"]
    if run["status"] == "FAILURE" and run["end_time"] is not None:
        run["end_time"] = _earlier(run["start_time"], seconds=1)


@fault("getJobRun", breaks="job-run-ends-after-it-starts", status=200)
def end_is_told_in_another_zone(answer: Answer) -> None:
    """The end of a job run has the right digits and the wrong offset."""
    run = answer.body["jobRun"]
    if timestamp(run["end_time"]) and timestamp(run["start_time"]):
        run["end_time"] = run["end_time"].removesuffix("Z") + "+14:00"


@fault("getJobRun", breaks="job-run-counts-add-up", status=200)
def every_run_counts_twice(answer: Answer) -> None:
    """More runs succeeded than there are payloads."""
    run = answer.body["jobRun"]
    run["successful_runs"] = 2 * (run["payloads"] or 0) + 1


@fault("getJobRun", breaks="job-run-counts-add-up", status=200)
def retried_run_counts_twice(answer: Answer) -> None:
    """A run that was tried again counts both as failed and as successful."""
    run = answer.body["jobRun"]
    if run["payloads"] and run["failed_runs"]:
        run["successful_runs"] = run["payloads"]


@fault("getJobRun", breaks="job-run-counts-add-up", status=200)
def payloads_are_negative(answer: Answer) -> None:
    """A job run that counts nothing yet says -1 where it should say null."""
    run = answer.body["jobRun"]
    if run["payloads"] in (None, 0):
        run["payloads"] = -1


@fault("getJobRun", breaks="job-run-counts-add-up", status=200)
def successful_runs_are_negative(answer: Answer) -> None:
    """A job run without successful runs counts -1 of them."""
    run = answer.body["jobRun"]
    if run["successful_runs"] in (None, 0):
        run["successful_runs"] = -1


@fault("getJobRun", breaks="job-run-counts-add-up", status=200)
def failed_runs_are_negative(answer: Answer) -> None:
    """A job run without failed runs counts -1 of them."""
    run = answer.body["jobRun"]
    if run["failed_runs"] in (None, 0):
        run["failed_runs"] = -1


@fault("getJobRun", breaks="job-run-error-is-complete", status=200, unsaid=f"{JOB_RUN}..error.required[?@ == 'code']")
def error_of_a_job_run_has_no_code(answer: Answer) -> None:
    """The error of a job run has no code where that would be an internal one."""
    error = answer.body["jobRun"].get("error")
    if error and error["code"] == "internal-server-error":
        del error["code"]


@fault("getJobRun", breaks="job-run-error-code-is-documented", status=200, unsaid=f"{JOB_RUN}..code.enum")
def error_of_a_job_run_is_unexpected(answer: Answer) -> None:
    """An internal error of a job run has a code that only runs have."""
    error = answer.body["jobRun"].get("error")
    if error and error["code"] == "internal-server-error":
        error["code"] = "unexpected"


@fault("getJobRun", breaks="job-run-error-category-is-documented", status=200, unsaid=f"{JOB_RUN}..category.enum")
def outage_is_put_down_to_the_user(answer: Answer) -> None:
    """A job run that failed with the infrastructure has a category that only runs have."""
    error = answer.body["jobRun"].get("error")
    if error and error["category"] == "infrastructure":
        error["category"] = "user"


@fault("getJobRun", breaks="job-run-reason-type-is-documented", status=200, unsaid=f"{JOB_RUN}..reason..type.enum")
def job_run_ended_by_its_user_has_another_reason(answer: Answer) -> None:
    """A job run that ended because its user asked for it, and no other, has the reason of a run that did."""
    reason = answer.body["jobRun"].get("reason")
    if reason and reason["type"] == "user-request":
        reason["type"] = "cancelled-user-action"


@fault(
    "getJobRun", breaks="job-run-is-attempted-at-least-once", status=200, unsaid=f"{JOB_RUN}..maximumAttempts.minimum"
)
def retries_are_counted_without_the_first_attempt(answer: Answer) -> None:
    """The attempts of a job run are counted without the first."""
    retry = _snapshot(answer)["configuration"].get("retry", {})
    if "maximumAttempts" in retry:
        retry["maximumAttempts"] -= 1


@fault(
    "getJobRun",
    breaks="job-run-concurrency-is-within-bounds",
    status=200,
    unsaid=f"{JOB_RUN}..maxConcurrentRequests.maximum",
)
def one_request_too_many_at_once(answer: Answer) -> None:
    """A job run may make one request more at once than the most that there may be."""
    configuration = _snapshot(answer)["configuration"]
    if "maxConcurrentRequests" in configuration:
        configuration["maxConcurrentRequests"] = 26


@fault("getJobRun", breaks="job-run-sink-is-complete", status=200, unsaid=f"{JOB_RUN}..sink.anyOf[1].required")
def bucket_has_no_region(answer: Answer) -> None:
    """The S3 bucket that results go to, and no webhook, does not say its region."""
    sink = _snapshot(answer).get("sink")
    if sink and sink["type"] == "s3":
        del sink["region"]


# --- Names and errors -----------------------------------------------------------------------------------------------


@fault("runApiResult", breaks="names-are-spelled-as-documented", status=200)
def payloads_of_a_run_are_in_snake_case(answer: Answer) -> None:
    """A run has extended_payloads for extendedPayloads."""
    _respell(answer.body, "extendedPayloads", "extended_payloads")


@fault("runApiResult", breaks="names-are-spelled-as-documented", status=200)
def error_of_a_run_is_spelled_as_the_sdk_does(answer: Answer) -> None:
    """The error of a run has docUrl for doc_url."""
    _respell(answer.body.get("error"), "doc_url", "docUrl")


@fault("runApiResult", breaks="names-are-spelled-as-documented", status=200)
def error_of_a_run_has_its_correlation_in_camel_case(answer: Answer) -> None:
    """The error of a run has correlationId, as every other error has, for correlation_id."""
    _respell(answer.body.get("error"), "correlation_id", "correlationId")


@fault("runApiResult", breaks="names-are-spelled-as-documented", status=200)
def reason_of_a_run_is_spelled_as_the_sdk_does(answer: Answer) -> None:
    """The reason of a run has docUrl for doc_url."""
    _respell(answer.body.get("reason"), "doc_url", "docUrl")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def job_run_is_in_both_cases(answer: Answer) -> None:
    """A job run has startTime beside start_time."""
    answer.body["jobRun"]["startTime"] = answer.body["jobRun"]["start_time"]


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def error_of_a_job_run_is_in_snake_case(answer: Answer) -> None:
    """The error of a job run has correlation_id for correlationId."""
    _respell(answer.body["jobRun"].get("error"), "correlationId", "correlation_id")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def reason_of_a_job_run_is_in_camel_case(answer: Answer) -> None:
    """The reason of a job run has docUrl for doc_url."""
    _respell(answer.body["jobRun"].get("reason"), "doc_url", "docUrl")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def results_are_in_camel_case(answer: Answer) -> None:
    """The results of a job run have signedUrlExpiration for signed_url_expiration."""
    _respell(answer.body.get("results"), "signed_url_expiration", "signedUrlExpiration")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def snapshot_is_in_camel_case(answer: Answer) -> None:
    """The snapshot of a job run has authSession for auth_session."""
    _respell(_snapshot(answer), "auth_session", "authSession")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def configuration_is_in_snake_case(answer: Answer) -> None:
    """The configuration of a job run has max_concurrent_requests for maxConcurrentRequests."""
    _respell(_snapshot(answer)["configuration"], "maxConcurrentRequests", "max_concurrent_requests")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def retry_is_in_snake_case(answer: Answer) -> None:
    """The retry policy of a job run has maximum_attempts for maximumAttempts."""
    _respell(_snapshot(answer)["configuration"].get("retry"), "maximumAttempts", "maximum_attempts")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def sink_is_in_snake_case(answer: Answer) -> None:
    """The sink of a job run has skip_on_fail for skipOnFail."""
    _respell(_snapshot(answer).get("sink"), "skipOnFail", "skip_on_fail")


@fault("getJobRun", breaks="names-are-spelled-as-documented", status=200)
def session_is_in_snake_case(answer: Answer) -> None:
    """The session of a job run has check_attempts for checkAttempts."""
    _respell(_snapshot(answer).get("auth_session"), "checkAttempts", "check_attempts")


@fault("runApiResult", "getJobRun", breaks="names-are-spelled-as-documented", status=(400, 401, 404))
def error_has_its_correlation_in_both_cases(answer: Answer) -> None:
    """An error has correlation_id beside correlationId."""
    if "correlationId" in answer.body:
        answer.body["correlation_id"] = answer.body["correlationId"]


@fault(
    "runApiResult",
    "getJobRun",
    breaks="error-code-matches-the-status",
    status=404,
    unsaid="$..responses['404']..code.enum",
)
def not_found_is_called_a_bad_request(answer: Answer) -> None:
    """What was not found is answered 404 with the code of a bad request."""
    answer.body["code"] = "bad-request"


@fault("runApiResult", breaks="error-category-is-user", status=401, unsaid="$..responses['401']..category.enum")
def unauthorized_for_a_run_is_a_matter_of_auth(answer: Answer) -> None:
    """Whoever asks for a run without a key meets a category that only the errors of runs have."""
    answer.body["category"] = "auth"


@fault("getJobRun", breaks="error-is-not-retirable", status=400, unsaid="$..responses['400']..retirable.enum")
def bad_request_may_be_sent_again(answer: Answer) -> None:
    """A bad request for a job run may be sent again."""
    answer.body["retirable"] = True


@fault("runApiResult", "getJobRun", breaks="error-can-be-told-and-traced", status=400)
def bad_request_is_not_explained(answer: Answer) -> None:
    """A bad request is refused without a word."""
    answer.body["message"] = ""


@fault("runApiResult", "getJobRun", breaks="error-can-be-told-and-traced", status=401)
def unauthorized_is_not_explained(answer: Answer) -> None:
    """Whoever has no key is turned away with a blank message."""
    answer.body["message"] = " "


@fault("runApiResult", "getJobRun", breaks="error-can-be-told-and-traced", status=404)
def not_found_cannot_be_traced(answer: Answer) -> None:
    """The correlation id of what was not found is empty."""
    answer.body["correlationId"] = ""


@fault("runApiResult", breaks="error-can-be-told-and-traced", status=401)
def unauthorized_for_a_run_cannot_be_traced(answer: Answer) -> None:
    """The correlation id is made only once the key is known."""
    answer.body["correlationId"] = ""


def _find_nothing(answer: Answer) -> None:
    """Answer a bad request for a workspace that is no UUID as if it could be."""
    workspace = answer.parameters.get("workspaceId", "")
    if workspace.count("-") != ANOTHER_WORKSPACE.count("-"):
        answer.status = HTTPStatus.NOT_FOUND
        answer.body["code"] = "not-found"


@fault("getJobRun", breaks="workspace-that-is-no-uuid-is-refused", status=400)
def workspace_that_is_no_uuid_is_not_found(answer: Answer) -> None:
    """A job run of a workspace whose id is no UUID is looked for, and not found."""
    _find_nothing(answer)


@fault("runApiResult", breaks="workspace-of-a-run-that-is-no-uuid-is-refused", status=400)
def workspace_of_a_run_that_is_no_uuid_is_not_found(answer: Answer) -> None:
    """A run of a workspace whose id is no UUID is looked for, and not found."""
    _find_nothing(answer)


@fault("runApiResult", breaks="workspace-of-a-run-that-is-no-uuid-is-refused", status=400)
def workspace_of_a_run_does_not_matter(answer: Answer) -> None:
    """A run is given whatever is called its workspace."""
    answer.status = HTTPStatus.OK
    answer.body = {"runId": answer.parameters.get("runId", ""), "status": "pending"}

"""What a server can get wrong of jobs though the schema allows it: results, a job's state, lists, then a job's life.

The order is that of `checks.py`. A fault shows in one state or operation wherever its rule speaks of several. Where the
document says the same as a check, `unsaid` is what a later version of it leaves to the check.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from specwitness import Answer, fault, timestamp

HTTP_DATE = "Wed, 01 Jan 2025 00:00:00 GMT"
LONG_AGO = {"created_at": "2025-01-01T00:00:00Z", "completed_at": "2025-01-01T00:00:45Z"}

# Places of the document.
SCHEMAS = "$.components.schemas"
RESULTS = "$.paths['/api/v1/runs/{job_id}/result'].get.responses"
RESULT = f"{RESULTS}['200'].content.*.schema"


def _later(time: Any, **by: int) -> Any:
    """Return the time that much later; what is no time stays as it is."""
    moment = timestamp(time)
    return time if moment is None else (moment + timedelta(**by)).isoformat()


def _id(answer: Answer) -> str:
    """Return the id of the job that was asked for."""
    return answer.parameters.get("job_id", "")


def _note_times(answer: Answer) -> None:
    """Remember of a read when the job was created and completed."""
    if answer.operation == "getRun" and answer.status == HTTPStatus.OK:
        completed = answer.body.get("completed_at") or answer.body["created_at"]
        answer.memory[_id(answer)] = {"created_at": answer.body["created_at"], "completed_at": completed}


def _give_a_result(answer: Answer, status: str) -> None:
    """Turn a refused result into one, with the times that a read has shown."""
    answer.status = HTTPStatus.OK
    times = answer.memory[_id(answer)]
    answer.body = {"job_id": _id(answer), "status": status, "result": "", "duration_seconds": 0, **times}


# --- The result of a job --------------------------------------------------------------------------------------------


@fault("getRunResult", "getRun", breaks="failed-job-has-no-result", status=(200, 400))
def failed_job_is_answered_200(answer: Answer) -> None:
    """Asking for the result of a failed job that has been looked at is answered 200, with the job."""
    _note_times(answer)
    if answer.operation == "getRunResult" and "error" in answer.body and _id(answer) in answer.memory:
        _give_a_result(answer, "failed")


@fault(
    "getRunResult",
    "getRun",
    breaks="failed-job-has-no-result",
    status=(200, 400),
    unsaid=(f"{RESULT}..status.enum", f"{RESULT}.required"),
)
def failed_job_is_at_first_answered_200(answer: Answer) -> None:
    """Whoever asks for the result of a failed job before anything else is answered 200, with its error."""
    is_first = _id(answer) not in answer.memory
    answer.memory[_id(answer)] = True
    if is_first and answer.operation == "getRunResult" and "error" in answer.body:
        answer.status = HTTPStatus.OK
        answer.body |= {"job_id": _id(answer), "status": "failed", "completed_at": LONG_AGO["completed_at"]}


@fault("getRunResult", breaks="result-is-that-of-a-job-that-succeeded", status=200, unsaid=f"{RESULT}..status.enum")
def result_is_that_of_a_completed_job(answer: Answer) -> None:
    """A result is given for a job that is completed, which is the word of another API."""
    answer.body["status"] = "completed"


@fault("getRunResult", breaks="job-that-succeeded-gives-its-result", status=200, unsaid=f"{RESULT}..result.type")
def result_is_structured(answer: Answer) -> None:
    """The result of a job is an object with the text in it."""
    answer.body["result"] = {"text": answer.body["result"]}


@fault(
    "getRunResult",
    breaks="unfinished-job-is-answered-400",
    status=400,
    said={RESULTS: {"409": {"description": "The job is not complete."}}},
)
def result_of_a_running_job_is_a_conflict(answer: Answer) -> None:
    """Whoever asks for the result of a running job is answered 409."""
    if "running" in answer.body["detail"]:
        answer.status = HTTPStatus.CONFLICT


@fault("getRunResult", breaks="refused-result-has-a-detail", status=400)
def unfinished_job_is_refused_without_a_word(answer: Answer) -> None:
    """Whoever asks for the result of a job that has not failed is refused without a word."""
    if "error" not in answer.body:
        answer.body["detail"] = ""


@fault("getRunResult", breaks="refused-result-has-a-detail", status=400)
def running_job_is_refused_without_a_word(answer: Answer) -> None:
    """Whoever asks for the result of a running job, and of no other, is refused with a blank detail."""
    if "running" in answer.body["detail"]:
        answer.body["detail"] = " "


@fault("getRunResult", breaks="refused-result-has-a-detail", status=400)
def failed_job_is_refused_without_a_detail(answer: Answer) -> None:
    """Whoever asks for the result of a failed job is given the error with an empty detail."""
    if "error" in answer.body:
        answer.body["detail"] = ""


@fault("getRunResult", breaks="refused-result-of-a-failed-job-names-the-error", status=400)
def error_of_a_failed_job_is_blank(answer: Answer) -> None:
    """The detail says that the job failed, and the error is blank."""
    if "error" in answer.body:
        answer.body["error"] = " "


@fault(
    "getRunResult",
    breaks=("refused-result-of-a-failed-job-names-the-error", "result-agrees-with-the-status"),
    status=400,
)
def error_of_a_failed_job_is_kept_back(answer: Answer) -> None:
    """The detail says that the job failed, and no error says why."""
    answer.body.pop("error", None)


@fault("getRunResult", breaks="result-timestamps-are-iso-8601", status=200)
def creation_of_a_result_is_an_http_date(answer: Answer) -> None:
    """The creation of a job is written in its result as a header has it."""
    answer.body["created_at"] = HTTP_DATE


@fault("getRunResult", breaks="result-timestamps-are-iso-8601", status=200)
def completion_of_a_result_is_in_words(answer: Answer) -> None:
    """The completion of a job is told in its result in words."""
    answer.body["completed_at"] = "a moment ago"


@fault("getRunResult", breaks="result-timestamps-are-iso-8601", status=200)
def start_of_a_result_is_a_number_of_seconds(answer: Answer) -> None:
    """A result tells when the job started, as no page says, in seconds since 1970."""
    answer.body["started_at"] = "1735689600.5"


@fault("getRunResult", breaks="result-is-complete-after-it-is-created", status=200)
def result_is_complete_before_it_is_created(answer: Answer) -> None:
    """A job was completed a second before it was created."""
    answer.body["completed_at"] = _later(answer.body["created_at"], seconds=-1)
    answer.body["duration_seconds"] = 0


@fault("getRunResult", breaks="duration-is-not-negative", status=200)
def duration_is_negative(answer: Answer) -> None:
    """The execution is measured from its end to its start."""
    answer.body["duration_seconds"] = -1 - abs(answer.body["duration_seconds"])


@fault("getRunResult", breaks="duration-agrees-with-the-times", status=200)
def duration_is_in_milliseconds(answer: Answer) -> None:
    """The execution took a thousand times as long as the job existed."""
    answer.body["duration_seconds"] = 1000 * abs(answer.body["duration_seconds"]) + 1000


@fault("getRunResult", breaks="duration-agrees-with-the-times", status=200)
def duration_is_two_seconds_too_long(answer: Answer) -> None:
    """The execution took two seconds longer than the job existed."""
    created, completed = timestamp(answer.body["created_at"]), timestamp(answer.body["completed_at"])
    if created and completed:
        answer.body["duration_seconds"] = (completed - created).total_seconds() + 2


@fault("getRunResult", breaks="duration-agrees-with-the-times", status=200)
def duration_includes_the_wait(answer: Answer) -> None:
    """The execution took the whole life of the job, of which it ran only the last moment."""
    answer.body["started_at"] = answer.body["completed_at"]


# --- The state of a job ---------------------------------------------------------------------------------------------


@fault("getRun", breaks="job-is-the-one-asked-for", status=200)
def state_is_that_of_another_job(answer: Answer) -> None:
    """The state is that of another job than the one that was asked for."""
    answer.body["job_id"] += "-before"


@fault("getRun", breaks="job-is-the-one-asked-for", status=200)
def failed_job_is_another(answer: Answer) -> None:
    """A failed job, and no other, goes by the id of its last attempt."""
    if answer.body["status"] == "failed":
        answer.body["job_id"] += "-attempt-2"


@fault("getRun", breaks="job-is-the-one-asked-for", status=200, unsaid=f"{SCHEMAS}.Run.required[?@ == 'job_id']")
def state_names_no_job(answer: Answer) -> None:
    """The state does not say of which job it is."""
    del answer.body["job_id"]


@fault("getRunResult", breaks="job-is-the-one-asked-for", status=200)
def result_is_that_of_another_job(answer: Answer) -> None:
    """The result is that of another job than the one that was asked for."""
    answer.body["job_id"] += "-before"


@fault("cancelRun", breaks="job-is-the-one-asked-for", status=200)
def another_job_is_cancelled(answer: Answer) -> None:
    """The answer to a cancellation names another job."""
    answer.body["job_id"] = answer.body["job_id"].upper()


@fault("getRun", breaks="unknown-job-is-named", status=404)
def state_of_an_unknown_job_names_none(answer: Answer) -> None:
    """Whoever asks for the state of a job that does not exist is not told which."""
    answer.body["detail"] = "Job not found"


@fault("getRunResult", breaks="unknown-job-is-named", status=404)
def result_of_an_unknown_job_names_another(answer: Answer) -> None:
    """Whoever asks for the result of a job that does not exist is told of another."""
    answer.body["detail"] = "Job not found: run_abc123"


@fault("cancelRun", breaks="unknown-job-is-named", status=404)
def cancellation_of_an_unknown_job_names_none(answer: Answer) -> None:
    """Whoever cancels a job that does not exist is not told which."""
    answer.body["detail"] = "Job not found: None"


@fault("deleteRun", breaks="unknown-job-is-named", status=404)
def deletion_of_an_unknown_job_names_none(answer: Answer) -> None:
    """Whoever deletes a job that does not exist is not told which."""
    answer.body["detail"] = ""


@fault(
    "submitRun", breaks="submitted-status-is-documented", status=202, unsaid=f"{SCHEMAS}.SubmittedRun..status['$ref']"
)
def submitted_job_is_accepted(answer: Answer) -> None:
    """A submitted job is accepted, which is no documented status."""
    answer.body["status"] = "accepted"


@fault("getRun", breaks="status-is-documented", status=200, unsaid=f"{SCHEMAS}.Run..status['$ref']")
def queued_job_is_pending(answer: Answer) -> None:
    """A queued job is pending when it is looked at, and queued in every list."""
    if answer.body["status"] == "queued":
        answer.body["status"] = "pending"


@fault("submitRun", breaks="status-timestamps-are-iso-8601", status=202)
def creation_of_a_submission_is_an_http_date(answer: Answer) -> None:
    """The creation of a submitted job is written as a header has it."""
    answer.body["created_at"] = HTTP_DATE


@fault("getRun", breaks="status-timestamps-are-iso-8601", status=200)
def creation_of_a_state_is_a_number_of_seconds(answer: Answer) -> None:
    """The creation of a job is a number of seconds since 1970."""
    answer.body["created_at"] = "1735689600.5"


@fault("getRun", breaks="status-timestamps-are-iso-8601", status=200)
def start_of_a_running_job_is_in_words(answer: Answer) -> None:
    """The start of a running job, and of no other, is told in words."""
    if answer.body["status"] == "running":
        answer.body["started_at"] = "just now"


@fault("getRun", breaks="status-timestamps-are-iso-8601", status=200)
def completion_has_slashes(answer: Answer) -> None:
    """The completion of a job is written with slashes."""
    if answer.body.get("completed_at"):
        answer.body["completed_at"] = "2025/01/01 00:00:45"


@fault("getRun", breaks="status-timestamps-are-in-order", status=200)
def job_starts_before_it_is_created(answer: Answer) -> None:
    """A job starts before it is created."""
    if answer.body.get("started_at"):
        answer.body["started_at"] = _later(answer.body["created_at"], hours=-1)


@fault("getRun", breaks="status-timestamps-are-in-order", status=200)
def failed_job_is_complete_before_it_starts(answer: Answer) -> None:
    """A failed job, and no other, is completed before it starts."""
    if answer.body["status"] == "failed" and answer.body.get("started_at"):
        answer.body["completed_at"] = _later(answer.body["started_at"], seconds=-1)


@fault("getRun", breaks="status-timestamps-are-in-order", status=200)
def job_that_never_ran_is_complete_before_it_is_created(answer: Answer) -> None:
    """A job that was cancelled without ever running is completed before it is created."""
    if answer.body["status"] == "cancelled":
        answer.body["started_at"] = None
        answer.body["completed_at"] = _later(answer.body["created_at"], seconds=-1)


@fault("getRun", breaks="status-timestamps-are-in-order", status=200)
def job_is_created_in_the_second_in_which_it_is_complete(answer: Answer) -> None:
    """A job is completed before it is created, within the second that its start is rounded to."""
    if answer.body.get("started_at") and answer.body.get("completed_at"):
        second = answer.body["created_at"][:19]
        answer.body.update(created_at=f"{second}.8Z", started_at=f"{second}Z", completed_at=f"{second}.2Z")


@fault("getRun", breaks="job-has-a-completion-exactly-when-it-is-finished", status=200)
def job_that_succeeded_is_never_complete(answer: Answer) -> None:
    """A job that succeeded has no time of completion."""
    if answer.body["status"] == "succeeded":
        answer.body["completed_at"] = None


@fault(
    "getRun",
    breaks="job-has-a-completion-exactly-when-it-is-finished",
    status=200,
    unsaid=f"{SCHEMAS}.Run..completed_at",
)
def failed_job_is_never_complete(answer: Answer) -> None:
    """A job that failed has no time of completion."""
    if answer.body["status"] == "failed":
        answer.body.pop("completed_at", None)


@fault("getRun", breaks="job-has-a-completion-exactly-when-it-is-finished", status=200)
def queued_job_is_complete(answer: Answer) -> None:
    """A queued job has a time of completion."""
    if answer.body["status"] == "queued":
        answer.body["completed_at"] = answer.body["created_at"]


@fault("getRun", breaks="job-has-a-completion-exactly-when-it-is-finished", status=200)
def running_job_is_complete(answer: Answer) -> None:
    """A running job has a time of completion."""
    if answer.body["status"] == "running":
        answer.body["completed_at"] = answer.body.get("started_at") or answer.body["created_at"]


@fault("getRun", breaks="job-has-an-error-exactly-when-it-failed", status=200)
def failed_job_has_no_error(answer: Answer) -> None:
    """A failed job does not say why."""
    if answer.body["status"] == "failed":
        answer.body["error"] = None


@fault("getRun", breaks="job-has-an-error-exactly-when-it-failed", status=200)
def failed_job_has_an_empty_error(answer: Answer) -> None:
    """A failed job says why in no words."""
    if answer.body["status"] == "failed":
        answer.body["error"] = ""


@fault("getRun", breaks="job-has-an-error-exactly-when-it-failed", status=200)
def job_that_succeeded_has_an_error(answer: Answer) -> None:
    """A job that succeeded has the error of an attempt that failed before."""
    if answer.body["status"] == "succeeded":
        answer.body["error"] = "Agent execution timeout"


@fault("getRun", breaks="percentage-is-between-0-and-100", status=200, unsaid=f"{SCHEMAS}.Run..percentage.maximum")
def running_job_is_more_than_done(answer: Answer) -> None:
    """A running job, and no other, has done more than there is to do."""
    if answer.body["status"] == "running" and "percentage" in answer.body.get("progress", {}):
        answer.body["progress"]["percentage"] = 101


@fault("getRun", breaks="retry-after-is-positive", status=200)
def client_is_asked_to_hammer(answer: Answer) -> None:
    """A client is asked to wait no time at all."""
    if answer.body.get("retry_after") is not None:
        answer.body["retry_after"] = 0


@fault("getRun", breaks="retry-after-is-positive", status=200)
def client_of_a_running_job_is_too_late(answer: Answer) -> None:
    """The time to wait for a running job, and for no other, is already over."""
    if answer.body["status"] == "running":
        answer.body["retry_after"] = -1


@fault("cancelRun", breaks="cancelled-job-says-when", status=200)
def cancellation_has_no_time(answer: Answer) -> None:
    """The answer to a cancellation has an empty time."""
    answer.body["cancelled_at"] = ""


@fault("cancelRun", breaks="cancelled-job-says-when", status=200)
def cancellation_is_told_in_words(answer: Answer) -> None:
    """The answer to a cancellation tells its time in words."""
    answer.body["cancelled_at"] = "now"


@fault("cancelRun", breaks="cancelled-job-is-cancelled", status=200, unsaid=f"{SCHEMAS}.CancelledRun..status.enum")
def cancelled_job_is_being_cancelled(answer: Answer) -> None:
    """The answer to a cancellation says that the job is only about to be cancelled."""
    answer.body["status"] = "cancelling"


# --- Submission and lists -------------------------------------------------------------------------------------------


@fault("submitRun", breaks="urls-lead-to-the-job", status=202)
def poll_url_leads_to_another_job(answer: Answer) -> None:
    """The URL to ask for a job is that of another."""
    answer.body["poll_url"] += "-before"


@fault("submitRun", breaks="urls-lead-to-the-job", status=202)
def poll_url_has_an_old_path(answer: Answer) -> None:
    """The URL to ask for a job is one of an earlier version."""
    answer.body["poll_url"] = answer.body["poll_url"].replace("/runs/", "/jobs/")


@fault("submitRun", breaks="urls-lead-to-the-job", status=202)
def stream_url_is_that_of_the_job(answer: Answer) -> None:
    """The URL of the stream is that of the job itself."""
    answer.body["stream_url"] = answer.body["poll_url"]


@fault("submitRun", breaks="urls-lead-to-the-job", status=202)
def poll_url_leads_by_way_of_a_login(answer: Answer) -> None:
    """The URL to ask for a job is that of a page to log in on, which would lead on to the job."""
    answer.body["poll_url"] = "/login?next=" + answer.body["poll_url"]


@fault("submitRun", breaks="location-leads-to-the-job", status=202)
def location_leads_to_another_job(answer: Answer) -> None:
    """The header Location of a submission leads to another job."""
    answer.headers["Location"] = answer.body["poll_url"] + "-before"


@fault("submitRun", breaks="location-leads-to-the-job", status=202)
def location_leads_to_the_list(answer: Answer) -> None:
    """The header Location of a submission leads to the list of all jobs."""
    answer.headers["Location"] = "/api/v1/runs"


@fault("submitRun", breaks="location-leads-to-the-job", status=202)
def location_leads_by_way_of_a_login(answer: Answer) -> None:
    """The header Location of a submission leads to a page to log in on, which would lead on to the job."""
    answer.headers["Location"] = "/login?next=" + answer.headers["Location"]


@fault("submitRun", breaks="submission-says-how-long-to-wait", status=202)
def submission_is_to_be_asked_for_in_the_past(answer: Answer) -> None:
    """The header Retry-After of a submission is a negative number."""
    answer.headers["Retry-After"] = "-1"


@fault("submitRun", breaks="submission-says-how-long-to-wait", status=202)
def wait_is_a_fraction(answer: Answer) -> None:
    """The header Retry-After of a submission is written as a fraction, which is no number of seconds to RFC 9110."""
    answer.headers["Retry-After"] = "1.0"


@fault("listRuns", breaks="listed-statuses-are-documented", status=200, unsaid=f"{SCHEMAS}.ListedRun..status['$ref']")
def list_shows_queued_jobs_as_pending(answer: Answer) -> None:
    """A list of all jobs shows those that are queued as pending."""
    _show_otherwise(answer, "queued", "pending")


@fault(
    "listRuns",
    breaks="listed-jobs-have-the-status-asked-for",
    status=200,
    unsaid=f"{SCHEMAS}.ListedRun.required[?@ == 'status']",
)
def filter_leaves_out_the_status(answer: Answer) -> None:
    """A list that is narrowed to queued jobs does not say again that they are queued."""
    jobs = answer.body["jobs"]
    for job in jobs if all(job["status"] == "queued" for job in jobs) else ():
        del job["status"]


@fault("listRuns", breaks="listed-jobs-have-the-status-asked-for", status=200)
def filter_lets_a_running_job_through(answer: Answer) -> None:
    """A list that is narrowed to queued jobs holds one that has begun to run meanwhile."""
    jobs = answer.body["jobs"]
    if jobs and all(job["status"] == "queued" for job in jobs):
        jobs[-1]["status"] = "running"


@fault("listRuns", breaks="listed-jobs-have-the-status-asked-for", status=200)
def filter_lets_a_failed_job_through(answer: Answer) -> None:
    """A list that is narrowed to jobs that succeeded holds one that failed."""
    jobs = answer.body["jobs"]
    if jobs and all(job["status"] == "succeeded" for job in jobs) and len(jobs) < answer.body["page_size"]:
        jobs.append({"job_id": "run-of-the-filter", "status": "failed", "created_at": jobs[0]["created_at"]})
        answer.body["total"] += 1


@fault("listRuns", breaks="list-fits-its-page", status=200)
def total_counts_one_job_too_few(answer: Answer) -> None:
    """The total of a list is less than the number of its jobs."""
    answer.body["total"] = max(0, len(answer.body["jobs"]) - 1)


@fault("listRuns", breaks="list-fits-its-page", status=200)
def page_holds_more_than_its_size(answer: Answer) -> None:
    """A page holds one job more than its size."""
    if len(answer.body["jobs"]) > 1:
        answer.body["page_size"] = len(answer.body["jobs"]) - 1


@fault("listRuns", breaks="list-fits-its-page", status=200)
def list_shows_every_job_twice(answer: Answer) -> None:
    """A list shows every job twice."""
    answer.body["jobs"] *= 2


# --- The life of a job ----------------------------------------------------------------------------------------------


@fault("getRunResult", breaks="result-agrees-with-the-status", status=200)
def job_that_succeeded_has_no_result(answer: Answer) -> None:
    """The result of a job that has succeeded is refused."""
    answer.status = HTTPStatus.BAD_REQUEST
    answer.body = {"detail": "Job is still running. Current status: succeeded"}


@fault("getRunResult", breaks="result-agrees-with-the-status", status=400)
def failed_job_is_refused_as_if_it_ran(answer: Answer) -> None:
    """Whoever asks for the result of a failed job is told that it is not complete."""
    if answer.body.pop("error", None):
        answer.body["detail"] = "Job is not complete."


@fault("getRunResult", "getRun", breaks="result-agrees-with-the-status", status=(200, 400))
def cancelled_job_has_a_result(answer: Answer) -> None:
    """A job that was cancelled gives a result all the same."""
    if answer.operation == "getRun":
        if answer.body.get("status") == "cancelled":
            _note_times(answer)
    elif answer.status == HTTPStatus.BAD_REQUEST and _id(answer) in answer.memory:
        _give_a_result(answer, "succeeded")


@fault("cancelRun", "getRun", breaks="cancellation-has-an-effect", status=200)
def cancelled_job_is_seen_running(answer: Answer) -> None:
    """A job whose cancellation was accepted is running when it is next looked at."""
    if answer.operation == "cancelRun":
        answer.memory[_id(answer)] = True
    elif answer.memory.pop(_id(answer), False):
        answer.body.update(status="running", completed_at=None)


@fault("cancelRun", "getRun", breaks="cancellation-has-an-effect", status=200)
def running_job_is_seen_running_after_its_cancellation(answer: Answer) -> None:
    """A job that was cancelled while it ran, and no other, is running when it is next looked at."""
    seen = answer.memory.get(_id(answer))
    if answer.operation == "cancelRun":
        answer.memory[_id(answer)] = "stopping" if seen == "running" else None
    elif seen == "stopping":
        answer.body.update(status="running", completed_at=None)
        answer.memory[_id(answer)] = None
    else:
        answer.memory[_id(answer)] = answer.body["status"]


@fault(
    "cancelRun",
    "getRun",
    breaks="cancellation-has-an-effect",
    status=200,
    unsaid=f"{SCHEMAS}.Run.required[?@ == 'status']",
)
def cancelled_job_has_no_status(answer: Answer) -> None:
    """A job whose cancellation was accepted has no status when it is next looked at."""
    if answer.operation == "cancelRun":
        answer.memory[_id(answer)] = True
    elif answer.memory.pop(_id(answer), False):
        del answer.body["status"]


@fault("deleteRun", "getRun", breaks="deleted-job-is-gone", status=(200, 204, 404))
def deleted_job_is_still_seen(answer: Answer) -> None:
    """A job that has been deleted is shown as it last was."""
    _give_what_was_given(answer, "getRun")


@fault("deleteRun", "getRunResult", breaks="deleted-job-is-gone", status=(200, 204, 404))
def deleted_job_still_has_a_result(answer: Answer) -> None:
    """A job that has been deleted still gives its result."""
    _give_what_was_given(answer, "getRunResult")


@fault("deleteRun", "cancelRun", breaks="deleted-job-is-gone", status=(204, 404))
def deleted_job_can_be_cancelled(answer: Answer) -> None:
    """The cancellation of a job that has been deleted is accepted."""
    if answer.operation == "deleteRun" and answer.status == HTTPStatus.NO_CONTENT:
        answer.memory[_id(answer)] = True
    elif answer.operation == "cancelRun" and _id(answer) in answer.memory:
        answer.status = HTTPStatus.OK
        answer.body = {"job_id": _id(answer), "status": "cancelled", "cancelled_at": LONG_AGO["completed_at"]}


def _give_what_was_given(answer: Answer, operation: str) -> None:
    """Answer for a job that has been deleted what the operation last answered."""
    given, deleted = answer.memory.setdefault("given", {}), answer.memory.setdefault("deleted", set())
    if answer.status == HTTPStatus.NO_CONTENT:
        deleted.add(_id(answer))
    elif answer.operation == operation and answer.status == HTTPStatus.OK:
        given[_id(answer)] = answer.body
    elif answer.operation == operation and _id(answer) in deleted & given.keys():
        answer.status, answer.body = HTTPStatus.OK, given[_id(answer)]


@fault("submitRun", breaks="one-key-makes-one-job", status=409)
def same_key_names_another_job(answer: Answer) -> None:
    """The answer to a submission with a key that was used names another job than the first."""
    answer.body["job_id"] += "-2"


@fault("submitRun", breaks=("one-key-makes-one-job", "submitted-job-is-listed"), status=409)
def same_key_makes_a_second_job(answer: Answer) -> None:
    """A submission with a key that was used is accepted as another job."""
    job = answer.body["job_id"] + "-2"
    url = f"/api/v1/runs/{job}"
    answer.status = HTTPStatus.ACCEPTED
    answer.headers |= {"Location": url, "Retry-After": "1"}
    answer.body = {
        "job_id": job,
        "status": "queued",
        "created_at": LONG_AGO["created_at"],
        "poll_url": url,
        "stream_url": f"{url}/stream",
    }


@fault("listRuns", breaks="creation-time-never-changes", status=200)
def list_tells_another_creation(answer: Answer) -> None:
    """A list tells the creation of its jobs in another zone, without saying so."""
    for job in answer.body["jobs"]:
        job["created_at"] = _later(job["created_at"], hours=-1)


@fault("getRunResult", breaks="creation-time-never-changes", status=200)
def result_tells_another_creation(answer: Answer) -> None:
    """A result tells a creation two seconds before the one that the job was submitted with."""
    answer.body["created_at"] = _later(answer.body["created_at"], seconds=-2)


@fault("getRun", breaks="creation-time-never-changes", status=200)
def creation_moves_while_a_job_runs(answer: Answer) -> None:
    """Each look at a running job tells an earlier creation."""
    if answer.body["status"] == "running":
        looks = answer.memory[_id(answer)] = answer.memory.get(_id(answer), 0) + 1
        answer.body["created_at"] = _later(answer.body["created_at"], seconds=-2 * looks)


@fault("listRuns", breaks="list-agrees-with-the-single-read", status=200)
def list_shows_a_success_as_failed(answer: Answer) -> None:
    """A list of all jobs shows those that succeeded as failed."""
    _show_otherwise(answer, "succeeded", "failed")


@fault("listRuns", breaks="list-agrees-with-the-single-read", status=200)
def list_lags_behind(answer: Answer) -> None:
    """A list of all jobs shows those that failed as still running."""
    _show_otherwise(answer, "failed", "running")


@fault("listRuns", breaks="list-agrees-with-the-single-read", status=200)
def list_runs_ahead(answer: Answer) -> None:
    """A list of all jobs shows those that are queued as failed."""
    _show_otherwise(answer, "queued", "failed")


def _show_otherwise(answer: Answer, status: str, other: str) -> None:
    """Show jobs of a state in another one, but not in a list that may be narrowed to it."""
    jobs = answer.body["jobs"]
    for job in jobs if len({job["status"] for job in jobs}) > 1 else ():
        if job["status"] == status:
            job["status"] = other


@fault("submitRun", "listRuns", breaks="submitted-job-is-listed", status=(200, 202))
def submitted_job_is_not_listed(answer: Answer) -> None:
    """A job that was submitted is on no list."""
    if answer.operation == "submitRun":
        answer.memory[answer.body["job_id"]] = True
        return
    listed = [job for job in answer.body["jobs"] if job["job_id"] not in answer.memory]
    answer.body["total"] -= len(answer.body["jobs"]) - len(listed)
    answer.body["jobs"] = listed


@fault("listRuns", breaks="submitted-job-is-listed", status=200)
def page_begins_with_the_second_job(answer: Answer) -> None:
    """A page leaves out the job that was submitted last."""
    del answer.body["jobs"][:1]

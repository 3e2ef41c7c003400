"""What the PraisonAI pages say of jobs: results first, then a job's state, then its life from submission to deletion.

The workflows make the calls; the checks over traces judge what the calls showed. A rule speaks where a body is an
object and leaves the rest to the schema. No message shows a header.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from specwitness import (
    Api,
    Exchange,
    Intent,
    Refusal,
    Trace,
    check,
    is_before,
    timestamp,
    trace_check,
    workflow,
)

RESULT_PAGE = "sources/004_a959f0ac7d040196.txt"
SUBMIT_PAGE = "overlay.yaml, submitRun (the page Submit Run)"
STATUS_PAGE = "overlay.yaml, getRun (the page Get Run Status)"
LIST_PAGE = "overlay.yaml, listRuns (the page List Runs)"
CANCEL_PAGE = "overlay.yaml, cancelRun (the page Cancel Run)"
DELETE_PAGE = "overlay.yaml, deleteRun (the page Delete Run)"

FINISHED = ("succeeded", "failed", "cancelled")
STATUSES = ("queued", "running", *FINISHED)
ROUNDING = 1.0
"""Seconds by which a duration and two timestamps, each rounded by the server, may differ."""
JOBS_PATH = "/api/v1/runs"


def member(exchange: Exchange, *path: str) -> Any:
    """Return what stands at a path of the JSON body, or None where there is no such place."""
    value = exchange.response.json() if exchange.response else None
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def status_of(exchange: Exchange) -> int:
    """Return the HTTP status, 0 where no response came."""
    return exchange.response.status if exchange.response else 0


# --- The result of a job --------------------------------------------------------------------------------------------


@check("getRunResult", status=200, source=f"{RESULT_PAGE}: a failed job is answered 400, with its error")
def failed_job_has_no_result(exchange: Exchange) -> Iterator[Refusal]:
    """A failed job has no result: asking for it is answered 400 and not 200."""
    if member(exchange, "status") == "failed":
        yield Refusal("/status", "answered 200 for a failed job, not 400 with its error", part="status")


@check("getRunResult", status=200, source=f"{RESULT_PAGE}: a result is available when the status is succeeded")
def result_is_that_of_a_job_that_succeeded(exchange: Exchange) -> Iterator[Refusal]:
    """A result is given for a job that succeeded, and for no other."""
    status = member(exchange, "status")
    if isinstance(member(exchange), dict) and status not in ("succeeded", "failed"):
        yield Refusal("/status", f"answered 200 for a job that is {status!r:.80}, not succeeded", status)


@check("getRunResult", status=200, source=f"{RESULT_PAGE}, response fields: result is a required text")
def job_that_succeeded_gives_its_result(exchange: Exchange) -> Iterator[Refusal]:
    """The result of a job that succeeded is a text."""
    if member(exchange, "status") == "succeeded" and not isinstance(member(exchange, "result"), str):
        yield Refusal("/result", "the job has succeeded, but its result is not a text")


@check("getRunResult", status=(202, 204, 409, 425), source=f"{RESULT_PAGE}: a job that is not complete is answered 400")
def unfinished_job_is_answered_400(exchange: Exchange) -> Iterator[Refusal]:
    """Asking for the result of an unfinished job is answered 400, not with another way to say "not yet"."""
    status = status_of(exchange)
    yield Refusal("", f"answered {status} for a job that is not complete, not 400", status, part="status")


@check("getRunResult", status=400, source=f"{RESULT_PAGE}, both examples of 400: a detail")
def refused_result_has_a_detail(exchange: Exchange) -> Iterator[Refusal]:
    """Whoever gets no result is told why."""
    detail = member(exchange, "detail")
    if isinstance(member(exchange), dict) and not (isinstance(detail, str) and detail.strip()):
        yield Refusal("/detail", "the refusal has no detail")


@check("getRunResult", status=400, source=f"{RESULT_PAGE}, the example of 400 for a failed job: detail and error")
def refused_result_of_a_failed_job_names_the_error(exchange: Exchange) -> Iterator[Refusal]:
    """Where the detail says that the job failed, the error says why."""
    detail, error = member(exchange, "detail"), member(exchange, "error")
    if isinstance(detail, str) and "job failed" in detail.lower() and not (isinstance(error, str) and error.strip()):
        yield Refusal("/error", "the job has failed, but its error is not named")


@check("getRunResult", status=200, source=f"{RESULT_PAGE}, response fields: created_at and completed_at are ISO 8601")
def result_timestamps_are_iso_8601(exchange: Exchange) -> Iterator[Refusal]:
    """The times of a result are written in ISO 8601, with or without an offset."""
    yield from _unreadable(exchange, "created_at", "started_at", "completed_at")


@check("getRunResult", status=200, source=f"{RESULT_PAGE}, response fields: the times of creation and completion")
def result_is_complete_after_it_is_created(exchange: Exchange) -> Iterator[Refusal]:
    """A job is not completed before it is created."""
    yield from _out_of_order(exchange, "created_at", "completed_at")


@check("getRunResult", status=200, source=f"{RESULT_PAGE}, response fields: duration_seconds is a time of execution")
def duration_is_not_negative(exchange: Exchange) -> Iterator[Refusal]:
    """An execution takes no negative time."""
    duration = member(exchange, "duration_seconds")
    if isinstance(duration, int | float) and duration < 0:
        yield Refusal("/duration_seconds", f"{duration} is negative")


@check(
    "getRunResult",
    status=200,
    source=f"{RESULT_PAGE}: the example, 45.23 seconds between two times 45 seconds apart",
    standing="implied",
)
def duration_agrees_with_the_times(exchange: Exchange) -> Iterator[Refusal]:
    """An execution takes no longer than the job existed, and as long as it ran."""
    duration = member(exchange, "duration_seconds")
    created, started, completed = (
        timestamp(member(exchange, f"{name}_at")) for name in ("created", "started", "completed")
    )
    if not isinstance(duration, int | float) or completed is None:
        return
    if created and duration > (completed - created).total_seconds() + ROUNDING:
        yield Refusal("/duration_seconds", f"{duration} seconds, but the job was completed sooner after its creation")
    elif started and abs(duration - (completed - started).total_seconds()) > ROUNDING:
        yield Refusal("/duration_seconds", f"{duration} seconds, but start and completion are not that far apart")


# --- The state of a job ---------------------------------------------------------------------------------------------


@check("getRun", "getRunResult", "cancelRun", status=200, source=f"{RESULT_PAGE}, response fields: job_id")
def job_is_the_one_asked_for(exchange: Exchange) -> Iterator[Refusal]:
    """The answer is about the job that was asked for."""
    asked, answered = exchange.parameters.get("job_id"), member(exchange, "job_id")
    if isinstance(member(exchange), dict) and asked is not None and answered != asked:
        yield Refusal("/job_id", f"asked for job {asked!r:.80}, answered {answered!r:.80}")


@check(
    "getRunResult",
    "getRun",
    "cancelRun",
    "deleteRun",
    status=404,
    source=f"{RESULT_PAGE}, the example of 404: the detail ends in the id",
    standing="implied",
)
def unknown_job_is_named(exchange: Exchange) -> Iterator[Refusal]:
    """Whoever asks for a job that does not exist is told which."""
    asked, detail = exchange.parameters.get("job_id"), member(exchange, "detail")
    # An empty id is another path, and one that has to be encoded may be read as another on the way.
    if asked is None or asked in ("", ".", "..") or quote(asked, safe="") != asked or exchange.intent is Intent.PROBE:
        return
    if isinstance(member(exchange), dict) and not (isinstance(detail, str) and asked in detail):
        yield Refusal("/detail", f"the detail does not name the job {asked!r:.80}")


@check("submitRun", status=202, source=f"{SUBMIT_PAGE}: the enum of status")
def submitted_status_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The status of a submitted job is one of five."""
    yield from _status(exchange)


@check("getRun", status=200, source=f"{STATUS_PAGE}: the enum of status")
def status_is_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The status of a job is one of five."""
    yield from _status(exchange)


@check("submitRun", "getRun", status=(200, 202), source=f"{STATUS_PAGE}: the times of creation, start and completion")
def status_timestamps_are_iso_8601(exchange: Exchange) -> Iterator[Refusal]:
    """The times of a job are written in ISO 8601."""
    yield from _unreadable(exchange, "created_at", "started_at", "completed_at")


@check("getRun", status=200, source=f"{STATUS_PAGE}: the times of creation, start and completion")
def status_timestamps_are_in_order(exchange: Exchange) -> Iterator[Refusal]:
    """A job is created, then started, then completed."""
    yield from _out_of_order(exchange, "created_at", "started_at")
    yield from _out_of_order(exchange, "started_at", "completed_at")
    yield from _out_of_order(exchange, "created_at", "completed_at")


@check("getRun", status=200, source=f"{STATUS_PAGE}: completed_at is the time of completion", standing="implied")
def job_has_a_completion_exactly_when_it_is_finished(exchange: Exchange) -> Iterator[Refusal]:
    """A job that has succeeded or failed has a time of completion, and a job that is not finished has none."""
    status, completed = member(exchange, "status"), member(exchange, "completed_at")
    if status in ("succeeded", "failed") and completed is None:
        yield Refusal("/completed_at", f"the job has {status}, but has no time of completion")
    if status in ("queued", "running") and completed is not None:
        yield Refusal("/completed_at", f"the job is {status}, but has a time of completion")


@check("getRun", status=200, source=f"{STATUS_PAGE}: error is the message of a failed job", standing="implied")
def job_has_an_error_exactly_when_it_failed(exchange: Exchange) -> Iterator[Refusal]:
    """A failed job says why, and a job that succeeded has no error."""
    status, error = member(exchange, "status"), member(exchange, "error")
    if status == "failed" and not error:
        yield Refusal("/error", "the job has failed, but there is no error")
    if status == "succeeded" and error:
        yield Refusal("/error", "the job has succeeded, but has an error")


@check("getRun", status=200, source=f"{STATUS_PAGE}: progress.percentage is between 0 and 100")
def percentage_is_between_0_and_100(exchange: Exchange) -> Iterator[Refusal]:
    """Progress is a percentage."""
    percentage = member(exchange, "progress", "percentage")
    if isinstance(percentage, int | float) and not 0 <= percentage <= 100:  # noqa: PLR2004 - what a percentage is
        yield Refusal("/progress/percentage", f"{percentage} is not between 0 and 100")


@check("getRun", status=200, source=f"{STATUS_PAGE}: retry_after is a number of seconds to wait", standing="implied")
def retry_after_is_positive(exchange: Exchange) -> Iterator[Refusal]:
    """A client is asked to wait, not to hammer."""
    seconds = member(exchange, "retry_after")
    if isinstance(seconds, int | float) and seconds <= 0:
        yield Refusal("/retry_after", f"{seconds} is not positive")


@check("cancelRun", status=200, source=f"{CANCEL_PAGE}: cancelled_at is required, a time")
def cancelled_job_says_when(exchange: Exchange) -> Iterator[Refusal]:
    """The answer to a cancellation says when the job was cancelled."""
    if isinstance(member(exchange), dict) and timestamp(member(exchange, "cancelled_at")) is None:
        yield Refusal("/cancelled_at", "the answer has no time of cancellation")


@check("cancelRun", status=200, source=f"{CANCEL_PAGE}: status is cancelled")
def cancelled_job_is_cancelled(exchange: Exchange) -> Iterator[Refusal]:
    """The answer to a cancellation says that the job is cancelled."""
    status = member(exchange, "status")
    if isinstance(member(exchange), dict) and status != "cancelled":
        yield Refusal("/status", f"answered 200 to a cancellation, but the job is {status!r:.80}", status)


# --- Submission and lists -------------------------------------------------------------------------------------------


@check("submitRun", status=202, source=f"{SUBMIT_PAGE}: poll_url and stream_url are where to ask for the job")
def urls_lead_to_the_job(exchange: Exchange) -> Iterator[Refusal]:
    """The URLs of a submitted job are those of the job itself, and of its stream."""
    job = member(exchange, "job_id")
    for name, tail in (("poll_url", ""), ("stream_url", "/stream")):
        url = member(exchange, name)
        if isinstance(job, str) and isinstance(url, str) and not _leads_to(url, job, tail):
            yield Refusal(f"/{name}", f"{name} does not lead to {JOBS_PATH}/{quote(job):.80}{tail}")


@check("submitRun", status=202, source=f"{SUBMIT_PAGE}: the header Location is where to ask for the job")
def location_leads_to_the_job(exchange: Exchange) -> Iterator[Refusal]:
    """The header Location of a submission leads to the job."""
    job = member(exchange, "job_id")
    url = exchange.response.header("Location") if exchange.response else None
    if isinstance(job, str) and url and not _leads_to(url, job):
        message = f"the header Location does not lead to {JOBS_PATH}/{quote(job):.80}"
        yield Refusal("", message, part="header Location")


@check("submitRun", status=202, source=f"{SUBMIT_PAGE}: the header Retry-After is a number of seconds to wait")
def submission_says_how_long_to_wait(exchange: Exchange) -> Iterator[Refusal]:
    """The header Retry-After of a submission is a number of seconds, which may be none (RFC 9110 section 10.2.3)."""
    seconds = exchange.response.header("Retry-After") if exchange.response else None
    if seconds and not seconds.isdecimal():
        yield Refusal("", "the header Retry-After is no number of seconds", part="header Retry-After")


@check("listRuns", status=200, source=f"{LIST_PAGE}: the enum of status")
def listed_statuses_are_documented(exchange: Exchange) -> Iterator[Refusal]:
    """The status of every listed job is one of five."""
    for index, job in _listed(exchange):
        if (status := job.get("status")) is not None and status not in STATUSES:
            yield Refusal(f"/jobs/{index}/status", f"{status!r:.80} is not one of the documented values", status)


@check("listRuns", status=200, source=f"{LIST_PAGE}: the filter status")
def listed_jobs_have_the_status_asked_for(exchange: Exchange) -> Iterator[Refusal]:
    """A list that is narrowed to a status holds jobs of that status alone."""
    asked = _query(exchange).get("status")
    for index, job in _listed(exchange):
        if asked in STATUSES and job.get("status") != asked:
            yield Refusal(f"/jobs/{index}/status", f"asked for jobs that are {asked}, got {job.get('status')!r:.80}")


@check("listRuns", status=200, source=f"{LIST_PAGE}: page_size is at most 100, total counts all jobs")
def list_fits_its_page(exchange: Exchange) -> Iterator[Refusal]:
    """A list holds no more jobs than its page, and its page no more than there are."""
    count = len(list(_listed(exchange)))
    for name, place in (("page_size", "/jobs"), ("total", "/total")):
        most = member(exchange, name)
        if type(most) is int and count > most:
            yield Refusal(place, f"{count} jobs are listed, but {name} is {most}")


# --- The life of a job ----------------------------------------------------------------------------------------------


@trace_check("getRun", "getRunResult", source=f"{RESULT_PAGE}: 200 for a job that succeeded, 400 for one that did not")
def result_agrees_with_the_status(trace: Trace) -> Iterator[Refusal]:
    """Once a job is finished, its result is given if it succeeded, and refused with its error if it failed."""
    finished: dict[str, Exchange] = {}
    for exchange in trace:
        job, status = exchange.parameters.get("job_id", ""), status_of(exchange)
        if exchange.operation == "getRun":
            if status == HTTPStatus.OK and member(exchange, "status") in FINISHED:
                finished[job] = exchange
            continue
        before = finished.get(job)
        state = member(before, "status") if before else None
        if before is None or status not in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
            continue
        if state == "succeeded" and status == HTTPStatus.BAD_REQUEST:
            yield Refusal("", "the job has succeeded, but has no result", part="status", trace=(before, exchange))
        # A 200 that says `failed` is refused by a rule of its own.
        if state != "succeeded" and status == HTTPStatus.OK and member(exchange, "status") == "succeeded":
            yield Refusal("/status", f"the job was {state}, but has a result", trace=(before, exchange))
        if state == "failed" and status == HTTPStatus.BAD_REQUEST and not member(exchange, "error"):
            yield Refusal("/error", "the job has failed, but its error is not named", trace=(before, exchange))


@trace_check("cancelRun", "getRun", source=f"{CANCEL_PAGE}: the job is cancelled")
def cancellation_has_an_effect(trace: Trace) -> Iterator[Refusal]:
    """A job whose cancellation was accepted is cancelled when it is next looked at."""
    accepted: dict[str, Exchange] = {}
    for exchange in trace:
        job = exchange.parameters.get("job_id", "")
        if status_of(exchange) != HTTPStatus.OK:
            continue
        if exchange.operation == "cancelRun":
            accepted[job] = exchange
        elif job in accepted and (state := member(exchange, "status")) != "cancelled":
            message = f"the cancellation was accepted, but the job is {state!r:.80}"
            yield Refusal("/status", message, trace=(accepted[job], exchange))


@trace_check("deleteRun", "getRun", "getRunResult", "cancelRun", source=f"{DELETE_PAGE}: 204, and 404 for no such job")
def deleted_job_is_gone(trace: Trace) -> Iterator[Refusal]:
    """A job that has been deleted is not found any more."""
    deleted: dict[str, Exchange] = {}
    for exchange in trace:
        job, status = exchange.parameters.get("job_id", ""), status_of(exchange)
        if job in deleted and 0 < status < HTTPStatus.BAD_REQUEST:
            message = f"the job was deleted, but {exchange.operation} is answered {status}"
            yield Refusal("", message, part="status", trace=(deleted[job], exchange))
        elif exchange.operation == "deleteRun" and status == HTTPStatus.NO_CONTENT:
            deleted[job] = exchange


@trace_check("submitRun", "deleteRun", source=f"{SUBMIT_PAGE}: the header Idempotency-Key")
def one_key_makes_one_job(trace: Trace) -> Iterator[Refusal]:
    """The same submission with the same Idempotency-Key is the same job, as long as no job has been deleted."""
    first: dict[tuple[str, bytes | None], Exchange] = {}
    for exchange in trace:
        if exchange.operation == "deleteRun":
            # Whether the key of a deleted job is free again, no page says.
            first.clear()
        key, job = exchange.request.header("Idempotency-Key"), member(exchange, "job_id")
        if not key or not isinstance(job, str) or status_of(exchange) not in (HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT):
            continue
        before = first.setdefault((key, exchange.request.body), exchange)
        if member(before, "job_id") != job:
            yield Refusal("/job_id", "the same key made a second job", trace=(before, exchange))


@trace_check(
    "submitRun", "getRun", "getRunResult", "listRuns", source=f"{STATUS_PAGE}: created_at is the time of creation"
)
def creation_time_never_changes(trace: Trace) -> Iterator[Refusal]:
    """Wherever the time of a job's creation is told, it is the same."""
    first: dict[str, tuple[datetime, Exchange]] = {}
    for exchange in trace:
        for pointer, job in _jobs(exchange):
            name, created = job.get("job_id"), timestamp(job.get("created_at"))
            if not isinstance(name, str) or created is None:
                continue
            told, before = first.setdefault(name, (created, exchange))
            if abs((created - told).total_seconds()) >= ROUNDING:
                message = f"created at {created.isoformat()}, but before it was {told.isoformat()}"
                yield Refusal(f"{pointer}/created_at", message, trace=(before, exchange))


@trace_check("getRun", "listRuns", source=f"{LIST_PAGE} and {STATUS_PAGE}: both show the status of a job")
def list_agrees_with_the_single_read(trace: Trace) -> Iterator[Refusal]:
    """A job that is finished has the same status in a list and on its own."""
    finished: dict[str, tuple[Any, Exchange]] = {}
    for exchange in trace:
        for pointer, job in _jobs(exchange):
            name, state = job.get("job_id"), job.get("status")
            if not isinstance(name, str):
                continue
            told, before = finished.get(name, (state, exchange))
            if state in FINISHED:
                finished.setdefault(name, (state, exchange))
            if told != state and before.operation != exchange.operation:
                message = f"the job is {state!r:.80}, but {before.operation} showed it {told}"
                yield Refusal(f"{pointer}/status", message, trace=(before, exchange))


@trace_check("submitRun", "deleteRun", "listRuns", source=f"{LIST_PAGE}: total counts all jobs", standing="implied")
def submitted_job_is_listed(trace: Trace) -> Iterator[Refusal]:
    """A list that does not fill its page holds the job that was submitted and not deleted."""
    submitted: dict[str, Exchange] = {}
    for exchange in trace:
        name = member(exchange, "job_id")
        if exchange.operation == "submitRun" and status_of(exchange) == HTTPStatus.ACCEPTED and isinstance(name, str):
            submitted[name] = exchange
        elif exchange.operation == "deleteRun":
            submitted.pop(exchange.parameters.get("job_id", ""), None)
        elif exchange.operation == "listRuns" and status_of(exchange) == HTTPStatus.OK and not _query(exchange):
            listed = {job.get("job_id") for _, job in _listed(exchange) if isinstance(job.get("job_id"), str)}
            size = member(exchange, "page_size")
            for missing in submitted.keys() - listed if type(size) is int and len(listed) < size else ():
                message = f"the page has room left, but {missing!r:.80} is not on it"
                yield Refusal("/jobs", message, trace=(submitted[missing], exchange))


@workflow
def submit_poll_result_delete(api: Api) -> None:
    """Submit a job, follow it to its end, fetch its result, cancel it too late, delete it, and see that it is gone."""
    job = _submitted(api)
    if job is None:
        return
    last = api.poll("getRun", until=_is_finished, job_id=job)
    api.call("getRunResult", job_id=job)
    api.call("cancelRun", job_id=job)
    if not _is_finished(last) or status_of(api.call("deleteRun", job_id=job)) != HTTPStatus.NO_CONTENT:
        return
    api.call("getRun", job_id=job)
    api.call("getRunResult", job_id=job)
    api.call("cancelRun", job_id=job)


@workflow
def submit_cancel_status(api: Api) -> None:
    """Submit a job, ask for its result too early, cancel it, and see that it is cancelled."""
    job = _submitted(api)
    if job is None:
        return
    api.call("getRunResult", job_id=job)
    if status_of(api.call("cancelRun", job_id=job)) == HTTPStatus.OK:
        api.call("getRun", job_id=job)
        api.call("getRunResult", job_id=job)


@workflow
def submit_cancel_running(api: Api) -> None:
    """Submit a job, wait until it runs, cancel it, and see that it is cancelled and stays so."""
    job = _submitted(api)
    if job is None:
        return
    last = api.poll("getRun", until=lambda exchange: member(exchange, "status") != "queued", job_id=job)
    if member(last, "status") == "running" and status_of(api.call("cancelRun", job_id=job)) == HTTPStatus.OK:
        api.call("getRun", job_id=job)
        api.call("getRun", job_id=job)


@workflow
def submit_twice_with_one_key(api: Api) -> None:
    """Submit a job twice with the same Idempotency-Key; one that an earlier run has used serves as well."""
    key = {"Idempotency-Key": "specwitness-submits-twice"}
    if _submitted(api, headers=key) is not None:
        _submitted(api, headers=key)


@workflow
def submit_delete_early(api: Api) -> None:
    """Submit a job, and try to delete it before it is finished."""
    job = _submitted(api)
    if job is None:
        return
    api.call("getRun", job_id=job)
    if status_of(api.call("deleteRun", job_id=job)) == HTTPStatus.NO_CONTENT:
        api.call("getRun", job_id=job)


@workflow
def submit_list_read(api: Api) -> None:
    """Submit a job, list all jobs, look at one of each state on its own and at its result, and list all jobs again."""
    if _submitted(api) is None:
        return
    jobs = [job for _, job in _listed(api.call("listRuns")) if isinstance(job.get("job_id"), str)]
    first = {str(job.get("status")): job["job_id"] for job in reversed(jobs)}
    for name in first.values():
        api.call("getRun", job_id=name)
        api.call("getRunResult", job_id=name)
    api.call("listRuns")
    api.call("listRuns", query={"status": "succeeded"})


# --- Shared steps ---------------------------------------------------------------------------------------------------


def _submitted(api: Api, headers: dict[str, str] | None = None) -> str | None:
    """Submit a job and return its id, or None where the answer gives none."""
    exchange = api.call("submitRun", body={"prompt": "What is 2+2?"}, headers=headers)
    job = member(exchange, "job_id")
    return job if isinstance(job, str) and job else None


def _is_finished(exchange: Exchange) -> bool:
    return member(exchange, "status") in FINISHED


def _status(exchange: Exchange) -> Iterator[Refusal]:
    status = member(exchange, "status")
    if status is not None and status not in STATUSES:
        yield Refusal("/status", f"{status!r:.80} is not one of the documented values", status)


def _unreadable(exchange: Exchange, *names: str) -> Iterator[Refusal]:
    for name in names:
        value = member(exchange, name)
        if isinstance(value, str) and timestamp(value) is None:
            yield Refusal(f"/{name}", f"{value!r:.80} is no timestamp of ISO 8601")


def _out_of_order(exchange: Exchange, earlier: str, later: str) -> Iterator[Refusal]:
    first, second = timestamp(member(exchange, earlier)), timestamp(member(exchange, later))
    if first and second and is_before(second, first):
        yield Refusal(f"/{later}", f"{later} {second.isoformat()} is before {earlier} {first.isoformat()}")


def _leads_to(url: str, job: str, tail: str = "") -> bool:
    try:
        return unquote(urlsplit(url).path).endswith(f"{JOBS_PATH}/{job}{tail}")
    except ValueError:
        return False


def _query(exchange: Exchange) -> dict[str, str]:
    # A filter without a value is one: no job has the session "".
    query = parse_qs(exchange.request.url.partition("?")[2], keep_blank_values=True)
    return {name: values[-1] for name, values in query.items()}


def _listed(exchange: Exchange) -> Iterator[tuple[int, dict[str, Any]]]:
    jobs = member(exchange, "jobs")
    return ((index, job) for index, job in enumerate(jobs if isinstance(jobs, list) else ()) if isinstance(job, dict))


def _jobs(exchange: Exchange) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return every job that a successful answer tells of, with its pointer."""
    if not HTTPStatus.OK <= status_of(exchange) < HTTPStatus.MULTIPLE_CHOICES:
        return ()
    if exchange.operation == "listRuns":
        return [(f"/jobs/{index}", job) for index, job in _listed(exchange)]
    body = member(exchange)
    return [("", body)] if isinstance(body, dict) else []

"""Claims about resources that are kept: what the documents say of a job's life holds over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

RUNS = "/api/v1/runs"


def submitted(send: Any, **body: Any) -> dict[str, Any]:
    answer = send("POST", RUNS, json={"prompt": "Say hello", **body})
    assert answer.status_code == 202
    found: dict[str, Any] = answer.json()
    return found


def test_a_submission_says_where_to_ask_and_when(send: Any) -> None:
    answer = send("POST", RUNS, json={"prompt": "Say hello"})
    job = answer.json()["job_id"]
    assert (answer.status_code, answer.headers["Location"], answer.headers["Retry-After"]) == (
        202,
        f"{RUNS}/{job}",
        "1",
    )
    assert (answer.json()["poll_url"], answer.json()["stream_url"]) == (f"{RUNS}/{job}", f"{RUNS}/{job}/stream")


def test_each_poll_is_a_step_towards_the_end(send: Any) -> None:
    job = submitted(send)
    polled = [send("GET", job["poll_url"]).json() for _ in range(3)]
    assert [job["status"], *(one["status"] for one in polled)] == ["queued", "running", "succeeded", "succeeded"]
    assert {one["created_at"] for one in [job, *polled]} == {job["created_at"]}
    assert job["created_at"] < polled[0]["started_at"] < polled[1]["completed_at"]


def test_a_result_is_refused_until_the_job_has_succeeded(send: Any) -> None:
    url = submitted(send)["poll_url"]
    seen = []
    for _ in range(3):
        seen.append(send("GET", f"{url}/result").status_code)
        send("GET", url)
    assert seen == [400, 400, 200]
    result = send("GET", f"{url}/result").json()
    assert result["duration_seconds"] == 30.0
    assert result["result"]


@pytest.mark.parametrize("state", ["queued", "running", "cancelled"])
def test_a_refused_result_names_the_state(send: Any, state: str) -> None:
    answer = send("GET", f"{RUNS}/run-{state}/result")
    assert answer.status_code == 400
    assert state in answer.json()["detail"]


def test_the_result_of_a_failed_job_names_its_error(send: Any) -> None:
    answer = send("GET", f"{RUNS}/run-failed/result")
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert answer.json()["error"]


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_a_documented_job_stays_in_its_state(send: Any, state: str) -> None:
    assert [send("GET", f"{RUNS}/run-{state}").json()["status"] for _ in range(3)] == [state] * 3


@pytest.mark.parametrize(("state", "status"), [("queued", 200), ("running", 200), ("succeeded", 400), ("failed", 400)])
def test_only_what_is_not_finished_can_be_cancelled(send: Any, state: str, status: int) -> None:
    answer = send("POST", f"{RUNS}/run-{state}/cancel")
    assert answer.status_code == status
    after = send("GET", f"{RUNS}/run-{state}").json()["status"]
    assert after == ("cancelled" if status == 200 else state)
    assert ("cancelled_at" in answer.json()) == (status == 200)


def test_a_deleted_job_is_gone_and_a_running_one_stays(send: Any) -> None:
    url = submitted(send)["poll_url"]
    assert send("DELETE", f"{RUNS}/run-running").status_code == 400
    deleted = send("DELETE", url)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert [send("GET", url).status_code, send("DELETE", url).status_code] == [404, 404]
    assert url.rpartition("/")[2] not in {job["job_id"] for job in send("GET", RUNS).json()["jobs"]}


def test_one_idempotency_key_is_one_job(send: Any) -> None:
    first, second, other = (
        send("POST", RUNS, json={"prompt": "x"}, headers={"Idempotency-Key": key}) for key in ("a", "a", "b")
    )
    assert [one.status_code for one in (first, second, other)] == [202, 409, 202]
    assert first.json()["job_id"] == second.json()["job_id"] != other.json()["job_id"]


def test_the_key_of_a_deleted_job_is_free_again(send: Any) -> None:
    first = send("POST", RUNS, json={"prompt": "x"}, headers={"Idempotency-Key": "a"}).json()
    send("DELETE", first["poll_url"])
    assert send("POST", RUNS, json={"prompt": "x"}, headers={"Idempotency-Key": "a"}).status_code == 202


def test_a_list_agrees_with_single_reads(send: Any) -> None:
    job = submitted(send, session_id="mine")
    listed = {one["job_id"]: one for one in send("GET", RUNS).json()["jobs"]}
    assert listed[job["job_id"]]["created_at"] == job["created_at"]
    for state in ("succeeded", "failed", "cancelled"):
        read = send("GET", f"{RUNS}/run-{state}").json()
        assert (read["status"], read["created_at"]) == (state, listed[f"run-{state}"]["created_at"])


def test_a_list_is_filtered_and_paged(send: Any) -> None:
    job = submitted(send, session_id="mine")
    mine = send("GET", f"{RUNS}?session_id=mine").json()
    assert [one["job_id"] for one in mine["jobs"]] == [job["job_id"]]
    assert {one["status"] for one in send("GET", f"{RUNS}?status=failed").json()["jobs"]} == {"failed"}
    everything = send("GET", RUNS).json()
    pages = [send("GET", f"{RUNS}?page_size=3&page={page}").json() for page in (1, 2, 3, 4)]
    assert [one for page in pages for one in page["jobs"]] == everything["jobs"]
    assert {(page["total"], page["page_size"]) for page in pages} == {(everything["total"], 3)}
    assert [page["page"] for page in pages] == [1, 2, 3, 4]


def test_the_count_is_that_of_the_list(send: Any) -> None:
    submitted(send)
    stats, listed = send("GET", "/stats").json(), send("GET", RUNS).json()
    assert stats["total_jobs"] == listed["total"] == sum(stats["by_status"].values())


def test_a_stream_is_server_sent_events_until_the_end(send: Any) -> None:
    answer = send("GET", submitted(send)["stream_url"])
    assert answer.headers["Content-Type"] == "text/event-stream"
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert {lines[0] for lines in events} == {"event: status"}
    told = [json.loads(lines[1].removeprefix("data: "))["status"] for lines in events]
    assert told == ["queued", "running", "succeeded"]


def test_head_moves_nothing(send: Any) -> None:
    url = submitted(send)["poll_url"]
    heads = [send("HEAD", url) for _ in range(3)]
    assert [(one.status_code, one.content) for one in heads] == [(200, b"")] * 3
    assert send("GET", url).json()["status"] == "running"


def test_the_oldest_created_jobs_are_forgotten_but_not_the_documented(send: Any, server: Any) -> None:
    for _ in range(2_010):
        last = submitted(send)
    assert send("GET", RUNS).json()["total"] == 2_000 + len(server.values("praisonai").parameters["job_id"])
    assert send("GET", last["poll_url"]).status_code == 200
    assert send("GET", f"{RUNS}/run-failed").status_code == 200

"""Claims about lists and counts: they are refused where they contradict what was asked, done or read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.generic import kept
from specwitness.findings import Exchange, Json, Request, Response, Trace

STATES = ("queued", "running", "succeeded", "failed", "cancelled")
CHECKS = kept.checks(load.load(Path(__file__).parents[2] / "specs" / "praisonai"))


def said(
    operation: str, body: Json, *, method: str = "GET", query: str = "", status: int = 200, **ids: str
) -> Exchange:
    text = json.dumps(body).encode()
    headers = (("Content-Type", "application/json"),)
    request = Request(method, f"http://127.0.0.1/x?{query}")
    return Exchange(request, Response(status, headers, text), operation=operation, parameters=ids)


def listed(*jobs: tuple[str, str], total: int | None = None, size: int = 20, query: str = "", **more: str) -> Exchange:
    items = [{"job_id": name, "status": state, **more} for name, state in jobs]
    counted = len(jobs) if total is None else total
    return said("listRuns", {"jobs": items, "total": counted, "page": 1, "page_size": size}, query=query)


def read(name: str, state: str) -> Exchange:
    return said("getRun", {"job_id": name, "status": state}, job_id=name)


def made(name: str, **headers: str) -> Exchange:
    answer = said("submitRun", {"job_id": name, "status": "queued"}, method="POST", status=202)
    return replace(answer, request=replace(answer.request, headers=tuple(headers.items())))


def deleted(name: str) -> Exchange:
    return said("deleteRun", None, method="DELETE", status=204, job_id=name)


def refused(*trace: Exchange) -> list[tuple[str, str]]:
    """Return which rules refuse a trace, and where."""
    return [(check.rule, refusal.pointer) for check in CHECKS for refusal in check.function(trace)]


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ((listed(("a", "failed"), query="status=running"),), [("listed-are-those-asked-for", "/jobs/0/status")]),
        (
            (listed(("a", "failed"), query="session_id=x", session_id="y"),),
            [("listed-are-those-asked-for", "/jobs/0/session_id")],
        ),
        ((read("a", "succeeded"), listed(("a", "running"))), [("list-agrees-with-the-reads", "/jobs/0/status")]),
        ((deleted("a"), listed(("b", "queued"), ("a", "queued"))), [("list-agrees-with-the-reads", "/jobs/1/job_id")]),
        ((listed(("a", "queued"), total=0),), [("total-counts-what-is-listed", "/total")]),
        ((listed(("a", "queued"), total=7),), [("total-counts-what-is-listed", "/total")]),
        ((made("a"), made("b"), made("a")), [("each-creation-has-an-id-of-its-own", "/job_id")]),
        ((listed(("a", "queued"), ("a", "queued")),), [("nothing-is-listed-twice", "/jobs/1/job_id")]),
        (
            (said("getStats", {"total_jobs": 3, "by_status": dict.fromkeys(STATES, 1)}),),
            [("counts-add-up", "/total_jobs")],
        ),
    ],
)
def test_what_contradicts_itself_or_what_was_seen_is_refused(trace: Trace, expected: list[tuple[str, str]]) -> None:
    assert refused(*trace) == expected


@pytest.mark.parametrize(
    "trace",
    [
        (listed(("a", "running"), query="status=running"),),
        (listed(("a", "running"), query="status=running&status=failed"),),
        (listed(("a", "failed"), query="session_id=x"),),
        (made("a"), made("b")),
        (made("a", **{"Idempotency-Key": "k"}), made("a", **{"Idempotency-Key": "k"})),
        (read("a", "running"), listed(("a", "succeeded"))),
        (read("a", "queued"), listed(("b", "failed"))),
        (deleted("a"), said("submitRun", {"job_id": "a", "status": "queued"}, method="POST"), listed(("a", "queued"))),
        (read("a", "running"), said("cancelRun", {}, method="POST", job_id="a"), listed(("a", "cancelled"))),
        (said("deleteRun", {}, method="DELETE", status=400, job_id="a"), listed(("a", "queued"))),
        (listed(("a", "queued"), total=7, size=1),),
        (listed(("a", "queued"), total=7, query="page=2"),),
        (listed(("a", "queued"), total=7, query="page="),),
        (listed(total=7),),
        (said("listRuns", {"jobs": "none"}), said("listRuns", None), said("listRuns", [], status=500)),
        (said("getStats", {"total_jobs": 5, "by_status": dict.fromkeys(STATES, 1)}),),
        (said("getStats", {"total_jobs": 9, "by_status": {"queued": 1, "failed": 1}}),),
        (said("getStats", {"total_jobs": 2, "by_status": {"queued": "one"}}),),
    ],
)
def test_what_may_be_is_not_refused(trace: Trace) -> None:
    assert refused(*trace) == []


def test_a_contract_without_lists_has_no_such_rules() -> None:
    assert kept.checks(load.load(Path(__file__).parents[2] / "specs" / "intuned")) == ()

"""Claims about real time: states last as long as they were told to, whoever asks."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest

from specwitness.contract.model import Contract
from specwitness.mock.app import App
from specwitness.mock.reply import Reply, decoded

RUNS = "/api/v1/runs"


class Clock:
    """Stands in for the clock, and goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


@pytest.fixture
def ask(contracts: dict[str, Contract], clock: Clock) -> Any:
    del clock
    app = App([contracts["praisonai"]], tick=2.0)

    def ask(method: str, path: str, body: bytes = b"") -> Reply:
        return app.answer(method, path.encode(), ((b"content-type", b"application/json"),), body)

    return ask


def test_a_state_lasts_its_time_and_a_poll_changes_nothing(ask: Any, clock: Clock) -> None:
    run = decoded(ask("POST", RUNS, b'{"prompt":"x"}'))["job_id"]
    seen = []
    for after in (0.0, 1.9, 0.2, 1.8, 0.2, 100.0):
        clock.now += after
        seen.append([decoded(ask("GET", f"{RUNS}/{run}"))["status"] for _ in range(2)])

    assert seen == [[state, state] for state in ("queued", "queued", "running", "running", "succeeded", "succeeded")]


def test_lists_and_results_know_the_time_too(ask: Any, clock: Clock) -> None:
    run = decoded(ask("POST", RUNS, b'{"prompt":"x"}'))["job_id"]
    early = ask("GET", f"{RUNS}/{run}/result").status
    clock.now += 4.0
    listed = decoded(ask("GET", RUNS))["jobs"][0]

    assert (early, listed["job_id"], listed["status"]) == (400, run, "succeeded")
    assert ask("GET", f"{RUNS}/{run}/result").status == 200


def test_what_was_cancelled_stays_so(ask: Any, clock: Clock) -> None:
    run = decoded(ask("POST", RUNS, b'{"prompt":"x"}'))["job_id"]
    ask("POST", f"{RUNS}/{run}/cancel")
    clock.now += 100.0

    assert decoded(ask("GET", f"{RUNS}/{run}"))["status"] == "cancelled"


def test_instants_are_those_of_the_day_and_a_state_apart(ask: Any, clock: Clock) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    run = decoded(ask("POST", RUNS, b'{"prompt":"x"}'))["job_id"]
    clock.now += 4.0
    shown = decoded(ask("GET", f"{RUNS}/{run}"))
    created, started, ended = (
        dt.datetime.fromisoformat(shown[name]) for name in ("created_at", "started_at", "completed_at")
    )

    assert before <= created <= dt.datetime.now(dt.UTC)
    assert (started - created, ended - started) == (dt.timedelta(seconds=2), dt.timedelta(seconds=2))


def test_the_stream_is_sent_state_by_state(ask: Any) -> None:
    run = decoded(ask("POST", RUNS, b'{"prompt":"x"}'))["job_id"]
    stream = ask("GET", f"{RUNS}/{run}/stream")

    assert (len(stream.body), stream.pause) == (3, 2.0)
    assert [
        state in piece.decode() for state, piece in zip(("queued", "running", "succeeded"), stream.body, strict=True)
    ]

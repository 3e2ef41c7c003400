"""Claims about the server: it is there quickly, says who it is, and is gone without a trace."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest
import requests

from specwitness import mock
from specwitness.contract.model import Contract
from specwitness.exceptions import TargetError

RUNS = "/api/v1/runs"


def conversation(url: str) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """Return what a fixed sequence of requests is answered, byte for byte."""
    with requests.Session() as session:
        answers = [session.post(url + RUNS, json={"prompt": "x", "session_id": "s"}) for _ in range(2)]
        poll = answers[0].json()["poll_url"]
        for path in (poll, poll, f"{poll}/result", RUNS, "/stats", "/health", f"{RUNS}/missing-1", "/nowhere"):
            answers.append(session.get(url + path))
    return [(one.status_code, sorted(one.headers.items()), one.content) for one in answers]


def test_nothing_is_left_when_the_block_ends(contracts: dict[str, Contract]) -> None:
    threads = set(threading.enumerate())
    with mock.serve(list(contracts.values())) as server:
        port = int(server.url.rpartition(":")[2])
        # A connection that is kept alive does not keep the server.
        session = requests.Session()
        session.get(f"{server.url}/health", timeout=5)
    assert set(threading.enumerate()) == threads
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    session.close()


def test_an_interrupt_stops_the_server(contracts: dict[str, Contract]) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt), mock.serve(list(contracts.values())):
        raise KeyboardInterrupt
    assert set(threading.enumerate()) == threads


def test_a_port_that_is_taken_is_a_fault_of_the_input(server: mock.MockServer) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(TargetError, match="cannot listen"), mock.serve([], port=port):
        pass


def test_the_port_may_be_chosen(contracts: dict[str, Contract]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with mock.serve(list(contracts.values()), port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("GET", "/nowhere"), ("PATCH", "/health")])
def test_every_answer_says_that_it_is_the_mock(send: Any, method: str, path: str) -> None:
    assert send(method, path).headers["Server"].startswith("specwitness-mock/")


def test_the_same_seed_and_requests_get_the_same_bytes(contracts: dict[str, Contract]) -> None:
    seen = []
    for seed in (0, 0, 1):
        with mock.serve(list(contracts.values()), seed=seed) as server:
            seen.append(conversation(server.url))
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]


def test_a_reset_server_answers_like_a_new_one(server: mock.MockServer) -> None:
    first = conversation(server.url)
    assert conversation(server.url) != first
    server.reset()
    assert conversation(server.url) == first


def test_the_values_are_served_for_a_suite_that_is_given_the_url(send: Any, server: mock.MockServer) -> None:
    served = send("GET", "/__specwitness__/values").json()
    assert served == {name: server.values(name).to_json() for name in ("intuned", "praisonai")}
    assert json.loads(json.dumps(served)) == served
    assert set(served["intuned"]["parameters"]) == {"workspaceId", "projectName", "runId", "jobId", "jobRunId"}


def test_many_clients_at_once_are_answered(server: mock.MockServer) -> None:
    statuses: list[int] = []

    def ask() -> None:
        with requests.Session() as session:
            statuses.extend(session.post(server.url + RUNS, json={"prompt": "x"}).status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 80
    listed = requests.get(f"{server.url}{RUNS}?page_size=100", timeout=5).json()["jobs"]
    assert len({job["job_id"] for job in listed}) == len(listed) >= 80


def test_a_page_of_another_origin_may_ask_and_read(send: Any) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Headers": "x-api-key, content-type"}
    preflight = send("OPTIONS", RUNS, headers={**asked, "Access-Control-Request-Method": "POST"})
    answer = send("GET", RUNS, headers={"Origin": "https://app.example"})

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, POST"
    assert preflight.headers["Access-Control-Allow-Headers"] == asked["Access-Control-Request-Headers"]
    assert preflight.headers["Access-Control-Allow-Origin"] == answer.headers["Access-Control-Allow-Origin"] == "*"


def test_who_names_no_origin_is_told_nothing_of_origins(send: Any) -> None:
    assert not [name for name in send("GET", RUNS).headers if name.lower().startswith("access-control-")]

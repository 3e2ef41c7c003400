"""Claims about the log: what a client sent that the contract refuses is a finding with the request as its witness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from specwitness import mock
from specwitness.contract.model import Contract
from specwitness.findings import Finding, Party
from specwitness.mock.journal import Entry

RUNS = "/api/v1/runs"
RESULT = "/123e4567-e89b-12d3-a456-426614174000/projects/my-project/run/run-completed/result"


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def logging(contracts: dict[str, Contract], told: list[str]) -> Iterator[mock.MockServer]:
    def tell(entry: Entry) -> None:
        told.append(str(entry))

    with mock.serve(list(contracts.values()), log=True, tell=tell) as server:
        yield server


@pytest.fixture
def log(logging: mock.MockServer) -> mock.MockServer:
    logging.reset()
    return logging


@pytest.mark.parametrize(
    ("asked", "options", "rule", "pointer"),
    [
        (
            ("POST", RUNS),
            {"json": {"prompt": 5}},
            "request-body",
            "/components/schemas/RunSubmission/properties/prompt/type",
        ),
        (("POST", RUNS), {"data": "x"}, "request-media-type", "/paths/~1api~1v1~1runs/post/requestBody"),
        (("GET", f"{RUNS}?page=x"), {}, "request-parameter", "/paths/~1api~1v1~1runs/get/parameters/"),
        (("PATCH", RUNS), {}, "request-method", "/paths/~1api~1v1~1runs"),
        (("GET", RESULT), {}, "request-credentials", "/security"),
    ],
)
def test_a_request_that_the_contract_refuses_is_a_finding(
    log: mock.MockServer, asked: tuple[str, str], options: dict[str, Any], rule: str, pointer: str
) -> None:
    method, path = asked
    answer = requests.request(method, log.url + path, timeout=5, **options)
    (finding,) = log.findings
    assert finding.witness is not None
    (exchange,) = finding.witness.trace

    assert (finding.rule, finding.witness.allowed_by, finding.witness.rejected_by) == (
        rule,
        Party.CLIENT,
        Party.CONTRACT,
    )
    assert pointer in finding.where.pointer
    assert (exchange.request.method, exchange.request.url) == (method, log.url + path)
    assert exchange.response is not None
    assert exchange.response.status == answer.status_code


@pytest.mark.parametrize("path", ["/health", f"{RUNS}/missing-1", f"{RUNS}/run-running/result"])
def test_a_request_that_the_contract_allows_is_none_whatever_its_answer(log: mock.MockServer, path: str) -> None:
    requests.get(log.url + path, timeout=5)

    assert (len(log.log), log.findings) == (1, ())


def test_the_log_is_served_and_forgotten_on_request(log: mock.MockServer) -> None:
    requests.post(log.url + RUNS, json={}, timeout=5)
    url = f"{log.url}/__specwitness__/log"
    served = requests.get(url, timeout=5).json()["requests"]
    forgotten = requests.delete(url, timeout=5).status_code

    assert [entry["exchange"]["response"]["status"] for entry in served] == [422]
    assert Finding.from_json(served[0]["finding"]).rule == "request-body"
    assert (forgotten, requests.get(url, timeout=5).json()) == (204, {"requests": []})


def test_there_is_no_log_unless_it_was_asked_for(send: Any, server: mock.MockServer) -> None:
    send("GET", "/health")

    assert send("GET", "/__specwitness__/log").status_code == 404
    assert server.log == ()


def test_no_secret_of_a_client_gets_into_the_log(log: mock.MockServer, told: list[str]) -> None:
    secret = "a-real-key-of-somebody"
    requests.get(log.url + RESULT, headers={"x-api-key": secret}, timeout=5)
    requests.post(log.url + RUNS, json={"prompt": 1, "api_key": secret}, timeout=5)
    served = requests.get(f"{log.url}/__specwitness__/log", timeout=5).text

    assert len(log.log) == 2
    assert secret not in served
    assert secret not in "".join(told)


def test_each_request_is_told_as_one_line(log: mock.MockServer, told: list[str]) -> None:
    told.clear()
    requests.get(f"{log.url}/health", timeout=5)
    requests.get(f"{log.url}{RUNS}?page=x", timeout=5)

    assert told == [
        "200 GET /health",
        f"400 GET {RUNS}?page=x  refused: the query parameter page: 'x' is not of type 'integer'",
    ]


def test_only_the_beginning_of_a_large_body_is_remembered(log: mock.MockServer) -> None:
    body = json.dumps({"prompt": "a" * 1_000_000}).encode()
    requests.post(log.url + RUNS, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    (entry,) = log.log

    assert entry.exchange.request.body == body[: 64 * 1024]


@pytest.mark.parametrize(("error", "times"), [(BrokenPipeError, 1), (RuntimeError, 2)])
def test_who_cannot_be_told_spoils_no_answer(
    contracts: dict[str, Contract], error: type[Exception], times: int
) -> None:
    """What cannot be written once is not tried again; what is a defect of the caller is."""
    tried = []

    def tell(entry: Entry) -> None:
        tried.append(entry.number)
        raise error

    with mock.serve(list(contracts.values()), log=True, tell=tell) as server:
        statuses = [requests.get(f"{server.url}/health", timeout=5).status_code for _ in range(2)]

        assert (statuses, len(server.log), len(tried)) == ([200, 200], 2, times)

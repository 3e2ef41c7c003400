"""Claims about `Prefer`: what a client wishes for is read as RFC 7240 says, and given as far as the contract has it."""

from __future__ import annotations

from typing import Any

import pytest

from specwitness.contract.requests import Call
from specwitness.mock.prefer import Wish, WishError, wish_of

RUN = "/123e4567-e89b-12d3-a456-426614174000/projects/my-project/run/{}/result"
KEY = {"x-api-key": "mock-api_key"}
JOB = "/api/v1/runs/run-running"


def read(*lines: str) -> Wish | None:
    return wish_of(Call("GET", b"/", b"", tuple((b"prefer", line.encode()) for line in lines), b""))


@pytest.mark.parametrize(
    ("lines", "wish"),
    [
        ((), None),
        (("",), None),
        (("respond-async, wait=10",), None),
        (("code=404",), Wish(code=404)),
        (('code="404"',), Wish(code=404)),
        (("Code = 404 ; why=x, example=failed",), Wish(code=404, example="failed")),
        (('example="a, \\"b\\""',), Wish(example='a, "b"')),
        (("dynamic",), Wish(dynamic=True)),
        (("dynamic=true", "seed=7"), Wish(dynamic=True, seed=7)),
        (("dynamic=false",), None),
        (("code=404, code=500",), Wish(code=404)),
        (("fault=a.b-c.200",), Wish(fault="a.b-c.200")),
        ((",,;=,code=404",), Wish(code=404)),
    ],
)
def test_the_header_is_read_as_the_rfc_says(lines: tuple[str, ...], wish: Wish | None) -> None:
    assert read(*lines) == wish


@pytest.mark.parametrize("line", ["code=x", "code=99", "code=600", "code=", "seed=-1", "seed=1.5", "dynamic=maybe"])
def test_a_value_that_cannot_be_is_refused(line: str) -> None:
    with pytest.raises(WishError, match=f"Prefer: {line}"):
        read(line)


def wished(send: Any, path: str, prefer: str, **headers: str) -> Any:
    return send("GET", path, headers={"Prefer": prefer, **KEY, **headers})


@pytest.mark.parametrize(
    ("path", "prefer", "status"),
    [
        (RUN.format("x"), "code=404", 404),
        (RUN.format("x"), "code=401", 401),
        (JOB, "code=500", 500),
        (f"{JOB}/result", "example=ok", 200),
        (f"{JOB}/result", "example=job-failed", 400),
        (f"{JOB}/result", "code=400, example=job-failed", 400),
        (JOB, "example=succeeded", 200),
    ],
)
def test_a_documented_answer_is_given_and_said_to_be(send: Any, path: str, prefer: str, status: int) -> None:
    answer = wished(send, path, prefer)

    assert (answer.status_code, answer.headers["Preference-Applied"]) == (status, prefer)


@pytest.mark.parametrize(
    ("prefer", "words"),
    [
        ("code=418", "Prefer: code=418: getRun documents 200, 404, 500"),
        ("example=nobody", "Prefer: example=nobody: getRun documents "),
        ("fault=nobody", "fault 'nobody': no contract that is served has it"),
        ("code=x", "Prefer: code=x: a number from 100 to 599 is wanted"),
    ],
)
def test_what_is_not_documented_is_refused_with_what_is(send: Any, prefer: str, words: str) -> None:
    answer = wished(send, JOB, prefer)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(words)


def test_a_named_example_is_given_as_it_stands_but_for_what_was_asked(send: Any) -> None:
    assert wished(send, f"{JOB}/result", "example=ok").json()["job_id"] == "run-running"
    assert wished(send, RUN.format("ru_1"), "example=completed").json() == {
        "runId": "ru_1",
        "status": "completed",
        "result": {"key1": "value1", "key2": 42},
        "extendedPayloads": [
            {"api": "my-awesome-api", "runId": "123", "parameters": {"param1": "value1", "param2": 42}}
        ],
    }


def test_an_example_that_its_schema_refuses_is_not_given_but_the_state_of_its_name(send: Any) -> None:
    # The documented example `failed` has an error without the required category.
    assert "category" in wished(send, RUN.format("x"), "example=failed").json()["error"]


def test_a_dynamic_answer_is_another_one_each_time_and_the_same_ones_after_a_reset(send: Any, server: Any) -> None:
    first = [wished(send, RUN.format("x"), "dynamic=true").content for _ in range(6)]
    server.reset()

    assert len(set(first)) == len(first)
    assert [wished(send, RUN.format("x"), "dynamic=true").content for _ in range(6)] == first


def test_a_seed_decides_the_answer(send: Any) -> None:
    by_seed = {seed: wished(send, RUN.format("x"), f"seed={seed}").content for seed in range(8)}

    assert by_seed == {seed: wished(send, RUN.format("x"), f"seed={seed}").content for seed in range(8)}
    assert len(set(by_seed.values())) > 4


def test_wishes_come_after_credentials_and_requests(send: Any) -> None:
    unauthorised = send("GET", RUN.format("x"), headers={"Prefer": "code=404"})
    wrong = send("GET", "/api/v1/runs?page=x", headers={"Prefer": "code=500"})

    assert (unauthorised.status_code, wrong.status_code) == (401, 400)


def test_a_wish_changes_nothing_that_exists(send: Any) -> None:
    made = send("POST", "/api/v1/runs", json={"prompt": "x"}).json()["job_id"]
    for prefer in ("code=404", "example=failed", "seed=1", "dynamic=true"):
        wished(send, f"/api/v1/runs/{made}", prefer)

    assert send("GET", f"/api/v1/runs/{made}").json()["status"] == "running"


def test_a_fault_may_be_wished_for_one_answer(send: Any, server: Any) -> None:
    fault = next(name for name in server.app.catalogues["praisonai"] if name.startswith("schema.getHealth"))
    before = send("GET", "/health").content
    spoiled = wished(send, "/health", f"fault={fault}").content

    assert spoiled != before
    assert send("GET", "/health").content == before

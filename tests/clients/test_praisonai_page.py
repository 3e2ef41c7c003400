"""The client that PraisonAI documents: the examples of its page as they stand there, and the same with another library.

Only the address and the id of an example are replaced by those of the mock. The library of the page, httpx, comes with
the client of Intuned.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from specwitness import mock

if TYPE_CHECKING:
    from tests.clients.conftest import Program


PAGE = (Path(__file__).parents[2] / "specs" / "praisonai" / "sources" / "004_a959f0ac7d040196.txt").read_text("utf-8")
ADDRESS, ID = "http://127.0.0.1:8005", "run_abc123"
FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
RUN_SECONDS = 30

CURL = "curl http://127.0.0.1:8005/api/v1/runs/run_abc123/result\n"
OUTCOMES = {
    "run-succeeded": "Result: ",
    "run-running": "Job not yet complete or failed",
    "run-failed": "Job not yet complete or failed",
    "missing-one": "Job not found",
    ID: "Job not found",
}


def examples(language: str) -> Iterator[str]:
    """Yield the examples of the page in one language, as a reader copies them."""
    for margin, named, text in FENCE.findall(PAGE):
        if named == language:
            yield re.sub(f"^{margin}", "", text, flags=re.MULTILINE)


@pytest.fixture
def server(running: mock.MockServer) -> mock.MockServer:
    running.reset()
    return running


def test_the_page_has_the_examples_that_are_run_here() -> None:
    get, workflow = examples("python")
    assert ("Get result" in get, "submit_and_get_result" in workflow) == (True, True)
    assert [text for text in examples("bash") if text.startswith("curl")] == [CURL]


def test_the_documented_workflow_ends_with_a_result(server: mock.MockServer, start: Callable[..., Program]) -> None:
    _, workflow = examples("python")
    ran = start(sys.executable, "-c", workflow.replace(ADDRESS, server.url))
    assert ran.end(RUN_SECONDS) == 0, ran.said
    assert re.fullmatch(r"Submitted job: run-\S+\nResult: \S.*\n", ran.said, re.DOTALL)


@pytest.mark.parametrize(("job", "printed"), OUTCOMES.items())
def test_the_documented_script_knows_each_outcome(
    server: mock.MockServer, start: Callable[..., Program], job: str, printed: str
) -> None:
    get, _ = examples("python")
    ran = start(sys.executable, "-c", get.replace(ADDRESS, server.url).replace(ID, job))
    assert (ran.end(RUN_SECONDS), ran.said.startswith(printed)) == (0, True), ran.said


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("job", OUTCOMES)
def test_the_documented_curl_command_prints_the_answer(
    server: mock.MockServer, start: Callable[..., Program], job: str
) -> None:
    url = f"{server.url}/api/v1/runs/{job}/result"
    ran = start(*CURL.replace(ADDRESS, server.url).replace(ID, job).split(), "--silent", "--max-time", "10")
    assert (ran.end(RUN_SECONDS), ran.said) == (0, requests.get(url, timeout=10).text)


class EndedError(Exception):
    """What the page raises where a job ends without a result."""


def result_of(url: str, job: str) -> Any:
    """Wait for a job and return its result, as the page does."""
    while True:
        status = requests.get(f"{url}/api/v1/runs/{job}", timeout=10).json()
        if status["status"] == "succeeded":
            return requests.get(f"{url}/api/v1/runs/{job}/result", timeout=10).json()["result"]
        if status["status"] in ("failed", "cancelled"):
            raise EndedError(f"Job {status['status']}: {status.get('error', 'Unknown error')}")
        time.sleep(status.get("retry_after", 2))


def test_a_polling_client_waits_as_long_as_it_is_told(server: mock.MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    for _ in range(6):
        answer = requests.post(f"{server.url}/api/v1/runs", json={"prompt": "What is 2+2?"}, timeout=10)
        assert result_of(server.url, answer.json()["job_id"])
    assert waited == [1] * 6


@pytest.mark.parametrize(("job", "words"), [("run-failed", "Job failed: .+"), ("run-cancelled", "Job cancelled: .+")])
def test_a_polling_client_learns_that_there_will_be_no_result(server: mock.MockServer, job: str, words: str) -> None:
    with pytest.raises(EndedError, match=words):
        result_of(server.url, job)

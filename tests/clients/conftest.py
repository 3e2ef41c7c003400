"""The mock for real clients, the requests that have each documented answer, and how to start a client's program."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.findings import Json

ROOT = Path(__file__).parents[2]
CONTRACTS = {folder.name: load.load(folder) for folder in load.find(ROOT / "specs")}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

WORKSPACE, PROJECT, JOB = "123e4567-e89b-12d3-a456-426614174000", "my-project", "my-sample-job"
KEY = {"x-api-key": "mock-api_key"}
SUBMISSION = {"prompt": "What is 2+2?"}
TAKEN = {"Idempotency-Key": "taken"}
"""The key of a job that is there before anything is asked."""


@dataclass(frozen=True)
class Ask:
    """One request, and the documented status that it is answered with; a body is sent as JSON, or as text as it is."""

    operation: str
    status: int
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: dict[str, Any] | str | None = None

    @property
    def valid(self) -> bool:
        """Whether the document allows the request, so that only what exists decides the answer."""
        return self.status not in {400, 401, 422} or bool(self.path.get("job_id"))


@dataclass(frozen=True)
class Wire:
    """An ask as it is sent."""

    method: str
    template: str
    target: str
    headers: dict[str, str]
    body: str | None


@dataclass(frozen=True)
class Client:
    """The mock of one contract as a user of it has it: an address, a document, and requests that are known to work."""

    name: str
    contract: Contract
    server: mock.MockServer
    asks: tuple[Ask, ...]

    def reset(self) -> None:
        """Begin anew; the mock repeats itself, so that what is made is what the requests name."""
        self.server.reset()
        if self.name == "praisonai":
            jobs(self.server)

    def document(self, folder: Path, *, demanding: bool = False) -> Path:
        """Write the effective spec as JSON; a demanding one asks of each JSON answer for more than the mock gives."""
        written = folder / f"{self.name}.json"
        written.write_text(json.dumps(readable(self.contract.document, demanding=demanding)), encoding="utf-8")
        return written

    def wire(self, ask: Ask) -> Wire:
        """Return an ask as it is sent."""
        operation = self.contract.operation(ask.operation)
        assert operation is not None
        target = operation.path.format(**ask.path) + (f"?{ask.query}" if ask.query else "")
        typed = {} if ask.body is None else {"Content-Type": "application/json"}
        body = json.dumps(ask.body) if isinstance(ask.body, dict) else ask.body
        return Wire(operation.method, operation.path, target, {**typed, **ask.headers}, body)

    def send(self, ask: Ask, url: str | None = None) -> requests.Response:
        """Send an ask to the mock, or to what stands before it."""
        wire = self.wire(ask)
        return requests.request(
            wire.method, (url or self.server.url) + wire.target, headers=wire.headers, data=wire.body, timeout=30
        )


def readable(value: Json, *, demanding: bool) -> Json:
    """Return a document with each value of an enum listed once.

    JSON Schema asks for that (2020-12 Validation, section 6.1.2), one page of Intuned does otherwise, which is reported
    and waived; and Prism checks nothing of an answer whose schema has the fault, and does not say so.
    """
    if isinstance(value, list):
        return [readable(item, demanding=demanding) for item in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: list(dict.fromkeys(map(str, item)))
        if name == "enum" and isinstance(item, list) and all(isinstance(one, str) for one in item)
        else readable(item, demanding=demanding and name != "requestBody")
        for name, item in value.items()
    }
    answer = found.get("application/json")
    if demanding and isinstance(answer, dict) and isinstance(answer.get("schema"), dict):
        answer["schema"] = {"allOf": [answer["schema"], {"type": "object", "required": ["nothing-has-this"]}]}
    return found


@pytest.fixture(scope="session")
def running() -> Iterator[mock.MockServer]:
    with mock.serve(list(CONTRACTS.values()), port=0, seed=0) as server:
        yield server


@pytest.fixture(params=sorted(CONTRACTS))
def client(request: pytest.FixtureRequest, running: mock.MockServer) -> Client:
    """Each contract in turn, as new."""
    name = str(request.param)
    ids = running.values(name).parameters
    running.reset()
    asks = praisonai(ids, spare=jobs(running)) if name == "praisonai" else intuned(ids)
    return Client(name, CONTRACTS[name], running, tuple(asks))


def jobs(server: mock.MockServer) -> str:
    """Submit a job with the taken key, and one that may be deleted; return its id."""
    for headers in (TAKEN, {}):
        answer = requests.post(f"{server.url}/api/v1/runs", json=SUBMISSION, headers=headers, timeout=10)
    return str(answer.json()["job_id"])


def intuned(ids: Mapping[str, Sequence[str]]) -> Iterator[Ask]:
    """Yield how each documented answer of Intuned is had."""
    place = {"workspaceId": WORKSPACE, "projectName": PROJECT}
    for operation, path, name in (("runApiResult", place, "runId"), ("getJobRun", {**place, "jobId": JOB}, "jobRunId")):
        for one in ids[name]:
            yield Ask(operation, 200, {**path, name: one}, headers=KEY)
        known = ids[name][0]
        yield Ask(operation, 400, {**path, "workspaceId": "no-uuid", name: known}, headers=KEY)
        yield Ask(operation, 401, {**path, name: known}, headers={"x-api-key": "wrong"})
        yield Ask(operation, 401, {**path, name: known})
        yield Ask(operation, 404, {**path, name: "missing-one"}, headers=KEY)


def praisonai(ids: Mapping[str, Sequence[str]], *, spare: str) -> Iterator[Ask]:
    """Yield how each documented answer of PraisonAI is had, in any order."""
    for one in ids["job_id"]:
        yield Ask("getRun", 200, {"job_id": one})
        yield Ask("streamRun", 200, {"job_id": one})
        yield Ask("getRunResult", 200 if one.startswith("run-succeeded") else 400, {"job_id": one})
    for operation in ("getRun", "streamRun", "getRunResult", "cancelRun", "deleteRun"):
        yield Ask(operation, 404, {"job_id": "missing-one"})
    yield Ask("submitRun", 202, body=SUBMISSION)
    yield Ask("submitRun", 409, body=SUBMISSION, headers=TAKEN)
    yield Ask("submitRun", 422, body={"prompt": 4})
    yield Ask("submitRun", 400, body="{")
    yield Ask("listRuns", 200)
    for status in ("queued", "running", "succeeded", "failed", "cancelled"):
        yield Ask("listRuns", 200, query=f"status={status}&session_id=mine&page=1&page_size=3")
    yield Ask("listRuns", 400, query="page=0")
    yield Ask("getHealth", 200)
    yield Ask("getStats", 200)
    for state in ("succeeded", "failed", "cancelled"):
        yield Ask("cancelRun", 400, {"job_id": f"run-{state}"})
    yield Ask("deleteRun", 400, {"job_id": "run-running"})
    yield Ask("cancelRun", 200, {"job_id": "run-queued-2"})
    yield Ask("deleteRun", 204, {"job_id": spare})


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Find the program of an npm package: the one the Makefile installs, or the one on PATH; skip where neither is."""

    def find(name: str) -> str:
        installed = ROOT / ".cache" / name / "node_modules" / ".bin" / name
        found = str(installed) if installed.is_file() else shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed: `make test` installs it where npm is")
        return found

    return find


@dataclass(frozen=True)
class Program:
    """A program that was started, and what it has said until now."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it printed, colours taken away."""
        return COLOUR.sub("", self.log.read_text("utf-8", "replace"))

    def end(self, seconds: float) -> int:
        """Wait until it ends by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"It had not ended after {seconds} s. It said:\n{self.said}", pytrace=False)

    def says(self, pattern: str, seconds: float) -> str:
        """Wait until it says something with the group that is asked for."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            over = self.process.poll() is not None
            if found := re.search(pattern, self.said):
                return found[1]
            if over:
                break
            time.sleep(0.05)
        pytest.fail(f"It did not say {pattern!r}. It said:\n{self.said}", pytrace=False)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start programs in a folder of their own; what is left of them and of what they started ends with the test."""
    started: list[Program] = []

    def run(*command: str | Path, **environment: str) -> Program:
        log = tmp_path / f"{Path(command[0]).name}-{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=tmp_path,
                env={**os.environ, "NO_COLOR": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(Program(process, log))
        return started[-1]

    yield run
    for one in started:
        with suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()

"""Against a host that is not this machine only GET and HEAD leave without --allow-writes, whoever sends them.

The remote host is a name that resolves to a counting server here: what it saw is the proof.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.findings import Level
from specwitness.record import Record, merged
from specwitness.runner import access, ids, phases, stateful, views
from specwitness.runner.profile import Profile
from specwitness.runner.session import ContractSession
from specwitness.runner.target import Target
from specwitness.runner.transport import Guard, RecordingSession, RequestRefusedError

KEY = "a-key-of-ours"
WRITES = {"POST", "PUT", "DELETE"}
SMALL = Profile("small", cases=5, walks=2, steps=3, fruitless=8, guesses=20)

DOCUMENT = """
openapi: 3.1.0
info: {title: Jobs, version: 1.0.0}
security: [{key: []}]
servers: [{url: "http://other.example.test"}]
paths:
  /jobs:
    post:
      operationId: makeJob
      servers: [{url: "http://other.example.test"}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}}
      responses:
        '201':
          description: made
          content: {application/json: {schema: {type: object}}}
          links: {read: {operationId: readJob, parameters: {id: '$response.body#/id'}}}
        '400': {description: bad}
        '401': {description: closed}
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readJob, responses: &answers {
      '200': {description: there}, '401': {description: closed}, '404': {description: absent}}}
    put: {operationId: changeJob, responses: *answers}
    delete: {operationId: dropJob, responses: *answers}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""

NAMES_RESOLVE_HERE = '''
"""Let the names of the test lead to this machine."""
import socket
ask = socket.getaddrinfo
socket.getaddrinfo = lambda host, *a, **k: ask("127.0.0.1" if host.endswith("example.test") else host, *a, **k)
'''


@dataclass(frozen=True)
class Arrival:
    """One request that reached the server: how, under which host name, and with which key."""

    method: str
    host: str
    key: str | None


@dataclass
class Server:
    """Counts what arrives; answers as the contract says, or sends everyone to `elsewhere`."""

    port: int
    seen: list[Arrival] = field(default_factory=list)
    elsewhere: str | None = None

    @property
    def url(self) -> str:
        return f"http://api.example.test:{self.port}"

    @property
    def methods(self) -> set[str]:
        return {arrival.method for arrival in self.seen}

    @property
    def hosts(self) -> set[str]:
        return {arrival.host.partition(":")[0] for arrival in self.seen}

    def answer(self, arrival: Arrival, path: str) -> tuple[int, dict[str, str], bytes]:
        if self.elsewhere is not None:
            return 302, {"Location": self.elsewhere}, b""
        data = {"Content-Type": "application/json"}
        if arrival.key != KEY:
            return 401, data, b"{}"
        if path == "/jobs":
            return (201, data, b'{"id": "j1"}') if arrival.method == "POST" else (405, {"Allow": "POST"}, b"")
        if arrival.method not in {"GET", "PUT", "DELETE"}:
            return 405, {"Allow": "GET, PUT, DELETE"}, b""
        return (200 if path == "/jobs/j1" else 404), data, b"{}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    ask = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        return ask("127.0.0.1" if host.endswith("example.test") else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.count
            raise AttributeError(name)

        def count(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            keys = self.headers.get_all("X-Key")
            arrival = Arrival(self.command, str(self.headers["Host"]), ", ".join(keys) if keys else None)
            counting.seen.append(arrival)
            status, headers, body = counting.answer(arrival, self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    counting = Server(listening.server_port)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield counting
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    folder = tmp_path / "specs" / "jobs"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    return load.load(folder)


def target(url: str, *, allow_writes: bool = False) -> Target:
    return Target(url, credentials={"key": KEY}, parameters={"id": ("j1",)}, allow_writes=allow_writes, patience=5)


@contextmanager
def guarded(contract: Contract, url: str, *, allow_writes: bool = False) -> Iterator[ContractSession]:
    session = ContractSession(contract, target(url, allow_writes=allow_writes), SMALL, 0)
    try:
        with session.guard.around_every_session():
            yield session
    finally:
        session.close()


def run_all_phases(session: ContractSession) -> Record:
    """Send what the suite sends, and return what it saw."""
    records = []
    for operation in session.contract.operations:
        for phase in (phases.states, phases.unknown_ids, ids.unusual, access.credentials, phases.coverage):
            session.start_test()
            phase(session, operation)
            records.append(session.finish_test())
        for valid in (True, False):
            session.start_test()
            phases.fuzzing(session, operation, valid=valid)
            records.append(session.finish_test())
    for sequence in (views.compare, stateful.walk_links):
        session.start_test()
        sequence(session)
        records.append(session.finish_test())
    return merged(records)


def suite_run(server: Server, folder: Path, *arguments: str) -> dict[str, Any]:
    """Run the shipped suite as a person would, from the folder of a contract, and return its report."""
    (folder / "conftest.py").write_text(NAMES_RESOLVE_HERE, encoding="utf-8")
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--pyargs", "specwitness.suite", "-q", "-p", "no:cacheprovider"),
            *("--base-url", server.url, "--param", f"key={KEY}", "--param", "id=j1", *arguments),
        ],
        cwd=folder,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    report = json.loads((folder / "reports/latest/report.json").read_text(encoding="utf-8"))
    contract: dict[str, Any] = report["contracts"][0]
    return contract


# --- Without --allow-writes -----------------------------------------------------------------------------------------


def test_no_phase_lets_anything_but_get_and_head_leave(server: Server, contract: Contract) -> None:
    with guarded(contract, server.url) as session:
        run_all_phases(session)
    assert (server.methods, server.hosts) == ({"GET", "HEAD"}, {"api.example.test"})


def test_a_write_that_was_not_sent_is_no_fault_of_the_server(server: Server, contract: Contract) -> None:
    with guarded(contract, server.url) as session:
        record = run_all_phases(session)
    assert [finding.message for finding in record.findings if finding.level is not Level.INFO] == []
    assert any("POST /jobs was not sent: POST without --allow-writes" in reason for reason in record.reasons)


def test_the_whole_suite_sends_nothing_but_get_and_head(server: Server, contract: Contract, tmp_path: Path) -> None:
    report = suite_run(server, tmp_path, "--contract", contract.name)
    assert (server.methods, server.hosts) == ({"GET", "HEAD"}, {"api.example.test"})
    assert report["requests"] > 0


def test_the_suite_sends_no_write_to_learn_whether_there_is_something_to_test(
    server: Server, contract: Contract, tmp_path: Path
) -> None:
    """Where only writes are selected, there is nothing that may be asked first."""
    report = suite_run(server, tmp_path, "--contract", contract.name, "--operation", "makeJob")
    assert server.methods <= {"GET", "HEAD"}
    assert report["outcome"] == "inconclusive"


def test_probes_that_schemathesis_sends_by_itself_are_held_back(server: Server, contract: Contract) -> None:
    """`ignored_auth` repeats a call without its credentials, through a session of its own that no hook sees."""
    schema = schemathesis.openapi.from_dict(contract.document)
    case = schema["/jobs"]["POST"].Case(body={"name": "x"}, media_type="application/json", headers={"X-Key": KEY})
    answer = case.call(base_url=server.url)
    load_all_checks()
    probing: list[Any] = CHECKS.get_by_names(["ignored_auth"])
    before = list(server.seen)
    with Guard(target(server.url)).around_every_session(), pytest.raises(RequestRefusedError):
        case.validate_response(answer, checks=probing)
    assert (before, server.seen) == ([Arrival("POST", f"api.example.test:{server.port}", KEY)], before)
    # The same check without the guard does send, so that its silence above is the guard's doing.
    case.validate_response(answer, checks=probing)
    assert [arrival.method for arrival in server.seen[1:]] == ["POST", "POST"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "post", "ODD"])
def test_every_session_of_the_process_is_held_back(server: Server, method: str) -> None:
    guard = Guard(target(server.url))
    with guard.around_every_session():
        with pytest.raises(RequestRefusedError):
            requests.request(method, server.url, timeout=5)
        with requests.Session() as session, pytest.raises(RequestRefusedError):
            session.request(method, server.url, timeout=5)
    assert server.seen == []


def test_this_machine_may_be_written_to(server: Server, contract: Contract) -> None:
    with guarded(contract, f"http://127.0.0.1:{server.port}") as session:
        run_all_phases(session)
    assert server.methods >= WRITES


# --- With --allow-writes --------------------------------------------------------------------------------------------


def test_with_allow_writes_the_writes_arrive(server: Server, contract: Contract) -> None:
    with guarded(contract, server.url, allow_writes=True) as session:
        run_all_phases(session)
    assert server.methods >= WRITES
    assert server.hosts == {"api.example.test"}


# --- Another host ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", ["http://other.example.test:{port}/", "http://127.0.0.1:{port}/", "//localhost/"])
def test_a_redirect_is_not_followed(server: Server, contract: Contract, elsewhere: str) -> None:
    server.elsewhere = elsewhere.format(port=server.port)
    with guarded(contract, server.url, allow_writes=True) as session:
        run_all_phases(session)
    assert server.hosts == {"api.example.test"}
    assert {arrival.key for arrival in server.seen} >= {KEY, None}


@pytest.mark.parametrize("allow_writes", [False, True])
def test_credentials_never_reach_another_host(server: Server, allow_writes: bool) -> None:
    """Not by a plain session, not by ours, not by a redirect that a foreign session would follow."""
    there = f"http://other.example.test:{server.port}/"
    server.elsewhere = there
    ours = target(server.url, allow_writes=allow_writes)
    with Guard(ours).around_every_session(), RecordingSession(ours) as session:
        for send in (session.get, requests.get):
            with pytest.raises(RequestRefusedError):
                send(there, headers={"X-Key": KEY}, timeout=5)
        with pytest.raises(RequestRefusedError):
            requests.get(server.url, headers={"X-Key": KEY}, timeout=5)
    assert server.hosts == {"api.example.test"}


def test_an_example_that_lies_on_another_host_is_not_fetched_and_ends_no_test(
    server: Server, contract: Contract
) -> None:
    media = contract.document["paths"]["/jobs"]["post"]["requestBody"]["content"]["application/json"]
    media["examples"] = {"far": {"externalValue": f"http://other.example.test:{server.port}/example.json"}}
    with guarded(contract, server.url, allow_writes=True) as session:
        run_all_phases(session)
    assert server.hosts == {"api.example.test"}
    assert server.methods >= WRITES


def test_a_host_name_in_capitals_is_the_same_host(server: Server, contract: Contract) -> None:
    """RFC 9110 section 4.2.3: a host is case-insensitive."""
    with guarded(contract, server.url.replace("api.example", "API.Example")) as session:
        record = run_all_phases(session)
    assert server.methods == {"GET", "HEAD"}
    assert record.requests > 0

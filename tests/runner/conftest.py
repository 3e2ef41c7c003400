"""A server that answers as a function says, a contract to judge it by, and a session between the two."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Operation
from specwitness.findings import Json, Level
from specwitness.record import Record
from specwitness.runner.profile import Profile
from specwitness.runner.session import ContractSession
from specwitness.runner.target import Target

KEY = "a-good-key"


@dataclass(frozen=True)
class Heard:
    """One request as it came in, and the number of its connection."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


Answer: TypeAlias = tuple[int, Json] | str
"""A status and a JSON body (None: no body), or what the connection does instead: `hang`, `reset`, `close`."""


@dataclass
class StandIn:
    """A server that answers as a function says."""

    url: str
    heard: list[Heard] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.target}" for one in self.heard]


@contextmanager
def standing_in(answer: Callable[[Heard], Answer]) -> Iterator[StandIn]:
    over = Event()
    connections = iter(range(10_000))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.number = next(connections)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.reply
            raise AttributeError(name)

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = Heard(self.command, self.path, tuple(self.headers.items()), body, self.number)
            server.heard.append(heard)
            given = answer(heard)
            if isinstance(given, str):
                self.instead(given)
                return
            status, value = given
            content = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", "ApiKey")
            if value is not None:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        def version_string(self) -> str:
            return "stand-in"

        def instead(self, what: str) -> None:
            self.close_connection = True
            if what == "hang":
                over.wait(20)
            if what == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                """The connection is gone, by the client's will or by ours."""

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                """As above."""

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def shutdown_request(self, request: Any) -> None:
            try:
                super().shutdown_request(request)
            except OSError:
                """It was reset."""

    with Server(("127.0.0.1", 0), Handler) as listening:
        server = StandIn(f"http://127.0.0.1:{listening.server_port}")
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            over.set()
            listening.shutdown()
            thread.join()


@dataclass
class Bench:
    """A stand-in, a session with it, and what a phase showed."""

    server: StandIn
    session: ContractSession

    def operation(self, key: str) -> Operation:
        found = self.session.contract.operation(key)
        assert found is not None
        return found

    def run(self, phase: Callable[..., None], *subjects: str) -> Record:
        """Run one test of the suite: a phase for an operation, or for the whole contract."""
        self.session.start_test()
        self.server.heard.clear()
        with self.session.guard.around_every_session():
            phase(self.session, *map(self.operation, subjects))
        return self.session.finish_test()


Set = Callable[..., AbstractContextManager[Bench]]


@pytest.fixture
def bench(tmp_path: Path) -> Set:
    """Set up a bench: `with bench(OPENAPI, answer, petId=("rex",)) as one`."""

    @contextmanager
    def set_up(
        openapi: str,
        answer: Callable[[Heard], Answer],
        *,
        lifecycle: str | None = None,
        target: dict[str, Any] | None = None,
        **parameters: tuple[str, ...],
    ) -> Iterator[Bench]:
        folder = tmp_path / "toy"
        folder.mkdir()
        (folder / "openapi.yaml").write_text(openapi)
        if lifecycle is not None:
            (folder / "lifecycle.yaml").write_text(lifecycle)
        contract = load(folder)
        with standing_in(answer) as server:
            asked = Target(server.url, credentials={"key": KEY}, parameters=parameters, patience=5)
            profile = Profile("small", cases=5, walks=2, steps=3, fruitless=8, guesses=20)
            session = ContractSession(contract, replace(asked, **(target or {})), profile, 0)
            try:
                yield Bench(server, session)
            finally:
                session.close()

    return set_up


def told(record: Record) -> list[tuple[str, str]]:
    """Return rule and level of every finding that is more than a remark."""
    return [(one.rule, one.level.value) for one in record.findings if one.level is not Level.INFO]


@pytest.fixture(name="told")
def _told() -> Callable[[Record], list[tuple[str, str]]]:
    return told

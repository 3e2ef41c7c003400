"""A small project with a contract, servers that break it, and the means to run the suite there as a user does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/pets/{petId}": {
            "get": {
                "operationId": "getPet",
                "parameters": [
                    {"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}, "example": "rex"}
                ],
                "responses": {
                    "200": {
                        "description": "A pet",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    },
                    "401": {"description": "No access"},
                    "404": {"description": "No such pet"},
                },
            }
        }
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
        "schemas": {
            "Pet": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["dog", "cat"]},
                    "secretToken": {"type": "string"},
                },
                "required": ["name", "kind"],
            }
        },
    },
}

Answer = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


def pet(handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
    """Answer as the contract says."""
    if handler.headers.get("x-key") != "a-good-key":
        return 401, {"WWW-Authenticate": "ApiKey"}, b""
    if handler.command not in {"GET", "HEAD"}:
        return 405, {"Allow": "GET, HEAD"}, b""
    name = handler.path.rpartition("/")[2]
    if not handler.path.startswith("/pets/") or name.startswith("missing-"):
        return 404, {}, b""
    body = json.dumps({"name": "Rex", "kind": "dog", "secretToken": "do-not-show-this"}).encode()
    return 200, {"Content-Type": "application/json"}, body


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Serve an answer on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        # What a server says of its own software is a finding too, of level info.
        server_version, sys_version = "pets", ""
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, headers, body = answer(self)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Stay silent: some answers end the connection on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve() -> Callable[[Answer], AbstractContextManager[str]]:
    """Serve an answer for the length of a `with` block."""
    return serving


@pytest.fixture
def good() -> Answer:
    """An answer that keeps the contract of the project."""
    return pet


@pytest.fixture
def free_url() -> str:
    """A URL at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of a user's own: `specs/pets` with an OpenAPI file and nothing else."""
    folder = pytester.mkdir("specs") / "pets"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(PETS))
    monkeypatch.setenv("PETS_KEY", "a-good-key")
    return pytester


@pytest.fixture
def run(project: pytest.Pytester) -> Callable[..., tuple[pytest.RunResult, dict[str, Any] | None]]:
    """Run the suite as a user's own repository does, and return what it printed and its report of the contract."""

    def runner(*arguments: str) -> tuple[pytest.RunResult, dict[str, Any] | None]:
        result = project.runpytest_inprocess("--pyargs", "specwitness.suite", "-p", "no:cacheprovider", *arguments)
        report = project.path / "reports" / "latest" / "report.json"
        return result, json.loads(report.read_text())["contracts"][0] if report.is_file() else None

    return runner

"""Whether there is anything to test is asked first, and the answer is the next step or nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.runner.preflight import why_not
from specwitness.runner.profile import PROFILES
from specwitness.runner.session import ContractSession
from specwitness.runner.target import Target

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{key: []}]
paths:
  /pets:
    post: {operationId: makePet, responses: {'201': {description: d}}}
    get: {operationId: listPets, responses: {'200': {description: d}}}
  /pets/{petId}:
    get:
      operationId: readPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: d}
        '404':
          description: d
          content: {application/json: {schema: {type: object, required: [why]}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
"""
MANIFEST = "credentials: {key: {env: PETS_KEY}}"
Answer = tuple[int, str, bytes]
JSON, HTML = "application/json", "text/html; charset=utf-8"
NO_SUCH_ROUTE: Answer = (404, JSON, b'{"detail": "Not Found"}')
NO_SUCH_PET: Answer = (404, JSON, b'{"why": "there is no such pet"}')
CLOSED: Answer = (401, JSON, b"{}")


@dataclass
class Server:
    """Answers as a function of method and path says; None closes the connection instead."""

    url: str
    heard: list[str] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[str], Answer | None]) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.reply
            raise AttributeError(name)

        def reply(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.heard.append(f"{self.command} {self.path}")
            given = answer(server.heard[-1])
            if given is None:
                self.close_connection = True
                return
            status, media_type, body = given
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(f"http://127.0.0.1:{listening.server_port}")
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "pets"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "contract.yaml").write_text(MANIFEST)
    return load(folder)


def asked(contract: Contract, url: str, *keys: str, ids: tuple[str, ...] = ("rex",), writes: bool = True) -> str | None:
    """Ask whether the operations of these keys, or all of them, can be tested."""
    target = Target(url, credentials={"key": "k"}, parameters={"petId": ids}, allow_writes=writes, patience=2)
    session = ContractSession(contract, target, PROFILES["gate"], 0)
    operations = [operation for operation in contract.operations if not keys or operation.key in keys]
    try:
        with session.guard.around_every_session():
            return why_not(session, operations)
    finally:
        session.close()


def test_the_first_sensible_answer_is_enough(contract: Contract) -> None:
    with serving(lambda _: (200, JSON, b"[]")) as server:
        assert asked(contract, server.url) is None
    assert server.heard == ["GET /pets"]


@pytest.mark.parametrize(
    "answer", [(500, JSON, b"{}"), (200, "text/plain", b"x"), (302, JSON, b""), (422, JSON, b"{}")]
)
def test_a_wrong_answer_is_one_of_the_contract_too(contract: Contract, answer: Answer) -> None:
    """That it is wrong is for the tests to say."""
    with serving(lambda _: answer) as server:
        assert asked(contract, server.url) is None


def test_nothing_listening_names_the_address(contract: Contract) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    assert asked(contract, url) == f"{url}: nothing listens there. Start the server there, or correct --base-url"


def test_a_server_that_never_answers_is_named_with_what_it_does(contract: Contract) -> None:
    with serving(lambda _: None) as server:
        reason = asked(contract, server.url)

    assert reason == (
        f"{server.url}: the connection was closed without an answer. Start the server there, or correct --base-url"
    )


def test_one_operation_that_does_not_answer_does_not_hide_another(contract: Contract) -> None:
    with serving(lambda heard: None if heard == "GET /pets" else (200, JSON, b"{}")) as server:
        assert asked(contract, server.url) is None


def test_credentials_that_nobody_accepts_are_named_by_their_variable(contract: Contract) -> None:
    with serving(lambda _: CLOSED) as server:
        reason = asked(contract, server.url)

    assert reason == (
        f"{server.url} accepts no credentials of pets. Check PETS_KEY: every valid request was answered 401 or 403"
    )
    assert server.heard == ["GET /pets", "GET /pets/rex"]


def test_one_open_door_is_enough(contract: Contract) -> None:
    with serving(lambda heard: CLOSED if heard == "GET /pets" else (200, JSON, b"{}")) as server:
        assert asked(contract, server.url) is None


def test_a_server_of_something_else_is_named_with_what_it_answers(contract: Contract) -> None:
    with serving(lambda heard: (200, HTML, b" <!doctype html>") if heard == "GET /pets" else NO_SUCH_ROUTE) as server:
        reason = asked(contract, server.url)

    assert reason == (
        f"{server.url} serves nothing of the contract pets (answers: 200 text/html, 404 application/json). "
        "Correct --base-url, or name the contract that is served there with --contract"
    )


def test_a_documented_404_is_an_answer_of_the_contract_and_a_missing_route_is_none(contract: Contract) -> None:
    for answer, tested in ((NO_SUCH_PET, True), (NO_SUCH_ROUTE, False), ((404, HTML, b"<html>"), False)):
        with serving(lambda _, answer=answer: answer) as server:  # type: ignore[misc]
            assert (asked(contract, server.url, "readPet") is None) is tested


def test_writes_are_asked_for_only_where_there_is_nothing_else(contract: Contract) -> None:
    with serving(lambda _: NO_SUCH_ROUTE) as server:
        assert asked(contract, server.url) is not None
        assert server.heard == ["GET /pets", "GET /pets/rex"]
        server.heard.clear()
        assert asked(contract, server.url, "makePet") is not None
        assert server.heard == ["POST /pets"]


def test_an_operation_without_known_ids_is_not_asked(contract: Contract) -> None:
    with serving(lambda _: NO_SUCH_ROUTE) as server:
        assert asked(contract, server.url, "readPet", ids=()) is None
    assert server.heard == ["HEAD /"]

"""Claims about HTTP on the wire: what comes in odd pieces is read, and what is no HTTP is refused."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

import pytest
import requests

from specwitness import mock
from specwitness.contract.model import Contract
from specwitness.mock.connection import MOST_BODY, MOST_HEAD, Connection, Connections, rendered
from specwitness.mock.reply import Reply

Answered = tuple[int, dict[str, str], bytes]
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
RUNS = "/api/v1/runs"


@pytest.fixture
def connect(server: mock.MockServer) -> Iterator[Callable[[], socket.socket]]:
    port = int(server.url.rpartition(":")[2])
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=10)))


def until_closed(connection: socket.socket) -> bytes:
    """Return everything that comes before the other side closes."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def statuses(text: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", text)]


def test_a_request_may_come_byte_by_byte(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    for byte in GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"):
        client.sendall(bytes([byte]))

    assert statuses(until_closed(client)) == [200]


def test_requests_that_are_sent_at_once_are_answered_in_their_order(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(
        GET + GET.replace(b"/health", b"/nowhere") + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )

    assert statuses(until_closed(client)) == [200, 404, 200]


def test_http_1_0_ends_with_the_answer_unless_asked_otherwise(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /health HTTP/1.0\r\n\r\n")
    received = until_closed(client)

    assert statuses(received) == [200, 200]
    assert received.lower().count(b"connection: keep-alive") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"hello\r\n\r\n", 400),
        (b"FOO /health HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"GETS /health HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"GET /health HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nX: " + b"a" * (MOST_HEAD + 1), 431),
        (b"GET /" + b"a" * (MOST_HEAD + 1), 431),
        (b"POST /api/v1/runs HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413),
    ],
    ids=[
        "TLS",
        "no HTTP",
        "no method",
        "nearly a method",
        "no header",
        "length",
        "long header",
        "long target",
        "announced body",
    ],
)
def test_what_cannot_be_read_is_refused_and_the_connection_closed(
    connect: Callable[[], socket.socket], sent: bytes, status: int
) -> None:
    client = connect()
    client.sendall(sent)
    head, _, body = until_closed(client).partition(b"\r\n\r\n")

    assert statuses(head) == [status]
    assert json.loads(body)["detail"]


def test_a_body_that_is_too_large_is_refused_with_413_and_read_no_further(server: mock.MockServer) -> None:
    answer = requests.post(server.url + RUNS, data=b"x" * (MOST_BODY + 1), timeout=10)

    assert (answer.status_code, answer.json()) == (413, {"detail": f"the body is longer than {MOST_BODY} bytes"})


def test_a_client_that_waits_for_it_is_told_to_go_on(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    body = b'{"prompt":"x"}'
    client.sendall(
        b"POST /api/v1/runs HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    first = client.recv(1024)
    client.sendall(body)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert statuses(until_closed(client)) == [202]


def test_a_body_may_come_in_chunks(server: mock.MockServer) -> None:
    pieces = iter([b'{"prompt":', b'"x"}'])
    answer = requests.post(server.url + RUNS, data=pieces, headers={"Content-Type": "application/json"}, timeout=10)

    assert answer.status_code == 202


def test_who_asks_for_another_protocol_is_answered_in_this_one(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"))

    assert statuses(until_closed(client)) == [200]


@pytest.fixture(scope="module")
def ticking(contracts: dict[str, Contract]) -> Iterator[mock.MockServer]:
    """A mock whose streams take their time."""
    with mock.serve([contracts["praisonai"]], tick=0.1) as server:
        yield server


@contextmanager
def streaming(server: mock.MockServer, rest: bytes = b"", *, headers: bytes = b"") -> Iterator[socket.socket]:
    """Ask for a stream, and in the same write for the rest; yield the connection."""
    server.reset()
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /api/v1/runs/run-running/stream HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n" + rest)
        yield client


def test_thousands_of_requests_may_wait_for_a_stream(ticking: mock.MockServer) -> None:
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with streaming(ticking, GET * 2_999 + last) as client:
        received = until_closed(client)

    assert statuses(received) == [200] * 3_001
    assert b"\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n" in received


@pytest.mark.parametrize("at_once", [True, False])
def test_what_cannot_be_read_during_a_stream_ends_the_connection_after_it(
    ticking: mock.MockServer, caplog: pytest.LogCaptureFixture, at_once: bool
) -> None:
    with streaming(ticking, GET + b"\0garbage" if at_once else GET) as client:
        first = client.recv(65536)
        if not at_once:
            client.sendall(b"\0garbage")
        received = first + until_closed(client)

    assert statuses(received) == [200, 200]
    assert b"\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n" in received
    assert caplog.text == ""


def test_what_comes_after_the_last_request_is_not_answered(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"\0garbage")

    assert statuses(until_closed(client)) == [200]


def test_nobody_is_told_to_go_on_in_the_midst_of_a_stream(ticking: mock.MockServer) -> None:
    body = b'{"prompt":"x"}'
    head = b"POST /api/v1/runs HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with streaming(ticking, head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body) + body) as client:
        assert statuses(until_closed(client)) == [200, 202]


def test_who_asks_for_another_protocol_gets_a_stream_and_its_end(ticking: mock.MockServer) -> None:
    with streaming(ticking, headers=b"Connection: Upgrade\r\nUpgrade: h2c\r\n") as client:
        received = until_closed(client)

    assert statuses(received) == [200]
    assert received.endswith(b"\r\n0\r\n\r\n")
    assert b"\r\nconnection: close\r\n" in received


class Slow:
    """Answers with a stream that takes minutes."""

    answered = 0

    def answer(self, *_: object) -> Reply:
        self.answered += 1
        return Reply(200, (), (b"a", b"b"), pause=60)


class Transport(asyncio.Transport):
    """Says whether it is read from."""

    reading = True

    def write(self, _: object) -> None:
        pass

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def test_a_client_that_reads_again_is_not_read_while_too_many_replies_wait() -> None:
    async def talk() -> list[bool]:
        connection, transport = Connection(Slow(), Connections(1)), Transport()
        connection.connection_made(transport)
        seen = []
        steps: list[Callable[[], None]] = [
            partial(connection.data_received, GET),
            connection.pause_writing,
            connection.resume_writing,
            partial(connection.data_received, GET * 32),
            connection.pause_writing,
            connection.resume_writing,
        ]
        for step in steps:
            step()
            seen.append(transport.reading)
        connection.connection_lost(None)
        return seen

    assert asyncio.run(talk()) == [True, False, True, False, False, False]


def test_nothing_is_answered_after_what_cannot_be_read() -> None:
    async def talk() -> int:
        site = Slow()
        connection = Connection(site, Connections(1))
        connection.connection_made(Transport())
        for sent in (GET, b"\0garbage", GET):
            connection.data_received(sent)
        connection.connection_lost(None)
        return site.answered

    assert asyncio.run(talk()) == 1


@pytest.mark.parametrize("target", [b"http://x/health", b"/health?", b"/health?a=%00&b"])
def test_a_request_target_may_have_other_forms(connect: Callable[[], socket.socket], target: bytes) -> None:
    client = connect()
    client.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert statuses(until_closed(client)) == [200]


def test_hundreds_of_idle_connections_and_slow_clients_keep_nobody_waiting(
    server: mock.MockServer, connect: Callable[[], socket.socket]
) -> None:
    idle = [connect() for _ in range(400)]
    for number, client in enumerate(idle):
        client.sendall(GET[: number % len(GET)])

    assert requests.get(f"{server.url}/health", timeout=2).status_code == 200


def test_of_too_many_connections_the_one_that_was_silent_longest_is_closed(
    contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (6, 6))
    with mock.serve(contracts.values()) as server, ExitStack() as stack:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        clients = []
        for _ in range(4):
            clients.append(stack.enter_context(closing(socket.create_connection(address, timeout=10))))
            clients[0].sendall(GET)
            assert clients[0].recv(1024).startswith(b"HTTP/1.1 200 ")

        assert clients[1].recv(1024) == b""
        clients[2].sendall(GET)
        assert clients[2].recv(1024).startswith(b"HTTP/1.1 200 ")


def test_what_a_client_writes_into_a_header_stays_in_that_header() -> None:
    reply = Reply(200, (("X-Said", "a\r\nSet-Cookie: b=c\0"),), (b"{}",))
    head = rendered(reply, "GET", modern=True, lasting=True)[0]

    assert b"\r\nx-said: a  Set-Cookie: b=c \r\n" in head


@pytest.mark.parametrize(
    ("reply", "method", "sent"),
    [
        (Reply(204), "GET", b""),
        (Reply(304), "GET", b""),
        (Reply(200, (), (b"abc",)), "HEAD", b"content-length: 3\r\n"),
        (Reply(200, (("Content-Length", "7"),), (b"abc",)), "GET", b"content-length: 7\r\n"),
        (Reply(200), "GET", b"content-length: 0\r\n"),
    ],
)
def test_the_length_is_said_where_there_is_one(reply: Reply, method: str, sent: bytes) -> None:
    head = b"".join(rendered(reply, method, modern=True, lasting=True)).partition(b"\r\n\r\n")[0] + b"\r\n"

    assert head.partition(b"\r\n")[2].split(b"\r\n", 1)[1] == sent


@pytest.mark.parametrize(
    ("modern", "sent"),
    [
        (True, b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        (False, b"connection: close\r\n\r\nabc"),
    ],
)
def test_a_stream_is_sent_in_chunks_or_until_the_end(modern: bool, sent: bytes) -> None:
    pieces = rendered(Reply(200, (), (b"ab", b"", b"c")), "GET", modern=modern, lasting=modern)

    assert b"".join(pieces).endswith(sent)


def test_a_defect_of_the_mock_is_told_and_does_not_end_it(
    server: mock.MockServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.app.desks["praisonai"], "reply", lambda *_: 1 / 0)
    status = requests.get(f"{server.url}/health", timeout=5).status_code
    monkeypatch.undo()

    assert (status, requests.get(f"{server.url}/health", timeout=5).status_code) == (500, 200)
    assert "b'/health' was not answered" in caplog.text

"""The way out: what may leave, and what of an answer is kept, however the server behaves."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests

from specwitness.findings import Exchange, Intent, Request, Response
from specwitness.runner import bounded, transport
from specwitness.runner.target import Target
from specwitness.runner.transport import (
    Guard,
    RecordingSession,
    RequestRefusedError,
    alone,
    exchange_of,
    fault_in_words,
)

Talk = Callable[[socket.socket], None]
"""What a server does with a connection once it has read a request."""


@dataclass
class RawServer:
    """A server of bytes: each request is answered by the next talk, the last of them again and again."""

    url: str
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def raw(*talks: Talk) -> Iterator[RawServer]:
    """Serve connections one after the other for the length of a `with` block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        stop = threading.Event()
        remaining = list(talks)

        def converse(connection: socket.socket) -> None:
            heard = b""
            while b"\r\n\r\n" not in heard and heard[:1] != TLS and (more := connection.recv(65536)):
                heard += more
            if not heard:
                return
            # What is left unread when a connection is closed resets it, and the answer may be lost.
            if b"Content-Length: 4\r\n" in heard and heard.endswith(b"\r\n\r\n"):
                heard += connection.recv(4)
            server.heard.append(heard)
            talk = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            talk(connection)

        def listen() -> None:
            while not stop.is_set():
                connection, _ = listener.accept()
                with connection:
                    converse(connection)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join(5)


def says(*parts: bytes) -> Talk:
    """Send bytes, and close the connection."""
    return lambda connection: connection.sendall(b"".join(parts))


def resets(connection: socket.socket) -> None:
    """Reset the connection: a close that lingers for no time."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def then_waits(*parts: bytes) -> Talk:
    """Send bytes, and keep the connection until the client ends it."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"".join(parts))
        connection.recv(1)

    return talk


def for_ever(start: bytes, part: bytes) -> Talk:
    """Send a start, and then a part again and again until the client has had enough."""

    def talk(connection: socket.socket) -> None:
        try:
            connection.sendall(start)
            while True:
                connection.sendall(part)
        except OSError:
            return

    return talk


TLS = b"\x16"
"""What a client that speaks TLS says first."""
FINE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"
URL = "http://127.0.0.1:8005"


@contextmanager
def session_for(url: str, patience: float = 5) -> Iterator[RecordingSession]:
    with RecordingSession(Target(url, patience=patience)) as session:
        yield session


def answer(session: RecordingSession) -> Response:
    """Return the last response, which there has to be."""
    assert session.last is not None
    response = session.last[1]
    assert response is not None
    return response


def fault(session: RecordingSession) -> str | None:
    """Return what the last connection did instead of answering, and see that it did."""
    assert session.last is not None
    assert session.last[1] is None
    return session.last[2]


# --- What may leave -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "TRACE", "get", "ODD"])
def test_anything_may_be_sent_to_this_machine(method: str) -> None:
    guard = Guard(Target("https://api.example.org", allow_writes=False))
    for url in ("http://127.0.0.1:1/", "http://[::1]/", "http://localhost:8005/x"):
        guard.check(method, url)


@pytest.mark.parametrize("method", ["GET", "HEAD", "get", "head"])
def test_reads_may_be_sent_to_the_target(method: str) -> None:
    Guard(Target("https://api.example.org/v1", allow_writes=False)).check(method, "https://api.example.org/v1/pets")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "post", "ODD"])
def test_other_methods_may_be_sent_to_the_target_where_writes_are_allowed(method: str) -> None:
    url = "https://api.example.org/pets"
    Guard(Target("https://api.example.org", allow_writes=True)).check(method, url)
    with pytest.raises(RequestRefusedError, match=f"^{method} without --allow-writes$"):
        Guard(Target("https://api.example.org", allow_writes=False)).check(method, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.org/",
        "https://api.example.org.evil.org/",
        "https://api.example.org:8443/",
        "https://api.example.org@evil.org/",
        "https://evil.org/?https://api.example.org",
        "/pets",
    ],
)
def test_nothing_may_be_sent_to_another_host(url: str) -> None:
    with pytest.raises(RequestRefusedError, match=r"^GET to another host$"):
        Guard(Target("https://api.example.org", allow_writes=True)).check("GET", url)


def test_every_session_is_guarded_inside_the_block_and_none_after_it() -> None:
    send = requests.Session.send
    guard = Guard(Target("http://api.example.org", allow_writes=False))
    with raw(says(FINE)) as server:
        with guard.around_every_session():
            with pytest.raises(RequestRefusedError):
                requests.post("http://api.example.org/", timeout=5)
            assert requests.post(server.url, timeout=5).text == "fine"
        assert len(server.heard) == 1
    assert requests.Session.send is send


# --- What is kept of an answer --------------------------------------------------------------------------------------


def test_an_exchange_is_kept_as_it_went_over_the_wire() -> None:
    with raw(says(FINE)) as server, session_for(server.url) as session:
        response = session.post(
            f"{server.url}/a%2Fb?q=%20", data=b"body", headers={"X-Key": "k", "Accept": "text/plain"}
        )
        request = Request(
            "POST",
            f"{server.url}/a%2Fb?q=%20",
            (
                *(("User-Agent", "specwitness"), ("Accept", "text/plain"), ("Connection", "keep-alive")),
                *(("X-Key", "k"), ("Content-Length", "4")),
            ),
            b"body",
        )
        received = answer(session)
        kept = session.last and session.last[0]

        assert server.heard[0].startswith(b"POST /a%2Fb?q=%20 HTTP/1.1\r\n")
        assert server.heard[0].endswith(b"\r\n\r\nbody")
    assert response.content == b"fine"
    assert kept == request
    assert (received.status, received.headers, received.body) == (
        200,
        (("Content-Type", "text/plain"), ("Content-Length", "4")),
        b"fine",
    )
    assert received.elapsed > 0


def test_headers_that_schemathesis_adds_for_itself_are_not_sent() -> None:
    with raw(says(FINE)) as server, session_for(server.url) as session:
        session.get(server.url, headers={"X-Schemathesis-TestCaseId": "abc"})

        assert b"schemathesis" not in server.heard[0].lower()


def test_response_headers_keep_their_order_and_their_duplicates() -> None:
    lines = b"Zebra: 1\r\nAllow: GET\r\nX-Odd: a, b\r\nAllow: PUT\r\nContent-Length: 0\r\n"
    with raw(says(b"HTTP/1.1 405 No\r\n", lines, b"\r\n")) as server, session_for(server.url) as session:
        session.get(server.url)
        received = answer(session)

    assert received.headers == (
        ("Zebra", "1"),
        ("Allow", "GET"),
        ("Allow", "PUT"),
        ("X-Odd", "a, b"),
        ("Content-Length", "0"),
    )
    assert received.header("allow") == "GET, PUT"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with raw(says(b"HTTP/1.1 %d Away\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" % status), says(FINE)) as server:
        with session_for(server.url) as session:
            response = session.get(server.url, allow_redirects=True)
            received = answer(session)

        assert (response.status_code, response.history, received.status, len(server.heard)) == (status, [], status, 1)


def test_a_cookie_of_an_answer_is_not_sent_again() -> None:
    """A session that the server opened would be a credential that nobody gave."""
    lines = b"Set-Cookie: session=1; Path=/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with raw(says(b"HTTP/1.1 200 OK\r\n", lines)) as server:
        with session_for(server.url) as session:
            session.get(server.url)
            session.get(server.url)
            session.get(server.url, cookies={"key": "ours"})

        sent = [b"Cookie: " in heard for heard in server.heard]
        assert (sent, b"Cookie: key=ours\r\n" in server.heard[2]) == ([False, False, True], True)


def test_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with raw(says(FINE)) as server, session_for(server.url) as session:
        assert session.get(server.url).text == "fine"


def test_a_coded_body_is_kept_decoded() -> None:
    coded = gzip.compress(b"fine", mtime=0)
    start = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(coded)
    with raw(says(start, coded)) as server, session_for(server.url) as session:
        session.get(server.url)
        assert answer(session).body == b"fine"


# --- Bounds ---------------------------------------------------------------------------------------------------------


def test_a_body_as_large_as_the_bound_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 1000)
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with raw(says(start, b"x" * 1000)) as server, session_for(server.url) as session:
        session.get(server.url)
        assert answer(session).body == b"x" * 1000


def test_a_larger_body_is_given_up() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with raw(for_ever(start, b"x" * 65536), says(FINE)) as server, session_for(server.url) as session:
        with pytest.raises(requests.ConnectionError):
            session.get(server.url)
        assert fault(session) == "the body is larger than 4 MiB"
        # The rest of that body is nobody's answer.
        assert session.get(server.url).text == "fine"


def test_a_body_that_does_not_end_is_given_up() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with raw(for_ever(start, b"x")) as server, session_for(server.url, patience=0.1) as session:
        with pytest.raises(requests.ConnectionError):
            session.get(server.url)
        assert fault(session) == "the body did not end in time"


def test_an_event_stream_is_cut_after_its_second_and_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "STREAM_SECONDS", 0.05)
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
    with raw(for_ever(start, b"data: 1\n\n"), says(FINE)) as server, session_for(server.url) as session:
        response = session.get(server.url)
        received = answer(session)

        assert (received.status, received.body[:9], received.body == response.content) == (200, b"data: 1\n\n", True)
        assert session.get(server.url).text == "fine"


def test_an_event_stream_that_falls_silent_is_an_answer() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    talks = then_waits(start, b"data: 1\n\n"), says(FINE)
    with raw(*talks) as server, session_for(server.url, patience=0.1) as session:
        session.get(server.url)
        assert (answer(session).status, answer(session).body) == (200, b"data: 1\n\n")
        assert session.get(server.url).text == "fine"


# --- Faults ---------------------------------------------------------------------------------------------------------

UNFINISHED = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (says(UNFINISHED), "the body ended before its announced length"),
        (
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
            "the body ended before its announced length",
        ),
        (says(), "the connection was closed without an answer"),
        (resets, "the connection was reset"),
        (says(b"hello\r\n\r\n"), "the answer is not HTTP"),
        (then_waits(), "no answer came in time"),
        (then_waits(UNFINISHED), "the body did not end in time"),
        (
            says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfine"),
            "the body does not decode as its Content-Encoding says",
        ),
    ],
    ids=["truncated", "truncated chunk", "closed", "reset", "not HTTP", "silent", "half silent", "not gzip"],
)
def test_what_a_connection_did_instead_of_answering_is_said_in_stable_words(talk: Talk, words: str) -> None:
    with raw(talk) as server, session_for(server.url, patience=0.2) as session:
        with pytest.raises(requests.RequestException):
            session.get(server.url)
        assert fault(session) == words


def test_a_port_at_which_nothing_listens_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/certificate/timeout"
    with session_for(url) as session:
        with pytest.raises(requests.ConnectionError):
            session.get(url)
        assert fault(session) == "nothing listens there"
    assert alone("HEAD", url, (), patience=5)[1:] == (None, "nothing listens there")


def test_a_server_without_tls_is_said_so() -> None:
    with raw(says(FINE)) as server, session_for(server.url) as session:
        with pytest.raises(requests.ConnectionError):
            session.get(server.url.replace("http:", "https:"))
        assert fault(session) == "TLS failed"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ConnectionError("[Errno -2] Name or service not known"), "the host name is not known"),
        (requests.ConnectionError("Failed to resolve 'ssl.example.org' (getaddrinfo)"), "the host name is not known"),
        (requests.exceptions.SSLError("certificate verify failed"), "the certificate is not trusted"),
        (requests.ConnectionError("('Connection aborted.', ConnectionResetError(104))"), "the connection was reset"),
        (requests.ReadTimeout("Pool(host='ssl.example.org', port=80): Read timed out."), "no answer came in time"),
        (
            requests.ConnectTimeout("Max retries exceeded with url: /refused/ssl (Caused by ConnectTimeoutError())"),
            "no answer came in time",
        ),
        (ValueError("what"), "no usable answer came (ValueError)"),
    ],
)
def test_the_words_for_a_fault_depend_on_its_kind_and_not_on_its_address(error: Exception, words: str) -> None:
    assert fault_in_words(error) == words


# --- HEAD -----------------------------------------------------------------------------------------------------------


def test_a_forbidden_body_after_head_is_seen() -> None:
    with raw(says(FINE)) as server:
        request, response, words = alone("HEAD", f"{server.url}/pets?a=1", [("X-Key", "k")], patience=5)

        assert server.heard[0].startswith(b"HEAD /pets?a=1 HTTP/1.1\r\n")
        assert b"X-Key: k\r\n" in server.heard[0]
    assert request == Request("HEAD", f"{server.url}/pets?a=1", (("X-Key", "k"), ("Connection", "close")))
    assert response is not None
    assert (response.status, response.headers, response.body, words) == (
        200,
        (("Content-Type", "text/plain"), ("Content-Length", "4")),
        b"fine",
        None,
    )


def test_a_server_that_keeps_the_connection_after_head_is_not_waited_for() -> None:
    with raw(then_waits(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")) as server:
        started = time.monotonic()
        _, response, words = alone("HEAD", server.url, (), patience=20)
        assert (response and response.body, words, time.monotonic() - started < 5) == (b"", None, True)


def test_a_header_line_is_sent_as_often_as_it_is_given() -> None:
    with raw(says(FINE)) as server:
        request, response, _ = alone("GET", server.url, [("X-Key", "a"), ("X-Key", "b")], patience=5)

        assert server.heard[0].count(b"X-Key: ") == 2
    assert request.headers == (("X-Key", "a"), ("X-Key", "b"), ("Connection", "close"))
    assert response and response.body == b"fine"


def test_a_right_answer_to_head_is_its_headers_alone() -> None:
    lines = b"HTTP/1.1 204 No\r\nAllow: GET\r\nAllow: HEAD\r\n\r\n"
    with raw(says(lines)) as server:
        _, response, words = alone("HEAD", server.url, (), patience=5)

    assert response is not None
    assert (response.status, response.headers, response.body, words) == (
        204,
        (("Allow", "GET"), ("Allow", "HEAD")),
        b"",
        None,
    )


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (says(), "the connection was closed without an answer"),
        (says(b"hello\r\n\r\n"), "the answer is not HTTP"),
        (resets, "the connection was reset"),
        (then_waits(), "no answer came in time"),
    ],
    ids=["closed", "not HTTP", "reset", "silent"],
)
def test_the_faults_of_head_have_the_same_words(talk: Talk, words: str) -> None:
    with raw(talk) as server:
        assert alone("HEAD", server.url, (), patience=0.2)[1:] == (None, words)


def test_what_went_over_the_wire_becomes_an_exchange() -> None:
    request, response = Request("GET", URL), Response(200)
    made = exchange_of((request, response, None), operation="read", parameters={"id": "1"}, intent=Intent.VALID)
    failed = exchange_of((request, None, "reset"), operation=None, parameters={}, intent=Intent.PROBE)

    assert made == Exchange(request, response, "read", {"id": "1"}, Intent.VALID)
    assert failed == Exchange(request, None, None, {}, Intent.PROBE, "reset")

"""An answer comes in bounded time, however it comes; a connection that breaks is not taken for one that was idle."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from schemathesis.transport.requests import _is_dropped_before_response

from specwitness.runner import transport
from specwitness.runner.target import Target
from specwitness.runner.transport import RecordingSession, alone

Talk = Callable[[socket.socket], None]
"""What a server does with a connection once it has heard a request."""

FINE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"


@dataclass
class RawServer:
    """A server of bytes: each connection has the next talk, the last of them again and again."""

    url: str
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def raw(*talks: Talk) -> Iterator[RawServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        stop = threading.Event()
        remaining = list(talks)

        def listen() -> None:
            while not stop.is_set():
                connection, _ = listener.accept()
                with connection:
                    if heard := connection.recv(65536):
                        server.heard.append(heard)
                        (remaining.pop(0) if len(remaining) > 1 else remaining[0])(connection)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join(5)


def resets(connection: socket.socket) -> None:
    """Reset the connection: a close that lingers for no time."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def session_for(url: str, patience: float = 5) -> Iterator[RecordingSession]:
    with RecordingSession(Target(url, patience=patience)) as session:
        yield session


def fault(session: RecordingSession) -> str | None:
    """Return what the last connection did instead of answering, and see that it did."""
    assert session.last is not None
    assert session.last[1] is None
    return session.last[2]


def drips(start: bytes, part: bytes) -> Talk:
    """Send a start, and then a part now and then, as long as somebody listens."""

    def talk(connection: socket.socket) -> None:
        try:
            connection.sendall(start)
            while True:
                time.sleep(0.03)
                connection.sendall(part)
        except OSError:
            return

    return talk


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (drips(b"HTTP/1.1 200 OK\r\nX-Much: ", b"x"), "no answer came in time"),
        (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no answer came in time"),
        (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"), "the body did not end in time"),
    ],
    ids=["head", "continue", "body"],
)
def test_an_answer_that_comes_in_drops_has_the_time_of_any_other(talk: Talk, words: str) -> None:
    with raw(talk) as server, session_for(server.url, patience=0.3) as session:
        started = time.monotonic()
        with pytest.raises(requests.RequestException):
            session.get(server.url)
        assert (fault(session), time.monotonic() - started < 2) == (words, True)
        started = time.monotonic()
        assert not transport.is_answering(server.url, patience=0.3) or words == "the body did not end in time"
        assert alone("GET", server.url, (), patience=0.3)[1] is None
        assert time.monotonic() - started < 2


# --- Connections that break -----------------------------------------------------------------------------------------


def keeps_for(*answers: bytes) -> Talk:
    """Answer several requests of one connection, and reset it at the next."""

    def talk(connection: socket.socket) -> None:
        for text in answers:
            connection.sendall(text)
            connection.recv(65536)
        resets(connection)

    return talk


def dropped(session: RecordingSession, url: str) -> requests.ConnectionError:
    with pytest.raises(requests.ConnectionError) as caught:
        session.get(url)
    assert fault(session) in {"the connection was reset", "the connection was closed without an answer"}
    return caught.value


def may_be_sent_again(error: requests.ConnectionError) -> bool:
    """Say whether schemathesis takes an error for that of a connection which nobody used."""
    return _is_dropped_before_response(error)


def test_a_reset_of_a_new_connection_is_the_answer_to_that_request() -> None:
    with raw(resets) as server, session_for(server.url) as session:
        assert not may_be_sent_again(dropped(session, server.url))


def test_a_reset_of_a_kept_connection_may_have_been_its_end_and_none_is_kept_any_more() -> None:
    with raw(keeps_for(FINE)) as server, session_for(server.url) as session:
        session.get(server.url)
        assert may_be_sent_again(dropped(session, server.url))
        for _ in range(2):
            assert session.get(server.url).text == "fine"
        assert len(server.heard) == 3


def test_connections_are_kept_where_one_was_closed_that_had_not_been_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "IDLE_SECONDS", 0.0)
    with raw(keeps_for(FINE), keeps_for(FINE, FINE)) as server, session_for(server.url) as session:
        session.get(server.url)
        assert may_be_sent_again(dropped(session, server.url))
        for _ in range(2):
            assert session.get(server.url).text == "fine"
        assert len(server.heard) == 2

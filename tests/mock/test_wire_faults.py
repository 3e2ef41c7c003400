"""Claims about faults of the wire, on real sockets: what a client sees of each, and that the server survives it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.model import Contract

SPECS = Path(__file__).parents[2] / "specs"
PATH = "/health"
SILENCE = 0.3
"""Seconds after which a client takes a connection for silent."""
LONG = 20.0
"""Seconds that no answer may take, however busy the machine is."""


@pytest.fixture(scope="module")
def praisonai() -> Contract:
    return load.load(SPECS / "praisonai")


@pytest.fixture(scope="module")
def server(praisonai: Contract) -> Iterator[mock.MockServer]:
    """A mock whose fault is chosen by the request: `Prefer: fault=NAME`."""
    with mock.serve([praisonai]) as server:
        yield server


@contextmanager
def asking(server: mock.MockServer, fault: str, *, path: str = PATH, method: str = "GET") -> Iterator[socket.socket]:
    """Send one request that asks for a fault; yield the connection."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=LONG) as connection:
        request = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nPrefer: fault={fault}\r\n\r\n"
        connection.sendall(request.encode())
        yield connection


def received(connection: socket.socket, *, patience: float = LONG) -> tuple[bytes, str]:
    """Return what comes, and how it ends: `closed`, `reset`, or `silent` for as long as a client waits."""
    connection.settimeout(patience)
    found = []
    try:
        while data := connection.recv(65_536):
            found.append(data)
    except TimeoutError:
        return b"".join(found), "silent"
    except ConnectionResetError:
        return b"".join(found), "reset"
    return b"".join(found), "closed"


def usual(server: mock.MockServer, path: str = PATH) -> bytes:
    return requests.get(server.url + path, timeout=LONG).content


def seen(server: mock.MockServer, fault: str, *, path: str = PATH, patience: float = LONG) -> tuple[bytes, str]:
    with asking(server, fault, path=path) as connection:
        return received(connection, patience=patience)


# Nothing, or the beginning of something.


@pytest.mark.parametrize(
    ("fault", "ending", "patience"),
    [
        ("stall", "silent", SILENCE),
        ("stall.getStats", "silent", SILENCE),
        ("reset", "reset", LONG),
        ("reset.getStats", "reset", LONG),
        ("closed", "closed", LONG),
    ],
)
def test_no_byte_of_an_answer_comes(server: mock.MockServer, fault: str, ending: str, patience: float) -> None:
    assert seen(server, f"transport.{fault}", path="/stats", patience=patience) == (b"", ending)


@pytest.mark.parametrize(
    ("fault", "ending", "patience"),
    [("stall-inside", "silent", SILENCE), ("reset-inside", "reset", LONG), ("cut", "closed", LONG)],
)
def test_half_of_a_body_comes(server: mock.MockServer, fault: str, ending: str, patience: float) -> None:
    whole = usual(server, "/stats")
    answer, ended = seen(server, f"transport.{fault}", path="/stats", patience=patience)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head
    assert (whole.startswith(body), 0 < len(body) < len(whole), ended) == (True, True, ending)


@pytest.mark.parametrize("fault", ["stall-inside", "reset-inside", "cut"])
def test_of_an_answer_without_a_body_half_of_the_head_comes(server: mock.MockServer, fault: str) -> None:
    with asking(server, f"transport.{fault}", method="HEAD") as connection:
        answer, _ = received(connection, patience=SILENCE)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\n\r\n" not in answer


def test_a_fault_of_one_operation_leaves_the_others_alone(server: mock.MockServer) -> None:
    answers = [
        requests.get(server.url + path, headers={"Prefer": "fault=transport.stall.getStats"}, timeout=LONG)
        for path in (PATH, "/api/v1/runs")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]


# Late.


def test_a_slow_answer_is_the_usual_one_three_seconds_later(server: mock.MockServer) -> None:
    expected = usual(server)
    start = time.monotonic()
    answer = requests.get(server.url + PATH, headers={"Prefer": "fault=transport.slow"}, timeout=LONG)
    assert answer.content == expected
    assert time.monotonic() - start >= 3.0


def test_a_dripping_answer_comes_byte_by_byte(server: mock.MockServer) -> None:
    with asking(server, "transport.drip") as connection:
        assert [connection.recv(65_536) for _ in range(3)] == [b"H", b"T", b"T"]


# Much, or something else.


def test_a_huge_body_is_as_valid_as_the_usual_one(server: mock.MockServer) -> None:
    answer = requests.get(server.url + PATH, headers={"Prefer": "fault=transport.huge-body"}, timeout=LONG)
    assert len(answer.content) > 5_000_000
    assert answer.content.rstrip() == usual(server)


def test_a_deep_body_is_nested_a_hundred_thousand_times(server: mock.MockServer) -> None:
    answer = requests.get(server.url + PATH, headers={"Prefer": "fault=transport.deep-body"}, timeout=LONG)
    assert answer.content == b"[" * 100_000 + b"]" * 100_000


def test_what_is_not_http_is_refused_by_a_client(server: mock.MockServer) -> None:
    answer, ended = seen(server, "transport.not-http")
    assert (answer[:3], ended) == (b"\x15\x03\x01", "closed")
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url + PATH, headers={"Prefer": "fault=transport.not-http"}, timeout=LONG)


def test_endless_headers_have_no_end(server: mock.MockServer) -> None:
    answer, ended = seen(server, "transport.endless-headers")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\nx-filler-0: ")
    assert (len(answer) > 5_000_000, b"\r\n\r\n" in answer, ended) == (True, False, "closed")


def test_a_redirect_leads_to_a_host_that_nobody_has(server: mock.MockServer) -> None:
    wish = {"Prefer": "fault=transport.elsewhere"}
    answer = requests.get(server.url + PATH, headers=wish, timeout=LONG, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://example.invalid/health")


# Faults of HTTP that only a socket shows.


def test_a_body_that_is_shorter_than_announced_keeps_a_client_waiting(server: mock.MockServer) -> None:
    whole = usual(server)
    answer, ended = seen(server, "http.length-too-long", patience=SILENCE)
    assert f"content-length: {len(whole) + 16}".encode() in answer
    assert (answer.endswith(b"\r\n\r\n" + whole), ended) == (True, "silent")


def test_of_a_body_that_is_longer_than_announced_the_rest_is_left_over(server: mock.MockServer) -> None:
    whole = usual(server, "/stats")
    answer = requests.get(server.url + "/stats", headers={"Prefer": "fault=http.length-too-short"}, timeout=LONG)
    assert answer.content == whole[:-2]


def test_head_is_answered_with_the_body_of_get(server: mock.MockServer) -> None:
    with asking(server, "http.head-with-body", method="HEAD") as connection:
        answer, _ = received(connection, patience=SILENCE)
    assert answer.endswith(b"\r\n\r\n" + usual(server))


def test_a_status_without_a_body_has_none_on_the_wire(server: mock.MockServer) -> None:
    run = requests.post(f"{server.url}/api/v1/runs", json={"prompt": "x"}, timeout=LONG).json()["poll_url"]
    with asking(server, "transport.cut", path=run, method="DELETE") as connection:
        answer, ended = received(connection)
    assert (answer.startswith(b"HTTP/1.1 204"), b"\r\n\r\n" in answer, ended) == (True, False, "closed")


# The server.


def test_a_server_with_every_connection_stalled_answers_others_and_stops_at_once(praisonai: Contract) -> None:
    threads = set(threading.enumerate())
    with mock.serve([praisonai]) as server:
        faults = [f"transport.{name}" for name in ("stall", "stall-inside", "drip", "slow")]
        held = []
        for fault in faults:
            host, port = server.url.removeprefix("http://").split(":")
            connection = socket.create_connection((host, int(port)), timeout=LONG)
            connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nPrefer: fault={fault}\r\n\r\n".encode())
            held.append(connection)
        # What comes after the stalled requests is answered, so they have been read.
        assert usual(server) == usual(server)
        start = time.monotonic()
    assert time.monotonic() - start < 2.0
    assert set(threading.enumerate()) == threads
    assert {received(connection)[1] for connection in held} <= {"closed", "reset"}
    for connection in held:
        connection.close()


def test_the_client_may_leave_first(server: mock.MockServer) -> None:
    for fault in ("stall", "stall-inside", "drip", "slow", "endless-headers"):
        with asking(server, f"transport.{fault}"):
            pass
    assert usual(server)


def test_a_fault_given_at_the_start_needs_no_wish(praisonai: Contract) -> None:
    with mock.serve([praisonai], faulty=["transport.closed"]) as server, pytest.raises(requests.ConnectionError):
        requests.get(server.url + PATH, timeout=LONG)

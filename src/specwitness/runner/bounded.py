"""Connections on which a whole answer, head and body, comes within the time that is usual for one read of a socket.

A client gives every single read its patience: a server that sends a byte now and then, or `100 Continue` without end,
holds it for ever. Here the time begins when the answer is waited for, and nothing prolongs it. Entry point: `mount`.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STREAM_SECONDS = 1.0
"""How much of an event stream is read: it may go on for ever, and a second of it shows its form."""


class _Clocked(io.RawIOBase):
    """What comes from a socket until a moment."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class Answer(http.client.HTTPResponse):
    """An answer that comes in the time that its socket has for one read; an event stream ends after its second."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        """Begin to wait."""
        super().__init__(sock, *args, **kwargs)
        self._clock: _Clocked | None = None
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp.close()
            self._clock = _Clocked(sock, seconds)
            self.fp = io.BufferedReader(self._clock)

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        if (self.getheader("Content-Type") or "").lower().startswith("text/event-stream"):
            self.end_within(STREAM_SECONDS)

    def end_within(self, seconds: float) -> None:
        """Leave the rest of the answer no more time than this."""
        if self._clock is not None:
            self._clock.until = min(self._clock.until, time.monotonic() + seconds)


class _Plain(HTTPConnection):
    response_class = Answer


class _Encrypted(HTTPSConnection):
    response_class = Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}


def mount(session: requests.Session) -> None:
    """Let every answer of a session come in bounded time."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())

"""HTTP/1.1 on one connection: bytes to calls by httptools, replies to bytes.

There is no web framework between the parser and the answers: a bare answer behind uvicorn took nearly three times as
long (`benchmarks/bare_servers.py`), and no framework lets a reply be cut, held or reset, which faults have to.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol as Interface

import httptools

from specwitness.mock.reply import Headers, Reply, json_reply
from specwitness.version import VERSION

SERVER = f"specwitness-mock/{VERSION}"
MOST_HEAD = 64 * 1024
MOST_BODY = 4 * 1024 * 1024
_MOST_WAITING = 32
"""How many pipelined requests may wait for a slow reply before no more is read."""
_LINGER = 2.0
"""Seconds for which a client that was refused may go on sending, so that it reads why."""
_BODILESS = frozenset({*range(100, 200), HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_UNSAFE = str.maketrans(dict.fromkeys("\r\n\0", " "))
_REQUEST_LINE = re.compile(rb"^[\w!#$%&'*+.^`|~-]+ \S+ HTTP/1\.[01]\r?$", re.MULTILINE)
_log = logging.getLogger("specwitness.mock")


class Site(Interface):
    """What answers."""

    def answer(self, method: str, target: bytes, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> Reply:
        """Answer one request: `target` as it stood in the request line, header names in lower case."""
        ...


class Connections:
    """All open connections. Beyond `most`, the one that has been silent longest makes room for a new one."""

    def __init__(self, most: int) -> None:
        """Take how many may be open at once."""
        self._most = most
        self._open: dict[Connection, None] = {}

    def add(self, connection: Connection) -> None:
        """Take in a new connection."""
        if len(self._open) >= self._most:
            next(iter(self._open)).end()
        self._open[connection] = None

    def heard(self, connection: Connection) -> None:
        """Note that a client has said something."""
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def discard(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._open.pop(connection, None)

    def end(self) -> None:
        """Close all at once."""
        for connection in tuple(self._open):
            connection.end()


class Connection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, site: Site, others: Connections) -> None:
        """Take what answers, and all open connections."""
        self._site = site
        self._others = others
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Reply, str, bool, bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        """What sends the rest of the reply that is under way, where one is."""
        self._linger: asyncio.TimerHandle | None = None
        self._deaf = False
        self._full = False
        self._reading = False
        self._read = 0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream server makes no other
        self._transport = transport
        self._others.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; what waits for it is not sent."""
        del exc
        self._others.discard(self)
        for timer in (self._timer, self._linger):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        """Read no more of a client that does not read either."""
        self._full = True
        self._read_or_pause()

    def resume_writing(self) -> None:
        """Read on, unless too many replies wait."""
        self._full = False
        self._read_or_pause()

    def data_received(self, data: bytes) -> None:
        """Read what came in; all requests that are complete are answered in their order."""
        if self._deaf:
            return
        self._others.heard(self)
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._deaf = True  # The request is answered as if it had not asked: no other protocol is spoken.
        except httptools.HttpParserInvalidMethodError as error:
            # RFC 9110 section 15.6.2. What is no HTTP at all has, for the parser, a strange method too.
            self._give_up(501 if _REQUEST_LINE.search(data) else 400, f"this is no method of HTTP/1.1 ({error})")
        except httptools.HttpParserError as error:
            self._give_up(400, f"this is not HTTP/1.1 ({error})")
        else:
            if not self._reading and self._read > MOST_HEAD:
                self._give_up(431, f"the request line and headers are longer than {MOST_HEAD} bytes")

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Start a request."""
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._length = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header line."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Say whether the body may come, to a client that waits for that (RFC 9110 section 10.1.1)."""
        self._reading = True
        for name, value in self._headers:
            if name == b"expect" and value.lower() == b"100-continue":
                announced = next((text for key, text in self._headers if key == b"content-length"), b"0")
                if int(announced) > MOST_BODY:
                    self._refuse_body()
                elif self._timer is None and not self._deaf:
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        self._length += len(data)
        if self._length > MOST_BODY:
            self._refuse_body()
        elif not self._deaf:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """Answer the request."""
        self._reading, self._read = False, 0
        if self._deaf:
            return
        method = self._parser.get_method().decode("ascii")
        # HTTP/1.0 knows neither pieces nor, unless it is said, a second request.
        modern = self._parser.get_http_version() != "1.0"
        lasting = self._parser.should_keep_alive() and not self._parser.should_upgrade()
        try:
            reply = self._site.answer(method, self._target, tuple(self._headers), b"".join(self._body))
        except Exception:
            # A defect of the mock: the client is told, and the server goes on.
            _log.exception("%s %r was not answered", method, self._target)
            reply = json_reply(500, {"detail": "the mock itself failed; its output says why"})
        self._waiting.append((reply, method, modern, lasting))
        if self._timer is None:
            self._go_on()
        else:
            self._read_or_pause()

    def _read_or_pause(self) -> None:
        if self._full or len(self._waiting) >= _MOST_WAITING:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # How a reply goes out.

    def _go_on(self) -> None:
        """Send what waits, up to a reply that takes its time."""
        while self._waiting and self._timer is None:
            self._send(*self._waiting.popleft())
        if self._deaf and self._timer is None:
            self._close()

    def _send(self, reply: Reply, method: str, modern: bool, lasting: bool) -> None:
        lasting = lasting and (modern or len(reply.body) <= 1)
        pieces = rendered(reply, method, modern=modern, lasting=lasting)
        wire = reply.wire
        if wire is not None:
            whole = b"".join(pieces) if wire.raw is None else wire.raw
            part = whole[: wire.cut]
            size = wire.drip_size if wire.drip else max(1, len(part))
            drops = iter([part[start : start + size] for start in range(0, len(part), size)])
            then = self._next if lasting and wire.cut is None and wire.raw is None else self._close
            if wire.reset:
                then = self._reset
            elif wire.hold:
                then = self._hold
            self._deaf = self._deaf or wire.hold
            self._later(wire.delay, drops, wire.drip, then)
        elif reply.pause and len(pieces) > 1:
            self._flow(iter(pieces), reply.pause, self._next if lasting else self._close)
        else:
            self._transport.write(b"".join(pieces))
            if not lasting:
                self._close()

    def _flow(self, pieces: Iterator[bytes], pause: float, then: Callable[[], None]) -> None:
        self._timer = None
        for piece in pieces:
            self._transport.write(piece)
            if pause:
                self._later(pause, pieces, pause, then)
                return
        then()

    def _later(self, seconds: float, pieces: Iterator[bytes], pause: float, then: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(seconds, self._flow, pieces, pause, then)

    def _next(self) -> None:
        self._go_on()
        self._read_or_pause()

    # How a connection ends.

    def end(self) -> None:
        """Close at once, whatever is under way."""
        self._others.discard(self)
        self._transport.abort()

    def _close(self) -> None:
        self._deaf = True
        self._waiting.clear()
        self._transport.close()

    def _hold(self) -> None:
        """Leave it open, and be silent."""

    def _reset(self) -> None:
        connected: socket.socket = self._transport.get_extra_info("socket")
        # Closing without lingering sends RST instead of FIN.
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _refuse_body(self) -> None:
        self._give_up(413, f"the body is longer than {MOST_BODY} bytes")

    def _give_up(self, status: int, reason: str) -> None:
        """Answer what cannot be read on, and close when the client has had time to read that."""
        if self._deaf:
            return
        self._deaf = True
        if self._timer is not None:
            return  # The answer would get into the reply that is under way: after it, and what waits, is closed.
        self._transport.writelines(rendered(json_reply(status, {"detail": reason}), "GET", modern=True, lasting=False))
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._linger = self._loop.call_later(_LINGER, self._transport.abort)


def rendered(reply: Reply, method: str, *, modern: bool, lasting: bool) -> list[bytes]:
    """Return the bytes of a reply: its head with its body, or, of a stream, one part for each piece."""
    head, measured = _head(reply.status, reply.headers)
    if modern and lasting and len(reply.body) == 1 and method != "HEAD" and not measured:
        # The usual answer, without a detour.
        return [b"%bcontent-length: %d\r\n\r\n%b" % (head, len(reply.body[0]), reply.body[0])]
    bodiless = (method == "HEAD" or reply.status in _BODILESS) and not reply.always_body
    chunked = len(reply.body) > 1 and not measured
    if not chunked and reply.status not in _BODILESS and not measured:
        head += b"content-length: %d\r\n" % len(reply.content)
    elif chunked and modern:
        head += b"transfer-encoding: chunked\r\n"
    if not lasting or (chunked and not modern):
        head += b"connection: close\r\n"
    elif not modern:
        head += b"connection: keep-alive\r\n"
    head += b"\r\n"
    if bodiless:
        return [head]
    if not chunked:
        return [head + reply.content]
    pieces = [piece for piece in reply.body if piece] or [b""]
    if modern:
        pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b"" for piece in pieces]
        pieces[-1] += b"0\r\n\r\n"
    # The head goes with the first piece, and the end with the last: neither has a time of its own.
    return [head + pieces[0], *pieces[1:]]


@lru_cache(maxsize=1024)
def _head(status: int, headers: Headers) -> tuple[bytes, bool]:
    """Return the status line and headers, and whether a `Content-Length` is among them."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", f"server: {SERVER}"]
    lines += [f"{name.lower()}: {value}".translate(_UNSAFE) for name, value in headers]
    text = "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")
    return text, any(name.lower() == "content-length" for name, _ in headers)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"

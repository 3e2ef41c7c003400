"""Time a bare answer behind several servers: why the mock has none between its parser and its answers.

    pip install uvicorn uvloop granian
    python benchmarks/bare_servers.py

Needs wrk. A server that is not installed is left out.
"""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import httptools

BODY = b'{"runId":"run-completed","status":"completed","result":{"key1":"value1","key2":42},"extendedPayloads":[]}'
PORT = 18082


class Bare(asyncio.Protocol):
    """Answers every request alike."""

    def connection_made(self, transport: Any) -> None:
        """Start a parser."""
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came in."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answer."""
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
        self.transport.write(b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY))


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """Answer every request alike, as an ASGI application."""
    del scope
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


async def rsgi(scope: Any, protocol: Any) -> None:
    """Answer every request alike, as granian's own kind of application."""
    del scope
    protocol.response_bytes(200, [("content-type", "application/json")], BODY)


async def serve_bare() -> None:
    """Serve without a framework."""
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", PORT)
    await server.serve_forever()


def run_uvloop() -> None:
    """Serve without a framework, on uvloop."""
    import uvloop  # noqa: PLC0415 - only where it is asked for

    uvloop.run(serve_bare())


def run_uvicorn() -> None:
    """Serve with uvicorn, in its fastest configuration."""
    import uvicorn  # noqa: PLC0415 - only where it is asked for

    uvicorn.run(
        asgi, port=PORT, http="httptools", loop="uvloop", lifespan="off", access_log=False, log_level="critical"
    )


def run_granian() -> None:
    """Serve with granian, one worker."""
    from granian.constants import Interfaces  # noqa: PLC0415 - only where it is asked for
    from granian.server import Server  # noqa: PLC0415 - only where it is asked for

    Server("bare_servers:rsgi", port=PORT, interface=Interfaces.RSGI, workers=1, log_access=False).serve()


SERVERS: dict[str, tuple[tuple[str, ...], Callable[[], None]]] = {
    "asyncio": ((), lambda: asyncio.run(serve_bare())),
    "asyncio-uvloop": (("uvloop",), run_uvloop),
    "uvicorn-uvloop": (("uvicorn", "uvloop"), run_uvicorn),
    "granian-rsgi": (("granian",), run_granian),
}


def rate() -> str:
    """Return how many answers a second wrk gets."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                break
    command = ["wrk", "-t1", "-c16", "-d4s", f"http://127.0.0.1:{PORT}/"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a list
    match = re.search(r"Requests/sec:\s+(\d+)", said)
    return match[1] if match else said


def main() -> None:
    """Print the table, or serve, if a server is named."""
    if len(sys.argv) > 1:
        SERVERS[sys.argv[1]][1]()
        return
    print("| server | answers/s |\n|---|---:|")
    for name, (needed, _) in SERVERS.items():
        if all(map(find_spec, needed)):
            command = [sys.executable, __file__, name]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
                print(f"| {name} | {rate()} |", flush=True)
                process.terminate()


if __name__ == "__main__":
    main()

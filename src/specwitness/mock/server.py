"""Give the mock a socket: uvicorn in a thread of its own, gone without a trace when the `with` block ends."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import uvicorn

from specwitness.contract.model import Contract
from specwitness.exceptions import TargetError
from specwitness.mock.app import App
from specwitness.mock.desk import MockValues

_PATIENCE = 10.0


@dataclass(frozen=True)
class MockServer:
    """A mock that is listening."""

    url: str
    _app: App = field(repr=False)

    def values(self, contract: str) -> MockValues:
        """Return the credentials and ids with which a client of a contract reaches everything."""
        return self._app.values(contract)

    def reset(self) -> None:
        """Forget everything that happened since the start."""
        self._app.reset()


@contextmanager
def serve(contracts: Sequence[Contract], *, port: int = 0, seed: int = 0) -> Iterator[MockServer]:
    """Serve some contracts on loopback until the block ends; port 0 takes any that is free.

    The same seed and the same requests in the same order get the same answers. Raises TargetError where the port is
    taken.
    """
    application = App(contracts, seed=seed)
    listening = _bound(port)
    server = uvicorn.Server(_config(application))
    thread = Thread(target=_run, args=(server, listening), name="specwitness-mock", daemon=True)
    try:
        thread.start()
        _wait_for(server, thread)
        yield MockServer(f"http://127.0.0.1:{listening.getsockname()[1]}", application)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        listening.close()


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; a delayed ACK costs 40 ms an answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise TargetError(f"port {port}", f"the mock cannot listen there ({error})", "Give another port") from error
    return listening


def _config(application: App) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        # Answers are the same for the same requests, which a date is not; and ours is the only `Server`.
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    asyncio.run(server.serve(sockets=[listening]))


def _wait_for(server: uvicorn.Server, thread: Thread) -> None:
    until = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise TargetError("the mock", "it did not start", "Run it again with PYTHONASYNCIODEBUG=1 to see why")
        time.sleep(0.002)

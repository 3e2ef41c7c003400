"""Give the mock a socket: an event loop in a thread of its own, gone without a trace when the `with` block ends."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from specwitness.contract.model import Contract
from specwitness.exceptions import TargetError
from specwitness.findings import Finding
from specwitness.mock.app import App, loaded
from specwitness.mock.connection import Connection, Connections
from specwitness.mock.desk import MockValues
from specwitness.mock.journal import Entry

_BACKLOG = 128
"""How many connections may wait to be accepted; asyncio accepts so many in one turn of its loop."""
_PATIENCE = 10.0


@dataclass(frozen=True)
class MockServer:
    """A mock that is listening."""

    url: str
    app: App = field(repr=False)

    def values(self, contract: str) -> MockValues:
        """Return the credentials and ids with which a client of a contract reaches everything."""
        return self.app.values(contract)

    @property
    def log(self) -> tuple[Entry, ...]:
        """The last requests, and what the contract refuses of them; empty unless a log was asked for."""
        return self.app.journal.entries if self.app.journal else ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What clients sent that the contract refuses, among the last requests; empty unless a log was asked for."""
        return tuple(entry.finding for entry in self.log if entry.finding is not None)

    def reset(self) -> None:
        """Forget everything that happened since the start."""
        self.app.reset()


@contextmanager
def serve(
    contracts: Iterable[Contract | Path | str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    tick: float | None = None,
    faulty: Iterable[str] = (),
    log: bool = False,
    tell: Callable[[Entry], None] | None = None,
) -> Iterator[MockServer]:
    """Serve some contracts (loaded, or the path of a contract's folder or of an OpenAPI file) until the block ends.

    Port 0 takes any that is free. The same seed and the same requests in the same order get the same answers: time is
    virtual, a poll is a tick. With `tick` it is real, and a state lasts that many seconds. `faulty` names faults of the
    catalogue; with `log`, requests are remembered, and `tell` is told of each. Raises TargetError where the address
    cannot be had, UnknownFaultError, and what `load` raises.
    """
    application = App(loaded(contracts), seed=seed, tick=tick, faulty=faulty, log=log, tell=tell)
    listening = _bound(host, port)
    running = _Running(application, listening)
    running.start()
    try:
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - nobody can connect to these addresses
        name = everywhere.get(listening.getsockname()[0], f"[{host}]" if ":" in host else host)
        yield MockServer(f"http://{name}:{listening.getsockname()[1]}", application)
    finally:
        running.stop()
        listening.close()


class _Running:
    """An event loop in a thread, with all its connections."""

    def __init__(self, application: App, listening: socket.socket) -> None:
        self._application = application
        self._listening = listening
        self._connections = Connections(resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._started = Event()
        self._thread = Thread(target=self._run, name="specwitness-mock", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._started.wait(_PATIENCE):
            raise TargetError("the mock", "it did not start", "Run it again with PYTHONASYNCIODEBUG=1 to see why")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        asyncio.run(self._served())

    async def _served(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(
            lambda: Connection(self._application, self._connections), sock=self._listening, backlog=_BACKLOG
        )
        self._started.set()
        await self._stopping.wait()
        server.close()
        self._connections.end()
        # One turn of the loop, in which the sockets are closed.
        await asyncio.sleep(0)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; a delayed ACK costs 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or error
        hint = "Give another port; 0 takes a free one" if host in {"127.0.0.1", "::1"} else "Give another host or port"
        raise TargetError(f"{host}, port {port}", f"the mock cannot listen there ({reason})", hint) from error
    return listening

"""The mock as an application: match the path, hand the request to the contract that has it, spoil the answer if asked.

One function answers everything, `App.answer`; the server's connections call it, and so does the ASGI application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from specwitness.contract import load, pointers
from specwitness.contract.model import Contract, Operation
from specwitness.contract.requests import Call, Refusal
from specwitness.contract.requests import Fault as Wrong
from specwitness.exceptions import SpecwitnessError, UnknownFaultError
from specwitness.findings import Json
from specwitness.mock import faults
from specwitness.mock.connection import MOST_BODY, SERVER
from specwitness.mock.desk import Desk, MockValues
from specwitness.mock.faults import Fault, Moment
from specwitness.mock.journal import Entry, Journal
from specwitness.mock.prefer import NAME as PREFER
from specwitness.mock.prefer import Wish, WishError, wish_of
from specwitness.mock.reply import Headers, Reply, json_reply
from specwitness.mock.routing import Route, Router

OWN = b"/__specwitness__/"
_LONGEST_PATH = 200
"""How much of a path that nobody has is compared with those of the contracts."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class App:
    """The application of several contracts."""

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        seed: int = 0,
        tick: float | None = None,
        faulty: Iterable[str] = (),
        log: bool = False,
        tell: Callable[[Entry], None] | None = None,
    ) -> None:
        """Take the contracts; where two of them have one path, the first answers.

        Raises UnknownFaultError for a fault that none of them has.
        """
        contracts = tuple(contracts)
        self.desks = {contract.name: Desk(contract, seed=seed, tick=tick) for contract in contracts}
        self.journal = Journal(tell) if log else None
        self.served = self.refused = 0
        self._router = Router(contracts)
        self._memories: dict[tuple[str, str], dict[str, Any]] = {}
        self._faulty: list[dict[str, Fault]] = []
        self.be_wrong(faulty)

    @cached_property
    def catalogues(self) -> dict[str, dict[str, Fault]]:
        """Every fault of every contract, by the contract's name and its own."""
        return {name: faults.catalogue(desk) for name, desk in self.desks.items()}

    def faults_named(self, name: str) -> dict[str, Fault]:
        """Return the fault of a name for each contract that has it; raises UnknownFaultError where none has."""
        found = {key: known[name] for key, known in self.catalogues.items() if name in known}
        if not found:
            raise UnknownFaultError(
                f"fault {name!r}",
                "no contract that is served has it",
                "`specwitness mock --list-faults` names them all",
            )
        return found

    def be_wrong(self, names: Iterable[str]) -> None:
        """Have these faults from now on, and no others; raises UnknownFaultError for one that no contract has."""
        self._faulty = [self.faults_named(name) for name in names]

    def reset(self) -> None:
        """Forget everything that happened."""
        for desk in self.desks.values():
            desk.reset()
        self._memories.clear()
        if self.journal is not None:
            self.journal.clear()

    def values(self, contract: str) -> MockValues:
        """Return what a client of a contract needs."""
        return self.desks[contract].values

    def answer(self, method: str, target: bytes, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> Reply:
        """Answer one request: `target` as it stood in the request line, header names in lower case."""
        path, _, query = target.partition(b"?")
        if not path.startswith(b"/") and b"://" in path:
            # A request line may have the whole URL (RFC 9112 section 3.2.2).
            path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
        if path.startswith(OWN):
            return self._of_our_own(method, path)
        match = self._router.match(path)
        call = Call(method, path, query, headers, body, match.parameters if match else {})
        desk = self.desks[match.route.contract] if match else None
        operation = match.route.operation(method) if match else None
        try:
            reply = self._matched(desk, match.route, operation, call) if match and desk else _no_path(method)
        except SpecwitnessError as error:
            # A schema that nobody can read is first read when it is asked for.
            reply = json_reply(500, {"detail": str(error)})
        if b"origin" in dict(headers):
            reply = replace(reply, headers=(*reply.headers, *_for_browsers(call, match.route if match else None)))
        self.served += 1
        if reply.refusal is not None and reply.refusal.fault.rule is not None:
            self.refused += 1
        if self.journal is not None:
            whose = desk or self._nearest(path)
            self.journal.note(
                whose.contract if whose else None,
                operation,
                call,
                reply,
                credentials=whose.credentials if whose else {},
            )
        return reply

    def _nearest(self, path: bytes) -> Desk | None:
        """Return the contract that a path was most likely meant for: the one that has the most similar path."""
        asked = path[:_LONGEST_PATH].decode("latin-1")

        def likeness(desk: Desk) -> float:
            return max((SequenceMatcher(None, asked, one.path).ratio() for one in desk.contract.operations), default=0)

        return max(self.desks.values(), key=likeness, default=None)

    def _matched(self, desk: Desk, route: Route, operation: Operation | None, call: Call) -> Reply:
        wish: Wish | None = None
        spoiling = [found[desk.contract.name] for found in self._faulty if desk.contract.name in found]
        if PREFER in dict(call.headers):
            try:
                wish = wish_of(call)
                if wish is not None and wish.fault is not None:
                    spoiling += filter(None, [self.faults_named(wish.fault).get(desk.contract.name)])
            except (WishError, UnknownFaultError) as error:
                return json_reply(400, {"detail": str(error)})
        if not spoiling:
            return _plain(desk, route, operation, wish, call)
        forward: Callable[[Call], Reply] = partial(_plain, desk, route, operation, wish)
        for fault in spoiling:
            if fault.concerns(operation):
                memory = self._memories.setdefault((desk.contract.name, fault.name), {})
                forward = _spoiled(fault, partial(Moment, desk, operation, forward=forward, memory=memory))
        return forward(call)

    def _of_our_own(self, method: str, path: bytes) -> Reply:
        """Answer what is asked of the mock as a mock."""
        served: dict[bytes, Callable[[], Json]] = {
            b"values": lambda: {name: desk.values.to_json() for name, desk in self.desks.items()}
        }
        if self.journal is not None:
            entries = self.journal.entries
            served[b"log"] = lambda: {"requests": [entry.to_json() for entry in entries]}
        name = path.removeprefix(OWN)
        if name not in served or method not in {"GET", "HEAD", "DELETE"} or (method == "DELETE" and name != b"log"):
            return json_reply(404, {"detail": "the mock has values here, and log where it was started with --log"})
        if method == "DELETE" and self.journal is not None:
            self.journal.clear()
            return Reply(204)
        return json_reply(200, served[name]())

    # ASGI.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as an ASGI application; anything but HTTP is not spoken."""
        if scope["type"] != "http":
            return
        pieces: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            pieces.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        body = b"".join(pieces)
        target = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        # Mounted below a path, the application is asked with it (ASGI, HTTP connection scope, `root_path`).
        target = target.removeprefix(scope.get("root_path", "").encode())
        if query := scope.get("query_string"):
            target += b"?" + query
        if len(body) > MOST_BODY:
            reply = json_reply(413, {"detail": f"the body is longer than {MOST_BODY} bytes"})
        else:
            reply = self.answer(scope["method"], target, tuple((n.lower(), v) for n, v in scope["headers"]), body)
        await _send(reply, send, silent=scope["method"] == "HEAD")


def app(contracts: Iterable[Contract | Path | str], *, seed: int = 0) -> App:
    """Return the mock of some contracts, loaded or given by the path of a folder or file, as an ASGI application."""
    return App(loaded(contracts), seed=seed)


def loaded(contracts: Iterable[Contract | Path | str]) -> list[Contract]:
    """Return contracts, read where they are given by a path; raises what `load` raises."""
    return [one if isinstance(one, Contract) else load.load(Path(one)) for one in contracts]


def _plain(desk: Desk, route: Route, operation: Operation | None, wish: Wish | None, call: Call) -> Reply:
    """Answer as the contract says."""
    if operation is not None:
        return desk.reply(operation, call, wish)
    allow = (("Allow", route.allow),)
    if call.method == "OPTIONS":
        return Reply(204, allow)
    refusal = Refusal(
        Wrong.METHOD, f"{call.method} is not among {route.allow}", pointers.join("/paths", route.template)
    )
    return json_reply(405, {"detail": f"allowed are {route.allow}"}, allow, refusal=refusal)


def _for_browsers(call: Call, route: Route | None) -> Headers:
    """Return what lets a page of any origin read the answer (Fetch standard, section 3.3, "CORS protocol")."""
    found = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*")]
    if call.method == "OPTIONS" and route is not None:
        found += [("Access-Control-Allow-Methods", route.allow)]
        found += [("Access-Control-Allow-Headers", wanted) for wanted in call.values("access-control-request-headers")]
    return tuple(found)


def _no_path(method: str) -> Reply:
    if method == "OPTIONS":
        return Reply(204, (("Allow", "OPTIONS"),))
    detail = "no contract has this path"
    return json_reply(404, {"detail": detail}, refusal=Refusal(Wrong.PATH, detail, "/paths"))


def _spoiled(fault: Fault, moment: Callable[[Call], Moment]) -> Callable[[Call], Reply]:
    return lambda call: fault.apply(moment(call))


async def _send(reply: Reply, send: Send, *, silent: bool) -> None:
    if reply.wire is not None:
        await asyncio.sleep(reply.wire.delay)
        if reply.wire.reset or reply.wire.cut is not None or reply.wire.raw is not None:
            raise ConnectionResetError("a fault of the mock: this application has no connection that it could spoil")
    headers = [(b"server", SERVER.encode())]
    headers += [(name.lower().encode("latin-1"), text.encode("latin-1", "replace")) for name, text in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    pieces = (b"",) if silent or not reply.body else reply.body
    for index, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": index + 1 < len(pieces)})

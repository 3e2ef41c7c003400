"""The mock as an ASGI application: match the path and hand the request to the contract that has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any

from specwitness.contract.model import Contract, Operation
from specwitness.contract.requests import Call
from specwitness.mock.desk import Desk, MockValues, Reply, json_reply
from specwitness.mock.routing import Match, Route, Router
from specwitness.version import VERSION

SERVER = f"specwitness-mock/{VERSION}"
VALUES_PATH = b"/__specwitness__/values"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class App:
    """The ASGI application of several contracts."""

    def __init__(self, contracts: Iterable[Contract], *, seed: int) -> None:
        """Take the contracts; where two of them have one path, the first answers."""
        contracts = tuple(contracts)
        self.desks = {contract.name: Desk(contract, seed=seed) for contract in contracts}
        self._router = Router(contracts)

    def reset(self) -> None:
        """Forget everything that happened."""
        for desk in self.desks.values():
            desk.reset()

    def values(self, contract: str) -> MockValues:
        """Return what a client of a contract needs."""
        return self.desks[contract].values

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP is not spoken."""
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
        reply = self.reply(
            Call(scope["method"], scope["raw_path"], scope["query_string"], tuple(scope["headers"]), b"".join(pieces))
        )
        await _send(reply, send, silent=scope["method"] == "HEAD")

    def reply(self, call: Call) -> Reply:
        """Answer a request."""
        if call.path == VALUES_PATH and call.method in {"GET", "HEAD"}:
            return json_reply(200, {name: desk.values.to_json() for name, desk in self.desks.items()})
        match = self._router.match(call.path)
        if match is None:
            return json_reply(404, {"detail": "no contract has this path"})
        operation = _operation(match.route, call.method)
        if operation is None:
            allow = (("Allow", match.route.allow),)
            if call.method == "OPTIONS":
                return Reply(204, allow)
            return json_reply(405, {"detail": f"allowed are {match.route.allow}"}, allow)
        return self.desks[match.route.contract].reply(operation, _with(call, match))


def app(contracts: Sequence[Contract], *, seed: int = 0) -> App:
    """Return the mock of some contracts as an ASGI application."""
    return App(contracts, seed=seed)


def _operation(route: Route, method: str) -> Operation | None:
    return route.operations.get(method) or (route.operations.get("GET") if method == "HEAD" else None)


def _with(call: Call, match: Match) -> Call:
    return Call(call.method, call.path, call.query, call.headers, call.body, match.parameters)


async def _send(reply: Reply, send: Send, *, silent: bool) -> None:
    headers = [(b"server", SERVER.encode())]
    headers += [(name.lower().encode("latin-1"), text.encode("latin-1", "replace")) for name, text in reply.headers]
    if len(reply.body) <= 1 and reply.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(b"".join(reply.body))).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    pieces = (b"",) if silent or not reply.body else reply.body
    for index, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": index + 1 < len(pieces)})

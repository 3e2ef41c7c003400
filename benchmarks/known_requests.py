"""Requests whose answer is known: sent to the mock without a fault, and kept with what it answered as documented.

Dredd and Specmatic have to be told them; our suite and schemathesis find their requests by themselves. They are made
from the document and the ids that the mock tells: each id, an unknown id, no credentials, a body that lacks something
or cannot be read, and each parameter with a value that its schema refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import requests
from benchmarks.stage import headers

from specwitness import mock, pool
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Json
from specwitness.mock.desk import MockValues

WRONG = "no"
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Ask:
    """One request as it is sent; `id` is the last id in its path, that of the resource it is about."""

    operation: Operation
    target: str
    headers: Mapping[str, str]
    body: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Known:
    """One request, and the documented answer that it gets."""

    ask: Ask
    status: int
    headers: Mapping[str, str]
    answer: str

    @property
    def spends(self) -> bool:
        """Whether the request changes the resource it is about, so that others may not be."""
        return self.ask.operation.method not in _SAFE and self.ask.id is not None and self.status < 300  # noqa: PLR2004 - RFC 9110

    @property
    def json(self) -> Json:
        """The body of the answer as JSON data, or as the text it is."""
        return json.loads(self.answer) if "json" in self.headers.get("Content-Type", "") else self.answer


def known_requests(contract: Contract) -> tuple[Known, ...]:
    """Return the requests that get a documented answer, whatever the order in which they are sent."""
    with mock.serve([contract]) as server, requests.Session() as session:
        session.trust_env = False
        values = server.values(contract.name)
        answered = []
        for operation in contract.operations:
            for ask in _asks(contract, operation, values):
                server.reset()
                url = server.url + ask.target
                got = session.request(operation.method, url, headers=ask.headers, data=ask.body, timeout=10)
                if str(got.status_code) in operation.responses:
                    answered.append(Known(ask, got.status_code, got.headers, got.text))
    return tuple(_undisturbed(answered))


def _asks(contract: Contract, operation: Operation, values: MockValues) -> Iterator[Ask]:
    names = [parameter.name for parameter in operation.path_parameters]
    ids = [dict(zip(names, each, strict=True)) for each in product(*(values.parameters[name] for name in names))]
    body = _body(contract, operation)
    typed = {"Content-Type": "application/json"} if body is not None else {}
    keys = headers(contract, values) if operation.security else {}

    def ask(
        path: Mapping[str, str], query: str = "", *, body: str | None = body, keys: Mapping[str, str] = keys
    ) -> Ask:
        target = operation.path.format(**path) + query
        return Ask(operation, target, {**typed, **keys}, body, path[names[-1]] if names else None)

    for path in ids:
        yield ask(path)
    if names:
        yield ask({**ids[0], names[-1]: "missing-one"})
    if operation.needs_credentials:
        yield ask(ids[0], keys={})
    if body is not None:
        yield ask(ids[0], body="{}")
        yield ask(ids[0], body="{")
    for parameter in operation.parameters:
        if parameter.schema is not None and not contract.request_schemas.accepts(parameter.schema, WRONG):
            if parameter.place == "path":
                yield ask({**ids[0], parameter.name: WRONG})
            elif parameter.place == "query":
                yield ask(ids[0], f"?{parameter.name}={WRONG}")


def _body(contract: Contract, operation: Operation) -> str | None:
    schema = operation.body[0].schema if operation.body else None
    return json.dumps(pool.body(contract, schema)) if schema is not None else None


def _undisturbed(answered: list[Known]) -> Iterator[Known]:
    """Leave each operation that changes something an id of its own, and one request for each status."""
    spent: dict[str, str | None] = {}
    for one in answered:
        if one.spends and one.ask.id not in spent.values():
            spent.setdefault(one.ask.operation.key, one.ask.id)
    own = {id for id in spent.values() if id is not None}
    seen: set[tuple[str, int]] = set()
    for one in answered:
        key = one.ask.operation.key
        free = spent.get(key) == one.ask.id if one.spends else one.ask.id not in own
        if free and (one.ask.operation.method in _SAFE or (key, one.status) not in seen):
            seen.add((key, one.status))
            yield one

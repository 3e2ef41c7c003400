"""Claims about every documented answer of the real contracts, whatever the seed: each can be had, and each is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specwitness import mock, pool
from specwitness.contract import load
from specwitness.contract.conformance import refusals
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Exchange, Intent, Request, Response
from specwitness.mock.app import App

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = {folder.name: load.load(folder) for folder in load.find(SPECS)}
DOCUMENTED = [
    (contract, operation, int(status))
    for contract in CONTRACTS.values()
    for operation in contract.operations
    for status in operation.responses
    if status.isdigit()
]


@cache
def app(name: str, seed: int) -> App:
    return mock.app([CONTRACTS[name]], seed=seed)


def asked(contract: Contract, operation: Operation, *, seed: int, headers: dict[str, str]) -> Iterator[Exchange]:
    """Yield what is answered for every id that there is."""
    values = app(contract.name, seed).values(contract.name).parameters
    rows = zip_longest(*(values[one.name] for one in operation.path_parameters)) if operation.path_parameters else [()]
    for row in rows:
        texts = [text or values[one.name][0] for one, text in zip(operation.path_parameters, row, strict=True)]
        yield ask(contract, operation, texts, seed=seed, headers=headers)


def ask(contract: Contract, operation: Operation, texts: list[str], *, seed: int, headers: dict[str, str]) -> Exchange:
    values = app(contract.name, seed).values(contract.name)
    path = operation.path
    for one, text in zip(operation.path_parameters, texts, strict=True):
        path = path.replace(f"{{{one.name}}}", quote(text, safe=""))
    sent = dict(headers)
    for name, value in values.credentials.items():
        sent |= [contract.security_schemes[name].header(value)]
    body = None
    content = next((one for one in operation.body if is_json(one.media_type) and one.schema), None)
    if content is not None and content.schema is not None:
        body = json.dumps(pool.body(contract, content.schema, seed=seed)).encode()
        sent["Content-Type"] = content.media_type
    wire = tuple((name.lower().encode(), value.encode()) for name, value in sent.items())
    reply = app(contract.name, seed).answer(operation.method, path.encode(), wire, body or b"")
    return Exchange(
        Request(operation.method, f"http://mock{path}", tuple(sent.items()), body),
        Response(reply.status, reply.headers, reply.content),
        operation.key,
        {},
        Intent.PROBE,
    )


def objections(contract: Contract, exchange: Exchange) -> list[str]:
    """Return what the contract has against an answer; that a valid request was refused was wished for."""
    wished = {"rejected-valid", "server-error"}
    judged = Exchange(exchange.request, exchange.response, exchange.operation, {}, Intent.GENERATED)
    return [one.message for one in refusals(contract, judged) if one.rule not in wished]


@pytest.mark.parametrize(
    ("contract", "operation", "status"), [pytest.param(*row, id=f"{row[1].key}-{row[2]}") for row in DOCUMENTED]
)
def test_every_documented_status_can_be_had(contract: Contract, operation: Operation, status: int) -> None:
    exchanges = list(asked(contract, operation, seed=0, headers={"Prefer": f"code={status}"}))
    assert status in {exchange.response.status for exchange in exchanges if exchange.response}
    assert [objections(contract, exchange) for exchange in exchanges] == [[]] * len(exchanges)


@settings(max_examples=40, deadline=None)
@given(
    number=st.integers(0, len(DOCUMENTED) - 1),
    seed=st.integers(0, 5),
    wish=st.sampled_from(["", ", dynamic=true", ", seed=1", ", seed=2, dynamic=true"]),
)
def test_whatever_the_seed_every_documented_answer_is_valid(number: int, seed: int, wish: str) -> None:
    contract, operation, status = DOCUMENTED[number]
    headers = {"Prefer": f"code={status}{wish}"}
    told = []
    for _ in range(2):
        app(contract.name, seed).reset()
        told.append(list(asked(contract, operation, seed=seed, headers=headers)))
    assert told[0] == told[1]
    assert [objections(contract, exchange) for exchange in told[0]] == [[]] * len(told[0])

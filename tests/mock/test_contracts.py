"""Claims about the answers to the real contracts: neither spec nor check objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwitness import mock
from specwitness.contract import load, sights
from specwitness.contract.conformance import refusals
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Exchange, Intent, Json, Request, Response, Trace
from specwitness.record import Aspect

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = [load.load(folder) for folder in load.find(SPECS)]
OPERATIONS = [
    pytest.param(contract, operation, id=operation.key) for contract in CONTRACTS for operation in contract.operations
]


class Talk:
    """Asks an application without a socket, and keeps what was said; also what a workflow is handed."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.app = mock.app([contract])
        self.values = self.app.values(contract.name)
        self.trace: Trace = ()

    def send(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        *,
        intent: Intent = Intent.VALID,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Exchange:
        path = operation.path
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        sent = {"Content-Type": "application/json"} if body else {}
        if not intent.without_access:
            sent |= {
                key: text
                for name, value in self.values.credentials.items()
                for key, text in [self.contract.security_schemes[name].header(value)]
            }
        sent |= headers or {}
        wire = tuple((name.lower().encode(), value.encode()) for name, value in sent.items())
        reply = self.app.answer(operation.method, f"{path}?{query}".encode(), wire, body)
        response = Response(reply.status, reply.headers, b"".join(reply.body))
        url = f"http://mock{path}" + (f"?{query}" if query else "")
        request = Request(operation.method, url, tuple(sent.items()), body or None)
        exchange = Exchange(request, response, operation.key, dict(parameters), intent)
        self.trace += (exchange,)
        return exchange

    def call(
        self,
        operation: str,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Json] | None = None,
        **parameters: str,
    ) -> Exchange:
        found = self.contract.operation(operation)
        assert found is not None
        text = b"" if body is None else json.dumps(body).encode()
        return self.send(found, parameters, body=text, headers=headers, query=urlencode(query or {}))

    def poll(self, operation: str, *, until: Any, **parameters: str) -> Exchange:
        for _ in range(10):
            exchange = self.call(operation, body=None, headers=None, query=None, **parameters)
            if until(exchange):
                break
        return exchange

    def objections(self) -> list[str]:
        """Return everything the spec and the checks have against what was said."""
        found = [violation.message for exchange in self.trace for violation in refusals(self.contract, exchange)]
        for check in self.contract.checks:
            chosen = [exchange for exchange in self.trace if check.applies_to(exchange)]
            for subject in [tuple(chosen)] if check.over_trace else chosen:
                found += [f"{check.rule}: {refusal.message}" for refusal in check(subject)]
        return found


def every_combination(values: mock.MockValues, operation: Operation) -> Iterator[dict[str, str]]:
    """Yield path parameters that together hold every value of each."""
    columns = [(one.name, values.parameters[one.name]) for one in operation.path_parameters]
    for row in zip_longest(*(column for _, column in columns)) if columns else [()]:
        yield {name: value or column[0] for (name, column), value in zip(columns, row, strict=True)}


def body_for(contract: Contract, operation: Operation) -> bytes:
    return b'{"prompt": "Say hello"}' if operation.body and contract.name == "praisonai" else b""


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
def test_nobody_objects_to_any_documented_id(contract: Contract, operation: Operation) -> None:
    talk = Talk(contract)
    for parameters in every_combination(talk.values, operation):
        talk.send(operation, parameters, body=body_for(contract, operation))
    assert talk.trace
    assert talk.objections() == []


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
def test_the_ids_together_show_every_documented_value_and_property(contract: Contract, operation: Operation) -> None:
    talk = Talk(contract)
    for parameters in every_combination(talk.values, operation):
        talk.send(operation, parameters, body=body_for(contract, operation))
    seen = {sight for exchange in talk.trace for sight in sights.seen(contract, exchange)}
    wanted = {
        sight
        for sight in sights.documented(contract, operation)
        if sight.place.startswith("2") and sight.aspect is not Aspect.STATUS
    }
    # A submitted job is queued; the other states of that schema belong to other operations.
    unreachable = {"running", "succeeded", "failed", "cancelled"} if operation.key == "submitRun" else set()
    assert {sight for sight in wanted - seen if sight.value not in unreachable} == set()


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
@pytest.mark.parametrize("intent", [one for one in Intent if one.without_access])
def test_a_request_without_access_is_refused_where_access_is_needed(
    contract: Contract, operation: Operation, intent: Intent
) -> None:
    talk = Talk(contract)
    wrong = {Intent.EMPTY_CREDENTIALS: "", Intent.WRONG_CREDENTIALS: "mock-api_keys"}
    headers = {"x-api-key": wrong[intent]} if intent in wrong else {}
    parameters = next(every_combination(talk.values, operation))
    exchange = talk.send(operation, parameters, intent=intent, headers=headers, body=body_for(contract, operation))
    assert exchange.response is not None
    assert (exchange.response.status == 401) == operation.needs_credentials
    assert talk.objections() == []


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
def test_an_id_that_begins_with_missing_is_not_found(contract: Contract, operation: Operation) -> None:
    if "404" not in operation.responses:
        return
    talk = Talk(contract)
    parameters = next(every_combination(talk.values, operation))
    parameters[operation.path_parameters[-1].name] = "missing-1f"
    exchange = talk.send(operation, parameters, intent=Intent.UNKNOWN_ID)
    assert exchange.response is not None
    assert exchange.response.status == 404
    assert b"missing-1f" in exchange.response.body
    assert talk.objections() == []


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text not in {".", ".."}
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_documented(data: st.DataObject) -> None:
    contract = data.draw(st.sampled_from(CONTRACTS))
    talk = TALKS[contract.name]
    talk.trace = ()
    operation = data.draw(st.sampled_from(contract.operations))
    parameters = {
        one.name: data.draw(st.one_of(TEXTS, st.sampled_from(talk.values.parameters[one.name])))
        for one in operation.path_parameters
    }
    query = data.draw(st.dictionaries(st.sampled_from(["status", "page", "page_size", "session_id", "x"]), TEXTS))
    headers = data.draw(st.sampled_from([{}, {"Idempotency-Key": "one"}, {"x-api-key": "no"}, {"Content-Type": "a/b"}]))
    body = data.draw(st.sampled_from([b"", b"{", b"{}", b'{"prompt": 1}', b'{"prompt": "x"}', b"\xff"]))
    talk.send(operation, parameters, intent=Intent.GENERATED, query=urlencode(query), headers=headers, body=body)
    assert talk.objections() == []


TALKS = {contract.name: Talk(contract) for contract in CONTRACTS}


@pytest.mark.parametrize(
    ("contract", "workflow"),
    [pytest.param(contract, workflow, id=workflow.name) for contract in CONTRACTS for workflow in contract.workflows],
)
def test_the_workflows_of_a_contract_pass(contract: Contract, workflow: Any) -> None:
    talk = Talk(contract)
    workflow(talk)
    assert talk.trace
    assert talk.objections() == []


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
def test_the_laws_and_states_of_the_lifecycle_are_kept(contract: Contract, operation: Operation) -> None:
    lifecycle = contract.lifecycle_of(operation.key)
    talk = Talk(contract)
    for parameters in every_combination(talk.values, operation) if lifecycle else ():
        response = talk.send(operation, parameters, body=body_for(contract, operation)).response
        assert response is not None
        if not 200 <= response.status < 300:
            continue
        body = response.json()
        assert lifecycle is not None
        state = mock_look(body, lifecycle.shows[operation.key])
        demands = lifecycle.demands[state]
        assert [at for at in demands.absent if mock_look(body, at) is not None] == []
        for chain in lifecycle.answers[operation.key].ordered:
            instants = [mock_look(body, at) for at in chain]
            known = [instant for instant in instants if instant is not None]
            assert known == sorted(known)


def mock_look(value: Json, pointer: str) -> Json:
    for token in pointer.split("/")[1:]:
        value = value.get(token) if isinstance(value, dict) else None
    return value

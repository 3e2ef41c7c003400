"""Every hand-written check of the contracts can be broken, and a server with the fault for it is caught by it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import product, zip_longest
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from specwitness import Exchange, Finding, Intent, Request, Response, Trace, mock
from specwitness.contract import pointers
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Json
from specwitness.runner.judge import Judge

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = {name: load(SPECS / name) for name in ("intuned", "praisonai")}
APPS = {name: mock.app([contract]) for name, contract in CONTRACTS.items()}
JUDGES = {name: Judge(contract) for name, contract in CONTRACTS.items()}

FAULTS = [pytest.param(contract, fault, id=fault.name) for contract in CONTRACTS.values() for fault in contract.faults]

CHECKS = {check.rule: (contract, check) for contract in CONTRACTS.values() for check in contract.checks}
SNAPSHOT = "/jobRun/job_configuration_snapshot"


class Place(NamedTuple):
    """A place in the body of an answer, a value that is wrong there, and the rule that is then reported."""

    operation: str
    status: int
    pointer: str
    value: Json
    reported: str


# A check that says what the schema says. Whatever breaks it breaks the schema at the same place, and the judge does not
# say one thing twice: the check is there for the day on which the document says less.
SAID_BY_THE_SCHEMA = {
    "run-status-is-documented": Place("runApiResult", 200, "/status", "cancelled", "response-enum"),
    "run-error-has-message-and-category": Place("runApiResult", 200, "/error/message", 1, "response-type"),
    "run-error-code-is-documented": Place("runApiResult", 200, "/error/code", "oops", "response-enum"),
    "run-error-category-is-documented": Place("runApiResult", 200, "/error/category", "mine", "response-enum"),
    "run-reason-type-is-documented": Place("runApiResult", 200, "/reason/type", "bored", "response-enum"),
    "extended-payload-names-its-api": Place("runApiResult", 200, "/extendedPayloads/0/api", 1, "response-type"),
    "job-run-status-is-documented": Place("getJobRun", 200, "/jobRun/status", "RUNNING", "response-enum"),
    "job-run-type-is-documented": Place("getJobRun", 200, "/jobRun/type", "manual", "response-enum"),
    "job-run-error-is-complete": Place("getJobRun", 200, "/jobRun/error/message", 1, "response-type"),
    "job-run-error-code-is-documented": Place("getJobRun", 200, "/jobRun/error/code", "unexpected", "response-enum"),
    "job-run-error-category-is-documented": Place("getJobRun", 200, "/jobRun/error/category", "user", "response-enum"),
    "job-run-reason-type-is-documented": Place("getJobRun", 200, "/jobRun/reason/type", "bored", "response-enum"),
    "job-run-is-attempted-at-least-once": Place(
        "getJobRun", 200, f"{SNAPSHOT}/configuration/retry/maximumAttempts", 0, "response-minimum"
    ),
    "job-run-concurrency-is-within-bounds": Place(
        "getJobRun", 200, f"{SNAPSHOT}/configuration/maxConcurrentRequests", 26, "response-maximum"
    ),
    "job-run-sink-is-complete": Place("getJobRun", 200, f"{SNAPSHOT}/sink/type", "minio", "response-any-of"),
    "error-code-matches-the-status": Place("getJobRun", 404, "/code", "unauthorized", "response-enum"),
    "error-category-is-user": Place("runApiResult", 401, "/category", "auth", "response-enum"),
    "error-is-not-retirable": Place("getJobRun", 400, "/retirable", True, "response-enum"),
    "result-is-that-of-a-job-that-succeeded": Place("getRunResult", 200, "/status", "running", "response-enum"),
    "job-that-succeeded-gives-its-result": Place("getRunResult", 200, "/result", {"text": "4"}, "response-type"),
    "submitted-status-is-documented": Place("submitRun", 202, "/status", "pending", "response-enum"),
    "status-is-documented": Place("getRun", 200, "/status", "pending", "response-enum"),
    "percentage-is-between-0-and-100": Place("getRun", 200, "/progress/percentage", 101, "response-maximum"),
    "cancelled-job-is-cancelled": Place("cancelRun", 200, "/status", "succeeded", "response-enum"),
    "listed-statuses-are-documented": Place("listRuns", 200, "/jobs/0/status", "pending", "response-enum"),
}

# A check of a status that is not documented: the judge reports that, at the same place.
SAID_BY_THE_STATUS = {"unfinished-job-is-answered-400"}

ALSO_BROKEN = {
    # The walk knows that its workspace is no UUID: a server that takes it accepts what the contract refuses.
    "workspace-of-a-run-does-not-matter": "accepted-invalid",
    # The schema of a result allows `succeeded` alone; that the status should have been 400, only the check says.
    "failed-job-is-answered-200": "response-enum",
    # Once such a result has told that the job succeeded, a list that shows it cancelled contradicts that.
    "cancelled-job-has-a-result": "list-agrees-with-the-reads",
    # A list that shows another number of jobs than it should does not agree with itself either.
    "list-shows-every-job-twice": "nothing-is-listed-twice",
    "page-begins-with-the-second-job": "total-counts-what-is-listed",
}
"""Which rule of the judge's own a fault cannot but break too."""


class Walk:
    """Asks the mock of a contract for everything there is, always in the same order, and keeps what was said."""

    def __init__(self, contract: Contract, fault: str | None = None) -> None:
        self.contract, self.app = contract, APPS[contract.name]
        self.app.reset()
        self.values = self.app.values(contract.name)
        self.access = {f"x-{name.replace('_', '-')}": value for name, value in self.values.credentials.items()}
        self.common = {"prefer": f"fault={fault}"} if fault else {}
        self.trace: Trace = ()
        _WALKS[contract.name](self)

    def ask(
        self,
        operation: str,
        parameters: Mapping[str, str],
        intent: Intent = Intent.VALID,
        *,
        method: str = "",
        query: str = "",
        body: Json = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Send one request, and return the JSON of the answer."""
        found = self.contract.operation(operation)
        assert found is not None
        path = found.path
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json"} if content else {}
        sent |= {} if intent.without_access else self.access
        sent |= headers or {}
        wire = tuple((name.encode(), value.encode()) for name, value in (sent | self.common).items())
        method = method or found.method
        reply = self.app.answer(method, f"{path}{query}".encode(), wire, content)
        request = Request(method, f"http://mock{path}{query}", tuple(sent.items()), content or None)
        response = Response(reply.status, reply.headers, b"" if method == "HEAD" else b"".join(reply.body))
        self.trace += (Exchange(request, response, operation, dict(parameters), intent),)
        return response.json()

    def ask_each(self, operations: tuple[str, ...], parameters: Mapping[str, str]) -> None:
        """Send the valid request of each of some operations."""
        for operation in operations:
            self.ask(operation, parameters)

    def findings(self, right: Trace = ()) -> Iterator[Finding]:
        """Yield everything that is wrong with what was said, where it is not what was said on the right walk."""
        judge = JUDGES[self.contract.name]
        for exchange, other in zip_longest(self.trace, right):
            if other is None or _heard(exchange) != _heard(other):
                yield from judge.findings(exchange)
        yield from judge.trace_findings(self.trace)
        assert not judge.problems


def _heard(exchange: Exchange) -> Json:
    assert exchange.response is not None
    return exchange.response.status, exchange.response.headers, exchange.response.json(), exchange.parameters


def _walk_intuned(walk: Walk) -> None:
    ids = walk.values.parameters
    common = {name: ids[name][0] for name in ("workspaceId", "projectName")}
    runs = [("runApiResult", {**common, "runId": run}) for run in ids["runId"]]
    runs += [("getJobRun", {**common, "jobId": ids["jobId"][0], "jobRunId": run}) for run in ids["jobRunId"]]
    for _, (operation, parameters) in product(range(3), runs):
        walk.ask(operation, parameters)
    for operation, parameters in (runs[0], runs[-1]):
        unknown = {**parameters, list(parameters)[-1]: "missing-1f"}
        walk.ask(operation, unknown, Intent.UNKNOWN_ID)
        walk.ask(operation, unknown, Intent.NO_CREDENTIALS)
        walk.ask(operation, parameters, Intent.NO_CREDENTIALS)
        walk.ask(operation, parameters, Intent.EMPTY_CREDENTIALS, headers={"x-api-key": ""})
        walk.ask(operation, parameters, Intent.WRONG_CREDENTIALS, headers={"x-api-key": "wrong"})
        walk.ask(operation, {**parameters, "workspaceId": "my-workspace"}, Intent.INVALID)
        walk.ask(operation, {**parameters, "projectName": "a/b é", "workspaceId": "0"}, Intent.GENERATED)
        walk.ask(operation, parameters, Intent.PROBE, method="HEAD")
        walk.ask(operation, parameters, Intent.PROBE, method="POST", body={})


def _walk_praisonai(walk: Walk) -> None:
    jobs = walk.values.parameters["job_id"]
    for _, job in product(range(3), jobs):
        walk.ask_each(("getRun", "getRunResult", "streamRun"), {"job_id": job})
    for operation in ("getRun", "getRunResult", "cancelRun", "deleteRun", "streamRun"):
        walk.ask(operation, {"job_id": "missing-1f"}, Intent.UNKNOWN_ID)
        walk.ask(operation, {"job_id": "missing-1f"}, Intent.UNKNOWN_ID)
        walk.ask(operation, {"job_id": "a/b é"}, Intent.GENERATED)
        walk.ask(operation, {"job_id": jobs[0]}, Intent.PROBE, method="PUT")
    for body in (b"{", {}, {"prompt": 1}, b"\xff"):
        walk.ask("submitRun", {}, Intent.INVALID, body=body)
    for query in ("?page=0", "?page_size=101", "?status=pending"):
        walk.ask("listRuns", {}, Intent.INVALID, query=query)
    for query in ("", *(f"?status={status}" for status in ("queued", "running", "succeeded", "failed", "cancelled"))):
        walk.ask("listRuns", {}, query=query)
    for query in ("?page=2", "?page_size=2&page=2", "?session_id=none"):
        walk.ask("listRuns", {}, query=query)
    _live_and_die(walk, jobs)
    walk.ask_each(("getHealth", "getStats"), {})


def _live_and_die(walk: Walk, jobs: tuple[str, ...]) -> None:
    prompt = {"prompt": "Say hello"}
    followed = walk.ask("submitRun", {}, body=prompt)["job_id"]
    walk.ask("listRuns", {})
    walk.ask_each(("getRun", "getRunResult") * 3, {"job_id": followed})
    walk.ask_each(("cancelRun", "deleteRun", "getRun", "getRunResult", "cancelRun", "deleteRun"), {"job_id": followed})
    early = walk.ask("submitRun", {}, body=prompt)["job_id"]
    walk.ask_each(("getRunResult", "cancelRun", "getRun", "getRunResult", "getRun"), {"job_id": early})
    walk.ask("submitRun", {}, body=prompt, headers={"idempotency-key": "one"})
    walk.ask("submitRun", {}, body=prompt, headers={"idempotency-key": "one"})
    walk.ask("listRuns", {})
    for operations in (("cancelRun", "getRun", "getRunResult"), ("deleteRun", "getRun", "getRunResult")):
        for job in jobs:
            walk.ask_each(operations, {"job_id": job})
        walk.ask("listRuns", {})


_WALKS = {"intuned": _walk_intuned, "praisonai": _walk_praisonai}


@cache
def right(name: str) -> Trace:
    """Return what a mock without fault says."""
    return Walk(CONTRACTS[name]).trace


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_nothing_is_wrong_with_a_mock_without_fault(contract: Contract) -> None:
    assert list(Walk(contract).findings()) == []


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_walk_comes_by_every_operation_and_every_documented_id(contract: Contract) -> None:
    walk = Walk(contract)
    assert {exchange.operation for exchange in walk.trace} == {operation.key for operation in contract.operations}
    asked = {item for exchange in walk.trace for item in exchange.parameters.items()}
    assert {(name, value) for name, values in walk.values.parameters.items() for value in values} <= asked


@pytest.mark.parametrize(("contract", "fault"), FAULTS)
def test_a_fault_breaks_what_it_says_and_nothing_else(contract: Contract, fault: WrittenFault) -> None:
    also = {ALSO_BROKEN[fault.name]} if fault.name in ALSO_BROKEN else set()
    found = {finding.rule for finding in Walk(contract, fault.name).findings(right(contract.name))}
    assert found == {*fault.breaks, *also}


@pytest.mark.parametrize(("rule", "case"), SAID_BY_THE_SCHEMA.items(), ids=SAID_BY_THE_SCHEMA)
def test_what_breaks_a_check_that_has_no_fault_is_said_by_the_schema(rule: str, case: Place) -> None:
    contract, check = CHECKS[rule]
    exchange = changed(contract, case)
    assert check.applies_to(exchange)
    assert list(check(exchange))
    assert {finding.rule for finding in JUDGES[contract.name].findings(exchange)} == {case.reported}


@pytest.mark.parametrize("rule", sorted(SAID_BY_THE_STATUS))
def test_a_status_that_only_a_check_refuses_is_not_documented_either(rule: str) -> None:
    contract, check = CHECKS[rule]
    for status in check.statuses:
        exchange = next(one for one in right(contract.name) if one.operation in check.operations)
        exchange = replace(exchange, response=Response(status, (("Content-Type", "application/json"),), b"{}"))
        assert list(check(exchange))
        assert {finding.rule for finding in JUDGES[contract.name].findings(exchange)} == {"undocumented-status"}


def test_every_check_has_a_fault_or_a_reason_for_none() -> None:
    broken = {rule for contract in CONTRACTS.values() for fault in contract.faults for rule in fault.breaks}
    without = SAID_BY_THE_STATUS | set(SAID_BY_THE_SCHEMA)
    assert (broken | without, broken & without) == (set(CHECKS), set())


def test_every_fault_makes_a_claim_of_its_own() -> None:
    claims = [fault.claim for contract in CONTRACTS.values() for fault in contract.faults]
    assert [claim for claim in claims if not claim.endswith(".")] == []
    assert len(set(claims)) == len(claims)


def changed(contract: Contract, case: Place) -> Exchange:
    """Return the first right exchange that has such a place, with the wrong value there."""
    above, _, name = case.pointer.rpartition("/")
    for exchange in right(contract.name):
        response = exchange.response
        if response is None or (exchange.operation, response.status) != (case.operation, case.status):
            continue
        body = deepcopy(response.json())
        with suppress(KeyError):
            place = pointers.get(body, above)
            if isinstance(place, dict):
                place[name] = case.value
                return replace(
                    exchange, response=Response(response.status, response.headers, json.dumps(body).encode())
                )
    raise AssertionError(f"the mock never shows {case.pointer}")

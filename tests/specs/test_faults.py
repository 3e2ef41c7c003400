"""Every hand-written check of the contracts can be broken, and a server with the fault for it is caught by it alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product, zip_longest
from pathlib import Path
from urllib.parse import quote

import pytest

from specwitness import Exchange, Finding, Intent, Level, Request, Response, Trace, mock
from specwitness.contract.checking import Check
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.load import later, load
from specwitness.contract.model import Contract
from specwitness.findings import Json
from specwitness.runner.judge import Judge

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = {name: load(SPECS / name) for name in ("intuned", "praisonai")}
APPS = {name: mock.app([contract]) for name, contract in CONTRACTS.items()}

FAULTS = [pytest.param(contract, fault, id=fault.name) for contract in CONTRACTS.values() for fault in contract.faults]
LATER = [
    pytest.param(contract, fault, id=fault.name)
    for contract in CONTRACTS.values()
    for fault in contract.faults
    if fault.overlay
]
CHECKS = [pytest.param(contract, check, id=check.rule) for contract in CONTRACTS.values() for check in contract.checks]

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


def findings(contract: Contract, said: Trace, right: Trace = ()) -> Iterator[Finding]:
    """Yield everything that a contract finds wrong with a walk, where that is not what was said on the right one."""
    judge = Judge(contract)
    for exchange, other in zip_longest(said, right):
        if other is None or _heard(exchange) != _heard(other):
            yield from judge.findings(exchange)
    yield from judge.trace_findings(said)
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
    walk.ask("getRunResult", {"job_id": "run-failed"})
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
def walked(name: str, fault: str | None = None) -> Trace:
    """Return what a mock says, with a fault or without."""
    return Walk(CONTRACTS[name], fault).trace


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_nothing_is_wrong_with_a_mock_without_fault(contract: Contract) -> None:
    assert list(findings(contract, walked(contract.name))) == []


@pytest.mark.parametrize(("contract", "fault"), LATER)
def test_nothing_is_wrong_with_it_by_a_later_version_of_the_document(contract: Contract, fault: WrittenFault) -> None:
    assert list(findings(later(contract, fault), walked(contract.name))) == []


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_walk_comes_by_every_operation_and_every_documented_id(contract: Contract) -> None:
    walk = Walk(contract)
    assert {exchange.operation for exchange in walk.trace} == {operation.key for operation in contract.operations}
    asked = {item for exchange in walk.trace for item in exchange.parameters.items()}
    assert {(name, value) for name, values in walk.values.parameters.items() for value in values} <= asked


@pytest.mark.parametrize(("contract", "fault"), FAULTS)
def test_a_fault_breaks_what_it_says_and_nothing_else(contract: Contract, fault: WrittenFault) -> None:
    also = {ALSO_BROKEN[fault.name]} if fault.name in ALSO_BROKEN else set()
    assert {finding.rule for finding in found(contract.name, fault.name)} == {*fault.breaks, *also}


@pytest.mark.parametrize(("contract", "check"), CHECKS)
def test_without_a_check_a_fault_is_found_no_more_or_less_severely(contract: Contract, check: Check) -> None:
    assert any(
        _severity(found(contract.name, fault, check.rule)) < _severity(found(contract.name, fault))
        for fault in faults_for(contract, check.rule)
    )


def test_every_fault_makes_a_claim_of_its_own() -> None:
    claims = [fault.claim for contract in CONTRACTS.values() for fault in contract.faults]
    assert [claim for claim in claims if not claim.endswith(".")] == []
    assert len(set(claims)) == len(claims)


def faults_for(contract: Contract, rule: str) -> list[str]:
    """Return the names of the faults that are there to break a check."""
    return [fault.name for fault in contract.faults if rule in fault.breaks]


@cache
def found(name: str, fault: str, without: str | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a mock that has a fault, by the document with which it is to be found.

    `without` is the rule of a check that is not asked.
    """
    contract = CONTRACTS[name]
    (written,) = (one for one in contract.faults if one.name == fault)
    asked = replace(later(contract, written), checks=tuple(one for one in contract.checks if one.rule != without))
    return tuple(findings(asked, walked(name, fault), walked(name)))


def _severity(found: tuple[Finding, ...]) -> int:
    """Say how much was found: nothing, something to be told or warned of, or what breaks clients."""
    levels = [Level.INFO, Level.WARNING, Level.BREAKING]
    return max((levels.index(finding.level) + 1 for finding in found), default=0)

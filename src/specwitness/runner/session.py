"""One contract against one target, in one process: the means by which every test of the suite sends requests."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import requests

from specwitness.contract import pointers
from specwitness.contract.model import Contract, Operation, SecurityScheme
from specwitness.findings import Exchange, Finding, Intent, Json, Level, Trace, Verdict
from specwitness.record import Record
from specwitness.redaction import Redaction
from specwitness.runner import transport
from specwitness.runner.generation import AnyCase, Generator, Planned, credentials, encoded, generated_validly
from specwitness.runner.judge import Judge
from specwitness.runner.profile import Profile, derived
from specwitness.runner.recorder import Recorder
from specwitness.runner.target import Target

MAX_FAULTS = 2
"""After so many requests without an answer an operation is given up: each of them may take the whole patience."""

MAX_IDS = 200
"""How many combinations of ids an operation is asked for."""

POLL_SECONDS = 20.0
"""How long a workflow waits for a state."""


class SilentError(Exception):
    """An operation does not answer; the test that meets this ends, its findings stand."""


class ContractSession:
    """Sends requests of one contract to one target; `recorder` belongs to the running test and is changed with it."""

    def __init__(self, contract: Contract, target: Target, profile: Profile, seed: int) -> None:
        """Prepare to send; nothing is sent yet."""
        self.contract = contract
        self.target = target
        self.profile = profile
        self.seed = seed
        self.guard = transport.Guard(target)
        self.generator = Generator(contract, base_url=target.base_url, probe_methods=target.allow_writes)
        self.unreachable: str | None = None
        self._gone = False
        self._earlier: Trace = ()
        self._redaction = Redaction.of(contract.manifest.secrets, target.secrets())
        self._session = transport.RecordingSession(target)
        self._faults: dict[str, int] = {}
        self._ids = iter(itertools.count())
        self.recorder = self._fresh_recorder()

    def __repr__(self) -> str:
        """Name what is tested where."""
        return f"<ContractSession {self.contract.name} at {self.target!r}>"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def start_test(self) -> None:
        """Begin a test: what it will see belongs to it alone."""
        self.recorder = self._fresh_recorder()
        self._ids = iter(itertools.count())

    def remember(self) -> None:
        """Let every test to come know what the target has said until now, where it keeps what it has."""
        if not self.target.embedded:
            self._earlier = self.recorder.trace

    def finish_test(self) -> Record:
        """Return what the test saw."""
        return self.recorder.publish()

    def _fresh_recorder(self) -> Recorder:
        judge = Judge(self.contract, frozenset(self.target.credentials.values()))
        return Recorder(judge, self._redaction, self._earlier)

    def seed_of(self, *names: str) -> int:
        """Return the seed of one part of the run."""
        return derived(self.seed, self.contract.name, *names)

    def unknown_id(self, *names: str) -> str:
        """Return an id that nobody has, a new one at each call of a test, the same in each run of that test."""
        return self.target.unknown(self.seed_of(*names, str(next(self._ids))))

    def send(self, planned: Planned, operation: Operation) -> Exchange:
        """Send a case with valid credentials, judge and record the exchange. Raises SilentError on repeated silence."""
        case, intent = planned.case, planned.intent
        if intent is not Intent.PROBE:
            intent = self._with_known_ids(case, operation, intent)
        return self._exchange(case, operation, intent, self._access(operation))[0]

    def respond(self, planned: Planned, operation: Operation) -> Any:
        """Send a case as it is, ids included, and return schemathesis' own response, which its links are read from."""
        exchange, response = self._exchange(planned.case, operation, planned.intent, self._access(operation))
        if response is None:
            raise SilentError(exchange.fault)
        return response

    def call(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        *,
        intent: Intent = Intent.VALID,
        access: Mapping[str, Any] | None = None,
        **content: Any,
    ) -> Exchange:
        """Send one request made by hand; `access` replaces the valid credentials."""
        case = self.generator.case(operation, parameters=parameters, **content)
        return self._exchange(case, operation, intent, self._access(operation) if access is None else access)[0]

    def head(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        *,
        intent: Intent = Intent.PROBE,
        access: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Send HEAD where the operation has GET, and see what really comes back."""
        case = self.generator.case(operation, parameters=parameters)
        url = case.as_transport_kwargs(base_url=self.target.base_url)["url"]
        self.guard.check("HEAD", url)
        carried = self._access(operation) if access is None else access
        headers = {"User-Agent": "specwitness", "Accept": "*/*", **carried.get("headers", {})}
        wire = transport.head(url, headers, patience=self.target.patience)
        exchange = transport.exchange_of(wire, operation=operation.key, parameters=parameters, intent=intent)
        if exchange.response is not None:
            self.recorder.saw(exchange)
        return exchange

    def known_ids(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Yield combinations of ids that exist, the last parameter's changing first, up to `MAX_IDS` of them."""
        names = [parameter.name for parameter in operation.path_parameters]
        choices: list[Sequence[str]] = [
            self.target.parameters.get(name) or self._examples(operation, name) for name in names
        ]
        if not all(choices):
            return
        yield from (
            dict(zip(names, combination, strict=True))
            for combination in itertools.islice(itertools.product(*choices), MAX_IDS)
        )

    def _examples(self, operation: Operation, name: str) -> Sequence[str]:
        parameter = next(item for item in operation.path_parameters if item.name == name)
        data = pointers.get(self.contract.document, parameter.pointer)
        schema = data.get("schema", {})
        found = [data.get("example"), *(item.get("value") for item in (data.get("examples") or {}).values())]
        found += [schema.get("example"), *(schema.get("examples") or [])]
        return [str(value) for value in found if value is not None]

    def _access(self, operation: Operation, replaced: str | None = None) -> dict[str, Any]:
        """Return the keyword arguments that carry the credentials of an operation, valid ones unless `replaced`."""
        merged: dict[str, Any] = {}
        for scheme, value in self.credentials_of(operation):
            for key, pairs in credentials(scheme, value if replaced is None else replaced).items():
                merged.setdefault(key, {}).update(pairs)
        return merged

    def credentials_of(self, operation: Operation) -> list[tuple[SecurityScheme, str]]:
        """Return the security schemes by which the operation is called, with their values."""
        known, values = self.contract.security_schemes, self.target.credentials
        for alternative in operation.security:
            if all(name in values for name in alternative):
                return [(known[name], values[name]) for name in alternative if name in known]
        return []

    def access_with(self, operation: Operation, value: str) -> dict[str, Any]:
        """Return the keyword arguments that carry another value in place of each credential."""
        return self._access(operation, replaced=value)

    def _with_known_ids(self, case: AnyCase, operation: Operation, intent: Intent) -> Intent:
        """Put ids that exist into the path of a generated case, where the case is not about the path."""
        if not generated_validly(case, "path") or not case.path_parameters:
            return intent
        if operation.method == "DELETE" and not self.target.embedded:
            return intent
        combinations = list(itertools.islice(self.known_ids(operation), 64))
        if not combinations:
            return intent
        case.path_parameters = encoded(combinations[next(self._ids) % len(combinations)])
        return Intent.VALID if intent is Intent.GENERATED else intent

    def _exchange(
        self, case: AnyCase, operation: Operation, intent: Intent, access: Mapping[str, Any]
    ) -> tuple[Exchange, Any]:
        exchange, response = self._sent(case, operation, intent, access)
        if exchange.response is None:
            first = exchange
            exchange, response = self._asked_again(case, operation, intent, access)
            if exchange.response is not None:
                self.recorder.found(self._flaky(first))
        else:
            self._faults.pop(operation.key, None)
        judged = exchange.response is not None and intent is not Intent.PROBE
        self.recorder.saw(exchange, self.generator.second_opinions(case, response) if judged else ())
        if self.is_silent(operation):
            raise SilentError(exchange.fault)
        return exchange, response

    def _sent(
        self, case: AnyCase, operation: Operation, intent: Intent, access: Mapping[str, Any]
    ) -> tuple[Exchange, Any]:
        self._session.last = None
        response = None
        try:
            response = case.call(base_url=self.target.base_url, session=self._session, **_copied(access))
        except requests.RequestException as error:
            if self._session.last is None:
                raise SilentError(transport.fault_in_words(error)) from error
        assert self._session.last is not None  # noqa: S101 - the session records before it sends
        exchange = transport.exchange_of(
            self._session.last,
            operation=operation.key,
            parameters={name: unquote(str(value)) for name, value in case.path_parameters.items()},
            intent=intent,
        )
        return exchange, response

    def _asked_again(
        self, case: AnyCase, operation: Operation, intent: Intent, access: Mapping[str, Any]
    ) -> tuple[Exchange, Any]:
        """Ask once more: an answer makes the first silence flaky, none makes it a finding, unless all is silent."""
        again = self._sent(case, operation, intent, access)
        if again[0].response is None:
            self._faults[operation.key] = self._faults.get(operation.key, 0) + 1
            if not self.is_alive():
                self.unreachable = (
                    f"{Redaction().url(self.target.base_url)} stopped answering: {again[0].fault}. Start it again"
                )
                self.recorder.cannot_conclude(self.unreachable)
                self.recorder.found(self._stopped(again[0]))
                raise SilentError(again[0].fault)
        return again

    def is_silent(self, operation: Operation) -> bool:
        """Say whether an operation was given up."""
        return self._faults.get(operation.key, 0) >= MAX_FAULTS

    def came_back(self) -> bool:
        """Give a target that stopped answering its patience to answer again, once."""
        if self.unreachable is None:
            return True
        deadline = time.monotonic() + (0.0 if self._gone else self.target.patience)
        while not self.is_alive():
            if time.monotonic() > deadline:
                self._gone = True
                return False
            time.sleep(0.2)
        self.unreachable = None
        self._faults.clear()
        return True

    def is_alive(self) -> bool:
        """Say whether the target answers anything at all."""
        with requests.Session() as session:
            session.trust_env = False
            try:
                session.head(self.target.base_url, timeout=self.target.patience, allow_redirects=False)
            except requests.RequestException:
                return False
        return True

    def _flaky(self, exchange: Exchange) -> Finding:
        words = f"{exchange.fault}; the same request was answered when repeated"
        return self._unproven("flaky-response", Level.WARNING, exchange, words)

    def _stopped(self, exchange: Exchange) -> Finding:
        words = f"after this request nothing answered any more: {exchange.request.as_curl()}"
        return self._unproven("server-stopped", Level.BREAKING, exchange, words)

    def _unproven(self, rule: str, level: Level, exchange: Exchange, words: str) -> Finding:
        return replace(
            Judge(self.contract).findings(replace(exchange, response=None))[0],
            rule=rule,
            level=level,
            verdict=Verdict.UNDECIDED,
            message=f"{exchange.request.method}: {words}",
            value=None,
            witness=None,
        )


class WorkflowApi:
    """What a contract's workflows call: operations by key, every exchange recorded."""

    def __init__(self, session: ContractSession) -> None:
        """Call through a session."""
        self._session = session

    def call(
        self,
        operation: str,
        *,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Json] | None = None,
        **parameters: str,
    ) -> Exchange:
        """Send one valid request of an operation and return the exchange."""
        found = self._session.contract.operation(operation)
        if found is None:
            raise LookupError(f"a workflow calls {operation!r}, which the contract does not have")
        media_type = found.body[0].media_type if body is not None and found.body else None
        return self._session.call(found, parameters, body=body, media_type=media_type, headers=headers, query=query)

    def poll(self, operation: str, *, until: Callable[[Exchange], bool], **parameters: str) -> Exchange:
        """Repeat a call until a condition holds or patience ends, at the pace the server asks for."""
        deadline = time.monotonic() + POLL_SECONDS
        while True:
            exchange = self.call(operation, body=None, headers=None, query=None, **parameters)
            if until(exchange) or time.monotonic() > deadline:
                return exchange
            time.sleep(self._pause(exchange))

    def _pause(self, exchange: Exchange) -> float:
        if self._session.target.is_loopback:
            # A server on this machine is ours or a test's; its wish to be left alone protects nobody.
            return 0.0 if self._session.target.embedded else 0.1
        asked = exchange.response.header("Retry-After") if exchange.response else None
        return min(float(asked), POLL_SECONDS) if asked and asked.isdigit() else 1.0


def _copied(access: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments that the callee may change: requests merges into the headers it is given."""
    return {key: dict(pairs) for key, pairs in access.items()}

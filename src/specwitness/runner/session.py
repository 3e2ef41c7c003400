"""One contract against one target, in one process: the means by which every test of the suite sends requests."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import requests

from specwitness.contract import given, pointers
from specwitness.contract.model import Contract, Operation, SecurityScheme
from specwitness.findings import Exchange, Finding, Headers, Intent, Json, Level, Trace, Verdict
from specwitness.record import Record
from specwitness.redaction import Redaction
from specwitness.runner import transport
from specwitness.runner.generation import AnyCase, Generator, Planned, credentials, encoded, generated_validly
from specwitness.runner.judge import Judge
from specwitness.runner.profile import Profile, derived
from specwitness.runner.recorder import Recorder
from specwitness.runner.silence import Given, Silences, second_patience
from specwitness.runner.target import Target

MAX_IDS = 200
"""How many combinations of ids an operation is asked for."""

POLL_SECONDS = 20.0
"""How long a workflow waits for a state."""
MAX_POLLS = 250
"""How often it asks: a server that answers at once, and never as it should, would be asked thousands of times."""
MAX_REFUSALS = 10
"""After so many errors in a row it waits no longer: an error is no state that another one follows."""

Claim = Callable[[int], Intent]
"""Says by the status of an answer what is claimed of it, where that is not certain when the request is made."""


def if_it_succeeds(status: int) -> Intent:
    """Claim what the contract says of a success; who refused or redirected the rest, in what words, nobody knows."""
    return Intent.GENERATED if status < HTTPStatus.MULTIPLE_CHOICES else Intent.PROBE


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
        self._silences = Silences(target.patience)
        self._repeated: set[str] = set()
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
        self._repeated = set()
        self._ids = iter(itertools.count())

    def remember(self) -> None:
        """Let every test to come know what the target has said until now, where it keeps what it has.

        Where a run may delete what was given to it, another test, in another process perhaps, may have done so since.
        """
        if not self.target.embedded and not any(one.method == "DELETE" for one in self.contract.operations):
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

    def send(
        self,
        planned: Planned,
        operation: Operation,
        *,
        claim: Claim | None = None,
        access: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """Send a case, judge and record the exchange; `access` replaces the valid credentials, `claim` the intent.

        Raises SilentError on repeated silence.
        """
        case, intent = planned.case, planned.intent
        if intent is not Intent.PROBE:
            intent = self._with_known_ids(case, operation, intent)
        access = self.access_of(operation) if access is None else access
        return self._exchange(case, operation, claim or intent, access)[0]

    def respond(self, planned: Planned, operation: Operation) -> Any:
        """Send a case as it is, ids included, and return schemathesis' own response, which its links are read from."""
        exchange, response = self._exchange(planned.case, operation, planned.intent, self.access_of(operation))
        if response is None:
            raise SilentError(exchange.fault)
        return response

    def call(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        *,
        intent: Intent | Claim = Intent.VALID,
        access: Mapping[str, Any] | None = None,
        once: bool = False,
        **content: Any,
    ) -> Exchange:
        """Send one request made by hand; `access` replaces the valid credentials; `once`: whatever the answer shows."""
        case = self.generator.case(operation, parameters=parameters, **content)
        access = self.access_of(operation) if access is None else access
        return self._exchange(case, operation, intent, access, once=once)[0]

    def alone(
        self,
        method: str,
        operation: Operation,
        parameters: Mapping[str, str],
        *,
        access: Mapping[str, Any],
        lines: Headers = (),
        intent: Intent | Claim = Intent.PROBE,
        query: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Exchange:
        """Send a request without a body on a connection of its own, and see what really comes back.

        The method may be one that the operation does not have, such as HEAD; `lines` may have a header twice.
        """
        case = self.generator.case(operation, parameters=parameters, query=query)
        spelled = case.as_transport_kwargs(base_url=self.target.base_url)
        prepared = requests.Request(
            method, spelled["url"], params=spelled.get("params"), cookies=access.get("cookies")
        ).prepare()
        prepared.prepare_url(prepared.url or "", access.get("params", {}))
        url = prepared.url or ""
        self.guard.check(method, url)
        carried = {"User-Agent": "specwitness", "Accept": "*/*", **(headers or {}), **access.get("headers", {})}
        if "Cookie" in prepared.headers:
            carried["Cookie"] = prepared.headers["Cookie"]
        self._session.drop_connections()

        def send(patience: float) -> tuple[Exchange, None]:
            wire = transport.alone(method, url, (*carried.items(), *lines), patience=patience)
            return _exchanged(wire, operation, parameters, intent), None

        exchange, _none = self._insistent(operation, send)
        self._judged(operation, exchange)
        return exchange

    def known_ids(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Yield combinations of ids that exist, the last parameter's changing first, up to `MAX_IDS` of them."""
        names = [parameter.name for parameter in operation.path_parameters]
        choices: list[Sequence[str]] = [
            self.target.parameters.get(one.name) or given.examples(self.contract, one)
            for one in operation.path_parameters
        ]
        if not all(choices):
            return
        yield from (
            dict(zip(names, combination, strict=True))
            for combination in itertools.islice(itertools.product(*choices), MAX_IDS)
        )

    def access_of(self, operation: Operation) -> dict[str, Any]:
        """Return the keyword arguments that carry the valid credentials of an operation."""
        return self._carrying(operation, lambda value: value)

    def access_with(self, operation: Operation, value: str) -> dict[str, Any]:
        """Return the keyword arguments that carry another value in place of each credential."""
        return self._carrying(operation, lambda _: value)

    def _carrying(self, operation: Operation, change: Callable[[str], str]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for scheme, value in self.credentials_of(operation):
            for key, pairs in credentials(scheme, change(value)).items():
                merged.setdefault(key, {}).update(pairs)
        return merged

    def credentials_of(self, operation: Operation) -> list[tuple[SecurityScheme, str]]:
        """Return the security schemes by which the operation is called, with their values."""
        known, values = self.contract.security_schemes, self.target.credentials
        for alternative in operation.security:
            if all(name in values for name in alternative):
                return [(known[name], values[name]) for name in alternative if name in known]
        return []

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
        self,
        case: AnyCase,
        operation: Operation,
        intent: Intent | Claim,
        access: Mapping[str, Any],
        *,
        once: bool = False,
    ) -> tuple[Exchange, Any]:
        def send(patience: float) -> tuple[Exchange, Any]:
            return self._sent(case, operation, intent, access, patience)

        exchange, response = self._insistent(operation, send)
        found = self._judged(operation, exchange, self._second_opinions(case, exchange, response))
        if exchange.request.method == "GET" and exchange.response is not None and not once:
            self._look_again(case, operation, exchange, found, send)
        return exchange, response

    def _sent(
        self,
        case: AnyCase,
        operation: Operation,
        intent: Intent | Claim,
        access: Mapping[str, Any],
        patience: float,
    ) -> tuple[Exchange, Any]:
        self._session.last, self._session.patience = None, patience
        response = None
        try:
            response = case.call(base_url=self.target.base_url, session=self._session, **_copied(access))
        except requests.RequestException as error:
            if self._session.last is None:
                raise SilentError(transport.fault_in_words(error)) from error
        assert self._session.last is not None  # noqa: S101 - the session records before it sends
        parameters = {name: unquote(str(value)) for name, value in case.path_parameters.items()}
        return _exchanged(self._session.last, operation, parameters, intent), response

    def _insistent(self, operation: Operation, send: Callable[[float], tuple[Exchange, Any]]) -> tuple[Exchange, Any]:
        """Send, and once more where nothing comes: an answer makes the first silence flaky, none makes it a finding."""
        if (silent := self._silences.given_up(operation.key)) is not None:
            if silent.finding is not None:
                self.recorder.found(silent.finding)
            raise SilentError(silent.words)
        started = time.monotonic()
        first, response = send(self.target.patience)
        if first.response is not None:
            self._silences.answered(operation.key, time.monotonic() - started)
            return first, response
        second, response = send(second_patience(self.target.patience))
        in_vain = second.response is None
        finding = Judge(self.contract).findings(second)[0] if in_vain else self._flaky(first)
        why = Given(str(first.fault), finding)
        self._silences.kept_waiting(operation.key, time.monotonic() - started, why, in_vain=in_vain)
        if not in_vain:
            self.recorder.found(finding)
        elif not self.is_alive():
            self.unreachable = (
                f"{Redaction().url(self.target.base_url)} stopped answering: {second.fault}. Start it again"
            )
            self.recorder.cannot_conclude(self.unreachable)
            self.recorder.found(self._stopped(second))
            raise SilentError(second.fault)
        return second, response

    def _second_opinions(self, case: AnyCase, exchange: Exchange, response: Any) -> tuple[str, ...]:
        judged = exchange.response is not None and exchange.intent is not Intent.PROBE
        return self.generator.second_opinions(case, response) if judged else ()

    def _judged(self, operation: Operation, exchange: Exchange, opinions: tuple[str, ...] = ()) -> Sequence[Finding]:
        """Record an exchange, and return what was found; raises SilentError where the test is to end."""
        found = self.recorder.saw(exchange, opinions)
        if exchange.response is None and self.is_silent(operation):
            raise SilentError(exchange.fault)
        return found

    def _look_again(
        self,
        case: AnyCase,
        operation: Operation,
        exchange: Exchange,
        found: Sequence[Finding],
        send: Callable[[float], tuple[Exchange, Any]],
    ) -> None:
        """Repeat a read that showed something new and breaking: what is not seen again is called flaky, too.

        What was found stays: it was seen. A resource that has moved on meanwhile may rightly show something else.
        """
        fresh = [one for one in found if one.level is Level.BREAKING and one.fingerprint not in self._repeated]
        if not fresh:
            return
        self._repeated.update(one.fingerprint for one in fresh)
        again, response = self._insistent(operation, send)
        opinions = self._second_opinions(case, again, response)
        shown = {one.fingerprint for one in self._judged(operation, again, opinions)}
        self._repeated |= shown
        if again.response is not None and self._state(again) == self._state(exchange):
            for one in fresh:
                if one.fingerprint not in shown:
                    self.recorder.found(_not_seen_again(one, exchange))

    def _state(self, exchange: Exchange) -> Json:
        """Return the state of a resource that an answer shows, None where it shows none."""
        lifecycle = self.contract.lifecycle_of(exchange.operation)
        if lifecycle is None or exchange.response is None:
            return None
        return pointers.look(exchange.response.json(), lifecycle.shows[exchange.operation or ""])

    def is_silent(self, operation: Operation) -> bool:
        """Say whether an operation was given up."""
        return self._silences.is_silent(operation.key)

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
        self._silences.clear()
        return True

    def is_alive(self) -> bool:
        """Say whether the target answers anything at all."""
        self._session.drop_connections()
        return transport.is_answering(self.target.base_url, patience=self.target.patience)

    def suspect(self, rule: str, exchange: Exchange, words: str, *, source: str, level: Level = Level.WARNING) -> None:
        """Report what no document forbids in so many words, and nobody should rely on."""
        words = f"{words}: {exchange.request.as_curl()}"
        self.recorder.found(replace(self._unproven(rule, level, exchange, words), source=source))

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
        deadline, refused = time.monotonic() + POLL_SECONDS, 0
        for tries in itertools.count(1):
            exchange = self.call(operation, body=None, headers=None, query=None, **parameters)
            failed = exchange.response is None or exchange.response.status >= HTTPStatus.BAD_REQUEST
            refused = refused + 1 if failed else 0
            if until(exchange) or time.monotonic() > deadline or tries == MAX_POLLS or refused == MAX_REFUSALS:
                break
            time.sleep(self._pause(exchange))
        return exchange

    def _pause(self, exchange: Exchange) -> float:
        if self._session.target.is_loopback:
            # A server on this machine is ours or a test's; its wish to be left alone protects nobody.
            return 0.0 if self._session.target.embedded else 0.1
        asked = exchange.response.header("Retry-After") if exchange.response else None
        return min(float(asked), POLL_SECONDS) if asked and asked.isdigit() else 1.0


def _copied(access: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments that the callee may change: requests merges into the headers it is given."""
    return {key: dict(pairs) for key, pairs in access.items()}


def _exchanged(
    wire: transport.Wire, operation: Operation, parameters: Mapping[str, str], intent: Intent | Claim
) -> Exchange:
    response = wire[1]
    if not isinstance(intent, Intent):
        intent = Intent.PROBE if response is None else intent(response.status)
    return transport.exchange_of(wire, operation=operation.key, parameters=parameters, intent=intent)


def _not_seen_again(finding: Finding, exchange: Exchange) -> Finding:
    words = f"{finding.rule} ({finding.fingerprint}) was seen in the first of two requests alike, not in the second"
    return replace(
        finding,
        rule="flaky-answer",
        level=Level.WARNING,
        verdict=Verdict.UNDECIDED,
        message=f"{exchange.request.method}: {words}: {exchange.request.as_curl()}",
        source="two requests alike, one right after the other",
        value=finding.fingerprint,
        witness=None,
    )

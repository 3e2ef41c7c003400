"""What one pytest process knows of a run: its options, the contracts it selected, and a session for each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from specwitness.contract import load
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import SpecwitnessError, UnknownOperationError, UnknownParameterError
from specwitness.record import Record
from specwitness.runner import preflight
from specwitness.runner.profile import Profile
from specwitness.runner.recorder import Recorder
from specwitness.runner.session import ContractSession
from specwitness.runner.target import DEFAULT_UNKNOWN_ID, Target, is_loopback, resolve, variables

if TYPE_CHECKING:
    from specwitness.mock import MockServer

EMBEDDED = "embedded mock"
_MOCK_VALUES = "/__specwitness__/values"
_QUESTION_SECONDS = 5.0


@dataclass(frozen=True)
class Options:
    """The options of a run, as the command line gave them. `base_url` None means the embedded mock."""

    specs: Path
    contracts: tuple[str, ...]
    operations: tuple[str, ...]
    base_url: str | None
    given: Mapping[str, str] = field(repr=False)
    profile: Profile
    seed: int
    allow_writes: bool
    report_dir: Path


@dataclass
class SuiteRun:
    """The working state of a run in one process: contracts loaded once, servers and sessions started on first use."""

    options: Options
    _stack: ExitStack = field(default_factory=ExitStack)
    _sessions: dict[str, ContractSession] = field(default_factory=dict)
    _not_ready: dict[str, str] = field(default_factory=dict)
    _heard_first: dict[str, Recorder] = field(default_factory=dict)

    @cached_property
    def contracts(self) -> dict[str, Contract | SpecwitnessError]:
        """The selected contracts by name; one that cannot be loaded is there as its error, and harms no other."""
        loaded: dict[str, Contract | SpecwitnessError] = {}
        try:
            folders = load.find(self.options.specs, self.options.contracts)
        except SpecwitnessError as error:
            return {self.options.specs.name: error}
        for folder in folders:
            try:
                loaded[folder.name] = load.load(folder)
            except SpecwitnessError as error:
                loaded[folder.name] = error
        return loaded

    def selected(self) -> dict[str, Contract | SpecwitnessError]:
        """Return the contracts to test: without those in which `--operation` selects nothing."""
        return {
            name: contract
            for name, contract in self.contracts.items()
            if not isinstance(contract, Contract) or self.operations(contract)
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether only some operations are tested, so that sequences of calls are not."""
        return bool(self.options.operations)

    def loaded(self) -> Iterator[Contract]:
        """Yield the contracts that could be loaded."""
        for contract in self.contracts.values():
            if isinstance(contract, Contract):
                yield contract

    def operations(self, contract: Contract) -> tuple[Operation, ...]:
        """Return the operations of a contract that `--operation` selects: by key, path, `METHOD /path` or tag."""
        wanted = set(self.options.operations)
        if not wanted:
            return contract.operations
        return tuple(
            operation
            for operation in contract.operations
            if wanted & {operation.key, operation.path, operation.label, *operation.tags}
        )

    def require_what_was_named(self) -> None:
        """Raise SpecwitnessError for a `--contract`, `--operation` or `--param` that there is not."""
        if self.options.contracts:
            load.find(self.options.specs, self.options.contracts)
        self._require_known_parameters()
        if not self.options.operations:
            return
        known = {
            name
            for contract in self.loaded()
            for operation in contract.operations
            for name in (operation.key, operation.path, operation.label, *operation.tags)
        }
        for name in self.options.operations:
            if name not in known:
                raise UnknownOperationError(
                    f"--operation {name}", "no selected contract has it", "Give an operationId, a path or a tag"
                )

    def _require_known_parameters(self) -> None:
        if not self.options.given:
            return
        if self.options.base_url is None:
            raise UnknownParameterError("--param", "the embedded mock has ids of its own", "Give --base-url with it")
        known = {name for one in self.loaded() for name in variables(one, one.operations).names()}
        for name in self.options.given:
            if name not in known:
                raise UnknownParameterError(
                    f"--param {name}", "no selected contract has it", f"Known: {', '.join(sorted(known))}"
                )

    def session(self, contract: Contract) -> ContractSession:
        """Return the session of a contract, ready to send. Raises SpecwitnessError where a value is missing."""
        if contract.name not in self._sessions:
            target = self._target(contract)
            session = ContractSession(contract, target, self.options.profile, self.options.seed)
            self._stack.callback(session.close)
            reason = preflight.why_not(session, self.operations(contract))
            session.remember()
            self._heard_first[contract.name] = session.recorder
            if reason is not None:
                self._not_ready[contract.name] = reason
            self._sessions[contract.name] = session
        return self._sessions[contract.name]

    def heard_first(self, contract: Contract) -> Record:
        """Return what the first questions to the target of a contract have found, in this process."""
        return preflight.found(self._heard_first[contract.name])

    def why_not(self, contract: Contract) -> str | None:
        """Return why a contract cannot be tested, with the next step, or None where it can."""
        try:
            session = self.session(contract)
        except SpecwitnessError as error:
            return str(error)
        if reason := self._not_ready.get(contract.name):
            return reason
        return None if session.came_back() else session.unreachable

    def start_test(self, contract: Contract) -> ContractSession:
        """Return the session of a contract at the start of a test: nothing recorded, the embedded mock as new."""
        session = self.session(contract)
        if self.options.base_url is None:
            self._mock.reset()
        session.start_test()
        return session

    @cached_property
    def _mock(self) -> MockServer:
        from specwitness import mock  # noqa: PLC0415 - a run against a server needs no web server of its own

        return self._stack.enter_context(mock.serve(list(self.loaded()), seed=self.options.seed))

    def _target(self, contract: Contract) -> Target:
        base_url = self.options.base_url
        if base_url is None:
            values = self._mock.values(contract.name)
            return Target(
                base_url=self._mock.url,
                credentials=values.credentials,
                parameters=values.parameters,
                embedded=True,
            )
        return resolve(
            contract,
            self.operations(contract),
            base_url=base_url,
            environment=os.environ,
            given=self.options.given,
            fallback=_values_of_our_mock(base_url, contract.name),
            allow_writes=self.options.allow_writes,
        )

    def close(self) -> None:
        """Stop what was started."""
        self._stack.close()


def _values_of_our_mock(base_url: str, name: str) -> Target | None:
    """Return the ids and credentials of our own mock, where that is what listens on this machine."""
    if not is_loopback(base_url):
        return None
    try:
        with requests.Session() as session:
            session.trust_env = False
            url = base_url.rstrip("/") + _MOCK_VALUES
            answer = session.get(url, timeout=_QUESTION_SECONDS, allow_redirects=False)
        if not answer.headers.get("Server", "").startswith("specwitness-mock"):
            return None
        values = answer.json()[name]
        return Target(
            base_url,
            credentials=values["credentials"],
            parameters={key: tuple(ids) for key, ids in values["parameters"].items()},
            unknown_id=DEFAULT_UNKNOWN_ID,
        )
    except (requests.RequestException, ValueError, KeyError):
        return None

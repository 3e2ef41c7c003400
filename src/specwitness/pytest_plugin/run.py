"""What one pytest process knows of a run: its options, the contracts it selected, and a session for each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from specwitness.conclusion.contracts import found, selected
from specwitness.conclusion.shards import Shard
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

_MOCK_VALUES = "/__specwitness__/values"
_QUESTION_SECONDS = 5.0

MOST_OPEN = 2
"""Of how many contracts the sessions and mocks are open at a time."""


@dataclass(frozen=True)
class Options:
    """The options of a run, as the command line gave them. `base_url` None means the embedded mock.

    `history` is the file of earlier runs, None for a run that is not one of the whole suite: a few tests, or a shard.
    """

    specs: Path
    contracts: tuple[str, ...]
    operations: tuple[str, ...]
    base_url: str | None
    given: Mapping[str, str] = field(repr=False)
    profile: Profile
    seed: int
    allow_writes: bool
    report_dir: Path
    history: Path | None = None
    shard: Shard | None = None


@dataclass(frozen=True)
class _Opened:
    """What was started to test a contract, why it cannot be tested, and how to stop it all."""

    session: ContractSession
    mock: MockServer | None
    why_not: str | None
    stack: ExitStack


@dataclass
class SuiteRun:
    """The working state of a run in one process: contracts loaded once, servers and sessions started on first use."""

    options: Options
    suite: str | None = None
    """A digest of the names of all tests that are dealt out to shards; None until they have been collected."""
    _open: dict[str, _Opened] = field(default_factory=dict)
    _heard_first: dict[str, Recorder] = field(default_factory=dict)

    @cached_property
    def contracts(self) -> dict[str, Contract | SpecwitnessError]:
        """The selected contracts by name; one that cannot be loaded is there as its error, and harms no other."""
        return found(self.options.specs, self.options.contracts)

    def selected(self) -> dict[str, Contract | SpecwitnessError]:
        """Return the contracts to test: without those in which `--operation` selects nothing."""
        return {
            name: contract
            for name, contract in self.contracts.items()
            if not isinstance(contract, Contract) or not self.is_narrowed or self.operations(contract)
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether only some operations are tested, so that sequences of calls are not."""
        return bool(self.options.operations)

    @property
    def is_nightly(self) -> bool:
        """Whether there is time for more than a gate needs."""
        return self.options.profile.name == "nightly"

    @property
    def base_url(self) -> str | None:
        """The URL of the server under test; None is the embedded mock."""
        return self.options.base_url

    def loaded(self) -> Iterator[Contract]:
        """Yield the contracts that could be loaded."""
        for contract in self.contracts.values():
            if isinstance(contract, Contract):
                yield contract

    def operations(self, contract: Contract) -> tuple[Operation, ...]:
        """Return the operations of a contract that `--operation` selects: by key, path, `METHOD /path` or tag."""
        return selected(contract, self.options.operations)

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
        return self._opened(contract).session

    def _opened(self, contract: Contract) -> _Opened:
        """Return what is open of a contract; its tests come together, so that few have to be open at a time."""
        if contract.name not in self._open:
            self._open[contract.name] = opened = self._open_anew(contract)
            self._heard_first[contract.name] = opened.session.recorder
            for name in [*self._open][:-MOST_OPEN]:
                self._open.pop(name).stack.close()
        return self._open[contract.name]

    def _open_anew(self, contract: Contract) -> _Opened:
        with ExitStack() as stack:
            server = stack.enter_context(self._mock_of(contract)) if self.options.base_url is None else None
            target = self._target(contract, server)
            session = ContractSession(contract, target, self.options.profile, self.options.seed)
            stack.callback(session.close)
            reason = preflight.why_not(session, self.operations(contract))
            session.remember()
            return _Opened(session, server, reason, stack.pop_all())

    def heard_first(self, contract: Contract) -> Record:
        """Return what the first questions to the target of a contract have found, in this process."""
        return preflight.found(self._heard_first[contract.name])

    def why_not(self, contract: Contract) -> str | None:
        """Return why a contract cannot be tested, with the next step, or None where it can."""
        try:
            opened = self._opened(contract)
        except SpecwitnessError as error:
            return str(error)
        if opened.why_not is not None:
            return opened.why_not
        return None if opened.session.came_back() else opened.session.unreachable

    def start_test(self, contract: Contract) -> ContractSession:
        """Return the session of a contract at the start of a test: nothing recorded, the embedded mock as new."""
        opened = self._opened(contract)
        if opened.mock is not None:
            opened.mock.reset()
        opened.session.start_test()
        return opened.session

    def _mock_of(self, contract: Contract) -> AbstractContextManager[MockServer]:
        from specwitness import mock  # noqa: PLC0415 - a run against a server needs no web server of its own

        return mock.serve([contract], seed=self.options.seed)

    def _target(self, contract: Contract, server: MockServer | None) -> Target:
        base_url = self.options.base_url
        if base_url is None:
            assert server is not None  # noqa: S101 - without a URL there is a mock
            values = server.values(contract.name)
            return Target(
                base_url=server.url,
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
        while self._open:
            self._open.popitem()[1].stack.close()


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

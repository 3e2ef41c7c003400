"""The mock as a fixture, for tests of client code that have no server to talk to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specwitness.contract import load
from specwitness.exceptions import SpecwitnessError

if TYPE_CHECKING:
    from specwitness.mock import MockServer


@pytest.fixture(scope="session")
def specwitness_contracts(pytestconfig: pytest.Config) -> Iterable[Path | str]:
    """What `specwitness_mock` serves: the contracts of `--specs`. Override it to serve other folders, or files."""
    try:
        return load.find(pytestconfig.invocation_params.dir / pytestconfig.getoption("specs"))
    except SpecwitnessError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def _specwitness_mock(specwitness_contracts: Iterable[Path | str]) -> Iterator[MockServer]:
    from specwitness import mock  # noqa: PLC0415 - a session without the fixture does not pay for it

    try:
        contracts = [load.load(Path(path)) for path in specwitness_contracts]
    except SpecwitnessError as error:
        pytest.fail(str(error), pytrace=False)
    with mock.serve(contracts, log=True) as server:
        yield server


@pytest.fixture
def specwitness_mock(_specwitness_mock: MockServer) -> MockServer:
    """A mock server of one's own process, as new in each test: `url`, `values(contract)`, `findings`."""
    _specwitness_mock.reset()
    return _specwitness_mock

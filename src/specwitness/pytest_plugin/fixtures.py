"""The mock as a fixture, for tests of client code that have no server to talk to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from specwitness.mock import MockServer


@pytest.fixture(scope="session")
def specwitness_contracts(pytestconfig: pytest.Config) -> Iterable[Path | str]:
    """What `specwitness_mock` serves: the contracts of `--specs`. Override it to serve others, or OpenAPI files."""
    from specwitness.contract import load  # noqa: PLC0415 - a session without the fixture does not pay for it

    return load.find(pytestconfig.invocation_params.dir / pytestconfig.getoption("specs"))


@pytest.fixture(scope="session")
def _specwitness_mock(specwitness_contracts: Iterable[Path | str]) -> Iterator[MockServer]:
    from specwitness import mock  # noqa: PLC0415 - a session without the fixture does not pay for it

    with mock.serve(specwitness_contracts, log=True) as server:
        yield server


@pytest.fixture
def specwitness_mock(_specwitness_mock: MockServer) -> MockServer:
    """A mock server of one's own process, as new in each test: `url`, `values(contract)`, `findings`."""
    _specwitness_mock.reset()
    return _specwitness_mock

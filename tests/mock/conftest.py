"""One mock of the real contracts for all tests of this room, as new before each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.model import Contract

SPECS = Path(__file__).parents[2] / "specs"


class Client:
    """A plain HTTP client that knows the address and keeps its connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def __call__(self, method: str, path: str, **options: object) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=10, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return {folder.name: load.load(folder) for folder in load.find(SPECS)}


@pytest.fixture(scope="session")
def running(contracts: dict[str, Contract]) -> Iterator[mock.MockServer]:
    with mock.serve(list(contracts.values())) as server:
        yield server


@pytest.fixture
def server(running: mock.MockServer) -> mock.MockServer:
    running.reset()
    return running


@pytest.fixture
def send(server: mock.MockServer) -> Iterator[Client]:
    client = Client(server.url)
    yield client
    client.session.close()

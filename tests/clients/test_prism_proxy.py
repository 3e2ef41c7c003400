"""Prism as a judge between a client and the mock: it reads the same document in another language and another way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.clients.conftest import Ask, Client, Program

    Judged = Callable[[Path], list[tuple[Ask, requests.Response, list[dict[str, Any]]]]]

START_SECONDS = 60
JSON = "application/json"


@pytest.fixture
def judged(client: Client, start: Callable[..., Program], tool: Callable[[str], str]) -> Judged:
    """Send every request through Prism; return what it refuses, by request."""

    def through(document: Path) -> list[tuple[Ask, requests.Response, list[dict[str, Any]]]]:
        # Without `--errors`: with it, Prism answers invalid requests itself, and the mock's own refusals stay unseen.
        options = ("--host", "127.0.0.1", "--port", "0", document, client.server.url)
        url = start(tool("prism"), "proxy", *options).says(r"listening on (http://[\d.]+:\d+)", START_SECONDS)
        answers = [(ask, client.send(ask, url)) for ask in client.asks]
        return [(ask, answer, json.loads(answer.headers.get("sl-violations", "[]"))) for ask, answer in answers]

    return through


def test_prism_refuses_no_answer_and_no_valid_request(client: Client, judged: Judged, tmp_path: Path) -> None:
    seen = judged(client.document(tmp_path))
    assert [(ask, answer.status_code) for ask, answer, _ in seen if answer.status_code != ask.status] == []
    assert [
        (ask, one) for ask, _, refused in seen for one in refused if ask.valid or one["location"][0] != "request"
    ] == []


def test_prism_refuses_each_answer_that_lacks_something(client: Client, judged: Judged, tmp_path: Path) -> None:
    """Otherwise its silence would prove nothing."""
    seen = judged(client.document(tmp_path, demanding=True))
    # A body that is not JSON does not pass Prism, which answers application/problem+json itself.
    described = [(ask, refused) for ask, answer, refused in seen if answer.headers.get("Content-Type") == JSON]
    assert [ask for ask, refused in described if not any(one["location"][0] == "response" for one in refused)] == []
    assert described

"""Dredd, an old and independent reader of OpenAPI, checks each documented answer once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from specwitness.contract import pointers
from specwitness.contract.model import Operation
from specwitness.findings import Json

if TYPE_CHECKING:
    from tests.clients.conftest import Client, Program

    Judged = Callable[[Path], tuple[int, list[int], str]]

HOOKS = Path(__file__).with_name("dredd_hooks.js")
RUN_SECONDS = 60
COUNTS = re.compile(r"(\d+) passing, (\d+) failing, (\d+) errors, (\d+) skipped")


def schema_of(document: Json, operation: Operation, status: int) -> Json:
    """Return the schema of a JSON answer as a document has it; what its references lead to goes with it."""
    assert isinstance(document, dict)
    content = operation.responses[str(status)].content
    if not content or not content[0].schema or content[0].media_type != "application/json":
        return None
    answer = pointers.get(document, content[0].schema)
    whole = {"answer": answer, "components": document.get("components")}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [{"$ref": "#/answer"}], **whole}


@pytest.fixture
def judged(client: Client, start: Callable[..., Program], tool: Callable[[str], str], tmp_path: Path) -> Judged:
    """Let Dredd check one request for each answer that can be had; return how it ended, and what it counted."""

    def with_document(written: Path) -> tuple[int, list[int], str]:
        document, known = json.loads(written.read_text("utf-8")), {}
        for ask in client.asks:
            wire, operation = client.wire(ask), client.contract.operation(ask.operation)
            assert operation is not None
            schema = schema_of(document, operation, ask.status)
            known[f"{wire.method} {wire.template} {ask.status}"] = {**asdict(wire), "schema": schema}
        requests = tmp_path / "requests.json"
        requests.write_text(json.dumps(known), encoding="utf-8")
        options = (f"--hookfiles={HOOKS}", "--loglevel=error")
        ran = start(tool("dredd"), written, client.server.url, *options, SPECWITNESS_REQUESTS=str(requests))
        ended, counts = ran.end(RUN_SECONDS), COUNTS.search(ran.said)
        assert counts is not None, ran.said
        return ended, list(map(int, counts.groups())), ran.said

    return with_document


def documented(client: Client, *, with_json: bool = False) -> int:
    """Count the documented answers that can be had."""
    answers = {(ask.operation, ask.status) for ask in client.asks}
    operations = {one.key: one for one in client.contract.operations}
    return sum(
        not with_json
        or any(one.media_type == "application/json" for one in operations[key].responses[str(status)].content)
        for key, status in answers
    )


def test_dredd_passes_each_documented_answer(client: Client, judged: Judged, tmp_path: Path) -> None:
    ended, counts, said = judged(client.document(tmp_path))
    skipped = sum(len(one.responses) for one in client.contract.operations) - documented(client)
    assert (ended, counts) == (0, [documented(client), 0, 0, skipped]), said


def test_dredd_refuses_each_answer_that_lacks_something(client: Client, judged: Judged, tmp_path: Path) -> None:
    """Otherwise its silence would prove nothing."""
    ended, counts, said = judged(client.document(tmp_path, demanding=True))
    assert (ended, counts[1]) == (1, documented(client, with_json=True)), said

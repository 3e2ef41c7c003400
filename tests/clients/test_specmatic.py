"""Specmatic judges answers twice: as recorded examples, and as they come when it sends the same requests again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.clients.conftest import Client, Program

RUN_SECONDS = 120

# The page's own example `failed` lacks a field that its schema requires (a known and waived finding); Specmatic would
# refuse to begin. Beside the recorded requests it sends variations of them, valid ones and invalid ones.
CONFIGURATION = """
version: 2
ignoreInlineExamples: true
test:
  resiliencyTests:
    enable: all
  maxTestRequestCombinations: 2
"""
COUNTS = re.compile(r"Tests run: (\d+), Successes: (\d+), Failures: (\d+), WIP: (\d+), Errors: (\d+)")


def record(client: Client, folder: Path) -> int:
    """Write each ask and its answer as an external example; return how many there are."""
    for number, ask in enumerate(client.asks):
        wire, answer = client.wire(ask), client.send(ask)
        operation = client.contract.operation(ask.operation)
        assert operation is not None
        # An example may name no header that the document does not.
        named = ["Content-Type", *(header.name for header in operation.responses[str(ask.status)].headers)]
        asked = {"method": wire.method, "path": wire.target, "headers": wire.headers, "body": ask.body}
        told = {
            "status": answer.status_code,
            "headers": {name: answer.headers[name] for name in named if name in answer.headers},
            "body": answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text,
        }
        pair = {
            "http-request": {name: part for name, part in asked.items() if part},
            "http-response": told,
        }
        (folder / f"{number:03}-{ask.operation}-{ask.status}.json").write_text(json.dumps(pair), encoding="utf-8")
    client.reset()
    return len(client.asks)


@pytest.mark.skipif(shutil.which("java") is None, reason="Specmatic runs on Java, which is not there")
def test_specmatic_passes_each_documented_answer_and_variations(
    client: Client, start: Callable[..., Program], tool: Callable[[str], str], tmp_path: Path
) -> None:
    examples = tmp_path / "examples"
    examples.mkdir()
    recorded = record(client, examples)
    (tmp_path / "specmatic.yaml").write_text(CONFIGURATION, encoding="utf-8")
    options = (client.document(tmp_path), f"--testBaseURL={client.server.url}", f"--examples={examples}")
    ran = start(tool("specmatic"), "test", *options, JAVA_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    ended, counts = ran.end(RUN_SECONDS), COUNTS.search(ran.said)
    # What it cannot read, its configuration say, it reports with exit code 0 and no counts.
    assert counts is not None and ended == 0, ran.said
    run, *others = map(int, counts.groups())
    assert others == [run, 0, 0, 0], ran.said
    assert run > recorded

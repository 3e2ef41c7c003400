"""schemathesis as its own users run it: the command line, every phase, every default check."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.clients.conftest import Client, Program

PROGRAM = Path(sys.executable).with_name("st")
RUN_SECONDS = 120
PHASE = re.compile(r"^  (\S+) +(Examples|Coverage|Fuzzing|Stateful)", re.MULTILINE)

CONFIGURATION = """
warnings = false

[generation]
deterministic = true
database = "none"

# A valid request can come too early or too late for the state of the job, which the document answers with 400;
# schemathesis by itself expects 404 or 409 there.
[[operations]]
include-operation-id = ["getRunResult", "cancelRun", "deleteRun"]
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404]

# Before OpenAPI 3.2 schemathesis takes the schema of an event stream for that of each event, an object; the document
# says of the stream that it is text.
[[operations]]
include-operation-id = "streamRun"
checks.response_schema_conformance.enabled = false
"""
"""What a user of these APIs has to tell schemathesis."""


def test_schemathesis_finds_nothing_in_any_phase(client: Client, start: Callable[..., Program], tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    keys = [
        part
        for name, value in client.server.values(client.name).credentials.items()
        for part in ("--header", ": ".join(client.contract.security_schemes[name].header(value)))
    ]
    options = (client.document(tmp_path), "--url", client.server.url, *keys)
    ran = start(PROGRAM, "--config-file", configuration, "run", *options)
    assert ran.end(RUN_SECONDS) == 0, ran.said
    phases = {name: mark for mark, name in PHASE.findall(ran.said)}
    # Only the document of PraisonAI has links, by which states are reached.
    linked = "✅" if client.name == "praisonai" else "⏭"
    assert phases == {"Examples": "✅", "Coverage": "✅", "Fuzzing": "✅", "Stateful": linked}, ran.said

"""What many contracts cost: time and memory of a run as their number grows, and a report of very many findings.

    python -m benchmarks.scale [--contracts 25 50 100] [--findings 50000]

Makes so many contracts with twenty operations each, and runs the suite on them against the embedded mock, on all cores.
Then writes a report with so many findings in every form. Prints Markdown; README.md explains it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stage import environment

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.report import write
from specwitness.report.model import ContractReport, OperationCoverage, RunReport

RESOURCES = 4
"""Kinds of things in a contract, with five operations each."""
OPERATIONS = RESOURCES * 5


def contract(number: int) -> dict[str, Any]:
    """Return a document: things that are listed, made, read, changed and deleted."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for index in range(RESOURCES):
        name = f"Thing{number}x{index}"
        described = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        listed = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        one = {"200": {"description": "one", "content": described}, "404": {"description": "no such thing"}}
        bad = {"400": {"description": "not as described"}}
        sent = {"required": True, "content": described}
        key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[f"/things-{index}"] = {
            "get": {
                "operationId": f"list{name}",
                "responses": {"200": {"description": "all", "content": {"application/json": {"schema": listed}}}},
            },
            "post": {
                "operationId": f"make{name}",
                "requestBody": sent,
                "responses": {"201": {"description": "made", "content": described}, **bad},
            },
        }
        paths[f"/things-{index}/{{id}}"] = {
            "parameters": [key],
            "get": {"operationId": f"read{name}", "responses": one},
            "put": {"operationId": f"change{name}", "requestBody": sent, "responses": {**one, **bad}},
            "delete": {
                "operationId": f"delete{name}",
                "responses": {"204": {"description": "gone"}, "404": {"description": "no such thing"}},
            },
        }
        schemas[name] = {
            "type": "object",
            "required": ["id", "name", "kind"],
            "properties": {
                "id": {"type": "string", "readOnly": True},
                "name": {"type": "string", "minLength": 1, "maxLength": 40},
                "kind": {"enum": ["small", "large"]},
                "size": {"type": "integer", "minimum": 0},
            },
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Things {number}", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


@contextmanager
def contracts(count: int) -> Iterator[Path]:
    """Make a folder with so many contracts."""
    with tempfile.TemporaryDirectory() as name:
        for number in range(count):
            folder = Path(name) / f"things-{number:03}"
            folder.mkdir()
            (folder / "openapi.json").write_text(json.dumps(contract(number)), encoding="utf-8")
        yield Path(name)


@dataclass(frozen=True)
class Measured:
    """A run: seconds, the most megabytes that one of its processes had, requests, and its exit code."""

    seconds: float
    megabytes: float
    requests: int
    code: int


def measured(count: int, workers: int) -> Measured:
    """Run the suite on so many contracts."""
    with contracts(count) as specs, tempfile.TemporaryDirectory() as reports:
        command = (sys.executable, "-m", "pytest", "--pyargs", "specwitness.suite", "-q", "--tb=no")
        options = ("-p", "no:cacheprovider", "-n", str(workers), "--specs", str(specs), "--report-dir", reports)
        started = time.perf_counter()
        process = subprocess.Popen((*command, *options), stdout=subprocess.DEVNULL, env=environment())  # noqa: S603 - ours
        watched = Watch(process)
        code = process.wait()
        seconds = time.perf_counter() - started
        report = json.loads((Path(reports) / "latest" / "report.json").read_text(encoding="utf-8"))
        return Measured(seconds, watched.most(), sum(one["requests"] for one in report["contracts"]), code)


class Watch:
    """Looks at the memory of a process and its children until it ends (Linux: /proc)."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        """Begin."""
        self._process = process
        self._most = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while self._process.poll() is None:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            try:
                pids = [str(self._process.pid), *children.read_text().split()]
            except OSError:
                return
            self._most = max(self._most, *map(_peak, pids))
            time.sleep(0.2)

    def most(self) -> float:
        """Return the most megabytes that one process had."""
        self._thread.join()
        return self._most


def _peak(pid: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def large(findings: int) -> RunReport:
    """Return the report of a run with so many findings, spread over a hundred contracts."""
    each = findings // 100
    return RunReport("2026-03-01T02-00-00Z", tuple(_of(f"things-{number:03}", each) for number in range(100)))


def _of(name: str, findings: int) -> ContractReport:
    found = tuple(_finding(name, number) for number in range(findings))
    return ContractReport(
        tool_version="0",
        contract=name,
        title=name,
        outcome=Outcome.INCOMPATIBLE,
        target="http://api.test",
        profile="gate",
        seed=0,
        started="2026-03-01T02:00:00Z",
        finished="2026-03-01T02:00:09Z",
        requests=findings,
        findings=found,
        coverage=tuple(OperationCoverage(f"read{index}", f"GET /things/{index}", 9) for index in range(OPERATIONS)),
    )


def _finding(name: str, number: int) -> Finding:
    operation = f"read{number % OPERATIONS}"
    answer = json.dumps({"id": str(number), "name": "a thing", "kind": f"kind-{number}"}).encode()
    exchange = Exchange(
        Request("GET", f"http://api.test/things/{number}", (("Accept", "*/*"),)),
        Response(200, (("Content-Type", "application/json"),), answer, elapsed=0.01),
        operation=operation,
    )
    words = f"'kind-{number}' is not one of ['small', 'large']"
    return Finding(
        rule="response-enum",
        level=[Level.BREAKING, Level.WARNING][number % 2],
        verdict=Verdict.BROKEN,
        where=Location(
            name, operation, "response 200", f"/components/schemas/Thing{number}", "openapi.json", number + 1
        ),
        message=f"GET /things/{{id}}: /kind: {words}",
        source=f"openapi.json:{number + 1}",
        value=f"kind-{number}",
        witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, words),
        operations=(operation,),
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=int, nargs="*", default=[25, 50, 100])
    parser.add_argument("--findings", type=int, default=50_000)
    arguments = parser.parse_args()
    workers = os.cpu_count() or 1
    print(f"{workers} cores, Python {platform.python_version()}, {dt.datetime.now(dt.UTC).date()}\n")
    print("| contracts | operations | s | ms an operation | most MB of a process | requests | exit code |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for count in arguments.contracts:
        one = measured(count, workers)
        operations = count * OPERATIONS
        each = f"{one.seconds / operations * 1000:.0f}"
        row = (count, operations, f"{one.seconds:.1f}", each, f"{one.megabytes:.0f}", one.requests, one.code)
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    report = large(arguments.findings)
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        folder = write.write(report, Path(name) / report.name).parent
        seconds = time.perf_counter() - started
        sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f}" for path in sorted(folder.iterdir()))
    print(f"\n{arguments.findings} findings are written in {seconds:.1f} s (MB: {sizes})")


if __name__ == "__main__":
    main()

"""What `specwitness drift` takes of time and memory, and what other tools take that look for breaking changes.

    python benchmarks/drift_speed.py OLD.json NEW.json [--rounds 3] [--tools .cache]

The first table is `specwitness drift` alone, between two releases of a very large document and small ones; in the
second each tool that is there compares the releases, and one small pair. Nothing is installed; where a tool is missing,
it says how to. Each row is the command as a user runs it, a process of its own; the shortest of the rounds counts, for
whatever else the machine does only adds to it. Prints Markdown; README.md explains it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from itertools import product
from pathlib import Path
from textwrap import shorten
from typing import Any

ROOT = Path(__file__).parents[1]
OPERATIONS = (100, 200, 400)
LIMIT = 120.0
"""Seconds after which a process is stopped."""


@dataclass(frozen=True)
class Tool:
    """One tool that says what breaks between two documents.

    `install` puts its program into a folder of its own; `starter`, the program and the arguments are followed by the
    two documents. Its output is a report if it matches `report`, and then holds one break for each match of `breaks`.
    It runs where the programs that it `needs` are on PATH.
    """

    name: str
    version: str
    install: str
    program: str
    report: str
    breaks: str
    starter: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("node",)

    def lacks(self, home: Path) -> str | None:
        """Return what has to be there for it to run, or be done, and is not."""
        absent = [need for need in self.needs if shutil.which(need) is None]
        if absent:
            return f"needs {' and '.join(absent)}"
        return None if (home / self.program).exists() else f"`{self.install.format(home=home, version=self.version)}`"

    def command(self, home: Path, old: Path, new: Path) -> tuple[str, ...]:
        """Return what compares two documents."""
        return (*self.starter, str(home / self.program), *self.arguments, str(old), str(new))


_NPM = "npm install --no-fund --no-audit --ignore-scripts --prefix {home} "
# It is a library, without a command.
_APPLY = """
const [, library, ...files] = process.argv;
const documents = files.map((file) => JSON.parse(require("fs").readFileSync(file)));
console.log(JSON.stringify(require(library).apiCompare(...documents).diffs.map((one) => one.type)));
"""

OURS = Tool(
    "specwitness",
    metadata.version("specwitness"),
    "pip install specwitness",
    str(Path(sys.executable).with_name("specwitness")),
    arguments=("drift", "--format", "json"),
    report=r'"findings": \[',
    breaks='"level": "breaking"',
    needs=(),
)
TOOLS = (
    OURS,
    Tool(
        "api-schema-diff",
        "1.0.4",
        "python -m venv {home} && {home}/bin/pip install api-schema-diff=={version}",
        "bin/api-schema-diff",
        arguments=("--format", "json"),
        report=r'"breaking": \[',
        breaks='"severity": "breaking"',
        needs=(),
    ),
    Tool(
        "api-smart-diff",
        "1.0.6",
        _NPM + "api-smart-diff@{version}",
        "node_modules/api-smart-diff",
        starter=("node", "--eval", _APPLY),
        report=r"^\[",
        breaks='"breaking"',
    ),
    Tool(
        "openapi-diff",
        "0.24.1",
        _NPM + "openapi-diff@{version}",
        "node_modules/.bin/openapi-diff",
        report="hanges found between the two specifications",
        breaks='"type": "breaking"',
    ),
    Tool(
        "optic",
        "1.0.9",
        # By itself npm chooses two releases of ajv that cannot be used together.
        _NPM + "@useoptic/optic@{version} ajv@8.20.0",
        "node_modules/.bin/optic",
        # Strict validation refuses GitHub's description.
        arguments=("diff", "--check", "--validation", "loose"),
        report=r"Checks: \d+/\d+ passed",
        breaks=r"^ *x \[",
    ),
    Tool(
        "specmatic",
        "2.55.1",
        _NPM + "specmatic@{version}",
        "node_modules/.bin/specmatic",
        # Deprecated, but what is to replace it compares commits of a repository.
        arguments=("compare",),
        report="The newer contract is (?:not )?backward compatible",
        breaks="Verdict: FAIL",
        needs=("node", "java"),
    ),
)
_COMPLAINT = re.compile(r"^.*(?:error|exceed).*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Ran:
    """One process: seconds, peak resident megabytes of the largest that ran in it, exit code, output, and errors."""

    seconds: float
    megabytes: float
    code: int
    said: str
    complained: str

    @property
    def stopped(self) -> bool:
        """Whether it took too long."""
        return self.seconds >= LIMIT


def measured(command: tuple[str, ...], rounds: int) -> Ran:
    """Run a command some times, and return the shortest; what takes too long does so once."""
    ran = [once(command)]
    while len(ran) < rounds and not ran[-1].stopped:
        ran.append(once(command))
    return min(ran, key=lambda one: one.seconds)


def once(command: tuple[str, ...]) -> Ran:
    """Run a command in a folder of its own, where it may leave what it likes."""
    with tempfile.TemporaryDirectory() as folder:
        said, complained = Path(folder) / "said", Path(folder) / "complained"
        with said.open("wb") as output, complained.open("wb") as errors:
            started = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - a tuple
                command,
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1", "OPTIC_TELEMETRY_LEVEL": "off"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            # With what it has started itself: Specmatic is a program of Node that runs one of Java.
            stop = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
            stop.start()
            try:
                _, status, used = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - started
            finally:
                stop.cancel()
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in (said, complained)]
        return Ran(seconds, used.ru_maxrss / 1024, process.returncode, *texts)


def found(ran: Ran) -> str:
    """Return what `specwitness drift` found, by level and verdict, or how it failed."""
    if ran.stopped or not re.search(OURS.report, ran.said):
        return came_to(OURS, ran)
    counted = Counter(f"{one['level']} {one['verdict']}" for one in json.loads(ran.said)["findings"])
    return ", ".join(f"{n} {name}" for name, n in counted.most_common()) or "-"


def came_to(tool: Tool, ran: Ran) -> str:
    """Return how many breaks a tool reports, or how it failed."""
    if ran.stopped:
        return f"stopped after {LIMIT:.0f} s"
    if re.search(tool.report, ran.said):
        return str(len(re.findall(tool.breaks, ran.said, re.MULTILINE)))
    complaint = _COMPLAINT.search(ran.complained + ran.said)
    return "fails: " + (shorten(complaint[0], 100) if complaint else "it does not say why")


def synthetic(operations: int, *, limit: int) -> dict[str, Any]:
    """Return a document of so many operations, each with a component of its own that has the limit in it."""
    names = [f"Thing{index}" for index in range(operations)]
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "maximum": limit}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "synthetic", "version": str(limit)},
        "paths": {
            f"/{name}": {
                "get": {
                    "operationId": f"read{name}",
                    "responses": {
                        "200": {
                            "description": "d",
                            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
                        }
                    },
                }
            }
            for name in names
        },
        "components": {"schemas": dict.fromkeys(names, schema)},
    }


def written(operations: int, folder: Path) -> tuple[Path, Path]:
    """Write two synthetic documents, and return where they are; the newer one answers with what the older rules out."""
    old, new = (folder / f"{operations}-{limit}.json" for limit in (9, 10))
    for file, limit in ((old, 9), (new, 10)):
        file.write_text(json.dumps(synthetic(operations, limit=limit)), encoding="utf-8")
    return old, new


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", type=Path, default=ROOT / ".cache", help="where each tool has a folder of its name")
    arguments = parser.parse_args()
    releases = arguments.old.resolve(), arguments.new.resolve()
    homes = {tool: arguments.tools.resolve() / tool.name for tool in TOOLS}
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as folder:
        small = {f"{count} operations, each with a break": written(count, Path(folder)) for count in OPERATIONS}
        pairs = {"OLD against NEW": releases, "NEW against itself": (releases[1], releases[1]), **small}
        print("| comparison | seconds | MB | findings |\n|---|---:|---:|---|")
        for name, pair in pairs.items():
            ran = measured(OURS.command(homes[OURS], *pair), arguments.rounds)
            print(f"| {name} | {ran.seconds:.2f} | {ran.megabytes:.0f} | {found(ran)} |", flush=True)
        print("\n| tool | comparison | seconds | MB | exit code | breaks |\n|---|---|---:|---:|---:|---|")
        for tool, name in product(TOOLS, (next(iter(small)), next(iter(pairs)))):
            if tool.lacks(homes[tool]) is not None:
                continue
            ran = measured(tool.command(homes[tool], *pairs[name]), arguments.rounds)
            row = f"| {tool.name} {tool.version} | {name} | {ran.seconds:.2f} | {ran.megabytes:.0f} | {ran.code} "
            print(f"{row}| {came_to(tool, ran)} |", flush=True)
    for tool in TOOLS:
        if lacks := tool.lacks(homes[tool]):
            print(f"\n{tool.name} {tool.version} is left out: {lacks}")


if __name__ == "__main__":
    main()

"""What `specwitness drift` takes of time and memory, between two releases of a very large document and small ones.

    python benchmarks/drift_speed.py OLD.json NEW.json [--rounds 3]

Each row is the command as a user runs it, a process of its own; the shortest of the rounds counts, for whatever else
the machine does only adds to it. Prints Markdown; README.md explains it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("specwitness")
OPERATIONS = (100, 200, 400)


@dataclass(frozen=True)
class Measured:
    """One comparison: seconds, peak resident megabytes, and what was found, by level and verdict."""

    seconds: float
    megabytes: float
    found: str


def measured(old: Path, new: Path, rounds: int) -> Measured:
    """Compare two documents some times, and return the shortest."""
    return min((once(old, new) for _ in range(rounds)), key=lambda one: one.seconds)


def once(old: Path, new: Path) -> Measured:
    """Compare two documents."""
    started = time.perf_counter()
    process = subprocess.Popen([COMMAND, "drift", old, new, "--format", "json"], stdout=subprocess.PIPE)  # noqa: S603 - ours
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    said = json.loads(process.stdout.read())
    _, _, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    counted = Counter(f"{one['level']} {one['verdict']}" for one in said["findings"])
    return Measured(
        seconds, used.ru_maxrss / 1024, ", ".join(f"{n} {name}" for name, n in counted.most_common()) or "-"
    )


def synthetic(operations: int, *, limit: int) -> dict[str, Any]:
    """Return a document of so many operations, each with a component of its own that has the limit in it."""
    names = [f"Thing{index}" for index in range(operations)]
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "maximum": limit}}}
    return {
        "openapi": "3.1.0",
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| comparison | seconds | MB | findings |\n|---|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "OLD against NEW": (arguments.old, arguments.new),
            "NEW against itself": (arguments.new, arguments.new),
        }
        for operations in OPERATIONS:
            files = [Path(folder) / f"{operations}-{limit}.json" for limit in (9, 10)]
            for file, limit in zip(files, (9, 10), strict=True):
                file.write_text(json.dumps(synthetic(operations, limit=limit)), encoding="utf-8")
            rows[f"{operations} operations, each with a break"] = (files[0], files[1])
        for name, pair in rows.items():
            one = measured(*pair, arguments.rounds)
            print(f"| {name} | {one.seconds:.2f} | {one.megabytes:.0f} | {one.found} |", flush=True)


if __name__ == "__main__":
    main()

"""Compare the releases of GitHub's REST description one after the other, and judge every witness again.

    python benchmarks/drift_releases.py [--from 16.0.0] [--keep FOLDER]          # needs npm

Each release of `@octokit/openapi` is installed into a folder of its own, and compared with the one before by the
command as a user runs it. The body of each witness is then judged by a third validator, openapi-schema-validator, going
by the two documents as they were published. Prints Markdown; README.md explains it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker

from specwitness.contract import pointers

PACKAGE = "@octokit/openapi"
COMMAND = Path(sys.executable).with_name("specwitness")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True)
class Release:
    """One release: its version, and where its document is."""

    version: str
    path: Path

    @cached_property
    def document(self) -> Any:
        """The document as it was published."""
        return json.loads(self.path.read_text(encoding="utf-8"))

    @cached_property
    def operations(self) -> dict[str, Any]:
        """The operations by their operationId, those of webhooks too."""
        items = [*self.document["paths"].values(), *self.document.get("x-webhooks", {}).values()]
        found = [one for item in items for method, one in item.items() if method in _METHODS]
        return {one["operationId"]: one for one in found}

    def followed(self, value: Any) -> Any:
        """Return what an object with `$ref` refers to, or the object itself."""
        while "$ref" in value:
            value = pointers.get(self.document, value["$ref"].removeprefix("#"))
        return value

    def accepts(self, operation: str, exchange: Any, *, response: bool) -> bool | None:
        """Say whether the body of a witness is what the document describes; None where it describes none."""
        described = self.operations.get(operation)
        if described is None:
            return None
        said = exchange["response"] if response else exchange["request"]
        if response:
            answers = described["responses"]
            about = answers.get(str(said["status"])) or answers.get("default")
        else:
            about = described.get("requestBody")
        types = [value for name, value in said["headers"] if name.lower() == "content-type" and "json" in value]
        content = self.followed(about).get("content", {}) if about else {}
        schema = content.get(types[0].partition(";")[0], {}).get("schema") if types else None
        if schema is None or said.get("body") is None:
            return None
        whole = {"components": self.document["components"], "allOf": [schema]}
        kind = OAS30ReadValidator if response else OAS30WriteValidator
        validator = kind(whole, format_checker=oas30_format_checker)
        return bool(validator.is_valid(json.loads(said["body"])))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", default="10.0.0", help="the first release to begin with")
    parser.add_argument("--keep", type=Path, help="a folder that the releases stay in, and are taken from")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        releases = list(installed(arguments.keep or Path(temporary), arguments.first))
        print("| releases | s | MB | operations | breaks | warnings | remarks | undecided | judged again | agreed |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        for old, new in pairwise(releases):
            # What they have read goes with each pair: a process that is started counts as being as large as this one.
            print(row(replace(old), replace(new)), flush=True)


def installed(folder: Path, first: str) -> Iterator[Release]:
    """Yield the releases from one on, each installed once."""
    command = ("npm", "view", PACKAGE, "versions", "--json")
    said = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - npm is found by its name
    versions = sorted(json.loads(said.stdout), key=lambda version: tuple(map(int, version.split("."))))
    for version in versions[versions.index(first) :]:
        path = folder / version / "node_modules" / PACKAGE / "generated" / "api.github.com.json"
        if not path.is_file():
            options = ("--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", str(folder / version))
            install = ("npm", "install", *options, f"{PACKAGE}@{version}")
            subprocess.run(install, check=True)  # noqa: S603 - npm is found by its name
        yield Release(version, path)


def row(old: Release, new: Release) -> str:
    """Compare two releases, and return what came of it as one line."""
    started = time.perf_counter()
    process = subprocess.Popen([COMMAND, "drift", old.path, new.path, "--format", "json"], stdout=subprocess.PIPE)  # noqa: S603 - ours
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        return f"| {old.version} to {new.version} | refused |"
    report = json.loads(said)
    judged = Counter(agreed for one in report["findings"] if (agreed := judged_again(old, new, one)) is not None)
    counts = report["counts"]
    cells = (
        f"{old.version} to {new.version}",
        f"{seconds:.1f}",
        f"{used.ru_maxrss / 1024:.0f}",
        report["compared"],
        *(counts[name] for name in ("breaking", "warning", "info", "undecided")),
        judged.total(),
        judged[True],
    )
    return f"| {' | '.join(map(str, cells))} |"


def judged_again(old: Release, new: Release, finding: Any) -> bool | None:
    """Say whether a third validator agrees that one side allows the body of a witness and the other refuses it.

    None where the witness is not about the schemas of a body that both describe, or about a name that nobody forbids.
    """
    witness, response = finding["witness"], finding["where"]["part"].startswith("response")
    of_schemas = finding["rule"].startswith(("request-", "response-"))
    if witness is None or not of_schemas or finding["rule"].endswith("-unnamed-property"):
        return None
    allows, refuses = (old, new) if witness["allowed_by"] == "old" else (new, old)
    exchange = witness["trace"][0]
    if response and exchange["response"] is None:
        return None
    allowed = allows.accepts(exchange["operation"], exchange, response=response)
    refused = refuses.accepts(exchange["operation"], exchange, response=response)
    if allowed is None or refused is None:
        return None
    agreed = allowed and not refused
    if not agreed:
        print(f"{old.version} {new.version} {finding['fingerprint']} {finding['message']}", file=sys.stderr)
    return agreed


if __name__ == "__main__":
    main()

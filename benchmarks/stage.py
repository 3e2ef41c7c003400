"""What the benchmarks of the suite share: the mock in a process of its own, and how the two suites are started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from specwitness import mock
from specwitness.contract.model import Contract
from specwitness.mock.desk import MockValues

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
CONTRACTS = ("intuned", "praisonai")
SCRIPTS = Path(sys.executable).parent
_PATIENCE = 30


@dataclass(frozen=True)
class Served:
    """A mock that is listening."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> int:
        """Stop it, and return how many requests it says it was sent."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=_PATIENCE)
        return int(_found(r"Stopped after (\d+) requests", said))


@contextmanager
def serving(contract: str, fault: str | None = None) -> Iterator[Served]:
    """Serve one contract, as new, in a process of its own."""
    command = [str(SCRIPTS / "specwitness"), "mock", contract, "--port", "0", "--specs", str(SPECS)]
    command += ["--fault", fault] if fault else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:  # noqa: S603 - ours
        try:
            yield Served(_found(r"http://[\w.:]+", process.stdout.readline() if process.stdout else ""), process)
        finally:
            process.terminate()


def environment() -> dict[str, str]:
    """Return an environment in which compiled modules are kept, as they are where the tools are used."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "specwitness-benchmark-bytecode")}


def ours(contract: Contract, url: str, folder: Path) -> tuple[str, ...]:
    """Return the command that runs our suite as a person would; it asks the mock for ids and credentials itself."""
    command = (sys.executable, "-m", "pytest", "--quiet", "--base-url", url, "--contract", contract.name)
    return (*command, "-p", "no:cacheprovider", "--report-dir", str(folder))


def theirs(contract: Contract, url: str, folder: Path) -> tuple[str, ...]:
    """Return the command that runs the schemathesis command line, one worker, with the mock's credentials."""
    document = written(contract, folder)
    return (
        *(str(SCRIPTS / "st"), "run", str(document), "--url", url, "--workers", "1", "--seed", "1"),
        *(option for pair in headers(contract, values(contract)).items() for option in ("--header", ": ".join(pair))),
        *("--generation-database", "none", "--report", "json", "--report-json-path", str(folder / "report.json")),
    )


def written(contract: Contract, folder: Path) -> Path:
    """Write the effective document of a contract as one JSON file."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(contract.document), encoding="utf-8")
    return path


def values(contract: Contract) -> MockValues:
    """Return the credentials and ids that the mock tells."""
    return mock.app([contract]).values(contract.name)


def headers(contract: Contract, given: MockValues) -> dict[str, str]:
    """Return the headers that carry the credentials."""
    schemes = contract.security_schemes.items()
    return dict(scheme.header(given.credentials[name]) for name, scheme in schemes)


def _found(pattern: str, said: str) -> str:
    match = re.search(pattern, said)
    if match is None:
        raise RuntimeError(f"the mock said something else than expected: {said}")
    return match[match.lastindex or 0]

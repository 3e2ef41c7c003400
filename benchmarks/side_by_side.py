"""Find the same faults of the same server with our suite and with the schemathesis command line, in one run.

    python benchmarks/side_by_side.py [--faults 40] [--contract intuned]

For a sample of each contract's catalogue, evenly drawn so that every kind is in it, the mock is started with one fault,
and each tool is run against it as a person would: a process of its own, from the command line, with the credentials,
and for us with the ids that the mock itself tells. Prints Markdown; README.md explains it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from specwitness import mock
from specwitness.contract import load
from specwitness.mock.faults import Fault

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
SCRIPTS = Path(sys.executable).parent
MOST_SECONDS = 60
SETTING = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "specwitness-benchmark-bytecode")}


@dataclass(frozen=True)
class Turn:
    """What one tool made of one fault: what it objected to, its requests, and the seconds of the whole process."""

    objections: frozenset[str]
    requests: int
    seconds: float


Tool = Callable[[str, str, Path], Turn]


def ours(contract: str, url: str, folder: Path) -> Turn:
    """Run our suite; each breaking finding or warning is an objection, and so is a run that cannot say compatible."""
    command = (sys.executable, "-m", "pytest", "--quiet", "--base-url", url, "--contract", contract)
    seconds = timed(*command, "-p", "no:cacheprovider", "--report-dir", str(folder))
    report = json.loads((folder / "latest" / "report.json").read_text(encoding="utf-8"))
    found = {one["fingerprint"] for one in report["findings"] if one["level"] != "info"}
    return Turn(frozenset(found | ({report["outcome"]} - {"compatible"})), report["requests"], seconds)


def theirs(contract: str, url: str, folder: Path) -> Turn:
    """Run `st run` with its defaults: all phases and checks; each kind of failure of an operation is an objection."""
    loaded = load.load(SPECS / contract)
    document, report = folder / "openapi.json", folder / "report.json"
    document.write_text(json.dumps(loaded.document), encoding="utf-8")
    # What the mock's values are is no secret: `mock-` and the name of the security scheme.
    headers = [": ".join(scheme.header(f"mock-{name}")) for name, scheme in loaded.security_schemes.items()]
    seconds = timed(
        *(str(SCRIPTS / "st"), "run", str(document), "--url", url, "--seed", "1", "--request-timeout", "2"),
        *(option for header in headers for option in ("--header", header)),
        *("--workers", "1", "--generation-database", "none", "--report", "json", "--report-json-path", str(report)),
    )
    if not report.is_file():
        return Turn(frozenset({"no report in time"}), 0, seconds)
    said = json.loads(report.read_text(encoding="utf-8"))
    failed = {f"{one['title']} {operation}" for one in said["failures"] for operation in one["operations"]}
    errors = {"an error"} if said["errors"] else set()
    return Turn(frozenset(failed | errors), said["test_cases"]["generated"], seconds)


TOOLS: dict[str, Tool] = {"specwitness": ours, "st run": theirs}


@contextmanager
def serving(contract: str, fault: str | None) -> Iterator[str]:
    """Serve one contract in a process of its own, and yield its address."""
    command = [str(SCRIPTS / "specwitness"), "mock", contract, "--port", "0", "--specs", str(SPECS)]
    command += ["--fault", fault] if fault else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=SETTING) as process:  # noqa: S603 - ours
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://[\w.:]+", line)
            if found is None:
                sys.exit(f"the mock of {contract} did not start with {fault}: {line}")
            yield found[0]
        finally:
            process.terminate()


def timed(*command: str) -> float:
    """Run a command within its time, whatever its exit code says, and return its seconds."""
    started = time.perf_counter()
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=ROOT, env=SETTING, capture_output=True, check=False, timeout=MOST_SECONDS)  # noqa: S603 - ours
    return time.perf_counter() - started


def turn(tool: Tool, contract: str, fault: str | None) -> Turn:
    """Give one tool a server that is as new, with a fault."""
    with tempfile.TemporaryDirectory() as folder, serving(contract, fault) as url:
        return tool(contract, url, Path(folder))


def sample(faults: Sequence[Fault], count: int) -> list[Fault]:
    """Draw evenly from the catalogue, at least two of every kind: the same ones in every run."""
    kinds: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.unobservable is None:
            kinds[fault.kind].append(fault)
    drawn = []
    for known in kinds.values():
        share = max(2, round(count * len(known) / len(faults)))
        step = max(1, len(known) // share)
        drawn += known[::step][:share]
    return drawn


def compared(contract: str, count: int) -> Iterator[str]:
    """Yield the table of one contract, one kind a line."""
    loaded = load.load(SPECS / contract)
    faults = sample(tuple(mock.app([loaded]).catalogues[contract].values()), count)
    turns: dict[str, dict[str, Turn]] = {tool: {} for tool in TOOLS}
    for fault in faults:
        for name, tool in TOOLS.items():
            turns[name][fault.name] = turn(tool, contract, fault.name)
    # What a tool objects to without a fault proves nothing with one.
    clean = {name: turn(tool, contract, None) for name, tool in TOOLS.items()}
    found = {
        tool: {name for name, one in told.items() if one.objections - clean[tool].objections}
        for tool, told in turns.items()
    }
    yield f"| {contract} | faults | {' | '.join(f'{name} found' for name in TOOLS)} |"
    yield f"|---|---:|{'---:|' * len(TOOLS)}"
    for kind in dict.fromkeys(fault.kind for fault in faults):
        named = [fault.name for fault in faults if fault.kind == kind]
        counts = (str(len(found[tool].intersection(named))) for tool in TOOLS)
        yield f"| {kind} | {len(named)} | {' | '.join(counts)} |"
    shares = (100 * len(found[tool]) / len(faults) for tool in TOOLS)
    yield f"| all | {len(faults)} | {' | '.join(f'**{share:.0f} %**' for share in shares)} |"
    yield f"| objections without a fault | | {' | '.join(str(len(clean[tool].objections)) for tool in TOOLS)} |"
    requests = (f"{median(one.requests for one in turns[tool].values()):.0f}" for tool in TOOLS)
    yield f"| requests a run, median | | {' | '.join(requests)} |"
    seconds = (f"{median(one.seconds for one in turns[tool].values()):.1f}" for tool in TOOLS)
    yield f"| seconds a run, median | | {' | '.join(seconds)} |"
    missed = [fault.name for fault in faults if fault.name not in found["specwitness"]]
    yield f"\nmissed by specwitness: {', '.join(missed) or 'none'}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=40, help="how many of each contract's catalogue, about")
    parser.add_argument("--contract", choices=("intuned", "praisonai"), action="append")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, schemathesis {version('schemathesis')}\n")
    for contract in arguments.contract or ("intuned", "praisonai"):
        for line in compared(contract, arguments.faults):
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()

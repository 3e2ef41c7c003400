"""Time a case of our suite against a case of the schemathesis command line, in one run, turn by turn.

    python -m benchmarks.suite_speed [--rounds 5] [--profile gate]

Both send to the same mock, new for each turn and in a process of its own. Prints Markdown; README.md explains it.
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
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

from benchmarks import stage
from benchmarks.stage import CONTRACTS, ROOT, SCRIPTS, SPECS, environment, serving

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.runner.profile import PROFILES, Profile

DISTRIBUTIONS = ("specwitness", "schemathesis", "hypothesis", "pytest", "requests")


EACH_ONCE = dict.fromkeys(CONTRACTS, 1)
EACH_TWICE = dict.fromkeys(CONTRACTS, 2)


@dataclass(frozen=True)
class Work:
    """What both tools are asked to do: for us an expression that selects tests, for schemathesis options.

    `examples` is how many random cases an operation gets for each of ours of one polarity; for the whole suite so many
    that both send about the same number, which differs by contract.
    """

    name: str
    tests: str
    options: tuple[str, ...]
    examples: dict[str, int]


WORKS = (
    Work("the whole suite", "test", ("--phases", "coverage,fuzzing"), examples={"intuned": 6, "praisonai": 2}),
    Work("coverage and fuzzing", "coverage or fuzzing", ("--phases", "coverage,fuzzing"), examples=EACH_TWICE),
    Work(
        "fuzzing, valid", "(fuzzing and not invalid)", ("--phases", "fuzzing", "--mode", "positive"), examples=EACH_ONCE
    ),
    Work(
        "fuzzing, invalid", "(fuzzing and invalid)", ("--phases", "fuzzing", "--mode", "negative"), examples=EACH_ONCE
    ),
)


@dataclass(frozen=True)
class Timing:
    """One turn of one tool: cases sent, seconds of the whole process, and seconds it says it tested."""

    cases: int
    whole: float
    net: float


Tool = Callable[[Work, Contract, Profile, Path], Timing]


def ours(work: Work, contract: Contract, profile: Profile, folder: Path) -> Timing:
    """Run our suite as a person would; net is the sum of the tests' times, but for the one that opens the session."""
    tests = folder / "tests.xml"
    with serving(contract.name) as server:
        seconds = timed(
            *(*stage.ours(contract, server.url, folder), "-k", f"test_target or {work.tests}"),
            *("--profile", profile.name, "--seed", "0", "--junitxml", str(tests)),
        )
    report = json.loads((folder / "latest" / "report.json").read_text(encoding="utf-8"))
    # Written by the pytest that has just run here.
    done = ElementTree.parse(tests).iter("testcase")  # noqa: S314
    net = sum(float(test.attrib["time"]) for test in done if not test.attrib["name"].startswith("test_target"))
    return Timing(sum(one["requests"] for one in report["contracts"]), seconds, net)


def theirs(work: Work, contract: Contract, profile: Profile, folder: Path) -> Timing:
    """Run the schemathesis command line with its default checks; net is the running time it reports."""
    with serving(contract.name) as server:
        seconds = timed(
            *(*stage.theirs(contract, server.url, folder), *work.options),
            *("--max-examples", str(profile.cases * work.examples[contract.name])),
            # To stop at the first failure, or to make it smaller, would be other work than to send the next case.
            *("--continue-on-failure", "--no-shrink"),
        )
    said = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Timing(said["test_cases"]["generated"], seconds, said["running_time"])


def timed(*command: str) -> float:
    """Run a command to its end, whatever its exit code says of the target, and return its seconds."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - a list
    return time.perf_counter() - started


def compared(work: Work, contract: Contract, profile: Profile, rounds: int) -> str:
    """Return one line of the table: both tools by turns, medians over the rounds."""
    tools: list[Tool] = [ours, theirs]
    timings: dict[Tool, list[Timing]] = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            with tempfile.TemporaryDirectory() as folder:
                timings[tool].append(tool(work, contract, profile, Path(folder)))
        tools.reverse()
    us, them = timings[ours], timings[theirs]
    if not us[0].cases or not them[0].cases:
        return f"| {contract.name} | {work.name} | {us[0].cases} | {them[0].cases} | | | | | | |"
    net = median((b.net / b.cases) / (a.net / a.cases) for a, b in zip(us, them, strict=True))
    whole = median((b.whole / b.cases) / (a.whole / a.cases) for a, b in zip(us, them, strict=True))
    cells = [
        *(contract.name, work.name, median(one.cases for one in us), median(one.cases for one in them)),
        *(f"{1000 * median(one.net / one.cases for one in side):.1f}" for side in (us, them)),
        f"**{net:.2f}**",
        *(f"{median(one.whole for one in side):.2f}" for side in (us, them)),
        f"{whole:.2f}",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", choices=list(PROFILES), default="gate")
    arguments = parser.parse_args()
    profile = PROFILES[arguments.profile]
    contracts = [load.load(SPECS / name) for name in CONTRACTS]
    say(f"{os.cpu_count()} cores, Python {platform.python_version()}")
    say(", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS))
    say(f"profile {profile.name}, medians of {arguments.rounds} rounds\n")
    # The first run compiles what the later ones load.
    with tempfile.TemporaryDirectory() as folder:
        ours(WORKS[0], contracts[0], PROFILES["gate"], Path(folder))
        theirs(WORKS[0], contracts[0], PROFILES["gate"], Path(folder))
    say(
        "| contract | work | our cases | st cases | our ms/case | st ms/case | st/ours | our s | st s | whole st/ours |"
    )
    say("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for contract in contracts:
        for work in WORKS:
            say(compared(work, contract, profile, arguments.rounds))
    say("\n| command | seconds |\n|---|---:|")
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "specwitness --help": (str(SCRIPTS / "specwitness"), "--help"),
            "pytest (both contracts, embedded mock)": (
                *(sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"),
                *("--profile", profile.name, "--report-dir", folder),
            ),
        }
        for name, command in commands.items():
            say(f"| `{name}` | {median(timed(*command) for _ in range(arguments.rounds)):.2f} |")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()

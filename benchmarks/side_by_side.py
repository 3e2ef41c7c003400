"""Find the same faults of the same server with our suite, schemathesis, Specmatic and Dredd, in one run.

    python -m benchmarks.side_by_side [--faults 40] [--contract intuned] [--without Specmatic]

For a sample of each contract's catalogue, evenly drawn so that every kind is in it, the mock is started with one fault,
anew for each tool; the tools run one after the other, in an order that changes from fault to fault. A tool has found a
fault if it objects to something to which it does not object without a fault. The time to its first finding is that
from the start of its process until its output first says that something failed: for our suite the `F` of a test, or
the summary where it only warns; for schemathesis the mark of a failed phase; for the others the line of a failed test;
where it says nothing before, its end. The mock counts the requests. Prints Markdown; README.md explains it. Ctrl-C ends
it with what is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Contestant, Subject
from benchmarks.known_requests import known_requests
from benchmarks.stage import CONTRACTS, SPECS, environment, serving
from benchmarks.standings import LIMIT, THEM, US, Round, Standings, Turn, against_the_target, remarks, table
from benchmarks.watching import watched

from specwitness import mock
from specwitness.contract import load
from specwitness.mock.faults import Fault, Kind


def turn(tool: Contestant, subject: Subject, fault: str | None) -> Turn:
    """Give one tool a server that is as new, with a fault."""
    with tempfile.TemporaryDirectory() as name, serving(subject.contract.name, fault) as server:
        folder = Path(name)
        command = tool.command(subject, server.url, folder)
        settings = {**environment(), "NO_COLOR": "1", **tool.environment}
        ran = watched(command, tool.sign, limit=LIMIT, place=tool.place or folder, settings=settings)
        first = ran.seconds if ran.first is None else ran.first
        return Turn(tool.objections(ran.said, folder), server.stop(), ran.seconds, first)


def sample(faults: Iterable[Fault], count: int) -> list[Fault]:
    """Draw evenly from what can be observed of a catalogue, at least two of a kind: the same ones in every run."""
    kinds: dict[Kind, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.unobservable is None:
            kinds[fault.kind].append(fault)
    total = sum(map(len, kinds.values()))
    drawn = []
    for known in kinds.values():
        share = min(len(known), max(2, round(count * len(known) / total)))
        drawn += [known[index * len(known) // share] for index in range(share)]
    return drawn


def measured(contract: str, count: int, tools: Sequence[Contestant]) -> Standings:
    """Let all tools look for each fault of a sample; what is measured is kept, whatever ends it."""
    loaded = load.load(SPECS / contract)
    faults = sample(mock.app([loaded]).catalogues[contract].values(), count)
    clean: Round = {}
    done: list[tuple[Fault, Round]] = []
    try:
        subject = Subject(loaded, known_requests(loaded))
        clean.update({tool.name: turn(tool, subject, None) for tool in tools})
        for number, fault in enumerate(faults):
            first = number % len(tools)
            turns = {tool.name: turn(tool, subject, fault.name) for tool in (*tools[first:], *tools[:first])}
            done.append((fault, turns))
            times = ", ".join(f"{tool.name} {turns[tool.name].seconds:.1f} s" for tool in tools)
            print(f"{contract} {len(done)}/{len(faults)} {fault.name}: {times}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return Standings(contract, clean, tuple(done), ended="interrupted")
    except Exception as error:
        # An hour of measurements is not lost for one that failed.
        traceback.print_exc()
        return Standings(contract, clean, tuple(done), ended=f"ended by {type(error).__name__}")
    return Standings(contract, clean, tuple(done))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=40, help="how many of each contract's catalogue, about")
    parser.add_argument("--contract", choices=CONTRACTS, action="append")
    optional = [one.name for one in CONTESTANTS if one.name not in {US, THEM}]
    parser.add_argument("--without", choices=optional, action="append", default=[], help="leave out a tool")
    arguments = parser.parse_args()
    # Where a shell has started this in the background, Ctrl-C is ignored, and would be by the tools too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    columns = [one for one in CONTESTANTS if one.name not in arguments.without]
    tools = [one for one in columns if one.lacks is None]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, ", end="")
    print(f"specwitness {version('specwitness')}, schemathesis {version('schemathesis')}\n", flush=True)
    known = []
    for contract in arguments.contract or CONTRACTS:
        standings = measured(contract, arguments.faults, tools)
        if standings.rounds:
            known.append(standings)
            print(*table(standings, [(one.name, one.lacks) for one in columns]), sep="\n")
            print("", *remarks(standings, [one.name for one in tools]), sep="\n", end="\n\n", flush=True)
        if standings.ended is not None:
            sys.exit(f"{standings.ended} at {contract}, after {len(standings.rounds)} faults")
    print("Target:\n", *against_the_target(known), sep="\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")

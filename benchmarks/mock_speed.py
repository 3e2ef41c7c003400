"""Time the mock against Prism, turn by turn, with wrk; then its start, its memory, and a very large document.

    python benchmarks/mock_speed.py [--rounds 3] [--seconds 4] [--octokit FILE]

Needs wrk (Debian's package of that name) and Prism, which the Makefile installs. Prints Markdown; README.md explains
it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from specwitness import mock
from specwitness.contract import load

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
PRISM = ROOT / ".cache" / "prism" / "node_modules" / ".bin" / "prism"
OCTOKIT = ROOT / ".cache" / "octokit" / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
OURS = Path(sys.executable).parent / "specwitness"
CONNECTIONS = 16
KEY = {"x-api-key": "mock-api_key"}
RUN, JOB_RUN = (
    "/123e4567-e89b-12d3-a456-426614174000/projects/my-project/run/{}/result",
    "/123e4567-e89b-12d3-a456-426614174000/projects/my-project/jobs/my-job/runs/{}",
)
JOBS = "/api/v1/runs"


@dataclass(frozen=True)
class Load:
    """What wrk measured: answers per second, the 99th percentile in milliseconds, and how many were no success."""

    rate: float
    p99: float
    answers: int
    failed: int


@dataclass(frozen=True)
class Served:
    """A server in a process of its own; `start` is in seconds, from its command to its first answer."""

    url: str
    process: int
    start: float


@contextmanager
def serving(*command: str, probe: str) -> Iterator[Served]:
    """Run a server that listens on the port in its command line, until the block ends."""
    port = command[command.index("--port") + 1]
    url = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - a list
        try:
            while status(url + probe) is None:
                if process.poll() is not None or time.perf_counter() - started > 60:  # noqa: PLR2004 - a minute
                    sys.exit(f"it did not start: {' '.join(command)}")
                time.sleep(0.005)
            yield Served(url, process.pid, time.perf_counter() - started)
        finally:
            process.terminate()


def status(url: str) -> int | None:
    """Return the status of an answer, or None where nobody listens."""
    request = urllib.request.Request(url, headers=KEY)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def free_port() -> str:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def ours(*names: str) -> list[str]:
    """Return the command that serves contracts of ours, or a file."""
    return [str(OURS), "mock", *names, "--specs", str(SPECS), "--port", free_port()]


def prism(document: Path, level: str) -> list[str]:
    """Return the command that serves a document with Prism; what it logs takes a part of its time."""
    return [str(PRISM), "mock", str(document), "--port", free_port(), "-v", level]


def loaded(url: str, paths: list[str], seconds: float, folder: Path) -> Load:
    """Let wrk ask for all paths in turn, over as many connections as it keeps."""
    script = folder / "paths.lua"
    wanted = ",".join(json.dumps(path) for path in paths)
    headers = ",".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in KEY.items())
    script.write_text(
        f"local paths = {{{wanted}}}\nlocal requests = {{}}\nlocal turn = 0\n"
        "init = function()\n"
        f"for i, path in ipairs(paths) do requests[i] = wrk.format('GET', path, {{{headers}}}) end\n"
        "end\n"
        "request = function() turn = turn % #paths + 1; return requests[turn] end\n"
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a list
    return Load(
        rate=float(found(r"Requests/sec:\s+([\d.]+)", said)),
        p99=milliseconds(found(r"99%\s+(\S+)", said)),
        answers=int(found(r"(\d+) requests in", said)),
        failed=int(found(r"Non-2xx or 3xx responses: (\d+)", said, default="0")),
    )


def found(pattern: str, text: str, default: str | None = None) -> str:
    """Return what a pattern finds in what a program said."""
    match = re.search(pattern, text)
    if match is None and default is None:
        sys.exit(f"wrk said something else than expected:\n{text}")
    return match[1] if match else str(default)


def milliseconds(text: str) -> float:
    """Read a duration as wrk writes it."""
    number, unit = found(r"([\d.]+)", text), found(r"([a-z]+)", text)
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def rates(rounds: int, seconds: float, folder: Path, level: str) -> Iterator[str]:
    """Yield the table of answers per second, both servers by turns, with the same requests."""
    document = folder / "intuned.json"
    document.write_text(json.dumps(load.load(SPECS / "intuned").document), encoding="utf-8")
    # Ids of all states and ids of nobody's: an answer is never that of the request before.
    ids = {
        RUN: [f"run-{state}" for state in ("pending", "started", "completed", "canceled", "failed")],
        JOB_RUN: [f"job-run-{state}" for state in ("pending", "paused", "success", "failure", "terminated")],
    }
    works = {
        template: [template.format(f"{name}{more}") for name in names for more in ("", *map(str, range(20)))]
        for template, names in ids.items()
    }
    yield "| requests | ours/s | Prism/s | ours/Prism | our p99 ms | Prism p99 ms |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, paths in zip(("runApiResult", "getJobRun"), works.values(), strict=True):
        us: list[Load] = []
        them: list[Load] = []
        for turn in range(rounds):
            for side in ("ours", "prism") if turn % 2 else ("prism", "ours"):
                command = ours("intuned") if side == "ours" else prism(document, level)
                with serving(*command, probe=paths[0]) as server:
                    loaded(server.url, paths, 1, folder)
                    (us if side == "ours" else them).append(loaded(server.url, paths, seconds, folder))
        ratio = median(one.rate / other.rate for one, other in zip(us, them, strict=True))
        cells = [f"{median(one.rate for one in side):.0f}" for side in (us, them)]
        late = [f"{median(one.p99 for one in side):.1f}" for side in (us, them)]
        failed = sum(one.failed for one in (*us, *them))
        named = f"{name} ({failed} answers were no success)" if failed else name
        yield f"| {named} | {' | '.join(cells)} | **{ratio:.1f}** | {' | '.join(late)} |"
    polls = []
    for _ in range(rounds):
        with serving(*ours("praisonai"), probe="/health") as server:
            made = [f"{JOBS}/{submitted(server.url)}" for _ in range(50)]
            polls.append(loaded(server.url, [*made, f"{JOBS}/run-running", f"{JOBS}/run-queued"], seconds, folder))
    rate, p99 = median(one.rate for one in polls), median(one.p99 for one in polls)
    yield f"| PraisonAI, polls of submitted jobs | {rate:.0f} | | | {p99:.1f} | |"


def submitted(url: str) -> str:
    """Submit a job and return its id."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        url + JOBS, data=b'{"prompt":"x"}', headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return str(json.load(answer)["job_id"])


def starts(rounds: int) -> Iterator[str]:
    """Yield how long it takes until the first answer."""
    yield "| start | seconds |"
    yield "|---|---:|"
    times = []
    for _ in range(rounds):
        with serving(*ours(), probe="/health") as server:
            times.append(server.start)
    yield f"| `specwitness mock`, both contracts, to the first answer | {median(times):.2f} |"
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        with mock.serve([load.load(folder) for folder in load.find(SPECS)]) as server_here:
            status(f"{server_here.url}/health")
            times.append(time.perf_counter() - started)
    yield f"| `mock.serve` in a process that runs, both contracts, loading included | {median(times):.2f} |"


def memory(folder: Path) -> Iterator[str]:
    """Yield how much memory the server has after how many answers, creations among them."""
    yield "| answers | resident MB |"
    yield "|---|---:|"
    with serving(*ours(), probe="/health") as server:
        paths = [RUN.format(f"run-{number}") for number in range(500)]
        paths += [f"{JOBS}/run-running", f"{JOBS}?page_size=5", "/stats"]
        yield f"| 0 | {resident(server.process):.0f} |"
        answers = 0
        for mark in (100_000, 200_000):
            while answers < mark:
                answers += loaded(server.url, paths, 2, folder).answers
                for _ in range(500):
                    submitted(server.url)
            yield f"| {answers:,} | {resident(server.process):.0f} |"


def resident(process: int) -> float:
    """Return the resident set size of a process in megabytes."""
    return int(found(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))) / 1024


def large(document: Path) -> Iterator[str]:
    """Yield how long a document of about a thousand operations takes to start and to answer."""
    yield "| GitHub's REST description | seconds |"
    yield "|---|---:|"
    with serving(*ours(str(document)), probe="/zen") as server:
        yield f"| start to the first answer ({document.stat().st_size / 1e6:.0f} MB) | {server.start:.1f} |"
        for path in ("/users/octocat", "/repos/octocat/hello-world/issues"):
            for turn in ("first", "second"):
                started = time.perf_counter()
                code = status(server.url + path)
                yield f"| GET {path}, {turn} ({code}) | {time.perf_counter() - started:.3f} |"
        yield f"| resident MB | {resident(server.process):.0f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument(
        "--prism-log", choices=("info", "silent"), default="info", help="as it comes, or without a word"
    )
    parser.add_argument("--octokit", type=Path, default=OCTOKIT)
    arguments = parser.parse_args()
    for tool, there in (("wrk", shutil.which("wrk")), ("Prism", PRISM.exists())):
        if not there:
            sys.exit(f"{tool} is not there: wrk is a Debian package, `make benchmark` installs Prism")
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, specwitness {version('specwitness')}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = [
            rates(arguments.rounds, arguments.seconds, folder, arguments.prism_log),
            starts(arguments.rounds),
            memory(folder),
        ]
        if arguments.octokit.is_file():
            tables.append(large(arguments.octokit))
        for table in tables:
            for line in table:
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()

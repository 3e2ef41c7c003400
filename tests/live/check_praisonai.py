"""Test the real PraisonAI server, and compare what is found with the committed expectation.

    python tests/live/check_praisonai.py --python .venv-praisonai/bin/python [--update]

A new release of PraisonAI, or a change of ours, shows as a difference; `--update` accepts it. What depends on who is
faster, the server's background or the suite, is under `sometimes`.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).parent
EXPECTED = HERE / "praisonai-4.7.19.findings.json"
STANDING = ("run_succeeded001", "run_queued000001", "run_running00001", "run_failed000001", "run_cancelled001")
START_SECONDS = 60
KNOWN_TRUTHS = {
    "409 for an unfinished job": ("undocumented-status", "getRunResult", 409),
    "200 for a failed job": ("failed-job-has-no-result", "getRunResult", None),
    "cancelled_at missing": ("response-required", "cancelRun", "cancelled_at"),
}
"""What shared knowledge of this release says must be among the findings: rule, operation and value."""


@contextmanager
def served(python: str) -> Iterator[str]:
    """Run the server, and start it again when it exits: one unlucky request can end this release."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    done = threading.Event()
    environment = {**os.environ, "OPENAI_API_KEY": "", "PRAISONAI_TELEMETRY_DISABLED": "true"}
    running: list[subprocess.Popen[bytes]] = []
    # The server runs in a folder of its own; a link into an environment has to stay a link.
    interpreter = str(Path(python).absolute())

    def supervise() -> None:
        with tempfile.TemporaryDirectory() as folder, (Path(folder) / "server.log").open("wb") as log:
            while not done.is_set():
                command = [interpreter, str(HERE / "praisonai_server.py"), str(port)]
                process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
                running[:] = [process]
                process.wait()

    supervisor = threading.Thread(target=supervise, daemon=True)
    supervisor.start()
    try:
        wait_for(url)
        yield url
    finally:
        done.set()
        for process in running:
            process.terminate()
        supervisor.join(timeout=10)


def wait_for(url: str) -> None:
    """Wait until the server answers; end the program where it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/health", timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"the PraisonAI server did not answer within {START_SECONDS} s. Look at what `praisonai_server.py` prints")


def found(url: str) -> tuple[dict[str, Any], str]:
    """Run the suite against the server and return its report, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "--base-url", url, "--contract", "praisonai", "-q", "--tb=no"),
                *("-p", "no:cacheprovider", "--report-dir", folder),
            ],
            env={**os.environ, "PRAISONAI_JOB_ID": ",".join(STANDING)},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        report: dict[str, Any] = json.loads((Path(folder) / "latest" / "report.json").read_text(encoding="utf-8"))
    return report["contracts"][0], done.stdout


def identity(finding: dict[str, Any]) -> dict[str, Any]:
    """Return what of a finding the expectation holds: nothing that changes from run to run."""
    return {
        "fingerprint": finding["fingerprint"],
        "rule": finding["rule"],
        "level": finding["level"],
        "verdict": finding["verdict"],
        "operation": finding["where"]["operation"],
        "value": finding["value"],
    }


def main() -> int:
    """Return 0 where the findings are the expected ones, each with a witness."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="the interpreter that has praisonai")
    parser.add_argument("--update", action="store_true", help="accept what is found as the expectation")
    arguments = parser.parse_args()
    with served(arguments.python) as url:
        report, printed = found(url)
    findings = sorted((identity(finding) for finding in report["findings"]), key=lambda item: item["fingerprint"])
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    if arguments.update:
        expected["always"] = [finding for finding in findings if finding not in expected["sometimes"]]
        EXPECTED.write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new = [finding for finding in findings if finding not in expected["always"] + expected["sometimes"]]
    gone = [finding for finding in expected["always"] if finding not in findings]
    missing = [
        words
        for words, (rule, operation, value) in KNOWN_TRUTHS.items()
        if not any((item["rule"], item["operation"], item["value"]) == (rule, operation, value) for item in findings)
    ]
    for title, items in (("new", new), ("gone", gone), ("known, but not found", missing)):
        for item in items:
            print(f"{title}: {json.dumps(item, ensure_ascii=False)}")
    if report["outcome"] != "incompatible" or new or gone or missing:
        print(printed)
        print(f"not as expected: the run is {report['outcome']}; accept a difference with --update after reading it")
        return 1
    print(f"as expected: incompatible, {len(findings)} findings")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The suite against a mock we did not write: `prism mock` serving the effective spec of the Intuned contract.

Prism reads the same document with another implementation in another language. What it does not do (remember resources,
look at a key, name the methods it has) is known, so everything reported beyond that is a false alarm of ours. Skipped
where Prism is absent; `make test` installs it where npm is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from specwitness.contract import load

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(files("specwitness.report").joinpath("schema.json").read_text("utf-8"))
START_SECONDS = 60
RUN_SECONDS = 300

VALUES = {
    "INTUNED_API_KEY": "any-key",
    "INTUNED_WORKSPACE_ID": "123e4567-e89b-12d3-a456-426614174000",
    "INTUNED_PROJECT_NAME": "my-project",
    "INTUNED_RUN_ID": "run-1",
    "INTUNED_JOB_ID": "job-1",
    "INTUNED_JOB_RUN_ID": "jobrun-1",
}

TRUE_OF_PRISM = Counter(
    {
        # Prism asks that x-api-key is there and not empty (401 otherwise); what it should be it cannot know.
        ("credentials-not-required", "runApiResult"): 1,
        ("credentials-not-required", "getJobRun"): 1,
        # Every id is answered 200 with the document's example: Prism keeps no resources that could be missing.
        ("unknown-id-accepted", "runApiResult"): 1,
        ("unknown-id-accepted", "getJobRun"): 1,
        # The examples have ids of their own: the runId of one; the id and the job_id of the other. Its workspace_id is
        # the one given in VALUES, and not the one of a workspace that nobody has.
        ("run-is-the-one-asked-for", "runApiResult"): 1,
        ("job-run-is-the-one-asked-for", "getJobRun"): 3,
        # Any method but GET, HEAD included, is answered 405 without Allow.
        ("refused-method-names-the-allowed", "runApiResult"): 1,
        ("refused-method-names-the-allowed", "getJobRun"): 1,
    }
)
"""The breaking findings by rule and operation, each seen with curl before it was written down here."""


def prism_command() -> str | None:
    """Return the Prism to use: the one named, the one the Makefile installs, or the one on PATH."""
    installed = ROOT / ".cache" / "prism" / "node_modules" / ".bin" / "prism"
    named = os.environ.get("SPECWITNESS_PRISM")
    return named or (str(installed) if installed.is_file() else shutil.which("prism"))


PRISM = prism_command()
pytestmark = pytest.mark.skipif(
    PRISM is None, reason="Prism is not installed: `make test` installs it where npm is, or set SPECWITNESS_PRISM"
)


@contextmanager
def prism(folder: Path, *options: str) -> Iterator[str]:
    """Serve the effective spec on a port of Prism's own choice until the block ends."""
    document, log = folder / "openapi.json", folder / "prism.log"
    document.write_text(json.dumps(load.load(ROOT / "specs" / "intuned").document), encoding="utf-8")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PRISM), "mock", *options, "--host", "127.0.0.1", "--port", "0", str(document)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield address(process, log)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End Prism and what it started, whether or not it is still there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until Prism says where it listens, which it does once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"listening on (http://[\d.]+:\d+)", log.read_text("utf-8", "replace")):
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"Prism did not start. It said:\n{log.read_text('utf-8', 'replace')}", pytrace=False)


def suite_run(url: str, folder: Path) -> tuple[int, dict[str, Any], str]:
    """Run the suite as a person would; return its exit code, its report, and what it printed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--base-url", url, "--contract", "intuned", "-q", "--tb=short"),
            *("-p", "no:cacheprovider", "--report-dir", str(folder / "reports")),
        ],
        cwd=ROOT,
        env={**os.environ, **VALUES},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    written = folder / "reports" / "latest" / "report.json"
    assert written.is_file(), done.stdout
    report = json.loads(written.read_text(encoding="utf-8"))
    jsonschema.validate(report, SCHEMA)
    return done.returncode, report["contracts"][0], done.stdout


def test_every_breaking_finding_is_true_of_prism(tmp_path: Path) -> None:
    with prism(tmp_path) as url:
        code, report, printed = suite_run(url, tmp_path)
    breaking = [finding for finding in report["findings"] if finding["level"] == "breaking"]
    assert Counter((finding["rule"], finding["where"]["operation"]) for finding in breaking) == TRUE_OF_PRISM
    assert {finding["verdict"] for finding in breaking} == {"BROKEN"}
    assert (code, report["outcome"], report["partial"], report["reasons"]) == (1, "incompatible", False, []), printed
    assert "Traceback" not in printed


def test_no_schema_rule_refuses_what_prism_generates_from_the_schemas(tmp_path: Path) -> None:
    """Answers made at random by another reader of the same schemas: what our reading refused would be its mistake."""
    with prism(tmp_path, "--dynamic", "--seed", "specwitness") as url:
        code, report, printed = suite_run(url, tmp_path)
    doubtful = re.compile(
        r"response-|body-|header-|undocumented-|missing-|server-error|second-opinion|no-response|flaky"
    )
    found = [finding for finding in report["findings"] if finding["level"] != "info"]
    assert [finding["message"] for finding in found if doubtful.match(finding["rule"])] == []
    assert (code, report["outcome"], report["partial"], report["reasons"]) == (1, "incompatible", False, []), printed
    assert "Traceback" not in printed

"""Compare every release of `intuned-client` with the Intuned contract, and write the table of docs/sdk.md.

    python benchmarks/sdk_releases.py [--write] [RELEASE ...]

Each release is downloaded from PyPI into a folder of its own, and compared by a process of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from specwitness.contract import load
from specwitness.drift.sdk import Compared, Use, compare
from specwitness.findings import Level

PACKAGE = "intuned-client"
RELEASES = ("0.4.1", "0.4.2", "1.0.0", "1.1.0", "1.1.1")
USES = {
    # How the code of a release reads an answer: `unmarshal_json_response(MODEL, ...)`.
    "0": (
        "intuned_client.models:RunAPIResultResponse=runApiResult:200",
        "intuned_client.models:GetJobRunResponse=getJobRun:200",
        "intuned_client.errors:GetJobRunBadRequestUserErrorData=getJobRun:400",
        "intuned_client.errors:GetJobRunUnauthorizedUserErrorData=getJobRun:401",
        "intuned_client.errors:GetJobRunNotFoundUserErrorData=getJobRun:404",
    ),
    # `parse_payload(MODEL, ...)`; an error is not read by a model any more.
    "1": (
        "intuned_client.models:RunResultResponse=runApiResult:200",
        "intuned_client.models:JobsRunsGetResponse=getJobRun:200",
    ),
}
ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "sdk.md"
HEAD = (
    "| release | what it reads | it cannot read a response that | it knows, the contract does not | "
    "the contract knows, it does not |\n|---|---|---|---|---|\n"
)
_TABLE = re.compile(r"(<!-- releases -->\n).*?(<!-- /releases -->)", re.DOTALL)


def main() -> None:
    """Print the table, or put it in its place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", metavar="RELEASE", default=RELEASES)
    parser.add_argument("--write", action="store_true", help=f"write it to {DOCS.relative_to(ROOT)}")
    parser.add_argument("--installed", action="store_true", help="only the rows of the release that is installed here")
    arguments = parser.parse_args()
    if arguments.installed:
        print("".join(rows(metadata.version(PACKAGE))), end="")
        return
    table = HEAD + "".join(rows_of(release) for release in arguments.releases)
    print(table, end="")
    if arguments.write:
        text = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(_TABLE.sub(lambda found: found[1] + table + found[2], text), encoding="utf-8")


def rows_of(release: str) -> str:
    """Return the rows of a release, which is downloaded and thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", folder, f"{PACKAGE}=={release}"], check=True)  # noqa: S603 - a name of ours
        ran = subprocess.run(  # noqa: S603 - this script
            [sys.executable, __file__, "--installed"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": folder},
        )
    return ran.stdout


def rows(release: str) -> Iterator[str]:
    """Yield the rows of the release that is installed here."""
    contract = load.load(ROOT / "specs" / "intuned")
    for text in USES[release.partition(".")[0]]:
        found = compare(contract, Use.of(text))
        cells = (release, _read(found.use), _refused(found), _fields(found.unknown), _fields(found.unread))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _read(use: Use) -> str:
    return f"{use.operation} {use.status} as `{use.model}`"


def _refused(found: Compared) -> str:
    """Return what breaks, as the smallest response shows it; what only informs is about fields nobody documents."""
    breaking = [one.message for one in found.findings if one.level is Level.BREAKING]
    return "; ".join(message.partition("a response that ")[2] for message in breaking) or "-"


def _fields(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


if __name__ == "__main__":
    main()

"""`history`: what earlier runs found, and the life of one finding."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import say

if TYPE_CHECKING:
    from specwitness.report.history.lives import KeptRun, Life, Mark

_FINGERPRINT = re.compile(r"[0-9a-fA-F]{6,12}", re.ASCII)
_LETTERS = {"new": "N", "persisting": "x", "reopened": "R", "flaky": "~", "fixed": "F", "": "."}
_LEGEND = "N new, x seen again, R reopened, ~ flaky, F fixed, . not seen; below, w: it was waived"


@click.command("history")
@click.argument("name", required=False, metavar="[CONTRACT | FINGERPRINT]")
@click.option(
    "--history",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/history.db"),
    show_default=True,
    help="The file in which runs are remembered.",
)
def history(*, name: str | None, path: Path) -> None:
    """Show the last runs, of one contract or of all; or the life of one finding, by its fingerprint.

    At least its first 6 digits are enough, where no other finding begins with them.

    `fixed` is what a run has looked for in vain that an earlier one against the same target saw.
    """
    from specwitness.report.history import lives

    if name is not None and _FINGERPRINT.fullmatch(name) and name not in lives.contracts(path):
        say("\n\n".join(_life(life) for life in lives.lives(path, name.lower())))
    else:
        say(_table(lives.runs(path, name)))


def _table(runs: list[KeptRun]) -> str:
    from specwitness.report.text import one_line

    if not runs:
        return "no run is remembered"
    rows = [("STARTED", "CONTRACT", "OUTCOME", "NEW OR BACK", "FIXED", "PERSISTING OR FLAKY", "PROFILE", "TARGET")]
    for run in runs:
        only = f" (only {', '.join(run.selection)})" if run.selection else ""
        counts = (str(run.new), str(run.fixed), str(run.persisting))
        texts = (one_line(run.profile, 40), one_line(run.target + only, 100))
        rows.append((run.started, one_line(run.contract, 60), run.outcome.value, *counts, *texts))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _life(life: Life) -> str:
    from specwitness.report.text import counted, one_line

    state = "it is open" if life.is_open else "it is fixed"
    lines = [
        f"{life.fingerprint} {life.level.value} {one_line(life.rule)}, {one_line(life.contract)} at "
        f"{one_line(life.target)}",
        one_line(life.message),
        f"first seen {life.first_seen}, last seen {life.last_seen}, in {life.seen} of {counted(life.runs, 'run')}; "
        f"{state}",
        "",
        "".join(_LETTERS.get(mark.said, "?") for mark in life.last)
        + f"  {counted(len(life.last), 'run')}, oldest first",
    ]
    waived = "".join("w" if mark.waived else " " for mark in life.last).rstrip()
    lines += [waived] if waived else []
    lines += [_LEGEND, ""]
    return "\n".join([*lines, *(_said(mark) for mark in life.last if mark.said)])


def _said(mark: Mark) -> str:
    from specwitness.report.text import one_line

    waived = ", waived" if mark.waived else ""
    return f"{mark.started}  {mark.said}{waived}  {one_line(mark.run, 60)}"

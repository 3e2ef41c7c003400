"""`sensitivity`: what the suite finds of what can be wrong."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from specwitness.cli.options import INTERRUPTED, specs_option


@click.command()
@click.argument("names", nargs=-1, metavar="[CONTRACT]...")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Try this fault only; repeatable.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes at once.  [default: one per core]")
@click.option("--json", "as_json", type=click.Path(path_type=Path, dir_okay=False), help="Write all results there too.")
@click.option("--rules", is_flag=True, help="Print how many faults each rule found.")
@click.option("--report-dir", type=click.Path(path_type=Path), default=Path("reports"), show_default=True)
@specs_option
def sensitivity(
    *,
    names: tuple[str, ...],
    faults: tuple[str, ...],
    jobs: int | None,
    as_json: Path | None,
    rules: bool,
    report_dir: Path,
    specs: Path,
) -> None:
    """Run the suite against every fault of the mock, and say which it finds.

    Exit code 1 where a fault survives that is not in the contract's survivors.yaml, or the mock without a fault raises
    a finding. What is interrupted goes on where it was when the command is given again.
    """
    import json

    from specwitness.contract import load
    from specwitness.sensitivity import known_survivors, measured, score

    failed = False
    summaries = []
    for folder in load.find(specs, names):
        known = known_survivors(folder)
        kept = report_dir / "sensitivity" / f"{folder.name}.jsonl"
        with click.progressbar(length=1, label=folder.name, file=sys.stderr, show_pos=True) as bar:
            try:
                measurement = measured(
                    folder, names=faults, jobs=jobs or os.cpu_count() or 1, kept=kept, progress=partial(_advance, bar)
                )
            except KeyboardInterrupt:
                click.echo(f"\nInterrupted. Give the command again, and it goes on from {kept}", err=True)
                sys.exit(INTERRUPTED)
        click.echo(score.summary(measurement, known))
        if rules:
            click.echo("\n" + score.rules(measurement))
        click.echo()
        summaries.append(score.to_json(measurement, known))
        wrong = score.unexpected(measurement, known) or score.outlived(measurement, known) or measurement.clean.rules
        failed = failed or bool(wrong)
    if as_json is not None:
        as_json.write_text(json.dumps(summaries, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if failed else 0)


def _advance(bar: Any, done: int, total: int, _: object) -> None:
    """Show how far a measurement is; click does not export the type of its bar."""
    bar.length = total
    bar.update(done - bar.pos)

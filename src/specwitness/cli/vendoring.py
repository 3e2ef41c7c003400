"""`init` and `vendor`: where contracts come from."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import click

from specwitness.cli.options import specs_option


@click.command()
@click.argument("name")
@click.option("--from", "origin", required=True, metavar="FILE|URL", help="An OpenAPI 3.0 or 3.1 document.")
@specs_option
def init(name: str, origin: str, specs: Path) -> None:
    """Start the contract NAME from an OpenAPI document: a folder under specs/ that the suite can run at once."""
    from specwitness.contract import scaffold

    folder = scaffold.create(specs, name, origin)
    click.echo(f"{folder} is ready. Next: pytest --pyargs specwitness.suite --contract {name} [--base-url URL]")


@click.command()
@click.argument("name")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the committed document differs.")
@click.option("--from", "origin", metavar="FILE|URL", help="A new copy of one of its sources: show what changed in it.")
@click.option("--source", "file", metavar="FILE", help="With --from: the source that it is a copy of.")
@click.option("--accept", is_flag=True, help="With --from: put the copy in the place of the source.")
@specs_option
def vendor(*, name: str, check: bool, origin: str | None, file: str | None, accept: bool, specs: Path) -> None:
    """Derive the vendored document of the contract NAME from its sources again.

    With --from, show first what changed from a source to a new copy of it. Nothing is written without --accept; the
    exit code is then 1 if something breaks. With it, the copy, its sha256 in contract.yaml, and the document that is
    derived are written.
    """
    from specwitness.contract import load

    if origin is None and (file is not None or accept):
        raise click.UsageError("--source and --accept go with --from")
    if origin is not None and check:
        raise click.UsageError("--check and --from exclude each other: without --accept, nothing is written anyway")
    folder = load.find(specs, [name])[0]
    if origin is None:
        _derive(folder, name, check=check)
    else:
        _replace(folder, origin, file, accept=accept)


def _derive(folder: Path, name: str, *, check: bool) -> None:
    from specwitness.sources.vendor import DERIVED, derive

    path = folder / DERIVED
    derived = derive(folder)
    if path.is_file() and path.read_text(encoding="utf-8") == derived:
        click.echo(f"{path} is what its sources say")
    elif check:
        click.echo(f"{path} is not what its sources say. Run `specwitness vendor {name}` and look at the difference")
        sys.exit(1)
    else:
        path.write_text(derived, encoding="utf-8")
        click.echo(f"{path} written")


def _replace(folder: Path, origin: str, file: str | None, *, accept: bool) -> None:
    """Show what changed from a source to a new copy, and put that in its place if it is accepted."""
    from specwitness.cli.drifting import compared, print_report
    from specwitness.contract import load
    from specwitness.drift.sourced.copies import changes
    from specwitness.sources.replacing import proposed

    copy = proposed(folder, origin, file=file)
    old = str(folder / copy.old.file)
    if not copy.changes:
        click.echo(f"{copy.shown} is what {old} has")
        return
    today = dt.datetime.now(dt.UTC).date()
    found = changes(copy.old, copy.new, load.plain(folder), today, shown=(old, copy.shown))
    report = compared(
        found.old,
        found.new,
        given=(old, copy.shown),
        policy=None,
        strict=False,
        today=today,
        find=lambda *_: found.findings,
    )
    # The places are those on the pages.
    print_report(replace(report, in_new={}))
    # What could not be accepted is said before it is asked for.
    copy.contents()
    if accept:
        click.echo(f"\nwritten: {', '.join(map(str, copy.accept()))}")
    else:
        click.echo(f"\nnothing is written; with --accept, {copy.shown} takes the place of {old}")
        sys.exit(1 if report.failed else 0)

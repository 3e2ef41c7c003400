"""`report`: show a run again in any form, say what is another in a second one, and make one run of its shards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import FirstByDefault, say, specs_option

if TYPE_CHECKING:
    from rich.text import Text

    from specwitness.report.model import ContractReport, RunReport

FORMATS = ("terminal", "json", "markdown", "junit", "sarif", "github", "har", "html")
DIFF_FORMATS = ("terminal", "json", "markdown")
_LATEST = "latest"

report_dir_option = click.option(
    "--report-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help="Where reports are.",
)


@click.group(cls=FirstByDefault, no_args_is_help=False, subcommand_metavar="[show] [RUN] [OPTIONS] | COMMAND [ARGS]...")
def report() -> None:
    """Show the report of a run, compare two, or make one report of the shards of a run.

    RUN is a folder, a report.json, or the name of a run in the folder of reports; without it the latest.
    """


@report.command()
@click.argument("run", default=_LATEST)
@click.option("--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file instead of printing.",
)
@report_dir_option
def show(*, run: str, form: str, output: Path | None, report_dir: Path) -> None:
    """Show a run again (this is what `report` does by itself).

    Exit code 0, whatever the verdict was: that is what the run itself ended with. 2: there is no such report.
    """
    from specwitness.report import terminal, write

    path = write.located(report_dir, run)
    read = write.read(path)
    if output is not None:
        write.place(output, _renderer(form)(read))
        say(f"{output} written")
    elif form == "terminal":
        pages = (path / name for name in ("index.html", "report.md"))
        page = next((page for page in pages if page.is_file()), path)
        _print(terminal.summary(contract, path=str(page)) for contract in _ordered(read))
    else:
        say(_renderer(form)(read).encode(), nl=False)


@report.command()
@click.argument("old")
@click.argument("new", default=_LATEST)
@click.option("--format", "form", type=click.Choice(DIFF_FORMATS), default="terminal", show_default=True)
@report_dir_option
def diff(*, old: str, new: str, form: str, report_dir: Path) -> None:
    """Say which findings are new, gone, or judged otherwise in run NEW (by default the latest) than in run OLD.

    Exit code 0, whatever is another: whether something breaks is what a run itself ends with. 2: a report cannot be
    read.
    """
    from specwitness.report import run_diff, run_diff_text, write
    from specwitness.report.portable import json_text

    first, second = (write.read(write.located(report_dir, one)) for one in (old, new))
    found = run_diff.compared(first, second)
    if form == "terminal":
        _print([run_diff_text.summary(found)])
    else:
        text = json_text(found.to_json()) if form == "json" else run_diff_text.markdown(found)
        say(text.encode(), nl=False)


@report.command(name="open")
@click.argument("run", default=_LATEST)
@report_dir_option
def open_(*, run: str, report_dir: Path) -> None:
    """Open the page of a run in the browser, and print where it is."""
    import webbrowser

    from specwitness.exceptions import ReportError
    from specwitness.report import write

    path = write.located(report_dir, run)
    page = (path if path.is_dir() else path.parent) / "index.html"
    if not page.is_file():
        hint = f"Make one with `specwitness report {run} --format html --output index.html`"
        raise ReportError(str(page), "there is no such page", hint)
    say(str(page))
    if not webbrowser.open(page.resolve().as_uri()):
        say("No browser could be started here: open the file with one")


@report.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@report_dir_option
@specs_option
@click.option(
    "--history",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where earlier runs are remembered.  [default: history.db where reports go]",
)
def merge(*, runs: tuple[str, ...], report_dir: Path, specs: Path, history: Path | None) -> None:
    """Make one report of all shards of a run (`pytest --shard K/N`), as if one machine had run every test.

    The contracts in --specs have to be those that were tested. Exit code: that of the verdict, as a run has it (0
    compatible, 1 incompatible, 6 inconclusive); 2: these are not all shards of one run.
    """
    import datetime as dt

    from specwitness.conclusion import shards
    from specwitness.conclusion.reporting import exit_code
    from specwitness.exceptions import ReportError
    from specwitness.report import terminal, write

    if history is not None and not history.parent.is_dir():
        raise click.BadParameter(f"there is no folder {history.parent}", param_hint="--history")
    parts = [(run, shards.read(write.located(report_dir, run))) for run in runs]
    reports = shards.joined(parts, specs, today=dt.datetime.now(dt.UTC).date())
    page, fault = "", None
    try:
        reports, page = _kept(reports, report_dir, history)
    except ReportError as error:
        fault = error
    _print(terminal.summary(contract, path=page) for contract in reports)
    if fault is not None:
        # It costs the report, but not the verdict.
        click.echo(f"specwitness: {fault}", err=True)
    sys.exit(exit_code(reports))


def _kept(reports: list[ContractReport], report_dir: Path, history: Path | None) -> tuple[list[ContractReport], str]:
    """Write the report of a run, remembered, and return it with the path of its page. Raises ReportError."""
    from specwitness.report import history as earlier
    from specwitness.report import write
    from specwitness.report.history import store
    from specwitness.report.model import RunReport

    folder = write.folder_for(report_dir, reports[0].started)
    run = RunReport(folder.name, tuple(reports))
    run, fault = earlier.remembered_or_not(history or report_dir / store.FILE_NAME, run)
    if fault is not None:
        click.echo(f"specwitness: {fault}", err=True)
    return list(run.contracts), str(write.write(run, folder))


def _ordered(run: RunReport) -> list[ContractReport]:
    from specwitness.report import words

    return words.gravest_first(run.contracts)


def _renderer(form: str) -> Callable[[RunReport], str]:
    from specwitness.report import github, har, junit, markdown, page, sarif, terminal, write

    renderers: Mapping[str, Callable[[RunReport], str]] = {
        "terminal": lambda run: "\n\n".join(terminal.summary(one).plain for one in _ordered(run)) + "\n",
        "json": write.dumps,
        "markdown": markdown.render,
        "junit": junit.render,
        "sarif": sarif.render,
        "github": github.render,
        "har": har.render,
        "html": page.render,
    }
    return renderers[form]


def _print(texts: Iterable[Text]) -> None:
    from rich.console import Console

    from specwitness.report import terminal

    console = Console()
    for number, text in enumerate(texts):
        with console.capture() as captured:
            terminal.show(text, console)
        say(("\n" if number else "") + captured.get(), nl=False)

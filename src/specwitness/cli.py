"""Door 2: the command line. Each command imports what it needs when it is called, so that `--help` costs nothing."""

from __future__ import annotations

import math
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specwitness.exceptions import ContractError, SpecwitnessError

if TYPE_CHECKING:
    from specwitness.contract.model import Contract

USAGE_ERROR = 2
INTERRUPTED = 130

LOOPBACK = "127.0.0.1"

LONGEST_TICK = 24 * 60 * 60

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})

specs_option = click.option(
    "--specs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("specs"),
    show_default=True,
    help="Where the contracts are.",
)


class _Group(click.Group):
    """Word the faults of inputs as one line on standard error, with exit code 2 and no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SpecwitnessError as error:
            click.echo(f"specwitness: {error}", err=True)
            ctx.exit(USAGE_ERROR)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="specwitness")
def main() -> None:
    """Test whether an HTTP API still keeps the contract your code was written against.

    The contract suite itself is run by pytest: `pytest --base-url URL` here, or
    `pytest --pyargs specwitness.suite --base-url URL` in a repository with its own specs/ folder.
    """


@main.command()
@click.argument("name")
@click.option("--from", "origin", required=True, metavar="FILE|URL", help="An OpenAPI 3.0 or 3.1 document.")
@specs_option
def init(name: str, origin: str, specs: Path) -> None:
    """Start the contract NAME from an OpenAPI document: a folder under specs/ that the suite can run at once."""
    from specwitness.contract import scaffold

    folder = scaffold.create(specs, name, origin)
    click.echo(f"{folder} is ready. Next: pytest --pyargs specwitness.suite --contract {name} [--base-url URL]")


@main.command()
@click.argument("name")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the committed document differs.")
@specs_option
def vendor(name: str, check: bool, specs: Path) -> None:
    """Derive the vendored document of the contract NAME from its sources again."""
    from specwitness.contract import load
    from specwitness.sources.vendor import derive

    folder = load.find(specs, [name])[0]
    path = folder / "openapi.yaml"
    derived = derive(folder)
    if path.is_file() and path.read_text(encoding="utf-8") == derived:
        click.echo(f"{path} is what its sources say")
    elif check:
        click.echo(f"{path} is not what its sources say. Run `specwitness vendor {name}` and look at the difference")
        sys.exit(1)
    else:
        path.write_text(derived, encoding="utf-8")
        click.echo(f"{path} written")


def _an_address(_: click.Context, __: click.Parameter, host: str) -> str:
    """Refuse an empty host, which would mean every address of this machine."""
    if not host:
        raise click.BadParameter(f"it is empty; give an address, such as {LOOPBACK}")
    return host


def _a_number(_: click.Context, __: click.Parameter, seconds: float | None) -> float | None:
    """Refuse NaN, which no comparison with a limit does."""
    if seconds is not None and math.isnan(seconds):
        raise click.BadParameter("it is not a number")
    return seconds


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@click.option("--host", default=LOOPBACK, show_default=True, callback=_an_address, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--seed", type=int, default=0, show_default=True, help="What the generated answers are made from.")
@click.option(
    "--tick",
    type=click.FloatRange(min=0, min_open=True, max=LONGEST_TICK),
    callback=_a_number,
    metavar="SECONDS",
    help="Let time be real: each state lasts so long. Otherwise a poll is a tick.",
)
@click.option("--log", is_flag=True, help="Print each request, and keep the last ones at /__specwitness__/log.")
@click.option("--fault", "faulty", multiple=True, metavar="NAME", help="Be wrong in this way; repeatable.")
@click.option("--list-faults", is_flag=True, help="Name all ways to be wrong, and end.")
@specs_option
def mock(
    *,
    names: tuple[str, ...],
    host: str,
    port: int,
    seed: int,
    tick: float | None,
    log: bool,
    faulty: tuple[str, ...],
    list_faults: bool,
    specs: Path,
) -> None:
    """Serve contracts, or OpenAPI files, until Ctrl-C: all of --specs, or those of the given NAMEs and FILEs."""
    from specwitness import mock as server_room
    from specwitness.mock.banner import banner
    from specwitness.mock.listing import listing

    contracts = _contracts(specs, names)
    if list_faults:
        click.echo(listing(server_room.app(contracts).catalogues))
        return
    # Blocked before the server's thread is started, so that both signals wait for `sigwait` below.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        with server_room.serve(
            contracts,
            host=host,
            port=port,
            seed=seed,
            tick=tick,
            faulty=faulty,
            log=log,
            tell=click.echo if log else None,
        ) as server:
            _say(banner(server.url, server.app.desks.values(), seed=seed, tick=tick, faulty=faulty))
            if _is_reached_by_others(host):
                click.echo(f"It listens on {host}: whoever reaches that address is answered.", err=True)
            signal.sigwait(STOPS)
            _say(f"\nStopped after {server.app.served} requests, {server.app.refused} of them refused.")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@main.command()
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


def _is_reached_by_others(host: str) -> bool:
    if host == LOOPBACK:
        return False
    from specwitness.runner.target import is_loopback

    return not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}")


def _say(text: str) -> None:
    """Print where somebody still reads; where nobody does, throw away this and all that is printed later."""
    try:
        click.echo(text)
    except OSError:
        # What is left in the buffer would fail again at exit (https://docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _advance(bar: Any, done: int, total: int, _: object) -> None:
    """Show how far a measurement is; click does not export the type of its bar."""
    bar.length = total
    bar.update(done - bar.pos)


def _contracts(specs: Path, names: tuple[str, ...]) -> list[Contract]:
    """Return the contracts of some names below `specs`, or of files; what looks like a file is one."""
    from specwitness.contract import load

    files = [name for name in names if Path(name).suffix in {".yaml", ".yml", ".json"} or Path(name).is_file()]
    wanted = [name for name in names if name not in files]
    folders = load.find(specs, wanted) if wanted or not files else []
    loaded = [load.load(path) for path in (*folders, *map(Path, files))]
    called: dict[str, Contract] = {}
    for contract in loaded:
        if contract.name in called:
            raise ContractError(
                str(contract.document_path),
                f"it is called {contract.name}, as {called[contract.name].document_path} is",
                "Rename one of the files, or serve them at two ports",
            )
        called[contract.name] = contract
    return loaded


if __name__ == "__main__":
    main()

"""Door 2: the command line. Each command imports what it needs when it is called, so that `--help` costs nothing."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from specwitness.exceptions import SpecwitnessError

USAGE_ERROR = 2

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


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--seed", type=int, default=0, show_default=True, help="What the generated answers are made from.")
@specs_option
def mock(names: tuple[str, ...], port: int, seed: int, specs: Path) -> None:
    """Serve contracts (all, or those of the given NAMEs) on loopback until Ctrl-C."""
    from specwitness import mock as server_room
    from specwitness.contract import load

    contracts = [load.load(folder) for folder in load.find(specs, names)]
    # Blocked before the server's thread is started, so that both signals wait for `sigwait` below.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        with server_room.serve(contracts, port=port, seed=seed) as server:
            for contract in contracts:
                click.echo(f"{contract.name}: {len(contract.operations)} operations at {server.url}")
            click.echo(f"Test it: pytest --base-url {server.url}    Stop: Ctrl-C")
            signal.sigwait(STOPS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


if __name__ == "__main__":
    main()

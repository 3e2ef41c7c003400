"""`mock`: serve contracts until somebody has had enough."""

from __future__ import annotations

import math
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import say, specs_option
from specwitness.exceptions import ContractError

if TYPE_CHECKING:
    from specwitness.contract.model import Contract

LOOPBACK = "127.0.0.1"

LONGEST_TICK = 24 * 60 * 60

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})


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


@click.command()
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
            say(banner(server.url, server.app.desks.values(), seed=seed, tick=tick, faulty=faulty))
            if _is_reached_by_others(host):
                click.echo(f"It listens on {host}: whoever reaches that address is answered.", err=True)
            signal.sigwait(STOPS)
            say(f"\nStopped after {server.app.served} requests, {server.app.refused} of them refused.")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_reached_by_others(host: str) -> bool:
    if host == LOOPBACK:
        return False
    from specwitness.runner.target import is_loopback

    return not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}")


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

"""`contracts`: which contracts there are, and which environment variables each of them is told by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from specwitness.cli.options import say, specs_option


@click.command()
@click.argument("names", nargs=-1, metavar="[CONTRACT]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on one line, such as a matrix of CI jobs is made of.")
@specs_option
def contracts(*, names: tuple[str, ...], as_json: bool, specs: Path) -> None:
    """Print each contract with its variables, separated by tabs.

    First the one for its base URL, then the one that allows writes, both for scripts that run it at night; then those
    of its credentials and ids.
    """
    from specwitness.contract import load

    entries = [_entry(folder) for folder in load.find(specs, names)]
    if as_json:
        say(json.dumps(entries))
        return
    for entry in entries:
        say("\t".join([entry["contract"], entry["base_url"], entry["allow_writes"], *entry["variables"]]))


def _entry(folder: Path) -> dict[str, Any]:
    from specwitness.contract import load
    from specwitness.contract.variables import variable_name
    from specwitness.exceptions import SpecwitnessError
    from specwitness.runner.target import variables

    try:
        contract = load.plain(folder)
        wanted = variables(contract, contract.operations)
        named = [one.env for one in (*wanted.credentials, *wanted.parameters, wanted.unknown_id)]
    except SpecwitnessError:
        # The run of it says what is wrong; it must not keep others from theirs.
        named = []
    return {
        "contract": folder.name,
        "base_url": variable_name(folder.name, "base_url"),
        "allow_writes": variable_name(folder.name, "allow_writes"),
        "variables": named,
    }

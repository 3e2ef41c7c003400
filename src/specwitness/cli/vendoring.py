"""`init` and `vendor`: where contracts come from."""

from __future__ import annotations

import sys
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

"""Door 2: the command line. Each command imports what it needs when it is called, so that `--help` costs nothing."""

from __future__ import annotations

import click

from specwitness.cli.announcing import announce
from specwitness.cli.drifting import drift
from specwitness.cli.listing import contracts
from specwitness.cli.measuring import sensitivity
from specwitness.cli.mocking import mock
from specwitness.cli.options import INTERRUPTED, USAGE_ERROR
from specwitness.cli.remembering import history
from specwitness.cli.reporting import report
from specwitness.cli.vendoring import init, vendor
from specwitness.cli.waiving import waive
from specwitness.exceptions import SpecwitnessError


class _Group(click.Group):
    """Word the faults of inputs as one line on standard error, with exit code 2 and no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SpecwitnessError as error:
            click.echo(f"specwitness: {error}", err=True)
            ctx.exit(USAGE_ERROR)
        except KeyboardInterrupt:
            click.echo("\nspecwitness: interrupted", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="specwitness")
def main() -> None:
    """Test whether an HTTP API still keeps the contract your code was written against.

    The contract suite itself is run by pytest: `pytest --base-url URL` here, or
    `pytest --pyargs specwitness.suite --base-url URL` in a repository with its own specs/ folder.
    """


for _command in (init, vendor, contracts, drift, mock, sensitivity, announce, history, report, waive):
    main.add_command(_command)

"""What several commands share: options, exit codes, and how they print."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

USAGE_ERROR = 2
INTERRUPTED = 130

specs_option = click.option(
    "--specs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("specs"),
    show_default=True,
    help="Where the contracts are.",
)


class FirstByDefault(click.Group):
    """Takes anything but the name of one of its commands for the arguments of the first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the first command before the arguments that are for it."""
        named = {*self.commands, *ctx.help_option_names}
        is_for_first = args[0] not in named if args else not self.no_args_is_help
        return super().parse_args(ctx, [next(iter(self.commands)), *args] if is_for_first else args)


def say(text: str | bytes, *, nl: bool = True) -> None:
    """Print where somebody still reads; where nobody does, throw away this and all that is printed later."""
    try:
        click.echo(text, nl=nl)
    except OSError:
        # What is left in the buffer would fail again at exit (https://docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

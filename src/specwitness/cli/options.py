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


def say(text: str | bytes, *, nl: bool = True) -> None:
    """Print where somebody still reads; where nobody does, throw away this and all that is printed later."""
    try:
        click.echo(text, nl=nl)
    except OSError:
        # What is left in the buffer would fail again at exit (https://docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

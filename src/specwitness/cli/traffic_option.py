"""`drift --traffic`: a contract against what was recorded of its API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from specwitness.contract.model import Contract
    from specwitness.report.drift_model import DriftReport

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _urls(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no URL: nothing that was recorded would be below it."""
    for url in given:
        try:
            is_url = urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
        except ValueError:
            is_url = False
        if not is_url:
            raise click.BadParameter("it has to begin with http:// or https://, and a host")
    return given


def traffic_options(command: _Command) -> _Command:
    """Add what names recordings, and which of their URLs are those of the API."""
    traffic = click.option(
        "--traffic",
        "recordings",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Compare OLD alone with what was recorded of its API: a HAR, or the log of our mock. Repeatable.",
    )
    base_url = click.option(
        "--base-url",
        "base_urls",
        multiple=True,
        callback=_urls,
        metavar="URL",
        help="With --traffic: below which URL the API was. Repeatable.  [default: the servers that OLD names]",
    )
    return traffic(base_url(command))


def observed_in(
    recordings: Sequence[Path],
    contract: Contract,
    *,
    base_urls: Sequence[str],
    given: str,
    policy: str | None,
    strict: bool,
    today: dt.date,
) -> DriftReport:
    """Return the report of what recordings show that a contract does not describe, and of what they do not show.

    Raises DocumentError for a file that is no recording.
    """
    from specwitness.cli.drifting import compared
    from specwitness.drift.observed.observing import observe
    from specwitness.drift.observed.recording import read
    from specwitness.report.text import counted

    observed = observe(contract, (one for path in recordings for one in read(path)), base_urls)
    report = compared(
        contract,
        contract,
        given=(given, " ".join(map(str, recordings))),
        policy=policy,
        strict=strict,
        today=today,
        find=lambda *_: observed.findings,
    )
    return replace(
        report,
        new=replace(report.new, title=counted(observed.exchanges, "recorded exchange"), version=""),
        compared=observed.called,
        notes=(*report.notes, *observed.notes),
        # All places are those of the one description.
        in_new={},
        sampled=True,
    )

"""`drift CONTRACT`: the sources of a contract against each other; `--served`, `--upstream`: against one more source."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from specwitness.contract.model import Contract
    from specwitness.report.drift_model import DriftReport


def _document_at(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    """Return the URL of the document that a server hands out, from that or from the server's own."""
    from specwitness.contract.fetching import is_url
    from specwitness.drift.inputs import served_at

    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not is_url(url) or not parts.netloc:
        raise click.BadParameter("it has to begin with http:// or https://, and a host")
    return served_at(url)


served_option = click.option(
    "--served",
    metavar="URL",
    callback=_document_at,
    help="Compare OLD with the document that a server hands out: at URL, or below it at /openapi.json.",
)
upstream_option = click.option(
    "--upstream",
    is_flag=False,
    flag_value="",
    metavar="[FILE|URL|REVISION:PATH]",
    help="Compare the vendored document of OLD, without its overlay, with an upstream copy of it.  "
    "[without a value: `upstream` in its contract.yaml]",
)


def among_sources(contract: Contract, *, given: str, policy: str | None, strict: bool, today: dt.date) -> DriftReport:
    """Return the report of what the sources of a contract say otherwise than each other.

    Raises SourceError where it has none, or one that is missing, changed or not readable.
    """
    from specwitness.cli.drifting import compared
    from specwitness.drift.sourced.disagreements import of_contract
    from specwitness.report.text import counted

    found = of_contract(contract, today)
    report = compared(
        contract,
        contract,
        given=(given, "its sources"),
        policy=policy,
        strict=strict,
        today=today,
        find=lambda *_: found.findings,
        of_sources=True,
    )
    return replace(
        report,
        new=replace(report.new, title=counted(len(found.sources), "source"), version=""),
        compared=found.compared,
        # The places are those of the sources, of which none is the newer one.
        in_new={},
        sampled=True,
    )

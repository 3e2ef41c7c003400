"""`announce`: bring the verdicts of a finished run to people, as issues and as notices, when there is news."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import say
from specwitness.cli.reporting import report_dir_option
from specwitness.exceptions import AnnouncementError

if TYPE_CHECKING:
    from specwitness.report.model import RunReport

_REPO = re.compile(r"([\w.-]+/)?[\w.-]+/[\w.-]+", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\\]+")
_DONE = {"open": "opened", "reopen": "reopened", "update": "rewrote", "close": "closed", "leave": "left alone"}


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[click.Context, click.Parameter, str], str]:
    def checked(_: click.Context, __: click.Parameter, value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise click.BadParameter(f"it is no {what}")
        return value

    return checked


@click.command()
@click.argument("run", default="latest")
@click.option(
    "--repo",
    default="",
    metavar="OWNER/NAME",
    callback=_matching(_REPO, "OWNER/NAME"),
    help="Keep one issue for each contract there, by the `gh` command.",
)
@click.option(
    "--notify",
    "urls",
    multiple=True,
    envvar="SPECWITNESS_NOTIFY",
    show_envvar=True,
    metavar="URL",
    help="Send a verdict that changed to this URL of apprise; repeatable, in the variable separated by spaces.",
)
@click.option(
    "--link",
    default="",
    metavar="URL",
    callback=_matching(_LINK, "http or https URL"),
    help="Where the whole report can be read.",
)
@report_dir_option
def announce(*, run: str, repo: str, urls: tuple[str, ...], link: str, report_dir: Path) -> None:
    """Say what is news in the report of a finished RUN, and nothing where there is none.

    RUN is a folder, a report.json, or the name of a run in the folder of reports; without it the latest. An
    issue is opened when a contract is found broken, rewritten when other findings break it, and closed when it is found
    kept. A notice is sent when the verdict of a contract is another than the last time.

    Exit code 0: all that was to be said is said. 2: something could not be.
    """
    from specwitness.report import write

    if not repo and not urls:
        raise click.UsageError("Give --repo, --notify, or both")
    report = write.read(write.located(report_dir, run))
    faults: list[AnnouncementError] = []
    # Neither way keeps the other from being tried.
    if repo:
        with _noting(faults):
            _keep_issues(report, repo, link)
    if urls:
        with _noting(faults):
            _notify(report, urls, link)
    if len(faults) > 1:
        click.echo(f"specwitness: {faults[0]}", err=True)
    if faults:
        raise faults[-1]


@contextmanager
def _noting(faults: list[AnnouncementError]) -> Iterator[None]:
    try:
        yield
    except AnnouncementError as fault:
        faults.append(fault)


def _keep_issues(report: RunReport, repo: str, link: str) -> None:
    """Bring the issues of a repository up to date. Raises AnnouncementError at the first that cannot be."""
    from specwitness.cli import github
    from specwitness.report.issue import Step, plan
    from specwitness.report.text import one_line

    known = github.issues(repo)
    for contract in report.contracts:
        action = plan(contract, known, link=link)
        if action.step is Step.LEAVE:
            named = f"#{action.number}" if action.number else "no issue"
        else:
            named = github.carry_out(action, repo)
        say(f"{one_line(contract.contract)}: {_DONE[action.step]} ({named}): {action.why}")


def _notify(report: RunReport, urls: Sequence[str], link: str) -> None:
    """Send a notice of each contract of which there is news. Raises AnnouncementError."""
    from specwitness.cli import notifying
    from specwitness.report.notice import notice

    notices = [one for contract in report.contracts if (one := notice(contract, link=link))]
    if notices:
        notifying.send(notices, urls)
    for one in notices:
        say(f"notified: {one.title}")
    if not notices:
        say("notified nobody: no verdict changed")

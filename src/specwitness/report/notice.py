"""What is sent to people when the verdict of a contract is another than the last time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specwitness.findings import Outcome
from specwitness.report import terminal
from specwitness.report.model import ContractReport
from specwitness.report.text import one_line

_LINES = 40
_LONGEST = 3500
"""Chats cut, split or refuse what is longer."""
_CALLS = re.compile(r"@(?=\w)|<(?=[!@#])")
"""What chats make into a call: `@everyone`, `<!channel>`."""


@dataclass(frozen=True)
class Notice:
    """One message: its title, its text, and the verdict it speaks of."""

    title: str
    text: str
    outcome: Outcome


def notice(report: ContractReport, *, link: str = "") -> Notice | None:
    """Return the message about a run, or None where there is no news; `link` leads to the whole report.

    A verdict that differs from that of the run before is news, and so is a first one, or one without history, unless
    it is compatible. What was seen of a selection, or by one shard, is none.
    """
    trend = report.history.trend if report.history else ()
    before = trend[-2].outcome if len(trend) > 1 else None
    if report.selection or report.shard or report.outcome is (before or Outcome.COMPATIBLE):
        return None
    was = f"was {before}" if before else "no earlier run is known"
    title = f"{one_line(report.contract, 100)}: {report.outcome} ({was})"
    return Notice(title, _screen(report) + (f"\n\n{link}" if link else ""), report.outcome)


def _screen(report: ContractReport) -> str:
    """Return as much of the summary as fits on a screen."""
    text = terminal.summary(report).plain
    shown = "\n".join(text.splitlines()[:_LINES])[:_LONGEST]
    more = "\n... more in the report" if len(shown) < len(text) else ""
    # A space without width: nobody sees it, and no chat takes what follows for a name.
    return _CALLS.sub("\\g<0>\u200b", shown) + more

"""How a run stands to those before it, as Markdown: one line, and what changed."""

from __future__ import annotations

from specwitness.findings import Level
from specwitness.report import words
from specwitness.report.history import words as history_words
from specwitness.report.inline import plain
from specwitness.report.model import ContractReport

_LONGEST_LIST = 20


def history(report: ContractReport) -> list[str]:
    """Return the line and the list; one line alone where nothing is known or nothing changed."""
    lines = [history_words.sentence(report), ""]
    known = report.history
    if known is None or not history_words.has_earlier(known):
        return lines
    items = [
        f"- {mark}: `{finding.fingerprint}` {plain(f'{finding.rule} at {finding.where}: {finding.message}')}"
        for finding in words.of_level(report.findings, *Level)
        if (mark := history_words.mark(report, finding.fingerprint))
    ]
    items += [f"- not seen any more: {plain(history_words.gone(one))}" for one in known.fixed]
    rest = len(items) - _LONGEST_LIST
    more = [f"- {rest} more in report.json"] if rest > 0 else []
    return [*lines, *items[:_LONGEST_LIST], *more, ""] if items else lines

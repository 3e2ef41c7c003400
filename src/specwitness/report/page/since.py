"""What changed since the run before: what broke, what is flaky, what was fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specwitness.findings import Finding, Level
from specwitness.report import words
from specwitness.report.history import words as history_words
from specwitness.report.model import Change, ContractReport, FixedFinding
from specwitness.report.page import cards
from specwitness.report.page.listing import Link, Listed
from specwitness.report.text import one_line

_NAMED = 10
"""More changes of one kind than these are counted, not named."""


@dataclass(frozen=True)
class Named:
    """A finding in a list of changes, as it is linked and what else is said of it; without a link it is gone."""

    title: str
    text: str
    link: Link | None


@dataclass(frozen=True)
class Group:
    """The changes of one kind: how many, and the gravest of them."""

    title: str
    kind: str
    total: int
    named: tuple[Named, ...]


@dataclass(frozen=True)
class Since:
    """How a contract stands to the run before, in words, and what changed."""

    sentence: str
    groups: tuple[Group, ...]


def of(report: ContractReport, number: int, listed: Listed) -> Since:
    """Return what changed in a contract; `number` is its number on the page."""
    history = report.history
    if history is None or not history_words.has_earlier(history):
        return Since(history_words.sentence(report), ())
    groups = [
        *(_changed(kind, report, number, listed) for kind in (Change.NEW, Change.REOPENED, Change.FLAKY)),
        _fixed(history.fixed),
    ]
    return Since(history_words.sentence(report), tuple(group for group in groups if group.total))


def _changed(kind: Change, report: ContractReport, number: int, listed: Listed) -> Group:
    changed = [finding for finding in report.findings if cards.change(finding, report.history) == kind]
    gravest = words.of_level(changed, *Level)[:_NAMED]
    return Group(kind.value, kind.value, len(changed), tuple(_named(finding, number, listed) for finding in gravest))


def _named(finding: Finding, number: int, listed: Listed) -> Named:
    title = f"{one_line(finding.rule, 100)} at {words.subject(finding)}"
    return Named(title, one_line(finding.message, 200), listed.to(number, finding))


def _fixed(fixed: Sequence[FixedFinding]) -> Group:
    named = tuple(Named("", history_words.gone(one), None) for one in fixed[:_NAMED])
    return Group("not seen any more", "fixed", len(fixed), named)

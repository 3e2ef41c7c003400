"""All findings of a page, the gravest first: the first in full, of the others what the script needs to show them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from specwitness.findings import Finding, Level
from specwitness.record import rank
from specwitness.report import drift_words
from specwitness.report.checks import check_of
from specwitness.report.drift_model import DriftReport
from specwitness.report.model import Change, ContractReport, History
from specwitness.report.page import cards
from specwitness.report.page.layout import environment
from specwitness.report.text import one_line
from specwitness.report.words import place, subject

IN_FULL = 100
"""More findings than these are not shown in full."""
_ROOM = 500_000
"""More characters than these are not spent on findings in full."""
_OPEN = 5
"""The first of these that break are unfolded."""
_MESSAGE = 160

_Key = tuple[int, str]
"""The number of a contract on the page, and the name of something of it."""


@dataclass(frozen=True)
class Link:
    """Where a link leads without the script, and what the script is to look for: a finding, an operation, a check."""

    href: str = "#findings"
    find: str = ""
    operation: int | None = None
    check: int | None = None


@dataclass(frozen=True)
class Listed:
    """The findings of a page: `cards` are markup, `data` is JSON for the script.

    What can be chosen to look for is numbered: contracts, operations (with what they are called in full), checks,
    changes.
    """

    cards: tuple[Markup, ...]
    total: int
    data: Markup
    contracts: tuple[str, ...]
    operations: Mapping[_Key, int]
    labels: Mapping[_Key, str]
    checks: Mapping[str, int]
    changes: tuple[str, ...]
    _shown: Mapping[_Key, str] = field(repr=False)

    def to(self, contract: int, finding: Finding) -> Link:
        """Return the link to a finding."""
        anchor = self._shown.get((contract, finding.fingerprint))
        return Link(f"#{anchor}") if anchor else Link(find=finding.fingerprint)

    def to_all(self, contract: int, findings: Sequence[Finding], *, operation: str, check: str) -> Link:
        """Return the link to the findings of an operation that belong to a check."""
        if len(findings) == 1:
            return self.to(contract, findings[0])
        return Link(operation=self.operations.get((contract, operation)), check=self.checks.get(check))

    @property
    def by_contract(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """The operations that can be chosen, of each contract."""
        return [
            (name, [(number, self.labels[key]) for key, number in self.operations.items() if key[0] == contract])
            for contract, name in enumerate(self.contracts)
            if any(key[0] == contract for key in self.operations)
        ]


@dataclass(frozen=True)
class _Found:
    finding: Finding
    contract: int
    history: History | None


def of_run(contracts: Sequence[ContractReport], *, whole: str) -> Listed:
    """Return the findings of all contracts; `whole` is where the rest of what is cut can be read."""
    found = [
        _Found(finding, number, contract.history)
        for number, contract in enumerate(contracts)
        for finding in contract.findings
    ]
    labels = {
        (number, operation.operation): operation.label
        for number, contract in enumerate(contracts)
        for operation in contract.coverage
    }
    return _listed(found, [contract.contract for contract in contracts], labels, whole, lambda _: "")


def of_drift(report: DriftReport, *, whole: str) -> Listed:
    """Return the findings of a comparison."""
    found = [_Found(finding, 0, None) for finding in report.findings]
    return _listed(found, [report.contract], {}, whole, lambda finding: drift_words.beside(report, finding))


def through(finding: Finding) -> tuple[str, ...]:
    """Return the operations that a finding is about."""
    return finding.operations or ((finding.where.operation,) if finding.where.operation else ())


def _listed(
    found: Iterable[_Found],
    contracts: Sequence[str],
    labels: Mapping[_Key, str],
    whole: str,
    beside: Callable[[Finding], str],
) -> Listed:
    ordered = sorted(found, key=lambda one: rank(one.finding))
    keys = sorted({(one.contract, name) for one in ordered for name in through(one.finding)})
    operations = {key: number for number, key in enumerate(keys)}
    checks = {name: number for number, name in enumerate(sorted({check_of(one.finding) for one in ordered}))}
    changes = tuple(
        change.value for change in Change if any(cards.change(one.finding, one.history) == change for one in ordered)
    )
    anchors = _anchors(ordered)
    full: list[Markup] = []
    room = _ROOM
    template = environment().get_template("finding.html.j2")
    for one, anchor in zip(ordered[:IN_FULL], anchors, strict=False):
        markup = template.render(
            id=anchor,
            card=cards.card(one.finding, one.history, beside=beside(one.finding)),
            contract=contracts[one.contract] if len(contracts) > 1 else "",
            unfolded=len(full) < _OPEN and one.finding.level is Level.BREAKING,
            whole=whole,
        )
        room -= len(markup)
        if room < 0:
            break
        full.append(Markup(markup))  # noqa: S704, a template that escapes made it
    shown: dict[_Key, str] = {}
    for one, anchor in zip(ordered[: len(full)], anchors, strict=False):
        shown.setdefault((one.contract, one.finding.fingerprint), anchor)
    rows = [_row(one, operations, checks, changes) for one in ordered]
    return Listed(
        tuple(full),
        len(ordered),
        _embedded({"contracts": [one_line(name, 80) for name in contracts], "changes": changes, "rows": rows}),
        tuple(contracts),
        operations,
        {key: one_line(labels.get(key, key[1]), 120) for key in keys},
        checks,
        changes,
        shown,
    )


def _anchors(found: Sequence[_Found]) -> list[str]:
    """Return a name for each finding that no other has; links to it last as long as its fingerprint."""
    used: Counter[str] = Counter()
    anchors = []
    for one in found:
        used[one.finding.fingerprint] += 1
        again = used[one.finding.fingerprint]
        anchors.append(f"finding-{one.finding.fingerprint}" + (f"-{again}" if again > 1 else ""))
    return anchors


def _row(
    one: _Found, operations: Mapping[_Key, int], checks: Mapping[str, int], changes: Sequence[str]
) -> list[object]:
    """Return what is needed to look for a finding, and to show it in short."""
    finding = one.finding
    change = cards.change(finding, one.history)
    return [
        finding.fingerprint,
        finding.level.value,
        cards.state(finding),
        one.contract,
        [operations[one.contract, name] for name in through(finding)],
        checks[check_of(finding)],
        changes.index(change) if change else -1,
        one_line(finding.rule, 100),
        subject(finding)[:_MESSAGE],
        one_line(finding.message, _MESSAGE),
        place(finding)[:_MESSAGE],
    ]


def _embedded(data: object) -> Markup:
    """Return data as JSON that nothing in it can end before its end."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704, without these three characters there is no markup in it

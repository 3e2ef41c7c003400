"""Operations by checks: what each check said of each operation, and where its findings are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from specwitness.findings import Finding, Level
from specwitness.report.checks import OF_ANSWERS, check_of
from specwitness.report.model import ContractReport, History
from specwitness.report.page import cards
from specwitness.report.page.listing import Link, Listed, through

SIDE_BY_SIDE = 10
"""More operations than these are rows, not columns."""
NOWHERE = "(no operation)"
_FLAKY = "flaky"
_WORDS = {
    "broken": "broken",
    "suspected": "suspected",
    "warned": "warned",
    _FLAKY: "flaky",
    "remarked": "remark",
    "waived": "waived",
    "passed": "passed",
    "never": "never exercised",
}
"""The states of a cell, the gravest first, in words."""
_GRAVEST = tuple(_WORDS)


@dataclass(frozen=True)
class Cell:
    """What a check said of an operation: of how many answers it was asked, and how many findings of that state are.

    It `wavers` where all of these came and went, from run to run or within this one.
    """

    state: str
    found: int
    asked: int
    link: Link | None = None
    wavers: bool = False

    @property
    def word(self) -> str:
        """The state in words."""
        also = f", {_WORDS[_FLAKY]}" if self.wavers and self.state != _FLAKY else ""
        return f"{_WORDS[self.state]}{also}"


@dataclass(frozen=True)
class Line:
    """One check, and what it said of each operation; None of an operation that it does not speak of."""

    check: str
    own: bool
    cells: tuple[Cell | None, ...]

    @property
    def asked(self) -> int:
        """Of how many answers the check was asked."""
        return sum(cell.asked for cell in self.cells if cell)

    def is_all(self, state: str) -> bool:
        """Return whether it says the same of every operation that it speaks of."""
        return all(cell is None or cell.state == state for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    """The checks that tell operations apart, line by line; the others are only named.

    `operations` are what they are called. Both are in order of the gravest that is said of them, then by name: a small
    screen shows the first. `sideways` says that operations are too many for columns.
    """

    operations: tuple[str, ...]
    lines: tuple[Line, ...]
    passed: tuple[Line, ...]
    never: tuple[Line, ...]

    @property
    def sideways(self) -> bool:
        """Whether operations are rows."""
        return len(self.operations) > SIDE_BY_SIDE

    @property
    def states(self) -> list[tuple[str, str]]:
        """The states that occur, with their words, as a legend says them."""
        occurring = {cell.state for line in self.lines for cell in line.cells if cell}
        return [(state, word) for state, word in _WORDS.items() if state in occurring]


def of(report: ContractReport, number: int, listed: Listed) -> Matrix | None:
    """Return the matrix of a contract, None where there is nothing to say; `number` is its number on the page."""
    found, accepted = _by_cell(report.findings), _by_cell(one.finding for one in report.waived)
    columns = {operation.operation: operation.label for operation in report.coverage}
    columns |= {name: name or NOWHERE for name, _ in (*found, *accepted) if name not in columns}
    asked = {(one.operation, count.check): count.asked for one in report.coverage for count in one.checks}
    own = {count.check for operation in report.coverage for count in operation.checks if count.own}
    names = dict.fromkeys(check for _, check in (*asked, *found, *accepted))

    def cell(operation: str, check: str) -> Cell | None:
        at = (operation, check)
        if at not in asked and at not in found and at not in accepted:
            return None
        answers = asked.get(at, 0)
        if at in found:
            link = listed.to_all(number, found[at], operation=operation, check=check)
            return _of_findings(found[at], report.history, answers, link)
        if at in accepted:
            return Cell("waived", len(accepted[at]), answers, Link(f"#contract-{number}-waived"))
        return Cell("passed" if answers else "never", 0, answers)

    cells = {(name, check): cell(name, check) for name in columns for check in names}
    keys = sorted(columns, key=lambda name: (_trouble(cells[name, check] for check in names), columns[name]))
    checks = sorted(names, key=lambda check: (_trouble(cells[name, check] for name in keys), check))
    lines = [Line(check, check in own, tuple(cells[name, check] for name in keys)) for check in checks]
    passed = [line for line in lines if line.is_all("passed") and line.check not in OF_ANSWERS]
    never = [line for line in lines if line.is_all("never") and line.check not in OF_ANSWERS]
    told = [line for line in lines if line not in passed and line not in never]
    labels = tuple(columns[name] for name in keys)
    return Matrix(labels, tuple(told), tuple(passed), tuple(never)) if lines else None


def _by_cell(findings: Iterable[Finding]) -> Mapping[tuple[str, str], Sequence[Finding]]:
    """Return findings by operation and check; those of no operation are under an empty name."""
    cells: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for name in dict.fromkeys(through(finding)) or ("",):
            cells[name, check_of(finding)].append(finding)
    return cells


def _of_findings(findings: Sequence[Finding], history: History | None, asked: int, link: Link) -> Cell:
    """Return the cell of findings, which has the state of the gravest of them."""
    states = [_state(finding) for finding in findings]
    gravest = min(states, key=_GRAVEST.index)
    grave = [finding for finding, state in zip(findings, states, strict=True) if state == gravest]
    return Cell(gravest, len(grave), asked, link, all(cards.flaky(finding, history) for finding in grave))


def _state(finding: Finding) -> str:
    """Return what a finding makes of its cell: merely flaky is only what a rule calls so, and what does not break."""
    return _FLAKY if cards.flickers(finding) and finding.level is not Level.BREAKING else cards.state(finding)


def _trouble(cells: Iterable[Cell | None]) -> int:
    """Return the place of the gravest cell among the states."""
    return min((_GRAVEST.index(cell.state) for cell in cells if cell), default=len(_GRAVEST))

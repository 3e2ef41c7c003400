"""Operations by checks: what each check said of each operation, and where its findings are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from specwitness.findings import Finding
from specwitness.report.checks import OF_ANSWERS, check_of
from specwitness.report.model import ContractReport, History
from specwitness.report.page import cards
from specwitness.report.page.listing import Link, Listed, through

SIDE_BY_SIDE = 10
"""More operations than these are rows, not columns."""
NOWHERE = "(no operation)"
_GRAVEST = ("broken", "suspected", "warned", "remarked")
_WORDS = {
    "broken": "broken",
    "suspected": "suspected",
    "warned": "warned",
    "remarked": "remark",
    "flaky": "flaky",
    "waived": "waived",
    "passed": "passed",
    "never": "never exercised",
}


@dataclass(frozen=True)
class Cell:
    """What a check said of an operation: of how many answers it was asked, and how many findings of that state are."""

    state: str
    found: int
    asked: int
    link: Link | None = None

    @property
    def word(self) -> str:
        """The state in words."""
        return _WORDS[self.state]


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

    `operations` are what they are called. `sideways` says that they are too many for columns.
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
            return Cell(*_gravest(found[at], report.history), answers, link)
        if at in accepted:
            return Cell("waived", len(accepted[at]), answers, Link(f"#contract-{number}-waived"))
        return Cell("passed" if answers else "never", 0, answers)

    lines = [Line(check, check in own, tuple(cell(name, check) for name in columns)) for check in names]
    passed = [line for line in lines if line.is_all("passed") and line.check not in OF_ANSWERS]
    never = [line for line in lines if line.is_all("never") and line.check not in OF_ANSWERS]
    told = [line for line in lines if line not in passed and line not in never]
    return Matrix(tuple(columns.values()), tuple(told), tuple(passed), tuple(never)) if lines else None


def _by_cell(findings: Iterable[Finding]) -> Mapping[tuple[str, str], Sequence[Finding]]:
    """Return findings by operation and check; those of no operation are under an empty name."""
    cells: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for name in dict.fromkeys(through(finding)) or ("",):
            cells[name, check_of(finding)].append(finding)
    return cells


def _gravest(findings: Sequence[Finding], history: History | None) -> tuple[str, int]:
    """Return the state that the gravest findings make, and how many they are; it is flaky where all of them are."""
    states = [cards.state(finding) for finding in findings]
    gravest = next(state for state in _GRAVEST if state in states)
    grave = [finding for finding, state in zip(findings, states, strict=True) if state == gravest]
    return "flaky" if all(cards.flaky(finding, history) for finding in grave) else gravest, len(grave)

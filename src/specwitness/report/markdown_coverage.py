"""How much of each operation was seen, as Markdown: a table, then what was never seen, then what was."""

from __future__ import annotations

from collections.abc import Sequence

from specwitness.record import Aspect
from specwitness.report import words
from specwitness.report.fitting import Section
from specwitness.report.inline import cell, code
from specwitness.report.model import OperationCoverage, Seen, StatusCount

_NAMED = 30
"""Of one operation, more places than these are counted, not named."""

_TABLE = (
    "Seen of what each operation documents:",
    "",
    "| operation | requests | statuses | enum values | properties |",
    "|---|---:|---:|---:|---:|",
)
_ORDER = (Aspect.STATUS, Aspect.VALUE, Aspect.PROPERTY)


def coverage(operations: Sequence[OperationCoverage]) -> list[Section]:
    """Return the sections; what was seen least comes first."""
    ordered = words.least_seen_first(operations)
    return [
        Section("## Coverage", [_row(operation) for operation in ordered], lead=_TABLE),
        Section("### Never seen", [line for operation in ordered if (line := _never(operation))]),
        Section("### Seen", [line for operation in ordered if (line := _seen(operation))]),
    ]


def _row(operation: OperationCoverage) -> str:
    shares = (_share(operation, aspect) for aspect in _ORDER)
    return f"| {cell(operation.label)} | {operation.requests} | {' | '.join(shares)} |"


def _share(operation: OperationCoverage, aspect: Aspect) -> str:
    counts = [sight.count for sight in operation.sights if sight.aspect is aspect]
    return f"{sum(count > 0 for count in counts)} of {len(counts)}" if counts else "-"


def _never(operation: OperationCoverage) -> str:
    if not operation.requests:
        return f"- {code(operation.label)}: never called"
    missing = [sight for sight in operation.sights if not sight.count]
    return f"- {code(operation.label)}: {_places(missing)}" if missing else ""


def _seen(operation: OperationCoverage) -> str:
    if not operation.requests:
        return ""
    answers = ", ".join(_status(status) for status in operation.statuses) or "no response"
    seen = [sight for sight in operation.sights if sight.count and sight.aspect is not Aspect.STATUS]
    return f"- {code(operation.label)}: {answers}" + (f"; {_places(seen)}" if seen else "")


def _status(status: StatusCount) -> str:
    return f"`{status.status}` x {status.count}" + ("" if status.documented else " (**undocumented**)")


def _places(sights: Sequence[Seen]) -> str:
    """Name statuses, then enum values grouped by their place, then properties."""
    groups: dict[str, list[str]] = {}
    for sight in sorted(sights[:_NAMED], key=lambda sight: _ORDER.index(sight.aspect)):
        if sight.aspect is Aspect.VALUE:
            groups.setdefault(f"{code(sight.place)} =", []).append(code(sight.value))
        else:
            groups.setdefault(sight.aspect.value, []).append(code(sight.place))
    named = [f"{group} {', '.join(items)}" for group, items in groups.items()]
    rest = len(sights) - _NAMED
    return "; ".join([*named, *([f"and {rest} more in report.json"] if rest > 0 else [])])

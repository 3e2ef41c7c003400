"""What a comparison of tools has measured, and the tables that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from specwitness.mock.faults import Fault, Kind

US, THEM = "specwitness", "st run"
LIMIT = 90
"""Seconds after which a tool is told to stop; what it has found by then counts."""
SHARE, FIRST = 98, 3.0
"""The target: so many per cent of the faults, and seconds to the first finding of a schema fault."""


@dataclass(frozen=True)
class Turn:
    """What one tool made of one server; `first` is when its output first said that something failed, else its end."""

    objections: frozenset[str]
    requests: int
    seconds: float
    first: float


Round = dict[str, Turn]
"""A turn of each tool, by its name."""


@dataclass(frozen=True)
class Standings:
    """The turns at a server without a fault, and the rounds at one with a fault; why it ended early, where it did."""

    contract: str
    clean: Round
    rounds: tuple[tuple[Fault, Round], ...]
    ended: str | None = None

    def faults(self, kind: Kind | None = None) -> list[str]:
        """Return the names of the faults that were tried: all, or those of one kind."""
        return [fault.name for fault, _ in self.rounds if kind in {None, fault.kind}]

    def turns(self, tool: str) -> list[Turn]:
        """Return the turns of a tool at a server with a fault."""
        return [turns[tool] for _, turns in self.rounds]

    def found(self, tool: str, kind: Kind | None = None) -> dict[str, Turn]:
        """Return the turns in which a tool objected to what it does not object to without the fault, by its name."""
        usual, tried = self.clean[tool].objections, self.faults(kind)
        turns = {fault.name: turns[tool] for fault, turns in self.rounds}
        return {name: turns[name] for name in tried if turns[name].objections - usual}


def table(standings: Standings, columns: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    """Yield the table of one contract as Markdown; a column is a tool, and what it lacks to be here."""

    def row(label: str, faults: int | str, cell: Callable[[str], str]) -> str:
        return f"| {label} | {faults} | {' | '.join('' if lacks else cell(tool) for tool, lacks in columns)} |"

    def share(kind: Kind | None) -> Callable[[str], str]:
        return lambda tool: str(len(standings.found(tool, kind)))

    titles = (f"{tool} (not here: no {lacks})" if lacks else tool for tool, lacks in columns)
    yield f"| {standings.contract} | faults | {' | '.join(titles)} |"
    yield f"|---|---:|{'---:|' * len(columns)}"
    for kind in dict.fromkeys(fault.kind for fault, _ in standings.rounds):
        yield row(kind, len(standings.faults(kind)), share(kind))
    total = len(standings.rounds)
    yield row("all", total, lambda tool: f"**{_percent(len(standings.found(tool)), total)}**")
    yield row("objections without a fault", "", lambda tool: str(len(standings.clean[tool].objections)))
    yield row("seconds, all", "", lambda tool: f"{sum(one.seconds for one in standings.turns(tool)):.0f}")
    yield row("seconds", "", lambda tool: _spread(one.seconds for one in standings.turns(tool)))
    yield row("stopped", "", lambda tool: str(sum(one.seconds >= LIMIT for one in standings.turns(tool))))
    yield row("requests", "", lambda tool: _spread((one.requests for one in standings.turns(tool)), digits=0))
    yield row("first finding", "", lambda tool: _first(standings, tool))
    yield row("first finding, schema", "", lambda tool: _first(standings, tool, Kind.SCHEMA))


def remarks(standings: Standings, tools: Sequence[str]) -> Iterator[str]:
    """Yield what a number does not say: which faults we missed, and to what tools object without a fault."""
    by_others = {tool: standings.found(tool) for tool in tools if tool != US}
    ours = standings.found(US)
    for name in standings.faults():
        if name not in ours:
            others = ", ".join(tool for tool, found in by_others.items() if name in found)
            yield f"- missed by {US}: {name}" + (f" (found by {others})" if others else "")
    for tool in tools:
        for objection in sorted(standings.clean[tool].objections):
            yield f"- {tool} without a fault: {objection}"


def against_the_target(all_standings: Sequence[Standings]) -> Iterator[str]:
    """Yield each part of the target, and how far it is kept by what was tried of all contracts."""
    tried = sum(len(one.rounds) for one in all_standings)
    found = sum(len(one.found(US)) for one in all_standings)
    said = f"at least {SHARE} % found: {_percent(found, tried)} ({found} of {tried})"
    yield _kept(said, 100 * found >= SHARE * tried)
    ours, theirs = (sum(turn.seconds for one in all_standings for turn in one.turns(tool)) for tool in (US, THEM))
    yield _kept(f"no more seconds than {THEM}: {ours:.0f} to {theirs:.0f}", ours <= theirs)
    schema = sum(len(one.faults(Kind.SCHEMA)) for one in all_standings)
    first = [turn.first for one in all_standings for turn in one.found(US, Kind.SCHEMA).values()]
    soon = sum(seconds <= FIRST for seconds in first)
    said = f"schema faults found within {FIRST:g} s: {soon} of {schema}, slowest {max(first, default=0):.1f} s"
    yield _kept(said, soon == schema)


def _kept(said: str, kept: bool) -> str:
    return f"- {said}: {'kept' if kept else '**not kept**'}"


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %" if total else ""


def _first(standings: Standings, tool: str, kind: Kind | None = None) -> str:
    return _spread(turn.first for turn in standings.found(tool, kind).values())


def _spread(numbers: Iterable[float], digits: int = 1) -> str:
    """Word the median, and the largest in brackets."""
    known = list(numbers)
    return f"{median(known):.{digits}f} ({max(known):.{digits}f})" if known else ""

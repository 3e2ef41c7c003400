"""In what the sources of a contract disagree, each cause once. Entry point: `of_contract`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from specwitness.contract.model import Contract
from specwitness.drift.sourced.ground import Ground
from specwitness.drift.sourced.judged import Sighting, findings_on
from specwitness.drift.sourced.said import Said, everything_said
from specwitness.drift.sourced.sayings import said_otherwise
from specwitness.drift.sourced.shown import refused
from specwitness.findings import Finding


@dataclass(frozen=True)
class Disagreements:
    """What the sources of a contract say otherwise than each other, and how much was compared.

    `sources` are their names; `compared` counts the operations that two of them describe.
    """

    sources: tuple[str, ...]
    compared: int
    findings: tuple[Finding, ...]


def of_contract(contract: Contract, today: dt.date, *, served: Contract | None = None) -> Disagreements:
    """Return in what the sources of a contract disagree, each cause once; what a server hands out is one of them.

    Raises SourceError for a source that is missing, changed or not readable, and where there is none.
    """
    return between(everything_said(contract, served=served), contract, today)


def between(said: Sequence[Said], contract: Contract, today: dt.date) -> Disagreements:
    """Return in what some descriptions of a contract's API disagree."""
    grounds = [Ground(one, other) for one, other in _pairs(said)]
    sightings = [sighting for ground in grounds for sighting in findings_on(ground, contract, today)]
    others = [*refused(said, grounds), *said_otherwise(said, grounds)]
    found: dict[str, Finding] = {}
    for finding in (*_joined(sightings), *others):
        found.setdefault(finding.fingerprint, finding)
    both = {(pair.old.method, pair.old.path) for ground in grounds for pair in ground.pairing.both}
    return Disagreements(tuple(one.name for one in said if one.is_source), len(both), tuple(found.values()))


def _pairs(said: Iterable[Said]) -> Iterator[tuple[Said, Said]]:
    """Yield every two sources, what clients go by first; the contract with those that it is not made from."""
    for one, other in combinations(said, 2):
        if other.is_source:
            yield one, other
        elif not one.vendored:
            yield other, one


def _joined(sightings: Iterable[Sighting]) -> Iterator[Finding]:
    """Yield findings once, with the other sources that say the same."""
    found: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        found.setdefault(sighting.finding.fingerprint, []).append(sighting)
    for first, *others in found.values():
        known = {first.one.name, first.other.name}
        also = {
            said.name: f"{said.name} against {then.name}"
            for sighting in others
            for said, then in ((sighting.one, sighting.other), (sighting.other, sighting.one))
            if said.is_source and said.name not in known
        }
        more = f"; so does {', '.join(also.values())}" if also else ""
        yield replace(first.finding, message=first.finding.message + more)

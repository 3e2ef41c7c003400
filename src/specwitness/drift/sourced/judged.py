"""What the judge, and the lists of both, say of the ground that two sources share. Entry point: `findings_on`."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specwitness.contract import pointers
from specwitness.contract.model import Contract
from specwitness.drift import words
from specwitness.drift.comparing import compare
from specwitness.drift.sourced.ground import BOTH, ONE, OTHER, Ground, Omission
from specwitness.drift.sourced.rules import OMITTED, RULES
from specwitness.drift.sourced.said import Said, as_contract
from specwitness.findings import Finding, Json, Level, Party, Verdict, Witness

_PLURALS = {"property": "properties", "request-body": "request bodies", "status": "statuses"}


@dataclass(frozen=True)
class Sighting:
    """A finding, and the sources by which it was found: what `one` says clients go by, and `other` says otherwise."""

    finding: Finding
    one: Said
    other: Said


def findings_on(ground: Ground, contract: Contract, today: dt.date) -> Iterator[Sighting]:
    """Yield in what two sources contradict each other, and what only one of them names."""
    compared = [
        as_contract(document, contract, shown=shown)
        for document, shown in zip(ground.documents, _called(ground), strict=True)
    ]
    judged = [*_judged(ground, compared, today)]
    # That a value is met which is not in a list has been said with a message then.
    said = {(finding.where.pointer, json.dumps(finding.value, ensure_ascii=False)) for finding in judged}
    for finding in judged:
        yield Sighting(_relocated(ground, compared, finding), *ground.sides)
    omissions = [one for one in ground.omissions if (one.here, one.name) not in said]
    for finding in (*_omitted(ground, compared[ONE], omissions), *_operations(ground)):
        yield Sighting(finding, *ground.sides)


def _called(ground: Ground) -> tuple[str, str]:
    """Return what the new documents are called, by which a finding tells of which of them it is."""
    one, other = (said.name for said in ground.sides)
    return f"{one}, as far as {other} goes", f"{other}, as far as {one} goes"


# --- Contradictions ---------------------------------------------------------------------------------------------------


def _judged(ground: Ground, compared: Sequence[Contract], today: dt.date) -> Iterator[Finding]:
    if ground.pairing.both and ground.documents[ONE] != ground.documents[OTHER]:
        yield from compare(compared[ONE], compared[OTHER], today)


def _relocated(ground: Ground, compared: Sequence[Contract], finding: Finding) -> Finding:
    """Return a finding about the new documents as one about the sources: with their places, and what each says."""
    side, here = _called(ground).index(str(finding.where.file)), finding.where.pointer
    (said, at), (other, its) = ground.origin(side, here), ground.origin(1 - side, here)
    at, its = said.item(at, finding.value), other.item(its, finding.value)
    if finding.rule.endswith("-required"):
        sayings = f"{said.spot(at)} requires it, {other.spot(its)} does not"
    else:
        says = [_saying(compared[one].document, here) for one in (side, 1 - side)]
        sayings = f"{said.spot(at)} says {says[0]}, {other.spot(its)} says {says[1]}"
    one, then = ground.sides
    return replace(
        finding,
        witness=finding.witness and of_sources(finding.witness),
        where=said.located(at, operation=finding.where.operation, part=finding.where.part, way=finding.where.way),
        message=f"{finding.message}; {sayings}" if finding.witness else f"{one.name} -> {then.name}: {finding.message}",
        source=other.spot(its),
    )


def _saying(document: Json, here: str) -> str:
    """Return what a keyword says; where there is no such keyword, the schema that lacks it."""
    holder, _, keyword = here.rpartition("/")
    value = pointers.look(document, here, _NOTHING)
    if value is not _NOTHING and not isinstance(value, dict):
        return words.short({keyword: value})
    schema = pointers.look(document, holder) if value is _NOTHING else value
    if not isinstance(schema, dict):
        return "nothing of the kind"
    return words.short({key: one for key, one in schema.items() if key not in _LONG})


def of_sources(witness: Witness) -> Witness:
    """Return a witness of the two versions of a document as one of two sources."""
    return replace(witness, allowed_by=_PARTIES[witness.allowed_by], rejected_by=_PARTIES[witness.rejected_by])


_PARTIES = {Party.OLD: Party.CONTRACT, Party.NEW: Party.SOURCE}
"""The first of two sources is what clients go by, and what the contract is made of if either is."""
_LONG = frozenset({"example", "examples", "properties", "required"})
_NOTHING = object()


# --- What only one of them names --------------------------------------------------------------------------------------


def _omitted(ground: Ground, contract: Contract, omissions: Sequence[Omission]) -> Iterator[Finding]:
    """Yield what only one of two lists names, a finding for each list, with both sides of it."""
    lists = defaultdict[tuple[str, str, str], list[Omission]](list)
    for omission in omissions:
        here = omission.here if omission.kind == "value" else omission.here.rpartition("/")[0]
        lists[omission.kind, here, omission.around.operation].append(omission)
    for (kind, here, operation), members in lists.items():
        named = [[one for one in members if one.namer == side] for side in BOTH]
        places = [_list(named[side], named[1 - side]) for side in BOTH]
        sentences = [
            f"{ground.sides[side].spot(named[side][0].at)} names {_listed(kind, named[side])}, which "
            f"{ground.sides[1 - side].spot(places[1 - side])} does not"
            for side in BOTH
            if named[side]
        ]
        around, known = members[0].around, contract.operation(operation)
        label = known.label if known else operation
        part = {"status": "responses", "parameter": "parameters"}.get(kind, around.part)
        ways = contract.ways.all(here)
        matters = any(_matters(one, ways) for one in members)
        yield Finding(
            rule=kind + OMITTED,
            level=Level.WARNING if matters else Level.INFO,
            verdict=Verdict.UNDECIDED if matters else Verdict.SAFE,
            where=ground.sides[ONE].located(
                places[ONE], operation=operation, part=part, way=contract.ways.shortest(here)
            ),
            message=f"{label}: {'; '.join(sentences)}",
            source=ground.sides[OTHER].spot(places[OTHER]),
            value=[sorted(one.name for one in side) for side in named],
            operations=(operation,),
        )


def _list(named: Sequence[Omission], omitted: Sequence[Omission]) -> str:
    """Return the list of a side: where the other's names are missing, or where its own stand."""
    if omitted:
        return omitted[0].listed_at
    return named[0].at if named[0].kind == "value" else named[0].at.rpartition("/")[0]


def _listed(kind: str, named: Sequence[Omission]) -> str:
    noun = _PLURALS.get(kind, f"{kind.replace('-', ' ')}s") if len(named) > 1 else kind.replace("-", " ")
    return f"the {noun} {', '.join(one.name for one in named)}"


def _matters(omission: Omission, ways: Sequence[str]) -> bool:
    """Say whether who goes by the first source may miss it: as required of what they send, or of what they wait for."""
    is_received = [_OF_A_RESPONSE.match(way) is not None for way in ways]
    if omission.required and (omission.namer == ONE) in is_received:
        return True
    # A server may fail, whether that is documented or not.
    is_failure = omission.kind == "status" and omission.name.startswith("5")
    return not is_failure and RULES[omission.kind + OMITTED].level is Level.WARNING


_OF_A_RESPONSE = re.compile(r"/paths/[^/]+/[^/]+/responses/")
"""How the ways to what a server sends begin."""


def _operations(ground: Ground) -> Iterator[Finding]:
    """Yield the operations that only one of two sources has, where the other claims to describe all."""
    for side, alone in ((ONE, ground.pairing.removed), (OTHER, ground.pairing.added)):
        namer, other = ground.sides[side], ground.sides[1 - side]
        if "/paths" in other.silent:
            continue
        for operation in alone:
            yield Finding(
                rule="operation-of-one-source",
                level=RULES["operation-of-one-source"].level,
                verdict=RULES["operation-of-one-source"].verdict,
                where=namer.located(
                    operation.pointer,
                    operation=namer.key_of(operation),
                    part="operation",
                    way=namer.contract.ways.shortest(operation.pointer),
                ),
                message=f"{namer.spot(operation.pointer)} describes {operation.label}, {other.spot('/paths')} does not",
                source=other.spot("/paths"),
                operations=(namer.key_of(operation),),
            )

"""Examples against schemas: those of a source against its own, and against those of another. Entry point: `refused`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from specwitness.contract import pointers
from specwitness.contract.lint import lint
from specwitness.drift.sourced.ground import BOTH, Ground
from specwitness.drift.sourced.said import ASSUMED, INFERRED, Said
from specwitness.drift.sourced.sayings import finding_at
from specwitness.findings import Finding, Json
from specwitness.sources.examples import is_placeholder


def refused(said: Iterable[Said], grounds: Iterable[Ground]) -> Iterator[Finding]:
    """Yield the examples of sources that a schema refuses, and what else a source says against itself."""
    known = set()
    for one in said:
        for finding in lint(one.contract, partial=True) if one.is_source else ():
            known.add((one.name, finding.where.pointer))
            yield _placed(one, finding)
    for ground in grounds:
        for side in BOTH:
            if not ground.sides[side].names_as_sdk and ground.sides[side].is_source:
                yield from (
                    finding
                    for finding in _by_other(ground, side)
                    if (ground.sides[side].name, finding.where.pointer) not in known
                )


def _placed(said: Said, finding: Finding) -> Finding:
    """Return a finding with the line of the source's own page."""
    where = finding.where
    file, line = said.place(where.pointer)
    if finding.rule == "enum-without-duplicates":
        # The second one is the one too many.
        values = pointers.get(said.document, where.pointer)
        again = len(values) - 1 - values[::-1].index(finding.value)
        line = said.place(pointers.join(where.pointer, again))[1]
    return replace(finding, where=replace(where, file=file, line=line))


def _by_other(ground: Ground, side: int) -> Iterator[Finding]:
    """Yield the examples of one source that the other's schema of the same place refuses."""
    said, other = ground.sides[side], ground.sides[1 - side]
    for at, schema in _shown(ground, side):
        value = pointers.get(said.document, at)
        for rejection in other.contract.schemas.rejections(schema, value) if not _has_placeholder(value) else ():
            if not _is_stated(other, rejection.pointer):
                continue
            place = pointers.join(at, *rejection.path)
            yield finding_at(
                said,
                place,
                "example-refused-by-source",
                f"the example at {said.spot(place)} is not what {other.spot(rejection.pointer)} allows: "
                f"{rejection.message}",
                source=other.spot(rejection.pointer),
                value=rejection.value,
            )


def _shown(ground: Ground, side: int) -> Iterator[tuple[str, str]]:
    """Yield the places of a source's examples, with the other's schema of what they show."""
    said = ground.sides[side]
    for meeting in ground.meetings:
        schema = meeting.holders[1 - side][0]
        yield from ((at, schema) for holder in meeting.holders[side] for at in _examples(said, holder))
    for message in ground.messages:
        beside = message[side].removesuffix("/schema")
        yield from ((at, message[1 - side]) for at in _examples(said, beside))


def _is_stated(said: Said, at: str) -> bool:
    """Say whether nothing around a place is concluded from examples, or assumed."""
    value = said.document
    for token in pointers.split(at):
        if isinstance(value, dict) and (value.get(INFERRED) or value.get(ASSUMED)):
            return False
        value = pointers.step(value, token)
    return True


def _examples(said: Said, at: str) -> Iterator[str]:
    """Yield the places of the examples of a schema, a parameter or a media type."""
    holder = pointers.get(said.document, at)
    if not isinstance(holder, dict):
        return
    if "example" in holder:
        yield pointers.join(at, "example")
    examples = holder.get("examples")
    if isinstance(examples, list):
        yield from (pointers.join(at, "examples", index) for index in range(len(examples)))
    elif isinstance(examples, dict):
        places = (pointers.join(at, "examples", name, "value") for name in examples)
        yield from (place for place in places if pointers.look(said.document, place) is not None)


def _has_placeholder(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_has_placeholder(one) for one in value.values())
    return any(_has_placeholder(one) for one in value) if isinstance(value, list) else is_placeholder(value)

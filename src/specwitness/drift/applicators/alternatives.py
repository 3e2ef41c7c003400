"""The keywords that hold schemas of the same value: alternatives, parts, conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, product
from typing import TYPE_CHECKING

from specwitness.drift import languages, plain
from specwitness.drift.answers import SAFE, Answer, Question, joined, offence
from specwitness.drift.expressions import Undecidable
from specwitness.drift.smallest import NOTHING, patterns_of
from specwitness.findings import Json
from specwitness.pool.shapes import Shape

if TYPE_CHECKING:
    from specwitness.drift.gaps import Walk


def reference(walk: Walk, question: Question) -> Answer:
    """Answer for what a reference leads to."""
    return walk.of_shape(question.node, question.shape, walk.bundle.followed({"$ref": question.said}))


def all_of(walk: Walk, question: Question) -> Answer:
    """Answer for each part, all of which hold."""
    parts = question.said
    if len(walk.builder.ways(question.node)) >= _MANY:
        # What a part asks for may be what one part of the other side says, whatever way is gone through the others.
        few = [one for one in walk.always(question.node) if len(walk.builder.ways((one,))) < _MANY]
        parts = [schema for schema in parts if not any(walk.between((one,), schema).safe for one in few)]
    return joined(walk.of_shape(question.node, question.shape, schema) for schema in parts)


_MANY = 96
"""So many ways are not all that there are."""


def any_of(walk: Walk, question: Question) -> Answer:
    """Answer for what no alternative takes, as the likeliest of them refuses it."""
    if any(walk.alike(one, branch) for one in question.node for branch in question.said):
        return SAFE
    if all(_is_foreign(walk, question.shape, branch) for branch in question.said):
        # An alternative more is one thing to say, not everything in which it differs from the others.
        value = walk.builder.of_shape(question.shape)
        shown = walk.shown(question.node, [value], question.schema, (*question.cause[:2], _tag(walk, question)))
        if shown.gaps:
            return shown
    answers, known = [], SAFE
    for schema in sorted(question.said, key=lambda branch: _distance(walk, question.shape, branch)):
        answer = walk.of_shape(question.node, question.shape, schema)
        if answer.safe:
            return SAFE
        answers.append(answer)
        # The alternative that is most like what is sent tells best what is wrong, if all of them refuse it.
        found = walk.refiltered(question, answer)
        if any(gap.value is not NOTHING for gap in found.gaps):
            return found
        if found.gaps:
            # All that is wrong with it is proven already; it only has to be seen that no other takes it.
            others = (other for other in question.said if other is not schema)
            proven = any(walk.proves(question.node, question.shape, other) for other in others)
            return SAFE if proven else found
        known = known if known.gaps else found
    if not known.gaps and len(question.shape.types) > 1:
        # No alternative takes all of them, but there may be one for each type.
        single = (replace(question.shape, types=frozenset({type_})) for type_ in sorted(question.shape.types))
        return joined(any_of(walk, replace(question, shape=shape)) for shape in single)
    if not known.gaps and question.shape.types == {"string"}:
        known = _of_texts(walk, question)
        if known.safe:
            return known
    return known if known.gaps else walk.refiltered(question, *answers)


def _of_texts(walk: Walk, question: Question) -> Answer:
    """Answer for texts of which each alternative takes some: each lacks a pattern of every alternative, or is taken."""
    asked = [plain.patterns_that_suffice(walk.bundle.meant(branch)) for branch in question.said]
    choices = [patterns for patterns in asked if patterns is not None]
    if math.prod(map(len, choices)) > _MOST_CHOICES:
        return Answer(doubts=("there are too many patterns",))
    shape = question.shape
    found: list[Json] = []
    for lacking in product(*choices):
        having, unlike = patterns_of(shape), (*shape.unlike, *lacking)
        try:
            text = languages.shortest(having, unlike, least=shape.min_length, most=shape.max_length)
        except Undecidable:
            text = ""
        found += [] if text is None else [text]
    return walk.shown(question.node, found, question.schema, question.cause) if found else SAFE


_MOST_CHOICES = 32


def _is_foreign(walk: Walk, shape: Shape, branch: Json) -> bool:
    """Say whether what is sent is of another type than an alternative, or has another tag."""
    return all(
        way.types.isdisjoint(shape.types)
        or any(not walk.builder.ways((*shape.node_of(name), *way.node_of(name))) for name in _tags(walk, shape))
        for way in walk.builder.ways((branch,))
    )


def _tags(walk: Walk, shape: Shape) -> list[str]:
    """Return the properties that an object has in any case, and that have few values."""
    return [
        name
        for name in shape.required
        if (ways := walk.builder.ways(shape.node_of(name))) and all(way.choices is not None for way in ways)
    ]


def _tag(walk: Walk, question: Question) -> str:
    """Return what tells an alternative from others, as the offence that it is; nothing where that is not one value."""
    shape = question.shape
    values = [
        value
        for name in _tags(walk, shape)
        for way in walk.builder.ways(shape.node_of(name))
        for value in way.choices or ()
    ]
    return offence(values[0]) if len(values) == 1 else ""


def _distance(walk: Walk, shape: Shape, branch: Json) -> tuple[bool, int]:
    """Return how little an alternative has in common with what is sent: its component's name, its properties."""
    names = {_component(reference) for reference in shape.references}
    same_name = isinstance(branch, dict) and "$ref" in branch and _component(branch["$ref"]) in names
    branch = walk.bundle.meant(branch)
    properties = branch.get("properties", {}) if isinstance(branch, dict) else {}
    return not same_name, len(shape.properties.keys() ^ properties.keys())


def _component(reference: str) -> str:
    """Return the place that a reference leads to, without the side of the bundle that it is on."""
    return reference.partition(":")[2]


def one_of(walk: Walk, question: Question) -> Answer:
    """Answer for what no alternative takes, or two of them do."""
    return joined([any_of(walk, question), walk.overlaps(question)])


def not_(walk: Walk, question: Question) -> Answer:
    """Answer for what is excluded."""
    if isinstance(question.said, dict) and question.said.keys() == {"not"}:
        return walk.of_shape(question.node, question.shape, question.said["not"])
    excluded = [schema["not"] for schema in walk.always(question.node) if "not" in schema]
    both = (*question.node, question.said)
    if any(walk.between((question.said,), one).safe for one in excluded) or walk.apart(both):
        return SAFE
    values = (walk.builder.of_shape(way) for way in walk.builder.ways(both))
    beyond = walk.beyond(question.node, question.said)
    return walk.shown(question.node, chain(values, beyond), question.schema, question.cause)


def if_(walk: Walk, question: Question) -> Answer:
    """Answer for what is asked where a condition is met, and where it is not."""
    schema = question.schema
    met = [
        walk.of_shape((*question.node, question.said), shape, schema.get("then", True))
        for shape in walk.builder.ways((*question.node, question.said))
    ]
    unmet = walk.of_shape(question.node, question.shape, schema.get("else", True))
    if not unmet.safe and walk.of_shape(question.node, question.shape, question.said).safe:
        unmet = SAFE
    found = walk.refiltered(question, *met, unmet)
    if found.gaps or found.safe:
        return found
    return walk.shown(question.node, walk.beyond(question.node, question.said), schema, question.cause)


def certain(walk: Walk, question: Question, schema: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the schemas that a schema applies to the same value, those that are sure to accept it."""
    found = [*schema.get("allOf", ())]
    found += [walk.bundle.followed(schema)] if "$ref" in schema else []
    found += [one for name, one in schema.get("dependentSchemas", {}).items() if name in question.shape.required]
    unsure = [part for group in ("anyOf", "oneOf") for part in schema.get(group, ())]
    if "if" in schema and walk.of_shape(question.node, question.shape, schema["if"]).safe:
        found += [schema["if"], schema.get("then", True)]
    found += [part for part in unsure if walk.of_shape(question.node, question.shape, part).safe]
    for part in found:
        if isinstance(part, dict):
            yield part
            yield from certain(walk, question, part)

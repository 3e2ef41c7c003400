"""The keywords that hold schemas of items."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from specwitness.drift.answers import SAFE, Answer, Question, joined
from specwitness.drift.applicators.alternatives import certain
from specwitness.drift.smallest import NOTHING
from specwitness.findings import Json

if TYPE_CHECKING:
    from specwitness.drift.gaps import Walk

_MOST_WAYS = 96
_MOST_HELD = 10_000
"""No array is made that has more items of one kind by their places: it would be no message that anybody reads."""


def items(walk: Walk, question: Question) -> Answer:
    """Answer for the items behind those of `prefixItems`."""
    first = len(question.schema.get("prefixItems", ()))
    last = max(len(question.shape.prefix), first)
    return joined(_item(walk, question, index, question.said) for index in range(first, last + 1))


def prefix_items(walk: Walk, question: Question) -> Answer:
    """Answer for each item of a tuple."""
    return joined(_item(walk, question, index, schema) for index, schema in enumerate(question.said))


def _item(walk: Walk, question: Question, index: int, schema: Json) -> Answer:
    shape = question.shape
    if "array" not in shape.types or (shape.max_items is not None and shape.max_items <= index):
        return SAFE
    answer = walk.between(shape.item_at(index), schema)
    if answer.safe or not walk.can_reach(shape, index):
        return SAFE
    return walk.lifted(question, answer, lambda value: walk.builder.array_of(shape, {index: value}))


def contains(walk: Walk, question: Question) -> Answer:
    """Answer for how many items have to be, and may be, of one kind."""
    shape, schema = question.shape, question.schema
    if "array" not in shape.types or (_has_enough(walk, question) and _has_not_too_many(walk, question)):
        return SAFE
    least, most = int(schema.get("minContains", 1)), int(schema.get("maxContains", 0)) + 1
    options = [walk.builder.array_of(shape, length=length) for length in (0, 1, 2, least)]
    if most <= _MOST_WAYS:
        first, more = len(shape.prefix), sum(count for _, count in shape.contains)
        nodes = [(*shape.items, question.said), *((*shape.items, question.said, *node) for node, _ in shape.contains)]
        items = [*map(walk.builder.value, nodes), *walk.beyond(question.node, question.said)]
        options += [
            walk.builder.array_of(shape, {first + index: held for index in range(count)}, length=length)
            for held in items
            for count in (range(1, max(least, most) + 1) if least <= _MOST_WAYS else (least - 1, least))
            if count <= _MOST_HELD
            for length in ((count, count + more) if held is not NOTHING else ())
        ]
    return walk.shown(question.node, options, schema, question.cause)


def _has_enough(walk: Walk, question: Question) -> bool:
    """Say whether it is proven that an array contains as many items as it has to."""
    shape, least = question.shape, int(question.schema.get("minContains", 1))
    if least == 0 or any(
        count >= least and walk.between((*node, *(() if shape.prefix else shape.items)), question.said).safe
        for node, count in shape.contains
    ):
        return True
    rest = max(shape.min_items - len(shape.prefix), 0)
    sure = sum(walk.between(node, question.said).safe for node in shape.prefix[: shape.min_items])
    return sure + (rest if rest and walk.between(shape.items, question.said).safe else 0) >= least


def _has_not_too_many(walk: Walk, question: Question) -> bool:
    """Say whether it is proven that an array contains no more items than it may."""
    shape, most = question.shape, question.schema.get("maxContains")
    if most is None or (shape.max_items is not None and shape.max_items <= most):
        return True
    if any(_counts_as_many(walk, schema, question) for schema in walk.always(question.node)):
        return True
    places = [(*shape.item_at(index), question.said) for index in range(len(shape.prefix) + 1)]
    possible = [not walk.apart(place) for place in places]
    return not possible[-1] and sum(possible) <= most


def _counts_as_many(walk: Walk, schema: dict[str, Json], question: Question) -> bool:
    """Say whether a schema allows no more of the same items."""
    if "contains" not in schema:
        return False
    no_more = schema.get("maxContains", math.inf) <= question.schema["maxContains"]
    return bool(no_more) and walk.between((question.said,), schema["contains"]).safe


def unevaluated_items(walk: Walk, question: Question) -> Answer:
    """Answer for the items that no other keyword has spoken of."""
    if "array" not in question.shape.types:
        return SAFE
    parts = [question.schema, *certain(walk, question, question.schema)]
    if any("items" in part for part in parts) or any("unevaluatedItems" in part for part in parts[1:]):
        return SAFE
    first = max(len(part.get("prefixItems", ())) for part in parts)
    last = max(len(question.shape.prefix), first)
    return joined(_item(walk, question, index, question.said) for index in range(first, last + 1))

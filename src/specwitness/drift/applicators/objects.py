"""The keywords that hold schemas of properties."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from specwitness.drift import languages, plain
from specwitness.drift.answers import SAFE, UNNAMED, Answer, Gap, Question, joined
from specwitness.drift.applicators.alternatives import certain
from specwitness.drift.expressions import Undecidable
from specwitness.drift.smallest import NOTHING, seeded
from specwitness.drift.unevaluated import Spoken
from specwitness.findings import Json
from specwitness.pool import patterns
from specwitness.pool.shapes import Shape

if TYPE_CHECKING:
    from specwitness.drift.gaps import Walk

_MOST_NAMES = 96
_MOST_PATTERNS = 4
_USUAL_NAMES = ("other", "other2", "Other", "other-name", "other name")


@dataclass(frozen=True)
class Names:
    """Names of properties: those that match some patterns and not others, and are not among the known ones."""

    having: tuple[str, ...]
    lacking: tuple[str, ...]
    known: frozenset[str]

    def has(self, name: str) -> bool:
        """Say whether a name is one of them."""
        return (
            name not in self.known
            and all(plain.matches(pattern, name) for pattern in self.having)
            and not any(plain.matches(pattern, name) for pattern in self.lacking)
        )

    def but(self, names: Iterable[str]) -> Names:
        """Return them without those that are known as well."""
        return replace(self, known=self.known | {*names})

    def like(self, having: Iterable[str], lacking: Iterable[str]) -> Names:
        """Return those of them that match some patterns more, and not some others."""
        return replace(self, having=(*self.having, *having), lacking=(*self.lacking, *lacking))

    def example(self, least: int, most: int | None) -> str | None:
        """Return one of a length, a telling one where there is one, and None where there is none.

        Raises Undecidable.
        """
        made = (patterns.sample(one, seeded(), stretch=stretch) for one in self.having for stretch in (1, 2, 4, 8))
        for name in (*_USUAL_NAMES, *(name for name in made if name is not None)):
            if self.has(name) and least <= len(name) <= (len(name) if most is None else most):
                return name
        return self._shortest(max(least, 1), most) or self._shortest(least, most)

    def _shortest(self, least: int, most: int | None) -> str | None:
        lacking = self.lacking
        for _ in range(_MOST_NAMES):
            found = languages.shortest(self.having, lacking, least=least, most=most)
            if found is None or found not in self.known:
                return found
            lacking += (languages.one_of([found]),)
        raise Undecidable


def properties(walk: Walk, question: Question) -> Answer:
    """Answer for each property that is declared."""
    if "object" not in question.shape.types:
        return SAFE
    return joined(_declared(walk, question, name, schema) for name, schema in question.said.items())


def _declared(walk: Walk, question: Question, name: str, schema: Json) -> Answer:
    """Answer for a property that the side that refuses declares; the other may know of others, and be silent on it."""
    shape, answer = question.shape, _property(walk, question, name, schema)
    silent = shape.properties and not shape.node_of(name)
    if not silent or not answer.gaps:
        return answer
    # Nobody is known to send it: that is one thing to say, whatever it is that would be wrong with it.
    gap = next((gap for gap in answer.gaps if gap.value is not NOTHING), answer.gaps[0])
    cause = (id(question.schema), UNNAMED, name)
    return Answer((Gap(NOTHING if cause in walk.proven else gap.value, cause),))


def _property(walk: Walk, question: Question, name: str, schema: Json) -> Answer:
    shape = question.shape
    if shape.names and not all(walk.bundle.accepts(one, name) for one in shape.names):
        return SAFE
    answer = walk.between(shape.node_of(name), schema)
    if answer.safe or not walk.can_have(shape, name):
        return SAFE
    # Beside the one that differs, what the other side asks for is there, so that nothing else is wrong.
    return walk.lifted(
        question, answer, lambda value: walk.builder.object_of(shape, {name: value}, reader=question.schema)
    )


def _without(shape: Shape, name: str) -> tuple[str, ...]:
    return tuple(one for one in shape.required if one != name)


def pattern_properties(walk: Walk, question: Question) -> Answer:
    """Answer for the properties whose names match each pattern."""
    shape = question.shape
    if "object" not in shape.types:
        return SAFE
    found = []
    for pattern, schema in question.said.items():
        named = [name for name in plain.named(shape) if plain.matches(pattern, name)]
        found += [_property(walk, question, name, schema) for name in named]
        if pattern in shape.named_like and walk.between(shape.named_like[pattern], schema).safe:
            continue
        found.append(_unnamed(walk, question, schema, Names((pattern,), (), frozenset(plain.named(shape)))))
    return joined(found)


def additional_properties(walk: Walk, question: Question) -> Answer:
    """Answer for the properties that neither a name nor a pattern is for."""
    shape, schema = question.shape, question.schema
    if "object" not in shape.types:
        return SAFE
    return _others(walk, question, schema.get("properties", ()), tuple(schema.get("patternProperties", ())))


def _others(walk: Walk, question: Question, names: Iterable[str], named_like: tuple[str, ...]) -> Answer:
    """Ask about the properties that are not named: those that the other side names, and others of each kind."""
    others = Names((), named_like, frozenset(names))
    theirs = plain.named(question.shape)
    named = [name for name in theirs if others.has(name)]
    found = [_property(walk, question, name, question.said) for name in named]
    return joined([*found, _unnamed(walk, question, question.said, others.but(theirs))])


def _unnamed(walk: Walk, question: Question, schema: Json, names: Names) -> Answer:
    """Ask about properties that neither side names: one for each choice of the other side's patterns."""
    shape, found = question.shape, []
    if len(shape.named_like) > _MOST_PATTERNS:
        return Answer(doubts=("there are too many patterns of names",))
    theirs = [*shape.named_like]
    for way in walk.builder.ways(shape.names):
        if way.choices is not None:
            named = [name for name in way.choices if isinstance(name, str) and names.has(name)]
            found += [_property(walk, question, name, schema) for name in named]
            continue
        for count in range(len(theirs) + 1) if "string" in way.types else ():
            for chosen in combinations(theirs, count):
                others = [pattern for pattern in theirs if pattern not in chosen]
                kind = names.like((*chosen, *way.patterns), others)
                found.append(_of_kind(walk, question, schema, kind, way))
    return joined(found)


def _of_kind(walk: Walk, question: Question, schema: Json, names: Names, way: Shape) -> Answer:
    try:
        name = names.example(way.min_length, way.max_length)
    except Undecidable:
        return Answer(doubts=(f"no name was found that matches {' and '.join(names.having)}".rstrip(),))
    if name is None:
        return SAFE
    if not all(walk.bundle.accepts(one, name) for one in question.shape.names):
        return Answer(doubts=("no name was found that propertyNames takes",))
    return _property(walk, question, name, schema)


def property_names(walk: Walk, question: Question) -> Answer:
    """Answer for the names of properties."""
    shape = question.shape
    if "object" not in shape.types or shape.max_properties == 0:
        return SAFE
    found = []
    for name in plain.named(shape):
        if not walk.bundle.accepts(question.said, name) and walk.can_have(shape, name):
            found.append(
                walk.shown(question.node, [_with(walk, shape, name)], question.schema, (*question.cause[:2], name))
            )
    kinds = [walk.texts_like(pattern) for pattern, node in shape.named_like.items() if False not in node]
    for kind in [walk.bundle.a_string] if False not in shape.additional else kinds:
        fresh = walk.between((*shape.names, kind), question.said)
        found.append(walk.lifted(question, fresh, lambda name: _with(walk, shape, name)))
    return joined(found)


def _with(walk: Walk, shape: Shape, name: Json) -> Json:
    value = walk.builder.value(shape.node_of(str(name)), str(name))
    return NOTHING if value is NOTHING else walk.builder.object_of(shape, {str(name): value})


def dependent_schemas(walk: Walk, question: Question) -> Answer:
    """Answer for what is asked of an object that has a property."""
    if "object" not in question.shape.types:
        return SAFE
    found = []
    for name, schema in question.said.items():
        if False in question.shape.node_of(name):
            continue
        present = replace(question.shape, required=(*_without(question.shape, name), name), types=frozenset({"object"}))
        found.append(walk.refiltered(question, walk.of_shape(question.node, present, schema)))
    return joined(found)


def unevaluated_properties(walk: Walk, question: Question) -> Answer:
    """Answer for the properties that no other keyword has spoken of."""
    if "object" not in question.shape.types:
        return SAFE
    spoken = Spoken(all="additionalProperties" in question.schema)
    spoken.names |= dict.fromkeys(question.schema.get("properties", ()))
    spoken.patterns |= dict.fromkeys(question.schema.get("patternProperties", ()))
    for part in certain(walk, question, question.schema):
        spoken.hear(part)
    return SAFE if spoken.all else _others(walk, question, spoken.names, tuple(spoken.patterns))

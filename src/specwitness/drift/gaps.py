"""Values that one side allows and the other refuses, found by walking both schemas together.

The walk goes down the schema that refuses, keyword by keyword, with all that the other side says of the same place. A
keyword is settled when what is allowed there is contained in what it asks for; otherwise values are made that are
allowed and that it refuses, and handed up inside small values of whatever is around them. Where neither can be done,
the algebra is asked about both schemas as a whole, and then a wider choice of values; what is still open is a doubt.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, islice
from typing import Any

from specwitness.drift import algebra, languages, plain
from specwitness.drift.alike import Likeness
from specwitness.drift.bundle import Bundle
from specwitness.drift.expressions import Undecidable
from specwitness.drift.smallest import NOTHING, Builder, seeded
from specwitness.drift.unevaluated import Spoken
from specwitness.findings import Json
from specwitness.pool import patterns
from specwitness.pool.making import Maker
from specwitness.pool.shapes import ALL_TYPES, Node, Shape

_MOST_OF_A_CAUSE = 3
_MOST_WAYS = 96
"""How many ways through a schema's alternatives are looked at; with more, something may have been left out."""
_MOST_BRANCHES = 40
_MOST_COMPARED = 8
_MOST_PATTERNS = 4
_USUAL_NAMES = ("other", "other2", "Other", "other-name", "other name")
_MOST_STEPS = 200_000
_SEARCHED = 200
_SEARCHED_LAST = 4_000
_FEW = 4
_DEEPEST = 40


@dataclass(frozen=True)
class Gap:
    """A value that is allowed and refused, and what it is there to show: a keyword of a schema, and what offends it.

    A cause that was proven before is handed up without a value (NOTHING).
    """

    value: Json
    cause: tuple[int, str, str]


@dataclass(frozen=True)
class Answer:
    """What was found between two schemas; with neither gaps nor doubts, the one is contained in the other."""

    gaps: tuple[Gap, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether containment was shown."""
        return not self.gaps and not self.doubts


SAFE = Answer()


def _offence(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def joined(answers: Iterable[Answer]) -> Answer:
    """Return everything that was found, a few values of each cause."""
    causes: dict[tuple[int, str, str], list[Gap]] = {}
    doubts: dict[str, None] = {}
    for answer in answers:
        doubts.update(dict.fromkeys(answer.doubts))
        for gap in answer.gaps:
            known = causes.setdefault(gap.cause, [])
            if gap.value is not NOTHING or not known:
                known.append(gap)
    return Answer(tuple(gap for gaps in causes.values() for gap in _smallest(gaps)), tuple(doubts))


def _smallest(gaps: list[Gap]) -> list[Gap]:
    if len(gaps) == 1:
        return gaps
    return sorted(gaps, key=lambda gap: 0 if gap.value is NOTHING else len(json.dumps(gap.value)))[:_MOST_OF_A_CAUSE]


class Walk:
    """Compares the schemas of one bundle, each pair of places once."""

    def __init__(self, bundle: Bundle) -> None:
        """Take the bundle, in which everything that is going to be asked about is."""
        self.bundle = bundle
        self.builder = Builder(bundle.document, bundle.accepts)
        self.alike = Likeness(bundle)
        self.proven: set[tuple[int, str, str]] = set()
        """The causes for which a whole message is known: who asks adds to it, and no other value of them is made."""
        self._overlaps: dict[tuple[tuple[int, ...], int], Answer] = {}
        self._apart: dict[tuple[int, ...], bool] = {}
        self._texts: dict[str, Json] = {}
        self._filled: set[tuple[int, ...]] = set()
        self._known: dict[tuple[tuple[int, ...], int], Answer] = {}
        self._assumed: list[set[tuple[tuple[int, ...], int]]] = []
        self._open: set[tuple[tuple[int, ...], int]] = set()
        self._kept: list[object] = []
        self._steps = 0

    def between(self, node: Node, schema: Json) -> Answer:
        """Return what all schemas of a node allow and `schema` refuses."""
        if schema is True or schema == {} or any(one is False for one in node):
            return SAFE
        if any(self.alike(one, schema) for one in node):
            return SAFE
        key = (tuple(map(id, node)), id(schema))
        if key in self._known:
            return self._known[key]
        if key in self._open:
            # Containment of what refers to itself is shown by assuming it on the way down (coinduction).
            for frame in self._assumed:
                frame.add(key)
            return SAFE
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return Answer(doubts=("there is more to compare than the limit allows",))
        self._kept.append((node, schema))
        self._open.add(key)
        self._assumed.append(set())
        answer = self._settled(node, schema)
        self._open.discard(key)
        if not self._assumed.pop() & self._open:
            self._known[key] = answer
        return answer

    def of_shape(self, node: Node, shape: Shape, schema: Json) -> Answer:
        """Return what one way through a node allows and `schema` refuses."""
        if schema is True or schema == {}:
            return SAFE
        if shape.choices is not None:
            return self._of_choices(node, shape, schema)
        answer = self._of_way(node, shape, schema)
        if not answer.doubts:
            return answer
        # A way may be of types that it has no value of.
        types = self._possible_types(shape, frozenset())
        if types == shape.types:
            return answer
        return self._of_way(node, replace(shape, types=types), schema) if types else SAFE

    def _of_way(self, node: Node, shape: Shape, schema: Json) -> Answer:
        if schema is False:
            return self.shown(node, [self.builder.of_shape(shape)], schema, (id(schema), "false", ""))
        wrong = plain.refused_types(shape, schema)
        found = self._of_types(node, shape, schema, sorted(wrong))
        shape = replace(shape, types=shape.types - wrong)
        if shape.types:
            for keyword, said in schema.items():
                if keyword in _APPLICATORS:
                    found.append(_APPLICATORS[keyword](self, Question(node, shape, schema, keyword, said)))
                elif keyword in plain.KEYWORDS and plain.concerns(shape, keyword):
                    found.append(self._of_plain(node, shape, schema, keyword))
        return joined(found)

    def _of_types(self, node: Node, shape: Shape, schema: dict[str, Json], wrong: list[str]) -> list[Answer]:
        """Answer for each type that is allowed and not asked for; where any type goes, one is enough to show it."""
        tried = (
            (self.builder.of_type(shape, type_), (id(schema), "type", type_ if shape.types != ALL_TYPES else ""))
            for type_ in wrong
        )
        if shape.types != ALL_TYPES:
            return [self.shown(node, values, schema, cause) for values, cause in tried]
        answers = [answer for values, cause in tried if (answer := self.shown(node, values, schema, cause)).gaps]
        return answers[:1] if answers or not wrong else [Answer(doubts=("no value of another type was found",))]

    def _of_plain(self, node: Node, shape: Shape, schema: dict[str, Json], keyword: str) -> Answer:
        """Answer for a keyword that holds no schema: a value for each way to offend it."""
        if plain.settled(shape, keyword, schema[keyword]):
            return SAFE
        found: dict[str, Gap] = {}
        for offence, value in islice(plain.values(self.builder, shape, schema, keyword), _SEARCHED):
            if offence not in found and self.holds(node, schema, value):
                found[offence] = Gap(value, (id(schema), keyword, offence))
                if not offence:
                    break
        return Answer(tuple(found.values()), () if found else (f"no value was found that {keyword} refuses",))

    def shown(
        self, node: Node, values: Iterable[Json], schema: Json, cause: tuple[int, str, str], *, most: int = _SEARCHED
    ) -> Answer:
        """Return the first of some values that is allowed and refused; a doubt where there is none."""
        for value in islice(values, most):
            if value is not NOTHING and self.holds(node, schema, value):
                return Answer((Gap(value, cause),))
        return Answer(doubts=(f"no value was found that {cause[1]} {cause[2]}".rstrip(),))

    def holds(self, node: Node, schema: Json, value: Json) -> bool:
        """Say whether a value is allowed and refused."""
        return not self.bundle.accepts(schema, value) and self._accepted(node, value)

    def _accepted(self, node: Node, value: Json) -> bool:
        return all(self.bundle.accepts(one, value) for one in node)

    def lifted(self, question: Question, answer: Answer, around: Callable[[Json], Json]) -> Answer:
        """Return an answer about a part as one about the whole: its values inside what is around them."""
        gaps, lost = [], False
        for gap in answer.gaps:
            if gap.cause in self.proven:
                gaps.append(replace(gap, value=NOTHING))
                continue
            value = NOTHING if gap.value is NOTHING else around(gap.value)
            if value is not NOTHING and self.holds(question.node, question.schema, value):
                gaps.append(Gap(value, gap.cause))
            else:
                lost = True
        kept = {gap.cause for gap in gaps}
        lost = lost and any(gap.cause not in kept for gap in answer.gaps)
        doubts = (*answer.doubts, "what differs in a part could not be shown in the whole") if lost else answer.doubts
        return Answer(tuple(gaps), doubts)

    def beyond(self, node: Node, schema: Json) -> Iterator[Json]:
        """Yield values of a schema that are not of the schemas by which a node tells what it does not take."""
        for one in self.always(node):
            parts = [*(one[keyword] for keyword in ("not", "if", "contains") if keyword in one), *one.get("oneOf", ())]
            for part in parts:
                yield from (gap.value for gap in self.between((schema,), part).gaps)

    def always(self, node: Iterable[Json]) -> Iterator[dict[str, Json]]:
        """Yield the schemas of a node and those that they apply to the same value in any case."""
        for schema in node:
            if isinstance(schema, dict):
                yield schema
                yield from self.always(schema.get("allOf", ()))
                yield from self.always(one for group in ("anyOf", "oneOf") for one in _only(schema.get(group, ())))
                yield from self.always((self.bundle.followed(schema),) if "$ref" in schema else ())

    def texts_like(self, pattern: str) -> Json:
        """Return a schema of the texts that match a pattern, always the same object."""
        return self._texts.setdefault(pattern, {"type": "string", "pattern": pattern})

    def apart(self, node: Node) -> bool:
        """Say whether it is proven that nothing satisfies all schemas of a node."""
        key = tuple(map(id, node))
        if key not in self._apart:
            self._kept.append(node)
            self._apart[key] = self._is_hollow(node, frozenset()) or self._is_empty(node)
        return self._apart[key]

    def _is_hollow(self, node: Node, above: frozenset[tuple[int, ...]]) -> bool:
        """Say whether every way through a node needs a part without a value; no value is a part of itself."""
        key = tuple(map(id, node))
        if key in above:
            return True
        if key in self._filled or len(above) > _DEEPEST:
            return False
        self._kept.append(node)
        hollow = not any(
            self._possible_types(shape, above | {key})
            if shape.choices is None
            else any(self._accepted(node, value) for value in shape.choices)
            for shape in self.builder.ways(node)
        )
        if not hollow:
            self._filled.add(key)
        return hollow

    def _possible_types(self, shape: Shape, above: frozenset[tuple[int, ...]]) -> frozenset[str]:
        """Return the types that a way has values of, as far as that can be said."""
        types = plain.possible_types(shape)
        if "object" in types and any(self._is_missing(shape, name, above) for name in shape.required):
            types -= {"object"}
        if "array" in types and not self._can_be_filled(shape, above):
            types -= {"array"}
        return types

    def can_have(self, shape: Shape, name: str) -> bool:
        """Say whether an object may have a property, as far as its keywords tell."""
        if not shape.names and not shape.needs and shape.max_properties is None:
            return True
        present = replace(shape, required=(*shape.required, name), types=frozenset({"object"}))
        return self._accepted(shape.names, name) and bool(plain.possible_types(present))

    def can_reach(self, shape: Shape, index: int) -> bool:
        """Say whether an array may have an item at an index, as far as those before it tell."""
        before = {id(node): node for node in (shape.item_at(at) for at in range(index))}
        return not any(self._is_hollow(node, frozenset()) for node in before.values())

    def _is_missing(self, shape: Shape, name: str, above: frozenset[tuple[int, ...]]) -> bool:
        return not self._accepted(shape.names, name) or self._is_hollow(shape.node_of(name), above)

    def _can_be_filled(self, shape: Shape, above: frozenset[tuple[int, ...]]) -> bool:
        needed = range(min(shape.min_items, len(shape.prefix) + 1))
        if any(self._is_hollow(shape.item_at(index), above) for index in needed):
            return False
        places = [shape.item_at(index) for index in range(len(shape.prefix) + 1)]
        return all(
            least == 0 or any(not self._is_hollow((*place, *node), above) for place in places)
            for node, least in shape.contains
        )

    def overlaps(self, question: Question) -> Answer:
        """Answer for what satisfies two alternatives of which only one may hold, once for all ways through a node."""
        key = (tuple(map(id, question.node)), id(question.schema))
        if key not in self._overlaps:
            self._overlaps[key] = self._overlapping(question)
        return self._overlaps[key]

    def _overlapping(self, question: Question) -> Answer:
        if len(question.said) > _MOST_BRANCHES:
            return Answer(doubts=("there are too many alternatives, of which only one may hold",))
        same = [self._branches_of(schema, question.said) for schema in question.node]
        found = []
        for (first, one), (second, other) in combinations(enumerate(question.said), 2):
            both = (*question.node, one, other)
            # What the other side tells apart as well is never sent.
            if any(_are_told_apart(known[first], known[second]) for known in same):
                continue
            if self.apart((one, other)) or self.apart(both):
                continue
            if any(self._never_sends_one(self._alternatives(schema), (one, other)) for schema in question.node):
                continue
            values = (self.builder.of_shape(way) for way in self.builder.ways(both))
            beyond = (value for said in (one, other) for value in self.beyond(question.node, said))
            found.append(self.shown(question.node, chain(values, beyond), question.schema, question.cause))
        return joined(found)

    def _branches_of(self, schema: Json, said: list[Json]) -> list[set[int]]:
        """Return, for each of some alternatives, which branches of a schema's own `oneOf` say the same."""
        branches = self._alternatives(schema)
        return [{index for index, branch in enumerate(branches) if self.alike(branch, one)} for one in said]

    def _never_sends_one(self, branches: list[Json], node: Node) -> bool:
        """Say whether no value of a node satisfies just one of some branches: with each it satisfies another."""
        return 0 < len(branches) <= _MOST_COMPARED and all(
            any(other is not branch and self.between((*node, branch), other).safe for other in branches)
            for branch in branches
        )

    def _alternatives(self, schema: Json) -> list[Json]:
        """Return the branches of a schema's `oneOf`."""
        while isinstance(schema, dict) and schema.keys() == {"$ref"}:
            schema = self.bundle.followed(schema)
        return schema.get("oneOf", []) if isinstance(schema, dict) else []

    def _is_empty(self, node: Node) -> bool:
        whole = algebra.written_out(self.bundle.definitions, {"allOf": [*node]}, endless=True)
        return whole is not None and algebra.empty(whole)

    def _settled(self, node: Node, schema: Json) -> Answer:
        ways = self.builder.ways(node)
        answer = joined(self.of_shape(node, shape, schema) for shape in ways)
        if len(ways) >= _MOST_WAYS:
            answer = joined([answer, Answer(doubts=("there are too many alternatives",))])
        if answer.doubts:
            answer = self._decided(node, schema, answer)
        # Where nothing is said, everything that is asked for is offended; that it is, one value tells.
        says_nothing = all(one is True or one == {} for one in node)
        return Answer(answer.gaps[:1]) if says_nothing and answer.gaps else answer

    def _decided(self, node: Node, schema: Json, answer: Answer) -> Answer:
        """Ask the algebra, then a wider choice of values, about what the walk could not settle."""
        inner = algebra.written_out(self.bundle.definitions, {"allOf": [*node]}, endless=True)
        outer = algebra.written_out(self.bundle.definitions, schema, endless=False)
        if inner is not None and algebra.empty(inner):
            return SAFE
        values: Iterator[Json] = iter(())
        if inner is not None and outer is not None:
            if algebra.contained(inner, outer):
                return SAFE
            values = self._of_rest(algebra.left(inner, outer))
        if answer.gaps:
            return answer  # It is broken here; what else may be is not needed to say so.
        shown = self.shown(node, values, schema, (id(schema), "rest", ""))
        if not shown.gaps:
            shown = self.shown(
                node, self._searched(node, schema), schema, (id(schema), "rest", ""), most=_SEARCHED_LAST
            )
        return shown if shown.gaps else answer

    @staticmethod
    def _of_rest(rest: Json) -> Iterator[Json]:
        builder = Builder({})
        for part in algebra.parts(rest) if rest is not None else ():
            for shape in builder.ways((part,)):
                yield builder.of_shape(shape)
                for type_ in sorted(shape.types) if shape.choices is None else ():
                    yield from islice(builder.of_type(shape, type_), 8)

    def _searched(self, node: Node, schema: Json) -> Iterator[Json]:
        yield from plain.USUAL
        names = [name for way in self.builder.ways((schema,)) for name in way.properties]
        for base in (*(self.builder.of_shape(way) for way in self.builder.ways(node)[:_FEW]), {}, [1]):
            if base is not NOTHING:
                yield from islice(plain.neighbours(base, names), _SEARCHED)
        made = Maker(self.bundle.schemas, 0).values(node)
        yield from made
        for base in made[:_FEW]:
            yield from plain.neighbours(base, names)

    def _of_choices(self, node: Node, shape: Shape, schema: Json) -> Answer:
        """Judge each of the few values that there are; what is proven of each is proven."""
        allowed = [value for value in shape.choices or () if self._accepted(node, value)]
        gaps = [
            Gap(value, (id(schema), "enum", _offence(value)))
            for value in allowed
            if not self.bundle.accepts(schema, value)
        ]
        return Answer(tuple(gaps))


def _only(schemas: list[Json]) -> list[Json]:
    """Return the schema of a union of one."""
    return schemas if len(schemas) == 1 else []


def _are_told_apart(one: set[int], other: set[int]) -> bool:
    """Say whether two alternatives are held by two different branches, of which only one may hold."""
    return bool(one and other and len(one | other) > 1)


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
        for _ in range(_MOST_WAYS):
            found = languages.shortest(self.having, lacking, least=least, most=most)
            if found is None or found not in self.known:
                return found
            lacking += (f"^{re.escape(found)}$",)
        raise Undecidable


@dataclass(frozen=True)
class Question:
    """What is allowed at a place (`node`, of which `shape` is one way), and one keyword of the schema that refuses."""

    node: Node
    shape: Shape
    schema: dict[str, Json]
    keyword: str
    said: Any

    @property
    def cause(self) -> tuple[int, str, str]:
        """What a gap that the keyword itself makes is known by."""
        return (id(self.schema), self.keyword, "")


_Handler = Callable[[Walk, Question], Answer]


# Parts of objects.


def _properties(walk: Walk, question: Question) -> Answer:
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


UNNAMED = "unnamed-property"
"""The keyword of a cause that is none: a property that one side declares, and the other says nothing of."""


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


def _pattern_properties(walk: Walk, question: Question) -> Answer:
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


def _additional_properties(walk: Walk, question: Question) -> Answer:
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


def _property_names(walk: Walk, question: Question) -> Answer:
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


def _dependent_schemas(walk: Walk, question: Question) -> Answer:
    if "object" not in question.shape.types:
        return SAFE
    found = []
    for name, schema in question.said.items():
        if False in question.shape.node_of(name):
            continue
        present = replace(question.shape, required=(*_without(question.shape, name), name), types=frozenset({"object"}))
        found.append(_refiltered(walk, question, walk.of_shape(question.node, present, schema)))
    return joined(found)


# Parts of arrays.


def _items(walk: Walk, question: Question) -> Answer:
    first = len(question.schema.get("prefixItems", ()))
    last = max(len(question.shape.prefix), first)
    return joined(_item(walk, question, index, question.said) for index in range(first, last + 1))


def _prefix_items(walk: Walk, question: Question) -> Answer:
    return joined(_item(walk, question, index, schema) for index, schema in enumerate(question.said))


def _item(walk: Walk, question: Question, index: int, schema: Json) -> Answer:
    shape = question.shape
    if "array" not in shape.types or (shape.max_items is not None and shape.max_items <= index):
        return SAFE
    answer = walk.between(shape.item_at(index), schema)
    if answer.safe or not walk.can_reach(shape, index):
        return SAFE
    return walk.lifted(question, answer, lambda value: walk.builder.array_of(shape, {index: value}))


def _contains(walk: Walk, question: Question) -> Answer:
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
            for count in range(1, max(least, most) + 1)
            for length in ((count, count + more) if held is not NOTHING else ())
        ]
    return walk.shown(question.node, options, schema, question.cause)


def _has_enough(walk: Walk, question: Question) -> bool:
    """Say whether it is proven that an array contains as many items as it has to."""
    shape, least = question.shape, int(question.schema.get("minContains", 1))
    sure = range(min(shape.min_items, least + len(shape.prefix)))
    return (
        least == 0
        or any(
            count >= least and walk.between((*node, *(() if shape.prefix else shape.items)), question.said).safe
            for node, count in shape.contains
        )
        or sum(walk.between(shape.item_at(index), question.said).safe for index in sure) >= least
    )


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


# Alternatives.


def _reference(walk: Walk, question: Question) -> Answer:
    return walk.of_shape(question.node, question.shape, walk.bundle.followed({"$ref": question.said}))


def _all_of(walk: Walk, question: Question) -> Answer:
    return joined(walk.of_shape(question.node, question.shape, schema) for schema in question.said)


def _any_of(walk: Walk, question: Question) -> Answer:
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
        found = _refiltered(walk, question, answer)
        if any(gap.value is not NOTHING for gap in found.gaps):
            return found
        known = known if known.gaps else found
    if not known.gaps and len(question.shape.types) > 1:
        # No alternative takes all of them, but there may be one for each type.
        single = (replace(question.shape, types=frozenset({type_})) for type_ in sorted(question.shape.types))
        return joined(_any_of(walk, replace(question, shape=shape)) for shape in single)
    return known if known.gaps else _refiltered(walk, question, *answers)


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
    return _offence(values[0]) if len(values) == 1 else ""


def _distance(walk: Walk, shape: Shape, branch: Json) -> tuple[bool, int]:
    """Return how little an alternative has in common with what is sent: its component's name, its properties."""
    names = {_component(reference) for reference in shape.references}
    same_name = isinstance(branch, dict) and "$ref" in branch and _component(branch["$ref"]) in names
    while isinstance(branch, dict) and branch.keys() == {"$ref"}:
        branch = walk.bundle.followed(branch)
    properties = branch.get("properties", {}) if isinstance(branch, dict) else {}
    return not same_name, len(shape.properties.keys() ^ properties.keys())


def _component(reference: str) -> str:
    """Return the place that a reference leads to, without the side of the bundle that it is on."""
    return reference.partition(":")[2]


def _one_of(walk: Walk, question: Question) -> Answer:
    return joined([_any_of(walk, question), walk.overlaps(question)])


def _not(walk: Walk, question: Question) -> Answer:
    if isinstance(question.said, dict) and question.said.keys() == {"not"}:
        return walk.of_shape(question.node, question.shape, question.said["not"])
    excluded = [schema["not"] for schema in walk.always(question.node) if "not" in schema]
    both = (*question.node, question.said)
    if any(walk.between((question.said,), one).safe for one in excluded) or walk.apart(both):
        return SAFE
    values = (walk.builder.of_shape(way) for way in walk.builder.ways(both))
    beyond = walk.beyond(question.node, question.said)
    return walk.shown(question.node, chain(values, beyond), question.schema, question.cause)


def _if(walk: Walk, question: Question) -> Answer:
    schema = question.schema
    met = [
        walk.of_shape((*question.node, question.said), shape, schema.get("then", True))
        for shape in walk.builder.ways((*question.node, question.said))
    ]
    unmet = walk.of_shape(question.node, question.shape, schema.get("else", True))
    if not unmet.safe and walk.of_shape(question.node, question.shape, question.said).safe:
        unmet = SAFE
    found = _refiltered(walk, question, *met, unmet)
    if found.gaps or found.safe:
        return found
    return walk.shown(question.node, walk.beyond(question.node, question.said), schema, question.cause)


def _refiltered(walk: Walk, question: Question, *answers: Answer) -> Answer:
    """Return what was found of parts that do not decide alone, as far as the whole refuses it."""
    whole = joined(answers)
    gaps = tuple(
        gap for gap in whole.gaps if gap.value is NOTHING or walk.holds(question.node, question.schema, gap.value)
    )
    if gaps or whole.safe:
        return Answer(gaps, whole.doubts)
    return Answer(doubts=(*whole.doubts, f"no value was found that {question.keyword} refuses"))


def _unevaluated_properties(walk: Walk, question: Question) -> Answer:
    if "object" not in question.shape.types:
        return SAFE
    spoken = Spoken(all="additionalProperties" in question.schema)
    spoken.names |= dict.fromkeys(question.schema.get("properties", ()))
    spoken.patterns |= dict.fromkeys(question.schema.get("patternProperties", ()))
    for part in _certain(walk, question, question.schema):
        spoken.hear(part)
    return SAFE if spoken.all else _others(walk, question, spoken.names, tuple(spoken.patterns))


def _unevaluated_items(walk: Walk, question: Question) -> Answer:
    if "array" not in question.shape.types:
        return SAFE
    parts = [question.schema, *_certain(walk, question, question.schema)]
    if any("items" in part for part in parts) or any("unevaluatedItems" in part for part in parts[1:]):
        return SAFE
    first = max(len(part.get("prefixItems", ())) for part in parts)
    last = max(len(question.shape.prefix), first)
    return joined(_item(walk, question, index, question.said) for index in range(first, last + 1))


def _certain(walk: Walk, question: Question, schema: dict[str, Json]) -> Iterator[dict[str, Json]]:
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
            yield from _certain(walk, question, part)


_APPLICATORS: dict[str, _Handler] = {
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "dependentSchemas": _dependent_schemas,
    "unevaluatedProperties": _unevaluated_properties,
    "contains": _contains,
    "items": _items,
    "prefixItems": _prefix_items,
    "unevaluatedItems": _unevaluated_items,
    "$ref": _reference,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}

"""Values that one side allows and the other refuses, found by walking both schemas together.

The walk goes down the schema that refuses, keyword by keyword, with all that the other side says of the same place. A
keyword is settled when what is allowed there is contained in what it asks for; otherwise values are made that are
allowed and that it refuses, and handed up inside small values of whatever is around them. Where neither can be done,
the algebra is asked about both schemas as a whole, and then a wider choice of values; what is still open is a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations, islice

from specwitness.drift import algebra, plain
from specwitness.drift.alike import Likeness
from specwitness.drift.answers import SAFE, Answer, Gap, Question, joined, offence
from specwitness.drift.applicators import APPLICATORS
from specwitness.drift.bundle import Bundle
from specwitness.drift.smallest import NOTHING, Builder
from specwitness.findings import Json
from specwitness.pool.making import Maker
from specwitness.pool.shapes import ALL_TYPES, Node, Shape

_MOST_WAYS = 96
"""How many ways through a schema's alternatives are looked at; with more, something may have been left out."""
_MOST_BRANCHES = 40
_MOST_COMPARED = 8
_MOST_STEPS = 200_000
_SEARCHED = 200
_SEARCHED_LAST = 4_000
_FEW = 4
_DEEPEST = 40
_OF_THE_REST = frozenset({"unevaluatedProperties", "unevaluatedItems"})
_UNPROVEN = Answer(doubts=("containment is not shown at once",))


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
        self._unfolded: dict[tuple[int, str], Json] = {}
        self._filled: set[tuple[int, ...]] = set()
        self._known: dict[tuple[tuple[int, ...], int], Answer] = {}
        self._assumed: list[set[tuple[tuple[int, ...], int]]] = []
        self._open: set[tuple[tuple[int, ...], int]] = set()
        self._kept: list[object] = []
        self._steps = 0
        self._hasty = 0
        self._unproven: set[tuple[tuple[int, ...], int]] = set()

    def between(self, node: Node, schema: Json) -> Answer:
        """Return what all schemas of a node allow and `schema` refuses."""
        if schema is True or schema == {} or any(one is False for one in node):
            return SAFE
        # Wherever it is referred to, a component is one place; but of what may have few values, which take little time,
        # each place shows them, so that the smallest message can be chosen.
        meant = self.bundle.meant(schema)
        place = schema if isinstance(meant, dict) and "enum" in meant else meant
        key = (tuple([id(self.bundle.meant(one)) for one in node]), id(place))
        if key in self._known:
            return self._known[key]
        if any(self.alike(one, schema) for one in node):
            return SAFE
        if self._hasty and key in self._unproven:
            return _UNPROVEN
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
            if answer.safe or not self._hasty:
                self._known[key] = answer
            else:
                self._unproven.add(key)
        return answer

    def proves(self, node: Node, shape: Shape, schema: Json) -> bool:
        """Say whether containment of one way is shown at once; where it is not, no value is looked for."""
        self._hasty += 1
        try:
            return self.of_shape(node, shape, schema).safe
        finally:
            self._hasty -= 1

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
        shape = replace(shape, types=shape.types - wrong) if wrong else shape
        if shape.types:
            for keyword, said in schema.items():
                if keyword in APPLICATORS:
                    found.append(APPLICATORS[keyword](self, Question(node, shape, schema, keyword, said)))
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
        key = (id(schema), keyword)
        if key not in self._unfolded:
            self._unfolded[key] = plain.unfolded(keyword, schema[keyword])
        unfolded = self._unfolded[key]
        if plain.settled(shape, keyword, schema[keyword]) or (unfolded and self.of_shape(node, shape, unfolded).safe):
            return SAFE
        if self._hasty:
            return _UNPROVEN
        found: dict[str, Gap] = {}
        for name, value in islice(plain.values(self.builder, shape, schema, keyword), _SEARCHED):
            if name not in found and self.holds(node, schema, value):
                found[name] = Gap(value, (id(schema), keyword, name))
                if not name:
                    break
        return Answer(tuple(found.values()), () if found else (f"no value was found that {keyword} refuses",))

    def shown(
        self, node: Node, values: Iterable[Json], schema: Json, cause: tuple[int, str, str], *, most: int = _SEARCHED
    ) -> Answer:
        """Return the first of some values that is allowed and refused; a doubt where there is none."""
        if self._hasty:
            return _UNPROVEN
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
        if self._hasty:
            return answer if answer.safe else _UNPROVEN
        gaps, lost = [], False
        # With a part that is refused so is the whole, unless it may be that another keyword speaks of that part.
        sure = question.keyword not in _OF_THE_REST
        for gap in answer.gaps:
            if gap.cause in self.proven:
                gaps.append(replace(gap, value=NOTHING))
                continue
            value = NOTHING if gap.value is NOTHING else around(gap.value)
            refused = value is not NOTHING and (sure or not self.bundle.accepts(question.schema, value))
            if refused and self._accepted(question.node, value):
                gaps.append(Gap(value, gap.cause))
            else:
                lost = True
        kept = {gap.cause for gap in gaps}
        lost = lost and any(gap.cause not in kept for gap in answer.gaps)
        doubts = (*answer.doubts, "what differs in a part could not be shown in the whole") if lost else answer.doubts
        return Answer(tuple(gaps), doubts, answer.searched and not lost)

    def refiltered(self, question: Question, *answers: Answer) -> Answer:
        """Return what was found of parts that do not decide alone, as far as the whole refuses it."""
        whole = joined(answers)
        gaps = tuple(
            gap for gap in whole.gaps if gap.value is NOTHING or self.holds(question.node, question.schema, gap.value)
        )
        if gaps or whole.safe:
            return replace(whole, gaps=gaps)
        return Answer(doubts=(*whole.doubts, f"no value was found that {question.keyword} refuses"))

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
        if key in self._overlaps:
            return self._overlaps[key]
        answer = self._overlapping(question)
        rests_on_what_is_open = bool(self._assumed and self._assumed[-1] & self._open)
        if (answer.safe or not self._hasty) and not rests_on_what_is_open:
            self._overlaps[key] = answer
        return answer

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
            if any(self._never_sends_one(self._alternatives(schema), (one, other)) for schema in question.node):
                continue
            if self._is_hollow((one, other), frozenset()) or self._is_hollow(both, frozenset()):
                continue
            # To find a value takes less time than to prove that there is none, and that less than to look far.
            values = (self.builder.of_shape(way) for way in self.builder.ways(both))
            answer = self.shown(question.node, values, question.schema, question.cause)
            if not answer.gaps:
                if self.apart((one, other)) or self.apart(both):
                    continue
                beyond = (value for said in (one, other) for value in self.beyond(question.node, said))
                answer = self.shown(question.node, beyond, question.schema, question.cause)
            if answer.gaps:
                return answer  # Which others overlap as well is not another cause.
            found.append(answer)
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
        schema = self.bundle.meant(schema)
        return schema.get("oneOf", []) if isinstance(schema, dict) else []

    def _is_empty(self, node: Node) -> bool:
        whole = algebra.written_out(self.bundle.definitions, {"allOf": [*node]}, endless=True)
        return whole is not None and algebra.empty(whole)

    def _settled(self, node: Node, schema: Json) -> Answer:
        ways = self.builder.ways(node)
        answer = joined(self.of_shape(node, shape, schema) for shape in ways)
        if len(ways) >= _MOST_WAYS and not answer.safe:
            answer = joined([answer, Answer(doubts=("there are too many alternatives",))])
        if answer.doubts and not self._hasty:
            answer = self._decided(node, schema, answer)
        # Where nothing is said, everything that is asked for is offended; that it is, one value tells.
        says_nothing = all(one is True or one == {} for one in node)
        return Answer(answer.gaps[:1]) if says_nothing and answer.gaps else answer

    def _decided(self, node: Node, schema: Json, answer: Answer) -> Answer:
        """Ask the algebra, then a wider choice of values, about what the walk could not settle."""
        if any(gap.value is not NOTHING for gap in answer.gaps):
            return answer  # It is broken here; what else may be is not needed to say so.
        inner = algebra.written_out(self.bundle.definitions, {"allOf": [*node]}, endless=True)
        outer = algebra.written_out(self.bundle.definitions, schema, endless=False)
        if inner is not None and algebra.empty(inner):
            return SAFE
        if inner is not None and outer is not None and algebra.contained(inner, outer):
            return SAFE
        if answer.gaps:
            return answer
        rest = None if inner is None or outer is None else algebra.left(inner, outer)
        values = self._of_rest(rest)
        shown = self.shown(node, values, schema, (id(schema), "rest", ""))
        # What was looked for in a part need not be looked for once more in all that is around it.
        if not shown.gaps and not answer.searched:
            shown = self.shown(
                node, self._searched(node, schema), schema, (id(schema), "rest", ""), most=_SEARCHED_LAST
            )
        return shown if shown.gaps else replace(answer, searched=True)

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
            Gap(value, (id(schema), "enum", offence(value)))
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

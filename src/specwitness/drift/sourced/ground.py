"""The ground that two sources share: two documents that differ only where the sources contradict each other.

Two sources have two authors, and what one of them leaves out does not contradict the other. So what one source alone
says, the other is taken to say as well. Of operations that both describe,

- a keyword that one schema, parameter or body has, and the other has not, then stands in both documents;
- so does a status, property, parameter, media type or header that a source does not name. Where it claims to list all
  of the kind (`Description.silent` tells), that is an `Omission`: it names fewer, and no more can be said;
- that a property is required, or need not be there, a source says by a list, and of the properties that it names.

What then is different was said by both, and the judge may be asked about it. Entry point: `Ground`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.model import Operation
from specwitness.drift.pairing import Pair, paired
from specwitness.drift.sourced.said import ASSUMED, Said, folded
from specwitness.drift.sourced.views import ALTERNATIVES, SHOWN, WORDS, Part, Reader, View, likeness
from specwitness.findings import Json

ONE, OTHER = BOTH = (0, 1)


@dataclass(frozen=True)
class Around:
    """What surrounds a place: an operation, a part of it, and the names that lead to the place in messages."""

    operation: str
    part: str = ""
    path: tuple[str, ...] = ()

    def inside(self, name: str) -> Around:
        """Return what surrounds a member."""
        return replace(self, path=(*self.path, name))


@dataclass(frozen=True)
class Omission:
    """What one of two sources names, and the other, which lists such things there, does not.

    `namer` is the side that names it, at `at` in its document; `listed_at` is the other's list, and `here` the place of
    what is named in both new documents (of a value: of the enumeration).
    """

    kind: str
    namer: int
    name: str
    at: str
    listed_at: str
    here: str
    around: Around
    required: bool = False


@dataclass(frozen=True)
class Meeting:
    """A schema of which both sources say something: where it is in both new documents, and where each says it."""

    here: str
    holders: tuple[tuple[str, ...], tuple[str, ...]]
    around: Around


_NOTHING: Any = object()
_Values = tuple[Any, Any]
"""What is to stand at a place of both new documents; _NOTHING where nothing is."""
_Parts = tuple[Part, Part]
_Views = tuple[View, View]
_Meet = Callable[[str, _Parts, Around], _Values]
_Objects = tuple[dict[str, Json], dict[str, Json]]
_OF_MEMBERS = frozenset({"items", "additionalProperties"})


@dataclass(frozen=True)
class _Thing:
    """Something of a kind that has a name: what each source says of it, and the list in which it would."""

    kind: str
    name: str
    parts: Sequence[Part | None]
    lists: Sequence[Part | None]
    required: bool = False


class Ground:
    """What two sources both speak of."""

    def __init__(self, one: Said, other: Said) -> None:
        """Take two sources; what the first one calls an operation or a property, both new documents do."""
        self.sides = one, other
        self.pairing = paired(one.contract, other.contract)
        self.omissions: list[Omission] = []
        self.meetings: list[Meeting] = []
        self.messages: list[tuple[str, str]] = []
        """The schemas of parameters, headers and bodies of both, wherever one is used."""
        self._readers = Reader(ONE, one), Reader(OTHER, other)
        self._origins: tuple[dict[str, tuple[int, str]], ...] = {}, {}
        self._schemas: _Objects = {}, {}
        self._names: dict[tuple[object, str], str] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self.documents = self._made()
        """Both documents, of the same paths and components: a place of one is there in the other."""

    def __repr__(self) -> str:
        """Name the sources and count what they share, for the person in the debugger."""
        named = " and ".join(said.name for said in self.sides)
        return f"<Ground of {named}: {len(self.pairing.both)} operations, {len(self.omissions)} omissions>"

    def _made(self) -> tuple[Json, Json]:
        paths: _Objects = {}, {}
        for pair in self.pairing.both:
            made = self._operation(pair)
            for side in BOTH:
                paths[side].setdefault(pair.old.path, {})[pair.old.method.lower()] = made[side]
        while self._waiting:
            self._waiting.popleft()()
        return self._document(ONE, paths[ONE]), self._document(OTHER, paths[OTHER])

    def origin(self, side: int, here: str) -> tuple[Said, str]:
        """Return who says what stands at a place of a side's new document, and where: the innermost that is known."""
        tokens = pointers.split(here)
        for end in range(len(tokens), -1, -1):
            found = self._origins[side].get(pointers.join("", *tokens[:end]))
            if found is not None:
                said = self.sides[found[0]]
                return said, _within(said.document, found[1], tokens[end:])
        return self.sides[side], ""

    def _document(self, side: int, paths: Json) -> Json:
        return {
            "openapi": "3.1.0",
            "info": {"title": self.sides[side].name, "version": "0"},
            "paths": paths,
            "components": {
                "schemas": self._schemas[side],
                "securitySchemes": self._schemes(1 - side) | self._schemes(side),
            },
        }

    # --- Operations -------------------------------------------------------------------------------------------------

    def _operation(self, pair: Pair) -> _Values:
        here, around = pointers.join("/paths", pair.old.path, pair.old.method.lower()), Around(pair.old.key)
        views = self._views((self._readers[ONE].part(pair.old.pointer), self._readers[OTHER].part(pair.new.pointer)))
        self._note(here, views)
        # How code calls an operation is not asked: it has one name in both.
        name = {"operationId": pair.old.key} if pair.old.key != pair.old.label else {}
        made: _Objects = {**name}, {**name}
        at = partial(pointers.join, here)
        _put(made, "parameters", self._parameters(at("parameters"), pair, around))
        _put(made, "requestBody", self._body(at("requestBody"), views, replace(around, part="request")))
        _put(made, "responses", self._responses(at("responses"), views, around))
        _put(made, "deprecated", self._of_either(at("deprecated"), views, "deprecated"))
        _put(made, "servers", self._servers(pair))
        _put(made, "security", self._security(views))
        return made

    def _servers(self, pair: Pair) -> _Values:
        """Return the servers of both, or of the one that names some: a document that is served need not say where.

        Those of the first, too, where the other has part of their URL in its path.
        """
        ours = self._said_first(ONE, (pair.old.pointer, *pair.old.path_items, ""), "servers")
        theirs = self._said_first(OTHER, (pair.new.pointer, *pair.new.path_items, ""), "servers")
        if not ours or not theirs or pair.old.path.count("/") != pair.new.path.count("/"):
            return (ours or theirs or _NOTHING,) * 2
        return ours, theirs

    def _security(self, views: _Views) -> _Values:
        """Return the credentials that each asks for; where one does not say which, or how they travel, the other's."""
        named = [self._said_first(side, (views[side].at, ""), "security") for side in BOTH]
        for side in BOTH:
            if named[side] is None or not self._tells_schemes(side, named[side]):
                named[side] = named[1 - side]
        return named[ONE] or [], named[OTHER] or []

    def _tells_schemes(self, side: int, security: Json) -> bool:
        names = [name for one in security or () if isinstance(one, dict) for name in one]
        return self._schemes(side).keys() >= set(names)

    def _schemes(self, side: int) -> dict[str, Json]:
        """Return the security schemes of which a source says how their credential travels."""
        known = pointers.look(self.sides[side].document, "/components/securitySchemes", {})
        return {name: scheme for name, scheme in known.items() if isinstance(scheme, dict) and _travels(scheme)}

    def _said_first(self, side: int, owners: Iterable[str], key: str) -> Json:
        """Return what the first of some places says, such as an operation, its path and the document; else None."""
        found = (pointers.look(self.sides[side].document, pointers.join(owner, key)) for owner in owners)
        return next((one for one in found if one is not None), None)

    # --- Requests ---------------------------------------------------------------------------------------------------

    def _parameters(self, here: str, pair: Pair, around: Around) -> _Values:
        named = self._parameters_of(ONE, pair.old, {}), self._parameters_of(OTHER, pair.new, pair.renamed)
        lists = self._list_of_parameters(ONE, pair.old), self._list_of_parameters(OTHER, pair.new)
        made: tuple[list[Json], list[Json]] = [], []
        for place, name in dict.fromkeys((*named[ONE], *named[OTHER])):
            thing = _Thing("parameter", name, [one.get((place, name)) for one in named], lists)
            inside = replace(around, part=f"{place} parameter {name}")
            values = self._named(pointers.join(here, len(made[ONE])), thing, inside, self._with_schema)
            for side in BOTH:
                made[side].append({**values[side], "name": name, "in": place})
        return made if made[ONE] else (_NOTHING, _NOTHING)

    def _parameters_of(
        self, side: int, operation: Operation, renamed: Mapping[str, str]
    ) -> dict[tuple[str, str], Part]:
        """Return the parameters by place and name; those of a path have the names that the first source gives them."""
        names = {new: old for old, new in renamed.items()}
        found = {}
        for one in operation.parameters:
            name = names.get(one.name, one.name) if one.place == "path" else one.name
            found[one.place, name.lower() if one.place == "header" else name] = self._readers[side].part(one.pointer)
        return found

    def _list_of_parameters(self, side: int, operation: Operation) -> Part:
        """Return the list of an operation's parameters; where there is none, what might have one: the operation."""
        at = pointers.join(operation.pointer, "parameters")
        listed = pointers.look(self.sides[side].document, at)
        return self._readers[side].part(operation.pointer if listed is None else at)

    def _body(self, here: str, views: _Views, around: Around) -> _Values:
        parts = [view.part("requestBody") for view in views]
        if parts == [None, None]:
            return _NOTHING, _NOTHING
        lists = [Part(view.side, view.at, {}) for view in views]
        return self._named(here, _Thing("request-body", "a body", parts, lists), around, self._with_content)

    # --- Responses --------------------------------------------------------------------------------------------------

    def _responses(self, here: str, views: _Views, around: Around) -> _Values:
        lists = [view.part("responses") for view in views]
        named = [self._readers[side].named(lists[side]) for side in BOTH]
        made: _Objects = {}, {}
        for status in dict.fromkeys((*named[ONE], *named[OTHER])):
            # A range or the default promises no status, so that who does not name it leaves out none.
            listing = lists if status.isdigit() else (None, None)
            thing = _Thing("status", status, [_answer(answers, status) for answers in named], listing)
            inside = replace(around, part=f"response {status}")
            values = self._named(pointers.join(here, status), thing, inside, self._with_content)
            _put(made, status, ({"description": ""} | values[ONE], {"description": ""} | values[OTHER]))
        return made if made[ONE] else (_NOTHING, _NOTHING)

    def _with_content(self, here: str, parts: _Parts, around: Around) -> _Values:
        return self._described(here, parts, around, {"content": self._content, "headers": self._headers})

    def _with_schema(self, here: str, parts: _Parts, around: Around) -> _Values:
        return self._described(here, parts, around, {"schema": self._schema})

    def _content(self, here: str, parts: _Parts, around: Around) -> _Values:
        return self._each(here, parts, around, kind="media-type", known_as=_essence)

    def _headers(self, here: str, parts: _Parts, around: Around) -> _Values:
        return self._each(here, parts, around, kind="header", known_as=str.lower)

    def _each(self, here: str, parts: _Parts, around: Around, *, kind: str, known_as: Callable[[str], str]) -> _Values:
        """Return two maps of the things of one kind, each of them in both."""
        members = [self._readers[part.side].named(part) for part in parts]
        named = [{known_as(name): part for name, part in one.items()} for one in members]
        made: _Objects = {}, {}
        for name in dict.fromkeys((*named[ONE], *named[OTHER])):
            thing = _Thing(kind, name, [one.get(name) for one in named], parts)
            _put(made, name, self._named(pointers.join(here, name), thing, around, self._with_schema))
        return made

    # --- Schemas ----------------------------------------------------------------------------------------------------

    def _schema(self, here: str, parts: _Parts, around: Around) -> _Values:
        """Return a schema of both, as a component where either is one: that may be a part of itself."""
        views = self._views(parts)
        if parts[ONE].at.endswith("/schema"):
            self.messages.append((parts[ONE].at, parts[OTHER].at))
        if not any(view.is_component for view in views):
            return self._of_schemas(here, views, around)
        key = views[ONE].at, views[OTHER].at
        if key not in self._names:
            name = self._names[key] = f"both-{len(self._names)}"
            at = pointers.join("/components/schemas", name)
            self._waiting.append(lambda: _put(self._schemas, name, self._of_schemas(at, views, around)))
        return ({"$ref": f"#/components/schemas/{self._names[key]}"},) * 2

    def _of_schemas(self, here: str, views: _Views, around: Around) -> _Values:
        self._note(here, views)
        if any(view.refuses_all for view in views):
            return not views[ONE].refuses_all, not views[OTHER].refuses_all
        self.meetings.append(Meeting(here, (views[ONE].holders, views[OTHER].holders), around))
        made: _Objects = {}, {}
        for key in _keys(views):
            at, parts = pointers.join(here, key), _parts(views, key)
            if key == "properties":
                values = self._properties(at, views, around)
            elif key == "required":
                values = self._required(views)
            elif parts is None:
                values = self._of_either(at, views, key)
            elif key in ALTERNATIVES:
                values = self._alternatives(at, parts, around)
            elif key in _OF_MEMBERS and all(isinstance(part.value, dict) for part in parts):
                values = self._schema(at, parts, around.inside("[]"))
            else:
                values = self._own(at, parts)
                self._values_of_one(at, key, parts, around)
            _put(made, key, values)
        return made

    def _properties(self, here: str, views: _Views, around: Around) -> _Values:
        named, required = [self._properties_of(view) for view in views], [self._required_by(view) for view in views]
        lists = [view.part("properties") for view in views]
        made: _Objects = {}, {}
        for key in dict.fromkeys((*named[ONE], *named[OTHER])):
            name, is_required = self._name(key, named, required), any(key in one for one in required)
            thing = _Thing("property", name, [one.get(key) for one in named], lists, is_required)
            _put(made, name, self._named(pointers.join(here, name), thing, around.inside(name), self._schema))
        return made

    def _required(self, views: _Views) -> _Values:
        """Return what is required by both; of a property that one does not name, it says what the other does."""
        named, required = [self._properties_of(view) for view in views], [self._required_by(view) for view in views]
        made: tuple[list[str], list[str]] = [], []
        for key in dict.fromkeys((*required[ONE], *required[OTHER])):
            for side in BOTH:
                is_optional = key in named[side] and self._says_what_is_required(views[side])
                if key in required[side] or not is_optional:
                    made[side].append(self._name(key, named, required))
        return made

    def _says_what_is_required(self, view: View) -> bool:
        return self._readers[view.side].lists(view.part("required"))

    def _properties_of(self, view: View) -> dict[str, Part]:
        named = self._readers[view.side].named(view.part("properties"))
        return {self._key(name): part for name, part in named.items()}

    def _required_by(self, view: View) -> dict[str, str]:
        listed = view.part("required")
        names = listed.value if listed is not None and isinstance(listed.value, list) else ()
        return {self._key(name): name for name in names if isinstance(name, str)}

    def _key(self, name: str) -> str:
        """Return what a property is known by: where one source names as an SDK does, its words and not its spelling."""
        return folded(name) if any(said.names_as_sdk for said in self.sides) else name

    def _name(self, key: str, named: Sequence[Mapping[str, Part]], required: Sequence[Mapping[str, str]]) -> str:
        """Return what a property is called: as on the wire, if one source says so; else as the first calls it."""
        by_wire = sorted(BOTH, key=lambda side: self.sides[side].names_as_sdk)
        for side in by_wire:
            if key in named[side]:
                return pointers.split(named[side][key].at)[-1]
        return next(required[side][key] for side in by_wire if key in required[side])

    def _values_of_one(self, here: str, key: str, parts: _Parts, around: Around) -> None:
        """Note the values that one enumeration has, and the other has not."""
        if key != "enum" or not all(isinstance(part.value, list) for part in parts):
            return
        for part, other in (parts, parts[::-1]):
            for value in (one for one in part.value if one not in other.value):
                name = json.dumps(value, ensure_ascii=False)
                self.omissions.append(Omission("value", part.side, name, part.at, other.at, here, around))

    def _alternatives(self, here: str, parts: _Parts, around: Around) -> _Values:
        """Return two lists of alternatives: those that are alike have met, the others are each source's own."""
        ours, theirs = _branches(parts[ONE]), _branches(parts[OTHER])
        made: tuple[list[Json], list[Json]] = [], []
        for one in ours:
            other = max(theirs, key=partial(likeness, one), default=None)
            if other is None or not likeness(one, other):
                made[ONE].append(self._copy(one))
                continue
            theirs.remove(other)
            values = self._schema(pointers.join(here, len(made[ONE])), (one, other), around)
            for side in BOTH:
                made[side].append(values[side])
        made[OTHER].extend(self._copy(other) for other in theirs)
        return made

    # --- What one says, what both say -------------------------------------------------------------------------------

    def _named(self, here: str, thing: _Thing, around: Around, meet: _Meet) -> _Values:
        """Return something that both name as they met over it; what one alone names stands in both."""
        one, other = thing.parts
        if one is not None and other is not None:
            return meet(here, (one, other), around)
        part = next(part for part in thing.parts if part is not None)
        listed = thing.lists[1 - part.side]
        if listed is not None and self._readers[listed.side].lists(listed) and not _is_assumed(part):
            # Parameters and bodies say themselves whether they are required, and properties do not.
            required = thing.required or (isinstance(part.value, dict) and part.value.get("required") is True)
            self.omissions.append(
                Omission(thing.kind, part.side, thing.name, part.at, listed.at, here, around, required)
            )
        return self._copied(here, part)

    def _described(self, here: str, parts: _Parts, around: Around, inside: Mapping[str, _Meet]) -> _Values:
        """Return two objects that describe a part of a message; what one does not describe, the other does."""
        views = self._views(parts)
        self._note(here, views)
        made: _Objects = {}, {}
        for key in _keys(views):
            at, both = pointers.join(here, key), _parts(views, key)
            one = views[ONE].part(key) or views[OTHER].part(key)
            if key not in inside or one is None:
                values = self._of_either(at, views, key)
            else:
                values = self._copied(at, one) if both is None else inside[key](at, both, around)
            _put(made, key, values)
        return made

    def _of_either(self, here: str, views: _Views, key: str) -> _Values:
        """Return what a member is by each; what one does not say, by the other, unless it has its own way to say it."""
        both = _parts(views, key)
        if both is not None:
            return self._own(here, both)
        part = views[ONE].part(key) or views[OTHER].part(key)
        if part is None:
            return _NOTHING, _NOTHING
        if key not in SHOWN and not views[1 - part.side].says_otherwise(key):
            return self._copied(here, part)
        self._origins[part.side][here] = part.side, part.at
        return (self._copy(part), _NOTHING) if part.side == ONE else (_NOTHING, self._copy(part))

    def _own(self, here: str, parts: _Parts) -> _Values:
        for part in parts:
            self._origins[part.side][here] = part.side, part.at
        return self._copy(parts[ONE]), self._copy(parts[OTHER])

    def _copied(self, here: str, part: Part) -> _Values:
        """Return what one source says for both."""
        for side in BOTH:
            self._origins[side][here] = part.side, part.at
        return (self._copy(self._readers[part.side].followed(part)),) * 2

    def _copy(self, part: Part) -> Json:
        """Return a value of a source, with what it refers to as components of both new documents."""
        *above, last = ("", *pointers.split(part.at))
        return self._local(part.side, part.value, last, is_name=above[-1:] == ["properties"])

    def _local(self, side: int, value: Json, key: str, *, is_name: bool = False) -> Json:
        """Return a value with its references made ours; `key` is what it stands at, and `is_name` that it is a name."""
        if isinstance(value, list) and (is_name or key not in _DATA):
            return [self._local(side, item, "") for item in value]
        if not isinstance(value, dict) or (key in _DATA and not is_name):
            return value
        has_names = key in _MAPS and not is_name
        return {
            name: self._reference(side, item)
            if name == "$ref" and isinstance(item, str)
            else self._local(side, item, name, is_name=has_names)
            for name, item in value.items()
            if has_names or (name not in WORDS and name != "examples")
        }

    def _reference(self, side: int, reference: str) -> str:
        target = pointers.target(reference)
        if (side, target) not in self._names:
            name = self._names[side, target] = f"copy-{len(self._names)}"
            at = pointers.join("/components/schemas", name)
            part = self._readers[side].part(target)
            self._waiting.append(lambda: _put(self._schemas, name, self._copied(at, part)))
        return f"#/components/schemas/{self._names[side, target]}"

    def _views(self, parts: _Parts) -> _Views:
        return self._readers[ONE].view(parts[ONE]), self._readers[OTHER].view(parts[OTHER])

    def _note(self, here: str, views: _Views) -> None:
        for view in views:
            self._origins[view.side][here] = view.side, view.at


_DATA = frozenset({"example", "default", "enum", "const"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "headers", "content"})
"""The keys below which keys are names."""


def _put(made: _Objects, key: str, values: _Values) -> None:
    for side in BOTH:
        if values[side] is not _NOTHING:
            made[side][key] = values[side]


def _keys(views: _Views) -> dict[str, None]:
    return dict.fromkeys((*views[ONE].members, *views[OTHER].members))


def _parts(views: _Views, key: str) -> _Parts | None:
    ours, theirs = views[ONE].part(key), views[OTHER].part(key)
    return None if ours is None or theirs is None else (ours, theirs)


def _travels(scheme: dict[str, Json]) -> bool:
    """Say whether a security scheme tells how its credential travels."""
    needed = {"type", "in", "name"} if scheme.get("type") == "apiKey" else {"type"}
    return "$ref" in scheme or needed <= scheme.keys()


def _branches(part: Part) -> list[Part]:
    values = part.value if isinstance(part.value, list) else []
    return [replace(part, at=pointers.join(part.at, index), value=one) for index, one in enumerate(values)]


def _is_assumed(part: Part) -> bool:
    return isinstance(part.value, dict) and part.value.get(ASSUMED) is True


def _within(document: Json, at: str, tokens: Iterable[str]) -> str:
    """Return the place that some tokens lead to from another, as far as they lead."""
    for token in tokens:
        deeper = pointers.join(at, token)
        if pointers.look(document, deeper, _NOTHING) is _NOTHING:
            break
        at = deeper
    return at


def _answer(answers: Mapping[str, Part], status: str) -> Part | None:
    """Return what answers a status: itself, else its range, else the default."""
    names = (status, f"{status[:1]}XX", f"{status[:1]}xx", "default") if status.isdigit() else (status,)
    return next((answers[name] for name in names if name in answers), None)


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()

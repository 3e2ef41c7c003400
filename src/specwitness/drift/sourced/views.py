"""The objects of a source's document as they are compared: references followed, and what is only shown left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specwitness.contract import pointers
from specwitness.drift.sourced.said import ASSUMED, INFERRED, SDK_NAMED, Said
from specwitness.findings import Json

WORDS = frozenset(
    {
        *(
            "title",
            "description",
            "summary",
            "externalDocs",
            "xml",
            "$comment",
            "$schema",
            "$id",
            "tags",
            "operationId",
        ),
        *("discriminator", "links", "callbacks", INFERRED, ASSUMED, SDK_NAMED, "x-specwitness-response-of"),
    }
)
"""What says nothing of messages, or names places of its own document, as discriminators and links do."""
SHOWN = frozenset({"example", "examples"})
"""What each source shows for itself."""
_STRUCTURE = frozenset({"properties", "items"}) | SHOWN
"""What an example tells of a schema without stating it."""
ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_NO_ALTERNATIVE_TO_NULL = frozenset({*ALTERNATIVES, "const", "not", "if", "$ref"})


@dataclass(frozen=True)
class Part:
    """Something in the document of a side: where it stands, and what; `stated` is what was not concluded or assumed."""

    side: int
    at: str
    value: Json
    stated: bool = True


@dataclass(frozen=True)
class View:
    """An object with its references followed, as its members.

    `at` is where it stands, and `holders` is everywhere that says something of it.
    """

    side: int
    at: str
    members: Mapping[str, Part]
    holders: tuple[str, ...]
    is_component: bool = False
    refuses_all: bool = False

    def part(self, key: str) -> Part | None:
        """Return a member, or None."""
        return self.members.get(key)

    def says_otherwise(self, key: str) -> bool:
        """Say whether there is no need of a keyword here: alternatives have their own ways to say what it says."""
        return key not in ALTERNATIVES and any(one in self.members for one in ALTERNATIVES)


class Reader:
    """Reads the document of one side."""

    def __init__(self, side: int, said: Said) -> None:
        """Take a source, and which side it is of two."""
        self._side = side
        self._said = said
        self._flattening: set[str] = set()

    def part(self, at: str) -> Part:
        """Return what stands at a place."""
        return Part(self._side, at, pointers.get(self._said.document, at))

    def view(self, part: Part) -> View:
        """Return what an object says, and what it refers to; a boolean has no members."""
        value = part.value
        if not isinstance(value, dict):
            return View(self._side, part.at, {}, (part.at,), refuses_all=value is False)
        stated = part.stated and not value.get(INFERRED) and not value.get(ASSUMED)
        members = {
            key: Part(self._side, pointers.join(part.at, key), item, stated)
            for key, item in value.items()
            if key not in WORDS and (stated or key in _STRUCTURE) and not _is_named_examples(key, item)
        }
        view = View(self._side, part.at, members, (part.at,))
        if "$ref" in members:
            return self._referred(view)
        if part.at in self._flattening:  # it is an alternative to itself
            return view
        self._flattening.add(part.at)
        try:
            return self._flattened(view)
        finally:
            self._flattening.discard(part.at)

    def named(self, part: Part | None) -> dict[str, Part]:
        """Return the members of a map, whose keys are names; of nothing, none."""
        part = self.followed(part) if part is not None else None
        if part is None or not isinstance(part.value, dict):
            return {}
        return {name: replace(part, at=pointers.join(part.at, name), value=one) for name, one in part.value.items()}

    def followed(self, part: Part) -> Part:
        """Return what a part refers to, or itself."""
        at, value = pointers.followed(self._said.document, part.at, part.value)
        return Part(self._side, at, value, part.stated)

    def lists(self, part: Part | None) -> bool:
        """Say whether an object or array claims to name everything of its kind."""
        return part is not None and part.stated and part.at not in self._said.silent

    def _referred(self, view: View) -> View:
        at = pointers.resolved(self._said.document, view.at)
        target = self.view(Part(self._side, at, pointers.get(self._said.document, at), view.members["$ref"].stated))
        return replace(_beside(view, target, leaving="$ref"), is_component=True)

    def _flattened(self, view: View) -> View:
        """Return a schema of a single alternative, or of one beside null, as that alternative."""
        for keyword in ALTERNATIVES:
            listed = view.part(keyword)
            branches = listed.value if listed and isinstance(listed.value, list) else []
            kept = [index for index, branch in enumerate(branches) if branch != {"type": "null"}]
            if listed is None or len(kept) != 1 or (keyword == "allOf" and len(branches) > 1):
                continue
            at = pointers.join(listed.at, kept[0])
            target: View | None = self.view(Part(self._side, at, branches[kept[0]], listed.stated))
            if target is not None and len(branches) > 1:
                target = _nullable(target)
            if target is not None and not (target.members.keys() & view.members.keys()) - SHOWN:
                return _beside(view, target, leaving=keyword, is_same=len(branches) == 1)
        return view


def _is_named_examples(key: str, item: Json) -> bool:
    """Say whether these are examples of whole messages, which may be references; those of a schema are a list."""
    return key == "examples" and isinstance(item, dict)


def _beside(view: View, target: View, *, leaving: str, is_same: bool = True) -> View:
    """Return a view with what another says of the same; what stands beside a reference goes before it."""
    own = {key: part for key, part in view.members.items() if key != leaving}
    return View(
        side=view.side,
        # The same schema is met once wherever it is referred to, unless something is said beside the reference.
        at=target.at if is_same and not own.keys() - SHOWN else view.at,
        members={**target.members, **own},
        holders=(*view.holders, *target.holders),
        is_component=target.is_component,
        refuses_all=target.refuses_all,
    )


def _nullable(view: View) -> View | None:
    """Return a schema that allows null as well; None for one that takes more than its type to say so."""
    said = view.part("type")
    if said is None or view.members.keys() & _NO_ALTERNATIVE_TO_NULL:
        return None
    types = said.value if isinstance(said.value, list) else [said.value]
    more = {"type": replace(said, value=list(dict.fromkeys([*types, "null"])))}
    if "enum" in view.members and None not in view.members["enum"].value:
        more["enum"] = replace(view.members["enum"], value=[*view.members["enum"].value, None])
    return replace(view, members={**view.members, **more})


# --- Alternatives -----------------------------------------------------------------------------------------------------

_MARKED_ALIKE, _THE_SAME = 2, 3


def likeness(one: Part, other: Part) -> int:
    """Say how much speaks for two alternatives being the same: 0 is nothing."""
    if one.value == other.value:
        return _THE_SAME
    if not isinstance(one.value, dict) or not isinstance(other.value, dict):
        return 0
    marks = [_mark(part.value) for part in (one, other)]
    if marks[0] and marks[0] == marks[1]:
        return _MARKED_ALIKE
    return int("type" in one.value and one.value["type"] == other.value.get("type"))


def _mark(schema: dict[str, Json]) -> Json:
    """Return what tells an alternative from its siblings: the name of its schema, its title, its tags."""
    if isinstance(schema.get("$ref"), str):
        return schema["$ref"].rpartition("/")[2]
    properties = schema.get("properties")
    members = properties.items() if isinstance(properties, dict) else ()
    tags = {
        name: one.get("const", one["enum"][0] if len(one.get("enum", ())) == 1 else None)
        for name, one in members
        if isinstance(one, dict)
    }
    return schema.get("title") or {name: tag for name, tag in tags.items() if tag is not None}

"""The schemas of two documents in one, so that they can be asked about together.

Only what is asked for is taken over, with what it refers to: each in the dialect of JSON Schema 2020-12, without
annotations, and with `readOnly` and `writeOnly` as the direction of the message has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from specwitness.contract import pointers, wellformed
from specwitness.contract.dialect import schema_as_2020_12
from specwitness.contract.directions import carries
from specwitness.contract.schemas import FORMATS, Schemas
from specwitness.contract.wellformed import HOLDING_BY_NAME, HOLDING_ONE, HOLDING_SEVERAL
from specwitness.exceptions import DocumentError
from specwitness.findings import Json, Party

_DEFS = "/$defs"
_DEFS_WAY: pointers.Way = (None, "$defs")
_ASSERTIONS = frozenset(
    {
        *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
        *("required", "minProperties", "maxProperties", "dependentRequired"),
    }
)
_DECLARING = frozenset({"properties", "allOf", "$ref"})
_NONE = frozenset[str]()


class Bundle:
    """The schemas of both sides that messages of one direction are made of.

    `allower` is the side that sends them. `not_sent` is the keyword of the properties that such a message does not
    carry: `readOnly` or `writeOnly`. `spots` are how errors call a place of each side's document.
    """

    def __init__(
        self,
        documents: Mapping[Party, Json],
        allower: Party,
        not_sent: str,
        spots: Mapping[Party, Callable[[str], str]] | None = None,
    ) -> None:
        """Take the effective document of each side."""
        self._documents = documents
        self._spots = spots or {}
        self._allower = allower
        self._not_sent = not_sent
        self._old_dialect = {
            party: str(document.get("openapi", "")).startswith("3.0") for party, document in documents.items()
        }
        self._definitions: dict[str, Json] = {}
        self.definitions: dict[str, Json] = {}
        """What the references of the document lead to, by the reference."""
        self._open: list[tuple[str, Party, str, frozenset[str]]] = []
        self._variants: dict[frozenset[str], int] = {}
        self._known_unsent: dict[int, frozenset[str]] = {}
        self._ways: dict[int, pointers.Way | None] = {}
        """Where each schema of the document stands, by its `id()`."""
        self.a_string: Json = {"type": "string"}
        self.add("string", self.a_string)

    def reference(self, party: Party, pointer: str, unsent: frozenset[str] = _NONE) -> dict[str, Json]:
        """Return a schema that refers to what stands at a place of one side's document.

        `unsent` are properties that are not asked for there, since what surrounds it says that they are not sent.
        """
        variant = f"{_VARIANT}{self._variants.setdefault(unsent, len(self._variants))}" if unsent else ""
        key = f"{party}{variant}:{pointer}"
        if key not in self._definitions:
            self._definitions[key] = True
            self._open.append((key, party, pointer, unsent))
            self._fill()
        return {"$ref": _fragment(key)}

    def add(self, name: str, schema: Json) -> str:
        """Keep a schema of ours under a name, or one like it, and return its pointer in the bundle."""
        key = f"{name} {len(self._definitions)}" if name in self._definitions else name
        self._definitions[key] = schema
        self._take_up(schema, (_DEFS_WAY, key))
        return pointers.join(_DEFS, key)

    def _take_up(self, schema: Json, way: pointers.Way | None) -> None:
        """Remember where a schema stands, and those in it; what was taken from elsewhere is known to stand there."""
        if isinstance(schema, dict) and id(schema) not in self._ways:
            self._ways[id(schema)] = way
            for at, part in wellformed.parts(way, schema):
                self._take_up(part, at)

    def origin(self, pointer: str) -> tuple[Party, str] | None:
        """Return the side and the place in its document of what stands at a pointer into the bundle."""
        tokens = pointers.split(pointer)
        party, colon, at = tokens[1].partition(":") if len(tokens) > 1 else ("", "", "")
        party = party.partition(_VARIANT)[0]
        return (Party(party), pointers.join(at, *tokens[2:])) if colon and party in _PARTIES else None

    @cached_property
    def document(self) -> Json:
        """Everything that was asked for, as one schema; nothing may be added after this was read."""
        return {"$defs": self._definitions}

    @cached_property
    def schemas(self) -> Schemas:
        """The validators of everything that was asked for."""
        # What they are made of was looked through before, or cannot be said in JSON Schema at all.
        return Schemas(self.document, most=_MOST_COMPILED, spot=self._spot, sound=self._ways)

    def _spot(self, pointer: str) -> str:
        origin = self.origin(pointer)
        return self._spots[origin[0]](origin[1]) if origin and origin[0] in self._spots else f"#{pointer}"

    def place(self, schema: int) -> str:
        """Return the pointer of the schema that has an id (`id()` of its object)."""
        return pointers.along(self._ways[schema])

    def accepts(self, schema: Json, value: Json) -> bool:
        """Say whether a schema of the bundle accepts a value, by the fast validator."""
        # Compiled at every place that refers to it, a large component would be compiled hundreds of times.
        schema = self.meant(schema)
        if isinstance(schema, bool):
            return schema
        if id(schema) not in self._ways:  # it was made up on the way, and refers to nothing
            return jsonschema_rs.is_valid(schema, value, draft=jsonschema_rs.Draft202012)
        return self.schemas.accepts(self.place(id(schema)), value)

    def meant(self, schema: Json) -> Json:
        """Return what a schema that is nothing but a reference leads to in the end; any other as it is."""
        seen = 0
        while schema.__class__ is dict and len(schema) == 1 and "$ref" in schema and seen < len(self._definitions):
            schema, seen = self.definitions[schema["$ref"]], seen + 1
        return schema

    def followed(self, schema: Json) -> Json:
        """Return what a reference leads to."""
        return self.definitions[schema["$ref"]]

    def _fill(self) -> None:
        while self._open:
            key, party, pointer, unsent = self._open.pop()
            at = self._where(party, pointer)
            found = (
                self.reference(party, at, unsent)
                if at != pointer
                else self._plain(party, pointers.get(self._documents[party], at), (_DEFS_WAY, key), unsent)
            )
            self._definitions[key] = self.definitions[_fragment(key)] = found
            self._take_up(found, (_DEFS_WAY, key))

    def _where(self, party: Party, pointer: str) -> str:
        """Return the place that a pointer leads to, through references but its own: a schema may say more beside it."""
        parent, _, _ = pointer.rpartition("/")
        return pointers.join(pointers.resolved(self._documents[party], parent), pointers.split(pointer)[-1])

    def _plain(self, party: Party, schema: Json, way: pointers.Way, unsent: frozenset[str] = _NONE) -> Json:
        """Return a schema without its annotations, in the new dialect, with references into the bundle.

        `way` leads to the place in the bundle where it will stand.
        """
        if not isinstance(schema, dict):
            return schema
        if "$dynamicRef" in schema and not self._old_dialect[party]:
            # One whose anchor stands once was made a `$ref` when the document was read.
            raise DocumentError(
                f"$dynamicRef {schema['$dynamicRef']!r}",
                "its anchor stands at no place, or at several, so that what it means depends on the way there",
                "Name the schema by a `$ref`",
            )
        unsent |= self._left_out(party, schema)
        if self._old_dialect[party]:
            schema = schema_as_2020_12(schema)
        if unsent:
            schema = self._as_carried(party, schema, unsent)
        made: dict[str, Any] = {}
        for keyword, said in schema.items():
            same = unsent if keyword in _OF_THE_SAME else _NONE
            at = (way, keyword)
            if keyword in _ASSERTIONS:  # most are
                made[keyword] = said
            elif keyword in HOLDING_ONE:
                made[keyword] = self._plain(party, said, at, same)
            elif keyword in HOLDING_SEVERAL:
                made[keyword] = [self._plain(party, one, (at, index), same) for index, one in enumerate(said)]
            elif keyword in HOLDING_BY_NAME:
                made[keyword] = {name: self._plain(party, one, (at, name), same) for name, one in said.items()}
            elif keyword == "$ref" and said.startswith("#"):
                made[keyword] = self.reference(party, pointers.target(said), unsent)["$ref"]
            elif keyword == "format" and said in FORMATS:
                made[keyword] = said
        self._ways[id(made)] = way
        return made

    def _left_out(self, party: Party, schema: Json) -> frozenset[str]:
        """Return the properties that a schema, with all that it is made of, declares and messages do not carry."""
        if not isinstance(schema, dict) or _DECLARING.isdisjoint(schema):
            return _NONE
        key, document = id(schema), self._documents[party]
        if key not in self._known_unsent:
            self._known_unsent[key] = _NONE  # what is made of itself declares no more
            if self._old_dialect[party]:
                schema = schema_as_2020_12(schema)
            found = {name for name, one in schema.get("properties", {}).items() if self._is_unsent(document, one)}
            for part in schema.get("allOf", ()):
                found |= self._left_out(party, part)
            reference = schema.get("$ref", "")
            if reference.startswith("#"):
                found |= self._left_out(party, pointers.get(document, self._where(party, pointers.target(reference))))
            self._known_unsent[key] = frozenset(found)
        return self._known_unsent[key]

    def _is_unsent(self, document: Json, schema: Json) -> bool:
        # Nearly none says so, and nearly all are asked.
        spoken = isinstance(schema, dict) and ("$ref" in schema or "allOf" in schema or self._not_sent in schema)
        return spoken and carries(document, schema, self._not_sent)

    def _as_carried(self, party: Party, schema: dict[str, Json], unsent: frozenset[str]) -> dict[str, Json]:
        """Return a schema by which properties that messages do not carry are left out by who sends, and read as any."""
        document, changed = self._documents[party], dict[str, Json]()
        if "properties" in schema:
            changed["properties"] = {
                name: party is not self._allower if self._is_unsent(document, one) else one
                for name, one in schema["properties"].items()
            }
        if "required" in schema:
            changed["required"] = [name for name in schema["required"] if name not in unsent]
        return schema | changed


_VARIANT = "-"
_MOST_COMPILED = 100
"""With those that are asked about again and again among them: a question is about few schemas."""
_OF_THE_SAME = frozenset({"allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"})
"""The keywords whose schemas are about the value itself, and have to hold."""


_PARTIES = frozenset({Party.OLD, Party.NEW})


def _fragment(key: str) -> str:
    return f"#{quote(pointers.join(_DEFS, key), safe='/~:$')}"

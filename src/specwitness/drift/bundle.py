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

from specwitness.contract import pointers
from specwitness.contract.dialect import schema_as_2020_12
from specwitness.contract.directions import carries
from specwitness.contract.schemas import FORMATS, Schemas
from specwitness.contract.wellformed import HOLDING_BY_NAME, HOLDING_ONE, HOLDING_SEVERAL
from specwitness.exceptions import DocumentError
from specwitness.findings import Json, Party

_DEFS = "/$defs"
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
        self.a_string: Json = {"type": "string"}
        self._definitions: dict[str, Json] = {"string": self.a_string}
        self.definitions: dict[str, Json] = {}
        """What the references of the document lead to, by the reference."""
        self._open: list[tuple[str, Party, str, frozenset[str]]] = []
        self._variants: dict[frozenset[str], int] = {}
        self._known_unsent: dict[int, frozenset[str]] = {}
        self._places: dict[int, str] = {}

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
        return pointers.join(_DEFS, key)

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
        return Schemas(self.document, most=_MOST_COMPILED, spot=self._spot)

    def _spot(self, pointer: str) -> str:
        origin = self.origin(pointer)
        return self._spots[origin[0]](origin[1]) if origin and origin[0] in self._spots else f"#{pointer}"

    @cached_property
    def _held(self) -> dict[int, tuple[int, str | int]]:
        """What holds each object and array of the document, and at what key; both are known by their `id()`."""
        found: dict[int, tuple[int, str | int]] = {}
        stack: list[Json] = [self.document]
        while stack:
            value = stack.pop()
            items = value.items() if isinstance(value, dict) else enumerate(value)
            inner = [(key, item) for key, item in items if isinstance(item, dict | list)]
            found.update((id(item), (id(value), key)) for key, item in inner)
            stack += [item for _, item in inner]
        return found

    def place(self, schema: int) -> str:
        """Return the pointer of the schema that has an id (`id()` of its object)."""
        if schema not in self._places:
            tokens: list[str | int] = []
            holder = schema
            while holder != id(self.document):
                holder, key = self._held[holder]
                tokens.append(key)
            self._places[schema] = pointers.join("", *reversed(tokens))
        return self._places[schema]

    def accepts(self, schema: Json, value: Json) -> bool:
        """Say whether a schema of the bundle accepts a value, by the fast validator."""
        seen = 0
        while isinstance(schema, dict) and schema.keys() == _REFERENCE and seen < len(self._definitions):
            # Compiled at every place that refers to it, a large component would be compiled hundreds of times.
            schema, seen = self.followed(schema), seen + 1
        if isinstance(schema, bool):
            return schema
        if id(schema) not in self._held:  # it was made up on the way, and refers to nothing
            return jsonschema_rs.is_valid(schema, value, draft=jsonschema_rs.Draft202012)
        return self.schemas.accepts(self.place(id(schema)), value)

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
                else self._plain(party, pointers.get(self._documents[party], at), unsent)
            )
            self._definitions[key] = self.definitions[_fragment(key)] = found

    def _where(self, party: Party, pointer: str) -> str:
        """Return the place that a pointer leads to, through references but its own: a schema may say more beside it."""
        parent, _, _ = pointer.rpartition("/")
        return pointers.join(pointers.resolved(self._documents[party], parent), pointers.split(pointer)[-1])

    def _plain(self, party: Party, schema: Json, unsent: frozenset[str] = _NONE) -> Json:
        """Return a schema without its annotations, in the new dialect, with references into the bundle."""
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
        made: dict[str, Any] = {}
        for keyword, said in schema.items():
            same = unsent if keyword in _OF_THE_SAME else _NONE
            if keyword in HOLDING_ONE:
                made[keyword] = self._plain(party, said, same)
            elif keyword in HOLDING_SEVERAL:
                made[keyword] = [self._plain(party, one, same) for one in said]
            elif keyword in HOLDING_BY_NAME:
                made[keyword] = {name: self._plain(party, one, same) for name, one in said.items()}
            elif keyword == "$ref" and said.startswith("#"):
                made[keyword] = self.reference(party, pointers.target(said), unsent)["$ref"]
            elif keyword in _ASSERTIONS or (keyword == "format" and said in FORMATS):
                made[keyword] = said
        if unsent:
            self._leave_out(party, schema, made, unsent)
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

    def _leave_out(self, party: Party, schema: dict[str, Json], made: dict[str, Any], unsent: frozenset[str]) -> None:
        """Let who sends leave out the properties that messages of this direction do not carry; who reads, read any."""
        document = self._documents[party]
        for name, one in schema.get("properties", {}).items():
            if self._is_unsent(document, one):
                made["properties"][name] = party is not self._allower
        if "required" in made:
            made["required"] = [name for name in made["required"] if name not in unsent]


_VARIANT = "-"
_MOST_COMPILED = 100
"""With those that are asked about again and again among them: a question is about few schemas."""
_REFERENCE = {"$ref"}
_OF_THE_SAME = frozenset({"allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"})
"""The keywords whose schemas are about the value itself, and have to hold."""


_PARTIES = frozenset({Party.OLD, Party.NEW})


def _fragment(key: str) -> str:
    return f"#{quote(pointers.join(_DEFS, key), safe='/~:')}"

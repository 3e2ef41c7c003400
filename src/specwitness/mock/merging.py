"""Put values into a generated body as far as its schema lets them: what comes out is accepted by both validators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json
from specwitness.mock.collecting import Collection, plain

Object = dict[str, Json]

_MOST_BASES = 12
"""How many generated bodies are tried: one branch of a schema may take what another refuses."""


class Merging:
    """Merges objects under the schemas of one contract."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract whose schemas are asked."""
        self._schemas = contract.schemas
        self.described = cache(self._described)

    def accepts(self, pointer: str, value: Json) -> bool:
        """Say whether both validators accept a value."""
        return self._schemas.accepts(pointer, value) and self._schemas.both_accept(pointer, value) == (True, True)

    def same(self, one: str, other: str) -> bool:
        """Say whether two pointers lead to one schema."""
        document = self._schemas.document
        return pointers.resolved(document, one) == pointers.resolved(document, other)

    def _described(self, pointer: str) -> dict[str, tuple[Object, ...]]:
        """Return the properties that a schema names, in any of its branches, each with the schemas it has there."""
        found: dict[str, tuple[Object, ...]] = {}
        for name, schema in self._named(pointer, frozenset()):
            found[name] = (*found.get(name, ()), schema)
        return found

    def _named(self, pointer: str, above: frozenset[str]) -> Iterator[tuple[str, Object]]:
        document = self._schemas.document
        try:
            at = pointers.resolved(document, pointer)
        except BrokenReferenceError:
            return
        schema = pointers.get(document, at)
        if at in above or not isinstance(schema, dict):
            return
        for name in schema.get("properties", {}):
            place = pointers.resolved(document, pointers.join(at, "properties", name))
            part = pointers.get(document, place)
            beside = schema["properties"][name]
            yield name, {**part, **beside} if isinstance(part, dict) and isinstance(beside, dict) else {}
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index, _ in enumerate(schema.get(keyword, ())):
                yield from self._named(pointers.join(at, keyword, index), above | {at})

    def has(self, pointer: str, name: str, keyword: str) -> bool:
        """Say whether a property carries a keyword that is true, such as `readOnly`."""
        return any(schema.get(keyword) is True for schema in self.described(pointer).get(name, ()))

    def names_of(self, one: Collection, pointer: str) -> list[str]:
        """Return the properties that may hold an item's id in what a schema describes, the likeliest first."""
        named = {plain(name): name for name in reversed(self.described(pointer))}
        return [named[name] for name in one.names if name in named]

    def shows(self, pointer: str, name: str) -> bool:
        """Say whether an answer may show a property that was sent: one that it names, or any where it names none."""
        named = self.described(pointer)
        return not named or (name in named and not self.has(pointer, name, "writeOnly"))

    def sendable(self, operation: Operation) -> Mapping[str, tuple[Object, ...]]:
        """Return the properties of the JSON body of an operation."""
        for content in operation.body:
            if content.schema is not None and is_json(content.media_type):
                return self.described(content.schema)
        return {}

    def generated(self, operation: Operation, schema: str, name: str) -> frozenset[str]:
        """Return what a client cannot decide: what is read-only, and the id where it cannot send one."""
        sendable = self.sendable(operation)
        found = {known for known in self.described(schema) if self.has(schema, known, "readOnly")}
        found |= {known for known, parts in sendable.items() if any(part.get("readOnly") is True for part in parts)}
        return frozenset(found if name in sendable else {*found, name})

    def unsent(self, operation: Operation, sent: Mapping[str, Json], generated: frozenset[str]) -> list[str]:
        """Return what a client could have sent, and did not."""
        return [name for name in self.sendable(operation) if name not in sent and name not in generated]

    def merged(
        self,
        pointer: str,
        base: Object,
        values: Mapping[str, Json],
        *,
        without: Iterable[str] = (),
        bases: Iterable[Json] = (),
    ) -> Object:
        """Return a valid body with the values that its schema takes, and none of `without` that it can do without.

        `base` is valid; where it does not go with the values, another of the `bases` may.
        """
        wanted = {name: value for name, value in values.items() if self.shows(pointer, name)}
        dropped = set(without) - wanted.keys()
        for start in (base, *islice((one for one in bases if isinstance(one, dict)), _MOST_BASES)):
            kept = {name: value for name, value in start.items() if name not in dropped}
            for whole in ({**kept, **wanted}, {**start, **wanted}):
                if self.accepts(pointer, whole):
                    return whole
        made = base
        for name, value in wanted.items():
            trial = {**made, name: value}
            made = trial if self._schemas.accepts(pointer, trial) else made
        for name in [name for name in made if name in dropped]:
            trial = {known: value for known, value in made.items() if known != name}
            made = trial if self._schemas.accepts(pointer, trial) else made
        return made if self.accepts(pointer, made) else base


def patched(value: Json, patch: Json) -> Json:
    """Return a value after a JSON merge patch (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), part)
    return result

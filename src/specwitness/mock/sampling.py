"""Good values of path parameters, by name: where the parameter itself says little, those of the property it names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation, Parameter
from specwitness.contract.pointers import look
from specwitness.findings import Json
from specwitness.mock.collecting import Collection, collections
from specwitness.mock.merging import Merging

_SEEDS = 12
"""From how many seeds more values are made where one has too few."""
_WITH_MEANING = ("enum", "const", "format", "pattern", "example", "examples", "minLength", "maxLength")


class Samples:
    """Values of the path parameters of one contract."""

    def __init__(self, contract: Contract, *, seed: int) -> None:
        """Find what judges each parameter; values are made when they are first needed."""
        self._contract, self._seed = contract, seed
        self._parameters: dict[str, dict[str, Parameter]] = {}
        for operation in contract.operations:
            for one in operation.path_parameters:
                self._parameters.setdefault(one.name, {})[one.schema or one.pointer] = one
        # Per instance: found once and then used for every request.
        self.of = cache(self._sampled)
        self._properties = cache(self._named)

    def all(self) -> dict[str, str]:
        """Return one value of each parameter."""
        return {name: self.of(name)[0] for name in self._parameters}

    def ids(self, name: str, count: int) -> tuple[str, ...]:
        """Return so many ids, as far as there are: `FIRST`, `FIRST-2` and so on where the schemas take that."""
        first, *others = self.of(name)
        numbered = [f"{first}-{number}" for number in range(2, count + 1)]
        if all(self._fits(name, text) for text in numbered):
            return first, *numbered
        for seed in range(1, _SEEDS):
            if len(others) >= count - 1:
                break
            others += [text for text in self._good(name, self._seed + seed) if text not in {first, *others}]
        return first, *others[: count - 1]

    def _sampled(self, name: str) -> tuple[str, ...]:
        return self._good(name, self._seed) or ("1",)

    def _good(self, name: str, seed: int) -> tuple[str, ...]:
        """Return what fits every parameter of a name and the property it stands for, else what fits some of them."""
        texts = [text for text in map(_in_path, self._made(name, seed)) if text]
        return tuple(dict.fromkeys(text for text in texts if self._fits(name, text)) or dict.fromkeys(texts))

    def _made(self, name: str, seed: int) -> Iterator[Json]:
        parameters = self._parameters.get(name, {}).values()
        for one in parameters:
            example = look(self._contract.document, pointers.join(one.pointer, "example"))
            if example is not None:
                yield example
        for schema in (*self._properties(name), *(one.schema for one in parameters if one.schema)):
            yield from pool.bodies(self._contract, schema, seed=seed)

    def _fits(self, name: str, text: str) -> bool:
        schemas = [one.schema for one in self._parameters.get(name, {}).values() if one.schema]
        judges = (*schemas, *self._properties(name))
        return not any(any(self._contract.schemas.text_rejections(schema, text)) for schema in judges)

    def _named(self, name: str) -> tuple[str, ...]:
        """Return the schemas of the properties that a parameter which says little stands for."""
        if not all(self._says_little(one) for one in self._parameters.get(name, {}).values()):
            return ()
        document = self._contract.schemas.document
        found: dict[str, None] = {}
        for one in self._collections:
            schema = _json_schema(one.read)
            if one.id.name != name or schema is None or not one.is_numbered:
                continue
            for word in self._merging.names_of(one, schema)[:1]:
                place = pointers.locate(document, schema, (word,))
                if place != pointers.resolved(document, schema):
                    found[place] = None
        return tuple(found)

    @cached_property
    def _collections(self) -> tuple[Collection, ...]:
        return tuple(collections(self._contract.operations))

    @cached_property
    def _merging(self) -> Merging:
        return Merging(self._contract)

    def _says_little(self, parameter: Parameter) -> bool:
        document = self._contract.schemas.document
        schema = pointers.get(document, pointers.resolved(document, parameter.schema)) if parameter.schema else {}
        owner = pointers.get(document, parameter.pointer)
        return not any(word in holder for holder in (schema, owner) for word in _WITH_MEANING)


def _json_schema(operation: Operation) -> str | None:
    documented = operation.response_for(operation.good_status)
    contents = documented.content if documented is not None else ()
    return next((one.schema for one in contents if is_json(one.media_type)), None)


def _in_path(value: Json) -> str:
    """Return how a value is written in a path; nothing for one that is not written in plain words."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, str | int | float) else ""
    return text if text.isprintable() and "/" not in text and text not in {".", ".."} else ""

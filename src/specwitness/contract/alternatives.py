"""Of a value that no branch of an `anyOf` or `oneOf` takes: which branch it was meant for, and what is wrong with it.

A value was most likely meant for the branch that its discriminator names; else for the one of its type, whose tag it
has (a property with a `const` or `enum` in several branches, no two of which share a value), and that declares most of
its members. Where two are equally likely, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import cast

from jsonschema.exceptions import ValidationError

from specwitness.contract import pointers
from specwitness.findings import Json

KEYWORDS = frozenset({"anyOf", "oneOf"})
_ONE_OF_SOME = frozenset({"enum", "const"})


class Alternatives:
    """The branches of one document's `anyOf` and `oneOf`."""

    def __init__(self, document: Json) -> None:
        """Take the document that the references of branches are about."""
        self._document = document

    def leaves(self, error: ValidationError) -> Iterator[ValidationError]:
        """Yield the deepest errors that the branch which was meant explains; the error itself where none is likely."""
        meant = self._meant(error) if error.validator in KEYWORDS and error.context else None
        if meant is None:
            yield error
            return
        for inner in meant:
            yield from self.leaves(inner)

    def offending(self, error: ValidationError) -> Json:
        """Return what of a value no branch has a place for: all of it, its type or its tag; None where it is not clear.

        `anyOf` of a `const` each is an enum in other words, and one of types a type.
        """
        kinds = {str(inner.validator) for inner in error.context or () if not inner.relative_path}
        inside = any(inner.relative_path for inner in error.context or ())
        if kinds and not inside and kinds <= _ONE_OF_SOME | {"type"}:
            return error.instance if kinds & _ONE_OF_SOME else type_name(error.instance)
        if isinstance(error.instance, dict):
            tags = self._tags(self._branches(error))
            return next((error.instance[name] for name in sorted(tags) if name in error.instance), None)
        return None

    def _meant(self, error: ValidationError) -> list[ValidationError] | None:
        by_branch: dict[int, list[ValidationError]] = {}
        for inner in error.context or ():
            if inner.relative_schema_path:  # a branch that is `false` has none, and is meant by nothing
                by_branch.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
        if (named := self._named(error)) in by_branch:
            return by_branch[named]
        branches = self._branches(error)
        tags = self._tags(branches)
        ranked = sorted(
            ((*_distance(errors, tags), self._foreign(branches[index], error.instance)), index)
            for index, errors in by_branch.items()
        )
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return None
        return by_branch[ranked[0][1]]

    def _named(self, error: ValidationError) -> int:
        """Return the index of the branch that a value's discriminator names (OpenAPI, Discriminator Object), or -1."""
        discriminator = error.schema.get("discriminator") if isinstance(error.schema, dict) else None
        if not isinstance(discriminator, dict) or not isinstance(error.instance, dict):
            return -1
        tag = error.instance.get(str(discriminator.get("propertyName")))
        if not isinstance(tag, str):
            return -1
        named = (discriminator.get("mapping") or {}).get(tag, tag)
        wanted = {named, f"#/components/schemas/{named}"}
        references = [branch.get("$ref") if isinstance(branch, dict) else None for branch in _listed(error)]
        return next((index for index, reference in enumerate(references) if reference in wanted), -1)

    def _branches(self, error: ValidationError) -> list[dict[str, Json]]:
        """Return the properties that each branch declares, itself or in its parts."""
        return [dict(self._properties(branch)) for branch in _listed(error)]

    def _properties(self, schema: Json) -> Iterator[tuple[str, Json]]:
        schema = self._followed(schema)
        if not isinstance(schema, dict):
            return
        for keyword in ("allOf", *KEYWORDS):
            for part in schema.get(keyword) or ():
                yield from self._properties(part)
        yield from (schema.get("properties") or {}).items()

    def _followed(self, schema: Json) -> Json:
        while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            schema = pointers.look(self._document, pointers.target(schema["$ref"]))
        return schema

    def _tags(self, branches: list[dict[str, Json]]) -> frozenset[str]:
        """Return the names by whose value branches are told apart."""
        names = {name for branch in branches for name in branch}
        return frozenset(
            name for name in names if self._is_tag([branch[name] for branch in branches if name in branch])
        )

    def _is_tag(self, schemas: list[Json]) -> bool:
        values = [_values(self._followed(schema)) for schema in schemas]
        return (
            len(values) > 1
            and all(values)
            and not any(value in other for one, other in combinations(values, 2) for value in one)
        )

    def _foreign(self, properties: dict[str, Json], instance: Json) -> int:
        return len(instance.keys() - properties.keys()) if isinstance(instance, dict) else 0


def _listed(error: ValidationError) -> list[Json]:
    return cast("list[Json]", error.validator_value)


def _distance(errors: list[ValidationError], tags: frozenset[str]) -> tuple[int, int]:
    """How far a value is from a branch: wrong type of the whole, then wrong tags."""
    wrong_type = sum(error.validator == "type" and not error.relative_path for error in errors)
    wrong_tag = sum(error.validator in _ONE_OF_SOME and tags.issuperset(error.relative_path) for error in errors)
    return wrong_type, wrong_tag


def _values(schema: Json) -> list[Json]:
    if not isinstance(schema, dict):
        return []
    return [schema["const"]] if "const" in schema else list(schema.get("enum") or ())


def type_name(value: Json) -> str:
    """Return what the type of a value is called where an integer is a number like any other."""
    found = type_of(value)
    return "number" if found == "integer" else found


def type_of(value: Json) -> str:
    """Return the JSON Schema type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"

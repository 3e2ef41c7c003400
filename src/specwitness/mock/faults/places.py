"""The places of a body that its schema speaks of, at any depth. Entry points: `places`, `found`.

A place is the way from the schema of a body to one of its subschemas, keyword by keyword. The same way leads through a
body to the values that stand there: a branch is entered only with a value that it accepts.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.contract.schemas import Schemas
from specwitness.findings import Json

BRANCHES = frozenset({"anyOf", "oneOf"})
_MANY = ("properties", "patternProperties", "dependentSchemas", "prefixItems", "allOf", *sorted(BRANCHES))
_ONE = ("additionalProperties", "items", "then", "else")
_CONDITIONAL = frozenset({"then", "else"})
_SILENT = frozenset({"$ref", "allOf"})
"""Keywords that lead to another schema for the same value, whatever the value is."""
_WORDS = {"patternProperties": "matching", "additionalProperties": "additional", "allOf": ""}
_SAID = {
    "patternProperties": "a property",
    "additionalProperties": "an additional property",
    "prefixItems": "an item",
    "items": "an item",
}
_MOST = 2_000
"""How many places of one body are visited, the nearest first: references to references have more than can be told."""


@dataclass(frozen=True)
class Step:
    """From a value to what a keyword of its schema speaks of: a part of the value, or the value itself.

    `key` is the name or index below the keyword, `word` what the step is called in the name of a fault.
    """

    keyword: str
    schema: str
    key: str = ""
    word: str = ""


@dataclass(frozen=True)
class Place:
    """A way into the body that the schema at `root` describes."""

    root: str
    steps: tuple[Step, ...] = ()

    @property
    def schema(self) -> str:
        """The pointer of the subschema that the way leads to."""
        return self.steps[-1].schema if self.steps else self.root

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its steps, those that need not be told left out."""
        return tuple(step.word for step in self.steps if step.word)

    @property
    def is_branch(self) -> bool:
        """Whether it is one of several ways to describe a whole value."""
        telling = (step.keyword for step in reversed(self.steps) if step.keyword not in _SILENT)
        return next(telling, "") in BRANCHES

    @property
    def name(self) -> str:
        """What it is called in a sentence about a part of it: `sink (s3)`."""
        return self._said()[1]

    def __str__(self) -> str:
        """Word it for a sentence: `the property url of sink (s3)`."""
        return self._said()[0]

    def _said(self) -> tuple[str, str]:
        said = name = _BODY
        for step in self.steps:
            if step.keyword == "properties":
                said, name = property_of(step.key, name), step.key
            elif step.keyword in BRANCHES:
                said, name = f"{said} ({step.word})", f"{name} ({step.word})"
            elif step.keyword in _SAID:
                said = name = f"{_SAID[step.keyword]} of {name}"
        return said, name


_BODY = "the body"


def property_of(name: str, holder: str) -> str:
    """Word a property for a sentence; of what, is only said of a part of the body."""
    return f"the property {name}" + (f" of {holder}" if holder != _BODY else "")


def places(document: Json, root: str) -> Iterator[Place]:
    """Yield every place of the bodies that the schema at `root` describes, the nearest first.

    What refers back to a schema on the way to it is not followed: there is nothing new to find.
    """
    waiting = deque([Place(root)])
    for _ in range(_MOST):
        if not waiting:
            return
        place = waiting.popleft()
        schema = pointers.get(document, place.schema)
        if isinstance(schema, dict):
            yield place
            above = {root, *(step.schema for step in place.steps)}
            waiting += (
                Place(root, (*place.steps, step)) for step in _steps(place.schema, schema) if step.schema not in above
            )


def found(schemas: Schemas, place: Place, body: Json) -> list[tuple[str, Json]]:
    """Return the pointer and value of everything that stands at a place of a body."""
    reached: list[tuple[str, Json]] = [("", body)]
    for step in place.steps:
        reached = [
            (pointers.join(at, *tokens), part) for at, value in reached for tokens, part in _parts(schemas, step, value)
        ]
    return reached


# The steps that a schema allows.


def _steps(at: str, schema: dict[str, Json]) -> Iterator[Step]:
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        yield Step("$ref", pointers.target(reference))
    for keyword in _MANY:
        for key, word in _words(keyword, schema.get(keyword, {})).items():
            yield Step(keyword, pointers.join(at, keyword, key), key, word)
    for keyword in _ONE:
        if keyword in schema and (keyword not in _CONDITIONAL or "if" in schema):
            yield Step(keyword, pointers.join(at, keyword), word=_WORDS.get(keyword, keyword))


def _words(keyword: str, parts: Json) -> dict[str, str]:
    """Return what the step to each part below a keyword is called, by name or index."""
    if keyword in BRANCHES:
        return _labels(parts)
    keys = parts if isinstance(parts, dict) else map(str, range(len(parts)))
    return {key: _WORDS.get(keyword, f"with-{key}" if keyword == "dependentSchemas" else key) for key in keys}


def _labels(branches: list[Json]) -> dict[str, str]:
    """Return what each branch is called: as itself says, and by its index where that is not enough."""
    labels = [_label(branch) for branch in branches]
    return {
        str(index): label if label and labels.count(label) == 1 else f"{label}-{index}".lstrip("-")
        for index, label in enumerate(labels)
    }


def _label(branch: Json) -> str:
    """Return the name of a component, the tag that tells a branch from others, its title, or its type."""
    if not isinstance(branch, dict):
        return ""
    if "$ref" in branch:
        return pointers.split(pointers.target(branch["$ref"]))[-1]
    tags = (_only(part) for part in (branch, *branch.get("properties", {}).values()))
    known = (*tags, branch.get("title"), branch.get("type"))
    return next((text for text in known if isinstance(text, str) and text), "")


def _only(schema: Json) -> Json:
    """Return the value that a schema alone accepts, or None."""
    if not isinstance(schema, dict):
        return None
    listed = schema.get("enum", [])
    return schema.get("const", listed[0] if len(listed) == 1 else None)


# The same steps through a value.


def _parts(schemas: Schemas, step: Step, value: Json) -> Iterator[tuple[pointers.Tokens, Json]]:
    """Yield what a step leads to from a value, and the tokens from there to it; nothing where it does not lead on."""
    match step.keyword, value:
        case "properties" | "patternProperties" | "additionalProperties", dict():
            yield from (((name,), part) for name, part in value.items() if _concerns(schemas.document, step, name))
        case "prefixItems" | "items", list():
            first = int(step.key or len(_owner(schemas.document, step).get("prefixItems", ())))
            last = first + 1 if step.key else len(value)
            yield from (((index,), item) for index, item in enumerate(value) if first <= index < last)
        case keyword, _ if keyword not in {"properties", *_SAID} and _enters(schemas, step, value):
            yield (), value


def _concerns(document: Json, step: Step, name: str) -> bool:
    """Say whether a keyword of an object speaks of the property of a name."""
    if step.keyword == "properties":
        return name == step.key
    if step.keyword == "patternProperties":
        return _matches(step.key, name)
    owner = _owner(document, step)
    return name not in owner.get("properties", {}) and not any(
        _matches(pattern, name) for pattern in owner.get("patternProperties", {})
    )


def _enters(schemas: Schemas, step: Step, value: Json) -> bool:
    """Say whether a schema for the same value has something to say of it."""
    if step.keyword in BRANCHES:
        return schemas.accepts(step.schema, value)
    if step.keyword in _CONDITIONAL:
        condition = pointers.join(step.schema.rpartition("/")[0], "if")
        return (step.keyword == "then") == schemas.accepts(condition, value)
    return step.keyword != "dependentSchemas" or (isinstance(value, dict) and step.key in value)


def _owner(document: Json, step: Step) -> dict[str, Json]:
    """Return the schema that has the keyword of a step."""
    schema: dict[str, Json] = pointers.get(document, step.schema.rpartition("/")[0])
    return schema


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False

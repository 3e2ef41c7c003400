"""Documents that say the same in other words are silent: every way to refactor one, alone and after each other."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.drift.drawing import Draw, reference, with_change
from tests.drift.drawing import places as schema_places
from tests.drift.oracle import NAMES

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.findings import Finding, Json, Level

TODAY = dt.date(2026, 11, 22)
ROOT = Path(__file__).parents[2]
SEEDS = 12
"""How many documents are drawn for each refactoring."""

OLD, NEW = "3.0.3", "3.1.0"

Path_ = tuple[str | int, ...]


# --- Documents -------------------------------------------------------------------------------------------------------


def drawn(seed: int) -> Json:
    """Return a small document: two paths, parameters and headers, and bodies that refer to a few components.

    Every third is one of OpenAPI 3.0.
    """
    draw = Draw(Random(f"document {seed}"), new=seed % 3 != 0)  # noqa: S311 - made-up data
    components = ("Tree", "List", "Plain", "Job")

    def content(*, required: bool = True) -> dict[str, Json]:
        schema = draw.random.choice([reference(draw.random.choice(components)), draw.schema(3, components)])
        return {"content": {"application/json": {"schema": schema}}} | ({} if required else {"required": True})

    def answer() -> dict[str, Json]:
        header = {"X-Next": {"schema": draw.schema(0), "required": draw.maybe(0.5)}}
        return {"description": "An answer.", "headers": header, **content()}

    def parameter(name: str, place: str) -> dict[str, Json]:
        needed = place == "path" or draw.maybe(0.3)
        return {
            "name": name,
            "in": place,
            "required": needed,
            "schema": {"type": draw.random.choice(["string", "integer"])},
        }

    def operation(name: str, *, body: bool) -> dict[str, Json]:
        found = {
            "operationId": name,
            "summary": f"Do {name}.",
            "parameters": [parameter("page", "query"), parameter("X-Tenant", "header")],
            "responses": {"200": answer(), "404": answer(), "default": answer()},
        }
        return found | ({"requestBody": content(required=False)} if body else {})

    job = {
        "type": "object",
        "required": draw.some(NAMES, 0.5),
        "properties": {name: draw.schema(1, ("Tree", "Plain")) for name in NAMES},
    }
    return {
        "openapi": NEW if draw.new else OLD,
        "info": {"title": "Drawn", "version": "1"},
        "paths": {
            "/jobs": {"get": operation("list", body=False), "post": operation("start", body=True)},
            "/jobs/{id}": {
                "parameters": [parameter("id", "path")],
                "get": operation("show", body=False),
                "put": operation("replace", body=True),
            },
        },
        "components": {"schemas": {**draw.components(), "Job": job}},
    }


def vendored(name: str) -> Json:
    return load.load(ROOT / "specs" / name).document


DOCUMENTS: Mapping[str, Callable[[], Json]] = {
    **{f"drawn {seed}": lambda seed=seed: drawn(seed) for seed in range(SEEDS)},  # type: ignore[misc]
    "intuned": lambda: vendored("intuned"),
    "praisonai": lambda: vendored("praisonai"),
}


def schemas(document: Json) -> Iterator[Path_]:
    """Yield where each schema of a document stands, the outer ones before those within them."""
    for path in _roots(document, ()):
        yield from ((*path, *within) for within in schema_places(_at(document, path)))


def _roots(value: Json, path: Path_) -> Iterator[Path_]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        if key == "schema" or path == ("components", "schemas"):
            yield (*path, key)
        elif key not in {"example", "examples"}:
            yield from _roots(one, (*path, key))


def _at(value: Json, path: Path_) -> Json:
    for step in path:
        value = value[step]
    return value


def changed(document: Json, change: Callable[[dict[str, Json]], Json], *, deep_first: bool = True) -> Json:
    """Return a document after a change of each of its schemas."""
    places = list(schemas(document))
    for path in sorted(places, key=len, reverse=deep_first):
        document = with_change(document, path, lambda one: change(one) if isinstance(one, dict) else one)
    return document


# --- Refactorings ----------------------------------------------------------------------------------------------------

ORDERLESS = frozenset({"required", "enum", "anyOf", "oneOf", "allOf", "parameters"})


def reordered(value: Json, key: str | int = "") -> Json:
    """Turn round every map, and every list whose order means nothing."""
    if isinstance(value, dict):
        return {name: reordered(one, name) for name, one in reversed(value.items())}
    if isinstance(value, list):
        found = [reordered(one) for one in value]
        return found[::-1] if key in ORDERLESS or key == "type" else found
    return value


def extracted(document: Json) -> Json:
    """Move what properties and items say into components."""
    moved: dict[str, Json] = {}

    def move(schema: dict[str, Json]) -> Json:
        found = dict(schema)
        if isinstance(schema.get("items"), dict):
            moved[f"Item{len(moved)}"] = schema["items"]
            found["items"] = reference(f"Item{len(moved) - 1}")
        properties = dict(schema.get("properties", {}))
        for name, one in properties.items():
            moved[f"Part{len(moved)}"] = one
            properties[name] = reference(f"Part{len(moved) - 1}")
        return found | ({"properties": properties} if properties else {})

    made = changed(document, move)
    components = made.get("components", {})
    known = components.get("schemas", {})
    return {**made, "components": {**components, "schemas": {**known, **moved}}}


def inlined(document: Json) -> Json:
    """Write out every reference to a component that does not lead back to itself."""
    components = document.get("components", {}).get("schemas", {})

    def target(schema: Json) -> str:
        return str(schema.get("$ref", "")).rpartition("/")[2] if isinstance(schema, dict) and len(schema) == 1 else ""

    def reaches(name: str, goal: str, seen: set[str]) -> bool:
        found = {one.rpartition("/")[2] for one in re.findall(r'"\$ref": "([^"]*)"', json.dumps(components[name]))}
        fresh = found - seen
        seen |= fresh
        return goal in found or any(reaches(one, goal, seen) for one in fresh)

    def write(schema: dict[str, Json]) -> Json:
        name = target(schema)
        return copy.deepcopy(components[name]) if name in components and not reaches(name, name, set()) else schema

    return changed(document, write)


def split(document: Json) -> Json:
    """Make each open object of two disjoint ones, by `allOf`."""
    plain = {"type", "properties", "required", "description", "title"}

    def halves(schema: dict[str, Json]) -> Json:
        names = list(schema.get("properties", ()))
        if schema.get("type") != "object" or not schema.keys() <= plain or len(names) < 2:
            return schema
        rest = {name: said for name, said in schema.items() if name in {"description", "title"}}
        parts = []
        for half in (names[::2], names[1::2]):
            required = [
                name
                for name in schema.get("required", ())
                if name in half or (name not in names and half == names[::2])
            ]
            parts.append(
                {
                    "type": "object",
                    "properties": {name: schema["properties"][name] for name in half},
                    "required": required,
                }
            )
        return {**rest, "allOf": parts}

    return changed(document, halves)


def wrapped(keyword: str) -> Callable[[Json], Json]:
    """Return what makes each schema the only one of a union."""

    def wrap(schema: dict[str, Json]) -> Json:
        outside = _chosen(schema, _ANNOTATIONS)
        inside = _chosen(schema, schema.keys() - _ANNOTATIONS)
        return {**outside, keyword: [inside]} if inside else schema

    return lambda document: changed(document, wrap)


_ANNOTATIONS = frozenset({"default", "deprecated", "readOnly", "writeOnly", "description", "title"})
"""What a schema says of the place where it stands, and not of values."""


def _chosen(schema: dict[str, Json], keywords: Iterable[str]) -> dict[str, Json]:
    return {keyword: said for keyword, said in schema.items() if keyword in keywords}


def with_types_as_unions(document: Json) -> Json:
    """Say a list of types as alternatives, which are disjoint unless both are numbers."""

    def union(schema: dict[str, Json]) -> Json:
        types = schema.get("type")
        if not isinstance(types, list) or len(types) < 2 or {"integer", "number"} <= set(types):
            return schema
        rest = _chosen(schema, schema.keys() - {"type"} - _ANNOTATIONS)
        if "oneOf" in rest:
            return schema
        return _chosen(schema, _ANNOTATIONS) | {"oneOf": [{**rest, "type": type_} for type_ in types]}

    return changed(document, union)


def with_any_of(document: Json) -> Json:
    """Say `anyOf` where the alternatives of a `oneOf` are told apart by their type or by a value."""

    def kinds(schema: Json) -> set[str] | None:
        if not isinstance(schema, dict):
            return None
        tag = schema.get("properties", {}).get("a")
        if (
            "a" in schema.get("required", ())
            and schema.get("type") == "object"
            and isinstance(tag, dict)
            and "const" in tag
        ):
            return {f"object {json.dumps(tag['const'])}"}
        types = schema.get("type", [])
        found = {types} if isinstance(types, str) else set(types)
        return {"number" if one == "integer" else one for one in found} or None

    def loosened(schema: dict[str, Json]) -> Json:
        found = [kinds(one) for one in schema.get("oneOf", ())]
        sure = [one for one in found if one is not None]
        disjoint = len(sure) == len(found) and len(set().union(*sure)) == sum(map(len, sure))
        mixed = any("object" in one for one in sure) and any(kind.startswith("object ") for one in sure for kind in one)
        if not sure or not disjoint or mixed or "anyOf" in schema:
            return schema
        return {("anyOf" if keyword == "oneOf" else keyword): said for keyword, said in schema.items()}

    return changed(document, loosened)


def with_enums(document: Json) -> Json:
    """Say `const` as an `enum` of one value."""

    def listed(schema: dict[str, Json]) -> Json:
        if "const" not in schema or "enum" in schema:
            return schema
        return {("enum" if key == "const" else key): [said] if key == "const" else said for key, said in schema.items()}

    return changed(document, listed)


def with_consts(document: Json) -> Json:
    """Say an `enum` of one value as `const`, which OpenAPI 3.0 does not have."""
    if document["openapi"] == OLD:
        return document

    def single(schema: dict[str, Json]) -> Json:
        if len(schema.get("enum", ())) != 1 or "const" in schema:
            return schema
        return {("const" if key == "enum" else key): said[0] if key == "enum" else said for key, said in schema.items()}

    return changed(document, single)


def in_3_1(document: Json) -> Json:
    """Say in the words of OpenAPI 3.1 what a document of 3.0 says."""
    if document["openapi"] != OLD:
        return document

    def newer(schema: dict[str, Json]) -> Json:
        made = _chosen(schema, schema.keys() - {"nullable", "exclusiveMinimum", "exclusiveMaximum"})
        if schema.get("nullable") and "type" in schema:
            made["type"] = [schema["type"], "null"]
        for plain, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if schema.get(exclusive) and plain in made:
                made[exclusive] = made.pop(plain)
        return made

    return {**changed(document, newer), "openapi": NEW}


_REMARKS = ("description", "title", "summary", "example", "examples", "externalDocs", "$comment", "x-note")


def with_other_remarks(document: Json) -> Json:
    """Write other descriptions, titles and examples."""

    def remarked(schema: dict[str, Json]) -> Json:
        rest = {keyword: said for keyword, said in schema.items() if keyword not in _REMARKS}
        beside = {} if "$ref" in schema else {"description": "Another text.", "title": "Other", "examples": ["x"]}
        return {**beside, **rest}

    def rewritten(value: Json) -> Json:
        if isinstance(value, list):
            return [rewritten(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {key: one if key in {"schema", "schemas"} else rewritten(one) for key, one in value.items()}
        made |= {key: "Other words." for key in ("description", "summary") if isinstance(made.get(key), str)}
        return {key: one for key, one in made.items() if key not in {"example", "examples"}}

    return changed(rewritten(document), remarked)


def with_other_headers(document: Json) -> Json:
    """Write the names of headers in another case."""
    made = copy.deepcopy(document)
    for parameter in _every(made, lambda value: value.get("in") == "header" and "name" in value):
        parameter["name"] = parameter["name"].swapcase()
    for response in _every(made, lambda value: isinstance(value.get("headers"), dict)):
        response["headers"] = {name.swapcase(): said for name, said in response["headers"].items()}
    return made


def with_other_components(document: Json) -> Json:
    """Call every component otherwise."""
    if "schemas" not in document.get("components", {}):
        return document
    text = re.sub(r'"#/components/schemas/([^"/]*)', r'"#/components/schemas/Renamed\1', json.dumps(document))
    made = json.loads(text)
    made["components"]["schemas"] = {f"Renamed{name}": one for name, one in made["components"]["schemas"].items()}
    return made


def with_shared_parameters(document: Json) -> Json:
    """Move the parameters and responses of operations into components, and refer to them."""
    made = copy.deepcopy(document)
    components = made.setdefault("components", {})
    for kind, name in (("parameters", "Parameter"), ("responses", "Response")):
        shared = components.setdefault(kind, {})
        for operation in _every(made["paths"], lambda value: "responses" in value):
            said = operation.get(kind, {})
            for key, one in enumerate(said) if isinstance(said, list) else list(said.items()):
                if "$ref" not in one:
                    shared[f"{name}{len(shared)}"] = one
                    said[key] = {"$ref": f"#/components/{kind}/{name}{len(shared) - 1}"}
    return made


def with_other_templates(document: Json) -> Json:
    """Call the parameters of paths otherwise."""
    made = copy.deepcopy(document)
    made["paths"] = {re.sub(r"\{(\w+)\}", r"{the_\1}", path): item for path, item in made["paths"].items()}
    for parameter in _every(made, lambda value: value.get("in") == "path" and "name" in value):
        parameter["name"] = f"the_{parameter['name']}"
    return made


def _every(value: Json, which: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """Yield every object of a document that is not within a schema and has a property."""
    if isinstance(value, list):
        for one in value:
            yield from _every(one, which)
    elif isinstance(value, dict):
        if which(value):
            yield value
        for key, one in value.items():
            if key not in {"schema", "schemas", "example", "examples"}:
                yield from _every(one, which)


REFACTORINGS: Mapping[str, Callable[[Json], Json]] = {
    "reordered": reordered,
    "references extracted": extracted,
    "references inlined": inlined,
    "split by allOf": split,
    "one of an allOf": wrapped("allOf"),
    "one of an anyOf": wrapped("anyOf"),
    "one of a oneOf": wrapped("oneOf"),
    "types as alternatives": with_types_as_unions,
    "oneOf of what is disjoint as anyOf": with_any_of,
    "const as enum": with_enums,
    "enum as const": with_consts,
    "in OpenAPI 3.1": in_3_1,
    "other descriptions": with_other_remarks,
    "other case of headers": with_other_headers,
    "other names of components": with_other_components,
    "shared parameters and responses": with_shared_parameters,
}


# --- Claims ----------------------------------------------------------------------------------------------------------


def between(tmp_path: Path, one: Json, other: Json) -> list[list[Finding]]:
    """Return what is found between two documents, in both directions."""

    def read(name: str, document: Json) -> Contract:
        path = tmp_path / name / "api.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document))
        return load.load(path)

    before, after = read("before", one), read("after", other)
    return [compare(before, after, TODAY), compare(after, before, TODAY)]


@pytest.mark.parametrize("refactoring", REFACTORINGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_refactoring_is_silent(refactoring: str, name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]()
    assert between(tmp_path, document, REFACTORINGS[refactoring](document)) == [[], []]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_the_parameters_of_paths_are_called_breaks_nobody(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]()
    found = [one for way in between(tmp_path, document, with_other_templates(document)) for one in way]
    assert {(one.rule, one.level) for one in found} <= {("path-parameter-renamed", Level.INFO)}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_refactorings_after_each_other_are_silent(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311 - made-up data
    document = other = drawn(100 + seed)
    deeper = [name for name in REFACTORINGS if name.startswith("one of")]
    others = [name for name in REFACTORINGS if name not in deeper]
    # One of those that nest: documents may not be nested without end.
    names = [random.choice(deeper), *random.sample(others, 3)]
    for name in random.sample(names, len(names)):
        other = REFACTORINGS[name](other)
    assert between(tmp_path, document, other) == [[], []]


@pytest.mark.parametrize("refactoring", REFACTORINGS)
def test_a_refactoring_changes_some_document(refactoring: str) -> None:
    texts = [(document, REFACTORINGS[refactoring](document)) for document in (make() for make in DOCUMENTS.values())]
    assert any(json.dumps(one) != json.dumps(other) for one, other in texts)

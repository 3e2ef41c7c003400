"""The page of an SDK's model: an example as a TypeScript object literal, and a table of fields.

The page describes what the SDK gives to its user, so it names fields as the SDK's language does (`docUrl` where the
wire has `doc_url`), and it knows neither paths nor statuses nor parameters. A field whose type is another model links
to that model's page: what is inside is visible here in the example only.
"""

from __future__ import annotations

import re

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import examples, markdown, type_names, typescript
from specwitness.sources.description import Description, everything_below
from specwitness.sources.markdown import Block, Kind
from specwitness.sources.page import Page

KIND = "sdk-model-page"
SDK_NAMING: dict[str, Json] = {"x-specwitness-naming": "sdk"}
"""Marks a schema whose property names follow an SDK's language: compare them without case and underscores."""

_COLUMNS = ("Field", "Type", "Required", "Description")
_REQUIRED = {":heavy_check_mark:": True, ":heavy_minus_sign:": False}
_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()]{1,500}\)((?:\[\]){0,9})")
_ASSIGNED = re.compile(r"=\s{0,9}(?=[{\[])")
_RESPONSE_MODEL = re.compile(r"(\w{1,100}?)Response(?:Body)?")


def read_sdk_model_page(page: Page) -> Description:
    """Read the model of an SDK page as one component schema, and a further one for each model it links to."""
    parts = markdown.blocks(page.text)
    title = next((block.text.strip() for block in parts if block.kind is Kind.HEADING and block.level == 1), None)
    if not title or not title.isidentifier():
        raise page.lacks("model's name as the first heading", KIND)
    example = _example(page, markdown.section(parts, "Example Usage"))
    schemas: dict[str, Json] = {title: {"type": "object"} | _prose(parts) | SDK_NAMING}
    if response := _RESPONSE_MODEL.fullmatch(title):
        schemas[title]["x-specwitness-response-of"] = response.group(1)
    properties, required = {}, []
    for row in _rows(page, markdown.section(parts, "Fields")):
        name = row["Field"].strip("`")
        properties[name] = _field(page, row, example.get(name), schemas)
        required += [name] if _is_required(page, row) else []
    schemas[title] |= {"properties": properties} | ({"required": required} if required else {})
    document: dict[str, Json] = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}}
    model = pointers.join("/components/schemas", title)
    said = {pointers.join(model, "properties"), pointers.join(model, "required")}
    return Description(document, everything_below(document, [""]) - said)


def _example(page: Page, blocks: tuple[Block, ...]) -> dict[str, Json]:
    fence = next((block for block in blocks if block.kind is Kind.FENCE), None)
    start = _ASSIGNED.search(fence.text) if fence else None
    if fence is None or start is None:
        raise page.lacks("fence with an object literal under a heading `Example Usage`", KIND)
    try:
        value = typescript.literal(fence.text[start.end() :])
    except ValueError as error:
        raise page.fault(f"the example is no object literal ({error})", "Correct the example in the source") from error
    if not isinstance(value, dict):
        raise page.lacks("object as the example", KIND)
    return value


def _rows(page: Page, blocks: tuple[Block, ...]) -> list[dict[str, str]]:
    table = next((block for block in blocks if block.kind is Kind.TABLE), None)
    if table is None or table.rows[0][: len(_COLUMNS)] != _COLUMNS:
        raise page.lacks(f"table with the columns {', '.join(_COLUMNS)} under a heading `Fields`", KIND)
    return [dict(zip(table.rows[0], row, strict=False)) for row in table.rows[1:]]


def _is_required(page: Page, row: dict[str, str]) -> bool:
    mark = row["Required"].strip()
    if mark not in _REQUIRED:
        raise page.fault(
            f"{row['Field']} is marked {mark!r}, which says neither required nor optional",
            f"Use one of {', '.join(_REQUIRED)}",
        )
    return _REQUIRED[mark]


def _field(page: Page, row: dict[str, str], shown: Json, schemas: dict[str, Json]) -> dict[str, Json]:
    """Return the schema of a field; the models it links to are added to `schemas`."""
    schema = _type(page, row["Type"].strip(), shown, schemas)
    if row["Description"].strip() not in {"", "N/A"}:
        schema["description"] = row["Description"].strip()
    if text := row.get("Example", "").strip():
        # The cell shows a string without quotes.
        schema["example"] = text if isinstance(shown, str) or schema.get("type") == "string" else page.json(text)
    return schema


def _type(page: Page, text: str, shown: Json, schemas: dict[str, Json]) -> dict[str, Json]:
    link = _LINK.fullmatch(text)
    if link is None:
        schema = type_names.schema_of(text.replace("*", ""))
        if schema is None:
            raise page.fault(f"the type {text[:80]!r} is not known", "Add it to specwitness.sources.type_names")
        return schema
    name, brackets = link.group(1).rpartition(".")[2], link.group(2)
    for _ in range(len(brackets) // len("[]")):
        shown = shown[0] if isinstance(shown, list) and shown else None
    if name not in schemas:
        seen = {} if shown is None else examples.schema_of(shown) | examples.INFERRED
        schemas[name] = seen | SDK_NAMING
    schema = {"$ref": "#" + pointers.join("/components/schemas", name)}
    for _ in range(len(brackets) // len("[]")):
        schema = {"type": "array", "items": schema}
    return schema


def _prose(blocks: tuple[Block, ...]) -> dict[str, Json]:
    """Return the description between the title and the next heading."""
    after_title = blocks[1:] if blocks and blocks[0].kind is Kind.HEADING else ()
    first = next(iter(after_title), None)
    return {"description": first.text} if first and first.kind is Kind.PARAGRAPH else {}

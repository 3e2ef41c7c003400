"""A documentation page in MDX: tags for parameters and fields, fences for requests and responses, a table of errors.

The page has no OpenAPI document behind it. Method and path are taken from its request examples, and the shape of an
error's body, for which such a page has no fields, is concluded from the example bodies and marked so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import examples, markdown, type_names
from specwitness.sources.description import Description, everything_below
from specwitness.sources.markdown import Block, Kind
from specwitness.sources.page import Page, plain_value
from specwitness.sources.samples import request_line
from specwitness.sources.tags import Tag, tags

KIND = "mdx-page"

_TAGS = frozenset({"ParamField", "ResponseField", "RequestExample", "ResponseExample"})
_PLACES = ("path", "query", "header", "cookie")
# OpenAPI 3.1, Parameter Object: header parameters of these names are ignored.
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
_STATUS = re.compile(r"[1-5]\d\d")
_EXAMPLE_IN_PROSE = re.compile(r"e\.g\.,? `([^`]{1,200})`")
_MAX_NESTING = 16


def read_mdx_page(page: Page) -> Description:
    """Read the operation of an MDX page."""
    parts = markdown.blocks(page.text)
    found = tags(parts, _TAGS)
    title, lead = _title_and_lead(page, parts)
    parameters = [_parameter(page, tag, place) for tag in found for place in _PLACES if _is_parameter(tag, place)]
    errors = _error_table(parts)
    responses = _responses(page, errors, found)
    names = {each["name"]: _known_values(each, responses) for each in parameters if each["in"] == "path"}
    server, path, method = request_line(page, _fences(found, "RequestExample"), names)
    operation: dict[str, Json] = {"summary": title} | ({"description": lead} if lead else {})
    operation |= {"operationId": _operation_id(title), "parameters": parameters}
    if body := [tag for tag in found if tag.name == "ParamField" and "body" in tag.attributes]:
        operation["requestBody"] = {"content": {"application/json": {"schema": _object(page, body, "body")}}}
    operation["responses"] = responses
    document: dict[str, Json] = {
        "openapi": "3.1.0",
        "servers": [{"url": server}],
        "paths": {path: {method: operation}},
    }
    return Description(
        document, _silent(document, pointers.join("", "paths", path, method), lists_statuses=bool(errors))
    )


def _title_and_lead(page: Page, blocks: tuple[Block, ...]) -> tuple[str, str]:
    """Return the first heading, and the paragraphs between it and the first tag or heading."""
    start = next((index for index, block in enumerate(blocks) if block.kind is Kind.HEADING), None)
    if start is None or not blocks[start].text.strip():
        raise page.lacks("title", KIND)
    lead = []
    for block in blocks[start + 1 :]:
        if block.kind not in {Kind.PARAGRAPH, Kind.QUOTE} or block.text.startswith("<"):
            break
        lead += [block.text] if block.kind is Kind.PARAGRAPH else []
    return blocks[start].text.strip(), "\n\n".join(lead)


def _operation_id(title: str) -> str:
    """Return a name for the operation: the page's title as one word, as the page itself gives none."""
    words = [word for word in re.findall(r"[A-Za-z0-9]+", title) if word.upper() != "API"]
    return "".join([*words[:1]]).lower() + "".join(word.capitalize() for word in words[1:])


def _is_parameter(tag: Tag, place: str) -> bool:
    name = tag.attributes.get(place, "")
    return tag.name == "ParamField" and bool(name) and not (place == "header" and name.lower() in _NOT_PARAMETERS)


def _parameter(page: Page, tag: Tag, place: str) -> dict[str, Json]:
    parameter: dict[str, Json] = {"name": tag.attributes[place], "in": place}
    parameter["required"] = place == "path" or "required" in tag.attributes
    parameter |= {"description": tag.description} if tag.description else {}
    parameter["schema"] = _schema(page, tag)
    if example := _EXAMPLE_IN_PROSE.search(tag.description):
        parameter["example"] = example.group(1)
    return parameter


def _schema(page: Page, tag: Tag) -> dict[str, Json]:
    name = tag.attributes.get("type", "any")
    schema = type_names.schema_of(name)
    if schema is None:
        raise page.fault(f"the type {name[:80]!r} is not known", "Add it to specwitness.sources.type_names")
    default = tag.attributes.get("default")
    if default is not None:
        schema["default"] = default if schema.get("type") == "string" else plain_value(default)
    if "deprecated" in tag.attributes:
        schema["deprecated"] = True
    return schema


def _object(page: Page, fields: list[Tag], attribute: str) -> dict[str, Json]:
    """Return the schema of an object with these fields; a name with dots stands for a field of a field."""
    schema: dict[str, Json] = {"type": "object", "properties": {}}
    for tag in fields:
        *above, name = tag.attributes.get(attribute, "").split(".")
        if not name or len(above) > _MAX_NESTING:
            raise page.lacks(f"usable {attribute} of a {tag.name}", KIND)
        owner = schema
        for each in above:
            owner = _owner(owner, each)
        described = {"description": tag.description} if tag.description else {}
        owner.setdefault("properties", {})[name] = _schema(page, tag) | described
        if "required" in tag.attributes:
            owner.setdefault("required", []).append(name)
    return schema


def _owner(schema: dict[str, Json], name: str) -> dict[str, Json]:
    """Return the schema of the property `name`, or of its items if the name ends in `[]`."""
    plain = name.removesuffix("[]")
    child: dict[str, Json] = schema.setdefault("properties", {}).setdefault(plain, {})
    if plain == name:
        child.setdefault("type", "object")
        return child
    child.setdefault("type", "array")
    items: dict[str, Json] = child.setdefault("items", {"type": "object"})
    return items


def _responses(page: Page, errors: Mapping[str, str], found: tuple[Tag, ...]) -> dict[str, Json]:
    """Return the responses: those with an example first, then those that only the table of errors names."""
    reasons = dict(errors)
    fields = [tag for tag in found if tag.name == "ResponseField"]
    shown: dict[str, list[tuple[str, Block]]] = {}
    for fence in _fences(found, "ResponseExample"):
        status, title = _status_and_title(page, fence)
        shown.setdefault(status, []).append((title, fence))
    success = next((status for status in shown if status.startswith("2")), "200")
    if not fields and success not in shown:
        raise page.lacks("response, neither by fields nor by an example,", KIND)
    shown.setdefault(success, [])
    responses: dict[str, Json] = {}
    for status, examples_of_it in shown.items():
        reason = next((title.partition(" (")[0] for title, _ in examples_of_it), "")
        responses[status] = {"description": reasons.pop(status, None) or reason}
        stated = _object(page, fields, "name") if status == success and fields else None
        if media := _media_type_object(page, stated, examples_of_it):
            responses[status]["content"] = {"application/json": media}
    return responses | {status: {"description": reason} for status, reason in reasons.items()}


def _media_type_object(
    page: Page, stated: dict[str, Json] | None, shown: list[tuple[str, Block]]
) -> dict[str, Json] | None:
    bodies = {
        _unique_name(title, index): page.json(fence.text)
        for index, (title, fence) in enumerate(shown)
        if fence.info.partition(" ")[0] == "json"
    }
    if not bodies and stated is None:
        return None
    schema = stated or examples.common_schema(list(bodies.values())) | examples.INFERRED
    return {"schema": schema} | (
        {"examples": {name: {"value": body} for name, body in bodies.items()}} if bodies else {}
    )


def _unique_name(title: str, index: int) -> str:
    """Return a key for an example: what its title has in brackets, else the title."""
    reason, _, remark = title.partition(" (")
    words = re.findall(r"[a-z0-9]+", (remark or reason).lower())
    return "-".join(words) or f"example-{index + 1}"


def _status_and_title(page: Page, fence: Block) -> tuple[str, str]:
    """Return what a fence's opening line says after the format, up to the attributes: `200 OK`."""
    words = fence.info.split()[1:]
    title = words[: next((index for index, word in enumerate(words) if "=" in word), len(words))]
    if not title or not _STATUS.fullmatch(title[0]):
        raise page.lacks(f"status in the opening of the response example {fence.info[:60]!r}", KIND)
    return title[0], " ".join(title[1:])


def _error_table(blocks: tuple[Block, ...]) -> dict[str, str]:
    """Return the description of each status that a table of statuses names."""
    tables = [block for block in blocks if block.kind is Kind.TABLE and block.rows[0][:2] == ("Status", "Description")]
    rows = [(row[0].strip("` "), row[1].strip()) for table in tables for row in table.rows[1:]]
    return {status: description for status, description in rows if _STATUS.fullmatch(status)}


def _fences(found: tuple[Tag, ...], name: str) -> list[Block]:
    return [fence for tag in found if tag.name == name for fence in tag.fences]


def _known_values(parameter: dict[str, Json], responses: dict[str, Json]) -> frozenset[str]:
    """Return the values of a path parameter that the page uses: its own example, and a field of the same name."""
    values = [parameter.get("example")]
    for response in responses.values():
        for media in response.get("content", {}).values():
            bodies = [example["value"] for example in media.get("examples", {}).values()]
            values += [body.get(parameter["name"]) for body in bodies if isinstance(body, dict)]
    return frozenset(value for value in values if isinstance(value, str))


def _silent(document: dict[str, Json], operation: str, *, lists_statuses: bool) -> frozenset[str]:
    """The page lists the parameters, the statuses if it has a table of errors, and the fields of the success."""
    everything = everything_below(document, [""])
    said = {pointers.join(operation, "parameters")}
    if lists_statuses:
        said.add(pointers.join(operation, "responses"))
    for at in everything:
        *_, last = pointers.split(at) or ("",)
        if last in {"properties", "required"} and at.startswith(operation) and not _is_inferred(document, at):
            said.add(at)
    return everything - said


def _is_inferred(document: dict[str, Json], at: str) -> bool:
    """Whether a place is inside a schema that was concluded from examples, or inside an example itself."""
    value: Json = document
    for step in pointers.split(at):
        if step == "examples" or (isinstance(value, dict) and value.get("x-specwitness-inferred")):
            return True
        value = pointers.step(value, step)
    return False

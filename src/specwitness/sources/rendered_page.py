"""The plain text of a rendered reference page: what is left when the markup is gone.

Such a text has one thing per line: the method; the path, piece by piece; a code sample; an example of the response
body; then sections (`Path Parameters`, `Response`, ...) of entries. An entry is a name, on the next line its type, then
marks such as `required`, a description, and perhaps options and an example. A nested object is folded: its fields are
visible in the example body only. Of several responses the text holds the one whose tab was open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import examples, type_names
from specwitness.sources.description import Description, everything_below
from specwitness.sources.page import Page, plain_value

KIND = "rendered-page"

_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_PLACES = {"Path Parameters": "path", "Query Parameters": "query", "Headers": "header", "Cookies": "cookie"}
_SECTIONS = frozenset({*_PLACES, "Authorizations", "Body", "Response"})
_NAME = re.compile(r"[\w$.-]{1,100}")
_OPERATION_ID = re.compile(r"[A-Za-z][\w.-]{0,100}")
# The line after the path labels the code sample: with the operation's name, or with the language where it has no name.
_LANGUAGES = frozenset(
    {"curl", "go", "java", "javascript", "php", "powershell", "python", "ruby", "shell", "typescript"}
)
_STATUS = re.compile(r"([1-5]\d\d|[1-5]XX|default)(?: - (\S+))?")


@dataclass(frozen=True)
class _Entry:
    """One parameter or field, as the page lists it."""

    name: str
    type_name: str
    marks: frozenset[str]
    description: str
    options: tuple[str, ...]
    example: str

    @property
    def required(self) -> bool:
        return "required" in self.marks

    def schema(self) -> dict[str, Json]:
        """Return the schema the entry states."""
        schema = dict(type_names.schema_of(self.type_name) or {})
        for mark in sorted(self.marks):
            if mark == "deprecated":
                schema["deprecated"] = True
            elif mark.startswith("default:"):
                schema["default"] = plain_value(mark.removeprefix("default:"))
        if self.options:
            schema["enum"] = [
                option if schema.get("type") == "string" else plain_value(option) for option in self.options
            ]
        if self.example:
            schema["example"] = plain_value(self.example)
        return schema

    def described_schema(self) -> dict[str, Json]:
        """Return the schema with the entry's description in it, as a field of a body has it."""
        return self.schema() | _described(self.description)


def read_rendered_page(page: Page) -> Description:
    """Read the operation of a rendered page."""
    lines = [line.rstrip() for line in page.text.splitlines()]
    method, path, rest = _method_and_path(page, lines)
    head, sections = _sections(rest)
    if "Response" not in sections:
        raise page.lacks("section `Response`", KIND)
    body = _example_body(page, head)
    schemes = {entry.name: _security_scheme(page, entry) for entry in _entries(sections.get("Authorizations", ()))}
    operation: dict[str, Json] = {}
    if head and _OPERATION_ID.fullmatch(head[0]) and head[0].lower() not in _LANGUAGES:
        operation["operationId"] = head[0]
    operation["parameters"] = [
        _parameter(entry, place)
        for title, place in _PLACES.items()
        for entry in _entries(_without_preamble(page, title, sections))
    ]
    if "Body" in sections:
        operation["requestBody"] = {"content": {_media_type(sections["Body"]): {"schema": _object(sections["Body"])}}}
    operation["responses"] = _responses(page, sections["Response"], body)
    document: dict[str, Json] = {"openapi": "3.1.0", "paths": {path: {method: operation}}}
    if schemes:
        operation["security"] = [{name: [] for name in schemes}]
        document["components"] = {"securitySchemes": schemes}
    return Description(document, _silent(document, path, method))


def _method_and_path(page: Page, lines: list[str]) -> tuple[str, str, list[str]]:
    """Return the method in lower case, the path, and the lines after it."""
    start = next((index for index, line in enumerate(lines) if line in _METHODS), None)
    if start is None:
        raise page.lacks("line with an HTTP method", KIND)
    at, path = start + 1, ""
    while lines[at : at + 1] == ["/"] and at + 1 < len(lines):
        path += "/" + lines[at + 1]
        at += 2
    if not path:
        raise page.lacks(f"path in pieces after the line {lines[start]}", KIND)
    return lines[start].lower(), path, lines[at:]


def _sections(lines: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the lines before the first section, and the lines of each section by its title."""
    head: list[str] = []
    sections: dict[str, list[str]] = {}
    current = head
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line in _SECTIONS and line not in sections and not before and not after:
            current = sections[line] = []
        else:
            current.append(line)
    return head, sections


def _example_body(page: Page, head: list[str]) -> Json:
    """Return the example that follows the code sample: the last one that opens at the start of a line."""
    for index in range(len(head) - 1, -1, -1):
        if head[index] in {"{", "["} and _closes(head[index:]):
            return page.json("\n".join(head[index:]))
    return None


def _closes(lines: list[str]) -> bool:
    """Whether a JSON value that opens on the first line ends on the last one that is not blank."""
    text = "\n".join(lines).strip()
    return text[:1] + text[-1:] in {"{}", "[]"}


def _entries(lines: list[str] | tuple[str, ...]) -> Iterator[_Entry]:
    starts = [*_starts(lines), len(lines)]
    for start, end in pairwise(starts):
        yield _entry(list(lines[start:end]))


def _starts(lines: list[str] | tuple[str, ...]) -> list[int]:
    """Return where entries start: a name, and a type on the line after it, which is not a name itself."""
    starts: list[int] = []
    for index in range(len(lines) - 1):
        is_type = bool(starts) and starts[-1] == index - 1
        if not is_type and _NAME.fullmatch(lines[index]) and type_names.schema_of(lines[index + 1]) is not None:
            starts.append(index)
    return starts


def _entry(lines: list[str]) -> _Entry:
    name, type_name, *rest = lines
    marks_end = rest.index("") if "" in rest else len(rest)
    parts: dict[str, list[str]] = {"": [], "Available options:": [], "Example:": []}
    current = parts[""]
    for line in rest[marks_end:]:
        if line in parts and line:
            current = parts[line]
        elif line:
            current.append(line)
    options = tuple(option for line in parts["Available options:"] for option in [line.removesuffix(",").strip()])
    return _Entry(
        name,
        type_name,
        frozenset(rest[:marks_end]),
        " ".join(parts[""]),
        options,
        "\n".join(parts["Example:"]),
    )


def _without_preamble(page: Page, title: str, sections: dict[str, list[str]]) -> list[str]:
    """Return the lines of a section of parameters, which has to open with one."""
    lines = sections.get(title, [])
    first = next((index for index, line in enumerate(lines) if line), None)
    if first is not None and first not in _starts(lines):
        raise page.fault(
            f"the section {title!r} starts with {lines[first]!r}, where a name and below it a type was looked for",
            f"Check that it is a page of the kind {KIND}",
        )
    return lines


def _parameter(entry: _Entry, place: str) -> dict[str, Json]:
    parameter: dict[str, Json] = {"name": entry.name, "in": place, "required": entry.required}
    return parameter | _described(entry.description) | {"schema": entry.schema()}


def _security_scheme(page: Page, entry: _Entry) -> dict[str, Json]:
    place = next((place for place in ("header", "query", "cookie") if place in entry.marks), None)
    if place is None:
        raise page.lacks(f"place (header, query or cookie) of the credential {entry.name!r}", KIND)
    return {"type": "apiKey"} | _described(entry.description) | {"in": place, "name": entry.name}


def _media_type(lines: list[str]) -> str:
    return next((line for line in lines if "/" in line and " " not in line), "application/json")


def _object(lines: list[str]) -> dict[str, Json]:
    """Return the schema of a body whose fields are the entries among the lines."""
    entries = list(_entries(lines))
    required = [entry.name for entry in entries if entry.required]
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {entry.name: entry.described_schema() for entry in entries},
    }
    return schema | ({"required": required} if required else {})


def _responses(page: Page, lines: list[str], body: Json) -> dict[str, Json]:
    first = next((index for index, line in enumerate(lines) if line), None)
    match = _STATUS.fullmatch(lines[first]) if first is not None else None
    if first is None or match is None:
        raise page.lacks("status at the start of the section `Response`", KIND)
    status, media_type = match.groups()
    rest = lines[first + 1 :]
    preamble = rest[: next(iter(_starts(rest)), len(rest))]
    response: dict[str, Json] = {"description": " ".join(line for line in preamble if line)}
    if media_type:
        schema = _object(rest)
        if isinstance(body, dict):
            _add_from_example(schema["properties"], body)
        response["content"] = {media_type: {"schema": schema}}
    return {status: response}


def _add_from_example(properties: dict[str, Json], body: dict[str, Json]) -> None:
    """Add to the listed fields what only the example body shows: the inside of folded objects, and further fields."""
    for name, value in body.items():
        shown = examples.schema_of(value)
        listed = properties.get(name)
        if listed is None:
            properties[name] = shown | examples.INFERRED
        elif isinstance(value, dict) and listed.get("type") == "object":
            properties[name] = listed | shown | examples.INFERRED
        elif isinstance(value, list) and listed.get("type") == "array" and "items" in shown:
            properties[name] = listed | {"items": shown["items"] | examples.INFERRED}
        elif "example" not in listed and "example" in shown:
            listed["example"] = value


def _silent(document: dict[str, Json], path: str, method: str) -> frozenset[str]:
    """The page lists the parameters and the top-level fields of one response; everything else may be left out."""
    operation = pointers.join("", "paths", path, method)
    content = pointers.get(document, operation)
    everything = everything_below(document, [""])
    lists = {pointers.join(operation, "parameters")} if content["parameters"] else set()
    bodies = [pointers.join(operation, "responses", status) for status in content["responses"]]
    bodies += [pointers.join(operation, "requestBody")] if "requestBody" in content else []
    for body in bodies:
        for media_type in pointers.get(document, body).get("content", {}):
            schema = pointers.join(body, "content", media_type, "schema")
            lists |= {pointers.join(schema, "properties"), pointers.join(schema, "required")}
    return everything - lists


def _described(description: str) -> dict[str, Json]:
    return {"description": description} if description else {}

"""Where on its page a person finds what was read from a source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import kinds
from specwitness.sources.lines import line_of
from specwitness.sources.vendor import Source, sources

SPECS = Path(__file__).parents[2] / "specs"
SOURCES = [source for name in ("intuned", "praisonai") for source in sources(SPECS / name)]


def named_places(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the places of fields, parameters and statuses, with what they are called."""
    stack = [("", document)]
    while stack:
        at, value = stack.pop()
        tokens = pointers.split(at)
        kind = tokens[-2] if len(tokens) > 1 else ""
        if kind in {"properties", "responses"} and isinstance(value, dict):
            yield at, tokens[-1]
        if kind == "parameters" and isinstance(value, dict) and "in" in value:
            yield at, value["name"]
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        stack += [(pointers.join(at, key), item) for key, item in items if key not in {"example", "examples"}]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: Path(source.file).name)
def test_every_field_parameter_and_status_is_found_on_a_line_that_names_it(source: Source) -> None:
    lines = source.text.splitlines()
    places = [*named_places(source.description.document)]

    assert places
    for at, name in places:
        line = source.line_of(at)
        assert line is not None
        # Of a parameter, an OpenAPI document names the place before the name.
        near = lines[line - 1 : line + 20] if "/parameters/" in at else lines[line - 1 : line]
        assert name in "\n".join(near), (at, line)


PAGE = """\
# Read

<ParamField path="id" type="string" required>
  Its id.
</ParamField>
<ResponseField name="id" type="string" required>
  Its id.
</ResponseField>
<ResponseField name="progress.percent" type="number">
  How far.
</ResponseField>
<RequestExample>
  ```bash cURL
  curl http://host/things/{id}
  ```
</RequestExample>
<ResponseExample>
  ```json 200 OK
  {"id": "a", "more": 1}
  ```

  ```json 404 Not Found
  {
    "detail": "none"
  }
  ```
</ResponseExample>
"""
ID, BODY = "/paths/~1things~1{id}/get/parameters/0", "/paths/~1things~1{id}/get/responses"


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        (ID, 3),
        (f"{BODY}/200", 18),
        (f"{BODY}/200/content/application~1json/schema/properties/id", 6),
        (f"{BODY}/200/content/application~1json/schema/required/0", 6),
        (f"{BODY}/200/content/application~1json/schema/properties/progress/properties/percent/type", 9),
        (f"{BODY}/404/content/application~1json/schema/properties/detail", 24),
        (BODY, 18),
        ("/openapi", None),
    ],
)
def test_a_place_is_where_the_page_describes_it_else_where_it_shows_it(pointer: str, line: int | None) -> None:
    described = kinds.read(PAGE, "mdx-page").document

    assert line_of(PAGE, "mdx-page", described, pointer) == line
    assert line_of(PAGE.replace("\n", "\r\n"), "mdx-page", described, pointer) == line


def test_the_lines_of_a_fragment_are_those_of_its_page() -> None:
    page = "# x\n\n## OpenAPI\n\n````yaml get /a\nopenapi: 3.1.0\npaths:\n  /a:\n    get: {}\n````\n"
    described = kinds.read(page, "markdown-openapi").document

    assert [line_of(page, "markdown-openapi", described, at) for at in ("/openapi", "/paths", "/paths/~1a/get")] == [
        6,
        7,
        9,
    ]


def test_a_kind_without_lines_has_none() -> None:
    assert line_of("text", "unknown", {}, "/a") is None

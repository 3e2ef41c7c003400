"""Forms of an SDK's model page that the contracts' own page does not show."""

import pytest

from specwitness.exceptions import SourceError
from specwitness.sources import read


def page(example: str = "let value: Note = {};", *rows: str) -> str:
    table = "\n".join(["| Field | Type | Required | Description | Example |", "|---|---|---|---|---|", *rows])
    return f"# Note\n\n## Example Usage\n\n```typescript\n{example}\n```\n\n## Fields\n\n{table}\n"


def test_a_model_without_prose_or_required_fields_is_read() -> None:
    document = read(
        page("let value: Note = {};", "| `size` | *number* | :heavy_minus_sign: | N/A | 3 |"), "sdk-model-page"
    ).document
    assert document["components"]["schemas"] == {
        "Note": {
            "type": "object",
            "x-specwitness-naming": "sdk",
            "properties": {"size": {"type": "number", "example": 3}},
        }
    }


def test_a_linked_model_that_the_example_leaves_out_is_open() -> None:
    rows = [f"| `{name}` | [components.Tag](../tag.md)[] | :heavy_check_mark: | N/A | |" for name in ("tags", "more")]
    schemas = read(page("let value: Note = {};", *rows), "sdk-model-page").document["components"]["schemas"]
    assert schemas["Tag"] == {"x-specwitness-naming": "sdk"}
    assert schemas["Note"]["properties"]["tags"] == {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (page("let value: Note = [];"), "no object as the example was found"),
        (page("let value: Note = {a: f()};"), "the example is no object literal"),
        (page().replace("Required", "Needed"), "no table with the columns Field, Type, Required, Description"),
        (page("let value: Note = {};", "| `a` | *string* | maybe | N/A | |"), "`a` is marked 'maybe'"),
        (
            page("let value: Note = {};", "| `a` | *thing* | :heavy_minus_sign: | N/A | |"),
            "the type '\\*thing\\*' is not",
        ),
        (page("let value: Note = {};", "| `a` | *number* | :heavy_minus_sign: | N/A | x |"), "an example is not JSON"),
    ],
)
def test_a_page_that_cannot_be_understood_is_refused(text: str, fault: str) -> None:
    with pytest.raises(SourceError, match=fault):
        read(text, "sdk-model-page")

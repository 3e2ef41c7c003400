"""Forms of a rendered page that the contracts' own page does not show."""

import pytest

from specwitness.exceptions import SourceError
from specwitness.sources import read

PAGE = """POST
/
notes
cURL
curl https://notes.example/notes
{
  "id": "<string>",
  "extra": 1
}

Authorizations

key
string
query
required

Query Parameters

limit
integer
default:20

How many.

Body

application/json

text
string | null
required
deprecated

The text.

Response

201 - application/json

The note.

id
string
required
kind
enum<integer>

Available options:
1,
2
Example:

2
"""


def test_marks_options_bodies_and_fields_of_the_example_are_read() -> None:
    assert read(PAGE, "rendered-page").document == {
        "openapi": "3.1.0",
        "paths": {
            "/notes": {
                "post": {
                    "parameters": [
                        {
                            "name": "limit",
                            "in": "query",
                            "required": False,
                            "description": "How many.",
                            "schema": {"type": "integer", "default": 20},
                        }
                    ],
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "text": {
                                            "type": ["string", "null"],
                                            "deprecated": True,
                                            "description": "The text.",
                                        }
                                    },
                                    "required": ["text"],
                                }
                            }
                        }
                    },
                    "responses": {
                        "201": {
                            "description": "The note.",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "properties": {
                                            "id": {"type": "string"},
                                            "kind": {"type": "integer", "enum": [1, 2], "example": 2},
                                            "extra": {
                                                "type": "integer",
                                                "example": 1,
                                                "x-specwitness-inferred": "examples",
                                            },
                                        },
                                        "required": ["id"],
                                    }
                                }
                            },
                        }
                    },
                    "security": [{"key": []}],
                }
            }
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}}},
    }


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("query\nrequired", "required", "no place .header, query or cookie. of the credential 'key' was found"),
        ("limit\ninteger", "limit\nunclear", "the section 'Query Parameters' starts with 'limit'"),
        ("201 - application/json", "Created", "no status at the start of the section `Response` was found"),
        ('"extra": 1', '"extra"', "an example is not JSON"),
    ],
)
def test_a_page_that_cannot_be_understood_is_refused(before: str, after: str, fault: str) -> None:
    with pytest.raises(SourceError, match=fault):
        read(PAGE.replace(before, after), "rendered-page")


def test_a_response_without_a_body_has_no_content() -> None:
    page = "DELETE\n/\nnotes\nPython\n\nResponse\n\n204\n\nGone.\n"
    operation = {"parameters": [], "responses": {"204": {"description": "Gone."}}}
    assert read(page, "rendered-page").document["paths"] == {"/notes": {"delete": operation}}


def test_an_example_that_is_no_json_is_its_text() -> None:
    deep = "[" * 200 + "]" * 200
    page = (
        f"GET\n/\nnotes\n\nResponse\n\n200 - text/plain\n\nid\nstring\n\nExample:\nn1\nto\nstring\n\nExample:\n{deep}\n"
    )
    response = read(page, "rendered-page").document["paths"]["/notes"]["get"]["responses"]["200"]
    assert response["content"]["text/plain"]["schema"]["properties"] == {
        "id": {"type": "string", "example": "n1"},
        "to": {"type": "string", "example": deep},
    }


def test_the_example_body_gives_a_listed_field_its_example() -> None:
    page = 'GET\n/\nnotes\n{\n  "id": "n1"\n}\n\nResponse\n\n200 - application/json\n\nOne.\n\nid\nstring\n'
    response = read(page, "rendered-page").document["paths"]["/notes"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    assert schema == {"type": "object", "properties": {"id": {"type": "string", "example": "n1"}}}

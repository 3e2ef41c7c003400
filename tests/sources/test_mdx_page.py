"""Forms of an MDX page that the contracts' own page does not show."""

import pytest

from specwitness.exceptions import SourceError
from specwitness.findings import Json
from specwitness.sources import markdown, read
from specwitness.sources.tags import tags

PAGE = """
# Create Note API

Create a note.

<ParamField header="Idempotency-Key" type="string">
  Sent again, nothing happens.
</ParamField>
<ParamField header="Content-Type" type="string" required>Must be JSON</ParamField>
<ParamField query="limit" type="integer" default="20" />
<ParamField body="text" type="string" required>
  The text, with `<b>` in it.
</ParamField>

<ResponseField name="notes" type="array" required>
  All notes.
</ResponseField>

<ResponseField name="notes[].id" type="string" required />

<ResponseField name="author" type="object">
  Who wrote it.

  <Expandable title="properties">
    <ResponseField name="author.name" type="string | null">The name.</ResponseField>
  </Expandable>
</ResponseField>

<RequestExample>
```bash cURL
curl -X POST http://notes.example/v1/notes?limit=3 -d '{"text": "hi"}'
```
</RequestExample>

<ResponseExample>
```json 201 Created
{"notes": []}
```

```text 204 No Content
```
</ResponseExample>
"""


def test_places_defaults_dotted_names_and_nested_tags_are_read() -> None:
    operation = read(PAGE, "mdx-page").document["paths"]["/v1/notes"]["post"]
    assert operation == {
        "summary": "Create Note API",
        "description": "Create a note.",
        "operationId": "createNote",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Sent again, nothing happens.",
                "schema": {"type": "string"},
            },
            {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "default": 20}},
        ],
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"text": {"type": "string", "description": "The text, with `<b>` in it."}},
                        "required": ["text"],
                    }
                }
            }
        },
        "responses": {
            "201": {
                "description": "Created",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "notes": {
                                    "type": "array",
                                    "description": "All notes.",
                                    "items": {
                                        "type": "object",
                                        "properties": {"id": {"type": "string"}},
                                        "required": ["id"],
                                    },
                                },
                                "author": {
                                    "type": "object",
                                    "description": "Who wrote it.",
                                    "properties": {"name": {"type": ["string", "null"], "description": "The name."}},
                                },
                            },
                            "required": ["notes"],
                        },
                        "examples": {"created": {"value": {"notes": []}}},
                    }
                },
            },
            "204": {"description": "No Content"},
        },
    }


def test_without_a_table_of_statuses_the_page_does_not_claim_to_list_them() -> None:
    description = read(PAGE, "mdx-page")
    assert not description.speaks_of("/paths/~1v1~1notes/post/responses/500")


def request(sample: str, parameter: str = "") -> Json:
    fields = '<ResponseField name="id" type="string" />'
    text = f"# Get Note\n\n{parameter}\n\n{fields}\n\n<RequestExample>\n```text\n{sample}\n```\n</RequestExample>\n"
    document = read(text, "mdx-page").document
    return [(document["servers"][0]["url"], path, list(item)) for path, item in document["paths"].items()]


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("curl https://a.example", ("https://a.example", "/", ["get"])),
        ("curl --request 'PUT' http://a.example/n", ("http://a.example", "/n", ["put"])),
        ("curl http://a.example/n --data x", ("http://a.example", "/n", ["post"])),
        ("client.delete('http://a.example/n')", ("http://a.example", "/n", ["delete"])),
        ("open http://[bad and http://a.example/n", ("http://a.example", "/n", ["get"])),
    ],
)
def test_the_request_is_taken_from_the_first_complete_sample(sample: str, line: Json) -> None:
    assert request(sample) == [line]


def test_a_value_of_the_parameter_in_a_url_stands_for_its_name() -> None:
    parameter = '<ParamField path="id" type="string">An id (e.g., `n1`).</ParamField>'
    assert request("curl http://a.example/n/n1", parameter) == [("http://a.example", "/n/{id}", ["get"])]
    with pytest.raises(SourceError, match=r"no request example whose URL is complete with \{id\} was found"):
        request("curl http://a.example/n/n2", parameter)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('type="array"', 'type="pile"', "the type 'pile' is not known"),
        ("json 201 Created", "json Created", "no status in the opening of the response example 'json Created'"),
        ('name="author"', 'name=""', "no usable name of a ResponseField was found"),
        ('{"notes": []}', "{notes}", "an example is not JSON"),
        ("http://notes.example", "there", "no request example whose URL is complete was found"),
    ],
)
def test_a_page_that_cannot_be_understood_is_refused(before: str, after: str, fault: str) -> None:
    with pytest.raises(SourceError, match=fault):
        read(PAGE.replace(before, after), "mdx-page")


def test_types_formats_and_marks_of_fields_are_kept() -> None:
    page = PAGE.replace('name="author" type="object"', 'name="at" type="string" default={"now"} deprecated').replace(
        "Who wrote it.", "ISO 8601 timestamp, a <b and a <Made up"
    )
    responses = read(page, "mdx-page").document["paths"]["/v1/notes"]["post"]["responses"]
    assert responses["201"]["content"]["application/json"]["schema"]["properties"]["at"] == {
        "type": "string",
        "default": "now",
        "deprecated": True,
        "description": "ISO 8601 timestamp, a <b and a <Made up",
    }


def test_tags_that_are_not_closed_or_never_opened_do_no_harm() -> None:
    blocks = markdown.blocks("<A x='1'>one <B>two</A> three </B>\n\n</A>\n\n" + "<A>" * 40 + "deep")
    found = tags(blocks, frozenset({"A", "B"}))
    assert [(tag.name, tag.attributes, tag.description) for tag in found[:2]] == [
        ("A", {"x": "1"}, "one"),
        ("B", {}, "two"),
    ]
    assert [tag.description for tag in found[2:] if tag.description] == ["deep"]

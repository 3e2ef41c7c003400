"""Forms: how their fields are written, of which media type their parts are, and what headers these need."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.drift.test_rules import drift, rules

from specwitness.findings import Party, Verdict

FIELD = "{type: object, properties: {f: %s}}"
ADDED, REMOVED = "part-media-type-added", "part-media-type-removed"


def parts(schema: str, encoding: str = "{}", *, version: str = "3.1.0") -> str:
    return f"{{openapi: {version}, parts: {{schema: {FIELD % schema}, encoding: {{f: {encoding}}}}}}}"


def fields(schema: str, encoding: str = "{}") -> str:
    return f"fields: {{schema: {FIELD % schema}, encoding: {{f: {encoding}}}}}"


# OpenAPI 3.0.3, 3.1.0 and 3.1.1, Encoding Object, contentType.
DEFAULTS = [
    ("3.0.3", "{type: string}", "text/plain", []),
    ("3.0.3", "{type: string}", "application/octet-stream", [REMOVED, ADDED]),
    ("3.1.0", "{type: string}", "text/plain", []),
    ("3.1.0", "{type: [string, 'null']}", "application/octet-stream", []),
    ("3.1.0", "{type: string}", "image/png", [REMOVED, ADDED]),
    ("3.0.3", "{type: string, format: binary}", "application/octet-stream", []),
    ("3.0.3", "{type: string, format: binary}", "text/plain", [REMOVED, ADDED]),
    ("3.0.3", "{type: string, format: binary}", "'*/*'", [ADDED]),
    ("3.1.0", "{type: string, contentEncoding: base64, contentMediaType: image/png}", "image/png", []),
    ("3.1.0", "{}", "application/octet-stream", []),
    ("3.0.3", "{type: object}", "application/json", []),
    ("3.1.0", "{type: object}", "application/octet-stream", [REMOVED, ADDED]),
    ("3.0.3", "{type: array, items: {type: object}}", "application/json", []),
    ("3.0.3", "{type: array, items: {type: integer}}", "text/plain", []),
    ("3.0.3", "{allOf: [{type: array, items: {type: integer}}]}", "text/*", [ADDED]),
]


@pytest.mark.parametrize(("version", "schema", "named", "expected"), DEFAULTS)
def test_a_part_that_names_no_media_type_is_sent_as_its_type_says(
    version: str, schema: str, named: str, expected: list[str], tmp_path: Path
) -> None:
    old = parts(schema, version=version)

    assert rules(drift(tmp_path, old, parts(schema, f"{{contentType: {named}}}", version=version))) == expected


def test_who_names_no_media_type_refuses_none(tmp_path: Path) -> None:
    old = parts("{type: string, format: binary}", "{contentType: 'image/png, image/jpeg'}")

    assert drift(tmp_path, old, parts("{type: string, format: binary}")) == []


def test_a_media_type_of_a_part_is_shown_by_a_form_of_parts(tmp_path: Path) -> None:
    old = parts("{const: x}", "{contentType: 'image/*', headers: {X-Sum: {required: true, schema: {const: 7}}}}")
    (finding,) = drift(tmp_path, old, old.replace("image/*", "image/png"))

    assert finding.message == "GET /pets: the part f of the form may not be image/jpeg any more, only image/png"
    assert finding.where.pointer.endswith("/encoding/f")
    assert finding.witness is not None
    assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.OLD, Party.NEW)
    assert finding.witness.trace[0].request.body == (
        b'--b\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: image/jpeg\r\nX-Sum: 7\r\n\r\nx\r\n--b--\r\n'
    )


def test_of_an_array_each_item_is_a_part(tmp_path: Path) -> None:
    old = parts("{type: array, items: {const: x}}", "{contentType: 'text/csv, text/plain'}")
    (finding,) = drift(tmp_path, old, old.replace("text/csv, ", ""))

    assert finding.witness is not None
    assert b"Content-Type: text/csv\r\n\r\nx\r\n" in (finding.witness.trace[0].request.body or b"")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{}", "{X-Sum: {required: true, schema: {}}}", ["part-header-required"]),
        ("{X-Sum: {schema: {}}}", "{x-sum: {required: true, schema: {}}}", ["part-header-required"]),
        ("{X-Sum: {required: true, schema: {}}}", "{x-sum: {required: true, schema: {}}}", []),
        ("{X-Sum: {required: true, schema: {}}}", "{x-sum: {schema: {}}}", []),
        ("{}", "{Content-Type: {required: true, schema: {}}}", []),
    ],
)
def test_a_part_needs_the_headers_that_are_required(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    sides = (parts("{type: string}", f"{{headers: {headers}}}") for headers in (old, new))

    assert rules(drift(tmp_path, *sides)) == expected


def test_a_header_of_a_part_is_shown_by_a_part_without_it(tmp_path: Path) -> None:
    (finding,) = drift(
        tmp_path, parts("{const: x}"), parts("{const: x}", "{headers: {X-Sum: {required: true, schema: {}}}}")
    )

    assert finding.where.pointer.endswith("/encoding/f/headers/X-Sum")
    assert finding.witness is not None
    assert finding.witness.reason == "the header X-Sum of the part f is missing"
    assert finding.witness.trace[0].request.body == (
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n--b--\r\n'
    )


STYLES = [
    ("{type: array, items: {const: 3}}", "{}", "{explode: false}", ("f=3&f=3", "f=3,3")),
    ("{type: array, items: {const: 3}}", "{explode: false}", "{}", ("f=3,3", "f=3&f=3")),
    ("{type: array, items: {const: 3}}", "{style: spaceDelimited}", "{style: pipeDelimited}", ("f=3%203", "f=3|3")),
    ("{const: {a: b}}", "{}", "{style: deepObject}", ("a=b", "f[a]=b")),
]


@pytest.mark.parametrize(("schema", "old", "new", "written"), STYLES)
def test_another_style_of_a_field_is_shown_by_the_old_way_of_writing(
    schema: str, old: str, new: str, written: tuple[str, str], tmp_path: Path
) -> None:
    (finding,) = drift(tmp_path, fields(schema, old), fields(schema, new))
    was, now = written

    assert finding.message == f"GET /pets: the field f of the form is not written {was!r} any more, but {now!r}"
    assert finding.witness is not None
    assert finding.witness.trace[0].request.body == was.encode()


IMPOSSIBLE = [
    "{properties: {f: {type: array, items: false, minItems: 1}}}",
    "{properties: {f: {type: array, items: {const: 3}}}, maxProperties: 0}",
]


@pytest.mark.parametrize("schema", IMPOSSIBLE)
def test_a_field_or_form_of_which_no_value_can_be_made_is_left_open(schema: str, tmp_path: Path) -> None:
    new = f"fields: {{schema: {schema}, encoding: {{f: {{explode: false}}}}}}"
    (finding,) = drift(tmp_path, f"fields: {{schema: {schema}}}", new)

    assert (finding.rule, finding.verdict) == ("form-style-changed", Verdict.UNDECIDED)


def test_a_part_of_which_no_header_can_be_made_is_left_open(tmp_path: Path) -> None:
    old = parts("{const: x}", "{contentType: 'image/*', headers: {X-Sum: {required: true, schema: false}}}")
    (finding,) = drift(tmp_path, old, old.replace("image/*", "image/png"))

    assert (finding.rule, finding.verdict) == (REMOVED, Verdict.UNDECIDED)


SILENT = [
    (fields("{type: string}"), fields("{type: string}", "{explode: false}")),
    # To 3.0.3 an object has the style `form` by default, and to 3.1.1 it is JSON.
    (fields("{type: object}"), fields("{type: object}", "{style: form}")),
    # "SHALL be ignored"
    (fields("{type: string}"), fields("{type: string}", "{headers: {X: {required: true, schema: {}}}}")),
    (parts("{type: array, items: {}}"), parts("{type: array, items: {}}", "{explode: false}")),
    (parts("{type: string}"), parts("{type: string}", "null")),
    # "The key ... MUST exist in the schema as a property"
    (
        "parts: {schema: {properties: {g: {}}}, encoding: {f: {contentType: image/png}}}",
        "parts: {schema: {properties: {g: {}}}, encoding: {f: {contentType: image/gif}}}",
    ),
    (
        "op: {requestBody: {content: {application/json: {schema: {properties: {f: {}}}}}}}",
        """
        op:
          requestBody:
            content: {application/json: {schema: {properties: {f: {}}}, encoding: {f: {contentType: text/csv}}}}
        """,
    ),
]


@pytest.mark.parametrize(("old", "new"), SILENT)
def test_an_encoding_that_nobody_hears_is_silent(old: str, new: str, tmp_path: Path) -> None:
    assert drift(tmp_path, old, new) == []
    assert drift(tmp_path, new, old) == []

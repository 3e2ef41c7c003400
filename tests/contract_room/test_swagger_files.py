"""A Swagger 2.0 document, of one file or several, is judged, corrected and refused where its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from specwitness import mock
from specwitness.cli import main
from specwitness.contract import document, pointers
from specwitness.contract.lint import lint
from specwitness.contract.load import load
from specwitness.contract.model import SecurityScheme
from specwitness.contract.places import location, spot, written_at
from specwitness.contract.scaffold import create
from specwitness.contract.swagger.converting import converted
from specwitness.exceptions import BrokenReferenceError, ContractError, DocumentError

HEAD = "swagger: '2.0'\ninfo: {title: t, version: '1'}\n"
BODY, FIELD = "{name: b, in: body, schema: {type: string}}", "{name: f, in: formData, type: string}"
FORM = "application/x-www-form-urlencoded"
MAIN = """\
swagger: 2.0
info: {title: t, version: '1'}
consumes: [application/json]
produces: [application/json]
paths:
  /pets:
    parameters:
      - $ref: parts/shared.yaml#/parameters/limit
    get:
      operationId: pets
      responses:
        200:
          description: d
          schema: {type: array, items: {$ref: 'parts/shared.yaml#/definitions/Pet'}}
        default: {$ref: 'parts/shared.yaml#/responses/Bad'}
    post:
      operationId: add
      produces: [application/problem+json]
      parameters:
        - {name: dry, in: query, type: boolean}
        - {$ref: 'parts/shared.yaml#/parameters/pet'}
      responses:
        204: {description: d}
        default: {$ref: 'parts/shared.yaml#/responses/Bad'}
  /pets/{id}: {$ref: parts/pet.yaml}
"""
SHARED_PARTS = """\
parameters:
  limit: {name: limit, in: query, type: integer, minimum: 1}
  pet:
    name: pet
    in: body
    schema: {$ref: '#/definitions/Pet'}
definitions:
  Pet:
    type: object
    properties:
      id: {type: integer, enum: [1, 1]}
      parent: {$ref: '#/definitions/Pet', x-nullable: true}
responses:
  Bad:
    description: d
    schema:
      properties: {error: {type: string, example: 1}}
"""
PET = """\
parameters:
  - {name: id, in: path, required: true, type: integer}
put:
  operationId: put
  parameters:
    - {name: pet, in: formData, type: string}
    - {name: force, in: query, type: boolean}
  responses:
    204: {description: d}
    404: {$ref: 'shared.yaml#/responses/Bad'}
"""


def folder(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return folder(tmp_path / "pets", {"openapi.yaml": MAIN, "parts/shared.yaml": SHARED_PARTS, "parts/pet.yaml": PET})


X = "/x-files/parts~1shared.yaml"


@pytest.mark.parametrize(
    ("pointer", "file", "at", "line"),
    [
        ("/info/title", "openapi.yaml", "/info/title", 2),
        ("/paths/~1pets/get/responses/200/content/application~1json/schema/items", "openapi.yaml",
         "/paths/~1pets/get/responses/200/schema/items", 14),
        ("/paths/~1pets/post/parameters/0/schema/type", "openapi.yaml", "/paths/~1pets/post/parameters/0/type", 20),
        ("/paths/~1pets/post/requestBody", "openapi.yaml", "/paths/~1pets/post/parameters/1", 21),
        ("/paths/~1pets/post/responses/default/content/application~1problem+json/schema/properties/error",
         "parts/shared.yaml", "/responses/Bad/schema/properties/error", 17),
        (f"{X}/responses/Bad/content/application~1json", "parts/shared.yaml", "/responses/Bad", 14),
        (f"{X}/definitions/Pet/properties/parent/anyOf/0", "parts/shared.yaml",
         "/definitions/Pet/properties/parent", 12),
        (f"{X}/parameters/limit/schema/minimum", "parts/shared.yaml", "/parameters/limit/minimum", 2),
        (f"{X}/parameters/pet/content/application~1json/schema", "parts/shared.yaml", "/parameters/pet/schema", 6),
        ("/x-files/parts~1pet.yaml/put/parameters/0/schema", "parts/pet.yaml", "/put/parameters/1", 7),
        (f"/x-files/parts~1pet.yaml/put/requestBody/content/{FORM.replace('/', '~1')}/schema/properties/pet/type",
         "parts/pet.yaml", "/put/parameters/0/type", 6),
    ],
)  # fmt: skip
def test_a_place_is_found_where_its_author_wrote_it(pets: Path, pointer: str, file: str, at: str, line: int) -> None:
    contract = load(pets)
    pointers.get(contract.document, pointer)
    assert spot(contract, pointer) == f"{pets / file}, line {line}"
    assert written_at(contract, pointer) == f"specs/pets/{file}#{at}"
    assert location(contract, operation=None, part="document", pointer=pointer).pointer == pointer


def test_a_message_is_judged_by_what_is_said_in_all_files(pets: Path) -> None:
    contract = load(pets)
    shown = contract.operations[0].responses["200"].content[0].schema
    assert shown is not None
    assert contract.schemas.both_accept(shown, [{"id": 1, "parent": {"parent": None}}]) == (True, True)
    (rejection,) = contract.schemas.rejections(shown, [{"parent": {"id": 2}}])
    assert spot(contract, rejection.pointer) == f"{pets / 'parts/shared.yaml'}, line 11"


def test_a_part_of_what_was_taken_in_is_known_by_its_place_in_it(tmp_path: Path) -> None:
    schemas = (
        "{allOf: [{$ref: 'a.yaml'}, {$ref: 'a.yaml#/properties/p'}, {$ref: '#/x-list/0'}, {$ref: 'a.yaml#/items'}]}"
    )
    text = f"{HEAD}paths: {{}}\nx-list: [{{type: string, x-nullable: true}}]\ndefinitions: {{A: {schemas}}}\n"
    part = "items: {}\nproperties: {p: {type: string, x-nullable: true}}\n"
    found = load(folder(tmp_path, {"openapi.yaml": text, "a.yaml": part})).document
    nullable = {"type": "string", "nullable": True}
    assert (found["x-files"]["a.yaml"], found["x-list"]) == ({"items": {}, "properties": {"p": nullable}}, [nullable])
    assert [one["$ref"] for one in found["components"]["schemas"]["A"]["allOf"]] == [
        "#/x-files/a.yaml",
        "#/x-files/a.yaml/properties/p",
        "#/x-list/0",
        "#/x-files/a.yaml/items",
    ]


def test_what_a_lint_finds_stands_in_the_document_as_it_came(pets: Path) -> None:
    found = {(finding.rule, Path(str(finding.where.file)).name, finding.where.line) for finding in lint(load(pets))}
    assert found == {
        ("enum-without-duplicates", "shared.yaml", 11),
        ("example-matches-schema", "shared.yaml", 17),
    }


def test_an_overlay_corrects_the_document_as_converted(pets: Path) -> None:
    target = "$.paths['/pets'].get.responses['200'].content['application/json'].schema"
    (pets / "overlay.yaml").write_text(
        f"overlay: 1.0.0\nactions:\n- target: {target}\n  update: {{maxItems: 3}}\n"
        f"- target: $['x-files']['parts/shared.yaml'].definitions.Pet\n  update: {{required: [id]}}\n"
    )
    contract = load(pets)
    shown = contract.operations[0].responses["200"].content[0].schema
    assert shown is not None
    assert not contract.schemas.accepts(shown, [{}])
    assert spot(contract, f"{shown}/maxItems") == f"{pets / 'overlay.yaml'}, line 4"
    assert spot(contract, shown) == f"{pets / 'openapi.yaml'}, line 14"


def test_a_contract_is_made_of_a_document_as_it_came(pets: Path, tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    create(specs, "mine", str(pets / "openapi.yaml"))
    assert (specs / "mine" / "openapi.yaml").read_text() == MAIN
    assert load(specs / "mine").document == load(pets).document


def test_the_mock_serves_it(tmp_path: Path) -> None:
    text = (
        "securityDefinitions: {b: {type: basic}}\nsecurity: [{b: []}]\n"
        "paths: {/a: {post: {parameters: [{name: f, in: formData, type: integer, required: true}],\n"
        "  responses: {'200': {description: d, schema: {type: object, properties: {x: {type: string}}}},\n"
        "    '401': {description: d}, '422': {description: d}}}}}"
    )
    contract = load(folder(tmp_path, {"a.yaml": HEAD + text}) / "a.yaml")
    app = mock.app([contract])
    credentials = SecurityScheme("b", "http", "header", "basic").header(app.values("a").credentials["b"])[1]
    sent = ((b"content-type", FORM.encode()), (b"authorization", credentials.encode()))
    assert [app.answer("POST", b"/a", sent, form).status for form in (b"f=1", b"f=x", b"")] == [200, 422, 422]
    assert app.answer("POST", b"/a", sent[:1], b"f=1").status == 401


# --- References ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#/definitions/a~1b%20c", "#/components/schemas/a_b_c"),
        ("#/definitions/a~1b c/properties/p", "#/components/schemas/a_b_c/properties/p"),
        ("#/responses/R/schema", "#/components/responses/R/content/application~1json/schema"),
        ("#/parameters/B/schema", "#/components/requestBodies/B/content/application~1json/schema"),
        ("#/paths/~1b/get/parameters/1/items", "#/paths/~1b/get/parameters/0/schema/items"),
        ("#/x-models/M", "#/x-models/M"),
        ("other.yaml#/definitions/A", "other.yaml#/definitions/A"),
    ],
)
def test_a_reference_leads_to_where_its_target_is_now(old: str, new: str) -> None:
    listed = f"[{BODY}, {{name: q, in: query, type: array, items: {{type: string}}}}]"
    text = (
        f"{HEAD}definitions: {{a/b c: {{properties: {{p: {{type: string}}}}}}, X: {{$ref: '{old}'}}}}\n"
        "produces: [application/json]\nresponses: {R: {description: d, schema: {type: string}}}\n"
        f"parameters: {{B: {BODY}}}\nx-models: {{M: {{type: string, x-nullable: true}}, N: {{x-nullable: true}}}}\n"
        f"paths: {{/b: {{get: {{parameters: {listed}, responses: {{'204': {{description: d}}}}}}}}}}"
    )
    found = converted(document.parse(text, name="t"), spot=str).document
    assert found["components"]["schemas"]["X"] == {"$ref": new}
    if new.startswith("#"):
        assert pointers.look(found, pointers.target(new)) is not None
    # What nobody refers to is data.
    assert found["x-models"]["N"] == {"x-nullable": True}
    assert ("nullable" in found["x-models"]["M"]) is (old == "#/x-models/M")


def test_what_another_file_describes_stays_a_reference_to_it() -> None:
    text = "paths: {/a: {get: {parameters: [{$ref: b.yaml}], responses: {'200': {$ref: 'b.yaml#/r'}}}}}"
    found = converted(document.parse(HEAD + text, name="t"), spot=str).document
    assert found["paths"]["/a"]["get"] == {
        "parameters": [{"$ref": "b.yaml"}],
        "responses": {"200": {"$ref": "b.yaml#/r"}},
    }


# --- What is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "fault", "hint"),
    [
        (f"post:\n      parameters:\n      - {BODY}\n      - {FIELD}", 8,
         "the formData parameter 'f' stands beside the body parameter 'b'", "keep one of them"),
        (f"parameters:\n    - {FIELD}\n    post:\n      parameters:\n      - {BODY}", 6,
         "the formData parameter 'f' stands beside the body parameter 'b'", "keep one of them"),
        (f"post:\n      parameters:\n      - {BODY}\n      - {BODY.replace('b,', 'c,')}", 8,
         "the body parameter 'c' stands beside the body parameter 'b'", "keep one of them"),
        ("get:\n      parameters:\n      - {name: q, in: query}", 7,
         "the query parameter 'q' has no type", "Give it one of string, number, integer, boolean, array and file"),
        ("get:\n      parameters:\n      - {name: q, in: query, schema: {type: string}}", 7,
         "the query parameter 'q' has no type", "a `schema` is for parameters in body"),
        ("get:\n      parameters:\n      - name: q\n        in: cookie", 8,
         "the parameter 'q' is in 'cookie', which Swagger 2.0 does not know", "Write one of query, header, path"),
        ("get:\n      parameters:\n      - name: q\n        in: query\n        type: file", 9,
         "the query parameter 'q' is a file", "Let it be in formData"),
        ("get:\n      parameters:\n      - in: query", 7, "a parameter has no name", "Give it a `name`"),
        ("get:\n      parameters:\n      - 1", 7, "a parameter is not an object", "Give its name, in and type"),
        ("get:\n      parameters: 1", 6, "`parameters` is not a list", "Begin each parameter with `- `"),
        ("get:\n      produces: a/b", 6, "`produces` is not a list of names", "Write `produces: [name, name]`"),
        ("get:\n      responses: 1", 5, "a part of it is not of the type that OpenAPI says", "Correct it"),
        ("get:\n      responses:\n        '200': 1", 7, "a response is not an object", "Give its `description`"),
        ("get:\n      responses:\n        '200': {headers: 1}", 7, "a part of it is not of the type", "Correct it"),
        ("get:\n      security: [1]", 5, "a part of it is not of the type that OpenAPI says", "Correct it"),
        ("get: 1\n  /b: 1", 6, "the path /b is not an object", "Describe its methods"),
        ("get:\n      security: 1", 5, "a part of it is not of the type that OpenAPI says", "Correct it"),
    ],
)  # fmt: skip
def test_what_no_document_says_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, fault: str, hint: str
) -> None:
    path = folder(tmp_path, {"a.yaml": f"{HEAD}paths:\n  /a:\n    {text}\n"}) / "a.yaml"
    with pytest.raises(DocumentError) as raised:
        load(path)
    assert raised.value.thing == f"{path}, line {line}"
    assert raised.value.fault.startswith(fault)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("text", "thing", "fault"),
    [
        ("definitions: 1", "line 4", "`definitions` is not an object"),
        ("x-a:\n  b: {$ref: '#/consumes'}\nconsumes: [a/b]", "line 5, $ref '#/consumes'", "nothing is there"),
        ("schemes: https", "line 4", "`schemes` is not a list of names"),
        ("parameters:\n  a: {name: q, in: query}", "line 5", "the query parameter 'q' has no type"),
        ("definitions:\n  A: {$ref: '#/definitions/B'}", "line 5, $ref '#/definitions/B'", "nothing is there"),
        ("definitions:\n  A: {$ref: 'b.yaml'}", "line 5, $ref 'b.yaml'", "there is no such file"),
        ("responses:\n  A: {$ref: '#/responses/A'}", "line 5, $ref '#/responses/A'", "it leads in a circle"),
    ],
)
def test_what_is_wrong_around_the_paths_is_named_with_its_line(
    tmp_path: Path, text: str, thing: str, fault: str
) -> None:
    path = folder(tmp_path, {"a.yaml": f"{HEAD}paths: {{}}\n{text}\n"}) / "a.yaml"
    with pytest.raises(ContractError) as raised:
        load(path)
    assert (raised.value.thing, raised.value.fault) == (f"{path}, {thing}", fault)


def test_a_fault_in_another_file_is_named_there(pets: Path) -> None:
    (pets / "parts/shared.yaml").write_text(SHARED_PARTS.replace("type: integer, minimum: 1", "minimum: 1"))
    with pytest.raises(DocumentError) as raised:
        load(pets)
    assert raised.value.thing == f"{pets / 'parts/shared.yaml'}, line 2"
    (pets / "parts/shared.yaml").write_text(
        SHARED_PARTS.replace("schema: {$ref: '#/definitions/Pet'}", "schema: {$ref: '#/gone'}")
    )
    with pytest.raises(BrokenReferenceError) as broken:
        load(pets)
    assert broken.value.thing == f"{pets / 'parts/shared.yaml'}, line 6, $ref '#/gone'"


def test_the_command_line_says_so_and_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{HEAD}paths:\n  /a:\n    post:\n      parameters:\n      - {BODY}\n      - {FIELD}\n"
    path = folder(tmp_path, {"a.yaml": text}) / "a.yaml"
    with pytest.raises(SystemExit) as left:
        main(["drift", str(path), str(path)])
    assert left.value.code == 2
    assert f"{path}, line 8: the formData parameter 'f' stands beside the body parameter 'b'" in capsys.readouterr().err

"""A Swagger 2.0 document says what its own conversion says, what a person writes in its place, and what others make."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest

from specwitness.contract import document, load
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.findings import Finding

TODAY = dt.date(2026, 11, 22)
CACHE = Path(__file__).parents[2] / ".cache"
CORPUS = sorted((CACHE / "oas-examples/node_modules/@readme/oas-examples").glob("2.0/json/*.json"))
ORACLE = CACHE / "swagger2openapi/node_modules/swagger2openapi"

OLD = """\
swagger: '2.0'
info: {title: Pets, version: '1'}
host: api.example.com
basePath: /v1/
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  key: {type: apiKey, in: header, name: X-Key}
  login: {type: oauth2, flow: application, tokenUrl: 'https://api.example.com/token', scopes: {read: Reads}}
security: [{key: []}]
parameters:
  limit: {name: limit, in: query, type: integer, minimum: 1, maximum: 50, default: 10}
  pet: {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
responses:
  Bad: {description: Bad, schema: {$ref: '#/definitions/Error'}}
paths:
  /pets:
    parameters: [{$ref: '#/parameters/limit'}]
    get:
      operationId: listPets
      security: [{login: [read]}]
      parameters:
        - {name: tags, in: query, type: array, items: {type: string, enum: [a, b]}, collectionFormat: multi}
        - {name: ids, in: query, type: array, items: {type: integer}}
        - {name: kinds, in: query, type: array, items: {type: string}, collectionFormat: pipes}
        - {name: X-Trace, in: header, type: string, format: uuid}
      responses:
        200:
          description: All
          headers: {X-Total: {type: integer}}
          schema: {type: array, items: {$ref: '#/definitions/Pet'}}
        400: {$ref: '#/responses/Bad'}
    post:
      operationId: addPet
      parameters: [{$ref: '#/parameters/pet'}]
      responses: {201: {description: Added, schema: {$ref: '#/definitions/Pet'}}, default: {$ref: '#/responses/Bad'}}
  /pets/{id}/photo:
    parameters: [{name: id, in: path, required: true, type: integer}]
    post:
      operationId: addPhoto
      consumes: [multipart/form-data]
      parameters:
        - {name: photo, in: formData, type: file, required: true}
        - {name: note, in: formData, type: string, maxLength: 20}
      responses: {204: {description: Added}}
    get:
      operationId: getPhoto
      produces: [image/png]
      responses: {200: {description: The photo, schema: {type: file}}}
  /login:
    post:
      operationId: login
      security: []
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - {name: name, in: formData, type: string, required: true}
        - {name: scopes, in: formData, type: array, items: {type: string}, collectionFormat: multi}
      responses: {204: {description: Welcome}}
definitions:
  Pet:
    type: object
    required: [id, kind]
    discriminator: kind
    properties:
      id: {type: integer, readOnly: true}
      kind: {type: string}
      name: {type: string, x-nullable: true}
      weight: {type: number, minimum: 0, exclusiveMinimum: true}
  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
  Error: {type: object, properties: {detail: {type: string}}}
"""
TWIN = """\
openapi: 3.0.3
info: {title: Pets, version: '1'}
servers: [{url: 'https://api.example.com/v1'}]
security: [{key: []}]
paths:
  /pets:
    parameters: [{$ref: '#/components/parameters/limit'}]
    get:
      operationId: listPets
      security: [{login: [read]}]
      parameters:
        - {name: tags, in: query, schema: {type: array, items: {type: string, enum: [a, b]}}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - name: kinds
          in: query
          style: pipeDelimited
          explode: false
          schema: {type: array, items: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string, format: uuid}}
      responses:
        200:
          description: All
          headers: {X-Total: {schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
        400: {$ref: '#/components/responses/Bad'}
    post:
      operationId: addPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        201: {description: Added, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        default: {$ref: '#/components/responses/Bad'}
  /pets/{id}/photo:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post:
      operationId: addPhoto
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [photo]
              properties: {photo: {type: string, format: binary}, note: {type: string, maxLength: 20}}
      responses: {204: {description: Added}}
    get:
      operationId: getPhoto
      responses:
        200: {description: The photo, content: {image/png: {schema: {type: string, format: binary}}}}
  /login:
    post:
      operationId: login
      security: []
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, scopes: {type: array, items: {type: string}}}
      responses: {204: {description: Welcome}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: 'https://api.example.com/token', scopes: {read: Reads}}}
  parameters:
    limit: {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 10}}
  responses:
    Bad: {description: Bad, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  schemas:
    Pet:
      type: object
      required: [id, kind]
      discriminator: {propertyName: kind}
      properties:
        id: {type: integer, readOnly: true}
        kind: {type: string}
        name: {type: string, nullable: true}
        weight: {type: number, minimum: 0, exclusiveMinimum: true}
    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
    Error: {type: object, properties: {detail: {type: string}}}
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.yaml"
    path.write_text(OLD)
    return path


def both_ways(one: Contract, other: Contract) -> list[Finding]:
    return [*compare(one, other, TODAY), *compare(other, one, TODAY)]


def with_text(path: Path, text: str) -> Contract:
    path.write_text(text)
    return load.load(path)


def test_nothing_changes_between_a_document_and_what_a_person_writes_in_its_place(old: Path) -> None:
    assert both_ways(load.load(old), with_text(old.with_name("new.yaml"), TWIN)) == []


def test_a_break_is_found_in_the_document_as_it_came(old: Path) -> None:
    stricter = with_text(old.with_name("new.yaml"), OLD.replace("maximum: 50", "maximum: 20"))
    (found, *more) = compare(load.load(old), stricter, TODAY)
    assert (more, found.rule, found.verdict, Path(str(found.where.file)).name) == (
        [],
        "request-maximum",
        "BROKEN",
        "new.yaml",
    )
    assert found.where.line == 13


@pytest.mark.parametrize("file", [None, *CORPUS], ids=lambda file: file.name if file else "pets")
def test_nothing_changes_between_a_document_and_its_conversion(old: Path, file: Path | None) -> None:
    contract = load.load(file or old)
    again = with_text(old.with_name("again.json"), json.dumps(contract.document))
    assert both_ways(contract, again) == []


@pytest.mark.skipif(not ORACLE.is_dir(), reason="swagger2openapi is not there: `make` installs it where npm is")
def test_nothing_changes_between_our_conversion_and_that_of_swagger2openapi(old: Path) -> None:
    files = [*CORPUS, old.with_suffix(".json")]
    contracts = {file: load.load(old if file == files[-1] else file) for file in files}
    files[-1].write_text(json.dumps(document.read(old)))
    program = (
        "const fs = require('fs'), {convertObj} = require('swagger2openapi');"
        "(async () => { for (const file of process.argv.slice(1)) { const read = JSON.parse(fs.readFileSync(file));"
        "console.log(JSON.stringify((await convertObj(read, {patch: true})).openapi)); } })()"
    )
    told = subprocess.run(
        ["node", "-e", program, *map(str, files)],  # noqa: S607 - node is where the user has it
        cwd=ORACLE,
        capture_output=True,
        text=True,
        check=True,
    )
    for file, text in zip(files, told.stdout.splitlines(), strict=True):
        other = with_text(old.with_name("other.json"), text)
        assert both_ways(contracts[file], other) == [], file.name

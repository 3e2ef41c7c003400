"""A contract is started from a document alone: what the document tells is written down, and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import requests
import yaml

from specwitness.contract import scaffold
from specwitness.contract.load import load
from specwitness.contract.model import Variable
from specwitness.contract.variables import variable_name
from specwitness.exceptions import ContractError, DocumentError, SpecwitnessError

OPENAPI = """
openapi: 3.1.0
info: {title: The Pets, version: '1'}
security: [{apiKey: []}]
paths:
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
    get: {operationId: readPet, responses: {'200': {description: d}}}
    put: {operationId: changePet, security: [{apiKey: [], second-key: []}], responses: {'200': {description: d}}}
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-Key}
    second-key: {type: http, scheme: bearer}
    unused: {type: http, scheme: basic}
"""
BARE = "openapi: 3.1.0\ninfo: {version: '1'}\npaths: {/a: {get: {responses: {'200': {description: d}}}}}\n"


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    return tmp_path / "specs"


def document_in(folder: Path, text: str = OPENAPI, name: str = "given.yaml") -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def left_in(specs: Path) -> list[str]:
    return sorted(path.name for path in specs.rglob("*")) if specs.exists() else []


def test_a_folder_that_can_be_loaded_at_once_is_made(tmp_path: Path, specs: Path) -> None:
    folder = scaffold.create(specs, "pets", document_in(tmp_path))
    manifest = load(folder).manifest

    assert (folder, left_in(specs)) == (specs / "pets", ["contract.yaml", "openapi.yaml", "pets"])
    assert (manifest.title, manifest.credentials, manifest.parameters) == (
        "The Pets",
        {"apiKey": Variable("apiKey", "PETS_API_KEY"), "second-key": Variable("second-key", "PETS_SECOND_KEY")},
        {"petId": Variable("petId", "PETS_PET_ID", optional=True)},
    )


def test_the_document_is_kept_as_it_was_given(tmp_path: Path, specs: Path) -> None:
    text = f"# a comment\n{OPENAPI}"
    folder = scaffold.create(specs, "pets", document_in(tmp_path, text))

    assert (folder / "openapi.yaml").read_text(encoding="utf-8") == text


def test_a_json_document_stays_json(tmp_path: Path, specs: Path) -> None:
    text = json.dumps(yaml.safe_load(OPENAPI), indent=2)
    folder = scaffold.create(specs, "pets", document_in(tmp_path, f"\ufeff{text}"))

    assert sorted(path.name for path in folder.iterdir()) == ["contract.yaml", "openapi.json"]
    assert (folder / "openapi.json").read_text(encoding="utf-8") == text


def test_a_manifest_says_what_it_is_for_and_only_what_is_there(tmp_path: Path, specs: Path) -> None:
    folder = scaffold.create(specs, "a-1_b", document_in(tmp_path, BARE))
    lines = (folder / "contract.yaml").read_text(encoding="utf-8").splitlines()

    assert all(line.startswith("# ") for line in lines[:-1])
    assert lines[-1] == "title: a-1_b"


@pytest.mark.parametrize("name", ["", "Pets", "-pets", "_pets", "a b", "../pets", "pets/more", "pets\n", "käse"])
def test_an_unfit_name_is_refused(tmp_path: Path, specs: Path, name: str) -> None:
    with pytest.raises(ContractError) as raised:
        scaffold.create(specs, name, document_in(tmp_path))

    assert raised.value == ContractError(
        f"contract {name!r}", "the name is unfit", "Use lower case letters, digits, - and _"
    )
    assert left_in(specs) == []


def test_a_name_that_is_taken_is_refused_and_nothing_is_touched(tmp_path: Path, specs: Path) -> None:
    (specs / "pets").mkdir(parents=True)
    (specs / "pets" / "mine.txt").write_text("mine")
    with pytest.raises(ContractError) as raised:
        scaffold.create(specs, "pets", document_in(tmp_path))

    assert raised.value.fault == "it exists already"
    assert left_in(specs) == ["mine.txt", "pets"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it is empty"),
        ("a: [1", "did not find"),
        ("title: no api", "it is not an OpenAPI 3.0 or 3.1 document"),
        ("swagger: '1.2'", "it is Swagger 1.2"),
        ("openapi: 3.1.0\npaths: {/a: {get: {responses: 1}}}", "a part of it is not of the type that OpenAPI says"),
        ("openapi: 3.1.0\npaths: {}\ncomponents: null", "a part of it is not of the type that OpenAPI says"),
        ("openapi: 3.1.0\npaths: {/a: {get: {$ref: '#/gone'}}}", "nothing is there"),
    ],
)
def test_a_document_that_cannot_be_used_leaves_nothing_behind(
    tmp_path: Path, specs: Path, text: str, fault: str
) -> None:
    given = document_in(tmp_path, text)
    with pytest.raises(ContractError) as raised:
        scaffold.create(specs, "pets", given)

    assert fault in raised.value.fault
    assert str(specs) not in str(raised.value)
    assert [name for name in left_in(specs) if name != "specs"] == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path, specs: Path) -> None:
    with pytest.raises(SpecwitnessError) as raised:
        scaffold.create(specs, "pets", str(tmp_path / "gone.yaml"))

    assert (raised.value.thing, raised.value.fault) == (str(tmp_path / "gone.yaml"), "there is no such file")


def test_the_files_that_a_document_refers_to_come_with_it(tmp_path: Path, specs: Path) -> None:
    document_in(tmp_path / "given", "Pet: {properties: {id: {$ref: 'api.yaml#/info'}}}", "pet.yaml")
    document_in(tmp_path / "given", "nobody refers to it", "other.yaml")
    given = document_in(tmp_path / "given", f"{BARE}x: {{$ref: './pet.yaml#/Pet'}}\n", "api.yaml")
    contract = load(scaffold.create(specs, "pets", given))

    assert left_in(specs / "pets") == ["api.yaml", "contract.yaml", "pet.yaml"]
    assert (contract.manifest.document, list(contract.document["x-files"])) == ("api.yaml", ["pet.yaml"])


def test_a_document_whose_files_cannot_be_had_leaves_nothing_behind(tmp_path: Path, specs: Path) -> None:
    given = document_in(tmp_path, f"{BARE}x: {{$ref: ../pet.yaml}}\n")
    with pytest.raises(ContractError) as raised:
        scaffold.create(specs, "pets", given)

    assert raised.value.thing == f"{given}, line 4, $ref '../pet.yaml'"
    assert left_in(specs) == []


# --- From a URL -----------------------------------------------------------------------------------------------------

URL = "https://api.example.org/openapi.json"


def answers(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> list[str]:
    """Let every URL be answered so, and return the URLs that are asked for."""
    asked: list[str] = []

    def get(url: str, **_: object) -> requests.Response:
        asked.append(url)
        response = requests.Response()
        response.status_code, response.raw, response.url = status, io.BytesIO(body), url
        return response

    monkeypatch.setattr(requests, "get", get)
    return asked


def test_a_document_is_fetched_from_a_url(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, 200, b"\xef\xbb\xbf" + OPENAPI.encode())
    folder = scaffold.create(specs, "pets", URL)

    assert (asked, (folder / "openapi.yaml").read_text(encoding="utf-8")) == ([URL], OPENAPI)


def test_a_url_that_is_answered_with_an_error_is_named_with_its_status(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, 404, b"")
    with pytest.raises(DocumentError) as raised:
        scaffold.create(specs, "pets", URL)

    assert raised.value == DocumentError(URL, "it cannot be fetched (HTTP 404)", "Correct the URL, or give a file")
    assert left_in(specs) == []


def test_a_url_that_is_not_answered_is_named_with_what_happened(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(*_: object, **__: object) -> requests.Response:
        raise requests.ConnectTimeout("slow")

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(DocumentError) as raised:
        scaffold.create(specs, "pets", URL)

    assert raised.value.fault == "it cannot be fetched (ConnectTimeout)"


def test_a_url_of_a_web_page_is_no_document(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, 200, b"<!doctype html><html><body>Sign in: please</body></html>")
    with pytest.raises(DocumentError) as raised:
        scaffold.create(specs, "pets", URL)

    assert (raised.value.thing, raised.value.fault) == (URL, "it is not an OpenAPI 3.0 or 3.1 document")
    assert left_in(specs) == []


# --- Names of variables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "name", "variable"),
    [
        ("pets", "petId", "PETS_PET_ID"),
        ("pets", "API_KEY", "PETS_API_KEY"),
        ("my-pets", "x-api.key", "MY_PETS_X_API_KEY"),
        ("pets2", "page2Size", "PETS2_PAGE2_SIZE"),
        ("pets", "größe", "PETS_GR__E"),
    ],
)
def test_a_variable_is_named_after_the_contract_and_the_value(contract: str, name: str, variable: str) -> None:
    assert variable_name(contract, name) == variable

"""A document of several files is read as one whose places are still called by the file they are in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from specwitness.contract import bundling
from specwitness.contract.load import load, plain
from specwitness.contract.model import Contract
from specwitness.contract.places import location
from specwitness.exceptions import BrokenReferenceError, ContractError, DocumentError
from specwitness.findings import Json

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
ANSWERING = """\
paths:
  /pets:
    get:
      operationId: pets
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: 'REFERENCE'}}}}}
"""
MAIN = f"""\
{HEAD}{ANSWERING.replace("REFERENCE", "./schemas/pet.yaml#/Pet")}components:
  schemas:
    Id: {{type: string}}
"""
PET = """\
Pet:
  properties:
    id: {$ref: ../openapi.yaml#/components/schemas/Id}
    owner: {$ref: owner.json}
    parent: {$ref: '#/Pet'}
Unused: {$ref: gone.yaml}
"""
OWNER = '{"type": "object", "properties": {"pets": {"items": {"$ref": "pet.yaml#/Pet"}}}}'
FILES = {"openapi.yaml": MAIN, "schemas/pet.yaml": PET, "schemas/owner.json": OWNER}
AT_PET, AT_OWNER = "/x-files/schemas~1pet.yaml/Pet", "/x-files/schemas~1owner.json"


def written(root: Path, files: Mapping[str, str]) -> Path:
    folder = root / "api"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def loaded(root: Path, main: str, **files: str) -> Contract:
    """Return the contract of `openapi.yaml` and of files whose names have `_` for the dot of their ending."""
    named = {name.replace("_", "."): text for name, text in files.items()}
    return load(written(root, {"openapi.yaml": main, **named}))


def document(body: str) -> str:
    return f"{HEAD}paths: {{}}\n{body}"


def answering(reference: str) -> str:
    """Return a document with an operation that answers with the schema that a reference names."""
    return HEAD + ANSWERING.replace("REFERENCE", reference)


def test_what_references_name_stands_by_its_file_and_nothing_else_of_it(tmp_path: Path) -> None:
    found = load(written(tmp_path, FILES)).document
    pet = {
        "id": {"$ref": "#/components/schemas/Id"},
        "owner": {"$ref": f"#{AT_OWNER}"},
        "parent": {"$ref": f"#{AT_PET}"},
    }
    owner = {"type": "object", "properties": {"pets": {"items": {"$ref": f"#{AT_PET}"}}}}
    assert found["x-files"] == {"schemas/owner.json": owner, "schemas/pet.yaml": {"Pet": {"properties": pet}}}
    answer = found["paths"]["/pets"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": f"#{AT_PET}"}


def test_a_message_is_judged_by_the_schemas_of_all_files(tmp_path: Path) -> None:
    contract = load(written(tmp_path, FILES))
    schema = contract.operations[0].responses["200"].content[0].schema
    assert schema is not None
    assert contract.schemas.accepts(schema, {"owner": {"pets": [{"id": "x"}]}})
    (rejection,) = contract.schemas.rejections(schema, {"owner": {"pets": [{"parent": {"id": 1}}]}})
    assert rejection.pointer == "/components/schemas/Id/type"
    (rejection,) = contract.schemas.rejections(schema, {"owner": 1})
    assert rejection.pointer == f"{AT_OWNER}/type"


@pytest.mark.parametrize(
    ("pointer", "file", "line"),
    [
        (AT_PET, "api/schemas/pet.yaml", 1),
        (f"{AT_PET}/properties/owner", "api/schemas/pet.yaml", 4),
        (f"{AT_OWNER}/properties/pets", "api/schemas/owner.json", 1),
        ("/components/schemas/Id", "api/openapi.yaml", 10),
    ],
)
def test_a_place_is_found_in_the_file_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pointer: str, file: str, line: int
) -> None:
    contract = load(written(tmp_path, FILES))
    monkeypatch.chdir(tmp_path)
    place = location(contract, operation=None, part="document", pointer=pointer)
    assert (place.file, place.line, place.pointer) == (file, line, pointer)


@pytest.mark.parametrize(
    ("pointer", "origin"),
    [
        ("/x-files/a.yaml", ("a.yaml", "")),
        ("/x-files/a~1b~0.yaml/c~1d/0", ("a/b~.yaml", "/c~1d/0")),
        ("/x-files", None),
        ("/paths/~1x-files~1a/x-files/b", None),
        ("", None),
    ],
)
def test_the_origin_of_a_place_is_told_by_its_pointer(pointer: str, origin: tuple[str, str] | None) -> None:
    assert bundling.origin(pointer) == origin


def test_a_document_of_one_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, {"openapi.yaml": document("x: {$ref: '#/info'}")}) / "openapi.yaml"
    assert load(path).document == {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "x": {"$ref": "#/info"},
    }


def test_a_file_is_the_same_by_whatever_way_it_is_named(tmp_path: Path) -> None:
    body = "x: {a: {$ref: one.yaml}, b: {$ref: ./one.yaml#}, c: {$ref: s/../one.yaml}, d: {$ref: 'one%2Eyaml#/'}}"
    found = loaded(tmp_path, document(body), one_yaml="'': {type: string}\n").document
    assert [found["x"][key]["$ref"] for key in "abcd"] == ["#/x-files/one.yaml"] * 3 + ["#/x-files/one.yaml/"]
    assert list(found["x-files"]) == ["one.yaml"]


def test_path_items_parameters_examples_and_the_branches_of_a_list_may_be_in_other_files(tmp_path: Path) -> None:
    paths = f"{HEAD}paths: {{'/a/{{id}}': {{$ref: 'a.yaml'}}, /b: {{$ref: 'b.yaml#/~1b'}}}}"
    a = (
        "parameters: [{$ref: 'b.yaml#/parameters/1'}]\n"
        "get: {operationId: a, responses: {'200': {description: d, content: {application/json: "
        "{schema: {type: string}, examples: {one: {$ref: 'b.yaml#/examples/one'}}}}}}}\n"
    )
    b = (
        "parameters: [{$ref: c.yaml}, {name: id, in: path, required: true, schema: {$ref: 'c.yaml#/s'}}]\n"
        "examples: {one: {value: {$ref: data.yaml}}}\n"
        "/b: {post: {operationId: b, responses: {'204': {description: d}}}}\n"
    )
    contract = loaded(tmp_path, paths, a_yaml=a, b_yaml=b, c_yaml="{name: q, in: query, s: {type: string}}")
    (parameter,) = contract.operations[0].parameters
    assert [(operation.key, operation.pointer) for operation in contract.operations] == [
        ("a", "/x-files/a.yaml/get"),
        ("b", "/x-files/b.yaml/~1b/post"),
    ]
    assert (parameter.name, parameter.pointer) == ("id", "/x-files/b.yaml/parameters/1")
    # Of a list nothing is left out, so that its items keep their numbers; and data is left alone.
    assert contract.document["x-files"]["b.yaml"]["parameters"][0] == {"$ref": "#/x-files/c.yaml"}
    assert contract.document["x-files"]["b.yaml"]["examples"] == {"one": {"value": {"$ref": "data.yaml"}}}


def test_what_a_discriminator_names_in_other_files_is_taken_in(tmp_path: Path) -> None:
    mapping = "{cat: cat.yaml, dog: 'dogs.yaml#/Dog', own: Fish, here: '#/x'}"
    body = f"x: {{oneOf: [{{$ref: cat.yaml}}], discriminator: {{propertyName: kind, mapping: {mapping}}}}}"
    found = loaded(tmp_path, document(body), cat_yaml="{type: object}", dogs_yaml="Dog: {type: object}").document
    assert found["x"]["discriminator"]["mapping"] == {
        "cat": "#/x-files/cat.yaml",
        "dog": "#/x-files/dogs.yaml/Dog",
        "own": "Fish",
        "here": "#/x",
    }


def test_a_file_is_known_by_its_name_and_not_by_an_id_of_its_own(tmp_path: Path) -> None:
    pet = "{$id: https://a.org/a.json, properties: {p: {$ref: '#/$defs/P'}}, $defs: {P: {type: string}}}"
    contract = loaded(tmp_path, answering("pet.yaml"), pet_yaml=pet)
    schema = contract.operations[0].responses["200"].content[0].schema
    assert schema is not None
    assert [contract.schemas.both_accept(schema, {"p": value}) for value in ("a", 1)] == [(True, True), (False, False)]


def test_an_overlay_corrects_what_was_taken_in(tmp_path: Path) -> None:
    overlay = "overlay: 1.0.0\nactions:\n- target: $['x-files']['schemas/pet.yaml'].Pet\n  update: {required: [id]}\n"
    contract = load(written(tmp_path, {**FILES, "overlay.yaml": overlay}))
    assert contract.document["x-files"]["schemas/pet.yaml"]["Pet"]["required"] == ["id"]
    place = location(contract, operation=None, part="document", pointer=f"{AT_PET}/required")
    assert (Path(str(place.file)).name, place.line) == ("overlay.yaml", 4)


# --- What is refused ------------------------------------------------------------------------------------------------

OUT = "it leaves the folder of the document"
HINT = "Copy what it names into that folder; for `specwitness drift`, --allow-remote allows it"


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("gone.yaml", "there is no such file"),
        ("schemas", "there is no such file"),
        ("one.yaml#/gone", "nothing is there"),
        ("one.yaml#gone", "it names neither a place, which begins with #/, nor an anchor"),
        ("#/gone", "nothing is there"),
        ("../one.yaml", OUT),
        ("../../etc/passwd", OUT),
        ("schemas/../../one.yaml", OUT),
        ("%2E%2E/one.yaml", OUT),
        ("..", OUT),
        ("/etc/passwd", OUT),
        ("link.yaml", OUT),
        ("linked/secret.yaml", OUT),
        ("https://example.org/a.yaml#/A", f"{OUT}, for example.org"),
        ("HTTP://example.org/a.yaml", "it names neither a file nor a web page"),
        ("//example.org/a.yaml", OUT),
        ("file:///etc/passwd", "it names neither a file nor a web page"),
        ("urn:a:b", "it names neither a file nor a web page"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_named_with_its_file_and_line(
    tmp_path: Path, reference: str, fault: str
) -> None:
    (tmp_path / "secret.yaml").write_text("type: string")
    folder = written(
        tmp_path,
        {
            "openapi.yaml": document("x: {$ref: one.yaml}"),
            "one.yaml": f"a: 1\nb:\n  - {{$ref: '{reference}'}}\n",
            "schemas/a.yaml": "a: 1",
        },
    )
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(BrokenReferenceError) as raised:
        load(folder)
    assert raised.value.thing == f"{folder / 'one.yaml'}, line 3, $ref {reference!r}"
    assert raised.value.fault == fault


@pytest.mark.parametrize(
    ("one", "two", "file", "reference"),
    [
        ("$ref: two.yaml", "\n$ref: one.yaml", "two.yaml", "one.yaml"),
        ("\n$ref: ''", "", "one.yaml", ""),
        ("$ref: two.yaml#/a/0", "a:\n- {$ref: '#/a/0'}", "two.yaml", "#/a/0"),
    ],
)
def test_references_in_a_circle_are_named_by_one_of_them(
    tmp_path: Path, one: str, two: str, file: str, reference: str
) -> None:
    with pytest.raises(BrokenReferenceError) as raised:
        loaded(tmp_path, document("x: {$ref: one.yaml}"), one_yaml=one, two_yaml=two)
    assert raised.value.thing == f"{tmp_path / 'api' / file}, line 2, $ref {reference!r}"
    assert raised.value.fault == "it leads in a circle"


def test_the_next_step_of_a_reference_that_leaves_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenReferenceError) as raised:
        loaded(tmp_path, document("x: {$ref: ../a.yaml}"))
    assert raised.value.hint == HINT


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    folder = written(tmp_path, {"openapi.yaml": document("x: {$ref: link.yaml}"), "one.yaml": "{type: string}"})
    (folder / "link.yaml").symlink_to("one.yaml")
    assert load(folder).document["x-files"] == {"link.yaml": {"type": "string"}}


@pytest.mark.parametrize(("text", "fault"), [("a: [1", "did not find"), ("a: 1\na: 2", "duplicate key 'a'")])
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(DocumentError) as raised:
        loaded(tmp_path, document("x: {$ref: one.yaml}"), one_yaml=text)
    assert raised.value.thing == f"{tmp_path / 'api' / 'one.yaml'}, line 2"
    assert raised.value.fault.startswith(fault)


def test_files_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.contract.document.MAX_BYTES", 200)
    many = {f"s{index}_yaml": f"a: {'x' * 50}\nb: {{$ref: 's{index + 1}.yaml'}}\n" for index in range(5)}
    with pytest.raises(DocumentError) as raised:
        loaded(tmp_path, document("x: {$ref: s0.yaml}"), **many)
    assert raised.value.fault == "the files that it refers to are larger than 0 MiB together"


def test_a_document_with_the_key_of_the_other_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as raised:
        loaded(tmp_path, document("x-files: {}\nx: {$ref: one.yaml}"), one_yaml="{}")
    assert raised.value.fault == "it has a key 'x-files' of its own"


# --- What is allowed when asked for ---------------------------------------------------------------------------------


def test_a_reference_out_of_the_folder_is_followed_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("{properties: {a: {$ref: 'api/in.yaml'}}}")
    files = {"openapi.yaml": document("x: {$ref: ../out.yaml}"), "in.yaml": "{type: string}"}
    contract = plain(written(tmp_path, files), open_to_all=True)
    assert contract.document["x-files"] == {
        "../out.yaml": {"properties": {"a": {"$ref": "#/x-files/..~1api~1in.yaml"}}},
        "../api/in.yaml": {"type": "string"},
    }


def test_a_reference_to_a_host_is_followed_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: dict[str, str] = {
        "https://u:secret@a.org/v1/pet.yaml": "Pet:\n  properties: {o: {$ref: '../owner.yaml'}}\n",
        "https://u:secret@a.org/owner.yaml": "\ntype: object\n",
    }
    monkeypatch.setattr("specwitness.contract.folder.fetched", pages.__getitem__)
    folder = written(tmp_path, {"openapi.yaml": document("x: {$ref: 'https://u:secret@a.org/v1/pet.yaml#/Pet'}")})
    contract = plain(folder, open_to_all=True)
    files: dict[str, Json] = contract.document["x-files"]
    assert set(files) == set(pages)
    pointer = "/x-files/https:~1~1u:secret@a.org~1owner.yaml/type"
    place = location(contract, operation=None, part="document", pointer=pointer)
    assert (place.file, place.line) == ("https://[redacted]@a.org/owner.yaml", 2)


def test_not_without_end_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def page(url: str) -> str:
        asked.append(url)
        return f"a: {{$ref: '{len(asked)}.yaml'}}"

    monkeypatch.setattr("specwitness.contract.folder.fetched", page)
    with pytest.raises(ContractError) as raised:
        plain(written(tmp_path, {"openapi.yaml": document("x: {$ref: 'https://a.org/0.yaml'}")}), open_to_all=True)
    assert raised.value.fault == "100 others were fetched before it"
    assert len(asked) == 100


def test_nothing_is_fetched_that_is_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "get", lambda *_, **__: pytest.fail("it was asked for"))
    with pytest.raises(BrokenReferenceError):
        loaded(tmp_path, document("x: {$ref: 'https://a.org/0.yaml'}"))

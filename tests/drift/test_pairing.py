"""Which operations of two descriptions are the same: by what a client calls, whatever it is described as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.pairing import Pair, Pairing, paired
from specwitness.findings import Json

ROOT = Path(__file__).parents[2]


def contract(folder: Path, *labels: str, served: tuple[str, ...] = (), **operation: Json) -> Contract:
    """Load a document that has the operations of some labels: `GET /pets`."""
    paths: dict[str, Json] = {}
    for label in labels:
        method, at = label.split(" ")
        paths.setdefault(at, {})[method.lower()] = {"responses": {"200": {"description": "d"}}, **operation}
    data: Json = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    if served:
        data["servers"] = [{"url": url} for url in served]
    path = folder / f"document-{len([*folder.iterdir()])}.json"
    path.write_text(json.dumps(data))
    return load.load(path)


def labels(pairing: Pairing) -> tuple[list[str], list[str], list[str]]:
    both = [f"{pair.old.label} = {pair.new.label}" for pair in pairing.both]
    return both, [one.label for one in pairing.removed], [one.label for one in pairing.added]


def test_operations_are_the_same_by_method_and_path(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /a", "PUT /a", "GET /b")
    new = contract(tmp_path, "GET /c", "PUT /a", "POST /a", "GET /a")

    assert labels(paired(old, new)) == (["GET /a = GET /a", "PUT /a = PUT /a"], ["GET /b"], ["GET /c", "POST /a"])


def test_a_path_parameter_may_have_any_name(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets/{id}/toys/{toy}.{format}")
    new = contract(tmp_path, "GET /pets/{petId}/toys/{toy}.{type}", "GET /pets/{petId}")
    pairing = paired(old, new)

    assert labels(pairing)[1:] == ([], ["GET /pets/{petId}"])
    assert pairing.both[0].renamed == {"id": "petId", "format": "type"}


def test_of_two_templates_that_differ_by_a_name_the_same_name_is_the_same(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets/{id}", "GET /pets/{name}")
    new = contract(tmp_path, "GET /pets/{name}", "GET /pets/{id}")

    assert labels(paired(old, new)) == (
        ["GET /pets/{id} = GET /pets/{id}", "GET /pets/{name} = GET /pets/{name}"],
        [],
        [],
    )


BASES = [
    ("https://x.example/v1", "GET /pets", "https://x.example", "GET /v1/pets"),
    ("https://x.example/v1/", "GET /pets", "http://y.example/", "GET /v1/pets"),
    ("/api/v1", "GET /pets/{id}", "/api", "GET /v1/pets/{pet}"),
    ("https://x.example/{tenant}", "GET /pets/{id}", "https://x.example", "GET /{tenant}/pets/{pet}"),
]


@pytest.mark.parametrize(("base", "label", "other_base", "other_label"), BASES)
def test_a_part_of_the_path_may_stand_in_the_server(
    base: str, label: str, other_base: str, other_label: str, tmp_path: Path
) -> None:
    old, new = contract(tmp_path, label, served=(base,)), contract(tmp_path, other_label, served=(other_base,))

    assert labels(paired(old, new)) == ([f"{label} = {other_label}"], [], [])
    assert labels(paired(new, old)) == ([f"{other_label} = {label}"], [], [])


def test_names_are_counted_from_the_end_of_a_path(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets/{id}", served=("/{tenant}",))
    new = contract(tmp_path, "GET /{who}/pets/{pet}", served=("/",))

    assert paired(old, new).both[0].renamed == {"id": "pet"}


def test_the_same_url_goes_before_the_same_template(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets", served=("https://x.example/v1",))
    new = contract(tmp_path, "GET /pets", "GET /v1/pets", served=("https://x.example",))

    assert labels(paired(old, new)) == (["GET /pets = GET /v1/pets"], [], ["GET /pets"])


def test_the_same_template_under_one_of_several_bases_goes_before_the_same_url(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /v1/pets", "GET /pets", served=("https://x.example", "https://x.example/v1"))

    assert labels(paired(old, old)) == (["GET /v1/pets = GET /v1/pets", "GET /pets = GET /pets"], [], [])


def test_what_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /a/b", "GET /b", served=("/", "/a"))
    new = contract(tmp_path, "GET /b", "GET /c", served=("/a", "/"))

    assert labels(paired(old, new)) == (["GET /b = GET /b"], ["GET /a/b"], ["GET /c"])


def test_another_base_path_leaves_an_operation_the_same(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets", served=("https://x.example/v1",))
    new = contract(tmp_path, "GET /pets", served=("https://x.example/v2",))

    assert labels(paired(old, new)) == (["GET /pets = GET /pets"], [], [])


def test_servers_of_an_operation_are_its_own(tmp_path: Path) -> None:
    old = contract(tmp_path, "GET /pets", served=("/x",), servers=[{"url": "https://z.example/v1"}])
    new = contract(tmp_path, "GET /pets", "GET /v1/pets", served=("https://y.example",))

    assert labels(paired(old, new))[0] == ["GET /pets = GET /v1/pets"]


def test_a_path_item_that_two_paths_share_has_two_operations(tmp_path: Path) -> None:
    one = contract(tmp_path, "GET /a")
    item: Json = {"get": {"responses": {}}}
    shared = {
        **one.document,
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}, "/b": {"$ref": "#/components/pathItems/A"}},
    }
    (tmp_path / "shared.json").write_text(json.dumps({**shared, "components": {"pathItems": {"A": item}}}))

    assert labels(paired(one, load.load(tmp_path / "shared.json"))) == (["GET /a = GET /a"], [], ["GET /b"])


def test_a_contract_is_paired_with_itself() -> None:
    for name in ("intuned", "praisonai"):
        one = load.load(ROOT / "specs" / name)
        pairing = paired(one, one)

        assert pairing == Pairing(tuple(Pair(operation, operation) for operation in one.operations), (), ())
        assert repr(pairing) == f"<Pairing: {len(one.operations)} in both, 0 removed, 0 added>"


# --- What a pair says of its parts ------------------------------------------------------------------------------------


def parameter(name: str, place: str) -> Json:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def pair(folder: Path, old: list[Json], new: list[Json], *, path: str = "/a", other: str = "/a") -> Pair:
    sides = contract(folder, f"GET {path}", parameters=old), contract(folder, f"GET {other}", parameters=new)
    (found,) = paired(*sides).both
    return found


def test_a_parameter_is_the_same_by_place_and_name_and_in_a_path_by_position(tmp_path: Path) -> None:
    found = pair(
        tmp_path,
        [parameter("id", "path"), parameter("X-Page", "header"), parameter("q", "query"), parameter("Q", "query")],
        [parameter("no", "path"), parameter("x-page", "header"), parameter("Q", "query")],
        path="/a/{id}",
        other="/a/{no}",
    )

    assert [(one.name, other.name if (other := found.counterpart(one)) else None) for one in found.old.parameters] == [
        ("id", "no"),
        ("X-Page", "x-page"),
        ("q", None),
        ("Q", "Q"),
    ]


def test_a_parameter_that_is_in_another_place_moved(tmp_path: Path) -> None:
    found = pair(
        tmp_path,
        [parameter("Key", "query"), parameter("a", "query"), parameter("b", "query")],
        [parameter("key", "header"), parameter("a", "query"), parameter("a", "cookie")],
    )

    assert [(old.name, new.name, new.place) for old, new in found.moved] == [("Key", "key", "header")]


ANSWERS = [
    ("200 404", "200 404", ["200: 200 = 200", "404: 404 = 404"]),
    ("200 4XX", "200 404", ["200: 200 = 200", "404: 4XX = 404", "400: 4XX = None"]),
    ("2xx default", "201", ["201: 2xx = 201", "500: default = None", "200: 2xx = None"]),
    ("200", "default", ["200: 200 = default", "500: None = default"]),
    ("4XX", "404 default", ["404: 4XX = 404", "500: None = default", "400: 4XX = default"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), ANSWERS)
def test_each_combination_of_what_is_documented_for_a_status_is_met_once(
    old: str, new: str, expected: list[str], tmp_path: Path
) -> None:
    sides = (
        contract(tmp_path, "GET /a", responses={status: {"description": "d"} for status in side.split()})
        for side in (old, new)
    )
    (found,) = paired(*sides).both

    assert [
        f"{one.status}: {one.old.status if one.old else None} = {one.new.status if one.new else None}"
        for one in found.answers
    ] == expected

"""Claims about create, read, update and delete where a document has paths and no lifecycle."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwitness import mock
from specwitness.contract import load
from specwitness.contract.conformance import refusals
from specwitness.findings import Exchange, Intent, Request, Response
from specwitness.mock import crud
from specwitness.mock.app import App
from specwitness.mock.merging import patched

REFUSED = {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}
GONE = {"204": {"description": "gone"}, "404": REFUSED}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def body(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def answers(status: str, schema: Any, **others: Any) -> dict[str, Any]:
    good = {"description": "x", "content": {"application/json": {"schema": schema}}, **others}
    return {status: good, "404": REFUSED, "422": REFUSED}


def path(*names: str, kind: str = "string") -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": kind}} for name in names]


def query(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}} for name in names]


NEW_PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "tag": {"type": ["string", "null"]},
        "home": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}},
        "secret": {"type": "string", "writeOnly": True},
        "born": {"type": "string", "readOnly": True},
    },
}
PET = {
    "type": "object",
    "required": ["id", "name", "born"],
    "properties": {
        **NEW_PET["properties"],  # type: ignore[dict-item]  # the literal's values differ in type
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "name": {"type": "string", "maxLength": 8},
        "born": {"type": "string", "format": "date", "readOnly": True},
    },
}
TOY = {
    "type": "object",
    "required": ["id", "kind"],
    "properties": {"id": {"type": "integer"}, "kind": {"type": "string"}},
}
BRIEF = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}, "additionalProperties": False}
TOYS = {
    "type": "object",
    "required": ["toys", "total", "has_more"],
    "properties": {
        "toys": {"type": "array", "items": BRIEF},
        "errors": {"type": "array", "items": {"type": "string"}},
        "total": {"type": "integer"},
        "has_more": {"type": "boolean"},
    },
}
SHAPE = {
    "oneOf": [
        {
            "type": "object",
            "required": ["id", "kind", size],
            "properties": {"id": {"type": "string"}, "kind": {"const": kind}, size: {"type": "integer"}},
            "additionalProperties": False,
        }
        for kind, size in (("circle", "radius"), ("square", "side"))
    ]
}
LOCATED = {"Location": {"required": True, "schema": {"type": "string"}}}
MERGE_PATCH = "application/merge-patch+json"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Toy", "version": "1"},
    "components": {"schemas": {"NewPet": NEW_PET, "Pet": PET, "Toy": TOY, "Shape": SHAPE}},
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": query("limit", "page"),
                "responses": answers("200", {"type": "array", "items": ref("Pet")}),
            },
            "post": {
                "operationId": "addPet",
                "requestBody": body(ref("NewPet")),
                "responses": answers("201", ref("Pet"), headers=LOCATED),
            },
        },
        "/pets/{petId}": {
            "parameters": path("petId"),
            "get": {"operationId": "getPet", "responses": answers("200", ref("Pet"))},
            "put": {
                "operationId": "putPet",
                "requestBody": body(ref("NewPet")),
                "responses": answers("200", ref("Pet")),
            },
            "patch": {
                "operationId": "patchPet",
                "requestBody": body({"type": "object"}, MERGE_PATCH),
                "responses": {"204": {"description": "changed"}, "404": REFUSED},
            },
            "delete": {"operationId": "deletePet", "responses": GONE},
        },
        "/pets/{owner}/toys": {
            "parameters": path("owner"),
            "get": {"operationId": "listToys", "responses": answers("200", TOYS)},
            "post": {
                "operationId": "addToy",
                "requestBody": body({"type": "object", "properties": {"kind": {"type": "string"}}}),
                "responses": answers("201", BRIEF),
            },
        },
        "/pets/{petId}/toys/{toyId}": {
            "parameters": [*path("toyId", kind="integer"), *path("petId")],
            "get": {"operationId": "getToy", "responses": answers("200", ref("Toy"))},
            "delete": {"operationId": "deleteToy", "responses": {"200": {"description": "gone"}}},
        },
        "/users": {
            "post": {
                "operationId": "addUser",
                "requestBody": body({"type": "object", "properties": {"username": {"type": "string"}}}),
                "responses": answers("200", {"type": "object", "properties": {"username": {"type": "string"}}}),
            }
        },
        "/users/{username}": {
            "parameters": path("username"),
            "get": {
                "operationId": "getUser",
                "responses": answers(
                    "200", {"type": "object", "required": ["username"], "properties": {"username": {"type": "string"}}}
                ),
            },
        },
        "/shapes": {
            "post": {
                "operationId": "addShape",
                "requestBody": body({"type": "object"}),
                "responses": answers("201", ref("Shape")),
            }
        },
        "/shapes/{id}": {
            "parameters": path("id"),
            "get": {"operationId": "getShape", "responses": answers("200", ref("Shape"))},
        },
        "/words/{word}": {
            "parameters": path("word"),
            "get": {"operationId": "getWord", "responses": answers("200", {"type": "string"})},
            "delete": {"operationId": "deleteWord", "responses": GONE},
        },
    },
}


class Client:
    """Asks an application without a socket, and judges each answer by the contract."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.contract = app.desks["openapi"].contract

    def __call__(self, method: str, target: str, sent: Any = None, media_type: str = "application/json") -> Response:
        text = b"" if sent is None else json.dumps(sent).encode()
        headers = ((b"content-type", media_type.encode()),) if text else ()
        reply = self.app.answer(method, target.encode(), headers, text)
        match = self.app._router.match(target.partition("?")[0].encode())
        assert match is not None
        response = Response(reply.status, reply.headers, reply.content)
        request = Request(method, f"http://mock{target}", (("Content-Type", media_type),) if text else (), text or None)
        operation = match.route.operations[method].key
        assert [*refusals(self.contract, Exchange(request, response, operation, {}, Intent.GENERATED))] == []
        return response

    def get(self, target: str) -> Any:
        return self("GET", target).json()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    file = tmp_path_factory.mktemp("toy") / "openapi.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return mock.app([load.load(file)])


@pytest.fixture
def send(app: App) -> Client:
    app.reset()
    return Client(app)


def test_what_was_created_is_read_and_listed_as_it_was_sent(send: Client) -> None:
    before = send.get("/pets")
    response = send(
        "POST", "/pets", {"name": "Rex", "home": {"city": "Brno"}, "secret": "s", "id": "mine", "born": "x"}
    )
    pet = response.json()
    assert response.status == 201
    assert response.header("Location") == f"/pets/{pet['id']}"
    # Read-only is made up, write-only is not shown, and what was not sent is not there.
    assert pet == {"id": pet["id"], "name": "Rex", "home": {"city": "Brno"}, "born": pet["born"]}
    assert pet["born"] != "x"
    assert send.get(f"/pets/{pet['id']}") == pet
    assert send.get("/pets") == [pet, *before]


def test_a_sent_value_that_the_answer_may_not_show_is_left_out(send: Client) -> None:
    pet = send("POST", "/pets", {"name": "much too long", "tag": "kept"}).json()
    assert pet["name"] != "much too long"
    assert pet["tag"] == "kept"


def test_the_ids_that_exist_from_the_start_are_shown_and_listed(send: Client) -> None:
    ids = send.app.values("openapi").parameters
    assert [pet["id"] for pet in send.get("/pets?limit=100")] == [*ids["petId"]]
    assert [send.get(f"/pets/{name}")["id"] for name in ids["petId"]] == [*ids["petId"]]


def test_put_replaces_and_keeps_what_a_client_cannot_decide(send: Client) -> None:
    pet = send("POST", "/pets", {"name": "Rex", "tag": "a", "home": {"city": "Brno"}}).json()
    put = send("PUT", f"/pets/{pet['id']}", {"name": "Max", "tag": None}).json()
    assert put == {"id": pet["id"], "born": pet["born"], "name": "Max", "tag": None}
    assert send.get(f"/pets/{pet['id']}") == put


def test_patch_merges_and_null_removes(send: Client) -> None:
    pet = send("POST", "/pets", {"name": "Rex", "tag": "a", "home": {"city": "Brno", "street": "b"}}).json()
    changed = {"tag": None, "home": {"street": None}, "id": "other", "unknown": 1}
    assert send("PATCH", f"/pets/{pet['id']}", changed, MERGE_PATCH).status == 204
    assert send.get(f"/pets/{pet['id']}") == {**{k: v for k, v in pet.items() if k != "tag"}, "home": {"city": "Brno"}}


def test_what_exists_from_the_start_can_be_changed_too(send: Client) -> None:
    name = send.app.values("openapi").parameters["petId"][0]
    send("PATCH", f"/pets/{name}", {"name": "Max"}, MERGE_PATCH)
    assert send.get(f"/pets/{name}")["name"] == "Max"
    assert send.get("/pets?limit=1")[0]["name"] == "Max"


@pytest.mark.parametrize("made", [True, False])
def test_what_was_deleted_is_gone_until_the_reset(send: Client, made: bool) -> None:
    name = send("POST", "/pets", {"name": "Rex"}).json()["id"] if made else send.get("/pets")[0]["id"]
    assert send("DELETE", f"/pets/{name}").status == 204
    assert [send(method, f"/pets/{name}").status for method in ("GET", "DELETE")] == [404, 404]
    assert send("PUT", f"/pets/{name}", {"name": "x"}).status == 404
    assert name not in {pet["id"] for pet in send.get("/pets?limit=100")}
    send.app.reset()
    assert send("GET", f"/pets/{name}").status == 200


def test_an_id_that_nobody_made_is_answered_for_and_missing_ones_are_not(send: Client) -> None:
    assert send.get("/pets/8f2e2c5e-3a53-4f5e-8a53-2f5e8a532f5e")["id"] == "8f2e2c5e-3a53-4f5e-8a53-2f5e8a532f5e"
    assert send("GET", "/pets/any").status == 200
    assert send("GET", "/pets/missing-1").status == 404


def test_a_nested_collection_belongs_to_what_is_above_it(send: Client) -> None:
    first, second = send("POST", "/pets/a/toys", {"kind": "ball"}).json(), send("POST", "/pets/b/toys", {}).json()
    assert send.get(f"/pets/a/toys/{first['id']}") == {"id": first["id"], "kind": "ball"}
    assert first["id"] in {toy["id"] for toy in send.get("/pets/a/toys")["toys"]}
    assert first["id"] not in {toy["id"] for toy in send.get("/pets/b/toys")["toys"]}
    assert second["id"] != first["id"]


def test_the_numbers_of_a_list_agree_with_its_items(send: Client) -> None:
    for _ in range(30):
        send("POST", "/pets/a/toys", {})
    listed = send.get("/pets/a/toys")
    assert (len(listed["toys"]), listed["has_more"]) == (20, True)
    assert listed["total"] == 30 + len(send.app.values("openapi").parameters["toyId"])


def test_a_list_is_read_in_pages(send: Client) -> None:
    made = [send("POST", "/pets", {"name": str(number)}).json()["name"] for number in range(5)]
    pages = [[pet["name"] for pet in send.get(f"/pets?limit=2&page={page}")] for page in (1, 2)]
    assert pages == [made[:-3:-1], made[-3:-5:-1]]


def test_where_no_404_is_documented_what_was_deleted_is_answered_as_ever(send: Client) -> None:
    assert [send("DELETE", "/pets/a/toys/7").status for _ in range(2)] == [200, 200]
    assert send("GET", "/pets/a/toys/7").status == 404


def test_a_client_chooses_the_id_where_it_can_send_one(send: Client) -> None:
    assert send("POST", "/users", {"username": "ada"}).json() == {"username": "ada"}
    assert send.get("/users/ada") == {"username": "ada"}


def test_an_id_that_cannot_stand_in_a_path_is_not_remembered(send: Client) -> None:
    assert send("POST", "/users", {"username": "a/b"}).status == 200


@pytest.mark.parametrize(("kind", "size"), [("circle", "radius"), ("square", "side")])
def test_the_branch_that_was_sent_is_the_one_that_is_shown(send: Client, kind: str, size: str) -> None:
    shape = send("POST", "/shapes", {"kind": kind, size: 5}).json()
    assert shape == {"id": shape["id"], "kind": kind, size: 5}
    assert send.get(f"/shapes/{shape['id']}") == shape


def test_what_shows_no_id_can_be_deleted_all_the_same(send: Client) -> None:
    assert [send(method, "/words/a").status for method in ("GET", "DELETE", "GET")] == [200, 204, 404]


def test_a_patch_that_is_no_merge_patch_changes_nothing(send: Client) -> None:
    before = send.get("/pets")
    send("PUT", f"/pets/{before[0]['id']}", ["x"])
    assert send.get("/pets") == before


def test_the_oldest_is_forgotten_beyond_the_limit(send: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crud, "_MOST_MADE", 3)
    names = [send("POST", "/pets", {"name": str(number)}).json()["id"] for number in range(5)]
    assert [send.get(f"/pets/{name}")["name"] for name in names[2:]] == ["2", "3", "4"]
    assert len(send.app.desks["openapi"]._crud._made) == 3


def test_what_happens_while_undoing_is_forgotten(send: Client) -> None:
    kept = send("POST", "/pets", {"name": "kept"}).json()
    before = send.get("/pets")
    with send.app.desks["openapi"].undoing():
        send("POST", "/pets", {"name": "lost"})
        send("DELETE", f"/pets/{kept['id']}")
    assert send.get("/pets") == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        st.integers(0, 4),
        st.dictionaries(
            st.sampled_from(["name", "tag", "home", "id", "born", "other"]),
            st.one_of(st.none(), st.text(max_size=9), st.integers(), st.dictionaries(st.text(max_size=2), st.text())),
        ),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_answers_are_valid_and_the_same_bytes_again(send: Client, steps: Any) -> None:
    told = []
    for _ in range(2):
        send.app.reset()
        ids = [pet["id"] for pet in send.get("/pets")]
        said = []
        for method, number, sent in steps:
            target = "/pets" if method == "POST" else f"/pets/{ids[number % len(ids)]}"
            media_type = MERGE_PATCH if method == "PATCH" else "application/json"
            response = send(method, target, sent if method in {"POST", "PUT", "PATCH"} else None, media_type)
            said.append((response.status, response.headers, response.body, send("GET", "/pets").body))
            if response.status == 201:
                ids.insert(0, response.json()["id"])
        told.append(said)
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("value", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c"], ["c"]),
        ({"a": "foo"}, "bar", "bar"),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_is_that_of_rfc_7396(value: Any, patch: Any, expected: Any) -> None:
    assert patched(value, patch) == expected

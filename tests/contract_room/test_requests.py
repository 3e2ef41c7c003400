"""A request is judged by its wire form: what it asks, or what the contract refuses, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.contract.requests import Asked, Fault, Refusal, read
from specwitness.exceptions import DocumentError
from specwitness.findings import Headers, Json, Request

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /find:
    get:
      operationId: find
      parameters:
      - {name: n, in: query, schema: {type: integer, minimum: 1}}
      - {name: text, in: query, schema: {type: string, minLength: 1}}
      - {name: flag, in: query, schema: {type: boolean}}
      - {name: either, in: query, schema: {type: [string, 'null']}}
      - {name: any, in: query}
      - {name: size, in: query, schema: {type: integer, default: 20}}
      - {name: many, in: query, schema: {type: array, items: {type: integer}}}
      - {name: csv, in: query, explode: false, schema: {type: array, items: {type: string}}}
      - {name: piped, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}}
      - {name: spaced, in: query, style: spaceDelimited, explode: false, schema: {type: array, items: {type: integer}}}
      - {name: filter, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}
      - {name: shape, in: query, explode: false, schema: {type: object, properties: {x: {type: integer}}}}
      - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer}}}}
      - {name: flat, in: query, schema: {type: object, properties: {left: {type: integer}, right: {type: string}}}}
      - {name: X-Tries, in: header, schema: {type: integer}}
      - {name: mood, in: cookie, schema: {enum: [good, bad]}}
      responses: {'200': {description: d}}
  /need:
    parameters: [{name: key, in: query, required: true, schema: {type: string}}]
    get: {operationId: need, responses: {'200': {description: d}}}
  /shops/{shopId}/pets/{petId}.json:
    get:
      operationId: readPet
      parameters:
      - {name: shopId, in: path, required: true, schema: {type: integer}}
      - {name: petId, in: path, required: true, schema: {type: string, minLength: 1}}
      responses: {'200': {description: d}}
  /make:
    post:
      operationId: make
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Pet'}}
          text/*: {schema: {type: string}}
      responses: {'200': {description: d}}
    put:
      operationId: change
      requestBody: {content: {application/merge-patch+json; charset=utf-8: {}}}
      responses: {'200': {description: d}}
  /fill:
    post:
      operationId: fill
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, age: {$ref: '#/components/schemas/Age'},
                           scores: {type: array, items: {type: number}}}
      responses: {'200': {description: d}}
  /fill-deep:
    post:
      operationId: fillDeep
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object, required: [a], properties: {a: {type: object}}}}
      responses: {'200': {description: d}}
  /fill-joined:
    post:
      operationId: fillJoined
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {a: {type: array, items: {type: integer}}}}
            encoding: {a: {style: form, explode: false}}
      responses: {'200': {description: d}}
components:
  schemas:
    Age: {type: integer}
    Pet: {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}
"""
FIND, MAKE, CHANGE = "/paths/~1find/get", "/paths/~1make/post", "/paths/~1make/put"
NAMES = (
    *(
        "n",
        "text",
        "flag",
        "either",
        "any",
        "size",
        "many",
        "csv",
        "piped",
        "spaced",
        "filter",
        "shape",
        "deep",
        "flat",
    ),
    *("X-Tries", "mood"),
)
JSON = (("Content-Type", "application/json"),)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "pets"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    return load(folder)


def asked(
    contract: Contract,
    key: str,
    path: str,
    *,
    headers: Headers = (),
    body: bytes | None = None,
    method: str = "GET",
) -> Asked | Refusal | None:
    operation = contract.operation(key)
    assert operation is not None
    return read(contract, operation, Request(method, f"http://127.0.0.1:8005{path}", headers, body))


def about(asked: Asked | Refusal | None) -> tuple[Fault, str]:
    """Return what is wrong, and where the document says so."""
    assert isinstance(asked, Refusal)
    return asked.fault, asked.pointer


def at(name: str) -> tuple[Fault, str]:
    return Fault.REQUEST, f"{FIND}/parameters/{NAMES.index(name)}"


# --- Parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("n=1", {"n": 1}),
        ("n=1e2", {"n": 100.0}),
        ("text=a+b%20c", {"text": "a b c"}),
        ("text=1", {"text": "1"}),
        ("text=true", {"text": "true"}),
        ("flag=true", {"flag": True}),
        ("either=null", {"either": "null"}),
        ("either=", {"either": ""}),
        ("any=what", {"any": "what"}),
        ("size=5", {"size": 5}),
        ("many=1&many=2", {"many": [1, 2]}),
        ("many=1", {"many": [1]}),
        ("csv=a,b", {"csv": ["a", "b"]}),
        ("csv=1,2", {"csv": ["1", "2"]}),
        ("piped=1|2", {"piped": [1, 2]}),
        ("piped=1%7C2", {"piped": [1, 2]}),
        ("spaced=1%202", {"spaced": [1, 2]}),
        ("filter=%7B%22a%22%3A1%7D", {"filter": {"a": 1}}),
        ("shape=x,1,y,z", {"shape": {"x": 1, "y": "z"}}),
        ("deep[a]=1&deep[b]=x", {"deep": {"a": 1, "b": "x"}}),
        ("deep%5Ba%5D=1", {"deep": {"a": 1}}),
        ("left=1&right=x", {"flat": {"left": 1, "right": "x"}}),
        ("unknown=1", {}),
    ],
)
def test_what_a_query_asks_is_read_by_the_schema_of_each_parameter(
    contract: Contract, query: str, values: dict[str, Json]
) -> None:
    assert asked(contract, "find", f"/find?{query}") == Asked({"size": 20, **values})


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("n=0", "n"),
        ("n=", "n"),
        ("n=x", "n"),
        ("n=01", "n"),
        ("n=1.5", "n"),
        ("n=1&n=2", "n"),
        ("text=", "text"),
        ("text=a&text=b", "text"),
        ("flag=True", "flag"),
        ("flag=1", "flag"),
        ("many=1&many=x", "many"),
        ("many=1,2", "many"),
        ("piped=1,2", "piped"),
        ("deep[a]=x", "deep"),
        ("left=x", "flat"),
        ("filter=%7B%7D", "filter"),
        ("filter=%7B", "filter"),
        ("filter=NaN", "filter"),
        ("shape=x,y", "shape"),
        ("any=1&any=2", "any"),
        # What is no UTF-8 is no text, whichever parameter it stands in: the first one is named.
        ("text=%FF", "n"),
    ],
)
def test_what_a_query_may_not_ask_is_refused_at_its_parameter(contract: Contract, query: str, name: str) -> None:
    assert about(asked(contract, "find", f"/find?{query}")) == at(name)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("n=0", "the query parameter n: 0 is less than the minimum of 1"),
        ("n=x", "the query parameter n: 'x' is not of type 'integer'"),
        ("n=1&n=2", "the query parameter n was sent 2 times"),
        ("text=", "the query parameter text: '' should be non-empty"),
        ("many=1&many=x", "the query parameter many: 'x' is not of type 'integer'"),
        ("text=%FF", "the query parameter n is not UTF-8"),
    ],
)
def test_a_refusal_says_what_was_sent_and_what_the_schema_wants(contract: Contract, query: str, reason: str) -> None:
    refused = asked(contract, "find", f"/find?{query}")
    assert isinstance(refused, Refusal)
    assert refused.reason == reason


def test_headers_and_cookies_are_read_whatever_the_case_of_a_header(contract: Contract) -> None:
    headers = (("x-TRIES", "3"), ("Cookie", "other=1; mood=good"), ("cookie", "last=1"))

    assert asked(contract, "find", "/find", headers=headers) == Asked({"size": 20, "X-Tries": 3, "mood": "good"})


@pytest.mark.parametrize(
    ("headers", "place", "name"),
    [
        ((("X-Tries", "many"),), "header", "X-Tries"),
        ((("X-Tries", "1"), ("X-Tries", "2")), "header", "X-Tries"),
        ((("Cookie", "mood=odd"),), "cookie", "mood"),
        ((("Cookie", "mood=good; mood=bad"),), "cookie", "mood"),
    ],
)
def test_a_header_or_cookie_that_does_not_fit_is_refused(
    contract: Contract, headers: Headers, place: str, name: str
) -> None:
    refused = asked(contract, "find", "/find", headers=headers)
    assert about(refused) == at(name)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith(f"the {place} parameter {name}")


def test_a_required_parameter_that_was_not_sent_is_missing(contract: Contract) -> None:
    """A client that drops an empty list, or an undefined value, sends nothing."""
    missing = Refusal(Fault.REQUEST, "the query parameter key is missing", "/paths/~1need/parameters/0")

    assert [asked(contract, "need", f"/need{query}") for query in ("", "?", "?other=1")] == [missing] * 3
    assert [asked(contract, "need", f"/need?key{end}") for end in ("", "=", "=1")] == [
        Asked({"key": text}) for text in ("", "", "1")
    ]


# --- Paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "pet"),
    [
        ("/shops/1/pets/rex.json", "rex"),
        ("/shops/1/pets/a%2Fb%20c.json", "a/b c"),
        ("/shops/1/pets/k%C3%A4se.json?x=1", "käse"),
        ("/api/v1/shops/1/pets/rex.json", "rex"),
        ("/shops/2/pets/x.json/shops/1/pets/rex.json", "rex"),
    ],
)
def test_a_path_is_read_from_its_end_and_decoded(contract: Contract, path: str, pet: str) -> None:
    assert asked(contract, "readPet", path) == Asked({"shopId": 1, "petId": pet})


@pytest.mark.parametrize(
    "path",
    [
        "/shops/1/pets/rex",
        "/shops/1/pets/rexXjson",
        "/shops/1/pets/rex.json/",
        "/shops/1/2/pets/rex.json",
        "/shop/1/pets/rex.json",
        "/",
        "",
    ],
)
def test_a_path_that_does_not_match_is_no_request_of_the_operation(contract: Contract, path: str) -> None:
    assert asked(contract, "readPet", path) is None


@pytest.mark.parametrize(
    ("path", "name", "index"),
    [
        ("/shops/x/pets/rex.json", "shopId", 0),
        ("/shops/1/pets/.json", "petId", 1),
        ("/shops/1/pets/%FF.json", "petId", 1),
    ],
)
def test_a_segment_that_does_not_fit_is_refused(contract: Contract, path: str, name: str, index: int) -> None:
    place = f"/paths/~1shops~1{{shopId}}~1pets~1{{petId}}.json/get/parameters/{index}"
    refused = asked(contract, "readPet", path)
    assert about(refused) == (Fault.REQUEST, place)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith(f"the path parameter {name}")


# --- Bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "body", "value"),
    [
        ("application/json", b'{"name": "Rex"}', {"name": "Rex"}),
        ("Application/JSON; charset=utf-8", b'{"name": "Rex"}', {"name": "Rex"}),
        ("text/plain", b"Rex", None),
    ],
)
def test_a_body_is_read_by_its_media_type(contract: Contract, media_type: str, body: bytes, value: Json) -> None:
    made = asked(contract, "make", "/make", method="POST", headers=(("Content-Type", media_type),), body=body)

    assert made == Asked({}, value)


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"name=Rex", {"name": "Rex"}),
        (b"name=1&age=2&other=3", {"name": "1", "age": 2, "other": "3"}),
        (b"name=R%C3%A9x+II&scores=1&scores=2.5", {"name": "R\u00e9x II", "scores": [1, 2.5]}),
    ],
)
def test_a_form_is_read_by_the_schema_of_its_fields(contract: Contract, body: bytes, value: Json) -> None:
    assert asked(contract, "fill", "/fill", method="POST", headers=FORM, body=body) == Asked({}, value)


@pytest.mark.parametrize(
    ("body", "words"), [(b"age=2", "'name' is a required property"), (b"name=x&age=y", "/age: 'y'")]
)
def test_a_form_that_its_schema_refuses_is_refused(contract: Contract, body: bytes, words: str) -> None:
    refused = asked(contract, "fill", "/fill", method="POST", headers=FORM, body=body)

    assert isinstance(refused, Refusal)
    assert (refused.fault, words in refused.reason) == (Fault.BODY, True)


def test_a_form_that_can_be_written_in_several_ways_is_not_judged(contract: Contract) -> None:
    assert asked(contract, "fillDeep", "/fill-deep", method="POST", headers=FORM, body=b"b=1") == Asked({})
    assert asked(contract, "fillJoined", "/fill-joined", method="POST", headers=FORM, body=b"a=1,2") == Asked({})


@pytest.mark.parametrize(
    ("headers", "body", "refusal"),
    [
        (JSON, None, Refusal(Fault.REQUEST, "the body is missing", f"{MAKE}/requestBody")),
        (JSON, b"", Refusal(Fault.REQUEST, "the body is missing", f"{MAKE}/requestBody")),
        *(
            (
                headers,
                b'{"name": "Rex"}',
                Refusal(Fault.MEDIA_TYPE, "the body has to be application/json or text/*", f"{MAKE}/requestBody"),
            )
            for headers in ((), (("Content-Type", "application/xml"),), (*JSON, *JSON))
        ),
        *(
            (
                JSON,
                body,
                Refusal(Fault.REQUEST, "the body is not JSON", f"{MAKE}/requestBody/content/application~1json"),
            )
            for body in (b"{", b"\xff", b"NaN", b"[" * 99_999, b'{"name": Infinity}')
        ),
        (
            JSON,
            b"{}",
            Refusal(Fault.BODY, "the body: 'name' is a required property", "/components/schemas/Pet/required"),
        ),
        (
            JSON,
            b'{"name": "Rex", "age": "old"}',
            Refusal(
                Fault.BODY,
                "/age: 'old' is not of type 'integer'",
                "/components/schemas/Pet/properties/age/type",
            ),
        ),
        (
            JSON,
            b"null",
            Refusal(Fault.BODY, "the body: null is not of type 'object'", "/components/schemas/Pet/type"),
        ),
    ],
    ids=str,
)
def test_a_body_that_the_contract_does_not_have_is_refused_with_its_place(
    contract: Contract, headers: Headers, body: bytes | None, refusal: Refusal
) -> None:
    assert asked(contract, "make", "/make", method="POST", headers=headers, body=body) == refusal


def test_a_body_that_may_be_missing_or_anything_is_asked_with_or_without(contract: Contract) -> None:
    patch = (("Content-Type", "application/merge-patch+json"),)

    assert asked(contract, "change", "/make", method="PUT") == Asked({})
    assert asked(contract, "change", "/make", method="PUT", headers=patch, body=b"[1]") == Asked({}, [1])


def test_a_body_that_no_operation_speaks_of_is_not_looked_at(contract: Contract) -> None:
    assert asked(contract, "find", "/find", body=b"{", headers=JSON) == Asked({"size": 20})


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        (Fault.MEDIA_TYPE, (415, 400, 422)),
        (Fault.REQUEST, (400, 422)),
        (Fault.BODY, (422, 400)),
        (Fault.MISSING, (404,)),
    ],
)
def test_each_fault_has_the_statuses_that_say_so(fault: Fault, statuses: tuple[int, ...]) -> None:
    assert fault.statuses == statuses


# --- Any request ----------------------------------------------------------------------------------------------------


# A header comes off the wire as bytes, and is kept as Latin-1.
HEADER_TEXT = st.text(st.characters(codec="latin-1"), max_size=8)


@given(
    st.text(st.characters(codec="ascii"), max_size=20),
    st.lists(st.tuples(st.sampled_from(["Content-Type", "Cookie", "X-Tries"]), HEADER_TEXT), max_size=3),
    st.none() | st.binary(max_size=12),
)
def test_any_request_is_read_or_refused(
    contract: Contract, query: str, headers: list[tuple[str, str]], body: bytes | None
) -> None:
    for key, path in (("find", "/find"), ("make", "/make"), ("readPet", "/shops/1/pets/rex.json")):
        result = asked(contract, key, f"{path}?{query}", headers=tuple(headers), body=body)
        assert isinstance(result, Asked | Refusal)


@given(st.fixed_dictionaries({"name": st.text(max_size=5)}, optional={"age": st.integers()}))
def test_a_body_that_the_schema_accepts_is_asked_as_it_is(contract: Contract, body: Json) -> None:
    made = asked(contract, "make", "/make", method="POST", headers=JSON, body=json.dumps(body).encode())

    assert made == Asked({}, body)


ODD = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /find:
    post:
      operationId: find
      parameters:
      - {name: described, in: query, content: {application/json: {}}}
      - {name: bad, in: query, schema: {type: any}}
      requestBody:
        content: {application/x-www-form-urlencoded: {schema: {properties: {n: {type: [integer, 'null']}}}}}
      responses: {'200': {description: d}}
"""


def test_what_is_described_without_a_schema_and_what_a_form_cannot_spell_are_read(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(ODD)
    odd = load(tmp_path / "openapi.yaml")
    asked = read(odd, odd.operations[0], Request("POST", "http://a/find?described=1", FORM, b"n=1"))
    assert isinstance(asked, Asked)
    assert asked.parameters == {"described": 1}


def test_a_parameter_whose_schema_is_none_is_refused_when_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(ODD)
    odd = load(tmp_path / "openapi.yaml")
    with pytest.raises(DocumentError) as raised:
        read(odd, odd.operations[0], Request("POST", "http://a/find?bad=1"))
    assert raised.value.thing == f"{tmp_path / 'openapi.yaml'}, line 10"

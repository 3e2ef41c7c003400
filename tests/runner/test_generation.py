"""What we expect of schemathesis: the surface we touch, held here so that a new version cannot change it in silence."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
import urllib3

from specwitness.contract.load import load
from specwitness.contract.model import Contract, SecurityScheme
from specwitness.exceptions import DocumentError
from specwitness.findings import Intent
from specwitness.runner.generation import Generator, Planned, credentials, encoded, generated_validly

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{key: []}]
paths:
  /pets/{petId}:
    parameters:
    - {name: petId, in: path, required: true, schema: {type: string}}
    get:
      operationId: readPet
      parameters:
      - {name: page, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
      responses:
        '200':
          description: d
          headers: {X-Count: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
        '404': {description: d}
  /pets:
    post:
      operationId: makePet
      security: [{key: []}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses: {'201': {description: d, LINKS}}
  /health:
    get: {operationId: health, security: [], responses: {'200': {description: d}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string, minLength: 1}, kind: {enum: [dog, cat]}}
"""
LINKS = "links: {read: {operationId: readPet, parameters: {petId: '$response.body#/id'}}}"
BASE = "http://127.0.0.1:8005"
READ, MAKE, HEALTH = "readPet", "makePet", "health"


def contract_in(folder: Path, *, links: bool = False) -> Contract:
    made = folder / "pets"
    made.mkdir(parents=True, exist_ok=True)
    (made / "openapi.yaml").write_text(OPENAPI.replace("LINKS", LINKS if links else "content: {}"))
    return load(made)


@dataclass(frozen=True)
class Toy:
    """A contract and its generator."""

    contract: Contract
    generator: Generator

    @classmethod
    def of(cls, contract: Contract, *, probe_methods: bool = True) -> Toy:
        return cls(contract, Generator(contract, base_url=BASE, probe_methods=probe_methods))

    def coverage(self, key: str, *, valid: bool) -> list[Planned]:
        operation = self.contract.operation(key)
        assert operation is not None
        return list(self.generator.coverage(operation, valid=valid))

    def fuzz(self, key: str, *, valid: bool = True, seed: int = 0, budget: int = 10, stop_after: int = 99) -> list[str]:
        operation = self.contract.operation(key)
        assert operation is not None
        sent: list[str] = []

        def send(planned: Planned) -> bool:
            sent.append(f"{planned.intent} {wire(planned)}")
            return len(sent) < stop_after

        self.generator.fuzz(operation, valid=valid, seed=seed, budget=budget, send=send)
        return sent

    def case(self, key: str, **content: Any) -> Any:
        operation = self.contract.operation(key)
        assert operation is not None
        return self.generator.case(operation, **content)


def wire(planned: Planned) -> str:
    """Return a case as text: all that would be sent of it."""
    arguments = planned.case.as_transport_kwargs(base_url=BASE)
    headers = {name: value for name, value in arguments["headers"].items() if "TestCaseId" not in name}
    return repr([arguments[name] for name in ("method", "url", "params", "cookies")] + [headers, arguments.get("json")])


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy.of(contract_in(tmp_path))


# --- Boundary cases -------------------------------------------------------------------------------------------------


def test_two_generators_make_the_same_boundary_cases(tmp_path: Path) -> None:
    contract = contract_in(tmp_path)
    first, second = (
        [wire(case) for key in (READ, MAKE) for valid in (True, False) for case in toy.coverage(key, valid=valid)]
        for toy in (Toy.of(contract), Toy.of(contract))
    )

    assert first == second
    assert len(first) > 20


IN_ANOTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from specwitness.contract.load import load
from specwitness.runner.generation import Generator
contract = load(Path(sys.argv[1]))
generator = Generator(contract, base_url="http://127.0.0.1:8005", probe_methods=True)
for operation in contract.operations:
    for valid in (True, False):
        for planned in generator.coverage(operation, valid=valid):
            case = planned.case
            body = case.body if case.media_type else None
            print(ascii([planned.intent, case.method, case.path_parameters, case.query, case.media_type, body]))
"""


def test_two_processes_make_the_same_boundary_cases(tmp_path: Path) -> None:
    folder = contract_in(tmp_path).folder
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, str(folder)],
            stdout=subprocess.PIPE,
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in processes)

    assert first == second
    assert first.count(b"\n") > 20


def test_each_case_says_why_it_was_made(toy: Toy) -> None:
    intents = {
        (key, valid): {planned.intent for planned in toy.coverage(key, valid=valid)}
        for key in (READ, MAKE)
        for valid in (True, False)
    }

    assert intents == {
        (READ, True): {Intent.GENERATED},
        (READ, False): {Intent.INVALID, Intent.PROBE},
        (MAKE, True): {Intent.GENERATED},
        (MAKE, False): {Intent.INVALID, Intent.PROBE},
    }


def test_a_method_that_the_contract_does_not_have_is_a_probe(toy: Toy) -> None:
    undeclared = [planned for planned in toy.coverage(HEALTH, valid=False) if planned.case.method != "GET"]

    assert {planned.case.method for planned in undeclared} >= {"POST", "PUT", "PATCH", "DELETE"}
    assert {planned.intent for planned in undeclared} == {Intent.PROBE}


def test_such_methods_are_tried_by_the_first_operation_of_a_path_whatever_was_asked_for_before(tmp_path: Path) -> None:
    """What one test sends must not depend on the tests before it, nor on the process that runs them."""
    folder = tmp_path / "shared"
    folder.mkdir()
    answers = "responses: {'200': {description: d}}"
    (folder / "openapi.yaml").write_text(
        f"openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /pets:\n"
        f"    post: {{operationId: make, {answers}}}\n    get: {{operationId: list, {answers}}}\n"
    )
    toy = Toy.of(load(folder))
    first, second = (one.key for one in toy.contract.operations)
    odd = [
        {planned.case.method for planned in toy.coverage(key, valid=False)} - {"GET", "POST"}
        for key in (second, first, second, first)
    ]

    assert (odd[0], odd[2], odd[1] == odd[3]) == (set(), set(), True)
    assert odd[1] >= {"PUT", "PATCH", "DELETE"}


def test_a_wrong_media_type_is_a_probe(toy: Toy) -> None:
    types = {
        (planned.intent, planned.case.headers["Content-Type"].partition(";")[0])
        for planned in toy.coverage(MAKE, valid=False)
        if planned.case.method == "POST" and "Content-Type" in planned.case.headers
    }

    assert types == {(Intent.PROBE, "text/plain"), (Intent.PROBE, "multipart/form-data")}


def test_no_undeclared_method_is_made_where_none_may_be_sent(tmp_path: Path) -> None:
    toy = Toy.of(contract_in(tmp_path), probe_methods=False)
    methods = {
        key: {planned.case.method for valid in (True, False) for planned in toy.coverage(key, valid=valid)}
        for key in (READ, MAKE)
    }

    assert methods == {READ: {"GET"}, MAKE: {"POST"}}


def test_credentials_are_not_generated(toy: Toy) -> None:
    planned = [case for key in (READ, MAKE) for valid in (True, False) for case in toy.coverage(key, valid=valid)]
    names = {name.lower() for case in planned for name in {*case.case.headers, *case.case.query, *case.case.cookies}}

    assert "x-key" not in names
    assert "security" in toy.contract.document
    assert "x-key" not in "".join([*toy.fuzz(READ), *toy.fuzz(MAKE, valid=False)]).lower()


def test_a_case_knows_which_of_its_parts_are_valid(toy: Toy) -> None:
    in_query = [
        planned
        for planned in toy.coverage(READ, valid=False)
        if planned.intent is Intent.INVALID and not generated_validly(planned.case, "query")
    ]
    by_hand = toy.case(READ, parameters={"petId": "rex"})

    assert in_query
    assert all(generated_validly(planned.case, "path") for planned in in_query)
    assert all(generated_validly(planned.case, "path") for planned in toy.coverage(READ, valid=True))
    assert generated_validly(by_hand, "path")


# --- Random cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("valid", [True, False])
def test_one_seed_makes_the_same_random_cases(tmp_path: Path, valid: bool) -> None:
    contract = contract_in(tmp_path)
    first, again, other = (Toy.of(contract).fuzz(MAKE, valid=valid, seed=seed) for seed in (7, 7, 8))

    assert first == again
    assert first != other


@pytest.mark.parametrize("budget", [1, 10])
def test_no_more_random_cases_are_made_than_the_budget(toy: Toy, budget: int) -> None:
    assert len(toy.fuzz(MAKE, budget=budget)) == budget
    assert 0 < len(toy.fuzz(MAKE, valid=False, budget=budget)) <= budget


def test_the_polarity_of_random_cases_is_their_intent(toy: Toy) -> None:
    intents = {valid: {case.split()[0] for case in toy.fuzz(MAKE, valid=valid)} for valid in (True, False)}

    assert intents == {True: {"generated"}, False: {"invalid"}}


def test_random_cases_end_where_they_are_no_longer_wanted(toy: Toy) -> None:
    assert len(toy.fuzz(MAKE, budget=50, stop_after=3)) == 3


def test_an_operation_without_inputs_has_nothing_invalid(toy: Toy) -> None:
    assert toy.fuzz(HEALTH, valid=False) == []


# --- Cases made by hand ---------------------------------------------------------------------------------------------


class Hearing(BaseHTTPRequestHandler):
    """A server that repeats the path it was asked for."""

    def do_GET(self) -> None:
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def hearing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Hearing) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("rex", "rex"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("a%2Fb", "a%252Fb"),
        ("käse", "k%C3%A4se"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
        ("a?b#c", "a%3Fb%23c"),
        ("a;b,c:d@e", "a%3Bb%2Cc%3Ad%40e"),
        ("{petId}", "%7BpetId%7D"),
        ("a~b-c_d.e", "a~b-c_d.e"),
    ],
)
def test_an_id_reaches_the_wire_as_one_segment(toy: Toy, hearing: str, value: str, segment: str) -> None:
    case = toy.case(READ, parameters={"petId": value})

    assert case.call(base_url=hearing).text == f"/pets/{segment}"
    assert encoded({"petId": value}) == {"petId": segment}


def test_a_case_made_by_hand_carries_what_it_was_given(toy: Toy) -> None:
    case = toy.case(
        MAKE,
        parameters={},
        body={"name": "Rex"},
        media_type="application/json",
        query={"page": 2},
        headers={"X-Note": "n"},
    )
    arguments = case.as_transport_kwargs(base_url=f"{BASE}/v1")

    assert (arguments["method"], arguments["url"], arguments["params"], arguments["json"]) == (
        "POST",
        f"{BASE}/v1/pets",
        {"page": 2},
        {"name": "Rex"},
    )
    assert {"X-Note": "n", "Content-Type": "application/json"}.items() <= dict(arguments["headers"]).items()


@pytest.mark.parametrize(
    ("scheme", "arguments"),
    [
        (SecurityScheme("k", "apiKey", "header", "X-Key"), {"headers": {"X-Key": "v"}}),
        (SecurityScheme("k", "apiKey", "query", "key"), {"params": {"key": "v"}}),
        (SecurityScheme("k", "apiKey", "cookie", "key"), {"cookies": {"key": "v"}}),
        (SecurityScheme("k", "http", "header", "bearer"), {"headers": {"Authorization": "Bearer v"}}),
    ],
)
def test_a_credential_travels_where_its_scheme_says(scheme: SecurityScheme, arguments: object) -> None:
    assert credentials(scheme, "v") == arguments


# --- The document and its answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
def test_a_document_has_links_or_not(tmp_path: Path, links: bool) -> None:
    assert Toy.of(contract_in(tmp_path, links=links)).generator.has_links() is links


def test_links_make_a_state_machine(tmp_path: Path) -> None:
    machine = Toy.of(contract_in(tmp_path, links=True)).generator.state_machine()

    assert {"call", "validate_response", "step", "run"} <= set(dir(machine))


def answered(
    status: int = 200,
    body: bytes = b'{"name": "Rex"}',
    media_type: str = "application/json",
    count: str = "1",
) -> requests.Response:
    headers = {"Content-Type": media_type, "X-Count": count}
    received = urllib3.HTTPResponse(io.BytesIO(body), headers, status, preload_content=False)
    request = requests.Request("GET", f"{BASE}/pets/rex").prepare()
    return requests.adapters.HTTPAdapter().build_response(request, received)


@pytest.mark.parametrize(
    ("response", "opinions"),
    [
        (answered(), ()),
        (answered(404, b"", "text/plain"), ()),
        (answered(body=b'{"name": ""}'), ("Response violates schema",)),
        (answered(body=b"{"), ("JSON deserialization error",)),
        (answered(503), ("Server error", "Undocumented status code")),
        (answered(418), ("Undocumented status code",)),
        (answered(media_type="text/html"), ("Undocumented Content-Type",)),
        (answered(count="many"), ("Response header does not conform to the schema",)),
    ],
)
def test_a_second_opinion_is_a_few_stable_words(
    toy: Toy, response: requests.Response, opinions: tuple[str, ...]
) -> None:
    case = toy.case(READ, parameters={"petId": "rex"})

    assert toy.generator.second_opinions(case, response) == opinions


def test_a_document_that_schemathesis_cannot_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
        "paths: {/a: {get: {parameters: [{in: query}], responses: {'200': {description: d}}}}}"
    )
    contract = load(folder)
    with pytest.raises(DocumentError) as raised:
        Generator(contract, base_url=BASE, probe_methods=True)

    assert raised.value == DocumentError(
        str(folder / "openapi.yaml"),
        "Invalid Parameter Object at index 0 Location: paths -> /a -> get -> parameters -> 0",
        "Correct the document there",
    )

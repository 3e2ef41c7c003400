"""One exchange against one operation: each rule is broken once, and a right answer breaks none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract.conformance import Violation, refusals
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Headers, Intent, Json, Level, Request, Response

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}, example: shown}]
    get:
      operationId: read
      security: [{key: []}]
      responses:
        '200':
          description: d
          headers:
            X-Count: {required: true, schema: {type: integer, minimum: 1}}
            X-Note: {schema: {type: string}}
            X-Ids: {schema: {type: array, maxItems: 2, items: {type: integer}}}
          content:
            application/json:
              schema:
                type: object
                required: [status]
                properties: {status: {type: string, enum: [a, b]}, size: {type: integer, maximum: 3}}
            text/*: {}
        '400': {description: d}
        '401': {description: d}
        '404': {description: d}
    delete:
      operationId: remove
      responses: {'204': {description: d}, '400': {description: d}}
  /jobs/{id}/result:
    get:
      operationId: result
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      security: [{query: [], cookie: []}, {key: []}]
      responses: {'200': {description: d}, '400': {description: d}, '401': {description: d}}
  /open:
    get:
      operationId: open
      responses:
        2XX: {description: d}
        '403': {description: d, content: {application/problem+json: {schema: {required: [title]}}}}
        default: {description: d, content: {application/json: {}}}
    post:
      operationId: locked
      security: [{key: []}]
      responses: {'201': {description: d}, '403': {description: d}}
    put:
      operationId: anonymous
      security: [{key: []}, {}]
      responses: {'200': {description: d}}
  /ask:
    get:
      operationId: search
      parameters: [{name: n, in: query, required: true, schema: {type: integer, minimum: 1}}]
      responses: {'200': {description: d}, '400': {description: d}}
    post:
      operationId: make
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: 'k[]'}
    cookie: {type: apiKey, in: cookie, name: sid}
"""
LIFECYCLE = """
resources:
  job:
    id: id
    shows: {read: /status}
    initial: a
    states: {a: [b], b: []}
    refused: {result: {a: 400}}
"""
READ = "/paths/~1jobs~1{id}/get"
OK = f"{READ}/responses/200"
SCHEMA = f"{OK}/content/application~1json/schema"
JSON = "application~1json"
COUNTED = (("Content-Type", "application/json; charset=utf-8"), ("X-Count", "2"))


def typed(charset: str) -> Headers:
    """Return headers with a charset for JSON."""
    return (("Content-Type", f"application/json; Charset = {charset}"), *COUNTED[1:])


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "lifecycle.yaml").write_text(LIFECYCLE)
    return load(folder)


def exchange(
    status: int = 200,
    body: Json = None,
    headers: Headers = COUNTED,
    *,
    operation: str | None = "read",
    intent: Intent = Intent.VALID,
    method: str = "GET",
) -> Exchange:
    content = body if isinstance(body, bytes) else json.dumps(body or {"status": "a"}).encode()
    return Exchange(
        Request(method, "http://127.0.0.1/jobs/1"),
        Response(status, headers, content),
        operation=operation,
        parameters={"id": "1"},
        intent=intent,
    )


def violations(contract: Contract, subject: Exchange) -> list[Violation]:
    return list(refusals(contract, subject))


@pytest.mark.parametrize(
    "right",
    [
        exchange(),
        exchange(body={"status": "b", "more": 1}),
        exchange(body=b'{"status": "a", "more": [{"status": 1}, {"status": 1}]}'),
        # Where every letter is one of ASCII, these are the same; many servers add the charset without being asked.
        exchange(headers=typed("iso-8859-1")),
        exchange(headers=typed("us-ascii")),
        exchange(headers=typed('"UTF8"')),
        exchange(body=b"anything", headers=(("content-type", "TEXT/plain"), ("x-count", "1"))),
        exchange(headers=(*COUNTED, ("X-Ids", "1, 2"))),
        exchange(body=b"", method="HEAD"),
        exchange(404, b""),
        exchange(404, b"", intent=Intent.UNKNOWN_ID),
        exchange(401, b"", intent=Intent.NO_CREDENTIALS),
        exchange(204, b"", (), operation="open"),
        exchange(418, operation="open"),
        exchange(200, b"", (), operation="open", intent=Intent.NO_CREDENTIALS),
        exchange(200, b"", (), operation="anonymous", intent=Intent.WRONG_CREDENTIALS),
        exchange(200, b"", (), operation="open", intent=Intent.UNKNOWN_ID),
        exchange(418, b"", (), operation="open"),
        exchange(501, b"oops", intent=Intent.PROBE),
        exchange(599, operation="unknown"),
        exchange(599, operation=None),
        Exchange(Request("GET", "http://127.0.0.1/"), None, operation="read", fault="refused"),
    ],
)
def test_a_right_answer_is_not_refused(contract: Contract, right: Exchange) -> None:
    assert violations(contract, right) == []


@pytest.mark.parametrize(
    ("wrong", "rule", "pointer", "value"),
    [
        (exchange(500), "server-error", f"{READ}/responses", 500),
        (exchange(202), "undocumented-status", f"{READ}/responses", 202),
        (exchange(intent=Intent.NO_CREDENTIALS), "credentials-not-required", f"{READ}/security", None),
        (
            exchange(404, b"", intent=Intent.EMPTY_CREDENTIALS),
            "wrong-status-without-credentials",
            f"{READ}/responses",
            404,
        ),
        (
            exchange(401, b"", operation="locked", intent=Intent.WRONG_CREDENTIALS),
            "wrong-status-without-credentials",
            "/paths/~1open/post/responses",
            401,
        ),
        (exchange(intent=Intent.UNKNOWN_ID), "unknown-id-accepted", f"{READ}/responses", None),
        (exchange(401, b"", intent=Intent.UNKNOWN_ID), "wrong-status-for-unknown-id", f"{READ}/responses", 401),
        (exchange(headers=COUNTED[:1]), "missing-header", f"{OK}/headers/X-Count", None),
        (exchange(headers=(*COUNTED[:1], ("X-Count", "0"))), "header-schema", f"{OK}/headers/X-Count/schema", None),
        (exchange(headers=(*COUNTED[:1], ("X-Count", "x"))), "header-schema", f"{OK}/headers/X-Count/schema", None),
        (exchange(headers=(*COUNTED, ("X-Ids", "1,2,3"))), "header-schema", f"{OK}/headers/X-Ids/schema", None),
        (exchange(headers=(*COUNTED, ("X-Ids", "1,a"))), "header-schema", f"{OK}/headers/X-Ids/schema", None),
        (exchange(headers=COUNTED[1:]), "missing-content-type", OK, None),
        (
            exchange(headers=(("Content-Type", "application/xml"), *COUNTED[1:])),
            "undocumented-content-type",
            f"{OK}/content",
            "application/xml",
        ),
        (exchange(body=b'\xef\xbb\xbf{"status": "a"}'), "body-without-bom", f"{OK}/content/application~1json", None),
        (exchange(body=b'{"status": "\xff"}'), "body-is-utf-8", f"{OK}/content/application~1json", None),
        (exchange(body=b"{"), "body-is-json", f"{OK}/content/application~1json", None),
        (exchange(body=b" "), "body-is-json", f"{OK}/content/application~1json", None),
        (exchange(body=b'{"status": NaN}'), "body-is-json", f"{OK}/content/application~1json", None),
        (exchange(body=b"[" * 100_000), "body-is-json", f"{OK}/content/application~1json", None),
        (exchange(body=b'{"status": "c", "status": "a"}'), "member-names-are-unique", f"{OK}/content/{JSON}", None),
        (
            exchange(body=b'{"status": "a", "more": [{"x": {"y": 1, "z": 2, "y": 1}}]}'),
            "member-names-are-unique",
            f"{OK}/content/{JSON}",
            None,
        ),
        (exchange(headers=typed("utf-16")), "charset-is-utf-8", f"{OK}/content/{JSON}", "utf-16"),
        (exchange(headers=typed("zlib")), "charset-is-utf-8", f"{OK}/content/{JSON}", "zlib"),
        (exchange(headers=typed("x\0")), "charset-is-utf-8", f"{OK}/content/{JSON}", "x\0"),
        (
            exchange(body='{"status": "a", "name": "\u00e9"}'.encode(), headers=typed('"ISO-8859-1"')),
            "charset-is-utf-8",
            f"{OK}/content/{JSON}",
            "iso-8859-1",
        ),
        (exchange(body={"size": 1}), "response-required", f"{SCHEMA}/required", "status"),
        (exchange(body={"status": "c"}), "response-enum", f"{SCHEMA}/properties/status/enum", "c"),
        (
            exchange(body={"status": "a", "size": 4}),
            "response-maximum",
            f"{SCHEMA}/properties/size/maximum",
            None,
        ),
        (
            exchange(403, {"detail": "no"}, (("Content-Type", "application/problem+json"),), operation="open"),
            "response-required",
            "/paths/~1open/get/responses/403/content/application~1problem+json/schema/required",
            "title",
        ),
    ],
)
def test_each_rule_says_what_is_wrong_and_where(
    contract: Contract, wrong: Exchange, rule: str, pointer: str, value: Json
) -> None:
    assert [(item.rule, item.pointer, item.value) for item in violations(contract, wrong)] == [(rule, pointer, value)]


def test_a_wrong_answer_to_a_request_without_access_is_judged_on_as_far_as_it_is_documented(contract: Contract) -> None:
    answer = exchange(body={"status": "c"}, intent=Intent.NO_CREDENTIALS)
    assert [item.rule for item in violations(contract, answer)] == ["credentials-not-required", "response-enum"]


def test_a_refusal_of_one_validator_alone_is_not_certain(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tolerant:
        def iter_errors(self, _: Json) -> list[Exception]:
            return []

    monkeypatch.setattr(contract.schemas, "_slow_validator", lambda _: Tolerant())
    (violation,) = violations(contract, exchange(body={"status": "c"}))
    assert (violation.rule, violation.certain) == ("response-enum", False)


def asked(method: str, url: str, status: int, intent: Intent, sent: bytes = b"") -> Exchange:
    headers = (("Content-Type", "application/json"),) if sent else ()
    operation = "search" if method == "GET" else "make"
    return Exchange(Request(method, url, headers, sent or None), Response(status), operation, intent=intent)


def known(
    operation: str,
    status: int,
    *sent: tuple[str, str],
    job: str = "j1",
    query: str = "",
    method: str = "GET",
    intent: Intent = Intent.VALID,
) -> Exchange:
    """Return what came of a request for a resource that is known to exist."""
    request = Request(method, f"http://127.0.0.1/jobs/{job}{query}", sent)
    return Exchange(request, Response(status), operation, {"id": job}, intent)


ASK = "http://127.0.0.1/ask"


@pytest.mark.parametrize(
    ("subject", "rules"),
    [
        (asked("GET", f"{ASK}?n=0", 200, Intent.INVALID), [("accepted-invalid", Level.BREAKING)]),
        (asked("GET", f"{ASK}?n=0", 400, Intent.INVALID), []),
        (asked("GET", f"{ASK}?n=1", 200, Intent.INVALID), []),
        (asked("POST", ASK, 200, Intent.INVALID, b"1"), [("accepted-invalid", Level.WARNING)]),
        (asked("GET", f"{ASK}?n=1", 400, Intent.VALID), [("rejected-valid", Level.WARNING)]),
        (asked("GET", f"{ASK}?n=0", 400, Intent.GENERATED), []),
        (exchange(401, b""), []),
        (known("read", 400), [("rejected-valid", Level.WARNING)]),
        # A state may be the reason, as lifecycle.yaml says; what the document shows as an example need not exist.
        (known("result", 400), []),
        (known("read", 400, job="shown"), []),
        (known("read", 400, intent=Intent.GENERATED), []),
        (known("remove", 400, method="DELETE"), []),
        (known("read", 401, ("X-Key", "k")), [("valid-credentials-refused", Level.WARNING)]),
        (known("read", 401, ("X-Key", "")), []),
        (known("read", 401, ("X-Key", "k"), intent=Intent.GENERATED), []),
        (known("result", 401, ("Cookie", "sid=1"), query="?k%5B%5D=1"), [("valid-credentials-refused", Level.WARNING)]),
        (known("result", 401, ("Cookie", "sid=1")), []),
        (known("result", 401, query="?k%5B%5D=1"), []),
        (known("result", 401, ("x-key", "k")), [("valid-credentials-refused", Level.WARNING)]),
    ],
)
def test_an_answer_is_held_against_what_the_request_deserved(
    contract: Contract, subject: Exchange, rules: list[tuple[str, Level]]
) -> None:
    assert [(item.rule, item.level) for item in violations(contract, subject)] == rules


@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=30) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: [v]),
    headers=st.lists(st.tuples(st.sampled_from(["Content-Type", "X-Count"]), st.text(max_size=20))).map(tuple),
    operation=st.sampled_from(["read", "open", "locked", "anonymous"]),
    intent=st.sampled_from(Intent),
)
def test_any_answer_can_be_judged(
    contract: Contract, *, status: int, body: Json, headers: Headers, operation: str, intent: Intent
) -> None:
    violations(contract, exchange(status, body, headers, operation=operation, intent=intent))


def test_the_examples_of_the_shipped_contracts_are_judged_alike_every_time() -> None:
    for folder in sorted((Path(__file__).parents[2] / "specs").iterdir()):
        shipped = load(folder)
        for operation in shipped.operations:
            probe = exchange(200, {}, operation=operation.key)
            assert violations(shipped, probe) == violations(shipped, probe)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"status": ' + b"1" * 5_000 + b"}"])
def test_json_beyond_what_can_be_read_here_proves_nothing_of_the_server(contract: Contract, body: bytes) -> None:
    (violation,) = refusals(contract, exchange(body=body))

    assert (violation.rule, violation.certain) == ("body-is-json", False)

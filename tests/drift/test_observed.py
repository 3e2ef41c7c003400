"""What recorded traffic says of a contract: what was seen and is not described, and what is described and was not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.drift.drawing import MODES, drawn
from tests.drift.oracle import AT

from specwitness import Level, Verdict, pool
from specwitness.contract import load, sights
from specwitness.contract.model import Contract
from specwitness.contract.schemas import Schemas
from specwitness.drift.observed.addresses import Addresses
from specwitness.drift.observed.guessing import is_id
from specwitness.drift.observed.headers import is_of_the_api
from specwitness.drift.observed.observing import Observed, observe
from specwitness.drift.observed.recording import NEED_REQUEST, NEED_RESPONSE_BODY, Recorded, Unused, read
from specwitness.drift.observed.rules import RULES
from specwitness.drift.observed.secrets import Secrets
from specwitness.drift.observed.texts import Texts, is_name
from specwitness.drift.observed.undescribed import Describer
from specwitness.drift.observed.unseen import Unseen
from specwitness.drift.observed.walking import Shown, Text, Unnamed, Walker
from specwitness.drift.wire import least_request, response_of
from specwitness.findings import Exchange, Finding, Intent, Json, Request, Response
from specwitness.record import Aspect
from specwitness.runner.judge import Judge

HERE = Path(__file__).parent / "recordings"
API = "https://api.jobs.example/v1"
JSON = ("Content-Type", "application/json")
JOB = {"id": "j1", "status": "done", "phase": "cleanup", "owner": {"name": "Ada"}}


@cache
def jobs() -> Contract:
    return load.load(HERE / "jobs.yaml")


def seen(
    target: str,
    answer: Json = None,
    *,
    status: int = 200,
    sent: Json = None,
    request: Iterable[tuple[str, str]] = (),
    response: Iterable[tuple[str, str]] = (),
    base: str = API,
    unjudged: frozenset[str] = frozenset(),
) -> Recorded:
    """Return one exchange with JSON bodies; `target` is a method and a path."""
    method, path = target.split(" ")
    body = None if sent is None else json.dumps(sent).encode()
    headers = (*request, *([JSON] if sent is not None else []))
    answered = b"" if answer is None else json.dumps(answer).encode()
    reply = Response(status, (*response, *([JSON] if answer is not None else [])), answered)
    return Recorded(Exchange(Request(method, base + path, headers, body), reply), unjudged)


def observed(
    *recorded: Recorded | Unused, contract: Contract | None = None, base_urls: tuple[str, ...] = ()
) -> Observed:
    return observe(contract or jobs(), recorded, base_urls)


def told(found: Observed, *, unseen: bool = False) -> list[tuple[str, Json]]:
    """Return rule and value of everything that was found; what was never seen only if asked for."""
    return sorted(
        ((one.rule, one.value) for one in found.findings if unseen or one.rule != "never-seen"), key=json.dumps
    )


def only(found: Observed, rule: str) -> Finding:
    (finding,) = [one for one in found.findings if one.rule == rule]
    return finding


def of_schema(schema: Json, components: Json = None) -> Schemas:
    document = {"openapi": "3.1.0", "components": {"schemas": {**(components or {}), "Subject": schema}}}
    return Schemas(document)


# --- A recording of Chrome, as a whole ------------------------------------------------------------------------------


def test_a_recording_of_chrome_is_read_and_judged_whole() -> None:
    found = observe(jobs(), read(HERE / "chrome.har"))

    assert [(one.level.value, one.rule, one.value, one.operations, one.seen) for one in found.findings] == [
        ("breaking", "undocumented-status", 409, ("deleteJob",), 1),
        ("warning", "undescribed-parameter", "sort", ("listJobs",), 1),
        ("warning", "undescribed-request-property", "priority", ("createJob",), 1),
        ("warning", "undescribed-operation", "GET /jobs/{jobId}/logs/{}", (), 2),
        ("warning", "undescribed-operation", "GET /me", (), 1),
        ("warning", "undescribed-operation", "PATCH /jobs/{jobId}", (), 1),
        ("info", "undescribed-response-header", "x-ratelimit-remaining", _CALLED, 7),
        ("info", "undescribed-request-header", "x-workspace-id", _CALLED, 6),
        ("info", "undescribed-response-property", "team", ("createJob", "getJob", "listJobs"), 4),
        ("info", "undescribed-response-property", "nextCursor", ("listJobs",), 2),
        ("info", "undescribed-response-body", None, ("getJob",), 1),
        ("info", "never-seen", None, ("deleteJob",), 1),
        ("info", "never-seen", None, ("exportJobs",), 1),
        ("info", "never-seen", None, ("listJobs",), 1),
        ("info", "never-seen", None, ("getJob",), 1),
        ("info", "never-seen", None, ("createJob",), 1),
    ]
    assert {one.verdict for one in found.findings if one.rule != "never-seen"} == {Verdict.BROKEN}
    assert (found.entries, found.exchanges, found.called) == (20, 13, 5)
    assert found.notes == (
        "of 20 entries, these were left out: 1 of something else than HTTP, 1 without a response, "
        "1 to what is neither described nor there (404, 405, 501, a redirect), "
        "1 with OPTIONS, which asks what a browser may do, "
        "3 with others than this API (https://app.jobs.example 2, https://metrics.example 1)",
        "responses whose bodies were not recorded, or not whole, and are not judged: 1",
    )


_CALLED = ("createJob", "getJob", "getResult", "listJobs")


@pytest.mark.parametrize("name", ["schemathesis.har", "schemathesis-bytes.har"])
def test_what_schemathesis_recorded_of_our_mock_is_as_described(name: str) -> None:
    found = observe(load.load(Path("specs/intuned")), read(HERE / name), ["http://127.0.0.1:8391"])

    assert told(found) == []
    assert (found.entries, found.exchanges, found.called) == (12, 5, 2)


# --- Which requests are ours ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "operation"),
    [
        ("https://api.jobs.example/v1/jobs", "listJobs"),
        ("https://API.jobs.example:443/v1/jobs", "listJobs"),
        ("http://api.jobs.example/v1/jobs", "listJobs"),
        ("https://user:word@api.jobs.example/v1/jobs", "listJobs"),
        ("https://api.jobs.example/v1/jobs/export", None),
        ("https://api.jobs.example/v1/jobs/a%2Fb", "getJob"),
        ("https://api.jobs.example/v1/%6Aobs/1/result", "getResult"),
    ],
)
def test_a_request_is_known_by_host_base_path_and_template(url: str, operation: str | None) -> None:
    address = Addresses(jobs()).of("GET", url)

    assert address is not None
    assert (address.operation.key if address.operation else None) == operation


@pytest.mark.parametrize(
    "url",
    [
        "https://api.jobs.example:8443/v1/jobs",
        "https://api.jobs.example/v2/jobs",
        "https://api.jobs.example/v1x/jobs",
        "https://jobs.example/v1/jobs",
        "https://api.jobs.example.evil.example/v1/jobs",
    ],
)
def test_what_is_elsewhere_is_not_ours(url: str) -> None:
    assert Addresses(jobs()).of("GET", url) is None


def test_the_most_literal_template_has_a_request() -> None:
    address = Addresses(jobs()).of("POST", f"{API}/jobs/export")

    assert address is not None
    assert (address.template, address.operation and address.operation.key) == ("/jobs/export", "exportJobs")


def test_of_two_templates_with_holes_the_one_that_says_more_has_a_request(tmp_path: Path) -> None:
    paths: Json = {
        path: {"get": {"responses": {}}} for path in ("/diff/{both}", "/diff/{one}...{other}", "/{any}/{both}")
    }
    addresses = Addresses(of_document(tmp_path, paths))
    found = [addresses.of("GET", f"https://x.example/diff/{name}") for name in ("a", "a...b")]

    assert [one and one.template for one in found] == ["/diff/{both}", "/diff/{one}...{other}"]


def test_head_is_answered_by_get_and_parameters_are_decoded() -> None:
    address = Addresses(jobs()).of("HEAD", f"{API}/jobs/a%20b%2Fc")

    assert address is not None
    assert (address.operation and address.operation.key, address.parameters) == ("getJob", {"jobId": "a b/c"})


def test_a_path_that_is_no_text_is_still_one_of_the_template() -> None:
    address = Addresses(jobs()).of("GET", f"{API}/jobs/%FF")

    assert address is not None
    assert (address.operation and address.operation.key, address.parameters) == ("getJob", {"jobId": None})


def test_a_base_url_that_is_given_stands_for_the_servers() -> None:
    here = seen("GET /jobs", {"jobs": []}, base="http://localhost:8000/api")
    there = seen("GET /jobs", {"jobs": []})

    assert observed(here, there, base_urls=("http://localhost:8000/api/",)).exchanges == 1


@pytest.mark.parametrize(
    ("server", "url", "is_ours"),
    [
        ("{scheme}://{region}.jobs.example:{port}/{version}", "https://eu.jobs.example:444/v7/jobs", True),
        ("https://{region}.jobs.example/v1", "https://a.b.jobs.example/v1/jobs", True),
        ("https://{region}.jobs.example/v1", "https://jobs.example/v1/jobs", False),
        ("/v1", "http://anywhere.example/v1/jobs", True),
        ("/v1", "http://anywhere.example/jobs", False),
        ("v1", "http://anywhere.example/v1/jobs", True),
        ("", "http://anywhere.example/jobs", True),
    ],
)
def test_servers_may_have_variables_and_be_relative(tmp_path: Path, server: str, url: str, *, is_ours: bool) -> None:
    contract = with_servers(tmp_path, server)

    assert (Addresses(contract).of("GET", url) is not None) is is_ours


def with_servers(folder: Path, *servers: str) -> Contract:
    text = (HERE / "jobs.yaml").read_text()
    named = "".join(f"  - url: '{server}'\n" for server in servers)
    (folder / "api.yaml").write_text(text.replace(f"  - url: {API}\n", named))
    return load.load(folder / "api.yaml")


def test_where_no_host_is_named_those_count_that_answer_an_operation(tmp_path: Path) -> None:
    contract = with_servers(tmp_path, "/")
    found = observed(
        seen("GET /secret", {}, base="https://metrics.example"),
        seen("GET /others", {}, base="https://jobs.example"),
        seen("GET /jobs", {"jobs": []}, base="https://jobs.example"),
        contract=contract,
    )

    assert told(found) == [("undescribed-operation", "GET /others")]
    assert found.notes == ("the contract names no host: those were taken that answer its operations (jobs.example)",)


def test_without_any_exchange_of_ours_nothing_is_decided() -> None:
    found = observed(seen("GET /jobs", {}, base="https://u:planted-pw@other.example:81"), Unused.MALFORMED)
    (finding,) = found.findings

    assert (finding.rule, finding.verdict, finding.level) == ("nothing-observed", Verdict.UNDECIDED, Level.WARNING)
    assert finding.message == (
        "none of what was recorded is with this API, that is below https://api.jobs.example/v1; "
        "it is with https://other.example:81: name the right one with --base-url"
    )
    assert "planted" not in json.dumps([finding.to_json(), *found.notes])


def test_a_recording_of_nothing_decides_nothing() -> None:
    assert [one.verdict for one in observed().findings] == [Verdict.UNDECIDED]


# --- Operations -----------------------------------------------------------------------------------------------------


def test_an_operation_is_told_once_with_how_it_was_answered_and_the_smallest_example() -> None:
    found = observed(
        seen("GET /teams/1041", {"big": "x" * 99}),
        seen("GET /teams/22", {}),
        seen("GET /teams/3fa85f64-5717-4562-b3fc-2c963f66afa6", {}, status=403),
    )
    finding = only(found, "undescribed-operation")

    assert finding.message == "GET /teams/{} was answered (200: 2, 403: 1), and no operation describes it"
    assert (finding.value, finding.seen, finding.where.pointer) == ("GET /teams/{}", 3, "/paths")
    assert finding.witness is not None
    assert finding.witness.trace[0].request.url == f"{API}/teams/22"


@pytest.mark.parametrize(
    ("paths", "templates"),
    [
        (["/teams/red", "/teams/blue"], {"/teams/blue", "/teams/red"}),
        ([f"/teams/{name}/members" for name in ("red", "blue", "green", "grey")], {"/teams/{}/members"}),
        ([f"/tags/{name}x" for name in "abcdefghij"], {"/tags/{}"}),
        ([f"/{name}x" for name in "abcdefghij"], {f"/{name}x" for name in "abcdefghij"}),
        (["/jobs/my-job/cancel", "/jobs/other/cancel"], {"/jobs/{jobId}/cancel"}),
        (["/jobs/my-job/result/raw"], {"/jobs/{jobId}/result/raw"}),
        (["/health"], {"/health"}),
        (["/files/a%20b"], {"/files/{}"}),
        (["/at/2026-11-20", "/at/2026-11-21"], {"/at/{}"}),
    ],
)
def test_paths_are_told_as_the_templates_that_they_are_likely_to_have(paths: list[str], templates: set[str]) -> None:
    found = observed(*(seen(f"GET {path}", {}) for path in paths))

    assert {value for rule, value in told(found)} == {f"GET {template}" for template in templates}


def test_a_method_that_is_not_described_stands_at_its_path() -> None:
    finding = only(observed(seen("PUT /jobs/7", JOB), seen("PUT /jobs/8", JOB)), "undescribed-operation")

    assert (finding.value, finding.where.pointer) == ("PUT /jobs/{jobId}", "/paths/~1jobs~1{jobId}")
    assert finding.message == "PUT /jobs/{jobId} was answered (200: 2), and this method is not described"


@pytest.mark.parametrize(
    "recorded",
    [
        seen("GET /nowhere", {}, status=404),
        seen("PUT /jobs", {}, status=405),
        seen("BREW /jobs", {}, status=501),
        seen("GET /jobs/", status=307, response=[("Location", "/v1/jobs")]),
        seen("OPTIONS /jobs", status=204),
        seen("GET /index.html", response=[("Content-Type", "text/html")]),
        seen("GET /logo.png", response=[("Content-Type", "image/png")]),
    ],
)
def test_what_is_not_there_and_what_is_no_api_is_no_operation(recorded: Recorded) -> None:
    found = observed(recorded, seen("GET /jobs", {"jobs": []}))

    assert told(found) == []
    assert len(found.notes) == 1


def test_very_many_paths_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.drift.observed.guessing._MOST", 2)
    found = observed(*(seen(f"GET /{name}", {}) for name in ("one", "two", "three", "one")))

    assert [value for _, value in told(found)] == ["GET /one", "GET /two"]
    assert found.notes == (
        "of 4 entries, these were left out: 1 to operations that are not described, too many to tell apart",
    )


@pytest.mark.parametrize(
    "text",
    ["12", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "deadbeef01", "2026-11-20T10:00", "job_4f9aK2mQ01", "a@b.example",
     "V1StGXR8_Z5jdHi6B-myT", "x" * 41, "k:v"],
)  # fmt: skip
def test_ids_are_known_by_their_looks(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["jobs", "v1", "oauth2", "my-project", "createdAt", "decade", "s3", "utf8", "job_4"])
def test_names_are_no_ids(text: str) -> None:
    assert not is_id(text)


# --- What conformance refuses ---------------------------------------------------------------------------------------

REFUSED = [
    seen("GET /jobs", {"jobs": [{**JOB, "status": "lost"}]}),
    seen("GET /jobs", {"jobs": [{"id": "j1"}]}),
    seen("GET /jobs", {"jobs": []}, status=418),
    seen("GET /jobs", {}, status=503),
    seen("GET /jobs", response=[("Content-Type", "text/csv")]),
    seen("GET /jobs/7/result", {"jobId": "7", "usage": {"seconds": 1, "euros": 2}}),
    seen("GET /jobs?limit=many", {"jobs": []}),
    seen("POST /jobs", JOB, status=201, sent={"name": 7}),
    seen("POST /jobs", {"message": "no"}, status=400, sent={"name": "n"}),
    seen("GET /jobs", {"jobs": []}, response=[("X-Total-Count", "many")]),
]


@pytest.mark.parametrize("recorded", REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_is_told_as_a_run_tells_it_and_not_twice(recorded: Recorded) -> None:
    found = [one for one in observed(recorded).findings if one.rule not in RULES]
    request = recorded.exchange.request
    address = Addresses(jobs()).of(request.method, request.url)
    assert address is not None
    assert address.operation is not None
    is_bad = "limit=many" in request.url or request.body == b'{"name": 7}'
    exchange = replace(
        recorded.exchange,
        operation=address.operation.key,
        intent=Intent.INVALID if is_bad else Intent.GENERATED,
    )
    judged = Judge(jobs()).findings(exchange)

    assert judged
    assert {(one.fingerprint, one.rule, one.level, one.message) for one in found} == {
        (one.fingerprint, one.rule, one.level, one.message)
        for one in judged
        if not one.source.startswith(("RFC", "what"))
    }
    assert told(observed(recorded)) == sorted(((one.rule, one.value) for one in found), key=json.dumps)


def test_a_status_is_told_once_however_often_it_came() -> None:
    finding = only(
        observed(seen("DELETE /jobs/1", status=409), seen("DELETE /jobs/22", status=409)), "undocumented-status"
    )

    assert (finding.seen, finding.operations) == (2, ("deleteJob",))
    assert finding.witness is not None
    assert finding.witness.trace[0].request.url.endswith("/jobs/1")


@pytest.mark.parametrize(
    "recorded",
    [
        seen("GET /jobs", {"message": "who are you?"}, status=401),
        seen("GET /jobs/1", status=304, request=[("If-None-Match", '"e1"')]),
        seen("GET /jobs/1", status=206, request=[("Range", "bytes=0-9")]),
        seen("GET /jobs", unjudged=NEED_RESPONSE_BODY, response=[JSON]),
        seen("GET /jobs?limit=many", {"jobs": []}, unjudged=NEED_REQUEST),
        seen("GET /jobs?limit=%5BFiltered%5D", {"jobs": []}),
        seen("HEAD /jobs", response=[JSON]),
        seen("HEAD /jobs", status=404),
    ],
)
def test_what_http_says_by_itself_or_nobody_recorded_is_no_refusal(recorded: Recorded) -> None:
    assert told(observed(recorded)) == []


# --- Requests -------------------------------------------------------------------------------------------------------


def test_parameters_that_are_not_described_are_told_by_their_operation() -> None:
    found = observed(
        seen("GET /jobs?sort=a&sort=b&limit=3&filter[status]=done", {"jobs": []}), seen("GET /jobs/1?sort=a", JOB)
    )

    assert told(found) == [("undescribed-parameter", "sort")] * 2
    assert sorted(one.operations for one in found.findings if one.value) == [("getJob",), ("listJobs",)]


@pytest.mark.parametrize(
    "target",
    [
        "GET /jobs?_=17&utm_source=x&limit=1",
        "GET /jobs?after=",
        "GET /jobs?X-Jobs-Key=abc",
        "GET /jobs?&",
    ],
)
def test_what_the_web_adds_to_a_query_is_no_parameter(target: str) -> None:
    assert told(observed(seen(target, {"jobs": []}))) == []


@pytest.mark.parametrize(
    ("parameter", "silent", "told_of"),
    [
        ({"schema": {"type": "object", "properties": {"a": {}}}}, "a=1", "b=1"),
        ({"schema": {"type": "object"}}, "anything=1", None),
        ({"schema": {"type": "object", "properties": {"a": {}}, "additionalProperties": True}}, "b=1", None),
        ({"style": "deepObject", "schema": {"type": "object"}}, "q[x][y]=1", "x=1"),
        ({"explode": False, "schema": {"type": "object", "properties": {"a": {}}}}, "q=a,1", "a=1"),
        ({"content": {"application/json": {"schema": {}}}}, "q=%7B%7D", "r=1"),
    ],
)
def test_objects_are_read_as_they_are_written_into_a_query(
    tmp_path: Path, parameter: Json, silent: str, told_of: str | None
) -> None:
    operation = {
        "parameters": [{"name": "q", "in": "query", **parameter}],
        "responses": {"204": {"description": "d"}},
    }
    contract = of_document(tmp_path, {"/x": {"get": operation}})

    assert told(observed(seen(f"GET /x?{silent}", status=204, base="https://x.example"), contract=contract)) == []
    if told_of is not None:
        found = observed(seen(f"GET /x?{told_of}", status=204, base="https://x.example"), contract=contract)
        assert [rule for rule, _ in told(found)] == ["undescribed-parameter"]


def of_document(folder: Path, paths: Json, **more: Json) -> Contract:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://x.example"}],
        "paths": paths,
        **more,
    }
    (folder / "api.json").write_text(json.dumps(document))
    return load.load(folder / "api.json")


def test_a_request_that_was_refused_teaches_nothing() -> None:
    recorded = seen(
        "POST /jobs?x=1", {"message": "no"}, status=400, sent={"name": 1, "new": 2}, request=[("X-New", "1")]
    )

    assert told(observed(recorded)) == []


def test_what_was_sent_in_bodies_is_told() -> None:
    found = observed(
        seen("POST /jobs", JOB, status=201, sent={"name": "n", "new": 1, "parameters": {"any": 1}}),
        seen("POST /jobs/export", status=202, sent={"as": "csv"}),
    )

    assert told(found) == [("undescribed-request-body", None), ("undescribed-request-property", "new")]


def test_the_fields_of_a_form_are_properties(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    operation = {"requestBody": {"content": content}, "responses": {"204": {"description": "d"}}}
    contract = of_document(tmp_path, {"/x": {"post": operation}})
    request = Request(
        "POST", "https://x.example/x", (("Content-Type", "application/x-www-form-urlencoded"),), b"a=1&b=2"
    )

    found = observed(Recorded(Exchange(request, Response(204))), contract=contract)
    assert told(found) == [("undescribed-request-property", "b")]


# --- Headers --------------------------------------------------------------------------------------------------------

QUIET = """
Accept Accept-Language Age Alt-Svc Authorization Cache-Control CF-RAY Content-Encoding Content-Length Content-Type
Cookie Date DNT ETag Host If-None-Match Last-Modified Link Location NEL Origin Pragma Priority Referer Report-To
Retry-After Sec-CH-UA Sec-Fetch-Mode Server Server-Timing Set-Cookie Strict-Transport-Security traceparent
Transfer-Encoding Upgrade-Insecure-Requests User-Agent Vary Via X-Amz-Cf-Id X-Amzn-Trace-Id X-Api-Key X-Cache
X-Content-Type-Options X-Correlation-Id X-Forwarded-For X-Frame-Options X-Powered-By X-Request-Id X-Requested-With
X-Runtime X-Schemathesis-TestCaseId X-Served-By X-Stainless-Lang X-Timer X-Vercel-Id X-XSS-Protection :authority
Access-Control-Allow-Origin Content-Security-Policy Cross-Origin-Opener-Policy Referrer-Policy Permissions-Policy
Proxy-Authorization WWW-Authenticate X-Real-IP sentry-trace baggage Keep-Alive Connection x-goog-hash fly-request-id
"""
LOUD = """
X-Total-Count X-RateLimit-Limit X-RateLimit-Remaining RateLimit-Policy X-Workspace-Id Idempotency-Key Deprecation
Sunset X-Next-Page X-Api-Version Stripe-Version X-GitHub-Api-Version X-Poll-Interval OpenAI-Organization X-Page
Workspace-Id X-Trace-Level X-Server-Time Api-Version
"""


@pytest.mark.parametrize("name", QUIET.split())
def test_headers_of_http_browsers_and_networks_are_no_news(name: str) -> None:
    assert not is_of_the_api(name)


@pytest.mark.parametrize("name", LOUD.split())
def test_headers_of_an_api_are(name: str) -> None:
    assert is_of_the_api(name)


def test_a_header_is_one_thing_that_is_not_described_wherever_it_came() -> None:
    found = observed(
        seen(
            "GET /jobs",
            {"jobs": []},
            response=[("X-Next-Page", "2"), ("X-Total-Count", "3")],
            request=[("X-Team", "t")],
        ),
        seen("GET /jobs/1", JOB, response=[("x-next-page", "3"), ("X-Total-Count", "1")]),
        seen(
            "POST /jobs", JOB, status=201, sent={"name": "n"}, request=[("Idempotency-Key", "k"), ("X-Jobs-Key", "kk")]
        ),
    )

    assert [(one.rule, one.value, one.operations) for one in found.findings if "header" in one.rule] == [
        ("undescribed-response-header", "x-next-page", ("getJob", "listJobs")),
        ("undescribed-request-header", "x-team", ("listJobs",)),
        ("undescribed-response-header", "x-total-count", ("getJob",)),
    ]


# --- Bodies: what is open by intent, and what is not ----------------------------------------------------------------

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
WITH_C = {"a": "x", "b": {"c": 1}}


def unnamed(schema: Json, value: Json, components: Json = None) -> list[str]:
    schemas = of_schema(schema, components)
    assert schemas.accepts(AT, value), "this is about values that are allowed"
    found = Walker(schemas, lambda name: "secret" in name).walk(AT, value, set())
    return [one.place for one in found if isinstance(one, Unnamed)]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"description": "whatever the user returned"},
        {"type": "object"},
        {"type": ["object", "null"]},
        {"type": "object", "properties": {}},
        {"type": "object", "required": ["a"]},
        {"type": "object", "additionalProperties": True},
        {"type": "object", "additionalProperties": {}},
        {**OBJECT, "additionalProperties": True},
        {**OBJECT, "additionalProperties": {"type": ["string", "object"]}},
        {**OBJECT, "unevaluatedProperties": {}},
        {**OBJECT, "patternProperties": {"^x-": {}}},
        {**OBJECT, "propertyNames": {"maxLength": 9}},
        {**OBJECT, "minProperties": 2},
        {"anyOf": [OBJECT, {}]},
        {"anyOf": [OBJECT, {"type": "object"}]},
        {"anyOf": [OBJECT, {**OBJECT, "additionalProperties": True}]},
        {"oneOf": [{"type": "string"}, {"type": "object"}]},
        {"allOf": [{"type": "object"}, {"description": "d"}]},
        {"allOf": [OBJECT, {"additionalProperties": True}]},
        {"$ref": "#/components/schemas/Open"},
        {"type": "object", "properties": {"a": {}, "b": {}}},
    ],
    ids=json.dumps,
)
def test_what_is_open_by_intent_stays_silent(schema: Json) -> None:
    assert unnamed(schema, {"a": "x", "b": {"c": {"d": 1}}}, {"Open": {"additionalProperties": True}}) == []


@pytest.mark.parametrize(
    ("schema", "value", "places"),
    [
        (OBJECT, {"a": "x", "b": 1}, ["/b"]),
        (OBJECT, {"b": {"c": {"d": 1}}}, ["/b"]),
        ({"properties": {"a": {}}}, {"b": 1}, ["/b"]),
        ({"type": "array", "items": OBJECT}, [{"b": 1}, {"a": "x"}, {"b": 2}], ["/*/b", "/*/b"]),
        ({"prefixItems": [OBJECT], "items": {}}, [{"b": 1}, {"c": 1}], ["/*/b"]),
        ({"type": "object", "properties": {"o": OBJECT}}, {"o": {"b": 1}}, ["/o/b"]),
        ({"type": "object", "additionalProperties": OBJECT}, {"any": {"b": 1}}, ["/*/b"]),
        ({"type": "object", "patternProperties": {"^x": OBJECT}}, {"xy": {"b": 1}}, ["/*/b"]),
        ({"allOf": [OBJECT, {"properties": {"c": {}}}]}, {"a": "x", "b": 1, "c": 1}, ["/b"]),
        ({"allOf": [OBJECT, {"required": ["b"]}]}, {"b": 1, "c": 1}, ["/c"]),
        ({**OBJECT, "dependentRequired": {"a": ["b"]}}, {"a": "x", "b": 1, "c": 1}, ["/c"]),
        ({"anyOf": [OBJECT, {"type": "null"}]}, {"b": 1}, ["/b"]),
        ({"anyOf": [OBJECT, {"properties": {"b": {}}}]}, {"b": 1, "c": 1}, ["/c"]),
        ({**OBJECT, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1, "c": 1}, ["/c"]),
        ({**OBJECT, "if": {"required": ["a"]}, "then": {"properties": {"b": OBJECT}}}, WITH_C, ["/b/c"]),
        ({**OBJECT, "dependentSchemas": {"a": {"properties": {"b": {}}}}}, {"a": "x", "b": 1, "c": 1}, ["/c"]),
        ({"$ref": "#/components/schemas/Tree"}, {"a": {"a": {"b": 1}}}, ["/a/a/b"]),
        ({"allOf": [{"$ref": "#/components/schemas/Tree"}] * 2}, {"b": 1}, ["/b"]),
        ({"$ref": "#/components/schemas/Tree", "properties": {"b": {}}}, {"b": 1, "c": 1}, ["/c"]),
    ],
    ids=str,
)  # fmt: skip
def test_a_property_that_is_not_described_is_told_at_any_depth(schema: Json, value: Json, places: list[str]) -> None:
    tree = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Tree"}}}

    assert unnamed(schema, value, {"Tree": tree}) == places


def test_where_several_alternatives_take_a_value_the_silent_one_counts() -> None:
    schema = {"anyOf": [{"properties": {"a": OBJECT}}, {"properties": {"b": {}}, "required": ["a"]}]}

    assert unnamed(schema, {"a": {"b": 1}}) == []


def test_a_schema_may_be_a_part_of_itself() -> None:
    part = {"anyOf": [{"$ref": "#/components/schemas/Part"}, OBJECT]}

    assert unnamed({"allOf": [{"$ref": "#/components/schemas/Part"}]}, {"b": 1}, {"Part": part}) == []


def test_a_pattern_that_python_cannot_read_may_mean_any_name() -> None:
    document = {"openapi": "3.1.0", "x": {**OBJECT, "patternProperties": {"^\\p{L}+$": OBJECT}}}
    found = list(Walker(Schemas(document), lambda _: False).walk("/x", {"b": {"c": 1}}, set()))

    assert [one.place for one in found if isinstance(one, Unnamed)] == ["/*/c"]


def test_what_is_closed_is_conformance_s() -> None:
    closed = {**OBJECT, "additionalProperties": False}
    schemas = of_schema(closed)

    assert list(Walker(schemas, lambda _: False).walk(AT, {"b": 1}, set())) == []


def test_two_places_with_one_schema_are_one_finding_of_all_their_operations() -> None:
    found = observed(
        seen("GET /jobs", {"jobs": [{**JOB, "new": 1}, {**JOB, "new": 2}]}), seen("GET /jobs/1", {**JOB, "new": 3})
    )
    finding = only(found, "undescribed-response-property")

    assert (finding.seen, finding.operations) == (2, ("getJob", "listJobs"))
    assert finding.where.pointer == "/components/schemas/Job/properties/new"
    assert finding.message == "the property /jobs/*/new is not described"
    assert finding.witness is not None
    assert finding.witness.trace[0].operation == "getJob"


def test_names_that_are_data_are_one_thing() -> None:
    ids = {f"{number:08x}0": number for number in range(3)}
    words = {f"key{'x' * number}": number for number in range(40)}

    for extra in (ids, words):
        finding = only(observed(seen("GET /jobs/1", {**JOB, **extra})), "undescribed-response-property")
        assert (finding.value, finding.where.pointer) == (None, "/components/schemas/Job/additionalProperties")
        assert not any(name in finding.message + finding.where.pointer for name in extra)


def test_very_many_names_that_come_one_by_one_are_one_thing() -> None:
    recorded = [seen("GET /jobs/1", {**JOB, f"key{'x' * number}": number}) for number in (*range(30), 0, 29)]
    finding = only(observed(*recorded), "undescribed-response-property")

    assert (finding.value, finding.seen) == (None, 32)


def test_a_body_of_a_media_type_that_is_not_described_is_only_refused() -> None:
    request = Request("POST", f"{API}/jobs", (("Content-Type", "text/csv"),), b"a,b")
    found = observed(Recorded(Exchange(request, Response(201, (JSON,), json.dumps(JOB).encode()))))

    assert told(found) == [("accepted-invalid", None)]


def test_bodies_beyond_those_that_are_remembered_are_walked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.drift.observed.undescribed._MOST_BODIES", 0)
    finding = only(observed(*[seen("GET /jobs/1", {**JOB, "new": 1})] * 2), "undescribed-response-property")

    assert finding.seen == 2


def test_a_body_where_none_is_described() -> None:
    found = observed(seen("GET /jobs/1", {"message": "none"}, status=404), seen("DELETE /jobs/1", status=204))

    assert told(found) == [("undescribed-response-body", None)]


@pytest.mark.parametrize("contract", ["intuned", "praisonai"])
def test_what_a_contract_s_own_pool_makes_is_described(contract: str) -> None:
    """A property: traffic made of what the contract allows shows nothing that it does not describe."""
    loaded = load.load(Path("specs") / contract)
    recorded = []
    for operation in loaded.operations:
        request = least_request(loaded, operation)
        for status, documented in operation.responses.items():
            bodies: list[Json] = [{}]
            if documented.content:
                bodies = [{"body": body} for body in pool.bodies(loaded, documented.content[0].schema or "", limit=100)]
            recorded += [Recorded(Exchange(request, response_of(int(status), message))) for message in bodies]
    found = observe(loaded, recorded)

    assert len(recorded) > 10
    assert [one.message for one in found.findings if one.rule in RULES and one.rule != "never-seen"] == []
    assert found.exchanges == len(recorded)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(60))
def test_what_the_pool_makes_of_any_schema_is_described(mode: str, seed: int) -> None:
    pair = drawn(seed, mode)
    for document in (pair.allowing, pair.refusing):
        if any(keyword in json.dumps(document) for keyword in ("minProperties", "propertyNames")):
            continue  # There the pool has to make names up.
        schemas = Schemas(document)
        for value in pool.bodies(schemas, AT, limit=20):
            found = Walker(schemas, lambda _: False).walk(AT, value, set())
            assert [one for one in found if isinstance(one, Unnamed)] == []


def test_a_name_that_nobody_described_is_found_wherever_a_closed_schema_would_refuse_it() -> None:
    """The other half: what `additionalProperties: false` would refuse is told of the same schema without it."""
    contract = jobs()
    schemas = contract.schemas
    job = "/components/schemas/Job"
    for value in pool.bodies(contract, job, limit=30):
        found = Walker(schemas, lambda _: False).walk(job, {**value, "unheard-of": 1}, set())
        assert "/unheard-of" in {one.place for one in found if isinstance(one, Unnamed)}


# --- Texts that look like an enum -----------------------------------------------------------------------------------


def many(*phases: str, each: int = 6) -> list[Recorded]:
    return [
        seen(f"GET /jobs/{number}", {**JOB, "id": f"id {number}", "phase": phase})
        for number, phase in enumerate(phases * each)
    ]


def test_a_text_that_only_ever_was_one_of_a_few_names_is_told_with_them() -> None:
    finding = only(observed(*many("queued", "fetching", "cleanup", "cleanup")), "text-looks-like-enum")

    assert finding.message == (
        "GET /jobs/{jobId}: any text is allowed, and all 24 were one of these: "
        "'cleanup' (12), 'queued' (6), 'fetching' (6)"
    )
    assert (finding.verdict, finding.where.pointer) == (Verdict.SAFE, "/components/schemas/Job/properties/phase")


@pytest.mark.parametrize(
    "recorded",
    [
        many("queued", "fetching", each=4),
        many("queued"),
        many("queued", "a few words"),
        many("queued", "x" * 41),
        many("a1", "a2"),
        many(*(f"{letter}x" for letter in "abcdefghi")),
        many("queued", "fetching")[:1] * 20,
        many("queued", "3fa85f64"),
    ],
    ids=["too seldom", "one", "prose", "long", "numbered", "too many", "the same answers", "ids"],
)
def test_other_texts_are_just_texts(recorded: list[Recorded]) -> None:
    assert told(observed(*recorded)) == []


@pytest.mark.parametrize("text", ["pending", "IN_PROGRESS", "us-west-2", "v1", "text.plain", "aB"])
def test_names_of_enums(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "2", "two words", "a--b", "-a", "AKIAIOSFODNN7EXAMPLE1234", "aa11bb22", "é"])
def test_no_names_of_enums(text: str) -> None:
    assert not is_name(text)


def texts(schema: Json, value: Json) -> list[Text]:
    found = Walker(of_schema(schema), lambda name: "secret" in name).walk(AT, value, set())
    return [one for one in found if isinstance(one, Text)]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^a"},
        {"type": "string", "const": "a"},
        {"allOf": [{"type": "string"}, {"enum": ["a"]}]},
        {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        {"oneOf": [{"type": "string", "format": "x"}, {"type": "integer"}]},
    ],
    ids=json.dumps,
)
def test_texts_are_counted_only_where_any_is_allowed(schema: Json) -> None:
    assert texts(schema, "a") == []


def test_texts_of_secrets_are_not_looked_at() -> None:
    schema = {"properties": {"secret": {"properties": {"a": {"type": "string"}}}, "open": {"type": "string"}}}

    assert [one.text for one in texts(schema, {"secret": {"a": "x"}, "open": "y"})] == ["y"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "x-extensible-enum": ["queued", "running"]},
        {"anyOf": [{"type": "string", "enum": ["queued", "running"]}, {"type": "string"}]},
    ],
)
def test_a_value_beside_those_that_are_named_is_told_at_once(tmp_path: Path, schema: Json) -> None:
    content = {"application/json": {"schema": {"type": "object", "properties": {"phase": schema}}}}
    contract = of_document(
        tmp_path,
        {"/x": {"get": {"operationId": "getX", "responses": {"200": {"description": "d", "content": content}}}}},
    )
    recorded = [seen("GET /x", {"phase": phase}, base="https://x.example") for phase in ("queued", "lost", "Any text")]

    assert told(observed(*recorded, contract=contract)) == [("undescribed-value", "lost")]


# --- What was not seen ----------------------------------------------------------------------------------------------


def never(*recorded: Recorded) -> dict[str, str]:
    found = observed(*recorded).findings
    return {one.operations[0]: one.message.partition(": ")[2] for one in found if one.rule == "never-seen"}


def test_what_is_described_and_was_not_seen_is_one_remark_for_each_operation() -> None:
    assert never(
        seen("GET /jobs?limit=1", {"jobs": [{**JOB, "sink": {"type": "s3", "bucket": "b"}}]}),
        seen("GET /jobs/1", status=404),
        seen("DELETE /jobs/1", status=204),
    ) == {
        "listJobs": (
            "never seen: properties 200 /jobs/*/sink/url, 200 /jobs/*/sink/headers; "
            "value of 200 /jobs/*/status (pending, running); query parameters after, filter"
        ),
        "createJob": "never called",
        "getJob": "never seen: status 200",
        "getResult": "never called",
        "exportJobs": "never called",
    }


def test_of_bodies_that_were_not_recorded_nobody_knows_what_was_in_them() -> None:
    recorded = seen("GET /jobs/1", response=[JSON], unjudged=NEED_RESPONSE_BODY)

    assert never(recorded)["getJob"] == "never seen: status 404"


def test_an_operation_that_showed_everything_is_not_told_of() -> None:
    assert "deleteJob" not in never(seen("DELETE /jobs/1", status=204))


def test_long_lists_are_cut(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {f"p{number}": {} for number in range(20)}}
    operation = {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": schema}}}}}
    contract = of_document(tmp_path, {"/x": {"get": operation}})
    finding = only(observed(seen("GET /x", {}, base="https://x.example"), contract=contract), "never-seen")

    assert finding.message.endswith("200 /p6, 200 /p7 and 12 more")


def test_what_is_described_is_seen_as_a_run_sees_it() -> None:
    """Both read bodies along schemas; what they say of one body has to be the same."""
    contract = load.load(Path("specs/intuned"))
    operation = contract.operation("getJobRun")
    assert operation is not None
    schema = operation.responses["200"].content[0].schema or ""
    walker = Walker(contract.schemas, lambda _: False)
    for body in pool.bodies(contract, schema, limit=60):
        shown: set[Shown] = set()
        list(walker.walk(schema, body, shown))
        exchange = Exchange(least_request(contract, operation), response_of(200, {"body": body}), operation.key)
        known = {
            (sight.aspect, sight.place.removeprefix("200 "), sight.value)
            for sight in sights.seen(contract, exchange)
            if sight.aspect is not Aspect.STATUS
        }
        assert known == shown


# --- Secrets --------------------------------------------------------------------------------------------------------

PLANTED = [
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("Authorization", "Bearer planted-bearer-1")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("Authorization", "planted-raw-1")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("Authorization", "Basic planted-raw-2")]),
    seen(
        "GET /jobs",
        {"jobs": [], "new": "my planted-basic-1"},
        request=[("Authorization", f"Basic {base64.b64encode(b'ada:planted-basic-1').decode()}")],
    ),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("Cookie", "a=b; sid=planted-cookie-1")]),
    seen("GET /jobs", {"jobs": [], "planted-cookie-2": 1}, request=[("Cookie", "sid=planted-cookie-2")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, response=[("Set-Cookie", "sid=planted-cookie-3; Path=/")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("X-Jobs-Key", "planted-key-1")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("X-Api-Key", "planted-key-2")]),
    seen("GET /jobs", {"jobs": [], "new": 1}, request=[("X-Webhook-Signature", "planted-signature-1")]),
    seen("GET /jobs?api_key=planted-query-1&new=1", {"jobs": []}),
    seen("GET /jobs?new=planted%2Dquery%2D2&token=planted-query-2", {"jobs": []}),
    seen("GET /jobs?limit=x&access_token=planted-query-3", {"jobs": []}),
    seen("GET /jobs", {"jobs": [], "new": 1}, base="https://ada:planted-url-1@api.jobs.example/v1"),
    seen("GET /jobs", {"jobs": [], "new": "https://ada:planted-url-2@hooks.example/"}),
    seen("GET /jobs", {"jobs": [], "password": "planted-body-1"}),
    seen("GET /jobs", {"jobs": [], "clientSecret": {"deep": ["planted-body-2"]}}),
    seen("GET /jobs/planted-body-3", {**JOB, "token": "planted-body-3", "new": 1}),
    seen("GET /planted-body-4/x", {"token": "planted-body-4"}),
    seen("POST /jobs", JOB, status=201, sent={"name": "n", "new": 1, "api_key": "planted-sent-1"}),
    seen(
        "POST /jobs",
        JOB,
        status=201,
        sent={"name": 1, "webhook": {"headers": {"Authorization": "planted-hook-1", "X-Secret": "planted-hook-2"}}},
    ),
    seen("GET /jobs", {"jobs": [{**JOB, "status": "planted-status-1", "token": "planted-status-1"}]}),
    seen("GET /in/eyJhbGciOiJub25lIn0.eyJwbGFudGVkIjoxfQ.planted-jwt-1", {"new": 1}),
    seen("GET /jobs", {"jobs": []}, base="https://planted:planted-host-1@other.example"),
]  # fmt: skip


@pytest.mark.parametrize("recorded", PLANTED, ids=range(len(PLANTED)))
def test_no_secret_gets_out_wherever_it_stands(recorded: Recorded) -> None:
    found = observed(recorded, seen("GET /jobs/1", JOB))
    shown = json.dumps([[one.to_json() for one in found.findings], found.notes])

    assert any(one.rule != "never-seen" for one in found.findings) or found.notes
    assert "planted-" not in shown
    assert base64.b64encode(b"planted-basic-1").decode()[:16] not in shown


def test_a_secret_of_one_exchange_is_none_the_less_one_in_another() -> None:
    found = observed(
        seen("GET /jobs/1", JOB, request=[("Authorization", "Bearer planted-bearer-2")]),
        seen("GET /teams?x=planted-bearer-2", {"planted-bearer-2": "planted-bearer-2"}),
        seen("GET /jobs/2", {**JOB, "planted-bearer-2": 1}),
    )

    assert len(told(found)) == 2
    assert "planted" not in json.dumps([one.to_json() for one in found.findings])


def test_what_the_contract_calls_a_secret_is_one(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text((HERE / "jobs.yaml").read_text())
    (tmp_path / "contract.yaml").write_text("title: t\nsecrets: [bucket]\n")
    job = {**JOB, "sink": {"type": "s3", "bucket": "planted-bucket"}, "new": "planted-bucket"}
    found = observed(seen("GET /jobs/1", job), contract=load.load(tmp_path))

    assert told(found) == [("undescribed-response-property", "new")]
    assert "planted" not in json.dumps([one.to_json() for one in found.findings])


def test_more_secrets_than_are_remembered_are_masked_where_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.drift.observed.secrets._MOST", 1)
    found = observed(
        *(
            seen(f"GET /jobs/{n}", {**JOB, "new": 1}, request=[("Authorization", f"Bearer planted-{n}{n}{n}")])
            for n in "123"
        )
    )

    assert "planted" not in json.dumps([one.to_json() for one in found.findings])


# --- Bounds ---------------------------------------------------------------------------------------------------------


def test_what_is_told_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.drift.observed.observing._MOST", 1)
    found = observed(seen("GET /jobs?x=1", {"jobs": []}), seen("GET /jobs?y=1&z=1", {"jobs": []}))

    assert told(found) == [("undescribed-parameter", "x")]
    assert found.notes == ("more than 1 different things were found; 2 sightings of others are not told",)


def test_a_witness_has_nothing_that_a_browser_says_of_itself() -> None:
    noise = [
        ("User-Agent", "Mozilla"),
        ("Sec-Fetch-Mode", "cors"),
        ("Referer", "https://app.example/?code=1"),
        ("Accept", "*/*"),
    ]
    finding = only(observed(seen("GET /jobs?x=1", {"jobs": []}, request=noise)), "undescribed-parameter")

    assert finding.witness is not None
    assert finding.witness.trace[0].request.headers == (("Accept", "*/*"),)


def test_working_objects_show_counts_and_no_secret_in_a_debugger() -> None:
    secrets = Secrets(jobs())
    secrets.saw(PLANTED[0].exchange)

    assert [repr(one) for one in (secrets, Describer(jobs(), secrets.is_secret), Unseen(jobs()), Texts())] == [
        "<Secrets: 1 seen>",
        "<Describer of jobs>",
        "<Unseen: 0 operations called>",
        "<Texts: 0 places>",
    ]
    assert repr(Walker(jobs().schemas, secrets.is_secret)) == "<Walker: 0 schemas read>"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_worded_and_none_breaks_a_client(rule: str) -> None:
    level, sentence = RULES[rule]

    assert level in {Level.WARNING, Level.INFO}
    assert sentence.endswith(".")

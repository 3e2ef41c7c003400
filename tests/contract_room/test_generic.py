"""The rules for every contract: what each refuses, what each leaves alone, and that each takes its time linearly."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract.generic import generic_checks, kept
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Headers, Intent, Json, Level, Request, Response, Trace

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs:
    post: {operationId: submit, responses: {'202': {description: d, content: {application/json: {schema: {}}}}}}
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: read, responses: {'200': {description: d, content: {application/json: {schema: {}}}}}}
    delete: {operationId: remove, responses: {'204': {description: d}}}
  /jobs/{id}/tags:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    put: {operationId: tag, responses: {'200': {description: d}}}
"""
LIFECYCLE = """
resources:
  job:
    shows: {submit: /status, read: /status}
    initial: queued
    states: {queued: [running], running: [done, failed], done: [], failed: []}
"""
SECRET = "s3cr3t/key+1"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "lifecycle.yaml").write_text(LIFECYCLE)
    (folder / "contract.yaml").write_text("volatile: [asOf]\n")
    return load(folder)


def exchange(
    operation: str,
    body: Json = None,
    status: int = 200,
    *,
    job: str = "j1",
    method: str = "",
    query: str = "",
    sent: bytes | None = None,
    headers: Headers = (),
) -> Exchange:
    methods = {"submit": "POST", "read": "GET", "remove": "DELETE", "tag": "PUT"}
    return Exchange(
        Request(method or methods[operation], f"http://127.0.0.1/jobs/{job}{query}", body=sent),
        Response(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()),
        operation=operation,
        parameters={} if operation == "submit" else {"id": job},
        intent=Intent.VALID,
    )


def refusals(contract: Contract, *trace: Exchange) -> list[tuple[str, str, str]]:
    """Return rule, part and pointer of everything the generic checks refuse in a trace."""
    found = []
    for check in generic_checks(contract, frozenset({SECRET, "short"})):
        part = tuple(item for item in trace if check.applies_to(item))
        for subject in [part] if check.over_trace else part:
            found += [(check.rule, refusal.part, refusal.pointer) for refusal in check(subject)]
    return found


def read(status: str, **more: Json) -> Exchange:
    return exchange("read", {"id": "j1", "status": status, **more})


# --- Protocol ---


@pytest.mark.parametrize(
    ("allow", "rules"),
    [
        (None, ["refused-method-names-the-allowed"]),
        ("GET, DELETE, HEAD", []),
        ("GET,HEAD", ["allowed-methods-are-the-documented"]),
        ("", ["allowed-methods-are-the-documented"] * 2),
    ],
)
def test_a_405_says_which_methods_are_allowed(contract: Contract, allow: str | None, rules: list[str]) -> None:
    headers = (("Allow", allow),) if allow is not None else ()
    refused = exchange("read", b"", 405, method="PATCH", headers=headers)
    assert refusals(contract, refused) == [(rule, "header Allow", "") for rule in rules]


def test_a_head_is_answered_without_a_body(contract: Contract) -> None:
    assert refusals(contract, exchange("read", b"{}", method="HEAD")) == [("head-has-no-body", "body", "")]
    assert refusals(contract, exchange("read", b"", method="HEAD"), exchange("read", b"{}")) == []


def test_a_401_without_a_challenge_is_noted_once_and_of_no_operation(contract: Contract) -> None:
    challenged = exchange("read", {}, 401, headers=(("WWW-Authenticate", "Bearer"),))
    (check,) = [check for check in generic_checks(contract) if check.rule == "missing-access-is-challenged"]
    assert list(check((challenged, exchange("read", {}, 403)))) == []
    (refusal,) = check((challenged, exchange("read", {}, 401), exchange("tag", {}, 401)))
    assert (refusal.part, refusal.trace[0].operation, check.standing.level) == (
        "header WWW-Authenticate",
        None,
        Level.INFO,
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Server", "nginx/1.18.0 (Ubuntu)", True),
        ("X-Powered-By", "PHP/7.4.3", True),
        ("X-AspNet-Version", "4.0.30319", True),
        ("Server", "Apache/2.4.1 OpenSSL/1.0.2 PHP/7.4", True),
        ("Server", "nginx/1.18.0", False),
        ("Server", "uvicorn", False),
        ("Server", "cloudflare", False),
        ("Server", "ESF-2", False),
        ("X-Request-Id", "1.2.3", False),
    ],
)
def test_a_version_of_software_is_noted_once_for_each(contract: Contract, name: str, value: str, *, told: bool) -> None:
    (check,) = [check for check in generic_checks(contract) if check.rule == "software-keeps-its-versions-to-itself"]
    answer = exchange("read", {}, headers=((name, value),))
    found = [(refusal.part, refusal.value, refusal.trace[0].operation) for refusal in check((answer, answer))]
    assert (found, check.standing.level) == ([(f"header {name}", value, None)] if told else [], Level.INFO)


# --- Discretion ---

STACK_TRACES = {
    "python": 'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in main\nKeyError: 1',
    "python-frame": 'oops\n  File "app.py", line 3, in main\n    x',
    "java": "java.lang.IllegalStateException: no\n\tat com.example.Api.run(Api.java:17)",
    "kotlin": "\tat com.example.api.Main$main$1.invoke(Main.kt:9)",
    "node": "TypeError: x\n    at handler (/srv/app/index.js:10:15)",
    "node-internal": "    at node:internal/main:23:47",
    "node-windows": "    at handler (C:\\app\\index.js:10:15)",
    "go": "panic: no\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:4 +0x1d",
    "dotnet": "   at App.Api.Run(String id) in C:\\src\\Api.cs:line 12",
    "php": "PHP Fatal error:  Uncaught Exception in /var/www/html/index.php on line 3",
    "php-html": "<b>Fatal error</b>: no in <b>/var/www/html/index.php</b> on line <b>3</b>",
    "php-frame": "#0 /var/www/html/index.php(3): run()",
    "ruby": "/srv/app/main.rb:3:in `run'",
    "rust": "thread 'main' panicked at src/main.rs:3:5",
}


@pytest.mark.parametrize("text", STACK_TRACES.values(), ids=STACK_TRACES)
def test_a_stack_trace_is_refused_in_json_in_text_and_in_a_header(contract: Contract, text: str) -> None:
    rule = "no-stack-trace-is-shown"
    assert (rule, "body", "/error/detail") in refusals(contract, exchange("read", {"error": {"detail": text}}, 500))
    assert (rule, "body", "") in refusals(contract, exchange("read", text.encode(), 500))
    assert (rule, "header X-Debug", "") in refusals(contract, exchange("read", {}, 500, headers=(("X-Debug", text),)))


@pytest.mark.parametrize("text", STACK_TRACES.values(), ids=STACK_TRACES)
def test_what_the_request_held_may_be_repeated(contract: Contract, text: str) -> None:
    sent = json.dumps({"prompt": f"Explain: {text}"}).encode()
    assert refusals(contract, exchange("submit", {"detail": text}, 400, sent=sent)) == []


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3.11/site-packages/fastapi/routing.py",
        "cannot open '/var/lib/jobs/store.sqlite'",
        "see file:///home/deploy/app/main.py",
        "C:\\inetpub\\wwwroot\\Api\\web.config",
    ],
)
def test_a_path_on_the_server_is_refused_in_an_account_of_a_failure(contract: Contract, text: str) -> None:
    shown = ("no-server-path-is-shown", "body", "/detail")
    assert refusals(contract, exchange("read", {"detail": text}, 400)) == [shown]
    assert refusals(contract, exchange("read", {"detail": text})) == [shown]
    assert refusals(contract, exchange("read", {"result": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "Job not found: /home",
        "no such route: /api/v1/runs/app.py",
        "see https://example.com/home/docs/errors.php",
        '<script src="/app/main.js"></script>',
        "Meet me at home (or at work) at 10:15",
        'File "report.pdf" has 3 lines, in total',
        "and/or/app.py",
        "at least (3)",
    ],
)
def test_ordinary_words_are_not_taken_for_the_inside_of_a_server(contract: Contract, text: str) -> None:
    assert refusals(contract, exchange("read", {"detail": text}, 400)) == []


def test_a_path_of_the_request_may_be_repeated(contract: Contract) -> None:
    asked = exchange("read", {"detail": "no /etc/app/x.conf"}, 400, query="?file=%2Fetc%2Fapp%2Fx.conf")
    assert refusals(contract, asked) == []


@pytest.mark.parametrize(
    ("answer", "part", "pointer"),
    [
        (exchange("read", {"you": ["sent", f"key {SECRET}"]}), "body", "/you/1"),
        (exchange("read", {"a": {SECRET: 1}}), "body", "/a"),
        (exchange("read", f"key={SECRET}".encode(), 403), "body", ""),
        (exchange("read", b"s3cr3t%2Fkey%2B1", 403), "body", ""),
        (exchange("read", {"you": "sent s3cr3t%2fkey%2b1"}), "body", "/you"),
        (exchange("read", {"you": "sent %73%33%63%72%33%74%2f%6B%65%79%2B%31"}), "body", "/you"),
        (exchange("read", {"you": "sent s3cr3t%252Fkey%252B1"}), "body", "/you"),
        (exchange("read", {"you": 'sent {\\"key\\": \\"s3cr3t\\/key\\u002b1\\"}'}), "body", "/you"),
        (exchange("read", {"you": "<b>s3cr3t/key&#43;1</b>"}), "body", "/you"),
        (exchange("read", {"you": SECRET.encode().hex()}), "body", "/you"),
        (exchange("read", {}, headers=(("X-Key", SECRET.encode().hex().upper()),)), "header X-Key", ""),
        *(
            (exchange("read", {"you": encode(b"x" * before + SECRET.encode() + b"yz").decode()}), "body", "/you")
            for before in range(4)
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
        ),
        (exchange("read", {}, headers=(("X-Key", SECRET),)), "header X-Key", ""),
    ],
)
def test_a_credential_is_not_repeated_and_not_shown(
    contract: Contract, answer: Exchange, part: str, pointer: str
) -> None:
    assert refusals(contract, answer) == [("no-credential-is-repeated", part, pointer)]
    said = [list(check(answer)) for check in generic_checks(contract, frozenset({SECRET})) if not check.over_trace]
    assert SECRET not in repr(said)


@pytest.mark.parametrize(
    "text",
    ["s3cr3t", "s3cr3t/key", SECRET.upper(), SECRET[::-1], base64.b64encode(b"s3cr3t/key").decode(), "100 % & 5\\n"],
)
def test_what_is_like_a_credential_in_part_may_be_anything(contract: Contract, text: str) -> None:
    assert refusals(contract, exchange("read", {"text": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "SQLSTATE[42S02]: Base table or view not found",
        "(psycopg2.errors.UndefinedColumn) column runs.state does not exist",
        "sqlite3.OperationalError: database is locked",
        "sqlalchemy.exc.IntegrityError",
        'ERROR: syntax error at or near "FROM"',
        'insert or update on table "jobs" violates foreign key constraint "jobs_owner"',
        "ORA-00942: table or view does not exist",
        "java.sql.SQLSyntaxErrorException: no",
        "E11000 duplicate key error collection: app.jobs",
        "cannot do SELECT id, name FROM jobs WHERE id = 1",
        "UPDATE jobs SET state = 2",
        'INSERT INTO "jobs" (id) VALUES (1)',
        "DELETE FROM jobs WHERE id = 1",
    ],
)
def test_the_words_of_a_database_are_refused_in_an_error(contract: Contract, text: str) -> None:
    shown = ("no-database-is-quoted", "body", "/detail")
    assert refusals(contract, exchange("read", {"detail": text}, 400)) == [shown]
    assert refusals(contract, exchange("read", {"detail": text})) == []
    assert refusals(contract, exchange("submit", {"detail": text}, 400, sent=json.dumps([text]).encode())) == []


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgresql://app@db/jobs",
        "redis://:pw@cache:6379/0 is not there",
        "jdbc:mysql://db:3306/jobs",
        "upstream http://10.0.3.17:8080/internal is not there",
        "dial tcp 192.168.1.9:5432: connect: connection refused",
        "http://jobs.internal/read",
        "no answer from jobs.default.svc.cluster.local:8080",
        "https://app:hunter2@example.com/x",
        "connect ECONNREFUSED 127.0.0.1:6379",
    ],
)
def test_an_address_of_the_inside_is_refused_in_an_error(contract: Contract, text: str) -> None:
    shown = ("no-inside-address-is-shown", "body", "/detail")
    assert refusals(contract, exchange("read", {"detail": text}, 503)) == [shown]
    assert refusals(contract, exchange("read", {"detail": text})) == []
    assert refusals(contract, exchange("submit", {"detail": text}, 400, sent=json.dumps([text]).encode())) == []


@pytest.mark.parametrize(
    "text",
    [
        "Select a run from the list where you see it",
        "the relation does not exist, there is no such column",
        "update the job, set a new name; delete from the list",
        "an internal error: errors.internal (see https://example.com/docs/errors)",
        "10.0.3.17 is not allowed, nor is version 10.2.3.4",
        "http://127.0.0.1/jobs/j1 is no job",
        "see https://192.0.2.1:8080/docs, 172.32.0.1:80, 8.8.8.8:53",
        "Job run_10.1 failed at 10:15:30",
        "the time 10.11.12:30",
    ],
)
def test_ordinary_words_are_not_taken_for_a_database_or_an_address(contract: Contract, text: str) -> None:
    assert refusals(contract, exchange("read", {"detail": text}, 400)) == []


def test_the_address_that_was_asked_may_be_repeated(contract: Contract) -> None:
    request = Request("GET", "http://10.0.3.17:8080/jobs/j1")
    answer = Response(400, (), b'{"detail": "no http://10.0.3.17:8080/jobs"}')
    assert refusals(contract, Exchange(request, answer, "read", {"id": "j1"})) == []


def test_a_short_credential_is_not_searched_for(contract: Contract) -> None:
    assert refusals(contract, exchange("read", {"text": "in short"})) == []


# --- Memory ---

FORWARD = "states-only-move-forward"
SAME = "finished-resource-stays-as-it-is"


def test_states_move_forward_over_any_number_of_steps(contract: Contract) -> None:
    submitted = exchange("submit", {"id": "j1", "status": "queued"}, 202)
    assert refusals(contract, submitted, read("queued"), read("done"), read("done")) == []


def test_a_state_that_goes_back_is_refused_with_the_two_that_show_it(contract: Contract) -> None:
    trace = (exchange("submit", {"id": "j1", "status": "running"}, 202), read("running"), read("queued"))
    (check,) = [check for check in generic_checks(contract) if check.rule == FORWARD]
    (refusal,) = check(trace)
    assert (refusal.pointer, refusal.value, refusal.trace) == ("/status", "queued", trace[1:])


def test_a_submitted_resource_is_known_by_the_id_in_the_answer(contract: Contract) -> None:
    trace = (exchange("submit", {"id": "j1", "status": "done"}, 202), read("running"))
    assert refusals(contract, *trace) == [(FORWARD, "body", "/status")]


def test_a_finished_resource_takes_no_other_final_state(contract: Contract) -> None:
    assert (FORWARD, "body", "/status") in refusals(contract, read("done"), read("failed"))


def test_other_resources_deletions_errors_and_unknown_states_do_not_count(contract: Contract) -> None:
    other = exchange("read", {"status": "queued"}, job="j2")
    assert refusals(contract, read("done"), other) == []
    assert refusals(contract, read("done"), exchange("remove", b"", 204), read("queued")) == []
    assert refusals(contract, read("done"), exchange("read", {"status": "queued"}, 400)) == []
    assert refusals(contract, read("done"), read("archived")) == []
    assert refusals(contract, exchange("submit", {"status": "done"}, 202), read("queued")) == []


def test_two_reads_of_a_finished_resource_agree(contract: Contract) -> None:
    trace = (read("done", out={"a": [1, 2]}), read("done", out={"a": [1, 3]}))
    (check,) = [check for check in generic_checks(contract) if check.rule == SAME]
    (refusal,) = check(trace)
    assert (refusal.pointer, refusal.trace) == ("/out/a/1", trace)


@pytest.mark.parametrize(
    "second",
    [
        read("done", out=1, asOf="later"),
        read("done", out=1),
        exchange("read", {"status": "done", "out": 2}, job="j2"),
        exchange("read", {"status": "done", "out": 2}, query="?verbose=1"),
    ],
)
def test_reads_may_differ_in_what_is_volatile_or_asked_otherwise(contract: Contract, second: Exchange) -> None:
    assert refusals(contract, read("done", out=1, asOf="now"), second) == []


def test_reads_may_differ_while_a_resource_is_not_finished_or_after_it_was_changed(contract: Contract) -> None:
    assert refusals(contract, read("running", out=1), read("running", out=2)) == []
    assert refusals(contract, read("done", out=1), exchange("tag", {}), read("done", out=2)) == []


@pytest.mark.parametrize(
    ("first", "second", "pointer"),
    [(1, True, "/out"), ([], {}, "/out"), ([1], [1, 2], "/out"), ({"b/c": 1}, {}, "/out/b~1c"), (1, None, "/out")],
)
def test_reads_differ_in_type_length_and_members(contract: Contract, first: Json, second: Json, pointer: str) -> None:
    assert refusals(contract, read("done", out=first), read("done", out=second)) == [(SAME, "body", pointer)]


def test_every_rule_names_its_source_and_its_claim(contract: Contract) -> None:
    assert [check.rule for check in generic_checks(contract) if not (check.source and check.function.__doc__)] == []


def test_a_trace_of_thousands_is_judged(contract: Contract) -> None:
    trace = tuple(exchange("remove", b"", 204, job=str(index % 7)) for index in range(3000))
    reads = tuple(exchange("read", {"status": "done", "n": 1}, job=str(index)) for index in range(3000))
    assert refusals(contract, *reads, *trace) == []


def test_a_body_of_many_blanks_or_slashes_takes_no_longer_than_others(contract: Contract) -> None:
    stems = (
        "SELECT a FROM a ",
        "a.b",
        "a-",
        "10.0.0.",
        "a://b:",
        "%25",
        "&amp;",
        "\\\\u0061",
        "INSERT INTO a ",
    )
    for text in (
        *(stem * 9_000 for stem in stems),
        " " * 50_000,
        "\n" * 50_000,
        "/usr/" * 10_000,
        "at " * 20_000,
        "C:\\a" * 10_000,
        '  File "' * 9_000,
    ):
        assert refusals(contract, exchange("read", {"detail": text}, 500)) == []


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("done"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "status", "a"]), inner),
    max_leaves=8,
)


@given(
    st.lists(
        st.builds(exchange, st.sampled_from(["submit", "read", "remove", "tag"]), bodies | st.binary(), st.just(200)),
        max_size=4,
    ).map(tuple)
)
def test_no_body_crashes_a_rule(contract: Contract, trace: Trace) -> None:
    refusals(contract, *trace)


def test_the_shipped_contracts_have_the_same_rules_but_for_what_one_alone_stores() -> None:
    specs = Path(__file__).parents[2] / "specs"
    contracts = [load(folder) for folder in specs.iterdir() if folder.is_dir()]
    rules = [
        [
            check.rule
            for check in generic_checks(contract)
            if check.rule not in {one.rule for one in kept.checks(contract)}
        ]
        for contract in contracts
    ]
    assert all(one == rules[0] for one in rules)


def test_no_rule_of_the_generic_ones_has_the_name_of_another(contract: Contract) -> None:
    rules = [check.rule for check in generic_checks(contract)]
    assert len(set(rules)) == len(rules)

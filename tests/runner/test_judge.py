"""From one exchange to findings: one per cause, each with a witness that is judged again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Finding, Intent, Json, Level, Party, Request, Response, Verdict, Witness
from specwitness.runner.judge import Judge

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readJob
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [id, state]
                properties:
                  id: {type: string}
                  state: {enum: [new, done]}
                  size: {type: integer}
        '404': {description: d}
"""
CHECKS = '''
from specwitness import Refusal, check, trace_check


@check("readJob", status=200, source="the page, on ids")
def id_is_the_one_asked_for(exchange):
    """The job is the one that was asked for."""
    body = exchange.response.json()
    if body["id"] != exchange.parameters["id"]:
        yield Refusal("/id", "another job")


@check("readJob", status=200, source="the page, on states", standing="implied")
def state_is_known(exchange):
    """Says again what the schema says."""
    if exchange.response.json().get("state") not in {"new", "done"}:
        yield Refusal("/state", "an unknown state")


@check("readJob", source="the page, on headers")
def server_is_not_named(exchange):
    """No Server header."""
    if exchange.response.header("Server"):
        yield Refusal("", "it names its server", exchange.response.header("Server"), part="header Server")


@trace_check("readJob", source="the page, on time")
def size_does_not_shrink(trace):
    """A job only grows."""
    for before, after in zip(trace, trace[1:]):
        if after.response.json()["size"] < before.response.json()["size"]:
            yield Refusal("/size", "it shrank", trace=(before, after))
'''
READ = "/paths/~1jobs~1{id}/get"
SCHEMA = f"{READ}/responses/200/content/application~1json/schema"
JSON = (("Content-Type", "application/json"),)
RIGHT: Json = {"id": "1", "state": "new", "size": 1}
Summary = tuple[str, Level, Verdict, str]


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("specs") / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "checks.py").write_text(CHECKS)
    return load(folder)


@pytest.fixture
def judge(contract: Contract) -> Judge:
    return Judge(contract)


def exchange(body: Json = None, status: int = 200, *, intent: Intent = Intent.VALID) -> Exchange:
    return Exchange(
        Request("GET", "http://127.0.0.1/jobs/1"),
        Response(status, JSON, json.dumps({**RIGHT, **(body or {})}).encode()),
        operation="readJob",
        parameters={"id": "1"},
        intent=intent,
    )


def with_body(text: bytes) -> Exchange:
    return replace(exchange(), response=Response(200, JSON, text))


def with_header(name: str, value: str, *, intent: Intent = Intent.VALID, status: int = 200) -> Exchange:
    subject = exchange(status=status, intent=intent)
    assert subject.response is not None
    return replace(subject, response=replace(subject.response, headers=(*JSON, (name, value))))


def summary(findings: list[Finding]) -> list[Summary]:
    return [(finding.rule, finding.level, finding.verdict, finding.where.pointer) for finding in findings]


# --- One exchange ---------------------------------------------------------------------------------------------------


def test_a_right_exchange_gives_nothing(judge: Judge) -> None:
    assert (judge.findings(exchange()), judge.trace_findings((exchange(),)), judge.problems) == ([], [], {})


def test_what_the_schema_refuses_is_one_whole_finding(judge: Judge, contract: Contract) -> None:
    subject = exchange({"size": "large"})
    (finding,) = judge.findings(subject)

    assert finding == Finding(
        rule="response-type",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=finding.where,
        message="GET /jobs/{id}: /size: 'large' is not of type 'integer'",
        source=f"{finding.where.file}#{SCHEMA}/properties/size/type",
        value="string",
        witness=Witness((subject,), Party.SERVER, Party.CONTRACT, "/size: 'large' is not of type 'integer'"),
        operations=("readJob",),
    )
    assert (finding.where.contract, finding.where.operation, finding.where.part, finding.where.pointer) == (
        contract.name,
        "readJob",
        "response 200",
        f"{SCHEMA}/properties/size/type",
    )
    assert finding.where.line == OPENAPI.splitlines().index("                  size: {type: integer}") + 1


def test_what_a_check_refuses_is_one_whole_finding(judge: Judge) -> None:
    subject = exchange({"id": "2"})
    (finding,) = judge.findings(subject)

    assert finding == Finding(
        rule="id-is-the-one-asked-for",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=finding.where,
        message="GET /jobs/{id}: another job",
        source="the page, on ids",
        witness=Witness((subject,), Party.SERVER, Party.CHECK, "another job"),
        operations=("readJob",),
    )
    assert (finding.where.part, finding.where.pointer) == ("response 200", f"{SCHEMA}/properties/id")


def test_a_check_may_refuse_another_part_than_the_body(judge: Judge) -> None:
    (finding,) = judge.findings(with_header("Server", "nginx"))

    assert (finding.where.part, finding.where.pointer, finding.value) == (
        "response 200 header Server",
        f"{READ}/responses/200/header Server",
        "nginx",
    )


def test_a_refusal_of_an_answer_without_a_schema_points_at_the_answer(judge: Judge) -> None:
    (finding,) = judge.findings(with_header("Server", "nginx", status=404))

    assert finding.where.pointer == f"{READ}/responses/404/header Server"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        (
            exchange({"state": "lost"}),
            [("response-enum", Level.BREAKING, Verdict.BROKEN, f"{SCHEMA}/properties/state/enum")],
        ),
        (
            with_body(b'{"id": "1", "size": 1}'),
            [("response-required", Level.BREAKING, Verdict.BROKEN, f"{SCHEMA}/required")],
        ),
    ],
)
def test_a_check_that_says_again_what_the_schema_says_is_dropped(
    judge: Judge, subject: Exchange, found: list[Summary]
) -> None:
    assert summary(judge.findings(subject)) == found


def test_two_causes_are_two_findings(judge: Judge) -> None:
    rules = [finding.rule for finding in judge.findings(exchange({"state": "lost", "id": "2"}))]

    assert rules == ["response-enum", "id-is-the-one-asked-for"]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"{", b"", b'{"state": "new"}'])
def test_a_check_may_fail_over_a_body_that_is_refused_already(judge: Judge, body: bytes) -> None:
    assert judge.findings(with_body(body))
    assert judge.problems == {}


def test_any_other_exception_of_a_check_is_a_problem_that_names_its_line(judge: Judge) -> None:
    subject = replace(exchange(), parameters={})

    assert judge.findings(subject) == []
    line = CHECKS.splitlines().index('    if body["id"] != exchange.parameters["id"]:') + 1
    assert list(judge.problems) == [
        f"check id-is-the-one-asked-for could not judge: it raised KeyError at checks.py:{line}. "
        "Correct the check: it has to accept any JSON the schema allows"
    ]


def test_the_same_problem_is_told_once(judge: Judge) -> None:
    for _ in range(3):
        judge.findings(replace(exchange(), parameters={}))

    assert len(judge.problems) == 1


# --- No answer, probes, second opinions -----------------------------------------------------------------------------


def test_no_response_is_a_finding_with_the_words_of_the_fault(judge: Judge) -> None:
    subject = replace(exchange(), response=None, fault="the connection was reset")
    (finding,) = judge.findings(subject)

    assert finding == Finding(
        rule="no-response",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=finding.where,
        message="GET /jobs/{id}: the connection was reset, twice",
        source="RFC 9110 section 3.4: a server answers each request with a response",
        value="the connection was reset",
        witness=Witness((subject,), Party.SERVER, Party.CONTRACT, "the connection was reset"),
        operations=("readJob",),
    )
    assert finding.where.pointer == f"{READ}/responses"


def test_a_probe_is_judged_by_the_generic_checks_alone(judge: Judge) -> None:
    wrong = replace(
        with_header("Server", "nginx", intent=Intent.PROBE, status=405),
        request=Request("PUT", "http://127.0.0.1/jobs/1"),
    )
    (finding,) = judge.findings(wrong)

    assert (finding.rule, finding.message, finding.where.part) == (
        "refused-method-names-the-allowed",
        "PUT: the answer is 405, but has no header Allow",
        "response 405 header Allow",
    )
    assert judge.findings(exchange({"state": "lost", "id": "2"}, intent=Intent.PROBE)) == []


def test_a_credential_that_an_answer_repeats_is_refused(contract: Contract) -> None:
    judge = Judge(contract, frozenset({"a-good-key"}))
    found = judge.findings(with_header("X-Echo", "a-good-key"))

    assert [finding.rule for finding in found] == ["no-credential-is-repeated"]


def test_a_credential_that_an_undocumented_answer_repeats_is_refused(contract: Contract) -> None:
    judge = Judge(contract, frozenset({"a-good-key"}))
    found = judge.findings(with_header("X-Echo", "a-good-key", status=418))

    assert [finding.rule for finding in found] == ["undocumented-status", "no-credential-is-repeated"]


def test_a_second_opinion_counts_only_where_we_found_nothing(judge: Judge) -> None:
    (finding,) = judge.findings(exchange(), ("Response violates schema",))

    assert finding == Finding(
        rule="second-opinion",
        level=Level.WARNING,
        verdict=Verdict.UNDECIDED,
        where=finding.where,
        message=("GET /jobs/{id}: schemathesis refuses what our own reading accepts: Response violates schema"),
        source="schemathesis",
        value="Response violates schema",
        operations=("readJob",),
    )
    assert finding.where.pointer == f"{READ}/responses"
    rules = [finding.rule for finding in judge.findings(exchange({"size": "large"}), ("Response violates schema",))]
    assert rules == ["response-type"]


# --- Traces ---------------------------------------------------------------------------------------------------------


def test_a_check_over_a_trace_shows_the_exchanges_it_names(judge: Judge) -> None:
    trace = tuple(exchange({"size": size}) for size in (1, 5, 3, 7))
    (finding,) = judge.trace_findings(trace)

    assert finding.witness == Witness((trace[1], trace[2]), Party.SERVER, Party.CHECK, "it shrank")
    assert (finding.rule, finding.where.pointer) == ("size-does-not-shrink", f"{SCHEMA}/properties/size")


def test_a_check_over_a_trace_is_handed_its_own_operations_alone(judge: Judge) -> None:
    other = replace(exchange({"size": 0}), operation="another")

    assert judge.trace_findings((exchange(), other, exchange())) == []
    assert judge.trace_findings((other,)) == []
    assert judge.problems == {}


def test_an_exception_of_a_check_over_a_trace_is_a_problem(judge: Judge) -> None:
    assert judge.trace_findings((with_body(b"[]"), with_body(b"[]"))) == []
    line = CHECKS.splitlines().index('        if after.response.json()["size"] < before.response.json()["size"]:') + 1
    assert [problem.partition(". ")[0] for problem in judge.problems] == [
        f"check size-does-not-shrink could not judge: it raised TypeError at checks.py:{line}"
    ]


# --- Confirmation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        exchange({"state": "lost"}),
        exchange({"id": "2"}),
        exchange(status=503),
        with_body(b"{"),
        with_body(b"\xff"),
        with_header("Server", "nginx"),
        replace(exchange(), response=None, fault="the connection was reset"),
    ],
)
def test_a_witness_that_still_holds_confirms_its_finding(judge: Judge, subject: Exchange) -> None:
    found = judge.findings(subject)

    assert found
    assert [judge.confirmed(finding) for finding in found] == found


def test_a_witness_over_a_trace_that_still_holds_confirms_its_finding(judge: Judge) -> None:
    (finding,) = judge.trace_findings((exchange({"size": 2}), exchange({"size": 1})))

    assert judge.confirmed(finding) == finding


def test_a_witness_that_no_longer_holds_leaves_its_finding_undecided(judge: Judge) -> None:
    (finding,) = judge.findings(exchange({"state": "lost"}))
    assert finding.witness is not None
    innocent = replace(finding, witness=replace(finding.witness, trace=(exchange(),)))

    assert judge.confirmed(innocent) == replace(finding, verdict=Verdict.UNDECIDED, witness=None)


def test_a_finding_without_a_witness_is_left_as_it_is(judge: Judge) -> None:
    (finding,) = judge.findings(exchange(), ("Response violates schema",))

    assert judge.confirmed(finding) == finding

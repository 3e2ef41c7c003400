"""What an answer says by itself, held to `lifecycle.yaml`: each rule refuses one answer and leaves the others alone."""

import json
from pathlib import Path

import pytest

from specwitness.contract.generic import generic_checks
from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Intent, Json, Level, Request, Response

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      responses:
        '200':
          description: d
          headers: {Location: {schema: {type: string}}}
          content:
            application/json:
              schema:
                type: object
                properties:
                  id: {type: string}
                  status: {type: string, enum: [queued, running, done, failed]}
                  result: {description: Whatever the job gives.}
                  error: {$ref: '#/components/schemas/Failure'}
                  started: {type: [string, 'null']}
                  ended: {type: [string, 'null']}
                  link: {type: string}
                  took: {type: number}
                  all: {type: [integer, 'null']}
                  good: {type: integer}
                  bad: {type: integer}
    delete:
      operationId: stop
      responses:
        '200':
          description: d
          content: {application/json: {schema: {type: object, properties: {status: {type: string}}}}}
components:
  schemas:
    Failure:
      type: [object, 'null']
      properties: {code: {type: string}, category: {type: string}}
"""
LIFECYCLE = """
resources:
  job:
    id: id
    shows: {read: /status, stop: /status}
    initial: queued
    states:
      queued: {next: [running], absent: [/error, /result], "null": [/started]}
      running: {next: [done, failed], present: [/started], absent: [/ended]}
      done: {present: [/result, /ended], absent: [/error]}
      failed: {present: [/error/code, /ended]}
      lost: [failed]
      forbidden: {next: [failed], present: [/ended]}
    answers:
      read:
        same: {/id: id}
        says: {/link: "/jobs/{id}", /took: 1, /good: "{nobody}"}
        headers: {Location: "/jobs/{id}", Retry-After: "1"}
        ordered: [[/started, /ended]]
        seconds: {/took: [/started, /ended]}
        sum_at_most: {/all: [/good, /bad]}
        implied: [{when: {/error/code: timeout}, then: {/error/category: user}}]
"""
CHECKS = """
from specwitness import Refusal, check

@check("read", source="s")
def failed_job_has_a_code(exchange):
    "A failed job says why."
    if exchange.response.json()["status"] == "failed" and "code" not in exchange.response.json()["error"]:
        yield Refusal("/error/code", "there is none")
"""
FITS, ABOUT, LINKS = "answer-fits-its-state", "answer-is-about-what-was-asked-for", "links-lead-to-the-resource"
ORDER, TOOK, PARTS = "instants-are-in-order", "durations-fit-their-instants", "parts-are-no-more-than-the-whole"
FOLLOW = "values-follow-from-each-other"
EARLY, LATE = "2026-01-01T10:00:00Z", "2026-01-01T10:00:05Z"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return loaded(tmp_path_factory.mktemp("specs") / "jobs", "")


def loaded(folder: Path, checks: str) -> Contract:
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI.replace("failed]", "failed, lost]"))
    (folder / "lifecycle.yaml").write_text(LIFECYCLE)
    (folder / "checks.py").write_text(checks)
    return load(folder)


def answer(body: Json, status: int = 200, *, job: str = "j1", location: str = "", operation: str = "read") -> Exchange:
    headers = (("Content-Type", "application/json"), *((("Location", location),) if location else ()))
    request = Request("GET" if operation == "read" else "DELETE", f"http://127.0.0.1/jobs/{job}")
    return Exchange(request, Response(status, headers, json.dumps(body).encode()), operation, {"id": job}, Intent.VALID)


def refusals(contract: Contract, subject: Exchange) -> list[tuple[str, str]]:
    """Return rule and place, or header, of what the rules for single answers refuse; all of it is implied."""
    checks = [one for one in generic_checks(contract) if not one.over_trace and one.applies_to(subject)]
    found = [(one, refusal) for one in checks for refusal in one(subject)]
    assert {one.standing.level for one, _ in found} <= {Level.WARNING}
    return [(one.rule, refusal.pointer if refusal.part == "body" else refusal.part) for one, refusal in found]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"status": "queued", "error": {"code": "c"}}, [(FITS, "/error")]),
        ({"status": "queued", "result": 0}, [(FITS, "/result")]),
        ({"status": "queued", "started": EARLY}, [(FITS, "/started")]),
        ({"status": "running"}, [(FITS, "/started")]),
        ({"status": "running", "started": None}, [(FITS, "/started")]),
        ({"status": "running", "started": EARLY, "ended": LATE}, [(FITS, "/ended")]),
        ({"status": "done"}, [(FITS, "/result"), (FITS, "/ended")]),
        ({"status": "failed", "ended": LATE, "error": None}, [(FITS, "/error/code")]),
        ({"status": "failed", "ended": LATE, "error": {}}, [(FITS, "/error/code")]),
        ({"id": "j2"}, [(ABOUT, "/id")]),
        ({"link": "/jobs/j2"}, [(LINKS, "/link")]),
        ({"link": "http://["}, [(LINKS, "/link")]),
        ({"started": LATE, "ended": EARLY}, [(ORDER, "/ended")]),
        ({"took": -1}, [(TOOK, "/took")]),
        ({"took": 6.1, "started": EARLY, "ended": LATE}, [(TOOK, "/took")]),
        ({"all": 3, "good": 2, "bad": 2}, [(PARTS, "/all")]),
        ({"all": 1, "good": 2}, [(PARTS, "/all")]),
        ({"error": {"code": "timeout", "category": "server"}}, [(FOLLOW, "/error/category")]),
    ],
)
def test_an_answer_is_refused_where_lifecycle_yaml_says_otherwise(
    contract: Contract, body: Json, wrong: list[tuple[str, str]]
) -> None:
    assert refusals(contract, answer(body)) == wrong


@pytest.mark.parametrize(
    "body",
    [
        {"status": "queued", "started": None, "error": None, "ended": LATE, "more": {"error": 1}},
        # What is empty is not there, as many servers write it.
        {"status": "queued", "started": "", "error": {}, "result": []},
        {"status": "running", "started": EARLY, "ended": None},
        # Where the schema allows anything, null is what the job gave.
        {"status": "done", "result": None, "ended": LATE},
        {"status": "failed", "ended": LATE, "error": {"code": "c"}},
        {"status": "lost", "error": 1},
        # What the schema refuses, it refuses.
        {"status": "unheard of"},
        {"status": "forbidden"},
        {"status": ["done"]},
        [],
        None,
        {"id": None},
        {"id": "J1", "link": None},
        {"link": "https://example.com/api/v2/jobs/j1/"},
        {"link": "/jobs/j%31"},
        # Other texts than those with names are what a server may say, among others.
        {"took": 2, "good": 5},
        {"started": EARLY, "ended": EARLY},
        {"started": "yesterday", "ended": EARLY},
        {"started": None, "ended": EARLY, "took": 9.0},
        {"took": 1, "started": EARLY, "ended": LATE},
        {"took": 5.9, "started": EARLY, "ended": LATE},
        {"took": True, "all": True, "good": 2},
        {"all": 3, "good": 2, "bad": 1},
        {"all": None, "good": 2},
        {"all": 9, "good": None, "bad": "1"},
        {"error": {"code": "timeout"}},
        {"error": {"code": "timeout", "category": None}},
        {"error": {"code": "other", "category": "server"}},
    ],
)
def test_an_answer_that_the_contract_allows_is_left_alone(contract: Contract, body: Json) -> None:
    job = "J1" if isinstance(body, dict) and body.get("id") == "J1" else "j1"
    assert refusals(contract, answer(body, job=job)) == []


def test_a_uuid_may_be_answered_in_another_case(contract: Contract) -> None:
    asked = "123E4567-e89b-12d3-a456-426614174000"
    assert refusals(contract, answer({"id": asked.lower()}, job=asked)) == []


@pytest.mark.parametrize(("location", "wrong"), [("/jobs/j1", []), ("/jobs/j2", [(LINKS, "header Location")])])
def test_a_header_that_is_a_link_leads_to_the_resource(
    contract: Contract, location: str, wrong: list[tuple[str, str]]
) -> None:
    assert refusals(contract, answer({}, location=location)) == wrong


def test_errors_and_what_the_schema_does_not_describe_are_not_asked_for_it(contract: Contract) -> None:
    assert refusals(contract, answer({"status": "done", "took": -1, "id": "j2"}, 400)) == []
    assert refusals(contract, answer({"status": "running"}, operation="stop")) == []


def test_what_a_hand_written_check_says_of_a_place_is_not_said_twice(tmp_path: Path) -> None:
    contract = loaded(tmp_path / "jobs", CHECKS)
    assert refusals(contract, answer({"status": "failed", "error": {}})) == [(FITS, "/ended")]
    # A check that fails at an answer says nothing of it.
    assert refusals(contract, answer({"status": "failed", "ended": LATE})) == [(FITS, "/error/code")]

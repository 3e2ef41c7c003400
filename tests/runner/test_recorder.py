"""What one test sees is counted, judged, confirmed, redacted and published as one record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Intent, Json, Request, Response, Verdict
from specwitness.record import Aspect, Record, Sight
from specwitness.redaction import Redaction
from specwitness.runner import recorder as module
from specwitness.runner.judge import Judge
from specwitness.runner.recorder import Recorder

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
            application/json: {schema: {type: object, properties: {state: {enum: [new, done]}, token: {}}}}
        '404': {description: d}
"""
CHECKS = """
from specwitness import Refusal, trace_check

turn = [0]


@trace_check(source="the page")
def jobs_end_once(trace):
    if len(trace) > 1:
        yield Refusal("/state", "twice", trace=trace[-2:])


@trace_check(source="the page")
def nothing_is_sure(trace):
    turn[0] += 1
    if len(trace) == 1 and turn[0] == 1:
        yield Refusal("/token", "only once")
"""
SECRET = "a-very-good-key"
JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(OPENAPI)
    return load(folder)


@pytest.fixture
def recorder(contract: Contract) -> Recorder:
    return Recorder(Judge(contract), Redaction.of(values=[SECRET]))


def exchange(body: Json = None, status: int = 200, *, intent: Intent = Intent.VALID, name: str = "1") -> Exchange:
    return Exchange(
        Request("GET", f"http://127.0.0.1/jobs/{name}", (("X-Key", SECRET),)),
        Response(status, JSON, json.dumps({"state": "new"} if body is None else body).encode()),
        operation="readJob",
        parameters={"id": name},
        intent=intent,
    )


def test_variety_grows_with_what_is_new_alone(recorder: Recorder) -> None:
    grown = []
    for told in (exchange(), exchange(), exchange(status=404), exchange(status=404), exchange({"state": "old"})):
        before = recorder.variety
        recorder.saw(told)
        grown.append(recorder.variety > before)

    assert grown == [True, False, True, False, True]


def test_nothing_seen_is_an_empty_record(recorder: Recorder) -> None:
    assert recorder.publish() == Record()
    assert repr(recorder) == "<Recorder: 0 requests, 0 findings>"


def test_answers_are_counted_by_operation_and_status_with_what_they_showed(recorder: Recorder) -> None:
    for status in (200, 200):
        recorder.saw(exchange(status=status))
    recorder.saw(exchange(status=404, intent=Intent.UNKNOWN_ID, name="2"))

    assert recorder.publish() == Record(
        answers={("readJob", 200, Intent.VALID): 2, ("readJob", 404, Intent.UNKNOWN_ID): 1},
        times={("readJob", 0): 3},
        sights={
            Sight("readJob", Aspect.PROPERTY, "200 /state"): 2,
            Sight("readJob", Aspect.STATUS, "200"): 2,
            Sight("readJob", Aspect.STATUS, "404"): 1,
            Sight("readJob", Aspect.VALUE, "200 /state", "new"): 2,
        },
        requests=3,
    )


def test_a_probe_is_a_request_that_exercises_no_operation(recorder: Recorder) -> None:
    recorder.saw(exchange(intent=Intent.PROBE))
    recorder.saw(replace(exchange(), operation=None))

    assert recorder.publish() == Record(requests=2)


def test_a_request_without_an_answer_is_counted_and_found(recorder: Recorder) -> None:
    recorder.saw(replace(exchange(), response=None, fault="the connection was reset"))
    record = recorder.publish()

    assert (record.requests, record.answers, [finding.rule for finding in record.findings]) == (1, {}, ["no-response"])


def test_one_finding_seen_often_is_one_finding_that_counts_and_has_the_smallest_witness(recorder: Recorder) -> None:
    small = exchange({"state": "lost"})
    for subject in (
        exchange({"state": "lost", "more": "words"}),
        small,
        exchange({"state": "lost", "even": "more words"}),
    ):
        recorder.saw(subject)
    (finding,) = recorder.publish().findings

    assert finding.witness is not None
    assert (finding.seen, finding.witness.trace[0].response) == (3, small.response)
    assert repr(recorder) == "<Recorder: 3 requests, 1 findings>"


def test_two_offending_values_are_two_findings(recorder: Recorder) -> None:
    for state in ("lost", "found"):
        recorder.saw(exchange({"state": state}))

    assert sorted(finding.value for finding in recorder.publish().findings) == ["found", "lost"]


def test_no_secret_is_published(recorder: Recorder) -> None:
    recorder.saw(exchange({"state": SECRET, "token": "seen-by-name"}))
    recorder.cannot_conclude(f"the key {SECRET} was not accepted")
    record = recorder.publish()
    published = json.dumps(record.to_json())

    assert [finding.verdict for finding in record.findings] == [Verdict.BROKEN]
    assert (SECRET in published, "seen-by-name" in published, record.reasons) == (
        False,
        False,
        ("the key [redacted] was not accepted",),
    )


def test_a_reason_is_told_once(recorder: Recorder) -> None:
    for reason in ("b", "a", "b"):
        recorder.cannot_conclude(reason)

    assert recorder.publish().reasons == ("a", "b")


def test_a_second_opinion_is_a_finding_without_a_witness(recorder: Recorder) -> None:
    recorder.saw(exchange(), ("Response violates schema",))

    assert [(finding.rule, finding.witness) for finding in recorder.publish().findings] == [("second-opinion", None)]


def test_the_exchanges_of_a_test_are_judged_together_and_each_finding_again(contract: Contract) -> None:
    (contract.folder / "checks.py").write_text(CHECKS)
    checked = load(contract.folder)
    alone, together = (Recorder(Judge(checked), Redaction()) for _ in range(2))
    alone.saw(exchange())
    together.saw(exchange())
    together.saw(exchange())

    assert [(finding.rule, finding.verdict) for finding in alone.publish().findings] == [
        ("nothing-is-sure", Verdict.UNDECIDED)
    ]
    assert [(finding.rule, finding.verdict) for finding in together.publish().findings] == [
        ("jobs-end-once", Verdict.BROKEN)
    ]


def test_problems_of_checks_are_published(contract: Contract) -> None:
    (contract.folder / "checks.py").write_text(
        "from specwitness import check\n\n\n@check(source='s')\ndef odd(exchange):\n    raise OSError\n"
    )
    recorder = Recorder(Judge(load(contract.folder)), Redaction())
    recorder.saw(exchange())

    assert recorder.publish().problems == (
        "check odd could not judge: it raised OSError at checks.py:6. "
        "Correct the check: it has to accept any JSON the schema allows",
    )


def test_a_long_test_has_no_story_beyond_its_first_exchanges(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_TRACE", 1)
    (contract.folder / "checks.py").write_text(CHECKS)
    recorder = Recorder(Judge(load(contract.folder)), Redaction())
    for _ in range(3):
        recorder.saw(exchange())

    assert "jobs-end-once" not in {finding.rule for finding in recorder.publish().findings}

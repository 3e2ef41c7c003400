"""The exchanges of a run as an archive that other tools open."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from specwitness import Exchange, Finding, Level, Party, Request, Response, Verdict, Witness
from specwitness.drift.observed import recording
from specwitness.drift.observed.recording import Recorded, Unused
from specwitness.report import har
from specwitness.report.model import ContractReport, RunReport
from specwitness.version import VERSION


def entries(report: ContractReport) -> Any:
    return json.loads(har.render(RunReport("a run", (report,))))["log"]["entries"]


def proven(report: ContractReport) -> Finding:
    return next(finding for finding in report.findings if finding.level is Level.BREAKING)


def with_trace(report: ContractReport, *trace: Exchange, allowed_by: Party = Party.SERVER) -> ContractReport:
    witness = Witness(trace, allowed_by, Party.CONTRACT, "no")
    return replace(report, findings=(replace(proven(report), witness=witness),), waived=())


def test_an_entry_is_an_exchange_and_names_what_it_is_a_witness_of(incompatible: ContractReport) -> None:
    log = json.loads(har.render(RunReport("a run", (incompatible,))))["log"]

    assert (log["version"], log["creator"]) == ("1.2", {"name": "specwitness", "version": VERSION})
    assert log["entries"] == [
        {
            "startedDateTime": "2026-03-01T02:00:00Z",
            "time": 100.0,
            "request": {
                "method": "GET",
                "url": "http://api.test/jobs/1",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [
                    {"name": "X-API-Key", "value": "[redacted]"},
                    {"name": "User-Agent", "value": "dull"},
                ],
                "queryString": [],
                "headersSize": -1,
                "bodySize": 0,
            },
            "response": {
                "status": 200,
                "statusText": "OK",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [
                    {"name": "Content-Type", "value": "application/json"},
                    {"name": "Date", "value": "dull"},
                ],
                "content": {
                    "size": 33,
                    "mimeType": "application/json",
                    "text": '{"id": "1", "status": "EXPLODED"}',
                },
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": 33,
            },
            "timings": {"send": 0, "wait": 100.0, "receive": 0, "blocked": -1, "dns": -1, "connect": -1, "ssl": -1},
            "cache": {},
            "comment": "1a00c165c6ca response-schema (not timed: dated to the start of the run)",
        }
    ]


def test_the_exchanges_of_a_trace_come_in_their_order(incompatible: ContractReport) -> None:
    trace = [Exchange(Request("GET", f"http://api.test/{n}?a=1&a=%20&b="), Response(204)) for n in range(3)]
    found = entries(with_trace(incompatible, *trace))

    assert [entry["request"]["url"][:17] for entry in found] == [f"http://api.test/{n}" for n in range(3)]
    assert found[0]["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "a", "value": " "},
        {"name": "b", "value": ""},
    ]


def test_what_is_waived_was_exchanged_too(incompatible: ContractReport) -> None:
    waived = replace(incompatible.waived[0], finding=replace(proven(incompatible), value="LOST"))

    assert len(entries(replace(incompatible, waived=(waived,)))) == 2


def test_a_body_that_is_no_text_keeps_its_bytes(incompatible: ContractReport) -> None:
    body = b"\xff\x00\x01"
    sent = Request("POST", "http://api.test/", (("Content-Type", "image/png"),), body)
    (entry,) = entries(with_trace(incompatible, Exchange(sent, Response(200, (("Content-Type", "image/png"),), body))))
    content = entry["response"]["content"]

    assert (content["encoding"], base64.b64decode(content["text"]), content["size"]) == ("base64", body, 3)
    assert entry["request"]["postData"] == {
        "mimeType": "image/png",
        "text": "\\xff\x00\x01",
        "comment": "it is not UTF-8, and report.json has its bytes",
    }


def test_a_request_without_an_answer_says_what_happened(incompatible: ContractReport) -> None:
    unanswered = Exchange(Request("GET", "http://api.test/"), None, fault="it hung up")
    (entry,) = entries(with_trace(incompatible, unanswered))

    assert (entry["response"]["status"], entry["response"]["comment"], entry["time"]) == (0, "it hung up", 0)


def test_what_nobody_has_sent_is_not_in_it(incompatible: ContractReport) -> None:
    """The witness of drift, or of an example that its schema refuses, is a message that a document allows."""
    made_up = Exchange(Request("GET", "http://api.test/"), Response(200))

    for party in set(Party) - {Party.SERVER, Party.CLIENT}:
        assert entries(with_trace(incompatible, made_up, allowed_by=party)) == []


def test_a_report_without_a_witness_is_an_empty_archive(compatible: ContractReport) -> None:
    assert entries(compatible) == []


def test_hostile_text_stays_text(incompatible: ContractReport) -> None:
    hostile = 'x"}]\ud800##[error]</script>\n::error::'
    request = Request("GET", f"http://[{hostile}", ((hostile, hostile),), hostile.encode("utf-8", "surrogatepass"))
    response = Response(299, ((hostile, hostile), ("Location", hostile)), hostile.encode("utf-8", "surrogatepass"))
    report = with_trace(incompatible, Exchange(request, response))
    text = har.render(RunReport("a run", (report,)))
    (entry,) = json.loads(text.encode())["log"]["entries"]

    assert "##[" not in text
    assert entry["request"]["headers"] == [{"name": hostile, "value": hostile}]
    assert entry["response"]["redirectURL"] == hostile


def test_the_archive_is_read_back_as_what_was_exchanged(incompatible: ContractReport, tmp_path: Path) -> None:
    """By `drift --traffic`, which reads what others write."""
    body = Request("POST", "http://api.test/jobs", (("Content-Type", "application/json"),), b'{"a": 1}')
    exchange = Exchange(body, Response(201, (("Content-Type", "application/json"),), b'{"b": 2}'))
    unanswered = Exchange(Request("GET", "http://api.test/"), None, fault="it hung up")
    path = tmp_path / "exchanges.har"
    path.write_text(har.render(RunReport("a run", (with_trace(incompatible, exchange, unanswered),))))
    read, silent = recording.read(path)

    assert isinstance(read, Recorded)
    assert (read.exchange.request, silent) == (body, Unused.UNANSWERED)
    assert read.exchange.response is not None
    assert (read.exchange.response.status, read.exchange.response.json()) == (201, {"b": 2})


def test_an_undecided_finding_has_nothing_to_show(incompatible: ContractReport) -> None:
    suspected = replace(proven(incompatible), verdict=Verdict.UNDECIDED, witness=None)

    assert entries(replace(incompatible, findings=(suspected,), waived=())) == []

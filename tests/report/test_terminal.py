"""The last lines of a run, whole."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from specwitness import Level, Response
from specwitness.report.model import ContractReport
from specwitness.report.terminal import IN_FULL, render, summary

INCOMPATIBLE = """\
INCOMPATIBLE jobs: 1 breaking finding, 1 warning, 1 waived; 12 requests to 1 of 2 operations
Job API at http://api.test, profile quick, seed 1

1. breaking response-schema at getJob response 200 (specs/jobs/openapi.yaml:41; 1a00c165c6ca)
   /status is 'EXPLODED'
   for clients written against the contract, through getJob, listJobs (seen 7 times)
   sent      GET http://api.test/jobs/1
             X-API-Key: [redacted]
   answered  200 OK
             Content-Type: application/json
             {"id": "1", "status": "EXPLODED"}
   contract  'EXPLODED' is not one of ['PENDING', 'DONE']
   replay    curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1

2. warning slow at listJobs response 200 (/paths/~1jobs/get; 02668f415d94)
   it took 9 s
   for not proven (no witness), through listJobs

not judged:
- createJob: 201 was never seen. Allow writes with --param

notes:
- the waiver abc expired on 2026-01-01

report: reports/r/report.md
"""
COMPATIBLE = """\
COMPATIBLE jobs: no breaking finding; 12 requests to 1 of 1 operation
Job API at embedded mock, profile quick, seed 1
this speaks of a selection only: getJob

report: reports/r/report.md
"""
INCONCLUSIVE = """\
INCONCLUSIVE (partial) jobs: too little was seen to say that the contract is kept; 0 requests to 0 of 1 operation
Job API at http://api.test, profile quick, seed 1

inconclusive because:
- The run did not finish: what is missing here was not tested. Let it run to its end, or test less with a selection
- createJob: 201 was never seen. Allow writes with --param

report: reports/r/report.md
"""


@pytest.mark.parametrize(
    ("name", "shown"), [("incompatible", INCOMPATIBLE), ("compatible", COMPATIBLE), ("inconclusive", INCONCLUSIVE)]
)
def test_the_summary_of_each_outcome(name: str, shown: str, request: pytest.FixtureRequest) -> None:
    assert _shown(request.getfixturevalue(name), Console(file=io.StringIO(), width=40)) == shown


def test_a_terminal_gets_colours_unless_it_does_not_want_them(
    incompatible: ContractReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal() -> Console:
        return Console(file=io.StringIO(), force_terminal=True, color_system="standard")

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert _shown(incompatible, terminal()).startswith("\x1b[1;31mINCOMPATIBLE\x1b[0m jobs: ")
    monkeypatch.setenv("NO_COLOR", "1")
    assert _shown(incompatible, terminal()) == INCOMPATIBLE


def test_a_stream_of_another_encoding_is_written_to_all_the_same(compatible: ContractReport) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    render(replace(compatible, title="Jobs \u00e9"), Console(file=stream))
    stream.seek(0)
    assert stream.read().splitlines()[1] == "Jobs \\xe9 at embedded mock, profile quick, seed 1"


def test_many_findings_and_reasons_are_counted(incompatible: ContractReport) -> None:
    proven = next(finding for finding in incompatible.findings if finding.level is Level.BREAKING)
    many = tuple(replace(proven, value=number) for number in range(IN_FULL + 3))
    lines = summary(replace(incompatible, findings=many, reasons=("x",) * 12), path="reports/r").plain.splitlines()
    assert sum("breaking response-schema" in line for line in lines) == IN_FULL
    assert "and 3 findings more, all in reports/r" in lines
    assert "- and 2 more, all in reports/r" in lines


def test_ten_notes_are_shown_each_on_one_line_and_the_others_counted(compatible: ContractReport) -> None:
    lines = summary(replace(compatible, notes=("a\nb" * 500, *"x" * 11)), path="reports/r").plain.splitlines()
    shown = lines[lines.index("notes:") + 1 :]
    assert (shown[0][:5], len(shown[0])) == ("- a b", 502)
    assert shown[1:11] == [*["- x"] * 9, "- and 2 more, all in reports/r"]


def test_a_command_that_fills_the_screen_is_left_to_the_report(incompatible: ContractReport) -> None:
    proven = next(finding for finding in incompatible.findings if finding.witness)
    assert proven.witness is not None
    exchange = proven.witness.trace[0]
    big = replace(exchange, request=replace(exchange.request, body=b"x" * 2000))
    longer = replace(proven, witness=replace(proven.witness, trace=(exchange, big)))
    replays = [
        line for line in summary(replace(incompatible, findings=(longer,))).plain.splitlines() if "replay" in line
    ]
    assert replays == [
        "   replay    curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1",
        "   replay    (command too long, see the report)",
    ]


def _shown(report: ContractReport, console: Console) -> str:
    render(report, console, path="reports/r/report.md")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_of_a_large_body_the_place_that_was_refused_is_shown(incompatible: ContractReport) -> None:
    finding = next(finding for finding in incompatible.findings if finding.witness)
    assert finding.witness is not None
    exchange = finding.witness.trace[0]
    body = json.dumps({**{f"extra{number}": number for number in range(30)}, "status": "EXPLODED"}).encode()
    answer = replace(exchange, response=Response(200, (("Content-Type", "application/json"),), body))
    large = replace(
        finding,
        message="GET /jobs/{id}: /status: 'EXPLODED' is not one of ['PENDING', 'DONE']",
        witness=replace(finding.witness, trace=(answer,)),
    )

    shown = summary(replace(incompatible, findings=(large,))).plain

    assert [line.strip() for line in shown.splitlines() if "EXPLODED" in line or "extra" in line] == [
        "GET /jobs/{id}: /status: 'EXPLODED' is not one of ['PENDING', 'DONE']",
        '"status": "EXPLODED"',
        "contract  'EXPLODED' is not one of ['PENDING', 'DONE']",
    ]

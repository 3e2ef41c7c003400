"""What is sent when a verdict changes, and that nothing is when it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from specwitness import Outcome
from specwitness.report.model import ContractReport, EarlierRun, History
from specwitness.report.notice import Notice, notice


def after(report: ContractReport, *outcomes: str) -> ContractReport:
    """Return a report with runs before it."""
    runs = [
        EarlierRun(f"run-{at}", "2026-02-28T02:00:00Z", Outcome(outcome), 0, 0, 0)
        for at, outcome in enumerate(outcomes)
    ]
    this = EarlierRun("run-now", report.started, report.outcome, 0, 0, 0)
    return replace(report, selection=(), history=History(trend=(*runs, this)))


@pytest.fixture
def reports(
    compatible: ContractReport, incompatible: ContractReport, inconclusive: ContractReport
) -> dict[str, ContractReport]:
    return {report.outcome.value: report for report in (compatible, incompatible, inconclusive)}


@pytest.mark.parametrize(
    ("before", "now", "title"),
    [
        ([], "compatible", None),
        ([], "incompatible", "jobs: incompatible (no earlier run is known)"),
        ([], "inconclusive", "jobs: inconclusive (no earlier run is known)"),
        (["compatible"], "compatible", None),
        (["incompatible"], "incompatible", None),
        (["inconclusive"], "inconclusive", None),
        (["compatible"], "incompatible", "jobs: incompatible (was compatible)"),
        (["compatible"], "inconclusive", "jobs: inconclusive (was compatible)"),
        (["incompatible"], "compatible", "jobs: compatible (was incompatible)"),
        (["incompatible", "compatible"], "compatible", None),
        (["compatible", "incompatible"], "compatible", "jobs: compatible (was incompatible)"),
    ],
)
def test_a_verdict_is_news_when_it_is_another(
    reports: dict[str, ContractReport], before: list[str], now: str, title: str | None
) -> None:
    told = notice(after(reports[now], *before))

    assert (told.title if told else None) == title


def test_without_history_only_a_verdict_that_is_not_compatible_is_news(
    compatible: ContractReport, incompatible: ContractReport
) -> None:
    assert notice(replace(compatible, selection=())) is None
    assert notice(incompatible) is not None


def test_what_was_seen_of_a_selection_or_by_a_shard_is_no_news(incompatible: ContractReport) -> None:
    assert notice(replace(incompatible, selection=("getJob",))) is None
    assert notice(replace(incompatible, shard="1/2")) is None


def test_the_text_is_the_first_screen_and_the_link(incompatible: ContractReport) -> None:
    told = notice(incompatible, link="https://ci.test/1")

    assert isinstance(told, Notice)
    lines = told.text.splitlines()
    assert lines[0] == "INCOMPATIBLE jobs: 1 breaking finding, 1 warning, 1 waived; 12 requests to 1 of 2 operations"
    assert (lines[-1], told.outcome) == ("https://ci.test/1", Outcome.INCOMPATIBLE)


def test_a_long_text_is_cut_and_says_so(incompatible: ContractReport) -> None:
    proven = next(finding for finding in incompatible.findings if finding.witness)
    long = replace(incompatible, findings=tuple(replace(proven, value=value) for value in range(9)))
    told = notice(long, link="https://ci.test/1")

    assert told is not None
    assert told.text.splitlines()[-3:] == ["... more in the report", "", "https://ci.test/1"]
    assert len(told.text) < 4000


def test_a_server_calls_nobody_through_a_chat(incompatible: ContractReport) -> None:
    hostile = [replace(finding, message="@everyone <!channel> <@U1>\x1b[2J") for finding in incompatible.findings]
    told = notice(replace(incompatible, findings=tuple(hostile)))

    assert told is not None
    assert not any(call in told.text for call in ("@everyone", "<!channel", "<@U1", "\x1b"))

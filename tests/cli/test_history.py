"""`specwitness history`: the last runs, and one finding's life."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specwitness import Finding, Level, Location, Outcome, Verdict
from specwitness.cli import main
from specwitness.report.history import remembered
from specwitness.report.model import ContractReport, OperationCoverage, RunReport, StatusCount, WaivedFinding

FINDING = Finding(
    rule="response-enum",
    level=Level.BREAKING,
    verdict=Verdict.UNDECIDED,
    where=Location("jobs", "getJob", "response 200", "/components/schemas/Status"),
    message="/status is 'EXPLODED'",
    source="openapi.yaml",
    operations=("getJob",),
)
CLEAN = ContractReport(
    tool_version="0",
    contract="jobs",
    title="Jobs",
    outcome=Outcome.COMPATIBLE,
    target="https://api.example",
    profile="gate",
    seed=0,
    started="",
    requests=1,
    coverage=(OperationCoverage("getJob", "GET /job", 1, (StatusCount(200, 1, True),)),),
)
BROKEN = replace(CLEAN, outcome=Outcome.INCONCLUSIVE, findings=(FINDING,))
WAIVED = replace(CLEAN, waived=(WaivedFinding(FINDING, "known", "me", dt.date(2027, 1, 1)),))
NARROW = replace(CLEAN, selection=("getJob",))
OTHER = replace(CLEAN, contract="pets", target="http://127.0.0.1:8000/api")

RUNS = """\
STARTED               CONTRACT  OUTCOME       NEW OR BACK  FIXED  PERSISTING OR FLAKY  PROFILE  TARGET
2026-03-06T02:00:00Z  pets      compatible    0            0      0                    gate     http://this machine/api
2026-03-05T02:00:00Z  jobs      inconclusive  1            0      0                    gate     https://api.example
2026-03-04T02:00:00Z  jobs      compatible    0            0      0                    gate     https://api.example (only getJob)
2026-03-03T02:00:00Z  jobs      compatible    0            1      0                    gate     https://api.example
2026-03-02T02:00:00Z  jobs      compatible    0            0      0                    gate     https://api.example
2026-03-01T02:00:00Z  jobs      inconclusive  1            0      0                    gate     https://api.example
"""  # noqa: E501 - a table as it is printed
LIFE = f"""\
{FINDING.fingerprint} breaking response-enum, jobs at https://api.example
/status is 'EXPLODED'
first seen 2026-03-01T02:00:00Z, last seen 2026-03-05T02:00:00Z, in 3 of 5 runs; it is open

NxF.R  5 runs, oldest first
 w
N new, x seen again, R reopened, ~ flaky, F fixed, . not seen; below, w: it was waived

2026-03-01T02:00:00Z  new  run-1
2026-03-02T02:00:00Z  persisting, waived  run-2
2026-03-03T02:00:00Z  fixed  run-3
2026-03-05T02:00:00Z  reopened  run-5
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the history of six runs where runs write it."""
    for day, report in enumerate((BROKEN, WAIVED, CLEAN, NARROW, BROKEN, OTHER), 1):
        run = RunReport(f"run-{day}", (replace(report, started=f"2026-03-{day:02}T02:00:00Z", finished="later"),))
        remembered(tmp_path / "reports" / "history.db", run)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["history", *arguments])


def test_the_last_runs_are_listed() -> None:
    assert (run().exit_code, run().stdout) == (0, RUNS)


def test_the_last_runs_of_one_contract_are_listed() -> None:
    assert [line.split()[1] for line in run("jobs").stdout.splitlines()] == ["CONTRACT", *["jobs"] * 5]


def test_a_fingerprint_is_the_life_of_its_finding(here: Path) -> None:
    before = {path.name: path.read_bytes() for path in (here / "reports").iterdir()}
    result = run(FINDING.fingerprint)

    assert (result.exit_code, result.stdout) == (0, LIFE)
    assert {path.name: path.read_bytes() for path in (here / "reports").iterdir()} == before


def test_the_first_digits_of_a_fingerprint_are_enough_where_they_are_those_of_one_finding() -> None:
    assert run(FINDING.fingerprint[:6].upper()).stdout == LIFE


def test_of_several_fingerprints_that_begin_alike_all_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Finding, "fingerprint", property(lambda self: f"abcdef{len(self.message):06}"))
    both = replace(BROKEN, findings=(FINDING, replace(FINDING, message="x")), started="2026-03-07T02:00:00Z")
    remembered(Path("reports/history.db"), RunReport("run-7", (both,)))
    result = run("abcdef")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "2 findings begin with abcdef (abcdef000001, abcdef000021). Give more digits" in result.stderr


def test_a_contract_whose_name_could_be_a_fingerprint_is_a_contract() -> None:
    remembered(
        Path("reports/history.db"),
        RunReport("run-7", (replace(CLEAN, contract="decade", started="2026-03-07T02:00:00Z"),)),
    )

    assert [line.split()[1] for line in run("decade").stdout.splitlines()] == ["CONTRACT", "decade"]


def test_the_run_that_started_last_is_first_and_of_one_second_the_one_that_was_kept_last() -> None:
    for day, port in ((8, "a"), (8, "b"), (7, "c")):
        one = replace(CLEAN, target=f"https://{port}.example", started=f"2026-03-{day:02}T02:00:00Z")
        remembered(Path("reports/history.db"), RunReport(f"run-{port}", (one,)))

    assert [line.split()[-1] for line in run("jobs").stdout.splitlines()[1:4]] == [
        "https://b.example",
        "https://a.example",
        "https://c.example",
    ]


def test_a_finding_has_a_life_at_each_target(here: Path) -> None:
    remembered(
        here / "reports" / "history.db",
        RunReport("run-7", (replace(BROKEN, target="embedded mock", started="2026-03-07T02:00:00Z"),)),
    )
    heads = [line for line in run(FINDING.fingerprint).stdout.splitlines() if line.startswith(FINDING.fingerprint)]

    assert [line.rpartition(" at ")[2] for line in heads] == ["embedded mock", "https://api.example"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("nothing",),
            "reports/history.db: no run of a contract 'nothing' is remembered. Remembered are: jobs, pets\n",
        ),
        (
            ("0123456789ab",),
            "reports/history.db: no run that is remembered had a finding 0123456789ab. "
            "Take the fingerprint of a finding from a report\n",
        ),
        (
            ("0badc0",),
            "reports/history.db: no run that is remembered had a finding 0badc0. "
            "Take the fingerprint of a finding from a report\n",
        ),
        (
            ("--history", "gone.db"),
            "gone.db: there is no history of runs. A run writes it; name one with --history\n",
        ),
    ],
)
def test_what_is_not_remembered_is_one_line_and_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"specwitness: {said}")


def test_a_file_that_is_no_history_is_one_line_and_exit_code_2(here: Path) -> None:
    (here / "page.html").write_text("<html></html>" * 100)
    result = run("--history", "page.html")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("specwitness: page.html: it is damaged, or no history of runs (file is not a datab")


def test_hostile_text_stays_on_its_line(here: Path) -> None:
    odd = replace(FINDING, message="\x1b[2J\n\n::error::x", rule="a\nb")
    report = replace(BROKEN, findings=(odd,), contract="x\x1b[2J", started="2026-03-08T02:00:00Z")
    remembered(here / "reports" / "history.db", RunReport("r\nun", (report,)))

    for shown in (run().stdout, run(odd.fingerprint).stdout):
        assert "\x1b" not in shown
        assert "\n::" not in shown
    assert len(run().stdout.splitlines()) == 8

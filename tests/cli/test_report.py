"""`specwitness report` as it is typed; what shards of a run become is in tests/plugin/test_shards.py."""

from __future__ import annotations

import datetime as dt
import json
import re
import webbrowser
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.cli import main
from specwitness.cli.reporting import FORMATS
from specwitness.report import write
from specwitness.report.model import ContractReport, RunReport, WaivedFinding

MONDAY, TUESDAY = "2026-03-02T02-00-00Z", "2026-03-03T02-00-00Z"


def found(value: str, level: Level = Level.BREAKING, *, contract: str = "jobs", proven: bool = True) -> Finding:
    exchange = Exchange(Request("GET", "http://api.test/jobs/1"), Response(200, (), f'"{value}"'.encode()))
    return Finding(
        rule="response-enum",
        level=level,
        verdict=Verdict.BROKEN if proven else Verdict.UNDECIDED,
        where=Location(contract, "getJob", "response 200", "/components/schemas/Status", "specs/jobs/openapi.yaml", 41),
        message=f"/status is '{value}'",
        source="openapi.yaml",
        value=value,
        witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, "it is none of them") if proven else None,
        operations=("getJob",),
    )


def judged(*findings: Finding, contract: str = "jobs", waived: tuple[Finding, ...] = ()) -> ContractReport:
    proven = any(one.level is Level.BREAKING and one.verdict is Verdict.BROKEN for one in findings)
    return ContractReport(
        tool_version="0.1.0",
        contract=contract,
        title="Job API",
        outcome=Outcome.INCOMPATIBLE if proven else Outcome.COMPATIBLE,
        target="http://api.test",
        profile="gate",
        seed=0,
        started="2026-03-02T02:00:00Z",
        finished="2026-03-02T02:00:09Z",
        requests=12,
        findings=findings,
        waived=tuple(WaivedFinding(one, "known", "jobs team", dt.date(2999, 1, 1)) for one in waived),
    )


def kept(name: str, *contracts: ContractReport) -> RunReport:
    run = RunReport(name, contracts)
    write.write(run, Path("reports") / name)
    return run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with two runs, of which the later is the latest."""
    monkeypatch.chdir(tmp_path)
    kept(MONDAY, judged(found("LOST"), found("SLOW", Level.WARNING), waived=(found("OLD"),)))
    kept(TUESDAY, judged(found("SLOW", Level.WARNING)))
    return tmp_path


def report(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


# --- Which run ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [[MONDAY], [f"reports/{MONDAY}"], [f"reports/{MONDAY}/report.json"]])
def test_a_run_is_named_by_its_name_its_folder_or_its_file(named: list[str]) -> None:
    result = report(*named)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("INCOMPATIBLE jobs: 1 breaking finding, 1 warning, 1 waived; ")


def test_without_a_name_it_is_the_latest() -> None:
    assert report().stdout.startswith("COMPATIBLE jobs: no breaking finding, 1 warning; ")
    assert report().stdout == report("show").stdout == report("latest").stdout
    assert report().stdout == report(TUESDAY).stdout.replace(TUESDAY, "latest")


def test_where_there_are_no_links_a_text_file_names_the_latest(folder: Path) -> None:
    (folder / "reports" / "latest").unlink()
    (folder / "reports" / "latest.txt").write_text(MONDAY + "\n")

    assert report("--format", "json").stdout == report(MONDAY, "--format", "json").stdout


def test_reports_may_be_elsewhere(folder: Path) -> None:
    (folder / "reports").rename(folder / "other")

    assert report(MONDAY, "--report-dir", "other").exit_code == 0
    assert report("--report-dir", "other").exit_code == 0
    assert report().stderr == ("specwitness: run latest: there is none of that name. There is no run in reports\n")


def test_a_run_that_is_not_there_is_one_line_that_names_those_that_are() -> None:
    result = report("last-week")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"specwitness: run last-week: there is none of that name. The last runs in reports are {MONDAY}, {TUESDAY}\n"
    )


@pytest.mark.parametrize("arguments", [[], ["diff"], ["open"], ["merge"]])
def test_what_is_no_report_is_one_line(folder: Path, arguments: list[str]) -> None:
    (folder / "specs").mkdir()
    (folder / "empty").write_text("{}")
    result = report(*arguments, "empty")

    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(r"specwitness: [^\n]+\. [^\n]+\n", result.stderr)


@pytest.mark.parametrize("arguments", [["diff", "old"], ["show", "old"], ["old"]])
def test_a_report_of_another_version_is_said_to_be_one(folder: Path, arguments: list[str]) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "report.json").write_text('{"schema_version": 1, "tool_version": "0.1", "contract": "jobs"}')

    assert report(*arguments).stderr == (
        "specwitness: old/report.json: it was written by another version of specwitness (0.1): its form is 1, and this "
        "version reads 2. Read its report.md or index.html, or use the version that wrote it\n"
    )


def test_a_history_in_a_folder_that_is_not_there_is_refused_by_the_merge() -> None:
    result = report("merge", TUESDAY, "--history", "gone/h.db")

    assert (result.exit_code, "there is no folder gone" in result.stderr, Path("gone").exists()) == (2, True, False)


def test_a_folder_with_the_name_of_a_command_is_shown_by_its_command(folder: Path) -> None:
    (folder / "reports" / TUESDAY).rename(folder / "diff")

    assert report("show", "diff").stdout == report("./diff").stdout


# --- Forms ----------------------------------------------------------------------------------------------------------

WORD = re.compile(r"\b[0-9a-f]{12}\b")


def in_har(text: str) -> set[str]:
    return {entry["comment"].split()[0] for entry in json.loads(text)["log"]["entries"]}


def in_sarif(text: str) -> set[str]:
    return {
        result["partialFingerprints"]["specwitness/v1"] for run in json.loads(text)["runs"] for result in run["results"]
    }


def in_junit(text: str) -> set[str]:
    cases = ET.fromstring(text).iter("testcase")  # noqa: S314, it is our own output
    return {word for case in cases for word in WORD.findall(case.get("name", ""))}


def in_json(text: str) -> set[str]:
    contracts = json.loads(text)["contracts"]
    findings = [one for contract in contracts for one in contract["findings"]]
    findings += [one["finding"] for contract in contracts for one in contract["waived"]]
    return {one["fingerprint"] for one in findings}


def in_words(text: str) -> set[str]:
    return set(WORD.findall(text))


READ: dict[str, Callable[[str], set[str]]] = {
    "json": in_json,
    "junit": in_junit,
    "sarif": in_sarif,
    "har": in_har,
    "markdown": in_words,
    "terminal": in_words,
    "github": in_words,
    "html": in_words,
}


def test_one_finding_has_one_name_in_every_form() -> None:
    """So that it can be waived, or looked up in the history, from whichever one has at hand."""
    shown = [
        found("LOST"),
        found("SLOW", Level.WARNING),
        found("MAYBE", proven=False),
        found("LATE", Level.INFO, contract="pets"),
    ]
    waived = found("OLD")
    kept("all", judged(*shown[:3], waived=(waived,)), judged(shown[3], contract="pets"))
    named = {form: READ[form](report("all", "--format", form).stdout) for form in FORMATS}

    everything = {one.fingerprint for one in (*shown, waived)}
    # A suspicion was not exchanged; what is accepted is in nobody's way.
    seen = everything - {shown[2].fingerprint}
    unwaived = everything - {waived.fingerprint}
    assert named == dict.fromkeys(FORMATS, everything) | {"har": seen, "terminal": unwaived, "github": unwaived}


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("json", "report.json"),
        ("markdown", "report.md"),
        ("junit", "junit.xml"),
        ("sarif", "report.sarif"),
        ("har", "exchanges.har"),
    ],
)
def test_a_form_is_what_the_run_wrote(form: str, file: str) -> None:
    assert report(MONDAY, "--format", form).stdout == Path("reports", MONDAY, file).read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_each_form_goes_to_a_file_too(form: str) -> None:
    result = report(MONDAY, "--format", form, "--output", "out")
    printed = report(MONDAY, "--format", form).stdout

    assert (result.exit_code, result.stdout) == (0, "out written\n")
    written = Path("out").read_text("utf-8")
    assert written == (printed.partition("\nreport: ")[0] if form == "terminal" else printed)


def test_a_file_that_cannot_be_written_is_one_line() -> None:
    result = report("--output", "reports/none/out")

    assert (result.exit_code, result.stderr) == (
        2,
        "specwitness: reports/none/out: it cannot be written: No such file or directory. Name another file\n",
    )


def test_the_gravest_contract_is_shown_first() -> None:
    kept("both", judged(contract="a"), judged(found("LOST"), contract="b"))

    assert re.findall("^[A-Z]+ .(?=:)", report("both").stdout, re.MULTILINE) == ["INCOMPATIBLE b", "COMPATIBLE a"]


# --- diff -----------------------------------------------------------------------------------------------------------


def test_what_is_another_between_two_runs() -> None:
    later = judged(found("LOST", Level.WARNING), found("NEW"), found("OLD"))
    kept("later", replace(later, target="http://b.test"), judged(contract="pets"))
    result = report("diff", MONDAY, "later")

    assert (result.exit_code, result.stdout) == (
        0,
        f"""\
{MONDAY} -> later

INCOMPATIBLE jobs: 1 new, 1 gone, 2 changed
+ new: breaking BROKEN response-enum at getJob response 200 (specs/jobs/openapi.yaml:41; {name("NEW")}): /status is 'NEW'
~ changed from breaking BROKEN waived: breaking BROKEN response-enum at getJob response 200 (specs/jobs/openapi.yaml:41; {name("OLD")}): /status is 'OLD'
~ changed from breaking BROKEN: warning BROKEN response-enum at getJob response 200 (specs/jobs/openapi.yaml:41; {name("LOST")}): /status is 'LOST'
- gone: warning BROKEN response-enum at getJob response 200 (specs/jobs/openapi.yaml:41; {name("SLOW")}): /status is 'SLOW'
note: another target: http://api.test, then http://b.test

NOT TESTED -> COMPATIBLE pets: the same findings
note: only the second run tested it
""",  # noqa: E501, a terminal wraps
    )


def name(value: str) -> str:
    return found(value).fingerprint


def test_two_runs_that_say_the_same() -> None:
    assert report("diff", MONDAY, MONDAY).stdout == f"{MONDAY} -> {MONDAY}\n\nINCOMPATIBLE jobs: the same findings\n"


def test_a_run_is_compared_with_the_latest() -> None:
    assert report("diff", MONDAY).stdout == report("diff", MONDAY, TUESDAY).stdout
    assert report("diff", MONDAY).stdout.splitlines()[2] == "INCOMPATIBLE -> COMPATIBLE jobs: 2 gone"


def test_what_is_gone_from_a_run_that_looked_for_less_may_be_there_yet() -> None:
    partial = replace(judged(), outcome=Outcome.INCONCLUSIVE, finished=None, partial=True)
    shard = replace(judged(), outcome=Outcome.INCONCLUSIVE, shard="1/3")
    silent = replace(judged(), outcome=Outcome.INCONCLUSIVE, reasons=("nothing listens",))
    notes = []
    for one in (partial, shard, silent):
        kept("less", one)
        notes.append(json.loads(report("diff", MONDAY, "less", "--format", "json").stdout)["contracts"][0]["notes"])

    assert notes == [
        ["the second run did not finish: that something is not in it says little"],
        ["the second run is shard 1/3 of a run: that something is not in it says little"],
        ["the second run is inconclusive: what is not in it may not have been looked for"],
    ]


def test_the_difference_as_data() -> None:
    data = json.loads(report("diff", MONDAY, TUESDAY, "--format", "json").stdout)
    (contract,) = data["contracts"]

    assert {key: data[key] for key in ("diff_version", "old", "new")} == {
        "diff_version": 1,
        "old": MONDAY,
        "new": TUESDAY,
    }
    assert (contract["old"], contract["new"], contract["appeared"]) == ("incompatible", "compatible", [])
    assert [(one["fingerprint"], one["waived"]) for one in contract["gone"]] == [
        (fingerprint, fingerprint == name("OLD")) for fingerprint in sorted((name("LOST"), name("OLD")))
    ]


def test_the_difference_fits_into_a_comment() -> None:
    kept("much", judged(*(found(f"V{number}") for number in range(2000))))
    page = report("diff", MONDAY, "much", "--format", "markdown").stdout
    lines = page.splitlines()

    assert len(page) <= 60_000
    assert lines[0] == f"# `{MONDAY}` -> `much`"
    assert lines[2] == "## INCOMPATIBLE `jobs`: 2000 new, 3 gone"
    left_out = re.search(r"^And (\d+) more, all in the JSON form \(--format json\)\.$", page, re.MULTILINE)
    assert left_out is not None
    assert sum(line.startswith("- ") for line in lines) + int(left_out[1]) == 2003


# --- open -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("starts", "more"), [(True, ""), (False, "No browser could be started here: ")])
def test_the_page_is_opened_where_there_is_a_browser(
    folder: Path, monkeypatch: pytest.MonkeyPatch, starts: bool, more: str
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return starts

    monkeypatch.setattr(webbrowser, "open", browser)
    page = folder / "reports" / MONDAY / "index.html"
    page.write_text("a page")
    result = report("open", MONDAY)

    assert (result.exit_code, opened) == (0, [page.as_uri()])
    assert result.stdout.startswith(f"reports/{MONDAY}/index.html\n{more}")


def test_a_run_without_a_page_says_how_to_make_one(folder: Path) -> None:
    (folder / "reports" / MONDAY / "index.html").unlink(missing_ok=True)
    result = report("open", MONDAY)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"specwitness: reports/{MONDAY}/index.html: there is no such page. "
        f"Make one with `specwitness report {MONDAY} --format html --output index.html`\n"
    )


@pytest.mark.parametrize("command", ["show", "diff", "open", "merge"])
def test_each_command_has_help(command: str) -> None:
    result = report(command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: main report {command} ")

"""`specwitness waive`: what is written and taken out, what is refused, and how a person is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specwitness.cli import main
from specwitness.contract import load
from specwitness.contract.model import Waiver
from specwitness.findings import Exchange, Finding, Level, Location, Outcome, Party, Request, Verdict, Witness
from specwitness.report import history, write
from specwitness.report.drift_model import Described, DriftReport
from specwitness.report.model import ContractReport, History, OperationCoverage, RunReport, StatusCount, WaivedFinding
from specwitness.report.portable import json_text

OPENAPI = """\
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      responses: {'200': {description: the pets}}
"""
LATER = "2999-01-01"
NOTHING_TO_PRUNE = "every waiver matches something, or cannot be judged by this run\n"
WHY = ("--reason", "known: see #7", "--until", LATER, "--owner", "the pets team")


def finding(value: Any, rule: str = "response-enum", contract: str = "pets", by: Party = Party.SERVER) -> Finding:
    where = Location(contract, "listPets", "response 200", "/paths/~1pets/get/responses/200")
    witness = Witness((Exchange(Request("GET", "http://127.0.0.1/pets"), None),), by, Party.CONTRACT, "no")
    return Finding(rule, Level.BREAKING, Verdict.BROKEN, where, f"{value!r} is not allowed", "s", value, witness)


ARCHIVED, ZOMBIE = finding("archived"), finding("zombie")
RUN = ContractReport(
    tool_version="1",
    contract="pets",
    title="Pets",
    outcome=Outcome.INCOMPATIBLE,
    target="https://pets.example",
    profile="nightly",
    seed=1,
    started="2026-03-01T02:00:00.000Z",
    finished="2026-03-01T02:01:00.000Z",
    requests=3,
    findings=(ARCHIVED, ZOMBIE),
    coverage=(OperationCoverage("listPets", "GET /pets", 3, (StatusCount(200, 3, documented=True),)),),
    history=History(),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with two contracts and the report of a run, in which the commands run; git knows nobody."""
    for name in ("pets", "toys"):
        (tmp_path / "specs" / name).mkdir(parents=True)
        (tmp_path / "specs" / name / "openapi.yaml").write_text(OPENAPI)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    keep(RUN)
    yield tmp_path
    assert not [*tmp_path.rglob("*.tmp")]


def keep(*reports: ContractReport) -> None:
    """Write the report of a run, the latest there is."""
    folder = write.folder_for(Path("reports"), reports[0].started)
    write.write(RunReport(folder.name, reports), folder)


def remember(*reports: ContractReport) -> None:
    """Remember runs, the earliest first, as they are remembered when they end."""
    for day, report in enumerate(reports, 1):
        started = f"2026-02-{day:02}T02:00:00.000Z"
        history.remembered(Path("reports/history.db"), RunReport(started, (replace(report, started=started),)))


def waive(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["waive", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def waivers(contract: str = "pets") -> list[Waiver]:
    return [replace(one, line=None) for one in load.plain(Path("specs") / contract).waivers]


def file(text: str | None = None, contract: str = "pets") -> str:
    """Return the text of a file of waivers, after it has been written where there is one to write."""
    path = Path("specs") / contract / "waivers.yaml"
    if text is not None:
        path.write_text(text)
    return path.read_text()


def entry(fingerprint: str, expires: str = LATER, also: str = "") -> str:
    return f"- {{fingerprint: '{fingerprint}',{also} reason: known, owner: us, expires: '{expires}'}}\n"


# --- Accept a finding -----------------------------------------------------------------------------------------------


def test_a_finding_of_the_last_report_is_waived_by_its_fingerprint() -> None:
    result = waive(ARCHIVED.fingerprint, *WHY)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"waived {ARCHIVED.fingerprint} until {LATER} in specs/pets/waivers.yaml, line 4\n"
        "response-enum at listPets response 200: 'archived' is not allowed\n"
    )
    expected = Waiver(ARCHIVED.fingerprint, "known: see #7", dt.date.fromisoformat(LATER), "the pets team")
    assert waivers() == [expected]
    assert "    rule: response-enum\n    value: archived\n" in file()


def test_what_stands_in_the_file_stays_as_it_is() -> None:
    before = file(f"# ours\nwaivers:\n# the first\n{entry('0' * 12)}# end\n")
    waive(ARCHIVED.fingerprint, *WHY)

    assert set(before.splitlines()) < set(file().splitlines())
    assert [one.fingerprint for one in waivers()] == ["0" * 12, ARCHIVED.fingerprint]


def test_the_first_digits_are_enough_where_they_are_those_of_one_finding() -> None:
    assert waive(ARCHIVED.fingerprint[:6].upper(), *WHY).exit_code == 0
    assert [one.fingerprint for one in waivers()] == [ARCHIVED.fingerprint]


def test_of_several_that_begin_alike_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Finding, "fingerprint", property(lambda self: f"abcdef{len(self.value):06}"))
    result = waive("abcdef", *WHY)

    assert result.exit_code == 2
    assert "2 findings begin with abcdef (abcdef000006, abcdef000008). Give more digits" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ab", *WHY), "give at least 6 digits"),
        (("abcdef123456", *WHY), "reports/latest: it has no finding abcdef123456. Copy the fingerprint"),
        (
            (ARCHIVED.fingerprint, *WHY, "--contract", "toys"),
            "it has no contract toys. It has pets: correct --contract",
        ),
        ((ARCHIVED.fingerprint, *WHY, "--run", "gone"), "run gone: there is none of that name"),
        ((ARCHIVED.fingerprint, "--until", LATER, "--owner", "us"), "Missing option '--reason'"),
        ((ARCHIVED.fingerprint, "--reason", "  ", "--until", LATER, "--owner", "us"), "it says nothing"),
        ((ARCHIVED.fingerprint, "--reason", "\udc80", "--until", LATER, "--owner", "us"), "it is not text"),
        ((ARCHIVED.fingerprint, "--reason", "x", "--until", "soon", "--owner", "us"), "'soon' is no date"),
        ((ARCHIVED.fingerprint, "--reason", "x", "--until", "2020-01-31", "--owner", "us"), "2020-01-31 is over"),
        ((ARCHIVED.fingerprint, "--reason", "x", "--until", LATER), "Give --owner NAME"),
    ],
)
def test_what_cannot_be_waived_is_said_and_nothing_is_written(arguments: tuple[str, ...], said: str) -> None:
    result = waive(*arguments)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not Path("specs/pets/waivers.yaml").exists()


def test_a_contract_of_the_run_that_does_not_have_the_finding_is_named() -> None:
    keep(RUN, replace(RUN, contract="toys", findings=()))
    result = waive(ARCHIVED.fingerprint, *WHY, "--contract", "toys")

    assert f"it has no finding of toys {ARCHIVED.fingerprint}. Copy" in " ".join(result.stderr.split())


def test_a_finding_of_a_contract_that_is_not_here_is_not_waived() -> None:
    keep(replace(RUN, contract="cars", findings=(gone := finding("x", contract="cars"),)))
    result = waive(gone.fingerprint, *WHY)

    assert (result.exit_code, "contract 'cars': there is no folder specs/cars" in result.stderr) == (2, True)


def test_the_owner_is_the_user_that_git_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (("COUNT", "1"), ("KEY_0", "user.name"), ("VALUE_0", "Ada Lovelace")):
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    waive(ARCHIVED.fingerprint, *WHY[:4])

    assert [one.owner for one in waivers()] == ["Ada Lovelace"]


def test_what_is_waived_already_is_said() -> None:
    before = file(f"waivers:\n{entry(ARCHIVED.fingerprint)}")
    result = waive(ARCHIVED.fingerprint, *WHY)

    assert (result.exit_code, file()) == (2, before)
    assert f"waivers.yaml, line 2: {ARCHIVED.fingerprint} is waived already, until {LATER}: known" in result.stderr


def test_what_is_waived_by_rule_place_and_value_is_waived_already() -> None:
    said = f"rule: response-enum, at: {ARCHIVED.where.pointer}, value: archived"
    file(f"waivers:\n- {{{said}, reason: known, owner: us, expires: '{LATER}'}}\n")

    assert [waive(one.fingerprint, *WHY).exit_code for one in (ARCHIVED, ZOMBIE)] == [2, 0]


def test_an_expired_waiver_is_renewed_where_it_stands() -> None:
    file(f"waivers:\n# why\n{entry(ARCHIVED.fingerprint, '2020-01-01')}{entry('0' * 12)}")
    result = waive(ARCHIVED.fingerprint, *WHY)

    assert result.stdout.startswith(f"renewed the waiver of {ARCHIVED.fingerprint} until {LATER} in specs/pets")
    assert file() == (
        f"waivers:\n# why\n- {{fingerprint: '{ARCHIVED.fingerprint}', reason: \"known: see #7\", owner: the pets team, "
        f"expires: '{LATER}'}}\n{entry('0' * 12)}"
    )


def test_an_expired_waiver_of_sources_is_not_widened() -> None:
    file(f"waivers:\n{entry(ARCHIVED.fingerprint, '2020-01-01', ' in: sources,')}")
    waive(ARCHIVED.fingerprint, *WHY)

    assert [(one.in_sources, one.expires.year) for one in waivers()] == [(True, 2020), (False, 2999)]


def test_a_finding_about_sources_may_be_waived_of_sources_alone() -> None:
    said = finding("bird", by=Party.SOURCE)
    side = Described("pets", "Pets", "1")
    drift = DriftReport(
        tool_version="1", contract="pets", old=side, new=side, policy="strict", compared=1, findings=(said,)
    )
    Path("drift.json").write_text(json_text(drift.to_json()))
    result = waive(said.fingerprint, *WHY, "--run", "drift.json", "--in", "sources")

    assert (result.exit_code, [one.in_sources for one in waivers()]) == (0, [True])
    assert "--in sources" not in result.stdout
    assert waive(said.fingerprint, *WHY, "--run", "drift.json").stdout.endswith(
        "It is accepted of a server that does so, too; with --in sources only of what sources say\n"
    )
    assert [one.in_sources for one in waivers()] == [True, False]
    assert waive(said.fingerprint, *WHY, "--run", "drift.json", "--in", "sources").exit_code == 2


def test_what_is_no_report_is_called_so() -> None:
    Path("x.json").write_text("[]")

    assert "x.json: it is not a report" in waive(ARCHIVED.fingerprint, *WHY, "--run", "x.json").stderr


def test_hostile_findings_stay_text() -> None:
    bad = finding("a\x1b[2J\n- {b: c}", rule="x: {\n- evil: 1}\x1b[2J")
    keep(replace(RUN, findings=(bad,)))
    result = waive(bad.fingerprint, *WHY)

    assert (result.exit_code, result.stdout.count("\n"), "\x1b" in result.stdout) == (0, 2, False)
    assert ([one.fingerprint for one in waivers()], "\x1b" in file()) == ([bad.fingerprint], False)


# --- Take out what is gone ------------------------------------------------------------------------------------------

GONE = "0" * 12


def test_what_matches_nothing_is_taken_out_with_its_comment_and_all_else_stays() -> None:
    kept = "# head\nwaivers:\n# archived\n" + entry(ARCHIVED.fingerprint) + entry(ZOMBIE.fingerprint, "2020-01-01")
    file(kept + "\n# gone\n" + entry(GONE) + entry("1" * 12, "2020-01-01") + "# end\n")
    result = waive("prune")

    assert (result.exit_code, file()) == (0, kept + "# end\n")
    assert result.stdout == (
        "taken out specs/pets/waivers.yaml, line 8: 000000000000 (known)\n"
        "taken out specs/pets/waivers.yaml, line 9: 111111111111 (known)\n"
    )
    assert waive("prune").stdout == NOTHING_TO_PRUNE


def test_what_is_waived_in_the_run_is_matched() -> None:
    waive(ARCHIVED.fingerprint, *WHY)
    one = WaivedFinding(ARCHIVED, "known", "us", dt.date.fromisoformat(LATER))
    keep(replace(RUN, findings=(), waived=(one,), outcome=Outcome.COMPATIBLE))
    before = file()
    waive("prune")

    assert file() == before


def test_a_waiver_by_place_matches_no_other_value() -> None:
    lines = [
        f"- {{rule: response-enum, at: {ARCHIVED.where.pointer}, value: {value}, reason: known, owner: us, "
        f"expires: '{LATER}'}}\n"
        for value in ("archived", "ghost")
    ]
    file("waivers:\n" + "".join(lines))
    result = waive("prune")

    assert file() == "waivers:\n" + lines[0]
    assert 'response-enum at /paths/~1pets/get/responses/200 with "ghost" (known)' in result.stdout


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (replace(RUN, partial=True, finished=None), "it did not finish"),
        (replace(RUN, shard="1/2"), "it is only shard 1/2 of a run"),
        (replace(RUN, selection=("listPets",)), "it tested only a selection of operations"),
        (replace(RUN, reasons=("GET /pets never answered.",)), "could not be judged (GET /pets never answered)"),
        (replace(RUN, history=None), "it was not compared with earlier runs"),
    ],
)
def test_a_run_that_did_not_look_at_everything_takes_nothing_out(report: ContractReport, said: str) -> None:
    before = file(f"waivers:\n{entry(GONE)}")
    keep(report)
    result = waive("prune")

    assert (result.exit_code, file()) == (2, before)
    assert "run latest of pets: what it did not find may be there" in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize(
    ("report", "also", "said"),
    [
        (replace(RUN, profile="gate"), "", "a gate run does not look for everything"),
        (replace(RUN, target="embedded mock"), "", "the embedded mock does not do what a server does"),
        (RUN, " in: sources,", "its contract.yaml names no sources that were compared"),
    ],
)
def test_what_a_run_cannot_see_is_kept(report: ContractReport, also: str, said: str) -> None:
    before = file(f"waivers:\n{entry(GONE, also=also)}")
    keep(report)
    result = waive("prune")

    assert (result.exit_code, file()) == (0, before)
    assert result.stdout.startswith(f"kept specs/pets/waivers.yaml, line 2: {GONE} (known): {said}")


def test_what_sources_said_is_taken_out_by_a_run_that_compared_them() -> None:
    file(f"waivers:\n{entry(GONE, also=' in: sources,')}")
    source = "{file: f, title: t, kind: openapi, sha256: s}"
    Path("specs/pets/contract.yaml").write_text(f"sources: [{source}]\n")
    waive("prune")

    assert file() == "waivers: []\n"


def test_what_a_gate_run_has_seen_and_looked_for_in_vain_it_takes_out() -> None:
    gate = replace(RUN, profile="gate", findings=(ZOMBIE,))
    file(f"waivers:\n{entry(ARCHIVED.fingerprint)}")
    remember(replace(gate, findings=(ARCHIVED,)), gate)
    keep(gate)
    waive("prune")

    assert file() == "waivers: []\n"


@pytest.mark.parametrize("seen", [RUN, replace(RUN, profile="gate", target="https://staging.pets.example")])
def test_what_another_run_saw_and_none_has_looked_for_since_is_kept(seen: ContractReport) -> None:
    gate = replace(RUN, profile="gate", findings=(ZOMBIE,))
    before = file(f"waivers:\n{entry(ARCHIVED.fingerprint)}")
    remember(seen, gate)
    keep(gate)
    result = waive("prune")

    assert file() == before
    assert f"it was seen at {seen.target}, and no run has looked for it there in vain since" in result.stdout


def test_one_contract_may_be_pruned_where_another_could_not_be_tested() -> None:
    for name in ("pets", "toys"):
        file(f"waivers:\n{entry(GONE)}", name)
    keep(RUN, replace(RUN, contract="toys", partial=True, finished=None, findings=()))

    assert (waive("prune").exit_code, file()) == (2, f"waivers:\n{entry(GONE)}")
    assert (waive("prune", "--contract", "pets").exit_code, file()) == (0, "waivers: []\n")
    assert waive("prune", "--contract", "cars").stderr.startswith("specwitness: run latest: it did not test")


def test_a_contract_without_waivers_has_nothing_to_prune() -> None:
    keep(replace(RUN, partial=True, finished=None))

    assert (waive("prune").exit_code, waive("prune").stdout) == (0, NOTHING_TO_PRUNE)

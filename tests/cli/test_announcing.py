"""`announce`: what reaches people after a run, through a `gh` that keeps its issues in a file, and over HTTP."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specwitness import Exchange, Finding, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.cli import main
from specwitness.report.model import ContractReport, EarlierRun, History, RunReport
from specwitness.report.write import dumps

FAKE_GH = Path(__file__).parents[1] / "nightly/fake_gh.py"


def finding(contract: str, value: str) -> Finding:
    return Finding(
        rule="response-schema",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=Location(contract, "getJob", "response 200", "/paths/~1jobs/get", "openapi.yaml", 4),
        message=f"/status is {value!r}",
        source="openapi.yaml",
        value=value,
        witness=Witness(
            (Exchange(Request("GET", "http://api.test/jobs"), Response(200, (), value.encode()), "getJob"),),
            Party.SERVER,
            Party.CONTRACT,
            "it is not allowed",
        ),
    )


def of(contract: str, *breaks: str, outcome: Outcome | None = None, before: Outcome | None = None) -> ContractReport:
    """Return the report of a contract in which these values break it."""
    outcome = outcome or (Outcome.INCOMPATIBLE if breaks else Outcome.COMPATIBLE)
    trend = [EarlierRun("run", "2026-03-01T02:00:00Z", one, 0, 0, 0) for one in (before, outcome) if one]
    return ContractReport(
        tool_version="0.1.0",
        contract=contract,
        title=contract,
        outcome=outcome,
        target="http://api.test",
        profile="nightly",
        seed=1,
        started="2026-03-01T02:00:00Z",
        finished="2026-03-01T02:00:09Z",
        requests=9,
        findings=tuple(finding(contract, value) for value in breaks),
        reasons=("nothing listens. Start it",) if outcome is Outcome.INCONCLUSIVE else (),
        history=History(trend=tuple(trend)),
    )


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, without anything that is told to `announce` from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPECWITNESS_NOTIFY", raising=False)
    return tmp_path


@pytest.fixture
def gh(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `gh` on the PATH, and what it keeps."""
    (here / "bin").mkdir()
    program = here / "bin/gh"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_GH}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_GH", str(here / "gh.json"))
    return here / "gh.json"


def announced(*contracts: ContractReport, options: tuple[str, ...] = ("--repo", "me/api")) -> Result:
    folder = Path("reports/latest")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(dumps(RunReport("latest", contracts)))
    return CliRunner().invoke(main, ["announce", *options])


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def kept(gh: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(gh.read_text())
    return data


def sent(gh: Path) -> list[str]:
    """Return what was done since the last time this was asked, without what only reads."""
    data = kept(gh)
    gh.write_text(json.dumps(data | {"calls": []}))
    return [" ".join(call[:2]) for call in data["calls"] if call[1] != "list"]


def test_the_life_of_an_issue(gh: Path) -> None:
    assert outcome(announced(of("jobs", "A"))) == (
        0,
        "jobs: opened (https://github.com/me/api/issues/1): it breaks\n",
        "",
    )
    assert sent(gh) == ["label create", "issue create"]

    assert outcome(announced(of("jobs", "A"))) == (0, "jobs: left alone (#1): nothing changed\n", "")
    assert sent(gh) == []

    assert outcome(announced(of("jobs", "A", "B"))) == (0, "jobs: rewrote (#1): what breaks has changed\n", "")
    assert sent(gh) == ["issue edit", "issue comment"]

    silent = of("jobs", outcome=Outcome.INCONCLUSIVE)
    assert announced(silent).stdout.startswith("jobs: left alone (#1): the run is inconclusive")
    assert sent(gh) == []

    assert outcome(announced(of("jobs"))) == (0, "jobs: closed (#1): the contract is kept again\n", "")
    assert sent(gh) == ["issue edit", "issue close", "issue comment"]

    assert outcome(announced(of("jobs"))) == (0, "jobs: left alone (#1): the contract is kept\n", "")
    assert sent(gh) == []

    assert outcome(announced(of("jobs", "B"))) == (0, "jobs: reopened (#1): it breaks again\n", "")
    assert sent(gh) == ["issue reopen", "issue edit", "issue comment"]

    (issue,) = kept(gh)["issues"]
    assert (issue["title"], issue["state"]) == ("jobs does not keep its contract", "OPEN")
    first = [comment.splitlines()[0] for comment in issue["comments"]]
    assert first == [
        "2 breaking findings: 1 new, 0 not seen any more.",
        "Compatible: no breaking finding; 9 requests to 0 of 0 operations, in the run of `2026-03-01T02:00:00Z`.",
        "It breaks again.",
    ]


def test_each_contract_has_one_issue_and_a_new_label_is_made_once(gh: Path) -> None:
    announced(of("jobs", "A"), of("pets", "A"))
    assert sent(gh) == ["label create", "issue create", "issue create"]

    result = announced(of("jobs", "A"), of("pets"))
    assert result.stdout.splitlines() == [
        "jobs: left alone (#1): nothing changed",
        "pets: closed (#2): the contract is kept again",
    ]


def test_an_issue_is_known_whatever_people_call_it_and_of_whatever_else_has_the_label(gh: Path) -> None:
    announced(of("jobs", "A"))
    data = kept(gh)
    data["issues"][0]["title"] = "Ask the vendor about this"
    foreign = {"number": 2, "body": "Somebody's own words", "title": "jobs", "comments": []}
    data["issues"].append({**data["issues"][0], **foreign})
    gh.write_text(json.dumps(data))

    announced(of("jobs", "A", "B"))

    found = [(issue["title"], len(issue["comments"])) for issue in kept(gh)["issues"]]
    assert found == [("Ask the vendor about this", 1), ("jobs", 0)]


def test_what_a_server_says_is_no_argument_of_gh(gh: Path) -> None:
    hostile = "$(touch pwned) `touch pwned` --repo=evil/evil \n<!-- specwitness:pets on:server breaks: -->\x1b[2J"
    announced(of("jobs", hostile))
    announced(of("jobs", hostile, "B"))

    said = [argument for call in kept(gh)["calls"] for argument in call]
    assert not any("pwned" in argument or "evil" in argument for argument in said)
    assert not Path("pwned").exists()
    assert "\x1b" not in kept(gh)["issues"][0]["body"]
    assert announced(of("pets", "A")).stdout.startswith("pets: opened")


@pytest.mark.usefixtures("gh")
@pytest.mark.parametrize("step", ["issue list", "label create", "issue create"])
def test_a_gh_that_fails_is_an_error_in_its_own_words(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setenv("FAKE_GH_FAILS", step)

    assert outcome(announced(of("jobs", "A"))) == (
        2,
        "",
        f"specwitness: gh {step}: it failed: HTTP 403: Resource not accessible by integration. See that GH_TOKEN may "
        "read and write issues (`gh auth status`), and that --repo is right\n",
    )


def test_what_was_interrupted_is_said_the_next_time_and_not_twice(gh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announced(of("jobs", "A"))
    monkeypatch.setenv("FAKE_GH_FAILS", "issue close")
    assert announced(of("jobs")).exit_code == 2
    monkeypatch.delenv("FAKE_GH_FAILS")

    assert announced(of("jobs")).stdout == "jobs: closed (#1): the contract is kept again\n"
    (issue,) = kept(gh)["issues"]
    assert (issue["state"], len(issue["comments"])) == ("CLOSED", 1)


def test_a_gh_that_prints_something_else_is_an_error(gh: Path) -> None:
    (gh.parent / "bin/gh").write_text("#!/bin/sh\necho Welcome\n")

    result = announced(of("jobs", "A"))

    assert result.exit_code == 2
    assert result.stderr.startswith("specwitness: gh issue list: it printed no JSON: ")


def test_without_gh_the_next_step_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))

    assert outcome(announced(of("jobs", "A"))) == (
        2,
        "",
        "specwitness: gh: it is not installed. Install it from https://cli.github.com\n",
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Give --repo, --notify, or both"),
        (("--repo", "me"), "it is no OWNER/NAME"),
        (("--repo", "me/api;id"), "it is no OWNER/NAME"),
        (("--repo", "me/api", "--link", "x> <script>"), "it is no http or https URL"),
    ],
)
def test_what_is_asked_wrongly_is_said(options: tuple[str, ...], said: str) -> None:
    result = announced(of("jobs", "A"), options=options)

    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_run_that_left_no_report_is_an_error() -> None:
    result = CliRunner().invoke(main, ["announce", "--repo", "me/api"])

    assert outcome(result) == (
        2,
        "",
        "specwitness: run latest: there is none of that name. There is no run in reports\n",
    )


# --- Notices ---------------------------------------------------------------------------------------------------------

SECRET = "t0k3n-nobody-may-see"


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """The URL (of apprise, with a secret) of a service that takes notices, those it took, and what it answers."""
    taken: list[dict[str, Any]] = []
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(json.loads(body) | {"path": self.path})
            self.send_response(statuses[-1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    pytest.importorskip("apprise")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{httpd.server_port}/{SECRET}", taken, statuses
        httpd.shutdown()


Service = tuple[str, list[dict[str, Any]], list[int]]


def test_a_verdict_that_changed_is_sent_and_another_is_not(service: Service) -> None:
    url, taken, _ = service
    jobs, pets = of("jobs", "A", before=Outcome.COMPATIBLE), of("pets", before=Outcome.COMPATIBLE)

    result = announced(jobs, pets, options=("--notify", url, "--link", "https://ci.test/1"))

    assert outcome(result) == (0, "notified: jobs: incompatible (was compatible)\n", "")
    (one,) = taken
    assert (one["path"], one["type"], one["title"]) == (f"/{SECRET}", "failure", "jobs: incompatible (was compatible)")
    assert one["message"].startswith("INCOMPATIBLE jobs: 1 breaking finding; ")
    assert one["message"].endswith("https://ci.test/1")


def test_urls_come_from_the_environment_and_gh_does_not_see_them(
    service: Service, gh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, taken, _ = service
    monkeypatch.setenv("SPECWITNESS_NOTIFY", f"{url}/1 {url}/2")
    (gh.parent / "bin/gh").write_text('#!/bin/sh\nenv > gh.env\necho "[]"\n')

    result = announced(of("jobs", before=Outcome.INCOMPATIBLE))

    assert result.stdout.splitlines() == [
        "jobs: left alone (no issue): the contract is kept",
        "notified: jobs: compatible (was incompatible)",
    ]
    assert [one["path"] for one in taken] == [f"/{SECRET}/1", f"/{SECRET}/2"]
    assert SECRET not in Path("gh.env").read_text()


def test_nothing_is_sent_where_nothing_changed(service: Service) -> None:
    url, taken, _ = service
    result = announced(of("jobs", "A", before=Outcome.INCOMPATIBLE), options=("--notify", url))

    assert outcome(result) == (0, "notified nobody: no verdict changed\n", "")
    assert taken == []


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_a_url_is_never_shown_nor_written_even_where_it_fails(
    service: Service, here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url, _, statuses = service
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("XDG_DATA_HOME", str(here))
    statuses.append(500)
    bad = [f"nosuchservice://{SECRET}", SECRET, f"slack://{SECRET}", f"json://{SECRET}.invalid:bad"]
    options = [word for one in [url, *bad] for word in ("--notify", one)]

    result = announced(of("jobs", "A"), options=(*options, "--notify", url))

    assert outcome(result) == (
        2,
        "",
        "specwitness: --notify (URL 1, 2, 3, 4, 5, 6 of 6, which is not shown): the notice was not taken. See that it "
        "is a URL of apprise that still works: https://github.com/caronc/apprise/wiki\n",
    )
    assert SECRET not in caplog.text
    assert not [path for path in files_below(here) if SECRET.encode() in path.read_bytes()]


def test_issues_and_notices_do_not_keep_each_other_from_being_sent(service: Service, gh: Path) -> None:
    url, taken, statuses = service
    (gh.parent / "bin/gh").write_text("#!/bin/sh\necho no >&2; exit 1\n")

    result = announced(of("jobs", "A"), options=("--repo", "me/api", "--notify", url))
    assert (result.exit_code, len(taken)) == (2, 1)

    statuses.append(500)
    result = announced(of("jobs", "A"), options=("--repo", "me/api", "--notify", url))
    assert (result.exit_code, result.stderr.count("specwitness: ")) == (2, 2)


def test_without_apprise_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    assert outcome(announced(of("jobs", "A"), options=("--notify", f"json://{SECRET}"))) == (
        2,
        "",
        "specwitness: --notify: the apprise library is not installed. Install it with pip install "
        "'specwitness[notify]'\n",
    )

"""`drift CONTRACT`, `drift CONTRACT --served URL`, `vendor NAME --from`: what is said, written, and how it ends."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specwitness import Level
from specwitness.cli import main
from specwitness.report.drift_model import DriftReport

SPECS = Path(__file__).parents[2] / "specs"
SERVED = (SPECS / "praisonai/sources/praisonai-4.7.19-served-openapi.json").read_bytes()
PAGE = "sources/000_4518787fcfaae87d.txt"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of both contracts, in which the commands run."""
    shutil.copytree(SPECS, tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[str]:
    """The URL of a server that hands out the document of PraisonAI, at two places."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.partition("?")[0] in {"/openapi.json", "/api/openapi.json", "/docs/v1.json"}
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(SERVED if known else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def reported(*arguments: str) -> DriftReport:
    result = run("drift", *arguments, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return DriftReport.from_json(json.loads(result.stdout))


@pytest.fixture
def nothing_is_waived(here: Path) -> None:
    """Let every finding about PraisonAI count."""
    (here / "specs/praisonai/waivers.yaml").write_text("waivers: []\n")


# --- The sources of a contract ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_is_waived")
def test_one_contract_is_what_its_sources_are_compared_in() -> None:
    report = reported("praisonai")

    assert (report.old.given, report.new.given, report.new.title) == ("praisonai", "its sources", "2 sources")
    assert (report.compared, report.in_new, report.failed) == (9, {}, True)
    files = {finding.where.file for finding in report.findings}
    assert files == {
        "specs/praisonai/overlay.yaml",
        "specs/praisonai/sources/004_a959f0ac7d040196.txt",
        "specs/praisonai/sources/praisonai-4.7.19-served-openapi.json",
    }


def test_what_has_been_accepted_does_not_fail() -> None:
    result = run("drift", "intuned")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        "UNDECIDED intuned -> its sources: 1 warning, 2 undecided, 5 remarks, 2 waived; 1 operation compared\n"
    )
    assert run("drift", "intuned", "--strict").exit_code == 1


def test_a_rule_about_sources_may_be_given_another_level(here: Path) -> None:
    manifest = here / "specs/intuned/contract.yaml"
    levels = "levels: {property-spelled-otherwise: breaking, example-on-another-host: 'off'}\n"
    manifest.write_text(levels + manifest.read_text())
    report = reported("intuned")

    assert [finding.rule for finding in report.findings if finding.level == "breaking"] == [
        "property-spelled-otherwise"
    ]
    assert (report.off, report.failed) == (1, True)


def test_the_contradictions_in_the_shipped_contracts_are_accepted_and_shown() -> None:
    for name in ("intuned", "praisonai"):
        result, report = run("drift", name), reported(name)

        assert (result.exit_code, report.notes) == (0, ())
        assert [one.finding.fingerprint in result.stdout for one in report.waived] == [True] * len(report.waived)
    assert len(report.waived) == 17


def test_a_waiver_of_sources_is_said_to_match_nothing_by_the_comparison_it_is_for(here: Path) -> None:
    (here / "specs/intuned/waivers.yaml").write_text(
        "waivers:\n"
        "- {fingerprint: aaaaaaaaaaaa, in: sources, reason: gone, owner: us, expires: '2999-01-01'}\n"
        "- {fingerprint: bbbbbbbbbbbb, reason: of a server, owner: us, expires: '2999-01-01'}\n"
    )
    note = (
        "nothing that the sources say matches the waivers of aaaaaaaaaaaa: "
        "they are of what a server hands out, or of no use any more"
    )

    assert reported("intuned").notes == (note,)
    assert reported("specs/intuned/openapi.yaml", "intuned").notes == (
        "nothing that changed matches the waivers of bbbbbbbbbbbb: they are the suite's, or of no use any more",
    )


def test_a_source_that_comes_to_say_what_another_says_has_changed_all_the_same(here: Path) -> None:
    """That the page and the served document contradict each other is accepted; that the page changes is not."""
    (here / "before.yaml").write_text((here / "specs/praisonai/openapi.yaml").read_text())
    vendored = here / "specs/praisonai/openapi.yaml"
    vendored.write_text(vendored.read_text().replace(f"{' ' * 18}- completed_at\n", ""))
    values = [one.value for one in reported("before.yaml", "praisonai").findings if one.rule == "response-required"]

    assert "completed_at" in values


@pytest.mark.usefixtures("nothing_is_waived")
def test_every_form_of_a_report_names_both_sources() -> None:
    for form in ("markdown", "junit", "sarif", "github"):
        text = run("drift", "praisonai", "--format", form).stdout
        assert "004_a959f0ac7d040196.txt:25" in text.replace("\\", "")
        assert "praisonai-4.7.19-served-openapi.json:603" in text.replace("\\", "")


def test_a_contract_without_sources_says_what_to_do(here: Path) -> None:
    (here / "specs/pets").mkdir()
    (here / "specs/pets/openapi.yaml").write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    result = run("drift", "pets")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "specwitness: contract 'pets': no sources of it are listed. Add them to its contract.yaml, or give what to "
        "compare it with\n"
    )


def test_a_source_that_was_changed_in_place_is_refused(here: Path) -> None:
    with (here / "specs/intuned" / PAGE).open("a") as page:
        page.write("\n")
    result = run("drift", "intuned")

    assert result.exit_code == 2
    assert "000_4518787fcfaae87d.txt: its sha256 is" in result.stderr


# --- What a server hands out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fetched"),
    [
        ("", "/openapi.json"),
        ("/", "/openapi.json"),
        ("/api/", "/api/openapi.json"),
        ("/docs/v1.json", "/docs/v1.json"),
        ("/?api_key=1#x", "/openapi.json?api_key=[redacted]"),
    ],
)
def test_the_document_is_looked_for_below_the_url_unless_it_is_given(server: str, given: str, fetched: str) -> None:
    report = reported("praisonai", "--served", server + given)

    assert (report.old.given, report.new.given) == ("praisonai", server + fetched)
    assert (report.new.title, report.compared, report.failed) == ("PraisonAI Jobs API", 9, True)


@pytest.mark.usefixtures("nothing_is_waived")
def test_what_is_served_breaks_what_its_kept_copy_breaks(server: str) -> None:
    kept, live = (
        {one.fingerprint for one in reported(*given).findings if one.level is Level.BREAKING}
        for given in (("praisonai",), ("praisonai", "--served", server))
    )

    assert kept
    assert kept <= live


def test_what_is_accepted_of_a_kept_copy_is_accepted_of_what_is_served(server: str) -> None:
    kept, live = (
        {one.finding.fingerprint for one in reported(*given).waived}
        for given in (("praisonai",), ("praisonai", "--served", server))
    )

    assert kept == live


def test_a_server_without_a_document_is_named_without_credentials(server: str) -> None:
    url = server.replace("http://", "http://user:secret@") + "/nothing"
    result = run("drift", "praisonai", "--served", url)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "/nothing/openapi.json: it cannot be fetched (HTTP 404)" in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("intuned", "--served", "ftp://host/openapi.json"),
        ("intuned", "--served", "http://"),
        ("intuned", "--served", "http://[half/openapi.json"),
        ("intuned", "praisonai", "--served", "http://host"),
        ("intuned", "--served", "http://host", "--sdk", "module:Model=getJobRun"),
        (),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("drift", *arguments).exit_code == 2


# --- A new copy of a source -------------------------------------------------------------------------------------------


def a_copy(here: Path, *changes: tuple[str, str], of: str = f"intuned/{PAGE}") -> str:
    text = (here / "specs" / of).read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (here / "copy.md").write_text(text)
    return "copy.md"


QUEUED = ("                      - pending\n", "                      - queued\n")


def files(here: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (here / "specs").rglob("*") if path.is_file()}


def test_what_changed_is_shown_and_nothing_written(here: Path) -> None:
    before = files(here)
    result = run("vendor", "intuned", "--from", a_copy(here, QUEUED))

    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith(f"BROKEN specs/intuned/{PAGE} -> copy.md: 1 breaking; 1 operation compared\n")
    assert f"response-enum at runApiResult response 200 (specs/intuned/{PAGE}:93; " in result.stdout
    assert result.stdout.endswith(
        f"\nnothing is written; with --accept, copy.md takes the place of specs/intuned/{PAGE}\n"
    )
    assert files(here) == before


def test_what_is_accepted_is_written_and_the_contract_is_derived_again(here: Path) -> None:
    before = files(here)
    result = run("vendor", "intuned", "--from", a_copy(here, QUEUED), "--accept")
    after = files(here)

    assert (result.exit_code, result.stderr) == (0, "")
    assert {path.name for path in after if after[path] != before[path]} == {
        *(Path(PAGE).name, "contract.yaml", "openapi.yaml")
    }
    assert "written: specs/intuned/sources/000_4518787fcfaae87d.txt, specs/intuned/contract.yaml, " in result.stdout
    assert run("vendor", "intuned", "--check").exit_code == 0
    assert run("vendor", "intuned", "--from", "copy.md").stdout == f"copy.md is what specs/intuned/{PAGE} has\n"


def test_words_may_change_and_nothing_breaks(here: Path) -> None:
    result = run("vendor", "intuned", "--from", a_copy(here, ("Status of the run execution", "How the run is doing")))

    assert result.exit_code == 0
    assert result.stdout.startswith(f"SAFE specs/intuned/{PAGE} -> copy.md: every request that was allowed still is, ")


def test_a_page_of_another_kind_is_compared_with_its_own_lines(here: Path) -> None:
    page = "sources/004_a959f0ac7d040196.txt"
    copy = a_copy(
        here,
        ('<ResponseField name="completed_at" type="string" required>', '<ResponseField name="ended_at" type="string">'),
        of=f"praisonai/{page}",
    )
    result = run("vendor", "praisonai", "--from", copy)

    assert result.exit_code == 1
    assert f"response-required at getRunResult response 200 (specs/praisonai/{page}:37; " in result.stdout


def test_what_a_page_shows_in_another_example_breaks_nothing(here: Path) -> None:
    copy = a_copy(
        here,
        ('"detail": "Job failed. No result available."', '"reason": 1'),
        of="praisonai/sources/004_a959f0ac7d040196.txt",
    )

    assert run("vendor", "praisonai", "--from", copy).exit_code == 0


def test_the_model_of_an_sdk_is_compared_as_the_response_that_it_is_of(here: Path) -> None:
    model = "sources/003_531450860adb8e94.txt"
    row = next(
        line for line in (here / "specs/intuned" / model).read_text().splitlines() if line.startswith("| `runId`")
    )
    optional = (row, row.replace(":heavy_check_mark:", ":heavy_minus_sign:"))
    result = run("vendor", "intuned", "--from", a_copy(here, optional, of=f"intuned/{model}"))

    assert result.exit_code == 1
    assert f"response-required at runApiResult response 200 (specs/intuned/{model}:43; " in result.stdout


def test_a_served_document_is_vendored_from_its_url(server: str, here: Path) -> None:
    given = ("vendor", "praisonai", "--from", f"{server}/openapi.json")
    path = here / "specs/praisonai/sources/praisonai-4.7.19-served-openapi.json"

    assert "openapi.json is what specs/praisonai/sources/praisonai-4.7.19" in run(*given).stdout
    path.write_bytes(SERVED.replace(b'"cancelled"', b'"canceled"'))
    assert "Restore the file" in run(*given).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--accept",), "--source and --accept go with --from"),
        (("--source", "x"), "--source and --accept go with --from"),
        (("--check", "--from", "x"), "--check and --from exclude each other"),
        (("--from", "gone.md"), "gone.md: it cannot be read"),
        (("--from", "http://user:secret@127.0.0.1:9/page.md"), "it cannot be fetched"),
        (("--from", "specs/intuned/overlay.yaml"), "no source of the contract has its name, or describes what it does"),
        (
            ("--from", "specs/intuned/overlay.yaml", "--source", "x.md"),
            "'x.md': it is not one of the contract's sources",
        ),
    ],
)
def test_what_cannot_be_vendored_is_refused(here: Path, arguments: tuple[str, ...], words: str) -> None:
    before = files(here)
    result = run("vendor", "intuned", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "secret" not in result.stderr
    assert files(here) == before


def test_a_copy_that_cannot_be_accepted_says_so_though_nobody_asked(here: Path) -> None:
    copy = a_copy(here, ("in: header\n      name: x-api-key", "in: query\n      name: x-api-key"))
    result = run("vendor", "intuned", "--from", copy)

    assert result.exit_code == 2
    assert "credential-moved" in result.stdout
    assert "the sources, at #/components/securitySchemes/api_key/in" in result.stderr

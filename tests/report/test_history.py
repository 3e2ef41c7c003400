"""What earlier runs found: how a run stands to them, and the file that remembers them."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specwitness import Finding, Intent, Level, Location, Outcome, Verdict
from specwitness.exceptions import HistoryError
from specwitness.report import markdown, terminal
from specwitness.report.history import changes, lives, remembered, remembered_or_not, store
from specwitness.report.model import (
    Change,
    CheckCount,
    ContractReport,
    EarlierRun,
    FixedFinding,
    Latency,
    OperationCoverage,
    RunReport,
    StatusCount,
    WaivedFinding,
)
from specwitness.runner.profile import PROFILES

TARGET = "https://api.example"


def a_finding(value: object = "x", *, rule: str = "response-enum", part: str = "response 200") -> Finding:
    return Finding(
        rule=rule,
        level=Level.BREAKING,
        verdict=Verdict.UNDECIDED,
        where=Location("jobs", "getJob", part, "/components/schemas/Status"),
        message=f"/status is {value!r}",
        source="openapi.yaml",
        value=value,
        operations=("getJob",),
    )


def an_operation(name: str = "getJob", *, ok: int = 5, refused: int = 1, unknown_ids: int = 1) -> OperationCoverage:
    return OperationCoverage(
        operation=name,
        label=f"GET /{name}",
        requests=ok + refused,
        statuses=(StatusCount(200, ok, True, {Intent.VALID: ok}), StatusCount(404, refused, True)),
        checks=(CheckCount("body", ok), CheckCount("unknown-ids", unknown_ids)),
        latency=Latency(1.5, 2.5, 3.5, 4.5),
    )


def a_report(
    *findings: Finding,
    number: int = 0,
    waived: Sequence[Finding] = (),
    operations: Sequence[OperationCoverage] = (an_operation(),),
    target: str = TARGET,
    profile: str = "gate",
    selection: tuple[str, ...] = (),
    partial: bool = False,
    shard: str | None = None,
    outcome: Outcome = Outcome.INCONCLUSIVE,
) -> ContractReport:
    started = (dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC) + dt.timedelta(days=number)).isoformat()
    return ContractReport(
        tool_version="0",
        contract="jobs",
        title="Jobs",
        outcome=outcome,
        target=target,
        profile=profile,
        seed=0,
        started=started.replace("+00:00", "Z"),
        finished=None if partial else started.replace("+00:00", "Z"),
        partial=partial,
        shard=shard,
        selection=selection,
        requests=sum(one.requests for one in operations),
        findings=findings,
        waived=tuple(WaivedFinding(one, "known", "me", dt.date(2027, 1, 1)) for one in waived),
        coverage=tuple(operations),
    )


def kept(path: Path, report: ContractReport) -> ContractReport:
    (contract,) = remembered(path, RunReport(report.started[:10], (report,))).contracts
    assert contract.history is not None
    return contract


def life_of(path: Path, *runs: ContractReport, of: Finding) -> str:
    """Remember runs one after the other, and return in a letter each what they said of a finding."""
    letters = {Change.NEW: "n", Change.PERSISTING: "p", Change.REOPENED: "r", Change.FLAKY: "~", None: "."}
    said = []
    for number, run in enumerate(runs):
        history = kept(path, replace(run, started=a_report(number=number).started)).history
        assert history is not None
        gone = of.fingerprint in {one.fingerprint for one in history.fixed}
        said.append("f" if gone else letters[history.changes.get(of.fingerprint)])
    return "".join(said)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "history.db"


# --- What is new, persisting, reopened, flaky, fixed ------------------------------------------------------------------

SEEN, CLEAN = a_report(a_finding()), a_report()
TRUTH = {
    "x": "n",
    "xx": "np",
    "x.": "nf",
    "x..": "nf.",
    "x.x": "nfr",
    "x.xx": "nfrp",
    "x.x.x": "nfrf~",
    "x.x.xx": "nfrf~~",
    # What stays for as long as ten runs is flaky no more.
    "x.x." + 7 * "x": "nfrf" + 7 * "~",
    "x.x." + 10 * "x": "nfrf" + 8 * "~" + "pp",
    "x.x." + 10 * "." + "x": "nfrf" + 10 * "." + "r",
    ".x": ".n",
}


@pytest.mark.parametrize(("runs", "said"), TRUTH.items(), ids=TRUTH)
def test_what_each_run_says_of_a_finding_that_comes_and_goes(path: Path, runs: str, said: str) -> None:
    assert life_of(path, *(SEEN if run == "x" else CLEAN for run in runs), of=a_finding()) == said


def test_what_is_flaky_by_its_own_rule_is_never_new(path: Path) -> None:
    finding = a_finding(rule="flaky-answer")
    assert life_of(path, a_report(finding), a_report(finding), CLEAN, of=finding) == "~~f"


NO_JUDGE = {
    "it was stopped": a_report(partial=True),
    "it is a part of one": a_report(shard="1/2"),
    "only some operations were selected": a_report(selection=("getJob",)),
    "the operation was not called": a_report(operations=(an_operation(ok=0, refused=0), an_operation("listJobs"))),
    "the operation never succeeded": a_report(operations=(an_operation(ok=0, refused=9),)),
    "nothing answered": a_report(operations=(an_operation(ok=0, refused=0),)),
    "the contract cannot be read": a_report(operations=()),
}


@pytest.mark.parametrize("run", NO_JUDGE.values(), ids=NO_JUDGE)
def test_a_run_that_has_not_looked_for_a_finding_calls_nothing_fixed(path: Path, run: ContractReport) -> None:
    assert life_of(path, SEEN, run, SEEN, of=a_finding()) == "n.p"


def test_what_is_not_about_a_success_needs_none(path: Path) -> None:
    finding = a_finding(part="response 404")
    refusing = a_report(operations=(an_operation(ok=0, refused=9),))
    assert life_of(path, a_report(finding), refusing, of=finding) == "nf"


def test_what_is_about_unknown_ids_needs_a_request_with_one(path: Path) -> None:
    finding = a_finding(rule="unknown-id-accepted")
    without = a_report(operations=(an_operation(unknown_ids=0),))
    assert life_of(path, a_report(finding), without, CLEAN, of=finding) == "n.f"


def test_what_is_about_an_operation_that_is_never_called_is_judged_by_any_whole_run(path: Path) -> None:
    """Such as what two descriptions of the API say otherwise than each other."""
    uncalled = (an_operation(ok=0, refused=0), an_operation("listJobs"))
    seen, clean = a_report(a_finding(), operations=uncalled), a_report(operations=uncalled)
    assert life_of(path, seen, clean, of=a_finding()) == "nf"


def test_what_is_about_an_operation_that_the_contract_has_no_more_is_fixed(path: Path) -> None:
    assert life_of(path, SEEN, a_report(operations=(an_operation("listJobs"),)), of=a_finding()) == "nf"


def test_what_was_seen_through_several_operations_needs_all_of_them(path: Path) -> None:
    finding = replace(a_finding(), operations=("getJob", "listJobs"))
    both = (an_operation(), an_operation("listJobs"))
    one = (an_operation(), an_operation("listJobs", ok=0, refused=0))
    runs = (a_report(finding, operations=both), a_report(operations=one), a_report(operations=both))
    assert life_of(path, *runs, of=finding) == "n.f"


def test_a_gate_run_does_not_call_fixed_what_only_a_nightly_run_found(path: Path) -> None:
    nightly = a_report(a_finding(), profile="nightly")
    runs = (nightly, CLEAN, nightly, SEEN, CLEAN, nightly, CLEAN, a_report(profile="nightly"))
    assert life_of(path, *runs, of=a_finding()) == "n.ppfr.f"


def test_runs_of_a_smaller_profile_do_not_make_a_finding_less_flaky(path: Path) -> None:
    nightly, clean = a_report(a_finding(), profile="nightly"), a_report(profile="nightly")
    runs = (nightly, clean, nightly, clean, *[CLEAN] * 20, nightly)
    assert life_of(path, *runs, of=a_finding()) == "nfrf" + 20 * "." + "~"


def test_profiles_are_ordered_as_the_runner_has_them() -> None:
    assert tuple(PROFILES) == changes.SMALLEST_FIRST
    assert not changes.is_as_large("mine", "gate")
    assert (changes.smaller("nightly", "gate"), changes.smaller("mine", "gate")) == ("gate", "mine")


def test_an_accepted_finding_has_a_history_too_and_does_not_count(path: Path) -> None:
    accepted = a_report(waived=[a_finding()])
    assert life_of(path, accepted, SEEN, CLEAN, of=a_finding()) == "npf"
    first, second, third = reversed(lives.runs(path))
    assert [(run.new, run.persisting, run.fixed) for run in (first, second, third)] == [(0, 0, 0), (0, 1, 0), (0, 0, 1)]


@pytest.mark.parametrize(
    ("target", "other", "same"),
    [
        (TARGET, "https://staging.example", False),
        (TARGET, "embedded mock", False),
        (TARGET, f"{TARGET}/", True),
        (TARGET, "https://[odd", False),
        ("http://127.0.0.1:40001/api", "http://127.0.0.1:40002/api", True),
        ("http://127.0.0.1:1", "http://localhost:2/", True),
        ("http://[::1]:1", "http://a.localhost", True),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b", False),
        ("https://api.example:1", "https://api.example:2", False),
    ],
)
def test_another_target_is_another_line_but_not_another_port_of_this_machine(
    path: Path, target: str, other: str, same: bool
) -> None:
    runs = (a_report(a_finding(), target=target), a_report(a_finding(), target=other))
    assert life_of(path, *runs, of=a_finding()) == ("np" if same else "nn")


def test_a_run_that_was_stopped_is_compared_and_not_kept(path: Path) -> None:
    """As one that was killed; so what is new is called new by a run that ends."""
    kept(path, a_report(number=0))
    stopped = kept(path, a_report(a_finding(), number=1, partial=True))
    assert stopped.history is not None
    assert (stopped.history.changes, len(stopped.history.trend)) == ({a_finding().fingerprint: Change.NEW}, 2)
    ended = kept(path, a_report(a_finding(), number=2)).history
    assert ended is not None
    assert (ended.changes, len(ended.trend)) == ({a_finding().fingerprint: Change.NEW}, 2)


def test_a_run_that_is_remembered_twice_is_remembered_once(path: Path) -> None:
    kept(path, a_report(a_finding("old"), number=0))
    report = a_report(a_finding(), number=1)
    first, second = (remembered(path, RunReport(name, (report,))).contracts for name in ("run", "run-2"))
    assert first == second
    assert [(run.new, run.fixed) for run in lives.runs(path)] == [(1, 1), (1, 0)]


def test_a_run_that_is_merged_late_sets_no_day_back(path: Path) -> None:
    for number in (5, 6, 2):
        kept(path, a_report(a_finding(), number=number))
    (life,) = lives.lives(path, a_finding().fingerprint)
    assert (life.first_seen[:10], life.last_seen[:10]) == ("2026-03-03", "2026-03-07")


def test_the_whole_history_of_a_run(path: Path) -> None:
    kept(path, a_report(a_finding("old"), a_finding(), number=0))
    kept(path, a_report(a_finding("elsewhere"), number=1, target="embedded mock"))
    kept(path, a_report(a_finding(), number=2, selection=("getJob",)))
    report = kept(path, a_report(a_finding(), a_finding("young"), number=3))
    old, known, young = (a_finding(value).fingerprint for value in ("old", "x", "young"))
    times = {"getJob": Latency(1.5, 2.5, 3.5, 4.5)}

    assert report.history is not None
    assert report.history.changes == {known: Change.PERSISTING, young: Change.NEW}
    assert report.history.first_seen == {known: "2026-03-01T02:00:00Z", young: "2026-03-04T02:00:00Z"}
    assert report.history.fixed == (
        FixedFinding(
            old, "response-enum", Level.BREAKING, "/status is 'old'", "2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"
        ),
    )
    # What was seen of a selection compares with no other run.
    assert report.history.trend == (
        EarlierRun("2026-03-01", "2026-03-01T02:00:00Z", Outcome.INCONCLUSIVE, 2, 0, 0, times),
        EarlierRun("2026-03-04", "2026-03-04T02:00:00Z", Outcome.INCONCLUSIVE, 1, 1, 1, times),
    )


def test_a_trend_has_the_last_thirty_runs(path: Path) -> None:
    for number in range(33):
        report = kept(path, a_report(number=number))
    assert report.history is not None
    days = [run.started[:10] for run in report.history.trend]
    assert (len(days), days[0], days[-1]) == (30, "2026-03-04", "2026-04-02")


def test_text_that_no_database_holds_is_kept_all_the_same(path: Path) -> None:
    odd = replace(a_finding(rule="r\ud800"), message="\x1b[31m\ud800" + "x" * 10_000)
    report = replace(a_report(odd, target="https://a/\ud800"), contract="jobs\udc80", seed=10**30)
    kept(path, report)
    gone = kept(path, replace(a_report(target="https://a/\ud800", number=1), contract="jobs\udc80"))
    assert gone.history is not None
    (fixed,) = gone.history.fixed
    assert fixed.message.startswith(r"\x1b[31m\ud800xxx")
    assert len(fixed.message) == 300


# --- What holds for any runs ------------------------------------------------------------------------------------------

VALUES = "abc"
any_runs = st.lists(
    st.tuples(
        st.sets(st.sampled_from(VALUES)),
        st.sampled_from(["gate", "nightly"]),
        st.sampled_from(["whole", "whole", "selected", "partial", "uncalled", "not a success"]),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(any_runs)
def test_a_finding_is_fixed_only_when_looked_for_and_new_only_once(runs: Sequence[tuple[set[str], str, str]]) -> None:
    """Against a model that knows of each finding what was said of it, and nothing else."""
    said: dict[str, list[str]] = {value: [] for value in VALUES}
    with tempfile.TemporaryDirectory() as folder:
        for number, (values, profile, kind) in enumerate(runs):
            operation = {
                "uncalled": an_operation(ok=0, refused=0),
                "not a success": an_operation(ok=0),
            }.get(kind, an_operation())
            found = values if kind != "uncalled" else set()
            report = a_report(
                *map(a_finding, sorted(found)),
                number=number,
                profile=profile,
                selection=("getJob",) if kind == "selected" else (),
                partial=kind == "partial",
                operations=(operation,),
            )
            history = kept(Path(folder) / "history.db", report).history
            assert history is not None
            fixed = {one.fingerprint for one in history.fixed}
            assert not fixed & history.changes.keys()
            assert history.changes.keys() == history.first_seen.keys() == {one.fingerprint for one in report.findings}
            assert not fixed or kind in {"whole", "not a success"}
            for value in VALUES:
                before, fingerprint = said[value], a_finding(value).fingerprint
                is_open = bool(before) and before[-1] != "fixed"
                change = history.changes.get(fingerprint)
                if value not in found:
                    assert change is None
                    assert is_open or fingerprint not in fixed
                    # A whole run of the largest profile has looked for everything.
                    if is_open and kind == "whole" and profile == "nightly":
                        assert fingerprint in fixed
                else:
                    assert (change is Change.NEW) == (not before)
                    assert (change is Change.REOPENED) <= (not is_open)
                    assert (change is Change.PERSISTING) <= is_open
                    assert (change is Change.FLAKY) <= (before.count("fixed") > 1)
                if kind != "partial" and (change is not None or fingerprint in fixed):
                    before.append("fixed" if change is None else change.value)


# --- The file ---------------------------------------------------------------------------------------------------------


def raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as history, history:
        return [row for statement in statements for row in history.execute(statement).fetchall()]


def spoilt(path: Path) -> bytes:
    """Write over a page in the middle of a history, and return what the file then is."""
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 2 + 200] = b"\xff" * 200
    path.write_bytes(content)
    return bytes(content)


def test_the_file_is_what_the_docstring_says(path: Path) -> None:
    kept(path, SEEN)
    assert raw(path, "PRAGMA journal_mode", "PRAGMA user_version", "PRAGMA quick_check") == [("wal",), (1,), ("ok",)]
    assert [one.name for one in path.parent.iterdir()] == ["history.db"]


def test_a_file_of_an_older_version_is_brought_up_to_date_and_read_without(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(path, SEEN)
    step = "ALTER TABLE runs ADD COLUMN branch TEXT NOT NULL DEFAULT 'main';\nCREATE TABLE more (id INTEGER);\n"
    monkeypatch.setattr(store, "MIGRATIONS", (*store.MIGRATIONS, step))
    before = path.read_bytes()

    assert [run.new for run in lives.runs(path)] == [1]
    assert path.read_bytes() == before
    assert life_of(path, SEEN, a_report(number=1), of=a_finding()) == "nf"
    assert raw(path, "PRAGMA user_version", "SELECT branch FROM runs") == [(2,), ("main",), ("main",)]


def test_a_step_that_fails_leaves_the_older_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path, SEEN)
    bad = "CREATE TABLE more (id INTEGER);\nALTER TABLE gone ADD COLUMN x;\n"
    with monkeypatch.context() as patch:
        patch.setattr(store, "MIGRATIONS", (*store.MIGRATIONS, bad))
        with pytest.raises(HistoryError, match="no such table: gone"):
            kept(path, CLEAN)
    assert raw(path, "PRAGMA user_version", "SELECT name FROM sqlite_schema WHERE name = 'more'") == [(1,)]
    assert life_of(path, SEEN, a_report(number=1), of=a_finding()) == "nf"


def test_a_newer_version_is_named_and_left_as_it_is(path: Path) -> None:
    kept(path, SEEN)
    raw(path, "PRAGMA user_version = 7")
    before = path.read_bytes()
    for use in (lambda: kept(path, CLEAN), lambda: lives.runs(path)):
        with pytest.raises(HistoryError) as raised:
            use()
        assert raised.value == HistoryError(
            str(path),
            "it is of version 7, and this specwitness knows none above 1",
            "It is left as it is; update specwitness, or name another file with --history",
        )
    assert path.read_bytes() == before


def not_a_database(path: Path) -> bytes:
    path.write_text("<html>the artifact has expired</html>" * 100)
    return path.read_bytes()


def of_somebody_else(path: Path) -> bytes:
    path.unlink()
    raw(path, "CREATE TABLE bookmarks (url TEXT)", "PRAGMA user_version = 1")
    return path.read_bytes()


def cut_off(path: Path) -> bytes:
    path.write_bytes(path.read_bytes()[: 4096 * 3])
    return path.read_bytes()


def holding_what_no_run_wrote(path: Path) -> bytes:
    raw(path, "UPDATE runs SET outcome = 'splendid'")
    return path.read_bytes()


@pytest.mark.parametrize("damage", [spoilt, not_a_database, of_somebody_else, cut_off, holding_what_no_run_wrote])
def test_what_is_damaged_or_no_history_is_named_and_left_as_it_is(path: Path, damage: object) -> None:
    for number in range(3):
        kept(path, a_report(*map(a_finding, range(40)), number=number))
    assert callable(damage)
    before = damage(path)
    for use in (lambda: kept(path, a_report(number=9)), lambda: lives.runs(path)):
        with pytest.raises(HistoryError) as raised:
            use()
        assert raised.value.thing == str(path)
        assert raised.value.hint.startswith("It is left as it is; ")
    assert path.read_bytes() == before


def test_an_empty_file_is_a_history_without_runs(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert life_of(path, SEEN, of=a_finding()) == "n"


def test_a_full_disk_leaves_the_runs_that_were_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path, SEEN)
    connected = store._connected

    def almost_full(path: Path, mode: str) -> sqlite3.Connection:
        history = connected(path, mode)
        (pages,) = history.execute("PRAGMA page_count").fetchone()
        history.execute(f"PRAGMA max_page_count = {pages + 1}")
        return history

    with monkeypatch.context() as patch:
        patch.setattr(store, "_connected", almost_full)
        with pytest.raises(HistoryError) as raised:
            kept(path, a_report(*map(a_finding, range(500)), number=1))
    assert raised.value == HistoryError(
        str(path),
        "the history of runs cannot be used: database or disk is full",
        "What it had is as it was; make room, or name another file with --history",
    )
    assert life_of(path, SEEN, a_report(number=2), of=a_finding()) == "nf"


def test_a_history_that_may_only_be_read_is_given_write_access(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path, SEEN)
    connected = store._connected
    monkeypatch.setattr(store, "_connected", lambda path, _: connected(path, "mode=ro"))
    with pytest.raises(HistoryError) as raised:
        kept(path, a_report(number=1))
    assert raised.value.hint == ("What it had is as it was; give write access, or name another file with --history")


@pytest.mark.parametrize("parent", ["a file", "a folder"])
def test_a_path_that_cannot_be_a_file_is_an_error_of_ours(tmp_path: Path, parent: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "a folder" / "history.db").mkdir(parents=True)
    with pytest.raises(HistoryError, match="the history of runs cannot be used: "):
        kept(tmp_path / parent / "history.db", SEEN)


def test_who_waits_too_long_for_another_run_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.0)
    kept(path, SEEN)
    with store.writing(path), pytest.raises(HistoryError, match="another run has been writing to it for 0 s"):
        kept(path, CLEAN)


def test_a_history_can_be_read_while_a_run_is_written_and_has_only_whole_runs(path: Path) -> None:
    kept(path, SEEN)
    with store.writing(path) as history:
        history.execute("DELETE FROM marks")
        assert [run.new for run in lives.runs(path)] == [1]


def test_a_run_that_fails_half_way_is_not_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path, SEEN)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("specwitness.report.history.runs._history", killed)
        with pytest.raises(KeyboardInterrupt):
            kept(path, a_report(number=1))
    assert len(lives.runs(path)) == 1


WRITER = """
import os, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from test_history import a_finding, a_report, kept
number, path = int(sys.argv[1]), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for run in range(int(sys.argv[3])):
    kept(path, a_report(a_finding(number), a_finding("all"), number=1000 * number + run))
    print("kept", flush=True)
"""


@contextmanager
def writers(path: Path, count: int, *, runs: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Start processes that each write runs to a history, and hold them until they are told to."""
    program = WRITER.format(paths=[str(Path(__file__).parent), *sys.path])
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(number), str(path), str(runs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def told_to_go(started: Sequence[subprocess.Popen[str]]) -> None:
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def test_a_history_that_another_run_just_began_is_never_seen_half_begun(path: Path) -> None:
    """Beginning one takes a moment; who asks meanwhile is told of the file before it, or after."""
    path.parent.mkdir(parents=True)
    asked: list[str] = []
    with closing(store._connected(path, "mode=rwc")) as one, closing(store._connected(path, "mode=rwc")) as other:

        def begin(statement: str) -> None:
            if not asked and not statement.startswith("--"):
                asked.append(statement)
            elif asked and not other.in_transaction:
                with suppress(sqlite3.OperationalError):
                    other.execute("PRAGMA busy_timeout = 0")
                    store._bring_up_to_date(other, 0)

        one.set_trace_callback(begin)
        assert store._version(one, path) == 0


def test_runs_that_begin_a_history_and_end_at_once_are_all_remembered(path: Path) -> None:
    with writers(path, 4, runs=5) as started:
        told_to_go(started)
        faults = [process.communicate(timeout=60)[1] for process in started]
    assert faults == [""] * 4
    assert raw(path, "SELECT count(*) FROM runs", "PRAGMA quick_check") == [(20,), ("ok",)]
    assert [life.seen for life in lives.lives(path, a_finding("all").fingerprint)] == [20]


@pytest.mark.parametrize("moment", range(3))
def test_a_run_that_is_killed_while_it_writes_is_remembered_whole_or_not_at_all(path: Path, moment: int) -> None:
    said = 0
    with writers(path, 2, runs=900) as started:
        told_to_go(started)
        for process in started:
            assert process.stdout is not None
            for _ in range(random.SystemRandom().randrange(10 * moment, 10 * moment + 10)):
                said += process.stdout.readline() == "kept\n"
            process.kill()
            said += process.stdout.read().count("kept\n")
    assert life_of(path, replace(SEEN, target="embedded mock"), of=a_finding()) == "n"
    found = "SELECT count(*) FROM marks WHERE run = id AND mark != 'fixed'"
    halves = f"SELECT id FROM runs WHERE line = 1 AND ({found}) != 2"  # noqa: S608, ours
    ((runs,), *others) = raw(path, "SELECT count(*) - 1 FROM runs", "PRAGMA integrity_check", halves)
    assert isinstance(runs, int)
    # One that was killed may have had no time to say so.
    assert said <= runs <= said + 2
    assert others == [("ok",)]


def test_a_log_that_a_killed_run_left_behind_is_taken_up(path: Path) -> None:
    kept(path, SEEN)
    with closing(sqlite3.connect(path)) as held:
        # While somebody reads, what is written stays in the log, as when the writer is killed.
        held.execute("SELECT count(*) FROM runs").fetchone()
        kept(path, a_report(number=1))
        beside = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    for name, content in beside.items():
        (path.parent / name).write_bytes(content)
    assert "history.db-wal" in beside
    assert life_of(path, SEEN, a_report(number=1), a_report(a_finding(), number=2), of=a_finding()) == "nfr"


# --- What people read -------------------------------------------------------------------------------------------------


def page(report: ContractReport) -> list[str]:
    return markdown.render(RunReport("a run", (report,))).splitlines()[6:]


def test_what_changed_is_marked_in_the_terminal_and_listed_on_the_page(path: Path) -> None:
    kept(path, a_report(a_finding("old"), a_finding("known"), number=0))
    report = kept(path, a_report(a_finding("known"), a_finding("young"), number=1))
    known, young, old = (a_finding(value).fingerprint for value in ("known", "young", "old"))
    shown = terminal.summary(report).plain.splitlines()

    assert shown[2] == "since the run before: 1 new, 1 persisting, 1 fixed"
    assert sorted(line.partition(". ")[2].partition(" at ")[0] for line in shown if line[:2] in {"1.", "2."}) == [
        "breaking response-enum",
        "new breaking response-enum",
    ]
    gone = "breaking response-enum (seen from 2026-03-01 to 2026-03-01): /status is 'old'"
    assert f"- {old} {gone}" in shown
    assert page(report)[:5] == [
        "Since the run before: 1 new, 1 persisting, 1 fixed.",
        "",
        f"- new: `{young}` response-enum at getJob response 200: /status is 'young'",
        f"- not seen any more: {old} {gone}",
        "",
    ]
    assert known not in "".join(page(report)[:5])


def test_without_earlier_runs_the_terminal_says_nothing_and_the_page_one_line(path: Path) -> None:
    first = kept(path, SEEN)
    damaged = path.with_name("damaged.db")
    damaged.write_text("no history of runs")
    run, why = remembered_or_not(damaged, RunReport("a run", (first,)))
    (fault,) = run.contracts
    noted, _ = remembered_or_not(damaged, RunReport("a run", (replace(first, notes=("a note",)),)))
    plain = terminal.summary(replace(SEEN, history=None)).plain

    assert terminal.summary(first).plain == plain
    assert page(first)[:2] == ["No earlier run against this target is known.", ""]
    assert page(SEEN)[:2] == ["This run was not compared with earlier ones.", ""]
    assert isinstance(why, HistoryError)
    assert (fault.history, fault.notes) == (None, (f"how this run stands to earlier ones is not known. {why}",))
    assert noted.contracts[0].notes == (*fault.notes, "a note")


def test_many_changes_are_counted(path: Path) -> None:
    kept(path, CLEAN)
    lines = page(kept(path, a_report(*map(a_finding, range(50)), number=1)))
    assert sum(line.startswith("- new: ") for line in lines) == 20
    assert "- 30 more in report.json" in lines


def test_a_run_that_changed_nothing_says_so(path: Path) -> None:
    kept(path, CLEAN)
    assert page(kept(path, a_report(number=1)))[:2] == ["Since the run before: nothing found, nothing fixed.", ""]

"""`test_drift`: in the nightly gate, what describes the API is compared, and what is found counts as the rest does."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]
Answer = Callable[[Any], tuple[int, dict[str, str], bytes]]
Serve = Callable[[Answer], AbstractContextManager[str]]

DRIFT = ("-k", "test_drift", "-rs")
NIGHTLY = ("--profile", "nightly", "--seed", "1")


@pytest.fixture
def pets(project: pytest.Pytester) -> Path:
    """The folder of the contract."""
    return project.path / "specs" / "pets"


def as_served(pets: Path) -> str:
    """Return the document with one more kind of pet than the contract has."""
    document = json.loads((pets / "openapi.json").read_text())
    document["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"].append("bird")
    return json.dumps(document)


def describing(good: Answer, text: str, status: int = 200) -> Answer:
    """Return the answer of a server that also answers at /openapi.json."""

    def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
        if handler.path == "/openapi.json":
            return status, {"Content-Type": "application/json"}, text.encode()
        return good(handler)

    return answer


def with_source(pets: Path) -> None:
    """List a source that says what `as_served` does."""
    text = as_served(pets)
    (pets / "kept.json").write_text(text)
    digest = sha256(text.encode()).hexdigest()
    (pets / "contract.yaml").write_text(
        f"sources: [{{file: kept.json, title: kept, kind: openapi, sha256: {digest}, vendored: false}}]\n"
    )


def waive(pets: Path, fingerprint: str) -> None:
    """Accept a finding of sources alone."""
    waiver = f"{{fingerprint: {fingerprint}, in: sources, reason: known, owner: us, expires: '2999-01-01'}}"
    (pets / "waivers.yaml").write_text(f"waivers:\n- {waiver}\n")


def breaks(report: dict[str, Any]) -> list[tuple[str, Any, str]]:
    return [
        (one["rule"], one["value"], one["witness"]["allowed_by"])
        for one in report["findings"]
        if one["level"] == "breaking"
    ]


BIRD = ("response-enum", "bird", "source")


# --- When it runs -----------------------------------------------------------------------------------------------------


def test_the_gate_does_not_compare_and_says_so(run: Run, pets: Path) -> None:
    with_source(pets)
    result, report = run("-rs")

    assert (result.ret, report["outcome"]) == (0, "compatible")
    result.stdout.fnmatch_lines(["SKIPPED*descriptions of an API are compared with --profile nightly"])


def test_a_selection_is_not_compared(run: Run, pets: Path) -> None:
    with_source(pets)
    result, _ = run(*NIGHTLY, *DRIFT, "--operation", "getPet")

    result.stdout.fnmatch_lines(["SKIPPED*--operation selects operations, and descriptions are compared as a whole"])


def test_where_there_is_nothing_to_compare_it_says_so(run: Run) -> None:
    result, report = run(*NIGHTLY, *DRIFT)

    assert report["findings"] == []
    result.stdout.fnmatch_lines(["SKIPPED*names neither sources nor an upstream, and no server hands out a document"])


# --- What is compared -------------------------------------------------------------------------------------------------


def test_sources_that_contradict_each_other_are_a_break_of_the_nightly_run(run: Run, pets: Path) -> None:
    with_source(pets)
    result, report = run(*NIGHTLY)

    assert (result.ret, report["outcome"]) == (1, "incompatible")
    assert breaks(report) == [BIRD]
    result.stdout.fnmatch_lines(["*test_drift*pets* - Failed: response-enum*"])


def test_an_upstream_that_has_moved_is_one(run: Run, pets: Path) -> None:
    (pets / "upstream.json").write_text(as_served(pets))
    (pets / "contract.yaml").write_text("upstream: upstream.json\n")
    _, report = run(*NIGHTLY, *DRIFT)

    assert breaks(report) == [BIRD]


def test_a_server_that_describes_itself_otherwise_is_one(run: Run, pets: Path, serve: Serve, good: Answer) -> None:
    with serve(describing(good, as_served(pets))) as url:
        _, report = run("--base-url", url, *NIGHTLY, *DRIFT)

    assert breaks(report) == [BIRD]


def test_a_server_that_describes_itself_in_vague_words_contradicts_nothing(
    run: Run, pets: Path, serve: Serve, good: Answer
) -> None:
    document = json.loads((pets / "openapi.json").read_text())
    del document["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]
    with serve(describing(good, json.dumps(document))) as url:
        result, report = run("--base-url", url, *NIGHTLY, *DRIFT)

    assert breaks(report) == []
    result.stdout.fnmatch_lines(["*1 passed*"])


@pytest.mark.parametrize(("text", "status"), [("", 404), ("<html>Welcome</html>", 200), ("{}", 200)])
def test_a_server_that_hands_out_no_document_is_a_note(
    run: Run, serve: Serve, good: Answer, text: str, status: int
) -> None:
    with serve(describing(good, text, status)) as url:
        result, report = run("--base-url", url, *NIGHTLY, *DRIFT)

    assert report["findings"] == []
    assert [note.partition(". ")[0] for note in report["notes"]] == [
        "the contract was not compared with what the server says of itself"
    ]
    result.stdout.fnmatch_lines(["*1 skipped*"])


def test_an_upstream_that_cannot_be_read_leaves_the_run_inconclusive(run: Run, pets: Path) -> None:
    (pets / "contract.yaml").write_text("upstream: gone.json\n")
    result, report = run(*NIGHTLY, *DRIFT)

    assert (result.ret, report["outcome"]) == (6, "inconclusive")
    assert any(reason.startswith("gone.json: there is no such file") for reason in report["reasons"])


# --- What is accepted -------------------------------------------------------------------------------------------------


def test_what_is_accepted_of_sources_breaks_no_run_and_is_told(run: Run, pets: Path) -> None:
    with_source(pets)
    _, before = run(*NIGHTLY, *DRIFT)
    waive(pets, before["findings"][0]["fingerprint"])
    result, report = run(*NIGHTLY)

    assert (result.ret, report["outcome"]) == (0, "compatible")
    assert [one["finding"]["value"] for one in report["waived"]] == ["bird"]
    assert report["notes"] == []


def test_what_is_accepted_of_sources_is_not_accepted_of_the_server(
    run: Run, pets: Path, serve: Serve, good: Answer
) -> None:
    with_source(pets)
    _, before = run(*NIGHTLY, *DRIFT)
    waive(pets, before["findings"][0]["fingerprint"])

    def broken(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = good(handler)
        return status, headers, body.replace(b"dog", b"bird")

    with serve(broken) as url:
        _, report = run("--base-url", url, *NIGHTLY, "-k", "test_drift or test_states")

    assert breaks(report) == [("response-enum", "bird", "server")]


@pytest.mark.parametrize(("profile", "notes"), [("gate", 0), ("nightly", 1)])
def test_a_waiver_of_sources_is_idle_only_where_sources_are_compared(
    run: Run, pets: Path, profile: str, notes: int
) -> None:
    with_source(pets)
    waive(pets, "aaaaaaaaaaaa")
    _, report = run("--profile", profile, "-k", "test_drift or test_document")

    assert report["notes"] == ["the waiver of aaaaaaaaaaaa matches nothing in this run: known"] * notes

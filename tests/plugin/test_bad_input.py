"""Bad input gets one clear message and a non-zero exit, never a traceback, and harms nothing else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

Run = Callable[..., tuple[pytest.RunResult, dict[str, Any] | None]]
Serve = Callable[[Any], AbstractContextManager[str]]


def assert_says(result: pytest.RunResult, *words: str) -> None:
    text = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    for word in words:
        assert word in text, text


def test_nothing_listening_is_inconclusive_and_names_the_url(run: Run, free_url: str) -> None:
    result, report = run("--base-url", free_url)

    assert result.ret == 6
    assert_says(result, free_url, "nothing listens there", "correct --base-url")
    assert report is not None
    assert report["outcome"] == "inconclusive"


@pytest.mark.parametrize("url", ["not-a-url", "ftp://127.0.0.1", "http://"])
def test_a_url_that_is_none_is_refused_before_anything_is_sent(run: Run, url: str) -> None:
    result, _ = run("--base-url", url)

    assert result.ret == 6
    assert_says(result, f"base URL {url!r}: it is no http or https URL")


def test_a_host_that_does_not_exist_is_named(run: Run) -> None:
    result, _ = run("--base-url", "http://no-such-host.invalid")

    assert result.ret == 6
    assert_says(result, "no-such-host.invalid", "host name")


def test_a_server_of_web_pages_serves_nothing_of_the_contract(run: Run, serve: Serve) -> None:
    with serve(lambda _: (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")) as url:
        result, report = run("--base-url", url)

    assert result.ret == 6
    assert_says(result, "serves nothing of the contract pets", "200 text/html", "--contract")
    assert report is not None
    assert report["findings"] == []


def test_a_server_that_closes_without_an_answer_is_inconclusive(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def close_each() -> None:
            listener.settimeout(0.1)
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                connection.close()

        thread = threading.Thread(target=close_each)
        thread.start()
        try:
            result, _ = run("--base-url", f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            stop.set()
            thread.join()

    assert result.ret == 6
    assert_says(result, "connection")


def test_a_server_that_hangs_is_given_up_in_bounded_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specwitness.runner.target.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result, _ = run("--base-url", f"http://127.0.0.1:{listener.getsockname()[1]}")

    assert result.ret == 6
    assert_says(result, "no answer came in time")


def test_credentials_that_nobody_accepts_are_named(run: Run, serve: Serve, good: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PETS_KEY", "a-bad-key")
    with serve(good) as url:
        result, _ = run("--base-url", url)

    assert result.ret == 6
    assert_says(result, "accepts no credentials of pets")
    assert "a-bad-key" not in result.stdout.str()


def test_a_missing_credential_is_named_before_the_first_request(run: Run, serve: Serve, monkeypatch: Any) -> None:
    asked: list[str] = []
    monkeypatch.delenv("PETS_KEY")

    def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
        asked.append(handler.path)
        return 404, {}, b""

    with serve(answer) as url:
        result, _ = run("--base-url", url)

    assert result.ret == 6
    assert_says(result, "no value is given for PETS_KEY (key)")
    # The one question that is asked is whether our own mock listens there, which knows its own credentials.
    assert set(asked) == {"/__specwitness__/values"}


def test_an_unknown_contract_is_refused_with_the_known_ones(run: Run) -> None:
    result, _ = run("--contract", "dogs")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_says(result, "contract 'dogs'", "Known contracts: pets")


def test_an_unknown_operation_is_refused(run: Run) -> None:
    result, _ = run("--operation", "walkPet")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_says(result, "--operation walkPet: no selected contract has it")


def test_a_parameter_that_is_no_pair_is_refused(run: Run) -> None:
    result, _ = run("--param", "petId")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_says(result, "it is not NAME=VALUE")


def test_a_parameter_that_nobody_has_is_refused_with_the_known_ones(run: Run, free_url: str) -> None:
    result, _ = run("--base-url", free_url, "--param", "petID=rex")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_says(result, "--param petID: no selected contract has it", "PETS_PET_ID", "petId")


def test_a_parameter_for_the_embedded_mock_is_refused(run: Run) -> None:
    result, _ = run("--param", "petId=rex")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_says(result, "the embedded mock has ids of its own")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: [1", "line"),
        ("a: 1\na: 2", "duplicate key 'a'"),
        ("title: no api", "it is not an OpenAPI 3.0 or 3.1 document"),
        ("swagger: '1.2'", "it is Swagger 1.2"),
        ("", "it is empty"),
        ("openapi: 3.1.0\ninfo: {}", "it has no `paths`"),
        (
            "openapi: 3.1.0\npaths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/Gone'}}}}}",
            "$ref '#/components/responses/Gone': nothing is there",
        ),
        (
            "openapi: 3.1.0\npaths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/B'}, "
            "B: {$ref: '#/components/schemas/A'}}}",
            "it leads in a circle",
        ),
        ("openapi: 3.1.0\npaths: {/a: {$ref: 'other.yaml#/a'}}", "there is no such file"),
        ("openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents: {}", "not one request was sent to broken"),
    ],
)
def test_a_document_that_cannot_be_used_fails_alone(
    run: Run, project: pytest.Pytester, content: str, words: str
) -> None:
    broken = project.path / "specs" / "broken"
    broken.mkdir()
    (broken / "openapi.yaml").write_text(content)

    result, _ = run()

    assert_says(result, words, "COMPATIBLE pets")
    assert result.ret == 6
    report = json.loads((project.path / "reports" / "latest" / "report.json").read_text())
    outcomes = {one["contract"]: one["outcome"] for one in report["contracts"]}
    assert (outcomes["broken"], report["outcome"]) == ("inconclusive", "inconclusive")


def test_an_overlay_that_matches_nothing_is_named_with_its_action(run: Run, project: pytest.Pytester) -> None:
    (project.path / "specs" / "pets" / "overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n- target: $.paths['/gone']\n  update: {}"
    )

    result, _ = run()

    assert result.ret == 6
    assert_says(result, "overlay.yaml, action 1", "matches nothing in the document")


def test_checks_that_cannot_be_imported_are_named_with_their_line(run: Run, project: pytest.Pytester) -> None:
    (project.path / "specs" / "pets" / "checks.py").write_text("x = 1\nimport no_such_module\n")

    result, _ = run()

    assert result.ret == 6
    assert_says(result, "checks.py, line 2", "ModuleNotFoundError")


def test_a_check_that_raises_is_reported_and_harms_nothing_else(
    run: Run, project: pytest.Pytester, serve: Serve, good: Any
) -> None:
    (project.path / "specs" / "pets" / "checks.py").write_text(
        "from specwitness import check\n\n\n@check('getPet', status=200, source='none')\n"
        "def pet_is_odd(exchange):\n    yield exchange.response.json()['no such member']\n"
    )

    with serve(good) as url:
        result, report = run("--base-url", url)

    assert result.ret == 6
    assert_says(result, "check pet-is-odd could not judge: it raised KeyError at checks.py:6")
    assert report is not None
    assert report["requests"] > 10


def test_a_workflow_that_raises_leaves_the_run_inconclusive(run: Run, project: pytest.Pytester) -> None:
    (project.path / "specs" / "pets" / "checks.py").write_text(
        "from specwitness import workflow\n\n\n@workflow\ndef walk_the_pet(api):\n    raise KeyError('lead')\n"
    )

    result, report = run()

    assert result.ret == 6
    assert report is not None
    assert report["outcome"] == "inconclusive"
    assert any("test_workflow[pets-walk-the-pet] ended with KeyError" in reason for reason in report["reasons"])


def test_a_report_folder_that_cannot_be_written_costs_no_verdict(
    run: Run, project: pytest.Pytester, serve: Serve, good: Any
) -> None:
    (project.path / "taken").write_text("a file, not a folder")

    with serve(good) as url:
        result, _ = run("--base-url", url, "--report-dir", "taken")

    assert result.ret == 0
    assert_says(result, "COMPATIBLE pets", "taken")

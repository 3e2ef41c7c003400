"""The command line: each command does its one thing, and what is wrong with its input is one line and exit code 2."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from specwitness import mock
from specwitness.cli import main
from specwitness.version import VERSION

OPENAPI = """
openapi: 3.1.0
info: {title: The Pets, version: '1'}
paths:
  /pets: {get: {operationId: listPets, responses: {'200': {description: d}}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
    get: {operationId: readPet, responses: {'200': {description: d}}}
"""


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `specs/` below the current folder, with a document beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "given.yaml").write_text(OPENAPI)
    (tmp_path / "specs").mkdir()
    return tmp_path / "specs"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def a_contract(specs: Path, name: str = "pets") -> None:
    (specs / name).mkdir()
    (specs / name / "openapi.yaml").write_text(OPENAPI)


def a_vendored_contract(specs: Path) -> Path:
    folder = specs / "pets"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "served.yaml").write_text(OPENAPI)
    digest = hashlib.sha256(OPENAPI.encode()).hexdigest()
    (folder / "contract.yaml").write_text(
        "title: Pets\n"
        f"sources: [{{file: sources/served.yaml, title: t, kind: openapi, sha256: {digest}, vendored: true}}]"
    )
    return folder


# --- Help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command(flag: str) -> None:
    result = run(flag)

    assert (result.exit_code, result.stderr) == (0, "")
    assert {name for name in main.commands if f"\n  {name} " in result.stdout} == set(main.commands)
    assert "pytest --base-url URL" in result.stdout


@pytest.mark.parametrize("command", sorted(main.commands))
def test_each_command_has_help(command: str) -> None:
    result = run(command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: main {command} ")


def test_the_version_is_that_of_the_distribution() -> None:
    assert outcome(run("--version")) == (0, f"main, version {VERSION}\n", "")


def test_help_loads_none_of_the_heavy_libraries() -> None:
    """`--help` answers at once because a command imports what it needs when it is called."""
    program = "import sys, specwitness.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert {"schemathesis", "hypothesis", "pytest", "httptools", "rich"} & set(loaded.stdout.split()) == set()


# --- init -----------------------------------------------------------------------------------------------------------


def test_init_starts_a_contract_and_says_what_is_next(specs: Path) -> None:
    assert outcome(run("init", "pets", "--from", "given.yaml")) == (
        0,
        "specs/pets is ready. Next: pytest --pyargs specwitness.suite --contract pets [--base-url URL]\n",
        "",
    )
    assert sorted(path.name for path in (specs / "pets").iterdir()) == ["contract.yaml", "openapi.yaml"]


def test_init_puts_a_contract_where_it_is_told(specs: Path) -> None:
    result = run("init", "pets", "--from", "given.yaml", "--specs", "other")

    assert (result.exit_code, (specs.parent / "other" / "pets" / "openapi.yaml").is_file()) == (0, True)


# --- vendor ---------------------------------------------------------------------------------------------------------


def test_vendor_writes_the_document_and_then_finds_it_as_it_should_be(specs: Path) -> None:
    path = a_vendored_contract(specs) / "openapi.yaml"

    assert outcome(run("vendor", "pets")) == (0, "specs/pets/openapi.yaml written\n", "")
    written = path.read_text(encoding="utf-8")
    for arguments in ((), ("--check",)):
        assert outcome(run("vendor", "pets", *arguments)) == (
            0,
            "specs/pets/openapi.yaml is what its sources say\n",
            "",
        )
    assert path.read_text(encoding="utf-8") == written


@pytest.mark.parametrize("committed", [None, "openapi: 3.1.0\n"], ids=["missing", "different"])
def test_vendor_check_writes_nothing_and_fails_where_the_document_differs(specs: Path, committed: str | None) -> None:
    path = a_vendored_contract(specs) / "openapi.yaml"
    if committed is not None:
        path.write_text(committed)

    assert outcome(run("vendor", "pets", "--check")) == (
        1,
        (
            "specs/pets/openapi.yaml is not what its sources say. "
            "Run `specwitness vendor pets` and look at the difference\n"
        ),
        "",
    )
    assert (path.read_text() if path.exists() else None) == committed


# --- Faults of the input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("init", "Pets", "--from", "given.yaml"), "contract 'Pets': the name is unfit. Use lower case"),
        (("init", "new", "--from", "gone.yaml"), "gone.yaml: there is no such file. Correct the path"),
        (("init", "new", "--from", "wrong.yaml"), "wrong.yaml: it is not an OpenAPI 3.0 or 3.1 document."),
        (
            ("init", "new", "--from", "odd.yaml"),
            "odd.yaml, line 2: a part of it is not of the type that OpenAPI says (",
        ),
        (("init", "new", "--from", "http://127.0.0.1:1/x"), "http://127.0.0.1:1/x: it cannot be fetched (Connection"),
        (("init", "pets", "--from", "given.yaml"), "specs/pets: it exists already. Choose another name"),
        (
            ("vendor", "dogs"),
            "contract 'dogs': there is no folder specs/dogs with an OpenAPI file. Known contracts: pets",
        ),
        (
            ("vendor", "pets", "--specs", "gone"),
            "gone: there is no such folder. Run from the folder that holds `specs/`",
        ),
        (("vendor", "pets"), "specs/pets/contract.yaml: there is no such file"),
        (("mock", "dogs", "--port", "0"), "contract 'dogs': there is no folder specs/dogs"),
        (("mock", "--specs", "empty", "--port", "0"), "empty: it holds no contract. Make one with `specwitness init"),
    ],
    ids=" ".join,
)
def test_a_fault_of_the_input_is_one_line_on_standard_error(
    specs: Path, arguments: tuple[str, ...], words: str
) -> None:
    a_contract(specs)
    (specs.parent / "empty").mkdir()
    (specs.parent / "wrong.yaml").write_text("title: no api")
    (specs.parent / "odd.yaml").write_text("openapi: 3.1.0\npaths: {/a: {get: {responses: 1}}}")
    result = run(*arguments)

    assert (result.exit_code, result.stdout, type(result.exception)) == (2, "", SystemExit)
    assert re.fullmatch(re.escape(f"specwitness: {words}") + ".*\n", result.stderr), result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no-such-command",),
        ("init",),
        ("init", "pets"),
        ("mock", "--port", "70000"),
        ("mock", "--port", "x"),
        ("mock", "--seed", "x"),
        ("mock", "--host", ""),
        ("mock", "--tick", "0"),
        ("mock", "--tick", "1e308"),
        ("mock", "--tick", "inf"),
        ("mock", "--tick", "nan"),
        ("vendor",),
        ("vendor", "pets", "--no-such-option"),
    ],
    ids=" ".join,
)
def test_a_misused_command_line_is_explained_with_exit_code_2(specs: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: main" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(specs.iterdir()) == []


def test_a_port_that_is_taken_is_a_fault_of_the_input(specs: Path) -> None:
    a_contract(specs)
    with mock.serve([]) as server:
        port = server.url.rpartition(":")[2]
        result = run("mock", "--port", port)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"specwitness: 127.0.0.1, port {port}: the mock cannot listen there (")


# --- mock -----------------------------------------------------------------------------------------------------------


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")

STATEFUL = """
resources:
  pet: {id: petId, shows: {readPet: /status}, initial: young, states: {young: [old], old: []}}
"""


@pytest.fixture
def served(specs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `specwitness mock` with two contracts until it has said what it says, and no longer."""
    monkeypatch.setattr(signal, "sigwait", lambda _: signal.SIGTERM)
    for name in ("cats", "pets"):
        a_contract(specs, name)
    return lambda *arguments: run("mock", "--port", "0", *arguments)


def names_in(output: str) -> list[str]:
    """Return what the banner calls the contracts: the lines that stand after an empty one."""
    blocks = output.split("\n\n")[1:-2]
    return [block.splitlines()[0].split()[0] for block in blocks]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["cats", "pets"]),
        (("pets",), ["pets"]),
        (("pets", "cats"), ["pets", "cats"]),
        (("given.yaml",), ["given"]),
        (("cats", "./given.yaml"), ["cats", "given"]),
    ],
)
def test_mock_serves_contracts_and_files(
    served: Callable[..., Result], arguments: tuple[str, ...], names: list[str]
) -> None:
    result = served(*arguments)

    assert (result.exit_code, result.stderr) == (0, "")
    assert names_in(result.stdout) == names


def test_mock_says_what_there_is_and_how_to_reach_it(specs: Path, served: Callable[..., Result]) -> None:
    (specs / "pets" / "openapi.yaml").write_text(
        OPENAPI.replace(
            "{'200': {description: d}}}\n",
            "{'200': {description: d, content: {application/json: {schema: {type: object, required: [status],"
            " properties: {status: {enum: [young, old]}}}}}}}}\n",
        )
    )
    (specs / "pets" / "lifecycle.yaml").write_text(STATEFUL)
    url = re.escape("http://127.0.0.1:") + r"\d+"

    assert re.fullmatch(
        rf"""specwitness mock at {url}  \(seed 3, a state lasts 2 s\)

pets
  GET    /pets          200
  GET    /pets/{{petId}}  200
  petId          pet-young pet-old
                 any other id has a state of its own, missing-\.\.\. is 404
  try            curl -i {url}/pets/pet-old

Choose an answer   -H 'Prefer: code=404' \| example=NAME \| dynamic=true \| seed=7 \| fault=NAME
Test it            pytest --base-url {url}
Stop it            Ctrl-C

Stopped after 0 requests, 0 of them refused\.
""",
        served("pets", "--seed", "3", "--tick", "2").stdout,
    )


def test_mock_that_is_wrong_on_purpose_says_so(served: Callable[..., Result]) -> None:
    fault = served("pets", "--list-faults").stdout.splitlines()[2].split()[0]

    assert f"Wrong on purpose: {fault}\n" in served("pets", "--fault", fault).stdout


def test_mock_lists_its_faults_by_contract_and_kind(served: Callable[..., Result]) -> None:
    listed = served("--list-faults")

    assert (listed.exit_code, listed.stderr) == (0, "")
    heads = [line for line in listed.stdout.splitlines() if not line.startswith(" ")]
    assert [re.sub(r"\d+", "N", line) for line in heads] == ["cats: N faults", "pets: N faults"]


def test_mock_warns_where_others_can_reach_it(served: Callable[..., Result]) -> None:
    result = served("--host", "0.0.0.0")  # noqa: S104 - what is tested is the warning about it

    assert result.stderr == "It listens on 0.0.0.0: whoever reaches that address is answered.\n"
    assert re.match(r"specwitness mock at http://127\.0\.0\.1:\d+ ", result.stdout)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("localhost", "http://localhost:"),
        pytest.param("::1", "http://[::1]:", marks=needs_ipv6),
    ],
)
def test_mock_warns_of_nothing_where_only_this_machine_can_reach_it(
    served: Callable[..., Result], host: str, url: str
) -> None:
    result = served("--host", host)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"specwitness mock at {url}")


@needs_ipv6
def test_mock_that_listens_on_everything_names_an_address_that_can_be_used(served: Callable[..., Result]) -> None:
    result = served("--host", "::")

    assert result.stderr == "It listens on ::: whoever reaches that address is answered.\n"
    assert result.stdout.startswith("specwitness mock at http://[::1]:")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fault", "no-such"), "fault 'no-such': no contract that is served has it."),
        (("--host", "203.0.113.1"), "203.0.113.1, port 0: the mock cannot listen there ("),
        (("gone.yaml",), "gone.yaml: "),
        (("wrong.json",), "wrong.json, line "),
        (("given.yaml", "other/given.yaml"), "other/given.yaml: it is called given, as given.yaml is."),
    ],
)
def test_mock_explains_what_it_cannot_serve(
    specs: Path, served: Callable[..., Result], arguments: tuple[str, ...], words: str
) -> None:
    (specs.parent / "wrong.json").write_text("{")
    (specs.parent / "other").mkdir()
    (specs.parent / "other" / "given.yaml").write_text(OPENAPI)
    result = served(*arguments)

    assert (result.exit_code, result.stdout, type(result.exception)) == (2, "", SystemExit)
    assert result.stderr.startswith(f"specwitness: {words}"), result.stderr
    assert result.stderr.count("\n") == 1


def started(specs: Path) -> tuple[subprocess.Popen[str], str]:
    """Start `specwitness mock --log`; return the process that has printed its banner, and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "specwitness.cli", "mock", "--port", "0", "--log"],
        cwd=specs.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = ""
    while "Stop it" not in said:
        said += process.stdout.readline()
    match = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert match is not None
    return process, match[0]


def test_mock_serves_until_it_is_interrupted(specs: Path) -> None:
    a_contract(specs)
    process, url = started(specs)
    statuses = [requests.get(f"{url}/{path}", timeout=10).status_code for path in ("pets", "nowhere")]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)

    assert statuses == [200, 404]
    assert (process.returncode, errors) == (0, "")
    assert rest == (
        "200 GET /pets\n"
        "404 GET /nowhere  refused: no contract has this path\n"
        "\nStopped after 2 requests, 1 of them refused.\n"
    )


def test_mock_serves_on_when_nobody_reads_its_log_any_more(specs: Path) -> None:
    """As in `specwitness mock --log | head -3`."""
    a_contract(specs)
    process, url = started(specs)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    statuses = [requests.get(f"{url}/pets", timeout=10).status_code for _ in range(3)]
    process.send_signal(signal.SIGINT)
    with process.stderr:
        errors = process.stderr.read()

    assert statuses == [200, 200, 200]
    assert (process.wait(timeout=30), errors) == (0, "")

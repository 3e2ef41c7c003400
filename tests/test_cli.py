"""The command line: each command does its one thing, and what is wrong with its input is one line and exit code 2."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from specwitness import mock
from specwitness.cli import main
from specwitness.contract.model import Contract
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

    assert {"schemathesis", "hypothesis", "pytest", "uvicorn", "rich"} & set(loaded.stdout.split()) == set()


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
        (("init", "new", "--from", "odd.yaml"), "odd.yaml: a part of it is not of the type that OpenAPI says ("),
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


@dataclass
class Served:
    """Stands in for the mock, and notes what it was asked to serve."""

    asked: list[tuple[list[str], int, int]] = field(default_factory=list)

    @contextmanager
    def __call__(self, contracts: list[Contract], *, port: int, seed: int) -> Iterator[Served]:
        self.asked.append(([contract.name for contract in contracts], port, seed))
        yield self

    url = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ((), (["cats", "pets"], 8080, 0)),
        (("pets",), (["pets"], 8080, 0)),
        (("pets", "cats", "--port", "0", "--seed", "7"), (["pets", "cats"], 0, 7)),
    ],
)
def test_mock_serves_the_named_contracts_or_all(
    specs: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], asked: tuple[list[str], int, int]
) -> None:
    served = Served()
    monkeypatch.setattr(mock, "serve", served)
    monkeypatch.setattr(signal, "sigwait", lambda _: signal.SIGTERM)
    for name in ("pets", "cats"):
        a_contract(specs, name)
    result = run("mock", *arguments)

    assert outcome(result) == (
        0,
        "".join(f"{name}: 2 operations at {served.url}\n" for name in asked[0])
        + f"Test it: pytest --base-url {served.url}    Stop: Ctrl-C\n",
        "",
    )
    assert served.asked == [asked]


def test_mock_serves_until_it_is_interrupted(specs: Path) -> None:
    a_contract(specs)
    process = subprocess.Popen(
        [sys.executable, "-m", "specwitness.cli", "mock", "--port", "0"],
        cwd=specs.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    started = [process.stdout.readline(), process.stdout.readline()]
    match = re.fullmatch(r"pets: 2 operations at (http://127\.0\.0\.1:\d+)\n", started[0])
    assert match is not None
    status = requests.get(f"{match[1]}/pets", timeout=10).status_code
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)

    assert (status, started[1]) == (200, f"Test it: pytest --base-url {match[1]}    Stop: Ctrl-C\n")
    assert process.returncode in {0, 130}
    assert (rest.strip(), errors) == ("", "")

"""Hold the import table of ARCHITECTURE.md: which room may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import specwitness

ROOT = Path(specwitness.__file__).parent

BOTTOM = frozenset({"exceptions", "findings", "record", "redaction", "version"})
TABLE: dict[str, frozenset[str]] = {
    "exceptions": frozenset(),
    "version": frozenset(),
    "findings": frozenset(),
    "record": frozenset({"findings"}),
    "redaction": frozenset({"findings"}),
    "contract": BOTTOM,
    "sources": BOTTOM | {"contract"},
    "pool": BOTTOM | {"contract"},
    "runner": BOTTOM | {"contract", "sources", "pool"},
    "mock": BOTTOM | {"contract", "sources", "pool"},
    "drift": BOTTOM | {"contract", "sources", "pool"},
    "report": BOTTOM,
    "conclusion": BOTTOM | {"contract", "runner", "report"},
    "suite": BOTTOM | {"contract", "runner", "drift"},
    "sensitivity": BOTTOM | {"contract", "runner", "mock"},
    "pytest_plugin": BOTTOM | {"contract", "runner", "mock", "report", "conclusion", "suite"},
    "cli": BOTTOM
    | {"contract", "sources", "pool", "runner", "mock", "drift", "report", "conclusion", "suite", "sensitivity"},
    "__init__": BOTTOM | {"contract"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and room of every import of ours in a file, those for type checkers alone included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            pytest.fail(f"{path}:{node.lineno}: a relative import hides which room it is from")
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "specwitness":
                yield node.lineno, rest.split(".")[0] or "__init__"


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_a_room_imports_only_what_the_table_allows(path: Path) -> None:
    room = room_of(path)
    foreign = {(line, other) for line, other in imported_rooms(path) if other not in TABLE[room] | {room}}

    assert foreign == set()


def test_every_room_is_in_the_table() -> None:
    assert {room_of(path) for path in FILES} <= set(TABLE)


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*/checks.py")), ids=lambda path: path.parent.name)
def test_checks_of_a_contract_import_only_the_public_names(path: Path) -> None:
    imports = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    ours = [node for node in imports if node.module and node.module.split(".")[0] == "specwitness"]

    assert {node.module for node in ours} == {"specwitness"}
    assert {alias.name for node in ours for alias in node.names} <= set(specwitness.__all__)

"""The public names stand in one list, and the list is what is there."""

from __future__ import annotations

import ast
from pathlib import Path

import specwitness

SOURCE = Path(specwitness.__file__)


def test_the_public_names_are_those_that_are_imported_in_order() -> None:
    imported = [
        alias.asname or alias.name
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]

    assert specwitness.__all__ == sorted(imported)
    assert len(set(imported)) == len(imported)


def test_the_package_holds_nothing_but_its_list() -> None:
    kinds = {type(node) for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body}

    assert kinds == {ast.Expr, ast.ImportFrom, ast.Assign}


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    undescribed = [name for name in specwitness.__all__ if not (getattr(specwitness, name).__doc__ or "").strip()]

    # A plain alias of a type has no words of its own.
    assert set(undescribed) <= {"Trace"}

"""What a run tests: the contracts that are selected, and the operations of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from specwitness.contract import load
from specwitness.contract.model import Contract, Operation
from specwitness.exceptions import SpecwitnessError


def found(specs: Path, names: Sequence[str]) -> dict[str, Contract | SpecwitnessError]:
    """Return contracts by name, all where none is named; one that cannot be loaded is there as its error.

    It harms no other. Where nothing can be found, the error stands under the name of the folder.
    """
    loaded: dict[str, Contract | SpecwitnessError] = {}
    try:
        folders = load.find(specs, names)
    except SpecwitnessError as error:
        return {specs.name: error}
    for folder in folders:
        try:
            loaded[folder.name] = load.load(folder)
        except SpecwitnessError as error:
            loaded[folder.name] = error
    return loaded


def selected(contract: Contract, wanted: Sequence[str]) -> tuple[Operation, ...]:
    """Return the operations that are named by key, path, `METHOD /path` or tag; all where nothing is named."""
    names = set(wanted)
    if not names:
        return contract.operations
    return tuple(
        operation
        for operation in contract.operations
        if names & {operation.key, operation.path, operation.label, *operation.tags}
    )


def digest(folder: Path) -> str:
    """Return what is the same on two machines exactly where every file below a contract's folder is."""
    sum_of_all = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        name, content = path.relative_to(folder).as_posix(), hashlib.sha256(_content(path))
        sum_of_all.update(f"{content.hexdigest()} {name}\n".encode("utf-8", "surrogateescape"))
    return sum_of_all.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # What the contract needs of it is said where the contract is loaded.
        return b""

"""Where a person finds a place of the effective spec: a line of the document, or of the overlay that corrected it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from specwitness.contract import document, pointers
from specwitness.contract.model import Contract
from specwitness.findings import Json, Location


def location(contract: Contract, *, operation: str | None, part: str, pointer: str) -> Location:
    """Return the location of a pointer into the effective spec, with the file and line that say what stands there."""
    path, at = contract.document_path, pointer
    action = contract.effective.action_for(pointer)
    if action is not None and contract.overlay_path is not None:
        path, at = contract.overlay_path, _within_action(contract.overlay_path, action, pointer)
    return Location(
        contract=contract.name,
        operation=operation,
        part=part,
        pointer=pointer,
        file=_shown(path, contract.name),
        line=_line(path, _modified(path), at),
    )


def _within_action(overlay: Path, action: int, pointer: str) -> str:
    """Return the pointer into the overlay of the part of the action's update that says what stands at `pointer`.

    The update begins somewhere on the way to the place, so the longest end of the way that it knows is the place.
    """
    update = pointers.join("/actions", action, "update")
    tokens = pointers.split(pointer)
    content = _content(overlay, _modified(overlay))
    for start in range(len(tokens)):
        at = pointers.join(update, *tokens[start:])
        try:
            pointers.get(content, at)
        except KeyError:
            continue
        return at
    return pointers.join("/actions", action)


def _shown(path: Path, contract: str) -> str:
    """Return how a person calls a file: from where they are if it is below, else by the contract it belongs to."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return f"specs/{contract}/{path.name}"


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=4096)
def _line(path: Path, modified: int, pointer: str) -> int | None:  # noqa: ARG001 - `modified` is part of the cache's key
    return document.line_of(path, pointer)


@lru_cache(maxsize=16)
def _content(path: Path, modified: int) -> Json:  # noqa: ARG001 - `modified` is part of the cache's key
    return document.read(path)

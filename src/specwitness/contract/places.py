"""Where a person finds a place of the effective spec: a line of the document, or of the overlay that corrected it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from specwitness.contract import bundling, document, pointers
from specwitness.contract.model import Contract
from specwitness.contract.swagger import laying
from specwitness.findings import Json, Location


def location(contract: Contract, *, operation: str | None, part: str, pointer: str) -> Location:
    """Return the location of a pointer into the effective spec, with the file and line that say what stands there."""
    shown = location_to_show(contract, operation=operation, part=part, pointer=pointer)
    return replace(shown, way=contract.ways.shortest(pointer))


def location_to_show(contract: Contract, *, operation: str | None, part: str, pointer: str) -> Location:
    """Return the same without the way there, which takes longest to find and is needed to know a finding again."""
    path, at = _origin(contract, pointer)
    return Location(
        contract=contract.name,
        operation=operation,
        part=part,
        pointer=pointer,
        file=_shown(path, contract),
        line=_line(path, contract, at),
    )


def written_at(contract: Contract, pointer: str) -> str:
    """Return the file that says what stands at a pointer into the effective spec, and the pointer in it."""
    path, at = _origin(contract, pointer)
    return f"{_shown(path, contract)}#{at}"


def spot(contract: Contract, pointer: str) -> str:
    """Return how an error calls a place of the effective spec: by its file, as it was given, and its line."""
    path, at = _origin(contract, pointer)
    held, line = contract.texts.get(path), _line(path, contract, at)
    return (held.shown if held else str(path)) + (f", line {line}" if line else "")


def _origin(contract: Contract, pointer: str) -> tuple[Path, str]:
    """Return the file that says what stands at a place of the effective spec, and the pointer in it."""
    action = contract.effective.action_for(pointer)
    if action is not None and contract.overlay_path is not None:
        return contract.overlay_path, _within_action(contract, contract.overlay_path, action, pointer)
    said = laying.origin(contract.origins, pointer)
    taken_in = bundling.origin(said)
    if taken_in is not None:
        return contract.folder / taken_in[0], taken_in[1]
    return contract.document_path, said


def _within_action(contract: Contract, overlay: Path, action: int, pointer: str) -> str:
    """Return the pointer into the overlay of the part of the action's update that says what stands at `pointer`.

    The update begins somewhere on the way to the place, so the longest end of the way that it knows is the place.
    """
    update = pointers.join("/actions", action, "update")
    tokens = pointers.split(pointer)
    held = contract.texts.get(overlay)
    content = _parsed(held.text) if held else _content(overlay, _modified(overlay))
    for start in range(len(tokens)):
        at = pointers.join(update, *tokens[start:])
        try:
            pointers.get(content, at)
        except KeyError:
            continue
        return at
    return pointers.join("/actions", action)


def _shown(path: Path, contract: Contract) -> str:
    """Return how a person calls a file.

    As they gave it; else from where they are if it is below, else by the contract it belongs to.
    """
    if path in contract.texts:
        return contract.texts[path].shown
    for start, shown in ((Path.cwd(), Path()), (contract.folder.resolve(), Path("specs", contract.name))):
        if path.resolve().is_relative_to(start):
            return (shown / path.resolve().relative_to(start)).as_posix()
    return f"specs/{contract.name}/{path.name}"


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _line(path: Path, contract: Contract, pointer: str) -> int | None:
    if path in contract.texts:
        return document.line_in(contract.texts[path].text, pointer)
    return _line_on_disk(path, _modified(path), pointer)


@lru_cache(maxsize=4096)
def _line_on_disk(path: Path, modified: int, pointer: str) -> int | None:  # noqa: ARG001 - `modified` is part of the cache's key
    return document.line_of(path, pointer)


@lru_cache(maxsize=16)
def _content(path: Path, modified: int) -> Json:  # noqa: ARG001 - `modified` is part of the cache's key
    return document.read(path)


@lru_cache(maxsize=16)
def _parsed(text: str) -> Json:
    return document.parse(text, name="the overlay")

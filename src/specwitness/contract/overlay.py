"""OpenAPI Overlay 1.0 (https://spec.openapis.org/overlay/v1.0.0.html): our corrections to a vendored document.

The vendored document stays as its source wrote it; `applied` returns a new document, and remembers which places came
from which action, so that a finding can point at the line that said so.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.exceptions import OverlayError
from specwitness.findings import Json


@dataclass(frozen=True)
class Applied:
    """A document with an overlay applied, for each action (by its index) the places it wrote to, and the `original`."""

    document: Json
    written: tuple[tuple[str, int], ...]
    original: Json

    def action_for(self, pointer: str) -> int | None:
        """Return the index of the last action that wrote the value at a pointer, or None where none did."""
        found = None
        for place, index in self.written:
            if pointer == place or pointer.startswith(place + "/"):
                found = index
        return found


def applied(document: Json, overlay: Json, *, name: str) -> Applied:
    """Return the document with every action of the overlay applied in order; `name` is what an error calls the overlay.

    Raises OverlayError for an overlay of another form, and for an action that selects nothing: the specification lets
    such an action pass in silence, but here it means that the correction no longer fits the document it corrects.
    """
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1."):
        raise OverlayError(name, "it is not an OpenAPI Overlay 1.x", "Start it with `overlay: 1.0.0`")
    actions = overlay.get("actions")
    if not isinstance(actions, list):
        raise OverlayError(name, "it has no list of actions", "Add `actions:`, or delete the file")
    result = _copied(document)
    written: list[tuple[str, int]] = []
    for index, action in enumerate(actions):
        where = f"{name}, action {index + 1}"
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise OverlayError(where, "it has no target", "Give a JSONPath expression as `target`")
        for place in _selected(result, action["target"], where):
            if action.get("remove") is True:
                _remove(result, place, where)
            elif "update" in action:
                written += [(changed, index) for changed in _update(result, place, action["update"], where)]
            else:
                raise OverlayError(where, "it neither updates nor removes", "Add `update:` or `remove: true`")
    return Applied(result, tuple(written), document)


def _copied(value: Json) -> Json:
    """Return a copy in which nothing is shared: what an alias of YAML stands for is changed at one place alone."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _selected(document: Json, expression: str, where: str) -> list[str]:
    import jsonpath_rfc9535 as jsonpath  # noqa: PLC0415 - most documents have no overlay

    try:
        nodes = jsonpath.find(expression, document)
    except jsonpath.JSONPathError as error:
        raise OverlayError(where, f"the target is not JSONPath ({error})", "See RFC 9535 for its syntax") from error
    if not nodes:
        raise OverlayError(
            where,
            f"the target {expression} matches nothing in the document",
            "Correct the target, or drop the action if the document no longer needs it",
        )
    # Later places first, so that removing one array item does not move the others.
    return [pointers.join("", *node.location) for node in reversed(nodes)]


def _remove(document: Json, place: str, where: str) -> None:
    *above, last = pointers.split(place) or ("",)
    if not place:
        raise OverlayError(where, "the target is the whole document", "Name the part to remove")
    parent = pointers.get(document, pointers.join("", *above))
    del parent[int(last) if isinstance(parent, list) else last]


def _update(document: Json, place: str, update: Json, where: str) -> list[str]:
    """Merge `update` into the value at `place` (Overlay 1.0, section 4.4.3) and return the places it set."""
    value = pointers.get(document, place)
    if isinstance(value, list):
        value.append(deepcopy(update))
        return [pointers.join(place, len(value) - 1)]
    if not isinstance(value, dict) or not isinstance(update, dict):
        raise OverlayError(where, f"the value at #{place} cannot be merged", "Target an object or an array")
    return list(_merge(value, update, place))


def _merge(value: dict[str, Json], update: dict[str, Json], place: str) -> list[str]:
    written: list[str] = []
    for key, new in update.items():
        at = pointers.join(place, key)
        old = value.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            written += _merge(old, new, at)
        elif isinstance(old, list) and isinstance(new, list):
            written += [pointers.join(at, len(old) + offset) for offset in range(len(new))]
            old.extend(deepcopy(new))
        else:
            value[key] = deepcopy(new)
            written.append(at)
    return written

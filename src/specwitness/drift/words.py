"""One sentence for a finding: what may be sent now, and whom that breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

from specwitness.contract import pointers
from specwitness.contract.schemas import Rejection
from specwitness.findings import Json, Party

_LONGEST = 60


def sentence(sender: Party, rejection: Rejection, message: Json) -> str:
    """Return what a rejection of a message means to whoever relies on the old contract; `sender` is who sends it."""
    rejection = replace(rejection, message=plainly(rejection.message))
    place = named(rejection.path)
    shown = short(_at(message, rejection.path))
    return _of_met(rejection, place, shown) if sender is Party.NEW else _of_sent(rejection, place, shown)


def _of_met(rejection: Rejection, place: str, shown: str) -> str:
    match rejection.keyword:
        case "enum" | "const":
            return f"clients that switch on {place} will meet {shown}"
        case "unnamed-property":
            return (
                f"clients that read {place} will look in vain: it is not described any more, so anything may be there"
            )
        case "required":
            return f"clients that read {named((*rejection.path, str(rejection.value)))} may find it missing"
        case "type":
            return f"clients will meet {shown} as {place}: {rejection.message}"
        case _:
            return f"clients will meet {place} as they do not expect it: {rejection.message}"


def _of_sent(rejection: Rejection, place: str, shown: str) -> str:
    match rejection.keyword:
        case "enum" | "const":
            return f"clients that send {shown} as {place} are refused"
        case "unnamed-property":
            return f"{place} is described now: clients that send another thing of that name are refused"
        case "required":
            return f"clients that do not send {named((*rejection.path, str(rejection.value)))} are refused"
        case "type":
            return f"clients that send {shown} as {place} are refused: {rejection.message}"
        case _:
            return f"clients that send {place} as before are refused: {rejection.message}"


def plainly(message: str) -> str:
    """Return what a validator says with the names of components, and not as a bundle of both sides refers to them."""
    message = _REFERENCE.sub(lambda found: _schema(found[1] or found[2]), message)
    # Of a long message the middle is cut out, maybe within a reference.
    return _CUT.sub(lambda found: "..." if _OF_REFERENCE.search(found[0]) else found[0], message)


_INTO = r"'#/(?:%24|\$)defs/(?:old|new)(?:-\d+)?:([^'\s]*)'"
"""As `Bundle` writes a reference."""
_REFERENCE = re.compile(rf"\{{'\$ref': {_INTO}\}}|{_INTO}")
_CUT = re.compile(r"(?:\{'\$ref': )?\S* \.\.\. \S*")
_OF_REFERENCE = re.compile(r"\$re|'#|%24|~1")


def _schema(escaped: str) -> str:
    pointer = pointers.split(f"/{unquote(escaped)}")[0]
    *above, name = pointers.split(pointer) or ("",)
    return name if above == ["components", "schemas"] else f"the schema at #{pointer}"


def named(path: Sequence[str | int]) -> str:
    """Return how a person calls a place of a message: `jobs[0].status` of a body, `the query parameter page`."""
    if len(path) >= _OF_PARAMETER and path[0] in _PARTS:
        place = f"the {_PARTS[str(path[0])]} {path[1]}"
        return place + (f" at {_dotted(path[2:])}" if path[2:] else "")
    return f"`{_dotted(path[1:])}`" if path[1:] else f"the {path[0]}" if path else "the message"


_OF_PARAMETER = 2
_PARTS = {"path": "path parameter", "query": "query parameter", "header": "header", "cookie": "cookie"}


def _dotted(path: Sequence[str | int]) -> str:
    text = "".join(f"[{token}]" if isinstance(token, int) else f".{token}" for token in path)
    return text.removeprefix(".")


def short(value: Json) -> str:
    """Return a value as JSON, in few characters."""
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…'}`"


def _at(value: Json, path: Sequence[str | int]) -> Json:
    for token in path:
        value = value[token]
    return value

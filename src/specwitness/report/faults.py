"""What a person is told of a file that cannot be written, or that is not ours: what happened, and what to do."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

from specwitness.exceptions import ReportError
from specwitness.report.text import one_line

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def remedy(number: int | None, elsewhere: str) -> str:
    """Return what helps where writing fails with an errno; `elsewhere` is how to write to another place."""
    if number in _FULL:
        return f"make room, or {elsewhere}"
    return f"give write access, or {elsewhere}" if number in _CLOSED else elsewhere


def not_json(path: Path, what: str, error: ValueError | RecursionError, hint: str) -> ReportError:
    """Return what to raise for a file that is not even JSON: it is not `what` it should be."""
    at = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
    return ReportError(str(path), f"it is not {what}: it is not JSON{at}", hint)


def not_ours(path: Path, what: str, data: Any, version: tuple[str, int], hint: str) -> ReportError:
    """Return what to raise for data that cannot be read: it is not `what` it should be, or of another version.

    `version` is the member that says of which form the data is, and the form that we read.
    """
    key, known = version
    form = data.get(key) if isinstance(data, dict) else None
    # A comparison has such a member too, but no contracts; reports of form 1 had one contract.
    if type(form) is not int or form == known or not {"contract", "contracts"} & data.keys():
        return ReportError(str(path), f"it is not {what}", hint)
    tool = _tool(data)
    fault = (
        f"it was written by another version of specwitness{f' ({tool})' if tool else ''}: its form is {form}, "
        f"and this version reads {known}"
    )
    return ReportError(str(path), fault, "Read its report.md or index.html, or use the version that wrote it")


def _tool(data: dict[str, Any]) -> str:
    """Return the version that wrote a report, if it says so."""
    contracts = data.get("contracts")
    parts = [data, *(contracts if isinstance(contracts, list) else [])]
    said = (part.get("tool_version") for part in parts if isinstance(part, dict))
    return next((one_line(tool, 40) for tool in said if isinstance(tool, str)), "")

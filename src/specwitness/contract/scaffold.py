"""Start a contract: a folder that the suite can run at once, with what it can be told by the document alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import requests
import yaml

from specwitness.contract import document, load
from specwitness.contract.model import Contract
from specwitness.contract.variables import variable_name
from specwitness.exceptions import ContractError, DocumentError, SpecwitnessError

FETCH_SECONDS = 30

_HEADER = """\
# What the suite needs to know besides the OpenAPI document. Everything is optional.
# Beside this file may stand: overlay.yaml (corrections, OpenAPI Overlay 1.0), checks.py (hand-written checks),
# waivers.yaml (accepted findings), lifecycle.yaml (the states of a resource).
"""


def create(specs: Path, name: str, origin: str) -> Path:
    """Create `specs/<name>` from a file or URL and return the folder.

    Raises ContractError for a name that is taken or unfit, DocumentError for a document that cannot be used; then
    nothing is left behind.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ContractError(f"contract {name!r}", "the name is unfit", "Use lower case letters, digits, - and _")
    folder = specs / name
    if folder.exists():
        raise ContractError(str(folder), "it exists already", "Choose another name, or remove the folder")
    text = _fetched(origin)
    document.parse(text, name=origin)
    file = folder / ("openapi.json" if text.lstrip().startswith("{") else "openapi.yaml")
    folder.mkdir(parents=True)
    try:
        file.write_text(text, encoding="utf-8")
        (folder / load.MANIFEST_NAME).write_text(_manifest(load.load(folder)), encoding="utf-8")
    except BaseException as error:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
        if isinstance(error, SpecwitnessError):
            # The copy is gone: what the user can correct is the original.
            raise replace(error, thing=error.thing.replace(str(file), origin)) from error
        raise
    return folder


def _fetched(origin: str) -> str:
    if not origin.startswith(("http://", "https://")):
        path = Path(origin)
        document.read(path)
        return path.read_text(encoding="utf-8-sig")
    try:
        answer = requests.get(origin, timeout=FETCH_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        reason = f"HTTP {error.response.status_code}" if error.response is not None else type(error).__name__
        raise DocumentError(origin, f"it cannot be fetched ({reason})", "Correct the URL, or give a file") from error
    return answer.content.decode("utf-8-sig", "replace")


def _manifest(contract: Contract) -> str:
    """Return a manifest that names a variable for every credential and path parameter of the document."""
    schemes = dict.fromkeys(
        name for operation in contract.operations for alternative in operation.security for name in alternative
    )
    parameters = dict.fromkeys(
        parameter.name for operation in contract.operations for parameter in operation.path_parameters
    )
    title = contract.document.get("info", {}).get("title", contract.name)
    data: dict[str, object] = {"title": str(title)}
    if schemes:
        data["credentials"] = {name: {"env": variable_name(contract.name, name)} for name in schemes}
    if parameters:
        data["parameters"] = {
            name: {"env": variable_name(contract.name, name), "optional": True} for name in parameters
        }
    return _HEADER + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)

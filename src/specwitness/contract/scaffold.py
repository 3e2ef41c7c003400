"""Start a contract: a folder that the suite can run at once, with what it can be told by the document alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from specwitness.contract import load
from specwitness.contract.fetching import is_url
from specwitness.contract.folder import Folder
from specwitness.contract.model import Contract
from specwitness.contract.variables import variable_name
from specwitness.exceptions import ContractError

_HEADER = """\
# What the suite needs to know besides the OpenAPI document. Everything is optional.
# Beside this file may stand: overlay.yaml (corrections, OpenAPI Overlay 1.0), checks.py (hand-written checks),
# waivers.yaml (accepted findings), lifecycle.yaml (the states of a resource).
"""


def create(specs: Path, name: str, origin: str) -> Path:
    """Create `specs/<name>` from a file or URL, with the files that it refers to, and return the folder.

    Raises ContractError for a name that is taken or unfit, or a document that cannot be used; then nothing is left
    behind.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise ContractError(f"contract {name!r}", "the name is unfit", "Use lower case letters, digits, - and _")
    folder = specs / name
    if folder.exists():
        raise ContractError(str(folder), "it exists already", "Choose another name, or remove the folder")
    source, file = _source(origin)
    contract = load.contract_of(source, file, name=name)
    texts = {path.relative_to(source.path): held.text for path, held in source.kept.items()}
    if len(texts) == 1:
        text = texts.pop(Path(file))
        file = "openapi.json" if text.lstrip().startswith("{") else "openapi.yaml"
        texts[Path(file)] = text
    try:
        for place, text in texts.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text, encoding="utf-8")
        (folder / load.MANIFEST_NAME).write_text(_manifest(contract, file), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _source(origin: str) -> tuple[Folder, str]:
    if is_url(origin):
        return Folder.behind(origin)
    path = Path(origin)
    return Folder.on(path.parent, keeps=True), path.name


def _manifest(contract: Contract, file: str) -> str:
    """Return a manifest: the variables of every credential and path parameter, and where the document is."""
    schemes = dict.fromkeys(
        name for operation in contract.operations for alternative in operation.security for name in alternative
    )
    parameters = dict.fromkeys(
        parameter.name for operation in contract.operations for parameter in operation.path_parameters
    )
    title = contract.document.get("info", {}).get("title", contract.name)
    data: dict[str, object] = {"title": str(title)}
    if file not in load.DOCUMENT_NAMES:
        # The other files refer to it by its name.
        data["document"] = file
    if schemes:
        data["credentials"] = {name: {"env": variable_name(contract.name, name)} for name in schemes}
    if parameters:
        data["parameters"] = {
            name: {"env": variable_name(contract.name, name), "optional": True} for name in parameters
        }
    return _HEADER + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)

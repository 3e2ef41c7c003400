"""What each source of a contract says, as a contract of its own that may be partial. Entry point: `everything_said`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from specwitness.contract import load, pointers
from specwitness.contract.dialect import as_2020_12
from specwitness.contract.folder import Folder
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation
from specwitness.contract.places import location
from specwitness.drift.pairing import paired
from specwitness.exceptions import ContractError, SourceError
from specwitness.findings import Json, Location
from specwitness.sources import Description
from specwitness.sources.description import everything_below
from specwitness.sources.merging import merged
from specwitness.sources.vendor import Source, sources

ASSUMED = "x-specwitness-assumed"
"""Marks what an overlay adds though no page says it: nobody's word, and so nothing to compare."""
INFERRED = "x-specwitness-inferred"
"""Marks what was concluded from examples: it names properties, and states nothing of them."""
SDK_NAMED = "x-specwitness-naming"
_RESPONSE_OF = "x-specwitness-response-of"


@dataclass(frozen=True, eq=False, repr=False)
class Said:
    """One description of the API: what it is called, what it says, and where its silence means nothing.

    `place` gives file and line of a pointer into its document. `vendored` says that the contract is made from it,
    `is_source` is false of the contract itself, and `names_as_sdk` says that properties are called as in an SDK's
    language: their names have the words of those on the wire, and another spelling. `keys` are what the contract calls
    the operations.
    """

    name: str
    contract: Contract
    silent: frozenset[str]
    place: Callable[[str], tuple[str, int | None]]
    vendored: bool = True
    is_source: bool = True
    names_as_sdk: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> Json:
        """The possibly partial document, in the dialect of OpenAPI 3.1."""
        return self.contract.document

    def located(self, pointer: str, *, operation: str | None, part: str, way: str) -> Location:
        """Return the location of a place of the document, known by a way."""
        file, line = self.place(pointer)
        return Location(self.contract.name, operation, part, pointer, file, line, way)

    def key_of(self, operation: Operation) -> str:
        """Return what the contract calls an operation of this source; what the source does where that has none."""
        return self.keys.get(operation.key, operation.key)

    def item(self, at: str, value: Json) -> str:
        """Return the place of a value in the list at a place, or else that place itself."""
        listed = pointers.look(self.document, at)
        return pointers.join(at, listed.index(value)) if isinstance(listed, list) and value in listed else at

    def spot(self, pointer: str) -> str:
        """Return how a sentence calls a place of the document: its file without folders, and the line in it."""
        file, line = self.place(pointer)
        name = self.name if self.is_source else PurePosixPath(file).name
        return f"{name}:{line}" if line else name

    def __repr__(self) -> str:
        """Name the source, for the person in the debugger."""
        return f"<Said by {self.name}: {len(self.contract.operations)} operations>"


def everything_said(contract: Contract, *, served: Contract | None = None) -> tuple[Said, ...]:
    """Return what a contract is made of: vendored sources first, then the others, last the contract as it is corrected.

    What a server hands out is one more source. The contract itself is among them if it says what no vendored source
    does: by an overlay, or since there is none. Raises SourceError for a source that is missing, changed or not
    readable, and where there is no source at all.
    """
    folder = contract.folder
    if not contract.manifest.sources and served is not None:
        return (_said_of(served, contract), _corrected(contract, []))
    if not contract.manifest.sources:
        fault, hint = "no sources of it are listed", "Add them to its contract.yaml, or give what to compare it with"
        raise SourceError(f"contract {contract.name!r}", fault, hint)
    if not folder.is_dir():
        raise SourceError(str(folder), "its sources are read from a folder alone", "Check that revision out")
    files = sources(folder)
    vendored = [source for source in files if source.vendored]
    others = [source for source in files if not source.vendored]
    said = [said_by(source, contract, shown=_shown(folder, source.file)) for source in (*vendored, *others)]
    if len({one.name for one in said}) < len(said):
        said = [replace(one, name=source.file) for one, source in zip(said, (*vendored, *others), strict=True)]
    if served is not None:
        said.append(_said_of(served, contract))
    if contract.overlay_path is None and vendored:
        return tuple(said)
    return (*said, _corrected(contract, vendored))


def said_by(source: Source, contract: Contract, *, shown: str) -> Said:
    """Return what one source of a contract says; `shown` is how a person calls its file. Raises SourceError."""
    described = _mounted(source.description, contract)
    partial = as_contract(described.document, contract, shown=shown)
    return Said(
        name=Path(source.file).name,
        contract=partial,
        silent=described.silent,
        place=lambda pointer: (shown, source.line_of(pointer)),
        vendored=source.vendored,
        names_as_sdk=source.kind == "sdk-model-page",
        keys={pair.new.key: pair.old.key for pair in paired(contract, partial).both},
    )


def _said_of(whole: Contract, contract: Contract) -> Said:
    """Return what a description of the whole API says, as a source of a contract; it is called as it was given."""

    def place(pointer: str) -> tuple[str, int | None]:
        found = location(whole, operation=None, part="", pointer=pointer)
        return str(found.file), found.line

    shown = place("")[0]
    partial = as_contract(whole.document, contract, shown=shown)
    keys = {pair.new.key: pair.old.key for pair in paired(contract, partial).both}
    return Said(name=shown, contract=partial, silent=frozenset(), place=place, vendored=False, keys=keys)


def as_contract(document: Json, contract: Contract, *, shown: str) -> Contract:
    """Return a document as a contract with the same name, manifest and waivers; raises SourceError, naming `shown`."""
    text = json.dumps(as_2020_12(document) | {"openapi": "3.1.0"})
    folder = Folder(contract.folder, {_FILE: text}.get, called=lambda _: shown)
    try:
        found = load.contract_of(folder, _FILE, name=contract.name)
        return replace(found, manifest=contract.manifest, waivers=contract.waivers)
    except ContractError as error:
        raise SourceError(shown, error.fault, error.hint) from error


_FILE = "description.json"


def _shown(folder: Path, file: str) -> str:
    path = (folder / file).resolve()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(folder / file)


# --- The contract as it is corrected ----------------------------------------------------------------------------------


def _corrected(contract: Contract, vendored: list[Source]) -> Said:
    """Return what the effective spec says: as silent as its sources, but for what the overlay adds."""
    silent = merged(source.description for source in vendored).silent if vendored else frozenset[str]()

    def place(pointer: str) -> tuple[str, int | None]:
        found = location(contract, operation=None, part="", pointer=pointer)
        return str(found.file), found.line

    return Said(
        name="the contract",
        contract=as_contract(contract.document, contract, shown=str(contract.document_path)),
        silent=silent,
        place=place,
        is_source=False,
    )


# --- The models of an SDK ---------------------------------------------------------------------------------------------


def _mounted(description: Description, contract: Contract) -> Description:
    """Return a description in which the model of a response is that of its operation in the contract."""
    document = deepcopy(description.document)
    for at, name in _models(document):
        operation = next((one for one in contract.operations if folded(one.key) == folded(name)), None)
        if operation is not None:
            document["paths"].setdefault(operation.path, {})[operation.method.lower()] = _answering(operation, at)
    if document["paths"] == description.document["paths"]:
        return description
    return Description(document, description.silent | everything_below(document, ["/paths"]))


def _models(document: Json) -> Iterator[tuple[str, str]]:
    for name, schema in pointers.look(document, "/components/schemas", {}).items():
        if isinstance(schema, dict) and _RESPONSE_OF in schema:
            yield pointers.join("/components/schemas", name), str(schema[_RESPONSE_OF])


def _answering(operation: Operation, model: str) -> Json:
    status = next(iter(operation.success), "200")
    contents = operation.responses[status].content if status in operation.responses else ()
    media_type = next((one.media_type for one in contents if is_json(one.media_type)), "application/json")
    content = {media_type: {"schema": {"$ref": f"#{model}"}}}
    return {"operationId": operation.key, "responses": {status: {"description": "", "content": content}}}


def folded(name: str) -> str:
    """Return a name without what an SDK's language changes in it: case and separators."""
    return name.replace("_", "").replace("-", "").lower()

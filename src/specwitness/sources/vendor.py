"""The vendored `openapi.yaml` of a contract's folder, derived from its sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from specwitness.contract import document
from specwitness.exceptions import DocumentError, SourceError
from specwitness.findings import Json
from specwitness.sources import kinds, yaml_text
from specwitness.sources.description import Description
from specwitness.sources.lines import line_of
from specwitness.sources.merging import merge

DERIVED = "openapi.yaml"
_FIELDS = ("file", "kind", "sha256")
UNVERSIONED = "unversioned"
"""The version of an API whose sources name none; OpenAPI requires one."""


@dataclass(frozen=True, repr=False)
class Source:
    """One source of a contract: its entry in `contract.yaml`, its text, and what that says."""

    file: str
    kind: str
    vendored: bool
    text: str
    description: Description

    def line_of(self, pointer: str) -> int | None:
        """Return the line of the text that says what stands at a pointer into the description's document."""
        return line_of(self.text, self.kind, self.description.document, pointer)

    def __repr__(self) -> str:
        """Name the file and its kind, for the person in the debugger."""
        return f"<Source {self.file}: {self.kind}>"


def derive(folder: Path) -> str:
    """Return the text of `openapi.yaml` for a contract's folder: its vendored sources, merged.

    Every source that `contract.yaml` lists is checked against its sha256 first, those that are not vendored too.
    Raises SourceError for a source that is missing, changed or not readable, and for vendored sources that contradict
    each other.
    """
    # The sums of all of them are checked, and those read that are vendored.
    read = [_verified(folder, entry) for entry in _sources(folder, _manifest(folder))]
    return derived_from(folder, [_read(entry, text) for entry, text in read if entry.get("vendored") is True])


def sources(folder: Path) -> tuple[Source, ...]:
    """Return every source of a contract's folder, vendored or not, in the order of `contract.yaml`.

    Raises SourceError for a source that is missing, changed or not readable.
    """
    read = [_verified(folder, entry) for entry in _sources(folder, _manifest(folder))]
    return tuple(_read(entry, text) for entry, text in read)


def descriptions(folder: Path) -> dict[str, Description]:
    """Return what every source of a contract's folder says, vendored or not, by its file. Raises SourceError."""
    return {source.file: source.description for source in sources(folder)}


def _read(entry: dict[str, Json], text: str) -> Source:
    file, kind = entry["file"], entry["kind"]
    return Source(file, kind, entry.get("vendored") is True, text, kinds.read(text, kind, name=file))


def derived_from(folder: Path, files: Iterable[Source]) -> str:
    """Return the text of `openapi.yaml` that the vendored ones among some sources make; raises SourceError."""
    manifest = _manifest(folder)
    merged = merge(source.description for source in files if source.vendored)
    # Documentation pages have no `info`, without which OpenAPI is not valid.
    info = {"title": str(manifest.get("title", folder.name)), "version": UNVERSIONED}
    ordered = {"openapi": merged["openapi"], "info": info} | merged
    return _header(folder.name) + yaml_text.dump(ordered)


def _header(name: str) -> str:
    return f"# Derived from sources/ by `specwitness vendor {name}`; local corrections go to overlay.yaml.\n"


def _manifest(folder: Path) -> dict[str, Json]:
    path = folder / "contract.yaml"
    try:
        manifest = document.read(path)
    except DocumentError as error:
        raise SourceError(error.thing, error.fault, error.hint) from error
    if not isinstance(manifest, dict):
        raise SourceError(str(path), "it is not an object", "Start it with `title:` and `sources:`")
    return manifest


def _sources(folder: Path, manifest: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the entries under `sources`, each with every field that is needed."""
    entries = manifest.get("sources")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(field), str) for field in _FIELDS):
            raise SourceError(
                str(folder / "contract.yaml"), f"a source lacks one of {', '.join(_FIELDS)}", "Add it, as text"
            )
        yield entry


def _verified(folder: Path, entry: dict[str, Json]) -> tuple[dict[str, Json], str]:
    """Return the entry and its text, if the file is still the one that was written down."""
    path = folder / entry["file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SourceError(str(path), "it is outside the contract's folder", "Copy it into sources/")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(str(path), f"it cannot be read ({error})", "Restore the file, or correct its name") from error
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"].lower():
        raise SourceError(
            str(path),
            f"its sha256 is {found}, and contract.yaml says {entry['sha256']}",
            "Restore the file; or, if it was replaced on purpose, write the new sum into contract.yaml",
        )
    try:
        return entry, content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(str(path), f"it is not UTF-8 ({error})", "Save it as UTF-8") from error

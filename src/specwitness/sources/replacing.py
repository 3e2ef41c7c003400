"""A new copy of one of a contract's sources, in the place of the old one. Entry point: `proposed`.

Nothing is written before all that is to be written has been made and checked, and then all of it or nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from specwitness.contract import document, load
from specwitness.contract.fetching import fetched, is_url
from specwitness.contract.fetching import shown as shown_url
from specwitness.contract.folder import Folder
from specwitness.contract.operations import METHODS
from specwitness.exceptions import DocumentError, SourceError
from specwitness.sources import kinds
from specwitness.sources.description import Description
from specwitness.sources.vendor import DERIVED, Source, derived_from, sources

MANIFEST = load.MANIFEST_NAME


@dataclass(frozen=True)
class Replacement:
    """A source of a contract and a new copy of it; `shown` is how a person calls the copy."""

    folder: Path
    old: Source
    new: Source
    content: bytes
    shown: str

    @property
    def changes(self) -> bool:
        """Whether the copy has other bytes than the source."""
        return (self.folder / self.old.file).read_bytes() != self.content

    def contents(self) -> dict[Path, bytes]:
        """Return what is to stand in the contract's folder, by path: the copy, its sha256, and what is derived.

        Raises a SpecwitnessError where the sources contradict each other then, the manifest cannot be edited, or the
        contract cannot be used.
        """
        every = [self.new if one.file == self.old.file else one for one in sources(self.folder)]
        found = {
            self.folder / self.old.file: self.content,
            self.folder / MANIFEST: _with_sum(self.folder / MANIFEST, self.old.file, self.content).encode(),
        }
        if self.old.vendored:
            text = derived_from(self.folder, every)
            _require_usable(self.folder, text)
            found[self.folder / DERIVED] = text.encode()
        return found

    def accept(self) -> tuple[Path, ...]:
        """Write all of it, or nothing, and return the paths; raises what `contents` does, and SourceError."""
        contents = self.contents()
        _replace(contents)
        return tuple(contents)


def proposed(folder: Path, origin: str, *, file: str | None = None) -> Replacement:
    """Return the replacement of a contract's source by the copy in a file or at a URL.

    `file` names the source; else it is the one of the same name, or the only one that describes the same operation.
    Raises SourceError where that is not clear, or the copy cannot be read as its source's kind.
    """
    content, shown = _content(origin)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(shown, f"it is not UTF-8 ({error})", "Give the page as text in UTF-8") from error
    known = sources(folder)
    old = _named(known, file) if file is not None else _counterpart(known, origin, text, shown)
    described = kinds.read(text, old.kind, name=shown)
    return Replacement(folder, old, Source(old.file, old.kind, old.vendored, text, described), content, shown)


def _content(origin: str) -> tuple[bytes, str]:
    if is_url(origin):
        return fetched(origin).encode(), shown_url(origin)
    path = Path(origin)
    try:
        if path.stat().st_size > document.MAX_BYTES:
            raise document.too_large(str(path))
        return path.read_bytes(), str(path)
    except OSError as error:
        raise DocumentError(
            str(path), f"it cannot be read ({error.strerror})", "Give a file that can be, or a URL"
        ) from error


# --- Which source it is a copy of ------------------------------------------------------------------------------------


def _named(known: Sequence[Source], file: str) -> Source:
    found = [one for one in known if file in {one.file, PurePosixPath(one.file).name}]
    if len(found) != 1:
        raise SourceError(repr(file), "it is not one of the contract's sources", f"They are {_listed(known)}")
    return found[0]


def _counterpart(known: Sequence[Source], origin: str, text: str, shown: str) -> Source:
    """Return the source that a text is a new copy of: one of its name, or one that tells of the same."""
    name = PurePosixPath(re.split(r"[?#]", origin)[0]).name if is_url(origin) else Path(origin).name
    found = [one for one in known if PurePosixPath(one.file).name == name]
    if len(found) != 1:
        found = [one for one in known if _tells_of(one.description) & _told(text, one.kind, shown)]
    if len(found) == 1:
        return found[0]
    if found:
        fault = f"it may be a copy of any of {_listed(found)}"
        raise SourceError(shown, fault, "Say of which with --source FILE")
    fault = "no source of the contract has its name, or describes what it does"
    raise SourceError(shown, fault, f"Say with --source FILE which of {_listed(known)} it is a copy of")


def _told(text: str, kind: str, shown: str) -> frozenset[str]:
    """Return what a text tells of if it is of a kind; nothing if it is not."""
    try:
        return _tells_of(kinds.read(text, kind, name=shown))
    except SourceError:
        return frozenset()


def _tells_of(description: Description) -> frozenset[str]:
    """Return the operations that are described, whatever the parameters of their paths are called; or the models."""
    paths = description.document["paths"]
    operations = {
        f"{method} {re.sub(r'{[^{}]*}', '{}', path)}"
        for path, item in paths.items()
        for method in METHODS
        if method in item
    }
    models = description.document.get("components", {}).get("schemas", {})
    return frozenset(operations or models)


def _listed(known: Sequence[Source]) -> str:
    return ", ".join(f"{one.file} ({one.kind})" for one in known)


# --- Writing ----------------------------------------------------------------------------------------------------------


def _with_sum(manifest: Path, file: str, content: bytes) -> str:
    """Return the text of the manifest with the sha256 of a source, and everything else as it is written."""
    # As bytes, so that the ends of its lines stay.
    text = manifest.read_bytes().decode("utf-8-sig")
    before = document.parse(text, name=str(manifest))
    index = next(index for index, entry in enumerate(before["sources"]) if entry["file"] == file)
    line = document.line_in(text, f"/sources/{index}/sha256") or 1
    lines = text.split("\n")
    digest = hashlib.sha256(content).hexdigest()
    lines[line - 1] = lines[line - 1].replace(before["sources"][index]["sha256"], digest, 1)
    after = "\n".join(lines)
    before["sources"][index]["sha256"] = digest
    if document.parse(after, name=str(manifest)) != before:
        hint = f"Write {digest} for {file} by hand, and the copy into its place, then run `specwitness vendor`"
        raise SourceError(str(manifest), "its sha256 cannot be replaced where it stands", hint)
    return after


def _require_usable(folder: Path, text: str) -> None:
    """Raise a ContractError if the contract could not be used with that document: its overlay may not fit it."""
    on_disk = Folder.on(folder)
    load.contract_in(
        Folder(
            path=folder,
            retrieve=lambda name: text if name == DERIVED else on_disk.retrieve(name),
            called=on_disk.called,
            leads_out=on_disk.leads_out,
        ),
        name=folder.name,
    )


def _replace(contents: Mapping[Path, bytes]) -> None:
    """Put files in place; where one cannot be, those before it are as they were. Raises SourceError."""
    fresh = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in contents}
    kept = {path: path.read_bytes() for path in contents if path.is_file()}
    placed: list[Path] = []
    try:
        for path, temporary in fresh.items():
            temporary.write_bytes(contents[path])
        for path, temporary in fresh.items():
            temporary.replace(path)
            placed.append(path)
    except OSError as error:
        for path in placed:
            path.write_bytes(kept[path]) if path in kept else path.unlink()
        name = error.filename or next(iter(contents))
        fault = f"it cannot be written ({error.strerror or error})"
        raise SourceError(str(name), fault, "Nothing was changed; make room, or the folder writable") from error
    finally:
        for temporary in fresh.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

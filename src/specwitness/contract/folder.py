"""Where the files of a contract are: on disk, in a revision of a repository, or behind a URL.

A file is named from its folder, as a reference in `openapi.yaml` names it: `schemas/pet.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit

from specwitness.contract import document
from specwitness.contract.fetching import fetched, is_url, shown
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

MAX_FETCHES = 100
"""Each may take its time, so that more of them are no bounded time."""


@dataclass(frozen=True)
class Text:
    """A file as it was read, and how a person calls it."""

    shown: str
    text: str


@dataclass(frozen=True)
class Folder:
    """A folder, and how its files are read.

    `path` is where the folder is on disk; elsewhere it only names it. `retrieve` returns the text of a file, or None
    where there is none. `called` is how a person calls a file. `leads_out` says of a name without `..` whether it leads
    out of the folder all the same, as a link can.

    `keeps` says that every file is kept in `kept` as it was read, by its path: it is not on disk, where its lines could
    be asked for later, or a person calls it as `called` says. What comes from another host is kept in any case.
    `open_to_all` lets references lead out of the folder, and to any host.
    """

    path: Path
    retrieve: Callable[[str], str | None]
    called: Callable[[str], str]
    leads_out: Callable[[str], bool] = lambda _: False
    keeps: bool = True
    open_to_all: bool = False
    kept: dict[Path, Text] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def on(cls, path: Path, *, keeps: bool = False, open_to_all: bool = False) -> Folder:
        """Return the folder at a path on disk."""
        return cls(
            path=path,
            retrieve=lambda name: document.text_of(path / name) if (path / name).is_file() else None,
            called=lambda name: str(path / name),
            leads_out=lambda name: not (path / name).resolve().is_relative_to(path.resolve()),
            keeps=keeps,
            open_to_all=open_to_all,
        )

    @classmethod
    def behind(cls, url: str, *, open_to_all: bool = False) -> tuple[Folder, str]:
        """Return the folder of the file at a URL, and the file's name in it."""
        name, base = PurePosixPath(unquote(urlsplit(url).path)).name, urljoin(url, ".")

        def address(file: str) -> str:
            # What follows the path belongs to the one file that was asked for.
            return url if file == name else urljoin(base, quote(file))

        folder = cls(
            path=Path(shown(base)),
            retrieve=lambda file: fetched(address(file)),
            called=lambda file: shown(address(file)),
            open_to_all=open_to_all,
        )
        return folder, name

    def text(self, name: str) -> str | None:
        """Return the text of a file, or None where there is none; raises DocumentError for one that cannot be read."""
        if self.path / name in self.kept:
            return self.kept[self.path / name].text
        text = self._from_elsewhere(name) if is_url(name) else self.retrieve(name)
        if text is not None and (self.keeps or is_url(name)):
            self.kept[self.path / name] = Text(self.shown(name), text)
        return text

    def data(self, name: str) -> Json:
        """Return the data of a file that has to be there; raises DocumentError."""
        text = self.text(name)
        if text is None:
            raise DocumentError(self.shown(name), "there is no such file", "Correct the path, or create the file")
        return document.parse(text, name=self.shown(name))

    def shown(self, name: str) -> str:
        """Return how a person calls a file."""
        return shown(name) if is_url(name) else self.called(name)

    def _from_elsewhere(self, url: str) -> str:
        if sum(1 for text in self.kept.values() if is_url(text.shown)) >= MAX_FETCHES:
            raise DocumentError(shown(url), f"{MAX_FETCHES} others were fetched before it", "Bundle the document")
        return fetched(url)

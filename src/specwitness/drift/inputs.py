"""What can be compared: a contract by its name, a folder, an OpenAPI file, a URL, a git revision. Entry point: `read`.

`upstream_of` and `served_at` return what names the upstream of a contract, and the document that a server hands out.
Whatever it is, none of the code in it is run, and a place in it is called as it was given: `main:openapi.yaml:12`.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from specwitness.contract import document, load
from specwitness.contract.fetching import is_url
from specwitness.contract.folder import Folder
from specwitness.contract.model import Contract
from specwitness.exceptions import ContractError, DocumentError, UnknownContractError

GIT_SECONDS = 30
SERVED_AT = "/openapi.json"
"""Where most servers that hand out a document have it: FastAPI and Litestar by default, and who follows them."""

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_REVISION = re.compile(r"(?P<revision>(?:[^:{]|\{[^}]*\})+):(?P<path>.*)")
"""A revision may have colons in braces (https://git-scm.com/docs/gitrevisions)."""


def read(text: str, *, specs: Path, allow_remote: bool = False, like: Contract | None = None) -> Contract:
    """Return the contract that a text names, without its code.

    That is, in this order: a URL; an OpenAPI file; the name of a contract under `specs`; a contract's folder; a file or
    folder in a git revision, as in `main:specs/pets`. `allow_remote` lets references lead out of the folder of the
    document, and to any host. `like` is what was read before, which need not be read again where the text is the same.
    Raises a ContractError that names the text, or the file and the line.
    """
    if not text:
        raise _unknown(text, specs)
    if is_url(text):
        return _from_web(text, like, open_to_all=allow_remote)
    path, revision = Path(text), _REVISION.fullmatch(text)
    try:
        if path.is_file():
            return _from_file(path, like, open_to_all=allow_remote)
        if text == path.name and load.is_contract(specs / text):
            return load.contract_in(_kept(specs / text, open_to_all=allow_remote), name=text)
        if path.is_dir():
            return load.contract_in(_kept(path, open_to_all=allow_remote), name=path.name or path.resolve().name)
    except OSError as error:
        raise DocumentError(repr(text), f"it cannot be read ({error.strerror})", "Give a file that can be") from error
    if revision is not None and not _DRIVE.match(text):
        return _from_git(revision["revision"], revision["path"], text, like, open_to_all=allow_remote)
    if path.suffix in _SUFFIXES:
        return _from_file(path, like, open_to_all=allow_remote)
    raise _unknown(text, specs)


def upstream_of(contract: Contract) -> str:
    """Return what the manifest of a contract names as its upstream; a file is one from the folder, as sources are.

    Raises DocumentError where it names none.
    """
    text = contract.manifest.upstream
    if not text:
        raise DocumentError(
            f"contract {contract.name!r}",
            "its contract.yaml names no `upstream`",
            "Add it there, or give --upstream FILE, URL or REVISION:PATH",
        )
    return str(contract.folder / text) if not is_url(text) and (contract.folder / text).is_file() else text


def served_at(url: str) -> str:
    """Return the URL of the document that a server hands out, from that or from the server's own."""
    parts = urlsplit(url)
    if PurePosixPath(parts.path).suffix in _SUFFIXES:
        return url
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + SERVED_AT, fragment=""))


def _unknown(text: str, specs: Path) -> UnknownContractError:
    try:
        hint = f"Known contracts: {', '.join(folder.name for folder in load.find(specs))}"
    except ContractError as error:
        hint = f"No contract is known by its name ({error.thing}: {error.fault})"
    return UnknownContractError(
        repr(text), "it is no contract, no file or folder, no URL, and no REVISION:PATH of git", hint
    )


# --- Files ----------------------------------------------------------------------------------------------------------


def _from_file(path: Path, like: Contract | None, *, open_to_all: bool) -> Contract:
    return load.contract_of(_kept(path.parent, open_to_all=open_to_all), path.name, name=path.stem, like=like)


def _kept(path: Path, *, open_to_all: bool) -> Folder:
    """Return a folder whose files are called by the path that was given, not by where they are from here."""
    return Folder.on(path, keeps=True, open_to_all=open_to_all)


# --- A web server ---------------------------------------------------------------------------------------------------


def _from_web(url: str, like: Contract | None, *, open_to_all: bool) -> Contract:
    folder, name = Folder.behind(url, open_to_all=open_to_all)
    return load.contract_of(folder, name, name=PurePosixPath(name).stem or "openapi", like=like)


# --- A git revision -------------------------------------------------------------------------------------------------


def _from_git(revision: str, path: str, text: str, like: Contract | None, *, open_to_all: bool) -> Contract:
    found = _object(text)
    if found is None:
        if _object(f"{revision}^{{commit}}", error_names=text) is None:
            raise DocumentError(text, f"git knows no revision {revision!r}", "Correct it, or fetch it first")
        hint = "Give the path from the root of the repository; one that begins with ./ is from here"
        raise DocumentError(text, f"{path!r} is not in that revision", hint)
    place = PurePosixPath(path)
    if found.kind == "tree":
        return load.contract_in(_in_git(revision, path, open_to_all=open_to_all), name=place.name or "openapi")
    folder = path.removesuffix(place.name)
    return load.contract_of(_in_git(revision, folder, open_to_all=open_to_all), place.name, name=place.stem, like=like)


def _in_git(revision: str, folder: str, *, open_to_all: bool) -> Folder:
    from_here = PurePosixPath(folder + "/x").parts[0] == ".." or folder.startswith("./") or folder == "."

    def called(file: str) -> str:
        path = posixpath.normpath(posixpath.join(folder, file))
        # What makes a path one from here, not from the root of the repository, is lost by that.
        return f"{revision}:{'./' if from_here and not path.startswith('../') else ''}{path}"

    return Folder(
        path=Path(f"{revision}:{folder}"),
        retrieve=lambda file: _text(called(file)),
        called=called,
        leads_out=lambda file: _object(called(file)) != _object(called(file), links=False),
        open_to_all=open_to_all,
    )


@dataclass(frozen=True)
class _Object:
    """What git has under a name."""

    digest: str
    kind: str
    size: int


def _text(name: str) -> str | None:
    """Return the text of a file in a revision, or None where there is none."""
    found = _object(name)
    if found is None or found.kind != "blob":
        return None
    if found.size > document.MAX_BYTES:
        raise document.too_large(name)
    content = _git("--batch", asked=found.digest, error_names=name).partition(b"\n")[2][: found.size]
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(name, f"it cannot be read ({error})", "Give a text file in UTF-8") from error


def _object(name: str, *, links: bool = True, error_names: str = "") -> _Object | None:
    """Return what git has under a name, with links within the repository followed or not; None where it has nothing."""
    if not name.isprintable():
        raise DocumentError(repr(name), "it is no name of a file", "Give one of printable characters")
    options = ("--batch-check", *(("--follow-symlinks",) if links else ()))
    answer = _git(*options, asked=name, error_names=error_names or name).decode("utf-8", "replace")
    found = re.fullmatch(r"(?P<digest>[0-9a-f]{40,64}) (?P<kind>\w+) (?P<size>\d+)\n", answer)
    return _Object(found["digest"], found["kind"], int(found["size"])) if found else None


def _git(*options: str, asked: str, error_names: str) -> bytes:
    """Return what `git cat-file` answers; what is asked goes to its input, where nothing is an option."""
    try:
        done = subprocess.run(  # noqa: S603 - no part of the command comes from outside
            ["git", "cat-file", *options],  # noqa: S607 - git is where the user has it
            input=f"{asked}\n".encode(),
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        )
    except FileNotFoundError:
        raise DocumentError(error_names, "it is no file, and there is no git", "Correct it, or install git") from None
    except subprocess.TimeoutExpired:
        raise DocumentError(error_names, f"git took longer than {GIT_SECONDS} seconds", "Try again") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise DocumentError(
            error_names,
            f"it is no file, and git finds no revision ({said})",
            "Run inside the repository, or give a file",
        )
    return done.stdout

"""From a folder under `specs/` to a `Contract`. Entry points: `find`, `load`.

`plain` and `contract_in` read one without running what is code in it: that of others may be read, but not run.
`later` is the same contract with the version of the document with which a hand-written fault is to be found, `vendored`
with the document as it came.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

from specwitness.contract import document, lifecycle, opening, overlay, places, pointers, waiver_file
from specwitness.contract.checking import Check, Workflow
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.folder import Folder
from specwitness.contract.model import (
    Contract,
    Manifest,
    Policy,
    SecurityScheme,
    SourceFile,
    Variable,
    Waiver,
)
from specwitness.contract.operations import misshapen, operations_of
from specwitness.exceptions import (
    BrokenReferenceError,
    ChecksError,
    ContractError,
    DocumentError,
    UnknownContractError,
)
from specwitness.findings import Json, Level

DOCUMENT_NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")
MANIFEST_NAME = "contract.yaml"
OVERLAY_NAME = "overlay.yaml"
WAIVERS_NAME = "waivers.yaml"


def find(specs: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return the folders of the contracts under `specs`, all of them or those of the given names.

    Raises UnknownContractError for a name without a folder, and ContractError where there is no contract at all.
    """
    if not specs.is_dir():
        raise ContractError(
            str(specs), "there is no such folder", "Run from the folder that holds `specs/`, or give --specs DIR"
        )
    known = {folder.name: folder for folder in sorted(specs.iterdir()) if is_contract(folder)}
    if not known:
        raise ContractError(
            str(specs),
            "it holds no contract",
            "Make one with `specwitness init NAME --from FILE`",
        )
    for name in names:
        if name not in known:
            raise UnknownContractError(
                f"contract {name!r}",
                f"there is no folder {specs / name} with an OpenAPI file",
                f"Known contracts: {', '.join(known)}",
            )
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def is_contract(folder: Path) -> bool:
    """Say whether a folder is that of a contract."""
    return folder.is_dir() and any((folder / name).is_file() for name in (*DOCUMENT_NAMES, MANIFEST_NAME))


def load(path: Path) -> Contract:
    """Read one contract: its folder, or an OpenAPI file, which is then all there is to it.

    Only the OpenAPI document is required; raises a ContractError that names the file at fault.
    """
    contract = plain(path)
    if not path.is_dir():
        return contract
    checks, faults = _members(path / "checks.py"), _members(path / "faults.py")
    contract = replace(
        contract,
        checks=tuple(value for value in checks if isinstance(value, Check)),
        workflows=tuple(value for value in checks if isinstance(value, Workflow)),
        faults=tuple(value for value in faults if isinstance(value, WrittenFault)),
        lifecycles=tuple(
            lifecycle.read(path / "lifecycle.yaml", contract.effective.document, contract.operations),
        ),
    )
    _require_checks(contract, path / "faults.py")
    for fault in contract.faults:
        later(contract, fault)
    return contract


def plain(path: Path, *, open_to_all: bool = False) -> Contract:
    """Read one contract as `load` does, but its document, overlay, manifest and waivers alone: none of its code is run.

    `open_to_all` lets references lead out of the folder, and to any host. Raises a ContractError.
    """
    if not path.is_dir():
        return contract_of(Folder.on(path.parent, open_to_all=open_to_all), path.name, name=path.stem)
    # `.` has no name of its own.
    return contract_in(Folder.on(path, open_to_all=open_to_all), name=path.name or path.resolve().name)


def contract_in(folder: Folder, *, name: str) -> Contract:
    """Return the contract in a folder, wherever that is, without its code. Raises a ContractError."""
    manifest = _manifest(folder, name)
    contract = _contract(folder, manifest.document, manifest, name=name, overlay_name=OVERLAY_NAME)
    return replace(contract, waivers=_waivers(folder))


def contract_of(folder: Folder, file: str, *, name: str, like: Contract | None = None) -> Contract:
    """Return the contract that an OpenAPI file in a folder is by itself. Raises a ContractError.

    Where the file has the text of `like`, one that was read before, it is not read again.
    """
    if (
        like is not None
        and like.overlay_path is None
        and [text.text for text in like.texts.values()] == [folder.text(file)]
    ):
        path = folder.path / file
        one = replace(like, name=name, folder=folder.path, document_path=path, texts=folder.kept)
        return replace(one, manifest=Manifest(title=name), waivers=())
    return _contract(folder, file, Manifest(title=name), name=name)


def later(contract: Contract, fault: WrittenFault) -> Contract:
    """Return the contract with the version of its document with which the suite has to find a fault.

    All that stands beside the document stays. Raises OverlayError for a place that the document does not have: then it
    says less already, and the fault has to be thought of anew.
    """
    if not fault.overlay:
        return contract
    name = f"{contract.folder / 'faults.py'}, the fault {fault.name}"
    changed = overlay.applied(contract.document, {"overlay": "1.0.0", "actions": [*fault.overlay]}, name=name)
    # What the actions wrote stands in no file.
    return _described(replace(contract, effective=replace(contract.effective, document=changed.document)))


def vendored(contract: Contract) -> Contract:
    """Return a contract with its vendored document as it came: without our corrections."""
    original = overlay.Applied(contract.effective.original, (), contract.effective.original)
    return _described(replace(contract, effective=original, overlay_path=None))


def _contract(folder: Folder, file: str, manifest: Manifest, *, name: str, overlay_name: str | None = None) -> Contract:
    opened = opening.opened(folder, file)
    whole = opened.document
    corrections = folder.text(overlay_name) if overlay_name else None
    effective = overlay.Applied(whole, (), whole)
    if overlay_name and corrections is not None:
        shown = folder.shown(overlay_name)
        effective = overlay.applied(whole, document.parse(corrections, name=shown), name=shown)
    return _described(
        Contract(
            name=name,
            folder=folder.path,
            document_path=folder.path / file,
            overlay_path=folder.path / overlay_name if overlay_name and corrections is not None else None,
            effective=effective,
            manifest=manifest,
            operations=(),
            security_schemes={},
            texts=folder.kept,
            origins=opened.origins,
        ),
        # Most documents are one file without corrections, and large ones take their time.
        opened.references if effective.document is whole else None,
    )


def _described(contract: Contract, references: Sequence[tuple[str, str]] | None = None) -> Contract:
    """Return a contract with the operations and security schemes of its document, whose references all lead somewhere.

    `references` are those of the document where they are known.
    """
    references = tuple(pointers.references(contract.document)) if references is None else references
    _require_references(contract, references)
    operations = tuple(operations_of(contract.document, spot=lambda pointer: places.spot(contract, pointer)))
    try:
        schemes = {scheme.name: scheme for scheme in _security_schemes(contract.document)}
    except (AttributeError, TypeError, ValueError) as error:
        raise misshapen(places.spot(contract, "/components/securitySchemes"), error) from error
    return replace(contract, operations=operations, security_schemes=schemes, references=references)


def _require_references(contract: Contract, references: Iterable[tuple[str, str]]) -> None:
    good: set[str] = set()
    for at, reference in references:
        if reference in good:
            continue
        try:
            pointers.followed(contract.document, at, {"$ref": reference})
        except BrokenReferenceError as error:
            spot = places.spot(contract, pointers.join(at, "$ref"))
            raise replace(error, thing=f"{spot}, $ref {reference!r}") from None
        good.add(reference)


def _require_checks(contract: Contract, path: Path) -> None:
    """Refuse a hand-written fault that breaks a check or touches an operation that there is not."""
    rules = {check.rule for check in contract.checks}
    for fault in contract.faults:
        for what, named, known in (
            ("breaks the check", fault.breaks, rules),
            ("is about the operation", fault.operations, {operation.key for operation in contract.operations}),
        ):
            unknown = sorted(set(named) - known)
            if unknown:
                raise ChecksError(
                    str(path),
                    f"the fault {fault.name} {what} {unknown[0]!r}, which the contract does not have",
                    f"Known are {', '.join(sorted(known)) or 'none'}",
                )


def _manifest(folder: Folder, name: str) -> Manifest:
    text, shown = folder.text(MANIFEST_NAME), folder.shown(MANIFEST_NAME)
    default = next((document for document in DOCUMENT_NAMES if folder.text(document) is not None), DOCUMENT_NAMES[0])
    if text is None:
        return Manifest(title=name, document=default)
    data = _mapping(document.parse(text, name=shown), shown)
    allowed = {
        *("title", "document", "credentials", "parameters", "unknown_id", "volatile", "secrets", "sources"),
        *("policy", "levels", "upstream"),
    }
    for key in data:
        if key not in allowed:
            raise DocumentError(shown, f"unknown key {key!r}", f"Known keys: {', '.join(sorted(allowed))}")
    unknown = data.get("unknown_id")
    return Manifest(
        title=str(data.get("title", name)),
        document=str(data.get("document", default)),
        credentials=_variables(data.get("credentials", {}), shown, "credentials"),
        parameters=_variables(data.get("parameters", {}), shown, "parameters"),
        unknown_id=_variable("unknown_id", unknown, shown) if unknown is not None else None,
        volatile=frozenset(_strings(data.get("volatile", []), shown, "volatile")),
        secrets=frozenset(_strings(data.get("secrets", []), shown, "secrets")),
        sources=tuple(_source_file(item, shown) for item in data.get("sources", [])),
        policy=_policy(data.get("policy", Policy.STRICT), shown),
        levels=_levels(data.get("levels", {}), shown),
        upstream=_upstream(data["upstream"], shown) if "upstream" in data else "",
    )


def _upstream(value: Json, shown: str) -> str:
    if not isinstance(value, str) or not value:
        raise DocumentError(shown, "`upstream` names nothing", "Write `upstream:` and a file, a URL or REVISION:PATH")
    return value


def _policy(value: Json, shown: str) -> Policy:
    if value not in [*Policy]:
        raise DocumentError(shown, f"unknown policy {value!r}", f"Known policies: {', '.join(Policy)}")
    return Policy(value)


def _levels(data: Json, shown: str) -> Mapping[str, Level | None]:
    if not isinstance(data, dict):
        raise DocumentError(shown, "`levels` is not a mapping", "Write `RULE: LEVEL`, as in `response-enum: warning`")
    known: dict[Json, Level | None] = {level.value: level for level in Level} | {"off": None}
    for rule, level in data.items():
        if not isinstance(level, str) or level not in known:
            raise DocumentError(shown, f"unknown level {level!r} of {rule!r}", f"Known levels: {', '.join(known)}")
    return {rule: known[level] for rule, level in data.items()}


def _variables(data: Json, shown: str, key: str) -> Mapping[str, Variable]:
    if not isinstance(data, dict):
        raise DocumentError(shown, f"`{key}` is not a mapping", "Write `NAME: {env: VARIABLE}`")
    return {name: _variable(name, value, shown) for name, value in data.items()}


def _variable(name: str, value: Json, shown: str) -> Variable:
    if not isinstance(value, dict) or not isinstance(value.get("env"), str):
        raise DocumentError(shown, f"{name!r} names no environment variable", f"Write `{name}: {{env: VARIABLE}}`")
    return Variable(name, value["env"], bool(value.get("optional", False)))


def _strings(data: Json, shown: str, key: str) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise DocumentError(shown, f"`{key}` is not a list of names", f"Write `{key}: [name, name]`")
    return data


def _source_file(item: Json, shown: str) -> SourceFile:
    data = _mapping(item, shown)
    missing = [key for key in ("file", "title", "kind", "sha256") if not isinstance(data.get(key), str)]
    if missing:
        raise DocumentError(shown, f"a source lacks {', '.join(missing)}", "Give file, title, kind and sha256")
    return SourceFile(
        file=data["file"],
        title=data["title"],
        kind=data["kind"],
        sha256=data["sha256"],
        origin=str(data.get("origin", "")),
        vendored=bool(data.get("vendored", False)),
    )


def _waivers(folder: Folder) -> tuple[Waiver, ...]:
    text = folder.text(WAIVERS_NAME)
    return () if text is None else waiver_file.read(text, name=folder.shown(WAIVERS_NAME))


def _mapping(data: Json, shown: str) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise DocumentError(shown, "a mapping was expected there", "See specs/intuned for an example")
    return data


def _security_schemes(data: Json) -> Iterator[SecurityScheme]:
    for name in data.get("components", {}).get("securitySchemes", {}):
        scheme = pointers.get(data, pointers.resolved(data, pointers.join("/components/securitySchemes", name)))
        kind = str(scheme.get("type"))
        if kind == "apiKey":
            yield SecurityScheme(name, kind, str(scheme.get("in")), str(scheme.get("name")))
        elif kind == "http":
            yield SecurityScheme(name, kind, "header", str(scheme.get("scheme", "bearer")).lower())
        else:
            # OAuth 2 and OpenID Connect both end in a bearer token; how it was got is not the suite's business.
            yield SecurityScheme(name, "http", "header", "bearer")


class _FromSource(SourceFileLoader):
    """Compiles a module each time: compiled ones are told apart by the second and left in the user's folder."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - what importlib calls
        return self.source_to_code(self.get_data(self.path), self.path)


def _members(path: Path) -> tuple[object, ...]:
    """Return what a module of the contract defines; nothing where there is no such file."""
    if not path.is_file():
        return ()
    name = f"specwitness_{path.stem}_{re.sub(r'[^0-9A-Za-z_]', '_', path.parent.name)}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_FromSource(name, str(path)))
    if spec is None or spec.loader is None:
        raise ChecksError(str(path), "it is no Python module", "Write Python functions in it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        line = _line_in(error, path)
        raise ChecksError(
            f"{path}{f', line {line}' if line else ''}",
            f"it cannot be imported ({type(error).__name__}: {error})",
            "Correct it; `python -m py_compile` and a test of your own help",
        ) from error
    return tuple(vars(module).values())


def _line_in(error: BaseException, path: Path) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line

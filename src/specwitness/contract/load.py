"""From a folder under `specs/` to a `Contract`. Entry points: `find`, `load`."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from specwitness.contract import document, lifecycle, overlay, pointers
from specwitness.contract.checking import Check, Workflow
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.model import (
    Contract,
    Manifest,
    SecurityScheme,
    SourceFile,
    Variable,
    Waiver,
)
from specwitness.contract.operations import operations_of
from specwitness.exceptions import ChecksError, ContractError, DocumentError, UnknownContractError
from specwitness.findings import Json

DOCUMENT_NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")
MANIFEST_NAME = "contract.yaml"


def find(specs: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return the folders of the contracts under `specs`, all of them or those of the given names.

    Raises UnknownContractError for a name without a folder, and ContractError where there is no contract at all.
    """
    if not specs.is_dir():
        raise ContractError(
            str(specs), "there is no such folder", "Run from the folder that holds `specs/`, or give --specs DIR"
        )
    known = {folder.name: folder for folder in sorted(specs.iterdir()) if _is_contract(folder)}
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


def _is_contract(folder: Path) -> bool:
    return folder.is_dir() and any((folder / name).is_file() for name in (*DOCUMENT_NAMES, MANIFEST_NAME))


def load(path: Path) -> Contract:
    """Read one contract: its folder, or an OpenAPI file, which is then all there is to it.

    Only the OpenAPI document is required; raises a ContractError that names the file at fault.
    """
    if not path.is_dir():
        return _contract(path.stem, path.parent, path, Manifest(title=path.stem))
    manifest = _manifest(path)
    contract = _contract(path.name, path, path / manifest.document, manifest, overlay_path=path / "overlay.yaml")
    checks, faults = _members(path / "checks.py"), _members(path / "faults.py")
    contract = replace(
        contract,
        checks=tuple(value for value in checks if isinstance(value, Check)),
        workflows=tuple(value for value in checks if isinstance(value, Workflow)),
        faults=tuple(value for value in faults if isinstance(value, WrittenFault)),
        waivers=tuple(_waivers(path / "waivers.yaml")),
        lifecycles=tuple(
            lifecycle.read(path / "lifecycle.yaml", contract.effective.document, contract.operations),
        ),
    )
    _require_checks(contract, path / "faults.py")
    return contract


def _contract(
    name: str, folder: Path, document_path: Path, manifest: Manifest, *, overlay_path: Path | None = None
) -> Contract:
    vendored = document.read(document_path)
    _require_openapi(vendored, document_path)
    effective = overlay.Applied(vendored, ())
    if overlay_path is not None and overlay_path.is_file():
        effective = overlay.applied(vendored, document.read(overlay_path), name=str(overlay_path))
    for at, _reference in pointers.references(effective.document):
        pointers.resolved(effective.document, at)
    try:
        operations = tuple(operations_of(effective.document, name=str(document_path)))
        schemes = {scheme.name: scheme for scheme in _security_schemes(effective.document)}
    except (AttributeError, TypeError, ValueError) as error:
        fault = f"a part of it is not of the type that OpenAPI says ({error})"
        raise DocumentError(str(document_path), fault, "Correct it; an OpenAPI linter names the place") from error
    return Contract(
        name=name,
        folder=folder,
        document_path=document_path,
        overlay_path=overlay_path if overlay_path is not None and overlay_path.is_file() else None,
        effective=effective,
        manifest=manifest,
        operations=operations,
        security_schemes=schemes,
    )


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


def _require_openapi(data: Json, path: Path) -> None:
    version = data.get("openapi") if isinstance(data, dict) else None
    if isinstance(data, dict) and "swagger" in data:
        raise DocumentError(
            str(path), "it is Swagger 2.0", "Convert it to OpenAPI 3 first, for example with swagger2openapi"
        )
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+", version):
        raise DocumentError(str(path), "it is not an OpenAPI 3.0 or 3.1 document", "Start it with `openapi: 3.1.0`")
    if not isinstance(data.get("paths"), dict):
        raise DocumentError(str(path), "it has no `paths`", "Describe at least one operation")


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST_NAME
    default = next((name for name in DOCUMENT_NAMES if (folder / name).is_file()), DOCUMENT_NAMES[0])
    if not path.is_file():
        return Manifest(title=folder.name, document=default)
    data = _mapping(document.read(path), path)
    allowed = {"title", "document", "credentials", "parameters", "unknown_id", "volatile", "secrets", "sources"}
    for key in data:
        if key not in allowed:
            raise DocumentError(str(path), f"unknown key {key!r}", f"Known keys: {', '.join(sorted(allowed))}")
    unknown = data.get("unknown_id")
    return Manifest(
        title=str(data.get("title", folder.name)),
        document=str(data.get("document", default)),
        credentials=_variables(data.get("credentials", {}), path, "credentials"),
        parameters=_variables(data.get("parameters", {}), path, "parameters"),
        unknown_id=_variable("unknown_id", unknown, path) if unknown is not None else None,
        volatile=frozenset(_strings(data.get("volatile", []), path, "volatile")),
        secrets=frozenset(_strings(data.get("secrets", []), path, "secrets")),
        sources=tuple(_source_file(item, path) for item in data.get("sources", [])),
    )


def _variables(data: Json, path: Path, key: str) -> Mapping[str, Variable]:
    if not isinstance(data, dict):
        raise DocumentError(str(path), f"`{key}` is not a mapping", "Write `NAME: {env: VARIABLE}`")
    return {name: _variable(name, value, path) for name, value in data.items()}


def _variable(name: str, value: Json, path: Path) -> Variable:
    if not isinstance(value, dict) or not isinstance(value.get("env"), str):
        raise DocumentError(str(path), f"{name!r} names no environment variable", f"Write `{name}: {{env: VARIABLE}}`")
    return Variable(name, value["env"], bool(value.get("optional", False)))


def _strings(data: Json, path: Path, key: str) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise DocumentError(str(path), f"`{key}` is not a list of names", f"Write `{key}: [name, name]`")
    return data


def _source_file(item: Json, path: Path) -> SourceFile:
    data = _mapping(item, path)
    missing = [key for key in ("file", "title", "kind", "sha256") if not isinstance(data.get(key), str)]
    if missing:
        raise DocumentError(str(path), f"a source lacks {', '.join(missing)}", "Give file, title, kind and sha256")
    return SourceFile(
        file=data["file"],
        title=data["title"],
        kind=data["kind"],
        sha256=data["sha256"],
        origin=str(data.get("origin", "")),
        vendored=bool(data.get("vendored", False)),
    )


def _waivers(path: Path) -> Iterator[Waiver]:
    if not path.is_file():
        return
    data = document.read(path)
    items = data.get("waivers") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise DocumentError(str(path), "it has no list `waivers`", "Write `waivers:` and one item per accepted finding")
    for index, item in enumerate(items):
        where = f"{path}, waiver {index + 1}"
        entry = _mapping(item, Path(where))
        missing = [key for key in ("fingerprint", "reason", "expires") if not entry.get(key)]
        if missing:
            raise DocumentError(where, f"it lacks {', '.join(missing)}", "Give fingerprint, reason and expires")
        try:
            expires = dt.date.fromisoformat(str(entry["expires"]))
        except ValueError:
            raise DocumentError(where, f"expires {entry['expires']!r} is no date", "Write YYYY-MM-DD") from None
        yield Waiver(
            fingerprint=str(entry["fingerprint"]),
            reason=str(entry["reason"]),
            expires=expires,
            owner=str(entry.get("owner", "")),
            line=document.line_of(path, f"/waivers/{index}"),
        )


def _mapping(data: Json, path: Path) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise DocumentError(str(path), "a mapping was expected there", "See specs/intuned for an example")
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


def _members(path: Path) -> tuple[object, ...]:
    """Return what a module of the contract defines; nothing where there is no such file."""
    if not path.is_file():
        return ()
    name = f"specwitness_{path.stem}_{re.sub(r'[^0-9A-Za-z_]', '_', path.parent.name)}"
    spec = importlib.util.spec_from_file_location(name, path)
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

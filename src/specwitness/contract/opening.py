"""A document of any version that is known, as one of OpenAPI 3 that refers to itself alone. Entry point: `opened`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from specwitness.contract import bundling, document, identifiers, pointers, swagger
from specwitness.contract.dialect import is_3_0
from specwitness.contract.folder import Folder
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

_INSTEAD_OF_PATHS = frozenset({"components", "webhooks"})


@dataclass(frozen=True)
class Opened:
    """A document; its references, where they are still those of its file; and where a converted one is said in that."""

    document: Json
    references: tuple[tuple[str, str], ...] | None
    origins: Mapping[str, str] = field(default_factory=dict)


def opened(folder: Folder, file: str) -> Opened:
    """Read a document from a folder, and take in what it refers to in other files.

    Raises DocumentError for a document of another version or form, and BrokenReferenceError.
    """
    whole = folder.data(file)
    _require_openapi(whole, folder, file)
    whole = {"paths": {}} | whole  # what says nothing of them has none, and nobody else need ask
    read = tuple(pointers.references(whole))
    dynamic = not is_3_0(whole) and "$dynamicRef" in (folder.text(file) or "")
    plain = identifiers.as_pointers(whole, read, dynamic=dynamic)
    references = read if plain is whole else tuple(pointers.references(plain))
    whole = plain
    taken_in = bundling.is_external(references)
    if taken_in:
        whole = bundling.bundled(whole, folder, name=file)
    if swagger.is_swagger(whole):
        laid = swagger.opened(whole, folder, file=file)
        return Opened(laid.document, None, laid.origins)
    return Opened(whole, None if taken_in else references)


def _require_openapi(data: Json, folder: Folder, file: str) -> None:
    def fault(key: str, fault: str, hint: str) -> DocumentError:
        line = document.line_in(folder.text(file) or "", pointers.join("", key)) if key in data else None
        return DocumentError(folder.shown(file) + (f", line {line}" if line else ""), fault, hint)

    if not isinstance(data, dict):
        data = {}
    if "swagger" in data and not swagger.is_swagger(data):
        words = f"it is Swagger {data['swagger']}, of which only 2.0 can be read"
        raise fault("swagger", words, "Convert it to OpenAPI 3 first")
    version = data.get("openapi")
    if "swagger" not in data and (not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+", version)):
        raise fault("openapi", "it is not an OpenAPI 3.0 or 3.1 document", "Start it with `openapi: 3.1.0`")
    # OpenAPI 3.1, OpenAPI Object: it has at least one of the three.
    if str(version).startswith("3.1") and "paths" not in data and not _INSTEAD_OF_PATHS.isdisjoint(data):
        return
    if not isinstance(data.get("paths"), dict):
        raise fault("paths", "it has no `paths`", "Describe at least one operation")

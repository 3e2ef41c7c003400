"""A Swagger 2.0 document as one of OpenAPI 3.0.3, so that nothing behind it has to know of 2.0. Entry point: `opened`.

What they are: https://swagger.io/specification/v2/ and https://spec.openapis.org/oas/v3.0.3. `schemas`, `parameters`,
`bodies`, `responses` and `around` say what an object of 2.0 is in 3.0; `converting` goes through the document, and
`laying` remembers of each place where 2.0 says it, so that a finding points at what its author wrote.
"""

from __future__ import annotations

from specwitness.contract import bundling, document, pointers
from specwitness.contract.folder import Folder
from specwitness.contract.swagger.converting import converted
from specwitness.contract.swagger.laying import Laid
from specwitness.exceptions import BrokenReferenceError
from specwitness.findings import Json


def is_swagger(data: Json) -> bool:
    """Say whether a document is Swagger 2.0; in YAML the version is often a number."""
    return isinstance(data, dict) and data.get("swagger") in ("2.0", 2.0)


def opened(whole: Json, folder: Folder, *, file: str) -> Laid:
    """Return a document that refers to itself alone, as it was read from a file of a folder, as one of OpenAPI 3.0.3.

    Raises BrokenReferenceError for a reference that leads nowhere, and DocumentError for what no 2.0 document says.
    """

    def spot(pointer: str) -> str:
        name, at = bundling.origin(pointer) or (file, pointer)
        line = document.line_in(folder.text(name) or "", at)
        return folder.shown(name) + (f", line {line}" if line else "")

    for at, reference in pointers.references(whole):
        try:
            pointers.followed(whole, at, {"$ref": reference})
        except BrokenReferenceError as error:
            thing = f"{spot(pointers.join(at, '$ref'))}, $ref {reference!r}"
            raise BrokenReferenceError(thing, error.fault, error.hint) from None
    return converted(whole, spot=spot)

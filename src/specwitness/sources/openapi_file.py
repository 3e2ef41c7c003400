"""A whole OpenAPI document, as a file or as a server hands it out."""

from __future__ import annotations

from specwitness.findings import Json
from specwitness.sources.description import Description
from specwitness.sources.page import Page


def read_openapi(page: Page) -> Description:
    """Read a whole OpenAPI 3 document, which is silent about nothing."""
    return Description(openapi_document(page, page.text))


def openapi_document(page: Page, text: str) -> dict[str, Json]:
    """Return a text on the page as an OpenAPI 3 document with paths; raises SourceError."""
    document = page.data(text)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise page.lacks("`openapi: 3.x` at the top", "openapi")
    paths = document.get("paths")
    if not isinstance(paths, dict) or not all(isinstance(item, dict) for item in paths.values()):
        raise page.lacks("object of path items under `paths`", "openapi")
    return document

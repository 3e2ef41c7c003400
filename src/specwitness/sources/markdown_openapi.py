"""A documentation page in Markdown that holds a fragment of an OpenAPI document in a fence.

Such a page shows one operation. The fence is opened by the format, the method and the path, and the fragment inside is
cut from a larger document: it has the one path, and of the components only those the operation needs.
"""

from __future__ import annotations

from specwitness.contract import pointers
from specwitness.findings import Json
from specwitness.sources import markdown
from specwitness.sources.description import Description
from specwitness.sources.openapi_file import openapi_document
from specwitness.sources.page import Page

_FORMATS = frozenset({"yaml", "yml", "json"})
_METHOD_AND_PATH = 2


def read_markdown_openapi(page: Page) -> Description:
    """Read the OpenAPI fragment of a page."""
    fences = _fences(page.text)
    if len(fences) != 1:
        raise page.lacks("single yaml or json fence under a heading `OpenAPI`", "markdown-openapi")
    document = openapi_document(page, fences[0].text)
    _require_announced(page, fences[0].info, document)
    return Description(document, _silent(document))


def fragment_in(text: str) -> str:
    """Return the text of the fragment on a page, empty where it has none."""
    return next((block.text for block in _fences(text)), "")


def _fences(text: str) -> list[markdown.Block]:
    page = markdown.blocks(text.replace("\r\n", "\n"))
    return [block for block in markdown.section(page, "OpenAPI") if _is_fragment(block)]


def _is_fragment(block: markdown.Block) -> bool:
    return block.kind is markdown.Kind.FENCE and block.info.partition(" ")[0].lower() in _FORMATS


def _require_announced(page: Page, info: str, document: Json) -> None:
    """Refuse a fragment without the operation that its fence announces: the two were edited apart."""
    announced = info.split()[1:]
    if len(announced) != _METHOD_AND_PATH:
        return
    method, path = announced[0].lower(), announced[1]
    if method not in document["paths"].get(path, {}):
        raise page.fault(
            f"the fence announces {method.upper()} {path}, which its fragment does not have",
            "Fetch the page again, or correct the fence",
        )


def _silent(document: dict[str, Json]) -> frozenset[str]:
    """The fragment leaves out other operations, and whatever only they need."""
    components = document.get("components")
    sections = components if isinstance(components, dict) else {}
    places = [pointers.join("/paths", path) for path in document["paths"]]
    places += [pointers.join("/components", name) for name, members in sections.items() if isinstance(members, dict)]
    return frozenset({"", "/paths", *places}) | (frozenset({"/components"}) if sections else frozenset())

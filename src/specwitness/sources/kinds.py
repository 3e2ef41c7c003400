"""Every kind of source, with its reader."""

from __future__ import annotations

from collections.abc import Callable

from specwitness.exceptions import SourceError
from specwitness.sources.description import Description
from specwitness.sources.markdown_openapi import read_markdown_openapi
from specwitness.sources.mdx_page import read_mdx_page
from specwitness.sources.openapi_file import read_openapi
from specwitness.sources.page import MAX_CHARACTERS, Page
from specwitness.sources.rendered_page import read_rendered_page
from specwitness.sources.sdk_model_page import read_sdk_model_page

Reader = Callable[[Page], Description]

KINDS: dict[str, Reader] = {
    "openapi": read_openapi,
    "markdown-openapi": read_markdown_openapi,
    "rendered-page": read_rendered_page,
    "sdk-model-page": read_sdk_model_page,
    "mdx-page": read_mdx_page,
}


def read(text: str, kind: str, *, name: str = "the source") -> Description:
    """Return what a text says of an API; `name` is what an error calls it.

    Raises SourceError for an unknown kind, and for a text that is not laid out as its kind is.
    """
    reader = KINDS.get(kind)
    if reader is None:
        raise SourceError(name, f"there is no reader for the kind {kind!r}", f"Use one of {', '.join(KINDS)}")
    if kind != "openapi" and len(text) > MAX_CHARACTERS:
        raise SourceError(name, f"it has more than {MAX_CHARACTERS} characters", "Give one page, not a whole site")
    return reader(Page(text.replace("\r\n", "\n"), name))

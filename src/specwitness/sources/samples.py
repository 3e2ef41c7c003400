"""The method, server and path of an operation, from code samples that call it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from specwitness.sources.markdown import Block
from specwitness.sources.page import Page

_URL = re.compile(r"""https?://[^\s"'`<>\\]{1,2000}""")
_CALL = re.compile(r"\.(get|put|post|delete|options|head|patch)\(")


def request_line(page: Page, samples: list[Block], names: Mapping[str, frozenset[str]]) -> tuple[str, str, str]:
    """Return server, path and method in lower case.

    `names` are the path parameters, each with the values that stand for it in a URL without braces. The first sample
    with a URL that has them all is taken. Raises SourceError if there is none.
    """
    for sample in samples:
        for url in _urls(sample.text):
            path = _templated(url.path, names)
            if all(f"{{{name}}}" in path for name in names):
                return f"{url.scheme}://{url.netloc}", path or "/", _method(sample.text)
    wanted = f" with {', '.join(f'{{{name}}}' for name in names)}" if names else ""
    raise page.lacks(f"request example whose URL is complete{wanted}", "mdx-page")


def _urls(text: str) -> Iterator[SplitResult]:
    for match in _URL.finditer(text):
        try:
            yield urlsplit(match.group())
        except ValueError:
            continue


def _templated(path: str, names: Mapping[str, frozenset[str]]) -> str:
    segments = path.split("/")
    for name, values in names.items():
        segments = [f"{{{name}}}" if segment in values else segment for segment in segments]
    return "/".join(segments)


def _method(sample: str) -> str:
    """Return the method a sample uses: that of a curl command, else that of a call such as `client.post(`."""
    words = sample.split()
    if "curl" in words:
        for option in ("-X", "--request"):
            if option in words[:-1]:
                return words[words.index(option) + 1].strip("'\"").lower()
        return "post" if any(word in {"-d", "--data", "--json"} for word in words) else "get"
    call = _CALL.search(sample)
    return call.group(1) if call else "get"

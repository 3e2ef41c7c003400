"""Where on a source's page a person finds what was read from it. Entry point: `line_of`.

Of an OpenAPI document, or a fragment of one, every place has its line. The other pages are prose: there a place is
looked for as its page writes it, first where it is described, then where an example shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from specwitness.contract import document, pointers
from specwitness.findings import Json
from specwitness.sources.markdown_openapi import fragment_in


def line_of(text: str, kind: str, described: Json, pointer: str) -> int | None:
    """Return the 1-based line of a source's text that says what stands at a pointer into what was read from it.

    That of the nearest place around it, where it has none itself, or of the first thing in it; None where none was
    found. `described` is the document that was read.
    """
    line = _line_of(text, kind, described, pointer)
    inside = pointers.look(described, pointer)
    if line is None and isinstance(inside, dict | list) and inside:
        first = next(iter(inside)) if isinstance(inside, dict) else 0
        return _line_of(text, kind, described, pointers.join(pointer, first))
    return line


def _line_of(text: str, kind: str, described: Json, pointer: str) -> int | None:
    if kind == "openapi":
        return document.line_in(text, pointer)
    if kind == "markdown-openapi":
        fragment, before = _fragment(text)
        line = document.line_in(fragment, pointer)
        return line and line + before
    written = _WRITTEN.get(kind)
    page = _Page(text.replace("\r\n", "\n"), written) if written else None
    return page.line(list(_names(described, pointer))) if page else None


@lru_cache(maxsize=8)
def _fragment(text: str) -> tuple[str, int]:
    """Return the fragment on a page, and how many lines stand before it."""
    fragment = fragment_in(text)
    return fragment, text.replace("\r\n", "\n").partition(fragment)[0].count("\n")


# --- Names on pages of prose ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """How a kind of page writes a NAME: patterns of a line, empty for what it does not name.

    `sent` and `received` are those of a described field, with the fields above it (`progress.percentage`); `shown` is
    that of a field in an example.
    """

    parameter: str
    status: str
    sent: str
    received: str
    shown: str
    model: str = ""


_IN_JSON = r'^[ \t{,]*"NAME"\s*:'
_ENTRY = r"^NAME$(?=\n(?:any|array|boolean|enum|integer|null|number|object|string|unknown)\b)"
_WRITTEN = {
    "mdx-page": _Written(
        parameter=r'^<ParamField\b.*"NAME"',
        status=r"^[ \t]*```\w+ NAME\b|^\|[ \t]*`?NAME`?[ \t]*\|",
        sent=r'^<ParamField\b.*\bbody="NAME"',
        received=r'^<ResponseField\b.*"NAME"',
        shown=_IN_JSON,
    ),
    "rendered-page": _Written(
        parameter=_ENTRY, status=r"^NAME(?: - .*)?$", sent=_ENTRY, received=_ENTRY, shown=_IN_JSON
    ),
    "sdk-model-page": _Written(
        parameter="",
        status="",
        sent=r"^\|[ \t]*`NAME`[ \t]*\|",
        received=r"^\|[ \t]*`NAME`[ \t]*\|",
        shown=r"^[ \t]*NAME:",
        model=r"^\|[ \t]*`[^`]+`[ \t]*\|[ \t]*\[[\w.]*\bNAME\]\(",
    ),
}
_FIELD_OF_A_ROW = re.compile(r"\|\s*`([^`]+)`")

_Name = tuple[str, str]
"""What a name is of (parameter, status, field or model), and the name."""
_NAMED_BELOW = {"responses": "status", "properties": "field", "schemas": "model"}


def _names(described: Json, pointer: str) -> Iterator[_Name]:
    """Yield the names on the way to a place."""
    value, above = described, ""
    for token in pointers.split(pointer):
        value = pointers.look(value, pointers.join("", token))
        if above in _NAMED_BELOW:
            yield _NAMED_BELOW[above], token
        elif above == "parameters" and isinstance(value, dict):
            yield "parameter", str(value.get("name"))
        elif above == "required" and isinstance(value, str):
            yield "field", value
        # What is a name may be any word, and is no keyword then.
        above = "" if above in _NAMED_BELOW else token


@dataclass(frozen=True)
class _Page:
    """The text of a page, and how its kind writes names."""

    text: str
    written: _Written

    def line(self, names: list[_Name]) -> int | None:
        """Return the line of the last of some names that lead to each other, or of the last that is found."""
        fields = [name for what, name in names if what == "field"]
        around = self._first(names)
        holder = next((self._holder(name) for what, name in names if what == "model"), None)
        is_sent = not any(what == "status" for what, _ in names)
        pattern = self.written.sent if is_sent else self.written.received
        found = self._field(fields, pattern, holder, around or 0) if fields else None
        at = around if found is None else found
        return None if at is None else self.text.count("\n", 0, at) + 1

    def _field(self, fields: list[str], pattern: str, holder: str | None, around: int) -> int | None:
        described = None if holder else self._search(pattern, ".".join(fields))
        if described is not None:
            return described
        # An example stands behind its status on one kind of page, and before it on another.
        chain = [holder, *fields] if holder else fields
        shown = max((self._shown(chain, start) for start in (around, 0)), key=len)
        return shown[-1] if shown else None

    def _first(self, names: Iterable[_Name]) -> int | None:
        patterns = {"parameter": self.written.parameter, "status": self.written.status}
        found = (self._search(patterns[what], name) for what, name in names if patterns.get(what))
        return next((at for at in found if at is not None), None)

    def _holder(self, model: str) -> str | None:
        """Return the field that is of a model, None for the model that the page is about."""
        at = self._search(self.written.model, model) if self.written.model else None
        row = None if at is None else _FIELD_OF_A_ROW.match(self.text, at)
        return row and row[1]

    def _shown(self, fields: list[str], start: int) -> list[int]:
        """Return where an example shows fields, each behind the one before, as far as they are found."""
        found: list[int] = []
        for field in fields:
            at = self._search(self.written.shown, field, found[-1] + 1 if found else start)
            if at is None:
                break
            found.append(at)
        return found

    def _search(self, pattern: str, name: str, start: int = 0) -> int | None:
        match = re.compile(pattern.replace("NAME", re.escape(name)), re.MULTILINE).search(self.text, start)
        return None if match is None else match.start()

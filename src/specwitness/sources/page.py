"""The text of one source, and the words in which a reader complains about it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from specwitness.contract import document
from specwitness.exceptions import DocumentError, SourceError
from specwitness.findings import Json

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 100


@dataclass(frozen=True)
class Page:
    """The text of one source; `name` is what an error calls it."""

    text: str
    name: str

    def fault(self, fault: str, hint: str) -> SourceError:
        """Return the error that says what is wrong with this page and what to do next."""
        return SourceError(self.name, fault, hint)

    def lacks(self, what: str, kind: str) -> SourceError:
        """Return the error for a page without something that every page of its kind has."""
        return self.fault(f"no {what} was found", f"Check that it is a page of the kind {kind}, or name its kind")

    def data(self, text: str) -> Json:
        """Return the data of a YAML or JSON text on this page; raises SourceError."""
        try:
            return document.parse(text, name=self.name)
        except DocumentError as error:
            raise SourceError(error.thing, error.fault, error.hint) from error

    def json(self, text: str) -> Json:
        """Return the JSON value of an example on this page; raises SourceError."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.fault(f"an example is not JSON ({error})", "Correct the example in the source") from error
        return self._bounded(value)

    def _bounded(self, value: Json) -> Json:
        if _is_too_deep(value):
            raise self.fault(f"a value is nested deeper than {MAX_DEPTH} levels", "Flatten it")
        return value


def plain_value(text: str) -> Json:
    """Return the JSON value that a page writes as a default or an example; a text that is no JSON is itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if _is_too_deep(value) else value


def _is_too_deep(value: Json) -> bool:
    """Whether a value is nested deeper than any description is; every walk over one is recursive."""
    level = [value]
    for _ in range(MAX_DEPTH):
        members = [item for item in level if isinstance(item, dict | list)]
        if not members:
            return False
        level = [each for item in members for each in (item.values() if isinstance(item, dict) else item)]
    return True

"""Read a YAML or JSON file as JSON-compatible data, and say where in it a value stands.

`yaml_reading` and `json_reading` say what is refused: among it duplicate keys, and all that is too large or too deep.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from specwitness.contract import json_reading, pointers, yaml_reading
from specwitness.contract.json_lines import JsonLines
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

MAX_BYTES = 64 * 1024 * 1024


def read(path: Path) -> Json:
    """Return the content of a YAML or JSON file.

    Raises DocumentError for a file that cannot be read, is too large, is neither YAML nor JSON, or has a duplicate key.
    """
    return parse(text_of(path), name=str(path))


def text_of(path: Path) -> str:
    """Return the text of a file; raises DocumentError for one that is not there, too large, or no text."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_large(str(path))
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DocumentError(str(path), "there is no such file", "Correct the path, or create the file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), f"it cannot be read ({error})", "Give a readable text file in UTF-8") from error


def too_large(name: str) -> DocumentError:
    """Return the error of a text that is larger than any we read."""
    return DocumentError(name, f"it is larger than {MAX_BYTES >> 20} MiB", "Split it, or leave parts out")


def parse(text: str, *, name: str) -> Json:
    """Return the data of a YAML or JSON text; `name` is what an error calls it. Raises DocumentError."""
    if _looks_like_json(text):
        try:
            data, lines = json_reading.read(text, name=name)
        except ValueError:
            pass  # YAML's flow style also starts like this; its reader words the fault better.
        else:
            if len(text) >= _LARGE:
                _keep(text, lines)
            return data
    return yaml_reading.read(text, name=name)


def _looks_like_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def line_of(path: Path, pointer: str) -> int | None:
    """Return the 1-based line at which the value of a pointer stands, or that of its nearest ancestor in the file."""
    try:
        return _line(_lines_of(path, path.stat().st_mtime_ns), pointer)
    except (OSError, DocumentError):
        return None


def line_in(text: str, pointer: str) -> int | None:
    """Return the same of a text."""
    lines = _kept.get(text)
    if lines is None:
        lines = _lines(text)
        _keep(text, lines)
    return _line(lines, pointer)


def _keep(text: str, lines: JsonLines | yaml_reading.Lines) -> None:
    if len(_kept) >= _MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[text] = lines


_kept: dict[str, JsonLines | yaml_reading.Lines] = {}
"""The lines of the texts that were asked for last, and of large ones that were read: they are found on the way."""
_MOST_KEPT = 16
_LARGE = 1 << 16


@lru_cache(maxsize=16)
def _lines_of(path: Path, modified: int) -> JsonLines | yaml_reading.Lines:  # noqa: ARG001 - `modified` is part of the cache's key
    return _lines(text_of(path))


def _lines(text: str) -> JsonLines | yaml_reading.Lines:
    if _looks_like_json(text):
        lines = JsonLines(text)
        try:
            lines.read()
            return lines
        except (ValueError, RecursionError):
            pass  # YAML's flow style
    return yaml_reading.lines(text)


def _line(lines: JsonLines | yaml_reading.Lines, pointer: str) -> int | None:
    if isinstance(lines, JsonLines):
        return lines.line_of(pointer)
    line = None
    inside: yaml_reading.Lines | None = lines
    for token in pointers.split(pointer):
        if not inside or token not in inside:
            break
        line, inside = inside[token]
    return line

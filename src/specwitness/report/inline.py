"""Foreign text in Markdown: escaped in a line, in a code span, or in a fenced block; it cannot break out of any."""

from __future__ import annotations

import re
from collections.abc import Iterable

from specwitness.report.text import inert, one_line

# An underscore inside a word means nothing in CommonMark, and names full of `\_` are hard to read.
_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_STARTS_A_BLOCK = re.compile(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+#=]))")
_BACKTICKS = re.compile("`+")


def plain(text: str) -> str:
    """Return text as one line of Markdown that renders as itself, wherever it stands."""
    return _STARTS_A_BLOCK.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", one_line(text)))


def code(text: str) -> str:
    """Return text as a code span."""
    flat = one_line(text, 200)
    if not flat:
        return "(empty)"
    fence = "`" * (_longest_run(flat) + 1)
    space = " " if flat[0] == "`" or flat[-1] == "`" else ""
    return f"{fence}{space}{flat}{space}{fence}"


def cell(text: str) -> str:
    """Return text as a code span in a table, which is cut at its bars before its code spans are found."""
    return code(text).replace("|", "\\|")


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """Return lines as a fenced block."""
    content = inert("\n".join(lines)).split("\n")
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in content))
    return [fence + language, *content, fence]


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)

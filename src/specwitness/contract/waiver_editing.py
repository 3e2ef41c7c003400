"""Change `waivers.yaml` as a person would, only where it is meant. Entry points: `appended`, `renewed`, `without`.

Everything else stays byte for byte: comments, order, quotes, line ends. What is made is read again before it is handed
out; a file that is written in a way that this does not know is not changed.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection

from specwitness.contract import document
from specwitness.contract.model import Waiver
from specwitness.contract.waiver_file import KEY, written
from specwitness.contract.waiver_layout import Item, Layout, laid_out
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

HEAD = """\
# Accepted findings: each is known, and counts again after its day. `specwitness waive` writes them, and
# `specwitness waive prune` takes out those that match nothing any more.
"""

_BOM = "\ufeff"
_BREAK = re.compile(r"\r\n|\n|\r")
_PLAIN = re.compile(r"[A-Za-z0-9(][A-Za-z0-9 ,.;/()_'-]*")
_NUMERIC = re.compile(r"[0-9xobEe.,_-]+|\.?(?:inf|nan)", re.IGNORECASE)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAST_OF_FOUR = 0xFFFF


def appended(text: str | None, waiver: Waiver, *, name: str) -> str:
    """Return the text of a file with one more waiver at the end of its list; None is a file that there is not yet.

    Raises DocumentError, `name` being what it calls the file.
    """
    if text is None:
        return HEAD + "\n".join([f"{KEY}:", *_lines(waiver, indent=2, step=2)]) + "\n"
    return _changed(text, name, lambda text: _with_one_more(text, waiver), lambda items: [*items, written(waiver)])


def renewed(text: str, index: int, waiver: Waiver, *, name: str) -> str:
    """Return the text of a file in which one waiver has another reason, owner and day. Raises DocumentError."""
    said = {key: written(waiver)[key] for key in ("reason", "owner", "expires")}

    def edit(text: str) -> str:
        values = laid_out(text).items[index].values
        for key in sorted(said, key=lambda key: values[key].start, reverse=True):
            start, end = values[key].start, values[key].end
            # Breaks at the end of what is replaced stay: they end the line of what stands there then.
            text = text[:start] + _scalar(said[key]) + text[start + len(text[start:end].rstrip()) :]
        return text

    def expected(items: list[Json]) -> list[Json]:
        return [*items[:index], items[index] | said, *items[index + 1 :]]

    return _changed(text, name, edit, expected)


def without(text: str, indices: Collection[int], *, name: str) -> str:
    """Return the text of a file without some waivers, nor the comments directly above them. Raises DocumentError."""

    def edit(text: str) -> str:
        layout = laid_out(text)
        for done, index in enumerate(sorted(indices, reverse=True), 1):
            if layout.in_brackets:
                text = _out_of_brackets(text, laid_out(text), index)
            else:
                # What stands above an item stays where it is when that is gone.
                text = _out_of_block(text, layout, index, left=len(layout.items) - done)
        return text

    def expected(items: list[Json]) -> list[Json]:
        return [item for index, item in enumerate(items) if index not in indices]

    return _changed(text, name, edit, expected)


def _changed(text: str, name: str, edit: Callable[[str], str], expected: Callable[[list[Json]], list[Json]]) -> str:
    """Return what an edit makes of a text, if it is then read as it has to be."""
    mark = _BOM if text.startswith(_BOM) else ""
    before = text.removeprefix(mark)
    data = document.parse(before, name=name)
    try:
        after = edit(before)
        good = _alike(document.parse(after, name=name), data | {KEY: expected(data[KEY])})
    except (ValueError, LookupError, DocumentError):
        good = False
    if not good:
        fault = "it is written in a way in which it cannot be changed by a program that keeps the rest of it"
        raise DocumentError(name, fault, "Change it by hand")
    return mark + after


def _alike(one: Json, other: Json) -> bool:
    """Say whether two values are the same, but for line breaks at the end of a text: nobody means those."""
    return _trimmed(one) == _trimmed(other)


def _trimmed(value: Json) -> str:
    return re.sub(r'(?:\\n)+"', '"', json.dumps(value, sort_keys=True))


# --- One more -------------------------------------------------------------------------------------------------------


def _with_one_more(text: str, waiver: Waiver) -> str:
    layout = laid_out(text)
    if layout.in_brackets and not _is_bare(text, layout):
        return _into_brackets(text, layout, waiver)
    lines = _Lines(text)
    if not layout.items:
        at = lines.after(lines.number(layout.start))
        return _inserted(text[: layout.start - 1] + text[layout.end :], at - 3, _lines(waiver, indent=2, step=2))
    last = layout.items[-1]
    dash = lines.dash(last)
    indent, step = lines.indent(dash), max(2, _column(text, last) - lines.indent(dash))
    parts = _lines(waiver, indent=indent, step=step if lines.number(last.start) == dash else 2)
    above = lines.first_of(dash) - 1
    end = lines.last_of(last, indent)
    is_spaced = lines.is_blank(above) if len(layout.items) > 1 else end > dash
    return _inserted(text, lines.after(end), ["", *parts] if is_spaced and not last.open_ended else parts)


def _is_bare(text: str, layout: Layout) -> bool:
    """Say whether there is nothing but `[]` after the key, so that a list below it can stand for that."""
    rest = text[layout.end :].partition("\n")[0].strip()
    return (
        not layout.is_within_braces
        and text[layout.key_end : layout.end] == ": []"
        and (not rest or rest.startswith("#"))
    )


def _inserted(text: str, at: int, lines: list[str]) -> str:
    """Return a text with more lines at the start of a line, or after the last line where that has no end."""
    found = _BREAK.search(text)
    end = found[0] if found else "\n"
    more = end.join(lines)
    return text[:at] + (end + more if at and text[at - 1] not in "\r\n" else more + end) + text[at:]


def _into_brackets(text: str, layout: Layout, waiver: Waiver) -> str:
    item = "{" + ", ".join(f"{_quoted(key)}: {_json(value)}" for key, value in written(waiver).items()) + "}"
    if not layout.items:
        return text[: layout.start + 1] + item + text[layout.start + 1 :]
    end = layout.items[-1].end
    return f"{text[:end]}, {item}{text[end:]}"


# --- One less -------------------------------------------------------------------------------------------------------


def _out_of_block(text: str, layout: Layout, index: int, *, left: int) -> str:
    lines, item = _Lines(text), layout.items[index]
    dash = lines.dash(item)
    first, last = lines.first_of(dash), lines.last_of(item, lines.indent(dash))
    if index and lines.is_blank(first - 1) and not layout.items[index - 1].open_ended:
        first -= 1
    elif not index and left and lines.is_blank(last + 1):
        last += 1
    start, end = lines.start(first), lines.after(last)
    if end == len(text) and text[-1] not in "\r\n":
        # The file ended without a line break, and does so again.
        start -= 2 if text[:start].endswith("\r\n") else 1
    text = text[:start] + text[end:]
    if left:
        return text
    colon = text.index(":", layout.key_end) + 1
    return f"{text[:colon]} []{text[colon:]}"


def _out_of_brackets(text: str, layout: Layout, index: int) -> str:
    item = layout.items[index]
    before = max([comma for comma in layout.commas if comma < item.start], default=layout.start)
    following = layout.items[index + 1].start if index + 1 < len(layout.items) else layout.end
    after = next((comma + 1 for comma in layout.commas if item.end <= comma < following), item.end)
    if index and text[before + 1 : item.start].strip(" ") == "":
        return text[:before] + text[item.end :]
    if text[after:following].strip(" ") == "" and following < layout.end:
        return text[: item.start] + text[following:]
    text = text[: item.start] + text[item.end : after].rstrip(",") + text[after:]
    lines = _Lines(text)
    number = lines.number(item.start)
    if lines.is_blank(number) or lines.is_comment(number):
        return text[: lines.start(lines.first_of(number))] + text[lines.after(number) :]
    return text


# --- Lines ----------------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a text, numbered from 0."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self._ends = [*self._starts[1:], len(text)]
        self._text = text

    def start(self, number: int) -> int:
        return self._starts[number]

    def after(self, number: int) -> int:
        """Return where the next line starts, or the text ends."""
        return self._ends[number]

    def number(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1

    def indent(self, number: int) -> int:
        line = self._line(number)
        return len(line) - len(line.lstrip(" "))

    def is_blank(self, number: int) -> bool:
        return 0 <= number < len(self._starts) and self.after(number) > self.start(number) and not self._said(number)

    def is_comment(self, number: int) -> bool:
        return 0 <= number < len(self._starts) and self._said(number).startswith("#")

    def dash(self, item: Item) -> int:
        """Return the line of the dash of an item, which may stand above what it begins."""
        number = self.number(item.start)
        while not re.match(r"-(\s|$)", self._said(number)):
            number -= 1
        return number

    def first_of(self, number: int) -> int:
        """Return the first line of the comments directly above a line; those that stand deeper belong to others."""
        indent = self.indent(number)
        while self.is_comment(number - 1) and self.indent(number - 1) <= indent:
            number -= 1
        return number

    def last_of(self, item: Item, indent: int) -> int:
        """Return the last line of an item, with the comments directly below it that stand deeper than its dash."""
        number = self.number(max(item.start, item.end - 1))
        while self.is_comment(number + 1) and self.indent(number + 1) > indent:
            number += 1
        return number

    def _line(self, number: int) -> str:
        return self._text[self.start(number) : self.after(number)]

    def _said(self, number: int) -> str:
        return self._line(number).strip()


def _column(text: str, item: Item) -> int:
    return item.start - max(text.rfind("\n", 0, item.start), text.rfind("\r", 0, item.start)) - 1


# --- Words ----------------------------------------------------------------------------------------------------------


def _lines(waiver: Waiver, *, indent: int, step: int) -> list[str]:
    """Return the lines of a waiver: the dash so far from the margin, and the keys so far from the dash."""
    said = [f"{key}: {_scalar(value)}" for key, value in written(waiver).items()]
    return [" " * indent + "-".ljust(step) + said[0], *(" " * (indent + step) + one for one in said[1:])]


def _scalar(value: Json) -> str:
    """Return a value as YAML on one line: text without quotes where no reader of YAML takes it for something else."""
    if not isinstance(value, str):
        return _json(value)
    bare = _PLAIN.fullmatch(value) and not value.endswith(" ") and not _NUMERIC.fullmatch(value)
    return value if bare and value.lower() not in _WORDS else _quoted(value)


def _json(value: Json) -> str:
    return _escaped(json.dumps(value, ensure_ascii=False))


def _quoted(text: str) -> str:
    return f"'{text}'" if _DATE.fullmatch(text) else _json(text)


def _escaped(text: str) -> str:
    """Return JSON in which everything that YAML may not show, or takes for a line break, is written out."""
    return "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" if ord(char) <= _LAST_OF_FOUR else f"\\U{ord(char):08x}"
        for char in text
    )

"""Read YAML text as JSON-compatible data, and find the lines of its values. Entry points: `read`, `lines`.

What is read is the JSON-compatible part of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): no dates, no
yes/no booleans, no duplicate keys, no infinite numbers, aliases only as far as they expand to a bounded size. The merge
key is that of YAML 1.1 (https://yaml.org/type/merge.html): documents have it, and most tools know it.

The parser in C is asked for its events alone: what PyYAML builds of them goes by YAML 1.1, takes ten times as long, and
recurses, in C, until its stack is gone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from specwitness.exceptions import DocumentError
from specwitness.findings import Json

MAX_NODES = 5_000_000
MAX_DEPTH = 64
"""Deeper nesting is refused: whoever goes through a document recurses, the validator of OpenAPI 3.1 by eleven calls a
level. The deepest of 400 real documents has 29, with every reference in it written out."""
MAX_EXPANSION = 50
"""How many times what is written the aliases may make of it; documents that a program wrote reach 20."""

TOO_DEEP = ("it is nested too deeply", f"Flatten it: {MAX_DEPTH} levels are the most")
TOO_MANY = (f"it has more than {MAX_NODES:,} values", "Split it, or leave parts out")
DUPLICATE_HINT = "Keep one of the two: which one a reader takes differs between tools"
NOT_FINITE = "Write a finite one; if it is a text, put it in quotes"
_MERGE = "<<"
_TOO_MUCH = ("its aliases expand to too many values", "Write the values out, or share fewer")

Lines = dict[str, "tuple[int, Lines | None]"]
"""By key or index, the 1-based line at which a member stands, and the same of what is in it."""

_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC = frozenset("-+.0123456789")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_MOST_DIRECTIVES = 10
"""Nobody declares as many tags; libyaml compares each with all before it."""


def read(text: str, *, name: str) -> Json:
    """Return the data of a YAML text; `name` is what an error calls it. Raises DocumentError, with the line."""
    return _Reader(text, name).root.value


def lines(text: str) -> Lines:
    """Return the lines of everything in a YAML text that can be read; raises DocumentError."""
    return _Reader(text, "the text", with_lines=True).root.lines or {}


@dataclass(frozen=True, slots=True)
class _Known:
    """A value that an alias may stand for: how many values it is, and how many levels of them."""

    value: Json
    lines: Lines | None = None
    size: int = 1
    height: int = 0


class _Open:
    """A mapping or sequence whose end has not been read; a mapping has a key while it waits for the value.

    `merges` says at which line of the mapping a merge key stands, if one does.
    """

    __slots__ = ("anchor", "before", "height", "key", "lines", "merges", "value")

    def __init__(self, value: Json, lines: Lines | None, anchor: str | None, before: int) -> None:
        self.value, self.lines, self.anchor, self.before = value, lines, anchor, before
        self.height = 0
        self.key: str | None = None
        self.merges: int | None = None

    @property
    def awaits_key(self) -> bool:
        return self.key is None and self.value.__class__ is dict


class _Reader:
    """Takes the events of one text in their order."""

    def __init__(self, text: str, name: str, *, with_lines: bool = False) -> None:
        self._name = name
        self._with_lines = with_lines
        self._done: _Known | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, _Known | None] = {}
        self._written = self._size = 0
        self._widest = (0, 0)
        self._line = 0
        self._read(text)

    @property
    def root(self) -> _Known:
        if self._done is None:
            raise DocumentError(self._name, "it is empty", "Give a YAML or JSON document")
        return self._done

    def _read(self, text: str) -> None:
        if text.count("\n%TAG") > _MOST_DIRECTIVES:
            raise DocumentError(self._name, "it declares tags without end", "Write it without tags")
        try:
            self._take_all(yaml.CSafeLoader(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._line = mark.line + 1 if mark else self._line
            raise self._error(str(error.problem or error.context), "Correct the syntax there") from None
        except yaml.reader.ReaderError as error:
            self._line = text.encode()[: error.position].count(b"\n") + 1
            raise self._error(f"it is not text ({error.reason})", "Remove the character") from None
        except UnicodeEncodeError as error:
            self._line = text.count("\n", 0, error.start) + 1
            raise self._error("it is not text (half of a character)", "Remove it") from None
        if self._size > MAX_EXPANSION * self._written:
            self._line = self._widest[1]
            raise self._error(*_TOO_MUCH)

    def _take_all(self, loader: Any) -> None:
        take: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }
        while (event := loader.get_event()) is not None:
            taker = take.get(event.__class__)
            if taker is not None:
                self._line = event.start_mark.line + 1
                taker(event)

    def _error(self, fault: str, hint: str) -> DocumentError:
        return DocumentError(f"{self._name}, line {self._line}", fault, hint)

    def _document(self, _: yaml.Event) -> None:
        if self._done is not None:
            raise self._error("another document begins there", "Keep one document in one file")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._open and self._open[-1].awaits_key:
            value: Json = event.value
            self._take_key(value)
            if value == _MERGE and (event.implicit[0] or event.tag == _TAG + "merge"):
                self._open[-1].merges = self._line
        else:
            value = self._meant(event)
            self._written += 1
            self._put(value)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Known(value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        known = self._anchors.get(str(event.anchor))
        if known is None:
            inside = event.anchor in self._anchors
            fault = "is a part of what it stands for" if inside else "has no anchor before it"
            raise self._error(f"the alias *{event.anchor} {fault}", "Write out what is meant")
        if self._open and self._open[-1].awaits_key:
            self._take_key(known.value)
            return
        if len(self._open) + known.height > MAX_DEPTH:
            raise self._error(*TOO_DEEP)
        self._written += 1
        self._widest = max(self._widest, (known.size, self._line))
        self._put(known.value, known.lines, size=known.size)
        self._open[-1].height = max(self._open[-1].height, known.height)

    def _mapping(self, event: yaml.MappingStartEvent) -> None:
        self._begin(event, {}, "map")

    def _sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._begin(event, [], "seq")

    def _begin(self, event: yaml.CollectionStartEvent, value: Json, tag: str) -> None:
        if self._open and self._open[-1].awaits_key:
            self._take_key(value)
        if event.tag not in {None, "!", _TAG + tag}:
            raise self._error(f"JSON has nothing like the tag {event.tag}", "Remove the tag")
        if len(self._open) >= MAX_DEPTH:
            raise self._error(*TOO_DEEP)
        lines: Lines | None = {} if self._with_lines else None
        begun = _Open(value, lines, event.anchor, before=self._size)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._written += 1
        self._put(value, lines)
        self._open.append(begun)

    def _end(self, _: yaml.Event) -> None:
        ended = self._open.pop()
        if ended.merges is not None:
            self._merge(ended, ended.merges)
        known = _Known(ended.value, ended.lines, self._size - ended.before, ended.height + 1)
        if ended.anchor is not None:
            self._anchors[ended.anchor] = known
        if self._open:
            self._open[-1].height = max(self._open[-1].height, known.height)
        else:
            self._done = known

    def _merge(self, ended: _Open, line: int) -> None:
        """Put what the merge key of a mapping names into it: its own keys go before those, and earlier before later.

        It was counted where it stands, which is no less than what it comes to here.
        """
        merged, lines = ended.value.pop(_MERGE), ended.lines.pop(_MERGE)[1] if ended.lines is not None else None
        several = merged.__class__ is list
        for index, one in enumerate(merged if several else (merged,)):
            if one.__class__ is not dict:
                self._line = line
                raise self._error("what is merged there is no mapping", 'To mean a name, write it in quotes: "<<"')
            for key, value in one.items():
                ended.value.setdefault(key, value)
            if ended.lines is not None and lines:
                for key, place in ((lines[str(index)][1] if several else lines) or {}).items():
                    ended.lines.setdefault(key, place)

    def _take_key(self, key: Json) -> None:
        holder = self._open[-1]
        if key.__class__ is not str:
            raise self._error("a key is not a string", "Use a string as the key")
        if key in holder.value:
            raise self._error(f"duplicate key {key!r}", DUPLICATE_HINT)
        holder.key = key
        if holder.lines is not None:
            holder.lines[key] = self._line, None

    def _put(self, value: Json, lines: Lines | None = None, *, size: int = 1) -> None:
        """Set a value where it belongs, and count it."""
        self._size += size
        if self._size > MAX_NODES:
            raise self._error(*(_TOO_MUCH if self._size > self._written else TOO_MANY))
        if not self._open:
            self._done = _Known(value)
            return
        holder = self._open[-1]
        if holder.key is None:
            if holder.lines is not None:
                holder.lines[str(len(holder.value))] = self._line, lines
            holder.value.append(value)
        else:
            if holder.lines is not None:
                holder.lines[holder.key] = holder.lines[holder.key][0], lines
            holder.value[holder.key] = value
            holder.key = None

    def _meant(self, event: yaml.ScalarEvent) -> Json:
        """Return the value that a scalar stands for by the core schema of YAML 1.2."""
        text: str = event.value
        if event.tag in {None, "!"}:
            return self._plain(text) if event.implicit[0] else text
        tag = event.tag.removeprefix(_TAG)
        if tag == "str":
            return text
        value = self._plain(text)
        if tag in _TYPES and type(value) in _TYPES[tag]:
            return value
        raise self._error(f"{text!r} with the tag {event.tag} is no value of JSON", "Remove the tag")

    def _plain(self, text: str) -> Json:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] in _NUMERIC:
            try:
                if _INT.fullmatch(text):
                    return int(text)
                if _OCTAL_OR_HEX.fullmatch(text):
                    return int(str(int(text, 0)))  # in decimal, it may be longer than can be written
            except ValueError:
                raise self._error("the number has too many digits", "Write it as a string") from None
            if _FLOAT.fullmatch(text):
                return self._finite(text)
            if _NO_NUMBER.fullmatch(text):
                raise self._error(f"the number {text} is not finite", NOT_FINITE)
        return text

    def _finite(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise self._error(f"the number {text:.40} is not finite", NOT_FINITE)
        return number

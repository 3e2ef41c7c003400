"""The tags of an MDX page that describe an API, and the fences inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from specwitness.sources.markdown import Block, Kind

MAX_NESTING = 32

# Every repetition is bounded, so that no text takes more than linear time. Tags of MDX components start with a capital.
_TAG = re.compile(r"<(/?)([A-Z]\w{0,50})(?=[\s/>])")
_ATTRIBUTE = re.compile(
    r"""\s{1,100}([A-Za-z][\w-]{0,100})(?:=(?:"([^"]{0,1000})"|'([^']{0,1000})'|\{"?([^{}]{0,1000}?)"?\}))?"""
)
_END = re.compile(r"\s{0,100}(/?)>")


@dataclass
class Tag:
    """One tag: its name, its attributes, the text inside it and the fences inside it."""

    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    fences: list[Block] = field(default_factory=list)

    @property
    def description(self) -> str:
        """The text inside as one line."""
        return " ".join(" ".join(self.texts).split())


def tags(blocks: tuple[Block, ...], names: frozenset[str]) -> tuple[Tag, ...]:
    """Return the tags of these names in the order in which they open, each with what it holds directly."""
    found: list[Tag] = []
    around: list[Tag] = []
    for block in blocks:
        if block.kind is Kind.FENCE and around:
            around[-1].fences.append(block)
        elif block.kind is Kind.PARAGRAPH:
            for piece in _pieces(block.text):
                _take(piece, names, found, around)
    return tuple(found)


@dataclass(frozen=True)
class _Mark:
    """One tag as it stands in the text: `<Name ...>`, `</Name>` or `<Name ... />`."""

    name: str
    attributes: dict[str, str]
    opens: bool
    closes: bool


def _pieces(text: str) -> Iterator[str | _Mark]:
    """Yield the text and the tags of a paragraph; what only looks like a tag is text."""
    at = 0
    while match := _TAG.search(text, at):
        attributes: dict[str, str] = {}
        end = match.end()
        while attribute := _ATTRIBUTE.match(text, end):
            name, *values = attribute.groups()
            attributes[name] = next((value for value in values if value is not None), "")
            end = attribute.end()
        closing = _END.match(text, end)
        if closing is None:
            yield text[at : match.end()]
            at = match.end()
            continue
        yield text[at : match.start()]
        closes = bool(match.group(1) or closing.group(1))
        yield _Mark(match.group(2), attributes, opens=not match.group(1), closes=closes)
        at = closing.end()
    yield text[at:]


def _take(piece: str | _Mark, names: frozenset[str], found: list[Tag], around: list[Tag]) -> None:
    if isinstance(piece, str):
        if around:
            around[-1].texts.append(piece)
        return
    if piece.name not in names:
        return
    if piece.opens:
        tag = Tag(piece.name, piece.attributes)
        found.append(tag)
        if not piece.closes and len(around) < MAX_NESTING:
            around.append(tag)
        return
    for index in range(len(around) - 1, -1, -1):
        if around[index].name == piece.name:
            del around[index:]
            return

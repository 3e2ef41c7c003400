"""The blocks of a Markdown page, flat and in order, as far as the readers look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Tags are no HTML here but MDX: as text they neither swallow the fences inside them nor hide their attributes, and what
# is indented by them is no code. What stands inside a line is left as it is.
_PARSER = MarkdownIt("commonmark").enable("table").disable(["html_block", "code", "inline"])


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    FENCE = "fence"
    TABLE = "table"


@dataclass(frozen=True)
class Block:
    """One block: its text, and what its kind has besides.

    That is for a heading its level from 1, for a fence the words after its opening marks, and for a table its rows with
    the head first.
    """

    kind: Kind
    text: str = ""
    info: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text."""
    return tuple(_blocks(_PARSER.parse(text)))


def section(page: tuple[Block, ...], title: str) -> tuple[Block, ...]:
    """Return the blocks under a heading, up to the next heading of its level or above; empty if there is none."""
    for index, start in enumerate(page):
        if start.kind is Kind.HEADING and start.text.strip().lower() == title.lower():
            inside = []
            for block in page[index + 1 :]:
                if block.kind is Kind.HEADING and block.level <= start.level:
                    break
                inside.append(block)
            return tuple(inside)
    return ()


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    around: list[str] = []
    level = 0
    rows: list[tuple[str, ...]] = []
    cells: list[str] = []
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if token.nesting == 1:
            around.append(name)
            level = int(token.tag[1:]) if name == "heading" else level
        elif token.nesting == -1:
            around.pop()
        match token.type:
            case "fence":
                yield Block(Kind.FENCE, token.content, info=token.info.strip())
            case "inline" if around[-1] in {"th", "td"}:
                cells.append(token.content)
            case "inline" if "blockquote" in around:
                yield Block(Kind.QUOTE, token.content)
            case "inline" if around[-1] == "heading":
                yield Block(Kind.HEADING, token.content, level=level)
            case "inline":
                yield Block(Kind.PARAGRAPH, token.content)
            case "tr_close":
                rows.append(tuple(cells))
                cells = []
            case "table_close":
                yield Block(Kind.TABLE, rows=tuple(rows))
                rows = []

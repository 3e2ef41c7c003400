"""Where the items of a `waivers.yaml` stand in its text, to the character. Entry point: `laid_out`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from specwitness.contract.waiver_file import KEY

_KEEPS_BREAKS = re.compile(r"[^\n#]*[|>][0-9]?\+")


@dataclass(frozen=True)
class Span:
    """A part of the text, from its first character to the one after its last."""

    start: int
    end: int


@dataclass(frozen=True)
class Item(Span):
    """One item, without its dash; `values` are those of its keys that are texts.

    Where it is `open_ended`, blank lines below it belong to the text at its end (`|+`).
    """

    values: Mapping[str, Span]
    open_ended: bool


@dataclass(frozen=True)
class Layout(Span):
    """The list: whether it is in brackets, where the key before it ends, its items, and the commas between them."""

    in_brackets: bool
    is_within_braces: bool
    key_end: int
    items: tuple[Item, ...]
    commas: tuple[int, ...]


def laid_out(text: str) -> Layout:
    """Return where everything stands in a text that is read without fault; raises ValueError if that is not clear."""
    try:
        events = iter([*yaml.parse(text, Loader=yaml.CSafeLoader)])
        commas = [
            token.start_mark.index
            for token in yaml.scan(text, Loader=yaml.CSafeLoader)
            if isinstance(token, yaml.FlowEntryToken)
        ]
    except yaml.YAMLError as error:
        raise ValueError("YAML has another word for it than JSON") from error
    root = next(_node(event, events, text) for event in events if isinstance(event, yaml.NodeEvent))
    for key, listed in root.pairs():
        if key.text == KEY:
            return Layout(
                listed.start,
                listed.end,
                in_brackets=listed.in_brackets,
                is_within_braces=root.in_brackets,
                key_end=key.end,
                items=tuple(
                    Item(
                        *(node.start, node.end),
                        values={key.text: value.span for key, value in node.pairs() if value.is_text},
                        open_ended=node.open_ended,
                    )
                    for node in listed.parts
                ),
                commas=tuple(comma for comma in commas if listed.start < comma < listed.end),
            )
    raise ValueError(f"it has no {KEY}")


@dataclass(frozen=True)
class _Node(Span):
    text: str = ""
    is_text: bool = False
    in_brackets: bool = False
    open_ended: bool = False
    parts: tuple[_Node, ...] = ()

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def pairs(self) -> Iterator[tuple[_Node, _Node]]:
        """Yield the keys and values of a mapping."""
        return zip(self.parts[::2], self.parts[1::2], strict=False)


def _node(event: Any, events: Iterator[Any], text: str) -> _Node:
    """Return the node that begins with an event, and take the events that belong to it."""
    start, end = _marked(event)
    if isinstance(event, yaml.ScalarEvent):
        open_ended = event.style in {"|", ">"} and _KEEPS_BREAKS.match(text, start) is not None
        # A text in block style is said to end where the next thing begins.
        end = end if open_ended else start + len(text[start:end].rstrip())
        return _Node(start, end, text=event.value, is_text=True, open_ended=open_ended)
    if isinstance(event, yaml.AliasEvent):
        return _Node(start, end)
    parts = []
    while not isinstance(below := next(events), yaml.CollectionEndEvent):
        parts.append(_node(below, events, text))
    last, end = _marked(below)
    in_brackets = text[last:end] in {"]", "}"}
    if not in_brackets:
        # So is a list or mapping.
        end = max([start, *(part.end for part in parts)])
    open_ended = not in_brackets and bool(parts) and parts[-1].open_ended
    return _Node(start, end, in_brackets=in_brackets, open_ended=open_ended, parts=tuple(parts))


def _marked(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index

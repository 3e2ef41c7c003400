"""Markdown that fits into one comment of a pull request: as much as there is room for, the rest counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 60_000
"""GitHub takes comments of up to 65,536 characters; whoever posts this may add a few words."""


@dataclass(frozen=True)
class Section:
    """A heading, what stands under it in any case, and parts that are shown whole or not at all."""

    heading: str
    parts: Sequence[str]
    lead: Sequence[str] = ()


def fitted(sections: Iterable[Section], room: int, *, whole: str) -> list[str]:
    """Return the lines of the sections as far as there is room for so many characters, empty sections left out.

    `whole` names what has all of it, wherever something is left out.
    """
    given = [section for section in sections if section.parts]
    # What is left out has to be said in any case.
    room -= length([_unshown(given, whole)])
    lines: list[str] = []
    unshown: list[Section] = []
    for section in given:
        frame = [section.heading, "", *section.lead, "", _more(len(section.parts), whole), ""]
        left = room - length(frame)
        shown = 0
        while shown < len(section.parts) and len(section.parts[shown]) < left:
            left -= len(section.parts[shown]) + 1
            shown += 1
        if not shown:
            unshown.append(section)
            continue
        rest = len(section.parts) - shown
        text = "\n".join([*section.parts[:shown], *(["", _more(rest, whole)] if rest else [])])
        lines += [section.heading, "", *section.lead, *text.rstrip("\n").split("\n"), ""]
        room = left
    return [*lines, _unshown(unshown, whole), ""] if unshown else lines


def length(lines: Iterable[str]) -> int:
    """Return how many characters some lines take, with their ends."""
    return sum(len(line) + 1 for line in lines)


def _more(number: int, whole: str) -> str:
    return f"And {number} more, all in {whole}."


def _unshown(sections: Sequence[Section], whole: str) -> str:
    named = ", ".join(f"{len(section.parts)} under {section.heading.lstrip('# ')}" for section in sections)
    return f"No room for {named}: all in {whole}."

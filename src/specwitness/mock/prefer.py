"""What a client wishes for, in the header `Prefer` (RFC 7240), with the names that users of Prism know."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from specwitness.contract.requests import Call

NAME = b"prefer"
_ENTRY = re.compile(
    r'\s*(?P<name>[\w!#$%&\'*+.^`|~-]+)\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s,;"]*)))?'
)
_BETWEEN = re.compile(r"[^,]*(?:,|$)")


@dataclass(frozen=True)
class Wish:
    """Which answer a client prefers; what is None is left to the mock.

    `code` is a documented status, `example` the name of a documented example or a state of a lifecycle, `dynamic` a
    generated body, another one each time, `seed` what a body is generated from, `fault` the name of a fault.
    """

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: int | None = None
    fault: str | None = None

    @property
    def names_an_answer(self) -> bool:
        """Whether it is about which answer is given, not only about what is wrong with it."""
        return any(one is not None for one in (self.code, self.example, self.dynamic, self.seed))

    @property
    def applied(self) -> str:
        """The value of the header `Preference-Applied`."""
        known = ((each.name, getattr(self, each.name)) for each in fields(self))
        return ", ".join(
            f"{name}={str(value).lower() if value is True else value}" for name, value in known if value is not None
        )


class WishError(ValueError):
    """A preference that the mock knows, with a value that it cannot have."""


def wish_of(call: Call) -> Wish | None:
    """Return what the header says, or None where there is none; raises WishError.

    A preference that nobody here knows is ignored, and of two with one name the first counts (section 2).
    """
    found: dict[str, str] = {}
    for line in call.values(NAME.decode()):
        for name, value in _entries(line):
            found.setdefault(name.lower(), value)
    wish = Wish(
        code=_number(found, "code", 100, 599),
        example=found.get("example") or None,
        dynamic=_flag(found, "dynamic"),
        seed=_number(found, "seed", 0, 2**63),
        fault=found.get("fault") or None,
    )
    return wish if wish != Wish() else None


def _entries(line: str) -> list[tuple[str, str]]:
    """Return the preferences of a line; parameters after a semicolon are not ours."""
    entries, at = [], 0
    while at < len(line):
        found = _ENTRY.match(line, at)
        if found:
            quoted = found["quoted"]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["token"] or ""
            entries.append((found["name"], value))
            at = found.end()
        rest = _BETWEEN.match(line, at)
        at = rest.end() if rest and rest.end() > at else at + 1
    return entries


def _number(found: dict[str, str], name: str, least: int, most: int) -> int | None:
    text = found.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,19}", text) or not least <= int(text) <= most:
        raise WishError(f"Prefer: {name}={text}: a number from {least} to {most} is wanted")
    return int(text)


def _flag(found: dict[str, str], name: str) -> bool | None:
    text = found.get(name)
    if text is None:
        return None
    if text.lower() not in {"true", "false", ""}:
        raise WishError(f"Prefer: {name}={text}: true or false is wanted")
    return text.lower() != "false" or None

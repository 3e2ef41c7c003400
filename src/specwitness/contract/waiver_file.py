"""Read `waivers.yaml`: which findings are accepted, why, by whom, and until when. Entry point: `read`.

`waiver_editing` writes it. How a waiver is named by rule, place and value, and what it accepts, is said by
`model.Waiver`.
"""

from __future__ import annotations

import datetime as dt
import re

from specwitness.contract import document, pointers
from specwitness.contract.model import Waiver
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

KEY = "waivers"
IN_SOURCES = "sources"
"""What a waiver has as `in` that is only about what sources say otherwise than each other."""
KEYS = ("fingerprint", "rule", "at", "value", "in", "reason", "owner", "expires")
"""What a waiver may have, in the order in which it is written."""

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_NAMING = "Give `fingerprint`; or `rule`, `at` (the JSON pointer of the place) and `value`, as the report has them"


def read(text: str, *, name: str) -> tuple[Waiver, ...]:
    """Return the waivers in the text of a `waivers.yaml`; `name` is what an error calls the file.

    Raises DocumentError, with the line.
    """
    data = document.parse(text, name=name)
    items = data.get(KEY) if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise DocumentError(name, "it has no list `waivers`", "Write `waivers:` and one item per accepted finding")
    return tuple(_Entry(text, name, index, item).waiver() for index, item in enumerate(items))


class _Entry:
    """One item of the list, and where it stands."""

    def __init__(self, text: str, name: str, index: int, item: Json) -> None:
        self._text, self._name, self._index = text, name, index
        if not isinstance(item, dict):
            raise self._error("", "a mapping was expected there", f"Write one with {', '.join(KEYS)}")
        self._item = item

    def waiver(self) -> Waiver:
        for key in self._item:
            if key not in KEYS:
                raise self._error(key, f"unknown key {key!r}", f"Known keys: {', '.join(KEYS)}")
        fingerprint = self._item.get("fingerprint")
        named = {"fingerprint": self._fingerprint(fingerprint)} if fingerprint is not None else self._by_place()
        missing = [key for key in ("reason", "owner", "expires") if self._item.get(key) in (None, "")]
        if missing:
            raise self._error("", f"it lacks {', '.join(missing)}", "Say why, who answers for it, and until when")
        within = self._item.get("in", IN_SOURCES)
        if within != IN_SOURCES:
            hint = f"Write `in: {IN_SOURCES}`, or leave it out to accept it anywhere"
            raise self._error("in", f"`in` is {within!r}", hint)
        return Waiver(
            **{"fingerprint": "", **named},
            reason=str(self._item["reason"]).strip(),
            expires=self._expires(str(self._item["expires"])),
            owner=str(self._item["owner"]).strip(),
            line=self._line(""),
            in_sources="in" in self._item,
        )

    def _fingerprint(self, value: Json) -> str:
        if isinstance(value, str) and _FINGERPRINT.fullmatch(value):
            return value
        if isinstance(value, (int, float)):
            # Of twelve digits, or of digits around one `e`, YAML makes a number, and loses some of them.
            raise self._error("fingerprint", f"the fingerprint is read as the number {value}", "Put it in quotes")
        fault = f"{value!r} is no fingerprint, which has twelve of 0-9 and a-f"
        raise self._error("fingerprint", fault, "Copy that of the finding from a report")

    def _by_place(self) -> dict[str, Json]:
        rule, at = self._item.get("rule"), self._item.get("at")
        if rule is None and at is None:
            raise self._error("", "it names no finding", _NAMING)
        if at is None:
            # Nobody has seen what comes under this rule tomorrow.
            raise self._error("", f"it accepts whatever {rule} may find anywhere", _NAMING)
        if not isinstance(rule, str) or not rule:
            raise self._error("rule" if rule else "", "it names no rule", _NAMING)
        if not isinstance(at, str) or (at and not at.startswith("/")):
            raise self._error("at", f"{at!r} is no JSON pointer", "Copy the one that the report has under `Where`")
        return {"rule": rule, "at": at, "value": self._item.get("value")}

    def _expires(self, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise self._error("expires", f"expires {text!r} is no date", "Write YYYY-MM-DD") from None

    def _error(self, key: str, fault: str, hint: str) -> DocumentError:
        line = self._line(key)
        return DocumentError(f"{self._name}, line {line}" if line else self._name, fault, hint)

    def _line(self, key: str) -> int | None:
        return document.line_in(self._text, pointers.join(f"/{KEY}/{self._index}", *([key] if key else [])))


def written(waiver: Waiver) -> dict[str, Json]:
    """Return the item that a waiver is in the file; what it has beside its fingerprint is for the reader."""
    named = {"fingerprint": waiver.fingerprint, "rule": waiver.rule, "at": waiver.at}
    return {
        **{key: text for key, text in named.items() if text or (key == "at" and not waiver.fingerprint)},
        **({} if waiver.value is None else {"value": waiver.value}),
        **({"in": IN_SOURCES} if waiver.in_sources else {}),
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
    }

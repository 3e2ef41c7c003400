"""Realistic texts for a string schema: by its format, else by the name of the property, else plain words."""

from __future__ import annotations

import re
import string
import uuid
from random import Random

FORMATS = {
    "date-time": ("2026-01-15T09:30:00Z", "2024-02-29T23:59:59.123+02:00"),
    "date": ("2026-01-15", "2024-02-29"),
    "time": ("09:30:00Z", "23:59:59.123+02:00"),
    "duration": ("PT30M", "P1DT12H"),
    "email": ("ada@example.com", "grace.hopper+mock@example.org"),
    "idn-email": ("ada@example.com",),
    "hostname": ("api.example.com", "localhost"),
    "idn-hostname": ("api.example.com",),
    "ipv4": ("192.0.2.10", "203.0.113.255"),
    "ipv6": ("2001:db8::1", "::ffff:192.0.2.10"),
    "uri": ("https://example.com/items/1", "https://user@example.org:8443/a%20b?x=1&y=2#part"),
    "url": ("https://example.com/items/1",),
    "uri-reference": ("/items/1", "https://example.com/"),
    "iri": ("https://example.com/items/1",),
    "iri-reference": ("/items/1",),
    "uri-template": ("/items/{id}",),
    "json-pointer": ("/items/0/name", ""),
    "relative-json-pointer": ("1/name",),
    "regex": ("^[a-z]+$",),
    "byte": ("c3BlY3dpdG5lc3M=",),
    "binary": ("specwitness",),
    "password": ("correct horse battery staple",),
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where one word of a name in camel case ends."""
_ALPHABET = string.ascii_letters + string.digits + "_-"
_TIMES = ("_at", "time", "date", "timestamp", "expiration", "expires")
_LINKS = ("url", "uri", "href", "link", "endpoint", "location")
_PROSE = ("message", "detail", "description", "title", "text", "reason", "error", "prompt", "result", "summary", "note")
_IDENTIFIERS = ("id", "uuid", "guid", "key", "token")


def texts(name: str, format_: str | None, random: Random) -> list[str]:
    """Return texts for a property of this name and format, the most likely first, at least one."""
    if format_ == "uuid":
        return [str(uuid.UUID(int=random.getrandbits(128), version=4)) for _ in range(2)]
    if format_ == "nanoid":
        return [nanoid(random)]
    if format_ in FORMATS:
        return list(FORMATS[format_])
    word = _WORDS.sub("_", name).lower()
    if word.endswith(_TIMES):
        return ["2026-01-15T09:30:00Z", "2026-01-15T09:30:45.250Z"]
    if word.endswith(_LINKS):
        return ["https://example.com/items/1", "https://example.org/a?b=c"]
    if word.endswith("email"):
        return ["ada@example.com"]
    if word in _PROSE or word.endswith(tuple(f"_{end}" for end in _PROSE)):
        article = "An" if word[0] in "aeiou" else "A"
        return [
            f"{article} {word.replace('_', ' ')} from the mock",
            'Žluťoučký kůň, 漢字, "quoted" \\ and\na second line',
        ]
    if word.endswith(_IDENTIFIERS):
        return [nanoid(random)]
    return [f"{name or 'text'}-1", f"{name or 'text'} 2"]


def nanoid(random: Random, length: int = 21) -> str:
    """Return an identifier as the library nanoid makes them."""
    return "".join(random.choices(_ALPHABET, k=length))


def resized(text: str, low: int, high: int | None) -> str:
    """Return a text whose length, in characters, is within bounds: cut, or followed by letters."""
    if high is not None:
        text = text[:high]
    missing = low - len(text)
    return text + (string.ascii_lowercase * (missing // 26 + 1))[:missing] if missing > 0 else text

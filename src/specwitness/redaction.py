"""Keep secrets out of everything that leaves the process: by the name of a field, by its value, by its shape.

Applied once, where an exchange becomes part of a finding; what is judged is the exchange as it was.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from specwitness.findings import Exchange, Finding, Headers, Json, Request, Response, Witness

MASK = "[redacted]"

_NAMES = re.compile(
    r"(?:^|[-_])(?:authorization|cookie|password|passwd|secret|token|credential|signature|(?:api|access|private)[-_]?key)s?"
    r"(?:$|[-_])",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/\s@\"'?#]+@")
_SIGNED = re.compile(
    r"(?P<name>[?&][\w.-]{0,100}(?:signature|credential|token)[\w.-]{0,100}=)[^&\s\"'<>]+", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?P<head>[\"']?(?<![\w-])(?P<name>[\w-]{1,100})[\"']?\s{0,9}[:=]\s{0,9})(?:\"[^\"]*\"?|'[^']*'?|[^\s,;}\]]+)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SHORTEST = 6
"""Shorter values are not searched for in text: masking every `1` would destroy a report and hide nothing."""


@dataclass(frozen=True)
class Redaction:
    """What must not be shown: the values of named fields, and known values wherever they stand."""

    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str] = (), values: Iterable[str] = ()) -> Redaction:
        """Return a redaction of these field names and values, in every encoding a message may carry them in."""
        known = {value for value in values if len(value) >= _SHORTEST}
        encoded = {text for value in known for form in _FORMS if len(text := form(value)) >= _SHORTEST}
        encoded |= {text for value in known for text in disguises(value) if len(text) >= _SHORTEST}
        return cls(frozenset(name.lower() for name in names), frozenset(known | encoded))

    def is_secret(self, name: str) -> bool:
        """Say whether a field of this name holds a secret."""
        return name.lower() in self.names or _sounds_secret(name)

    def text(self, text: str) -> str:
        """Return text without known secret values and without user information in URLs."""
        for value in sorted(self.values, key=len, reverse=True):
            text = text.replace(value, MASK)
        if any(value in reading for reading in readings(text) for value in self.values):
            # It is in there, encoded in a way of its own: no part of the text can be shown.
            return MASK
        if "@" in text:
            text = _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
        return _SIGNED.sub(rf"\g<name>{MASK}", text) if "=" in text else text

    def json(self, value: Json) -> Json:
        """Return a JSON value with the values of secret fields masked, at any depth, shape kept."""
        match value:
            case dict():
                return {
                    self.text(key): _masked(item) if self.is_secret(key) else self.json(item)
                    for key, item in value.items()
                }
            case list():
                return [self.json(item) for item in value]
            case str():
                return self.text(value)
            case _:
                return value

    def headers(self, headers: Headers) -> Headers:
        """Return headers with the values of secret ones masked; an empty value shows that none was sent."""
        return tuple((name, MASK if value and self.is_secret(name) else self.text(value)) for name, value in headers)

    def body(self, body: bytes | None) -> bytes | None:
        """Return a body without secrets; one that is not text stays as it is where no known value is in it."""
        if not body:
            return body
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            for value in self.values:
                body = body.replace(value.encode(), MASK.encode())
            return body
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return self._unparsed(text).encode()
        try:
            clean = self.json(parsed)
        except RecursionError:
            return f"{MASK}: nested too deeply to be read".encode()
        # Unchanged content keeps its bytes: the witness is what was sent, not our rendering of it.
        return body if clean == parsed else json.dumps(clean, ensure_ascii=False).encode()

    def _unparsed(self, text: str) -> str:
        """Return text that is not JSON, truncated JSON or another notation, without what follows a secret name."""

        def masked(match: re.Match[str]) -> str:
            return f"{match['head']}{MASK}" if self.is_secret(match["name"]) else match[0]

        return self.text(_NAMED.sub(masked, text))

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange that may be shown."""
        request, response = exchange.request, exchange.response
        return replace(
            exchange,
            request=Request(
                request.method, self.url(request.url), self.headers(request.headers), self.body(request.body)
            ),
            response=response
            and Response(
                response.status, self.headers(response.headers), self.body(response.body) or b"", response.elapsed
            ),
            parameters={name: self.text(value) for name, value in exchange.parameters.items()},
            fault=exchange.fault and self.text(exchange.fault),
        )

    def url(self, url: str) -> str:
        """Return a URL without user information and with the values of secret query parameters masked."""
        head, mark, query = self.text(url).partition("?")
        if not mark:
            return head
        pairs = (pair.partition("=") for pair in query.split("&"))
        return (
            head
            + "?"
            + "&".join(
                name + equals + (MASK if value and self.is_secret(unquote(name)) else value)
                for name, equals, value in pairs
            )
        )

    def finding(self, finding: Finding) -> Finding:
        """Return a finding that may be shown; its identity is taken from what is shown.

        A message may quote a body: what stands in a secret field of the witness is not shown elsewhere either.
        """
        witness = finding.witness
        told = {text for exchange in witness.trace for text in self._told_by(exchange)} if witness else set()
        if told:
            return replace(self, values=self.values | Redaction.of(values=told).values)._finding(finding)
        return self._finding(finding)

    def _told_by(self, exchange: Exchange) -> Iterator[str]:
        """Yield the texts that stand in secret fields of an exchange's bodies."""
        bodies = [exchange.request.json(), exchange.response.json() if exchange.response else None]
        stack = [(body, False) for body in bodies]
        while stack:
            value, secret = stack.pop()
            match value:
                case dict():
                    stack += [(item, secret or self.is_secret(key)) for key, item in value.items()]
                case list():
                    stack += [(item, secret) for item in value]
                case str() if secret:
                    yield value

    def _finding(self, finding: Finding) -> Finding:
        witness = finding.witness
        return replace(
            finding,
            message=self.text(finding.message),
            value=self.json(finding.value),
            witness=witness
            and Witness(
                tuple(self.exchange(exchange) for exchange in witness.trace),
                witness.allowed_by,
                witness.rejected_by,
                self.text(witness.reason),
            ),
        )


@lru_cache(maxsize=4096)
def _sounds_secret(name: str) -> bool:
    return _NAMES.search(_CAMEL.sub("_", name)) is not None


def _masked(value: Json) -> Json:
    """Mask every scalar below a secret field; null, booleans and the shape tell nothing and help a reader."""
    match value:
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list():
            return [_masked(item) for item in value]
        case None | bool():
            return value
        case _:
            return MASK


def disguises(value: str) -> Iterator[str]:
    """Yield what a value looks like in hexadecimal and in Base64, wherever in an encoded text it begins."""
    data = value.encode()
    yield from (data.hex(), data.hex().upper())
    for before in range(3):
        # Of the first and the last characters, other bytes than those of the value may decide.
        start, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        text = base64.b64encode(bytes(before) + data).decode()[start:end]
        yield from dict.fromkeys((text, text.translate(_URL_SAFE)))


def readings(text: str) -> Iterator[str]:
    """Yield a text, and what it says where its percents, backslashes or entities are escapes, at most twice over."""
    yield text
    for _ in range(2):
        plain = text
        if "%" in plain:
            plain = unquote_plus(plain)
        if "\\" in plain:
            plain = _ESCAPE.sub(lambda found: chr(int(found["hex"], 16)) if found["hex"] else found["as_it_is"], plain)
        if "&" in plain:
            plain = html.unescape(plain)
        if plain == text:
            return
        yield plain
        text = plain


_URL_SAFE = str.maketrans("+/", "-_")
_ESCAPE = re.compile(r"\\(?:u00(?P<hex>[0-9a-fA-F]{2})|(?P<as_it_is>[\"/\\]))")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_json_as_it_is(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


_FORMS = (quote, partial(quote, safe=""), quote_plus, unquote, _in_json, _in_json_as_it_is)

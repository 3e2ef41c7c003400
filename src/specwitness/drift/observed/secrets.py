"""Know the secrets of what was recorded, so that none is shown, wherever else it stands. Entry point: `Secrets`.

A recording of a browser has the sessions of whoever made it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from specwitness.contract.model import Contract
from specwitness.drift.observed.rules import RULES
from specwitness.findings import Exchange, Finding, Headers, Json, Request, Response
from specwitness.redaction import MASK, Redaction, readings

_MOST = 300
"""Of more secrets each is still masked where it stands, by its name, but not looked for elsewhere."""
_SHORTEST_COOKIE = 12
"""What a shorter cookie holds is a setting, such as a language: masked everywhere, it would hide what is found."""
_MOST_HEADERS = 1_000
_JWT = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+)?")
"""RFC 7519; links that let somebody in have one in their path."""


class Secrets:
    """The secrets of a contract's traffic: those of known names, and whatever was seen under such a name."""

    def __init__(self, contract: Contract) -> None:
        """Take the names that the contract gives its credentials and secrets."""
        names = {scheme.field for scheme in contract.security_schemes.values()} | contract.manifest.secrets
        self._named = Redaction.of(names)
        self._forms: dict[str, frozenset[str]] = {}
        self._is_secret = lru_cache(maxsize=65_536)(self._named.is_secret)

    def __repr__(self) -> str:
        """Counts, for the person in the debugger, and nothing else."""
        return f"<Secrets: {len(self._forms)} seen>"

    def is_secret(self, name: str) -> bool:
        """Say whether a field of this name holds a secret."""
        return self._is_secret(name)

    def saw(self, exchange: Exchange) -> None:
        """Take note of the secrets of an exchange."""
        for value in self._told_by(exchange):
            if len(self._forms) >= _MOST:
                return
            if value not in self._forms and value not in {MASK, "[Filtered]"}:
                self._forms[value] = Redaction.of(values=[value]).values

    def text(self, text: str) -> str:
        """Return a text that may be shown."""
        return self._of((text,)).text(text)

    def finding(self, finding: Finding) -> Finding:
        """Return a finding that may be shown."""
        trace = finding.witness.trace if finding.witness else ()
        own = [value for exchange in trace for value in self._told_by(exchange)]
        redaction = self._of((json.dumps(finding.to_json(), ensure_ascii=False),), own)
        clean = redaction.finding(finding)
        if finding.rule not in RULES:
            # Its place is one of the document's, in which there is no secret of the traffic.
            return clean
        # Its place may be named after what was seen there.
        where, text = clean.where, redaction.text
        where = replace(where, part=text(where.part), pointer=text(where.pointer), way=text(where.way))
        return replace(clean, where=where, source=text(clean.source))

    def _of(self, texts: Iterable[str], own: Iterable[str] = ()) -> Redaction:
        """Return a redaction of all known names, and of those known values that texts have in them in any form."""
        read = [reading for text in texts for reading in readings(text)]
        found = {form for forms in self._forms.values() if _is_in(forms, read) for form in forms}
        return replace(self._named, values=frozenset(found) | Redaction.of(values=own).values)

    # --- Where secrets stand ------------------------------------------------------------------------------------------

    def _told_by(self, exchange: Exchange) -> Iterator[str]:
        request = exchange.request
        yield from self._in_url(request.url)
        messages: list[Request | Response] = [request, *([exchange.response] if exchange.response else [])]
        for message in messages:
            yield from self._in_headers(message.headers)
            yield from self._in_body(message.json())
        if (request.header("content-type") or "").startswith("application/x-www-form-urlencoded"):
            yield from self._in_pairs((request.body or b"").decode("utf-8", "replace"))

    def _in_url(self, url: str) -> Iterator[str]:
        parts = urlsplit(url)
        userinfo, at, _ = parts.netloc.rpartition("@")
        if at:
            yield unquote(userinfo.partition(":")[2] or userinfo)
        yield from self._in_pairs(parts.query)
        yield from _JWT.findall(url)

    def _in_pairs(self, text: str) -> Iterator[str]:
        yield from (value for name, value in parse_qsl(text, errors="replace") if value and self.is_secret(name))

    def _in_headers(self, headers: Headers) -> Iterator[str]:
        for name, value in headers[:_MOST_HEADERS]:
            match name.lower():
                case "cookie" | "set-cookie":
                    values = (pair.partition("=")[2].strip() for pair in value.split(";"))
                    yield from (one for one in values if len(one) >= _SHORTEST_COOKIE)
                case "authorization" | "proxy-authorization":
                    yield from _of_authorization(value)
                case _ if self.is_secret(name):
                    yield value

    def _in_body(self, body: Json) -> Iterator[str]:
        stack = [(body, False)]
        while stack:
            value, is_hidden = stack.pop()
            if isinstance(value, dict):
                stack += [(item, is_hidden or self.is_secret(name)) for name, item in value.items()]
            elif isinstance(value, list):
                stack += [(item, is_hidden) for item in value]
            elif is_hidden and isinstance(value, str):
                yield value


def _of_authorization(value: str) -> Iterator[str]:
    """Yield the credentials, and of Basic authentication the password."""
    scheme, _, credentials = value.partition(" ")
    yield credentials or value
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
        except ValueError:
            return


def _is_in(forms: frozenset[str], texts: list[str]) -> bool:
    return any(form in text for text in texts for form in forms)

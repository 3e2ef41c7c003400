"""Read what was recorded of HTTP: a HAR 1.2 file, or what the mock remembers (`/__specwitness__/log`).

Entry point: `read`. Whoever writes HARs fills in something else and leaves out something else: what cannot be told from
an entry is not judged by it. http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import quote, urldefrag, urlencode, urlsplit

from specwitness.contract.media_types import is_json
from specwitness.drift.observed.json_stream import BEGINS, HINT, members
from specwitness.exceptions import DocumentError
from specwitness.findings import Exchange, Headers, Json, Request, Response
from specwitness.redaction import MASK


class Unused(Enum):
    """Why an entry teaches nothing; the value is said behind the number of those."""

    MALFORMED = "malformed"
    UNANSWERED = "without a response"
    NO_HTTP = "of something else than HTTP"


@dataclass(frozen=True)
class Recorded:
    """An exchange as far as it was recorded; `unjudged` are the rules that this recording cannot tell anything of."""

    exchange: Exchange
    unjudged: frozenset[str] = frozenset()

    @property
    def has_answered_body(self) -> bool:
        """Whether what is recorded as the body of the response is what came."""
        return not NEED_RESPONSE_BODY & self.unjudged


MASKS = (MASK, "[Filtered]")
"""What stands for a secret in what we write down, and in what schemathesis does."""

NEED_REQUEST = frozenset({"rejected-valid", "accepted-invalid"})
"""The rules that ask whether the contract allows the request, all of it."""
NEED_RESPONSE_BODY = frozenset({"body-is-json"})
NEED_BYTES = frozenset({"charset-is-utf-8"})
"""HAR 1.2 has the text of a body, whatever its bytes were."""

MOST_ENTRIES = 1_000_000

_HAR = ("log", "entries")
_JOURNAL = ("requests",)
_REPORT = {("schema_version",), ("contracts",)}


def read(path: Path) -> Iterator[Recorded | Unused]:
    """Yield what each entry of a file says. Raises DocumentError for a file that is no recording."""
    begun, others, count = set(), set(), 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for at, value in members(file, name=str(path), lists={_HAR, _JOURNAL}):
                if value is BEGINS:
                    begun.add(at)
                elif at in begun:
                    count += 1
                    if count > MOST_ENTRIES:
                        raise DocumentError(str(path), f"it has more than {MOST_ENTRIES} entries", "Divide it")
                    yield _entry(value) if at == _HAR else _remembered(value)
                else:
                    others.add(at)
    except FileNotFoundError:
        raise DocumentError(str(path), "there is no such file", "Correct the path") from None
    except OSError as error:
        raise DocumentError(str(path), f"it cannot be read ({error.strerror})", "Give a file that can be") from error
    if not begun:
        raise _no_recording(path, is_report=others >= _REPORT)


def _no_recording(path: Path, *, is_report: bool) -> DocumentError:
    if is_report:
        return DocumentError(
            str(path),
            "it is the report of a run, which keeps the witnesses of its findings, not what was exchanged",
            "Give the exchanges.har beside it for those witnesses, or record all exchanges as a HAR; what a run did "
            "not see of the contract, its own report.md says",
        )
    return DocumentError(str(path), "it is JSON, but no HAR: it has no list of `entries` in a `log`", HINT)


# --- A HAR ------------------------------------------------------------------------------------------------------------


def _entry(entry: Json) -> Recorded | Unused:
    try:
        return _of_har(entry)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unused.MALFORMED


def _of_har(entry: Json) -> Recorded | Unused:
    request, response = entry["request"], entry.get("response")
    url = _url(_text(request["url"]))
    method = _text(request["method"]).upper()
    status = _number(response.get("status")) if response else 0
    if _is_no_http(entry, method, url) or status in _INTERIM:
        return Unused.NO_HTTP
    if status <= 0:
        return Unused.UNANSWERED
    response = {**response, "status": status, "content": response.get("content") or {}}
    sent, was_sent_whole = _sent(request)
    answered, is_whole = _answered(method, response)
    unjudged = set() if was_sent_whole and not _is_masked(url, sent) else {*NEED_REQUEST}
    unjudged |= set() if is_whole else NEED_RESPONSE_BODY
    unjudged |= set() if response["content"].get("encoding") else NEED_BYTES
    asked = Request(method, url, _sent_headers(request), sent)
    reply = Response(status, _answered_headers(response), answered)
    return Recorded(Exchange(asked, reply), frozenset(unjudged))


_INTERIM = range(100, 200)
"""No answer, but the beginning of one, or of another protocol."""


def _is_no_http(entry: Json, method: str, url: str) -> bool:
    """Say whether an entry is a WebSocket, a tunnel, or a page that came from nowhere (`data:`, `blob:`)."""
    is_socket = "_webSocketMessages" in entry or entry.get("_resourceType") == "websocket"
    return is_socket or method == "CONNECT" or urlsplit(url).scheme not in {"http", "https"}


def _sent(request: Json) -> tuple[bytes | None, bool]:
    """Return the body of a request, and whether it is all of it."""
    data = request.get("postData")
    if not data:
        return None, not _announces_body(request)
    text, params = _text(data.get("text") or ""), data.get("params") or []
    media_type = _media_type(data.get("mimeType"))
    if text:
        return _encoded(_preserved(text, media_type)), True
    if params and media_type in {"", "application/x-www-form-urlencoded"}:
        return urlencode([(_text(one["name"]), _text(one.get("value") or "")) for one in params]).encode(), True
    return None, not params and _number(request.get("bodySize", 0)) <= 0


def _announces_body(request: Json) -> bool:
    """Say whether a request had a body, though none is recorded."""
    named = {name.lower(): value for name, value in _headers(request)}
    is_long = named.get("content-length", "0") != "0" or _number(request.get("bodySize", 0)) > 0
    return is_long or "content-type" in named or "transfer-encoding" in named


def _preserved(text: str, media_type: str) -> str:
    """Return a text; where it is the Base64 of JSON, that: `schemathesis --report-preserve-bytes` does not say so."""
    if not is_json(media_type) or _is_read(text):
        return text
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return text
    return plain if _is_read(plain) else text


def _is_read(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _answered(method: str, response: Json) -> tuple[bytes, bool]:
    """Return the body of a response, and whether it is all of it."""
    content = response["content"]
    text = content.get("text")
    if text is None:
        has_none = method == "HEAD" or response["status"] in _BODILESS
        is_known = content.get("size") == 0 and response.get("bodySize") == 0
        return b"", has_none or is_known
    if content.get("encoding"):
        if _text(content["encoding"]).lower() != "base64":
            raise ValueError(content["encoding"])
        body = base64.b64decode(_text(text), validate=True)
    else:
        body = _encoded(_text(text))
    return body, not _is_cut(content, body) and not _is_packed(response, body)


_BODILESS = frozenset({204, 205, 304})


def _is_cut(content: Json, body: bytes) -> bool:
    """Say whether a recorder kept but the beginning: its text is shorter than it says, and does not end as JSON."""
    is_short = len(body) < _number(content.get("size") or 0)
    return is_short and is_json(_media_type(content.get("mimeType"))) and not _is_read(body.decode("utf-8", "replace"))


def _is_packed(response: Json, body: bytes) -> bool:
    """Say whether a body is still encoded as its `Content-Encoding` says."""
    if not any(name.lower() == "content-encoding" for name, _ in _headers(response)):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _sent_headers(request: Json) -> Headers:
    """Return the headers of a request; a `Content-Type` that is left out there may stand beside the body."""
    headers = _headers(request)
    media_type = (request.get("postData") or {}).get("mimeType")
    if media_type and not any(name.lower() == "content-type" for name, _ in headers):
        return (*headers, ("Content-Type", _on_the_wire(_text(media_type))))
    return headers


def _answered_headers(response: Json) -> Headers:
    """Return the headers of a response; where none at all was recorded, what is known of its media type."""
    headers = _headers(response)
    media_type = response["content"].get("mimeType")
    if not headers and media_type and media_type != _UNKNOWN:
        return (("Content-Type", _on_the_wire(_text(media_type))),)
    return headers


_UNKNOWN = "x-unknown"
"""The media type that Chrome writes where there was none."""


def _headers(message: Json) -> Headers:
    """Return the header lines of a message, without the pseudo-headers of HTTP/2 (RFC 9113 section 8.3).

    Chrome writes several lines of a name (`Set-Cookie`) as one, with line breaks in it.
    """
    pairs = ((_text(one["name"]), _text(one["value"])) for one in message.get("headers") or ())
    return tuple(
        (_on_the_wire(name), _on_the_wire(line))
        for name, value in pairs
        if not name.startswith(":")
        for line in value.split("\n")
    )


# --- What the mock remembers ------------------------------------------------------------------------------------------


def _remembered(entry: Json) -> Recorded | Unused:
    try:
        exchange = Exchange.from_json(entry["exchange"])
        request, response = exchange.request, exchange.response
        url = _url(request.url)
        if response is None:
            return Unused.UNANSWERED
        announced = _number(response.header("content-length") or len(response.body))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unused.MALFORMED
    unjudged = NEED_REQUEST if _is_masked(url, request.body) else frozenset()
    # Of a long body it keeps the beginning.
    unjudged |= NEED_RESPONSE_BODY if len(response.body) < announced else frozenset()
    asked = Request(request.method, url, request.headers, request.body)
    return Recorded(Exchange(asked, response), unjudged)


# --- Values of whatever type a writer chose ---------------------------------------------------------------------------


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Json) -> int:
    """Return a number; some writers give it as text, and some none."""
    return -1 if value is None else int(value)


_UNFIT = re.compile(r"[^!-~]+")


def _url(url: str) -> str:
    """Return a URL as it goes over the wire; raises ValueError where it is none."""
    plain = _UNFIT.sub(lambda found: quote(found[0], errors="replace"), urldefrag(url).url)
    parts = urlsplit(plain)
    _ = parts.port  # Raises where it is no number.
    return plain


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _on_the_wire(text: str) -> str:
    """Return a header's text as HTTP carries it: each character a byte."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return _encoded(text).decode("latin-1")
    return text


def _media_type(value: Json) -> str:
    return _text(value or "").split(";")[0].strip().lower()


def _is_masked(url: str, body: bytes | None) -> bool:
    """Say whether a part of a request was replaced to keep a secret, so that nobody knows what it was."""
    texts = url, (body or b"").decode("utf-8", "replace")
    return any(mask in text or quote(mask) in text for mask in MASKS for text in texts)

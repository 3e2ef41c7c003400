"""The only way out: sends requests, refuses those that must not leave, and records what really went over the wire."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
import urllib3

from specwitness.findings import Exchange, Headers, Intent, Request, Response
from specwitness.runner.target import Target, is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_BODY = 4 * 1024 * 1024
STREAM_SECONDS = 1.0
"""How much of an event stream is read: it may go on for ever, and a second of it shows its form."""

_CHUNK = 64 * 1024
_TRACE_HEADERS = ("X-Schemathesis-TestCaseId",)


class RequestRefusedError(Exception):
    """The guard did not let a request leave the machine."""


class Guard:
    """Says which requests may leave: any to loopback; elsewhere only GET and HEAD, unless writes are allowed."""

    def __init__(self, target: Target) -> None:
        """Guard the way to one target."""
        # As the client will send it: an international name encoded.
        self._origin = _origin(requests.Request("GET", target.base_url).prepare().url or "")
        self._writes = target.allow_writes

    def check(self, method: str, url: str) -> None:
        """Raise RequestRefusedError for a request that must not leave."""
        if is_loopback(url):
            return
        if _origin(url) != self._origin:
            raise RequestRefusedError(f"{method} to another host")
        if method.upper() not in SAFE_METHODS and not self._writes:
            raise RequestRefusedError(f"{method} without --allow-writes")

    @contextmanager
    def around_every_session(self) -> Iterator[None]:
        """Guard every `requests` session of the process: some clients below schemathesis make one of their own."""
        send = requests.Session.send

        def guarded(session: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            self.check(request.method or "GET", request.url or "")
            return send(session, request, **kwargs)

        with patch.object(requests.Session, "send", guarded):
            yield


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host in lower case, and port, the usual one where none is named."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


class RecordingSession(requests.Session):
    """A session that keeps connections, follows no redirect, reads a bounded body, and remembers the last exchange.

    A redirect is an answer like any other: followed, it would hide its status and could lead elsewhere.
    """

    def __init__(self, target: Target) -> None:
        """Open nothing yet; connections are made on the first request."""
        super().__init__()
        self.headers.update({"User-Agent": "specwitness", "Accept": "*/*"})
        self.headers.pop("Accept-Encoding", None)
        # Proxies and .netrc credentials of the environment would change what is tested.
        self.trust_env = False
        # A cookie that an answer set would be a credential that nobody gave, sent with requests that are to have none.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.last: tuple[Request, Response | None, str | None] | None = None
        self._patience = target.patience
        self._guard = Guard(target)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request and read its response within bounds."""
        for name in _TRACE_HEADERS:
            request.headers.pop(name, None)
        # Before it is remembered: what did not leave is no request without an answer.
        self._guard.check(request.method or "", request.url or "")
        sent = Request(request.method or "", request.url or "", _pairs(request.headers), _body_of(request))
        self.last = (sent, None, None)
        kwargs.update(stream=True, timeout=self._patience, allow_redirects=False)
        started = time.monotonic()
        try:
            response = super().send(request, **kwargs)
            body = self._read(response, started)
        except requests.RequestException as error:
            # Raised as it came: from its form schemathesis knows a kept connection that the server had closed before
            # the request arrived, and sends that request again, as RFC 9112 section 9.3.1 lets a client do.
            self.last = (sent, None, fault_in_words(error))
            raise
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self.last = (sent, None, fault_in_words(error))
            raise requests.ConnectionError(str(error), request=request) from error
        # The documented way to give a response its body after reading it by hand does not exist; this attribute is
        # what `Response.content` returns, and has been since requests 1.0.
        response._content = body
        elapsed = time.monotonic() - started
        self.last = (sent, Response(response.status_code, _wire_headers(response), body, elapsed), None)
        return response

    def _read(self, response: requests.Response, started: float) -> bytes:
        stream = response.headers.get("Content-Type", "").startswith("text/event-stream")
        limit = STREAM_SECONDS if stream else self._patience
        connection = getattr(response.raw, "connection", None)
        if stream and connection is not None and connection.sock is not None:
            connection.sock.settimeout(limit)
        body = bytearray()
        while True:
            try:
                chunk = response.raw.read1(_CHUNK, decode_content=True)
            except urllib3.exceptions.ReadTimeoutError:
                if stream:
                    break
                raise
            if not chunk:
                break
            body += chunk
            if len(body) > MAX_BODY or time.monotonic() - started > limit:
                response.raw.close()
                if stream:
                    break
                words = f"more than {MAX_BODY >> 20} MiB" if len(body) > MAX_BODY else f"more than {limit:g} s of body"
                raise requests.ConnectionError(words)
        response.raw.release_conn()
        return bytes(body)


def head(url: str, headers: Mapping[str, str], *, patience: float) -> tuple[Request, Response | None, str | None]:
    """Send a HEAD request on a connection of its own and return what came, a forbidden body included.

    An ordinary client does not read what follows the header of a response to HEAD (RFC 9110 section 9.3.2), and so
    cannot see a server that sends a body all the same.
    """
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=patience)
    sent_headers = {**headers, "Connection": "close"}
    request = Request("HEAD", url, tuple(sent_headers.items()))
    started = time.monotonic()
    try:
        connection.request("HEAD", parts.path + (f"?{parts.query}" if parts.query else ""), headers=sent_headers)
        response = connection.getresponse()
        body = response.fp.read(_CHUNK) if response.fp else b""
        received = tuple(response.getheaders())
        return request, Response(response.status, received, body, time.monotonic() - started), None
    except (OSError, http.client.HTTPException) as error:
        return request, None, fault_in_words(error)
    finally:
        connection.close()


def fault_in_words(error: BaseException) -> str:
    """Say in a few stable words what a connection did instead of answering."""
    text = _ADDRESS.sub("", f"{type(error).__name__} {error}".lower())
    for sign, words in _FAULTS:
        if sign in text:
            return words
    return f"no usable answer came ({type(error).__name__})"


# Where requests and urllib3 name the address: a host or path may have any word in it.
_ADDRESS = re.compile(r"host='[^']*'|failed to resolve '[^']*'|with url: \S+")

_FAULTS = (
    ("refused", "nothing listens there"),
    ("name or service not known", "the host name is not known"),
    ("nameresolution", "the host name is not known"),
    ("getaddrinfo", "the host name is not known"),
    ("certificate", "the certificate is not trusted"),
    ("ssl", "TLS failed"),
    ("timed out", "no answer came in time"),
    ("timeout", "no answer came in time"),
    ("mib", "the body is larger than 4 MiB"),
    ("s of body", "the body did not end in time"),
    ("incompleteread", "the body ended before its announced length"),
    ("bytes read", "the body ended before its announced length"),
    ("reset", "the connection was reset"),
    ("remotedisconnected", "the connection was closed without an answer"),
    ("badstatusline", "the answer is not HTTP"),
    ("protocolerror", "the answer is not valid HTTP"),
    ("decode", "the body does not decode as its Content-Encoding says"),
)


def exchange_of(
    wire: tuple[Request, Response | None, str | None],
    *,
    operation: str | None,
    parameters: Mapping[str, str],
    intent: Intent,
) -> Exchange:
    """Return what went over the wire as an exchange of an operation."""
    request, response, fault = wire
    return Exchange(request, response, operation, parameters, intent, fault)


def _wire_headers(response: requests.Response) -> Headers:
    return tuple((str(name), str(value)) for name, value in response.raw.headers.items())


def _pairs(headers: Mapping[str, str | bytes]) -> Headers:
    return tuple(
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value)) for name, value in headers.items()
    )


def _body_of(request: requests.PreparedRequest) -> bytes | None:
    body = request.body
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b""

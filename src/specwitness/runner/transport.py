"""The only way out: sends requests, refuses those that must not leave, and records what really went over the wire."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
import urllib3

from specwitness.findings import Exchange, Headers, Intent, Request, Response
from specwitness.runner import bounded
from specwitness.runner.target import Target, is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_BODY = 4 * 1024 * 1024
TOO_LARGE = "the body is larger than 4 MiB"
IDLE_SECONDS = 1.0
"""A kept connection that was not used for so long may be closed by its server; one that was, in use, is not."""

_CHUNK = 64 * 1024
_FORBIDDEN_BODY_SECONDS = 0.5
"""How long is waited, after the answer to HEAD, for what must not come."""
_TRACE_HEADERS = ("X-Schemathesis-TestCaseId",)


Wire = tuple[Request, Response | None, str | None]
"""What went over the wire: the request, its response, and where none came what the connection did instead."""


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
        bounded.mount(self)
        self.headers.update({"User-Agent": "specwitness", "Accept": "*/*"})
        self.headers.pop("Accept-Encoding", None)
        # Proxies and .netrc credentials of the environment would change what is tested.
        self.trust_env = False
        # A cookie that an answer set would be a credential that nobody gave, sent with requests that are to have none.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.last: Wire | None = None
        self.patience = target.patience
        self._guard = Guard(target)
        self._keeps = True
        self._answered_at: float | None = None

    def drop_connections(self) -> None:
        """Close the connections that were kept: a server that serves one at a time is free for another."""
        for adapter in self.adapters.values():
            adapter.close()
        self._answered_at = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request and read its response within bounds."""
        for name in _TRACE_HEADERS:
            request.headers.pop(name, None)
        # Before it is remembered: what did not leave is no request without an answer.
        self._guard.check(request.method or "", request.url or "")
        if not self._keeps:
            self.drop_connections()
        sent = Request(request.method or "", request.url or "", _pairs(request.headers), _body_of(request))
        self.last = (sent, None, None)
        kwargs.update(stream=True, timeout=self.patience, allow_redirects=False)
        started = time.monotonic()
        try:
            response = super().send(request, **kwargs)
            body = self._read(response, started)
        except requests.RequestException as error:
            words = fault_in_words(error)
            self.last = (sent, None, words)
            if words in _DROPPED and not self._may_have_been_closed(started):
                raise requests.ConnectionError(str(error), request=request) from error
            # As it came: from its form schemathesis knows a kept connection that the server had closed before the
            # request arrived, and sends that request again, as RFC 9112 section 9.3.1 lets a client do.
            self._answered_at = None
            raise
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._answered_at = None
            self.last = (sent, None, fault_in_words(error))
            raise requests.ConnectionError(str(error), request=request) from error
        # The documented way to give a response its body after reading it by hand does not exist; this attribute is
        # what `Response.content` returns, and has been since requests 1.0.
        response._content = body
        self._answered_at = time.monotonic()
        elapsed = self._answered_at - started
        self.last = (sent, Response(response.status_code, _wire_headers(response), body, elapsed), None)
        return response

    def _may_have_been_closed(self, started: float) -> bool:
        """Say whether a connection that broke may be a kept one that the server had closed while nobody used it.

        Of one that was in use until just now nobody can tell. From then on no connection is kept, so that whatever
        breaks is broken by the server.
        """
        if self._answered_at is None:
            return False
        if started - self._answered_at < IDLE_SECONDS:
            self._keeps = False
        return True

    def _read(self, response: requests.Response, started: float) -> bytes:
        stream = response.headers.get("Content-Type", "").lower().startswith("text/event-stream")
        body = bytearray()
        while True:
            try:
                chunk = response.raw.read1(_CHUNK, decode_content=True)
            except urllib3.exceptions.ReadTimeoutError as error:
                response.raw.close()
                if stream:
                    break
                raise requests.ConnectionError(_UNENDED) from error
            if not chunk:
                break
            body += chunk
            if len(body) > MAX_BODY:
                response.raw.close()
                if stream:
                    break
                raise requests.ConnectionError(f"more than {MAX_BODY >> 20} MiB")
            if not stream and time.monotonic() - started > self.patience:
                response.raw.close()
                raise requests.ConnectionError(_UNENDED)
        response.raw.release_conn()
        return bytes(body)


_UNENDED = "unended body"


def alone(method: str, url: str, headers: Sequence[tuple[str, str]], *, patience: float) -> Wire:
    """Send a request on a connection of its own, header lines just as they are given, and return what came.

    An ordinary client cannot send one header twice, and does not read what follows the head of a response to HEAD
    (RFC 9110 section 9.3.2), so that it cannot see a server that sends a body all the same.
    """
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=patience, context=_trusting())
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=patience)
    )
    connection.response_class = bounded.Answer
    lines = (*headers, ("Connection", "close"))
    request = Request(method, url, lines)
    started = time.monotonic()
    try:
        connection.putrequest(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        for name, value in lines:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = _forbidden(response) if method == "HEAD" else response.read(MAX_BODY)
        received = tuple(response.getheaders())
        return request, Response(response.status, received, body, time.monotonic() - started), None
    except (OSError, http.client.HTTPException) as error:
        return request, None, fault_in_words(error)
    finally:
        connection.close()


def _forbidden(response: http.client.HTTPResponse) -> bytes:
    """Return what follows the head of an answer to HEAD; a server that keeps the connection open sends nothing."""
    if isinstance(response, bounded.Answer):
        response.end_within(_FORBIDDEN_BODY_SECONDS)
    try:
        return response.fp.read1(_CHUNK) if response.fp else b""
    except OSError:
        return b""


@cache
def _trusting() -> ssl.SSLContext:
    """Return what trusts the authorities that requests trusts."""
    return ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH)


def is_answering(url: str, *, patience: float) -> bool:
    """Say whether anything at all is answered at an address."""
    with requests.Session() as session:
        bounded.mount(session)
        session.trust_env = False
        try:
            session.head(url, timeout=patience, allow_redirects=False)
        except requests.RequestException:
            return False
    return True


def fault_in_words(error: BaseException) -> str:
    """Say in a few stable words what a connection did instead of answering."""
    text = _ADDRESS.sub("", f"{type(error).__name__} {error}".lower())
    for sign, words in _FAULTS:
        if sign in text:
            return words
    return f"no usable answer came ({type(error).__name__})"


# Where requests and urllib3 name the address: a host or path may have any word in it.
_ADDRESS = re.compile(r"host='[^']*'|failed to resolve '[^']*'|with url: \S+")

_RESET, _CLOSED = "the connection was reset", "the connection was closed without an answer"
_DROPPED = frozenset({_RESET, _CLOSED})

_FAULTS = (
    ("refused", "nothing listens there"),
    ("name or service not known", "the host name is not known"),
    ("nameresolution", "the host name is not known"),
    ("getaddrinfo", "the host name is not known"),
    ("certificate", "the certificate is not trusted"),
    ("ssl", "TLS failed"),
    (_UNENDED, "the body did not end in time"),
    ("timed out", "no answer came in time"),
    ("timeout", "no answer came in time"),
    ("mib", TOO_LARGE),
    ("incompleteread", "the body ended before its announced length"),
    ("bytes read", "the body ended before its announced length"),
    ("reset", _RESET),
    ("brokenpipe", _RESET),
    ("remotedisconnected", _CLOSED),
    ("badstatusline", "the answer is not HTTP"),
    ("protocolerror", "the answer is not valid HTTP"),
    ("decode", "the body does not decode as its Content-Encoding says"),
)


def exchange_of(
    wire: Wire,
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

"""The exchanges of a run's witnesses as HAR 1.2, which browsers and most tools for HTTP open.

http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import harfile

from specwitness.findings import Exchange, Finding, Headers, Party, Request, Response
from specwitness.report import words
from specwitness.report.model import ContractReport, RunReport
from specwitness.report.portable import escaped
from specwitness.version import VERSION

_HTTP = "HTTP/1.1"
_WIRE = frozenset({Party.SERVER, Party.CLIENT})
"""Who allows what went over the wire; what a document allows nobody has sent."""


def render(report: RunReport) -> str:
    """Return the archive: contract by contract the exchanges of each finding, accepted or not, in their order.

    The comment of an entry says what it is a witness of: the fingerprint, then the rule. It is dated to the start of
    the run, since an exchange is not dated. No response is a status of 0 (as browsers write it) with what happened.
    """
    text = io.StringIO()
    with harfile.open(text, creator=harfile.Creator("specwitness", VERSION)) as archive:
        for contract in words.gravest_first(report.contracts):
            for finding, exchange in _exchanges(contract):
                elapsed = round(exchange.response.elapsed * 1000, 3) if exchange.response else 0
                archive.add_entry(
                    startedDateTime=contract.started,
                    time=elapsed,
                    request=_request(exchange.request),
                    response=_response(exchange),
                    timings=harfile.Timings(send=0, wait=elapsed, receive=0),
                    comment=f"{finding.fingerprint} {finding.rule} (not timed: dated to the start of the run)",
                )
    return escaped(text.getvalue()) + "\n"


def _exchanges(report: ContractReport) -> Iterator[tuple[Finding, Exchange]]:
    for finding in report.found:
        if finding.witness is not None and finding.witness.allowed_by in _WIRE:
            for exchange in finding.witness.trace:
                yield finding, exchange


def _request(request: Request) -> harfile.Request:
    body = request.body
    return harfile.Request(
        method=request.method,
        url=request.url,
        httpVersion=_HTTP,
        headers=_headers(request.headers),
        queryString=[harfile.Record(name, value) for name, value in _query(request.url)],
        postData=None if body is None else _post_data(body, request.header("content-type") or ""),
        bodySize=len(body or b""),
    )


def _post_data(body: bytes, media_type: str) -> harfile.PostData:
    try:
        return harfile.PostData(mimeType=media_type, text=body.decode())
    except UnicodeDecodeError:
        # There is no `encoding` here as there is in responses.
        comment = "it is not UTF-8, and report.json has its bytes"
        return harfile.PostData(mimeType=media_type, text=body.decode("utf-8", "backslashreplace"), comment=comment)


def _response(exchange: Exchange) -> harfile.Response:
    response = exchange.response
    if response is None:
        return harfile.Response(status=0, statusText="", httpVersion="", bodySize=0, comment=exchange.fault)
    return harfile.Response(
        status=response.status,
        statusText=words.phrase(response.status),
        httpVersion=_HTTP,
        headers=_headers(response.headers),
        content=_content(response),
        redirectURL=response.header("location") or "",
        bodySize=len(response.body),
    )


def _content(response: Response) -> harfile.Content:
    media_type = response.header("content-type") or ""
    try:
        text, encoding = response.body.decode(), None
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(response.body).decode(), "base64"
    return harfile.Content(size=len(response.body), mimeType=media_type, text=text, encoding=encoding)


def _headers(headers: Headers) -> list[harfile.Record]:
    return [harfile.Record(name, value) for name, value in headers]


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []

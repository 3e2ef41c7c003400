"""What is fetched comes in bounded size and time, and no credential of a URL is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from specwitness.contract import document, fetching
from specwitness.contract.fetching import fetched, host_of, is_url, shown
from specwitness.exceptions import DocumentError

DRIPS = 100
"""How many bytes the slow pages have; they come ten a second."""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
        elif path == "/slow-head":
            self._drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * DRIPS)
        else:
            self.send_response(200 if path in {"/good", "/long", "/slow"} else 404)
            self.end_headers()
            if path == "/slow":
                self._drip(b"x" * DRIPS)
            self.wfile.write(b"x" * 1000 if path == "/long" else "\ufeffgrün".encode())

    def _drip(self, content: bytes) -> None:
        for byte in content:
            try:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_a_page_is_its_text(server: str, path: str) -> None:
    assert fetched(server + path) == "grün"


def test_a_page_that_is_not_there_is_named_without_its_credentials(server: str) -> None:
    url = server.replace("://", "://user:pass-word@") + "/gone?api_key=abcdefgh&v=1"
    with pytest.raises(DocumentError) as raised:
        fetched(url)
    named = server.replace("://", "://[redacted]@") + "/gone?api_key=[redacted]&v=1"
    assert raised.value == DocumentError(named, "it cannot be fetched (HTTP 404)", "Correct the URL, or give a file")


def test_a_page_is_read_up_to_a_size(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 999)
    with pytest.raises(DocumentError) as raised:
        fetched(f"{server}/long")
    assert (raised.value.thing, raised.value.fault) == (f"{server}/long", "it is larger than 0 MiB")


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_a_page_that_comes_byte_by_byte_is_given_up_in_time(
    server: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(DocumentError) as raised:
        fetched(server + path)
    assert raised.value.fault == "it cannot be fetched (it took longer than 0.5 seconds)"
    assert time.monotonic() - begun < DRIPS / 10 / 2


@pytest.mark.parametrize("url", ["http://", "http://[", "http://a b/", "http://127.0.0.1:99999/", "https://\udc00/"])
def test_a_url_that_leads_nowhere_is_named(url: str) -> None:
    with pytest.raises(DocumentError) as raised:
        fetched(url)
    assert raised.value.fault.startswith("it cannot be fetched (")


def test_what_a_url_is() -> None:
    assert [is_url(text) for text in ("http://a", "https://a", "ftp://a", "http.yaml", "")] == [True, True] + [
        False
    ] * 3
    assert [host_of(url) for url in ("https://u:p@a.org:8/b", "//")] == ["a.org", ""]
    assert shown("https://u:p@a.org/b") == "https://[redacted]@a.org/b"

"""Fetch a text from a URL, within bounds of size and time. Entry point: `fetched`."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlsplit

from specwitness.contract import document
from specwitness.exceptions import DocumentError
from specwitness.redaction import Redaction

FETCH_SECONDS = 30
_CHUNK = 64 * 1024


def is_url(text: str) -> bool:
    """Say whether a text is the address of a web server's document."""
    return text.startswith(("http://", "https://"))


def shown(url: str) -> str:
    """Return a URL as it may be shown: without the credentials that are in it."""
    return Redaction().url(url)


def host_of(url: str) -> str:
    """Return the host that a URL leads to."""
    return urlsplit(url).hostname or ""


def fetched(url: str) -> str:
    """Return the text at a URL; redirects are followed.

    Raises DocumentError, which names the URL without credentials, for one that is not answered with 2xx in
    `FETCH_SECONDS`, or that answers with more than we read.
    """
    answer = _Answer(url)
    # A server that sends a byte now and then keeps within the patience for each read for ever; a thread can be left.
    thread = threading.Thread(target=answer.wait_for, daemon=True)
    thread.start()
    thread.join(FETCH_SECONDS)
    if answer.error is not None:
        raise answer.error
    if answer.content is None:
        raise _not_fetched(url, f"it took longer than {FETCH_SECONDS} seconds")
    return answer.content.decode("utf-8-sig", "replace")


class _Answer:
    """What one thread gets of a URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.content: bytes | None = None
        self.error: DocumentError | None = None

    def wait_for(self) -> None:
        import requests  # noqa: PLC0415 - a web client, which whoever reads files starts faster without

        until = time.monotonic() + FETCH_SECONDS
        try:
            with requests.get(self._url, timeout=FETCH_SECONDS, stream=True) as response:
                response.raise_for_status()
                content = bytearray()
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > document.MAX_BYTES:
                        raise document.too_large(shown(self._url))
                    if time.monotonic() > until:
                        return
            self.content = bytes(content)
        except requests.RequestException as error:
            status = error.response.status_code if error.response is not None else None
            self.error = _not_fetched(self._url, f"HTTP {status}" if status else type(error).__name__)
        except DocumentError as error:
            self.error = error
        except Exception as error:
            # The libraries below let some of their own through, of an answer that is no HTTP or of a strange URL.
            self.error = _not_fetched(self._url, type(error).__name__)


def _not_fetched(url: str, reason: str) -> DocumentError:
    return DocumentError(shown(url), f"it cannot be fetched ({reason})", "Correct the URL, or give a file")

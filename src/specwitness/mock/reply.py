"""What the mock answers with: plain data, valid or, where a fault was asked for, wrong on purpose."""

from __future__ import annotations

import json
from dataclasses import dataclass

from specwitness.contract.media_types import is_json
from specwitness.contract.requests import Refusal
from specwitness.findings import Json

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """How a reply travels where that is not as HTTP says: each part is a fault, and none of them is the default.

    `delay` is in seconds before the first byte, `drip` in seconds between two pieces of `drip_size` bytes. After `cut`
    bytes, head and body counted, nothing more is sent: the connection is closed, `reset`, or with `hold` kept open.
    `raw` is sent instead of the whole reply.
    """

    delay: float = 0.0
    drip: float = 0.0
    drip_size: int = 1
    cut: int | None = None
    reset: bool = False
    hold: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. A body of several pieces is streamed, with `pause` seconds between two of them.

    `refusal` is why the contract does not allow the request, where it does not. A `Content-Length` among the headers
    is sent as it is, true or not, and with `always_body` the body is sent even where HTTP allows none.
    """

    status: int
    headers: Headers = ()
    body: tuple[bytes, ...] = ()
    pause: float = 0.0
    refusal: Refusal | None = None
    wire: Wire | None = None
    always_body: bool = False

    @property
    def content(self) -> bytes:
        """The whole body."""
        return self.body[0] if len(self.body) == 1 else b"".join(self.body)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


def json_reply(status: int, value: Json, headers: Headers = (), *, refusal: Refusal | None = None) -> Reply:
    """Return a reply whose body is JSON that no contract describes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, (("Content-Type", "application/json"), *headers), (text,), refusal=refusal)


def decoded(reply: Reply) -> Json:
    """Return the body of a reply as JSON data of one's own; None where it is not JSON."""
    if not is_json((reply.header("content-type") or "").split(";")[0]):
        return None
    try:
        return json.loads(reply.content)
    except ValueError:
        return None

"""What clients asked, and what the contract does not allow of it: a finding whose witness is the client's request."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from specwitness.contract.model import Contract, Operation
from specwitness.contract.places import location, written_at
from specwitness.contract.requests import Call, Refusal
from specwitness.findings import Exchange, Finding, Intent, Json, Level, Party, Request, Response, Verdict, Witness
from specwitness.mock.reply import Reply
from specwitness.redaction import Redaction

_MOST = 1_000
"""How many requests are remembered; beyond it, the oldest is forgotten."""
_LONGEST = 64 * 1024
"""How many bytes of a body are remembered."""
_log = logging.getLogger("specwitness.mock")


@dataclass(frozen=True)
class Entry:
    """One request and its answer, without secrets; `finding` where the contract refuses the request."""

    number: int
    contract: str | None
    exchange: Exchange
    finding: Finding | None

    def to_json(self) -> Json:
        """Return JSON-compatible data."""
        return {
            "number": self.number,
            "contract": self.contract,
            "exchange": self.exchange.to_json(),
            "finding": self.finding.to_json() if self.finding else None,
        }

    def __str__(self) -> str:
        """Word it as one line."""
        request, response = self.exchange.request, self.exchange.response
        status = response.status if response else "none"
        said = f"  refused: {self.finding.witness.reason}" if self.finding and self.finding.witness else ""
        return f"{status} {request.method} {_target(request)}{said}"


class Journal:
    """The last requests of a mock."""

    def __init__(self, tell: Callable[[Entry], None] | None) -> None:
        """Take what is told of each entry when it is made, if anyone wants to know."""
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._tell = tell
        self._count = 0
        self._lock = Lock()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is remembered, the oldest first."""
        with self._lock:
            return tuple(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def note(
        self,
        contract: Contract | None,
        operation: Operation | None,
        call: Call,
        reply: Reply,
        *,
        credentials: Mapping[str, str],
    ) -> None:
        """Remember a request and its answer."""
        names = [scheme.field for scheme in contract.security_schemes.values()] if contract else []
        names += contract.manifest.secrets if contract else ()
        redaction = Redaction.of(names, credentials.values())
        exchange = redaction.exchange(
            Exchange(
                Request(call.method, _url(call), _decoded(call.headers), call.body[:_LONGEST] or None),
                Response(reply.status, reply.headers, reply.content[:_LONGEST]),
                operation=operation.key if operation else None,
                parameters={name: value for name, value in call.parameters.items() if value is not None},
                intent=Intent.GENERATED,
            )
        )
        finding = None
        if contract is not None and reply.refusal is not None and reply.refusal.fault.rule is not None:
            finding = _finding(contract, operation, exchange, reply.refusal, redaction)
        with self._lock:
            self._count += 1
            entry = Entry(self._count, contract.name if contract else None, exchange, finding)
            self._entries.append(entry)
        if self._tell is not None:
            try:
                self._tell(entry)
            except OSError:
                self._tell = None  # Nobody reads any more: `specwitness mock --log | head -3`.
            except Exception:
                _log.exception("request %d was not told", entry.number)


def _finding(
    contract: Contract, operation: Operation | None, exchange: Exchange, refusal: Refusal, redaction: Redaction
) -> Finding:
    reason = redaction.text(refusal.reason)
    where = location(contract, operation=operation.key if operation else None, part="request", pointer=refusal.pointer)
    label = operation.label if operation else exchange.request.method
    return Finding(
        rule=str(refusal.fault.rule),
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=where,
        message=f"{label}: {reason}",
        source=written_at(contract, refusal.pointer),
        witness=Witness((exchange,), Party.CLIENT, Party.CONTRACT, reason),
        operations=(operation.key,) if operation else (),
    )


def _url(call: Call) -> str:
    host = next(iter(call.values("host")), "mock.invalid")
    query = f"?{call.query.decode('latin-1')}" if call.query else ""
    return f"http://{host}{call.path.decode('latin-1')}{query}"


def _target(request: Request) -> str:
    return "/" + request.url.partition("://")[2].partition("/")[2]


def _decoded(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)

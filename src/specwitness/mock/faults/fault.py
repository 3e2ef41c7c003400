"""One way to be wrong: a wrapper around the valid answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from specwitness.contract.media_types import is_json
from specwitness.contract.model import Operation
from specwitness.contract.requests import Call
from specwitness.findings import Json
from specwitness.mock.reply import Reply

if TYPE_CHECKING:
    from specwitness.mock.desk import Desk


class Kind(StrEnum):
    """What sort of promise a fault breaks."""

    SCHEMA = "schema"
    HTTP = "http"
    AUTH = "auth"
    SEMANTICS = "semantics"
    LIFECYCLE = "lifecycle"
    RARE = "rare"
    TRANSPORT = "transport"
    LEAK = "leak"


@dataclass(frozen=True)
class Moment:
    """One request at a server with a fault.

    `operation` is None where the path has none for the method. `forward` answers any call as the server without the
    fault would; `desk` is what it answers with. `memory` is the fault's own, until everything is forgotten.
    """

    desk: Desk
    operation: Operation | None
    call: Call
    forward: Callable[[Call], Reply]
    memory: dict[str, Any] = field(default_factory=dict)

    def answer(self) -> Reply:
        """Return the valid answer."""
        return self.forward(self.call)


@dataclass(frozen=True)
class Fault:
    """One way in which a server can break its contract, by a stable name.

    `apply` is asked about every request of `operations` (all, where it is empty). `unobservable` is the reason for
    which no client can tell, where that is so; `breaks` are the rules of the hand-written checks it is there to break.
    """

    name: str
    kind: Kind
    claim: str
    apply: Callable[[Moment], Reply]
    operations: frozenset[str] = frozenset()
    breaks: tuple[str, ...] = ()
    unobservable: str | None = None

    def concerns(self, operation: Operation | None) -> bool:
        """Say whether the fault may touch an operation's answers."""
        return not self.operations or (operation is not None and operation.key in self.operations)

    def to_json(self) -> Json:
        """Return JSON-compatible data: everything but the function."""
        return {
            "name": self.name,
            "kind": str(self.kind),
            "claim": self.claim,
            "operations": sorted(self.operations),
            "breaks": list(self.breaks),
            "unobservable": self.unobservable,
        }


def decoded(reply: Reply) -> Json:
    """Return the body of a reply as JSON data of one's own; None where it is not JSON."""
    if not is_json((reply.header("content-type") or "").split(";")[0]):
        return None
    return json.loads(reply.content)


def with_json(reply: Reply, value: Json) -> Reply:
    """Return the reply with another JSON body."""
    return replace(reply, body=(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),))


def with_header(reply: Reply, name: str, value: str | None) -> Reply:
    """Return the reply with one header set, or without it."""
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != name.lower())
    return replace(reply, headers=kept if value is None else (*kept, (name, value)))

"""One way to be wrong: a wrapper around the valid answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Operation
from specwitness.contract.requests import Call
from specwitness.findings import Json
from specwitness.mock.reply import Reply, decoded, json_reply

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
    `overlay` are the actions of an OpenAPI Overlay that make the version of the document with which it is to be found.
    """

    name: str
    kind: Kind
    claim: str
    apply: Callable[[Moment], Reply]
    operations: frozenset[str] = frozenset()
    breaks: tuple[str, ...] = ()
    overlay: tuple[Json, ...] = ()
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
            "overlay": list(self.overlay),
            "unobservable": self.unobservable,
        }


def with_json(reply: Reply, value: Json) -> Reply:
    """Return the reply with another JSON body."""
    return replace(reply, body=(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),))


def with_header(reply: Reply, name: str, value: str | None) -> Reply:
    """Return the reply with one header set, or without it."""
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != name.lower())
    return replace(reply, headers=kept if value is None else (*kept, (name, value)))


def slug(*parts: str) -> str:
    """Return parts of a name, joined by dots, as a shell and a URL take them: other characters become hyphens."""
    return ".".join(re.sub(r"[^A-Za-z0-9_.]+", "-", part).strip("-.") or "root" for part in parts)


def named(operations: Iterable[Operation]) -> Iterator[tuple[Operation, str]]:
    """Yield operations with the ends of their faults' names; keys that would look alike are numbered."""
    seen: Counter[str] = Counter()
    for operation in operations:
        end = slug(operation.key)
        seen[end] += 1
        yield operation, end if seen[end] == 1 else f"{end}-{seen[end]}"


def is_success(reply: Reply) -> bool:
    """Say whether a reply has a 2xx status."""
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def is_error(reply: Reply) -> bool:
    """Say whether a reply has a 4xx or 5xx status."""
    return reply.status >= HTTPStatus.BAD_REQUEST


def has_json(reply: Reply) -> bool:
    """Say whether a reply has a JSON body."""
    return bool(reply.content) and is_json(reply.header("content-type") or "")


def has_value(moment: Moment, reply: Reply) -> bool:
    """Say whether a reply is a success of an operation, with a JSON body."""
    return moment.operation is not None and is_success(reply) and has_json(reply)


def allows(moment: Moment, reply: Reply, value: Json) -> bool:
    """Say whether the operation allows a value as the body of a reply: a fault of meaning is one of meaning alone."""
    content = moment.desk.answers.content(moment.operation, reply.status) if moment.operation else None
    return content is None or content.schema is None or moment.desk.contract.schemas.accepts(content.schema, value)


def after(change: Callable[[Moment, Reply], Reply], when: Callable[[Reply], bool]) -> Callable[[Moment], Reply]:
    """Return what answers validly, and changes the replies of which `when` is true."""

    def apply(moment: Moment) -> Reply:
        reply = moment.answer()
        return change(moment, reply) if when(reply) else reply

    return apply


def refusing(moment: Moment, status: int, reason: str) -> Reply:
    """Return an error in place of an answer, as the contract words it where it documents the status."""
    if moment.operation is None:
        return json_reply(status, {"detail": reason})
    return moment.desk.refusing(moment.operation, moment.call, status, reason)


def asked_with(moment: Moment, parameters: Mapping[str, str]) -> Reply:
    """Return what is answered for other path parameters, with those that were asked for written over them."""
    reply = moment.forward(replace(moment.call, parameters={**moment.call.parameters, **parameters}))
    texts = {new: moment.call.parameters.get(name) or "" for name, new in parameters.items()}
    headers = tuple((name, _rewritten(value, texts)) for name, value in reply.headers)
    reply = replace(reply, headers=headers)
    return with_json(reply, _rewritten(decoded(reply), texts)) if has_json(reply) else reply


def _rewritten(value: Json, texts: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        for old, new in texts.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, dict):
        return {name: _rewritten(item, texts) for name, item in value.items()}
    return [_rewritten(item, texts) for item in value] if isinstance(value, list) else value


def leaves(value: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Yield everything in a value that has no parts, with its pointer, in the order of the text."""
    parts: Iterable[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        yield at, value
    for name, item in parts:
        yield from leaves(item, pointers.join(at, name))


def counted(moment: Moment) -> int:
    """Count the requests for one thing, this one included: those with the same operation and path parameters."""
    key = moment.operation.key if moment.operation else moment.call.path.decode("latin-1")
    asked = f"{key} {sorted(moment.call.parameters.items())}"
    moment.memory[asked] = int(moment.memory.get(asked, 0)) + 1
    return int(moment.memory[asked])

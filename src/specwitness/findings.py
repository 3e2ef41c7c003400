"""The shared types: what was sent and answered, what is wrong with it, and the message that proves it.

Everything here is frozen, plain data that any room may hold and any process may receive; `to_json` and `from_json`
turn each value into JSON-compatible data and back without loss.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

Json = Any
"""A JSON value: None, bool, int, float, str, list of such, or dict with string keys."""

Headers = tuple[tuple[str, str], ...]


class Level(StrEnum):
    """How much a finding matters to a client of the contract."""

    BREAKING = "breaking"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """How sure we are of a finding."""

    BROKEN = "BROKEN"
    """The witness was judged again, on its own, and is still refused."""
    UNDECIDED = "UNDECIDED"
    """Seen or suspected, but there is no witness that proves it."""
    SAFE = "SAFE"
    """Containment was shown: no such message exists."""


class Outcome(StrEnum):
    """The verdict of a whole run."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    INCONCLUSIVE = "inconclusive"


class Party(StrEnum):
    """Who allows a message, or refuses it."""

    SERVER = "server"
    CLIENT = "client"
    CONTRACT = "contract"
    EXAMPLE = "example"
    CHECK = "check"
    OLD = "old"
    NEW = "new"
    SPEC = "spec"
    SDK = "sdk"
    SOURCE = "source"
    """Another description of the API than the one that clients go by."""


class Intent(StrEnum):
    """Why a request was sent, which decides what a right answer to it is."""

    VALID = "valid"
    """The contract allows it, and the resource is believed to exist."""
    GENERATED = "generated"
    """The contract allows it; whether the resource exists is not known."""
    INVALID = "invalid"
    """The contract refuses it."""
    UNKNOWN_ID = "unknown-id"
    """Valid, but for a resource that does not exist."""
    NO_CREDENTIALS = "no-credentials"
    EMPTY_CREDENTIALS = "empty-credentials"
    WRONG_CREDENTIALS = "wrong-credentials"
    PROBE = "probe"
    """A method, media type or path that the contract does not have."""

    @property
    def without_access(self) -> bool:
        """Whether the request carries no credentials that a server may accept."""
        return self in {Intent.NO_CREDENTIALS, Intent.EMPTY_CREDENTIALS, Intent.WRONG_CREDENTIALS}


@dataclass(frozen=True)
class Request:
    """One HTTP request, as it went over the wire."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None where it was not sent."""
        return _header(self.headers, name)

    def json(self) -> Json:
        """Return the body as JSON; None where there is none or it is not JSON."""
        return _parsed(self.body)

    def as_curl(self) -> str:
        """Return the request as a curl command line for a POSIX shell."""
        return self._curl

    @cached_property
    def _curl(self) -> str:
        # Every form of a report has it.
        parts = ["curl", "-i"]
        if self.method == "HEAD":
            parts.append("--head")
        elif self.method != "GET" or self.body is not None:
            parts += ["-X", self.method]
        for name, value in self.headers:
            if name.lower() not in _CURL_SETS:
                # curl drops a header without a value unless it ends in a semicolon.
                parts += ["-H", f"{name}: {value}" if value else f"{name};"]
        if self.body is not None:
            parts += ["--data-binary", self.body.decode("utf-8", "backslashreplace")]
        parts.append(self.url)
        return " ".join(shlex.quote(part) for part in parts)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": [list(pair) for pair in self.headers],
            **_body_to_json(self.body),
        }

    @classmethod
    def from_json(cls, data: Json) -> Request:
        """Rebuild what `to_json` made."""
        return cls(data["method"], data["url"], _pairs(data["headers"]), _body_from_json(data))


@dataclass(frozen=True)
class Response:
    """One HTTP response, as it came over the wire; `elapsed` in seconds."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed: float = 0.0

    def header(self, name: str) -> str | None:
        """Return the value of a header (several lines joined by a comma, RFC 9110 section 5.3), or None."""
        return _header(self.headers, name)

    @property
    def media_type(self) -> str | None:
        """The `Content-Type` without parameters, in lower case; None where there is none."""
        value = self.header("content-type")
        return value.split(";")[0].strip().lower() if value else None

    @cached_property
    def _json(self) -> Json:
        return _parsed(self.body)

    def json(self) -> Json:
        """Return the body as JSON; None where there is none or it is not JSON."""
        return self._json

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "status": self.status,
            "headers": [list(pair) for pair in self.headers],
            "elapsed": self.elapsed,
            **_body_to_json(self.body),
        }

    @classmethod
    def from_json(cls, data: Json) -> Response:
        """Rebuild what `to_json` made."""
        return cls(data["status"], _pairs(data["headers"]), _body_from_json(data) or b"", data["elapsed"])


@dataclass(frozen=True)
class Exchange:
    """One request and its response, and why it was sent.

    `operation` is the operation's key in the contract (operationId, or `METHOD /path`); `parameters` are the values of
    its path parameters as they were meant, before encoding. `response` is None where none came; `fault` then says
    what the connection did instead.
    """

    request: Request
    response: Response | None
    operation: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    intent: Intent = Intent.GENERATED
    fault: str | None = None

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "request": self.request.to_json(),
            "response": self.response.to_json() if self.response else None,
            "operation": self.operation,
            "parameters": dict(self.parameters),
            "intent": self.intent.value,
            "fault": self.fault,
        }

    @classmethod
    def from_json(cls, data: Json) -> Exchange:
        """Rebuild what `to_json` made."""
        return cls(
            Request.from_json(data["request"]),
            Response.from_json(data["response"]) if data["response"] else None,
            data["operation"],
            data["parameters"],
            Intent(data["intent"]),
            data["fault"],
        )


Trace = tuple[Exchange, ...]
"""Exchanges with one server in the order in which they were made."""


@dataclass(frozen=True)
class Location:
    """The place in the source document that a finding is about.

    `pointer` is a JSON pointer into the effective spec with every `$ref` followed. `way` says how an operation leads
    there, without the names of components and the numbers of items: that is what the place is known by (empty: by its
    pointer). `file` and `line` say where a person finds it; they are not part of its identity, and neither is the
    operation, since one component may be reached through many.
    """

    contract: str
    operation: str | None
    part: str
    pointer: str
    file: str | None = None
    line: int | None = None
    way: str = ""

    def __str__(self) -> str:
        """Word the place for a person: operation, part, file and line."""
        words = " ".join(word for word in (self.operation, self.part) if word)
        if self.file is None:
            return words
        return f"{words} ({self.file}:{self.line})" if self.line else f"{words} ({self.file})"

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "contract": self.contract,
            "operation": self.operation,
            "part": self.part,
            "pointer": self.pointer,
            "way": self.way,
            "file": self.file,
            "line": self.line,
        }

    @classmethod
    def from_json(cls, data: Json) -> Location:
        """Rebuild what `to_json` made."""
        return cls(**data)


@dataclass(frozen=True)
class Witness:
    """The shortest trace that shows a finding: who allowed it, who refused it, and that party's own words."""

    trace: Trace
    allowed_by: Party
    rejected_by: Party
    reason: str

    @property
    def replay(self) -> str:
        """Shell commands that send the trace again, one line each."""
        return "\n".join(exchange.request.as_curl() for exchange in self.trace)

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read: exchanges, then bytes. The smaller of two witnesses is the better one."""
        return len(self.trace), sum(_exchange_size(exchange) for exchange in self.trace)

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`; `replay` is added for readers."""
        return {
            "trace": [exchange.to_json() for exchange in self.trace],
            "allowed_by": self.allowed_by.value,
            "rejected_by": self.rejected_by.value,
            "reason": self.reason,
            "replay": self.replay,
        }

    @classmethod
    def from_json(cls, data: Json) -> Witness:
        """Rebuild what `to_json` made."""
        return cls(
            tuple(Exchange.from_json(item) for item in data["trace"]),
            Party(data["allowed_by"]),
            Party(data["rejected_by"]),
            data["reason"],
        )


@dataclass(frozen=True)
class Finding:
    """What we report: a rule, where it does not hold, and the witness that proves it.

    `value` is the offending value, given only where the value itself is what is wrong (an undeclared enum value, an
    undocumented status): two such values are two findings. `source` is the sentence or pointer the rule rests on.
    A witness is present exactly when the verdict is BROKEN. `operations` are those it was seen through, `seen` counts.
    """

    rule: str
    level: Level
    verdict: Verdict
    where: Location
    message: str
    source: str
    value: Json = None
    witness: Witness | None = None
    operations: tuple[str, ...] = ()
    seen: int = 1

    def __post_init__(self) -> None:
        """Hold the rule that a BROKEN finding proves itself, and no other finding claims to."""
        if (self.witness is not None) != (self.verdict is Verdict.BROKEN):
            raise ValueError(f"{self.rule}: a witness is present exactly when the verdict is BROKEN")

    @cached_property
    def fingerprint(self) -> str:
        """The identity: contract, rule, place in the source document, and the value where the value is what is wrong.

        Better wording, a smaller witness, or a document that is renamed, reordered or bundled anew do not change it.
        """
        identity = [self.where.contract, self.rule, self.where.way or self.where.pointer, self.value]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]

    def joined_with(self, other: Finding) -> Finding:
        """Return this finding with another sighting of it: the smaller witness, all operations, both counts."""
        proven = [finding for finding in (self, other) if finding.witness is not None]
        best = _preferred(*proven) if proven else _preferred(self, other)
        return replace(
            best,
            operations=tuple(sorted({*self.operations, *other.operations})),
            seen=self.seen + other.seen,
        )

    def to_json(self) -> Json:
        """Return JSON-compatible data for `from_json`."""
        return {
            "fingerprint": self.fingerprint,
            "rule": self.rule,
            "level": self.level.value,
            "verdict": self.verdict.value,
            "where": self.where.to_json(),
            "message": self.message,
            "source": self.source,
            "value": self.value,
            "operations": list(self.operations),
            "seen": self.seen,
            "witness": self.witness.to_json() if self.witness else None,
        }

    @classmethod
    def from_json(cls, data: Json) -> Finding:
        """Rebuild what `to_json` made."""
        return cls(
            rule=data["rule"],
            level=Level(data["level"]),
            verdict=Verdict(data["verdict"]),
            where=Location.from_json(data["where"]),
            message=data["message"],
            source=data["source"],
            value=data["value"],
            witness=Witness.from_json(data["witness"]) if data["witness"] else None,
            operations=tuple(data["operations"]),
            seen=data["seen"],
        )


_CURL_SETS = frozenset({"host", "content-length", "accept-encoding", "connection", "user-agent"})


def _preferred(*findings: Finding) -> Finding:
    """Return the finding with the smallest witness; of equals, the one whose whole text comes first, in any order."""
    sizes = [finding.witness.size if finding.witness else (0, 0) for finding in findings]
    smallest = [finding for finding, size in zip(findings, sizes, strict=True) if size == min(sizes)]
    plain = [_uncounted(finding) for finding in smallest]
    if all(one == plain[0] for one in plain[1:]):
        return smallest[0]
    texts = [(one.message, json.dumps(one.to_json(), sort_keys=True)) for one in plain]
    return smallest[texts.index(min(texts))]


def _uncounted(finding: Finding) -> Finding:
    """Return a finding without what grows when sightings are joined, in whatever grouping."""
    return replace(finding, operations=(), seen=0)


def _exchange_size(exchange: Exchange) -> int:
    request = exchange.request
    answered = len(exchange.response.body) if exchange.response else 0
    headers = sum(len(name) + len(value) for name, value in request.headers)
    return len(request.url) + _ESCAPE_COST * request.url.count("%") + headers + len(request.body or b"") + answered


_ESCAPE_COST = 50
"""How many bytes an encoded character of a URL is as hard to read as: an odd id is none to begin with."""


def _header(headers: Headers, name: str) -> str | None:
    found = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(found) if found else None


def _parsed(body: bytes | None) -> Json:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _pairs(data: Json) -> Headers:
    return tuple((name, value) for name, value in data)


def _body_to_json(body: bytes | None) -> dict[str, str | None]:
    if body is None:
        return {"body": None}
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body": None, "body_base64": base64.b64encode(body).decode("ascii")}


def _body_from_json(data: Json) -> bytes | None:
    if encoded := data.get("body_base64"):
        return base64.b64decode(encoded)
    body = data["body"]
    return None if body is None else body.encode("utf-8")

"""What a contract is made of, as frozen data: operations, manifest, lifecycle, waivers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from specwitness.contract.checking import Check, Workflow
from specwitness.contract.directions import REQUEST, RESPONSE, seen_from
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.folder import Text
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.overlay import Applied
from specwitness.contract.schemas import Schemas
from specwitness.contract.ways import Ways
from specwitness.findings import Json, Level


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `place` is path, query, header or cookie; `pointer` has every `$ref` followed."""

    name: str
    place: str
    required: bool
    pointer: str
    schema: str | None
    """Pointer of its schema; None where it has none (a parameter described by `content`)."""


@dataclass(frozen=True)
class Content:
    """One media type of a request or response body, and the pointer of its schema, if it has one."""

    media_type: str
    pointer: str
    schema: str | None


@dataclass(frozen=True)
class Header:
    """One documented response header."""

    name: str
    required: bool
    pointer: str
    schema: str | None


@dataclass(frozen=True)
class ResponseSpec:
    """What an operation documents for one status: `200`, a range such as `4XX`, or `default`."""

    status: str
    pointer: str
    content: tuple[Content, ...]
    headers: tuple[Header, ...]

    def content_for(self, media_type: str) -> Content | None:
        """Return the content that describes a media type; the most specific wins (OpenAPI 3.1, Response Object)."""
        kind = media_type.split("/", maxsplit=1)[0]
        for wanted in (media_type, f"{kind}/*", "*/*"):
            for content in self.content:
                if content.media_type.split(";")[0].strip().lower() == wanted:
                    return content
        return None


@dataclass(frozen=True)
class Operation:
    """One operation: a method on a path template.

    `key` is its operationId, or `METHOD /path` where it has none; `security` holds the alternatives, each the names of
    the schemes that are needed together (an empty tuple among them: anonymous access is allowed). `path_items` are the
    pointers of the Path Item Objects around it, the nearest first: that of its path, and what its `$ref` leads to.
    """

    key: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    body: tuple[Content, ...]
    body_required: bool
    responses: Mapping[str, ResponseSpec]
    security: tuple[tuple[str, ...], ...]
    tags: tuple[str, ...]
    path_items: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`METHOD /path`, as schemathesis and people name it."""
        return f"{self.method} {self.path}"

    @cached_property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the path template."""
        return tuple(parameter for parameter in self.parameters if parameter.place == "path")

    @property
    def needs_credentials(self) -> bool:
        """Whether no anonymous alternative is documented."""
        return bool(self.security) and () not in self.security

    @property
    def success(self) -> tuple[str, ...]:
        """The documented success statuses."""
        return tuple(status for status in self.responses if status.startswith("2"))

    @cached_property
    def good_status(self) -> int:
        """The status of a good answer: the first documented success, else the first documented status, else 200."""
        named = [status for status in self.responses if status[:1].isdigit()]
        for status in sorted(named, key=lambda status: (not status.startswith("2"), status.startswith(("4", "5")))):
            return int(status[0]) * 100 + (int(status[1:]) if status[1:].isdigit() else 0)
        return 200

    def response_for(self, status: int) -> ResponseSpec | None:
        """Return what is documented for a status: itself, else its range, else `default`."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


@dataclass(frozen=True)
class SecurityScheme:
    """How one credential travels: an API key in a header, query or cookie, or HTTP bearer or basic authentication."""

    name: str
    kind: str
    place: str
    field: str

    def header(self, value: str) -> tuple[str, str]:
        """Return the header that carries a credential of a scheme that uses one."""
        if self.kind == "http":
            return "Authorization", f"{self.field.capitalize()} {value}"
        return self.field, value


@dataclass(frozen=True)
class Variable:
    """Where a value comes from: an environment variable, or `--param NAME=VALUE`."""

    name: str
    env: str
    optional: bool = False


@dataclass(frozen=True)
class SourceFile:
    """One document the contract came from."""

    file: str
    title: str
    kind: str
    sha256: str
    origin: str
    vendored: bool


class Policy(StrEnum):
    """What the client of a contract is taken to be, by which changes of the contract are judged."""

    STRICT = "strict"
    """It reads what the contract says, and nothing else."""
    TOLERANT = "tolerant"
    """It bears values in responses that are new to it, and neither sends nor reads what the contract does not name."""


@dataclass(frozen=True)
class Manifest:
    """`contract.yaml`: what the suite needs to know besides the OpenAPI document. Everything is optional.

    `levels` are those that a rule's findings about changes have, None where they are turned off. `upstream` names where
    the vendored document is from, as `drift` reads it; empty where that is not known.
    """

    title: str
    document: str = "openapi.yaml"
    credentials: Mapping[str, Variable] = field(default_factory=dict)
    parameters: Mapping[str, Variable] = field(default_factory=dict)
    unknown_id: Variable | None = None
    volatile: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    sources: tuple[SourceFile, ...] = ()
    policy: Policy = Policy.STRICT
    levels: Mapping[str, Level | None] = field(default_factory=dict)
    upstream: str = ""


@dataclass(frozen=True)
class Waiver:
    """An accepted finding: what names it, why it is accepted, by whom, and the day after which it counts again.

    It is named by its fingerprint; or, where that is empty, by its rule, its place (`at`: the JSON pointer, or the way
    to it) and the offending value that it has there, None where it has none. So no two values share a waiver.

    `in_sources` says that it is accepted only where sources say otherwise than each other: neither of a server that
    does so, nor of a source that comes to say so, though all of these have the same fingerprint.
    """

    fingerprint: str
    reason: str
    expires: dt.date
    owner: str = ""
    line: int | None = None
    in_sources: bool = False
    rule: str = ""
    at: str = ""
    value: Json = None

    @property
    def called(self) -> str:
        """What a person calls it: by what names its finding."""
        if self.fingerprint:
            return self.fingerprint
        value = "without a value" if self.value is None else f"with {json.dumps(self.value, ensure_ascii=False)}"
        return f"{self.rule} at {self.at or 'the document'} {value}"


@dataclass(frozen=True)
class Contract:
    """One folder under `specs/`, loaded: everything the other rooms need.

    Where it is not on disk, its paths are names, and `texts` has the files that they name. Of a document that was
    converted, `origins` has the places of its file that say what stands at the places of the effective spec, whose
    `references` are there by the pointer and the text of each.
    """

    name: str
    folder: Path
    document_path: Path
    overlay_path: Path | None
    effective: Applied
    manifest: Manifest
    operations: tuple[Operation, ...]
    security_schemes: Mapping[str, SecurityScheme]
    checks: tuple[Check, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    faults: tuple[WrittenFault, ...] = ()
    texts: Mapping[Path, Text] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    references: Sequence[tuple[str, str]] = ()

    @property
    def document(self) -> Json:
        """The effective spec."""
        return self.effective.document

    @cached_property
    def schemas(self) -> Schemas:
        """Every schema of the effective spec, ready to judge what a server sends."""
        return Schemas(seen_from(self.document, RESPONSE), spot=self.spot)

    @cached_property
    def request_schemas(self) -> Schemas:
        """Every schema of the effective spec, ready to judge what a client sends."""
        seen = seen_from(self.document, REQUEST)
        return self.schemas if seen is self.document is self.schemas.source else Schemas(seen, spot=self.spot)

    def spot(self, pointer: str) -> str:
        """Return how an error calls a place of the effective spec: by its file and line."""
        from specwitness.contract import places  # noqa: PLC0415 - it is about contracts itself

        return places.spot(self, pointer)

    @cached_property
    def ways(self) -> Ways:
        """How operations lead to the places of the effective spec."""
        return Ways(self.document, self.references)

    @cached_property
    def _by_key(self) -> dict[str, Operation]:
        return {operation.key: operation for operation in self.operations}

    def operation(self, key: str | None) -> Operation | None:
        """Return the operation of a key, or None."""
        return self._by_key.get(key) if key else None

    def lifecycle_of(self, operation: str | None) -> Lifecycle | None:
        """Return the lifecycle whose state an operation shows, or None."""
        return next((lifecycle for lifecycle in self.lifecycles if operation in lifecycle.shows), None)

    def __repr__(self) -> str:
        """Counts and names, for the person in the debugger."""
        return f"<Contract {self.name}: {len(self.operations)} operations, {len(self.checks)} checks>"

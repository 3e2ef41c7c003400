"""What is tested: an address, and the credentials and ids to use there."""

from __future__ import annotations

import ipaddress
import random
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from specwitness.contract.model import Contract, Operation, Variable
from specwitness.contract.variables import variable_name
from specwitness.exceptions import TargetError
from specwitness.redaction import Redaction

DEFAULT_UNKNOWN_ID = "missing-{random}"

PATIENCE = 10.0
"""How long, in seconds, one response may take."""


@dataclass(frozen=True)
class Target:
    """One server under test, as one contract sees it.

    `credentials` maps a security scheme to its value, `parameters` a path parameter to one or more ids of resources
    that exist; `unknown_id` is what an id that nobody has looks like (`{random}` stands for random letters).
    """

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_id: str = DEFAULT_UNKNOWN_ID
    allow_writes: bool = True
    embedded: bool = False
    patience: float = field(default_factory=lambda: PATIENCE)

    def __repr__(self) -> str:
        """Name the address alone: credentials are never shown."""
        return f"<Target {Redaction().url(self.base_url)}>"

    @property
    def is_loopback(self) -> bool:
        """Whether requests stay on this machine."""
        return is_loopback(self.base_url)

    def unknown(self, seed: int) -> str:
        """Return an id that nobody has; the same for the same seed."""
        letters = "".join(random.Random(seed).choices(string.ascii_lowercase + string.digits, k=8))  # noqa: S311 - no secret
        return self.unknown_id.replace("{random}", letters)

    def secrets(self) -> frozenset[str]:
        """Return the values that must never be shown: credentials, and what is so near to one that it tells it."""
        parts = urlsplit(self.base_url)
        near = {near for value in self.credentials.values() for near in (*near_misses(value), in_percents(value))}
        return frozenset({*self.credentials.values(), *near, parts.password or "", parts.username or ""} - {""})


def near_misses(value: str) -> tuple[str, ...]:
    """Return values that are nearly a credential: a server that compares carelessly takes one of them for it."""
    longer = (value + "x", "x" + value)
    folded = (value.swapcase(),) if value.swapcase() != value else ()
    shorter = (value[:-1], value[: max(1, len(value) // 2)], value[1:]) if len(value) > 1 else ()
    return (*longer, *folded, *shorter)


def in_percents(value: str) -> str:
    """Return a credential with every byte percent-encoded, as no header is written."""
    return "".join(f"%{byte:02X}" for byte in value.encode())


def is_loopback(url: str) -> bool:
    """Say whether a URL's host is this machine, without asking a name server."""
    host = _host(url)
    # RFC 6761 section 6.3, where a name may be written with the dot of the root.
    if f".{host}".removesuffix(".").endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    """Return the host of a URL in lower case, empty where it has none or is malformed."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower() if parts.port != 0 else ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class Variables:
    """What a contract can be given: the manifest's variables, and those of the names it does not mention."""

    credentials: tuple[Variable, ...]
    parameters: tuple[Variable, ...]
    unknown_id: Variable

    def names(self) -> set[str]:
        """Return every name by which `--param` may give a value: the variable's own, and that in the environment."""
        return {name for one in (*self.credentials, *self.parameters, self.unknown_id) for name in (one.name, one.env)}


def variables(contract: Contract, operations: Iterable[Operation]) -> Variables:
    """Return what the operations of a contract need, or can use."""
    operations = tuple(operations)
    manifest = contract.manifest
    schemes = {name for operation in operations for alternative in operation.security for name in alternative}
    ids = {parameter.name for operation in operations for parameter in operation.path_parameters}

    def named(name: str, *, optional: bool = False) -> Variable:
        return Variable(name, variable_name(contract.name, name), optional)

    return Variables(
        credentials=tuple(manifest.credentials.get(name) or named(name) for name in sorted(schemes)),
        parameters=tuple(manifest.parameters.get(name) or named(name, optional=True) for name in sorted(ids)),
        unknown_id=manifest.unknown_id or named("unknown_id"),
    )


def resolve(
    contract: Contract,
    operations: Iterable[Operation],
    *,
    base_url: str,
    environment: Mapping[str, str],
    given: Mapping[str, str],
    fallback: Target | None = None,
    allow_writes: bool = False,
) -> Target:
    """Return the target of a contract: values given on the command line first, then the environment, then `fallback`.

    Raises TargetError for a URL that is none, and for a missing value that the operations need, naming its variable.
    """
    if not _host(base_url) or urlsplit(base_url).scheme not in {"http", "https"}:
        raise TargetError(
            f"base URL {Redaction().url(base_url)!r}",
            "it is no http or https URL",
            "Give for example http://127.0.0.1:8005",
        )
    operations = tuple(operations)
    wanted = variables(contract, operations)
    missing: list[Variable] = []

    def value_of(variable: Variable) -> str | None:
        return given.get(variable.name) or given.get(variable.env) or environment.get(variable.env)

    credentials: dict[str, str] = dict(fallback.credentials) if fallback else {}
    for variable in wanted.credentials:
        value = value_of(variable)
        if value:
            credentials[variable.name] = value
        elif variable.name not in credentials and not variable.optional:
            missing.append(variable)
    parameters: dict[str, tuple[str, ...]] = dict(fallback.parameters) if fallback else {}
    for variable in wanted.parameters:
        value = value_of(variable)
        if value:
            parameters[variable.name] = tuple(part.strip() for part in value.split(",") if part.strip())
            _require_allowed(contract, operations, variable, parameters[variable.name])
        elif variable.name not in parameters and not variable.optional:
            missing.append(variable)
    if missing:
        names = ", ".join(f"{variable.env} ({variable.name})" for variable in missing)
        raise TargetError(
            f"contract {contract.name}",
            f"no value is given for {names}",
            "Set the environment variable, or give --param NAME=VALUE; several ids are separated by commas",
        )
    unknown_id = value_of(wanted.unknown_id) or (fallback.unknown_id if fallback else DEFAULT_UNKNOWN_ID)
    return Target(
        base_url=base_url.rstrip("/"),
        credentials=credentials,
        parameters=parameters,
        unknown_id=unknown_id,
        allow_writes=allow_writes or is_loopback(base_url),
        embedded=False,
    )


def _require_allowed(
    contract: Contract, operations: Iterable[Operation], variable: Variable, values: Iterable[str]
) -> None:
    """Raise TargetError for an id that the document does not allow: each request with it would rightly be refused."""
    for operation in operations:
        for parameter in operation.path_parameters:
            if parameter.name != variable.name or parameter.schema is None:
                continue
            for value in values:
                if rejection := next(contract.schemas.text_rejections(parameter.schema, value), None):
                    raise TargetError(
                        f"{variable.env} ({variable.name})",
                        f"the contract {contract.name} does not allow its value {value!r}: {rejection.message}",
                        "Give an id that exists there",
                    )

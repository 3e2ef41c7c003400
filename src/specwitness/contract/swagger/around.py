"""Where an API is served, and how its clients are known: servers and security schemes of OpenAPI 3.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.swagger.laying import Said
from specwitness.findings import Json

_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}


def servers(document: Mapping[str, Json], schemes: Sequence[str]) -> list[dict[str, Json]]:
    """Return the servers of a document, none where it does not say where it is served.

    Without schemes, that of the document itself is meant: a URL without a scheme says so (RFC 3986 section 4.2).
    """
    host, base = document.get("host"), str(document.get("basePath") or "").strip("/")
    path = f"/{base}" if base else ""
    if host:
        return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes] or [{"url": f"//{host}{path}"}]
    return [{"url": path or "/"}] if document.get("basePath") else []


def security_scheme(value: Json, at: str) -> Said:
    """Return a security scheme; basic authentication is one of HTTP's, and each way of OAuth 2 is a flow."""
    if not isinstance(value, dict):
        return Said(at, value)
    if value.get("type") == "basic":
        return Said(at, {**value, "type": "http", "scheme": "basic"})
    if value.get("type") != "oauth2":
        return Said(at, value)
    flow: dict[str, Any] = {key: value[key] for key in ("authorizationUrl", "tokenUrl") if key in value}
    flow["scopes"] = Said(pointers.join(at, "scopes"), value["scopes"]) if value.get("scopes") else {}
    name = str(value.get("flow"))
    around = {key: item for key, item in value.items() if key not in {"flow", "scopes", *flow}}
    return Said(at, {**around, "flows": {_FLOWS.get(name, name): Said(at, flow)}})


def renamed(names: Iterable[str]) -> dict[str, str]:
    """Return what components are called: of 3.0 only letters, digits, `.`, `-` and `_` may be in their names."""
    names = list(names)
    taken = {name for name in names if _fits(name)}
    new: dict[str, str] = {}
    for name in names:
        fit = again = name if _fits(name) else re.sub(r"[^a-zA-Z0-9._-]+", "_", name)
        number = 2
        while again != name and again in taken:
            again, number = f"{fit}_{number}", number + 1
        taken.add(again)
        new[name] = again
    return new


def _fits(name: str) -> bool:
    return re.fullmatch(r"[a-zA-Z0-9._-]+", name) is not None

"""Who may ask: the credentials that a mock accepts, and how it says that they are missing."""

from __future__ import annotations

from collections.abc import Mapping

from specwitness.contract.model import Contract, Operation, SecurityScheme
from specwitness.contract.requests import Call


class Access:
    """Judges the credentials of one operation's requests: an exact match of one documented alternative, or nothing."""

    def __init__(self, contract: Contract, operation: Operation, credentials: Mapping[str, str]) -> None:
        """Take the values that the mock accepts, by security scheme."""
        self._alternatives = [
            [(contract.security_schemes[name], credentials[name]) for name in names if name in credentials]
            for names in operation.security
        ]

    def grants(self, call: Call) -> bool:
        """Say whether a request carries valid credentials, or needs none."""
        return not self._alternatives or any(
            all(_carries(call, scheme, value) for scheme, value in needed) for needed in self._alternatives
        )


def authenticate(scheme: SecurityScheme) -> str:
    """Return the challenge of a scheme (RFC 9110 section 11.6.1: each 401 carries one)."""
    return f'{scheme.field.capitalize() if scheme.kind == "http" else "ApiKey"} realm="specwitness"'


def _carries(call: Call, scheme: SecurityScheme, value: str) -> bool:
    if scheme.place == "query":
        return (call.queried or {}).get(scheme.field) == [value]
    if scheme.place == "cookie":
        return call.cookies.get(scheme.field) == [value]
    name, expected = scheme.header(value)
    return call.values(name) == [expected]

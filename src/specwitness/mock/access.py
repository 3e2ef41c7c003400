"""Who may ask: the credentials that a mock accepts, and how it says that they are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from specwitness.contract.model import Contract, Operation, SecurityScheme
from specwitness.contract.requests import Call


class Access:
    """Judges the credentials of one operation's requests: an exact match of one documented alternative, or nothing."""

    def __init__(self, contract: Contract, operation: Operation, credentials: Mapping[str, str]) -> None:
        """Take the values that the mock accepts, by security scheme."""
        self._alternatives = [
            [_carrier(contract.security_schemes[name], credentials[name]) for name in names if name in credentials]
            for names in operation.security
        ]

    def grants(self, call: Call) -> bool:
        """Say whether a request carries valid credentials, or needs none."""
        for needed in self._alternatives:
            for carried in needed:
                if not carried(call):
                    break
            else:
                return True
        return not self._alternatives


def authenticate(scheme: SecurityScheme) -> str:
    """Return the challenge of a scheme (RFC 9110 section 11.6.1: each 401 carries one)."""
    return f'{scheme.field.capitalize() if scheme.kind == "http" else "ApiKey"} realm="specwitness"'


def _carrier(scheme: SecurityScheme, value: str) -> Callable[[Call], bool]:
    """Return what says whether a request carries a credential, once and exactly."""
    if scheme.place == "query":
        return lambda call: (call.queried or {}).get(scheme.field) == [value]
    if scheme.place == "cookie":
        return lambda call: call.cookies.get(scheme.field) == [value]
    name, expected = scheme.header(value)
    wanted, exact = name.lower().encode(), [expected.encode("latin-1")]
    return lambda call: [text for known, text in call.headers if known == wanted] == exact

"""Ids that few clients send: what a server makes of them is its own affair, but it must not fail, nor break its word.

Anything between client and server may refuse such a path, in words of its own. So an answer that is no success is only
asked for what holds for every answer: no failure, no secret.
"""

from __future__ import annotations

import itertools
import re
from http import HTTPStatus

from specwitness.contract.model import Operation
from specwitness.findings import Intent
from specwitness.runner import phases
from specwitness.runner.session import Claim, ContractSession, if_it_succeeds

LONG = 2000

UNUSUAL = (
    "\N{LATIN SMALL LETTER E WITH ACUTE}t\N{LATIN SMALL LETTER E WITH ACUTE}",
    "\N{GRINNING FACE}",
    "x" * LONG,
    "a/b",
    "a?b#c",
    "a&b=c;d+e",
    "...",
    "100%",
    "%2e",
    "\x01",
    " ",
    "'\"<>",
)
"""Not `.` and `..`: a client takes them for a way through the path, and asks for something else (RFC 3986, 5.2.4)."""


def unusual(session: ContractSession, operation: Operation) -> None:
    """Read what has an unusual id, and what is under an unknown one: each parameter of the path in turn."""
    if operation.method != "GET" or not operation.path_parameters:
        return
    *above, last = operation.path_parameters
    accepts = session.contract.schemas.accepts
    with phases.ending_on_silence(session, operation):
        content = next(iter(phases.contents(session, operation)))
        for parameters in itertools.islice(phases.known_or_made(session, operation), 1):
            for text in UNUSUAL:
                if last.schema is None or accepts(last.schema, text):
                    asked = {**parameters, last.name: text}
                    session.call(operation, asked, intent=_claim(session, operation, asked), **content)
            for parameter in above:
                unknown = session.unknown_id(operation.key, parameter.name)
                # Of what was made to fit a format, a server may think that it is somebody's.
                claim: Claim = _nobodys
                fits = parameter.schema is None or accepts(parameter.schema, unknown)
                if not fits:
                    claim, unknown = if_it_succeeds, phases.fitting(session, operation, parameter.name)
                session.call(operation, {**parameters, parameter.name: unknown}, intent=claim, **content)


def _nobodys(status: int) -> Intent:
    """Claim of what is under an id that nobody has that it is not there; in what words it is refused, nobody knows."""
    return Intent.UNKNOWN_ID if status < HTTPStatus.MULTIPLE_CHOICES else Intent.PROBE


def _claim(session: ContractSession, operation: Operation, parameters: dict[str, str]) -> Claim:
    """Claim nothing where a server that decodes before it looks for the operation finds another one."""
    path = re.sub(r"\{([^{}]+)\}", lambda hole: parameters.get(hole[1], ""), operation.path)
    others = (one.path for one in session.contract.operations if one.path != operation.path)
    taken = any(re.fullmatch("[^/]*".join(map(re.escape, re.split(r"\{[^{}]+\}", other))), path) for other in others)
    return (lambda _: Intent.PROBE) if taken else if_it_succeeds

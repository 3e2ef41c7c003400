"""The phases of a run: one function each, over a session and an operation. What they see lands in the recorder."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.model import Operation
from specwitness.findings import Intent, Json
from specwitness.runner.generation import Planned
from specwitness.runner.session import ContractSession, SilentError
from specwitness.runner.target import near_misses
from specwitness.runner.transport import SAFE_METHODS, RequestRefusedError

MAX_OPEN_DOORS = 50
"""How many known resources are asked for without a credential."""

SHORTEST_UNKNOWN = 8
"""How long an id that the schema made has to be, so that it is not somebody's by chance."""

READS = 2
"""How often each resource is read: a second read shows what changes though nothing happened."""


@contextmanager
def ending_on_silence(session: ContractSession, operation: Operation) -> Iterator[None]:
    """End a phase quietly where the operation stopped answering: what was found until then stands."""
    try:
        yield
    except SilentError as silence:
        session.recorder.cannot_conclude(
            f"{operation.label} was given up: {silence}. Make it answer, or leave it out with --operation"
        )
    except RequestRefusedError as refused:
        session.recorder.cannot_conclude(f"{operation.label} was not sent: {refused}")


def states(session: ContractSession, operation: Operation) -> None:
    """Send the valid request for every resource that is known to exist, reads twice, and HEAD once."""
    with ending_on_silence(session, operation):
        first = True
        for parameters in known_or_made(session, operation):
            for content in contents(session, operation):
                for _ in range(READS if operation.method in SAFE_METHODS else 1):
                    session.call(operation, parameters, **content)
            if first and operation.method == "GET":
                session.head(operation, parameters)
            first = False


def unknown_ids(session: ContractSession, operation: Operation) -> None:
    """Ask for a resource that nobody has, by the last parameter of the path: the resource itself."""
    if not operation.path_parameters:
        return
    last = operation.path_parameters[-1]
    with ending_on_silence(session, operation):
        for parameters in itertools.islice(known_or_made(session, operation), 1):
            for _ in range(READS):
                unknown = _fitting(session, operation, last.name)
                content = next(iter(contents(session, operation)))
                # Of a short id, such as a number, nobody can know that it is nobody's: then nothing is claimed.
                intent = Intent.UNKNOWN_ID if len(unknown) >= SHORTEST_UNKNOWN else Intent.GENERATED
                session.call(operation, {**parameters, last.name: unknown}, intent=intent, **content)


def credentials(session: ContractSession, operation: Operation) -> None:
    """Send the valid request without a credential, with an empty, a wrong, a nearly right and a misplaced one.

    Every known resource, one that nobody has, and HEAD are asked for without a credential too: one door may be open.
    """
    if not operation.needs_credentials:
        return
    with ending_on_silence(session, operation):
        content = next(iter(contents(session, operation)))
        first = True
        for parameters in itertools.islice(known_or_made(session, operation), MAX_OPEN_DOORS):
            session.call(operation, parameters, intent=Intent.NO_CREDENTIALS, access={}, **content)
            if first:
                for intent, access in _no_access(session, operation):
                    session.call(operation, parameters, intent=intent, access=access, **content)
                if operation.method == "GET":
                    session.head(operation, parameters, intent=Intent.NO_CREDENTIALS, access={})
                if operation.path_parameters:
                    last = operation.path_parameters[-1].name
                    unknown = {**parameters, last: _fitting(session, operation, last)}
                    session.call(operation, unknown, intent=Intent.NO_CREDENTIALS, access={}, **content)
            first = False


def _no_access(session: ContractSession, operation: Operation) -> Iterator[tuple[Intent, dict[str, Any]]]:
    """Yield the arguments of calls that carry no valid credential, and why."""
    yield Intent.EMPTY_CREDENTIALS, session.access_with(operation, "")
    yield Intent.WRONG_CREDENTIALS, session.access_with(operation, f"wrong-{session.seed_of('wrong-credential'):x}")
    for scheme, value in session.credentials_of(operation):
        for near in near_misses(value):
            yield Intent.WRONG_CREDENTIALS, session.access_with(operation, near)
        if scheme.kind != "apiKey" or not session.target.is_loopback:
            # A valid key in a URL would stand in the access logs of whatever is between here and there.
            continue
        elsewhere = {
            "query": {"params": {scheme.field: value}},
            "cookie": {"cookies": {scheme.field: value}},
            "authorization": {"headers": {"Authorization": f"Bearer {value}"}},
        }
        yield from ((Intent.WRONG_CREDENTIALS, access) for place, access in elsewhere.items() if place != scheme.place)


def coverage(session: ContractSession, operation: Operation) -> None:
    """Send every boundary case schemathesis knows for the operation, valid and invalid."""
    with ending_on_silence(session, operation):
        for valid in (True, False):
            for planned in session.generator.coverage(operation, valid=valid):
                session.send(planned, operation)


def fuzzing(session: ContractSession, operation: Operation, *, valid: bool) -> None:
    """Send random cases, as many as the profile has."""

    def send(planned: Planned) -> bool:
        with ending_on_silence(session, operation):
            session.send(planned, operation)
        return not session.is_silent(operation)

    if not valid and not session.generator.can_be_invalid(operation):
        return
    made = session.generator.fuzz(
        operation,
        valid=valid,
        seed=session.seed_of("fuzzing", operation.key, str(valid)),
        budget=session.profile.cases,
        send=send,
    )
    if valid and not made:
        session.recorder.cannot_conclude(
            f"no valid random request could be made for {operation.label}. Correct its parameters in the overlay"
        )


def known_or_made(session: ContractSession, operation: Operation) -> Iterator[dict[str, str]]:
    """Yield the ids given for an operation; where there are none, make a resource by a documented link to it.

    What the user's ids stand for is never deleted where the run can make a resource of its own. Those of the embedded
    mock stand for nothing.
    """
    if operation.method == "DELETE" and not session.target.embedded:
        made = list(_made(session, operation))
        yield from made or session.known_ids(operation)
        return
    given = session.known_ids(operation)
    first = list(itertools.islice(given, 1)) or _made(session, operation)
    yield from itertools.chain(first, given)


def _made(session: ContractSession, operation: Operation) -> Iterator[dict[str, str]]:
    """Follow a link (OpenAPI 3.1, Link Object) to the operation: call its source, take the ids it returns."""
    for source, link in _links_to(session, operation):
        if source.method not in SAFE_METHODS and not session.target.allow_writes:
            continue
        content = next(iter(contents(session, source)))
        exchange = session.call(source, {}, **content)
        body = exchange.response.json() if exchange.response else None
        parameters = {name: _evaluated(expression, body) for name, expression in link.items()}
        if all(value is not None for value in parameters.values()):
            yield {name: str(value) for name, value in parameters.items()}
            return


def _links_to(session: ContractSession, operation: Operation) -> Iterator[tuple[Operation, dict[str, str]]]:
    document = session.contract.document
    wanted = {parameter.name for parameter in operation.path_parameters}
    for source in session.contract.operations:
        if source.path_parameters:
            continue
        for response in source.responses.values():
            for name in pointers.get(document, response.pointer).get("links", {}):
                at = pointers.resolved(document, pointers.join(response.pointer, "links", name))
                link = pointers.get(document, at)
                parameters = link.get("parameters") or {}
                if link.get("operationId") == operation.key and wanted <= set(parameters):
                    yield source, {name: str(parameters[name]) for name in wanted}


def _evaluated(expression: str, body: Json) -> Json:
    prefix = "$response.body#"
    if not expression.startswith(prefix):
        return None
    try:
        return pointers.get(body, expression.removeprefix(prefix))
    except KeyError:
        return None


def contents(session: ContractSession, operation: Operation) -> Iterator[dict[str, Json]]:
    """Yield what to send besides ids: nothing, or a valid body of the first media type and the required parameters."""
    schemas = session.contract.schemas
    query: dict[str, Json] = {}
    headers: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.required and parameter.schema is not None and parameter.place in {"query", "header"}:
            value = _worded(pool.body(schemas, parameter.schema, seed=session.seed))
            if parameter.place == "query":
                query[parameter.name] = value
            else:
                headers[parameter.name] = str(value)
    common: dict[str, Json] = {"query": query, "headers": headers}
    if not operation.body:
        yield common
        return
    content = operation.body[0]
    bodies = pool.bodies(schemas, content.schema, seed=session.seed, limit=1) if content.schema else ({},)
    for body in bodies or ({},):
        yield {**common, "body": body, "media_type": content.media_type}


def _worded(value: Json) -> Json:
    """Return a parameter's value as its text spells it: `true`, not Python's `True`."""
    if isinstance(value, list):
        return [_worded(item) for item in value]
    return json.dumps(value) if value is None or isinstance(value, bool) else value


def _fitting(session: ContractSession, operation: Operation, name: str) -> str:
    """Return an unknown id that the schema allows: one of another form would be a bad request, not a miss."""
    parameter = next(item for item in operation.path_parameters if item.name == name)
    unknown = session.unknown_id(operation.key, name)
    if parameter.schema is None or session.contract.schemas.accepts(parameter.schema, unknown):
        return unknown
    return str(pool.body(session.contract.schemas, parameter.schema, seed=session.seed_of(operation.key, name)))

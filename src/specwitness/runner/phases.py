"""The phases of a run: one function each, over a session and an operation. What they see lands in the recorder."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Operation
from specwitness.contract.sights import documented
from specwitness.findings import Intent, Json
from specwitness.runner.generation import Planned
from specwitness.runner.guessing import alike
from specwitness.runner.session import ContractSession, SilentError, if_it_succeeds
from specwitness.runner.transport import SAFE_METHODS, RequestRefusedError

SHORTEST_UNKNOWN = 8
"""How long an id that the schema made has to be, so that it is not somebody's by chance."""

READS = 2
"""How often an unknown resource is asked for: one that was asked for must not be known from then on."""

MOST_GUESSED = 3
"""How many times as many ids like the known ones are tried at most, as there may be without anything new."""

UNKNOWN_QUERY = "specwitness"
"""A query parameter that no document has; a strict server may refuse it."""


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
    """Send the valid request for every resource that is known to exist; one that is safe more than once.

    Where what is known does not show all that is documented, ids like the known ones are tried.
    """
    with ending_on_silence(session, operation):
        first = True
        for parameters in known_or_made(session, operation):
            for content in contents(session, operation):
                session.call(operation, parameters, **content)
                if operation.method in SAFE_METHODS:
                    _read_again(session, operation, parameters, content, thoroughly=first)
            first = False
        if operation.method == "GET":
            _guess(session, operation)


def _read_again(
    session: ContractSession,
    operation: Operation,
    parameters: dict[str, str],
    content: dict[str, Json],
    *,
    thoroughly: bool,
) -> None:
    """Read what was read once more, and once more without saying which media types are accepted.

    One resource, `thoroughly`: accepting nothing but JSON, where there is nothing else; with a query that nobody
    documents; and by HEAD.
    """
    session.call(operation, parameters, **content)
    kinds = {one.media_type for status in operation.success for one in operation.responses[status].content}
    if "text/event-stream" not in kinds:
        # Each look at a stream that does not end takes its time.
        session.call(operation, parameters, access=_accepting(session, operation, None), **content)
    if not thoroughly:
        return
    if len(kinds) == 1 and is_json(kind := kinds.pop()):
        session.call(operation, parameters, access=_accepting(session, operation, kind), **content)
    query = {**content["query"], UNKNOWN_QUERY: "1"}
    session.call(operation, parameters, intent=if_it_succeeds, **{**content, "query": query})
    if operation.method == "GET":
        session.alone("HEAD", operation, parameters, access=session.access_of(operation), **content)


def _accepting(session: ContractSession, operation: Operation, media_type: str | None) -> dict[str, Any]:
    """Return the arguments that carry the valid credentials and another Accept, or none."""
    access = session.access_of(operation)
    return {**access, "headers": {**access.get("headers", {}), "Accept": media_type}}


def _guess(session: ContractSession, operation: Operation) -> None:
    """Ask for ids like the known ones while something documented is unseen, and each few of them show more of it.

    Nothing is claimed of them. Only on this machine: elsewhere ids belong to people.
    """
    known = list(session.known_ids(operation))
    if not known or not operation.path_parameters or not session.target.is_loopback:
        return
    last = operation.path_parameters[-1]
    names = [one[last.name] for one in known if all(one[key] == known[0][key] for key in one if key != last.name)]
    sights = [one for one in documented(session.contract, operation) if one.place.startswith("2")]
    unseen = [one for one in sights if not session.recorder.has_seen(one)]
    values = [one.value for one in unseen if one.value]
    shown = [one.value for one in sights if one.value and one not in unseen]
    fruitless, budget = 0, session.profile.guesses
    likely = alike(names, shown, values, seed=session.seed_of("alike", operation.key))
    for name in itertools.islice(likely, MOST_GUESSED * budget):
        if not unseen or fruitless == budget:
            return
        if last.schema is not None and not session.contract.schemas.accepts(last.schema, name):
            continue
        content = next(iter(contents(session, operation)))
        session.call(operation, {**known[0], last.name: name}, intent=if_it_succeeds, **content)
        left = [one for one in unseen if not session.recorder.has_seen(one)]
        fruitless = fruitless + 1 if len(left) == len(unseen) else 0
        unseen = left


def unknown_ids(session: ContractSession, operation: Operation) -> None:
    """Ask for a resource that nobody has, by the last parameter of the path: the resource itself."""
    if not operation.path_parameters:
        return
    last = operation.path_parameters[-1]
    with ending_on_silence(session, operation):
        for parameters in itertools.islice(known_or_made(session, operation), 1):
            for _ in range(READS):
                unknown = fitting(session, operation, last.name)
                content = next(iter(contents(session, operation)))
                # Of a short id, such as a number, nobody can know that it is nobody's: then nothing is claimed.
                intent = Intent.UNKNOWN_ID if len(unknown) >= SHORTEST_UNKNOWN else Intent.GENERATED
                session.call(operation, {**parameters, last.name: unknown}, intent=intent, **content)


def coverage(session: ContractSession, operation: Operation) -> None:
    """Send every boundary case schemathesis knows for the operation, valid and invalid."""
    with ending_on_silence(session, operation):
        for valid in (True, False):
            for planned in session.generator.coverage(operation, valid=valid):
                session.send(planned, operation)


def fuzzing(session: ContractSession, operation: Operation, *, valid: bool) -> None:
    """Send random cases, as many as the profile has, while they show anything new."""
    fruitless = 0

    def send(planned: Planned) -> bool:
        nonlocal fruitless
        before = session.recorder.variety
        with ending_on_silence(session, operation):
            session.send(planned, operation)
        fruitless = fruitless + 1 if session.recorder.variety == before else 0
        return fruitless < session.profile.fruitless and not session.is_silent(operation)

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
    asked = session.contract.request_schemas
    made = pool.bodies(asked, content.schema, seed=session.seed, limit=1, omitting="readOnly") if content.schema else ()
    for body in made or ({},):
        yield {**common, "body": body, "media_type": content.media_type}


def _worded(value: Json) -> Json:
    """Return a parameter's value as its text spells it: `true`, not Python's `True`."""
    if isinstance(value, list):
        return [_worded(item) for item in value]
    return json.dumps(value) if value is None or isinstance(value, bool) else value


def fitting(session: ContractSession, operation: Operation, name: str) -> str:
    """Return an unknown id that the schema allows: one of another form would be a bad request, not a miss."""
    parameter = next(item for item in operation.path_parameters if item.name == name)
    unknown = session.unknown_id(operation.key, name)
    if parameter.schema is None or session.contract.schemas.accepts(parameter.schema, unknown):
        return unknown
    return str(pool.body(session.contract.schemas, parameter.schema, seed=session.seed_of(operation.key, name)))

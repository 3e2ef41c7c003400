"""Judge one exchange against the operation it belongs to: status, media type, headers, body, and what its intent asks.

Everything here is a pure function of the contract and the exchange, so that a witness can be judged again, and
traffic of any origin (a run, the mock, a recording) is judged alike. Entry point: `refusals`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import quote_plus

from specwitness.contract import pointers, requests
from specwitness.contract.given import has_example_id
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Contract, Operation, ResponseSpec, SecurityScheme
from specwitness.findings import Exchange, Intent, Json, Level, Party, Response


@dataclass(frozen=True)
class Violation:
    """One way in which an exchange is not what its operation documents.

    `pointer` is the place in the effective spec; `value` is set where the value itself is what is wrong.
    """

    rule: str
    part: str
    pointer: str
    message: str
    value: Json = None
    level: Level = Level.BREAKING
    allowed_by: Party = Party.SERVER
    rejected_by: Party = Party.CONTRACT
    certain: bool = True
    """False where the two validators do not agree."""


def refusals(contract: Contract, exchange: Exchange) -> Iterator[Violation]:
    """Yield everything in an exchange that its operation does not allow; nothing where it belongs to none."""
    operation = contract.operation(exchange.operation)
    response = exchange.response
    if operation is None or response is None:
        return
    if exchange.intent is Intent.PROBE:
        if response.status in _FAILURES:
            place = pointers.join(operation.pointer, "responses")
            yield Violation(
                "server-error", "response", place, f"the server failed with {response.status}", response.status
            )
        return
    yield from _status(operation, exchange, response)
    yield from _deserved(contract, operation, exchange, response)
    documented = operation.response_for(response.status)
    if documented is None:
        return
    yield from _headers(contract, documented, response)
    if exchange.request.method != "HEAD":
        yield from _body(contract, documented, response)


def _status(operation: Operation, exchange: Exchange, response: Response) -> Iterator[Violation]:
    place = pointers.join(operation.pointer, "responses")
    status = response.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield Violation(
            "server-error",
            "response",
            place,
            f"the server failed with {status}, whatever the request was",
            status,
        )
        return
    if exchange.request.method == "HEAD" != operation.method and status >= HTTPStatus.BAD_REQUEST:
        # HEAD where GET is documented: refused for whatever reason, it tells nothing.
        return
    expectation = _EXPECTED.get(exchange.intent)
    if expectation is not None and (violation := expectation(operation, status, place)):
        yield violation
        return
    if exchange.intent.without_access and operation.needs_credentials:
        # RFC 9110 makes 401 the answer here; a document that declares security need not repeat it.
        return
    if operation.response_for(status) is None:
        documented = ", ".join(operation.responses) or "none"
        yield Violation(
            "undocumented-status",
            "response",
            place,
            f"answered {status}; documented are {documented}",
            status,
        )


def _deserved(contract: Contract, operation: Operation, exchange: Exchange, response: Response) -> Iterator[Violation]:
    """Yield where the answer to a request is not what the request as it was sent deserved.

    A request that the contract refuses has to be refused. One that it allows should not be called bad; but a server may
    know reasons that no schema says, so that is a warning; of an operation with no more to it than ids it is said where
    these are known to exist.
    """
    accepted = response.status < HTTPStatus.BAD_REQUEST
    if exchange.intent is Intent.INVALID and accepted:
        asked = requests.read(contract, operation, exchange.request)
        if isinstance(asked, requests.Refusal):
            documented = any(status in operation.responses for status in _BAD_REQUEST)
            yield Violation(
                "accepted-invalid",
                "request",
                asked.pointer,
                f"answered {response.status} to a request that the contract refuses: {asked.reason}",
                level=Level.BREAKING if documented else Level.WARNING,
            )
    elif exchange.intent in {Intent.VALID, Intent.GENERATED} and str(response.status) in _BAD_REQUEST:
        has_input = bool(operation.body) or len(operation.parameters) > len(operation.path_parameters)
        if not (has_input or _is_plain_read(contract, exchange)) or operation.response_for(response.status) is None:
            return
        if isinstance(requests.read(contract, operation, exchange.request), requests.Asked):
            yield _refused("rejected-valid", operation, response, "to a request that the contract allows")
    elif (
        exchange.intent is Intent.VALID
        and response.status == HTTPStatus.UNAUTHORIZED
        and _carries_credentials(contract, operation, exchange)
    ):
        yield _refused("valid-credentials-refused", operation, response, "to the credentials that were given")


def _refused(rule: str, operation: Operation, response: Response, words: str) -> Violation:
    """Return a warning that a server refuses what the contract allows."""
    return Violation(
        rule,
        "request",
        operation.pointer,
        f"answered {response.status} {words}",
        response.status,
        level=Level.WARNING,
        allowed_by=Party.CONTRACT,
        rejected_by=Party.SERVER,
    )


def _is_plain_read(contract: Contract, exchange: Exchange) -> bool:
    """Say whether a resource that is known to exist was read, and its state is no documented reason to refuse that."""
    if exchange.intent is not Intent.VALID or exchange.request.method != "GET" or has_example_id(contract, exchange):
        return False
    return not any(exchange.operation in lifecycle.refused for lifecycle in contract.lifecycles)


def _carries_credentials(contract: Contract, operation: Operation, exchange: Exchange) -> bool:
    """Say whether a request has something for every scheme of one of the alternatives that an operation documents."""
    schemes = contract.security_schemes
    return any(
        alternative and all(name in schemes and _carries(exchange, schemes[name]) for name in alternative)
        for alternative in operation.security
    )


def _carries(exchange: Exchange, scheme: SecurityScheme) -> bool:
    if scheme.place == "query":
        return f"{quote_plus(scheme.field)}=" in exchange.request.url.partition("?")[2]
    if scheme.place == "cookie":
        return f"{scheme.field}=" in (exchange.request.header("Cookie") or "")
    return bool(exchange.request.header(scheme.header("")[0]))


# Of a method that there is not, 501 is a right answer too (RFC 9110 section 15.6.2).
_FAILURES = frozenset(range(500, 600)) - {HTTPStatus.NOT_IMPLEMENTED}

_BAD_REQUEST = ("400", "415", "422")


def _access_refused(operation: Operation, status: int, place: str) -> Violation | None:
    """RFC 9110 section 15.5.2: a request that lacks valid credentials is answered 401; 403 only where documented."""
    if not operation.needs_credentials:
        return None
    allowed = [code for code in ("401", "403") if code in operation.responses] or ["401", "403"]
    if str(status) in allowed:
        return None
    if status < HTTPStatus.BAD_REQUEST:
        return Violation(
            "credentials-not-required",
            "response",
            pointers.join(operation.pointer, "security"),
            f"answered {status} to a request without valid credentials; expected {' or '.join(allowed)}",
        )
    return Violation(
        "wrong-status-without-credentials",
        "response",
        place,
        f"answered {status} to a request without valid credentials; expected {' or '.join(allowed)}",
        status,
    )


def _absence_said(operation: Operation, status: int, place: str) -> Violation | None:
    """RFC 9110 section 15.5.5: what does not exist is 404; only asked where the operation documents it."""
    if "404" not in operation.responses or status in {404, 410}:
        return None
    if status < HTTPStatus.BAD_REQUEST:
        return Violation(
            "unknown-id-accepted", "response", place, f"answered {status} for a resource that does not exist, not 404"
        )
    return Violation(
        "wrong-status-for-unknown-id",
        "response",
        place,
        f"answered {status} for a resource that does not exist, not 404",
        status,
    )


_EXPECTED: dict[Intent, Callable[[Operation, int, str], Violation | None]] = {
    Intent.NO_CREDENTIALS: _access_refused,
    Intent.EMPTY_CREDENTIALS: _access_refused,
    Intent.WRONG_CREDENTIALS: _access_refused,
    Intent.UNKNOWN_ID: _absence_said,
}


def _headers(contract: Contract, documented: ResponseSpec, response: Response) -> Iterator[Violation]:
    for header in documented.headers:
        part = f"response {response.status} header {header.name}"
        value = response.header(header.name)
        if value is None:
            if header.required:
                yield Violation("missing-header", part, header.pointer, f"the header {header.name} is missing")
            continue
        if header.schema is None:
            continue
        readings = _header_readings(value, _types(contract, header.schema))
        if not any(contract.schemas.accepts(header.schema, reading) for reading in readings):
            reason = next(contract.schemas.rejections(header.schema, readings[0])).message
            yield Violation("header-schema", part, header.schema, f"the header {header.name}: {reason}")


def _types(contract: Contract, pointer: str) -> Json:
    schema = pointers.get(contract.schemas.document, pointers.resolved(contract.schemas.document, pointer))
    return schema.get("type") if isinstance(schema, dict) else None


def _header_readings(value: str, types: Json) -> list[Json]:
    """Return what a header's text may mean: itself, or the JSON number or boolean it spells.

    An array is written in the style `simple`, the only one of headers: with commas (OpenAPI, Style Values).
    """
    if types == "array" or (isinstance(types, list) and "array" in types):
        texts = [text.strip() for text in value.split(",")]
        return [texts, [_spelled(text) for text in texts], value]
    spelled = _spelled(value)
    return [value] if spelled is value else [value, spelled]


def _spelled(text: str) -> Json:
    """Return the number or boolean that a text spells, else the text."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed if isinstance(parsed, int | float | bool) else text


def _body(contract: Contract, documented: ResponseSpec, response: Response) -> Iterator[Violation]:
    part = f"response {response.status}"
    if not documented.content:
        return
    media_type = response.media_type
    if media_type is None:
        if response.body or documented.status != "default":
            yield Violation("missing-content-type", part, documented.pointer, "the response has no Content-Type")
        return
    content = documented.content_for(media_type)
    if content is None:
        offered = ", ".join(item.media_type for item in documented.content)
        yield Violation(
            "undocumented-content-type",
            part,
            pointers.join(documented.pointer, "content"),
            f"the response is {media_type}; documented are {offered}",
            media_type,
        )
        return
    if not is_json(media_type):
        return
    text, violation = _decoded(response, part, content.pointer)
    if violation is not None:
        yield violation
        return
    if (charset := _contradicted_charset(response, text)) is not None:
        yield Violation(
            "charset-is-utf-8",
            part,
            content.pointer,
            f"the Content-Type says that the JSON body is {charset}, which it is not: JSON is UTF-8",
            charset,
            level=Level.WARNING,
        )
    twice: set[str] = set()
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=partial(_noting_twice, twice))
    except json.JSONDecodeError as error:
        words = "it is empty" if not text.strip() else f"it is not JSON ({error})"
        yield Violation("body-is-json", part, content.pointer, f"the body is declared {media_type}, but {words}")
        return
    except (ValueError, RecursionError):
        # Legal by RFC 8259: nesting or a number of more digits than this reader takes proves nothing of the server.
        words = "the body is nested too deeply, or has too long a number, to be read here"
        yield Violation("body-is-json", part, content.pointer, words, certain=False)
        return
    if twice:
        # RFC 8259 section 4: names should be unique, for which of two members a reader takes is anybody's guess.
        words = f"an object of the body has two members of the name {min(twice)!r:.80}"
        yield Violation("member-names-are-unique", part, content.pointer, words, level=Level.WARNING)
    if content.schema is None:
        return
    for rejection in contract.schemas.rejections(content.schema, value):
        place = pointers.join("", *rejection.path)
        yield Violation(
            f"response-{_kebab(rejection.keyword)}",
            part,
            rejection.pointer,
            f"{place or 'the body'}: {rejection.message}",
            rejection.value,
            certain=rejection.agreed,
        )


def _decoded(response: Response, part: str, pointer: str) -> tuple[str, Violation | None]:
    """RFC 8259 section 8.1: JSON that is exchanged is UTF-8, without a byte order mark."""
    if response.body.startswith(b"\xef\xbb\xbf"):
        return "", Violation("body-without-bom", part, pointer, "the JSON body starts with a byte order mark")
    try:
        return response.body.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return "", Violation("body-is-utf-8", part, pointer, f"the JSON body is not UTF-8: {error.reason}")


def _contradicted_charset(response: Response, text: str) -> str | None:
    """Return the charset that a Content-Type names where a body read in it is another text than in UTF-8.

    RFC 8259 section 11 knows no such parameter; a client that heeds it reads something else than was meant.
    """
    found = _CHARSET.search(response.header("content-type") or "")
    if found is None:
        return None
    try:
        is_same = response.body.decode(found[1]) == text
    except (LookupError, ValueError):
        is_same = False
    return None if is_same else found[1].lower()


_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


def _noting_twice(twice: set[str], pairs: list[tuple[str, Json]]) -> Json:
    """Return an object, and note the names that stand twice in it."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice.update(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return members


def _refuse_constant(name: str) -> Json:
    raise json.JSONDecodeError(f"{name} is no JSON number", name, 0)


def _kebab(keyword: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword)

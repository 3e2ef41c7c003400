"""Rules that hold for every contract, written as its own checks are: protocol, discretion, and the memory of a server.

Entry point: `generic_checks`. Each is linear in the size of what it is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, unquote_plus

from specwitness.contract import pointers
from specwitness.contract.checking import Check, Refusal, check, trace_check
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Json, Trace

SHORTEST_SECRET = 6
"""Shorter values are not searched for: they turn up by chance."""


def generic_checks(contract: Contract, secrets: frozenset[str] = frozenset()) -> tuple[Check, ...]:
    """Return the rules for every contract, for this one; `secrets` are the values no answer may repeat."""
    return (
        *_protocol_checks(contract),
        *_discretion_checks(frozenset(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)),
        *_memory_checks(contract),
    )


# --- Protocol -------------------------------------------------------------------------------------------------------


def _protocol_checks(contract: Contract) -> tuple[Check, ...]:
    documented: dict[str, set[str]] = {}
    for operation in contract.operations:
        documented.setdefault(operation.path, set()).add(operation.method)

    @check(status=405, source="RFC 9110 section 15.5.6: a 405 lists the methods of its resource in Allow")
    def refused_method_names_the_allowed(exchange: Exchange) -> Iterator[Refusal]:
        """An answer that a method is not allowed says which are."""
        if exchange.response is not None and exchange.response.header("Allow") is None:
            yield Refusal("", "the answer is 405, but has no header Allow", part="header Allow")

    @check(
        status=405,
        source="RFC 9110 section 10.2.1: Allow holds the methods that the resource supports",
        standing="implied",
    )
    def allowed_methods_are_the_documented(exchange: Exchange) -> Iterator[Refusal]:
        """The methods an answer calls allowed include the documented ones."""
        operation = contract.operation(exchange.operation)
        allow = exchange.response.header("Allow") if exchange.response else None
        if operation is None or allow is None:
            return
        allowed = {method.strip() for method in allow.split(",")}
        for method in sorted(documented[operation.path] - allowed):
            yield Refusal("", f"{method} is documented, but Allow does not list it", method, part="header Allow")

    @check(source="RFC 9110 section 9.3.2: no content is sent in answer to HEAD")
    def head_has_no_body(exchange: Exchange) -> Iterator[Refusal]:
        """An answer to HEAD is its headers alone."""
        if exchange.request.method == "HEAD" and exchange.response is not None and exchange.response.body:
            yield Refusal("", f"HEAD was answered with a body of {len(exchange.response.body)} bytes")

    return (refused_method_names_the_allowed, allowed_methods_are_the_documented, head_has_no_body)


# --- Discretion -----------------------------------------------------------------------------------------------------

_STACK_TRACES = {
    "Python": re.compile(
        r'Traceback \(most recent call last\):|^ *File "[^"\n]{1,300}", line \d+, in \S', re.MULTILINE
    ),
    "Java": re.compile(
        r"^[ \t]{0,40}at [\w.$<>/]{3,200}\((?:[\w$]{1,200}\.(?:java|kt|scala|groovy):\d+|Native Method)\)", re.MULTILINE
    ),
    "JavaScript": re.compile(
        r"^[ \t]{0,40}at (?:[^\n()]{1,200} \()?(?:file:///|node:|/|[A-Za-z]:\\)[^\n()]{1,300}:\d+:\d+\)?", re.MULTILINE
    ),
    "Go": re.compile(r"^goroutine \d+ \[[a-z ,0-9]+\]:|^\t/[^\n]{1,300}\.go:\d+ \+0x[0-9a-f]+", re.MULTILINE),
    ".NET": re.compile(r"^[ \t]{0,40}at [\w.`<>\[\],]{3,200}\([^)\n]{0,300}\) in [^\n]{1,300}:line \d+", re.MULTILINE),
    "PHP": re.compile(
        r"(?:Fatal|Parse) error(?:</b>)?: [^\n]{1,500} in (?:<b>)?/[^\n]{1,300}\.php(?:</b>)? on line"
        r"|^#\d+ /[^\n]{1,300}\.php\(\d+\): ",
        re.MULTILINE,
    ),
    "Ruby": re.compile(r"[\w./-]{1,300}\.rb:\d+:in [`'][^'\n]{1,200}'"),
    "Rust": re.compile(r"thread '[^'\n]{1,100}' (?:\(\d+\) )?panicked at "),
}

_SERVER_PATH = re.compile(
    # A path on the server's own disk: a root of its system and the name of a file of code or data. A URL has a host
    # before it, and a link in a page an equals sign.
    r"(?<![\w.:/\\=@-])(?<!=[\"'])(?:file://)?"
    r"/(?:usr|home|var|opt|srv|app|root|tmp|etc|Users|private|workspace|mnt)/(?:[\w.@+-]{1,100}/){0,30}[\w.@+-]{1,100}?"
    r"\.(?:pyc?|rb|php|java|kt|go|rs|cs|[cm]?js|tsx?|jsx|so|dll|jar|ini|conf|env|key|pem|sqlite3?|db|log)\b"
    r"|\b[A-Za-z]:\\(?:[\w .@+-]{1,100}\\){1,30}[\w .@+-]{1,100}?\.(?:py|php|java|cs|js|ts|dll|exe|config|ini|log)\b"
)
_SPEAKS_OF_FAILURE = re.compile(r"/(?:error|exception|message|detail|reason|stack|trace)", re.IGNORECASE)


def _discretion_checks(secrets: frozenset[str]) -> tuple[Check, ...]:
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""))}
    known = re.compile("|".join(re.escape(form) for form in sorted(forms)) or r"(?!)")

    @check(source="CWE-209; RFC 9457 section 5: problem details are no debugging tool", standing="implied")
    def no_stack_trace_is_shown(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not show how the server works inside: no stack trace."""
        for part, pointer, text in _texts(exchange):
            for language, pattern in _STACK_TRACES.items():
                match = pattern.search(text)
                if match and not _was_sent(exchange, match.group().strip()):
                    yield Refusal(pointer, f"it shows a stack trace ({language})", part=part)
                    break

    @check(source="CWE-209, CWE-497: a path on the server's disk is of no use to a client", standing="implied")
    def no_server_path_is_shown(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not show where on its disk the server keeps a file."""
        for part, pointer, text in _texts(exchange):
            # What a success gives is the user's own, and may well speak of files: only its account of a failure is not.
            if part == "body" and _succeeded(exchange) and not _SPEAKS_OF_FAILURE.search(pointer):
                continue
            matches = _SERVER_PATH.finditer(text)
            if found := next((match for match in matches if not _was_sent(exchange, match.group())), None):
                yield Refusal(pointer, f"it shows a path on the server ({found.group():.120})", part=part)

    @check(source="RFC 9110 section 17.16, CWE-522: credentials are not disclosed")
    def no_credential_is_repeated(exchange: Exchange) -> Iterator[Refusal]:
        """An answer does not repeat a credential, where a log or a cache may keep it."""
        for part, pointer, text in _texts(exchange):
            if known.search(text):
                yield Refusal("" if known.search(pointer) else pointer, "it repeats a credential", part=part)

    return (no_stack_trace_is_shown, no_server_path_is_shown, no_credential_is_repeated)


def _texts(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield every text of a response with its part and pointer: header values, then the strings and names of a body."""
    response = exchange.response
    if response is None:
        return
    for name, value in response.headers:
        yield f"header {name}", "", value
    body = response.json()
    if isinstance(body, dict | list | str):
        yield from (("body", pointer, text) for pointer, text in _strings(body))
    elif response.body:
        yield "body", "", response.body.decode("utf-8", "replace")


def _strings(value: Json) -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, str):
            yield at, item
        elif isinstance(item, dict):
            yield from ((at, name) for name in item)
            stack += [(pointers.join(at, name), inner) for name, inner in item.items()]
        elif isinstance(item, list):
            stack += [(pointers.join(at, index), inner) for index, inner in enumerate(item)]


def _was_sent(exchange: Exchange, text: str) -> bool:
    """Say whether the request itself held a text: what a client sent, the server may repeat."""
    request = exchange.request
    if text in unquote_plus(request.url) or any(text in value for _, value in request.headers):
        return True
    if not request.body:
        return False
    sent = request.json()
    if isinstance(sent, dict | list | str):
        return any(text in string for _, string in _strings(sent))
    return text in unquote_plus(request.body.decode("utf-8", "replace"))


# --- Memory ---------------------------------------------------------------------------------------------------------

Resource = tuple[str, ...]
"""What a resource is known by: the name of its lifecycle, then the values of the parameters that identify it."""


def _memory_checks(contract: Contract) -> tuple[Check, ...]:
    names = {lifecycle.resource: _identifying(contract, lifecycle) for lifecycle in contract.lifecycles}

    @trace_check(source="lifecycle.yaml: which state may follow which")
    def states_only_move_forward(trace: Trace) -> Iterator[Refusal]:
        """A resource goes from state to state as its lifecycle allows, and stays in a final one."""
        last: dict[Resource, tuple[str, Exchange]] = {}
        for exchange in trace:
            if exchange.request.method == "DELETE" and _succeeded(exchange):
                for resource, known_by in names.items():
                    last.pop((resource, *_identity(exchange, known_by)), None)
            lifecycle = contract.lifecycle_of(exchange.operation)
            state = _state(exchange, lifecycle)
            if lifecycle is None or state is None:
                continue
            identity = _identity(exchange, names[lifecycle.resource])
            if not identity:
                continue
            key = (lifecycle.resource, *identity)
            earlier, shown = last.get(key, (state, exchange))
            if not lifecycle.may_follow(earlier, state):
                message = f"the state is {state}, after it was {earlier}"
                yield Refusal(lifecycle.shows[exchange.operation or ""], message, state, trace=(shown, exchange))
            last[key] = state, exchange

    @trace_check(source="lifecycle.yaml: a final state; contract.yaml: the fields that are volatile")
    def finished_resource_stays_as_it_is(trace: Trace) -> Iterator[Refusal]:
        """Two reads of a finished resource give the same answer, but for the fields that are called volatile."""
        reads: dict[Resource, dict[tuple[str | None, str], Exchange]] = {}
        for exchange in trace:
            asked = tuple(sorted(exchange.parameters.values()))
            if exchange.request.method not in {"GET", "HEAD"} and _succeeded(exchange):
                reads.pop(asked, None)
            lifecycle = contract.lifecycle_of(exchange.operation)
            state = _state(exchange, lifecycle)
            if exchange.request.method != "GET" or lifecycle is None or not lifecycle.is_final(state):
                continue
            same = reads.setdefault(asked, {})
            key = (exchange.operation, _query(exchange))
            before = same.get(key, exchange)
            place = _difference(_body(before), _body(exchange), ignored=contract.manifest.volatile)
            if place is not None and _state(before, lifecycle) == state:
                yield Refusal(
                    place, f"the resource is {state}, but two reads of it differ here", trace=(before, exchange)
                )
            same[key] = exchange

    return (states_only_move_forward, finished_resource_stays_as_it_is)


def _identifying(contract: Contract, lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the path parameters that every operation that shows the state is asked with, if it is asked with any."""
    sets = [
        {parameter.name for parameter in operation.path_parameters}
        for key in lifecycle.shows
        if (operation := contract.operation(key)) is not None and operation.path_parameters
    ]
    return tuple(sorted(set.intersection(*sets))) if sets else ()


def _identity(exchange: Exchange, names: tuple[str, ...]) -> Resource:
    """Return the values that identify a resource, as asked with or else as answered; empty where one is not known."""
    body = _body(exchange)
    answered = body if isinstance(body, dict) else {}
    values = (exchange.parameters.get(name, answered.get(name)) for name in names)
    known = tuple(value for value in values if isinstance(value, str))
    return known if len(known) == len(names) else ()


def _succeeded(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status < HTTPStatus.BAD_REQUEST


def _body(exchange: Exchange) -> Json:
    return exchange.response.json() if exchange.response else None


def _query(exchange: Exchange) -> str:
    query = exchange.request.url.partition("#")[0].partition("?")[2]
    return repr(sorted(parse_qsl(query, keep_blank_values=True)))


def _state(exchange: Exchange, lifecycle: Lifecycle | None) -> str | None:
    """Return the state that a success shows, where it is one that the lifecycle knows."""
    if lifecycle is None or not _succeeded(exchange):
        return None
    try:
        state = pointers.get(_body(exchange), lifecycle.shows[exchange.operation or ""])
    except KeyError:
        return None
    return state if isinstance(state, str) and state in lifecycle.states else None


def _difference(first: Json, second: Json, *, ignored: frozenset[str]) -> str | None:
    """Return the pointer of a place at which two JSON values differ, or None; members of ignored names are alike."""
    stack: list[tuple[str, Json, Json]] = [("", first, second)]
    while stack:
        at, one, other = stack.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            for name in sorted((one.keys() | other.keys()) - ignored, reverse=True):
                if name not in one or name not in other:
                    return pointers.join(at, name)
                stack.append((pointers.join(at, name), one[name], other[name]))
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            stack += [(pointers.join(at, index), *pair) for index, pair in enumerate(zip(one, other, strict=True))]
        elif type(one) is not type(other) or one != other:
            return at
    return None

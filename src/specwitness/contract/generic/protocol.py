"""What HTTP itself asks of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from specwitness.contract.checking import Check, Refusal, check, trace_check
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Trace

_SOFTWARE = ("Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator")
_VERSION = re.compile(r"(?:^|[/ v])\d+\.\d")
_ONE_PRODUCT = re.compile(r"[^\s/]+(?:/[^\s/]+)?")
"""What RFC 9110 has `Server` for: the name of one product, with or without its version."""


def checks(contract: Contract) -> tuple[Check, ...]:
    """Return the rules of protocol for a contract."""
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

    # API keys have no registered challenge, and many servers that take them send none: it is noted, and no more.
    @trace_check(source="RFC 9110 section 15.5.2: a 401 has a challenge in WWW-Authenticate", standing="noted")
    def missing_access_is_challenged(trace: Trace) -> Iterator[Refusal]:
        """An answer that credentials are missing says of which kind they are."""
        for exchange in trace:
            response = exchange.response
            if response is not None and response.status == 401 and response.header("WWW-Authenticate") is None:  # noqa: PLR2004 - the status that is about access
                yield _of_the_server(exchange, "WWW-Authenticate", "the answer is 401, but has no WWW-Authenticate")
                return

    @trace_check(
        source="RFC 9110 section 10.2.4: needless detail of the software helps those who attack it", standing="noted"
    )
    def software_keeps_its_versions_to_itself(trace: Trace) -> Iterator[Refusal]:
        """An answer does not tell the versions of all the software behind it."""
        told: set[str] = set()
        for exchange in trace:
            for name in _SOFTWARE:
                value = exchange.response.header(name) if exchange.response else None
                if value is None or value in told or (name == "Server" and _ONE_PRODUCT.fullmatch(value)):
                    continue
                if _VERSION.search(value):
                    told.add(value)
                    yield _of_the_server(exchange, name, f"the header {name} tells a version: {value:.80}", value)

    return (
        refused_method_names_the_allowed,
        allowed_methods_are_the_documented,
        head_has_no_body,
        missing_access_is_challenged,
        software_keeps_its_versions_to_itself,
    )


def _of_the_server(exchange: Exchange, header: str, message: str, value: str | None = None) -> Refusal:
    """Return a refusal of what a server does at every operation alike: it is said once, and of none of them."""
    return Refusal("", message, value, part=f"header {header}", trace=(replace(exchange, operation=None),))

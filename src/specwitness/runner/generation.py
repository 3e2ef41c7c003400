"""All we touch of schemathesis: cases for an operation, how to send one, and its opinion of a response.

Pinned exactly in pyproject.toml. Public names, and four that are exported but not documented: `Case.meta` (why a case
was made), `BaseSchema.iter_coverage_cases` (its deterministic cases), `coverage_unexpected_methods_seen` (what it
remembers of them) and `Ok`; the tests hold what we expect of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.errors import FailureGroup

from specwitness.contract import pointers
from specwitness.contract.model import Contract, Operation, SecurityScheme
from specwitness.contract.operations import is_extension, path_item
from specwitness.exceptions import DocumentError
from specwitness.findings import Intent, Json

# The checks of schemathesis that judge a response by the document alone and send nothing of their own. What a request
# deserved is judged by the request as it went over the wire, in `contract.conformance`.
_SECOND_OPINIONS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


AnyCase = Case[Any]


class _EnoughError(BaseException):
    """No more random cases are wanted. Not an Exception: Hypothesis would send the last case again to be sure of it."""


@dataclass(frozen=True)
class Planned:
    """One case to send, and why."""

    case: AnyCase
    intent: Intent


class Generator:
    """Cases for the operations of one contract."""

    def __init__(self, contract: Contract, *, base_url: str, probe_methods: bool) -> None:
        """Read the effective spec; `probe_methods` says whether methods that it does not have may be tried."""
        # Credentials are the runner's business: left in, schemathesis would generate them like any other header.
        self._schema = schemathesis.openapi.from_dict(
            _without_far_examples(_without_security(contract.document)), config=schemathesis.Config()
        )
        self._schema.config.update(base_url=base_url)
        if not probe_methods:
            self._schema.config.phases.coverage.unexpected_methods = set()
        self._operations: dict[str, APIOperation[Any, Any, Any, Any]] = {}
        for result in self._schema.get_all_operations():
            if not isinstance(result, Ok):
                # Its account of several lines ends with a copy of the part at fault.
                fault = " ".join(str(result.err()).partition("Problematic definition")[0].split())
                raise DocumentError(str(contract.document_path), fault, "Correct the document there")
            operation = result.ok()
            self._operations[operation.label] = operation
        self._first_of = {one.path: one.key for one in reversed(contract.operations)}
        load_all_checks()
        self._checks: list[Any] = CHECKS.get_by_names(list(_SECOND_OPINIONS))

    def coverage(self, operation: Operation, *, valid: bool) -> Iterator[Planned]:
        """Yield the boundary cases of an operation: the same ones in every run.

        Methods that a path does not have are tried by its first operation, whichever is asked first.
        """
        # schemathesis remembers which paths had theirs: then what one test sends would depend on the tests before it.
        self._schema.coverage_unexpected_methods_seen.clear()
        target = self._operations[operation.label]
        mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
        cases = self._schema.iter_coverage_cases(
            target, generation_modes=[mode], generation_config=self._schema.config.generation_for(operation=target)
        )
        for case in cases:
            if operation.key == self._first_of[operation.path] or _scenario(case) != _ODD_METHOD:
                yield Planned(case, _intent(case))

    def can_be_invalid(self, operation: Operation) -> bool:
        """Say whether a request of the operation can be invalid at all: any text is a valid id of type string.

        Asked of the boundary cases, which are soon made; the random strategy would search in vain for a long time.
        """
        return any(planned.intent is Intent.INVALID for planned in self.coverage(operation, valid=False))

    def fuzz(
        self, operation: Operation, *, valid: bool, seed: int, budget: int, send: Callable[[Planned], bool]
    ) -> bool:
        """Hand up to `budget` random cases to `send`, which says whether to go on; the same cases for the same seed.

        Returns False where no such case could be made.
        """
        strategy = self._operations[operation.label].as_strategy(
            generation_mode=GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
        )

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=budget,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(strategy)
        def run(case: AnyCase) -> None:
            if not send(Planned(case, _intent(case))):
                raise _EnoughError

        try:
            run()
        except hypothesis.errors.Unsatisfiable:
            return False
        except _EnoughError:
            pass
        return True

    def case(
        self,
        operation: Operation,
        *,
        parameters: Mapping[str, str],
        body: Json = None,
        media_type: str | None = None,
        query: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AnyCase:
        """Return one case made by hand."""
        extra: dict[str, Any] = {"body": body, "media_type": media_type} if media_type else {}
        case = self._operations[operation.label].Case(
            path_parameters=encoded(parameters), query=dict(query or {}), **extra
        )
        case.headers.update(headers or {})
        return case

    def state_machine(self) -> Any:
        """Return schemathesis' state machine class over the links of the document."""
        return self._schema.as_state_machine()

    def has_links(self) -> bool:
        """Say whether the document declares links, so that a walk along them is to be expected."""
        return any(
            response.get("links")
            for item in self._schema.raw_schema.get("paths", {}).values()
            if isinstance(item, dict)
            for operation in item.values()
            if isinstance(operation, dict)
            for response in operation.get("responses", {}).values()
            if isinstance(response, dict)
        )

    def second_opinions(self, case: AnyCase, response: Any) -> tuple[str, ...]:
        """Return what schemathesis refuses in a response, as a few stable words each."""
        try:
            case.validate_response(response, checks=self._checks)
        except FailureGroup as group:
            return tuple(sorted({str(failure.title) for failure in group.exceptions}))
        return ()


def encoded(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return path parameters as schemathesis puts them into a path: percent-encoded, a slash too (RFC 3986, 3.3)."""
    return {name: quote(value, safe="") for name, value in parameters.items()}


def credentials(scheme: SecurityScheme, value: str) -> dict[str, dict[str, str]]:
    """Return the keyword arguments of a call that carry a credential."""
    if scheme.place == "query":
        return {"params": {scheme.field: value}}
    if scheme.place == "cookie":
        return {"cookies": {scheme.field: value}}
    name, text = scheme.header(value)
    return {"headers": {name: text}}


def _intent(case: AnyCase) -> Intent:
    meta = case.meta
    if meta is None:
        return Intent.GENERATED
    if _scenario(case) in _PROBES:
        return Intent.PROBE
    return Intent.INVALID if meta.generation.mode.is_negative else Intent.GENERATED


def _scenario(case: AnyCase) -> str | None:
    """Return what a boundary case is about, None where it does not say."""
    scenario = getattr(case.meta.phase.data, "scenario", None) if case.meta else None
    return None if scenario is None else str(scenario.value)


_ODD_METHOD = "unspecified_http_method"
_PROBES = frozenset({_ODD_METHOD, "malformed_content_type", "unsupported_content_type", "unsupported_path_pattern"})


def generated_validly(case: AnyCase, place: str) -> bool:
    """Say whether one component of a case (`path`, `query`, ...) is what the document allows."""
    meta = case.meta
    if meta is None:
        return True
    return all(info.mode.is_positive for where, info in meta.components.items() if where.value == place)


def _without_security(document: Json) -> Json:
    bare = deepcopy(document)
    bare.pop("security", None)
    bare.get("components", {}).pop("securitySchemes", None)
    for path in [*bare["paths"]]:
        if is_extension(path):
            continue
        # schemathesis takes no notice of what stands beside the `$ref` of a path.
        bare["paths"][path] = item = path_item(bare, pointers.join("/paths", path))
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return bare


def _without_far_examples(value: Json) -> Json:
    """Leave out examples that lie elsewhere (`externalValue`), which schemathesis would fetch while it makes cases."""
    if isinstance(value, list):
        return [_without_far_examples(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_far_examples(
            {key: one for key, one in item.items() if not (isinstance(one, dict) and "externalValue" in one)}
            if name == "examples" and isinstance(item, dict)
            else item
        )
        for name, item in value.items()
    }

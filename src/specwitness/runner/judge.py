"""Turn exchanges into findings: what the contract refuses, what its checks refuse, and a second opinion.

A judge holds no state but what it could not judge (`problems`): the same exchange gives the same findings, so that a
witness can be judged again after it was found.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from specwitness.contract import pointers
from specwitness.contract.checking import Check, Refusal
from specwitness.contract.conformance import Violation, refusals
from specwitness.contract.generic import generic_checks
from specwitness.contract.model import Contract
from specwitness.contract.places import location, written_at
from specwitness.findings import Exchange, Finding, Intent, Json, Level, Location, Party, Trace, Verdict, Witness
from specwitness.runner.shrinking import shortest
from specwitness.runner.transport import TOO_LARGE


class Judge:
    """Judges exchanges of one contract."""

    def __init__(self, contract: Contract, secrets: frozenset[str] = frozenset()) -> None:
        """Take the contract's own checks and the generic ones; `secrets` are the credentials that were sent."""
        self.contract = contract
        generic = generic_checks(contract, secrets)
        self._generic_checks = tuple(check for check in generic if not check.over_trace)
        self._own_checks = tuple(check for check in contract.checks if not check.over_trace)
        self._trace_checks = tuple(check for check in (*generic, *contract.checks) if check.over_trace)
        self.problems: dict[str, None] = {}

    def findings(self, exchange: Exchange, second_opinions: Sequence[str] = ()) -> list[Finding]:
        """Return everything that is wrong with one exchange.

        `second_opinions` are refusals of the response by another tool; they count only where we found nothing.
        """
        if exchange.response is None:
            return [self._no_response(exchange)]
        violations = list(refusals(self.contract, exchange))
        found = [self._from_violation(violation, exchange) for violation in violations]
        known = {place for violation in violations for place in self._said(violation)}
        body_refused = any(violation.rule.startswith(("response-", "body-")) for violation in violations)
        for check in self._checks_for(exchange):
            found += [
                self._from_refusal(check, refusal, (exchange,))
                for refusal in self._asked(check, exchange, excused=body_refused)
                # A check that says again what the schema says already adds nothing.
                if self._pointer(refusal, exchange, pointers.locate) not in known
            ]
        if not found:
            found += [self._second_opinion(words, exchange) for words in second_opinions]
        return found

    def trace_findings(self, trace: Trace) -> list[Finding]:
        """Return what is wrong with exchanges taken together, in their order, each with the shortest trace of it."""
        found = []
        for check in self._trace_checks:
            part = tuple(exchange for exchange in trace if check.applies_to(exchange))
            unshown: dict[str, Trace] = {}
            for refusal in self._asked(check, part, excused=False) if part else ():
                shown = refusal.trace or unshown.get(_said_by(refusal))
                if shown is None or len(shown) > 1:
                    shown = self._shortest(check, refusal, shown or part)
                if not refusal.trace:
                    unshown[_said_by(refusal)] = shown
                found.append(self._from_refusal(check, refusal, shown))
        return found

    def _shortest(self, check: Check, refusal: Refusal, trace: Trace) -> Trace:
        """Return the shortest part of a trace for which a check still says the same."""
        words = _said_by(refusal)
        return shortest(
            trace, lambda part: any(_said_by(other) == words for other in self._asked(check, part, excused=True))
        )

    def confirmed(self, finding: Finding) -> Finding:
        """Return the finding as it is if its witness, judged again by itself, still shows it; else as undecided."""
        witness = finding.witness
        if witness is None:
            return finding
        trace = tuple(Exchange.from_json(exchange.to_json()) for exchange in witness.trace)
        again = [*self.trace_findings(trace), *self.findings(trace[-1])]
        if any(other.fingerprint == finding.fingerprint for other in again):
            return finding
        return replace(finding, verdict=Verdict.UNDECIDED, witness=None)

    def _said(self, violation: Violation) -> Iterator[str]:
        """Yield the places in the document that a violation speaks of: the keyword's own, and that of its value."""
        yield violation.pointer
        if not violation.rule.startswith("response-"):
            return
        schema = violation.pointer.rpartition("/")[0]
        yield schema
        if violation.rule == "response-required":
            yield pointers.locate(self.contract.schemas.document, schema, [str(violation.value)])

    def _checks_for(self, exchange: Exchange) -> Iterator[Check]:
        """Yield the checks with an opinion; a probe is no call of an operation, so only the generic ones have one."""
        own = () if exchange.intent is Intent.PROBE else self._own_checks
        yield from (check for check in (*self._generic_checks, *own) if check.applies_to(exchange))

    def _asked(self, check: Check, subject: Exchange | Trace, *, excused: bool) -> Iterable[Refusal]:
        try:
            return list(check(subject))
        except Exception as error:  # the code of a user's check may raise anything
            if not excused:
                self.problems[_fault_of_check(check, error)] = None
            return ()

    def _from_violation(self, violation: Violation, exchange: Exchange) -> Finding:
        certain = violation.certain
        where = location(self.contract, operation=exchange.operation, part=violation.part, pointer=violation.pointer)
        return Finding(
            rule=violation.rule,
            level=violation.level if certain else Level.WARNING,
            verdict=Verdict.BROKEN if certain else Verdict.UNDECIDED,
            where=where,
            message=f"{self._label(exchange)}: {violation.message}",
            source=written_at(self.contract, violation.pointer),
            value=violation.value,
            witness=Witness((exchange,), violation.allowed_by, violation.rejected_by, violation.message)
            if certain
            else None,
            operations=(exchange.operation,) if exchange.operation else (),
        )

    def _from_refusal(self, check: Check, refusal: Refusal, trace: Trace) -> Finding:
        exchange = trace[-1]
        return Finding(
            rule=check.rule,
            level=check.standing.level,
            verdict=Verdict.BROKEN,
            where=location(
                self.contract,
                operation=exchange.operation,
                part=self._part(refusal, exchange),
                pointer=self._pointer(refusal, exchange, pointers.place_of),
            ),
            message=f"{self._label(exchange)}: {refusal.message}",
            source=check.source,
            value=refusal.value,
            witness=Witness(trace, Party.SERVER, Party.CHECK, refusal.message),
            operations=(exchange.operation,) if exchange.operation else (),
        )

    def _part(self, refusal: Refusal, exchange: Exchange) -> str:
        response = f"response {exchange.response.status}" if exchange.response else "response"
        return response if refusal.part == "body" else f"{response} {refusal.part}"

    def _pointer(self, refusal: Refusal, exchange: Exchange, find: Callable[[Json, str, Sequence[str]], str]) -> str:
        """Return the place in the document that speaks of what a check refused; `find` finds it within a schema."""
        operation = self.contract.operation(exchange.operation)
        if operation is None or exchange.response is None:
            return ""
        documented = operation.response_for(exchange.response.status)
        if documented is None:
            # The place of the missing status itself belongs to a refusal of that status alone.
            beside = () if refusal.part == "status" else (str(exchange.response.status), refusal.part)
            return pointers.join(operation.pointer, "responses", *beside)
        content = documented.content_for(exchange.response.media_type or "")
        if refusal.part != "body":
            return pointers.join(documented.pointer, refusal.part)
        if content is None or content.schema is None:
            return documented.pointer
        return find(self.contract.schemas.document, content.schema, pointers.split(refusal.pointer))

    def _second_opinion(self, words: str, exchange: Exchange) -> Finding:
        return Finding(
            rule="second-opinion",
            level=Level.WARNING,
            verdict=Verdict.UNDECIDED,
            where=self._at_responses(exchange),
            message=f"{self._label(exchange)}: schemathesis refuses what our own reading accepts: {words}",
            source="schemathesis",
            value=words,
            operations=(exchange.operation,) if exchange.operation else (),
        )

    def _no_response(self, exchange: Exchange) -> Finding:
        words = exchange.fault or "no answer came"
        if words == TOO_LARGE:
            return self._too_large(exchange)
        return Finding(
            rule="no-response",
            level=Level.BREAKING,
            verdict=Verdict.BROKEN,
            where=self._at_responses(exchange),
            message=f"{self._label(exchange)}: {words}, twice",
            source="RFC 9110 section 3.4: a server answers each request with a response",
            value=words,
            witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, words),
            operations=(exchange.operation,) if exchange.operation else (),
        )

    def _too_large(self, exchange: Exchange) -> Finding:
        """Nothing is known to be wrong with such an answer, and nobody knows that it is right."""
        words = f"{TOO_LARGE}, twice; nothing of it was judged"
        return Finding(
            rule="body-too-large-to-judge",
            level=Level.WARNING,
            verdict=Verdict.UNDECIDED,
            where=self._at_responses(exchange),
            message=f"{self._label(exchange)}: {words}: {exchange.request.as_curl()}",
            source="the bound of this suite: what is larger than that is not read to its end",
            operations=(exchange.operation,) if exchange.operation else (),
        )

    def _at_responses(self, exchange: Exchange) -> Location:
        operation = self.contract.operation(exchange.operation)
        pointer = pointers.join(operation.pointer if operation else "", "responses")
        return location(self.contract, operation=exchange.operation, part="response", pointer=pointer)

    def _label(self, exchange: Exchange) -> str:
        operation = self.contract.operation(exchange.operation)
        if operation is None or exchange.intent is Intent.PROBE:
            return exchange.request.method
        return operation.label


def _said_by(refusal: Refusal) -> str:
    """Return what a refusal says, but for its words and its trace."""
    return json.dumps([refusal.part, refusal.pointer, refusal.value], sort_keys=True)


def _fault_of_check(check: Check, error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"check {check.rule} could not judge: it raised {type(error).__name__} at "
        f"{Path(frame.filename).name}:{frame.lineno}. Correct the check: it has to accept any JSON the schema allows"
    )

"""One cause, one finding: a rule that is derived keeps silent where a hand-written check speaks of the same place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import wraps

from specwitness.contract.checking import Check, Refusal
from specwitness.findings import Exchange, Trace

_Place = tuple[int, str, str]
"""An exchange by its identity, and the part and pointer that were refused in it."""


def unless_said(check: Check, own: Sequence[Check]) -> Check:
    """Return the check without the refusals that a contract's own checks have of the same exchange and place."""

    @wraps(check.function)
    def function(subject: Exchange | Trace) -> Iterable[Refusal]:
        refusals = list(check(subject))
        if not refusals:
            return []
        said = set(_said(own, subject))
        refused = {id(_shown_by(refusal, subject)): _shown_by(refusal, subject) for refusal in refusals}
        if isinstance(subject, tuple):
            said |= {place for exchange in refused.values() for place in _said(own, exchange)}
        return [refusal for refusal in refusals if _place(refusal, subject) not in said]

    return replace(check, function=function)


def _said(own: Sequence[Check], subject: Exchange | Trace) -> Iterator[_Place]:
    over_trace = isinstance(subject, tuple)
    for check in own:
        if check.over_trace is not over_trace:
            continue
        part: Exchange | Trace = subject
        if isinstance(subject, tuple):
            part = tuple(exchange for exchange in subject if check.applies_to(exchange))
        elif not check.applies_to(subject):
            continue
        try:
            yield from [_place(refusal, part) for refusal in check(part)]
        except Exception:  # noqa: S112 - the judge asks the same check, and reports what it raises
            continue


def _place(refusal: Refusal, subject: Exchange | Trace) -> _Place:
    # The judge finds the place of another part than the body by the part alone.
    return id(_shown_by(refusal, subject)), refusal.part, refusal.pointer if refusal.part == "body" else ""


def _shown_by(refusal: Refusal, subject: Exchange | Trace) -> Exchange:
    """Return the exchange that a refusal is about: the last of those that show it."""
    if not isinstance(subject, tuple):
        return subject
    return (refusal.trace or subject)[-1]

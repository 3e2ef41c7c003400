"""Statuses and headers of responses.

A client of the old description knows the statuses that it documents. Of others it knows the class: RFC 9110 section 15
has it treat them as the x00 of theirs: a new error is an error still, but a new success is not the one that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from specwitness.contract import pointers
from specwitness.contract.directions import RESPONSE
from specwitness.contract.model import Header, Operation, ResponseSpec
from specwitness.drift.pairing import Pair
from specwitness.drift.rules.rule import Change, Comparison, listed
from specwitness.drift.rules.writing import is_written_alike, rewritten, telling_values
from specwitness.drift.serialisation import serialised
from specwitness.findings import Json, Party


def status_added(kinds: str) -> Callable[[Comparison], Iterator[Change]]:
    """Return the rule about statuses of some classes that the old description does not document."""

    def rule(comparison: Comparison) -> Iterator[Change]:
        for pair, new, status in _added(comparison):
            if new.status[0] in kinds:
                known = listed(pair.old.responses)
                message = f"{pair.new.label} may answer {_words(new, status)}; clients know {known}"
                yield Change(
                    Party.NEW,
                    pointers.join(pair.new.pointer, "responses", new.status),
                    f"response {new.status}",
                    message,
                    (pair.new.key,),
                    proof=comparison.answered(
                        pair.old, new, f"{status} is not documented; documented are {known}", status=status
                    ),
                )

    return rule


def _words(documented: ResponseSpec, status: int) -> str:
    if documented.status.isdigit():
        return documented.status
    return f"{'anything' if documented.status == 'default' else documented.status}, such as {status}"


def _added(comparison: Comparison) -> Iterator[tuple[Pair, ResponseSpec, int]]:
    """Yield the statuses that clients do not know; who was told of none knows nothing that another could differ from.

    OpenAPI 3.1, Operation Object: `responses` may be left out.
    """
    for pair in comparison.changed:
        for answer in pair.answers if pair.old.responses else ():
            if answer.old is None and answer.new is not None:
                yield pair, answer.new, answer.status


def no_success(comparison: Comparison) -> Iterator[Change]:
    """Yield operations that document no success any more; one that documents nothing at all says nothing."""
    for pair in comparison.changed:
        if pair.old.success and pair.new.responses and not _succeeds(pair.new):
            message = f"{pair.new.label} documents no success any more, only {listed(pair.new.responses)}"
            place = pointers.join(pair.new.pointer, "responses")
            yield Change(Party.NEW, place, "responses", message, (pair.new.key,), doubtful=True)


def success_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield successes that clients wait for in vain, where what they get instead is documented."""
    for pair, old in _removed(comparison):
        swapped = any(answer.old is None and answer.new and _is_success(answer.new) for answer in pair.answers)
        if _is_success(old) and _succeeds(pair.new) and not swapped:
            message = f"{pair.old.label} does not answer {old.status} any more, only {listed(pair.new.responses)}"
            yield _gone(pair, old, message)


def other_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield errors and redirections that are not documented any more: who handles them is not disturbed."""
    for pair, old in _removed(comparison):
        if not _is_success(old):
            yield _gone(pair, old, f"{pair.old.label} does not document {old.status} any more")


def _removed(comparison: Comparison) -> Iterator[tuple[Pair, ResponseSpec]]:
    for pair in comparison.changed:
        # Of a range that was narrowed there is still something.
        kept = {answer.old.status for answer in pair.answers if answer.old and answer.new}
        for answer in pair.answers:
            if answer.new is None and answer.old is not None and answer.old.status not in kept:
                yield pair, answer.old


def _gone(pair: Pair, old: ResponseSpec, message: str) -> Change:
    place = pointers.join(pair.old.pointer, "responses", old.status)
    return Change(Party.OLD, place, f"response {old.status}", message, (pair.old.key,))


def _is_success(documented: ResponseSpec) -> bool:
    return documented.status.startswith("2")


def _succeeds(operation: Operation) -> bool:
    return bool(operation.success) or "default" in operation.responses


# --- Headers ----------------------------------------------------------------------------------------------------------


def header_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield headers that clients may have read and that are not sent any more; a required one is judged."""
    for pair, old, new, _ in comparison.described_by_both:
        known = {header.name.lower() for header in new.headers}
        for header in old.headers:
            if header.name.lower() not in known | _IGNORED and not header.required:
                message = f"{pair.old.label} does not send the header {header.name} with {old.status} any more"
                part = f"response {old.status} header {header.name}"
                yield Change(Party.OLD, header.pointer, part, message, (pair.old.key,))


def header_added(comparison: Comparison) -> Iterator[Change]:
    """Yield headers that are sent now."""
    for pair, old, new, _ in comparison.described_by_both:
        known = {header.name.lower() for header in old.headers}
        for header in new.headers:
            if header.name.lower() not in known | _IGNORED:
                message = f"{pair.new.label} sends the header {header.name} with {new.status} now"
                part = f"response {new.status} header {header.name}"
                yield Change(Party.NEW, header.pointer, part, message, (pair.new.key,))


def header_style_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield headers of which some value is written otherwise than clients read it: another style, or another form.

    OpenAPI 3.1, Header Object: its style is `simple`, unless a media type of its `content` says how it is written.
    """
    for pair, old, new, status in comparison.described_by_both:
        known = {header.name.lower(): header for header in old.headers}
        for header in new.headers:
            read = known.get(header.name.lower())
            if read is None or header.name.lower() in _IGNORED:
                continue
            was, now = _described(comparison, Party.OLD, read), _described(comparison, Party.NEW, header)
            if is_written_alike(was, now):
                continue
            part = f"response {new.status} header {header.name}"
            values = telling_values(comparison.new.schemas, header.pointer, now, omitting=RESPONSE)
            found = rewritten(was, now, filter(partial(_travels, now), values))
            if not values:
                message = f"{pair.new.label} may write the {part} otherwise; no value of it could be made"
                yield Change(Party.NEW, header.pointer, part, message, (pair.new.key,), doubtful=True)
            elif found is not None:
                _, before, after = found
                message = f"{pair.new.label} does not write the header {header.name} {before!r} any more, but {after!r}"
                proof = comparison.answered(
                    pair.old, new, f"clients read it as {before!r}", status=status, header=(header.name, after)
                )
                yield Change(Party.NEW, header.pointer, part, message, (pair.new.key,), proof=proof)


def _described(comparison: Comparison, side: Party, header: Header) -> Json:
    """Return a Header Object as the Parameter Object that it stands for."""
    return {**comparison.data(side, header.pointer), "name": header.name, "in": "header"}


def _travels(header: Json, value: Json) -> bool:
    text = serialised(header, value)
    return text.isascii() and text.isprintable()


_IGNORED = {"content-type"}
"""OpenAPI 3.1, Response Object: a header of this name "SHALL be ignored"."""

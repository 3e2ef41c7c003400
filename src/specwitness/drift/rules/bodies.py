"""Bodies that are not taken or sent any more, or in other media types; what stands in them is judged as messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from specwitness.contract import pointers
from specwitness.contract.model import Content
from specwitness.drift.media_types import counterpart, covering, uncovered
from specwitness.drift.pairing import Answer, Pair
from specwitness.drift.rules.rule import Change, Comparison, Proof, listed
from specwitness.findings import Party

# --- Requests ---------------------------------------------------------------------------------------------------------


def request_body_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield operations that do not take a body any more."""
    for pair in comparison.changed:
        if pair.old.body and not pair.new.body:
            message = f"{pair.old.label} takes no body any more: what clients send in it is not heard"
            place = pointers.join(pair.old.pointer, "requestBody")
            yield Change(Party.OLD, place, "request body", message, (pair.old.key,))


def request_body_added(comparison: Comparison) -> Iterator[Change]:
    """Yield operations that can take a body, and could not; one that has to be sent is judged."""
    for pair in comparison.changed:
        if pair.new.body and not pair.old.body and not pair.new.body_required:
            place = pointers.join(pair.new.pointer, "requestBody")
            yield Change(Party.NEW, place, "request body", f"{pair.new.label} can take a body", (pair.new.key,))


def request_media_type_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield media types that clients may send and that are not taken any more."""
    for pair in comparison.changed:
        for content in pair.old.body if pair.new.body else ():
            refused = uncovered(content.media_type, pair.new.body)
            if refused is not None:
                taken = _media_types(pair.new.body)
                message = f"{pair.old.label} does not take {refused} any more, only {taken}"
                sent = replace(content, media_type=refused)
                proof = comparison.sent(pair.old, f"415: the body has to be {taken}", body=sent)
                yield Change(Party.OLD, content.pointer, "request body", message, (pair.old.key,), proof=proof)


def request_media_type_added(comparison: Comparison) -> Iterator[Change]:
    """Yield media types that are taken now."""
    for pair in comparison.changed:
        for content in pair.new.body if pair.old.body else ():
            if covering(content.media_type, pair.old.body) is None:
                message = f"{pair.new.label} takes {content.media_type} too"
                yield Change(Party.NEW, content.pointer, "request body", message, (pair.new.key,))


# --- Responses --------------------------------------------------------------------------------------------------------


def response_body_added(comparison: Comparison) -> Iterator[Change]:
    """Yield responses that have a body now."""
    for pair, old, new, status in comparison.described_by_both:
        if new.content and not old.content:
            place, message = pointers.join(new.pointer, "content"), f"{pair.new.label} answers {status} with a body now"
            yield Change(Party.NEW, place, f"response {new.status}", message, (pair.new.key,))


def response_media_type_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield media types that clients may ask for and that they do not get any more."""
    for pair, old, new, status in comparison.described_by_both:
        for content in old.content if new.content else ():
            if counterpart(content.media_type, new.content) is None:
                now = _media_types(new.content)
                message = f"{pair.old.label} answers {status} not as {content.media_type} any more, only as {now}"
                proof = _not_as_asked(comparison, pair, content, Answer(status, old, new))
                part = f"response {old.status}"
                yield Change(Party.OLD, content.pointer, part, message, (pair.old.key,), proof=proof)


def _not_as_asked(comparison: Comparison, pair: Pair, content: Content, answer: Answer) -> Proof:
    """Return the proof: a response in a media type that was none, else a request that asks for one in vain."""
    old, new = answer.old, answer.new
    now, was = new.content if new else (), old.content if old else ()
    foreign = next((one for one in now if covering(one.media_type, was) is None), None)
    if new is not None and foreign is not None:
        reason = f"the response is {foreign.media_type}; documented are {_media_types(was)}"
        return comparison.answered(pair.old, new, reason, status=answer.status, content=foreign)
    reason = f"406: the answer can only be {_media_types(now)}"
    return comparison.sent(pair.old, reason, headers=(("Accept", content.media_type),))


def response_media_type_added(comparison: Comparison) -> Iterator[Change]:
    """Yield media types that clients can get too, where what they got is still there."""
    for pair, old, new, status in comparison.described_by_both:
        if not old.content or any(counterpart(content.media_type, new.content) is None for content in old.content):
            continue
        for content in new.content:
            if covering(content.media_type, old.content) is None:
                message = f"{pair.new.label} answers {status} as {content.media_type} too"
                yield Change(Party.NEW, content.pointer, f"response {new.status}", message, (pair.new.key,))


def _media_types(contents: tuple[Content, ...]) -> str:
    return listed(content.media_type for content in contents)

"""Webhooks and callbacks: those that do not come any more, or come otherwise; their bodies are judged as messages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from specwitness.contract import pointers
from specwitness.contract.model import Content, ResponseSpec
from specwitness.drift.media_types import covering
from specwitness.drift.rules.called import Called, CalledPair
from specwitness.drift.rules.rule import Change, Comparison, Proof, listed
from specwitness.drift.wire import CONSUMER, least_request, least_response
from specwitness.findings import Exchange, Party, Witness


def webhook_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield webhooks that consumers wait for in vain."""
    yield from _removed(comparison, webhooks=True)


def callback_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield callbacks that consumers wait for in vain."""
    yield from _removed(comparison, webhooks=False)


def _removed(comparison: Comparison, *, webhooks: bool) -> Iterator[Change]:
    for called in comparison.called.removed:
        if called.is_webhook == webhooks:
            whom = "its consumers wait in vain" if called.by_server else "who calls it is not heard"
            yield _change(Party.OLD, called, f"{called.label} is gone: {whom}", doubtful=True)


def webhook_added(comparison: Comparison) -> Iterator[Change]:
    """Yield webhooks that are new."""
    yield from _added(comparison, webhooks=True)


def callback_added(comparison: Comparison) -> Iterator[Change]:
    """Yield callbacks that are new."""
    yield from _added(comparison, webhooks=False)


def _added(comparison: Comparison, *, webhooks: bool) -> Iterator[Change]:
    for called in comparison.called.added:
        if called.is_webhook == webhooks:
            yield _change(Party.NEW, called, f"{called.label} is new")


def address_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield callbacks whose address is read from elsewhere: who gives it where it was read from is not called."""
    for both in comparison.called.both:
        if both.old.address != both.new.address:
            message = f"{both.new.label} goes to {both.new.address}, and not to {both.old.address} any more"
            yield _change(Party.NEW, both.new, message, doubtful=True)


def media_type_added(comparison: Comparison) -> Iterator[Change]:
    """Yield media types that the server sends now and that its consumers do not take."""
    for both in _swapped(comparison):
        known = both.old.operation.body
        for content in both.new.operation.body if known else ():
            if covering(content.media_type, known) is None:
                taken = listed(one.media_type for one in known)
                message = f"{both.new.label} comes as {content.media_type}; its consumers take {taken}"
                proof = partial(_sent, comparison, both, content, f"415: the body has to be {taken}")
                yield _change(Party.NEW, both.new, message, proof=proof, pointer=content.pointer)


def _sent(comparison: Comparison, both: CalledPair, content: Content, reason: str) -> Witness:
    operation = both.new.operation
    request = least_request(comparison.new, operation, server=CONSUMER, body=content, credentials=())
    return Witness((Exchange(request, None, operation.key),), Party.NEW, Party.OLD, reason)


def answer_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield good answers of consumers that the server does not document any more."""
    for both in _swapped(comparison):
        for answer in both.pair.answers:
            if answer.old is not None and answer.new is None and answer.old.status.startswith("2"):
                known = listed(both.new.operation.responses)
                message = f"{both.new.label}: consumers answer {answer.old.status}; the server knows {known}"
                place = pointers.join(both.new.operation.pointer, "responses")
                reason = f"{answer.status} is not among {known}"
                proof = partial(_answered, comparison, both, answer.old, answer.status, reason)
                yield _change(Party.NEW, both.new, message, proof=proof, pointer=place, value=answer.old.status)


def _answered(comparison: Comparison, both: CalledPair, documented: ResponseSpec, status: int, reason: str) -> Witness:
    operation = both.old.operation
    response = least_response(comparison.old, documented, status=status)
    request = least_request(comparison.old, operation, server=CONSUMER, credentials=())
    return Witness((Exchange(request, response, operation.key),), Party.OLD, Party.NEW, reason)


def _swapped(comparison: Comparison) -> Iterator[CalledPair]:
    """Yield what the server sends and its consumers answer."""
    yield from (both for both in comparison.called.both if both.swapped)


def _change(
    side: Party,
    called: Called,
    message: str,
    *,
    pointer: str | None = None,
    value: str | None = None,
    proof: Proof | None = None,
    doubtful: bool = False,
) -> Change:
    operation = called.operation
    part = "webhook" if called.is_webhook else "callback"
    return Change(side, pointer or operation.pointer, part, message, (operation.key,), value, proof, doubtful)

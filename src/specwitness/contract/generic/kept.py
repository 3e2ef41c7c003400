"""Rules for what a server keeps, by the `store` of `lifecycle.yaml`: lists and counts agree with what was done.

Entry point: `checks`. Each goes once through the exchanges of a test, in their order. Servers have other clients
too, so nothing is claimed of a resource that the test has not seen itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from specwitness.contract import pointers
from specwitness.contract.checking import Check, Refusal, trace_check
from specwitness.contract.generic.reading import NOTHING, body_of, is_done, look, query_of
from specwitness.contract.lifecycle import Lifecycle, Listing, Store
from specwitness.contract.model import Contract
from specwitness.findings import Exchange, Json, Trace


@dataclass
class _Story:
    """What a trace has shown until now: each resource's last state and the exchange that showed it, and who is gone."""

    shown: dict[str, tuple[str, Exchange]] = field(default_factory=dict)
    gone: dict[str, Exchange] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kept:
    """One lifecycle whose resources are kept, and where its answers say what."""

    lifecycle: Lifecycle
    store: Store
    listing: Listing
    id_at: str
    state_at: str

    @classmethod
    def of(cls, lifecycle: Lifecycle) -> _Kept | None:
        store = lifecycle.store
        if store is None or store.list is None or store.read is None or lifecycle.id is None:
            return None
        if store.read not in lifecycle.shows:
            return None
        same = lifecycle.answers[store.read].same if store.read in lifecycle.answers else {}
        id_at = next((at for at, name in same.items() if name == lifecycle.id), f"/{lifecycle.id}")
        return cls(lifecycle, store, store.list, id_at, lifecycle.shows[store.read])

    def items(self, exchange: Exchange) -> list[Json]:
        """Return the items of a successful answer of the list."""
        if exchange.operation != self.listing.operation or not is_done(exchange):
            return []
        found = look(body_of(exchange), self.listing.items)
        return found if isinstance(found, list) else []

    def item_pointer(self, index: int, at: str) -> str:
        """Return the place of a part of an item in the answer."""
        return f"{pointers.join(self.listing.items, index)}{at}"

    def told(self, story: _Story, exchange: Exchange) -> None:
        """Take in what an exchange other than a list says of one resource."""
        if not is_done(exchange):
            return
        name = exchange.parameters.get(self.lifecycle.id or "")
        if exchange.operation == self.store.delete:
            if name is not None:
                story.shown.pop(name, None)
                story.gone[name] = exchange
            return
        body = body_of(exchange)
        name = name or _text(look(body, self.id_at))
        state = _text(look(body, self.lifecycle.shows.get(exchange.operation or "", "/\0")))
        if name is None:
            return
        story.gone.pop(name, None)
        if exchange.operation in self.store.change:
            story.shown.pop(name, None)
        elif state is not None:
            story.shown[name] = state, exchange


def checks(contract: Contract) -> tuple[Check, ...]:
    """Return the rules for the lifecycles of a contract whose resources are listed."""
    kept = [found for one in contract.lifecycles if (found := _Kept.of(one))]
    return tuple(check for one in kept for check in (*_list_checks(one), *_number_checks(one)))


def _list_checks(kept: _Kept) -> tuple[Check, ...]:
    listing, lifecycle = kept.listing, kept.lifecycle

    @trace_check(source=f"lifecycle.yaml, {lifecycle.resource}: the filters of {listing.operation}")
    def listed_are_those_asked_for(trace: Trace) -> Iterator[Refusal]:
        """A list that is filtered has no item that the filter leaves out."""
        for exchange in trace:
            wanted = parse_qs(urlsplit(exchange.request.url).query)
            for name, at in listing.filters.items():
                texts = wanted.get(name, [])
                for index, item in enumerate(kept.items(exchange) if len(texts) == 1 else ()):
                    value = look(item, at)
                    if value is not NOTHING and value is not None and _text(value) != texts[0]:
                        place = kept.item_pointer(index, at)
                        yield Refusal(place, f"asked for {name}={texts[0]}, listed {value!r}", trace=(exchange,))

    @trace_check(
        source=f"lifecycle.yaml, {lifecycle.resource}: {listing.operation} and {kept.store.read} show one state"
    )
    def list_agrees_with_the_reads(trace: Trace) -> Iterator[Refusal]:
        """A list shows a resource in a state that may follow the one it was last read in, and none that is deleted."""
        story = _Story()
        for exchange in trace:
            for index, item in enumerate(kept.items(exchange)):
                name, state = _text(look(item, kept.id_at)), _text(look(item, kept.state_at))
                if name in story.gone:
                    message = f"{name} is listed after it was deleted"
                    yield Refusal(
                        kept.item_pointer(index, kept.id_at), message, trace=(story.gone[name or ""], exchange)
                    )
                if name not in story.shown or state is None or state not in lifecycle.states:
                    continue
                before, read = story.shown[name or ""]
                if before in lifecycle.states and not lifecycle.may_follow(before, state):
                    message = f"{name} is listed as {state}, after it was {before}"
                    yield Refusal(kept.item_pointer(index, kept.state_at), message, trace=(read, exchange))
            kept.told(story, exchange)

    return listed_are_those_asked_for, list_agrees_with_the_reads


def _number_checks(kept: _Kept) -> tuple[Check, ...]:
    listing, lifecycle = kept.listing, kept.lifecycle

    @trace_check(
        source=f"lifecycle.yaml, {lifecycle.resource}: what {listing.operation} lists and counts", standing="implied"
    )
    def total_counts_what_is_listed(trace: Trace) -> Iterator[Refusal]:
        """The total of a list is not smaller than what the list shows, and just that where all fits on one page."""
        for exchange in trace:
            items = kept.items(exchange)
            total = look(body_of(exchange), listing.total or "/\0") if items else None
            if listing.total is None or not isinstance(total, int) or isinstance(total, bool):
                continue
            paged = {listing.page, listing.size} & {name for name, _ in query_of(exchange)}
            size = look(body_of(exchange), f"/{listing.size}")
            whole = not paged and isinstance(size, int) and len(items) < size
            if total < len(items) or (whole and total != len(items)):
                yield Refusal(listing.total, f"the total is {total}, listed are {len(items)}", trace=(exchange,))

    @trace_check(
        source=f"lifecycle.yaml, {lifecycle.resource}: {listing.operation} lists resources", standing="implied"
    )
    def nothing_is_listed_twice(trace: Trace) -> Iterator[Refusal]:
        """One answer lists a resource once."""
        for exchange in trace:
            seen: set[str] = set()
            for index, item in enumerate(kept.items(exchange)):
                name = _text(look(item, kept.id_at))
                if name is not None and name in seen:
                    yield Refusal(kept.item_pointer(index, kept.id_at), f"{name} is listed twice", trace=(exchange,))
                seen.add(name or "")

    @trace_check(source=f"lifecycle.yaml, {lifecycle.resource}: what is counted", standing="implied")
    def counts_add_up(trace: Trace) -> Iterator[Refusal]:
        """The counts of all states add up to the count of all; where not every state is counted, nothing is said."""
        counting = kept.store.count
        for exchange in trace:
            if counting is None or exchange.operation != counting.operation or not is_done(exchange):
                continue
            body = body_of(exchange)
            total, states = look(body, counting.total or "/\0"), look(body, counting.states or "/\0")
            if isinstance(total, int) and isinstance(states, dict) and states.keys() >= set(lifecycle.states):
                counts = [count for count in states.values() if isinstance(count, int)]
                if len(counts) == len(states) and sum(counts) != total:
                    message = f"{total} in all, but {sum(counts)} by state"
                    yield Refusal(counting.total or "", message, trace=(exchange,))

    @trace_check(source=f"lifecycle.yaml, {lifecycle.resource}: {kept.store.create} makes one", standing="implied")
    def each_creation_has_an_id_of_its_own(trace: Trace) -> Iterator[Refusal]:
        """Two creations that are not one repeated by its key do not make the same resource."""
        repeat, made = kept.store.repeat, dict[str, Exchange]()
        for exchange in trace:
            if exchange.operation != kept.store.create or not is_done(exchange):
                continue
            name = _text(look(body_of(exchange), kept.id_at))
            if name is None or (repeat is not None and exchange.request.header(repeat.header)):
                continue
            if name in made:
                yield Refusal(kept.id_at, f"{name} was made already", trace=(made[name], exchange))
            made[name] = exchange

    return total_counts_what_is_listed, nothing_is_listed_twice, counts_add_up, each_creation_has_an_id_of_its_own


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None

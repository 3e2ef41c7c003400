"""What an answer says by itself, held to what `lifecycle.yaml` says of the resource: its state, and the laws it obeys.

Only what the contract describes is asked for, and nothing here is more than implied: the pages that lifecycle.yaml was
read from seldom say it in so many words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from specwitness.contract import pointers
from specwitness.contract.checking import Check, Refusal, check
from specwitness.contract.generic.reading import (
    NOTHING,
    body_of,
    has_undocumented_state,
    is_done,
    look,
    schema_of,
    state_of,
)
from specwitness.contract.lifecycle import Laws
from specwitness.contract.model import Contract
from specwitness.contract.timestamps import is_before, timestamp
from specwitness.findings import Exchange, Json

ROUNDING = 1.0
"""Seconds by which a duration and two instants, each rounded by the server, may differ."""

_NAME = re.compile(r"\{([^{}]+)\}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NARROWING = frozenset({"type", "enum", "const", "not", "anyOf", "oneOf", "allOf", "if", "$ref"})
_EMPTY: tuple[Json, ...] = (None, "", [], {})

_Obeyed = Callable[[Exchange], Laws]
"""Returns the laws that an answer obeys: those of its operation, where it is a success."""


def checks(contract: Contract) -> tuple[Check, ...]:
    """Return the rules for single answers of a contract."""
    laws = {key: one for lifecycle in contract.lifecycles for key, one in lifecycle.answers.items()}

    def obeyed(exchange: Exchange) -> Laws:
        return laws.get(exchange.operation or "", Laws()) if is_done(exchange) else Laws()

    return _of_states(contract), *_of_ids(obeyed), *_of_numbers(obeyed), _of_values(obeyed)


def _of_states(contract: Contract) -> Check:
    null_is_a_value = cache(lambda at: _NARROWING.isdisjoint(pointers.get(contract.schemas.document, at)))

    def lacks(exchange: Exchange, place: str) -> bool:
        schema, found = schema_of(contract, exchange, place), look(body_of(exchange), place)
        if schema is None:
            return False
        return found is NOTHING or (found is None and not null_is_a_value(schema))

    @check(source="lifecycle.yaml: what is present, absent or null in a state", standing="implied")
    def answer_fits_its_state(exchange: Exchange) -> Iterator[Refusal]:
        """An answer holds what the state that it shows implies, and nothing that the state excludes."""
        lifecycle = contract.lifecycle_of(exchange.operation)
        state = state_of(exchange, lifecycle)
        wanted = lifecycle.demands.get(state) if lifecycle and state else None
        if lifecycle is None or wanted is None or has_undocumented_state(contract, exchange):
            return
        said = f"the {lifecycle.resource} is {state}"
        for place in wanted.present:
            if lacks(exchange, place):
                yield Refusal(place, f"{said}, but there is no {_named(place)}")
        for place in (*wanted.absent, *wanted.null):
            found = look(body_of(exchange), place)
            if found is not NOTHING and found not in _EMPTY:
                yield Refusal(place, f"{said}, but there is {_named(place)}")

    return answer_fits_its_state


def _of_ids(obeyed: _Obeyed) -> tuple[Check, ...]:
    @check(source="lifecycle.yaml, `same`: what names the resource that was asked for", standing="implied")
    def answer_is_about_what_was_asked_for(exchange: Exchange) -> Iterator[Refusal]:
        """An answer names the resource that was asked for."""
        for place, name in obeyed(exchange).same.items():
            asked, answered = exchange.parameters.get(name), look(body_of(exchange), place)
            if asked is not None and isinstance(answered, str | int) and not _same(asked, str(answered)):
                yield Refusal(place, f"asked for {asked!r:.80}, answered {answered!r:.80}")

    @check(source="lifecycle.yaml, `says` and `headers`: where a link leads", standing="implied")
    def links_lead_to_the_resource(exchange: Exchange) -> Iterator[Refusal]:
        """A link in an answer leads to the resource that the answer is about."""
        law = obeyed(exchange)
        known = _known(exchange, law)
        for place, template in law.says.items():
            wanted, found = _worded(template, known), look(body_of(exchange), place)
            if wanted is not None and isinstance(found, str) and not _leads_to(found, wanted):
                yield Refusal(place, f"{_named(place)} does not lead to {wanted:.120}")
        for name, template in law.headers.items():
            wanted, told = _worded(template, known), exchange.response.header(name) if exchange.response else None
            if wanted is not None and told and not _leads_to(told, wanted):
                yield Refusal("", f"the header {name} does not lead to {wanted:.120}", part=f"header {name}")

    return answer_is_about_what_was_asked_for, links_lead_to_the_resource


def _of_numbers(obeyed: _Obeyed) -> tuple[Check, ...]:
    @check(source="lifecycle.yaml, `ordered`: which instant is not before which", standing="implied")
    def instants_are_in_order(exchange: Exchange) -> Iterator[Refusal]:
        """Of the instants in an answer none is before one that precedes it."""
        body = body_of(exchange)
        for chain in obeyed(exchange).ordered:
            told = [(place, moment) for place in chain if (moment := timestamp(look(body, place)))]
            for (before, first), (after, second) in pairwise(told):
                if is_before(second, first):
                    yield Refusal(after, f"{second.isoformat()} is before {_named(before)}, {first.isoformat()}")

    @check(source="lifecycle.yaml, `seconds`: the two instants that a duration is between", standing="implied")
    def durations_fit_their_instants(exchange: Exchange) -> Iterator[Refusal]:
        """Nothing takes longer than the time between the instants that it is between, and nothing a negative time."""
        body = body_of(exchange)
        for place, (start, end) in obeyed(exchange).seconds.items():
            took, first, second = look(body, place), timestamp(look(body, start)), timestamp(look(body, end))
            if not _is_number(took):
                continue
            if took < 0:
                yield Refusal(place, f"{took} is negative")
            # A wait may be no part of what took the time, so that it may well be less.
            elif first and second and took > (second - first).total_seconds() + ROUNDING:
                yield Refusal(place, f"{took} seconds are more than there are from {_named(start)} to {_named(end)}")

    @check(source="lifecycle.yaml, `sum_at_most`: the parts of a whole", standing="implied")
    def parts_are_no_more_than_the_whole(exchange: Exchange) -> Iterator[Refusal]:
        """What is counted in parts is together no more than the whole."""
        body = body_of(exchange)
        for place, parts in obeyed(exchange).sum_at_most.items():
            whole, together = look(body, place), sum(filter(_is_number, (look(body, part) for part in parts)))
            if _is_number(whole) and together > whole:
                yield Refusal(place, f"the parts are {together}, of {whole}")

    return instants_are_in_order, durations_fit_their_instants, parts_are_no_more_than_the_whole


def _of_values(obeyed: _Obeyed) -> Check:
    @check(source="lifecycle.yaml, `implied`: which value follows from which", standing="implied")
    def values_follow_from_each_other(exchange: Exchange) -> Iterator[Refusal]:
        """Where some values imply others, an answer does not hold these otherwise."""
        body = body_of(exchange)
        for law in obeyed(exchange).implied:
            if not all(look(body, place) == value for place, value in law.when.items()):
                continue
            for place, value in law.then.items():
                found = look(body, place)
                if found is not NOTHING and found is not None and found != value:
                    because = ", ".join(f"{_named(at)} is {given!r:.40}" for at, given in law.when.items())
                    yield Refusal(place, f"{because}, but {_named(place)} is {found!r:.40}, not {value!r:.40}")

    return values_follow_from_each_other


def _named(place: str) -> str:
    return ".".join(pointers.split(place)) or "anything"


def _same(asked: str, answered: str) -> bool:
    """Compare two ids: a UUID is the same in either case (RFC 9562 section 4)."""
    return asked == answered or (_UUID.fullmatch(asked) is not None and asked.lower() == answered.lower())


def _known(exchange: Exchange, law: Laws) -> Mapping[str, str]:
    """Return what names in braces stand for: what was asked with, and else what the answer tells of itself."""
    body = body_of(exchange)
    told = {name: look(body, place) for place, name in law.same.items()}
    return {**{name: value for name, value in told.items() if isinstance(value, str)}, **exchange.parameters}


def _worded(template: Json, known: Mapping[str, str]) -> str | None:
    """Return a template with its names replaced; None where it has none, or one that nobody knows.

    A text without names is an example of what a server may say, and proves nothing of another.
    """
    names = set(_NAME.findall(template)) if isinstance(template, str) else set()
    if not names or not names <= known.keys():
        return None
    return _NAME.sub(lambda found: known[found[1]], template)


def _leads_to(url: str, wanted: str) -> bool:
    """Say whether a link, relative or whole, ends where it should: behind which prefix it is served is not said."""
    try:
        return unquote(urlsplit(url).path).rstrip("/").endswith(wanted.rstrip("/")) or url.endswith(wanted)
    except ValueError:
        return False


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

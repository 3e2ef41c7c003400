"""What schemas say beside what they allow: defaults, extensible enums, discriminators, names of properties.

No message shows these changes, since a validator passes them over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from specwitness.contract import pointers
from specwitness.contract.model import Content, Contract
from specwitness.contract.schemas import Schemas
from specwitness.drift.rules.annotated import Place
from specwitness.drift.rules.rule import Change, Comparison, change_of
from specwitness.drift.wire import body_of
from specwitness.findings import Json, Party
from specwitness.pool.shapes import same


def request_default_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield what means something else where a client leaves it out."""
    for place in comparison.places:
        if place.in_request and not place.required and (words := _default_words(place)):
            yield change_of(place, Party.NEW, f"{place.label}: {words}: who leaves it out asks for something else")


def response_default_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield what a client may have filled in where a server leaves it out."""
    for place in comparison.places:
        if not place.in_request and (words := _default_words(place)):
            yield change_of(place, Party.NEW, f"{place.label}: {words}")


def _default_words(place: Place) -> str:
    if same([place.old.get("default")], [place.new.get("default")]):
        return ""
    was, now = (json.dumps(side["default"]) if "default" in side else "none" for side in (place.old, place.new))
    return f"the default is {now}, and was {was}"


def extensible_value_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield values that a client may have sent, and that the server does not name any more."""
    for place in comparison.places:
        if place.in_request and isinstance(place.new.get(_EXTENSIBLE), list):
            for value in _less(place.old, place.new):
                message = f"{place.label}: {json.dumps(value)} is not among the values named any more"
                yield change_of(place, Party.NEW, message, value=value, doubtful=True)


def extensible_value_added(comparison: Comparison) -> Iterator[Change]:
    """Yield values that a client may meet; it was told to expect some that it does not know."""
    for place in comparison.places:
        if not place.in_request and isinstance(place.old.get(_EXTENSIBLE), list):
            for value in _less(place.new, place.old):
                yield change_of(place, Party.NEW, f"{place.label}: clients may meet {json.dumps(value)}", value=value)


_EXTENSIBLE = "x-extensible-enum"


def _values(said: Json) -> list[Json]:
    return said if isinstance(said, list) else []


def _less(one: Json, other: Json) -> Iterator[Json]:
    """Yield the values that one side names and the other does not."""
    theirs = _values(other.get(_EXTENSIBLE))
    yield from (value for value in _values(one.get(_EXTENSIBLE)) if not any(same(value, its) for its in theirs))


def request_property_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield properties that a server does not read any more; one that it refuses, or that a response had, is judged."""
    for place in comparison.places:
        for name, pointer in place.removed:
            message = f"{place.label}: the property {name} is gone: what clients say with it is not heard"
            yield replace(change_of(place, Party.OLD, message), pointer=pointer)


# Discriminators: OpenAPI 3.1, Discriminator Object. They "will not change the validation outcome of the schema".


def discriminator_property_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield where another property tells which schema a value is of."""
    for place in comparison.places:
        old, new = (_tag(side) for side in (place.old, place.new))
        if old and new and old != new:
            words = f"{new!r} tells which schema it is, and not {old!r}"
            yield change_of(place, Party.NEW, f"{place.label}: {words}", doubtful=True)


def discriminator_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield where no property tells any more which schema a value is of."""
    for place in comparison.places:
        if _tag(place.old) and not _tag(place.new):
            yield change_of(
                place, Party.OLD, f"{place.label}: {_tag(place.old)!r} does not tell any more which schema it is"
            )


def discriminator_added(comparison: Comparison) -> Iterator[Change]:
    """Yield where a property tells for the first time which schema a value is of."""
    for place in comparison.places:
        if _tag(place.new) and not _tag(place.old):
            yield change_of(place, Party.NEW, f"{place.label}: {_tag(place.new)!r} tells which schema it is")


def discriminator_mapping_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield values that stand for another schema than they did, which there still is."""
    for place in _tagged_alike(comparison):
        old, new = _mapping(place.old), _mapping(place.new)
        for value in sorted(old.keys() & new.keys()):
            if old[value] != new[value] and comparison.data(Party.NEW, old[value]) is not None:
                words = f"{value!r} stands for {_called(new[value])}, and not for {_called(old[value])}"
                yield change_of(place, Party.NEW, f"{place.label}: {words}", value=value, doubtful=True)


def discriminator_value_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield values by which a client may have told a schema that the server still takes."""
    for place in _tagged_alike(comparison):
        old, new = _mapping(place.old), _mapping(place.new)
        for value in sorted(old.keys() - new.keys()):
            if place.in_request and _is_known(comparison, Party.NEW, place, value, old[value]):
                message = f"{place.label}: {value!r} stands for no schema any more"
                yield change_of(place, Party.NEW, message, value=value, doubtful=True)


def discriminator_value_added(comparison: Comparison) -> Iterator[Change]:
    """Yield values by which a client cannot tell a schema that it knows."""
    for place in _tagged_alike(comparison):
        old, new = _mapping(place.old), _mapping(place.new)
        for value in sorted(new.keys() - old.keys()):
            if not place.in_request and _is_known(comparison, Party.OLD, place, value, new[value]):
                message = f"{place.label}: {value!r} stands for {_called(new[value])}, which clients do not know by it"
                yield change_of(place, Party.NEW, message, value=value, doubtful=True)


def _is_known(comparison: Comparison, reader: Party, place: Place, value: str, schema: str) -> bool:
    """Say whether a side reads values of a schema of the other at a place; where it does not, that is judged.

    It may read them by a schema of another name: without a mapping that name is the value that tells which it is.
    """
    branches = (place.old if reader is Party.OLD else place.new)["branches"]
    if schema in branches or not branches:
        return True
    here, there = (place.old_pointer, place.new_pointer)[:: 1 if reader is Party.OLD else -1]
    sender = comparison.contract(Party.NEW if reader is Party.OLD else Party.OLD)
    try:
        message = json.loads(body_of(sender, Content("application/json", "", schema), omitting=place.not_sent))
    except LookupError:
        return False
    tagged = {**message, _tag(place.new): value} if isinstance(message, dict) else message
    sent = _schemas(sender, place)
    is_sent = sent.accepts(schema, tagged) and sent.accepts(there, tagged)
    return is_sent and _schemas(comparison.contract(reader), place).accepts(here, tagged)


def _schemas(contract: Contract, place: Place) -> Schemas:
    return contract.request_schemas if place.in_request else contract.schemas


def _tag(side: Json) -> str:
    found = side.get("discriminator")
    return str(found.get("propertyName", "")) if isinstance(found, dict) else ""


def _tagged_alike(comparison: Comparison) -> Iterator[Place]:
    yield from (place for place in comparison.places if _tag(place.old) and _tag(place.old) == _tag(place.new))


def _mapping(side: Json) -> dict[str, str]:
    """Return what each value stands for: what the mapping says, else the schema of that name."""
    said = side["discriminator"].get("mapping")
    explicit = {value: _target(str(named)) for value, named in said.items()} if isinstance(said, dict) else {}
    implicit = {_called(at): at for at in side["branches"] if at not in explicit.values()}
    return {**implicit, **explicit}


def _target(named: str) -> str:
    return pointers.target(named) if named.startswith("#") else pointers.join("/components/schemas", named)


def _called(pointer: str) -> str:
    return pointers.split(pointer)[-1]

"""Messages to try: those by which the schemas of both sides differ, and others. Entry point: `asked`, `others`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.directions import REQUEST, RESPONSE
from specwitness.contract.schemas import Schemas
from specwitness.drift.answers import Answer
from specwitness.drift.bundle import Bundle
from specwitness.drift.gaps import Walk
from specwitness.drift.sdk.models import SCHEMA, Mode, Model
from specwitness.drift.sdk.part import Part
from specwitness.drift.smallest import NOTHING
from specwitness.findings import Json, Party

_SEEDS = 3
_NOT_SENT = {Party.SPEC: RESPONSE, Party.SDK: REQUEST}


def asked(part: Part, model: Model, mode: Mode, *, allower: Party) -> Answer:
    """Ask the judge what one side allows and the other refuses, by what their schemas say."""
    bundle = Bundle({Party.SPEC: part.contract.document, Party.SDK: model.document(mode)}, allower, _NOT_SENT[allower])
    spec = bundle.add("spec", bundle.reference(Party.SPEC, part.schema))
    sdk = bundle.add("sdk", bundle.reference(Party.SDK, SCHEMA))
    ours, theirs = (pointers.get(bundle.document, at) for at in (spec, sdk))
    sent, read = (ours, theirs) if allower is Party.SPEC else (theirs, ours)
    return Walk(bundle).between((sent,), read)


def others(schemas: Schemas, pointer: str, *, omitting: str | None = None) -> Iterator[Json]:
    """Yield values of a schema, of every part of it each kind that it allows."""
    for seed in range(_SEEDS):
        yield from pool.bodies(schemas, pointer, seed=seed, omitting=omitting, proven=False)


def small_first(*sources: Answer | Iterable[Json]) -> list[Json]:
    """Return the values of the judge's answers, and others, by their size."""
    found: list[Json] = []
    for source in sources:
        found += [gap.value for gap in source.gaps] if isinstance(source, Answer) else source
    return sorted((value for value in found if value is not NOTHING), key=lambda value: len(json.dumps(value)))

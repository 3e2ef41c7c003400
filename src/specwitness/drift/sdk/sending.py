"""Requests that an SDK sends and a contract refuses. Entry point: `unaccepted`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.contract.schemas import Rejection, Schemas
from specwitness.drift import words
from specwitness.drift.levels import SDK_REQUEST
from specwitness.drift.sdk.models import SCHEMA, Model
from specwitness.drift.sdk.part import Part
from specwitness.drift.sdk.trying import asked, others, small_first
from specwitness.drift.shrinking import shrunk
from specwitness.drift.smallest import NOTHING
from specwitness.findings import Finding, Json, Level, Party, Verdict, Witness

_OF_NAMES = frozenset({"additionalProperties", "unevaluatedProperties"})


def unaccepted(part: Part, model: Model) -> tuple[list[Finding], tuple[str, ...]]:
    """Return what the contract refuses of what the real model sends, and what the judge could not settle."""
    sender = _Sender(part, model)
    answer = asked(part, model, "serialization", allower=Party.SDK)
    # What a model is made of may be called, and look, otherwise than what it sends.
    made_of = asked(part, model, "validation", allower=Party.SDK)
    found: dict[str, Finding] = {}
    for value in small_first(answer, made_of, others(Schemas(model.document("validation")), SCHEMA)):
        for key in sender.sent(value).rejections:
            if key not in found:
                sent = sender.smallest(value, key)
                # What a model sends once and not again is no proof.
                found |= {key: sender.finding(sent.body, sent.rejections[key])} if key in sent.rejections else {}
    return [*found.values()], answer.doubts


@dataclass(frozen=True)
class _Sent:
    """What the SDK sends for a value, and why both validators refuse it, by what that is known by."""

    body: Json
    rejections: dict[str, Rejection]


@dataclass(frozen=True)
class _Sender:
    """Who sends what, and what is found of it."""

    part: Part
    model: Model

    def sent(self, value: Json) -> _Sent:
        body, schemas, pointer = self.model.sent(value), self.part.contract.request_schemas, self.part.schema
        if body is NOTHING or schemas.both_accept(pointer, body) != (False, False):
            return _Sent(body, {})
        return _Sent(body, {_key(one): one for one in schemas.rejections(pointer, body)})

    def smallest(self, value: Json, key: str) -> _Sent:
        def shows(one: Json) -> bool:
            return key in self.sent(one).rejections

        return self.sent(shrunk(value, shows))

    def finding(self, body: Json, rejection: Rejection) -> Finding:
        return Finding(
            rule=SDK_REQUEST,
            level=Level.BREAKING,
            verdict=Verdict.BROKEN,
            where=self.part.located(rejection.pointer),
            message=f"{self.part.operation.label}: the SDK sends {_what(body, rejection)}, which is refused",
            source=self.model.name,
            value=rejection.value,
            witness=Witness((self.part.asked(body),), Party.SDK, Party.SPEC, rejection.message),
            operations=(self.part.operation.key,),
        )


def _key(rejection: Rejection) -> str:
    return json.dumps([rejection.pointer, rejection.keyword, rejection.value], sort_keys=True)


def _what(body: Json, rejection: Rejection) -> str:
    place = words.named(("body", *rejection.path))
    if rejection.keyword == "required":
        return f"a body without {words.named(('body', *rejection.path, str(rejection.value)))}"
    if rejection.keyword in _OF_NAMES and isinstance(rejection.value, str):
        return f"the property `{rejection.value}` in {place}"
    value = body
    for token in rejection.path:
        value = pointers.step(value, token)
    return f"{words.short(value)} as {place}"

"""Responses that a contract allows and an SDK cannot read. Entry point: `unreadable`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from specwitness.contract import pointers
from specwitness.contract.directions import RESPONSE
from specwitness.drift import words
from specwitness.drift.levels import SDK_RESPONSE, SDK_UNNAMED
from specwitness.drift.sdk.fields import Said, said
from specwitness.drift.sdk.models import EXTRA, MISSING, Model, Path, Refused
from specwitness.drift.sdk.part import Part
from specwitness.drift.sdk.trying import asked, others, small_first
from specwitness.drift.shrinking import shrunk
from specwitness.findings import Finding, Json, Level, Party, Verdict, Witness


def unreadable(part: Part, model: Model) -> tuple[list[Finding], tuple[str, ...]]:
    """Return what the real model refuses of what the contract allows, and what the judge could not settle."""
    reader = _Reader(part, model)
    answer = asked(part, model, "validation", allower=Party.SPEC)
    found: dict[str, Finding] = {}
    for value in small_first(answer, others(part.contract.schemas, part.schema, omitting=RESPONSE)):
        for key in reader.refused(value) if reader.is_allowed(value) else ():
            if key not in found:
                smallest = reader.smallest(value, key)
                refused = reader.refused(smallest).get(key)
                # What a model refuses once and not again is no proof.
                found |= {} if refused is None else {key: reader.finding(smallest, refused)}
    return [*found.values()], answer.doubts


@dataclass(frozen=True)
class _Reader:
    """Who reads what, and what is found of it."""

    part: Part
    model: Model

    def is_allowed(self, value: Json) -> bool:
        return self.part.contract.schemas.both_accept(self.part.schema, value) == (True, True)

    def refused(self, value: Json) -> dict[str, Refused]:
        """Return what the model refuses of a value, by what it is known by: where the contract speaks of it, and why.

        So an item of an array is as good as another, and so is the way to what refers to itself.
        """
        refusals = reversed(self.model.refusals(value))
        return {json.dumps([self._said(one.path).pointer, one.about]): one for one in refusals}

    def smallest(self, value: Json, key: str) -> Json:
        schemas = self.part.contract.schemas

        def shows(one: Json) -> bool:
            return schemas.accepts(self.part.schema, one) and key in self.refused(one)

        smallest = shrunk(value, shows)
        return smallest if self.is_allowed(smallest) else value

    def finding(self, body: Json, refused: Refused) -> Finding:
        named = self._said(refused.path[:-1] if refused.kind == MISSING else refused.path).named
        extra = refused.kind == EXTRA and not named
        path = refused.path[:-1] if extra else refused.path
        return Finding(
            rule=SDK_RESPONSE if named else SDK_UNNAMED,
            # Nobody is known to send what the contract does not name, but anybody may.
            level=Level.BREAKING if named else Level.WARNING if extra else Level.INFO,
            verdict=Verdict.BROKEN,
            where=self.part.located(self._said(path).pointer),
            message=f"{self.part.operation.label}: the SDK cannot read a response that {_has(body, refused, path)}",
            source=self.model.name,
            value=refused.about,
            witness=Witness((self.part.answered(body),), Party.SPEC, Party.SDK, refused.message),
            operations=(self.part.operation.key,),
        )

    def _said(self, path: Path) -> Said:
        return said(self.part.contract.document, self.part.schema, path)


def _has(body: Json, refused: Refused, path: Path) -> str:
    """Say what is in a body; `path` is where, without the name of what the contract does not name."""
    place = words.named(("body", *path))
    if refused.kind == MISSING:
        return f"lacks {place}"
    if path != refused.path:
        return f"has a property in {place} that it does not know"
    value = body
    for token in path:
        value = pointers.step(value, token)
    return f"has {words.short(value)} as {place}"

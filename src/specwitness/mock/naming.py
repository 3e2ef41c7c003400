"""Make up ids for what clients create: they look like those of generated bodies, and fit in a path."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from specwitness.contract.schemas import Schemas
from specwitness.findings import Json
from specwitness.mock.collecting import Collection, plain
from specwitness.mock.merging import Merging, Object
from specwitness.pool import patterns
from specwitness.pool.words import nanoid

_FIRST_NUMBER = 1001
"""The ids that are numbers are counted from here."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")


class Naming:
    """Gives ids to what is created in one contract."""

    def __init__(self, schemas: Schemas, merging: Merging, *, seed: int) -> None:
        """Take the schemas that judge ids, and what the ids are made from."""
        self._schemas, self._merging, self._seed = schemas, merging, seed
        self.reset()

    def reset(self) -> None:
        """Start again with the first id."""
        self._random = Random(f"{self._seed} ids")  # noqa: S311 - made-up ids, not secrets
        self._count = 0

    @property
    def state(self) -> tuple[Any, ...]:
        """What the next ids depend on."""
        return self._random.getstate(), self._count

    @state.setter
    def state(self, before: tuple[Any, ...]) -> None:
        random, self._count = before
        self._random.setstate(random)

    def named(
        self, one: Collection, schema: str, value: Object, *, name: str, chosen: Json, taken: Callable[[str], bool]
    ) -> Object | None:
        """Return a valid value with the id that the client chose, or with a free one; None where none fits."""
        self._count += 1
        for candidate in self._likely(one, schema, name, value.get(name)) if chosen is None else (chosen,):
            text = str(candidate)
            if not _is_id(candidate) or (chosen is None and taken(text)):
                continue
            if one.id.schema and any(self._schemas.text_rejections(one.id.schema, text)):
                continue
            if self._merging.accepts(schema, {**value, name: candidate}):
                return {**value, name: candidate}
        return None

    def _likely(self, one: Collection, schema: str, name: str, like: Json) -> Iterator[Json]:
        """Yield ids that look like the one that a generated body has."""
        random = self._random
        if isinstance(like, str) and not _UUID.fullmatch(like):
            named = (part["pattern"] for part in self._merging.described(schema).get(name, ()) if "pattern" in part)
            yield from (patterns.sample(str(pattern), random, stretch=8) for pattern in named)
            if like.isdecimal():
                yield str(_FIRST_NUMBER + self._count - 1).zfill(len(like))
            yield f"{plain(one.singular)}-{nanoid(random, 12)}"
            yield nanoid(random)
            yield f"{random.getrandbits(4 * len(like) or 1):0{len(like)}x}"
            yield nanoid(random, len(like))
        if isinstance(like, str):
            yield str(uuid.UUID(int=random.getrandbits(128), version=4))
        if isinstance(like, int):
            yield _FIRST_NUMBER + self._count - 1
            yield from range(self._count, self._count + 50)


def spelled(text: str) -> Iterator[Json]:
    """Yield what a text of a path may be in a body."""
    yield text
    if _WHOLE.fullmatch(text):
        yield int(text)


def _is_id(value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return bool(str(value)) and "/" not in str(value) and value not in {".", ".."}

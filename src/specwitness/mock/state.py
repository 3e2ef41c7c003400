"""What exists: the resources of one lifecycle that is kept, from their creation to their deletion.

Time is virtual, where a read is a step, or real, where a state lasts a given number of seconds.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from specwitness.contract.lifecycle import Lifecycle
from specwitness.findings import Json
from specwitness.mock.bodies import CREATED, EPOCH
from specwitness.pool.words import nanoid

_MOST = 2_000
"""How many created resources are remembered; beyond it, the oldest is forgotten."""


@dataclass
class Resource:
    """One thing that exists; `variant` picks among the bodies of its state, `pinned` keeps it in that state."""

    facts: dict[str, Json]
    state: str
    variant: int
    pinned: bool = False
    key: str | None = None
    since: float = 0.0
    """When its state began, in seconds of a clock that only goes forward; of no use in virtual time."""


class Resources:
    """The resources of one lifecycle."""

    def __init__(
        self, lifecycle: Lifecycle, pinned: Mapping[str, tuple[str, int]], *, seed: int, tick: float | None
    ) -> None:
        """Take the resources that exist from the start: by id, the state and the variant of its bodies.

        A state lasts `tick` seconds, or, where that is None, until the next read.
        """
        self.lifecycle = lifecycle
        self.seed = seed
        self.tick = tick
        self._pinned = pinned
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self._random = Random(f"{self.seed} {self.lifecycle.resource}")  # noqa: S311 - made-up ids, not secrets
        self._count = 0
        self._keys: dict[str, str] = {}
        known: dict[str, Resource] = {}
        for name, (state, variant) in self._pinned.items():
            known[name] = Resource(self._facts(name, {}), state, variant, pinned=True)
        self._known = known

    def get(self, name: Json) -> Resource | None:
        """Return the resource of an id, or None."""
        found = self._known.get(name) if isinstance(name, str) else None
        if found is not None:
            self._catch_up(found)
        return found

    def with_key(self, key: str | None) -> Resource | None:
        """Return the resource that was created with an idempotency key, or None."""
        return self.get(self._keys.get(key)) if key is not None else None

    def create(self, kept: Mapping[str, Json], key: str | None) -> Resource:
        """Let a resource come to be, in the initial state."""
        if len(self._known) - len(self._pinned) >= _MOST:
            self.delete(next(one for one in self._known.values() if not one.pinned))
        name = f"{prefix(self.lifecycle)}-{nanoid(self._random, 12)}"
        now = time.monotonic() if self.tick else 0.0
        made = Resource(self._facts(name, kept), self.lifecycle.initial, self._count, key=key, since=now)
        self._known[name] = made
        if key is not None:
            self._keys[key] = name
        return made

    def read(self, resource: Resource) -> None:
        """Let a resource that is read go on: in virtual time, to the usual next state."""
        if self.tick is None:
            resource.state = self.next_state(resource) or resource.state

    def next_state(self, resource: Resource) -> str | None:
        """Return the state that usually follows, or None for a resource that is finished or pinned."""
        after = self.lifecycle.states[resource.state]
        return after[0] if after and not resource.pinned else None

    def put(self, resource: Resource, state: str) -> None:
        """Let a resource be in a state, whatever it was in before."""
        resource.state, resource.pinned = state, False

    def _catch_up(self, resource: Resource) -> None:
        """Let a resource go through the states whose time has passed."""
        while self.tick and time.monotonic() - resource.since >= self.tick:
            after = self.next_state(resource)
            if after is None:
                return
            resource.state, resource.since = after, resource.since + self.tick

    def delete(self, resource: Resource) -> None:
        """Let a resource be gone, and its key with it."""
        self._known.pop(self.name_of(resource), None)
        if resource.key is not None:
            self._keys.pop(resource.key, None)

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Forget, in the end, what happens in the block."""
        known = {name: replace(one, facts=dict(one.facts)) for name, one in self._known.items()}
        before = self._random.getstate(), self._count, dict(self._keys)
        try:
            yield
        finally:
            random, self._count, self._keys = before
            self._random.setstate(random)
            self._known = known

    def name_of(self, resource: Resource) -> str:
        """Return the id of a resource."""
        return str(resource.facts[str(self.lifecycle.id)])

    def newest_first(self) -> Iterator[Resource]:
        """Yield every resource, the one that was created last first."""
        for resource in reversed(self._known.values()):
            self._catch_up(resource)
            yield resource

    def _facts(self, name: str, kept: Mapping[str, Json]) -> dict[str, Json]:
        store = self.lifecycle.store
        created = EPOCH + dt.timedelta(minutes=self._count)
        if self.tick:
            created = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self._count += 1
        facts: dict[str, Json] = {CREATED: created, str(self.lifecycle.id): name}
        return facts | {word: kept.get(word) for word in (store.keeps if store else ())}


def prefix(lifecycle: Lifecycle) -> str:
    """Return how the ids of a lifecycle's resources begin: its name in kebab-case."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in lifecycle.resource).replace("_", "-")

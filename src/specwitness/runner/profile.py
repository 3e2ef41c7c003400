"""How much to send: `gate` is the same every time, `nightly` is random and larger."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

GATE_SEED = 0


@dataclass(frozen=True)
class Profile:
    """The size of a run: random cases per operation and polarity, state machine walks, and steps of each.

    `fruitless`: after how many random cases in a row that show nothing new no more are sent. `guesses`: the same, of
    ids that are like the known ones.
    """

    name: str
    cases: int
    walks: int
    steps: int
    fruitless: int
    guesses: int


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("gate", cases=25, walks=8, steps=6, fruitless=8, guesses=20),
        Profile("nightly", cases=300, walks=40, steps=10, fruitless=300, guesses=100),
    )
}


def seed_for(profile: str, given: int | None) -> int:
    """Return the run's seed: the given one, else a fixed one for `gate` and a random one for `nightly`."""
    if given is not None:
        return given
    return GATE_SEED if profile == "gate" else random.SystemRandom().randrange(2**32)


def derived(seed: int, *names: str) -> int:
    """Return a seed for one part of a run, so that a part alone sends what it sends in the whole run."""
    digest = hashlib.blake2b("\0".join((str(seed), *names)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")

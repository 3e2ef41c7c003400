"""Make a value as small as it can be and still show what it shows. Entry point: `shrunk`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from specwitness.findings import Json

_PATIENCE = 2_000
"""How many smaller values are tried."""


def shrunk(value: Json, shows: Callable[[Json], bool]) -> Json:
    """Return a value without all members and items that `shows` can do without, the outermost tried first."""
    tries, start = 0, 0
    while True:
        # What could not be left out before is asked about last: it seldom can be now.
        places = [*_places(value)]
        for index in (*range(start, len(places)), *range(min(start, len(places)))):
            tries += 1
            if tries > _PATIENCE:
                return value
            smaller = _without(value, places[index])
            if shows(smaller):
                value, start = smaller, index
                break
        else:
            return value


def _places(value: Json) -> Iterator[tuple[str | int, ...]]:
    """Yield the places of all members and items of a value, of each part its own before those within."""
    inner = _inner(value)
    yield from ((token,) for token, _ in inner)
    for token, part in inner:
        yield from ((token, *place) for place in _places(part))


def _inner(value: Json) -> list[tuple[str | int, Json]]:
    if isinstance(value, dict):
        return [*value.items()]
    return [*enumerate(value)] if isinstance(value, list) else []


def _without(value: Json, place: tuple[str | int, ...]) -> Json:
    token, *within = place
    kept = [
        (each, _without(part, tuple(within)) if each == token else part)
        for each, part in _inner(value)
        if within or each != token
    ]
    return dict(kept) if isinstance(value, dict) else [part for _, part in kept]

"""Make a value as small as it can be and still show what it shows. Entry point: `shrunk`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from specwitness.findings import Json

_PATIENCE = 2_000
"""How many smaller values are tried."""


def shrunk(value: Json, shows: Callable[[Json], bool]) -> Json:
    """Return a value without all members and items that `shows` can do without, the outermost tried first."""
    tries, passed = 0, 0
    while True:
        # What could not be left out before is asked about last: it seldom can be now.
        options = [*_without_a_part(value)]
        for index in (*range(passed, len(options)), *range(min(passed, len(options)))):
            tries += 1
            if tries > _PATIENCE:
                return value
            if shows(options[index]):
                value, passed = options[index], index
                break
        else:
            return value


def _without_a_part(value: Json) -> Iterator[Json]:
    """Yield copies of a value that lack one member or item, at any depth."""
    if isinstance(value, dict):
        for name in value:
            yield {key: item for key, item in value.items() if key != name}
        for name, item in value.items():
            yield from ({**value, name: smaller} for smaller in _without_a_part(item))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            yield from ([*value[:index], smaller, *value[index + 1 :]] for smaller in _without_a_part(item))

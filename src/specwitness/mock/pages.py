"""Show what a collection holds: the array of a list's answer, and the numbers that speak of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.model import Contract, Operation
from specwitness.findings import Json
from specwitness.mock.answers import Answers
from specwitness.mock.collecting import Collection, plain
from specwitness.mock.merging import Merging, Object

_USUAL, _MOST = 20, 200
"""How many items one answer shows where nothing is asked, and at most."""
_SIZES = frozenset({"limit", "perpage", "pagesize", "size", "maxresults", "take", "top"})
_PAGES = frozenset({"page", "pagenumber"})
_STARTS = frozenset({"offset", "skip", "start"})
_TOTALS = frozenset({"total", "totalcount", "totalitems", "totalresults", "count"})
_MORE = frozenset({"hasmore", "hasnext", "hasnextpage"})


class Pages:
    """Fills the lists of one contract."""

    def __init__(self, contract: Contract, answers: Answers, merging: Merging) -> None:
        """Take what is known of the contract; nothing is prepared before it is asked for."""
        self._contract, self._answers, self._merging = contract, answers, merging
        # Per instance: found once and then used for every request.
        self._place = cache(self._found)
        self._rows = cache(self._made)

    def shown(
        self, one: Collection, operation: Operation, base: Json, values: Sequence[Object], asked: Mapping[str, Json]
    ) -> Json | None:
        """Return the body that lists the values, or None where the schema cannot show them."""
        place = self._place(one)
        content = self._answers.content(operation, operation.good_status)
        if place is None or content is None or content.schema is None:
            return None
        name, items = place
        first, size = _window(asked)
        limit = pointers.get(self._contract.schemas.document, items.rpartition("/")[0]).get("maxItems", _MOST)
        chosen = values[first : first + min(size, int(limit))]
        rows = [self._row(one, items, value, first + index) for index, value in enumerate(chosen)]
        if any(row is None for row in rows):
            return None
        for body in (base, *self._answers.values(operation.key, operation.good_status)):
            if name is None:
                return rows if self._merging.accepts(content.schema, rows) else None
            if not isinstance(body, dict):
                continue
            listed = {**body, name: rows}
            if self._merging.accepts(content.schema, listed):
                return self._counted(content.schema, listed, len(values), first + len(rows))
        return None

    def _counted(self, schema: str, listed: Object, total: int, shown: int) -> Object:
        """Return the body with numbers that agree with its items, as far as its schema has such."""
        truth: Object = {name: total for name in listed if plain(name) in _TOTALS and isinstance(listed[name], int)}
        truth |= {name: shown < total for name in listed if plain(name) in _MORE and isinstance(listed[name], bool)}
        return self._merging.merged(schema, listed, truth) if truth else listed

    def _row(self, one: Collection, items: str, value: Object, number: int) -> Object | None:
        """Return an item as the list shows it, which may be less than its own GET shows."""
        read = self._answers.content(one.read, one.read.good_status)
        if read is not None and read.schema is not None and self._merging.same(read.schema, items):
            return value
        rows = self._rows(items)
        name = next((name for name in self._merging.names_of(one, items) if name in value), None)
        if not rows or name is None:
            return None
        row = self._merging.merged(items, rows[number % len(rows)], value, bases=rows)
        return row if row.get(name) == value[name] else None

    def _made(self, items: str) -> tuple[Object, ...]:
        made = pool.bodies(self._contract, items, seed=self._answers.seed, limit=12, omitting="writeOnly")
        return tuple(value for value in made if isinstance(value, dict))

    def _found(self, one: Collection) -> tuple[str | None, str] | None:
        """Return the property that holds the items, None for the whole body, and the schema of one; None without."""
        content = self._answers.content(one.list, one.list.good_status) if one.list is not None else None
        if content is None or content.schema is None:
            return None
        document = self._contract.schemas.document
        found: list[tuple[str | None, str]] = []
        for name in (None, *self._merging.described(content.schema)):
            at = pointers.locate(document, content.schema, () if name is None else (name,))
            array = pointers.get(document, at)
            if not isinstance(array, dict) or not isinstance(array.get("items"), dict):
                continue
            if self._merging.names_of(one, pointers.join(at, "items")):
                found.append((name, pointers.join(at, "items")))
        return found[0] if len(found) == 1 else None


def _window(asked: Mapping[str, Json]) -> tuple[int, int]:
    """Return how many items are passed over and how many are wanted, by parameters of the usual names."""
    said = {
        plain(name): value for name, value in asked.items() if isinstance(value, int) and not isinstance(value, bool)
    }
    size = max(0, next((said[name] for name in sorted(_SIZES & said.keys())), _USUAL))
    page = next((said[name] for name in sorted(_PAGES & said.keys())), 1)
    start = next((said[name] for name in sorted(_STARTS & said.keys())), max(0, page - 1) * size)
    return max(0, start), min(size, _MOST)

"""Concrete JSON values for a schema: real-looking, covering, seeded. Entry points: `bodies`, `body`.

`circles` turns away what no validator can judge, `shapes` flattens a schema's alternatives, `making` fills a shape with
rows that together show every value of every part, `words` and `patterns` supply texts. What cannot be made is left out:
every value that comes out of here is accepted by both validators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from specwitness.contract import pointers
from specwitness.contract.model import Contract
from specwitness.contract.schemas import Schemas
from specwitness.findings import Json
from specwitness.pool.circles import is_circular
from specwitness.pool.making import Maker

__all__ = ["bodies", "body"]


def bodies(source: Contract | Schemas, pointer: str, *, seed: int = 0, limit: int = 100) -> tuple[Json, ...]:
    """Return up to `limit` distinct values that the schema at `pointer` accepts, the same ones for the same seed.

    Valid examples of the document come first, then a covering set: every enum value, branch and type, each optional
    property there and not there, required properties alone, the bounds. Empty where none can be constructed.
    """
    schemas = source.schemas if isinstance(source, Contract) else source
    schema = pointers.get(schemas.document, pointer)
    if is_circular(schemas.document, pointer):
        return ()
    found: dict[str, Json] = {}
    for value in (*_examples(schemas.document, pointer), *Maker(schemas, seed).values((schema,))):
        if len(found) >= limit:
            break
        if schemas.both_accept(pointer, value) == (True, True):
            found.setdefault(json.dumps(value, sort_keys=True), value)
    return tuple(found.values())


def body(source: Contract | Schemas, pointer: str, *, seed: int = 0) -> Json:
    """Return one value that the schema at `pointer` accepts; raises LookupError where none can be constructed."""
    made = bodies(source, pointer, seed=seed)
    if not made:
        raise LookupError(f"no value could be made for the schema at #{pointer}")
    return made[seed % len(made)]


def _examples(document: Json, pointer: str) -> Iterator[Json]:
    """Yield the examples that stand beside a schema: those of its media type, parameter or header."""
    owner, _, last = pointer.rpartition("/")
    if last != "schema":
        return
    holder = pointers.get(document, owner)
    if "example" in holder:
        yield holder["example"]
    for name in holder.get("examples", {}):
        example = pointers.get(document, pointers.resolved(document, pointers.join(owner, "examples", name)))
        if isinstance(example, dict) and "value" in example:
            yield example["value"]

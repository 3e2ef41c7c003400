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

__all__ = ["bodies", "body", "examples"]


def bodies(
    source: Contract | Schemas,
    pointer: str,
    *,
    seed: int = 0,
    limit: int = 100,
    omitting: str | None = None,
    proven: bool = True,
) -> tuple[Json, ...]:
    """Return up to `limit` distinct values that the schema at `pointer` accepts, the same ones for the same seed.

    Valid examples of the document come first, then a covering set: every enum value, branch and type, each optional
    property there and not there, required properties alone, the bounds. Empty where none can be constructed.
    Optional properties that carry the keyword `omitting` are left out: a server does not send what is `writeOnly`, a
    client not what is `readOnly`. Without `proven` only the fast validator is asked, for callers that choose a few
    and ask both about those.
    """
    schemas = source.schemas if isinstance(source, Contract) else source
    schema = pointers.get(schemas.document, pointer)
    schemas.require(pointer)
    if is_circular(schemas.document, pointer):
        return ()
    found: dict[str, Json] = {}
    owner, _, last = pointer.rpartition("/")
    given = examples(schemas.document, owner) if last == "schema" else ()
    for value in (*given, *Maker(schemas, seed, omitting=omitting).values((schema,))):
        if len(found) >= limit:
            break
        if schemas.both_accept(pointer, value) == (True, True) if proven else schemas.accepts(pointer, value):
            found.setdefault(json.dumps(value, sort_keys=True), value)
    return tuple(found.values())


def body(source: Contract | Schemas, pointer: str, *, seed: int = 0) -> Json:
    """Return one value that the schema at `pointer` accepts; raises LookupError where none can be constructed."""
    made = bodies(source, pointer, seed=seed)
    if not made:
        raise LookupError(f"no value could be made for the schema at #{pointer}")
    return made[seed % len(made)]


def examples(document: Json, pointer: str) -> Iterator[Json]:
    """Yield the examples of a media type, parameter or header."""
    holder = pointers.get(document, pointer)
    if "example" in holder:
        yield holder["example"]
    for name in holder.get("examples", {}):
        example = pointers.get(document, pointers.resolved(document, pointers.join(pointer, "examples", name)))
        if isinstance(example, dict) and "value" in example:
            yield example["value"]

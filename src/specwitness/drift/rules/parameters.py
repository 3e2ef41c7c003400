"""Parameters: those that are not read any more, and those that are written otherwise.

What a schema says of a parameter, and that it has to be sent, is judged as part of the whole request.
"""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.contract.directions import REQUEST
from specwitness.contract.model import Parameter
from specwitness.drift.pairing import Pair
from specwitness.drift.rules.deprecation import retired
from specwitness.drift.rules.rule import Change, Comparison
from specwitness.drift.rules.security import is_credential
from specwitness.drift.rules.writing import is_written_alike, rewritten, telling_values
from specwitness.findings import Json, Party


def removed(comparison: Comparison) -> Iterator[Change]:
    """Yield parameters that the new description does not know, and that were not announced to go by now."""
    for pair, parameter in _removed(comparison):
        if not retired(comparison.data(Party.OLD, parameter.pointer), comparison.today):
            message = f"{pair.old.label}: the {_part(parameter)} is gone: what clients ask for with it is not heard"
            yield _change(Party.OLD, pair, parameter, message)


def removed_after_sunset(comparison: Comparison) -> Iterator[Change]:
    """Yield parameters that went as they were announced to."""
    for pair, parameter in _removed(comparison):
        if retired(comparison.data(Party.OLD, parameter.pointer), comparison.today):
            yield _change(Party.OLD, pair, parameter, f"{pair.old.label}: the {_part(parameter)} is gone, as announced")


def _removed(comparison: Comparison) -> Iterator[tuple[Pair, Parameter]]:
    for pair in comparison.changed:
        moved = {old.pointer for old, _ in pair.moved}
        for parameter in pair.old.parameters:
            known = pair.counterpart(parameter) is not None or parameter.pointer in moved
            if known or parameter.place == "path" or _is_ignored(parameter):
                continue
            if not is_credential(comparison.new, pair.new, parameter):
                yield pair, parameter


def added(comparison: Comparison) -> Iterator[Change]:
    """Yield new parameters that need not be sent; one that has to be is refused to be missing, which is judged."""
    for pair in comparison.changed:
        known = {parameter.pointer for old in pair.old.parameters if (parameter := pair.counterpart(old))}
        known |= {parameter.pointer for _, parameter in pair.moved}
        for parameter in pair.new.parameters:
            if parameter.pointer not in known and not parameter.required and not _is_ignored(parameter):
                yield _change(Party.NEW, pair, parameter, f"{pair.new.label}: the {_part(parameter)} is new")


def moved(comparison: Comparison) -> Iterator[Change]:
    """Yield parameters that have to be sent in another place than they were."""
    for pair, old, new in _moved(comparison):
        if new.required:
            message = f"{pair.new.label}: {old.name} has to be sent as {_part(new)}, not as {_part(old)}"
            proof = comparison.sent(pair.old, f"the {_part(new)} is missing", given={(old.place, old.name): None})
            yield Change(Party.NEW, new.pointer, _part(new), message, (pair.new.key,), proof=proof)


def optional_moved(comparison: Comparison) -> Iterator[Change]:
    """Yield parameters that are not heard any more where they were sent; they need not be sent at all."""
    for pair, old, new in _moved(comparison):
        if not new.required:
            message = f"{pair.new.label}: {old.name} is read from the {new.place}, not from the {old.place} any more"
            yield _change(Party.NEW, pair, new, message)


def _moved(comparison: Comparison) -> Iterator[tuple[Pair, Parameter, Parameter]]:
    for pair in comparison.changed:
        yield from ((pair, old, new) for old, new in pair.moved)


def path_parameter_renamed(comparison: Comparison) -> Iterator[Change]:
    """Yield path parameters of another name."""
    for pair in comparison.changed:
        for old, new in pair.renamed.items():
            message = f"{pair.new.label}: the path parameter {old} is called {new} now, which no request tells"
            yield Change(Party.NEW, pair.new.pointer, f"path parameter {new}", message, (pair.new.key,), value=old)


# --- Serialisation ----------------------------------------------------------------------------------------------------


def style_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield parameters of which some value is written otherwise than it was."""
    for pair, parameter, other, old, new in comparison.once(_kept):
        if is_written_alike(old, new):
            continue
        schemas = comparison.old.request_schemas
        values = telling_values(schemas, parameter.pointer, old, omitting=REQUEST)
        found = rewritten(old, new, values)
        if not values:
            message = f"{pair.new.label}: the {_part(other)} may be written otherwise; no value of it could be made"
            yield Change(Party.NEW, other.pointer, _part(other), message, (pair.new.key,), doubtful=True)
        elif found is not None:
            _, was, now = found
            message = f"{pair.new.label}: the {_part(other)} is not written {was!r} any more, but {now!r}"
            given = {(parameter.place, parameter.name): was}
            proof = comparison.sent(pair.old, f"the same value is written {now!r}", given=given)
            yield Change(Party.NEW, other.pointer, _part(other), message, (pair.new.key,), proof=proof)


def encoding_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield query parameters whose reserved characters were sent as they are, and have to be encoded now."""
    for pair, _, other, old, new in comparison.once(_kept):
        if other.place == "query" and old.get("allowReserved") is True and new.get("allowReserved") is not True:
            message = f"{pair.new.label}: reserved characters of the {_part(other)} have to be percent-encoded"
            yield Change(Party.NEW, other.pointer, _part(other), message, (pair.new.key,), doubtful=True)


def _kept(comparison: Comparison) -> Iterator[tuple[Pair, Parameter, Parameter, Json, Json]]:
    """Yield the parameters of both sides, and what each says of them."""
    for pair in comparison.changed:
        for parameter in pair.old.parameters:
            other = pair.counterpart(parameter)
            if other is not None:
                data = comparison.data(Party.OLD, parameter.pointer), comparison.data(Party.NEW, other.pointer)
                yield pair, parameter, other, *data


def _part(parameter: Parameter) -> str:
    return f"{parameter.place} parameter {parameter.name}"


def _is_ignored(parameter: Parameter) -> bool:
    """OpenAPI 3.1, Parameter Object: header parameters of these names "SHALL be ignored"."""
    return parameter.place == "header" and parameter.name.lower() in {"accept", "content-type", "authorization"}


def _change(side: Party, pair: Pair, parameter: Parameter, message: str) -> Change:
    key = (pair.old if side is Party.OLD else pair.new).key
    return Change(side, parameter.pointer, _part(parameter), message, (key,))

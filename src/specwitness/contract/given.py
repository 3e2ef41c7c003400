"""Which ids are not known to exist: those that the document shows as examples, which are tried where none is given."""

from __future__ import annotations

from specwitness.contract import pointers
from specwitness.contract.model import Contract, Parameter
from specwitness.findings import Exchange


def examples(contract: Contract, parameter: Parameter) -> tuple[str, ...]:
    """Return what the document gives as examples of a parameter, as texts."""
    data = pointers.get(contract.document, parameter.pointer)
    schema = data["schema"] if isinstance(data.get("schema"), dict) else {}
    found = [data.get("example"), *(item.get("value") for item in (data.get("examples") or {}).values())]
    found += [schema.get("example"), *(schema.get("examples") or [])]
    return tuple(str(value) for value in found if value is not None)


def has_example_id(contract: Contract, exchange: Exchange) -> bool:
    """Say whether the resource in the path of a request, its last parameter, goes by an example of the document.

    Where nobody gave an id, the example is tried: it need not exist.
    """
    operation = contract.operation(exchange.operation)
    if operation is None or not operation.path_parameters:
        return False
    last = operation.path_parameters[-1]
    return exchange.parameters.get(last.name) in examples(contract, last)

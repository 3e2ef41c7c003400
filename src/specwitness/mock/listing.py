"""The catalogue of faults, worded for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from specwitness.mock.faults import Fault


def listing(catalogues: Mapping[str, Mapping[str, Fault]]) -> str:
    """Return all faults, by contract and kind, one line each."""
    return "\n".join(line for name, faults in catalogues.items() for line in _contract(name, faults))


def _contract(name: str, faults: Mapping[str, Fault]) -> Iterator[str]:
    yield click.style(f"{name}: {len(faults)} faults", bold=True)
    width = min(max(map(len, faults), default=0), 60)
    kind = None
    for fault in faults.values():
        if fault.kind != kind:
            kind = fault.kind
            yield click.style(f"  {kind}", fg="cyan")
        unseen = f" (nobody can tell: {fault.unobservable})" if fault.unobservable else ""
        later = " (to be found with a later version of the document)" if fault.overlay else ""
        yield f"    {fault.name:<{width}}  {fault.claim}{later}{unseen}"

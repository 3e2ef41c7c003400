"""What descriptions of a contract's API say otherwise than each other, as a record. Entry point: `compared`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift import inputs, levels
from specwitness.drift.comparing import compare
from specwitness.drift.sourced.disagreements import of_contract
from specwitness.drift.sourced.judged import of_sources
from specwitness.exceptions import ContractError
from specwitness.findings import Finding
from specwitness.record import Record
from specwitness.redaction import Redaction


def compared(contract: Contract, today: dt.date, *, server: str | None) -> Record:
    """Return in what the sources of a contract contradict each other, and what changed in its upstream.

    What a server hands out is one more source, and no contradiction where it says nothing; that it hands out nothing
    which can be read is a note. Raises SpecwitnessError for another source or an upstream that cannot be read, and for
    a manifest that gives a level to no rule.
    """
    manifest, specs = contract.manifest, contract.folder.parent
    levels.require_known(manifest, name=str(contract.folder / load.MANIFEST_NAME))
    served, notes = None, []
    if server is not None:
        try:
            served = inputs.read(inputs.served_at(server), specs=specs)
        except ContractError as error:
            notes.append(f"the contract was not compared with what the server says of itself. {error}")
    said = of_contract(contract, today, served=served).findings if manifest.sources or served else None
    redaction = Redaction.of(manifest.secrets)

    def published(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(redaction.finding(finding) for finding in levels.leveled(findings, manifest))

    return Record(
        findings=published(_changed(contract, today) if manifest.upstream else ()),
        drift=None if said is None else published(said),
        notes=tuple(map(redaction.text, notes)),
    )


def _changed(contract: Contract, today: dt.date) -> Iterator[Finding]:
    """Yield what changed from the vendored document of a contract to its upstream."""
    upstream = inputs.read(inputs.upstream_of(contract), specs=contract.folder.parent)
    for finding in compare(load.vendored(contract), replace(upstream, name=contract.name), today):
        yield replace(finding, witness=finding.witness and of_sources(finding.witness))

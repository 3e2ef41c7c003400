"""Where an API is served: whether the URLs that clients call are still there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specwitness.contract.model import Operation
from specwitness.drift.pairing import Pair, template
from specwitness.drift.rules.rule import Change, Comparison, listed
from specwitness.drift.wire import HOLE, Server, servers
from specwitness.findings import Party


@dataclass(frozen=True)
class _Served:
    """Where one operation is reached on both sides."""

    pair: Pair
    old: tuple[Server, ...]
    new: tuple[Server, ...]

    def lost(self, *, path_alone: bool = False) -> list[Server]:
        """Return the old servers at whose URLs nothing is any more; by their paths alone, whatever the host."""
        return _beyond(self._olds, self._news, path_alone=path_alone)

    def won(self) -> list[Server]:
        """Return the new servers at whose URLs nothing was."""
        return _beyond(self._news, self._olds)

    @property
    def _olds(self) -> dict[Server, Server]:
        return _called(self.old, self.pair.old)

    @property
    def _news(self) -> dict[Server, Server]:
        return _called(self.new, self.pair.new)


def _called(these: tuple[Server, ...], operation: Operation) -> dict[Server, Server]:
    """Return for each server what a client of an operation calls there."""
    return {server: replace(server, url=server.url + template(operation.path)) for server in these}


def _beyond(these: dict[Server, Server], others: dict[Server, Server], *, path_alone: bool = False) -> list[Server]:
    covers = [other.covers for other in others.values()]
    return [server for server, at in these.items() if not any(cover(at, path_alone=path_alone) for cover in covers)]


def _served(comparison: Comparison) -> Iterator[_Served]:
    same_around = comparison.old.document.get("servers") == comparison.new.document.get("servers")
    for pair in comparison.changed if same_around else comparison.pairing.both:
        old, new = servers(comparison.old, pair.old), servers(comparison.new, pair.new)
        named = all(server.pointer for server in (*old, *new))  # Who names no server says nothing about it.
        if named and (old != new or pair.old.path != pair.new.path):
            yield _Served(pair, old, new)


def base_path_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield operations of which no path is served any more: they stand below another base path."""
    for served in comparison.once(_served):
        if len(served.lost(path_alone=True)) == len(served.old):
            was, now = listed(server.url or "/" for server in served.old), listed(one.url or "/" for one in served.new)
            yield _moved(comparison, served, served.old[0], f"the base path moved: it is served at {now}, not at {was}")


def server_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield servers that are not named any more, where the paths below them are the same elsewhere."""
    for served in comparison.once(_served):
        if len(served.lost(path_alone=True)) < len(served.old):
            for server in served.lost():
                now = listed(one.url or "/" for one in served.new)
                yield _moved(comparison, served, server, f"{server.url} is not named any more: it is served at {now}")


def _moved(comparison: Comparison, served: _Served, server: Server, message: str) -> Change:
    """Say that a server is gone; where it had variables, a request goes to a URL that the new ones do not have."""
    example = server
    if any(other.covers(replace(server, url=server.example)) for other in served.new):
        example = replace(server, example=HOLE.sub(r"\1", server.url))
    now = listed(one.url or "/" for one in served.new)
    return Change(
        Party.OLD,
        server.pointer,
        "servers",
        message,
        (served.pair.old.key,),
        value=server.url,
        proof=comparison.sent(served.pair.old, f"it is served at {now}", server=example),
    )


def server_added(comparison: Comparison) -> Iterator[Change]:
    """Yield servers that are named now, beside those that were."""
    for served in comparison.once(_served):
        for server in served.won() if not served.lost() else ():
            if server.origin:
                message = f"it is served at {server.url} too"
                yield Change(Party.NEW, server.pointer, "servers", message, (served.pair.new.key,), value=server.url)

"""Where an API is served: whether the URLs that clients call are still there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from specwitness.contract.model import Contract, Operation
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

    @cached_property
    def lost(self) -> list[Server]:
        """The old servers at whose URLs nothing is any more."""
        return _beyond(self._olds, self._news)

    @cached_property
    def moved(self) -> list[Server]:
        """The old servers below whose paths nothing is any more, whatever the host.

        Of a variable without an `enum` the default alone is known to be served.
        """
        usual = {server: _usual(server, at) for server, at in self._olds.items()}
        return _beyond(usual, self._news, path_alone=True)

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
    # The default of a variable is one of its values, also where it is more than one segment of a path.
    known = dict.fromkeys(url for server, at in others.items() for url in (at, _usual(server, at)))
    return [server for server, at in these.items() if not any(url.covers(at, path_alone=path_alone) for url in known)]


def _usual(server: Server, called: Server) -> Server:
    """Return what a client calls where the variables of a server have their defaults."""
    return replace(called, url=server.example + called.url.removeprefix(server.url))


def _served(comparison: Comparison) -> Iterator[_Served]:
    same_around = comparison.old.document.get("servers") == comparison.new.document.get("servers")
    for pair in comparison.changed if same_around else comparison.pairing.both:
        old, new = _named(comparison.old, pair.old), _named(comparison.new, pair.new)
        named = all(server.pointer for server in (*old, *new))  # Who names no server says nothing about it.
        if named and (old != new or pair.old.path != pair.new.path):
            yield _Served(pair, old, new)


def _named(contract: Contract, operation: Operation) -> tuple[Server, ...]:
    found = (replace(one, url=_plain(one.url), example=_plain(one.example)) for one in servers(contract, operation))
    return tuple(dict.fromkeys(found))


def _plain(url: str) -> str:
    """Return a URL without the port that its scheme has anyway (RFC 9110 sections 4.2.1 to 4.2.3), or a last slash."""
    return _USUAL_PORT.sub(lambda found: found[1] or found[2], url).rstrip("/")


_USUAL_PORT = re.compile(r"^(?:(https://[^/]*):(?:443)?|(http://[^/]*):(?:80)?)(?=/|$)", re.IGNORECASE)


def base_path_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield paths below which an operation is not served any more, be it all of them or one."""
    for served in comparison.once(_served):
        now = _urls(served.new)
        if len(served.moved) == len(served.old):
            message = f"the base path moved: it is served at {now}, not at {_urls(served.old)}"
            yield _gone(comparison, served, served.moved[0], message)
        else:
            for server in served.moved:
                message = f"nothing is below the path of {server.url or '/'} any more: it is served at {now}"
                yield _gone(comparison, served, server, message)


def server_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield servers that are not named any more, where the paths below them are the same elsewhere."""
    for served in comparison.once(_served):
        for server in served.lost:
            if server not in served.moved:
                message = f"{server.url} is not named any more: it is served at {_urls(served.new)}"
                yield _gone(comparison, served, server, message)


def _gone(comparison: Comparison, served: _Served, server: Server, message: str) -> Change:
    """Say that a server is gone; where it had variables, a request goes to a URL that the new ones do not have."""
    example = server
    if any(other.covers(replace(server, url=server.example)) for other in served.new):
        example = replace(server, example=HOLE.sub(r"\1", server.url))
    proof = comparison.sent(served.pair.old, f"it is served at {_urls(served.new)}", server=example)
    return Change(Party.OLD, server.pointer, "servers", message, (served.pair.old.key,), value=server.url, proof=proof)


def _urls(these: tuple[Server, ...]) -> str:
    return listed(server.url or "/" for server in these)


def server_added(comparison: Comparison) -> Iterator[Change]:
    """Yield servers that are named now, beside those that were."""
    for served in comparison.once(_served):
        for server in served.won() if not served.lost else ():
            if server.origin:
                message = f"it is served at {server.url} too"
                yield Change(Party.NEW, server.pointer, "servers", message, (served.pair.new.key,), value=server.url)

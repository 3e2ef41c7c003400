"""Hold what was recorded against a contract, exchange by exchange. Entry point: `observe`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import urlsplit

from specwitness.contract import pointers
from specwitness.contract.conformance import Violation, refusals
from specwitness.contract.model import Contract, Operation
from specwitness.contract.places import location, written_at
from specwitness.contract.requests import Call, Reader, Refusal
from specwitness.drift.observed.addresses import Address, Addresses, origin
from specwitness.drift.observed.guessing import Guesses, grouped
from specwitness.drift.observed.headers import is_of_a_browser
from specwitness.drift.observed.recording import MASKS, NEED_REQUEST, Recorded, Unused
from specwitness.drift.observed.secrets import Secrets
from specwitness.drift.observed.texts import Texts
from specwitness.drift.observed.undescribed import BODY_PROPERTIES, Describer, OpenText, of_data, remark
from specwitness.drift.observed.unseen import Unseen
from specwitness.findings import Exchange, Finding, Intent, Level, Party, Request, Response, Verdict, Witness
from specwitness.record import Sight, rank

_MANY_NAMES = 20
"""An object with more properties that are not described than these has names that are data."""
_MOST = 10_000
"""More different things are not told."""
_SHOWN = 3
"""So many hosts, and paths, are named where there are more."""


@dataclass(frozen=True)
class Observed:
    """What recorded traffic says of a contract, without secrets, and how much traffic that was.

    `exchanges` counts those with the API, `entries` everything that was recorded; `called` counts operations.
    """

    findings: tuple[Finding, ...]
    entries: int
    exchanges: int
    called: int
    notes: tuple[str, ...]


def observe(contract: Contract, recorded: Iterable[Recorded | Unused], base_urls: Sequence[str] = ()) -> Observed:
    """Return what was seen and is not described, or is refused, and what is described and was not seen.

    What was asked of anything below the base URLs counts; without any, below the servers that the contract names. Where
    it names no host, each counts that answers a described operation.
    """
    observer = _Observer(contract, base_urls)
    for one in recorded:
        observer.saw(one)
    return observer.published()


@dataclass
class _Sightings:
    """How often one thing was seen, through which operations, and the smallest example."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    example: Exchange | None = None
    size: tuple[int, int] = (0, 0)

    def add(self, exchange: Exchange) -> None:
        self.statuses[exchange.response.status if exchange.response else 0] += 1
        if exchange.operation is not None:
            self.operations.add(exchange.operation)
        size = Witness((exchange,), Party.SERVER, Party.CONTRACT, "").size
        if self.example is None or size < self.size:
            self.example, self.size = exchange, size

    def join(self, other: _Sightings) -> None:
        self.statuses += other.statuses
        self.operations |= other.operations
        if self.example is None or (other.example is not None and other.size < self.size):
            self.example, self.size = other.example, other.size


@dataclass(frozen=True)
class _Unknown:
    """A kind of request that no operation describes; `described` is the template of its path, where that is."""

    host: str
    method: str
    described: str | None


class _Observer:
    """A working object: it is told of every entry, and publishes what that amounts to."""

    def __init__(self, contract: Contract, base_urls: Sequence[str]) -> None:
        self._contract = contract
        self._addresses = Addresses(contract, base_urls)
        self._secrets = Secrets(contract)
        self._describer = Describer(contract, self._secrets.is_secret)
        self._readers: dict[str, Reader] = {}
        self._guesses = Guesses(operation.path for operation in contract.operations)
        self._texts, self._unseen = Texts(), Unseen(contract)
        self._told: dict[str, tuple[Violation, _Sightings]] = {}
        self._unknown: dict[tuple[_Unknown, tuple[str, ...]], _Sightings] = {}
        self._names: dict[tuple[str, str], set[str]] = {}
        self._hosts: set[str] = set()
        self._unused: Counter[Unused] = Counter()
        self._elsewhere: Counter[str] = Counter()
        self._aside: Counter[str] = Counter()
        self._bodiless = self._untold = 0
        self._entries = 0

    def saw(self, one: Recorded | Unused) -> None:
        """Take note of an entry."""
        self._entries += 1
        if isinstance(one, Unused):
            self._unused[one] += 1
            return
        request, response = one.exchange.request, one.exchange.response
        address = self._addresses.of(request.method, request.url)
        if address is None or response is None:
            self._elsewhere[origin(request.url)] += 1
        elif address.operation is not None:
            self._secrets.saw(one.exchange)
            self._hosts.add(address.host)
            self._called(address, address.operation, one, response)
        elif aside := _is_aside(request, response, address):
            self._aside[aside] += 1
        else:
            self._secrets.saw(one.exchange)
            self._not_described(address, one.exchange)

    # --- What no operation describes ----------------------------------------------------------------------------------

    def _not_described(self, address: Address, exchange: Exchange) -> None:
        if address.template is not None:
            guess: tuple[str, ...] | None = tuple(address.template.split("/"))
        else:
            guess = self._guesses.first(address.path)
        if guess is None:
            self._aside[_TOO_MANY] += 1
            return
        unknown = _Unknown(address.host, exchange.request.method, address.template)
        self._unknown.setdefault((unknown, guess), _Sightings()).add(_to_be_shown(exchange))

    def _operations(self) -> Iterator[tuple[Violation, _Sightings]]:
        """Yield the operations that are not described, by what their templates are likely to be."""
        found: dict[tuple[str, str | None, str], _Sightings] = {}
        ours = [key for key in self._unknown if self._addresses.names_hosts or key[0].host in self._hosts]
        for unknown, guess, path in grouped(ours):
            label = unknown.method, unknown.described, path
            found.setdefault(label, _Sightings()).join(self._unknown[unknown, guess])
        for (method, described, path), sightings in found.items():
            counts = ", ".join(f"{status}: {count}" for status, count in sorted(sightings.statuses.items()))
            what = "this method is not described" if described else "no operation describes it"
            said = f"{method} {path} was answered ({counts}), and {what}"
            place = self._path_pointer(described)
            yield remark("undescribed-operation", f"{method} {path}", place, said, f"{method} {path}"), sightings

    def _path_pointer(self, template: str | None) -> str:
        described = (one for one in self._contract.operations if one.path == template)
        return next((one.pointer.rpartition("/")[0] for one in described), "/paths")

    # --- What one does ------------------------------------------------------------------------------------------------

    def _called(self, address: Address, operation: Operation, recorded: Recorded, response: Response) -> None:
        exchange = replace(
            recorded.exchange,
            operation=operation.key,
            parameters={name: value for name, value in address.parameters.items() if value is not None},
        )
        exchange = replace(exchange, intent=self._intent(address, operation, exchange, recorded.unjudged))
        recorded = replace(recorded, exchange=exchange)
        self._unseen.saw(operation, recorded)
        if _is_about_a_copy(exchange.request, response):
            return
        self._bodiless += not recorded.has_answered_body
        shown = _to_be_shown(exchange, operation)
        for violation in refusals(self._contract, exchange):
            if violation.rule not in recorded.unjudged and not any(mask in violation.message for mask in MASKS):
                self._tell(violation, shown)
        # Of one body the same may be said at several places.
        said: dict[str, Violation] = {}
        for found in self._describer.of(operation, exchange.request, response):
            if isinstance(found, Sight):
                self._unseen.showed(found)
                continue
            remarked = self._texts.saw(operation.key, found) if isinstance(found, OpenText) else found
            if remarked is not None:
                said.setdefault(_identity(remarked), remarked)
        for violation in said.values():
            self._tell(violation, shown)

    def _intent(self, address: Address, operation: Operation, exchange: Exchange, unjudged: frozenset[str]) -> Intent:
        """Return what can be told of why a request was sent, from what was sent and what was answered.

        That it had no credentials cannot be told: whoever records them leaves them out.
        """
        if exchange.response and exchange.response.status == HTTPStatus.UNAUTHORIZED and operation.needs_credentials:
            return Intent.WRONG_CREDENTIALS
        if NEED_REQUEST & unjudged:
            return Intent.GENERATED
        if operation.key not in self._readers:
            self._readers[operation.key] = Reader(self._contract, operation)
        asked = self._readers[operation.key].read(_call(address, exchange.request))
        is_refused = isinstance(asked, Refusal) and not any(mask in asked.reason for mask in MASKS)
        return Intent.INVALID if is_refused else Intent.GENERATED

    def _tell(self, violation: Violation, exchange: Exchange) -> None:
        if violation.rule in BODY_PROPERTIES and violation.value is not None:
            names = self._names.setdefault((violation.rule, _object_of(violation)), set())
            if len(names) <= _MANY_NAMES:
                names.add(violation.value)
            elif violation.value not in names:
                violation = of_data(violation.rule, violation.part, _object_of(violation))
        identity = _identity(violation)
        if identity not in self._told and len(self._told) >= _MOST:
            self._untold += 1
            return
        self._told.setdefault(identity, (violation, _Sightings()))[1].add(exchange)

    def _told_of_few(self) -> Iterable[tuple[Violation, _Sightings]]:
        """Return what was told, but of an object with very many properties that are not described one thing alone."""
        found: dict[str, tuple[Violation, _Sightings]] = {}
        for violation, sightings in self._told.values():
            names = self._names.get((violation.rule, _object_of(violation)), set())
            is_one_of_many = violation.value in names and len(names) > _MANY_NAMES
            kept = of_data(violation.rule, violation.part, _object_of(violation)) if is_one_of_many else violation
            found.setdefault(_identity(kept), (kept, _Sightings()))[1].join(sightings)
        return found.values()

    # --- What that amounts to -----------------------------------------------------------------------------------------

    def published(self) -> Observed:
        """Return what was found, without secrets."""
        unknown = list(self._operations())
        called = sum(self._unseen.calls.values())
        exchanges = called + sum(sightings.statuses.total() for _, sightings in unknown)
        found = self._findings(unknown) if exchanges else [self._finding(self._nothing(), _Sightings())]
        return Observed(
            findings=tuple(sorted(map(self._secrets.finding, found), key=rank)),
            entries=self._entries,
            exchanges=exchanges,
            called=len(self._unseen.calls),
            notes=tuple(self._secrets.text(note) for note in self._notes()),
        )

    def _findings(self, unknown: Iterable[tuple[Violation, _Sightings]]) -> Iterator[Finding]:
        for violation, sightings in (*unknown, *self._told_of_few()):
            yield self._finding(violation, sightings)
        for violation, count, operations in self._texts.remarks():
            yield replace(self._finding(violation, _Sightings(operations=operations)), seen=count)
        for violation, operation in self._unseen.remarks():
            yield self._finding(violation, _Sightings(operations={operation}))

    def _finding(self, violation: Violation, sightings: _Sightings) -> Finding:
        """Return what a judge of a run would (`runner.judge`), of all exchanges that show it."""
        example, operations = sightings.example, tuple(sorted(sightings.operations))
        operation = operations[0] if len(operations) == 1 else None
        described = self._contract.operation(operation)
        is_shown = violation.certain and example is not None
        return Finding(
            rule=violation.rule,
            level=violation.level if violation.certain else Level.WARNING,
            verdict=Verdict.BROKEN if is_shown else Verdict.SAFE if violation.certain else Verdict.UNDECIDED,
            where=location(self._contract, operation=operation, part=violation.part, pointer=violation.pointer),
            message=f"{described.label}: {violation.message}" if described else violation.message,
            source=written_at(self._contract, violation.pointer),
            value=violation.value,
            witness=Witness((example,), violation.allowed_by, violation.rejected_by, violation.message)
            if is_shown and example is not None
            else None,
            operations=operations,
            seen=max(1, sightings.statuses.total()),
        )

    def _nothing(self) -> Violation:
        bases = ", ".join(base or "/" for base in self._addresses.shown[:_SHOWN]) or "(it has no operation)"
        said = f"none of what was recorded is with this API, that is below {bases}"
        hosts = [host for host, _ in self._elsewhere.most_common(_SHOWN)]
        if hosts:
            said += f"; it is with {', '.join(hosts)}: name the right one with --base-url"
        return replace(remark("nothing-observed", "recorded traffic", "", said), certain=False)

    def _notes(self) -> Iterator[str]:
        """Yield what was left out and why, and what else a reader has to know."""
        left_out = [f"{count} {unused.value}" for unused, count in sorted(self._unused.items(), key=str)]
        left_out += [f"{count} {reason}" for reason, count in sorted(self._aside.items())]
        if self._elsewhere:
            named = [f"{host} {count}" for host, count in self._elsewhere.most_common(_SHOWN)]
            named += [f"{len(self._elsewhere) - _SHOWN} more"] if len(self._elsewhere) > _SHOWN else []
            left_out.append(f"{self._elsewhere.total()} with others than this API ({', '.join(named)})")
        if left_out:
            yield f"of {self._entries} entries, these were left out: {', '.join(left_out)}"
        if self._untold:
            yield f"more than {_MOST} different things were found; {self._untold} sightings of others are not told"
        if self._bodiless:
            yield f"responses whose bodies were not recorded, or not whole, and are not judged: {self._bodiless}"
        if not self._addresses.names_hosts and self._hosts:
            hosts_named = ", ".join(sorted(self._hosts)[:_SHOWN])
            yield f"the contract names no host: those were taken that answer its operations ({hosts_named})"


def _to_be_shown(exchange: Exchange, operation: Operation | None = None) -> Exchange:
    """Return an exchange without what a browser sends of itself, unless the operation asks for it."""
    asked = {one.name.lower() for one in operation.parameters if one.place == "header"} if operation else set()
    sent = exchange.request.headers
    kept = tuple((name, value) for name, value in sent if name.lower() in asked or not is_of_a_browser(name))
    return replace(exchange, request=replace(exchange.request, headers=kept))


def _object_of(violation: Violation) -> str:
    """Return the schema that does not name a property."""
    return pointers.join("", *pointers.split(violation.pointer)[:-2])


def _identity(violation: Violation) -> str:
    return json.dumps([violation.rule, violation.pointer, violation.value], sort_keys=True)


def _call(address: Address, request: Request) -> Call:
    """Return a request as it came in."""
    parts = urlsplit(request.url)
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers)
    path, query = parts.path.encode(), parts.query.encode()
    return Call(request.method, path, query, headers, request.body or b"", address.parameters)


# --- What tells nothing of an API -------------------------------------------------------------------------------------

_OPTIONS = "with OPTIONS, which asks what a browser may do"
_PAGES = "pages, scripts, images and the like"
_ABSENT = "to what is neither described nor there (404, 405, 501, a redirect)"
_TOO_MANY = "to operations that are not described, too many to tell apart"

_NOT_THERE = frozenset({404, 405, 501, *range(300, 400)})
_OF_PAGES = frozenset(
    {"text/html", "text/css", "text/javascript", "application/javascript", "application/x-javascript"}
    | {"application/xhtml+xml", "application/wasm", "application/manifest+json", "application/ecmascript"}
)
_KINDS_OF_PAGES = frozenset({"image", "font", "audio", "video"})


def _is_aside(request: Request, response: Response, address: Address) -> str | None:
    """Return why a request that no operation describes is none of an operation; None where it may be one."""
    if request.method == "OPTIONS":
        return _OPTIONS
    if response.status in _NOT_THERE:
        return _ABSENT
    media_type = response.media_type or ""
    if address.template is None and (media_type in _OF_PAGES or media_type.partition("/")[0] in _KINDS_OF_PAGES):
        return _PAGES
    return None


_CONDITIONAL = frozenset({"if-none-match", "if-modified-since"})


def _is_about_a_copy(request: Request, response: Response) -> bool:
    """Say whether HTTP itself answers: a copy is still good (304), or a part was asked for (RFC 9110, 13 and 14)."""
    names = {name.lower() for name, _ in request.headers}
    if response.status == HTTPStatus.NOT_MODIFIED:
        return bool(names & _CONDITIONAL)
    return response.status == HTTPStatus.PARTIAL_CONTENT and "range" in names

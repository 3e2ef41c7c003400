"""The states of a resource, as data: which follow which, what an answer holds in each, and what every answer obeys.

`lifecycle.yaml` beside the OpenAPI document, everything but `shows`, `initial` and `states` optional:

    resources:
      run:
        id: runId                                    # the path parameter that names one
        shows: {getRun: /status}                     # operation -> where its success body shows the state
        initial: queued
        states:                                      # a list of successors (the usual one first), or a mapping
          queued: {next: [running], absent: [/end]}  # places: absent (or null), present (not null), "null" (there),
                                                     # usual (the mock shows it, nobody has to)
          running: [done]
          done: {present: [/end]}
        answers:                                     # what every success answer of an operation obeys
          getRun:
            same: {/id: runId}                       # a parameter, or what the resource was created with
            says: {/link: "/runs/{runId}"}           # a constant; parameters in braces
            headers: {Location: "/runs/{runId}"}
            ordered: [[/start, /end]]                # instants, none before the one to its left
            seconds: {/took: [/start, /end]}         # the time between two instants
            sum_at_most: {/all: [/good, /bad]}
            implied: [{when: {/error/code: x}, then: {/error/category: y}}]
        refused: {cancelRun: {done: 400}}            # operation -> state -> status, or {status, example}
        store:                                       # the operations by which resources come and go
          create: submitRun
          keeps: [label]                             # properties of the body that later answers show
          repeat: {header: Idempotency-Key, status: 409}
          read: getRun                               # each read of an unfinished one is a step towards its end
          list: {operation: listRuns, items: /runs, total: /total, page: page, size: size, filters: {status: /status}}
          count: {operation: getStats, total: /total, states: /by_state}
          change: {cancelRun: cancelled}
          delete: deleteRun

A place that an operation's schema does not describe is not asked of that operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from specwitness.contract import document, pointers
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

if TYPE_CHECKING:
    from specwitness.contract.model import Operation

T = TypeVar("T")


@dataclass(frozen=True)
class Demands:
    """What a success body holds in one state: `present` and not null, `absent` or null, there and `null`.

    What is `usual` there, a server may leave out; the mock does not.
    """

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()


@dataclass(frozen=True)
class Implication:
    """Where the body holds all values of `when`, it holds those of `then`; both map places to values."""

    when: Mapping[str, Json]
    then: Mapping[str, Json]


@dataclass(frozen=True)
class Laws:
    """What every success answer of one operation obeys, whatever the state."""

    same: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ordered: tuple[tuple[str, ...], ...] = ()
    seconds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sum_at_most: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    implied: tuple[Implication, ...] = ()


@dataclass(frozen=True)
class Refused:
    """How an operation is refused in a state: the status, and the documented example that words it, if one does."""

    status: int
    example: str | None = None


@dataclass(frozen=True)
class Repeat:
    """The request header that makes a creation happen once, and the status of a second one."""

    header: str
    status: int


@dataclass(frozen=True)
class Listing:
    """An operation that lists resources: where the items stand, and which query parameters page and filter them."""

    operation: str
    items: str
    total: str | None = None
    page: str | None = None
    size: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Counting:
    """An operation that counts resources: where it shows how many there are, and how many in each state."""

    operation: str
    total: str | None = None
    states: str | None = None


@dataclass(frozen=True)
class Store:
    """The operations by which resources come, are read, change, and go."""

    create: str | None = None
    keeps: tuple[str, ...] = ()
    repeat: Repeat | None = None
    read: str | None = None
    list: Listing | None = None
    count: Counting | None = None
    change: Mapping[str, str] = field(default_factory=dict)
    delete: str | None = None

    @property
    def overviews(self) -> tuple[str, ...]:
        """The operations that tell of all resources together."""
        return tuple(part.operation for part in (self.list, self.count) if part is not None)


@dataclass(frozen=True)
class Lifecycle:
    """The states of a resource: where each operation shows the state, and which may follow which.

    `shows` maps an operation's key to the JSON pointer of the state in its success response; `states` maps each state
    to its direct successors. A state without successors is final. `id` is the path parameter that names a resource.
    """

    resource: str
    shows: Mapping[str, str]
    initial: str
    states: Mapping[str, tuple[str, ...]]
    id: str | None = None
    demands: Mapping[str, Demands] = field(default_factory=dict)
    answers: Mapping[str, Laws] = field(default_factory=dict)
    refused: Mapping[str, Mapping[str, Refused]] = field(default_factory=dict)
    store: Store | None = None

    def is_final(self, state: Json) -> bool:
        """Say whether nothing may follow a state. A state that is not in the table is not known to be final."""
        return isinstance(state, str) and state in self.states and not self.states[state]

    def may_follow(self, earlier: str, later: str) -> bool:
        """Say whether `later` can be reached from `earlier`, itself included, by any number of steps."""
        reached, fresh = {earlier}, [earlier]
        while fresh:
            fresh = [state for state in self.states.get(fresh.pop(), ()) if state not in reached] + fresh
            reached.update(fresh)
        return later in reached


def read(path: Path, effective: Json, operations: Iterable[Operation]) -> Iterator[Lifecycle]:
    """Yield the lifecycles of a file; nothing where there is no such file.

    Raises DocumentError for a table of another form, and for one that names a state, operation or example that the
    effective spec does not have.
    """
    if not path.is_file():
        return
    table = _Table(path, effective, {operation.key: operation for operation in operations})
    for name, entry in table.mapping(table.mapping(document.read(path), "it").get("resources"), "resources").items():
        yield table.lifecycle(name, entry)


@dataclass(frozen=True)
class _Table:
    """One file, and the spec that it speaks of."""

    path: Path
    effective: Json
    operations: Mapping[str, Operation]

    def lifecycle(self, name: str, entry: Json) -> Lifecycle:
        data = self.known(entry, name, "id", "shows", "initial", "states", "answers", "refused", "store")
        states = self.mapping(data.get("states"), f"{name}, states")
        successors = {state: self.names(_next(after), f"{name}, {state}") for state, after in states.items()}
        self.defined([data.get("initial"), *(state for after in successors.values() for state in after)], states, name)
        shows = self.by_operation(data.get("shows"), f"{name}, shows", self.place)
        self.documented(name, shows, states)
        if data.get("id") is not None:
            self.parameter(name, data["id"])
        refused = self.by_operation(data.get("refused"), f"{name}, refused", self.mapping)
        for by_state in refused.values():
            self.defined(by_state, states, name)
        return Lifecycle(
            resource=name,
            shows=shows,
            initial=data["initial"],
            states=successors,
            id=data.get("id"),
            demands={state: self.demands(after, f"{name}, {state}") for state, after in states.items()},
            answers=self.by_operation(data.get("answers"), f"{name}, answers", self.laws),
            refused={
                operation: {state: self.refusal(operation, item) for state, item in by_state.items()}
                for operation, by_state in refused.items()
            },
            store=self.store(name, data["store"], states) if "store" in data else None,
        )

    def demands(self, entry: Json, where: str) -> Demands:
        if not isinstance(entry, dict):
            return Demands()
        keys = ("present", "absent", "null", "usual")
        data = self.known(entry, where, "next", *keys)
        return Demands(*(self.places(data.get(key), f"{where}, {key}") for key in keys))

    def laws(self, entry: Json, where: str) -> Laws:
        data = self.known(entry, where, "same", "says", "headers", "ordered", "seconds", "sum_at_most", "implied")
        implied = [self.known(item, f"{where}, implied", "when", "then") for item in data.get("implied", [])]
        seconds = self.mapping(data.get("seconds", {}), where)
        sums = self.mapping(data.get("sum_at_most", {}), where)
        if any(not isinstance(pair, list) or len(pair) != 2 for pair in seconds.values()):  # noqa: PLR2004 - from, to
            raise self.fault(f"{where}: `seconds` wants two places", "Write `/took: [/start, /end]`")
        return Laws(
            same=self.at_places(data.get("same", {}), where),
            says=self.at_places(data.get("says", {}), where),
            headers={name: str(text) for name, text in self.mapping(data.get("headers", {}), where).items()},
            ordered=tuple(self.places(chain, f"{where}, ordered") for chain in data.get("ordered", [])),
            seconds={
                self.place(at, where): (self.place(pair[0], where), self.place(pair[1], where))
                for at, pair in seconds.items()
            },
            sum_at_most={self.place(at, where): self.places(parts, where) for at, parts in sums.items()},
            implied=tuple(
                Implication(self.at_places(item.get("when"), where), self.at_places(item.get("then"), where))
                for item in implied
            ),
        )

    def refusal(self, operation: str, entry: Json) -> Refused:
        if isinstance(entry, int):
            entry = {"status": entry}
        data = self.known(entry, f"refused, {operation}", "status", "example")
        status, example = data.get("status"), data.get("example")
        response = self.operations[operation].responses.get(str(status))
        if response is None:
            raise self.fault(
                f"it refuses {operation} with {status}, which the operation does not document",
                f"Documented are {', '.join(self.operations[operation].responses)}",
            )
        examples = [
            named
            for content in response.content
            for named in pointers.get(self.effective, content.pointer).get("examples", {})
        ]
        if example is not None and example not in examples:
            raise self.fault(
                f"{operation} documents no example {example!r} of {status}",
                f"Known examples: {', '.join(examples) or 'none'}",
            )
        return Refused(int(str(status)), example)

    def store(self, name: str, entry: Json, states: Mapping[str, Json]) -> Store:
        where = f"{name}, store"
        data = self.known(entry, where, "create", "keeps", "repeat", "read", "list", "count", "change", "delete")
        listing = self.known(data.get("list"), where, "operation", "items", "total", "page", "size", "filters")
        counting = self.known(data.get("count"), where, "operation", "total", "states")
        repeat = self.known(data.get("repeat"), where, "header", "status")
        change = self.mapping(data.get("change", {}), where)
        named = [data.get("create"), data.get("read"), data.get("delete"), *change]
        for operation in (*named, listing.get("operation"), counting.get("operation")):
            if operation is not None:
                self.operation(operation, where)
        self.defined(change.values(), states, name)
        return Store(
            create=data.get("create"),
            keeps=self.names(data.get("keeps"), where),
            repeat=Repeat(str(repeat["header"]), int(repeat["status"])) if repeat else None,
            read=data.get("read"),
            list=Listing(**listing) if listing else None,
            count=Counting(**counting) if counting else None,
            change=change,
            delete=data.get("delete"),
        )

    # The smallest parts, and what is wrong with each.

    def fault(self, fault: str, hint: str) -> DocumentError:
        return DocumentError(str(self.path), fault, hint)

    def mapping(self, data: Json, where: str) -> dict[str, Json]:
        if not isinstance(data, dict):
            raise self.fault(f"{where} is not a mapping", "See specs/praisonai/lifecycle.yaml for an example")
        return data

    def known(self, data: Json, where: str, *keys: str) -> dict[str, Json]:
        for key in self.mapping({} if data is None else data, where):
            if key not in keys:
                raise self.fault(f"{where}: unknown key {key!r}", f"Known keys: {', '.join(keys)}")
        return data or {}

    def names(self, data: Json, where: str) -> tuple[str, ...]:
        if data is None:
            return ()
        if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
            raise self.fault(f"{where} is not a list of names", "Write `[name, name]`")
        return tuple(data)

    def place(self, data: Json, where: str) -> str:
        if not isinstance(data, str) or not re.fullmatch(r"(/.*)?", data):
            raise self.fault(f"{where}: {data!r} is no JSON pointer", "Write `/property` or `/property/inner`")
        return data

    def places(self, data: Json, where: str) -> tuple[str, ...]:
        return tuple(self.place(item, where) for item in self.names(data, where))

    def at_places(self, data: Json, where: str) -> dict[str, Json]:
        return {self.place(at, where): value for at, value in self.mapping(data, where).items()}

    def operation(self, key: str, where: str) -> Operation:
        if key not in self.operations:
            raise self.fault(
                f"{where} names the operation {key!r}, which the spec does not have",
                f"Known operations: {', '.join(self.operations)}",
            )
        return self.operations[key]

    def by_operation(self, data: Json, where: str, each: Callable[[Json, str], T]) -> dict[str, T]:
        entries = self.mapping({} if data is None else data, where)
        return {self.operation(key, where).key: each(entry, f"{where}, {key}") for key, entry in entries.items()}

    def defined(self, named: Iterable[Json], states: Mapping[str, Json], resource: str) -> None:
        for state in named:
            if state not in states:
                raise self.fault(
                    f"{resource} names the state {state!r}, which it does not define", "Add it under `states`"
                )

    def documented(self, resource: str, shows: Mapping[str, str], states: Iterable[str]) -> None:
        """Refuse a state that the spec lists nowhere; where a schema lists no states at all, any may be meant."""
        listed: set[Json] = set()
        for operation, place in shows.items():
            spec = self.operations[operation]
            for content in (content for status in spec.success for content in spec.responses[status].content):
                at = pointers.locate(self.effective, content.schema or content.pointer, pointers.split(place))
                schema = pointers.get(self.effective, at)
                if not isinstance(schema, dict) or "enum" not in schema:
                    return
                listed.update(schema["enum"])
        for state in states:
            if listed and state not in listed:
                raise self.fault(
                    f"{resource} defines the state {state!r}, which the spec does not have",
                    f"States of the spec: {', '.join(sorted(map(str, listed)))}",
                )

    def parameter(self, resource: str, name: str) -> None:
        known = {parameter.name for spec in self.operations.values() for parameter in spec.path_parameters}
        if name not in known:
            raise self.fault(
                f"{resource} is named by {name!r}, which is no path parameter of the spec",
                f"Known parameters: {', '.join(sorted(known))}",
            )


def _next(entry: Json) -> Json:
    return entry.get("next") if isinstance(entry, dict) else entry

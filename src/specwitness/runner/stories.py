"""The life of what a server keeps, from creation to deletion, as the `store` of `lifecycle.yaml` has it.

Every contract with such a table has this sequence; what it shows is judged as any exchange, and by the trace checks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Lifecycle, Store
from specwitness.contract.model import Operation
from specwitness.findings import Exchange, Intent, Json
from specwitness.runner import phases
from specwitness.runner.session import ContractSession, SilentError, WorkflowApi
from specwitness.runner.transport import RequestRefusedError

_KNOWN = 30
"""How many of the resources that are known to exist are asked for what they refuse."""
_KEPT = "specwitness"
"""What is sent for a text that later answers are to show."""


def live(session: ContractSession) -> None:
    """Create, read, list, count, change and delete resources of each lifecycle that has a creation."""
    for lifecycle in session.contract.lifecycles:
        _lived(session, lifecycle)


def _lived(session: ContractSession, lifecycle: Lifecycle) -> None:
    store = lifecycle.store
    if store is None or store.create is None or store.read is None or lifecycle.id is None:
        return
    try:
        _Life(session, lifecycle, store).go()
    except SilentError as silence:
        session.recorder.cannot_conclude(f"the life of a {lifecycle.resource} ended early: {silence}. Repeat the run")
    except RequestRefusedError as refused:
        session.recorder.cannot_conclude(
            f"the life of a {lifecycle.resource} was not run: {refused}. Give --allow-writes to let it change it"
        )


class _Life:
    """One run through the life of two resources."""

    def __init__(self, session: ContractSession, lifecycle: Lifecycle, store: Store) -> None:
        self._session = session
        self._lifecycle = lifecycle
        self._store = store
        self._id = lifecycle.id or ""

    def go(self) -> None:
        first, second = self._made("a"), self._made("b")
        for name in filter(None, (first, second)):
            self._read(name)
        self._overviews()
        if second is not None:
            self._changed(second)
        if first is not None:
            self._ended(first)
            self._refused(first)
        self._overviews()
        self._known()
        for name in filter(None, (first, second)):
            self._deleted(name)
        self._overviews()

    # What is done.

    def _made(self, mark: str) -> str | None:
        """Create a resource, and return its id."""
        operation = self._operation(self._store.create)
        if operation is None:
            return None
        content = next(iter(phases.contents(self._session, operation)))
        body = content.get("body")
        if isinstance(body, dict):
            kept = dict.fromkeys(self._store.keeps, f"{_KEPT}-{mark}")
            schema = operation.body[0].schema if operation.body else None
            if schema is not None and self._session.contract.schemas.accepts(schema, {**body, **kept}):
                content = {**content, "body": {**body, **kept}}
        exchange = self._session.call(operation, {}, **content)
        same = self._lifecycle.answers[operation.key].same if operation.key in self._lifecycle.answers else {}
        at = next((at for at, name in same.items() if name == self._id), f"/{self._id}")
        return _text_at(exchange, at)

    def _read(self, name: str) -> Exchange | None:
        """Ask every operation that shows the resource and changes nothing."""
        last = None
        for key in dict.fromkeys((self._store.read, *self._lifecycle.shows)):
            operation = self._operation(key)
            if operation is not None and operation.method == "GET" and operation.path_parameters:
                refused = key in self._lifecycle.refused
                last = self._call(operation, name, Intent.GENERATED if refused else Intent.VALID)
        return last

    def _ended(self, name: str) -> None:
        """Wait for the end of a resource, and read it then in every way."""
        read = self._store.read or ""
        place = self._lifecycle.shows.get(read, "")
        WorkflowApi(self._session).poll(
            read, until=lambda exchange: self._lifecycle.is_final(_text_at(exchange, place)), **{self._id: name}
        )
        self._read(name)

    def _changed(self, name: str) -> None:
        """Do what changes the state, and see that it has; once more, where that is refused then."""
        for key in self._store.change:
            operation = self._operation(key)
            if operation is not None:
                self._call(operation, name, Intent.GENERATED)
                self._read(name)
                self._call(operation, name, Intent.GENERATED)
                self._read(name)

    def _refused(self, name: str) -> None:
        """Do what is refused at the end, except a deletion."""
        for key in self._lifecycle.refused:
            operation = self._operation(key)
            if operation is not None and key != self._store.delete:
                self._call(operation, name, Intent.GENERATED)
        self._read(name)

    def _known(self) -> None:
        """Do what is refused at the end with those resources that are known to exist, and have ended."""
        read = self._operation(self._store.read)
        if read is None:
            return
        place = self._lifecycle.shows.get(read.key, "")
        for parameters in itertools.islice(self._session.known_ids(read), _KNOWN):
            name = parameters[self._id]
            if self._lifecycle.is_final(_text_at(self._call(read, name, Intent.VALID), place)):
                self._refused(name)

    def _deleted(self, name: str) -> None:
        """Delete a resource, and ask for it once more in every way."""
        operation = self._operation(self._store.delete)
        if operation is None:
            return
        exchange = self._call(operation, name, Intent.GENERATED)
        if exchange.response is None or exchange.response.status not in operation_successes(operation):
            return
        for key in dict.fromkeys((self._store.read, *self._lifecycle.shows, *self._store.change)):
            asked = self._operation(key)
            if asked is not None and asked.path_parameters:
                self._call(asked, name, Intent.UNKNOWN_ID)

    def _overviews(self) -> None:
        """List everything, list by each filter, and count."""
        for key in self._store.overviews:
            operation = self._operation(key)
            if operation is not None:
                for query in self._queries(key):
                    self._session.call(operation, {}, query=query)

    def _queries(self, key: str) -> Iterator[Mapping[str, Json]]:
        yield {}
        listing = self._store.list
        if listing is None or listing.operation != key:
            return
        shown = pointers.split(self._lifecycle.shows.get(self._store.read or "", "/"))[-1]
        for name, at in listing.filters.items():
            if pointers.split(at)[-1] == shown:
                yield from ({name: state} for state in self._lifecycle.states)
            elif pointers.split(at)[-1] in self._store.keeps:
                yield from ({name: f"{_KEPT}-{mark}"} for mark in ("a", "b"))

    def _call(self, operation: Operation, name: str, intent: Intent) -> Exchange:
        content = next(iter(phases.contents(self._session, operation)))
        return self._session.call(operation, {self._id: name}, intent=intent, **content)

    def _operation(self, key: str | None) -> Operation | None:
        found = self._session.contract.operation(key)
        # Where a resource is named by more than its id, its creation has not told the rest.
        return found if found and {one.name for one in found.path_parameters} <= {self._id} else None


def operation_successes(operation: Operation) -> set[int]:
    """Return the documented success statuses of an operation, as numbers."""
    return {int(status) for status in operation.success if status.isdigit()}


def _text_at(exchange: Exchange, pointer: str) -> str | None:
    found = pointers.look(exchange.response.json() if exchange.response else None, pointer)
    return found if isinstance(found, str) else None

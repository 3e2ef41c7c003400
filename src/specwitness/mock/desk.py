"""Answer the requests of one contract: what is asked, what exists, and what is prepared for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from itertools import islice
from zlib import crc32

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Contract, Operation, Parameter, SecurityScheme
from specwitness.contract.requests import Asked, Call, Fault, Reader, Refusal
from specwitness.findings import Json
from specwitness.mock.access import Access, authenticate
from specwitness.mock.answers import COUNTS, ITEMS, PAGE, SIZE, TOTAL, Answers
from specwitness.mock.bodies import CREATED, EPOCH, Body
from specwitness.mock.choosing import fitting
from specwitness.mock.crud import Crud
from specwitness.mock.prefer import Wish, WishError
from specwitness.mock.reply import Headers, Reply, json_reply
from specwitness.mock.state import Resource, Resources, prefix
from specwitness.mock.wishes import Wishes

UNKNOWN = "missing-"
"""An id that begins like this belongs to nothing."""
_REASON = "reason\0"
_MOST_SHOWN = 12
"""For how many operations on one kind of id there are ids enough to show every body."""


@dataclass(frozen=True)
class MockValues:
    """What a client needs to reach everything: a value for each security scheme, and those of each path parameter.

    The ids of a resource are `NAME-STATE`, then `NAME-STATE-2` and so on for the other bodies of that state:
    `run-failed`, `run-failed-2`. A resource with such an id stays in its state.
    """

    credentials: Mapping[str, str]
    parameters: Mapping[str, tuple[str, ...]]

    def to_json(self) -> Json:
        """Return JSON-compatible data."""
        return {
            "credentials": dict(self.credentials),
            "parameters": {name: list(values) for name, values in self.parameters.items()},
        }


class Desk:
    """Answers the requests of one contract."""

    def __init__(self, contract: Contract, *, seed: int = 0, tick: float | None = None) -> None:
        """Prepare what judges requests; what answers them follows when it is first needed."""
        self.contract = contract
        self.answers = Answers(contract, seed=seed, step=tick)
        self._wishes = Wishes(contract, self.answers)
        self.credentials = {name: _credential(scheme) for name, scheme in contract.security_schemes.items()}
        self._readers = {one.key: Reader(contract, one) for one in contract.operations}
        self._access = {one.key: Access(contract, one, self.credentials) for one in contract.operations}
        self._lifecycles = {operation.key: self._lifecycle_of(operation) for operation in contract.operations}
        self._crud = Crud(
            contract,
            self.answers,
            tuple(one for one in contract.operations if self._lifecycles[one.key] is None),
            ids=self._numbered,
            usual=self._stateless,
            refuse=self._refuse,
        )
        self._seed = seed
        self._tick = tick

    @cached_property
    def _ids(self) -> dict[str, dict[str, tuple[str, int]]]:
        """The ids that exist from the start, by resource, each with its state and the number of its body."""
        return {one.resource: self._pinned(one) for one in self.contract.lifecycles}

    @cached_property
    def _kept(self) -> dict[str, Resources]:
        """What exists, by resource; made by the first request that asks, in the thread that answers."""
        return {
            one.resource: Resources(one, self._ids[one.resource], seed=self._seed, tick=self._tick)
            for one in self.contract.lifecycles
            if one.store is not None and one.id is not None
        }

    def reset(self) -> None:
        """Forget everything that happened."""
        for resources in vars(self).get("_kept", {}).values():
            resources.reset()
        self._wishes.reset()
        self._crud.reset()

    def resources_of(self, lifecycle: Lifecycle) -> Resources | None:
        """Return what exists of a lifecycle; None where nothing is kept."""
        return self._kept.get(lifecycle.resource)

    @contextmanager
    def undoing(self, *, afresh: bool = False) -> Iterator[None]:
        """Forget, in the end, what happens in the block; with `afresh`, nothing has happened at its start."""
        with ExitStack() as stack:
            for resources in self._kept.values():
                stack.enter_context(resources.undoing())
            stack.enter_context(self._crud.undoing())
            if afresh:
                self._crud.reset()
                for resources in self._kept.values():
                    resources.reset()
            yield

    def refusing(self, operation: Operation, call: Call, status: int, reason: str) -> Reply:
        """Answer with an error, as the contract words it where it documents the status."""
        return self._error(operation, call, status, reason=reason)

    @property
    def values(self) -> MockValues:
        """The credentials that are accepted and the ids that exist."""
        return self.values_of(self.contract.operations)

    def values_of(self, operations: Iterable[Operation]) -> MockValues:
        """Return the credentials that are accepted, and the ids with which some operations are reached."""
        found: dict[str, tuple[str, ...]] = {}
        for operation in operations:
            for parameter in operation.path_parameters:
                if parameter.name not in found:
                    ids = {one.id: tuple(self._ids[one.resource]) for one in self.contract.lifecycles}
                    found[parameter.name] = ids.get(parameter.name) or self._numbered(parameter)
        return MockValues(self.credentials, found)

    def _numbered(self, parameter: Parameter) -> tuple[str, ...]:
        """Return the ids of what has no lifecycle: `NAME`, `NAME-2` and so on, one for each body."""
        about = (
            operation
            for operation in self.contract.operations
            if _names_one(operation) == parameter.name and self._lifecycles[operation.key] is None
        )
        # Preparing all of hundreds of operations that have one name for an id would take seconds.
        some = islice(about, _MOST_SHOWN)
        needed = max((len(self.answers.bodies(one.key, one.good_status)) for one in some), default=1)
        return self.answers.ids(parameter.name, needed)

    def _pinned(self, lifecycle: Lifecycle) -> dict[str, tuple[str, int]]:
        return {
            f"{prefix(lifecycle)}-{state}".lower() + (f"-{variant + 1}" if variant else ""): (state, variant)
            for state in lifecycle.states
            for variant in range(self.answers.variants(lifecycle, state))
        }

    def _lifecycle_of(self, operation: Operation) -> Lifecycle | None:
        """Return the lifecycle whose resources an operation is about."""
        named = {parameter.name for parameter in operation.path_parameters}
        for one in self.contract.lifecycles:
            store = one.store
            about = {store.create, store.read, store.delete, *store.change} if store else set()
            about |= set(store.overviews) if store else set()
            if operation.key in about or operation.key in one.shows or one.id in named:
                return one
        return None

    def reply(self, operation: Operation, call: Call, wish: Wish | None = None) -> Reply:
        """Answer a request of an operation, if possible as the client wishes."""
        if not self._access[operation.key].grants(call):
            status = 403 if operation.response_for(403) and not operation.response_for(401) else 401
            where = pointers.join(operation.pointer, "security")
            refusal = Refusal(Fault.CREDENTIALS, "valid credentials are missing", where)
            return self._error(operation, call, status, reason=refusal.reason, refusal=refusal)
        asked = self._readers[operation.key].read(call)
        if isinstance(asked, Refusal):
            return self._refuse(operation, call, asked)
        unknown = next((text for text in call.parameters.values() if text and text.startswith(UNKNOWN)), None)
        if unknown is not None and operation.response_for(404):
            return self._refuse(operation, call, Refusal(Fault.MISSING, f"there is no {unknown}"))
        lifecycle = self._lifecycles[operation.key]
        if wish is not None and wish.names_an_answer:
            wished = self._wished(operation, call, wish, lifecycle)
            if wished is not None:
                return wished
        if lifecycle is None:
            return self._crud.reply(operation, call, asked) or self._stateless(operation, call, asked)
        resources = self._kept.get(lifecycle.resource)
        if resources is None:
            state, variant = self._state_of(lifecycle, call)
            return self._show(operation, lifecycle, state, variant, self._facts(call))
        return self._stateful(operation, call, asked, resources)

    # What is refused.

    def _refuse(self, operation: Operation, call: Call, refusal: Refusal) -> Reply:
        """Answer with the documented status that fits a refusal best."""
        wanted = refusal.fault.statuses
        status = fitting(operation, wanted) or wanted[0]
        return self._error(operation, call, status, reason=refusal.reason, refusal=refusal)

    def _error(
        self,
        operation: Operation,
        call: Call,
        status: int,
        *,
        reason: str,
        example: str | None = None,
        refusal: Refusal | None = None,
    ) -> Reply:
        headers = self._challenge(operation, status)
        facts = {**self._facts(call), _REASON: reason}
        if operation.response_for(status) is None:
            return json_reply(status, {"detail": reason}, headers, refusal=refusal)
        body = self.answers.refusal(operation.key, status, example, f"{{{_REASON}}}")
        content = self.answers.content(operation, status)
        if body is None and content is not None and content.schema is None:
            body = Body({"detail": reason}, {})
        return self._sent(operation, status, body, facts, headers, refusal=refusal)

    def _challenge(self, operation: Operation, status: int) -> Headers:
        """Return the challenges of a 401 (RFC 9110 section 11.6.1)."""
        if status != HTTPStatus.UNAUTHORIZED:
            return ()
        schemes = {name for names in operation.security for name in names}
        return tuple(
            ("WWW-Authenticate", authenticate(scheme))
            for name, scheme in self.contract.security_schemes.items()
            if name in schemes
        )

    # What is wished for.

    def _wished(self, operation: Operation, call: Call, wish: Wish, lifecycle: Lifecycle | None) -> Reply | None:
        try:
            chosen = self._wishes.chosen(operation, wish, lifecycle)
        except WishError as error:
            return json_reply(400, {"detail": str(error)})
        if chosen is None:
            return None
        keeps = lifecycle.store.keeps if lifecycle and lifecycle.store else ()
        ids = {one.id: "wished-1" for one in self.contract.lifecycles if one.id}
        facts = {**ids, **dict.fromkeys(keeps), **self._facts(call)}
        status, body = chosen
        headers = (*self._challenge(operation, status), ("Preference-Applied", wish.applied))
        return self._sent(operation, status, body, facts, headers)

    # What has no lifecycle, or one that is not kept.

    def _stateless(self, operation: Operation, call: Call, asked: Asked) -> Reply:
        status = operation.good_status
        bodies = self.answers.bodies(operation.key, status)
        chosen = bodies[self._number(operation, call) % len(bodies)] if bodies else None
        return self._sent(operation, status, chosen, {**self._facts(call), **asked.parameters})

    def _number(self, operation: Operation, call: Call) -> int:
        """Return the number at the end of a documented id; of anything else, one that the request alone decides."""
        name = _names_one(operation)
        first, _, number = (call.parameters.get(name) or "").rpartition("-")
        if name and number.isdecimal() and first == self.answers.samples(name)[0]:
            return int(number[-4:]) - 1
        if name and call.parameters.get(name) == self.answers.samples(name)[0]:
            return 0
        if not name and self.answers.exemplified(operation.key, operation.good_status):
            return 0
        return crc32(call.path + call.query + call.body)

    def _state_of(self, lifecycle: Lifecycle, call: Call) -> tuple[str, int]:
        """Return the state and variant of an id: the one it is documented to have, else one chosen by the id alone."""
        name = call.parameters.get(lifecycle.id or "") or ""
        known = self._ids[lifecycle.resource]
        return known.get(name) or list(known.values())[crc32(name.encode()) % len(known)]

    def _show(
        self, operation: Operation, lifecycle: Lifecycle, state: str, variant: int, facts: Mapping[str, Json]
    ) -> Reply:
        bodies = self.answers.in_state(lifecycle.resource, operation.key, state)
        bodies = bodies or self.answers.bodies(operation.key, operation.good_status)
        return self._sent(operation, operation.good_status, _chosen(lifecycle, bodies, variant, facts), facts)

    # What is kept.

    def _stateful(self, operation: Operation, call: Call, asked: Asked, resources: Resources) -> Reply:
        lifecycle, store = resources.lifecycle, resources.lifecycle.store
        assert store is not None  # noqa: S101 - only a lifecycle with a store is kept
        if operation.key == store.create:
            return self._create(operation, call, asked, resources)
        if store.list is not None and operation.key == store.list.operation:
            return self._list(operation, call, asked, resources)
        if store.count is not None and operation.key == store.count.operation:
            return self._count(operation, call, resources)
        found = resources.get(call.parameters.get(str(lifecycle.id)))
        if found is None:
            name = call.parameters.get(str(lifecycle.id))
            return self._refuse(operation, call, Refusal(Fault.MISSING, f"there is no {prefix(lifecycle)} {name}"))
        refused = lifecycle.refused.get(operation.key, {}).get(found.state)
        if refused is not None:
            reason = f"the {prefix(lifecycle)} {resources.name_of(found)} is {found.state}"
            return self._error(operation, call, refused.status, reason=reason, example=refused.example)
        facts = {**self._facts(call), **found.facts}
        if operation.key == store.delete:
            resources.delete(found)
        elif operation.key in store.change:
            resources.put(found, store.change[operation.key])
        elif operation.key == store.read and call.method != "HEAD":
            resources.read(found)
        content = self.answers.content(operation, operation.good_status)
        if content is not None and content.media_type == "text/event-stream":
            return self._stream(operation, call, found, resources)
        return self._show(operation, lifecycle, found.state, found.variant, facts)

    def _create(self, operation: Operation, call: Call, asked: Asked, resources: Resources) -> Reply:
        lifecycle, store = resources.lifecycle, resources.lifecycle.store
        assert store is not None  # noqa: S101 - only a lifecycle with a store is kept
        header = asked.parameters.get(store.repeat.header) if store.repeat else None
        key = str(header) if header else None  # an empty one is none
        known = resources.with_key(key)
        if known is not None and store.repeat is not None:
            status, facts = store.repeat.status, {**self._facts(call), **known.facts}
            bodies = self.answers.in_state(lifecycle.resource, operation.key, known.state, status)
            return self._sent(operation, status, bodies[0] if bodies else None, facts)
        kept = {word: asked.body.get(word) for word in store.keeps} if isinstance(asked.body, dict) else {}
        made = resources.create(kept, key)
        return self._show(operation, lifecycle, made.state, made.variant, {**self._facts(call), **made.facts})

    def _list(self, operation: Operation, call: Call, asked: Asked, resources: Resources) -> Reply:
        lifecycle, store = resources.lifecycle, resources.lifecycle.store
        assert store is not None and store.list is not None  # noqa: S101 - only a list comes here
        page = _whole(asked.parameters.get(store.list.page or ""), 1)
        size = _whole(asked.parameters.get(store.list.size or ""), 20)
        wanted = {
            pointers.split(at)[-1]: asked.parameters[name]
            for name, at in store.list.filters.items()
            if name in asked.parameters
        }
        shown = pointers.split(lifecycle.shows[str(store.read)])[-1]
        found = [
            one
            for one in resources.newest_first()
            if all((one.state if name == shown else one.facts.get(name)) == value for name, value in wanted.items())
        ]
        items = [self._item(lifecycle, one) for one in found[(page - 1) * size : page * size]]
        numbers = {TOTAL: str(len(found)).encode(), PAGE: str(page).encode(), SIZE: str(size).encode()}
        facts = {**self._facts(call), **numbers, ITEMS: b"[" + b",".join(filter(None, items)) + b"]"}
        body = self.answers.filled(lifecycle.resource, operation.key)
        return self._sent(operation, operation.good_status, body, facts)

    def _item(self, lifecycle: Lifecycle, resource: Resource) -> bytes:
        bodies = self.answers.listed(lifecycle.resource, resource.state)
        chosen = _chosen(lifecycle, bodies, resource.variant, resource.facts)
        return chosen.fill(resource.facts) if chosen else b""

    def _count(self, operation: Operation, call: Call, resources: Resources) -> Reply:
        lifecycle = resources.lifecycle
        counts = dict.fromkeys(lifecycle.states, 0)
        for one in resources.newest_first():
            counts[one.state] += 1
        facts = {TOTAL: str(sum(counts.values())).encode(), COUNTS: json.dumps(counts).encode()}
        body = self.answers.filled(lifecycle.resource, operation.key)
        return self._sent(operation, operation.good_status, body, {**self._facts(call), **facts})

    def _stream(self, operation: Operation, call: Call, found: Resource, resources: Resources) -> Reply:
        """Answer with server-sent events, one for each state until the end; a HEAD request moves nothing."""
        lifecycle, store = resources.lifecycle, resources.lifecycle.store
        read = self.contract.operation(store.read if store else None)
        events = []
        # What stays in its state is shown as if it did not: a stream ends where the job ends.
        ahead = replace(found, pinned=False)
        while True:
            bodies = self.answers.in_state(lifecycle.resource, read.key, ahead.state) if read else ()
            facts = {**self._facts(call), **ahead.facts}
            data = bodies[ahead.variant % len(bodies)].fill(facts) if bodies else json.dumps(ahead.state).encode()
            events.append(b"event: status\ndata: " + data + b"\n\n")
            after = resources.next_state(ahead)
            if after is None:
                break
            ahead.state = after
        if call.method != "HEAD" and resources.tick is None and not found.pinned:
            found.state = ahead.state
        headers = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"))
        return Reply(operation.good_status, headers, tuple(events), pause=resources.tick or 0.0)

    # What every answer is made of.

    def _facts(self, call: Call) -> dict[str, Json]:
        return {CREATED: EPOCH, **call.parameters}

    def _sent(
        self,
        operation: Operation,
        status: int,
        body: Body | None,
        facts: Mapping[str, Json],
        headers: Headers = (),
        *,
        refusal: Refusal | None = None,
    ) -> Reply:
        frame = self.answers.frame(operation.key, status)
        headers = (*frame.filled(facts), *headers)
        if not frame.has_body:
            return Reply(status, headers, refusal=refusal)
        if body is None and frame.is_json:
            fault = f"no body could be made for {status} of {operation.key}: its schema allows none that the mock knows"
            return json_reply(500, {"detail": fault})
        text = b"" if body is None else body.fill(facts)
        if body is not None and not frame.is_json:
            value = json.loads(text)
            text = (value if isinstance(value, str) else json.dumps(value)).encode()
        return Reply(status, headers, (text,), refusal=refusal)


def _chosen(lifecycle: Lifecycle, bodies: tuple[Body, ...], variant: int, facts: Mapping[str, Json]) -> Body | None:
    """Return the body of a variant, among those that show all a resource was created with, if there are such."""
    told = {word for word in (lifecycle.store.keeps if lifecycle.store else ()) if facts.get(word) is not None}
    fitting_bodies = [body for body in bodies if told <= body.facts] if told else bodies
    fitting_bodies = fitting_bodies or bodies
    return fitting_bodies[variant % len(fitting_bodies)] if fitting_bodies else None


def _names_one(operation: Operation) -> str:
    """Return the path parameter that names what an operation is about: the last."""
    return operation.path_parameters[-1].name if operation.path_parameters else ""


def _whole(value: Json, default: int) -> int:
    return int(value) if isinstance(value, int | float) else default


def _credential(scheme: SecurityScheme) -> str:
    value = f"mock-{scheme.name}"
    return base64.b64encode(f"mock:{value}".encode()).decode() if scheme.field == "basic" else value

"""What an SDK and a contract refuse of each other. Entry points: `Use.of`, `compare`.

The judge finds what the schemas of both sides say, and a pool of messages what they do not (a validator of the SDK has
no schema). Neither is believed: a response counts if both validators accept it and the real model refuses it, a request
if the real model sends it and both validators refuse it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from specwitness import pool
from specwitness.contract import pointers
from specwitness.contract.directions import REQUEST, RESPONSE
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, ResponseSpec
from specwitness.contract.places import location
from specwitness.contract.schemas import Rejection, Schemas
from specwitness.drift import sdk_models, wire, words
from specwitness.drift.bundle import Bundle
from specwitness.drift.gaps import Answer, Walk
from specwitness.drift.levels import SDK_REQUEST, SDK_RESPONSE, SDK_UNDECIDED, SDK_UNNAMED
from specwitness.drift.sdk_models import EXTRA, MISSING, UNION, Mode, Model, Refused
from specwitness.drift.shrinking import shrunk
from specwitness.drift.smallest import NOTHING
from specwitness.exceptions import SourceError, UnknownOperationError
from specwitness.findings import Exchange, Finding, Json, Level, Location, Party, Response, Verdict, Witness
from specwitness.pool.shapes import Node, shapes

_SEEDS = 3
_MODEL = "/model"
_HINT = "Write package.module:Model=OPERATION:STATUS for a response, package.module:Model=OPERATION for a request"
_USE = re.compile(
    r"(?P<module>\w+(?:\.\w+)*):(?P<model>\w+(?:\.\w+)*)=(?P<operation>[^=]+?)(?::(?P<status>[1-5]\d\d))?", re.ASCII
)


@dataclass(frozen=True)
class Use:
    """What an SDK uses a model for: the response of an operation with a status, or, without one, its request."""

    module: str
    model: str
    operation: str
    status: int | None = None

    @classmethod
    def of(cls, text: str) -> Use:
        """Return what `package.module:Model=operation:200` means; raises SourceError where it means nothing."""
        found = _USE.fullmatch(text.strip())
        if found is None:
            raise SourceError(repr(text), "it names no use of a model", _HINT)
        status = found["status"]
        return cls(found["module"], found["model"], found["operation"], int(status) if status else None)

    def __str__(self) -> str:
        """Word it as the user did."""
        return f"{self.module}:{self.model}={self.operation}" + (f":{self.status}" if self.status else "")


@dataclass(frozen=True)
class Compared:
    """What was found of one use of a model; `unknown` are fields of the SDK, `unread` those of the contract alone."""

    use: Use
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    unread: tuple[str, ...]


def compare(contract: Contract, use: Use) -> Compared:
    """Return what a model and a contract refuse of each other, each thing once, the gravest first.

    Runs the code of the SDK. Raises SourceError where it has no such model, and UnknownOperationError where the
    contract has no such operation.
    """
    operation = _operation(contract, use)
    documented, content = _content(operation, use)
    model = sdk_models.loaded(use.module, use.model)
    side = _Comparison(contract, use, operation, documented, content, model)
    found = sorted(side.findings(), key=lambda one: ([*Level].index(one.level), str(one.where), one.message))
    named = fields(contract.document, content.schema or "")
    known = fields({_MODEL[1:]: model.schema(_mode(use), _MODEL)}, _MODEL)
    return Compared(use, tuple(found), _outermost(known, named), _outermost(named, known))


def _operation(contract: Contract, use: Use) -> Operation:
    for operation in contract.operations:
        if use.operation in {operation.key, operation.label}:
            return operation
    known = ", ".join(operation.key for operation in contract.operations)
    raise UnknownOperationError(repr(use.operation), f"{contract.name} has no such operation", f"Known are {known}")


def _content(operation: Operation, use: Use) -> tuple[ResponseSpec | None, Content]:
    """Return what the contract documents where the SDK uses its model."""
    documented = None if use.status is None else operation.response_for(use.status)
    contents = operation.body if use.status is None else documented.content if documented else ()
    found = next((content for content in contents if is_json(content.media_type) and content.schema), None)
    if found is None:
        part = "request" if use.status is None else f"response {use.status}"
        fault = f"the contract has no schema of JSON for the {part} of {operation.key}"
        raise SourceError(str(use), fault, f"Name a part that it describes. {_HINT}")
    return documented, found


def _mode(use: Use) -> Mode:
    return "serialization" if use.status is None else "validation"


# --- Findings -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Comparison:
    """One use of one model, and what the contract says there."""

    contract: Contract
    use: Use
    operation: Operation
    documented: ResponseSpec | None
    content: Content
    model: Model

    @property
    def pointer(self) -> str:
        """The place of the contract's schema."""
        return self.content.schema or ""

    def findings(self) -> Iterator[Finding]:
        """Yield what either side refuses; a doubt only where nothing was found."""
        found = self._of_request() if self.use.status is None else self._of_response()
        if found.findings:
            yield from found.findings
        elif found.doubts:
            yield self._undecided(found.doubts)

    def _of_response(self) -> _Found:
        schemas = self.contract.schemas
        answer = _asked(self.contract, self.model, "validation", Party.SPEC, self.pointer)
        made = _small_first(_pool(schemas, self.pointer, RESPONSE))
        found: dict[str, Finding] = {}
        for value in (*(gap.value for gap in answer.gaps), *made):
            if schemas.both_accept(self.pointer, value) != (True, True):
                continue
            for refused in self.model.refusals(value):
                if refused.key not in found:
                    found[refused.key] = self._unreadable(self._smallest_unreadable(value, refused.key), refused.key)
        return _Found(tuple(found.values()), answer.doubts)

    def _smallest_unreadable(self, value: Json, key: str) -> Json:
        schemas = self.contract.schemas

        def shows(smaller: Json) -> bool:
            return schemas.accepts(self.pointer, smaller) and _has(self.model.refusals(smaller), key)

        return _if(shrunk(value, shows), lambda one: schemas.both_accept(self.pointer, one) == (True, True), value)

    def _unreadable(self, value: Json, key: str) -> Finding:
        refused = next(one for one in self.model.refusals(value) if one.key == key)
        named = _is_named(self.contract.document, self.pointer, refused.path)
        path = refused.path if named or refused.kind != EXTRA else refused.path[:-1]
        place = words.named(("body", *path))
        what = f"lacks {place}" if refused.kind == MISSING else f"has {words.short(_at(value, path))} as {place}"
        if refused.kind == EXTRA and not named:
            what = f"has a property in {place} that the SDK does not know"
        return Finding(
            rule=SDK_RESPONSE if named else SDK_UNNAMED,
            level=_level(refused, named=named),
            verdict=Verdict.BROKEN,
            where=self._where(pointers.place_of(self.contract.document, self.pointer, path)),
            message=f"{self.operation.label}: the SDK cannot read a response that {what}",
            source=self.model.name,
            value=refused.about,
            witness=Witness(
                (self._answer(value),), allowed_by=Party.SPEC, rejected_by=Party.SDK, reason=refused.message
            ),
            operations=(self.operation.key,),
        )

    def _of_request(self) -> _Found:
        answers = [
            _asked(self.contract, self.model, mode, Party.SDK, self.pointer) for mode in ("serialization", "validation")
        ]
        made = _small_first(_pool(_as_document(self.model, "validation"), _MODEL, None))
        found: dict[str, Finding] = {}
        for value in (*(gap.value for answer in answers for gap in answer.gaps), *made):
            for rejection in self._rejections(value):
                key = _key(rejection)
                if key not in found:
                    smallest = shrunk(value, lambda one, key=key: any(_key(of) == key for of in self._rejections(one)))
                    found[key] = self._refused(smallest, key)
        return _Found(tuple(found.values()), answers[0].doubts)

    def _rejections(self, value: Json) -> list[Rejection]:
        """Return why both validators refuse what the SDK sends for a value; nothing where it sends nothing."""
        if value is NOTHING:
            return []
        sent, schemas = self.model.sent(value), self.contract.request_schemas
        if sent is NOTHING or schemas.both_accept(self.pointer, sent) != (False, False):
            return []
        return list(schemas.rejections(self.pointer, sent))

    def _refused(self, value: Json, key: str) -> Finding:
        rejection = next(one for one in self._rejections(value) if _key(one) == key)
        sent = self.model.sent(value)
        what = f"{words.short(_at(sent, rejection.path))} as {words.named(('body', *rejection.path))}"
        if rejection.keyword == "required":
            what = f"a body without {words.named(('body', *rejection.path, str(rejection.value)))}"
        return Finding(
            rule=SDK_REQUEST,
            level=Level.BREAKING,
            verdict=Verdict.BROKEN,
            where=self._where(rejection.pointer),
            message=f"{self.operation.label}: the SDK sends {what}, which is refused",
            source=self.model.name,
            value=rejection.value,
            witness=Witness(
                (self._question(sent),), allowed_by=Party.SDK, rejected_by=Party.SPEC, reason=rejection.message
            ),
            operations=(self.operation.key,),
        )

    def _undecided(self, doubts: tuple[str, ...]) -> Finding:
        return Finding(
            rule=SDK_UNDECIDED,
            level=Level.WARNING,
            verdict=Verdict.UNDECIDED,
            where=self._where(self.pointer),
            message=f"{self.operation.label}: neither containment nor a message that is refused was found: "
            f"{'; '.join(doubts)}",
            source=self.model.name,
            operations=(self.operation.key,),
        )

    def _where(self, pointer: str) -> Location:
        part = "request" if self.use.status is None else f"response {self.use.status}"
        return location(self.contract, operation=self.operation.key, part=part, pointer=pointer)

    def _answer(self, body: Json) -> Exchange:
        """Return a response as it travels, after a request that it may be the answer to."""
        status, media_type = self.use.status or 0, wire.concrete(self.content.media_type)
        try:
            request = wire.least_request(self.contract, self.operation)
        except LookupError:
            request = wire.request_of(self.contract, self.operation, {})
        try:
            documented = self.documented or ResponseSpec("", "", (self.content,), ())
            around = wire.least_response(self.contract, documented, status=status, content=self.content)
            response = replace(around, body=wire.encoded(body, media_type))
        except LookupError:
            response = Response(status, (("Content-Type", media_type),), wire.encoded(body, media_type))
        return Exchange(request, response, self.operation.key)

    def _question(self, body: Json) -> Exchange:
        """Return a request as it travels."""
        try:
            around = wire.least_request(self.contract, self.operation, body=self.content)
            request = replace(around, body=wire.encoded(body, wire.concrete(self.content.media_type)))
        except LookupError:
            request = wire.request_of(self.contract, self.operation, {"body": body}, self.content.media_type)
        return Exchange(request, None, self.operation.key)


@dataclass(frozen=True)
class _Found:
    """What messages prove, and what the judge could not settle."""

    findings: tuple[Finding, ...]
    doubts: tuple[str, ...]


def _level(refused: Refused, *, named: bool) -> Level:
    """Return how much a refusal matters: nobody is known to send what the contract does not name, but anybody may."""
    if named:
        return Level.BREAKING
    return Level.WARNING if refused.kind == EXTRA else Level.INFO


def _asked(contract: Contract, model: Model, mode: Mode, allower: Party, pointer: str) -> Answer:
    """Ask the judge what one side allows and the other refuses, by what their schemas say."""
    documents = {Party.SPEC: contract.document, Party.SDK: _document(model, mode)}
    bundle = Bundle(documents, allower, RESPONSE if allower is Party.SPEC else REQUEST)
    places = {Party.SPEC: pointer, Party.SDK: _MODEL}
    sent, read = (
        bundle.add(name, bundle.reference(party, places[party]))
        for name, party in (("sent", allower), ("read", Party.SDK if allower is Party.SPEC else Party.SPEC))
    )
    return Walk(bundle).between((pointers.get(bundle.document, sent),), pointers.get(bundle.document, read))


def _document(model: Model, mode: Mode) -> Json:
    return {"openapi": "3.1.0", _MODEL[1:]: model.schema(mode, _MODEL)}


def _as_document(model: Model, mode: Mode) -> Schemas:
    return Schemas(_document(model, mode))


def _pool(schemas: Schemas, pointer: str, omitting: str | None) -> Iterator[Json]:
    for seed in range(_SEEDS):
        yield from pool.bodies(schemas, pointer, seed=seed, omitting=omitting, proven=False)


def _small_first(values: Iterable[Json]) -> list[Json]:
    return sorted(values, key=lambda value: len(json.dumps(value)))


def _has(refusals: Iterable[Refused], key: str) -> bool:
    return any(refused.key == key for refused in refusals)


def _key(rejection: Rejection) -> str:
    return json.dumps([rejection.pointer, rejection.keyword, rejection.value], sort_keys=True)


def _if(value: Json, holds: Callable[[Json], bool], otherwise: Json) -> Json:
    return value if holds(value) else otherwise


def _at(value: Json, path: Iterable[str | int]) -> Json:
    for token in path:
        value = pointers.step(value, token)
    return value


# --- Fields ---------------------------------------------------------------------------------------------------------


def fields(document: Json, pointer: str) -> frozenset[str]:
    """Return the properties that a schema names at any depth, as `jobs[].name`; those of a map as `jobs.*.name`."""
    return frozenset(_fields(document, (pointers.get(document, pointer),), "", frozenset()))


def _fields(document: Json, node: Node, at: str, above: frozenset[tuple[int, ...]]) -> Iterator[str]:
    key = tuple(map(id, node))
    if key in above:
        return
    for shape in shapes(document, node):
        for name, part in shape.properties.items():
            if False not in part:
                yield f"{at}.{name}".removeprefix(".")
                yield from _fields(document, part, f"{at}.{name}", above | {key})
        for item in (*shape.prefix, shape.items):
            yield from _fields(document, item, f"{at}[]", above | {key}) if item else ()
        for others in (*shape.named_like.values(), shape.additional):
            yield from _fields(document, others, f"{at}.*", above | {key}) if others else ()


def _outermost(fields: frozenset[str], known: frozenset[str]) -> tuple[str, ...]:
    """Return the fields that are not known, without those that stand in another such field."""
    unknown = fields - known
    return tuple(sorted(one for one in unknown if not any(one.startswith((f"{other}.", f"{other}[")) for other in unknown)))


def _is_named(document: Json, pointer: str, path: tuple[str | int, ...]) -> bool:
    """Say whether a schema names every property on the way to a place, in at least one of its alternatives."""
    nodes: list[Node] = [(pointers.get(document, pointer),)]
    for token in path:
        ways = [shape for node in nodes for shape in shapes(document, node)]
        nodes = [shape.item_at(token) if isinstance(token, int) else shape.node_of(token) for shape in ways]
        nodes = nodes if isinstance(token, int) else [node for node in nodes if node]
        if not nodes:
            return False
    return True

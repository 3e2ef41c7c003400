"""What a rule is, what it is asked, and what it answers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from specwitness.contract import pointers
from specwitness.contract.model import Content, Contract, Operation, ResponseSpec
from specwitness.contract.places import location
from specwitness.drift.pairing import Pair, Pairing, template
from specwitness.drift.rules.annotated import Place, annotated
from specwitness.drift.rules.called import CalledPairing, called_pairing
from specwitness.drift.unchanged import Unchanged
from specwitness.drift.wire import least_request, least_response
from specwitness.findings import Exchange, Finding, Json, Level, Party, Response, Verdict, Witness

GRACE = dt.timedelta(days=90)
"""How long before its end an operation has to be announced to go, unless somebody says otherwise."""

Proof = Callable[[], Witness]


_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What every rule is asked about: both contracts, which operations are the same, and what day it is."""

    old: Contract
    new: Contract
    pairing: Pairing
    today: dt.date
    grace: dt.timedelta = GRACE
    unchanged: Unchanged | None = None
    _known: dict[object, tuple[Any, ...]] = field(default_factory=dict, repr=False)

    def once(self, function: Callable[[Comparison], Iterable[_T]]) -> tuple[_T, ...]:
        """Return what several rules ask of this comparison, found once."""
        if function not in self._known:
            self._known[function] = tuple(function(self))
        return self._known[function]

    @cached_property
    def changed(self) -> tuple[Pair, ...]:
        """The operations of both sides that are not described in the same words, references included.

        What an operation inherits from the document, its servers and security, does not count here.
        """
        unchanged = self.unchanged or Unchanged(self.old, self.new)
        return tuple(pair for pair in self.pairing.both if not unchanged(pair.old, pair.new))

    @property
    def described_by_both(self) -> Iterator[tuple[Pair, ResponseSpec, ResponseSpec, int]]:
        """The responses that both sides document, each with the status that stands for them."""
        for pair in self.changed:
            for answer in pair.answers:
                if answer.old is not None and answer.new is not None:
                    yield pair, answer.old, answer.new, answer.status

    @cached_property
    def new_by_template(self) -> Mapping[str, tuple[Operation, ...]]:
        """The operations of the new contract by their path, whatever its parameters are called."""
        found: dict[str, tuple[Operation, ...]] = {}
        for operation in self.new.operations:
            at = template(operation.path)
            found[at] = (*found.get(at, ()), operation)
        return found

    @cached_property
    def new_by_shape(self) -> Mapping[tuple[str, int], list[Operation]]:
        """The operations of the new contract by their method and the number of segments of their path."""
        found: dict[tuple[str, int], list[Operation]] = {}
        for operation in self.new.operations:
            found.setdefault((operation.method, operation.path.count("/")), []).append(operation)
        return found

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where both contracts annotate what messages are made of otherwise."""
        return annotated(self.old.document, self.new.document, self.changed)

    @cached_property
    def called(self) -> CalledPairing:
        """Which webhooks and callbacks are the same."""
        return called_pairing(self.old, self.new, replace(self.pairing, both=self.changed))

    def contract(self, side: Party) -> Contract:
        """Return the contract of a side."""
        return self.old if side is Party.OLD else self.new

    def data(self, side: Party, pointer: str) -> Json:
        """Return what stands at a place of a side, None where nothing does."""
        return pointers.look(self.contract(side).document, pointer)

    # Witnesses: what one side allows and the other refuses.

    def sent(self, operation: Operation, reason: str, **asked: Any) -> Proof:
        """Return a proof that a request which the old contract allows is refused by the new; `asked` of the request."""
        return partial(self._sent, operation, reason, asked)

    def _sent(self, operation: Operation, reason: str, asked: Mapping[str, Any]) -> Witness:
        request = least_request(self.old, operation, **asked)
        return Witness((Exchange(request, None, operation.key),), Party.OLD, Party.NEW, reason)

    def answered(
        self,
        asked: Operation,
        documented: ResponseSpec,
        reason: str,
        *,
        status: int,
        content: Content | None = None,
        header: tuple[str, str] | None = None,
    ) -> Proof:
        """Return a proof that a response which the new contract allows is refused by the old; `asked` is the old's.

        It has the header, as it looks on the wire, whether it need be there or not.
        """
        response = partial(least_response, self.new, documented, status=status, content=content)
        return partial(self._answered, asked, reason, response, header)

    def _answered(
        self, asked: Operation, reason: str, response: Callable[[], Response], header: tuple[str, str] | None
    ) -> Witness:
        made = response()
        if header is not None:
            others = tuple(one for one in made.headers if one[0].lower() != header[0].lower())
            made = replace(made, headers=(*others, header))
        return Witness((Exchange(least_request(self.old, asked), made, asked.key),), Party.NEW, Party.OLD, reason)


@dataclass(frozen=True)
class Change:
    """One thing that a rule found: in which side's document it stands, and what it means for whom.

    `proof` makes the witness, where a message shows it. Without one, all that may be sent is allowed as it was, and
    the change is about what the messages mean or what is generated from the document, unless it is `doubtful`: then
    somebody may be refused, and the documents do not say.
    """

    side: Party
    pointer: str
    part: str
    message: str
    operations: tuple[str, ...]
    value: Json = None
    proof: Proof | None = None
    doubtful: bool = False


def change_of(place: Place, side: Party, message: str, *, value: Json = None, doubtful: bool = False) -> Change:
    """Return what is said of a place inside messages."""
    pointer = place.old_pointer if side is Party.OLD else place.new_pointer
    return Change(side, pointer, place.part, message, place.operations, value=value, doubtful=doubtful)


@dataclass(frozen=True)
class Rule:
    """One sentence about two descriptions of an API; `source` is what it rests on."""

    id: str
    level: Level
    function: Callable[[Comparison], Iterable[Change]]
    source: str
    sentence: str

    def findings(self, comparison: Comparison) -> Iterator[Finding]:
        """Yield what the rule finds, each place once, with all the operations that it reaches."""
        found: dict[tuple[Party, str, str], list[Change]] = {}
        for change in self.function(comparison):
            found.setdefault((change.side, change.pointer, json.dumps(change.value, sort_keys=True)), []).append(change)
        for changes in found.values():
            yield self._finding(comparison, changes)

    def _finding(self, comparison: Comparison, changes: list[Change]) -> Finding:
        first = changes[0]
        witness = next((witness for change in changes if (witness := _proven(change)) is not None), None)
        proven, doubtful = witness is not None, first.doubtful or first.proof is not None
        operations = tuple(sorted({key for change in changes for key in change.operations}))
        return Finding(
            rule=self.id,
            level=self.level,
            verdict=Verdict.BROKEN if proven else Verdict.UNDECIDED if doubtful else Verdict.SAFE,
            where=location(
                comparison.contract(first.side),
                operation=operations[0] if len(operations) == 1 else None,
                part=first.part,
                pointer=first.pointer,
            ),
            message=first.message,
            source=self.source,
            value=first.value,
            witness=witness,
            operations=operations,
            seen=len(changes),
        )


def _proven(change: Change) -> Witness | None:
    """Return the witness of a change, None where it has none or no valid message could be made."""
    try:
        return change.proof() if change.proof is not None else None
    except LookupError:
        return None


def listed(names: Iterable[object]) -> str:
    """Word a list for a sentence."""
    return ", ".join(map(str, names)) or "none"

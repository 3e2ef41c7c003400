"""Compare two contracts: ask what each may send that the other refuses, and believe only what both validators see."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from specwitness.contract import pointers, wellformed
from specwitness.contract.directions import REQUEST, RESPONSE
from specwitness.contract.model import Contract, Operation
from specwitness.contract.places import location, location_to_show
from specwitness.contract.schemas import Rejection
from specwitness.drift import rules, words
from specwitness.drift.answers import UNNAMED, Answer, Gap
from specwitness.drift.bundle import Bundle
from specwitness.drift.gaps import Walk
from specwitness.drift.levels import UNDECIDED, rule_of
from specwitness.drift.messages import Direction, Half, Question, Side, questions
from specwitness.drift.pairing import Pair, Pairing, paired
from specwitness.drift.processes import Part, found_by
from specwitness.drift.rules.called import callback_pairs
from specwitness.drift.texts import as_read
from specwitness.drift.unchanged import Unchanged
from specwitness.drift.wire import CONSUMER, Server, least_request, request_of, response_of
from specwitness.findings import Exchange, Finding, Json, Level, Location, Party, Verdict, Witness


def compare(
    old: Contract, new: Contract, today: dt.date, *, jobs: int = 1, pairing: Pairing | None = None
) -> list[Finding]:
    """Return what changed from one contract to the other and matters, each cause once, the worst first.

    `jobs` is how many processes may be used; they are only where there is much to compare. `pairing` says which
    operations are the same, where that is known (`pairing.paired`).
    """
    found: dict[str, Finding] = {}
    for finding in _found(old, new, today, jobs, pairing or paired(old, new)):
        known = found.get(finding.fingerprint)
        # A change is seen once, whatever it reaches.
        found[finding.fingerprint] = replace(known.joined_with(finding), seen=1) if known else finding
    return sorted(found.values(), key=_rank)


def _rank(finding: Finding) -> tuple[int, int, str, str]:
    return [*Level].index(finding.level), -len(finding.operations), str(finding.where), finding.rule


def _found(old: Contract, new: Contract, today: dt.date, jobs: int, pairing: Pairing) -> Iterator[Finding]:
    unchanged = Unchanged(old, new)
    changed = [pair for pair in pairing.both if not unchanged(pair.old, pair.new)]
    both = [one for one in callback_pairs(old, new, pairing) if not unchanged(one.pair.old, one.pair.new)]
    called = [one.pair for one in both if one.swapped]
    # Who is called back by a callback is who asks, as of an operation.
    changed += [one.pair for one in both if not one.swapped]
    ours = Side(Party.OLD, old), Side(Party.NEW, new)
    theirs = tuple(reversed(ours))

    def require(pairs: Sequence[Pair], removed: Sequence[Operation] = (), added: Sequence[Operation] = ()) -> None:
        wellformed.require(old, [*(pair.old for pair in pairs), *removed])
        wellformed.require(new, [*(pair.new for pair in pairs), *added])

    def responses() -> list[Finding]:
        require(changed, pairing.removed, pairing.added)
        return [*_Comparison(Direction.RESPONSE, *theirs).findings(changed)]

    def called_back() -> list[Finding]:
        require(called)
        return [*_Comparison(Direction.REQUEST, *theirs, server=CONSUMER).findings(called)]

    def requests() -> list[Finding]:
        # That a parameter moved is said by a rule, and need not be said of the place that it moved to.
        moved = {parameter.pointer for pair in changed for _, parameter in pair.moved}
        asked = _Comparison(Direction.REQUEST, *ours).findings(changed)
        return [finding for finding in asked if finding.where.pointer not in moved]

    # What takes longest comes first, so that no process has it left when the others have ended. What is no schema is
    # found by the first two, so that whatever the others make of it is not heard of.
    parts: list[Part] = [
        responses,
        called_back,
        requests,
        lambda: [*rules.structural(old, new, pairing, today, unchanged=unchanged)],
        lambda: [*_Comparison(Direction.RESPONSE, *ours, server=CONSUMER).findings(called)],
    ]
    if len(changed) + len(called) <= _MUCH:
        jobs = 1
    if jobs > 1:
        for contract in (old, new):
            # Where things stand is found out once, not again in every process.
            location_to_show(contract, operation=None, part="", pointer="/paths")
    yield from found_by(parts, jobs)


_MUCH = 50
"""Of more operations than these, comparing takes longer than starting processes."""
_NOT_SENT = {Direction.REQUEST: REQUEST, Direction.RESPONSE: RESPONSE}


_MOST_TRIES = 20
_UNNAMED_LEVELS = {Party.OLD: Level.INFO, Party.NEW: Level.WARNING}
"""Nobody is known to send a property that is not described; but who reads it will look for it in vain."""


class _Target(TypedDict, total=False):
    server: Server
    credentials: Sequence[str]


class _Comparison:
    """Everything that one side may send, asked about; `server` is who answers, if not the server of the contract."""

    def __init__(self, direction: Direction, allower: Side, refuser: Side, *, server: Server | None = None) -> None:
        self._direction = direction
        self._allower, self._refuser = allower, refuser
        # A consumer of webhooks lets the server in by no scheme of the document.
        self._target: _Target = {} if server is None else {"server": server, "credentials": ()}
        documents = {side.party: side.contract.document for side in (allower, refuser)}
        spots = {side.party: side.contract.spot for side in (allower, refuser)}
        self._bundle = Bundle(documents, allower.party, _NOT_SENT[direction], spots)
        self._proven: dict[tuple[int, str, str], Finding] = {}
        self._tries = Counter[tuple[int, str, str]]()

    def findings(self, pairs: Iterable[Pair]) -> Iterator[Finding]:
        """Yield what is found of pairs of operations."""
        asked: list[Question] = []
        for pair in pairs:
            both = (pair.old, pair.new) if self._allower.party is Party.OLD else (pair.new, pair.old)
            asked += questions(self._bundle, self._direction, self._allower, self._refuser, both)
        walk = Walk(self._bundle)
        for question in asked:
            try:
                found = [*self._answered(walk, question)]
            except RecursionError:
                proven, walk = walk.proven, Walk(self._bundle)  # what was open in it is not any more
                walk.proven |= proven
                found = [self._undecided(question, Answer(doubts=("its schemas lead too deep, or in a circle",)))]
            yield from found

    def _answered(self, walk: Walk, question: Question) -> Iterator[Finding]:
        document = self._bundle.document
        sent, read = (pointers.get(document, half.schema) for half in (question.allower, question.refuser))
        answer = walk.between((sent,), read)
        shown = False
        for gap in answer.gaps:
            finding = self._proven.get(gap.cause) or self._tried(walk, question, gap)
            if finding is not None:
                shown = True
                yield replace(finding, operations=(question.refuser.operation.key,))
        if not shown and not answer.safe:
            yield self._undecided(question, answer)

    def _tried(self, walk: Walk, question: Question, gap: Gap) -> Finding | None:
        """Return the finding that a message proves; what could not be shown in many messages is not tried in more."""
        self._tries[gap.cause] += 1
        refused = self._refused(question, gap) if self._tries[gap.cause] <= _MOST_TRIES else None
        if refused is None:
            return None
        self._proven[gap.cause] = self._finding(question, gap.value, refused)
        walk.proven.add(gap.cause)
        return self._proven[gap.cause]

    def _refused(self, question: Question, gap: Gap) -> Rejection | None:
        """Return why a message is refused that both validators accept for one side, and refuse for the other."""
        schemas = self._bundle.schemas
        if schemas.both_accept(question.allower.schema, gap.value) != (True, True):
            return None
        if not all(spelling.is_sent(self._bundle, gap.value) for spelling in question.allower.spelled):
            return None
        message = as_read(self._bundle, question.refuser.texts, gap.value)
        rejections = list(schemas.rejections(question.refuser.schema, message))
        if not all(rejection.agreed for rejection in rejections):
            return None
        schema, keyword, offence = gap.cause
        if keyword == UNNAMED:
            place = pointers.join(self._bundle.place(schema), "properties", offence)
            return next((_of_property(one, place, offence) for one in rejections if offence in one.path), None)
        # What else is wrong with the message, another message is there to show.
        meant = (one for one in rejections if one.keyword == keyword and offence in {"", _shown(one.value)})
        return next(meant, rejections[0] if rejections else None)

    def _finding(self, question: Question, message: Json, rejection: Rejection) -> Finding:
        witness = Witness(
            trace=(self._exchange(question, message),),
            allowed_by=question.allower.side.party,
            rejected_by=question.refuser.side.party,
            reason=words.plainly(rejection.message),
        )
        return Finding(
            rule=rule_of(self._direction, rejection.keyword),
            level=_UNNAMED_LEVELS[self._allower.party] if rejection.keyword == UNNAMED else Level.BREAKING,
            verdict=Verdict.BROKEN,
            where=self._where(question, question.refuser, rejection),
            message=f"{question.refuser.operation.label}: {words.sentence(self._allower.party, rejection, message)}",
            source=str(self._allowed_at(question, rejection)),
            value=rejection.value,
            witness=witness,
            operations=(question.refuser.operation.key,),
        )

    def _exchange(self, question: Question, message: Json) -> Exchange:
        """Return the message as it travels; a response after a request that it may be the answer to."""
        if question.status is None:
            half = question.allower
            request = request_of(half.side.contract, half.operation, message, question.media_type, **self._target)
            return Exchange(request, None, half.operation.key)
        half = question.refuser
        try:
            request = least_request(half.side.contract, half.operation, **self._target)
        except LookupError:
            request = request_of(half.side.contract, half.operation, {}, **self._target)
        return Exchange(request, response_of(question.status, message, question.media_type), half.operation.key)

    def _where(self, question: Question, half: Half, rejection: Rejection) -> Location:
        return self._located(question, half, self._place(half, rejection.pointer, rejection))

    def _allowed_at(self, question: Question, rejection: Rejection) -> Location:
        """Return where the side that sends it speaks of what is refused."""
        half = question.allower
        at = pointers.locate(self._bundle.document, half.schema, [str(token) for token in rejection.path])
        return self._to_show(question, half, self._place(half, at, rejection))

    def _place(self, half: Half, pointer: str, rejection: Rejection) -> str:
        """Return the place in a side's own document of a pointer into the bundle."""
        origin = self._bundle.origin(pointer)
        if origin is not None:
            return origin[1]
        # It is about the message around what the document describes: a parameter, a header or the body.
        path = [str(token) for token in rejection.path]
        path += [str(rejection.value)] if rejection.keyword == "required" else []
        group, name = (path[0], path[1]) if len(path) > 1 else ("", path[0] if path else "")
        return half.places.get((group, name), half.operation.pointer)

    def _located(self, question: Question, half: Half, pointer: str) -> Location:
        return location(half.side.contract, operation=half.operation.key, part=question.part, pointer=pointer)

    def _to_show(self, question: Question, half: Half, pointer: str) -> Location:
        contract, operation = half.side.contract, half.operation.key
        return location_to_show(contract, operation=operation, part=question.part, pointer=pointer)

    def _undecided(self, question: Question, answer: Answer) -> Finding:
        reasons = "; ".join(answer.doubts) or "no whole message shows what differs in a part"
        half = question.refuser
        place = half.operation.pointer
        if question.status is not None:
            documented = half.operation.response_for(question.status)
            place = documented.pointer if documented else place
        return Finding(
            rule=rule_of(self._direction, UNDECIDED),
            level=Level.WARNING,
            verdict=Verdict.UNDECIDED,
            where=self._located(question, half, place),
            message=f"{half.operation.label}: neither containment nor a message that breaks it was found: {reasons}",
            source=str(self._to_show(question, question.allower, question.allower.operation.pointer)),
            operations=(half.operation.key,),
        )


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _of_property(rejection: Rejection, place: str, name: str) -> Rejection:
    """Return a rejection of, or within, a property as one of the property itself, whatever is wrong there."""
    path = rejection.path[: rejection.path.index(name) + 1]
    return replace(rejection, keyword=UNNAMED, pointer=place, path=path, value=name)

"""One finding as the page shows it: what is said of it, and its witness."""

from __future__ import annotations

from dataclasses import dataclass

from specwitness.findings import Exchange, Finding, Level, Verdict, Witness
from specwitness.report import words
from specwitness.report.checks import check_of
from specwitness.report.history import words as history_words
from specwitness.report.model import Change, History, WaivedFinding
from specwitness.report.text import command, one_line

_BODY_LINES = 30
_STATES = {Level.BREAKING: "broken", Level.WARNING: "warned", Level.INFO: "remarked"}


@dataclass(frozen=True)
class Pair:
    """A request and what came back, each as lines; no answer where the request was never sent."""

    sent: tuple[str, ...]
    answered: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """A witness: who allows and who refuses it, the pairs, the words of the one who refuses, and how to send it again.

    `replay` is None where the commands are too long for the page.
    """

    parties: str
    pairs: tuple[Pair, ...]
    refused_by: str
    reason: str
    replay: str | None


@dataclass(frozen=True)
class Card:
    """What is said of one finding; `state` chooses its colour and shape."""

    fingerprint: str
    level: str
    state: str
    proven: bool
    change: str
    first_seen: str
    rule: str
    check: str
    subject: str
    message: str
    hurt: str
    place: str
    pointer: str
    beside: str
    source: str
    proof: Proof | None


@dataclass(frozen=True)
class Accepted:
    """A waived finding, and why, by whom and until when it is accepted."""

    card: Card
    reason: str
    owner: str
    until: str


def card(finding: Finding, history: History | None, *, beside: str = "") -> Card:
    """Return what the page says of a finding; `beside` is where its place is in a newer document."""
    return Card(
        fingerprint=finding.fingerprint,
        level=finding.level.value,
        state=state(finding),
        proven=finding.verdict is not Verdict.UNDECIDED,
        change=change(finding, history),
        first_seen=history.first_seen.get(finding.fingerprint, "") if history else "",
        rule=one_line(finding.rule, 100),
        check=one_line(check_of(finding), 100),
        subject=words.subject(finding),
        message=one_line(finding.message),
        hurt=words.hurt(finding),
        place=words.place(finding),
        pointer=one_line(finding.where.pointer, 500) if finding.where.file else "",
        beside=beside,
        source=one_line(finding.source),
        proof=_proof(finding, finding.witness) if finding.witness else None,
    )


def waived(waived: WaivedFinding, history: History | None) -> Accepted:
    """Return what the page says of an accepted finding."""
    return Accepted(card(waived.finding, history), waived.reason, waived.owner, waived.expires.isoformat())


def state(finding: Finding) -> str:
    """Return what a finding makes of the check that it belongs to."""
    suspected = finding.level is Level.BREAKING and finding.verdict is Verdict.UNDECIDED
    return "suspected" if suspected else _STATES[finding.level]


def change(finding: Finding, history: History | None) -> str:
    """Return how a finding stands to the runs before, nothing where none of them is known."""
    said = history_words.change(history, finding.fingerprint)
    return said.value if said else ""


def flaky(finding: Finding, history: History | None) -> bool:
    """Return whether a finding came and went, from run to run or within this one."""
    return change(finding, history) == Change.FLAKY or flickers(finding)


def flickers(finding: Finding) -> bool:
    """Return whether it is what a finding says, that a server answers the same in different ways."""
    return finding.rule.startswith("flaky-")


def _proof(finding: Finding, witness: Witness) -> Proof:
    curls = [command(exchange.request) for exchange in witness.trace]
    shown = [curl for curl in curls if curl is not None]
    return Proof(
        parties=words.parties(witness),
        pairs=tuple(_pair(finding, exchange) for exchange in witness.trace),
        refused_by=words.called(witness.rejected_by),
        reason=one_line(witness.reason),
        replay="\n".join(shown) if len(shown) == len(curls) else None,
    )


def _pair(finding: Finding, exchange: Exchange) -> Pair:
    return Pair(
        words.sent(exchange, lines=_BODY_LINES),
        words.answered(exchange, lines=_BODY_LINES, about=words.about(finding)),
    )

"""The issue that a contract has on GitHub: what it says, and what becomes of it after a run.

Pure: `plan` is told of a run and of the issues that there are, and returns what to do. An issue is known by a comment
in its body that nobody sees, which also holds what broke when it was last written: so that it stays quiet while that is
the same, whatever else changes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from specwitness.findings import Finding, Json, Outcome
from specwitness.report import words
from specwitness.report.inline import code, plain
from specwitness.report.markdown import in_full, in_short
from specwitness.report.model import MOCK, Change, ContractReport
from specwitness.report.text import counted, one_line

LABEL = "specwitness"
"""Whoever may not label issues cannot make one that is taken for ours."""
LONGEST = 60_000
"""GitHub refuses more than 65,536 characters."""
_IN_FULL = 25
_LONGEST_LIST = 50
_MOST_MARKS = 1000
_MARKER = re.compile(r"<!-- specwitness:(?P<contract>\S+) on:(?P<on>mock|server) breaks:(?P<breaks>\S*) -->")
_ALL = "all-"
"""How the one mark begins that stands for more findings than there are marks for."""


class Step(StrEnum):
    """What becomes of an issue."""

    OPEN = "open"
    REOPEN = "reopen"
    UPDATE = "update"
    CLOSE = "close"
    LEAVE = "leave"


@dataclass(frozen=True)
class Issue:
    """An issue of ours. `declined`: a person closed it as not planned. `breaks`: fingerprints, and whether flaky."""

    number: int
    is_open: bool
    declined: bool
    body: str
    contract: str
    of_server: bool
    breaks: Mapping[str, bool]

    @classmethod
    def from_json(cls, data: Json) -> Issue | None:
        """Read what `gh issue list --json number,state,stateReason,body` says of one; None where it is not ours."""
        if not (marker := _MARKER.search(data["body"])):
            return None
        marks = filter(None, marker["breaks"].split(","))
        return cls(
            number=data["number"],
            is_open=data["state"] == "OPEN",
            declined=data["stateReason"] == "NOT_PLANNED",
            body=data["body"],
            contract=unquote(marker["contract"]),
            of_server=marker["on"] == "server",
            breaks={mark.removeprefix("~"): mark.startswith("~") for mark in marks},
        )


@dataclass(frozen=True)
class Action:
    """What to do about the issue of a contract, and why; an empty `comment` is not sent."""

    contract: str
    step: Step
    why: str
    number: int | None = None
    body: str = ""
    comment: str = ""

    @property
    def title(self) -> str:
        """What a new issue is called; people may call it otherwise later."""
        return one_line(f"{self.contract} does not keep its contract", 200)


def plan(report: ContractReport, issues: Iterable[Issue], *, link: str = "") -> Action:
    """Return what to do about the issue of a contract after a run; `link` leads to the whole report.

    Where there are several, an open one goes before closed ones, and the oldest before the others.
    """
    ours = sorted(
        (issue for issue in issues if issue.contract == report.contract),
        key=lambda issue: (not issue.is_open, issue.number),
    )
    issue = ours[0] if ours else None
    number = issue.number if issue else None

    def leave(why: str) -> Action:
        return Action(report.contract, Step.LEAVE, why, number)

    if report.selection or report.shard:
        return leave("only a part was tested")
    if report.outcome is Outcome.INCONCLUSIVE:
        return leave("the run is inconclusive, which shows nothing new and nothing fixed")
    if issue and issue.is_open and issue.of_server and report.target == MOCK:
        return leave("the issue is about a server, and this run had none")
    if report.outcome is Outcome.COMPATIBLE:
        if issue is None or not issue.is_open:
            return leave("the contract is kept")
        body = _MARKER.sub(lambda _: _marker(report, {}), issue.body, count=1)
        return Action(report.contract, Step.CLOSE, "the contract is kept again", number, body, _kept(report, link))
    return _broken(report, issue, link)


def _broken(report: ContractReport, issue: Issue | None, link: str) -> Action:
    """Return what to do where something breaks."""
    breaks = _marks(report)
    if issue is None:
        return Action(report.contract, Step.OPEN, "it breaks", body=_body(report, breaks, link))
    if report.partial:
        # What a run that was ended early did not see may still be there.
        breaks = {**issue.breaks, **breaks}
    new = [mark for mark, flaky in breaks.items() if mark not in issue.breaks and not flaky]
    gone = [mark for mark, flaky in issue.breaks.items() if mark not in breaks and not flaky]
    body = _body(report, breaks, link)
    if issue.is_open:
        if breaks == issue.breaks:
            return Action(report.contract, Step.LEAVE, "nothing changed", issue.number)
        # What comes and goes changes the page, and is no news.
        comment = _changed(report, new, gone, link) if new or gone else ""
        return Action(report.contract, Step.UPDATE, "what breaks has changed", issue.number, body, comment)
    if issue.declined and not new:
        return Action(report.contract, Step.LEAVE, "it was closed as not planned, and nothing is new", issue.number)
    # We take the marks away when we close an issue.
    first = "It was closed, and it still breaks." if issue.breaks else "It breaks again."
    comment = f"{first}\n\n{_changed(report, new, gone, link)}"
    return Action(report.contract, Step.REOPEN, "it breaks again", issue.number, body, comment)


def _marks(report: ContractReport) -> dict[str, bool]:
    """Return the fingerprints of what is proven to break, and whether each is flaky.

    Of more than fit, one mark stands for all.
    """
    changes = report.history.changes if report.history else {}
    marks = {
        finding.fingerprint: changes.get(finding.fingerprint) is Change.FLAKY
        for finding in words.breaking(report, proven=True)
    }
    if len(marks) <= _MOST_MARKS:
        return marks
    steady = sorted(mark for mark, flaky in marks.items() if not flaky)
    return {_ALL + hashlib.sha256(",".join(steady).encode()).hexdigest(): False}


def _marker(report: ContractReport, breaks: Mapping[str, bool]) -> str:
    marks = ",".join(("~" if flaky else "") + mark for mark, flaky in sorted(breaks.items()))
    on = "mock" if report.target == MOCK else "server"
    # In a comment of HTML, a name could end it.
    return f"<!-- specwitness:{quote(report.contract, safe='')} on:{on} breaks:{marks} -->"


def _body(report: ContractReport, breaks: Mapping[str, bool], link: str) -> str:
    """Return the page of an issue: only what is news when it changes."""
    broken = words.breaking(report, proven=True)
    # Ours is the first comment of its kind: what others wrote may hold one too.
    head = [
        _marker(report, breaks),
        f"{quiet(plain(report.title))} ({code(report.contract)}) does not keep its contract: "
        f"{counted(len(broken), 'breaking finding')} in the run of {code(report.started)} against "
        f"{code(report.target)}, profile {code(report.profile)}, seed {report.seed}.{_whole(link)}",
        "",
        "`specwitness announce` keeps this issue: it rewrites it when other findings break, and closes it after a run "
        "that finds the contract kept. To accept a finding for a time: `specwitness waive FINGERPRINT`, with the "
        "report of the run. To hear nothing until something new breaks, close this issue as not planned.",
        "",
    ]
    room = LONGEST - len("\n".join(head)) - 100
    shown: list[str] = []
    for number, finding in enumerate(broken, 1):
        whole = quiet("\n".join(in_full(number, finding)))
        text = whole if number <= _IN_FULL and len(whole) < room else _item(finding)
        if len(text) >= room:
            shown.append(f"- and {counted(len(broken) - number + 1, 'finding')} more, all in the report")
            break
        shown.append(text)
        room -= len(text) + 1
    return "\n".join([*head, *shown])


def _changed(report: ContractReport, new: Sequence[str], gone: Sequence[str], link: str) -> str:
    """Return the comment that says what is new and what is gone."""
    findings = {finding.fingerprint: finding for finding in words.breaking(report, proven=True)}
    total = counted(len(findings), "breaking finding")
    if any(mark.startswith(_ALL) for mark in (*new, *gone)):
        return f"What breaks has changed: {total} now, too many to tell apart here.{_whole(link)}"
    fixed = {one.fingerprint: one for one in report.history.fixed} if report.history else {}
    said = [
        f"- `{mark}` {quiet(plain(fixed[mark].rule))}: {quiet(plain(fixed[mark].message))}"
        if mark in fixed
        else f"- `{mark}`"
        for mark in gone
    ]
    lines = [f"{total}: {len(new)} new, {len(gone)} not seen any more.{_whole(link)}", ""]
    lines += _listed("New:", [_item(findings[mark]) for mark in new])
    lines += _listed("Not seen any more:", said)
    return "\n".join(lines).rstrip()


def _listed(title: str, items: Sequence[str]) -> list[str]:
    """Return a list as long as there is room for: a comment has two of them."""
    if not items:
        return []
    lines, room = [title, ""], LONGEST // 3
    for number, item in enumerate(items):
        room -= len(item) + 1
        if number == _LONGEST_LIST or room < 0:
            lines.append(f"- and {len(items) - number} more")
            break
        lines.append(item)
    return [*lines, ""]


def _item(finding: Finding) -> str:
    return f"- `{finding.fingerprint}` {quiet(in_short(finding))}"


def _kept(report: ContractReport, link: str) -> str:
    return f"Compatible: {words.verdict(report)}, in the run of {code(report.started)}.{_whole(link)}"


def _whole(link: str) -> str:
    return f" [The whole report](<{link}>)" if link else ""


_FENCED_OR_CODE = re.compile(
    r"^(?P<fence>`{3,})[^\n]*\n[\s\S]*?^(?P=fence)$|(?<![\\`])(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)", re.MULTILINE
)
_CALLS = re.compile(r"@(?=\w)|#(?=\d)|(?<=GH)-(?=\d)|:(?=//)|(?<=www)\.", re.ASCII | re.IGNORECASE)


def quiet(markdown: str) -> str:
    """Return Markdown that calls nobody and links nowhere when GitHub shows it: what a server says must not.

    GitHub makes `@name`, `#1` and addresses into links outside of code; a comment in between keeps it from that, and is
    not shown (https://docs.github.com/get-started/writing-on-github, "Autolinked references and URLs").
    """
    parts, end = [], 0
    for found in _FENCED_OR_CODE.finditer(markdown):
        parts += [_hushed(markdown[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, _hushed(markdown[end:])])


def _hushed(text: str) -> str:
    return _CALLS.sub(r"\g<0><!-- -->", text)

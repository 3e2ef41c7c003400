"""What becomes of the issue of a contract after a run, and what it says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from specwitness import Finding, Outcome, Verdict
from specwitness.report import issue
from specwitness.report.inline import code, fenced, plain
from specwitness.report.issue import Action, Issue, Step, plan, quiet
from specwitness.report.model import MOCK, Change, ContractReport, FixedFinding, History

Broken = dict[str, Finding]


@pytest.fixture
def broken(incompatible: ContractReport) -> Broken:
    """Breaking findings by short names; those of one name have one fingerprint in all tests."""
    proven = next(finding for finding in incompatible.findings if finding.verdict is Verdict.BROKEN)
    return {name: replace(proven, value=name, message=f"/status is {name!r}") for name in "ABCD"}


def breaking(
    report: ContractReport, broken: Broken, names: str, *, flaky: str = "", **changes: object
) -> ContractReport:
    """Return an incompatible report in which these break; `flaky` are those that come and go."""
    marks = {broken[name].fingerprint: Change.FLAKY if name in flaky else Change.PERSISTING for name in names}
    found = tuple(broken[name] for name in names)
    return replace(report, findings=found, history=History(changes=marks), **changes)  # type: ignore[arg-type]


def on_github(body: str, state: str = "OPEN", reason: str = "", number: int = 7) -> Issue:
    found = Issue.from_json({"number": number, "body": body, "state": state, "stateReason": reason})
    assert found is not None
    return found


def written(report: ContractReport, state: str, reason: str) -> Issue:
    """Return the issue of a contract; where nothing broke, it is one that we closed."""
    if report.findings:
        return on_github(plan(report, []).body, state, reason)
    return on_github(PAGE.format(fingerprint=""), state, reason)


def gist(action: Action, broken: Broken) -> tuple[Step, str]:
    """Return what is done, and of which findings the comment speaks, in its order."""
    names = {finding.fingerprint: name for name, finding in broken.items()}
    return action.step, " ".join(names[mark] for mark in re.findall(r"^- `(\w{12})`", action.comment, re.MULTILINE))


OPENED, REOPENED = ("OPEN", ""), ("OPEN", "REOPENED")
CLOSED, DECLINED = ("CLOSED", "COMPLETED"), ("CLOSED", "NOT_PLANNED")


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        # No issue, or an open one.
        (None, "A", (Step.OPEN, "")),
        (("A", *OPENED), "A", (Step.LEAVE, "")),
        (("A", *REOPENED), "A", (Step.LEAVE, "")),
        (("AB", *OPENED), "BA", (Step.LEAVE, "")),
        (("A", *OPENED), "AB", (Step.UPDATE, "B")),
        (("AB", *OPENED), "B", (Step.UPDATE, "A")),
        (("A", *OPENED), "B", (Step.UPDATE, "B A")),
        # One that a person closed as completed: it is not.
        (("A", *CLOSED), "A", (Step.REOPEN, "")),
        (("A", *CLOSED), "AB", (Step.REOPEN, "B")),
        # One that we closed: nothing broke then.
        (("", *CLOSED), "A", (Step.REOPEN, "A")),
        # One that a person does not want to hear of.
        (("AB", *DECLINED), "AB", (Step.LEAVE, "")),
        (("AB", *DECLINED), "A", (Step.LEAVE, "")),
        (("AB", *DECLINED), "AC", (Step.REOPEN, "C B")),
    ],
)
def test_what_breaks_is_said_once(
    incompatible: ContractReport,
    broken: Broken,
    known: tuple[str, str, str] | None,
    now: str,
    expected: tuple[Step, str],
) -> None:
    issues = [written(breaking(incompatible, broken, known[0]), *known[1:])] if known else []

    action = plan(breaking(incompatible, broken, now), issues)

    assert gist(action, broken) == expected
    assert action.number == (7 if known else None)
    # What is written is what the next run reads.
    if action.body:
        again = plan(breaking(incompatible, broken, now), [on_github(action.body)])
        assert (again.step, again.why) == (Step.LEAVE, "nothing changed")


@pytest.mark.parametrize(
    ("outcome", "state", "step"),
    [
        (Outcome.COMPATIBLE, None, Step.LEAVE),
        (Outcome.COMPATIBLE, OPENED, Step.CLOSE),
        (Outcome.COMPATIBLE, CLOSED, Step.LEAVE),
        (Outcome.COMPATIBLE, DECLINED, Step.LEAVE),
        (Outcome.INCONCLUSIVE, None, Step.LEAVE),
        (Outcome.INCONCLUSIVE, OPENED, Step.LEAVE),
        (Outcome.INCONCLUSIVE, CLOSED, Step.LEAVE),
        (Outcome.INCONCLUSIVE, DECLINED, Step.LEAVE),
    ],
)
def test_only_a_compatible_run_closes_and_an_inconclusive_one_says_nothing(
    incompatible: ContractReport,
    compatible: ContractReport,
    outcome: Outcome,
    state: tuple[str, str] | None,
    step: Step,
) -> None:
    known = [on_github(plan(incompatible, []).body, *state)] if state else []
    report = replace(compatible, outcome=outcome, selection=(), target="http://api.test")

    action = plan(report, known)

    assert action.step is step
    assert bool(action.comment) is (step is Step.CLOSE)


def test_a_closed_issue_keeps_its_page_and_forgets_what_broke(
    incompatible: ContractReport, compatible: ContractReport
) -> None:
    body = plan(incompatible, []).body
    closed = plan(replace(compatible, selection=(), target="http://api.test"), [on_github(body)], link="https://ci/1")

    assert closed.body.splitlines()[1:] == body.splitlines()[1:]
    assert on_github(closed.body).breaks == {}
    assert closed.comment == (
        "Compatible: no breaking finding; 12 requests to 1 of 1 operation, in the run of `2026-03-01T02:00:00Z`. "
        "[The whole report](<https://ci/1>)"
    )


def test_a_selection_or_a_shard_says_nothing(incompatible: ContractReport, compatible: ContractReport) -> None:
    assert plan(replace(incompatible, selection=("getJob",)), []).step is Step.LEAVE
    assert plan(compatible, [on_github(plan(incompatible, []).body)]).why == "only a part was tested"
    assert plan(replace(incompatible, shard="1/2"), [on_github(plan(incompatible, []).body)]).step is Step.LEAVE


def test_what_an_unfinished_run_did_not_see_is_not_gone(incompatible: ContractReport, broken: Broken) -> None:
    known = on_github(plan(breaking(incompatible, broken, "AB"), []).body)

    assert plan(breaking(incompatible, broken, "B", partial=True), [known]).step is Step.LEAVE
    more = plan(breaking(incompatible, broken, "C", partial=True), [known])
    assert gist(more, broken) == (Step.UPDATE, "C")
    assert len(on_github(more.body).breaks) == 3


def test_what_comes_and_goes_is_no_news_once_it_is_known_to(incompatible: ContractReport, broken: Broken) -> None:
    first = plan(breaking(incompatible, broken, "A"), []).body
    came = plan(breaking(incompatible, broken, "AB", flaky="B"), [on_github(first)])
    went = plan(breaking(incompatible, broken, "A"), [on_github(came.body)])

    assert [(action.step, action.comment) for action in (came, went)] == [(Step.UPDATE, ""), (Step.UPDATE, "")]


def test_the_mock_says_nothing_of_a_server(incompatible: ContractReport, compatible: ContractReport) -> None:
    of_server = on_github(plan(incompatible, []).body)
    of_mock = on_github(plan(replace(incompatible, target=MOCK), []).body)
    on_mock = replace(compatible, selection=(), target=MOCK)

    assert [plan(on_mock, [one]).step for one in (of_server, of_mock)] == [Step.LEAVE, Step.CLOSE]
    assert plan(replace(on_mock, target="http://api.test"), [of_mock]).step is Step.CLOSE


def test_each_contract_has_its_own_issue_and_the_oldest_open_one_counts(incompatible: ContractReport) -> None:
    body = plan(incompatible, []).body
    other = on_github(plan(replace(incompatible, contract="pets"), []).body, number=1)
    issues = [on_github(body, "CLOSED", "COMPLETED", number=2), *(on_github(body, number=at) for at in (5, 4))]

    assert plan(incompatible, [other, *issues]).number == 4
    assert plan(incompatible, [other]).step is Step.OPEN


@pytest.mark.parametrize("name", ["jobs", "a b", "a--><b>", "--help", "ünï", "a,b"])
def test_any_name_of_a_contract_is_found_again(incompatible: ContractReport, name: str) -> None:
    action = plan(replace(incompatible, contract=name), [])

    assert on_github(action.body.replace("\n", "\r\n")).contract == name
    assert action.title == f"{name} does not keep its contract"


def test_an_issue_without_our_comment_is_not_ours() -> None:
    assert Issue.from_json({"number": 1, "body": "specwitness:jobs", "state": "OPEN", "stateReason": ""}) is None


def test_what_a_server_says_is_not_taken_for_our_comment(incompatible: ContractReport) -> None:
    lie = "<!-- specwitness:other on:server breaks: -->"
    hostile = replace(incompatible, findings=tuple(replace(one, message=lie) for one in incompatible.findings))

    assert on_github(plan(hostile, []).body).contract == "jobs"


PAGE = """\
<!-- specwitness:jobs on:server breaks:{fingerprint} -->
Job API (`jobs`) does not keep its contract: 1 breaking finding in the run of `2026-03-01T02:00:00Z` against \
`http://api.test`, profile `quick`, seed 1. [The whole report](<https://ci.test/1>)

`specwitness announce` keeps this issue: it rewrites it when other findings break, and closes it after a run that \
finds the contract kept. To accept a finding for a time: `specwitness waive FINGERPRINT`, with the report of the run. \
To hear nothing until something new breaks, close this issue as not planned.

### 1. Breaking: response-schema at `getJob` `response 200`

/status is 'EXPLODED'
"""


def test_the_page_of_an_issue(incompatible: ContractReport) -> None:
    body = plan(incompatible, [], link="https://ci.test/1").body

    fingerprint = re.findall("Fingerprint: `(.*)`", body)
    assert len(fingerprint) == 1  # the warning is no part of it
    assert body.startswith(PAGE.format(fingerprint=fingerprint[0]))
    assert "Replay:" in body


def test_the_comment_about_a_change_names_what_came_and_what_went(incompatible: ContractReport, broken: Broken) -> None:
    known = on_github(plan(breaking(incompatible, broken, "ABC"), []).body)
    a, b, d = (broken[name] for name in "ABD")
    now = breaking(incompatible, broken, "CD")
    fixed = FixedFinding(a.fingerprint, a.rule, a.level, "@all: /status is 'A'", "2026-02-01", "2026-02-28")
    history = replace(now.history or History(), fixed=(fixed,))

    assert plan(replace(now, history=history), [known]).comment.splitlines() == [
        "2 breaking findings: 1 new, 2 not seen any more.",
        "",
        "New:",
        "",
        f"- `{d.fingerprint}` Breaking: response-schema at getJob response 200 "
        "(specs/jobs/openapi.yaml:41): /status is 'D'",
        "",
        "Not seen any more:",
        "",
        f"- `{a.fingerprint}` response-schema: @<!-- -->all: /status is 'A'",
        f"- `{b.fingerprint}`",
    ]


def test_a_comment_fits_however_much_is_said(incompatible: ContractReport) -> None:
    wordy = many(incompatible, 200)
    wordy = replace(wordy, findings=tuple(replace(one, message="@a" * 400) for one in wordy.findings))
    known = on_github(plan(breaking(incompatible, {}, ""), []).body)

    comment = plan(wordy, [known]).comment

    assert len(comment) < issue.LONGEST
    shown = len(re.findall(r"^- `\w{12}`", comment, re.MULTILINE))
    left = re.search(r"^- and (\d+) more", comment, re.MULTILINE)
    assert left is not None
    assert (shown > 0, shown + int(left[1])) == (True, 200)


def many(report: ContractReport, number: int) -> ContractReport:
    proven = next(finding for finding in report.findings if finding.verdict is Verdict.BROKEN)
    return replace(report, findings=tuple(replace(proven, value=value) for value in range(number)))


@pytest.mark.parametrize("number", [1, 26, 999, 1001, 5000])
def test_an_issue_fits_and_no_finding_is_left_out_unsaid(incompatible: ContractReport, number: int) -> None:
    body = plan(many(incompatible, number), []).body

    assert len(body) <= issue.LONGEST
    shown = len(re.findall(r"^### \d+\.|^- `\w{12}`", body, re.MULTILINE))
    left = re.search(r"^- and (\d+) findings? more", body, re.MULTILINE)
    assert shown + int(left[1] if left else 0) == number


def test_a_trace_too_long_for_an_issue_is_one_line_of_it(incompatible: ContractReport) -> None:
    proven = next(finding for finding in incompatible.findings if finding.witness is not None)
    assert proven.witness is not None
    exchange = proven.witness.trace[0]
    said = b"\n".join([b"x" * 190] * 40)
    assert exchange.response is not None
    wide = replace(exchange, response=replace(exchange.response, body=said))
    long = replace(proven, witness=replace(proven.witness, trace=(wide,) * 20))

    body = plan(replace(incompatible, findings=(long,)), []).body

    assert f"- `{long.fingerprint}` Breaking: response-schema" in body
    assert len(body) < issue.LONGEST


def test_of_more_findings_than_an_issue_remembers_a_change_is_still_seen(incompatible: ContractReport) -> None:
    known = on_github(plan(many(incompatible, 1500), []).body)

    assert plan(many(incompatible, 1500), [known]).step is Step.LEAVE
    more = plan(many(incompatible, 1501), [known])
    assert (more.step, more.comment) == (
        Step.UPDATE,
        "What breaks has changed: 1501 breaking findings now, too many to tell apart here.",
    )
    fewer = plan(many(incompatible, 2), [known])
    assert (fewer.step, fewer.comment.startswith("What breaks has changed: 2 ")) == (Step.UPDATE, True)


# --- Nobody is called -------------------------------------------------------------------------------------------------

CALLS = re.compile(r"@\w|#\d|://|www\.\w|GH-\d", re.IGNORECASE | re.ASCII)
"""What GitHub makes a link or a call of in the text of a page, wherever no code is."""


def spoken(markdown: str) -> str:
    """Return what of a page is text, not code, with a gap where a comment is."""
    inline = [token for token in MarkdownIt("commonmark").parse(markdown) if token.type == "inline"]
    texts = ["".join(child.content if child.type == "text" else "\n" for child in one.children or []) for one in inline]
    return "\n".join(texts)


@pytest.mark.parametrize(
    "said",
    [
        "@octocat",
        "see #12",
        "octo/repo#12",
        "https://github.com/o/r/issues/1",
        "www.github.com/o/r",
        "GH-1",
        "a@b.test",
    ],
)
def test_what_a_server_says_calls_nobody_and_links_nowhere(incompatible: ContractReport, said: str) -> None:
    proven = next(finding for finding in incompatible.findings if finding.witness is not None)
    assert proven.witness is not None
    hostile = replace(proven, message=said, source=said, witness=replace(proven.witness, reason=f"{said} ``` `{said}"))
    page = plan(replace(incompatible, findings=(hostile,), title=said), []).body

    assert not CALLS.search(spoken(page))
    assert said.rpartition("@")[2] in re.sub("<!-- -->", "", page)


def test_code_is_left_as_it_is() -> None:
    page = "\n".join(["see `@a` and ``x`@b``, @c", *fenced(["@d", "``` #1"], "http"), "#2"])

    assert quiet(page) == page.replace("@c", "@<!-- -->c").replace("#2", "#<!-- -->2")


WORDS = st.text(st.sampled_from("`\\@#1a \n<>!-:/w.G_*~"), max_size=30)


@given(WORDS, WORDS, WORDS, WORDS)
def test_no_text_around_code_makes_a_call(first: str, second: str, third: str, fourth: str) -> None:
    page = "\n".join([f"{plain(first)} {code(second)}: {plain(third)}", "", *fenced([fourth], ""), "", plain(first)])
    hushed = quiet(page)

    assert not CALLS.search(spoken(hushed))
    assert hushed.replace("<!-- -->", "") == page.replace("<!-- -->", "")

"""The page as markup: whatever is in a report, it is one sound page and nothing in it is more than text."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given
from tests.page import toy
from tests.report.test_properties import (
    ORDER,
    any_comparison,
    any_report,
    comparisons,
    each_hostile_change,
    each_hostile_text,
    everywhere,
    reports,
    reports_with_one_text,
    run,
)

from specwitness import Finding, Level
from specwitness.report.drift_model import DriftReport
from specwitness.report.model import MOCK, Change, ContractReport, History, RunReport
from specwitness.report.page import render, render_drift

VOID = {"meta", "link", "input", "wbr"}
OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "script",
        "body",
        "a",
        "svg",
        "symbol",
        "use",
        "circle",
        "path",
    ),
    *("header", "main", "footer", "section", "article", "h1", "h2", "h3", "h4", "p", "span", "strong", "code", "pre"),
    *("ul", "ol", "li", "dl", "dt", "dd", "div", "details", "summary", "blockquote", "button", "template", "wbr"),
    *("form", "label", "input", "select", "option", "optgroup", "table", "thead", "tbody", "tr", "th", "td"),
    *("figure", "figcaption", "polygon", "polyline", "rect", "line", "title"),
}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page in their order; an element that is not closed, or not open, is an error."""

    markup: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice"
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag
        if tag in ("td", "th", "li"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def all(self, tag: str, name: str = "") -> list[Element]:
        """Return the elements of a tag, of a class where one is given."""
        classes = (element.attributes.get("class", "").split() for element in self.elements)
        found = zip(self.elements, classes, strict=True)
        return [element for element, its in found if element.tag == tag and (not name or name in its)]

    def by_id(self, name: str) -> Element:
        return next(element for element in self.elements if element.attributes.get("id") == name)

    @property
    def data(self) -> dict[str, list[list[object]]]:
        found: dict[str, list[list[object]]] = json.loads(self.by_id("data").text)
        return found


def require_sound(markup: str) -> Page:
    """Parse a page; what others wrote has to be text in it, and all that refers to a part of it has to find that."""
    page = Page(markup)
    assert {element.tag for element in page.elements} <= OURS
    scripts = page.all("script")
    assert [script.attributes for script in scripts] in (
        [{}],
        [{"type": "application/json", "id": "data"}, {}],
    )
    assert len(page.all("style")) == 1
    names = {name for element in page.elements for name in element.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcdoc", "action")]
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    hrefs = [element.attributes["href"] for element in page.elements if "href" in element.attributes]
    assert [href for href in hrefs if href[:1] != "#"] == [page.all("link")[0].attributes["href"]]
    assert {href[1:] for href in hrefs if href[:1] == "#"} <= set(ids)
    labels = (element.attributes.get("aria-labelledby", "") for element in page.elements)
    assert {name for label in labels for name in label.split()} <= set(ids)
    assert not [char for char in markup if not char.isprintable() and char not in "\n\t"]
    assert not ORDER.search(markup)
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    return page


@cache
def everything() -> Page:
    return require_sound(render(toy.EVERYTHING))


def with_earlier_runs(report: ContractReport) -> ContractReport:
    """Return a report whose trend is long enough to be shown."""
    return (
        replace(report, history=replace(report.history, trend=report.history.trend * 3)) if report.history else report
    )


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_no_text_breaks_out_of_its_place(report: ContractReport) -> None:
    page = require_sound(render(run(with_earlier_runs(report))))

    assert len(page.all("article")) == len(report.findings)


@each_hostile_change
@any_comparison
@given(comparisons)
def test_no_text_breaks_out_of_its_place_in_a_comparison(report: DriftReport) -> None:
    page = require_sound(render_drift(report))

    assert len(page.all("article")) == len(report.findings)


@pytest.mark.parametrize("text", ["<" * 1_000_000, "\u202e\n" * 500_000, "x" * 1_000_000], ids=["<", "RTL", "x"])
def test_a_text_of_a_million_characters_is_cut(text: str) -> None:
    assert len(render(run(with_earlier_runs(everywhere(text))))) < 1_000_000


def test_a_page_allows_its_own_script_and_style_and_nothing_else() -> None:
    page = everything()
    policy = next(one for one in page.all("meta") if "http-equiv" in one.attributes).attributes["content"]
    script, style = page.all("script")[-1], page.all("style")[0]

    def hashed(element: Element) -> str:
        return base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()

    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{hashed(script)}'",
        f"style-src 'sha256-{hashed(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_every_verdict_is_a_word_and_a_shape_the_gravest_first() -> None:
    page = everything()
    verdicts = page.all("li", "verdict")
    shapes = [one.attributes["href"] for one in page.all("use")]

    assert page.all("h1")[0].text.strip() == "Incompatible partial: the run did not finish"
    assert [" ".join(one.text.split()) for one in verdicts] == [
        "Incompatible Job API jobs at http://api.test, profile gate 3 breaking findings, 1 suspected, 1 warning, "
        "1 remark, 1 waived; 40 requests to 2 of 2 operations "
        f"Since the run before: 1 new, 3 persisting, 1 reopened, 1 flaky, 1 fixed. {toy.EXPIRED}",
        "Inconclusive (partial) Shops shops at http://api.test, profile gate too little was seen to say that the "
        "contract is kept; 0 requests to 0 of 1 operation "
        f"This run was not compared with earlier ones. {toy.EXPIRED}",
        "Compatible Pets pets at http://api.test, profile gate no breaking finding, 1 waived; 40 requests to 2 of 2 "
        f"operations This run was not compared with earlier ones. {toy.EXPIRED}",
    ]
    assert shapes[1:4] == ["#shape-incompatible", "#shape-inconclusive", "#shape-compatible"]


def test_a_verdict_on_the_embedded_mock_says_that_no_server_was_tested() -> None:
    mocked, tested = (
        Page(render(run(replace(toy.COMPATIBLE, target=target)))).all("li", "verdict")[0].text
        for target in (MOCK, "http://api.test")
    )

    assert "This is the embedded mock, no server was tested. Profile gate." in mocked
    assert "no server was tested" not in tested


def test_the_first_notes_are_beside_the_verdict_and_the_others_are_a_link_away() -> None:
    notes = tuple(f"note {number}" for number in range(5))
    page = require_sound(render(run(replace(toy.COMPATIBLE, notes=notes))))
    link = next(one for one in page.all("a") if one.text == "and 2 more notes")

    assert " ".join(page.all("ul", "noted")[0].text.split()) == "note 0 note 1 note 2 and 2 more notes"
    assert page.by_id(link.attributes["href"][1:]).text == "Notes 5"


def test_what_broke_since_the_run_before_comes_before_the_findings() -> None:
    page = everything()
    texts = [" ".join(one.text.split()) for one in page.all("ul", "changes")]

    assert texts == [
        "new response-schema at getJob response 200 "
        "GET /jobs/{id}: /status: number 1 is not one of ['PENDING', 'DONE'] "
        "reopened response-schema at listJobs response 200 "
        "GET /jobs/{id}: /status: number 3 is not one of ['PENDING', 'DONE'] "
        "flaky undocumented-status at listJobs response 200 "
        "GET /jobs/{id}: /status: number 2 is not one of ['PENDING', 'DONE'] "
        "not seen any more 000000000000 warning slow (seen from 2026-02-01 to 2026-02-27): it took 9 s"
    ]
    assert page.markup.index('id="changes"') < page.markup.index('id="findings"')


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (None, "This run was not compared with earlier ones."),
        (History(trend=toy.HISTORY.trend[-1:]), "No earlier run against this target is known."),
    ],
    ids=["unknown", "first"],
)
def test_without_an_earlier_run_the_page_says_so_and_calls_nothing_new(history: History | None, said: str) -> None:
    page = require_sound(render(run(replace(toy.INCOMPATIBLE, history=history))))

    assert said in page.all("li", "verdict")[0].text
    assert page.all("ul", "changes") == []
    assert page.all("span", "c-new") == []


def test_the_witness_of_a_top_cause_is_unfolded_with_both_sides_the_refusal_the_place_and_the_command() -> None:
    page = Page(render(run(replace(toy.INCOMPATIBLE, findings=(toy.BROKEN, toy.WARNED)))))
    first = page.by_id(f"finding-{toy.BROKEN.fingerprint}")
    texts = [element.text for element in page.elements if element.tag in ("pre", "blockquote")]

    assert page.all("article")[0] is first
    assert ["open" in one.attributes for one in page.all("details", "unfold")[:2]] == [True, False]
    assert texts[0] == "GET http://api.test/jobs/1\nX-API-Key: [redacted]"
    assert texts[1].startswith('200 OK\nContent-Type: application/json\n\n{\n  "id": "1"')
    assert texts[2].strip() == "The contract says: 'EXPLODED' is not one of ['PENDING', 'DONE']"
    assert texts[3] == "curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1"
    assert "jobs.yaml:1 /components/schemas/S1" in first.text


def test_the_matrix_says_what_each_check_said_of_each_operation_and_leads_to_its_findings() -> None:
    page = Page(render(run(toy.INCOMPATIBLE)))
    cells = [one.attributes["class"] for one in page.all("td") if one.attributes.get("class", "")[:2] in ("s-", "em")]
    links = [element for element in page.all("a") if re.fullmatch(r"\d+ [a-z, ]+", element.text)]

    assert cells == [
        *("s-broken", "s-broken"),  # body
        *("s-broken", "s-suspected"),  # status
        *("s-passed", "s-warned"),  # headers
        *("s-remarked", "empty"),  # second-opinion
        *("s-passed", "s-waived"),  # media-type
        *("s-passed", "s-passed"),  # answer
        *("s-never", "s-passed"),  # credentials
    ]
    assert [(link.text, link.attributes["href"]) for link in links] == [
        ("1 broken", f"#finding-{toy.REOPENED.fingerprint}"),
        ("1 broken", f"#finding-{toy.BROKEN.fingerprint}"),
        ("1 broken, flaky", f"#finding-{toy.COMES_AND_GOES.fingerprint}"),
        ("1 suspected", f"#finding-{toy.SUSPECTED.fingerprint}"),
        ("1 warned", f"#finding-{toy.WARNED.fingerprint}"),
        ("1 remark", f"#finding-{toy.REMARK.fingerprint}"),
        ("1 waived", "#contract-0-waived"),
    ]
    assert "2 further checks passed wherever they were asked" in page.by_id("main").text.replace("\n", " ")


BREAKS = toy.finding(1, rule="no-response")
WARNS = replace(toy.finding(2, rule="no-response"), level=Level.WARNING)
FLICKERS = replace(toy.finding(3, rule="flaky-answer"), level=Level.WARNING)
FLICKERS_GRAVELY = toy.finding(4, rule="flaky-answer")
TELLS = replace(toy.finding(5, rule="no-response"), level=Level.INFO)


@pytest.mark.parametrize(
    ("findings", "wavering", "state", "words"),
    [
        ((BREAKS, WARNS, FLICKERS), (), "s-broken", "1 broken"),
        ((BREAKS,), (BREAKS,), "s-broken", "1 broken, flaky"),
        ((BREAKS, FLICKERS_GRAVELY), (), "s-broken", "2 broken"),
        ((FLICKERS_GRAVELY,), (), "s-broken", "1 broken, flaky"),
        ((WARNS, FLICKERS), (), "s-warned", "1 warned"),
        ((WARNS,), (WARNS,), "s-warned", "1 warned, flaky"),
        ((FLICKERS, TELLS), (), "s-flaky", "1 flaky"),
        ((TELLS,), (TELLS,), "s-remarked", "1 remark, flaky"),
    ],
)
def test_what_comes_and_goes_is_called_flaky_and_stays_as_grave_as_it_is(
    findings: tuple[Finding, ...], wavering: tuple[Finding, ...], state: str, words: str
) -> None:
    history = History({one.fingerprint: Change.FLAKY for one in wavering}, trend=toy.HISTORY.trend)
    report = replace(toy.INCOMPATIBLE, findings=findings, waived=(), history=history)
    cell = next(one for one in Page(render(run(report))).all("td") if words[2:] in one.text)

    assert (cell.attributes["class"], cell.text) == (state, words)


def test_what_is_in_trouble_comes_first_in_both_directions_then_names_count() -> None:
    wide = toy.many(1).contracts[0]
    found = (replace(toy.WARNED, operations=("op2",)), toy.finding(1, rule="server-error", operation="op3"))
    report = replace(wide, findings=found, waived=(), coverage=wide.coverage[:4])
    columns, rows = (
        [one.text for one in Page(render(run(report))).all("th") if one.attributes["scope"] == scope]
        for scope in ("col", "row")
    )

    assert columns[:5] == ["Check", "GET /things/3", "GET /things/2", "GET /things/0", "GET /things/1"]
    assert rows[:6] == ["status", "headers", "answer", "body", "credentials", "media-type"]


def test_a_cell_of_many_findings_leads_to_all_of_them() -> None:
    page = require_sound(render(toy.many(60)))
    link = next(element for element in page.all("a") if element.text == "3 broken")
    chosen = [
        row
        for row in page.data["rows"]
        if int(link.attributes["data-operation"]) in row[4] and row[5] == int(link.attributes["data-check"])  # type: ignore[operator]
    ]

    assert link.attributes["href"] == "#findings"
    assert len(chosen) == 3


def test_the_gravest_findings_of_a_cell_are_counted_and_the_link_leads_to_the_others_too() -> None:
    report = replace(toy.INCOMPATIBLE, findings=(toy.BROKEN, replace(toy.finding(8), level=Level.WARNING)))
    link = next(element for element in Page(render(run(report))).all("a") if element.text.endswith("broken"))

    assert (link.text, link.attributes["href"]) == ("1 broken", "#findings")


@pytest.mark.parametrize(("operations", "rows"), [(10, "body"), (11, "GET /things/0")])
def test_many_operations_are_rows_and_few_are_columns(operations: int, rows: str) -> None:
    wide = toy.many(1).contracts[0]
    page = require_sound(render(run(replace(wide, waived=(), coverage=wide.coverage[:operations]))))
    header = next(one for one in page.all("th") if one.attributes.get("scope") == "row")

    assert header.text == rows


def test_coverage_says_of_each_status_to_which_requests_it_came_and_what_never_came() -> None:
    page = Page(render(run(toy.COMPATIBLE)))
    rows = [" ".join(one.text.split()) for one in page.all("tr")]

    assert "GET /jobs/{id} 20 75 % 100 % 1 of 1 1 of 2 1 of 2 1 of 2" in rows
    assert [row for row in rows if re.match(r"\d{3} ?", row)][:4] == [
        "200 15 15",
        "404 3 3",
        "418 undocumented 1 1 2",
        "500 never seen",
    ]
    assert [one.text for one in page.all("li", "gap")][:2] == ["CANCELLED never seen", "/error/code never seen"]


@pytest.mark.parametrize(
    ("requests", "selection", "said"),
    [
        (40, (), ": 75 %. Nothing is known"),
        (41, (), ": 75 %. 1 more was a probe of what is not documented, or was not answered. Nothing"),
        (161, (), "121 more were probes of what is not documented, or were not answered."),
        (
            161,
            ("getJob", "listJobs"),
            "121 more were probes of what is not documented, went to operations that were not selected, "
            "or were not answered.",
        ),
    ],
)
def test_coverage_says_what_the_other_requests_of_the_run_were(
    requests: int, selection: tuple[str, ...], said: str
) -> None:
    text = " ".join(Page(render(run(replace(toy.COMPATIBLE, requests=requests, selection=selection)))).markup.split())

    assert "40 requests, 30 of them answered with success" in text
    assert said in text.replace("&nbsp;", " ")


def test_each_picture_of_the_trend_has_words_and_a_table() -> None:
    page = everything()
    pictures = [one for one in page.all("svg") if one.attributes.get("role") == "img"]

    assert [one.attributes["aria-label"] for one in pictures] == [
        "Verdicts of the last 3 runs, the newest at the right",
        "New and persisting findings of the last 3 runs, below the line the fixed",
        "Over the last 3 runs, up to 9 ms",
    ]
    assert "2026-02-25T02-00-00Z compatible 0 1 2" in [" ".join(one.text.split()) for one in page.all("tr")]


def test_reasons_notes_and_waivers_are_told_with_all_that_a_person_needs() -> None:
    text = " ".join(everything().by_id("main").text.split())

    assert (
        "What could not be judged: Job API createJob: 201 was never seen. Let writes leave with --allow-writes" in text
    )
    assert "Why it is inconclusive: Shops The run did not finish" in text
    assert "until 2026-12-01, owner jobs team: known, ticket 7" in text
    assert "the waiver of abc expired on 2026-01-01: it was known" in text


def test_an_inconclusive_run_says_first_why() -> None:
    page = require_sound(render(run(toy.INCONCLUSIVE)))

    assert page.markup.index("Why it is inconclusive") < page.markup.index('id="findings"')
    assert "Nothing was found in what was seen, which is too little." in page.by_id("main").text


def test_500_findings_take_less_than_a_megabyte_and_none_is_left_out() -> None:
    page = require_sound(render(toy.many(500)))

    assert len(page.markup.encode()) < 1_000_000
    assert 50 < len(page.all("article")) <= 100
    assert len({row[0] for row in page.data["rows"]}) == 500


def test_findings_that_take_much_room_are_shown_in_short_sooner() -> None:
    page = require_sound(render(toy.many(500, items=1000)))

    assert len(page.markup.encode()) < 1_000_000
    assert len(page.data["rows"]) == 500


def test_drift_is_shown_in_the_same_way_with_the_place_in_the_new_document() -> None:
    page = require_sound(render_drift(toy.DRIFT))

    assert page.all("h1")[0].text.strip() == "BROKEN"
    assert "now new.yaml:40" in page.all("article")[0].text
    assert "Removed operations 1 GET /old" in " ".join(page.by_id("main").text.split())


def test_a_run_of_no_contract_is_a_page_too() -> None:
    page = require_sound(render(RunReport("nothing", ())))

    assert page.all("h1")[0].text.strip() == "Inconclusive"


def test_drift_among_the_findings_of_a_run_is_shown_as_any_other() -> None:
    drifted = replace(toy.BROKEN, rule="source-response-enum", level=Level.WARNING)
    page = require_sound(render(run(replace(toy.COMPATIBLE, findings=(drifted,)))))

    assert page.all("article")[0].attributes["class"] == "finding s-warned"
    assert ("1 warned", f"#finding-{drifted.fingerprint}") in [(a.text, a.attributes["href"]) for a in page.all("a")]

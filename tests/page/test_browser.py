"""The page in a real browser: from a file, in both colour schemes, on a phone, by keyboard, and with hostile texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.page import toy
from tests.page.conftest import Opened, Opens
from tests.report.test_properties import HOSTILE, compared, everywhere

from specwitness.report.model import RunReport
from specwitness.report.page import render, render_drift

AXE = Path(".cache/axe/node_modules/axe-core/axe.min.js")

ATTACKS = (
    "</script><script>window.hacked = 1; alert(1)</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "\"'><svg onload=window.hacked=1>",
    "javascript:window.hacked=1//",
    "<!--<script>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe",
    "\u05d0\u05d1\u05d2 \u0627\u0644\u0639",
)


def hostile() -> RunReport:
    """Return a run in which each contract has another hostile text in all places."""
    contracts = [everywhere(text) for text in (*ATTACKS, "".join(HOSTILE), "y" * 1_000_000)]
    assert all(contract.history for contract in contracts)
    return RunReport("".join(ATTACKS), tuple(contracts))


def violations(opened: Opened) -> list[str]:
    """Return the serious and critical violations that axe-core finds when all is unfolded."""
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    opened.page.evaluate(AXE.read_text("utf-8"))
    found = opened.page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


PAGES = {
    "run": lambda: render(toy.EVERYTHING),
    "compatible": lambda: render(RunReport("x", (toy.COMPATIBLE,))),
    "inconclusive": lambda: render(RunReport("x", (toy.INCONCLUSIVE,))),
    "many": lambda: render(toy.many(500, items=3)),
    "drift": lambda: render_drift(toy.DRIFT),
    "hostile": lambda: render(hostile()),
    "hostile drift": lambda: render_drift(compared("".join(ATTACKS))),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_a_file_asks_for_nothing_and_fits_a_phone(opens: Opens, name: str) -> None:
    opened = opens(PAGES[name](), width=390)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    assert opened.misdeeds == []
    assert opened.overflow == 0
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.locator("img, iframe, object, embed").count() == 0


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not installed: make .cache/axe/node_modules/axe-core/axe.min.js"
)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["run", "inconclusive", "drift"])
def test_nothing_keeps_a_person_from_using_the_page(opens: Opens, name: str, dark: bool) -> None:
    assert violations(opens(PAGES[name](), dark=dark)) == []


def test_the_filter_shows_what_fits_and_says_how_many(opens: Opens) -> None:
    opened = opens(PAGES["run"]())
    opened.page.click("#filters summary")
    opened.page.select_option("select[name=level]", "warning")
    warnings = (opened.shown, opened.page.inner_text("#count"))
    opened.page.click("text=Show all")
    opened.page.fill("input[name=text]", "NUMBER 2 IS")
    text = (opened.shown, opened.page.inner_text("#count"))
    opened.page.fill("input[name=text]", "")
    opened.page.select_option("select[name=change]", "new")
    new = (opened.shown, opened.page.inner_text("#count"))

    assert warnings == (["missing-header getJob response 200"], "1 of 6 findings")
    assert text == (["undocumented-status listJobs response 200"], "1 of 6 findings")
    assert new == (["response-schema getJob response 200"], "1 of 6 findings")
    assert opened.misdeeds == []


def test_a_cell_of_the_matrix_shows_its_findings(opens: Opens) -> None:
    opened = opens(PAGES["many"]())
    opened.page.locator("td a", has_text="25 broken").first.click()

    assert opened.page.inner_text("#count") == "25 of 500 findings"
    assert len(opened.shown) == 25


@pytest.mark.parametrize("operations", [8, 20], ids=["columns", "rows"])
def test_a_phone_shows_what_broke_without_scrolling_aside(opens: Opens, operations: int) -> None:
    wide = toy.many(1).contracts[0]
    broken = toy.finding(1, rule="ends-after-start", operation="op7")
    text = render(RunReport("x", (replace(wide, findings=(broken,), coverage=wide.coverage[:operations]),)))
    box = opens(text, width=390).page.locator(".matrix td a", has_text="1 broken").bounding_box()

    assert box is not None
    assert box["x"] + box["width"] <= 390


def test_findings_that_there_was_no_room_for_are_shown_on_demand(opens: Opens) -> None:
    opened = opens(PAGES["many"]())
    cards = opened.count("article")
    opened.page.click("#more")
    first = opened.count("#rest > li")
    opened.page.click("#more")

    assert (cards, first, opened.count("#rest > li")) == (100, 100, 200)
    assert opened.page.inner_text("#more") == "Show 100 more of 200"


def test_a_link_to_a_finding_unfolds_it_wherever_it_is(opens: Opens) -> None:
    text = PAGES["many"]()
    rows = opens(text).page.evaluate("JSON.parse(document.getElementById('data').textContent).rows.map(row => row[0])")
    near = opens(text, fragment=f"#finding-{rows[50]}")
    far = opens(text, fragment=f"#finding-{rows[450]}")

    assert near.page.locator(f"#finding-{rows[50]} pre").first.is_visible()
    assert far.page.inner_text("#count") == "1 of 500 findings"
    assert far.page.inner_text("#rest .fingerprint") == rows[450]


def test_a_finding_folds_by_keyboard(opens: Opens) -> None:
    opened = opens(PAGES["run"]())
    witness = opened.page.locator("article pre").first
    before = witness.is_visible()
    opened.page.locator("article summary").first.focus()
    opened.page.keyboard.press("Enter")
    folded = witness.is_visible()
    opened.page.keyboard.press("Space")

    assert (before, folded, witness.is_visible()) == (True, False, True)


def test_the_first_tab_leads_past_the_head(opens: Opens) -> None:
    opened = opens(PAGES["run"]())
    opened.page.keyboard.press("Tab")

    assert opened.page.evaluate("document.activeElement.hash") == "#main"


def test_the_command_is_copied_as_it_is(opens: Opens) -> None:
    opened = opens(render(RunReport("x", (replace(toy.INCOMPATIBLE, findings=(toy.BROKEN,)),))))
    opened.page.click("button.copy")

    opened.page.wait_for_function("document.querySelector('button.copy').textContent === 'Copied'")
    assert opened.page.inner_text("#said") == "Copied"
    assert opened.page.evaluate("navigator.clipboard.readText()") == (
        "curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1"
    )


def test_without_its_script_the_page_tells_all_but_what_it_says_is_in_the_data(opens: Opens) -> None:
    opened = opens(PAGES["many"](), script=False)

    assert opened.page.locator("#rest-said").inner_text() == "400 further findings, the less grave, in report.json."
    assert (opened.count("article"), opened.count("form"), opened.count("button")) == (100, 0, 0)


def test_on_paper_every_finding_is_unfolded(opens: Opens) -> None:
    opened = opens(PAGES["run"]())
    opened.page.emulate_media(media="print")
    witnesses = opened.page.locator("article blockquote")

    assert [witnesses.nth(number).is_visible() for number in range(witnesses.count())] == [True] * witnesses.count()
    assert opened.count("#filters") + opened.count("button.copy") == 0


def test_in_the_dark_the_page_is_dark(opens: Opens) -> None:
    colours = [
        opens(PAGES["run"](), dark=dark).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for dark in (False, True)
    ]

    assert colours == ["rgb(255, 255, 255)", "rgb(15, 19, 24)"]

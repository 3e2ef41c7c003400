"""A report as one page for people: HTML that holds everything it needs and works from a file.

`render` and `render_drift` are pure functions of a report. What the page shows is put together as frozen data: `cards`
the findings, `listing` how they are found, `matrix` operations by checks, `coverage`, `since` what changed, `trend` the
last runs in pictures. `templates/` lays it out, `layout` puts style and script into it. Everything but the findings
that there is no room for can be read without the script, which filters, copies, and shows those.

Whatever a server, a document or a person put into a text stays text: the templates escape, what is invisible is written
out, the script only ever sets `textContent`, and the page forbids every script and style but its own two.
"""

from __future__ import annotations

from specwitness.findings import Outcome
from specwitness.report import drift_words, words
from specwitness.report.drift_model import DriftReport
from specwitness.report.model import GRAVEST, MOCK, ContractReport, RunReport
from specwitness.report.page import cards, coverage, listing, matrix, since, trend
from specwitness.report.page.layout import page
from specwitness.report.text import counted, one_line

_UNFOLDED = 5
"""Of more contracts than these, the others are folded."""
_NOTES = 3
"""More notes of a contract than these are only counted beside its verdict."""
_IN_JSON = "report.json"
_NOTHING = {
    Outcome.COMPATIBLE: "Nothing was found that breaks a client, and nothing to warn of.",
    Outcome.INCOMPATIBLE: "None.",
    Outcome.INCONCLUSIVE: "Nothing was found in what was seen, which is too little.",
}


def render(report: RunReport) -> str:
    """Return the page of a run: the verdicts, what changed and what broke, then each contract."""
    contracts = words.gravest_first(report.contracts)
    listed = listing.of_run(contracts, whole=_IN_JSON)
    room = coverage.Room()
    sections = [
        {
            "report": contract,
            "id": f"contract-{number}",
            "unfolded": number < _UNFOLDED,
            "mocked": contract.target == MOCK,
            "sentence": words.verdict(contract),
            "since": since.of(contract, number, listed),
            "why": _why(contract.outcome),
            "reasons": words.open_reasons(contract),
            "notes": contract.notes[:_NOTES],
            "matrix": matrix.of(contract, number, listed),
            "coverage": coverage.of(contract, room),
            "trend": trend.of(contract),
            "waived": [cards.waived(waived, contract.history) for waived in contract.waived],
        }
        for number, contract in enumerate(contracts)
    ]
    return page(
        "run.html.j2",
        title=f"{report.outcome.capitalize()}: {_named(contracts)}",
        outcome=report.outcome,
        report=report,
        tally=_tally(contracts),
        sections=sections,
        listed=listed,
        whole=_IN_JSON,
        nothing=_NOTHING[report.outcome],
    )


def render_drift(report: DriftReport) -> str:
    """Return the page of a comparison: the verdict, what changed and whom it breaks, what is accepted."""
    return page(
        "drift.html.j2",
        title=f"{drift_words.head(report)}: {one_line(report.contract, 80)}",
        outcome=report.outcome,
        report=report,
        head=drift_words.head(report),
        showed=drift_words.showed(report),
        old=drift_words.called(report.old),
        new=drift_words.called(report.new),
        listed=listing.of_drift(report, whole=drift_words.WHOLE),
        whole=drift_words.WHOLE,
        waived=[cards.waived(waived, None) for waived in report.waived],
    )


def _why(outcome: Outcome) -> str:
    return "Why it is inconclusive" if outcome is Outcome.INCONCLUSIVE else "What could not be judged"


def _named(contracts: list[ContractReport]) -> str:
    if len(contracts) == 1:
        return one_line(contracts[0].title, 80)
    return counted(len(contracts), "contract")


def _tally(contracts: list[ContractReport]) -> str:
    """Say how many contracts have which verdict."""
    outcomes = [contract.outcome for contract in contracts]
    return ", ".join(f"{outcomes.count(one)} {one.value}" for one in GRAVEST if one in outcomes)

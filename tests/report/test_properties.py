"""What holds for every report, whatever a server, a document or a person put into its texts."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from specwitness import Exchange, Finding, Intent, Level, Location, Outcome, Party, Request, Response, Verdict, Witness
from specwitness.record import Aspect
from specwitness.report import (
    drift_github,
    drift_junit,
    drift_markdown,
    drift_sarif,
    drift_terminal,
    github,
    har,
    junit,
    markdown,
    sarif,
    terminal,
    words,
)
from specwitness.report.drift_model import Described, DriftReport
from specwitness.report.fitting import LONGEST
from specwitness.report.model import (
    Change,
    CheckCount,
    ContractReport,
    EarlierRun,
    FixedFinding,
    History,
    Latency,
    OperationCoverage,
    RunReport,
    Seen,
    StatusCount,
    WaivedFinding,
)
from specwitness.report.portable import json_text
from specwitness.report.write import dumps

SCHEMA = json.loads(files("specwitness.report").joinpath("schema.json").read_text("utf-8"))
MARKDOWN = MarkdownIt("commonmark").enable("table")
ORDER = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)
"""What a CI service does as it is told where it stands in a log."""
SGR = re.compile(r"\x1b\[[0-9;]*m")

HOSTILE = [
    *("\n```\n# pwned\n", "````", "`", "``x`", "~~~\n", "&amp;", "[a](http://b)", "![x](y)", "**bold**", "__init__"),
    *("<script>alert(1)</script>", "<!--", "-->", "]]>", "| a | b |\n|--|--|", "\n---\n", "===", "# h", "1. x", "- x"),
    *("+ x", "> q", "*", "_", "\\", "\\`", "'", '"', "$(id)", "\t", "[bold]x[/bold]", "[/]", ":smile:"),
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "\x00", "\x08\x08", "\r\n", "\r", "\x0b", "\x0c", "\x85"),
    *("\u202e", "\u2028", "\ufffe", "\ud800"),
    *("::set-output name=x::y", "\n ::error::x", "::", "##[group]x", "##vso[task.setvariable variable=x]y", "#", "[x]"),
]
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=4).map("".join)
counts = st.integers(0, 10**6)
headers = st.lists(st.tuples(texts, texts) | st.tuples(st.just("Content-Type"), texts), max_size=2).map(tuple)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
bodies = (
    st.binary(max_size=20)
    | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | json_values.map(lambda value: json.dumps(value).encode())
)
exchanges = st.builds(
    Exchange,
    st.builds(Request, texts, texts, headers, st.none() | bodies),
    st.none() | st.builds(Response, st.integers(100, 599), headers, bodies, st.floats(0, 10)),
    st.none() | texts,
    st.dictionaries(texts, texts, max_size=2),
    st.sampled_from(Intent),
    st.none() | texts,
)
parties = st.sampled_from(Party)
witnesses = st.builds(Witness, st.lists(exchanges, min_size=1, max_size=2).map(tuple), parties, parties, texts)
locations = st.builds(Location, texts, st.none() | texts, texts, texts, st.none() | texts, st.none() | counts)
names = st.lists(texts, max_size=3).map(tuple)
common = {
    "rule": texts,
    "level": st.sampled_from(Level),
    "where": locations,
    "message": texts,
    "source": texts,
    "value": json_values,
    "operations": names,
    "seen": counts,
}
findings = st.builds(Finding, **common, verdict=st.just(Verdict.BROKEN), witness=witnesses) | st.builds(
    Finding, **common, verdict=st.sampled_from([Verdict.UNDECIDED, Verdict.SAFE])
)
latencies = st.builds(Latency, *[st.floats(0, 1e6)] * 4)
coverages = st.builds(
    OperationCoverage,
    texts,
    texts,
    counts,
    st.lists(
        st.builds(
            StatusCount,
            st.integers(100, 599),
            counts,
            st.booleans(),
            st.dictionaries(st.sampled_from(Intent), st.integers(1, 3), max_size=2),
        ),
        max_size=2,
    ).map(tuple),
    st.lists(st.builds(Seen, st.sampled_from(Aspect), texts, texts, counts), max_size=3).map(tuple),
    st.lists(st.builds(CheckCount, texts, counts, st.booleans()), max_size=2).map(tuple),
    st.none() | latencies,
)
times = st.just("2026-03-01T02:00:00Z") | st.just("2026-03-01T02:00:00.25+00:00")
fingerprints = st.sampled_from(["0" * 12, "1" * 12])
histories = st.builds(
    History,
    st.dictionaries(fingerprints, st.sampled_from(Change), max_size=2),
    st.dictionaries(fingerprints, times, max_size=2),
    st.lists(st.builds(FixedFinding, fingerprints, texts, st.sampled_from(Level), texts, times, times), max_size=2).map(
        tuple
    ),
    st.lists(
        st.builds(
            EarlierRun,
            texts,
            times,
            st.sampled_from(Outcome),
            counts,
            counts,
            counts,
            st.dictionaries(texts, latencies, max_size=1),
        ),
        max_size=2,
    ).map(tuple),
)
reports = st.builds(
    ContractReport,
    tool_version=texts,
    contract=texts,
    title=texts,
    outcome=st.sampled_from([Outcome.INCOMPATIBLE, Outcome.INCONCLUSIVE]),
    target=texts,
    profile=texts,
    seed=st.integers(),
    started=times,
    finished=st.none() | times,
    partial=st.booleans(),
    shard=st.none() | st.just("2/3"),
    selection=names,
    requests=counts,
    reasons=names,
    findings=st.lists(findings, max_size=3).map(tuple),
    waived=st.lists(st.builds(WaivedFinding, findings, texts, texts, st.dates(dt.date(2000, 1, 1))), max_size=2).map(
        tuple
    ),
    notes=names,
    coverage=st.lists(coverages, max_size=2).map(tuple),
    history=st.none() | histories,
)


def everywhere(text: str) -> ContractReport:
    """Return a report in which every free text is the same."""
    body = text.encode("utf-8", "surrogatepass")
    request = Request(text, text, ((text, text), ("Content-Type", text)), body)
    response = Response(200, ((text, text), ("Content-Type", text)), body)
    trace = (Exchange(request, response), Exchange(request, None, fault=text))
    proven = Finding(
        rule=text,
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=Location(text, text, text, text, text, 1),
        message=text,
        source=text,
        value=text,
        witness=Witness(trace, Party.SERVER, Party.CONTRACT, text),
        operations=(text, text),
    )
    pointed = replace(proven, level=Level.WARNING, where=Location(text, None, text, text), operations=())
    sights = tuple(Seen(aspect, text, text, count) for aspect in Aspect for count in (0, 1))
    return ContractReport(
        tool_version=text,
        contract=text,
        title=text,
        outcome=Outcome.INCOMPATIBLE,
        target=text,
        profile=text,
        seed=1,
        started="2026-03-01T02:00:00Z",
        selection=(text, text),
        reasons=(text,),
        findings=(proven, pointed),
        waived=(WaivedFinding(proven, text, text, dt.date(2026, 1, 1)),),
        notes=(text,),
        coverage=(
            OperationCoverage(
                text,
                text,
                1,
                (StatusCount(200, 1, documented=False, intents={Intent.VALID: 1}),),
                sights,
                (CheckCount(text, 1, own=True),),
                Latency(1, 2, 3, 4),
            ),
            OperationCoverage(text, text, 0),
        ),
        history=History(
            {proven.fingerprint: Change.FLAKY},
            {proven.fingerprint: "2026-03-01T02:00:00Z"},
            (FixedFinding("0" * 12, text, Level.WARNING, text, "2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"),),
            (EarlierRun(text, "2026-03-01T02:00:00Z", Outcome.COMPATIBLE, 1, 1, 1, {text: Latency(1, 2, 3, 4)}),),
        ),
    )


def run(report: ContractReport) -> RunReport:
    return RunReport("a run", (report,))


reports_with_one_text = st.builds(everywhere, texts)
any_report = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fences(witness: Witness) -> int:
    """Return how many blocks show a witness: each request, each answer but to what nobody sent, and the commands."""
    return 1 + sum(1 + bool(exchange.response or exchange.fault) for exchange in witness.trace)


VARIANTS = [variant for text in HOSTILE for variant in (text, f"{text} x")]


def each_hostile_text(test: Callable[[ContractReport], None]) -> Callable[[ContractReport], None]:
    """Try each hostile text in every place too: chance rarely puts it where it would hurt."""
    return reduce(lambda inner, text: example(everywhere(text))(inner), VARIANTS, test)


@any_report
@given(reports)
def test_a_report_survives_its_file(report: ContractReport) -> None:
    text = dumps(run(report))

    assert RunReport.from_json(json.loads(text.encode())) == run(report)
    assert not ORDER.search(text)


@any_report
@given(reports)
def test_every_report_is_what_the_schema_says(report: ContractReport) -> None:
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(
        json.loads(dumps(run(report)))
    )


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_no_text_breaks_out_of_its_place_in_markdown(report: ContractReport) -> None:
    blocks = MARKDOWN.parse(markdown.render(run(report)))
    inline = [child.type for block in blocks for child in block.children or ()]
    witnesses = [finding.witness for finding in report.findings if finding.witness]
    assert {block.type for block in blocks} <= {
        *("inline", "fence", "heading_open", "heading_close", "paragraph_open", "paragraph_close"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("blockquote_open", "blockquote_close", "table_open", "table_close", "thead_open", "thead_close"),
        *("tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
    }
    assert set(inline) <= {"text", "text_special", "code_inline", "strong_open", "strong_close"}
    undocumented = sum(not s.documented for c in report.coverage if c.requests for s in c.statuses)
    assert inline.count("strong_open") == 1 + (report.finished is None) + undocumented
    assert sum(block.type == "fence" for block in blocks) == sum(map(fences, witnesses))
    assert sum(block.type == "heading_open" and block.tag == "h1" for block in blocks) == 1
    assert sum(block.type == "tr_open" for block in blocks) == (1 + len(report.coverage) if report.coverage else 0)


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_no_text_breaks_the_xml(report: ContractReport) -> None:
    suite = ET.fromstring(junit.render(run(report))).find("testsuite")  # noqa: S314, it is our own output
    assert suite is not None
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert suite.get("skipped") == str(len(report.waived))


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_no_text_acts_on_a_terminal(report: ContractReport) -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    terminal.render(report, Console(file=plain), path="reports/x")
    terminal.render(report, Console(file=coloured, force_terminal=True, no_color=False, color_system="standard"))
    assert not [char for char in plain.getvalue() if not char.isprintable() and char not in "\n\t"]
    assert not ORDER.search(plain.getvalue())
    assert not [char for char in SGR.sub("", coloured.getvalue()) if not char.isprintable() and char not in "\n\t"]


SARIF = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))
ANNOTATION = re.compile(r"::(error|warning|notice) (file=[^,:\r\n]*,(line=\d+,)?)?title=[^,:\r\n]*::[^\r\n]*")


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_every_log_of_a_run_is_sarif(report: ContractReport) -> None:
    text = sarif.render(run(report))
    data = json.loads(text.encode())
    jsonschema.Draft7Validator(SARIF, format_checker=jsonschema.FormatChecker()).validate(data)
    results = data["runs"][0]["results"]
    said = [result["message"]["text"] for result in results]
    said += [rule["help"]["text"] for rule in data["runs"][0]["tool"]["driver"]["rules"]]

    assert len(results) == len(report.findings) + len(report.waived)
    assert not ORDER.search(text)
    assert not [text for text in said if "](" in text]


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_github_reads_an_annotation_for_each_finding_and_reason_and_nothing_else(report: ContractReport) -> None:
    lines = github.render(run(report)).split("\n")
    annotated = len(report.findings) + len(words.open_reasons(report))

    assert [line for line in lines[:annotated] if not ANNOTATION.fullmatch(line)] == []
    assert [line for line in lines[annotated:] if ORDER.search(line)] == []
    assert len(lines) == annotated + 2


@each_hostile_text
@any_report
@given(reports | reports_with_one_text)
def test_no_text_breaks_the_archive(report: ContractReport) -> None:
    text = har.render(run(report))
    entries = json.loads(text.encode())["log"]["entries"]
    witnesses = [one.witness for one in (*report.findings, *(waived.finding for waived in report.waived))]
    sent = [one for one in witnesses if one and one.allowed_by in {Party.SERVER, Party.CLIENT}]

    assert len(entries) == sum(len(one.trace) for one in sent)
    assert not ORDER.search(text)


# --- What changed ---------------------------------------------------------------------------------------------------

described = st.builds(Described, texts, texts, texts)
comparisons = st.builds(
    DriftReport,
    tool_version=texts,
    contract=texts,
    old=described,
    new=described,
    policy=st.sampled_from(["strict", "tolerant"]),
    strict=st.booleans(),
    compared=counts,
    removed=names,
    added=names,
    findings=st.lists(findings, max_size=3).map(tuple),
    waived=st.lists(st.builds(WaivedFinding, findings, texts, texts, st.dates(dt.date(2000, 1, 1))), max_size=2).map(
        tuple
    ),
    off=counts,
    notes=names,
)


def compared(text: str) -> DriftReport:
    """Return a comparison in which every free text is the same."""
    run = everywhere(text)
    unsent = Exchange(Request(text, text, ((text, text),), text.encode("utf-8", "surrogatepass")), None)
    proven = replace(run.findings[0], witness=Witness((unsent,), Party.OLD, Party.NEW, text), value=[text])
    doubt = replace(proven, rule=f"{text}.", verdict=Verdict.UNDECIDED, witness=None)
    remark = replace(doubt, rule=f"{text}!", level=Level.INFO, verdict=Verdict.SAFE)
    return DriftReport(
        tool_version=text,
        contract=text,
        old=Described(text, text, text),
        new=Described(text, text, text),
        policy="strict",
        compared=1,
        removed=(text,),
        added=(text,),
        findings=(*run.findings, proven, doubt, remark),
        waived=run.waived,
        in_new={proven.fingerprint: proven.where},
        notes=(text,),
    )


any_comparison = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def each_hostile_change(test: Callable[[DriftReport], None]) -> Callable[[DriftReport], None]:
    return reduce(lambda inner, text: example(compared(text))(inner), VARIANTS, test)


@each_hostile_change
@any_comparison
@given(comparisons)
def test_a_comparison_survives_its_json(report: DriftReport) -> None:
    text = json_text(report.to_json())

    assert DriftReport.from_json(json.loads(text.encode())) == report
    assert not ORDER.search(text)


@each_hostile_change
@any_comparison
@given(comparisons)
def test_no_text_breaks_out_of_its_place_in_a_comment(report: DriftReport) -> None:
    page = drift_markdown.render(report)
    blocks = MARKDOWN.parse(page)
    inline = [child.type for block in blocks for child in block.children or ()]

    assert {block.type for block in blocks} <= {
        *("inline", "fence", "heading_open", "heading_close", "paragraph_open", "paragraph_close"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("blockquote_open", "blockquote_close", "ordered_list_open", "ordered_list_close"),
    }
    assert set(inline) <= {"text", "text_special", "code_inline", "strong_open", "strong_close"}
    assert inline.count("strong_open") == 1
    shown = [one.witness for one in report.findings if one.witness and one.level is not Level.INFO]
    assert sum(block.type == "fence" for block in blocks) == sum(map(fences, shown))
    assert not ORDER.search(page)


@each_hostile_change
@any_comparison
@given(comparisons)
def test_no_text_breaks_the_xml_of_a_comparison(report: DriftReport) -> None:
    suite = ET.fromstring(drift_junit.render(report)).find("testsuite")  # noqa: S314, it is our own output
    assert suite is not None
    cases = suite.findall("testcase")
    failed = suite.get("failures") != "0" or suite.get("errors") != "0"

    assert len(cases) == 1 + len(report.findings) + len(report.waived)
    assert failed is report.failed


@each_hostile_change
@any_comparison
@given(comparisons)
def test_every_log_is_sarif(report: DriftReport) -> None:
    text = drift_sarif.render(report)
    data = json.loads(text)
    jsonschema.Draft7Validator(SARIF, format_checker=jsonschema.FormatChecker()).validate(data)
    results = data["runs"][0]["results"]

    assert len(results) == len(report.findings) + len(report.waived)
    assert not ORDER.search(text)
    assert not [result for result in results if "](" in result["message"]["text"]]


@each_hostile_change
@any_comparison
@given(comparisons)
def test_github_reads_an_annotation_for_each_finding_and_nothing_else(report: DriftReport) -> None:
    lines = drift_github.render(report).split("\n")

    assert [line for line in lines[: len(report.findings)] if not ANNOTATION.fullmatch(line)] == []
    assert [line for line in lines[len(report.findings) :] if ORDER.search(line)] == []
    assert len(lines) == len(report.findings) + 2


@each_hostile_change
@any_comparison
@given(comparisons)
def test_no_text_of_a_comparison_acts_on_a_terminal(report: DriftReport) -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    summary = drift_terminal.summary(report, path="reports/x")
    terminal.show(summary, Console(file=plain))
    terminal.show(summary, Console(file=coloured, force_terminal=True, no_color=False, color_system="standard"))

    assert not [char for char in plain.getvalue() if not char.isprintable() and char not in "\n\t"]
    assert not [char for char in SGR.sub("", coloured.getvalue()) if not char.isprintable() and char not in "\n\t"]
    assert not ORDER.search(plain.getvalue())


@pytest.mark.parametrize("text", ["a" * 1_000_000, "\x1b" * 1_000_000, "`" * 1_000_000, "\n::error::" * 100_000])
def test_a_megabyte_in_every_place_fits_where_people_read(text: str) -> None:
    report = compared(text)

    assert len(drift_markdown.render(report)) <= LONGEST
    assert len(markdown.render(run(everywhere(text)))) <= LONGEST
    assert len(drift_terminal.summary(report).plain) < 100_000
    assert max(map(len, drift_github.render(report).split("\n"))) < 65_536

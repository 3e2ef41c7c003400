"""Findings are divided by the waivers in force, and a waiver that accepts nothing is named."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from specwitness.contract import load, places
from specwitness.contract.model import Contract, Waiver
from specwitness.contract.waivers import Waived, applied, fingerprints, general, of_run
from specwitness.findings import Finding, Json, Level, Location, Verdict
from specwitness.record import Record

DAY = dt.date(2026, 6, 1)


def finding(rule: str) -> Finding:
    return Finding(rule, Level.WARNING, Verdict.UNDECIDED, Location("c", None, "p", "/x"), "m", "s")


A, B, C = finding("a"), finding("b"), finding("c")
ACCEPTED = Waiver(A.fingerprint, "known", DAY)
EXPIRED = Waiver(B.fingerprint, "was known", DAY - dt.timedelta(days=1))
UNMATCHED = Waiver("0" * 12, "gone", DAY)
BOTH = Waiver("1" * 12, "gone long ago", DAY - dt.timedelta(days=1))


def test_findings_are_kept_or_waived_and_idle_waivers_are_named() -> None:
    assert applied([A, B, C, A], [ACCEPTED, EXPIRED, UNMATCHED, BOTH], DAY) == Waived(
        kept=(B, C),
        waived=((A, ACCEPTED), (A, ACCEPTED)),
        expired=(EXPIRED, BOTH),
        unmatched=(UNMATCHED,),
    )


def test_without_waivers_everything_is_kept() -> None:
    assert applied([A], [], DAY) == Waived(kept=(A,), waived=(), expired=(), unmatched=())


def test_a_renewed_waiver_stands_beside_the_expired_one() -> None:
    renewed = Waiver(B.fingerprint, "still known", DAY)
    assert applied([B], [EXPIRED, renewed], DAY) == Waived(
        kept=(), waived=((B, renewed),), expired=(EXPIRED,), unmatched=()
    )


def test_a_waiver_holds_up_to_and_on_its_day() -> None:
    days = [DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)]

    assert [len(applied([A], [ACCEPTED], day).waived) for day in days] == [1, 1, 0]


# --- By rule, place and value -----------------------------------------------------------------------------------------

PLACED = Waiver("", "known", DAY, rule="a", at="/x")


def valued(*values: Json) -> list[Finding]:
    return [replace(A, value=value) for value in values]


def accepted(value: Json, *findings: Finding) -> list[Json]:
    return [one.value for one, _ in applied(findings, [replace(PLACED, value=value)], DAY).waived]


def test_a_place_is_named_by_its_pointer_or_by_the_way_to_it() -> None:
    there = replace(A, where=replace(A.where, pointer="/components/schemas/X", way="/paths/~1x/get"))
    waivers = [replace(PLACED, at=at) for at in ("/components/schemas/X", "/paths/~1x/get", "/components", "")]

    assert [bool(applied([there], [one], DAY).waived) for one in waivers] == [True, True, False, False]
    assert applied([replace(there, rule="b")], waivers, DAY).unmatched == tuple(waivers)


def test_no_two_values_share_a_waiver() -> None:
    values: list[Json] = ["archived", "zombie", None, "", "null", 1, 1.0, True, "1", [], {}, {"a": 1, "b": 2}]

    assert [accepted(value, *valued(*values)) for value in values] == [[value] for value in values]
    assert [type(one) for value in (1, 1.0, True) for one in accepted(value, *valued(*values))] == [int, float, bool]


def test_an_object_is_the_same_value_in_any_order() -> None:
    assert accepted({"b": 2, "a": 1}, *valued({"a": 1, "b": 2})) == [{"a": 1, "b": 2}]


def test_of_two_waivers_of_one_finding_none_is_idle() -> None:
    assert applied([A], [PLACED, ACCEPTED], DAY).unmatched == ()
    assert applied([A], [replace(PLACED, expires=EXPIRED.expires), ACCEPTED], DAY).waived == ((A, ACCEPTED),)


def test_a_waiver_is_called_by_what_names_its_finding() -> None:
    named = [UNMATCHED, PLACED, replace(PLACED, value="é"), replace(PLACED, at="")]

    assert [one.called for one in named] == [
        "000000000000",
        "a at /x without a value",
        'a at /x with "é"',
        "a at the document without a value",
    ]


def test_a_waiver_by_place_has_the_fingerprints_that_its_finding_may_have() -> None:
    loaded = contract()
    pointer = next(iter(loaded.operations)).pointer
    there = replace(A, value=1, where=places.location(loaded, operation=None, part="p", pointer=pointer))
    by_pointer, by_way = (replace(PLACED, at=at, value=1) for at in (pointer, there.where.way))

    assert there.fingerprint in fingerprints(by_pointer, loaded) & fingerprints(by_way, loaded)
    assert fingerprints(replace(PLACED, at="/not/there/5"), loaded)
    assert fingerprints(ACCEPTED, loaded) == {A.fingerprint}


# --- What is accepted of sources, and not of a server -----------------------------------------------------------------


def contract(*waivers: Waiver) -> Contract:
    loaded = load.plain(Path(__file__).parents[2] / "specs" / "intuned")
    return replace(loaded, waivers=waivers)


OF_SOURCES = replace(ACCEPTED, in_sources=True)


def test_a_waiver_of_sources_is_none_of_a_server_that_does_what_a_source_says() -> None:
    run = of_run(Record(findings=(A,), drift=(A,)), contract(OF_SOURCES), DAY)

    assert run == Waived(kept=(A,), waived=(), expired=(), unmatched=())
    assert general(contract(OF_SOURCES, UNMATCHED)) == (UNMATCHED,)


def test_a_waiver_of_sources_is_idle_only_where_sources_were_compared() -> None:
    records = (Record(findings=(B,)), Record(findings=(B,), drift=()), Record(findings=(B,), drift=(A,)))
    runs = [of_run(record, contract(OF_SOURCES), DAY) for record in records]

    assert [(run.waived, run.unmatched) for run in runs] == [((), ()), ((), (OF_SOURCES,)), (((A, OF_SOURCES),), ())]


def test_a_waiver_of_sources_that_has_expired_is_named_where_sources_were_compared() -> None:
    expired = replace(EXPIRED, in_sources=True)
    runs = [of_run(record, contract(expired), DAY) for record in (Record(), Record(drift=(B,)))]

    assert [(run.kept, run.expired) for run in runs] == [((), ()), ((B,), (expired,))]


def test_any_other_waiver_accepts_its_finding_wherever_it_is() -> None:
    by_server, by_source = (Record(findings=(A,), drift=()), Record(findings=(), drift=(A,)))
    runs = [of_run(record, contract(ACCEPTED), DAY) for record in (by_server, by_source)]

    assert [(run.kept, run.waived, run.unmatched) for run in runs] == [((), ((A, ACCEPTED),), ())] * 2


def test_what_the_run_has_found_by_itself_is_said_once() -> None:
    run = of_run(Record(findings=(A,), drift=(A, B)), contract(ACCEPTED), DAY)

    assert (run.kept, run.waived) == ((B,), ((A, ACCEPTED),))

"""Records of many tests become one, in whatever order and grouping they arrive; nothing is lost on the way as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.findings import (
    Exchange,
    Finding,
    Intent,
    Json,
    Level,
    Location,
    Party,
    Request,
    Response,
    Verdict,
    Witness,
)
from specwitness.record import Aspect, Record, Sight, merged, rank, rounded

# Few values, so that findings and sights of different records are often the same ones.
few = st.sampled_from(["", "a", "b"])
exchanges = st.builds(
    Exchange, st.builds(Request, st.just("GET"), few), st.builds(Response, st.just(200), body=st.binary(max_size=2))
)
witnesses = st.builds(
    Witness, st.lists(exchanges, max_size=2).map(tuple), st.sampled_from(Party), st.sampled_from(Party), few
)


def _finding(witness: Witness | None, **fields: Json) -> Finding:
    return Finding(verdict=Verdict.BROKEN if witness else Verdict.UNDECIDED, witness=witness, **fields)


findings = st.builds(
    _finding,
    st.none() | witnesses,
    rule=few,
    level=st.sampled_from(Level),
    where=st.builds(Location, st.just("api"), few, few, st.just("/x")),
    message=few,
    source=few,
    operations=st.sets(few, max_size=2).map(lambda names: tuple(sorted(names))),
    seen=st.integers(1, 3),
)
sights = st.builds(Sight, few, st.sampled_from(Aspect), few, few)
records = st.builds(
    Record,
    st.lists(findings, max_size=3).map(tuple),
    st.dictionaries(
        st.tuples(few, st.sampled_from([200, 404]), st.sampled_from(Intent)), st.integers(1, 3), max_size=2
    ),
    st.dictionaries(st.tuples(few, st.integers(1, 3)), st.integers(1, 3), max_size=2),
    st.dictionaries(sights, st.integers(1, 3), max_size=2),
    st.integers(0, 3),
    st.lists(few, max_size=2).map(tuple),
    st.lists(few, max_size=2).map(tuple),
    st.none() | st.lists(findings, max_size=2).map(tuple),
    st.lists(few, max_size=2).map(tuple),
)

EXCHANGE = Exchange(Request("GET", "http://a.org/"), Response(200))
WITNESS = Witness((EXCHANGE,), Party.SERVER, Party.CONTRACT, "no")
PLAIN = Finding("rule", Level.BREAKING, Verdict.UNDECIDED, Location("api", None, "p", "/x"), "m", "s")
PROVEN = replace(PLAIN, verdict=Verdict.BROKEN, witness=WITNESS)


@given(st.lists(records, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(parts: list[Record], random: Json) -> None:
    shuffled = list(parts)
    random.shuffle(shuffled)

    assert merged(shuffled) == merged(parts)


@given(records, records, records)
def test_what_was_merged_before_does_not_matter(one: Record, two: Record, three: Record) -> None:
    together = merged([one, two, three])

    assert merged([merged([one, two]), three]) == together
    assert merged([one, merged([two, three])]) == together


sightings = st.builds(
    replace,
    st.sampled_from([PLAIN, PROVEN]),
    where=st.builds(replace, st.just(PLAIN.where), line=st.none() | st.integers(1, 2)),
    source=few,
    operations=st.sets(few, max_size=2).map(lambda names: tuple(sorted(names))),
    seen=st.integers(1, 3),
)


@given(sightings, sightings, sightings)
def test_sightings_of_one_finding_join_in_any_grouping(one: Finding, two: Finding, three: Finding) -> None:
    assert one.joined_with(two).joined_with(three) == one.joined_with(two.joined_with(three))


@given(st.lists(records, max_size=3))
def test_a_merged_record_is_in_its_final_form(parts: list[Record]) -> None:
    assert merged([merged(parts)]) == merged(parts)
    assert merged([merged(parts), Record()]) == merged(parts)


@given(records)
def test_a_record_that_arrives_twice_adds_counts_and_nothing_else(record: Record) -> None:
    once, twice = merged([record]), merged([record, record])

    assert [finding.fingerprint for finding in twice.findings] == [finding.fingerprint for finding in once.findings]
    assert [finding.operations for finding in twice.findings] == [finding.operations for finding in once.findings]
    assert (twice.reasons, twice.problems) == (once.reasons, once.problems)
    assert (twice.requests, twice.answers, twice.times, twice.sights, [finding.seen for finding in twice.findings]) == (
        2 * once.requests,
        {key: 2 * count for key, count in once.answers.items()},
        {key: 2 * count for key, count in once.times.items()},
        {key: 2 * count for key, count in once.sights.items()},
        [2 * finding.seen for finding in once.findings],
    )


@pytest.mark.parametrize(
    ("seconds", "microseconds"), [(0.0, 0), (0.0012345, 1200), (0.1, 100_000), (12.6789, 13_000_000)]
)
def test_a_time_is_kept_to_two_digits(seconds: float, microseconds: int) -> None:
    assert rounded(seconds) == microseconds


def test_nothing_merged_is_an_empty_record() -> None:
    assert merged([]) == Record()


@given(records)
def test_a_record_survives_json(record: Record) -> None:
    assert Record.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_a_record_is_readable_json() -> None:
    record = Record(
        findings=(PLAIN,),
        answers={("readPet", 200, Intent.VALID): 2},
        times={("readPet", 1300): 2},
        sights={Sight("readPet", Aspect.VALUE, "200 /kind", "dog"): 1},
        requests=2,
        reasons=("the target slept",),
        problems=("a check raised",),
        drift=(PROVEN,),
        notes=("the server describes nothing",),
    )

    assert record.to_json() == {
        "findings": [PLAIN.to_json()],
        "answers": [["readPet", 200, "valid", 2]],
        "times": [["readPet", 1300, 2]],
        "sights": [["readPet", "value", "200 /kind", "dog", 1]],
        "requests": 2,
        "reasons": ["the target slept"],
        "problems": ["a check raised"],
        "drift": [PROVEN.to_json()],
        "notes": ["the server describes nothing"],
    }


def test_what_sources_say_is_kept_apart_from_what_a_server_does() -> None:
    said, done = Record(drift=(PROVEN,)), Record(findings=(PROVEN,))

    assert merged([said, done, said]) == Record(findings=(PROVEN,), drift=(replace(PROVEN, seen=2),))
    assert (merged([done]).drift, merged([done, Record(drift=())]).drift) == (None, ())


IN_ORDER = [
    PROVEN,
    replace(PLAIN, operations=("a", "b"), rule="z"),
    replace(PLAIN, operations=("a",), rule="b"),
    replace(PLAIN, operations=("a",), rule="c"),
    replace(PROVEN, level=Level.WARNING, rule="a"),
    replace(PLAIN, level=Level.WARNING, rule="a"),
    replace(PROVEN, level=Level.INFO, rule="a"),
]


@given(st.permutations(IN_ORDER))
def test_findings_are_ranked_by_level_then_proof_then_spread_then_rule(arrived: list[Finding]) -> None:
    assert sorted(arrived, key=rank) == IN_ORDER


@pytest.mark.parametrize("value", ["v", 1, None])
def test_equals_have_a_stable_order(value: Json) -> None:
    one, other = replace(PLAIN, value=value), replace(PLAIN, value="other")

    assert sorted([one, other], key=rank) == sorted([other, one], key=rank)


@given(st.lists(records, max_size=3))
def test_a_merged_record_is_ranked(parts: list[Record]) -> None:
    record = merged(parts)

    assert list(record.findings) == sorted(record.findings, key=rank)
    assert list(record.answers) == sorted(record.answers)
    assert list(record.sights) == sorted(record.sights)

"""The shared types survive JSON, a finding's identity survives its wording, and a witness can be sent again."""

import json
import shlex
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

text = st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
headers = st.lists(st.tuples(text, text), max_size=2).map(tuple)
requests = st.builds(Request, text, text, headers, st.none() | st.binary(max_size=20) | st.just(b""))
responses = st.builds(Response, st.integers(100, 599), headers, st.binary(max_size=20), st.floats(0, 9))
exchanges = st.builds(
    Exchange,
    requests,
    st.none() | responses,
    st.none() | text,
    st.dictionaries(text, text, max_size=2),
    st.sampled_from(Intent),
    st.none() | text,
)
locations = st.builds(
    Location, text, st.none() | text, text, text, st.none() | text, st.none() | st.integers(min_value=1)
)
witnesses = st.builds(
    Witness, st.lists(exchanges, max_size=2).map(tuple), st.sampled_from(Party), st.sampled_from(Party), text
)


def _finding(witness: Witness | None, **fields: Json) -> Finding:
    return Finding(verdict=Verdict.BROKEN if witness else Verdict.UNDECIDED, witness=witness, **fields)


findings = st.builds(
    _finding,
    st.none() | witnesses,
    rule=text,
    level=st.sampled_from(Level),
    where=locations,
    message=text,
    source=text,
    value=json_values,
    operations=st.lists(text, max_size=3, unique=True).map(lambda names: tuple(sorted(names))),
    seen=st.integers(1, 9),
)
PLACE = Location("api", "read", "response 200", "/paths/x", "openapi.yaml", 7)
EXCHANGE = Exchange(Request("GET", "http://a.org/"), Response(200, body=b"{}"), "read")
FINDING = Finding("rule", Level.BREAKING, Verdict.UNDECIDED, PLACE, "message", "source", "v", operations=("read",))


def through_json(value: Json) -> Json:
    return json.loads(json.dumps(value))


@given(findings)
def test_a_finding_survives_json_and_keeps_its_identity(finding: Finding) -> None:
    back = Finding.from_json(through_json(finding.to_json()))
    assert (back, back.fingerprint) == (finding, finding.fingerprint)


def test_the_identity_is_contract_rule_place_and_value_and_never_changes() -> None:
    assert FINDING.fingerprint == "40cadebabe19"
    others = [
        replace(FINDING, rule="other"),
        replace(FINDING, value="w"),
        replace(FINDING, where=replace(PLACE, contract="other")),
        replace(FINDING, where=replace(PLACE, pointer="/paths/y")),
    ]
    assert len({FINDING.fingerprint, *(other.fingerprint for other in others)}) == 5


def test_wording_level_line_and_witness_are_no_part_of_the_identity() -> None:
    witness = Witness((EXCHANGE,), Party.SERVER, Party.CONTRACT, "no")
    same = [
        replace(FINDING, message="better", source="elsewhere", level=Level.INFO, seen=9),
        replace(FINDING, where=replace(PLACE, operation=None, part="p", file="moved.yaml", line=99)),
        replace(FINDING, verdict=Verdict.BROKEN, witness=witness),
    ]
    assert {other.fingerprint for other in same} == {FINDING.fingerprint}


@given(findings, findings)
def test_joining_does_not_depend_on_the_order(first: Finding, second: Finding) -> None:
    one, other = first.joined_with(second), second.joined_with(first)
    assert one == other
    assert one.seen == first.seen + second.seen
    assert (one.witness is None) == (first.witness is None and second.witness is None)


def test_joining_keeps_the_smaller_witness_and_all_operations() -> None:
    small = replace(FINDING, verdict=Verdict.BROKEN, witness=Witness((EXCHANGE,), Party.SERVER, Party.CONTRACT, "no"))
    large = replace(
        small, operations=("list",), witness=Witness((EXCHANGE, EXCHANGE), Party.SERVER, Party.CONTRACT, "no")
    )
    joined = large.joined_with(small)
    assert (joined.witness, joined.operations, joined.seen) == (small.witness, ("list", "read"), 2)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_witness_is_present_exactly_when_the_verdict_is_broken(verdict: Verdict) -> None:
    witness = Witness((), Party.OLD, Party.NEW, "no")
    wrong = None if verdict is Verdict.BROKEN else witness
    with pytest.raises(ValueError, match="present exactly when"):
        replace(FINDING, verdict=verdict, witness=wrong)


def test_a_witness_is_replayed_line_by_line() -> None:
    witness = Witness((EXCHANGE, EXCHANGE), Party.SERVER, Party.CONTRACT, "no")
    assert witness.replay == "curl -i http://a.org/\ncurl -i http://a.org/"
    assert witness.size == (2, 2 * len("http://a.org/{}"))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("GET", "http://a/"), ["http://a/"]),
        (Request("HEAD", "http://a/"), ["--head", "http://a/"]),
        (Request("POST", "http://a/?x=1&y='", (("X-A", "b c"),), b'{"a": 1}'), ["-X", "POST", "-H", "X-A: b c"]),
        (Request("GET", "http://a/", (("Host", "a"), ("x-api-key", ""))), ["-H", "x-api-key;"]),
        (Request("GET", "http://a/", (), b""), ["-X", "GET", "--data-binary", ""]),
    ],
)
def test_a_request_is_a_command_for_a_shell(request_: Request, words: list[str]) -> None:
    command = shlex.split(request_.as_curl())
    assert command[:2] == ["curl", "-i"]
    assert command[2 : 2 + len(words)] == words
    assert command[-1] == request_.url


def test_a_header_is_found_in_any_case_and_several_are_joined() -> None:
    response = Response(200, (("Allow", "GET"), ("allow", "PUT"), ("Content-Type", "Text/HTML; charset=x")))
    assert (response.header("ALLOW"), response.header("ETag"), response.media_type) == ("GET, PUT", None, "text/html")
    assert Response(200).media_type is None


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a": 1}', {"a": 1}), (b"", None), (b"{", None), (b"[" * 99_999, None), (b"\xff", None)]
)
def test_a_body_is_json_or_nothing(body: bytes, value: Json) -> None:
    assert (Response(200, body=body).json(), Request("POST", "u", (), body).json()) == (value, value)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (PLACE, "read response 200 (openapi.yaml:7)"),
        (replace(PLACE, line=None), "read response 200 (openapi.yaml)"),
        (replace(PLACE, file=None, operation=None), "response 200"),
    ],
)
def test_a_place_is_worded_for_a_person(place: Location, words: str) -> None:
    assert str(place) == words


def test_some_intents_carry_no_access() -> None:
    assert {intent.value for intent in Intent if intent.without_access} == {
        "no-credentials",
        "empty-credentials",
        "wrong-credentials",
    }

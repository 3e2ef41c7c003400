"""How a hand-written check is declared: its name is the rule, and its standing says how much a violation weighs."""

import pytest

from specwitness import Api, Exchange, Level, Refusal, Request, Response, Trace, check, trace_check, workflow
from specwitness.contract.checking import Check, Standing


@check("read", status=(200, 404), source="the page", standing="implied")
def body_is_small(exchange: Exchange) -> list[Refusal]:
    """The body is small."""
    return [Refusal("", "too large")] if exchange.response and len(exchange.response.body) > 1 else []


@trace_check(source="the page")
def traces_are_short(trace: Trace) -> list[Refusal]:
    """A trace is short."""
    return [Refusal("", "too long", trace=trace)] if len(trace) > 1 else []


@workflow
def read_it_twice(api: Api) -> None:
    """Read the same thing twice."""
    api.call("read", id="1")
    api.call("read", id="1")


def answered(operation: str | None = "read", status: int = 200, body: bytes = b"") -> Exchange:
    return Exchange(Request("GET", "http://a/"), Response(status, body=body), operation)


def test_a_check_is_named_after_its_function_and_stays_callable() -> None:
    assert (body_is_small.rule, body_is_small.source, body_is_small.over_trace) == ("body-is-small", "the page", False)
    assert (traces_are_short.rule, traces_are_short.over_trace) == ("traces-are-short", True)
    assert list(body_is_small(answered(body=b"12"))) == [Refusal("", "too large")]
    assert list(traces_are_short((answered(),))) == []
    assert read_it_twice.name == "read-it-twice"


@pytest.mark.parametrize(
    ("exchange", "own", "any_"),
    [
        (answered(), True, True),
        (answered(status=404), True, True),
        (answered(status=500), False, True),
        (answered("other"), False, True),
        (answered(None), False, True),
        (Exchange(Request("GET", "http://a/"), None, "read"), False, False),
    ],
)
def test_a_check_is_asked_about_its_operations_and_statuses(exchange: Exchange, own: bool, any_: bool) -> None:
    assert (body_is_small.applies_to(exchange), traces_are_short.applies_to(exchange)) == (own, any_)


def test_what_is_documented_breaks_and_what_is_implied_warns() -> None:
    levels = [item.standing.level for item in (traces_are_short, body_is_small)]
    assert levels == [Level.BREAKING, Level.WARNING]
    with pytest.raises(ValueError, match="assumed"):
        check(source="s", standing="assumed")(lambda _: [])
    assert isinstance(traces_are_short, Check)
    assert traces_are_short.standing is Standing.DOCUMENTED

"""How a session insists on an answer, looks twice at what is wrong, and when it gives an operation up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from specwitness.findings import Finding, Intent
from specwitness.record import Record
from specwitness.runner import phases, preflight, transport
from specwitness.runner.session import MAX_POLLS, MAX_REFUSALS, WorkflowApi, if_it_succeeds

Told = Callable[[Record], list[tuple[str, str]]]

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /pets/{petId}:
    get:
      operationId: readPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: &answers
        '200':
          description: d
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: string}, state: {type: string}}}
        '404': {description: d}
  /pets:
    get: {operationId: listPets, responses: *answers}
    post: {operationId: makePet, responses: *answers}
"""
LIFECYCLE = """
resources:
  pet: {id: petId, shows: {readPet: /state}, initial: new, states: {new: [old], old: []}}
"""
REX = {"name": "Rex"}


def in_turn(*answers: Any) -> Callable[[Any], Any]:
    """Answer with one after the other, again and again."""
    turns = itertools.cycle(answers)
    return lambda _: next(turns)


def once(session: Any, operation: Any) -> None:
    with phases.ending_on_silence(session, operation):
        session.call(operation, {"petId": "rex"} if operation.path_parameters else {})


def thrice(session: Any, operation: Any) -> None:
    for _ in range(3):
        once(session, operation)


def the(record: Record, rule: str) -> Finding:
    (found,) = (one for one in record.findings if one.rule == rule)
    return found


# --- What is seen once of two times ---------------------------------------------------------------------------------


def test_what_a_repeated_read_shows_again_is_found_and_not_called_flaky(bench: Any, told: Told) -> None:
    with bench(OPENAPI, in_turn((200, {}))) as one:
        record = one.run(once, "readPet")

        assert (told(record), len(one.server.heard)) == ([("response-required", "breaking")], 2)


def test_what_a_repeated_read_does_not_show_again_stays_and_is_called_flaky(bench: Any, told: Told) -> None:
    with bench(OPENAPI, in_turn((200, {}), (200, REX))) as one:
        record = one.run(once, "readPet")

    assert told(record) == [("response-required", "breaking"), ("flaky-answer", "warning")]
    seen, flaky = the(record, "response-required"), the(record, "flaky-answer")
    assert (flaky.value, flaky.where, flaky.witness) == (seen.fingerprint, seen.where, None)
    words = "was seen in the first of two requests alike, not in the second: curl -i"
    assert flaky.message.startswith(f"GET: response-required ({seen.fingerprint}) {words}")


def test_a_failure_that_passes_is_flaky_too(bench: Any, told: Told) -> None:
    with bench(OPENAPI, in_turn((500, None), (200, REX))) as one:
        assert told(one.run(once, "readPet")) == [("server-error", "breaking"), ("flaky-answer", "warning")]


def test_each_thing_is_looked_at_twice_once_in_a_test(bench: Any) -> None:
    with bench(OPENAPI, in_turn((200, {}))) as one:
        for _ in range(2):
            one.run(thrice, "readPet")
            assert len(one.server.heard) == 4


def test_a_write_is_not_repeated(bench: Any, told: Told) -> None:
    with bench(OPENAPI, in_turn((200, {}), (200, REX))) as one:
        assert told(one.run(once, "makePet")) == [("response-required", "breaking")]
        assert one.server.lines == ["POST /pets"]


def test_what_has_moved_on_between_two_reads_is_not_flaky(bench: Any, told: Told) -> None:
    answers = in_turn((200, {"state": "new"}), (200, {**REX, "state": "old"}))
    with bench(OPENAPI, answers, lifecycle=LIFECYCLE) as one:
        assert told(one.run(once, "readPet")) == [("response-required", "breaking")]


# --- What does not answer -------------------------------------------------------------------------------------------


def test_an_answer_to_the_repeated_request_makes_the_silence_flaky(bench: Any, told: Told) -> None:
    with bench(OPENAPI, in_turn("close", (200, REX))) as one:
        assert told(one.run(once, "readPet")) == [("flaky-response", "warning")]


def test_an_operation_that_hangs_is_asked_twice_in_a_whole_run_and_found_in_each_test(bench: Any, told: Told) -> None:
    def answer(heard: Any) -> Any:
        return "hang" if heard.target == "/pets/rex" else (200, REX)

    with bench(OPENAPI, answer, target={"patience": 0.2}) as one:
        started = time.monotonic()
        first, second = one.run(once, "readPet"), one.run(once, "readPet")
        assert time.monotonic() - started < 2
        assert one.server.heard == []
        assert told(first) == told(second) == [("no-response", "breaking")]
        assert second.reasons == (
            "GET /pets/{petId} was given up: no answer came in time. Make it answer, or leave it out with --operation",
        )
        assert told(one.run(once, "listPets")) == []


def test_an_operation_that_is_slow_at_each_first_try_does_not_hold_a_run_for_ever(bench: Any) -> None:
    with bench(OPENAPI, in_turn("hang", (200, REX)), target={"patience": 0.2}) as one:
        for _ in range(5):
            one.run(thrice, "readPet")
        assert one.server.heard == []


def test_a_connection_that_breaks_at_once_is_tried_again_in_the_next_test(bench: Any, told: Told) -> None:
    def answer(heard: Any) -> Any:
        return "reset" if heard.target == "/pets/rex" else (200, REX)

    with bench(OPENAPI, answer) as one:
        for _ in range(2):
            assert told(one.run(thrice, "readPet")) == [("no-response", "breaking")]
            assert one.server.lines.count("GET /pets/rex") >= 2


def test_a_read_that_is_repeated_and_not_answered_then_is_found_as_such(bench: Any, told: Told) -> None:
    turns: Iterator[Any] = itertools.chain([(200, {})], itertools.repeat("close"))
    with bench(OPENAPI, lambda heard: (404, None) if heard.method == "HEAD" else next(turns)) as one:
        assert told(one.run(once, "readPet")) == [("no-response", "breaking"), ("response-required", "breaking")]


def test_a_server_in_which_everything_hangs_is_for_the_tests_to_report(bench: Any, told: Told) -> None:
    def answer(heard: Any) -> Any:
        return (404, None) if heard.method == "HEAD" else "hang"

    with bench(OPENAPI, answer, target={"patience": 0.2}, petId=("rex",)) as one:
        assert preflight.why_not(one.session, one.session.contract.operations) is None
        assert told(one.run(phases.states, "listPets")) == [("no-response", "breaking")]


# --- What is more than is read --------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_said_to_be_unjudged_and_not_to_be_wrong(
    bench: Any, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 1000)
    with bench(OPENAPI, in_turn((200, {"name": "x" * 2000}))) as one:
        record = one.run(once, "readPet")

    assert told(record) == [("body-too-large-to-judge", "warning")]
    message = the(record, "body-too-large-to-judge").message
    assert message.startswith(
        "GET /pets/{petId}: the body is larger than 4 MiB, twice; nothing of it was judged: curl -i"
    )
    assert record.answers == {}


# --- Connections ----------------------------------------------------------------------------------------------------


def test_a_server_that_resets_every_second_request_of_a_connection_is_seen(bench: Any, told: Told) -> None:
    """The first reset may be of a connection that was not used; from then on each request has one of its own."""
    with bench(OPENAPI, in_turn((200, REX), "reset")) as one:
        for _ in range(2):
            record = one.run(thrice, "readPet")

    assert told(record) == [("flaky-response", "warning")]


def test_a_server_that_closes_each_connection_without_a_word_is_not_blamed(bench: Any, told: Told) -> None:
    seen: set[int] = set()

    def answer(heard: Any) -> Any:
        if heard.connection in seen:
            return "close"
        seen.add(heard.connection)
        return 200, REX

    with bench(OPENAPI, answer) as one:
        assert [told(one.run(thrice, "readPet")) for _ in range(2)] == [[], []]


def test_a_header_can_be_sent_twice_and_a_method_that_is_not_documented(bench: Any) -> None:
    lines = (("X-Key", "a"), ("X-Key", "b"))
    with bench(OPENAPI, in_turn((405, None))) as one:
        operation = one.operation("readPet")
        exchange = one.session.alone(
            "PUT", operation, {"petId": "rex"}, access={"params": {"k": "v"}, "cookies": {"c": "d"}}, lines=lines
        )
        (heard,) = one.server.heard

    assert (heard.method, heard.target, heard.values("X-Key")) == ("PUT", "/pets/rex?k=v", ["a", "b"])
    assert heard.values("Cookie") == ["c=d"]
    assert (exchange.intent, exchange.request.url) == (Intent.PROBE, f"{one.server.url}/pets/rex?k=v")


# --- Claims ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "intent"), [(200, Intent.GENERATED), (302, Intent.PROBE), (404, Intent.PROBE)])
def test_only_a_success_may_be_asked_for_more_than_holds_of_everything(status: int, intent: Intent) -> None:
    assert if_it_succeeds(status) is intent


def test_a_poll_does_not_ask_for_ever(bench: Any) -> None:
    with bench(OPENAPI, in_turn((200, REX)), target={"embedded": True}) as one:
        WorkflowApi(one.session).poll("readPet", until=lambda _: False, petId="rex")
        assert len(one.server.heard) == MAX_POLLS


def test_a_poll_ends_soon_where_nothing_but_errors_come(bench: Any) -> None:
    answers = [(404, None), (200, REX), *[(404, None)] * 50]
    with bench(OPENAPI, in_turn(*answers), target={"embedded": True}) as one:
        WorkflowApi(one.session).poll("readPet", until=lambda _: False, petId="rex")
        assert len(one.server.heard) == 2 + MAX_REFUSALS

"""What is asked for by ids that few clients send, and by ids like the known ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from specwitness.record import Record
from specwitness.runner import ids, phases

Told = Callable[[Record], list[tuple[str, str]]]

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /shops/{shopId}/pets/{petId}:
    parameters:
    - {name: shopId, in: path, required: true, schema: {type: string}}
    - {name: petId, in: path, required: true, schema: {type: string}}
    get:
      operationId: readPet
      responses: &answers
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [mood]
                properties: {mood: {enum: [happy, sad, very-cross]}, why: {type: string}}
        '404':
          description: d
          content: {application/json: {schema: {type: object, required: [detail]}}}
    delete: {operationId: dropPet, responses: *answers}
  /coded/{code}:
    get:
      operationId: readCode
      parameters: [{name: code, in: path, required: true, schema: {type: string, pattern: '^[a-z/]+$'}}]
      responses: *answers
  /coded/{code}/{part}:
    get:
      operationId: readPart
      parameters:
      - {name: code, in: path, required: true, schema: {type: string}}
      - {name: part, in: path, required: true, schema: {type: string}}
      responses: *answers
"""
IDS = {"shopId": ("s1",), "petId": ("rex",), "code": ("abc",), "part": ("p",)}
HAPPY = {"mood": "happy", "why": "rain"}


NOBODYS = {"detail": "there is no such shop"}


def known(answer: Any) -> Callable[[Any], Any]:
    """Answer so for the shops that there are."""
    return lambda heard: (404, NOBODYS) if heard.target.startswith("/shops/missing-") else answer


def asked(one: Any) -> list[str]:
    return [unquote(heard.target.rpartition("/")[2]) for heard in one.server.heard]


def test_unusual_ids_arrive_as_they_are_meant_and_each_other_parameter_is_unknown_once(bench: Any) -> None:
    with bench(OPENAPI, known((200, HAPPY)), **IDS) as one:
        one.run(ids.unusual, "readPet")
        *unusual, last = one.server.lines

    assert [unquote(line.removeprefix("GET /shops/s1/pets/")) for line in unusual] == list(ids.UNUSUAL)
    assert all("/" not in line.removeprefix("GET /shops/s1/pets/") for line in unusual)
    assert last.startswith("GET /shops/missing-")
    assert last.endswith("/pets/rex")


def test_only_what_the_schema_allows_and_what_is_safe_is_asked_for(bench: Any) -> None:
    with bench(OPENAPI, lambda _: (200, HAPPY), **IDS) as one:
        one.run(ids.unusual, "readCode")
        assert asked(one) == ["x" * ids.LONG, "a/b"]
        one.run(ids.unusual, "dropPet")
        assert one.server.heard == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ((400, {"page": "of a gateway"}), []),
        ((404, {"page": "of a router"}), []),
        ((414, None), []),
        ((404, {"detail": "there is no such pet"}), []),
        ((200, HAPPY), []),
        ((200, {"mood": "lost"}), [("response-enum", "breaking")]),
        ((500, None), [("server-error", "breaking")]),
    ],
)
def test_what_refuses_an_unusual_id_may_do_so_in_its_own_words(
    bench: Any, told: Told, answer: Any, found: list[tuple[str, str]]
) -> None:
    with bench(OPENAPI, known(answer), **IDS) as one:
        assert told(one.run(ids.unusual, "readPet")) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ((200, HAPPY), [("unknown-id-accepted", "breaking")]),
        ((400, {"page": "of a gateway"}), []),
        ((403, {"detail": "not your shop"}), []),
    ],
)
def test_what_is_under_an_id_that_nobody_has_is_not_shown(bench: Any, told: Told, answer: Any, found: Any) -> None:
    with bench(OPENAPI, lambda _: answer, **IDS) as one:
        assert told(one.run(ids.unusual, "readPet")) == found


def test_nothing_is_claimed_of_a_slash_that_leads_to_another_operation(bench: Any, told: Told) -> None:
    def answer(heard: Any) -> Any:
        return known((200, {}) if heard.target.endswith("%2Fb") else (200, HAPPY))(heard)

    with bench(OPENAPI, answer, **IDS) as one:
        assert told(one.run(ids.unusual, "readCode")) == []
        assert told(one.run(ids.unusual, "readPet")) == [("response-required", "breaking")]


# --- Ids like the known ones ----------------------------------------------------------------------------------------


def by_word(heard: Any) -> Any:
    """A server that maps words in ids to states."""
    name = heard.target.rpartition("/")[2]
    mood = next((mood for mood in ("happy", "sad", "very-cross") if mood in name), None)
    return (404, {"detail": name}) if mood is None else (200, {"mood": mood})


def test_what_is_documented_and_unseen_is_looked_for_by_ids_like_the_known_ones(bench: Any) -> None:
    with bench(OPENAPI, by_word, shopId=("s1",), petId=("a-happy-pet",)) as one:
        record = one.run(phases.states, "readPet")
        found = asked(one)

    assert found[6:8] == ["a-sad-pet", "a-very-cross-pet"]
    assert len(found) <= 6 + 2 + one.session.profile.guesses
    assert not any(reason for reason in record.reasons)


def test_it_ends_as_soon_as_everything_was_seen(bench: Any) -> None:
    def answer(heard: Any) -> Any:
        status, body = by_word(heard)
        return status, {**HAPPY, **body} if status == 200 else body

    with bench(OPENAPI, answer, shopId=("s1",), petId=("a-happy-pet",)) as one:
        one.run(phases.states, "readPet")
        assert asked(one)[6:] == ["a-sad-pet", "a-very-cross-pet"]


def test_it_ends_when_nothing_new_is_shown(bench: Any, told: Told) -> None:
    with bench(OPENAPI, lambda _: (200, HAPPY), shopId=("s1",), petId=("rex",)) as one:
        assert told(one.run(phases.states, "readPet")) == []
        assert len(one.server.heard) == 6 + one.session.profile.guesses


def test_ids_are_not_guessed_elsewhere_than_on_this_machine(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench(OPENAPI, lambda _: (200, HAPPY), shopId=("s1",), petId=("rex",)) as one:
        monkeypatch.setattr("specwitness.runner.target.is_loopback", lambda _: False)
        one.run(phases.states, "readPet")
        assert len(one.server.heard) == 6


def test_what_a_guessed_id_shows_is_judged_and_its_absence_is_not(bench: Any, told: Told) -> None:
    def answer(heard: Any) -> Any:
        if heard.target.endswith("/rex") or "?" in heard.target:
            return 200, HAPPY
        return (200, {"mood": "lost"}) if heard.target.endswith("rex-2") else (403, {"no": "entry"})

    with bench(OPENAPI, answer, shopId=("s1",), petId=("rex",)) as one:
        record = one.run(phases.states, "readPet")
        assert told(record) == [("response-enum", "breaking")]
        assert {status for _, status, _ in record.answers} == {200}

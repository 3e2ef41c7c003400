"""No door is left untried, and who opens one is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from specwitness.record import Record
from specwitness.runner import access
from specwitness.runner.target import in_percents, near_misses

Told = Callable[[Record], list[tuple[str, str]]]

KEY = "a-good-key"
OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{key: []}]
paths:
  /jobs/{jobId}:
    get:
      operationId: readJob
      parameters:
      - {name: jobId, in: path, required: true, schema: {type: string}}
      - {name: page, in: query, schema: {type: integer}}
      responses: &answers
        '200': {description: d}
        '400':
          description: d
          content: {application/json: {schema: {type: object, required: [why]}}}
        '401': {description: d}
        '404': {description: d}
  /jobs:
    post:
      operationId: makeJob
      requestBody:
        content: {application/json: {schema: {type: object, required: [n], properties: {n: {const: 1}}}}}
      responses: *answers
  /health:
    get: {operationId: health, security: [], responses: {'200': {description: d}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
"""
IDS = {"jobId": ("j1", "j2")}
BAD = {"why": "the page is no number"}


def strict(heard: Any) -> Any:
    """Let in who has the key and nothing else."""
    if heard.values("X-Key") != [KEY]:
        return 401, None
    if heard.method not in {"GET", "HEAD"}:
        return 405, None
    return (400, BAD) if is_bad(heard) else (200, None)


def is_bad(heard: Any) -> bool:
    page = heard.target.partition("page=")[2]
    return bool(page) and not page.isdigit()


def test_nobody_is_blamed_who_lets_in_the_key_alone(bench: Any, told: Told) -> None:
    with bench(OPENAPI, strict, **IDS) as one:
        assert told(one.run(access.credentials, "readJob")) == []


def test_no_door_is_left_untried(bench: Any) -> None:
    """No, an empty, a wrong, a nearly right, a disguised and a misplaced credential; and none for each resource."""
    with bench(OPENAPI, strict, **IDS) as one:
        one.run(access.credentials, "readJob")
        tried = [(heard.method, tuple(heard.values("X-Key"))) for heard in one.server.heard]
        targets = one.server.lines

    keys = {keys for _, keys in tried}
    nearly = [*near_misses(KEY), in_percents(KEY), f"a,{KEY},b", f"Bearer {KEY}"]
    assert keys >= {(), ("",), *((near,) for near in nearly)}
    wrong = next(key for pair in keys if len(pair) == 2 for key in pair if key != KEY)
    assert keys >= {(KEY, wrong), (wrong, KEY), (wrong,)}
    assert (("HEAD", ()) in tried, ("PUT", ()) in tried) == (True, True)
    assert f"GET /jobs/j1?X-Key={KEY}" in targets
    assert targets.count("GET /jobs/j2") == 1
    # The owner is let in once, and whoever asks next is not.
    owner = tried.index(("GET", (KEY,)))
    assert (tried.count(("GET", (KEY,))), tried[owner + 1]) == (1, ("GET", ()))
    assert one.server.heard[owner].connection == one.server.heard[owner + 1].connection


def test_a_write_without_a_valid_credential_is_otherwise_valid_but_for_one(bench: Any) -> None:
    with bench(OPENAPI, strict) as one:
        record = one.run(access.credentials, "makeJob")
        bodies = [heard.body for heard in one.server.heard]

    assert [body for body in bodies if body not in {b'{"n": 1}', b'{"n":1}'}] == [bodies[-1]]
    assert record.statuses("makeJob") == {401: len(bodies)}


def test_an_open_operation_is_not_asked_for_credentials(bench: Any) -> None:
    with bench(OPENAPI, strict) as one:
        one.run(access.credentials, "health")
        assert one.server.heard == []


def test_a_key_is_not_put_into_a_url_that_leaves_this_machine(bench: Any) -> None:
    elsewhere = {"base_url": "http://api.example.invalid", "patience": 0.1}
    with bench(OPENAPI, strict, target=elsewhere, **IDS) as one:
        found = list(access._wrong(one.session, one.operation("readJob")))
    assert {name for arguments in found for name in arguments} == {"headers"}
    assert not any("Authorization" in arguments["headers"] for arguments in found)


def let_in_where(opens: Callable[[Any, list[str]], bool]) -> Callable[[Any], Any]:
    def answer(heard: Any) -> Any:
        return (200, None) if opens(heard, heard.values("X-Key")) else strict(heard)

    return answer


OPEN = ("credentials-not-required", "breaking")
ODD = ("credential-in-another-form", "warning")


@pytest.mark.parametrize(
    ("opens", "found"),
    [
        (lambda _, keys: any(unquote(key) == KEY for key in keys), [OPEN, ODD]),
        (lambda _, keys: any(KEY in key.split(",") for key in keys), [OPEN, ODD]),
        (lambda _, keys: keys[:1] == [KEY], []),
        (lambda _, keys: keys[-1:] == [KEY], []),
        (lambda _, keys: KEY in keys, [ODD]),
        (lambda _, keys: keys == [f"Bearer {KEY}"], [ODD]),
        (lambda heard, keys: heard.method == "HEAD" and not keys, [OPEN]),
        (lambda heard, keys: heard.method == "PUT" and not keys, [("open-to-another-method", "warning")]),
        (lambda heard, keys: "/missing-" in heard.target and not keys, [OPEN]),
    ],
    ids=[
        "decoded",
        "among others",
        "first of two",
        "second of two",
        "any of two",
        "Bearer",
        "HEAD",
        "PUT",
        "unknown id",
    ],
)
def test_an_open_door_is_found(bench: Any, told: Told, opens: Any, found: list[tuple[str, str]]) -> None:
    with bench(OPENAPI, let_in_where(opens), **IDS) as one:
        record = one.run(access.credentials, "readJob")
    assert sorted(told(record), key=lambda pair: pair[1]) == found
    assert KEY not in str(record.to_json())


def test_who_remembers_the_owner_is_found(bench: Any, told: Told) -> None:
    remembered = set()

    def answer(heard: Any) -> Any:
        if heard.values("X-Key") == [KEY]:
            remembered.add(heard.target)
        return (200, None) if heard.target in remembered else strict(heard)

    with bench(OPENAPI, answer, **IDS) as one:
        assert told(one.run(access.credentials, "readJob")) == [OPEN]


# --- Strangers whose request is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (400, BAD, []),  # told as info, which is not asked for here
        (400, {"page": "of a gateway"}, []),
        (422, BAD, []),
        (404, None, []),
        (403, None, [("wrong-status-without-credentials", "breaking")]),
        (200, None, [OPEN]),
    ],
    ids=["in its own words", "in other words", "undocumented", "no such path", "forbidden", "let in"],
)
def test_an_invalid_request_without_a_credential_is_to_be_refused_for_that(
    bench: Any, told: Told, status: int, body: Any, found: list[tuple[str, str]]
) -> None:
    def answer(heard: Any) -> Any:
        return (status, body) if is_bad(heard) and not heard.values("X-Key") else strict(heard)

    with bench(OPENAPI, answer, **IDS) as one:
        assert told(one.run(access.credentials, "readJob")) == found

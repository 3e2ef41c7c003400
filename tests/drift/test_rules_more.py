"""What no schema can say, rule by rule: servers, headers, statuses, discriminators, callbacks, and the words of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.drift.test_rules import TODAY, contract, drift, rules

from specwitness.contract.schemas import Rejection
from specwitness.drift.comparing import compare
from specwitness.drift.pairing import paired
from specwitness.drift.rules.called import called_pairing
from specwitness.drift.words import plainly, sentence
from specwitness.findings import Level, Party, Response, Verdict

# --- Servers ----------------------------------------------------------------------------------------------------------


def variable(url: str, default: str, *enum: str) -> str:
    listed = f", enum: [{', '.join(enum)}]" if enum else ""
    return f"{{url: '{url}', variables: {{v: {{default: '{default}'{listed}}}}}}}"


SERVERS = [
    # A path that is lost, though others are not.
    (
        variable("https://a.example/{v}", "v1", "v1", "v2"),
        variable("https://a.example/{v}", "v2", "v2"),
        ["base-path-changed"],
    ),
    ("{url: 'https://a.example/v1'}, {url: 'https://b.example/test'}", "{url: /v1}", ["base-path-changed"]),
    (
        "{url: 'https://a.example/v1'}, {url: 'https://b.example/v1'}",
        "{url: 'https://a.example/v1'}",
        ["server-removed"],
    ),
    # Of a variable without an enum, the default is served, and what else is not known.
    (variable("https://a.example/{v}", "v1"), "url: 'https://a.example/v1'", ["server-removed"]),
    (variable("https://a.example/{v}", "v1"), "url: 'https://a.example/v2'", ["base-path-changed"]),
    ("url: 'https://a.example/v1'", variable("https://a.example/{v}", "v2"), ["server-added"]),
    ("url: 'https://a.example/api/v1'", variable("https://a.example/{v}", "api/v1"), ["server-added"]),
    ("url: 'https://a.example/api/v1'", variable("https://a.example/{v}", "v2"), ["base-path-changed"]),
    # Wherever the document is, it is served there too.
    ("url: 'https://a.example/v1'", "{url: 'https://a.example/v1'}, {url: /v2}", []),
    # The ports that are there anyway.
    ("url: 'https://a.example:443/v1'", "url: 'https://a.example/v1'", []),
    ("url: 'https://a.example'", "url: 'https://a.example:/'", []),
    ("url: 'http://a.example:80'", "url: 'HTTP://a.example'", []),
    (variable("https://a.example:{v}", "443", "'443'"), "url: 'https://a.example'", []),
    ("url: 'http://a.example:443'", "url: 'http://a.example'", ["server-removed"]),
    ("url: 'https://a.example:8443'", "url: 'https://a.example'", ["server-removed"]),
    # A variable that is empty.
    ("url: 'https://a.example'", variable("https://a.example/{v}", "", "''"), []),
]


@pytest.mark.parametrize(("old", "new", "expected"), SERVERS)
def test_each_path_that_was_served_is_looked_for(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    assert rules(drift(tmp_path, f"{{op: {{}}, servers: [{old}]}}", f"{{op: {{}}, servers: [{new}]}}")) == expected


def test_a_path_that_is_lost_is_named_and_shown(tmp_path: Path) -> None:
    old, new, _ = SERVERS[0]
    (finding,) = drift(tmp_path, f"{{op: {{}}, servers: [{old}]}}", f"{{op: {{}}, servers: [{new}]}}")

    assert finding.level is Level.BREAKING
    assert finding.message == (
        "nothing is below the path of https://a.example/v1 any more: it is served at https://a.example/v2"
    )
    assert finding.witness is not None
    assert finding.witness.trace[0].request.url == "https://a.example/v1/pets"


# --- Parameters -------------------------------------------------------------------------------------------------------

NAMES = [
    ("query", "limit", "query", "Limit", ["parameter-removed", "optional-parameter-added"]),
    ("query", "limit", "cookie", "Limit", ["parameter-removed", "optional-parameter-added"]),
    ("query", "limit", "cookie", "limit", ["optional-parameter-moved"]),
    ("query", "limit", "header", "Limit", ["optional-parameter-moved"]),
    ("header", "Limit", "cookie", "limit", ["optional-parameter-moved"]),
    ("header", "Limit", "header", "limit", []),
]


@pytest.mark.parametrize(("was_in", "was", "is_in", "name", "expected"), NAMES)
def test_only_as_a_header_a_parameter_has_its_name_in_any_case(  # noqa: PLR0917 - the columns of the table
    was_in: str, was: str, is_in: str, name: str, expected: list[str], tmp_path: Path
) -> None:
    old = f"op: {{parameters: [{{name: {was}, in: {was_in}, schema: {{}}}}]}}"
    new = f"op: {{parameters: [{{name: {name}, in: {is_in}, schema: {{}}}}]}}"

    assert rules(drift(tmp_path, old, new)) == expected


KEYS = [
    ("header, required: true", "header", []),
    ("header", "header", ["security-added"]),
    ("header, required: true", "query", ["parameter-removed", "security-added"]),
]


@pytest.mark.parametrize(("described", "place", "expected"), KEYS)
def test_a_parameter_may_be_described_as_a_key_instead(
    described: str, place: str, expected: list[str], tmp_path: Path
) -> None:
    old = f"op: {{parameters: [{{name: X-Key, in: {described}, schema: {{type: string}}}}]}}"
    new = "{op: {security: [k: []]}, components: {securitySchemes: {k: {type: apiKey, in: %s, name: x-key}}}}"

    assert rules(drift(tmp_path, old, new % place)) == expected


# --- Media types ------------------------------------------------------------------------------------------------------


def test_a_wider_range_is_more_than_was_described(tmp_path: Path) -> None:
    answered = "op: {responses: {'200': {description: d, content: {%s: {}}}}}"
    sent = "op: {requestBody: {content: {%s: {}}}}"
    wider = "application/json", "application/*"

    assert rules(drift(tmp_path, *(answered % kind for kind in wider))) == ["response-media-type-added"]
    assert rules(drift(tmp_path, *(sent % kind for kind in wider))) == ["request-media-type-added"]
    # Of a range nothing was promised but that the answer is one of it.
    assert drift(tmp_path, *(answered % kind for kind in reversed(wider))) == []


# --- Responses --------------------------------------------------------------------------------------------------------


def test_who_was_told_of_no_status_meets_no_other(tmp_path: Path) -> None:
    for old in ("op: {responses: {}}", "paths: {/pets: {get: {}}}"):
        for new in (
            "op: {responses: {'200': {description: d}, '404': {description: d}}}",
            "op: {responses: {default: {}}}",
        ):
            assert drift(tmp_path, old, new) == []


WRITTEN = [
    # (old, new, as clients read it, as it is sent)
    ("{schema: {const: {a: b}}}", "{explode: true, schema: {const: {a: b}}}", ("a,b", "a=b")),
    ("{explode: true, schema: {const: {a: b}}}", "{schema: {const: {a: b}}}", ("a=b", "a,b")),
    ("{schema: {const: b}}", "{content: {application/json: {schema: {const: b}}}}", ("b", '"b"')),
    ("{content: {application/json: {schema: {const: b}}}}", "{schema: {const: b}}", ('"b"', "b")),
    ("{schema: {type: string}}", "{content: {application/json: {schema: {const: [1, 2]}}}}", ("1,2", "[1, 2]")),
    ("{schema: {type: string}}", "{content: {application/json: {}}}", ("X-Next", '"X-Next"')),
]


@pytest.mark.parametrize(("old", "new", "written"), WRITTEN)
def test_a_header_that_is_written_otherwise_is_shown_by_a_response(
    old: str, new: str, written: tuple[str, str], tmp_path: Path
) -> None:
    text = "op: {responses: {'200': {description: d, headers: {%s: %s}}}}"
    (finding,) = drift(tmp_path, text % ("x-next", old), text % ("X-Next", new))
    was, now = written

    assert (finding.rule, finding.level) == ("response-header-style-changed", Level.BREAKING)
    assert finding.message == f"GET /pets does not write the header X-Next {was!r} any more, but {now!r}"
    assert finding.witness is not None
    assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.NEW, Party.OLD)
    assert finding.witness.trace[0].response == Response(200, (("X-Next", now),))


ALIKE = [
    ("{schema: {type: integer}}", "{content: {application/json: {schema: {type: integer}}}}"),
    (
        "{schema: {type: array, items: {type: integer}}}",
        "{explode: true, schema: {type: array, items: {type: integer}}}",
    ),
    ("{schema: {type: string}}", "{style: simple, explode: true, schema: {type: string}}"),
]


@pytest.mark.parametrize(("old", "new"), ALIKE)
def test_a_header_of_which_every_value_is_written_alike_is_silent(old: str, new: str, tmp_path: Path) -> None:
    text = "op: {responses: {'200': {description: d, headers: {X-Next: %s}}}}"

    assert drift(tmp_path, text % old, text % new) == []
    assert drift(tmp_path, text % new, text % old) == []


def test_a_header_that_is_to_be_ignored_is(tmp_path: Path) -> None:
    text = "op: {responses: {'200': {description: d, headers: {Content-Type: %s}}}}"

    assert drift(tmp_path, text % WRITTEN[0][0], text % WRITTEN[0][1]) == []


def test_a_header_of_which_no_value_can_be_made_is_left_open(tmp_path: Path) -> None:
    text = "op: {responses: {'200': {description: d, headers: {X-Next: {schema: false%s}}}}}"
    (finding,) = drift(tmp_path, text % "", text % ", explode: true")

    assert (finding.rule, finding.verdict) == ("response-header-style-changed", Verdict.UNDECIDED)


# --- Discriminators ---------------------------------------------------------------------------------------------------

CAT = "{type: object, required: [is, meow], properties: {is: {type: string}, meow: {type: boolean}}}"
DOG = "{type: object, required: [is, bark], properties: {is: {type: string}, bark: {type: boolean}}}"


def animals(word: str, names: str, *, mapping: str = "{}", **schemas: str) -> str:
    components = ", ".join(f"{name}: {schema}" for name, schema in schemas.items())
    said = f"{{oneOf: [{names}], discriminator: {{propertyName: is, mapping: {mapping}}}}}"
    return f"{{{word}: {said}, components: {{schemas: {{{components}}}}}}}"


TOLD = [
    # The name of a schema is what tells it, where no mapping does.
    (
        animals("sent", "$Cat, $Dog", Cat=CAT, Dog=DOG),
        animals("sent", "$Feline, $Dog", Feline=CAT, Dog=DOG),
        ["request-discriminator-value-removed"],
    ),
    (
        animals("answered", "$Cat, $Dog", Cat=CAT, Dog=DOG),
        animals("answered", "$Feline, $Dog", Feline=CAT, Dog=DOG),
        ["response-discriminator-value-added"],
    ),
    (
        animals("sent", "$Cat, $Dog", Cat=CAT, Dog=DOG),
        animals("sent", "$Feline, $Dog", mapping="{Cat: Feline}", Feline=CAT, Dog=DOG),
        [],
    ),
    # A schema that the other side does not have is judged by its values.
    (animals("sent", "$Cat, $Dog", Cat=CAT, Dog=DOG), animals("sent", "$Dog", Dog=DOG), []),
    (animals("answered", "$Dog", Dog=DOG), animals("answered", "$Cat, $Dog", Cat=CAT, Dog=DOG), []),
    # What could not be said by that name before is not missed.
    (
        animals("sent", "$Cat, $Dog", Cat=CAT.replace("{type: string}", "{enum: [c]}"), Dog=DOG),
        animals("sent", "$Feline, $Dog", Feline=CAT, Dog=DOG),
        [],
    ),
    (
        animals("sent", "$Cat, $Dog", Cat="{type: object, required: [is], properties: {is: false}}", Dog=DOG),
        animals("sent", "$Feline, $Dog", Feline=CAT, Dog=DOG),
        [],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), TOLD)
def test_a_tag_is_missed_where_what_it_stood_for_is_still_read(
    old: str, new: str, expected: list[str], tmp_path: Path
) -> None:
    assert rules(drift(tmp_path, old, new)) == expected


def test_a_tag_that_stands_for_no_schema_breaks_who_sends_it(tmp_path: Path) -> None:
    (finding,) = drift(tmp_path, *TOLD[0][:2])

    assert (finding.level, finding.verdict, finding.value) == (Level.BREAKING, Verdict.UNDECIDED, "Cat")
    assert finding.message == "GET /pets, request body: 'Cat' stands for no schema any more"


# --- Webhooks and callbacks -------------------------------------------------------------------------------------------

NESTED = """
    op:
      callbacks:
        fed:
          '{$request.query.u}':
            post:
              responses: {}
              callbacks:
                seen: {'{$request.body#/v}': {put: {requestBody: {content: {application/json: {schema: {type: %s}}}}}}}
"""


def test_a_callback_of_a_callback_is_sent_by_the_consumer(tmp_path: Path) -> None:
    old, new = contract(NESTED % "string", tmp_path / "old.json"), contract(NESTED % "integer", tmp_path / "new.json")

    assert [(one.new.label, one.swapped) for one in called_pairing(old, new, paired(old, new)).both] == [
        ("the callback fed of GET /pets (POST)", True),
        ("the callback seen of the callback fed of GET /pets (PUT)", False),
    ]


def test_a_callback_of_a_callback_may_be_gone_or_new(tmp_path: Path) -> None:
    without = NESTED.partition("callbacks:\n                seen")[0]
    (removed,) = drift(tmp_path, NESTED % "string", without)
    (added,) = drift(tmp_path, without, NESTED % "string")

    assert removed.message == (
        "the callback seen of the callback fed of GET /pets (PUT) is gone: who calls it is not heard"
    )
    assert added.message == "the callback seen of the callback fed of GET /pets (PUT) is new"


def test_what_a_consumer_sends_is_no_question_of_what_it_takes(tmp_path: Path) -> None:
    """The rules about what the server sends and about its consumers' answers are not about a callback of a callback."""
    new = (NESTED % "string").replace("application/json", "text/csv")

    assert drift(tmp_path, NESTED % "string", new) == []


def test_a_callback_that_is_one_of_its_own_is_compared_once(tmp_path: Path) -> None:
    text = """
        op: {callbacks: {fed: {$ref: '#/components/callbacks/Fed'}}}
        components:
          callbacks:
            Fed: {/x: {post: {responses: {}, callbacks: {again: {$ref: '#/components/callbacks/Fed'}}}}}
    """
    old, new = contract(text, tmp_path / "old.json"), contract(text, tmp_path / "new.json")

    assert [one.new.name for one in called_pairing(old, new, paired(old, new)).both] == ["fed", "again"]


def test_what_is_found_in_a_webhook_or_callback_names_it(tmp_path: Path) -> None:
    text = """
        op: {callbacks: {fed: {/x: &item {post: {requestBody: {content: {application/json: {schema: {type: T}}}}}}}}}
        webhooks: {born: *item}
    """
    old = contract(text.replace("type: T", "type: string"), tmp_path / "old.json")
    new = contract(text.replace("type: T", "type: integer"), tmp_path / "new.json")
    messages = [finding.message for finding in compare(old, new, TODAY)]

    assert sorted(message.partition(":")[0] for message in messages) == [
        "the callback fed of GET /pets (POST)",
        "the webhook born (POST)",
    ]


def test_callbacks_of_one_address_are_each_compared(tmp_path: Path) -> None:
    item = "{/x: {post: {requestBody: {required: true, content: {application/json: {schema: {type: %s}}}}}}}"
    text = f"op: {{callbacks: {{fed: {item}, seen: {item}}}}}"
    old = contract(text % ("string", "integer"), tmp_path / "old.json")
    new = contract(text % ("integer", "number"), tmp_path / "new.json")

    assert sorted(finding.where.pointer.split("/")[5] for finding in compare(old, new, TODAY)) == ["fed", "seen"]


def test_callbacks_of_several_addresses_have_labels_of_their_own(tmp_path: Path) -> None:
    text = "op: {callbacks: {fed: {/x: {post: {responses: {}}}, /y: {post: {responses: {}}}}}}"
    old, new = contract(text, tmp_path / "old.json"), contract(text, tmp_path / "new.json")

    assert [one.old.label for one in called_pairing(old, new, paired(old, new)).both] == [
        "the callback fed of GET /pets to /x (POST)",
        "the callback fed of GET /pets to /y (POST)",
    ]


# --- Words ------------------------------------------------------------------------------------------------------------

COW = "{'$ref': '#/%24defs/new:~1components~1schemas~1Cow'}"
PLAINLY = [
    (f"{{}} is valid under each of {COW}, {COW.replace('Cow', 'Cat')}", "{} is valid under each of Cow, Cat"),
    (f"{{}} should not be valid under {COW.replace('new:', 'old-2:')}", "{} should not be valid under Cow"),
    (f"{{}} is valid under each of {{'items': {COW}}}", "{} is valid under each of {'items': Cow}"),
    (COW.replace("}", ", 'maxLength': 3}"), "{'$ref': Cow, 'maxLength': 3}"),
    (COW.replace("Cow", "a~01b%20c"), "a/b c"),
    (COW.replace("components~1schemas~1Cow", "paths~1~01t"), "the schema at #/paths/~1t"),
    (f"each of {COW[:30]} ... {COW[40:]}, {COW}", "each of ... Cow"),
    (f"each of {COW}, {COW[:5]} ... of 3", "each of Cow, ... 3"),
    ("'a ... z' is too long", "'a ... z' is too long"),
]


@pytest.mark.parametrize(("said", "plain"), PLAINLY)
def test_what_a_validator_says_names_components(said: str, plain: str) -> None:
    assert plainly(said) == plain


def test_a_sentence_names_components() -> None:
    rejection = Rejection("oneOf", f"{{}} is valid under each of {COW}", "/oneOf", ("body",), {}, agreed=True)

    assert sentence(Party.OLD, rejection, {"body": {}}) == (
        "clients that send the body as before are refused: {} is valid under each of Cow"
    )

"""The sources of a contract against each other: the known truths come out, and silence never does."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specwitness import Level, Verdict
from specwitness.contract import load, pointers, waivers
from specwitness.contract.model import Contract
from specwitness.drift.levels import KNOWN
from specwitness.drift.sourced.disagreements import between, of_contract
from specwitness.drift.sourced.ground import Ground
from specwitness.drift.sourced.rules import RULES
from specwitness.drift.sourced.said import Said, as_contract, everything_said, said_by
from specwitness.drift.sourced.sayings import described_form
from specwitness.exceptions import SourceError
from specwitness.findings import Finding, Json, Party
from specwitness.sources import kinds
from specwitness.sources.vendor import Source

SPECS = Path(__file__).parents[2] / "specs"
TODAY = dt.date(2026, 6, 1)


@cache
def contract(name: str) -> Contract:
    return load.plain(SPECS / name)


@cache
def everything(name: str) -> tuple[Said, ...]:
    return everything_said(contract(name))


@cache
def found(name: str) -> tuple[Finding, ...]:
    return of_contract(contract(name), TODAY).findings


def breaking(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.level is Level.BREAKING]


# --- The known truths -------------------------------------------------------------------------------------------------

TRUTHS = {
    "only 200 is documented for runApiResult, getJobRun has errors": (
        *("intuned", "no-error-documented", "000_4518787fcfaae87d.txt:80"),
        ["/run/{runId}/result, only 200", "002_7c5323a6cbb2b031.txt:88 lists 200, 400, 401, 404"],
    ),
    "the failed example lacks the category that its schema requires": (
        *("intuned", "example-matches-schema", "000_4518787fcfaae87d.txt:230"),
        ["`failed`", "/error: 'category' is a required property"],
    ),
    "script-process-crashed is listed twice": (
        *("intuned", "enum-without-duplicates", "000_4518787fcfaae87d.txt:140"),
        ['"script-process-crashed" stands more than once'],
    ),
    "correlation_id in one place, correlationId in others": (
        *("intuned", "property-spelled-otherwise", "002_7c5323a6cbb2b031.txt:200"),
        [
            "`correlation_id` in 000_4518787fcfaae87d.txt:174 and 001_1c0528f2f5c28044.txt:51",
            "`correlationId` in 002_7c5323a6cbb2b031.txt:200",
        ],
    ),
    "a nanoid of 21 characters, or one that begins with ru_": (
        *("intuned", "form-described-otherwise", "000_4518787fcfaae87d.txt:88"),
        [
            "beginning with `ru_` in 000_4518787fcfaae87d.txt:88",
            "21 characters long in 001_1c0528f2f5c28044.txt:86",
            "21 characters long in 003_531450860adb8e94.txt:43",
        ],
    ),
    "the example of a nanoid has 15 characters": (
        *("intuned", "example-not-of-described-form", "000_4518787fcfaae87d.txt:77"),
        ['"aabbccddeeffggh"', "is no nanoid", "21 characters", "15"],
    ),
    "001 and 003 lead to another host of documentation than 000 and 002": (
        *("intuned", "example-on-another-host", "001_1c0528f2f5c28044.txt:50"),
        [
            "`doc_url` lead to intunedhq.com in 000_4518787fcfaae87d.txt:169 and 002_7c5323a6cbb2b031.txt:207",
            "docs.intunedhq.com in 001_1c0528f2f5c28044.txt:50 and 003_531450860adb8e94.txt:27",
        ],
    ),
    "the page says 400 for a result, the served document has none of its errors, but a 422": (
        *("praisonai", "status-of-one-source", "004_a959f0ac7d040196.txt:73"),
        [
            "004_a959f0ac7d040196.txt:84 names the statuses 400, 404, 500",
            "praisonai-4.7.19-served-openapi.json:271 names the status 422",
        ],
    ),
    "the served document speaks of a 409 for a result, and lists it nowhere": (
        *("praisonai", "status-in-words-alone", "praisonai-4.7.19-served-openapi.json:247"),
        ["/result: ", "409", "json:260 lists 200, 422", "004_a959f0ac7d040196.txt:73 lists 200, 400, 404, 500"],
    ),
    "409 for a cancelled run that has ended, where the pages say 400": (
        *("praisonai", "status-in-words-alone", "praisonai-4.7.19-served-openapi.json:290"),
        ["/cancel: ", "409", "overlay.yaml:230 lists 200, 400, 404, 500"],
    ),
    "the pages say 400 for a run that is deleted too early, the served document does not": (
        *("praisonai", "status-of-one-source", "overlay.yaml:219"),
        ["DELETE", "overlay.yaml:222 names the statuses 400, 404, 500, which praisonai-4.7.19-served-openapi.json:224"],
    ),
    "cancelled_at is required on the page, and not in the served document": (
        *("praisonai", "property-of-one-source", "overlay.yaml:104"),
        ["overlay.yaml:107 names the property cancelled_at, which praisonai-4.7.19-served-openapi.json:624 does not"],
    ),
    "a failed job has a result of status 200": (
        *("praisonai", "response-enum", "overlay.yaml:17"),
        ['will meet `"failed"`', "praisonai-4.7.19-served-openapi.json:617 says"],
    ),
    "the result need not be there": (
        *("praisonai", "response-required", "004_a959f0ac7d040196.txt:25"),
        ["`result` may find it missing", "004_a959f0ac7d040196.txt:25 requires it", "json:603 does not"],
    ),
    "the result may be anything": (
        *("praisonai", "response-type", "004_a959f0ac7d040196.txt:25"),
        ["`null` as `result`", '004_a959f0ac7d040196.txt:25 says `{"type": "string"}`', "json:510 says"],
    ),
}


@pytest.mark.parametrize(("name", "rule", "place", "words"), TRUTHS.values(), ids=TRUTHS.keys())
def test_what_was_found_by_hand_is_found(name: str, rule: str, place: str, words: list[str]) -> None:
    told = [
        finding
        for finding in found(name)
        if finding.rule == rule
        and f"{finding.where.file}:{finding.where.line}".endswith(place)
        and all(word in finding.message for word in words)
    ]

    assert len(told) == 1


def test_that_the_status_is_pending_where_the_page_says_queued_is_found() -> None:
    served = next(one for one in everything("praisonai") if one.name.startswith("praisonai-"))
    document = deepcopy(served.document)
    document["components"]["schemas"]["JobStatus"]["enum"][0] = "pending"
    published = _saying(served, document, name="published.json")
    of = Ground(next(one for one in everything("praisonai") if not one.is_source), published)
    told = between([of.sides[0], published], contract("praisonai"), TODAY).findings

    met = [one for one in told if one.rule == "response-enum" and one.value == "pending"]
    assert [one.level for one in met if one.where.operation == "getRun"] == [Level.BREAKING]
    alone = [one for one in told if one.rule == "value-of-one-source"]
    assert [one.value for one in alone] == [[['"queued"'], []]]
    assert 'names the value "queued", which published.json:613 does not' in alone[0].message


def test_nothing_else_of_the_two_contracts_breaks() -> None:
    assert [finding.rule for finding in breaking(found("intuned"))] == ["example-matches-schema"]
    assert {(one.rule, one.where.operation, str(one.value)) for one in breaking(found("praisonai"))} == {
        *(("response-enum", "cancelRun", value) for value in ("queued", "running", "succeeded", "failed")),
        *(("response-enum", "getRunResult", value) for value in ("queued", "running", "failed", "cancelled")),
        *(("response-required", "getRunResult", name) for name in ("result", "duration_seconds", "completed_at")),
        *(("response-required", "listRuns", name) for name in ("page", "page_size")),
        *(("response-type", "getRunResult", value) for value in ("array", "null")),
    }


def test_every_break_between_sources_has_a_witness_of_two_parties() -> None:
    for finding in breaking(found("praisonai")):
        assert finding.verdict is Verdict.BROKEN
        assert finding.witness is not None
        assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.SOURCE, Party.CONTRACT)


def test_what_the_suite_has_accepted_of_the_document_is_accepted_of_its_source() -> None:
    divided = waivers.applied(found("intuned"), contract("intuned").waivers, TODAY)

    assert sorted(one.rule for one, _ in divided.waived) == ["enum-without-duplicates", "example-matches-schema"]


def test_two_renderings_and_a_model_page_contradict_each_other_in_no_schema() -> None:
    names = {"000_4518787fcfaae87d.txt", "001_1c0528f2f5c28044.txt", "003_531450860adb8e94.txt"}
    said = [one for one in everything("intuned") if one.name in names]
    grounds = [Ground(one, other) for one in said for other in said if one is not other]

    assert [len(ground.pairing.both) for ground in grounds] == [1] * 6
    assert [ground.omissions for ground in grounds] == [[]] * 6


def test_every_rule_that_is_found_may_be_given_a_level() -> None:
    assert {finding.rule for name in ("intuned", "praisonai") for finding in found(name)} <= KNOWN | {
        "example-matches-schema",
        "enum-without-duplicates",
    }
    assert RULES.keys() <= KNOWN


# --- Silence ----------------------------------------------------------------------------------------------------------

ORDER: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "https://api.example/v1"}],
    "security": [{"key": []}],
    "paths": {
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "readOrder",
                "description": "Returns 404 Not Found where there is none.",
                "parameters": [
                    {"name": "expand", "in": "query", "schema": {"type": "boolean", "default": False}},
                    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string", "maxLength": 9}},
                ],
                "responses": {
                    "200": {
                        "description": "the order",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                    "404": {"$ref": "#/components/responses/None"},
                },
            },
            "put": {
                "operationId": "writeOrder",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"204": {"description": "done"}, "default": {"$ref": "#/components/responses/None"}},
            },
        }
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "responses": {
            "None": {
                "description": "none",
                "content": {
                    "application/problem+json": {
                        "schema": {
                            "type": "object",
                            "properties": {"detail": {"type": "string", "minLength": 1, "pattern": "^[A-Z]"}},
                            "required": ["detail"],
                        }
                    }
                },
            }
        },
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id", "status"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "format": "uuid", "description": "an id"},
                    "status": {"type": "string", "enum": ["open", "closed"]},
                    "price": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
                    "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Line"}},
                    "parent": {"allOf": [{"$ref": "#/components/schemas/Order"}]},
                    "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 5}},
                },
            },
            "Line": {
                "type": "object",
                "properties": {"sku": {"const": "a"}, "count": {"type": "integer", "maximum": 9}},
                "required": ["sku"],
            },
        },
    },
}


ORDER_ID = "123e4567-e89b-12d3-a456-426614174000"


def said(document: Json, name: str, *, silent: frozenset[str] = frozenset()) -> Said:
    home = contract("praisonai")
    return Said(name, as_contract(document, home, shown=name), silent, lambda _: (name, None))


def _saying(one: Said, document: Json, *, name: str | None = None) -> Said:
    """Return a source that says something else than it did."""
    partial = as_contract(document, contract("praisonai"), shown=one.name)
    return replace(one, contract=replace(partial, name=one.contract.name), name=name or one.name)


def compared(one: Json, other: Json) -> tuple[Finding, ...]:
    return between([said(one, "one.yaml"), said(other, "other.yaml")], contract("praisonai"), TODAY).findings


def without(document: Json, at: str) -> Json:
    changed = deepcopy(document)
    parent, _, _ = at.rpartition("/")
    holder, last = pointers.get(changed, parent), pointers.split(at)[-1]
    if isinstance(holder, list):
        holder.pop(int(last))
    else:
        del holder[last]
    return changed


def places(document: Json) -> Iterator[str]:
    """Yield what a description may leave out without saying something else: no value of a list, no alternative."""
    stack = [("", document)]
    while stack:
        at, value = stack.pop()
        keys = pointers.split(at)
        if keys and keys[0] not in {"openapi", "info"} and at != "/paths":
            yield at
        if isinstance(value, dict):
            stack += [(pointers.join(at, key), item) for key, item in value.items() if key not in {"anyOf", "allOf"}]
        elif isinstance(value, list) and keys[-1] == "parameters":
            stack += [(pointers.join(at, index), item) for index, item in enumerate(value)]


def reads(document: Json) -> bool:
    try:
        said(document, "x")
    except SourceError:  # something that is left refers to what was taken out
        return False
    return True


LEAVES_OUT = [at for at in places(ORDER) if reads(without(ORDER, at))]


def test_two_equal_documents_say_nothing_of_each_other() -> None:
    assert compared(ORDER, ORDER) == ()


@pytest.mark.parametrize("at", LEAVES_OUT)
def test_what_one_description_leaves_out_breaks_nothing_in_either_direction(at: str) -> None:
    told = (*compared(ORDER, without(ORDER, at)), *compared(without(ORDER, at), ORDER))

    assert breaking(told) == []


def test_the_toy_leaves_out_everything_that_a_description_has() -> None:
    assert len(LEAVES_OUT) > 60
    kinds_of_places = {pointers.split(at)[-2] for at in LEAVES_OUT if len(pointers.split(at)) > 1}
    assert kinds_of_places >= {
        "paths",
        "responses",
        "properties",
        "content",
        "headers",
        "parameters",
        "securitySchemes",
    }


OF_SOURCES = [
    (name, index, at)
    for name in ("intuned", "praisonai")
    for index, one in enumerate(everything(name))
    for at in places(one.document)
    if "/example" not in at
]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(OF_SOURCES))
def test_what_a_real_source_leaves_out_breaks_nothing_more(chosen: tuple[str, int, str]) -> None:
    name, index, at = chosen
    sources = [*everything(name)]
    less = without(sources[index].document, at)
    if not reads(less):
        return
    sources[index] = _saying(sources[index], less)
    told = between(sources, contract(name), TODAY).findings

    known = {finding.fingerprint for finding in breaking(found(name))}
    assert [one for one in breaking(told) if one.fingerprint not in known] == []


# --- What is said otherwise -------------------------------------------------------------------------------------------

SCHEMA = "/components/schemas/Order"
DETAIL = "/components/responses/None/content/application~1problem+json/schema/properties/detail"
TRACE = "/paths/~1orders~1{id}/get/parameters/1/schema"
OTHERWISE = {
    "a value": (f"{SCHEMA}/properties/status/enum", ["open", "archived"], "response-enum"),
    "a type": (f"{SCHEMA}/properties/id/type", "integer", "response-type"),
    "a bound": (f"{SCHEMA}/properties/lines/minItems", 0, "response-min-items"),
    "a pattern": (f"{DETAIL}/pattern", "^[a-z]", "response-pattern"),
    "a bound of a nullable": (f"{SCHEMA}/properties/price/anyOf/0/minimum", -5, "response-minimum"),
    "what is required": (f"{SCHEMA}/required", ["id"], "response-required"),
    "a type in a list": ("/components/schemas/Line/properties/count/type", "string", "response-type"),
    "a bound of what a client sends": (f"{TRACE}/maxLength", 3, "request-max-length"),
    "that a body is required": ("/paths/~1orders~1{id}/put/requestBody/required", False, None),
    "a server": ("/servers/0/url", "https://api.example/v2", "base-path-changed"),
    "a credential": ("/components/securitySchemes/key/name", "X-Token", "credential-moved"),
}


@pytest.mark.parametrize(("at", "value", "rule"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_what_both_say_and_say_otherwise_is_found(at: str, value: Json, rule: str | None) -> None:
    changed = deepcopy(ORDER)
    parent, _, last = at.rpartition("/")
    holder = pointers.get(changed, parent)
    holder[int(last) if isinstance(holder, list) else last] = value
    told = compared(ORDER, changed)

    assert rule is None or rule in {finding.rule for finding in breaking(told)}
    assert breaking(compared(changed, ORDER)) or rule is not None


def test_a_list_that_names_less_is_told_and_breaks_nothing() -> None:
    less = without(without(ORDER, "/paths/~1orders~1{id}/get/responses/404"), f"{SCHEMA}/properties/status")
    told = {finding.rule: finding for finding in compared(ORDER, less)}

    assert {rule: (one.level, one.verdict, one.value) for rule, one in told.items() if rule.endswith("one-source")} == {
        "status-of-one-source": (Level.WARNING, Verdict.UNDECIDED, [["404"], []]),
        "property-of-one-source": (Level.WARNING, Verdict.UNDECIDED, [["status"], []]),
    }
    assert told["status-of-one-source"].message == (
        "GET /orders/{id}: one.yaml names the status 404, which other.yaml does not"
    )


@pytest.mark.parametrize(
    ("at", "rule", "by_first", "by_other"),
    [
        (f"{SCHEMA}/properties/status", "property-of-one-source", Level.WARNING, Level.WARNING),
        (f"{SCHEMA}/properties/price", "property-of-one-source", Level.INFO, Level.INFO),
        ("/paths/~1orders~1{id}/get/parameters/1", "parameter-of-one-source", Level.INFO, Level.WARNING),
        ("/paths/~1orders~1{id}/get/parameters/0", "parameter-of-one-source", Level.INFO, Level.INFO),
        ("/paths/~1orders~1{id}/put/requestBody", "request-body-of-one-source", Level.INFO, Level.WARNING),
        ("/paths/~1orders~1{id}/get/responses/404", "status-of-one-source", Level.WARNING, Level.WARNING),
    ],
)
def test_what_is_missed_by_who_goes_by_the_first_source_is_a_warning(
    at: str, rule: str, by_first: Level, by_other: Level
) -> None:
    """A property that is sent and received is missed either way; what is only sent, where the other requires it."""
    named = [one for one in compared(ORDER, without(ORDER, at)) if one.rule == rule]
    missed = [one for one in compared(without(ORDER, at), ORDER) if one.rule == rule]

    assert ([one.level for one in named], [one.level for one in missed]) == ([by_first], [by_other])


def test_a_source_that_is_silent_about_a_list_has_nothing_told_of_it() -> None:
    less = without(without(ORDER, "/paths/~1orders~1{id}/get/responses/404"), f"{SCHEMA}/properties/status")
    silent = frozenset({"/paths/~1orders~1{id}/get/responses", f"{SCHEMA}/properties"})
    page = said(less, "page.md", silent=silent)
    told = between([said(ORDER, "one.yaml"), page], contract("praisonai"), TODAY).findings

    assert [finding.rule for finding in told] == ["status-in-words-alone"]


def test_an_operation_of_one_source_is_told_where_the_other_describes_all() -> None:
    less = without(ORDER, "/paths/~1orders~1{id}/put")
    told = between([said(ORDER, "one.yaml"), said(less, "other.yaml")], contract("praisonai"), TODAY).findings
    page = said(less, "page.md", silent=frozenset({"/paths"}))

    assert [(one.rule, one.message) for one in told] == [
        ("operation-of-one-source", "one.yaml describes PUT /orders/{id}, other.yaml does not")
    ]
    assert between([said(ORDER, "one.yaml"), page], contract("praisonai"), TODAY).findings == ()


def test_sources_that_name_the_parameter_of_a_path_otherwise_describe_one_operation() -> None:
    renamed = deepcopy(ORDER)
    renamed["paths"] = {"/orders/{order_id}": renamed["paths"]["/orders/{id}"]}
    renamed["paths"]["/orders/{order_id}"]["parameters"][0]["name"] = "order_id"

    assert compared(ORDER, renamed) == ()


def test_a_server_in_the_path_of_one_source_is_the_same_url() -> None:
    whole = deepcopy(ORDER)
    del whole["servers"]
    whole["paths"] = {"/v1/orders/{id}": whole["paths"]["/orders/{id}"]}

    assert compared(ORDER, whole) == ()


def test_what_is_merely_written_otherwise_is_silent() -> None:
    inline = deepcopy(ORDER)
    order = inline["components"]["schemas"]["Order"]
    order["properties"]["price"] = {"type": ["number", "null"], "minimum": 0}
    order["properties"]["parent"] = {"$ref": f"#{SCHEMA}"}
    order["properties"]["lines"]["items"] = deepcopy(inline["components"]["schemas"]["Line"])
    older = deepcopy(ORDER) | {"openapi": "3.0.3"}
    older["components"]["schemas"]["Order"]["properties"]["price"] = {"type": "number", "minimum": 0, "nullable": True}
    older["components"]["schemas"]["Line"]["properties"]["sku"] = {"enum": ["a"]}

    assert compared(ORDER, inline) == ()
    assert compared(ORDER, older) == ()


def test_what_examples_show_is_no_statement() -> None:
    shown = deepcopy(ORDER)
    shown["components"]["schemas"]["Order"] = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "colour": {"type": "string"}},
        "required": ["colour"],
        "x-specwitness-inferred": "examples",
    }

    whole = deepcopy(ORDER)
    whole["components"]["schemas"]["Order"]["properties"]["id"]["example"] = ORDER_ID

    assert [(one.rule, one.value) for one in compared(whole, shown)] == [("property-of-one-source", [[], ["colour"]])]


def test_what_an_overlay_assumes_is_nobodys_word() -> None:
    assumed = deepcopy(ORDER)
    assumed["paths"]["/orders/{id}"]["get"]["responses"]["404"] = {
        "description": "assumed",
        "x-specwitness-assumed": True,
        "content": {"application/problem+json": {"schema": {"type": "string"}}},
    }
    less = without(ORDER, "/paths/~1orders~1{id}/get/responses/404")

    assert compared(assumed, ORDER) == ()
    assert {one.rule for one in compared(assumed, less)} == {
        "status-in-words-alone",
        "no-error-documented",
    }


def test_alternatives_that_are_alike_are_compared_and_the_others_kept_apart() -> None:
    def sink(*branches: Json) -> Json:
        document = deepcopy(ORDER)
        document["components"]["schemas"]["Order"]["properties"]["sink"] = {"anyOf": [*branches]}
        return document

    hook = {"type": "object", "properties": {"kind": {"const": "hook"}, "url": {"type": "string"}}}
    bucket = {"type": "object", "properties": {"kind": {"const": "bucket"}, "name": {"type": "string"}}}
    shorter = {"type": "object", "properties": {"kind": {"const": "hook"}}}
    other = {"type": "object", "properties": {"kind": {"const": "queue"}}, "required": ["kind"]}

    assert [one.value for one in compared(sink(hook, bucket), sink(bucket, shorter))] == [[["url"], []]]
    assert "response-any-of" in {one.rule for one in breaking(compared(sink(hook, bucket), sink(hook, bucket, other)))}


def test_an_example_that_another_source_refuses_is_told_with_both() -> None:
    shown = deepcopy(ORDER)
    shown["components"]["schemas"]["Order"]["properties"]["status"] = {"type": "string", "example": "lost"}
    told = [one for one in compared(ORDER, shown) if one.rule == "example-refused-by-source"]

    assert [(one.level, one.value, one.message) for one in told] == [
        (
            Level.WARNING,
            "lost",
            "the example at other.yaml is not what one.yaml allows: 'lost' is not one of ['open', 'closed']",
        )
    ]


def test_a_schema_that_is_an_alternative_to_itself_ends() -> None:
    circle = deepcopy(ORDER)
    schemas = circle["components"]["schemas"]
    schemas["Line"] = {"allOf": [{"$ref": "#/components/schemas/Line"}]}
    schemas["Order"]["properties"]["next"] = {"anyOf": [{"$ref": f"#{SCHEMA}"}, {"type": "null"}]}

    assert breaking(compared(ORDER, circle)) == breaking(compared(circle, ORDER)) == []


def test_what_allows_nothing_contradicts_what_allows_something() -> None:
    closed = deepcopy(ORDER)
    closed["components"]["schemas"]["Order"]["properties"]["labels"] = False

    assert "response-false" in {one.rule for one in breaking(compared(closed, ORDER))}
    assert breaking(compared(ORDER, closed)) != []  # what clients send is refused


def test_an_enumeration_beside_null_is_one_with_null() -> None:
    beside, within = deepcopy(ORDER), deepcopy(ORDER)
    status = {"type": "string", "enum": ["open", "closed"]}
    beside["components"]["schemas"]["Order"]["properties"]["status"] = {"oneOf": [status, {"type": "null"}]}
    within["components"]["schemas"]["Order"]["properties"]["status"] = {
        "type": ["string", "null"],
        "enum": ["open", "closed", None],
    }

    assert compared(beside, within) == ()
    assert {one.rule for one in breaking(compared(ORDER, beside))} == {"response-enum"}


def test_the_examples_of_a_schema_and_of_its_messages_are_held_against_another_source() -> None:
    shown = deepcopy(ORDER)
    content = shown["paths"]["/orders/{id}"]["put"]["requestBody"]["content"]["application/json"]
    content["examples"] = {
        "whole": {"value": {"id": ORDER_ID, "status": "shut"}},
        "elsewhere": {"externalValue": "http://x"},
    }
    shown["components"]["schemas"]["Order"]["properties"]["status"] = {"type": "string", "examples": ["open", "lost"]}
    told = [one for one in compared(ORDER, shown) if one.rule == "example-refused-by-source"]

    assert sorted(str(one.value) for one in told) == ["lost", "shut"]


def test_an_example_has_the_length_that_its_description_gives() -> None:
    shown = deepcopy(ORDER)
    count = shown["components"]["schemas"]["Order"]["properties"]
    count["code"] = {"type": "string", "description": "A code of 6 characters.", "example": "abc"}
    count["link"] = {"type": "string", "example": "https://[half"}
    told = between([said(shown, "one.yaml")], contract("praisonai"), TODAY).findings

    assert [one.message for one in told if one.rule == "example-not-of-described-form"] == [
        'the example `"abc"` at one.yaml has 3 characters, not 6'
    ]


def test_who_debugs_sees_names_and_counts() -> None:
    one, other = said(ORDER, "one.yaml"), said(without(ORDER, f"{SCHEMA}/properties/id"), "other.yaml")

    assert repr(one) == "<Said by one.yaml: 2 operations>"
    assert repr(Ground(one, other)) == "<Ground of one.yaml and other.yaml: 2 operations, 1 omissions>"


# --- Pages ------------------------------------------------------------------------------------------------------------


def page_of(name: str, *changes: tuple[str, str]) -> Said:
    """Return what a page of Intuned says with some of its words replaced."""
    kind = next(one.kind for one in contract("intuned").manifest.sources if Path(one.file).name == name)
    text = (SPECS / "intuned" / "sources" / name).read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    source = Source(f"sources/{name}", kind, kind == "markdown-openapi", text, kinds.read(text, kind))
    return said_by(source, contract("intuned"), shown=name)


PAGE, MODEL = "000_4518787fcfaae87d.txt", "003_531450860adb8e94.txt"


def test_a_model_of_an_sdk_has_its_own_spelling_and_is_compared_all_the_same() -> None:
    model = page_of(
        MODEL, ("| `status`     ", "| `statusCode` "), ('  status: "completed"', '  statusCode: "completed"')
    )
    told = between([page_of(PAGE), model], contract("intuned"), TODAY).findings
    lists = [one for one in told if one.rule == "property-of-one-source"]

    assert [(one.value, one.where.line, one.level) for one in lists] == [
        ([["status"], ["statusCode"]], 87, Level.WARNING)
    ]
    assert Ground(page_of(PAGE), page_of(MODEL)).omissions == []


def test_a_model_of_no_operation_has_nothing_to_be_compared_with() -> None:
    model = page_of(MODEL, ("RunApiResultResponseBody", "SomethingElse"))

    assert model.contract.operations == ()
    assert Ground(page_of(PAGE), model).documents[0]["paths"] == {}


def test_a_field_that_a_page_requires_is_found_at_its_line() -> None:
    rendered = page_of("001_1c0528f2f5c28044.txt", ("result\nany\n", "result\nany\nrequired\n"))
    told = between([page_of(PAGE), rendered], contract("intuned"), TODAY).findings

    assert breaking(tuple(one for one in told if one.rule != "example-matches-schema")) == []
    back = between([rendered, page_of(PAGE)], contract("intuned"), TODAY).findings
    assert [(one.value, one.where.line) for one in breaking(back) if one.rule == "response-required"] == [
        ("result", 120)
    ]


@pytest.mark.parametrize(
    ("description", "form"),
    [
        ("Unique identifier for the run, nanoId of 21 characters", {"length": "21"}),
        ("Unique identifier for the run, prefixed nanoId (ru_...)", {"begins": "ru_"}),
        ("prefixed with `job-`", {"begins": "job-"}),
        ("at most 20 characters", {}),
        ("up to 20 characters", {}),
        ("10 characters or fewer", {}),
        ("between 3 and 20 characters long", {}),
        ("3-20 characters", {}),
        ("the path (see ...)", {}),
        (None, {}),
    ],
)
def test_a_description_gives_a_text_a_form_only_if_it_is_exact(description: Json, form: dict[str, str]) -> None:
    assert described_form(description) == form


# --- What cannot be compared ------------------------------------------------------------------------------------------


def test_a_contract_without_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    with pytest.raises(SourceError, match="no sources of it are listed"):
        of_contract(load.plain(tmp_path), TODAY)


def test_a_contract_without_corrections_is_its_sources_alone(tmp_path: Path) -> None:
    folder = shutil.copytree(SPECS / "intuned", tmp_path / "intuned")
    (folder / "overlay.yaml").unlink()
    sources = everything_said(load.plain(folder))

    assert all(one.is_source for one in sources)
    assert sources[0].place("/openapi")[0] == str(folder / "sources" / PAGE)


def test_sources_of_one_name_are_called_by_their_folders(tmp_path: Path) -> None:
    folder = shutil.copytree(SPECS / "intuned", tmp_path / "intuned")
    (folder / "sources/old").mkdir()
    (folder / "sources/001_1c0528f2f5c28044.txt").rename(folder / "sources/old" / PAGE)
    manifest = folder / "contract.yaml"
    manifest.write_text(manifest.read_text().replace("sources/001_1c0528f2f5c28044.txt", f"sources/old/{PAGE}"))
    told = of_contract(load.plain(folder), TODAY)

    assert f"sources/old/{PAGE}" in told.sources
    assert len(told.findings) == len(found("intuned"))


def test_sources_in_a_revision_are_to_be_checked_out(tmp_path: Path) -> None:
    gone = replace(contract("intuned"), folder=tmp_path / "gone")
    with pytest.raises(SourceError, match="its sources are read from a folder alone"):
        everything_said(gone)


def test_a_source_that_is_no_openapi_inside_is_refused_by_its_name() -> None:
    wrong = deepcopy(ORDER)
    wrong["paths"]["/orders/{id}"]["get"]["responses"] = {"200": []}
    with pytest.raises(SourceError) as caught:
        said(wrong, "wrong.yaml")
    assert caught.value.thing == "wrong.yaml"

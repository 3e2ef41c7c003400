"""Whole documents against each other: each break once, at its line, with a message that others judge alike."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from tests.drift.drawing import MODES, drawn
from tests.drift.oracle import AT, Oracle, pair

from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.comparing import compare
from specwitness.findings import Exchange, Finding, Json, Level, Party, Verdict

TODAY = dt.date(2026, 11, 22)
HERE = "# here"
"""Marks the line of a document that a finding has to point at."""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, str], Contract]:
    """Return what reads a document that is given as text, under the name of its side."""

    def reads(side: str, text: str) -> Contract:
        folder = tmp_path / side
        folder.mkdir(exist_ok=True)
        (folder / "api.yaml").write_text(text)
        return load.load(folder / "api.yaml")

    return reads


Read = Callable[[str, str], Contract]


def broken(findings: list[Finding]) -> list[tuple[str, tuple[str, ...], int | None]]:
    """Return the rule, the operations and the line of every finding that breaks a client."""
    return [(one.rule, one.operations, one.where.line) for one in findings if one.level is Level.BREAKING]


def marked(text: str) -> int | None:
    """Return the number of the line that is marked."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if HERE in line), None)


def document(paths: str, components: str = "", version: str = "3.1.0") -> str:
    head = f"openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths:\n"
    more = f"components:\n  schemas:\n{indent(dedent(components), '    ')}" if components else ""
    return head + indent(dedent(paths), "  ") + more


# --- Schemas, in both directions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Narrower:
    """A schema that allows less than another: the keyword that makes it so is on the marked line."""

    name: str
    rule: str
    narrow: str
    wide: str

    def __str__(self) -> str:
        return self.name


NARROWER = [
    Narrower(*case)
    for case in (
        ("minimum", "minimum", "type: integer\nminimum: 2 # here", "type: integer\nminimum: 1"),
        ("exclusive", "exclusive-maximum", "type: number\nexclusiveMaximum: 5 # here", "type: number\nmaximum: 5"),
        ("multiple", "multiple-of", "type: number\nmultipleOf: 0.5 # here", "type: number"),
        ("length", "max-length", "type: string\nmaxLength: 3 # here", "type: string"),
        ("pattern", "pattern", "type: string\npattern: '^[a-z]+$' # here", "type: string\npattern: '^[a-z0-9]+$'"),
        ("format", "format", "type: string\nformat: uuid # here", "type: string"),
        ("const", "const", "const: a # here", "enum: [a, b]"),
        ("enum", "enum", "enum: # here\n- a\n- b", "enum: [a, b, c]"),
        ("type", "type", "type: string # here", "type: [string, 'null']"),
        ("any type", "type", "type: object # here", "{}"),
        ("required", "required", "type: object\nrequired: # here\n- a", "type: object"),
        (
            "additionalProperties",
            "additional-properties",
            "type: object\nproperties: {a: {}}\nadditionalProperties: false # here",
            "type: object\nproperties: {a: {}}",
        ),
        (
            "unevaluatedProperties",
            "unevaluated-properties",
            "allOf: [{properties: {a: {}}}]\ntype: object\nunevaluatedProperties: false # here",
            "allOf: [{properties: {a: {}}}]\ntype: object",
        ),
        ("propertyNames", "max-length", "type: object\npropertyNames: {maxLength: 3} # here", "type: object"),
        ("dependent", "dependent-required", "type: object\ndependentRequired: {a: [b]} # here", "type: object"),
        ("dependentSchemas", "required", "type: object\ndependentSchemas: {a: {required: [b]}} # here", "type: object"),
        ("contains", "contains", "type: array\ncontains: {const: 1} # here", "type: array"),
        (
            "maxContains",
            "max-contains",
            "type: array\ncontains: {const: 1} # here\nmaxContains: 1",
            "type: array\ncontains: {const: 1}\nmaxContains: 2",
        ),
        ("unique", "unique-items", "type: array\nuniqueItems: true # here", "type: array"),
        (
            "tuple",
            "type",
            "type: array\nprefixItems:\n- {type: string}\n- {type: integer} # here",
            "type: array\nprefixItems:\n- {type: string}\n- {type: number}",
        ),
        (
            "end of a tuple",
            "items",
            "type: array\nprefixItems: [{type: string}]\nitems: false # here",
            "type: array\nprefixItems: [{type: string}]",
        ),
        (
            "if and then",
            "required",
            "type: object\nif: {required: [a]}\nthen: {required: [b]} # here",
            "type: object\nif: {required: [a]}",
        ),
        ("not", "not", "type: string\nnot: {const: a} # here", "type: string"),
        ("nothing", "any-of", "anyOf: # here\n- false", "type: string"),
        (
            "beside a reference",
            "max-length",
            "$ref: '#/components/schemas/Text'\nmaxLength: 3 # here\n",
            "$ref: '#/components/schemas/Text'\n",
        ),
        ("oneOf", "one-of", "oneOf: # here\n- {type: integer}\n- {type: number}", "type: number"),
        (
            "an alternative less",
            "one-of",
            """\
            oneOf: # here
            - {type: object, properties: {kind: {const: a}}, required: [kind]}
            - {type: object, properties: {kind: {const: b}}, required: [kind]}
            """,
            """\
            oneOf:
            - {type: object, properties: {kind: {const: a}}, required: [kind]}
            - {type: object, properties: {kind: {const: b}}, required: [kind]}
            - {type: object, properties: {kind: {const: c}}, required: [kind]}
            """,
        ),
        (
            "allOf",
            "minimum",
            "allOf:\n- {type: integer}\n- {minimum: 1} # here",
            "allOf:\n- {type: integer}\n- {minimum: 0}",
        ),
        (
            "deep below",
            "enum",
            """\
            type: object
            properties:
              jobs:
                type: array
                items:
                  properties:
                    status:
                      enum: [queued, done] # here
            """,
            """\
            type: object
            properties:
              jobs:
                type: array
                items:
                  properties:
                    status:
                      enum: [queued, done, archived]
            """,
        ),
        (
            "recursion",
            "type",
            """\
            type: object
            properties:
              next: {$ref: '#/components/schemas/Subject'}
              value: {type: integer} # here
            """,
            """\
            type: object
            properties:
              next: {$ref: '#/components/schemas/Subject'}
              value: {type: number}
            """,
        ),
    )
]
SUBJECT = "{application/json: {schema: {$ref: '#/components/schemas/Subject'}}}"
PATHS = {
    "request": f"""\
        /jobs:
          post:
            operationId: start
            requestBody: {{required: true, content: {SUBJECT}}}
            responses: {{'204': {{description: d}}}}
        """,
    "response": f"""\
        /jobs:
          post:
            operationId: start
            responses: {{'200': {{description: d, content: {SUBJECT}}}}}
        """,
}


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize("case", NARROWER, ids=str)
def test_who_reads_less_than_is_sent_breaks_at_the_line_that_says_so(
    case: Narrower, direction: str, read: Read
) -> None:
    narrow, wide = (
        document(PATHS[direction], f"Text: {{type: string}}\nSubject:\n{indent(dedent(text), '  ')}")
        for text in (case.narrow, case.wide)
    )
    # A request breaks where less is taken, a response where more is sent.
    old, new = (wide, narrow) if direction == "request" else (narrow, wide)
    findings = compare(read("old", old), read("new", new), TODAY)

    assert broken(findings) == [(f"{direction}-{case.rule}", ("start",), marked(narrow))]
    (finding,) = (one for one in findings if one.level is Level.BREAKING)
    assert finding.where.file == "specs/api/api.yaml"
    assert (finding.verdict, finding.witness and finding.witness.rejected_by) == (
        Verdict.BROKEN,
        Party.NEW if direction == "request" else Party.OLD,
    )
    assert Oracle(_pair(wide, narrow)).holds(_body(finding))

    back = compare(read("new", new), read("old", old), TODAY)
    assert [one for one in back if one.verdict is not Verdict.SAFE and one.level is not Level.INFO] == []


def _pair(wide: str, narrow: str) -> Json:
    allowing, refusing = (yaml.safe_load(text)["components"]["schemas"] for text in (wide, narrow))
    made = pair(True, True)
    made.allowing["components"]["schemas"] = allowing
    made.refusing["components"]["schemas"] = refusing
    return made


def _exchange(finding: Finding) -> Exchange:
    assert finding.witness is not None
    (exchange,) = finding.witness.trace
    return exchange


def _body(finding: Finding) -> Json:
    exchange = _exchange(finding)
    return json.loads((exchange.response.body if exchange.response else exchange.request.body) or b"")


# --- Parameters and headers ------------------------------------------------------------------------------------------

PLACES: dict[str, Callable[[Exchange], str | None]] = {
    "path": lambda exchange: unquote(urlsplit(exchange.request.url).path.rpartition("/")[2]),
    "query": lambda exchange: parse_qs(urlsplit(exchange.request.url).query)["value"][0],
    "header": lambda exchange: exchange.request.header("value"),
    "cookie": lambda exchange: (exchange.request.header("cookie") or "").removeprefix("value="),
    "response": lambda exchange: exchange.response.header("value") if exchange.response else None,
}
"""Where a value travels, and how it is read off the wire."""
SENT = {
    "a bound": ("{type: integer, maximum: 9}", "{type: integer}", "maximum"),
    "a pattern": ("{type: string, pattern: '^[0-9]+$'}", "{type: string}", "pattern"),
    "an enum": ("{enum: [a, b]}", "{enum: [a, b, c]}", "enum"),
    "a length": ("{type: string, minLength: 3}", "{type: string, minLength: 2}", "min-length"),
}


def _sending(place: str, schema: str) -> str:
    path, parameters, headers = "/jobs", "[]", "{}"
    if place == "response":
        headers = f"{{Value: {{schema: {schema}}}}}"
    else:
        path = "/jobs/{value}" if place == "path" else path
        needed = "required: true, " if place == "path" else ""
        parameters = f"[{{name: value, in: {place}, {needed}schema: {schema}}}]"
    return document(f"""\
        {path}:
          get:
            operationId: read
            parameters: {parameters} # here
            responses:
              '200': {{description: d, headers: {headers}}}
        """)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("case", SENT.values(), ids=list(SENT))
def test_what_travels_beside_the_body_is_compared_by_its_direction(
    place: str, case: tuple[str, str, str], read: Read
) -> None:
    narrow, wide, rule = case
    sides = {"narrow": read("narrow", _sending(place, narrow)), "wide": read("wide", _sending(place, wide))}
    if place == "response":
        direction, old, new = "response", sides["narrow"], sides["wide"]
    else:
        direction, old, new = "request", sides["wide"], sides["narrow"]

    findings = compare(old, new, TODAY)
    assert [one[:2] for one in broken(findings)] == [(f"{direction}-{rule}", ("read",))]
    text = PLACES[place](_exchange(findings[0]))
    assert text
    value = int(text) if "integer" in narrow else text
    assert Oracle(pair(yaml.safe_load(wide), yaml.safe_load(narrow))).holds(value)
    assert compare(new, old, TODAY) == []


# --- Messages as a whole ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """`old` against `new` is `rule` at the marked line, shown by `wire`; `new` against `old` breaks by `back`.

    The texts are what an operation `run`, `POST /jobs`, says; the marked line stands in that of them which refuses.
    """

    name: str
    old: str
    new: str
    rule: str
    wire: tuple[str, str]
    back: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def _operation(said: str) -> str:
    return document("/jobs:\n  post:\n    operationId: run\n" + indent(dedent(said), "    "))


def _wire(exchange: Exchange) -> tuple[str, str]:
    """Return what is sent and what is answered, as a person would note it."""

    def text(*parts: object) -> str:
        return " ".join(str(part) for part in parts if part)

    request, response = exchange.request, exchange.response
    sent = text(
        request.url.removeprefix("https://api.example"),
        *(f"{name}: {value}" for name, value in request.headers if name.lower() != "content-type"),
        request.header("content-type"),
        (request.body or b"").decode(),
    )
    if response is None:
        return sent, ""
    return sent, text(response.status, response.header("content-type"), response.body.decode())


DONE = "responses: {'200': {description: d}}"
CHANGES = [
    Change(
        "the body became required",
        f"requestBody: {{content: {{text/plain: {{schema: {{type: string}}}}}}}}\n{DONE}",
        f"requestBody: {{required: true, content: {{text/plain: {{schema: {{type: string}}}}}}}} # here\n{DONE}",
        "request-required",
        ("/jobs", ""),
    ),
    Change(
        "a body is asked for",
        DONE,
        f"requestBody: {{required: true, content: {{application/json: {{schema: {{}}}}}}}} # here\n{DONE}",
        "request-required",
        ("/jobs", ""),
    ),
    Change(
        "a query parameter became required",
        f"parameters:\n- {{name: page, in: query, schema: {{type: integer}}}}\n{DONE}",
        f"parameters:\n- {{name: page, in: query, required: true, schema: {{type: integer}}}} # here\n{DONE}",
        "request-required",
        ("/jobs", ""),
    ),
    Change(
        "a header is asked for",
        DONE,
        f"parameters:\n- {{name: X-Tenant, in: header, required: true, schema: {{type: string}}}} # here\n{DONE}",
        "request-required",
        ("/jobs", ""),
    ),
    Change(
        "a header of the response became optional",
        "responses:\n  '200': {description: d, headers: {X-Next: {required: true, schema: {}}}} # here",
        "responses:\n  '200': {description: d, headers: {x-next: {schema: {}}}}",
        "response-required",
        ("/jobs", "200"),
    ),
    Change(
        "the response lost its body",
        "responses:\n  '200': {description: d, content: {application/json: {schema: {type: object}}}} # here",
        "responses:\n  '200': {description: d}",
        "response-required",
        ("/jobs", "200"),
    ),
    Change(
        "within one of several media types",
        """\
        responses:
          '200':
            description: d
            content:
              application/json: {schema: {type: string}} # here
              text/plain: {schema: {type: string}}
        """,
        """\
        responses:
          '200':
            description: d
            content:
              application/json: {schema: {type: [string, 'null']}}
              text/plain: {schema: {type: string}}
        """,
        "response-type",
        ("/jobs", "200 application/json null"),
    ),
    Change(
        "a media type against a range of them",
        "responses:\n  '200': {description: d, content: {application/*: {schema: {type: string}}}} # here",
        "responses:\n  '200': {description: d, content: {application/json: {schema: {type: [string, 'null']}}}}",
        "response-type",
        ("/jobs", "200 application/json null"),
    ),
    Change(
        "a media type with a parameter",
        "responses:\n  '200': {description: d, content: {application/json: {schema: {const: 1}}}} # here",
        "responses:\n  '200': {description: d, content: {application/json; charset=utf-8: {schema: {enum: [1, 2]}}}}",
        "response-const",
        ("/jobs", "200 application/json; charset=utf-8 2"),
    ),
    Change(
        "a status that the default covered",
        """\
        responses:
          '200': {description: d}
          default: {description: d, content: {application/json: {schema: {required: [error], type: object}}}} # here
        """,
        """\
        responses:
          '200': {description: d}
          '404': {description: d, content: {application/json: {schema: {type: object}}}}
          default: {description: d, content: {application/json: {schema: {required: [error], type: object}}}}
        """,
        "response-required",
        ("/jobs", "404 application/json {}"),
    ),
    Change(
        "a range of statuses",
        """\
        responses:
          '200': {description: d}
          '400': {description: d, content: {application/json: {schema: {type: object}}}}
          4XX: {description: d, content: {application/json: {schema: {required: [error], type: object}}}} # here
        """,
        """\
        responses:
          '200': {description: d}
          '400': {description: d, content: {application/json: {schema: {type: object}}}}
          4XX: {description: d, content: {application/json: {schema: {type: object}}}}
        """,
        "response-required",
        ("/jobs", "401 application/json {}"),
    ),
    Change(
        "the default",
        """\
        responses:
          default: {description: d, content: {application/json: {schema: {enum: [a]}}}} # here
        """,
        """\
        responses:
          default: {description: d, content: {application/json: {schema: {enum: [a, b]}}}}
        """,
        "response-enum",
        ("/jobs", '500 application/json "b"'),
    ),
]


@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_a_message_as_a_whole(case: Change, read: Read) -> None:
    old, new = _operation(case.old), _operation(case.new)
    findings = compare(read("old", old), read("new", new), TODAY)
    line = marked(new) if HERE in new else marked(old)
    assert broken(findings) == [(case.rule, ("run",), line)]
    assert _wire(_exchange(findings[0])) == case.wire

    back = compare(read("new", new), read("old", old), TODAY)
    assert tuple(rule for rule, _, _ in broken(back)) == case.back


SILENT = {
    "a header in another case": (
        f"parameters: [{{name: X-Tenant, in: header, required: true, schema: {{type: string}}}}]\n{DONE}",
        f"parameters: [{{name: x-tenant, in: header, required: true, schema: {{type: string}}}}]\n{DONE}",
    ),
    "a response header in another case": (
        "responses: {'200': {description: d, headers: {X-Next: {required: true, schema: {}}}}}",
        "responses: {'200': {description: d, headers: {x-NEXT: {required: true, schema: {}}}}}",
    ),
    "headers that are no parameters": (
        f"parameters: [{{name: Accept, in: header, schema: {{type: string}}}}]\n{DONE}",
        f"parameters: [{{name: Accept, in: header, required: true, schema: {{const: a}}}}]\n{DONE}",
    ),
    "a parameter by its content": (
        f"parameters: [{{name: q, in: query, content: {{application/json: {{schema: {{type: object}}}}}}}}]\n{DONE}",
        f"parameters: [{{content: {{application/json: {{schema: {{type: object}}}}}}, in: query, name: q}}]\n{DONE}",
    ),
    "every status of a range": (
        "responses: {'200': {description: d}, 4XX: {description: d, content: {text/plain: {schema: {const: a}}}}}",
        "responses: {4xx: {description: d, content: {text/plain: {schema: {enum: [a]}}}}, '200': {description: d}}",
    ),
}


@pytest.mark.parametrize("case", SILENT.values(), ids=list(SILENT))
def test_what_means_the_same_is_silent(case: tuple[str, str], read: Read) -> None:
    one, other = (read(side, _operation(said)) for side, said in zip(("one", "other"), case, strict=True))
    assert (compare(one, other, TODAY), compare(other, one, TODAY)) == ([], [])


# --- Who sends what --------------------------------------------------------------------------------------------------

BOTH_WAYS = f"""\
    /jobs:
      put:
        operationId: save
        requestBody: {{required: true, content: {SUBJECT}}}
        responses: {{'200': {{description: d, content: {SUBJECT}}}}}
    """


def _saved(properties: str, required: str = "[]", more: str = "") -> str:
    return document(BOTH_WAYS, f"Subject:\n  type: object\n  required: {required}\n  properties: {properties}\n{more}")


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        pytest.param(
            _saved("{id: {type: string, readOnly: true}, name: {type: string}}", "[name]"),
            _saved("{id: {type: string, readOnly: true}, name: {type: string}}", "[name, id]"),
            [],
            id="a required property that requests do not carry",
        ),
        pytest.param(
            _saved("{id: {type: string, readOnly: true}}", "[id]"),
            _saved("{id: {type: string, readOnly: true}}"),
            ["response-required"],
            id="and that responses carried",
        ),
        pytest.param(
            _saved("{id: {enum: [a], readOnly: true}}"),
            _saved("{id: {enum: [a, b], readOnly: true}}"),
            ["response-enum"],
            id="its values in responses",
        ),
        pytest.param(
            _saved("{id: {enum: [a, b], readOnly: true}}"),
            _saved("{id: {enum: [a], readOnly: true}}"),
            [],
            id="its values in requests",
        ),
        pytest.param(
            _saved("{pin: {type: string, writeOnly: true}}"),
            _saved("{pin: {type: string, writeOnly: true, maxLength: 4}}"),
            ["request-max-length"],
            id="a property that responses do not carry",
        ),
        pytest.param(
            _saved("{pin: {type: string, writeOnly: true, maxLength: 4}}", "[pin]"),
            _saved("{pin: {type: string, writeOnly: true}}"),
            [],
            id="a property that only requests have to carry",
        ),
        pytest.param(
            _saved("{id: {type: string, readOnly: true}, n: {type: integer}}", more="  allOf: [{required: [id]}]"),
            _saved(
                "{id: {type: string, readOnly: true}, n: {minimum: 0, type: integer}}",
                more="  allOf: [{required: [id]}]",
            ),
            ["request-minimum"],
            id="that is required beside what declares it",
        ),
    ],
)
def test_a_property_counts_in_the_direction_in_which_it_travels(
    old: str, new: str, rules: list[str], read: Read
) -> None:
    assert [rule for rule, _, _ in broken(compare(read("old", old), read("new", new), TODAY))] == rules


def test_what_several_operations_share_is_one_finding_with_all_of_them(read: Read) -> None:
    paths = """\
        /jobs:
          get:
            operationId: list
            responses:
              '200':
                description: d
                content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Job'}}}}
          post:
            operationId: start
            responses:
              '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}
        /jobs/{id}:
          get:
            operationId: show
            parameters: [{name: id, in: path, required: true, schema: {type: string}}]
            responses:
              '200':
                description: d
                content:
                  application/json: {schema: {properties: {job: {$ref: '#/components/schemas/Job'}}, type: object}}
          delete:
            operationId: stop
            parameters: [{name: id, in: path, required: true, schema: {type: string}}]
            responses: {'204': {description: d}}
        """
    old, new = (
        document(paths, f"Job:\n  type: object\n  properties:\n    status: {{enum: [{values}]}} {HERE}")
        for values in ("queued, done", "queued, done, archived, lost")
    )
    findings = compare(read("old", old), read("new", new), TODAY)
    everywhere = ("list", "show", "start")
    assert broken(findings) == [("response-enum", everywhere, marked(old))] * 2
    assert [one.value for one in findings] == ["archived", "lost"]
    assert "clients that switch on" in findings[0].message
    assert [_wire(_exchange(one))[1] for one in findings] == [
        '200 application/json [{"status": "archived"}]',
        '200 application/json [{"status": "lost"}]',
    ]
    assert compare(read("new", new), read("old", old), TODAY) == []


def test_what_refers_into_another_operation_changes_with_it(read: Read) -> None:
    paths = """\
        /jobs:
          get:
            operationId: list
            responses: {{'200': {{description: d, content: {{application/json: {{schema: {schema}}}}}}}}}
        /runs:
          get:
            operationId: runs
            responses:
              '200':
                description: d
                content:
                  application/json:
                    schema: {{$ref: '#/paths/~1jobs/get/responses/200/content/application~1json/schema'}}
        """
    old, new = (document(paths.format(schema=schema)) for schema in ("{type: string}", "{type: [string, 'null']}"))
    assert broken(compare(read("old", old), read("new", new), TODAY)) == [("response-type", ("list", "runs"), 7)]


def test_true_is_not_1(read: Read) -> None:
    old, new = (
        read(side, document(PATHS["response"], f"Subject: {{const: {said}}}"))
        for side, said in (("old", 1), ("new", "true"))
    )
    assert [rule for rule, _, _ in broken(compare(old, new, TODAY))] == ["response-const"]
    assert [rule for rule, _, _ in broken(compare(new, old, TODAY))] == ["response-const"]


def test_a_break_beside_another_is_found_where_what_is_around_it_may_be_of_two_kinds(read: Read) -> None:
    old, new = (
        document(PATHS["request"], f"Subject: {{type: object, properties: {{p: {{type: {p}}}, w: {w}}}}}")
        for p, w in (
            (
                "string",
                "{oneOf: [{required: [id], properties: {id: {type: string}, kind: {type: string}}, type: object},"
                " {required: [id], properties: {id: {type: string}, size: {type: integer}}, type: object}]}",
            ),
            ("integer", "{required: [id], properties: {id: {type: integer}}, type: object}"),
        )
    )
    found = compare(read("old", old), read("new", new), TODAY)
    assert sorted(one.where.pointer for one in found if one.level is Level.BREAKING) == [
        "/components/schemas/Subject/properties/p/type",
        "/components/schemas/Subject/properties/w/properties/id/type",
    ]


def test_a_document_of_3_0_is_compared_with_one_of_3_1(read: Read) -> None:
    said = (
        "Subject: {type: object, properties: {n: {type: number, minimum: 0, exclusiveMinimum: true, nullable: true}}}"
    )
    old = document(PATHS["response"], f"{said} {HERE}", version="3.0.3")
    same, more = (
        document(
            PATHS["response"], f"Subject: {{type: object, properties: {{n: {{type: [number, 'null'], {bound}: 0}}}}}}"
        )
        for bound in ("exclusiveMinimum", "minimum")
    )
    before, after, wider = read("old", old), read("same", same), read("more", more)

    assert (compare(before, after, TODAY), compare(after, before, TODAY)) == ([], [])
    (finding,) = compare(before, wider, TODAY)
    assert (finding.rule, finding.where.line, _body(finding)) == ("response-exclusive-minimum", marked(old), {"n": 0})
    assert compare(wider, before, TODAY) == []


# --- Against the oracle ----------------------------------------------------------------------------------------------

PAIRS = 40
"""How many pairs of each mode are compared as whole documents, in either direction by turns."""


@pytest.mark.parametrize("mode", MODES)
def test_whole_documents_tell_the_truth_about_their_schemas(mode: str, read: Read) -> None:
    seen, wrong = Counter[tuple[str, bool]](), []
    for seed in range(1_000, 1_000 + PAIRS):
        one, direction = drawn(seed, mode), ("request", "response")[seed % 2]
        old, new = (one.allowing, one.refusing) if direction == "request" else (one.refusing, one.allowing)
        before, after = (read(side, json.dumps(_whole(said, direction))) for side, said in (("old", old), ("new", new)))
        by = Party.OLD if direction == "request" else Party.NEW
        findings = [one for one in compare(before, after, TODAY) if one.rule.startswith(direction)]
        shown = [_body(one) for one in findings if one.witness is not None and one.witness.allowed_by is by]
        oracle = Oracle(one)
        breaking = oracle.breaking()
        undecided = any(one.verdict is Verdict.UNDECIDED for one in findings)
        seen["broken" if shown else "undecided" if undecided else "safe", bool(breaking)] += 1
        if (breaking and not shown and not undecided) or not all(map(oracle.holds, shown)):
            wrong.append(f"{one}\n    {shown} {breaking}")
    assert wrong == []
    assert seen["undecided", True] + seen["undecided", False] < 0.03 * PAIRS, seen


def _whole(document: Json, direction: str) -> Json:
    content = {"application/json": {"schema": {"$ref": f"#{AT}"}}}
    body = {"requestBody": {"required": True, "content": content}} if direction == "request" else {}
    answer = {"description": "d"} | ({} if body else {"content": content})
    paths = {"/jobs": {"post": {"operationId": "start", **body, "responses": {"200": answer}}}}
    return {**document, "info": {"title": "t", "version": "1"}, "paths": paths}

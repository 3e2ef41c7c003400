"""An SDK against a contract: each class of difference, models that are hard to judge, the real client of Intuned."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
import yaml
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)

from specwitness import Level, Party, Verdict
from specwitness.contract import load, pointers
from specwitness.contract.model import Contract
from specwitness.drift.levels import KNOWN
from specwitness.drift.sdk import Compared, Use, compare
from specwitness.drift.sdk.models import loaded
from specwitness.exceptions import SourceError, SpecwitnessError, UnknownOperationError
from specwitness.findings import Finding, Json

ROOT = Path(__file__).parents[2]
INTUNED = load.load(ROOT / "specs" / "intuned")
RUN_RESULT = Use("intuned_client.models", "RunResultResponse", "runApiResult", 200)
JOB_RUN = Use("intuned_client.models", "JobsRunsGetResponse", "getJobRun", 200)

BREAKING, WARNING, INFO = Level.BREAKING, Level.WARNING, Level.INFO


# --- Models that read responses -------------------------------------------------------------------------------------


class Status(BaseModel):
    status: Literal["pending", "done"]


class Colour(enum.Enum):
    RED = "red"


class Coloured(BaseModel):
    colour: Colour


class Name(BaseModel):
    name: str


class Count(BaseModel):
    count: int


class Positive(BaseModel):
    count: int = Field(ge=1)


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""


class Renamed(BaseModel):
    run_id: str = Field(alias="runId")


class ByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    run_id: str = Field(alias="runId")


class ByChoice(BaseModel):
    run_id: str = Field(validation_alias=AliasChoices("runId", "run_id"))


class At(BaseModel):
    at: dt.datetime


class StrictlyAt(BaseModel):
    model_config = ConfigDict(strict=True)
    at: dt.datetime


class On(BaseModel):
    on: dt.date


class Validated(BaseModel):
    status: str

    @field_validator("status")
    @classmethod
    def is_known(cls, status: str) -> str:
        if status == "b":
            raise ValueError("b is not for us")
        return status


class Failing(BaseModel):
    data: dict[str, Any]

    @model_validator(mode="after")
    def looks(self) -> Failing:
        self.data["needed"]
        return self


class Taking(BaseModel):
    """A model that takes what it reads out of what it is given."""

    name: str
    count: int

    @model_validator(mode="before")
    @classmethod
    def take(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {key: given.pop(key) for key in [*given]}


ILL = iter([True, True])


class Moody(BaseModel):
    """A model that refuses the first value it is given, as JSON and as text, and no other."""

    name: str

    @field_validator("name")
    @classmethod
    def is_liked(cls, name: str) -> str:
        if next(ILL, False):
            raise ValueError("not now")
        return name


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Tagged(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Untagged(BaseModel):
    pet: Cat | Dog


class Flag(BaseModel):
    on: bool


class Either(BaseModel):
    value: Literal["a", "b"] | None


Pet = Cat | Dog


class Tree(BaseModel):
    kind: Literal["leaf", "branch"]
    branches: list[Tree] = []


class Numbers(BaseModel):
    by_name: dict[str, int] = {}


class Names(RootModel[list[Name]]):
    pass


class Nested(BaseModel):
    items: list[Status] = []


class Unschooled(BaseModel):
    """A model that pydantic has no schema for."""

    made: Annotated[object, BeforeValidator(lambda value: value if value != "b" else 1 / 0)] = None
    call: Callable[[], None] | None = None


class Spoken(BaseModel):
    """A model that says what nobody can decide, and does not check it."""

    word: str = Field(json_schema_extra={"pattern": r"^(a+)b+(\1)?$"})


class Inner(BaseModel):
    c: str = ""


class Fields(BaseModel):
    ours: Inner = Inner()
    both: list[Inner] = []
    free: Inner = Inner()


class Knowing(BaseModel):
    name: str = ""
    extra: bool = False


# --- Models of requests ---------------------------------------------------------------------------------------------


class Maybe(BaseModel):
    name: str | None = None


class Defaulted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""
    trace: bool = True


class Computed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str

    @computed_field  # type: ignore[prop-decorator] # https://github.com/python/mypy/issues/14461
    @property
    def size(self) -> int:
        return len(self.name)


class Texted(BaseModel):
    count: Annotated[int, PlainSerializer(str)]


class Always(BaseModel):
    """A model that says that it takes any text, and sends one."""

    status: Annotated[str, AfterValidator(lambda _: "a")]


class Never(BaseModel):
    """A model that takes nothing."""

    status: Annotated[str, AfterValidator(lambda _: 1 / 0)]


class Aliased(BaseModel):
    """A model that is made by one name and sends another."""

    run_id: int = Field(validation_alias="made", serialization_alias="sent")


class Renaming(BaseModel):
    run_id: str = Field(serialization_alias="runId")


class Unserializable(BaseModel):
    """A model that can be made and not be sent."""

    status: Annotated[str, PlainSerializer(lambda _: 1 / 0)]


FICKLE = iter(["b"])


class Fickle(BaseModel):
    """A model that sends the wrong thing once."""

    status: Annotated[str, PlainSerializer(lambda _: next(FICKLE, "a"))]


class Fresh(BaseModel):
    """A model that sends another id each time."""

    id: uuid.UUID = Field(default_factory=uuid.uuid4)


class Speaking(BaseModel):
    """A model that is made by one name and sends another, of which it says what it looks like."""

    word: str = Field(validation_alias="made", serialization_alias="word", json_schema_extra={"pattern": "^ab+$"})


class Unfinished(BaseModel):
    part: NotYet  # type: ignore[name-defined] # noqa: F821 - that is the point


class Forest(BaseModel):
    name: str
    trees: list[Forest] = []


OBJECT = {"type": "object"}
TEXTS = {"type": "array", "items": {"type": "string"}}
NULLABLE = {"type": ["string", "null"]}
DATE_TIME = {"type": "string", "format": "date-time"}


def of(**properties: str | dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with properties, of types or schemas; optional if their name begins with `_`."""
    return {
        "type": "object",
        "properties": {
            name.removeprefix("_"): {"type": one} if isinstance(one, str) else one for name, one in properties.items()
        },
        "required": [name for name in properties if not name.startswith("_")],
    }


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "additionalProperties": False}


CAT, COW = of(kind={"enum": ["cat"]}, lives="integer"), of(kind={"enum": ["cow"]})
DOG = of(kind={"enum": ["dog"]}, tricks=TEXTS)
TREE_OF = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
TREE = of(kind={"enum": ["leaf", "branch", "root"]}, _branches=TREE_OF)

RESPONSES = [
    # What the spec allows, the model that reads it, and what that refuses: how grave, what, and the smallest body.
    ("enum", of(status={"enum": ["pending", "done", "lost"]}), Status, [(BREAKING, "lost", {"status": "lost"})]),
    ("enum-class", of(colour={"enum": ["red", "blue"]}), Coloured, [(BREAKING, "blue", {"colour": "blue"})]),
    ("enum-narrower", of(status={"enum": ["done"]}), Status, []),
    ("required", of(_name="string"), Name, [(BREAKING, "missing", {})]),
    ("null", of(name=NULLABLE), Name, [(BREAKING, "type", {"name": None})]),
    ("type", of(name="boolean"), Name, [(BREAKING, "type", {"name": True})]),
    ("bound", of(count="integer"), Positive, [(BREAKING, "greater_than_equal", {"count": 0})]),
    (
        "map",
        of(_by_name={"type": "object", "additionalProperties": {"type": "number"}}),
        Numbers,
        [(BREAKING, "type", {"by_name": {"other": 2.5}})],
    ),
    # What pydantic reads though its schema does not say so.
    ("bool-as-int", of(count="boolean"), Count, []),
    ("digits-as-int", of(count={"enum": ["1", "2"]}), Count, []),
    ("words-as-bool", of(on={"enum": ["yes", "off", "maybe"]}), Flag, [(BREAKING, "type", {"on": "maybe"})]),
    ("strict-but-json", of(at=DATE_TIME), StrictlyAt, []),
    # Texts.
    ("date-time", of(at=DATE_TIME), At, []),
    ("text-as-date-time", of(at="string"), At, [(BREAKING, "type", {"at": "at-1"})]),
    (
        "date-time-as-date",
        of(on=DATE_TIME),
        On,
        [(BREAKING, "date_from_datetime_inexact", {"on": "2026-01-15T09:30:00Z"})],
    ),
    # What no schema of pydantic says.
    ("validator", of(status={"enum": ["a", "b"]}), Validated, [(BREAKING, "value_error", {"status": "b"})]),
    ("failing", of(data=OBJECT), Failing, [(BREAKING, "KeyError", {"data": {}})]),
    ("taking", of(name={"enum": ["a"]}, _count="integer"), Taking, [(BREAKING, "missing", {"name": "a"})]),
    ("moody", of(name="string"), Moody, []),
    ("unschooled", of(_made={"enum": ["a", "b"]}), Unschooled, [(BREAKING, "ZeroDivisionError", {"made": "b"})]),
    # Properties that one side alone names.
    (
        "forbidden",
        of(_name="string", _other="string"),
        Closed,
        [(BREAKING, "extra_forbidden", {"other": "text-1"}), (WARNING, "extra_forbidden", {"other2": "text"})],
    ),
    ("forbidden-by-both", closed(of(_name="string")), Closed, []),
    ("unnamed", of(_name="string"), Knowing, [(INFO, "type", {"extra": []})]),
    ("by-name", closed(of(run_id="string")), ByName, []),
    ("by-choice", closed(of(run_id="string")), ByChoice, []),
    ("not-by-name", closed(of(_run_id="string")), Renamed, [(BREAKING, "missing", {})]),
    ("write-only", of(_name={"type": "integer", "writeOnly": True}), Knowing, [(INFO, "type", {"extra": []})]),
    # Alternatives, arrays, recursion.
    ("tagged", of(pet={"oneOf": [CAT, DOG]}), Tagged, []),
    ("tag", of(pet={"oneOf": [CAT, COW]}), Tagged, [(BREAKING, "cow", {"pet": {"kind": "cow"}})]),
    (
        "within-a-tag",
        of(pet={"oneOf": [of(kind={"enum": ["cat"]}), DOG]}),
        Tagged,
        [(BREAKING, "missing", {"pet": {"kind": "cat"}}), (INFO, "type", {"pet": {"lives": [], "kind": "cat"}})],
    ),
    (
        "untagged",
        of(pet={"oneOf": [of(kind={"enum": ["cat"]}), DOG]}),
        Untagged,
        [(BREAKING, "union", {"pet": {"kind": "cat"}})],
    ),
    ("union", of(value={"enum": ["a", "b", "c", None]}), Either, [(BREAKING, "c", {"value": "c"})]),
    ("alias", {"oneOf": [CAT, DOG]}, "Pet", []),
    ("root", {"type": "array", "items": of(_name="string")}, Names, [(BREAKING, "missing", [{}])]),
    (
        "item",
        of(_items={"type": "array", "items": of(status={"enum": ["done", "lost"]})}),
        Nested,
        [(BREAKING, "lost", {"items": [{"status": "lost"}]})],
    ),
    ("recursive", {"$ref": "#/components/schemas/Tree"}, Tree, [(BREAKING, "root", {"kind": "root"})]),
]

REQUESTS = [
    # What the spec takes, the model that makes it, and what is refused of what that sends: what, and the smallest body.
    ("same", of(name="string"), Name, []),
    ("optional", of(name="string"), Maybe, [("name", {})]),
    ("null-is-not-sent", of(_name="string"), Maybe, []),
    ("enum", of(status={"enum": ["pending"]}), Status, [("done", {"status": "done"})]),
    ("type", of(name="integer"), Name, [("string", {"name": "text-1"})]),
    ("bound", of(count={"type": "integer", "maximum": 5}), Positive, [(None, {"count": 7})]),
    ("default", closed(of(_name="string")), Defaulted, [("trace", {"name": "", "trace": True})]),
    ("computed", closed(of(_name="string")), Computed, [("size", {"name": "name-1", "size": 6})]),
    ("serializer", of(count="integer"), Texted, [("string", {"count": "9"})]),
    ("always", of(status={"enum": ["a"]}), Always, []),
    ("never", of(status={"enum": ["a"]}), Never, []),
    ("unserializable", of(status={"enum": ["a"]}), Unserializable, []),
    ("fickle", of(status={"enum": ["a"]}), Fickle, []),
    ("new-each-time", of(id={"type": "string", "maxLength": 3}), Fresh, [(None, ...)]),
    ("aliased", of(sent="string"), Aliased, [("number", {"sent": 7})]),
    ("renamed", closed(of(runId="string")), Renaming, []),
    ("not-renamed", of(run_id="string"), Renaming, [("run_id", ...)]),
    ("read-only", of(_name="string", id={"type": "string", "readOnly": True}), Name, []),
    ("date-time", of(at=DATE_TIME), At, []),
    (
        "date-time-as-date",
        of(at={"type": "string", "format": "date"}),
        At,
        [(None, {"at": "2026-01-15T09:30:00Z"})],
    ),
    (
        "union",
        {"oneOf": [CAT, of(kind={"enum": ["dog"]}, tricks={"items": {"maxLength": 1}})]},
        "Pet",
        [(None, {"kind": "dog", "tricks": ["aa"]})],
    ),
    ("recursive", {"$ref": "#/components/schemas/Tree"}, Forest, [("kind", ...)]),
]


def contract_of(folder: Path, schema: Json, *, of_request: bool = False) -> Contract:
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "op",
        **({"requestBody": content} if of_request else {}),
        "responses": {"200": {"description": "d", **({} if of_request else content)}, "204": {"description": "d"}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/pets": {"post" if of_request else "get": operation}},
        "components": {"schemas": {"Tree": TREE}},
    }
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document))
    return load.load(folder / "openapi.yaml")


def named(model: type[BaseModel] | str) -> str:
    return model if isinstance(model, str) else model.__name__


def read(folder: Path, schema: Json, model: type[BaseModel] | str) -> Compared:
    return compare(contract_of(folder, schema), Use(__name__, named(model), "op", 200))


def sent(folder: Path, schema: Json, model: type[BaseModel] | str) -> Compared:
    return compare(contract_of(folder, schema, of_request=True), Use(__name__, named(model), "op"))


# --- What is found --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "model", "expected"), [case[1:] for case in RESPONSES], ids=[case[0] for case in RESPONSES]
)
def test_what_the_sdk_cannot_read_is_shown_by_the_smallest_response(
    tmp_path: Path, schema: Json, model: type[BaseModel] | str, expected: list[tuple[Level, Json, Json]]
) -> None:
    found = read(tmp_path, schema, model).findings
    bodies = [response_body(one) for one in found]

    assert [(one.level, one.value, body) for one, body in zip(found, bodies, strict=True)] == expected
    for one, body in zip(found, bodies, strict=True):
        assert one.rule in KNOWN
        assert one.witness is not None
        assert (one.witness.allowed_by, one.witness.rejected_by) == (Party.SPEC, Party.SDK)
        with pytest.raises((ValidationError, KeyError, ZeroDivisionError)):
            loaded(__name__, named(model)).adapter.validate_python(body)


@pytest.mark.parametrize(
    ("schema", "model", "expected"), [case[1:] for case in REQUESTS], ids=[case[0] for case in REQUESTS]
)
def test_what_the_spec_does_not_take_of_the_sdk_is_shown_by_the_smallest_request(
    tmp_path: Path, schema: Json, model: type[BaseModel] | str, expected: list[tuple[Json, Json]]
) -> None:
    found = sent(tmp_path, schema, model).findings
    validator = jsonschema.Draft202012Validator(
        {**schema, "components": {"schemas": {"Tree": TREE}}}, format_checker=jsonschema.FormatChecker()
    )

    assert [one.value for one in found] == [value for value, _ in expected]
    for one, (_, smallest) in zip(found, expected, strict=True):
        assert (one.rule, one.level) == ("sdk-request", BREAKING)
        assert one.witness is not None
        assert (one.witness.allowed_by, one.witness.rejected_by) == (Party.SDK, Party.SPEC)
        body = one.witness.trace[0].request.json()
        assert smallest in (..., body)
        assert not validator.is_valid(body)


def response_body(finding: Finding) -> Json:
    assert finding.witness is not None
    response = finding.witness.trace[0].response
    assert response is not None
    return response.json()


def test_a_finding_says_what_cannot_be_read_in_the_words_of_the_sdk(tmp_path: Path) -> None:
    (found,) = read(tmp_path, of(status={"enum": ["pending", "done", "lost"]}), Status).findings

    assert found.verdict is Verdict.BROKEN
    assert found.message == 'GET /pets: the SDK cannot read a response that has `"lost"` as `status`'
    assert found.witness is not None
    assert found.witness.reason == "status: Input should be 'pending' or 'done'"
    assert (found.source, found.operations) == (f"{__name__}:Status", ("op",))
    at = "/paths/~1pets/get/responses/200/content/application~1json/schema/properties/status"
    assert (found.where.pointer, found.where.part) == (at, "response 200")


@pytest.mark.parametrize(
    ("schema", "model", "said"),
    [
        (of(_name="string"), Name, "lacks `name`"),
        ({"type": "array", "items": of(_name="string")}, Names, "lacks `[0].name`"),
        (of(_name="string"), Closed, "has a property in the body that it does not know"),
        (of(data=OBJECT), Failing, 'has `{"data": {}}` as the body'),
    ],
)
def test_a_sentence_says_what_is_wrong_with_a_response(
    tmp_path: Path, schema: Json, model: type[BaseModel], said: str
) -> None:
    (found,) = read(tmp_path, schema, model).findings

    assert found.message == f"GET /pets: the SDK cannot read a response that {said}"


@pytest.mark.parametrize(
    ("schema", "model", "said"),
    [
        (of(name="string"), Maybe, "a body without `name`"),
        (closed(of(_name="string")), Defaulted, "the property `trace` in the body"),
        (of(status={"enum": ["pending"]}), Status, '`"done"` as `status`'),
    ],
)
def test_a_sentence_says_what_is_wrong_with_a_request(
    tmp_path: Path, schema: Json, model: type[BaseModel], said: str
) -> None:
    (found,) = sent(tmp_path, schema, model).findings

    assert found.message == f"POST /pets: the SDK sends {said}, which is refused"


UNSENDABLE = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 2, maximum: 1}}]
    put:
      operationId: op
      requestBody:
        content:
          text/plain: {schema: {type: string}}
          application/json: {schema: {type: object, properties: {name: {type: integer}}}}
      responses:
        '200':
          description: d
          headers: {X-Id: {required: true, schema: {type: integer, minimum: 2, maximum: 1}}}
          content: {application/json: {schema: {type: object, properties: {name: {type: integer}}}}}
"""


@pytest.mark.parametrize("status", [None, 200])
def test_what_else_a_message_needs_and_cannot_have_is_left_out(tmp_path: Path, status: int | None) -> None:
    (tmp_path / "openapi.yaml").write_text(UNSENDABLE)
    contract = load.load(tmp_path / "openapi.yaml")
    found = compare(contract, Use(__name__, "Name", "op", status)).findings
    witness = found[0].witness

    assert witness is not None
    (exchange,) = witness.trace
    assert (exchange.request.method, exchange.request.url) == ("PUT", "https://api.example/pets/id")
    if status is None:
        assert (exchange.request.json(), exchange.response) == ({"name": "text-1"}, None)
    else:
        assert response_body(found[0]) == {"name": 7}


def test_a_response_is_shown_with_the_headers_that_are_required(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(UNSENDABLE.replace("minimum: 2, maximum: 1", "minimum: 2"))
    (found, *_) = compare(load.load(tmp_path / "openapi.yaml"), Use(__name__, "Name", "op", 200)).findings

    assert found.witness is not None
    response = found.witness.trace[0].response
    assert response is not None
    assert response.header("x-id") == "7"


def test_two_values_at_one_place_are_two_findings_and_one_mistake_at_two_items_is_one(tmp_path: Path) -> None:
    two = read(tmp_path, of(status={"enum": ["done", "lost", "gone"]}), Status).findings
    one = read(tmp_path, {"type": "array", "minItems": 3, "items": of(_name="string")}, Names).findings

    assert sorted(found.value for found in two) == ["gone", "lost"]
    assert len({found.fingerprint for found in two}) == 2
    assert [(response_body(found), found.message.partition("that ")[2]) for found in one] == [
        ([{}, {}, {}], "lacks `[0].name`")
    ]


def test_what_neither_the_judge_nor_a_message_shows_is_undecided(tmp_path: Path) -> None:
    (found,) = read(tmp_path, of(word={"type": "string", "pattern": "^ab+$"}), Spoken).findings

    assert (found.rule, found.verdict, found.level) == ("sdk-undecided", Verdict.UNDECIDED, WARNING)


def test_what_is_undecided_is_about_what_the_sdk_sends(tmp_path: Path) -> None:
    schema = of(word={"type": "string", "pattern": r"^(a+)b+(\1)?$"})
    (found,) = sent(tmp_path, schema, Speaking).findings

    assert (found.rule, found.verdict, found.where.part) == ("sdk-undecided", Verdict.UNDECIDED, "request")


# --- Fields ---------------------------------------------------------------------------------------------------------


def test_fields_of_one_side_are_named_and_what_is_free_form_is_silent(tmp_path: Path) -> None:
    inner = {"type": "array", "items": of(_b="string")}
    schema = {**of(_theirs=of(_x="string"), _both=inner, _free=OBJECT), "not": {"required": ["gone"]}}
    found = read(tmp_path, schema, Fields)

    assert (found.unknown, found.unread) == (("both[].c", "ours"), ("both[].b", "theirs"))


def test_fields_of_what_refers_to_itself_are_named_once(tmp_path: Path) -> None:
    found = sent(tmp_path, {"$ref": "#/components/schemas/Tree"}, Forest)

    assert (found.unknown, found.unread) == (("name", "trees"), ("branches", "kind"))


# --- What the user names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("a.b:M=op:200", Use("a.b", "M", "op", 200)),
        ("a:M=op", Use("a", "M", "op")),
        ("a:Outer.Inner=GET /pets/{id}:404", Use("a", "Outer.Inner", "GET /pets/{id}", 404)),
        ("a:M=POST /pets:search", Use("a", "M", "POST /pets:search")),
        ("a:M=POST /pets:search:201", Use("a", "M", "POST /pets:search", 201)),
    ],
)
def test_a_use_is_read_and_worded_alike(text: str, use: Use) -> None:
    assert (Use.of(text), str(use)) == (use, text)


@pytest.mark.parametrize("text", ["", "a.b", "a:M", "a=op:200", "a:M=", "a:M=x=y", ":M=op", "a..b:M=op", "a b:M=op"])
def test_what_names_no_use_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="it names no use of a model"):
        Use.of(text)


@pytest.mark.parametrize(
    ("use", "error", "words"),
    [
        (Use("no_such.sdk", "M", "op", 200), SourceError, "cannot be imported .ModuleNotFoundError"),
        (Use("broken_sdk", "M", "op", 200), SourceError, r"broken_sdk: it cannot be imported \(RuntimeError: no\)"),
        (Use("leaving_sdk", "M", "op", 200), SourceError, "cannot be imported .SystemExit: 3"),
        (Use(__name__, "Statu", "op", 200), SourceError, "there is no 'Statu'. Alike are Status"),
        (Use(__name__, "Status.missing", "op", 200), SourceError, "there is no 'missing'"),
        (Use(__name__, "of", "op", 200), SourceError, "it is no model"),
        (Use(__name__, "enum", "op", 200), SourceError, "it is no model"),
        (Use(__name__, "RESPONSES", "op", 200), SourceError, "it is nothing that pydantic can read"),
        (
            Use(__name__, "Unfinished", "op", 200),
            SourceError,
            "it is nothing that pydantic can read .*not fully defined",
        ),
        (Use(__name__, "Name", "nop", 200), UnknownOperationError, "no such operation. Known are op"),
        (Use(__name__, "Name", "op", 204), SourceError, "no schema of JSON for the response 204 of op"),
        (Use(__name__, "Name", "op", 500), SourceError, "no schema of JSON for the response 500 of op"),
        (Use(__name__, "Name", "op"), SourceError, "no schema of JSON for the request of op"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Use, error: type[SpecwitnessError], words: str
) -> None:
    (tmp_path / "broken_sdk.py").write_text("raise RuntimeError('no')")
    (tmp_path / "leaving_sdk.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(error, match=words):
        compare(contract_of(tmp_path, of(name="string")), use)


def test_an_operation_is_known_by_its_method_and_path_too(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, of(_name="string"))

    assert len(compare(contract, Use(__name__, "Name", "GET /pets", 200)).findings) == 1


def test_pydantic_is_imported_by_a_comparison_alone() -> None:
    code = "import sys, specwitness.drift.sdk, specwitness.drift.sdk.models; print('pydantic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"


def test_without_pydantic_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", None)

    with pytest.raises(SourceError, match="pydantic: version 2 of it is not installed"):
        compare(contract_of(tmp_path, of(name="string")), Use(__name__, "Name", "op", 200))


# --- The real client of Intuned -------------------------------------------------------------------------------------


def test_the_client_of_intuned_reads_all_that_its_documents_allow() -> None:
    found = [compare(INTUNED, use) for use in (RUN_RESULT, JOB_RUN)]

    assert [one.findings for one in found if any(each.level is not INFO for each in one.findings)] == []
    assert [(one.unknown, one.unread) for one in found] == [
        ((), ()),
        (
            (
                "jobRun.job_configuration_snapshot.auth_session.saveTrace",
                "jobRun.job_configuration_snapshot.configuration.maxRuns",
            ),
            (),
        ),
    ]


def test_the_table_of_releases_says_of_this_one_what_comes_out() -> None:
    """Those of the others are made by the same script, which needs PyPI for them."""
    script = [sys.executable, str(ROOT / "benchmarks" / "sdk_releases.py"), "--installed"]
    ran = subprocess.run(script, capture_output=True, text=True, check=True, cwd=ROOT)
    table = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8").splitlines()

    assert ran.stdout.count("\n") == 2
    assert [row for row in table if row.startswith("| 1.1.1 |")] == ran.stdout.splitlines()


def test_a_status_that_the_client_of_intuned_does_not_know_is_found() -> None:
    """The documents of a later day: the client was not made for them."""
    schema = "/paths/~1{workspaceId}~1projects~1{projectName}~1run~1{runId}~1result/get/responses/200/content"
    document = copy.deepcopy(INTUNED.document)
    enum = pointers.get(document, f"{schema}/application~1json/schema/properties/status/enum")
    enum.append("archived")
    later = replace(INTUNED, effective=replace(INTUNED.effective, document=document))
    (found,) = compare(later, RUN_RESULT).findings

    assert (found.level, found.value) == (BREAKING, "archived")
    assert response_body(found)["status"] == "archived"
    assert found.witness is not None
    assert found.witness.trace[0].request.url.endswith("/projects/my-project/run/aabbccddeeffggh/result")

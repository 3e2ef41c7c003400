"""An SDK against a contract: each class of difference, models that are hard to judge, and the real client of Intuned."""

from __future__ import annotations

import datetime as dt
import enum
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

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
from specwitness.contract import load
from specwitness.contract.model import Contract
from specwitness.drift.sdk import Compared, Use, compare
from specwitness.drift.sdk_models import loaded
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


class Either(BaseModel):
    value: Literal["a"] | Literal["b"] | None


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


class Knowing(BaseModel):
    name: str = ""
    extra: bool = False


OBJECT = {"type": "object"}


def of(**properties: str | dict[str, Any]) -> dict[str, Any]:
    """A schema of an object with properties, of types or schemas; those whose name begins with `_` are optional."""
    return {
        "type": "object",
        "properties": {
            name.removeprefix("_"): {"type": one} if isinstance(one, str) else one for name, one in properties.items()
        },
        "required": [name for name in properties if not name.startswith("_")],
    }


CAT, DOG = of(kind={"enum": ["cat"]}, lives="integer"), of(kind={"enum": ["dog"]}, tricks={"items": {"type": "string"}})
NULLABLE = {"type": ["string", "null"]}
DATE_TIME = {"type": "string", "format": "date-time"}
TREE = {
    **of(kind={"enum": ["leaf", "branch", "root"]}, _branches={"type": "array", "items": {"$ref": "#/components/schemas/T"}})
}

RESPONSES = [
    # What the spec allows, the model, and what the model refuses of it: the level, what, and the smallest body.
    ("enum", of(status={"enum": ["pending", "done", "lost"]}), Status, [(BREAKING, "lost", {"status": "lost"})]),
    ("enum-class", of(colour={"enum": ["red", "blue"]}), Coloured, [(BREAKING, "blue", {"colour": "blue"})]),
    ("enum-narrower", of(status={"enum": ["done"]}), Status, []),
    ("required", of(_name="string"), Name, [(BREAKING, "missing", {})]),
    ("null", of(name=NULLABLE), Name, [(BREAKING, "type", {"name": None})]),
    ("type", of(name="integer"), Name, [(BREAKING, "type", {"name": 0})]),
    ("bound", of(count="integer"), Positive, [(BREAKING, "greater_than_equal", {"count": 0})]),
    ("map", of(_by_name={"additionalProperties": {"type": "number"}}), Numbers, ...),
    # What pydantic reads though its schema does not say so.
    ("bool-as-int", of(count="boolean"), Count, []),
    ("digits-as-int", of(count={"enum": ["1", "2"]}), Count, []),
    ("by-name", of(run_id="string"), ByName, []),
    ("by-choice", of(run_id="string"), ByChoice, []),
    ("strict-but-json", of(at=DATE_TIME), StrictlyAt, []),
    ("not-by-name", of(run_id="string"), Renamed, [(BREAKING, "missing", ...)]),
    # Texts.
    ("date-time", of(at=DATE_TIME), At, []),
    ("text-as-date-time", of(at="string"), At, ...),
    ("date-time-as-date", of(on=DATE_TIME), On, ...),
    # What no schema of pydantic says.
    ("validator", of(status={"enum": ["a", "b"]}), Validated, [(BREAKING, "value_error", {"status": "b"})]),
    ("failing", of(data=OBJECT), Failing, [(BREAKING, "KeyError", {"data": {}})]),
    ("taking", of(name="string", count="integer"), Taking, []),
    ("unschooled", of(_made={"enum": ["a", "b"]}), Unschooled, [(BREAKING, "ZeroDivisionError", {"made": "b"})]),
    # Properties that one side alone names.
    ("forbidden", of(_name="string", _other="string"), Closed, ...),
    ("unnamed", of(_name="string"), Knowing, ...),
    # Alternatives, arrays, recursion.
    ("tagged", of(pet={"oneOf": [CAT, DOG]}), Tagged, []),
    ("tag", of(pet={"oneOf": [CAT, of(kind={"enum": ["cow"]})]}), Tagged, ...),
    ("untagged", of(pet={"oneOf": [of(kind={"enum": ["cat"]}), DOG]}), Untagged, ...),
    ("union", of(value={"enum": ["a", "b", "c", None]}), Either, [(BREAKING, "c", {"value": "c"})]),
    ("alias", {"oneOf": [CAT, DOG]}, Pet, []),
    ("root", {"type": "array", "items": of(_name="string")}, Names, [(BREAKING, "missing", [{}])]),
    ("item", of(_items={"items": of(status={"enum": ["done", "lost"]})}), Nested, ...),
    ("recursive", {"$ref": "#/components/schemas/T"}, Tree, [(BREAKING, "root", {"kind": "root"})]),
]


def contract_of(schema: Json, *, request: bool = False) -> Contract:
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "op",
        **({"requestBody": content} if request else {}),
        "responses": {"200": {"description": "d", **({} if request else content)}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/pets": {"post" if request else "get": operation}},
        "components": {"schemas": {"T": TREE}},
    }
    return contract_from(yaml.safe_dump(document))

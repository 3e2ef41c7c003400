"""The models of an SDK: what they say that they take, and what they really take. Entry point: `loaded`.

The code of an SDK is run here and nowhere else, and only that of a module that the user named. pydantic comes with the
SDK: without one it is not needed, and not imported.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from specwitness.contract import pointers
from specwitness.drift.smallest import NOTHING
from specwitness.exceptions import SourceError
from specwitness.findings import Json

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Mode = Literal["validation", "serialization"]
Path = tuple[str | int, ...]
"""The place of a part in a value: names of members, numbers of items."""

SCHEMA = "/model"
MISSING, EXTRA, UNION = "missing", "extra_forbidden", "union"
"""The kinds of refusal that are not about the value at their place, or about more than one thing there."""

_VALUES = frozenset({"literal_error", "enum", "const"})
_TAG = "union_tag_invalid"
_OF_TYPE = re.compile(r"(_type|_parsing|_from_float|_attributes_type|_sub_class)$")
_LONGEST = 300


@dataclass(frozen=True)
class Refused:
    """One thing that a model refuses in a value, in its own words.

    `path` is the place in the value, also of what is missing there; `about` is what tells it from whatever else may be
    wrong at that place: the value where it is none of those that there are, else the kind of mistake.
    """

    kind: str
    message: str
    path: Path
    about: Json


@dataclass(frozen=True)
class Model:
    """One model of an SDK, or whatever else pydantic can read, such as a union of models."""

    name: str
    adapter: TypeAdapter[Any]

    def document(self, mode: Mode) -> Json:
        """Return a document with the JSON Schema of the model at `SCHEMA`: of what it takes, or of what it sends."""
        made = self.adapter.json_schema(
            by_alias=True, ref_template="#/models/{model}", mode=mode, schema_generator=self._generator
        )
        models = made.pop("$defs", {})
        return {"openapi": "3.1.0", SCHEMA[1:]: made, "models": models}

    def refusals(self, value: Json) -> tuple[Refused, ...]:
        """Return why the model refuses a value, nothing where it takes it: as parsed JSON, or as the text of it."""
        text = json.dumps(value)
        found = self._refusals(value, lambda: self.adapter.validate_python(json.loads(text)))
        return found if found and self._refusals(value, lambda: self.adapter.validate_json(text)) else ()

    def sent(self, value: Json) -> Json:
        """Return what the SDK sends for a model that is made of a value, NOTHING where it does not send any."""
        try:
            made = self.adapter.validate_python(json.loads(json.dumps(value)))
            body = self.adapter.dump_python(made, mode="json", by_alias=True, exclude_none=True, warnings=False)
            return json.loads(json.dumps(body, allow_nan=False))
        except Exception:
            return NOTHING  # What the code of the SDK cannot do, in whatever way, it does not do.

    def _refusals(self, value: Json, parse: Callable[[], object]) -> tuple[Refused, ...]:
        try:
            parse()
        except importlib.import_module("pydantic").ValidationError as error:
            return tuple(_of_errors(value, error.errors(include_url=False)))
        except Exception as error:  # A validator that fails does not read the value either.
            kind = type(error).__name__
            return (Refused(kind, _bounded(f"{kind}: {error}"), (), kind),)
        return ()

    @cached_property
    def _generator(self) -> Any:
        """What makes a schema, and asks for nothing where there is no schema for what the model asks for."""
        base = importlib.import_module("pydantic.json_schema").GenerateJsonSchema
        return type(
            "_Lenient",
            (base,),
            {
                "handle_invalid_for_json_schema": lambda *_: {},
                "ignored_warning_kinds": {"skipped-choice", "non-serializable-default"},
            },
        )


# --- What the user names --------------------------------------------------------------------------------------------


def loaded(module: str, name: str) -> Model:
    """Return a model by its module and the name it has there; raises SourceError where there is none."""
    found: Any = _imported(module)
    for part in name.split("."):
        holder, found = found, getattr(found, part, None)
        if found is None:
            alike = get_close_matches(part, [*vars(holder)], n=3)
            hint = f"Alike are {', '.join(alike)}" if alike else "Name a model of it, as in package.module:Model"
            raise SourceError(f"{module}:{name}", f"there is no {part!r}", hint)
    if inspect.isroutine(found) or isinstance(found, ModuleType):
        raise SourceError(f"{module}:{name}", "it is no model", "Name a pydantic model, or a union of them")
    try:
        model = Model(f"{module}:{name}", importlib.import_module("pydantic").TypeAdapter(found))
        model.document("validation")  # A model that refers to what is not there can be had, and not be used.
    except (ImportError, AttributeError) as error:
        hint = "It reads the models of an SDK, and comes with an SDK that has some: install that in this environment"
        raise SourceError("pydantic", f"version 2 of it is not installed ({error})", hint) from error
    except Exception as error:
        fault = f"it is nothing that pydantic can read ({_bounded(_first_line(error))})"
        raise SourceError(f"{module}:{name}", fault, "Name a pydantic model, or a union of them") from error
    return model


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        fault = f"it cannot be imported ({_bounded(f'{type(error).__name__}: {_first_line(error)}')})"
        raise SourceError(module, fault, "Install the SDK in this environment, or name its folder in PYTHONPATH") from (
            error
        )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


# --- What pydantic says ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """One error of pydantic; `union` is the place of the union of which it is about one alternative, `of`.

    `tag` is what tells the alternatives of a union apart, where it is of none of them.
    """

    kind: str
    message: str
    path: Path
    tag: Json
    union: Path | None
    of: str | int | None


def _of_errors(value: Json, errors: Iterable[Any]) -> Iterator[Refused]:
    """Yield one refusal for each error; one alone for a union that refuses the value in each of its alternatives."""
    told = [_told(value, error) for error in errors]
    for one in told:
        same = [other for other in told if other.union == one.union]
        if one.union is None or len({other.of for other in same}) == 1:
            yield _refused(value, one)
        elif one is same[0]:
            yield _of_union(value, same, one.union)


def _told(value: Json, error: Any) -> _Told:
    """Return an error with its place in the value: pydantic names the alternative of a union among the names there."""
    kind, loc = str(error["type"]), tuple(error["loc"])
    at = value
    path: Path = ()
    union: Path | None = None
    of: str | int | None = None
    for index, token in enumerate(loc):
        try:
            at = pointers.step(at, token)
        except KeyError:
            if kind == MISSING and index == len(loc) - 1:
                path += (token,)
            elif union is None:
                union, of = path, token
        else:
            path += (token,)
    where = ".".join(map(str, loc))
    message = _bounded(f"{where}: {error['msg']}" if where else str(error["msg"]))
    tag = error["ctx"].get("tag") if kind == _TAG else None
    return _Told(kind, message, path, tag, union, of)


def _refused(value: Json, told: _Told) -> Refused:
    if told.kind in _VALUES:
        return Refused(told.kind, told.message, told.path, _at(value, told.path))
    about = "type" if _OF_TYPE.search(told.kind) else told.tag or told.kind
    return Refused(told.kind, told.message, told.path, about)


def _of_union(value: Json, told: list[_Told], path: Path) -> Refused:
    words = _bounded("; ".join(dict.fromkeys(one.message for one in told)))
    about = _at(value, path) if all(one.kind in _VALUES and one.path == path for one in told) else UNION
    return Refused(UNION, words, path, about)


def _at(value: Json, path: Path) -> Json:
    for token in path:
        value = pointers.step(value, token)
    return value


def _bounded(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"

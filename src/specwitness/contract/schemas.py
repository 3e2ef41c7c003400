"""Judge a value by a schema of the document, with two independent validators, and say where in the document it fails.

`jsonschema_rs` is fast and decides; `jsonschema` is asked only about what that refused, explains it, and has to agree.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

import jsonschema
import jsonschema_rs
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from specwitness.contract import pointers, wellformed
from specwitness.contract.alternatives import Alternatives, type_name
from specwitness.contract.dialect import as_2020_12
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

_URI = "urn:specwitness:document"

FORMATS = frozenset({"date", "date-time", "uuid", "email", "ipv4", "ipv6", "uri"})
"""The formats that are asserted: those on which both validators follow an RFC. Any other is an annotation, as
JSON Schema 2020-12 section 7.2.1 has it by default."""


@dataclass(frozen=True)
class Rejection:
    """One reason for which a schema refuses a value.

    `pointer` is the place of the keyword in the document, `$ref` followed; `path` is the place in the value;
    `value` is what stands there, or the name that is missing. `agreed` says that both validators refuse the value.
    """

    keyword: str
    message: str
    pointer: str
    path: tuple[str | int, ...]
    value: Json
    agreed: bool


class Schemas:
    """The schemas of one document, compiled once each, on first use."""

    def __init__(
        self,
        document: Json,
        *,
        most: int | None = None,
        spot: Callable[[str], str] = lambda pointer: f"#{pointer}",
        sound: Iterable[int] = (),
    ) -> None:
        """Take an OpenAPI document of version 3.0 or 3.1, and how many compiled schemas are kept, if not all.

        Each has all that it refers to compiled within: of a large document that is too much for all of them together.
        `spot` is how an error calls the place of a pointer. `sound` are schemas of it, by their `id()`, in which no
        keyword is of a wrong type.
        """
        self.source = document
        self.document = as_2020_12(document)
        self._most = most
        self._spot = spot
        self._sound = {*sound}
        self._fast: dict[str, jsonschema_rs.Validator] = {}
        self._slow: dict[str, Any] = {}
        self._alternatives = Alternatives(self.document)

    def __repr__(self) -> str:
        """Counts, for the person in the debugger."""
        return f"<Schemas: {len(self._fast)} compiled>"

    def faults(self, pointer: str) -> list[wellformed.Fault]:
        """Return what of a schema, and of all that it leads to, is of another type than it has to be."""
        return wellformed.faults(self.source, [pointer], self._sound)

    def require(self, pointer: str) -> None:
        """Raise DocumentError where what is at a pointer is no schema."""
        self._fast_validator(pointer)

    def accepts(self, pointer: str, value: Json) -> bool:
        """Say whether the schema at a pointer accepts a value, by the fast validator alone."""
        return self._fast_validator(pointer).is_valid(value)

    def both_accept(self, pointer: str, value: Json) -> tuple[bool, bool]:
        """Return the opinion of `jsonschema_rs` and that of `jsonschema`.

        Where `jsonschema` cannot read a pattern that names properties, it has none, and the first is repeated. Where it
        would not come to an end, the two do not agree.
        """
        accepted = self.accepts(pointer, value)
        try:
            return accepted, bool(self._slow_validator(pointer).is_valid(value))
        except re.error:
            return accepted, accepted
        except _EndlessError:
            return accepted, not accepted

    def text_rejections(self, pointer: str, text: str) -> Iterator[Rejection]:
        """Yield why a schema refuses what a text may mean in a path: itself, or the number or boolean it spells."""
        try:
            spelled = json.loads(text)
        except ValueError:
            spelled = text
        if not isinstance(spelled, int | float) or not self.accepts(pointer, spelled):
            yield from self.rejections(pointer, text)

    def rejections(self, pointer: str, value: Json) -> Iterator[Rejection]:
        """Yield every reason for which the schema at a pointer refuses a value; nothing where it accepts it."""
        if self.accepts(pointer, value):
            return
        found = False
        for error in self._explained(pointer, value):
            for leaf in self._alternatives.leaves(error):
                found = True
                yield from self._rejections(pointer, leaf)
        if not found:
            for rust_error in self._fast_validator(pointer).iter_errors(value):
                yield Rejection(
                    keyword=str(list(rust_error.schema_path)[-1]),
                    message=f"{rust_error.message} (the second validator does not agree)",
                    # Reached through a reference, its path is that of the document itself.
                    pointer=pointers.join("", *rust_error.schema_path),
                    path=tuple(rust_error.instance_path),
                    value=None,
                    agreed=False,
                )

    def _explained(self, pointer: str, value: Json) -> list[ValidationError]:
        """Return what `jsonschema` says against a value; nothing where it cannot read the schema, or has no end."""
        try:
            return list(self._slow_validator(pointer).iter_errors(value))
        except (re.error, _EndlessError):
            return []

    def _rejections(self, start: str, error: ValidationError) -> Iterator[Rejection]:
        """Yield what an error says: one rejection for each thing that is wrong."""
        whole = Rejection(
            keyword=str(error.validator or "false"),  # a schema that is `false` refuses without a keyword
            message=_bounded(worded(error)),
            pointer=pointers.source_of(self.document, start, tuple(error.absolute_schema_path)),
            path=tuple(error.absolute_path),
            value=_offending(error, self._alternatives),
            agreed=True,
        )
        names = _added(error)
        for name in names:
            yield replace(whole, message=_bounded(f"{name!r} is a property that is not allowed"), value=name)
        if not names:
            yield whole

    def _fast_validator(self, pointer: str) -> jsonschema_rs.Validator:
        if pointer not in self._fast:
            wellformed.raise_first(self.faults(pointer), self._spot)
            if len(self._fast) == self._most:
                del self._fast[next(iter(self._fast))]
            try:
                self._fast[pointer] = jsonschema_rs.Draft202012Validator(
                    _reference(pointer),
                    registry=self._rust_registry,
                    validate_formats=True,
                    formats=_IGNORED_FORMATS,
                )
            except jsonschema_rs.ValidationError as error:
                fault = f"it is, or refers to, no schema ({_bounded(str(error).partition(chr(10))[0])})"
                at = pointers.join("", *error.instance_path) or pointer
                raise DocumentError(self._spot(at), fault, "Correct it, here or in overlay.yaml") from error
        return self._fast[pointer]

    def _slow_validator(self, pointer: str) -> Any:
        if pointer not in self._slow:
            self._slow[pointer] = _SlowValidator(
                _reference(pointer), registry=self._registry, format_checker=_FORMAT_CHECKER
            )
        return self._slow[pointer]

    @cached_property
    def _rust_registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_URI, self.document)], draft=jsonschema_rs.Draft202012)

    @cached_property
    def _registry(self) -> Registry[Json]:
        resource: Resource[Json] = Resource.from_contents(self.document, default_specification=DRAFT202012)
        empty: Registry[Json] = Registry()
        registry: Registry[Json] = empty.with_resource(_URI, resource)
        return registry


def _matches(pattern: str, text: str) -> bool:
    """Say whether a text has a match; what Python cannot read of ECMA-262 (`\\p{L}`), the other validator reads."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return jsonschema_rs.is_valid({"pattern": pattern}, text)


def _pattern(validator: Any, pattern: str, instance: Json, _: Json) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


class _EndlessError(Exception):
    """A schema applies itself to the same value: "the behavior is undefined" (JSON Schema 2020-12, section 9.4.1)."""


class _Followed(threading.local):
    """The references that a thread is following, each with the value that it is about, by its `id()`."""

    def __init__(self) -> None:
        self.now: set[tuple[str, int]] = set()


_followed = _Followed()
_follow: Any = jsonschema.Draft202012Validator.VALIDATORS["$ref"]


def _reference_to(validator: Any, reference: str, instance: Json, schema: Json) -> Iterator[ValidationError]:
    following = reference, id(instance)
    if following in _followed.now:
        raise _EndlessError
    _followed.now.add(following)
    try:
        yield from _follow(validator, reference, instance, schema)
    finally:
        _followed.now.discard(following)


_extended: Any = jsonschema.validators.extend
_SlowValidator = _extended(jsonschema.Draft202012Validator, {"pattern": _pattern, "$ref": _reference_to})
_FORMAT_CHECKER = jsonschema.FormatChecker(formats=FORMATS)
# What jsonschema_rs knows beyond FORMATS is an annotation here, so that the two validators answer the same question.
_IGNORED_FORMATS = {
    name: (lambda _value: True)
    for name in (
        *("duration", "hostname", "idn-email", "idn-hostname", "iri", "iri-reference", "json-pointer", "regex"),
        *("relative-json-pointer", "time", "uri-reference", "uri-template"),
    )
}


def _reference(pointer: str) -> dict[str, str]:
    return {"$ref": f"{_URI}#{quote(pointer, safe='/~:$')}"}


# Where a name is what is wrong, jsonschema holds it in its message alone.


def _added(error: ValidationError) -> list[str]:
    """Return the names of the properties that are there and may not be: of all of them there is one error."""
    if error.validator not in {"additionalProperties", "unevaluatedProperties"} or error.validator_value is not False:
        return []
    return [name for name in cast("dict[str, Json]", error.instance) if repr(name) in error.message]


def _offending(error: ValidationError, alternatives: Alternatives) -> Json:
    """Return the value by which two violations at one place are two defects, or None where the place says it all."""
    asked, message = cast("Any", error.validator_value), error.message
    match error.validator:
        case "required":
            return next((name for name in asked if message.startswith(repr(name))), None)
        case "dependentRequired":
            pairs = ([name, other] for name, others in asked.items() for other in others)
            return next((pair for pair in pairs if message == f"{pair[1]!r} is a dependency of {pair[0]!r}"), None)
        case "enum" | "const":
            return error.instance
        case "type":
            return type_name(error.instance)
        case "anyOf" | "oneOf":
            return alternatives.offending(error)
    return None


def worded(error: ValidationError) -> str:
    """Return what `jsonschema` says, with the values of JSON in it called as JSON calls them: null, true, false."""
    message, instance = str(error.message), cast("Json", error.instance)
    asked = error.validator_value if error.validator in {"enum", "const", "not"} else None
    if error.validator is None:
        return f"the schema false does not allow {_said(instance)}"
    if error.validator == "const":
        return message.replace(repr(asked), _said(asked), 1)
    if message.startswith(repr(instance)):
        message = _said(instance) + message.removeprefix(repr(instance))
    return message.removesuffix(repr(asked)) + _said(asked) if asked and message.endswith(repr(asked)) else message


def _said(value: Json) -> str:
    """Return what Python shows of a value, in the words of JSON."""
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name!r}: {_said(item)}' for name, item in value.items())}}}"
    return _WORDS[value] if value is None or isinstance(value, bool) else repr(value)


_WORDS = {None: "null", True: "true", False: "false"}


def _bounded(message: str, limit: int = 300) -> str:
    return message if len(message) <= limit else f"{message[: limit // 2]} ... {message[-limit // 2 :]}"

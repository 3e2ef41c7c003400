"""The fields and parts of a form: how they are written, of which media type they are, what headers they need.

OpenAPI 3.1, Encoding Object: a style is heard in `application/x-www-form-urlencoded`, headers in `multipart`. There
each part has a media type; `contentType` names those that may be sent. Who names none refuses none: the default says
what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.directions import REQUEST
from specwitness.contract.model import Content, Contract
from specwitness.drift.media_types import concrete, covering, uncovered
from specwitness.drift.pairing import Pair
from specwitness.drift.rules.annotated import holding
from specwitness.drift.rules.rule import Change, Comparison, listed
from specwitness.drift.rules.writing import is_written_alike, rewritten, telling_values, values_of
from specwitness.drift.serialisation import serialised, text_of
from specwitness.drift.wire import least_request, made
from specwitness.findings import Exchange, Json, Party, Witness

_MULTIPART, _URLENCODED = "multipart/", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class _Header:
    """A header of a part, and where it is described."""

    name: str
    pointer: str
    data: Json

    @property
    def required(self) -> bool:
        """Whether the part is not taken without it."""
        return _object(self.data).get("required") is True


@dataclass(frozen=True)
class _Side:
    """A property of a form as one side describes it: its schema, and its Encoding Object, empty where there is none."""

    contract: Contract
    form: Content
    name: str
    schema: str
    encoding: Json

    @property
    def pointer(self) -> str:
        """Where the side says how it is written."""
        return pointers.join(self.form.pointer, "encoding", self.name) if self.encoding else self.form.pointer

    @property
    def parameter(self) -> Json:
        """The query parameter that is written as the field is: "the same values as query parameters"."""
        return _parameter(self.name, self.encoding)

    @property
    def named_types(self) -> tuple[str, ...]:
        """The media types that the part may be of, as far as they are named."""
        named = str(self.encoding.get("contentType", "")).split(",")
        return tuple(media_type.strip() for media_type in named if media_type.strip())

    @property
    def headers(self) -> dict[str, _Header]:
        """The headers of the part by their names in lower case; `Content-Type` is none of them."""
        found = {}
        for name, described in _object(self.encoding.get("headers")).items():
            if name.lower() != "content-type":
                at = pointers.join(self.form.pointer, "encoding", self.name, "headers", name)
                found[name.lower()] = _Header(name, *pointers.followed(self.contract.document, at, described))
        return found


@dataclass(frozen=True)
class _Field:
    """A property of a form as both sides describe it, where either says how it is written."""

    pair: Pair
    old: _Side
    new: _Side

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a body of several."""
        return self.old.form.media_type.lower().startswith(_MULTIPART)

    @property
    def words(self) -> str:
        """What a person calls it."""
        return f"the {'part' if self.is_part else 'field'} {self.old.name} of the form"

    def change(self, message: str, *, at: tuple[Party, str] | None = None, **more: Any) -> Change:
        """Return a change of it; it stands where the new side says how it is written, else where the old side did."""
        side, pointer = at or ((Party.NEW, self.new.pointer) if self.new.encoding else (Party.OLD, self.old.pointer))
        operation = self.pair.new if side is Party.NEW else self.pair.old
        return Change(side, pointer, "request body", f"{operation.label}: {message}", (operation.key,), **more)


def _fields(comparison: Comparison) -> Iterator[_Field]:
    for pair in comparison.changed:
        for form in pair.old.body:
            other = covering(form.media_type, pair.new.body)
            if other is not None and form.media_type.lower().startswith((_MULTIPART, _URLENCODED)):
                ours, theirs = _encodings(comparison.old, form), _encodings(comparison.new, other)
                old, new = _properties(comparison.old, form), _properties(comparison.new, other)
                for name in dict.fromkeys((*ours, *theirs)):
                    if name in old and name in new:
                        yield _Field(
                            pair,
                            _Side(comparison.old, form, name, old[name], ours.get(name, {})),
                            _Side(comparison.new, other, name, new[name], theirs.get(name, {})),
                        )


def _encodings(contract: Contract, form: Content) -> dict[str, Json]:
    said = _object(_object(pointers.look(contract.document, form.pointer)).get("encoding"))
    return {name: _object(encoding) for name, encoding in said.items()}


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _properties(contract: Contract, form: Content) -> dict[str, str]:
    """Return the pointers of the properties of a form."""
    found: dict[str, str] = {}
    for at, schema in holding(contract.document, form.schema) if form.schema else ():
        for name in _object(schema.get("properties")):
            found.setdefault(name, pointers.join(at, "properties", name))
    return found


# --- Fields -----------------------------------------------------------------------------------------------------------


def style_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield fields of which some value is written otherwise than it was."""
    for field in comparison.once(_fields):
        was, now = field.old.parameter, field.new.parameter
        if field.is_part or is_written_alike(was, now):
            continue
        values = values_of(comparison.old.request_schemas, field.old.schema, omitting=REQUEST)
        found = rewritten(was, now, values)
        if not values:
            yield field.change(f"{field.words} may be written otherwise; no value of it could be made", doubtful=True)
        elif found is not None:
            value, before, after = found
            reason = f"the same value is written {after!r}"
            proof = partial(_sent, comparison, field, [value], reason, _urlencoded(field))
            yield field.change(f"{field.words} is not written {before!r} any more, but {after!r}", proof=proof)


def encoding_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield fields whose reserved characters were sent as they are, and have to be encoded now."""
    for field in comparison.once(_fields):
        allowed, allows = (side.encoding.get("allowReserved") is True for side in (field.old, field.new))
        if allowed and not allows and not field.is_part:
            yield field.change(f"reserved characters of {field.words} have to be percent-encoded", doubtful=True)


def _parameter(name: str, encoding: Json) -> Json:
    return {**encoding, "name": name, "in": "query"}


# --- Parts ------------------------------------------------------------------------------------------------------------


def media_type_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield media types of a part that clients may send and that are not taken any more."""
    for field in comparison.once(_fields):
        taken = field.new.named_types
        if not field.is_part or not taken:
            continue
        sent = field.old.named_types or _usual_types(field.old.contract, field.old.schema)
        refused = [gone for one in sent if (gone := uncovered(one, _contents(taken))) is not None]
        if not field.old.named_types:
            # Of what may be either, one is what clients send.
            refused = refused[:1] if len(refused) == len(sent) else []
        for media_type in refused:
            message = f"{field.words} may not be {media_type} any more, only {listed(taken)}"
            reason = f"415: the part {field.old.name} has to be {listed(taken)}"
            write = _multipart(field, media_type)
            proof = partial(_sent, comparison, field, _values(comparison, field), reason, write)
            yield field.change(message, value=media_type, proof=proof)


def media_type_added(comparison: Comparison) -> Iterator[Change]:
    """Yield media types of a part that are taken now, beside those that were."""
    for field in comparison.once(_fields):
        for media_type in field.new.named_types if field.is_part else ():
            known = field.old.named_types or _usual_types(field.old.contract, field.old.schema)
            if covering(media_type, _contents(known)) is None:
                yield field.change(f"{field.words} may be {media_type} too", value=media_type)


def header_required(comparison: Comparison) -> Iterator[Change]:
    """Yield headers without which a part is not taken any more."""
    for field, known, header in _headers(comparison):
        if header.required and not (known is not None and known.required):
            reason = f"the header {header.name} of the part {field.old.name} is missing"
            proof = partial(_sent, comparison, field, _values(comparison, field), reason, _multipart(field))
            message = f"{field.words} needs the header {header.name}: clients that do not send it are refused"
            yield field.change(message, at=(Party.NEW, header.pointer), proof=proof)


def header_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield headers of a part that are not read any more."""
    for field in comparison.once(_fields):
        for name, header in field.old.headers.items() if field.is_part else ():
            if name not in field.new.headers:
                message = f"{field.words}: the header {header.name} is gone: what clients say with it is not heard"
                yield field.change(message, at=(Party.OLD, header.pointer))


def header_added(comparison: Comparison) -> Iterator[Change]:
    """Yield headers that a part can have now, and need not."""
    for field, known, header in _headers(comparison):
        if known is None and not header.required:
            message = f"{field.words} can have the header {header.name}"
            yield field.change(message, at=(Party.NEW, header.pointer))


def _headers(comparison: Comparison) -> Iterator[tuple[_Field, _Header | None, _Header]]:
    """Yield the headers of parts that the new side describes, each with what the old side says of it."""
    for field in comparison.once(_fields):
        for name, header in field.new.headers.items() if field.is_part else ():
            yield field, field.old.headers.get(name), header


def _contents(media_types: tuple[str, ...]) -> tuple[Content, ...]:
    return tuple(Content(media_type, "", None) for media_type in media_types)


def _usual_types(contract: Contract, schema: str, *, depth: int = 3) -> tuple[str, ...]:
    """Return what media types a part may be of that names none (OpenAPI, Encoding Object, `contentType`).

    A text is `text/plain` to 3.0 and to 3.1.1, and `application/octet-stream` to 3.1.0.
    """
    held = holding(contract.document, schema)
    said = {keyword: part[keyword] for _, part in reversed(held) for keyword in part}
    types = said.get("type")
    kinds = {*(types if isinstance(types, list) else [types])} - {"null"}
    items = next((pointers.join(at, "items") for at, part in held if "items" in part), None)
    if kinds == {"array"} and items is not None and depth:
        return _usual_types(contract, items, depth=depth - 1)
    is_binary = "contentEncoding" in said or said.get("format") in {"binary", "byte"}
    is_new = not str(contract.document.get("openapi")).startswith("3.0")
    usual = {
        str(said.get("contentMediaType")): "contentMediaType" in said,
        "application/json": bool(kinds & {"object", "array"}),
        "text/plain": bool(kinds & _TEXTS) and not is_binary,
        "application/octet-stream": is_binary or None in kinds or (is_new and bool(kinds & _TEXTS)),
    }
    return tuple(media_type for media_type, it_may_be in usual.items() if it_may_be)


_TEXTS = frozenset({"string", "number", "integer", "boolean"})


# --- Witnesses --------------------------------------------------------------------------------------------------------

_Form = dict[str, Json]
_Write = Callable[[_Form], str]


def _values(comparison: Comparison, field: _Field) -> list[Json]:
    """Return values of which a form has a part: an empty array has none."""
    values = made(comparison.old.request_schemas, field.old.schema, omitting=REQUEST)
    return [value for value in values if value != []]


def _sent(comparison: Comparison, field: _Field, values: list[Json], reason: str, write: _Write) -> Witness:
    """Return the least form that has one of some values in a field; raises LookupError where there is none."""
    schemas, form = comparison.old.request_schemas, field.old.form
    pointer = form.schema or ""
    others = [one for one in made(schemas, pointer, omitting=REQUEST) if isinstance(one, dict)]
    forms = ({**other, field.old.name: value} for value in values for other in others)
    least = next((one for one in forms if all(schemas.both_accept(pointer, one))), None)
    if least is None:
        raise LookupError(f"no form could be made that has {field.old.name}")
    request = replace(least_request(comparison.old, field.pair.old, body=form), body=write(least).encode())
    return Witness((Exchange(request, None, field.pair.old.key),), Party.OLD, Party.NEW, reason)


_BOUNDARY = "b"
"""As `least_request` names it."""


def _urlencoded(field: _Field) -> _Write:
    """Return what writes a form as the old side has it."""
    encodings = _encodings(field.old.contract, field.old.form)

    def write(form: _Form) -> str:
        return "&".join(serialised(_parameter(name, encodings.get(name, {})), value) for name, value in form.items())

    return write


def _multipart(field: _Field, media_type: str | None = None) -> _Write:
    """Return what writes a form as the old side has it, one part of the media type that is given, if one is."""
    contract, form = field.old.contract, field.old.form
    encodings = _encodings(contract, form)

    def head(name: str) -> str:
        part = _Side(contract, form, name, "", encodings.get(name, {}))
        is_of = media_type if name == field.old.name and media_type else next(iter(part.named_types), None)
        lines = [f'Content-Disposition: form-data; name="{name}"']
        lines += [f"Content-Type: {concrete(is_of)}"] if is_of else []
        lines += [_line(contract, header) for header in part.headers.values() if header.required]
        return "".join(f"{line}\r\n" for line in (f"--{_BOUNDARY}", *lines, ""))

    def write(members: _Form) -> str:
        items = ((name, value if isinstance(value, list) else [value]) for name, value in members.items())
        parts = (f"{head(name)}{text_of(item)}\r\n" for name, several in items for item in several)
        return f"{''.join(parts)}--{_BOUNDARY}--\r\n"

    return write


def _line(contract: Contract, header: _Header) -> str:
    parameter = {**header.data, "name": header.name, "in": "header"}
    values = telling_values(contract.request_schemas, header.pointer, parameter, omitting=REQUEST)
    if not values:
        raise LookupError(f"no value could be made for the header {header.name}")
    return f"{header.name}: {serialised(parameter, values[0])}"

"""How values of parameters and headers are written on the wire. Entry points: `serialised`, `header_value`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from specwitness.contract.media_types import is_json
from specwitness.findings import Json


def serialised(parameter: Json, value: Json) -> str:
    """Return how a value of a Parameter Object is written in its place (OpenAPI 3.1, Style Values; RFC 6570).

    For a query and for cookies that is names and values, for a path the text in the template's place, for a header its
    value.
    """
    name, place = str(parameter.get("name")), str(parameter.get("in"))
    separator = "; " if place == "cookie" else "&"
    encode = _encoder(parameter)
    if parameter.get("content"):
        text = encode(value if isinstance(value, str) and not _json_content(parameter) else json.dumps(value))
        return f"{quote(name)}={text}" if place in {"query", "cookie"} else text
    style = str(parameter.get("style", "form" if place in {"query", "cookie"} else "simple"))
    explode = bool(parameter.get("explode", style == "form"))
    write = _STYLES.get(style, _form)
    text = write(quote(name), _parts(value, encode), explode)
    return text.replace("&", separator) if place == "cookie" else text


def header_value(value: Json) -> str:
    """Return how a value is written as that of a response's header (OpenAPI 3.1, Header Object: style `simple`)."""
    return _simple("", _parts(value, str), False)


def _json_content(parameter: Json) -> bool:
    return is_json(next(iter(parameter["content"])))


def _encoder(parameter: Json) -> Callable[[str], str]:
    if parameter.get("in") == "header":
        return str
    return partial(quote, safe=":/?@!$'()*,;[]" if parameter.get("allowReserved") else "")


_Parts = str | list[str] | dict[str, str]


def _parts(value: Json, encode: Callable[[str], str]) -> _Parts:
    match value:
        case dict():
            return {encode(name): encode(text_of(item)) for name, item in value.items()}
        case list():
            return [encode(text_of(item)) for item in value]
        case _:
            return encode(text_of(value))


def text_of(value: Json) -> str:
    """Return how a value is written where there are but texts: a string as it is, else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _flat(parts: _Parts, explode: bool) -> list[str]:
    match parts:
        case dict() if explode:
            return [f"{name}={text}" for name, text in parts.items()]
        case dict():
            return [text for pair in parts.items() for text in pair]
        case list():
            return parts
        case _:
            return [parts]


def _simple(_: str, parts: _Parts, explode: bool) -> str:
    return ",".join(_flat(parts, explode))


def _label(_: str, parts: _Parts, explode: bool) -> str:
    return "." + ("." if explode else ",").join(_flat(parts, explode))


def _matrix(name: str, parts: _Parts, explode: bool) -> str:
    if explode and isinstance(parts, dict):
        return "".join(f";{pair}" for pair in _flat(parts, explode))
    if explode:
        return "".join(f";{name}={text}" for text in _flat(parts, explode))
    return f";{name}={','.join(_flat(parts, explode))}"


def _form(name: str, parts: _Parts, explode: bool, *, delimiter: str = ",") -> str:
    if explode and isinstance(parts, dict):
        return "&".join(_flat(parts, explode))
    if explode:
        return "&".join(f"{name}={text}" for text in _flat(parts, explode))
    return f"{name}={delimiter.join(_flat(parts, explode))}"


def _deep_object(name: str, parts: _Parts, explode: bool) -> str:
    if isinstance(parts, dict):
        return "&".join(f"{name}[{member}]={text}" for member, text in parts.items())
    return _form(name, parts, explode)


_STYLES: dict[str, Callable[[str, _Parts, bool], str]] = {
    "simple": _simple,
    "label": _label,
    "matrix": _matrix,
    "form": _form,
    "spaceDelimited": partial(_form, delimiter="%20"),
    "pipeDelimited": partial(_form, delimiter="|"),
    "deepObject": _deep_object,
}

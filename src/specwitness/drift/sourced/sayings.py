"""What sources say in words, names and examples, where no schema says it: as far as that can be read.

Only what is said otherwise, by another source or at another place, is told. Entry point: `said_otherwise`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from specwitness.contract import pointers
from specwitness.contract.model import Operation
from specwitness.drift import words
from specwitness.drift.pairing import template
from specwitness.drift.rules.rule import listed
from specwitness.drift.sourced.ground import BOTH, Ground
from specwitness.drift.sourced.rules import RULES
from specwitness.drift.sourced.said import Said, folded
from specwitness.findings import Finding, Json
from specwitness.sources.examples import is_placeholder


def said_otherwise(said: Sequence[Said], grounds: Sequence[Ground]) -> Iterator[Finding]:
    """Yield what sources say otherwise than each other, or than themselves, beside their schemas."""
    sources = [one for one in said if one.is_source]
    for one in sources:
        yield from _statuses_in_words_alone(one, said)
        yield from _examples_of_another_form(one)
    yield from _no_errors(sources)
    yield from _spellings(sources)
    yield from _forms(grounds)
    yield from _hosts(sources, grounds)


def finding_at(
    said: Said, at: str, rule: str, message: str, *, source: str, value: Json = None, part: str = ""
) -> Finding:
    """Return what a rule finds at a place of a source; `source` is the place or rule that says otherwise."""
    operation = next((one for one in said.contract.operations if _is_within(at, one.pointer)), None)
    key = said.key_of(operation) if operation else None
    return Finding(
        rule=rule,
        level=RULES[rule].level,
        verdict=RULES[rule].verdict,
        where=said.located(at, operation=key, part=part or _part(at), way=said.contract.ways.shortest(at)),
        message=message,
        source=source,
        value=value,
        operations=(key,) if key else (),
    )


def _is_within(at: str, place: str) -> bool:
    return at == place or at.startswith(f"{place}/")


def _part(at: str) -> str:
    found = re.search(r"/responses/([^/]+)", at)
    return f"response {found[1]}" if found else "request" if "/requestBody" in at else ""


# --- Properties -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """A property that a source names, and where."""

    said: Said
    name: str
    at: str

    @property
    def spot(self) -> str:
        """How a sentence calls the place."""
        return self.said.spot(self.at)


def properties_of(said: Said) -> Iterator[Named]:
    """Yield every property that a source names, in its order."""
    stack: list[tuple[str, Json]] = [("", said.document)]
    while stack:
        at, value = stack.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        is_list_of_names = at.endswith("/properties")
        if is_list_of_names and isinstance(value, dict):
            yield from (Named(said, name, pointers.join(at, name)) for name in value)
        deeper = [(pointers.join(at, key), item) for key, item in items if is_list_of_names or key not in _DATA]
        stack += reversed(deeper)


_DATA = frozenset({"example", "examples", "default", "enum", "const"})


def _spellings(sources: Iterable[Said]) -> Iterator[Finding]:
    """Yield names of properties that are written with a hump in one place, and with an underscore in another."""
    found = defaultdict[str, dict[str, list[Named]]](dict)
    for one in sources:
        for named in properties_of(one) if not one.names_as_sdk else ():
            found[folded(named.name)].setdefault(named.name, []).append(named)
    for spellings in found.values():
        if len(spellings) > 1:
            written = [f"`{name}` in {_spots(places)}" for name, places in spellings.items()]
            first, second, *_ = spellings.values()
            yield finding_at(
                second[0].said,
                second[0].at,
                "property-spelled-otherwise",
                f"one name is spelled in {len(spellings)} ways: {', '.join(written)}",
                source=first[0].spot,
                value=sorted(spellings),
            )


def _spots(places: Sequence[Named]) -> str:
    """Return the first place of each source."""
    first = {one.said.name: one.spot for one in reversed(places)}
    return " and ".join(first[name] for name in dict.fromkeys(one.said.name for one in places))


# --- Hosts of examples ------------------------------------------------------------------------------------------------


def _hosts(sources: Sequence[Said], grounds: Iterable[Ground]) -> Iterator[Finding]:
    """Yield properties whose examples lead to one host in one source, and to another in another."""
    otherwise: dict[str, None] = {}
    for ground in grounds:
        for meeting in ground.meetings:
            hosts = [_hosts_at(ground.sides[side], meeting.holders[side]) for side in BOTH]
            if meeting.around.path and all(hosts) and not set(hosts[0]) & set(hosts[1]):
                otherwise[folded(meeting.around.path[-1])] = None
    for name in otherwise:
        known = defaultdict[str, list[Named]](list)
        for one in sources:
            for named in properties_of(one):
                for host in _hosts_at(one, (named.at,)) if folded(named.name) == name else ():
                    known[host].append(named)
        first, second, *_ = known.values()
        led = [f"{host} in {_spots(places)}" for host, places in known.items()]
        yield finding_at(
            second[0].said,
            second[0].at,
            "example-on-another-host",
            f"the examples of `{first[0].name}` lead to {', to '.join(led)}",
            source=first[0].spot,
            value=sorted(known),
        )


def _hosts_at(said: Said, holders: Iterable[str]) -> list[str]:
    """Return the hosts that the examples of a schema name, but for those that are reserved for examples (RFC 2606)."""
    shown = (pointers.look(said.document, pointers.join(at, "example")) for at in holders)
    found = (_host(one) for one in shown if isinstance(one, str))
    return [host for host in found if host and not _RESERVED.search(host)]


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or "" if text.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


_RESERVED = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid|localhost)$")


# --- The form of a text, in words -------------------------------------------------------------------------------------

_LENGTH = re.compile(r"\b(\d{1,4}) characters?\b(?! or (?:less|fewer|more))")
_PREFIX = re.compile(
    r"\(`?(?P<shown>[A-Za-z]{1,10}[_-])(?:\.\.\.|…)`?\)"
    r"|\bprefix(?:ed)?(?: with| by)? [`\"'](?P<named>[A-Za-z]{1,10}[_-])"
)
_BEFORE_A_BOUND = r"\b(?:up to|at most|at least|max(?:imum)?(?: of)?|min(?:imum)?(?: of)?|first|last|than)"
_NOT_EXACT = re.compile(rf"(?:{_BEFORE_A_BOUND}|\d\s*(?:-|\u2013|to|and))\s*$", re.IGNORECASE)
_NANOID = re.compile(r"[A-Za-z0-9_-]{21}")
"""By default; how long one is may be chosen (https://github.com/ai/nanoid)."""


def described_form(description: Json) -> dict[str, str]:
    """Return what a description says of the form of a text: `begins` with, or `length`."""
    if not isinstance(description, str):
        return {}
    form = {}
    length, prefix = _LENGTH.search(description), _PREFIX.search(description)
    if prefix:
        form["begins"] = prefix["shown"] or prefix["named"]
    if length and not _NOT_EXACT.search(description[: length.start()]):
        form["length"] = length[1]
    return form


def _forms(grounds: Iterable[Ground]) -> Iterator[Finding]:
    """Yield texts of which one source describes another form than others."""
    found: dict[tuple[str, str], dict[str, _Form]] = {}
    for ground in grounds:
        for meeting in ground.meetings:
            one, other = (_form_at(ground.sides[side], meeting.holders[side]) for side in BOTH)
            if one and other and one.form != other.form:
                key = one.said.name, one.at
                found.setdefault(key, {"": one})[other.said.name] = other
    for forms in found.values():
        first, second, *_ = forms.values()
        yield finding_at(
            first.said,
            first.at,
            "form-described-otherwise",
            f"`{pointers.split(first.at)[-1]}` is described {', '.join(map(str, forms.values()))}",
            source=second.said.spot(second.at),
            value=[one.form for one in forms.values()],
        )


@dataclass(frozen=True)
class _Form:
    """The form of a text as a source describes it, and where."""

    form: dict[str, str]
    said: Said
    at: str

    def __str__(self) -> str:
        """Word it for a sentence."""
        worded = {"begins": "as beginning with `{}`", "length": "as {} characters long"}
        return f"{' and '.join(worded[key].format(one) for key, one in self.form.items())} in {self.said.spot(self.at)}"


def _form_at(said: Said, holders: Iterable[str]) -> _Form | None:
    found = (
        _Form(described_form(pointers.look(said.document, pointers.join(at, "description"))), said, at)
        for at in holders
    )
    return next((one for one in found if one.form), None)


def _examples_of_another_form(said: Said) -> Iterator[Finding]:
    """Yield examples that have not the form which their description or their format gives them."""
    for at, schema, shown in _described_texts(said):
        form, text = described_form(schema.get("description")), pointers.get(said.document, shown)
        reason = ""
        if "begins" in form and not text.startswith(form["begins"]):
            reason = f"does not begin with `{form['begins']}`"
        elif "length" in form and len(text) != int(form["length"]):
            reason = f"has {len(text)} characters, not {form['length']}"
        elif schema.get("format") == "nanoid" and not _NANOID.fullmatch(text.removeprefix(form.get("begins", ""))):
            reason = f"is no nanoid, which has 21 characters unless it is said otherwise, and this {len(text)}"
        if reason:
            yield finding_at(
                said,
                shown,
                "example-not-of-described-form",
                f"the example {words.short(text)} at {said.spot(shown)} {reason}",
                source=said.spot(at),
                value=text,
            )


def _described_texts(said: Said) -> Iterator[tuple[str, dict[str, Json], str]]:
    """Yield the schemas of texts with the places of their examples: beside them, and in the examples of messages."""
    for operation in said.contract.operations:
        for parameter in operation.parameters:
            if parameter.schema is not None:
                described = pointers.get(said.document, parameter.pointer).get("description")
                schema = {"description": described} | _followed(said, parameter.schema)
                yield from _texts(said, parameter.schema, schema, [pointers.join(parameter.pointer, "example")])
        for content in (
            *operation.body,
            *(one for response in operation.responses.values() for one in response.content),
        ):
            names = pointers.look(said.document, pointers.join(content.pointer, "examples"), {})
            shown = [pointers.join(content.pointer, "examples", name, "value") for name in names]
            yield from _inside(said, content.schema, [pointers.join(content.pointer, "example"), *shown])
    for named in properties_of(said):
        yield from _texts(said, named.at, _followed(said, named.at), [pointers.join(named.at, "example")])


def _inside(said: Said, at: str | None, shown: Sequence[str]) -> Iterator[tuple[str, dict[str, Json], str]]:
    """Yield the texts in examples of a whole message, as deep as properties and items lead."""
    values = [(place, pointers.look(said.document, place)) for place in shown]
    if at is None or not any(isinstance(value, dict | list | str) for _, value in values):
        return
    schema = _followed(said, at)
    yield from _texts(said, at, schema, shown)
    for name in schema.get("properties", ()):
        inner = [pointers.join(place, name) for place, value in values if isinstance(value, dict) and name in value]
        yield from _inside(said, pointers.join(pointers.resolved(said.document, at), "properties", name), inner)
    items = [
        pointers.join(place, index) for place, value in values if isinstance(value, list) for index in range(len(value))
    ]
    if isinstance(schema.get("items"), dict):
        yield from _inside(said, pointers.join(pointers.resolved(said.document, at), "items"), items)


def _texts(
    said: Said, at: str, schema: dict[str, Json], shown: Iterable[str]
) -> Iterator[tuple[str, dict[str, Json], str]]:
    for place in shown:
        if isinstance(pointers.look(said.document, place), str) and not _is_placeholder(said, place):
            yield at, schema, place


def _followed(said: Said, at: str) -> dict[str, Json]:
    """Return a schema, with what it refers to."""
    value = pointers.get(said.document, at)
    target = pointers.get(said.document, pointers.resolved(said.document, at))
    return {**target, **value} if isinstance(value, dict) and isinstance(target, dict) else {}


def _is_placeholder(said: Said, place: str) -> bool:
    return is_placeholder(pointers.get(said.document, place))


# --- Statuses ---------------------------------------------------------------------------------------------------------

_PHRASES = "|".join(re.escape(status.phrase) for status in HTTPStatus)
_STATUS = re.compile(
    r"\b(?:returns?|answers?|responds? with|HTTP|status(?: code)?)\s+`?(?P<bare>[1-5]\d\d)\b"
    rf"|\b(?P<phrased>[1-5]\d\d) (?:{_PHRASES})\b"
)


def _statuses_in_words_alone(said: Said, everything: Iterable[Said]) -> Iterator[Finding]:
    """Yield statuses that the description of an operation speaks of, and its list does not have."""
    for operation in said.contract.operations:
        at = pointers.join(operation.pointer, "description")
        text = pointers.look(said.document, at)
        found = (one["bare"] or one["phrased"] for one in _STATUS.finditer(text)) if isinstance(text, str) else ()
        for status in dict.fromkeys(found):
            if operation.response_for(int(status)) is None:
                others = [_lists(one, operation) for one in everything if one is not said]
                lists = ", ".join([_lists(said, operation), *filter(None, others)])
                yield finding_at(
                    said,
                    at,
                    "status-in-words-alone",
                    f"{operation.label}: {said.spot(at)} speaks of {status} in words; {lists}",
                    source=said.spot(pointers.join(operation.pointer, "responses")),
                    value=status,
                    part="description",
                )


def _lists(said: Said, operation: Operation) -> str:
    """Return what a source lists of an operation, nothing where it does not describe it or does not list."""
    known = [one for one in said.contract.operations if _is_same(one, operation) and _is_listing(said, one)]
    return f"{said.spot(_answers(known[0]))} lists {listed(known[0].responses)}" if known else ""


def _is_same(one: Operation, other: Operation) -> bool:
    return one.method == other.method and template(one.path) == template(other.path)


def _answers(operation: Operation) -> str:
    return pointers.join(operation.pointer, "responses")


def _is_listing(said: Said, operation: Operation) -> bool:
    return bool(operation.responses) and _answers(operation) not in said.silent


def _no_errors(sources: Sequence[Said]) -> Iterator[Finding]:
    """Yield sources that document no error of operations that can have one, where some of others are documented.

    What takes an id or a credential can be asked with a wrong one.
    """
    known = [(said, one) for said in sources for one in said.contract.operations if _is_listing(said, one)]
    telling = next(((said, one) for said, one in known if _errors(one)), None)
    for said in sources if telling else ():
        silent = [
            one
            for then, one in known
            if then is said and not _errors(one) and (one.path_parameters or one.needs_credentials)
        ]
        if not silent or telling is None:
            continue
        answers, (other, example) = _answers(silent[0]), telling
        more = f" (and so of {len(silent) - 1} more)" if len(silent) > 1 else ""
        yield finding_at(
            said,
            answers,
            "no-error-documented",
            f"{said.spot(answers)} lists no error of {silent[0].label}, only {listed(silent[0].responses)}{more}; "
            f"{other.spot(_answers(example))} lists {listed(example.responses)} of {example.label}",
            source=other.spot(_answers(example)),
            value=[one.label for one in silent],
            part="responses",
        )


def _errors(operation: Operation) -> list[str]:
    return [status for status in operation.responses if status[0] in "45d"]

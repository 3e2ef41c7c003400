"""Claims about the answers to documents that nobody here wrote: those of the npm package `@readme/oas-examples`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from specwitness import mock, pool
from specwitness.contract import load, pointers
from specwitness.contract.conformance import refusals
from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, Parameter
from specwitness.exceptions import SpecwitnessError
from specwitness.findings import Exchange, Intent, Json, Request, Response
from specwitness.mock.app import App

PACKAGE = Path(__file__).parents[2] / ".cache/oas-examples/node_modules/@readme/oas-examples"
FILES = sorted(file for version in ("2.0", "3.0", "3.1") for file in PACKAGE.glob(f"{version}/json/**/*.json"))
SEEDS = (0, 1, 7)

pytestmark = pytest.mark.skipif(not FILES, reason="@readme/oas-examples is not there: `make` installs it where npm is")

REFUSED: dict[str, str] = {}
"""What cannot be read, and a part of what we say of it."""
BROKEN = {
    "3.0/json/schema-validation.json": 'is not a "regex"',
    "3.1/json/schema-validation-local.json": "is true, and has to be a number",
    "3.1/json/schema-validation-top-level.json": "is true, and has to be a number",
}
"""What has schemas that are none, and a part of what we say when one of them is needed."""
UNMADE = {
    # Its schema requires itself, without end.
    "3.0/json/circular-request-bodies.json": {"POST /direct"},
    # Both branches of a `oneOf` say the same.
    "3.0/json/discriminators.json": {"POST /potentially-undefined-formData"},
    # A text that is an integer, and an array that is an object.
    "3.0/json/schema-types.json": {"PATCH /anything/quirks/polymorphism", "PUT /anything/quirks/polymorphism"},
    "3.1/json/schema-types.json": {"PATCH /anything/quirks/polymorphism", "PUT /anything/quirks/polymorphism"},
}
"""The operations for which there is no good request, by file."""


def parametrized() -> list[Any]:
    return [pytest.param(file, id=str(file.relative_to(PACKAGE))) for file in FILES]


def opened(file: Path) -> Contract:
    try:
        return load.load(file)
    except SpecwitnessError as error:
        pytest.skip(f"refused: {error}")


EXCUSED = {4: "rejected-valid", 5: "server-error"}
"""What has to be said of an operation that documents no success, by its first digit: such is its good answer."""


class Asking:
    """Makes good requests of one contract, and judges what comes back."""

    def __init__(self, contract: Contract, seed: int = 0) -> None:
        self.contract = contract
        self.app: App = mock.app([contract], seed=seed)
        self.values = self.app.values(contract.name)
        self.seed = seed

    def request(self, operation: Operation, turn: int) -> tuple[str, str, dict[str, str], bytes] | None:
        """Return path, query, headers and body; None where one of them cannot be made."""
        sent: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for one in operation.parameters:
            texts = self.texts(one) if one.required or one.place == "path" else ()
            if texts:
                sent[one.place][one.name] = texts[turn % len(texts)]
            elif one.required:
                return None
        for name, value in self.needed(operation):
            scheme = self.contract.security_schemes[name]
            field, text = scheme.header(value) if scheme.place == "header" else (scheme.field, value)
            sent[scheme.place][field] = text
        path = operation.path
        for name, text in sent["path"].items():
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        headers = sent["header"]
        if sent["cookie"]:
            headers["Cookie"] = "; ".join(f"{name}={quote(text)}" for name, text in sent["cookie"].items())
        content = next((one for one in operation.body if is_json(one.media_type)), next(iter(operation.body), None))
        body = self.body(content, turn) if content is not None else b""
        if content is not None and body:
            headers["Content-Type"] = content.media_type
        return None if body is None else (path, urlencode(sent["query"]), headers, body)

    def needed(self, operation: Operation) -> Iterator[tuple[str, str]]:
        for name in next((names for names in operation.security), ()):
            if name in self.values.credentials:
                yield name, self.values.credentials[name]

    def texts(self, one: Parameter) -> list[str]:
        if one.place == "path":
            return list(self.values.parameters[one.name])
        document, pointer, as_json = self.contract.schemas.document, one.schema, False
        if pointer is None:
            contents = pointers.get(document, one.pointer).get("content") or {}
            media_type = next(iter(contents), None)
            if media_type is None or "schema" not in contents[media_type]:
                return ["1"]
            pointer, as_json = pointers.join(one.pointer, "content", media_type, "schema"), True
        made = pool.bodies(self.contract, pointer, seed=self.seed)
        return [json.dumps(value) for value in made] if as_json else [*filter(None, map(_in_words, made))]

    def body(self, content: Content, turn: int) -> bytes | None:
        if content.schema is None or not is_json(content.media_type):
            return b"anything"
        made = pool.bodies(self.contract, content.schema, seed=self.seed, omitting="readOnly")
        return json.dumps(made[turn % len(made)]).encode() if made else None

    def ask(self, operation: Operation, turn: int) -> Exchange | None:
        made = self.request(operation, turn)
        if made is None:
            return None
        path, query, headers, body = made
        wire = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
        reply = self.app.answer(operation.method, f"{path}?{query}".encode(), wire, body)
        return Exchange(
            Request(operation.method, f"http://mock{path}?{query}", tuple(headers.items()), body or None),
            Response(reply.status, reply.headers, reply.content),
            operation.key,
            {},
            Intent.GENERATED,
        )


def _in_words(value: Json) -> str:
    if isinstance(value, list):
        return ",".join(map(_in_words, value))
    if isinstance(value, dict):
        return ",".join(part for name, item in value.items() for part in (name, _in_words(item)))
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("file", parametrized())
def test_a_document_is_read_or_refused_in_words(file: Path) -> None:
    name = str(file.relative_to(PACKAGE))
    try:
        load.load(file)
    except SpecwitnessError as error:
        assert name in REFUSED, str(error)
        assert REFUSED[name] in str(error)
    else:
        assert name not in REFUSED


@pytest.mark.parametrize("file", parametrized())
def test_every_answer_is_what_the_document_asks_for(file: Path) -> None:
    contract = opened(file)
    unmade, wrong = set(), []
    for seed in SEEDS:
        asking = Asking(contract, seed)
        for operation in contract.operations:
            for turn in range(3):
                try:
                    exchange = asking.ask(operation, turn)
                except SpecwitnessError as error:
                    assert BROKEN.get(str(file.relative_to(PACKAGE)), "\0") in str(error)
                    continue
                if exchange is None:
                    unmade.add(operation.label)
                    continue
                assert exchange.response is not None
                excused = EXCUSED.get(operation.good_status // 100) if operation.responses else "undocumented-status"
                found = [one for one in refusals(contract, exchange) if one.rule != excused]
                wrong += [(operation.label, seed, exchange.request.url, one.rule, one.message) for one in found]
    assert wrong == []
    assert unmade == UNMADE.get(str(file.relative_to(PACKAGE)), set())


@pytest.mark.parametrize("file", parametrized())
def test_the_same_seed_is_the_same_bytes(file: Path) -> None:
    contract = opened(file)
    if str(file.relative_to(PACKAGE)) in BROKEN:
        return
    told = []
    for _ in range(2):
        asking = Asking(contract, 3)
        told.append([asking.ask(operation, turn) for operation in contract.operations for turn in range(2)])
    assert told[0] == told[1]

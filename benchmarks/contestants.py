"""The tools that look for the same faults: how each is started, what it shows when it has found something, and what.

Each is run as its users would, with its defaults, and is told what its users would know of the server: credentials,
and ids that exist. Dredd and Specmatic are told more, requests with their right answers (`known_requests`): by
themselves they send what the document has as examples, and few of those exist.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import stage
from benchmarks.known_requests import Known

from specwitness.contract import pointers
from specwitness.contract.model import Contract
from specwitness.findings import Json

HOOKS = stage.ROOT / "tests" / "clients" / "dredd_hooks.js"
"""What tells Dredd the known requests; the tests of the mock use it too."""

SPECMATIC = """
version: 2
ignoreInlineExamples: true
test:
  resiliencyTests:
    enable: all
  maxTestRequestCombinations: 2
"""
"""Beside the known requests Specmatic sends variations of them, valid ones and invalid ones."""


@dataclass(frozen=True)
class Subject:
    """One contract, and the requests whose answers are known."""

    contract: Contract
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Contestant:
    """One tool.

    `command` prepares a folder and returns what is run there, or in `place`; `sign` matches the line of its output that
    says something was found; `objections` reads what it objected to, from its output and its folder. It runs where
    everything that it `needs` is there: files, and programs on PATH.
    """

    name: str
    command: Callable[[Subject, str, Path], tuple[str, ...]]
    sign: re.Pattern[str]
    objections: Callable[[str, Path], frozenset[str]]
    needs: tuple[str, ...] = ()
    place: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def lacks(self) -> str | None:
        """What it needs and is not there."""
        return next((Path(need).name for need in self.needs if shutil.which(need) is None), None)


def _specwitness(subject: Subject, url: str, folder: Path) -> tuple[str, ...]:
    return stage.ours(subject.contract, url, folder)


def _what_we_report(_said: str, folder: Path) -> frozenset[str]:
    """Return what our report calls breaking or a warning; a run that is merely inconclusive has found nothing."""
    path = folder / "latest" / "report.json"
    contracts = json.loads(path.read_text(encoding="utf-8"))["contracts"] if path.is_file() else ()
    return frozenset(one["fingerprint"] for each in contracts for one in each["findings"] if one["level"] != "info")


def _schemathesis(subject: Subject, url: str, folder: Path) -> tuple[str, ...]:
    return stage.theirs(subject.contract, url, folder)


def _schemathesis_with_ids(subject: Subject, url: str, folder: Path) -> tuple[str, ...]:
    """Give it the ids of the mock, as its documentation says: a dictionary for each path parameter."""
    values = stage.values(subject.contract).parameters
    lines = [f"[dictionaries.{name}]\nvalues = {json.dumps(ids)}" for name, ids in values.items()]
    lines += ["[parameters]", *(f'"path.{name}" = {{ dictionary = "{name}" }}' for name in values)]
    (folder / "schemathesis.toml").write_text("\n".join(lines), encoding="utf-8")
    return stage.theirs(subject.contract, url, folder)


def _what_schemathesis_reports(_said: str, folder: Path) -> frozenset[str]:
    """Return each kind of failure of each operation, and each kind of error; nothing where it had to be killed."""
    path = folder / "report.json"
    # It creates the file when it starts, and fills it when it ends.
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    report = json.loads(text) if text else {"failures": (), "errors": ()}
    failures = {f"{one['title']} at {operation}" for one in report["failures"] for operation in one["operations"]}
    return frozenset(failures | {one["title"] for one in report["errors"]})


def _specmatic(subject: Subject, url: str, folder: Path) -> tuple[str, ...]:
    examples = folder / "examples"
    examples.mkdir()
    for number, one in enumerate(subject.known):
        (examples / f"{number:03}.json").write_text(json.dumps(_example(one)), encoding="utf-8")
    (folder / "specmatic.yaml").write_text(SPECMATIC, encoding="utf-8")
    document = stage.written(subject.contract, folder)
    return _program("specmatic"), "test", str(document), f"--testBaseURL={url}", f"--examples={examples}"


def _example(one: Known) -> Json:
    ask = one.ask
    # An example may name no header that the document does not.
    names = ["Content-Type", *(header.name for header in ask.operation.responses[str(one.status)].headers)]
    asked = {"method": ask.operation.method, "path": ask.target, "headers": dict(ask.headers)}
    answered = {"status": one.status, "headers": {name: one.headers[name] for name in names if name in one.headers}}
    return {
        "http-request": asked if ask.body is None else {**asked, "body": _parsed(ask.body)},
        "http-response": {**answered, "body": one.json},
    }


def _parsed(body: str) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _dredd(subject: Subject, url: str, folder: Path) -> tuple[str, ...]:
    """Dredd sends one request for each documented answer: the first that is known."""
    requests: dict[str, Json] = {}
    for one in subject.known:
        ask = one.ask
        told = {"target": ask.target, "headers": dict(ask.headers), "body": ask.body}
        name = f"{ask.operation.method} {ask.operation.path} {one.status}"
        requests.setdefault(name, {**told, "schema": _schema(subject.contract, one)})
    (folder / "requests.json").write_text(json.dumps(requests), encoding="utf-8")
    document = stage.written(subject.contract, folder)
    return _program("dredd"), str(document), url, f"--hookfiles={HOOKS}", "--loglevel=error"


def _schema(contract: Contract, one: Known) -> Json:
    """Return the schema of a JSON answer with what its references lead to; Dredd makes none of OpenAPI 3."""
    content = one.ask.operation.responses[str(one.status)].content
    if not content or content[0].schema is None or content[0].media_type != "application/json":
        return None
    whole = {"answer": pointers.get(contract.document, content[0].schema), **_components(contract.document)}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [{"$ref": "#/answer"}], **whole}


def _components(document: Json) -> dict[str, Json]:
    return {"components": document["components"]} if "components" in document else {}


def _lines(pattern: re.Pattern[str]) -> Callable[[str, Path], frozenset[str]]:
    """Return what reads the objections from the lines of the output that say something was found."""
    return lambda said, _folder: frozenset(found[1] for found in pattern.finditer(said))


def _program(name: str) -> str:
    return str(stage.ROOT / ".cache" / name / "node_modules" / ".bin" / name)


# A test that failed is an F in a line of dots; a warning, which fails no test, is first told in the summary.
_OUR_FAILURE = re.compile(r"^[.sxX]*[FE]|^\d+\. (?:breaking|warning) ", re.MULTILINE)
_FAILED_PHASE = re.compile(r"[❌🚫]")
_FAILED_SCENARIO = re.compile(r"^(.*Scenario: .*) has FAILED", re.MULTILINE)
_FAILED_TRANSACTION = re.compile(r"^(?:fail|error): ([A-Z]+ \(\d+\) \S+) duration", re.MULTILINE)

CONTESTANTS = (
    Contestant("specwitness", _specwitness, _OUR_FAILURE, _what_we_report, place=stage.ROOT),
    Contestant("st run", _schemathesis, _FAILED_PHASE, _what_schemathesis_reports),
    Contestant("st run with ids", _schemathesis_with_ids, _FAILED_PHASE, _what_schemathesis_reports),
    Contestant(
        "Specmatic",
        _specmatic,
        _FAILED_SCENARIO,
        _lines(_FAILED_SCENARIO),
        needs=("node", "java", _program("specmatic")),
        environment={"JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"},
    ),
    Contestant(
        "Dredd",
        _dredd,
        _FAILED_TRANSACTION,
        _lines(_FAILED_TRANSACTION),
        needs=("node", _program("dredd")),
        environment={"SPECWITNESS_REQUESTS": "requests.json"},
    ),
)

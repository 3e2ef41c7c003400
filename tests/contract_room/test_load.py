"""A folder becomes a contract; what cannot be used is named, with the file, the fault and the next step."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from specwitness.contract.lint import lint
from specwitness.contract.load import find, load, plain, vendored
from specwitness.contract.model import SecurityScheme, Variable, Waiver
from specwitness.contract.yaml_reading import MAX_DEPTH
from specwitness.exceptions import ContractError, SpecwitnessError, UnknownContractError
from specwitness.findings import Json

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
OPENAPI = HEAD + "paths: {/a: {get: {operationId: a, responses: {'200': {description: d}}}}}\n"


def folder(root: Path, files: Mapping[str, str] | None = None, name: str = "api") -> Path:
    """Write a contract's folder: `openapi.yaml` unless another is given, and the files."""
    made = root / name
    made.mkdir(parents=True, exist_ok=True)
    for file, text in {"openapi.yaml": OPENAPI, **(files or {})}.items():
        (made / file).write_text(text)
    return made


def test_a_document_alone_is_a_contract(tmp_path: Path) -> None:
    contract = load(folder(tmp_path))
    assert (contract.name, [operation.key for operation in contract.operations]) == ("api", ["a"])
    assert (contract.checks, contract.waivers, contract.lifecycles, contract.workflows) == ((), (), (), ())
    assert contract.manifest.title == "api"
    assert repr(contract) == "<Contract api: 1 operations, 0 checks>"
    assert (contract.operation("a"), contract.operation("b"), contract.operation(None)) == (
        contract.operations[0],
        None,
        None,
    )


def test_everything_beside_the_document_is_read(tmp_path: Path) -> None:
    files = {
        "contract.yaml": (
            "title: The API\ncredentials: {key: {env: KEY}}\nparameters: {id: {env: ID, optional: true}}\n"
            "unknown_id: {env: NOBODY}\nvolatile: [at]\nsecrets: [key]\n"
            "sources: [{file: f, title: t, kind: k, sha256: s, origin: o, vendored: true}]\n"
        ),
        "overlay.yaml": ("overlay: 1.0.0\nactions:\n- target: $.paths['/a'].get\n  update: {summary: s}\n"),
        "waivers.yaml": "waivers:\n- {fingerprint: abcdef123456, reason: because, owner: us, expires: '2030-01-31'}\n",
        "checks.py": (
            "from specwitness import check, workflow\n"
            "@check('a', source='s')\ndef first(exchange): return ()\n"
            "@workflow\ndef second_one(api): pass\n"
        ),
    }
    contract = load(folder(tmp_path, files))
    manifest = contract.manifest
    assert (manifest.title, manifest.volatile, manifest.secrets) == ("The API", frozenset({"at"}), frozenset({"key"}))
    assert manifest.credentials == {"key": Variable("key", "KEY")}
    assert manifest.parameters == {"id": Variable("id", "ID", optional=True)}
    assert manifest.unknown_id == Variable("unknown_id", "NOBODY")
    assert [(source.file, source.vendored) for source in manifest.sources] == [("f", True)]
    assert contract.document["paths"]["/a"]["get"]["summary"] == "s"
    assert [check.rule for check in contract.checks] == ["first"]
    assert [workflow.name for workflow in contract.workflows] == ["second-one"]
    assert contract.waivers == (Waiver("abcdef123456", "because", dt.date(2030, 1, 31), "us", 2),)


def test_a_vendored_document_is_one_without_its_overlay(tmp_path: Path) -> None:
    overlay = "overlay: 1.0.0\nactions:\n- target: $.paths['/a'].get\n  update: {summary: s}\n"
    corrected = load(folder(tmp_path, {"overlay.yaml": overlay, "contract.yaml": "upstream: other.yaml"}))
    contract = vendored(corrected)
    assert "summary" in corrected.document["paths"]["/a"]["get"]
    assert "summary" not in contract.document["paths"]["/a"]["get"]
    assert (contract.manifest.upstream, contract.overlay_path) == ("other.yaml", None)
    assert [operation.key for operation in contract.operations] == ["a"]


def test_a_waiver_may_be_of_sources_alone(tmp_path: Path) -> None:
    text = WAIVER.replace("EXPIRES", "2030-01-31")
    loaded = [
        load(folder(tmp_path, {"waivers.yaml": one})).waivers for one in (text, text.replace("b,", "b, in: sources,"))
    ]
    assert [waiver.in_sources for waivers in loaded for waiver in waivers] == [False, True]


def test_security_schemes_say_how_a_credential_travels(tmp_path: Path) -> None:
    schemes = (
        "components: {securitySchemes: {k: {type: apiKey, in: header, name: X-Key}, b: {type: http, scheme: basic},\n"
        "  o: {type: oauth2, flows: {}}, r: {$ref: '#/components/securitySchemes/k'}}}\n"
    )
    found = load(folder(tmp_path, {"openapi.yaml": OPENAPI + schemes})).security_schemes
    assert found == {
        "k": SecurityScheme("k", "apiKey", "header", "X-Key"),
        "b": SecurityScheme("b", "http", "header", "basic"),
        "o": SecurityScheme("o", "http", "header", "bearer"),
        "r": SecurityScheme("r", "apiKey", "header", "X-Key"),
    }
    assert [found[name].header("v") for name in "kbo"] == [
        ("X-Key", "v"),
        ("Authorization", "Basic v"),
        ("Authorization", "Bearer v"),
    ]


WAIVER = "waivers: [{fingerprint: '0123456789ab', reason: b, owner: c, expires: 'EXPIRES'}]"
SOURCE = "{file: f, title: t, kind: k}"


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("openapi.yaml", "swagger: '1.2'", "it is Swagger 1.2"),
        ("openapi.yaml", "openapi: 4.0.0", "it is not an OpenAPI 3.0 or 3.1 document"),
        ("openapi.yaml", "- 1", "it is not an OpenAPI 3.0 or 3.1 document"),
        ("openapi.yaml", HEAD, "it has no `paths`"),
        ("openapi.yaml", HEAD + "paths: {/a: 1}", "the path /a is not an object"),
        (
            "openapi.yaml",
            HEAD + "paths: {/a: {get: {operationId: x}}, /b: {get: {operationId: x}}}",
            "operationId 'x' stands at both GET /a and GET /b",
        ),
        ("openapi.yaml", OPENAPI + "x: {$ref: '#/absent'}", "nothing is there"),
        ("openapi.yaml", OPENAPI + "x: {$ref: 'other.yaml'}", "there is no such file"),
        ("openapi.yaml", OPENAPI + "x: {$ref: '#/x'}", "it leads in a circle"),
        ("contract.yaml", "- 1", "a mapping was expected there"),
        ("contract.yaml", "titel: x", "unknown key 'titel'"),
        ("contract.yaml", "credentials: [x]", "`credentials` is not a mapping"),
        ("contract.yaml", "credentials: {x: y}", "'x' names no environment variable"),
        ("contract.yaml", "volatile: x", "`volatile` is not a list of names"),
        ("contract.yaml", "secrets: [1]", "`secrets` is not a list of names"),
        ("contract.yaml", f"sources: [{SOURCE}]", "a source lacks sha256"),
        ("contract.yaml", "document: other.yaml", "there is no such file"),
        ("contract.yaml", "upstream: [main]", "`upstream` names nothing"),
        ("contract.yaml", "upstream: ''", "`upstream` names nothing"),
        ("overlay.yaml", "overlay: 2.0.0", "it is not an OpenAPI Overlay 1.x"),
        ("waivers.yaml", "- 1", "it has no list `waivers`"),
        ("waivers.yaml", "waivers: [{reason: b}]", "it names no finding"),
        ("waivers.yaml", WAIVER.replace("EXPIRES", "soon"), "expires 'soon' is no date"),
        ("waivers.yaml", WAIVER.replace("EXPIRES", "2030-01-31', in: 'drift"), "`in` is 'drift'"),
        ("checks.py", "import absent_module", "it cannot be imported (ModuleNotFoundError"),
        ("checks.py", "def x(:", "it cannot be imported (SyntaxError"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, file: str, text: str, fault: str) -> None:
    made = folder(tmp_path, {file: text})
    with pytest.raises(ContractError) as raised:
        load(made)
    error: SpecwitnessError = raised.value
    assert error.fault.startswith(fault)
    assert error.hint
    assert str(error).count("\n") == 0


NOT_SO = "a part of it is not of the type that OpenAPI says"


@pytest.mark.parametrize(
    ("text", "place", "fault"),
    [
        ("a: 1\nswagger: '1.2'", "line 2", "it is Swagger 1.2"),
        ("a: 1\nopenapi: 3.2.0", "line 2", "it is not an OpenAPI 3.0 or 3.1 document"),
        (HEAD + "paths: 1", "line 3", "it has no `paths`"),
        (HEAD + "webhooks: {}\npaths:", "line 4", "it has no `paths`"),
        (HEAD + "paths: {/a: {$ref: '#/x'}}\nx: 1", "line 4", "the path /a is not an object"),
        (HEAD + "paths:\n  /a: 1", "line 4", "the path /a is not an object"),
        (HEAD + "paths:\n  /a:\n    get: {responses: 1}", "line 5", NOT_SO),
        (HEAD + "paths:\n  /a:\n    get: {tags: 1}", "line 5", NOT_SO),
        (HEAD + "paths:\n  /a: {$ref: '#/x'}\nx:\n  get: {parameters: [1]}", "line 6", NOT_SO),
        (OPENAPI + "components:\n  securitySchemes: {a: 1}", "line 5", NOT_SO),
        (OPENAPI + "x:\n  - b\n  - $ref: '#/y'", "line 6, $ref '#/y'", "nothing is there"),
        (OPENAPI + "x:\n  $ref: '#/y'\ny: {$ref: '#/x'}", "line 6, $ref '#/x'", "it leads in a circle"),
        (OPENAPI + "x: {value: {$ref: '#/y'}}\nexamples: {a: {$ref: '#/z'}}", "line 5, $ref '#/z'", "nothing is there"),
        ('{"openapi": "3.0.0", "paths": {},\n"x": {\n"$ref": "#/y"}}', "line 3, $ref '#/y'", "nothing is there"),
    ],
)
def test_a_fault_in_the_document_is_named_with_its_line(tmp_path: Path, text: str, place: str, fault: str) -> None:
    made = folder(tmp_path, {"openapi.yaml": text})
    with pytest.raises(ContractError) as raised:
        load(made)
    assert raised.value.thing == f"{made / 'openapi.yaml'}, {place}"
    assert raised.value.fault.startswith(fault)


@pytest.mark.parametrize("text", ["webhooks: {w: {post: {}}}", "components: {schemas: {A: {}}}"])
def test_a_document_of_3_1_may_have_no_paths_and_one_of_3_0_has_some(tmp_path: Path, text: str) -> None:
    contract = load(folder(tmp_path, {"openapi.yaml": HEAD + text}))
    assert (contract.operations, contract.document["paths"], lint(contract)) == ((), {}, [])
    with pytest.raises(ContractError) as raised:
        load(folder(tmp_path, {"openapi.yaml": HEAD.replace("3.1.0", "3.0.3") + text}, name="older"))
    assert raised.value.fault == "it has no `paths`"


def test_a_reference_that_the_overlay_wrote_is_named_with_its_line_there(tmp_path: Path) -> None:
    text = "overlay: 1.0.0\nactions:\n- target: $.paths['/a'].get\n  update:\n    x:\n      $ref: '#/y'\n"
    made = folder(tmp_path, {"overlay.yaml": text})
    with pytest.raises(ContractError) as raised:
        load(made)
    assert raised.value.thing == f"{made / 'overlay.yaml'}, line 6, $ref '#/y'"


def test_nothing_of_a_contract_that_is_read_plainly_is_run(tmp_path: Path) -> None:
    code = {"checks.py": "raise SystemExit", "faults.py": "raise SystemExit", "lifecycle.yaml": "- no lifecycle"}
    kept = {"waivers.yaml": WAIVER.replace("EXPIRES", "2030-01-31"), "contract.yaml": "title: The API"}
    contract = plain(folder(tmp_path, code | kept))
    assert (contract.name, contract.manifest.title, len(contract.operations)) == ("api", "The API", 1)
    assert (contract.waivers[0].fingerprint, contract.checks, contract.faults) == ("0123456789ab", (), ())


def test_a_folder_that_is_named_by_a_dot_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(tmp_path))
    assert (load(Path()).name, load(Path()).manifest.title) == ("api", "api")


def test_a_document_as_deep_as_is_read_can_be_worked_with(tmp_path: Path) -> None:
    schema: Json = {"type": "string", "writeOnly": True}
    while len(json.dumps(schema)) - len(json.dumps(schema).replace("{", "")) < MAX_DEPTH - 9:
        schema = {"type": "array", "items": schema}
    answer = {"description": "d", "content": {"application/json": {"schema": schema}}}
    for version in ("3.0.3", "3.1.0"):
        operation = {"operationId": "a", "responses": {"200": answer}}
        document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}}
        contract = load(folder(tmp_path, {"openapi.yaml": json.dumps(document)}))
        at = contract.operations[0].responses["200"].content[0].schema
        assert at is not None
        assert [rejection.keyword for rejection in contract.schemas.rejections(at, 1)] == ["type"]
        assert lint(contract) == []


@pytest.mark.parametrize(("text", "line"), [("x = 1\nimport absent_module", 2), ("x = 1\n\ndef x(:", 3)])
def test_a_fault_in_the_checks_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    made = folder(tmp_path, {"checks.py": text})
    with pytest.raises(ContractError) as raised:
        load(made)
    assert raised.value.thing == f"{made / 'checks.py'}, line {line}"


def test_contracts_are_found_by_name_in_the_order_asked_for(tmp_path: Path) -> None:
    for name in ("b", "a"):
        folder(tmp_path, name=name)
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("x")
    assert [made.name for made in find(tmp_path)] == ["a", "b"]
    assert [made.name for made in find(tmp_path, ["b", "a", "b"])] == ["b", "a"]
    with pytest.raises(UnknownContractError) as raised:
        find(tmp_path, ["c"])
    assert raised.value.hint == "Known contracts: a, b"


def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    for place, fault in ((tmp_path, "it holds no contract"), (tmp_path / "absent", "there is no such folder")):
        with pytest.raises(ContractError) as raised:
            find(place)
        assert (raised.value.thing, raised.value.fault) == (str(place), fault)

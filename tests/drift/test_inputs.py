"""Whatever names an API's description is read without running any of it, and called as it was given."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from specwitness.contract.model import Contract
from specwitness.contract.places import location
from specwitness.drift import inputs
from specwitness.exceptions import BrokenReferenceError, ContractError, DocumentError, UnknownContractError

OPENAPI = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /pets:
    get:
      operationId: pets
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: schemas/pet.yaml}}}}
"""
PET = "type: object\nproperties:\n  id: {type: string}\n"
OVERLAY = "overlay: 1.0.0\nactions:\n- target: $.paths['/pets'].get\n  update: {summary: s}\n"
WAIVERS = "waivers:\n- {fingerprint: abc123abc123, reason: because, owner: us, expires: '2030-01-31'}\n"
FILES = {
    "specs/pets/openapi.yaml": OPENAPI,
    "specs/pets/schemas/pet.yaml": PET,
    "specs/pets/overlay.yaml": OVERLAY,
    "specs/pets/waivers.yaml": WAIVERS,
    "specs/pets/contract.yaml": "title: The Pets\n",
    "specs/pets/checks.py": "raise SystemExit('it was run')\n",
    "specs/pets/faults.py": "raise SystemExit('it was run')\n",
    "specs/pets/lifecycle.yaml": "- no lifecycle\n",
    "alone.yaml": "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n",
    "c:alone.yaml": "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n",
}
AT_PET = "/x-files/schemas~1pet.yaml/properties/id"

pytestmark = pytest.mark.usefixtures("project")


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a contract and a document, where we are."""
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Commit = Callable[[str], None]


@pytest.fixture
def commit(project: Path, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commit all there is in the project, with a message."""
    for name, value in {"NAME": "a", "EMAIL": "a@b.org"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git(project, "init", "-q", "-b", "main")

    def committed(message: str) -> None:
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", message)

    committed("fix: the first")
    return committed


def git(project: Path, *arguments: str) -> None:
    """Run git on the repository in the project, named outright: whatever folder we are in, it is no other one."""
    repository = [f"--git-dir={project / '.git'}", f"--work-tree={project}"]
    subprocess.run(["git", *repository, *arguments], check=True, cwd=project)  # noqa: S607 - git is where it is


def read(text: str, *, allow_remote: bool = False) -> Contract:
    return inputs.read(text, specs=Path("specs"), allow_remote=allow_remote)


def pet_of(text: str) -> tuple[str | None, int | None]:
    """Return where a contract says what the id of a pet is."""
    place = location(read(text), operation=None, part="document", pointer=AT_PET)
    return place.file, place.line


# --- Names, folders and files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "called"),
    [
        ("pets", "pets", "specs/pets"),
        ("specs/pets", "pets", "specs/pets"),
        ("specs/pets/", "pets", "specs/pets"),
        ("./specs/../specs/pets", "pets", "specs/../specs/pets"),
        ("specs/pets/openapi.yaml", "openapi", "specs/pets"),
    ],
)
def test_a_contract_is_read_by_its_name_its_folder_or_its_file(text: str, name: str, called: str) -> None:
    assert read(text).name == name
    assert pet_of(text) == (f"{called}/schemas/pet.yaml", 3)


def test_a_file_elsewhere_is_called_by_the_path_that_was_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "specs" / "pets" / "schemas")
    assert pet_of(str(project / "specs" / "pets")) == (f"{project}/specs/pets/schemas/pet.yaml", 3)
    assert pet_of("../openapi.yaml") == ("../schemas/pet.yaml", 3)


def test_of_a_folder_all_but_its_code_is_read() -> None:
    contract = read("pets")
    summary = location(contract, operation=None, part="document", pointer="/paths/~1pets/get/summary")
    assert contract.manifest.title == "The Pets"
    assert [waiver.fingerprint for waiver in contract.waivers] == ["abc123abc123"]
    assert (summary.file, summary.line) == ("specs/pets/overlay.yaml", 4)
    assert (contract.checks, contract.faults, contract.workflows, contract.lifecycles) == ((), (), (), ())


def test_of_a_file_nothing_beside_it_is_read_but_what_it_refers_to() -> None:
    contract = read("specs/pets/openapi.yaml")
    assert (contract.manifest.title, contract.waivers, contract.overlay_path) == ("openapi", (), None)
    assert "summary" not in contract.document["paths"]["/pets"]["get"]


def test_a_line_is_that_of_what_was_read(project: Path) -> None:
    contract = read("pets")
    (project / "specs" / "pets" / "schemas" / "pet.yaml").write_text("\n\n\n" + PET)
    assert location(contract, operation=None, part="document", pointer=AT_PET).line == 3


def test_a_file_comes_before_a_contract_of_its_name(project: Path) -> None:
    write(project, {"pets": FILES["alone.yaml"]})
    assert read("pets").operations == ()


def test_what_is_nothing_is_named_with_what_is_known() -> None:
    for text in ("", "dogs", "C:\\dogs.txt", "specs/dogs", "main:a\nb"):
        with pytest.raises(UnknownContractError) as raised:
            read(text)
        assert raised.value == UnknownContractError(
            repr(text),
            "it is no contract, no file or folder, no URL, and no REVISION:PATH of git",
            "Known contracts: pets",
        )
    with pytest.raises(DocumentError) as named:
        read("a" * 300)
    assert named.value.fault == "it cannot be read (File name too long)"
    with pytest.raises(UnknownContractError) as raised:
        inputs.read("dogs", specs=Path("none"))
    assert raised.value.hint == "No contract is known by its name (none: there is no such folder)"


@pytest.mark.parametrize(
    ("text", "thing", "fault"),
    [
        ("gone.yaml", "gone.yaml", "there is no such file"),
        ("C:\\gone.yaml", "C:\\gone.yaml", "there is no such file"),
        ("specs", "specs/openapi.yaml", "there is no such file"),
        ("specs/pets/waivers.yaml", "specs/pets/waivers.yaml", "it is not an OpenAPI 3.0 or 3.1 document"),
    ],
)
def test_a_file_that_is_none_is_named_as_it_was_given(text: str, thing: str, fault: str) -> None:
    with pytest.raises(DocumentError) as raised:
        read(text)
    assert (raised.value.thing, raised.value.fault) == (thing, fault)


def test_references_lead_out_only_where_that_is_allowed(project: Path) -> None:
    write(project, {"specs/pets/openapi.yaml": f"{OPENAPI}x: {{$ref: ../../alone.yaml#/info}}\n"})
    for text in ("pets", "specs/pets/openapi.yaml"):
        assert read(text, allow_remote=True).document["x"] == {"$ref": "#/x-files/..~1..~1alone.yaml/info"}
        with pytest.raises(BrokenReferenceError) as raised:
            read(text)
        assert raised.value.thing == "specs/pets/openapi.yaml, line 9, $ref '../../alone.yaml#/info'"


# --- A git revision -------------------------------------------------------------------------------------------------


def test_a_revision_is_read_as_it_was_and_called_as_it_was_given(project: Path, commit: Commit) -> None:
    write(project, {"specs/pets/schemas/pet.yaml": f"\n{PET}", "specs/pets/waivers.yaml": "waivers: []"})
    commit("the second")
    assert pet_of("main:specs/pets") == ("main:specs/pets/schemas/pet.yaml", 4)
    assert pet_of("HEAD^:specs/pets/") == ("HEAD^:specs/pets/schemas/pet.yaml", 3)
    assert pet_of("main~1:specs/pets/openapi.yaml") == ("main~1:specs/pets/schemas/pet.yaml", 3)
    assert pet_of("HEAD^{/fix: the}:specs/pets") == ("HEAD^{/fix: the}:specs/pets/schemas/pet.yaml", 3)
    assert [len(read(f"{revision}:specs/pets").waivers) for revision in ("main", "main~1")] == [0, 1]


@pytest.mark.usefixtures("commit")
def test_of_a_folder_in_a_revision_all_but_its_code_is_read() -> None:
    contract = read("main:specs/pets")
    summary = location(contract, operation=None, part="document", pointer="/paths/~1pets/get/summary")
    assert (contract.name, contract.manifest.title, contract.checks) == ("pets", "The Pets", ())
    assert (summary.file, summary.line) == ("main:specs/pets/overlay.yaml", 4)
    assert [waiver.line for waiver in contract.waivers] == [2]


@pytest.mark.usefixtures("commit")
def test_a_path_in_a_revision_may_begin_from_here(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "specs")
    assert pet_of("main:./pets") == ("main:./pets/schemas/pet.yaml", 3)
    assert pet_of("main:./pets/openapi.yaml") == ("main:./pets/schemas/pet.yaml", 3)
    assert pet_of("main:../specs/pets") == ("main:../specs/pets/schemas/pet.yaml", 3)
    assert read("main:alone.yaml").name == "alone"


@pytest.mark.usefixtures("commit")
def test_a_file_with_a_colon_comes_before_a_revision(project: Path) -> None:
    git(project, "branch", "c")
    assert read("c:alone.yaml").folder == Path()
    assert read("main:c:alone.yaml").folder == Path("main:")


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("gone:alone.yaml", "git knows no revision 'gone'"),
        ("--help:alone.yaml", "git knows no revision '--help'"),
        ("main:gone.yaml", "'gone.yaml' is not in that revision"),
        ("main:specs/pets/openapi.yaml/x", "'specs/pets/openapi.yaml/x' is not in that revision"),
        ("main:../alone.yaml", "it is no file, and git finds no revision ("),
        ("main:a\tb", "it is no name of a file"),
        ("main:specs/pets/waivers.yaml", "it is not an OpenAPI 3.0 or 3.1 document"),
    ],
)
def test_what_git_does_not_have_is_named(text: str, fault: str) -> None:
    with pytest.raises(DocumentError) as raised:
        read(text)
    assert raised.value.thing in {text, repr(text)}
    assert raised.value.fault.startswith(fault)


def test_where_there_is_no_repository_that_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    with pytest.raises(DocumentError) as raised:
        read("main:alone.yaml")
    assert raised.value.fault.startswith("it is no file, and git finds no revision (not a git repository")


def test_where_there_is_no_git_or_it_hangs_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = []
    for failure in (FileNotFoundError(), subprocess.TimeoutExpired("git", 30)):

        def run(*_: object, failure: Exception = failure, **__: object) -> None:
            raise failure

        monkeypatch.setattr(subprocess, "run", run)
        with pytest.raises(DocumentError) as raised:
            read("main:alone.yaml")
        faults.append(raised.value.fault)
    assert faults == ["it is no file, and there is no git", "git took longer than 30 seconds"]


def test_a_revision_is_bounded_and_has_to_be_text(
    project: Path, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "alone.yaml").write_bytes(b"\xff\xfe")
    commit("no text")
    monkeypatch.setattr("specwitness.contract.document.MAX_BYTES", 100)
    for text, fault in (("main:alone.yaml", "it cannot be read ("), ("main:specs/pets", "it is larger than 0 MiB")):
        with pytest.raises(DocumentError) as raised:
            read(text)
        assert raised.value.fault.startswith(fault)


def test_references_lead_out_of_a_folder_in_a_revision_only_where_that_is_allowed(
    project: Path, commit: Commit
) -> None:
    pets = project / "specs" / "pets"
    (pets / "link.yaml").symlink_to("../../alone.yaml")
    for reference in ("../../alone.yaml#/info", "link.yaml#/info"):
        (pets / "openapi.yaml").write_text(f"{OPENAPI}x: {{$ref: {reference}}}\n")
        commit(reference)
        assert "x-files" in read("main:specs/pets", allow_remote=True).document
        with pytest.raises(BrokenReferenceError) as raised:
            read("main:specs/pets")
        assert raised.value.thing == f"main:specs/pets/openapi.yaml, line 9, $ref {reference!r}"
        assert raised.value.fault == "it leaves the folder of the document"


# --- A web server ---------------------------------------------------------------------------------------------------

BASE = "https://user:pass-word@a.org/v1"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is on the web, by URL."""
    known: dict[str, str] = {
        f"{BASE}/openapi.yaml?token=abcdefgh": OPENAPI,
        f"{BASE}/schemas/pet.yaml": PET,
        "https://a.org/alone.yaml": FILES["alone.yaml"],
        "https://a.org": FILES["alone.yaml"],
    }
    monkeypatch.setattr("specwitness.contract.folder.fetched", known.__getitem__)
    return known


@pytest.mark.usefixtures("pages")
def test_a_url_is_read_with_what_is_beside_it_and_its_credentials_are_not_told() -> None:
    url = f"{BASE}/openapi.yaml?token=abcdefgh"
    contract = read(url)
    main = location(contract, operation=None, part="document", pointer="/paths/~1pets")
    assert (contract.name, contract.operations[0].key) == ("openapi", "pets")
    assert pet_of(url) == ("https://[redacted]@a.org/v1/schemas/pet.yaml", 3)
    assert (main.file, main.line) == ("https://[redacted]@a.org/v1/openapi.yaml?token=[redacted]", 4)
    assert "pass-word" not in repr(contract.folder) + repr(contract.document_path)
    assert [read(f"https://a.org{path}").name for path in ("", "/alone.yaml")] == ["openapi", "alone"]


@pytest.mark.parametrize("reference", ["../alone.yaml#/info", "https://a.org/alone.yaml#/info", "/alone.yaml#/info"])
def test_references_lead_out_of_the_folder_of_a_url_only_where_that_is_allowed(
    pages: dict[str, str], reference: str
) -> None:
    pages["https://a.org/v1/x.yaml"] = f"{FILES['alone.yaml']}x: {{$ref: '{reference}'}}\n"
    assert "x-files" in read("https://a.org/v1/x.yaml", allow_remote=True).document
    with pytest.raises(ContractError) as raised:
        read("https://a.org/v1/x.yaml")
    assert raised.value.thing == f"https://a.org/v1/x.yaml, line 4, $ref {reference!r}"
    assert raised.value.fault.startswith("it leaves the folder of the document")

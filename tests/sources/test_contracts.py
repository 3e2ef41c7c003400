"""The contracts of the repository: their vendored document is what their sources say, and valid."""

import hashlib
import shutil
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from specwitness.contract import document, overlay
from specwitness.exceptions import SourceError
from specwitness.findings import Json
from specwitness.sources import derive

SPECS = Path(__file__).parents[2] / "specs"
CONTRACTS = ["intuned", "praisonai"]


def effective(name: str) -> Json:
    folder = SPECS / name
    corrections = document.read(folder / "overlay.yaml")
    return overlay.applied(document.read(folder / "openapi.yaml"), corrections, name="overlay.yaml").document


def operations(spec: Json) -> dict[str, Json]:
    methods = {"get", "post", "delete"}
    found = [operation for item in spec["paths"].values() for method, operation in item.items() if method in methods]
    return {operation["operationId"]: operation for operation in found}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SPECS / "intuned", tmp_path / "intuned"))


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_vendored_document_is_derived_from_the_sources(name: str) -> None:
    assert derive(SPECS / name) == (SPECS / name / "openapi.yaml").read_text()


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_vendored_and_the_effective_document_are_valid(name: str) -> None:
    vendored = document.read(SPECS / name / "openapi.yaml")
    errors = [*OpenAPIV31SpecValidator(vendored).iter_errors(), *OpenAPIV31SpecValidator(effective(name)).iter_errors()]
    assert [error.message for error in errors] == []


def test_the_overlay_assumes_the_errors_of_get_job_run_for_run_api_result() -> None:
    spec = operations(effective("intuned"))
    assumed, read = (spec[name]["responses"] for name in ("runApiResult", "getJobRun"))
    assert {status for status, response in assumed.items() if response.get("x-specwitness-assumed")} == {
        "400",
        "401",
        "404",
    }
    for status in ("400", "401", "404"):
        assert _shape(assumed[status]) == _shape(read[status])


def _shape(response: Json) -> Json:
    schema = response["content"]["application/json"]["schema"]
    keywords = ("type", "enum")
    properties = {name: {key: of[key] for key in keywords if key in of} for name, of in schema["properties"].items()}
    return properties, schema["required"]


def test_the_effective_praisonai_document_has_the_whole_workflow() -> None:
    spec = effective("praisonai")
    assert {name: list(operation["responses"]) for name, operation in operations(spec).items()} == {
        "getRunResult": ["200", "400", "404", "500"],
        "submitRun": ["202", "400", "409", "422", "500"],
        "listRuns": ["200", "400", "500"],
        "getRun": ["200", "404", "500"],
        "deleteRun": ["204", "400", "404", "500"],
        "cancelRun": ["200", "400", "404", "500"],
        "streamRun": ["200", "400", "404", "500"],
        "getHealth": ["200"],
        "getStats": ["200"],
    }
    links = operations(spec)["submitRun"]["responses"]["202"]["links"]
    assert list(links) == ["getRun", "getRunResult", "cancelRun", "deleteRun"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_lifecycle_is_shown_by_operations_of_the_document(name: str) -> None:
    for resource in document.read(SPECS / name / "lifecycle.yaml")["resources"].values():
        assert resource["initial"] in resource["states"]
        assert set(resource["shows"]) <= set(operations(effective(name)))


def test_a_changed_source_is_refused_with_both_sums(copy: Path) -> None:
    source = copy / "sources" / "001_1c0528f2f5c28044.txt"
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    source.write_bytes(source.read_bytes() + b"\n")
    after = hashlib.sha256(source.read_bytes()).hexdigest()
    with pytest.raises(SourceError) as caught:
        derive(copy)
    assert caught.value == SourceError(
        str(source),
        f"its sha256 is {after}, and contract.yaml says {before}",
        "Restore the file; or, if it was replaced on purpose, write the new sum into contract.yaml",
    )


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("file: sources/001_1c0528f2f5c28044.txt", "file: sources/gone.txt", "it cannot be read"),
        ("file: sources/001_1c0528f2f5c28044.txt", "file: ../other.txt", "it is outside the contract's folder"),
        ("kind: markdown-openapi", "kind: wiki", "there is no reader for the kind 'wiki'"),
        ("    kind: markdown-openapi\n", "", "a source lacks one of file, kind, sha256"),
        ("vendored: true", "vendored: false", "there is none to merge"),
        ("title:", "title", "mapping values are not allowed"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_refused(copy: Path, before: str, after: str, fault: str) -> None:
    manifest = copy / "contract.yaml"
    manifest.write_text(manifest.read_text().replace(before, after))
    with pytest.raises(SourceError, match=fault):
        derive(copy)


def test_a_manifest_that_is_a_list_and_a_source_in_another_encoding_are_refused(copy: Path) -> None:
    source = copy / "sources" / "000_4518787fcfaae87d.txt"
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    source.write_bytes(b"\xff\xfe")
    manifest = copy / "contract.yaml"
    manifest.write_text(manifest.read_text().replace(before, hashlib.sha256(source.read_bytes()).hexdigest()))
    with pytest.raises(SourceError, match="it is not UTF-8"):
        derive(copy)
    manifest.write_text("[]")
    with pytest.raises(SourceError, match="it is not an object"):
        derive(copy)

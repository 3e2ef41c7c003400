"""A place of the effective spec is found in the document, or in the overlay that wrote it."""

from pathlib import Path

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.contract.places import location
from specwitness.findings import Location

OPENAPI = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      operationId: a
      tags: [one]
      responses:
        '200':
          description: d
"""
OVERLAY = """\
overlay: 1.0.0
actions:
  - target: $.paths['/a'].get.responses
    update:
      '404':
        description: n
        content:
          text/plain: {}
  - target: $.paths['/a'].get.tags
    update:
      name: x
  - target: $.paths['/a'].get.responses['404']
    update:
      description: other
"""
RESPONSES = "/paths/~1a/get/responses"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    folder = tmp_path / "here" / "api"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(OPENAPI)
    (folder / "overlay.yaml").write_text(OVERLAY)
    return load(folder)


@pytest.mark.parametrize(
    ("pointer", "file", "line"),
    [
        (f"{RESPONSES}/200/description", "openapi.yaml", 10),
        (RESPONSES, "openapi.yaml", 8),
        (f"{RESPONSES}/absent", "openapi.yaml", 8),
        ("", "openapi.yaml", None),
        (f"{RESPONSES}/404", "overlay.yaml", 5),
        (f"{RESPONSES}/404/content/text~1plain", "overlay.yaml", 8),
        (f"{RESPONSES}/404/description", "overlay.yaml", 14),
        ("/paths/~1a/get/tags/0", "openapi.yaml", 7),
        ("/paths/~1a/get/tags/1/name", "overlay.yaml", 11),
        ("/paths/~1a/get/tags/1", "overlay.yaml", 9),
    ],
)
def test_a_place_has_the_file_and_line_that_wrote_it(
    contract: Contract, monkeypatch: pytest.MonkeyPatch, pointer: str, file: str, line: int | None
) -> None:
    monkeypatch.chdir(contract.folder.parent)
    assert location(contract, operation="a", part="response 200", pointer=pointer) == Location(
        "api", "a", "response 200", pointer, f"api/{file}", line, contract.ways.shortest(pointer)
    )


def test_a_file_elsewhere_is_called_by_its_contract(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    place = location(contract, operation=None, part="document", pointer="/info")
    assert (place.file, place.line) == ("specs/api/openapi.yaml", 2)


def test_the_line_follows_the_file(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(contract.folder)
    lines = []
    for text in (OPENAPI, f"\n\n{OPENAPI}"):
        contract.document_path.write_text(text)
        lines.append(location(contract, operation=None, part="document", pointer="/info").line)
    assert lines == [2, 4]


def test_a_file_that_is_gone_has_no_line(contract: Contract) -> None:
    contract.document_path.unlink()
    assert location(contract, operation=None, part="document", pointer="/info").line is None

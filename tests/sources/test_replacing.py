"""A new copy of a source: which one it is a copy of, and that all of it is written or nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from specwitness.contract import document
from specwitness.exceptions import DocumentError, OverlayError, SourceError
from specwitness.sources import derive
from specwitness.sources.replacing import proposed

SPECS = Path(__file__).parents[2] / "specs"
PAGES = {
    "000": "sources/000_4518787fcfaae87d.txt",
    "001": "sources/001_1c0528f2f5c28044.txt",
    "002": "sources/002_7c5323a6cbb2b031.txt",
    "003": "sources/003_531450860adb8e94.txt",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SPECS / "intuned", tmp_path / "intuned"))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A new copy of page 000, in which one status has another name."""
    text = (folder / PAGES["000"]).read_text()
    path = tmp_path / "page.md"
    path.write_text(text.replace("                      - pending\n", "                      - queued\n"))
    return path


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Which source it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES.values())
def test_a_copy_of_the_same_name_is_of_that_source(folder: Path, page: str) -> None:
    assert proposed(folder, str(SPECS / "intuned" / page)).old.file == page


@pytest.mark.parametrize("page", PAGES.values())
def test_a_copy_of_another_name_is_of_the_source_of_its_kind_that_describes_the_same(
    folder: Path, tmp_path: Path, page: str
) -> None:
    path = shutil.copy(folder / page, tmp_path / "fetched.txt")

    assert proposed(folder, str(path)).old.file == page


def test_the_source_may_be_named(folder: Path, copy: Path) -> None:
    other = folder / "contract.yaml"
    entry = document.read(other)["sources"][0] | {"file": "sources/again.txt", "vendored": False}
    shutil.copy(folder / PAGES["000"], folder / "sources/again.txt")
    more = "".join(f"    {key}: {str(value).lower() if value is False else value}\n" for key, value in entry.items())
    other.write_text(other.read_text().rstrip("\n") + "\n" + more.replace("    file", "  - file", 1))

    with pytest.raises(SourceError, match=r"it may be a copy of any of sources/000_.*, sources/again.txt"):
        proposed(folder, str(copy))
    assert proposed(folder, str(copy), file="again.txt").old.file == "sources/again.txt"
    assert proposed(folder, str(copy), file=PAGES["000"]).old.file == PAGES["000"]


@pytest.mark.parametrize(
    ("text", "file", "fault"),
    [
        ("nothing of the kind", None, "no source of the contract has its name, or describes what it does"),
        ("nothing of the kind", PAGES["000"], "no single yaml or json fence under a heading `OpenAPI` was found"),
        ("nothing of the kind", "gone.txt", "it is not one of the contract's sources"),
    ],
)
def test_a_copy_of_nothing_is_refused(folder: Path, tmp_path: Path, text: str, file: str | None, fault: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        proposed(folder, str(path), file=file)
    assert caught.value.fault == fault


def test_a_copy_that_cannot_be_read_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match="it is not UTF-8"):
        proposed(folder, str(tmp_path / "page.md"))
    with pytest.raises(DocumentError, match="it cannot be read"):
        proposed(folder, str(tmp_path / "gone.md"))


# --- What is written --------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_it_is_accepted(folder: Path, copy: Path) -> None:
    before = written(folder)
    replacement = proposed(folder, str(copy))

    assert replacement.changes
    assert {path.relative_to(folder).as_posix() for path in replacement.contents()} == {
        *(PAGES["000"], "contract.yaml", "openapi.yaml")
    }
    assert written(folder) == before


def test_the_copy_its_sum_and_what_is_derived_are_written_and_no_other_byte(folder: Path, copy: Path) -> None:
    before = written(folder)
    old = hashlib.sha256(before[PAGES["000"]]).hexdigest()
    proposed(folder, str(copy)).accept()
    after = written(folder)

    assert {name for name in after if after[name] != before[name]} == {PAGES["000"], "contract.yaml", "openapi.yaml"}
    assert before.keys() == after.keys()
    assert after[PAGES["000"]] == copy.read_bytes()
    new = hashlib.sha256(copy.read_bytes()).hexdigest()
    assert after["contract.yaml"] == before["contract.yaml"].replace(old.encode(), new.encode())
    assert derive(folder).encode() == after["openapi.yaml"] != before["openapi.yaml"]


def test_what_is_not_vendored_changes_no_document(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text((folder / PAGES["001"]).read_text().replace("failed\n", "failed,\nlost\n"))

    assert [at.name for at in proposed(folder, str(path)).accept()] == [Path(PAGES["001"]).name, "contract.yaml"]


def test_a_copy_that_is_the_same_changes_nothing(folder: Path) -> None:
    assert not proposed(folder, str(SPECS / "intuned" / PAGES["000"])).changes


def test_a_copy_that_contradicts_another_vendored_source_is_refused(folder: Path, copy: Path) -> None:
    before = written(folder)
    copy.write_text(copy.read_text().replace("in: header\n      name: x-api-key", "in: query\n      name: x-api-key"))
    with pytest.raises(SourceError, match="the sources, at #/components/securitySchemes/api_key/in"):
        proposed(folder, str(copy)).accept()
    assert written(folder) == before


def test_a_copy_that_the_overlay_does_not_fit_is_refused(folder: Path, copy: Path) -> None:
    before = written(folder)
    path = "/{workspaceId}/projects/{projectName}/run/{runId}/result"
    copy.write_text(copy.read_text().replace(path, path.replace("/run/", "/runs/")))
    with pytest.raises(OverlayError):
        proposed(folder, str(copy), file=PAGES["000"]).accept()
    assert written(folder) == before


@pytest.mark.parametrize(
    "manifest",
    [
        "title: t\nsources: [{file: a.md, kind: markdown-openapi, sha256: SUM, title: t, vendored: true}]\n",
        "sources:\n- sha256: 'SUM' # of a.md\n  file: a.md\n  kind: markdown-openapi\n  title: t\n  vendored: true\n",
        "title: SUM\r\nsources:\r\n  - file: a.md\r\n    kind: markdown-openapi\r\n    title: t\r\n"
        '    sha256: "SUM"\r\n    vendored: true\r\n',
    ],
)
def test_the_sum_is_replaced_however_the_manifest_is_written(tmp_path: Path, copy: Path, manifest: str) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    content = (SPECS / "intuned" / PAGES["000"]).read_bytes()
    old, new = (hashlib.sha256(one).hexdigest() for one in (content, copy.read_bytes()))
    (folder / "a.md").write_bytes(content)
    (folder / "contract.yaml").write_bytes(manifest.replace("SUM", old).encode())
    proposed(folder, str(copy)).accept()

    head, _, last = manifest.rpartition("SUM")
    assert (folder / "contract.yaml").read_bytes() == f"{head.replace('SUM', old)}{new}{last}".encode()


def test_a_sum_that_cannot_be_replaced_is_to_be_written_by_hand(tmp_path: Path, copy: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    content = (SPECS / "intuned" / PAGES["000"]).read_bytes()
    (folder / "a.md").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (folder / "contract.yaml").write_text(
        f"x: &sum {digest}\nsources: [{{file: a.md, kind: markdown-openapi, sha256: *sum, vendored: true}}]\n"
    )
    before = written(folder)
    with pytest.raises(
        SourceError, match=r"its sha256 cannot be replaced where it stands. Write [0-9a-f]{64} for a.md"
    ):
        proposed(folder, str(copy)).accept()
    assert written(folder) == before


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_where_one_file_cannot_be_replaced_all_are_as_they_were(
    folder: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    before = written(folder)
    replacement = proposed(folder, str(copy))
    calls = []

    def replace(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device", str(target))
        os.replace(self, target)  # noqa: PTH105, what is replaced here is Path.replace
        return target

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(SourceError, match="No space left on device"):
        replacement.accept()
    assert len(calls) == fails_at
    assert written(folder) == before

"""What a manifest says of how changes are judged: read as it stands, or refused with what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from specwitness import Level
from specwitness.contract.load import load
from specwitness.contract.model import Policy
from specwitness.exceptions import DocumentError

OPENAPI = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"


def folder(path: Path, manifest: str) -> Path:
    (path / "openapi.yaml").write_text(OPENAPI)
    (path / "contract.yaml").write_text(manifest)
    return path


def test_nothing_said_is_strict(tmp_path: Path) -> None:
    manifest = load(folder(tmp_path, "title: t\n")).manifest

    assert (manifest.policy, manifest.levels) == (Policy.STRICT, {})


def test_policy_and_levels_are_read(tmp_path: Path) -> None:
    manifest = load(folder(tmp_path, "policy: tolerant\nlevels: {a: breaking, b: warning, c: info, d: off}\n")).manifest

    assert manifest.policy is Policy.TOLERANT
    assert manifest.levels == {"a": Level.BREAKING, "b": Level.WARNING, "c": Level.INFO, "d": None}


@pytest.mark.parametrize(
    ("manifest", "fault", "hint"),
    [
        ("policy: kind", "unknown policy 'kind'", "Known policies: strict, tolerant"),
        ("policy: [strict]", "unknown policy ['strict']", "Known policies: strict, tolerant"),
        ("policy:", "unknown policy None", "Known policies: strict, tolerant"),
        ("levels: {a: loud}", "unknown level 'loud' of 'a'", "Known levels: breaking, warning, info, off"),
        ("levels: {a: false}", "unknown level False of 'a'", "Known levels: breaking, warning, info, off"),
        ("levels: {a: [info]}", "unknown level ['info'] of 'a'", "Known levels: breaking, warning, info, off"),
        ("levels: [a]", "`levels` is not a mapping", "Write `RULE: LEVEL`, as in `response-enum: warning`"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, manifest: str, fault: str, hint: str) -> None:
    path = folder(tmp_path, manifest)
    with pytest.raises(DocumentError) as raised:
        load(path)

    assert raised.value == DocumentError(str(path / "contract.yaml"), fault, hint)

"""A repository of a user's own with the contract of the pets, and a `gh`, a `pip` and a `pytest` of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.plugin.conftest import PETS

FAKE_GH = Path(__file__).with_name("fake_gh.py")


@dataclass
class Place:
    """A checkout, and a machine that it is tested on."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script as GitHub runs one whose shell is bash, with nothing of this process's environment."""
        file = self.folder.parent / "script.sh"
        file.write_text(script)
        return subprocess.run(
            # The bash that is there, as in CI.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file), *arguments],  # noqa: S607
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def instead_of_pytest(self, script: str) -> None:
        """Let something else be run where pytest would be."""
        (self.folder.parent / "bin/pytest").write_text(f"#!/bin/sh\n{script}\n")

    @property
    def gh(self) -> dict[str, Any]:
        """What `gh` keeps."""
        file = Path(self.variables["FAKE_GH"])
        data: dict[str, Any] = (
            json.loads(file.read_text()) if file.exists() else {"issues": [], "runs": [], "calls": []}
        )
        return data

    def tell_gh(self, what: Mapping[str, Any]) -> None:
        """Let `gh` know of something."""
        Path(self.variables["FAKE_GH"]).write_text(json.dumps(self.gh | dict(what)))

    def asked_of_gh(self) -> list[str]:
        """Return which commands changed something since this was asked last."""
        done = [" ".join(call[:2]) for call in self.gh["calls"] if call[1] not in {"list", "download"}]
        self.tell_gh({"calls": []})
        return done


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a repository with the contract `pets`, and what is on the PATH there."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "repository/specs/pets").mkdir(parents=True)
    (tmp_path / "repository/specs/pets/openapi.json").write_text(json.dumps(PETS))
    programs = {
        "gh": f'exec "{sys.executable}" "{FAKE_GH}" "$@"',
        "pip": 'echo "$@" >> "$HOME/pip.log"',
        # A night takes long; the gate is as good to see what becomes of a verdict.
        "pytest": f'echo "$@" >> "$HOME/pytest.log"\nexec "{sys.executable}" -m pytest "$@" --profile gate',
    }
    for name, line in programs.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "FAKE_GH": str(tmp_path / "gh.json")}
    return Place(tmp_path / "repository", variables)

"""Where a place of the old description is in the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from specwitness.drift.counterparts import is_in, standing
from specwitness.drift.inputs import read
from specwitness.findings import Location

NEW = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /jobs:
    get:
      operationId: listJobs
      responses:
        '200':
          description: d
components:
  schemas:
    Status:
      enum: [a]
"""


@pytest.mark.parametrize(
    ("pointer", "at", "line"),
    [
        ("/components/schemas/Status/enum", "/components/schemas/Status/enum", 13),
        ("/paths/~1jobs/get/responses/404/content", "/paths/~1jobs/get/responses", 7),
        # What is left around it has everything in it: the operation says more.
        ("/components/schemas/Gone/type", "/paths/~1jobs/get", 5),
        ("/paths/~1gone/get", "/paths/~1jobs/get", 5),
    ],
)
def test_it_is_there_or_around_there(tmp_path: Path, pointer: str, at: str, line: int) -> None:
    (tmp_path / "new.yaml").write_text(NEW)
    new = read(str(tmp_path / "new.yaml"), specs=tmp_path)
    old = Location("c", "listJobs", "response 200", pointer, "old.yaml", 99, "/a/way")
    found = standing(new, old)

    assert (found.pointer, found.line, found.file) == (at, line, str(tmp_path / "new.yaml"))
    assert (found.operation, found.part) == ("listJobs", "response 200")
    assert (is_in(new, old), is_in(new, found)) == (False, True)


def test_what_has_no_operation_any_more_is_where_it_would_be(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(NEW)
    new = read(str(tmp_path / "new.yaml"), specs=tmp_path)

    assert standing(new, Location("c", "gone", "operation", "/paths/~1gone/get")).pointer == "/paths"

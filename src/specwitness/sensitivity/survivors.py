"""The faults that are known to survive, each with its reason: `survivors.yaml` beside the contract's checks."""

from __future__ import annotations

from pathlib import Path

from specwitness.contract import document
from specwitness.exceptions import DocumentError

NAME = "survivors.yaml"


def known_survivors(folder: Path) -> dict[str, str]:
    """Return the reason for each fault that is accepted to survive, by its name; none where there is no such file.

        survivors:
          - {fault: rare.every-seventh, reason: The gate profile reads each resource twice.}

    Raises DocumentError for a file of another form.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    data = document.read(path)
    items = data.get("survivors") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise DocumentError(str(path), "it has no list `survivors`", "Write `survivors:` and one item per fault")
    found: dict[str, str] = {}
    for index, item in enumerate(items, 1):
        if not isinstance(item, dict) or not item.get("fault") or not item.get("reason"):
            raise DocumentError(f"{path}, item {index}", "it lacks fault or reason", "Give both")
        found[str(item["fault"])] = str(item["reason"])
    return found

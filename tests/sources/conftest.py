"""The documents of the repository's contracts, read once."""

from pathlib import Path

import pytest

from specwitness.sources import Description
from specwitness.sources.vendor import descriptions

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="session")
def said() -> dict[str, Description]:
    """What each of the sources says, by the first word of its file name."""
    return {
        Path(file).name.partition("_")[0].partition("-")[0]: description
        for contract in ("intuned", "praisonai")
        for file, description in descriptions(SPECS / contract).items()
    }

"""How a variable is named that no manifest names."""

from __future__ import annotations

import re


def variable_name(contract: str, name: str) -> str:
    """Return the environment variable of a contract's credential or parameter, such as `PETS_API_KEY`.

    Words of a camel-case name are separated: `petId` of `pets` is `PETS_PET_ID`.
    """
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{contract}_{name}")
    return re.sub(r"[^A-Za-z0-9]", "_", separated).upper()

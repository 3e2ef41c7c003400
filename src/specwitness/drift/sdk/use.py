"""What the user names: a model, and what the SDK uses it for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specwitness.exceptions import SourceError

HINT = "Write package.module:Model=OPERATION:STATUS for a response, package.module:Model=OPERATION for a request"
_NAME = r"\w+(?:\.\w+)*"
_USE = re.compile(rf"(?P<module>{_NAME}):(?P<model>{_NAME})=(?P<operation>[^=]+?)(?::(?P<status>[1-5]\d\d))?", re.ASCII)


@dataclass(frozen=True)
class Use:
    """What an SDK uses a model for: the response of an operation with a status, or, without one, its request."""

    module: str
    model: str
    operation: str
    status: int | None = None

    @classmethod
    def of(cls, text: str) -> Use:
        """Return what `package.module:Model=operation:200` means; raises SourceError where it means nothing."""
        found = _USE.fullmatch(text.strip())
        if found is None:
            raise SourceError(repr(text), "it names no use of a model", HINT)
        status = found["status"]
        return cls(found["module"], found["model"], found["operation"], int(status) if status else None)

    def __str__(self) -> str:
        """Word it as the user did."""
        return f"{self.module}:{self.model}={self.operation}" + (f":{self.status}" if self.status else "")

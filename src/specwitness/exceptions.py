"""What can be wrong with our inputs.

SpecwitnessError                    any fault of an input; `str()` names the thing, the fault and the next step
+-- ContractError                   a contract's folder cannot be used
|   +-- DocumentError               a file is not YAML, not JSON, not OpenAPI, or too much of it
|   +-- BrokenReferenceError        a `$ref` leads nowhere, in a circle, or out of the document
|   +-- OverlayError                an overlay action cannot be applied
|   +-- ChecksError                 checks.py cannot be imported
|   +-- UnknownContractError        no contract has that name
|   +-- UnknownOperationError       no selected contract has that operation
|   +-- UnknownParameterError       no selected contract has that credential or id
|   +-- UnknownFaultError           no contract that is served has that fault
+-- SourceError                     a source (or the SDK that is one) cannot be read, or is not the file it was
+-- TargetError                     the server under test cannot be tested as asked
+-- AnnouncementError               what a run showed cannot be brought to people
+-- ReportError                     a report cannot be written, or read
    +-- HistoryError                the history of runs cannot be read, or added to
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=True)
class SpecwitnessError(Exception):
    """A fault in something the user gave us: never a defect of the API under test, and never of ours."""

    thing: str
    fault: str
    hint: str

    def __post_init__(self) -> None:
        """Let the facts survive pickling: `Exception` rebuilds itself from `args`."""
        super().__init__(self.thing, self.fault, self.hint)

    def __str__(self) -> str:
        """Word the facts as one line: thing, fault, next step."""
        return f"{self.thing}: {self.fault}. {self.hint}"

    __hash__ = Exception.__hash__


class ContractError(SpecwitnessError):
    """A contract's folder cannot be used."""


class DocumentError(ContractError):
    """A file is not YAML, not JSON, not OpenAPI, or too much of it."""


class BrokenReferenceError(ContractError):
    """A `$ref` leads nowhere, in a circle, or out of the document."""


class OverlayError(ContractError):
    """An overlay action cannot be applied."""


class ChecksError(ContractError):
    """The hand-written checks of a contract cannot be imported."""


class UnknownContractError(ContractError):
    """No contract has that name."""


class UnknownOperationError(ContractError):
    """No selected contract has that operation."""


class UnknownParameterError(ContractError):
    """No selected contract has that credential or id."""


class UnknownFaultError(ContractError):
    """No contract that is served has that fault."""


class SourceError(SpecwitnessError):
    """A source, such as a vendored page or an SDK, cannot be read, or is not what it was."""


class TargetError(SpecwitnessError):
    """The server under test cannot be tested as asked."""


class AnnouncementError(SpecwitnessError):
    """What a run showed cannot be brought to people: by `gh`, or to where notices go."""


class ReportError(SpecwitnessError):
    """A report cannot be written, or read."""


class HistoryError(ReportError):
    """The history of runs cannot be read, or added to."""

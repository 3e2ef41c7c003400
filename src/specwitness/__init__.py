"""Test whether an HTTP API still keeps the contract your code was written against, with a witness for every verdict."""

from specwitness.contract.checking import Api, Refusal, check, trace_check, workflow
from specwitness.contract.faulting import Answer, fault
from specwitness.contract.timestamps import is_before, timestamp
from specwitness.findings import (
    Exchange,
    Finding,
    Intent,
    Level,
    Location,
    Outcome,
    Party,
    Request,
    Response,
    Trace,
    Verdict,
    Witness,
)

__all__ = [
    "Answer",
    "Api",
    "Exchange",
    "Finding",
    "Intent",
    "Level",
    "Location",
    "Outcome",
    "Party",
    "Refusal",
    "Request",
    "Response",
    "Trace",
    "Verdict",
    "Witness",
    "check",
    "fault",
    "is_before",
    "timestamp",
    "trace_check",
    "workflow",
]

"""A run as annotations: the lines that GitHub Actions reads from a log; what a comparison shares with it.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands

GitHub shows ten errors, ten warnings and ten notices of a step; the others are in its log. The summary of a step is the
Markdown of the run, which is shorter than what it may be (1 MiB).
"""

from __future__ import annotations

from collections.abc import Iterator

from specwitness.findings import Finding, Level, Location
from specwitness.record import rank
from specwitness.report import words
from specwitness.report.model import ContractReport, RunReport
from specwitness.report.text import command, one_line

_COMMANDS = {Level.BREAKING: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(report: RunReport) -> str:
    """Return a line for each finding, the gravest first; then for each reason of a run that cannot conclude.

    Each contract's verdict comes last.
    """
    contracts = words.gravest_first(report.contracts)
    findings = sorted((finding for contract in contracts for finding in contract.findings), key=rank)
    return "\n".join(
        [
            *(annotation(finding, finding.where) for finding in findings),
            *(line for contract in contracts for line in _reasons(contract)),
            *(f"{words.head(one).upper()} {one_line(one.contract)}: {words.verdict(one)}" for one in contracts),
            "",
        ]
    )


def annotation(finding: Finding, at: Location) -> str:
    """Return the line of a finding; `at` is the place to look at."""
    properties = {
        **({"file": at.file} if at.file else {}),
        **({"line": str(at.line)} if at.file and at.line else {}),
        "title": f"{finding.rule} at {words.subject(finding)}",
    }
    return _line(_COMMANDS[finding.level], properties, "\n".join(_message(finding)))


def _reasons(report: ContractReport) -> Iterator[str]:
    for reason in words.open_reasons(report):
        yield _line("warning", {"title": f"{report.contract} could not be judged"}, one_line(reason))


def _line(name: str, properties: dict[str, str], message: str) -> str:
    said = ",".join(f"{key}={_in_property(one_line(value))}" for key, value in properties.items())
    return f"::{name} {said}::{_in_message(message)}"


def _message(finding: Finding) -> Iterator[str]:
    yield one_line(finding.message)
    yield f"For {words.hurt(finding)}"
    if witness := finding.witness:
        yield f"The {words.called(witness.rejected_by)} says: {one_line(witness.reason)}"
        yield from (curl for exchange in witness.trace if (curl := command(exchange.request)) is not None)
    yield f"Fingerprint {finding.fingerprint}"


def _in_message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")

"""What the renderings of a report say of its history."""

from __future__ import annotations

from specwitness.report.model import Change, ContractReport, FixedFinding, History
from specwitness.report.text import one_line


def has_earlier(history: History) -> bool:
    """Say whether there was a run to compare with; of a first one everything is new, which tells nobody anything."""
    return len(history.trend) > 1


def since(report: ContractReport) -> str:
    """Count what is new, reopened, flaky, known and fixed, but for what is waived; nothing where none of it is."""
    history = report.history
    if history is None or not has_earlier(history):
        return ""
    kept = [history.changes.get(finding.fingerprint) for finding in report.findings]
    said = [f"{kept.count(change)} {change.value}" for change in Change if change in kept]
    said += [f"{len(history.fixed)} fixed"] if history.fixed else []
    return f"since the run before: {', '.join(said)}" if said else ""


def sentence(report: ContractReport) -> str:
    """Say how a run stands to those before it, also where nothing is known of them or nothing changed."""
    if report.history is None:
        return "This run was not compared with earlier ones."
    if not has_earlier(report.history):
        return "No earlier run against this target is known."
    said = since(report) or "since the run before: nothing found, nothing fixed"
    return f"{said.capitalize()}."


def change(history: History | None, fingerprint: str) -> Change | None:
    """Return how a finding stands to the runs before, None where none of them is known."""
    if history is None or not has_earlier(history):
        return None
    return history.changes.get(fingerprint, Change.PERSISTING)


def mark(report: ContractReport, fingerprint: str) -> str:
    """Return `new`, `reopened` or `flaky` of a finding, and nothing of one that is known."""
    said = change(report.history, fingerprint)
    return "" if said is None or said is Change.PERSISTING else said.value


def gone(finding: FixedFinding) -> str:
    """Return a finding that was looked for in vain as one line."""
    days = f"seen from {finding.first_seen[:10]} to {finding.last_seen[:10]}"
    return f"{finding.fingerprint} {finding.level.value} {one_line(finding.rule)} ({days}): {one_line(finding.message)}"

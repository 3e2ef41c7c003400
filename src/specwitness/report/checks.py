"""To which check a finding belongs: those of the document by what they look at, all others by their rule."""

from __future__ import annotations

from specwitness.findings import Finding

DOCUMENT = "document"
"""What is wrong with the contract's own document, whatever the server does."""

_CHECKS = {
    "answer": ("no-response", "server-stopped", "flaky-response", "flaky-answer", "body-too-large-to-judge"),
    "status": ("server-error", "undocumented-status", "rejected-valid"),
    "media-type": ("missing-content-type", "undocumented-content-type"),
    "headers": ("missing-header", "header-schema"),
    "body": ("body-is-json", "body-without-bom", "member-names-are-unique"),
    "credentials": (
        "credentials-not-required",
        "wrong-status-without-credentials",
        "valid-credentials-refused",
    ),
    "unknown-ids": ("unknown-id-accepted", "wrong-status-for-unknown-id"),
    "invalid-requests": ("accepted-invalid",),
    DOCUMENT: ("document-is-openapi", "path-parameter-declared", "example-matches-schema", "enum-without-duplicates"),
}
OF_ANSWERS = tuple(check for check in _CHECKS if check != DOCUMENT)
"""What the document alone says of an answer, by what it looks at."""
_CHECK_OF = {rule: check for check, rules in _CHECKS.items() for rule in rules}


def check_of(finding: Finding) -> str:
    """Return the check that a finding belongs to, as the coverage of an operation names it."""
    if finding.rule.startswith("response-") and finding.rule not in _CHECK_OF:
        return "body"
    return _CHECK_OF.get(finding.rule, finding.rule)

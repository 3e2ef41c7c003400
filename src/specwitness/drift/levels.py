"""What a contract makes of the findings about it: its policy, then its own level of a rule. Entry point: `leveled`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from jsonschema import Draft202012Validator

from specwitness.contract.model import Manifest, Policy
from specwitness.drift.answers import UNNAMED
from specwitness.drift.messages import Direction
from specwitness.drift.observed.rules import RULES as OF_TRAFFIC
from specwitness.drift.rules import RULES
from specwitness.drift.sourced.rules import RULES as OF_SOURCES
from specwitness.exceptions import DocumentError
from specwitness.findings import Finding, Level

_CAPITAL = re.compile(r"[A-Z]")


def rule_of(direction: Direction, keyword: str) -> str:
    """Return the rule of what is refused for a keyword of a schema."""
    return f"{direction}-{_CAPITAL.sub(lambda found: f'-{found[0].lower()}', keyword)}"


UNDECIDED = "undecided"
"""Stands for the keyword where neither containment was shown nor a message found that is refused."""

_OF_SCHEMAS = frozenset(
    rule_of(direction, keyword)
    for direction in Direction
    for keyword in (*Draft202012Validator.VALIDATORS, "false", UNNAMED, UNDECIDED)
)
SDK_RESPONSE, SDK_REQUEST = "sdk-response", "sdk-request"
SDK_UNNAMED, SDK_UNDECIDED = "sdk-unnamed-property", "sdk-undecided"
"""The rules of what an SDK does not read, or sends though it is refused."""
_OF_SDKS = frozenset({SDK_RESPONSE, SDK_REQUEST, SDK_UNNAMED, SDK_UNDECIDED})
KNOWN = frozenset(rule.id for rule in RULES) | _OF_SCHEMAS | _OF_SDKS | OF_SOURCES.keys() | OF_TRAFFIC.keys()
"""Every rule that a finding about a change may have."""

_TOLERATED: Mapping[str, Level] = {
    rule_of(Direction.RESPONSE, "enum"): Level.WARNING,
    rule_of(Direction.RESPONSE, "const"): Level.WARNING,
    **{rule_of(direction, UNNAMED): Level.INFO for direction in Direction},
}


def leveled(findings: Iterable[Finding], manifest: Manifest) -> list[Finding]:
    """Return the findings that the manifest does not turn off, each with the level that it gives its rule."""
    levels = ((finding, _level(finding, manifest)) for finding in findings)
    return [replace(finding, level=level) for finding, level in levels if level is not None]


def require_known(manifest: Manifest, *, name: str) -> None:
    """Raise DocumentError where a manifest gives a level to a rule that there is not; `name` is that of its file."""
    for rule in manifest.levels:
        if rule not in KNOWN:
            alike = get_close_matches(rule, sorted(KNOWN), n=3)
            hint = f"Alike are {', '.join(alike)}" if alike else "Each finding names its rule, as response-enum"
            raise DocumentError(name, f"`levels` names the rule {rule!r}, which there is not", hint)


def _level(finding: Finding, manifest: Manifest) -> Level | None:
    if finding.rule in manifest.levels:
        return manifest.levels[finding.rule]
    if manifest.policy is Policy.STRICT or finding.rule not in _TOLERATED:
        return finding.level
    # Nobody who bears more is hurt more.
    return max(finding.level, _TOLERATED[finding.rule], key=[*Level].index)

"""What a contract makes of findings: its policy, then its own levels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from specwitness import Finding, Level, Verdict
from specwitness.contract.model import Manifest, Policy
from specwitness.drift.levels import KNOWN, leveled, require_known
from specwitness.drift.rules import RULES
from specwitness.exceptions import DocumentError
from specwitness.findings import Location

STRICT = Manifest(title="t")
TOLERANT = Manifest(title="t", policy=Policy.TOLERANT)


def found(rule: str, level: Level = Level.BREAKING) -> Finding:
    return Finding(rule, level, Verdict.UNDECIDED, Location("c", None, "p", ""), "m", "s")


def levels_of(manifest: Manifest, *rules: str) -> list[tuple[str, Level]]:
    return [(one.rule, one.level) for one in leveled([found(rule) for rule in rules], manifest)]


def test_strict_changes_nothing() -> None:
    findings = [found("response-enum"), found("response-unnamed-property"), found("operation-added", Level.INFO)]

    assert leveled(findings, STRICT) == findings


def test_a_tolerant_reader_bears_new_values_and_what_nobody_named() -> None:
    assert levels_of(
        TOLERANT,
        *("response-enum", "response-const", "request-enum", "response-type"),
        *("request-unnamed-property", "response-unnamed-property"),
    ) == [
        ("response-enum", Level.WARNING),
        ("response-const", Level.WARNING),
        ("request-enum", Level.BREAKING),
        ("response-type", Level.BREAKING),
        ("request-unnamed-property", Level.INFO),
        ("response-unnamed-property", Level.INFO),
    ]


def test_tolerance_raises_no_level() -> None:
    remark = found("response-enum", Level.INFO)

    assert leveled([remark], TOLERANT) == [remark]


def test_a_level_of_its_own_is_stronger_than_the_policy() -> None:
    manifest = replace(TOLERANT, levels={"response-enum": Level.BREAKING, "operation-added": Level.WARNING})

    assert levels_of(manifest, "response-enum", "response-const", "operation-added") == [
        ("response-enum", Level.BREAKING),
        ("response-const", Level.WARNING),
        ("operation-added", Level.WARNING),
    ]


def test_what_is_off_is_not_there() -> None:
    assert levels_of(replace(STRICT, levels={"request-enum": None}), "request-enum", "response-enum") == [
        ("response-enum", Level.BREAKING)
    ]


def test_only_the_level_changes() -> None:
    finding = found("response-enum")

    assert leveled([finding], TOLERANT) == [replace(finding, level=Level.WARNING)]
    assert leveled([finding], TOLERANT)[0].fingerprint == finding.fingerprint


def test_every_rule_of_the_table_and_of_schemas_is_known() -> None:
    assert {rule.id for rule in RULES} < KNOWN
    assert {
        *("request-min-length", "response-additional-properties", "response-false", "request-undecided"),
        *("request-unnamed-property", "response-dependent-required"),
    } < KNOWN


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("response-emun", "Alike are response-enum, "),
        ("minLength", "Each finding names its rule, as response-enum"),
    ],
)
def test_a_level_of_a_rule_that_there_is_not_is_refused(rule: str, hint: str) -> None:
    with pytest.raises(DocumentError) as raised:
        require_known(replace(STRICT, levels={"response-enum": None, rule: Level.INFO}), name="specs/c/contract.yaml")

    assert (raised.value.thing, raised.value.fault) == (
        "specs/c/contract.yaml",
        f"`levels` names the rule {rule!r}, which there is not",
    )
    assert raised.value.hint.startswith(hint)

"""The rules about sources that no judge of messages is asked about, as a table; the others are those of any change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from specwitness.findings import Level, Verdict

OMITTED = "-of-one-source"
"""Ends the rules about what one source names beside others that another names too."""


@dataclass(frozen=True)
class Rule:
    """How much it matters that sources differ in something, and whether a message may be refused for it."""

    level: Level
    verdict: Verdict
    sentence: str


_WARNS, _TELLS = (Level.WARNING, Verdict.UNDECIDED), (Level.INFO, Verdict.SAFE)

# fmt: off
RULES: Mapping[str, Rule] = {
    # What one of two lists does not have. Who goes by the one may miss it, but no source contradicts the other.
    "operation-of-one-source": Rule(*_WARNS,
        "An operation is described by one source, and not by one that describes all."),
    "status-of-one-source": Rule(*_WARNS,
        "A status is documented by one source, and not by one that lists others."),
    "media-type-of-one-source": Rule(*_WARNS,
        "A media type is documented by one source, and another by the other."),
    "parameter-of-one-source": Rule(*_TELLS,
        "A parameter is documented by one source alone."),
    "request-body-of-one-source": Rule(*_TELLS,
        "A body is documented by one source alone."),
    "header-of-one-source": Rule(*_TELLS,
        "A header is documented by one source, and not by one that lists others."),
    "property-of-one-source": Rule(*_TELLS,
        "A property is documented by one source, and not by one that lists others."),
    "value-of-one-source": Rule(*_TELLS,
        "A value is in the list of one source, and not in that of the other, which never sends it."),
    # What stands in words, names and examples, where no schema says it.
    "status-in-words-alone": Rule(*_WARNS,
        "The words about an operation speak of a status that its list does not have."),
    "no-error-documented": Rule(*_WARNS,
        "No error of an operation is documented, as errors of others are."),
    "form-described-otherwise": Rule(*_WARNS,
        "Two sources describe the form of a text in other words."),
    "example-refused-by-source": Rule(*_WARNS,
        "An example of one source is not what the schema of another allows."),
    "property-spelled-otherwise": Rule(Level.WARNING, Verdict.SAFE,
        "One name is written in two ways."),
    "example-not-of-described-form": Rule(*_TELLS,
        "An example has not the form that its description or format gives it."),
    "example-on-another-host": Rule(*_TELLS,
        "The examples of a link lead to one host in one source, and to another in another."),
}
# fmt: on
"""Every rule of this room. What one source omits, and the other requires, is a warning in any case."""

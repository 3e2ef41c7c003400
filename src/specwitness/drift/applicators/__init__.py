"""What a keyword asks that holds schemas, by the keyword. Entry point: `APPLICATORS`.

Each function answers for one keyword of the schema that refuses, with the walk it is asked in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from specwitness.drift.answers import Answer, Question
from specwitness.drift.applicators import alternatives, arrays, objects

if TYPE_CHECKING:
    from specwitness.drift.gaps import Walk

__all__ = ["APPLICATORS"]

APPLICATORS: dict[str, Callable[[Walk, Question], Answer]] = {
    "properties": objects.properties,
    "patternProperties": objects.pattern_properties,
    "additionalProperties": objects.additional_properties,
    "propertyNames": objects.property_names,
    "dependentSchemas": objects.dependent_schemas,
    "unevaluatedProperties": objects.unevaluated_properties,
    "contains": arrays.contains,
    "items": arrays.items,
    "prefixItems": arrays.prefix_items,
    "unevaluatedItems": arrays.unevaluated_items,
    "$ref": alternatives.reference,
    "allOf": alternatives.all_of,
    "anyOf": alternatives.any_of,
    "oneOf": alternatives.one_of,
    "not": alternatives.not_,
    "if": alternatives.if_,
}

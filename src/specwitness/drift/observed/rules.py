"""The rules of what was seen and is not described, and of what is described and was not seen."""

from __future__ import annotations

from specwitness.findings import Level

_W, _I = Level.WARNING, Level.INFO

RULES: dict[str, tuple[Level, str]] = {
    "undescribed-operation": (_W, "A server answers a request that no operation describes."),
    "undescribed-parameter": (_W, "A query parameter was sent and accepted that is not described."),
    "undescribed-request-body": (_W, "A body was sent and accepted where none is described."),
    "undescribed-request-property": (_W, "A property was sent and accepted that is not described."),
    "undescribed-request-header": (_I, "A header was sent that is not described."),
    "undescribed-response-body": (_I, "A response has a body where none is described."),
    "undescribed-response-property": (_I, "A response has a property that is not described."),
    "undescribed-response-header": (_I, "A response has a header that is not described."),
    "undescribed-value": (_I, "A text is none of those that are named, though any is allowed."),
    "text-looks-like-enum": (_I, "A text that may be anything only ever was one of a few names."),
    "never-seen": (_I, "What is described was not seen."),
    "nothing-observed": (_W, "No exchange was recorded with this API."),
}
"""What is said of recorded traffic beside what conformance refuses of it, and how much it matters."""

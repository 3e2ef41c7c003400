"""Times as APIs write them, for checks: read leniently, compared as far as both are told."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from specwitness.findings import Json

_LEAP_SECOND = re.compile(r":60(?=$|[.,Z+-])")


def timestamp(value: Json) -> datetime | None:
    """Return the time an ISO 8601 or RFC 3339 text names, without offset taken as UTC; None where it names none.

    RFC 3339 section 5.6 lets `T` and `Z` be lower case, section 5.7 has leap seconds, here the second before them.
    """
    try:
        read = datetime.fromisoformat(_LEAP_SECOND.sub(":59", value.upper()))
    except (AttributeError, ValueError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def is_before(first: datetime, second: datetime) -> bool:
    """Say whether a time is before another, by whole seconds where one of the two is told in whole seconds."""
    if first.microsecond == 0 or second.microsecond == 0:
        return first.replace(microsecond=0) < second.replace(microsecond=0)
    return first < second

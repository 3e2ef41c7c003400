"""What earlier runs found: kept in one SQLite file, and how a run stands to them.

Entry points: `remembered` compares a run with those before it and keeps it, `remembered_or_not` wherever that is
possible; `lives` looks things up. `changes` decides
what is new, persisting, reopened, flaky or fixed, as pure functions; `store` opens the file, brings it up to date and
words its faults; `words` is what the renderings of a report say of it.
"""

from specwitness.report.history.runs import remembered, remembered_or_not

__all__ = ["remembered", "remembered_or_not"]

"""Prove what the suite finds: run it against every fault of the mock's catalogue, and count.

Entry point: `measured`. `rehearsal` is one run of the suite in this process, `measuring` all of them in several
processes, kept so that an interrupted measurement goes on; `score` sums up, `survivors` are those that are known.
"""

from specwitness.sensitivity.measuring import Measurement, measured
from specwitness.sensitivity.rehearsal import Fate, Result
from specwitness.sensitivity.survivors import known_survivors

__all__ = ["Fate", "Measurement", "Result", "known_survivors", "measured"]

"""Compare the models of an SDK with a contract. Entry points: `Use.of`, `compare`.

`use` is what the user names and `part` what the contract says there; `models` is the edge to the code of the SDK;
`trying` supplies messages: those that the judge finds by the schemas of both sides, and others, since a validator of an
SDK has no schema. `reading` and `sending` believe neither: a response counts if both validators accept it and the real
model refuses it, a request if the real model sends it and both validators refuse it.
"""

from specwitness.drift.sdk.comparing import Compared, compare
from specwitness.drift.sdk.use import Use

__all__ = ["Compared", "Use", "compare"]

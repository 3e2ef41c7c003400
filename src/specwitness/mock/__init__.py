"""A server on loopback that answers as the contracts say, for tests and for clients written without the real one.

Entry points: `serve` (a real server, in a thread), `app` (the same as an ASGI application). From the bottom: `routing`
finds the operation, `access` judges credentials (the rest of a request is judged by `contract.requests`), `bodies` are
answers with holes for what a request decides, `choosing` picks those that show something, `answers` prepares them,
`state` remembers what exists, `desk` answers for one contract, `app` for several, `server` gives it a socket.
"""

from specwitness.mock.app import app
from specwitness.mock.desk import MockValues
from specwitness.mock.server import MockServer, serve

__all__ = ["MockServer", "MockValues", "app", "serve"]

"""A server on loopback that answers as the contracts say, or wrong on purpose; for tests, and for client code.

Entry points: `serve` (a real server, in a thread), `app` (the same as an ASGI application). From the bottom: `routing`
finds the operation, `access` judges credentials (the rest of a request is judged by `contract.requests`), `prefer`
reads what a client wishes for, `bodies` are answers with holes for what a request decides, `choosing` picks those that
show something, `answers` prepares them. `state` remembers what exists of a lifecycle, `crud` what exists without one;
`desk` answers for one contract, `wishes` as clients wish. `faults` spoils answers, `journal` notes requests, `app` does
it for several contracts, `connection` reads and writes HTTP, `server` gives it a socket.
"""

from specwitness.mock.app import App, app, loaded
from specwitness.mock.desk import MockValues
from specwitness.mock.server import MockServer, serve

__all__ = ["App", "MockServer", "MockValues", "app", "loaded", "serve"]

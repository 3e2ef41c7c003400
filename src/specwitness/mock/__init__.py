"""A server on loopback that answers as the contracts say, for tests and for clients written without the real one.

Entry points: `serve` (a real server, in a thread), `app` (the same as an ASGI application). From the bottom: `routing`
finds the operation, `requests` judges what was asked, `bodies` are answers with holes for what a request decides,
`answers` prepares them, `state` remembers what exists, `app` puts them together, `server` gives it a socket.
"""

from specwitness.mock.app import MockValues, app
from specwitness.mock.server import MockServer, serve

__all__ = ["MockServer", "MockValues", "app", "serve"]

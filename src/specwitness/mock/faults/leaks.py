"""Faults of discretion: answers that are right, and tell more than they should."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

from specwitness.findings import Json
from specwitness.mock.desk import Desk
from specwitness.mock.faults.auth import sent_for
from specwitness.mock.faults.fault import (
    Fault,
    Kind,
    Moment,
    after,
    allows,
    has_json,
    has_value,
    is_error,
    with_header,
    with_json,
)
from specwitness.mock.faults.trials import bears
from specwitness.mock.reply import Reply, decoded

_TEXTS = ("detail", "message", "title", "description")
_PYTHON = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/handlers/runs.py", line 118, in handle\n'
    "    record = store[key]\n"
    "KeyError: 'status'"
)
_JAVA = (
    "java.lang.NullPointerException: status\n"
    "\tat com.example.runs.RunController.show(RunController.java:118)\n"
    "\tat com.example.http.Dispatcher.handle(Dispatcher.java:42)"
)
_SQL = (
    "(psycopg2.errors.UndefinedColumn) column runs.state does not exist LINE 1: SELECT runs.state FROM runs WHERE "
    "runs.id = '42'"
)
_PATH = "cannot read /srv/app/config/settings.ini"
_DATABASE = "cannot reach postgresql://app:hunter2@db.internal:5432/runs"
_ADDRESS = "upstream http://10.0.3.17:8080/internal/runs is not there"

Text = Callable[[Moment], str]
"""What leaks: empty where there is nothing."""


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults that a contract's answers have room for; those of credentials where it has credentials."""
    secret = any(operation.needs_credentials for operation in desk.contract.operations)
    for name, claim, apply in (*(_CREDENTIALS if secret else ()), *_INSIDES):
        found = Fault(f"leak.{name}", Kind.LEAK, claim, apply)
        if bears(desk, found):
            yield found


# Where it leaks.


def _in_errors(text: Text) -> Callable[[Moment], Reply]:
    def change(moment: Moment, reply: Reply) -> Reply:
        value = decoded(reply)
        leaked = text(moment)
        if not leaked or not isinstance(value, dict):
            return reply
        options: list[Json] = [
            {**value, name: f"{value[name]}: {leaked}"} for name in _TEXTS if isinstance(value.get(name), str)
        ]
        options.append({**value, "debug": leaked})
        found = next((body for body in options if allows(moment, reply, body)), None)
        return reply if found is None else with_json(reply, found)

    return after(change, lambda reply: is_error(reply) and has_json(reply))


def _in_successes(text: Text) -> Callable[[Moment], Reply]:
    def apply(moment: Moment) -> Reply:
        reply, leaked = moment.answer(), text(moment)
        value = decoded(reply) if has_value(moment, reply) else None
        body = {**value, "debug": leaked} if isinstance(value, dict) else None
        return with_json(reply, body) if leaked and body is not None and allows(moment, reply, body) else reply

    return apply


def _in_header(name: str, text: Text) -> Callable[[Moment], Reply]:
    def apply(moment: Moment) -> Reply:
        reply, leaked = moment.answer(), text(moment)
        return with_header(reply, name, leaked) if leaked else reply

    return apply


# What leaks.


def _said(text: str) -> Text:
    return lambda _moment: text


def _credential(moment: Moment) -> str:
    sent = (sent_for(moment.call, scheme) for scheme in moment.desk.contract.security_schemes.values())
    return next(filter(None, sent), "")


def _in_base64(moment: Moment) -> str:
    return base64.b64encode(_credential(moment).encode()).decode()


def _as_link(moment: Moment) -> str:
    found = _credential(moment)
    return f'<https://api.example.invalid/next?key={quote(found, safe="")}>; rel="next"' if found else ""


def _in_percents(moment: Moment) -> str:
    return "".join(f"%{byte:02X}" for byte in _credential(moment).encode())


def _all_headers(moment: Moment) -> str:
    if not _credential(moment):
        return ""
    return json.dumps({name.decode("latin-1"): value.decode("latin-1") for name, value in moment.call.headers})


_Rule = tuple[str, str, Callable[[Moment], Reply]]
_CREDENTIALS: tuple[_Rule, ...] = (
    ("credential-in-body", "The credential stands in the body.", _in_successes(_credential)),
    ("credential-in-error", "The credential stands in errors.", _in_errors(_credential)),
    ("credential-in-header", "The credential stands in a header.", _in_header("X-Request-Key", _credential)),
    ("credential-in-link", "The credential stands in a link to the next page.", _in_header("Link", _as_link)),
    ("credential-in-base64", "The credential stands in the body in Base64.", _in_successes(_in_base64)),
    ("credential-in-percents", "The credential stands in errors, percent-encoded.", _in_errors(_in_percents)),
    ("request-in-error", "Errors show all headers of the request.", _in_errors(_all_headers)),
)
_INSIDES: tuple[_Rule, ...] = (
    ("trace-in-error", "Errors show a stack trace of Python.", _in_errors(_said(_PYTHON))),
    ("java-trace-in-error", "Errors show a stack trace of Java.", _in_errors(_said(_JAVA))),
    ("trace-in-body", "Successes show a stack trace of Python.", _in_successes(_said(_PYTHON))),
    ("trace-in-header", "A header shows a stack trace.", _in_header("X-Debug", _said(_PYTHON.replace("\n", " ")))),
    ("path-in-error", "Errors name a file of the server.", _in_errors(_said(_PATH))),
    ("path-in-header", "A header names a file of the server.", _in_header("X-Source", _said("/srv/app/runs.py"))),
    ("sql-in-error", "Errors show a statement of SQL and what the database said of it.", _in_errors(_said(_SQL))),
    ("database-in-error", "Errors show how to reach the database.", _in_errors(_said(_DATABASE))),
    ("address-in-error", "Errors name an address inside the server's network.", _in_errors(_said(_ADDRESS))),
    (
        "versions-in-header",
        "A header names the versions of the software.",
        _in_header("X-Powered-By", _said("PHP/7.4.3")),
    ),
)
